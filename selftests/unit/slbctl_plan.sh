#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What slbctl changes, and in which order: replace, set and files, on a simulated kernel (tools/slbctl/tests).
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

TOOL=$SLB_DIR/tools/slbctl
FAKE=$TOOL/tests/slbctl-fake

# A batch of replacements, and what it leaves. The simulated kernel does not know defaults: weights are given.
test_replace() {
	local got
	got=$(FAKE_STORE=$TMP/replace "$FAKE" -b - 2>&1 <<<'group replace web scheduler mh table-size 251
server replace web 192.0.2.1:80 weight 5
server replace web 192.0.2.1:80 weight 7
server replace web 192.0.2.1:80
vip replace tcp 203.0.113.80 group web
vip replace tcp 203.0.113.80 group web2
link replace l1 dev eth1 via 100.64.1.1 local 10.1.1.1 via 2001:db8::1 local 2001:db8::2 weight 2
link replace l1 dev eth2 via 100.64.1.1 local 10.1.1.1 weight 3 shared yes
relay balancer replace b1 weight 2
relay balancer replace b1 weight 4
relay vip replace any 203.0.113.80
relay vip replace any 203.0.113.80
group replace web scheduler mh
group
server
vip
link
relay balancer
relay vip')
	check_eq "replace" "web scheduler mh table-size 65537
web 192.0.2.1:80 weight 1
tcp 203.0.113.80 group web2
l1 dev eth2 via 100.64.1.1 local 10.1.1.1 weight 3 shared yes
b1 weight 4
any 203.0.113.80" "$(grep -v '^ ' <<<"$got")"
}

# What set and replace leave of words that go together.
test_together() {
	local words wanted
	export FAKE_STORE=$TMP/together
	"$FAKE" -b - <<<"group add web scheduler rr min-healthy 50%
server add web 192.0.2.1 weight 1 state drain deadline 300
link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4 host 10.1.1.4 weight 1
vip add tcp 203.0.113.80:80 group web"
	while IFS='|' read -r words wanted; do
		# shellcheck disable=SC2086
		"$FAKE" $words >"$TMP/out" 2>&1
		check_eq "$words" "$wanted" "$("$FAKE" "${words%% *}" 2>&1 | cat "$TMP/out" - | grep -v '^ ')"
	done <<<'link set l1 via 100.64.1.1,100.64.1.2|l1 dev eth1 via 100.64.1.1,100.64.1.2 local 10.1.1.1-10.1.1.4 host 10.1.1.4 weight 1
link set l1 via 100.64.1.2,100.64.1.1|l1 dev eth1 via 100.64.1.2,100.64.1.1 local 10.1.1.1-10.1.1.4 host 10.1.1.4 weight 1
link set l1 weight 2|l1 dev eth1 via 100.64.1.2,100.64.1.1 local 10.1.1.1-10.1.1.4 host 10.1.1.4 weight 2
link replace l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4 host 10.1.1.4 weight 1|l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4 host 10.1.1.4 weight 1
server set web 192.0.2.1 deadline 5|web 192.0.2.1 weight 1 state drain deadline 5
server replace web 192.0.2.1 weight 1 state drain|web 192.0.2.1 weight 1 state drain
server replace web 192.0.2.1 state drain deadline 0|web 192.0.2.1 weight 1 state drain deadline 0
server replace web 192.0.2.1 tier 3|web 192.0.2.1 weight 1 tier 3
group set web min-healthy 3 tier-min 20%|web scheduler rr min-healthy 3 tier-min 20%
group replace web slow-start 9|web scheduler rr slow-start 9
group set web client-address toa|web scheduler rr slow-start 9 client-address toa
group replace web slow-start 9|web scheduler rr slow-start 9
vip set tcp 203.0.113.80:80 client-address none|tcp 203.0.113.80:80 group web client-address none
vip set tcp 203.0.113.80:80 group web|tcp 203.0.113.80:80 group web client-address none
vip set tcp 203.0.113.80:80 client-address group|tcp 203.0.113.80:80 group web
vip replace tcp 203.0.113.80:80 group web client-address toa|tcp 203.0.113.80:80 group web client-address toa
vip replace tcp 203.0.113.80:80 group web|tcp 203.0.113.80:80 group web
link replace l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4|l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4 weight 1
link set l1 host 10.1.1.2|l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4 host 10.1.1.2 weight 1
link set l1 host none|l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4 weight 1'
	unset FAKE_STORE
}

# Files, in both forms, against servers that drain.
test_plan() {
	export FAKE_STORE=$TMP/plan
	"$FAKE" -b - <<<"group add web scheduler rr min-healthy 50% slow-start 30
server add web 192.0.2.1 weight 1 state drain deadline 300
server add web 192.0.2.2 weight 1
link add l1 dev lo via 100.64.1.1 local 10.1.1.1-10.1.1.4 host 10.1.1.4 weight 1"
	check_eq "diff: a deadline comes and goes with its state" "~ link l1 host 0.0.0.0
~ group web min-healthy 10% slow-start 0
~ server web 192.0.2.1 state drain
~ server web 192.0.2.2 tier 1 state drain deadline 5" "$("$FAKE" diff - <<<"slb-config 1
group web min-healthy 10%
server web 192.0.2.1 state drain
server web 192.0.2.2 tier 1 state drain deadline 5
link l1 dev lo via 100.64.1.1 local 10.1.1.1-10.1.1.4
end" | grep '^[~]')"
	check_eq "diff: equal, in JSON" 0 "$("$FAKE" -j diff - <<<'{"slb-config": 1, "group": [{"name": "web", "min_healthy_percent": 50, "slow_start": 30}],
"server": [{"group": "web", "addr": "192.0.2.1", "state": "drain", "deadline": 300, "tier": 0}, {"group": "web", "addr": "192.0.2.2", "state": "up"}],
"link": [{"name": "l1", "dev": "lo", "via4": "100.64.1.1", "local4_first": "10.1.1.1", "local4_last": "10.1.1.4", "host4": "10.1.1.4"}]}' >"$TMP/out"; grep -c '^[~]' "$TMP/out")"
	check_eq "a number and a share of the same in JSON" 'slbctl: -: group[0]: invalid min-healthy "2|50%" (valid: 0 to 4096, or 0% to 100%)' \
		"$("$FAKE" -j diff - 2>&1 <<<'{"slb-config": 1, "group": [{"name": "web", "min_healthy_percent": 50, "min_healthy": 2}]}')"
	unset FAKE_STORE
}

# client-address: protocols that do not fit leave a group before it changes, and come after that.
test_plan_address() {
	export FAKE_STORE=$TMP/address
	"$FAKE" -b - <<<"group add web scheduler rr client-address none
group add far scheduler rr client-address toa
vip add tcp 203.0.113.80:80 group web client-address toa
vip add udp 203.0.113.80:53 group web
vip add udp 203.0.113.80:54 group web client-address proxy-v2
vip add sctp 203.0.113.80:9 group far client-address none"
	"$FAKE" save >"$TMP/saved"
	check_eq "save has client-address where it is not the default" "1 3" \
		"$(grep -c '^group.* client-address ' "$TMP/saved") $(grep -c '^vip.* client-address ' "$TMP/saved")"
	check_eq "diff: nothing to change in what was saved" 0 "$("$FAKE" diff "$TMP/saved" >"$TMP/out" 2>&1; echo $?)"
	check_eq "diff: nothing to change in what was saved as JSON" 0 "$("$FAKE" -j save | "$FAKE" -j diff - >"$TMP/out" 2>&1; echo $?)"
	check_eq "diff: a group that is for fewer protocols changes last, one for more first" "~ group far client-address none
- vip udp 203.0.113.80:54 group web client-address proxy-v2
~ vip sctp 203.0.113.80:9 client-address group
~ vip tcp 203.0.113.80:80 client-address group
~ vip udp 203.0.113.80:53 client-address none
~ group web client-address toa" "$("$FAKE" diff - <<<"slb-config 1
group web scheduler rr client-address toa
group far scheduler rr
vip tcp 203.0.113.80:80 group web
vip udp 203.0.113.80:53 group web client-address none
vip sctp 203.0.113.80:9 group far
end" | grep -v setting)"
	unset FAKE_STORE
}

# Balancers that are heirs of each other: both exist first.
test_plan_heir() {
	local wanted="slb-config 1
relay balancer b1 weight 1 heir b2
relay balancer b2 weight 1 heir b1
end"
	export FAKE_STORE=$TMP/heir
	check_eq "diff: heirs come after balancers" "+ relay balancer b1 weight 1
+ relay balancer b2 weight 1
~ relay balancer b1 heir b2
~ relay balancer b2 heir b1" "$("$FAKE" diff - <<<"$wanted" | grep balancer)"
	"$FAKE" apply - <<<"$wanted" >"$TMP/out" 2>&1
	check_eq "diff: nothing to change afterwards" 0 "$("$FAKE" diff - <<<"$wanted" | grep -c balancer)"
	check_eq "diff: an heir goes with its balancer" "~ relay balancer b1 heir none
~ relay balancer b2 heir auto
- relay balancer b2 weight 1" "$("$FAKE" diff - <<<"slb-config 1
relay balancer b1 weight 1 heir none
end" | grep balancer)"
	check_eq "an heir that is not in the file" \
		"slbctl: -:2: relay balancer b9 does not exist in the file" \
		"$("$FAKE" diff - 2>&1 <<<"slb-config 1
relay balancer b1 weight 1 heir b9
end")"
	unset FAKE_STORE
}

[ -x "$SLBCTL" ] || ktap_skip_all "slbctl is not built: make tools"
make -s -C "$TOOL" -j "$(nproc)" tests >"$TMP/make" 2>&1 || {
	sed 's/^/# /' "$TMP/make"
	ktap_skip_all "the simulated kernel cannot be built here"
}
ktap_plan $((1 + 16 + 7 + 4 + 4))
test_replace
test_together
test_plan
test_plan_address
test_plan_heir
