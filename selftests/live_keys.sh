#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Several relays need the same hash key, and so do several balancers with groups of sh or mh. Probes carry digests of the
# keys, so slbctl check finds keys that differ.
#
#   r   q        two relays that have both links in common
#   l1 l2        each is a bridge in w
#   b1  b2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

KEY=00112233445566778899aabbccddeeff OTHER=0123456789abcdef0123456789abcdef
HOSTS=(r q b1 b2)
ktap_plan 30
load_modules slb relay
printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"
topology_netns "${HOSTS[@]}" w
topology_forward r q

build() {
	local h l n
	for l in 1 2; do
		ip -n "${NS[w]}" link add "br$l" type bridge
		ip -n "${NS[w]}" link set "br$l" up
		n=10
		for h in "${HOSTS[@]}"; do
			ip link add "l$l" netns "${NS[$h]}" type veth peer name "$h-l$l" netns "${NS[w]}"
			ip -n "${NS[w]}" link set "$h-l$l" master "br$l" up
			printf '%s\n' "link set l$l up" "address add 100.64.$l.$n/24 dev l$l" \
				"address add 2001:db8:b:$l::$n/64 dev l$l nodad" | ip -n "${NS[$h]}" -batch -
			n=$((n + 1))
		done
	done
}

# The balancers' next hop is r.
configure() {
	local b l probes='shared yes misses 10 hold 100'
	for b in 1 2; do
		for l in 1 2; do
			echo "link add l$l dev l$l via 100.64.$l.10 local 10.$b.$l.1-10.$b.$l.4 $probes" \
				"via 2001:db8:b:$l::10 local 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4"
		done | ctl "b$b" -b - && ctl "b$b" group add web || return 1
	done
	configure_relay r && configure_relay q
}

configure_relay() {
	local b l probes='shared yes misses 10 hold 100'
	for b in 1 2; do
		echo "relay balancer add b$b"
		for l in 1 2; do
			echo "relay link add b$b l$l dev l$l via 100.64.$l.$((11 + b))" \
				"return 10.$b.$l.1-10.$b.$l.4 $probes via 2001:db8:b:$l::$((11 + b))" \
				"return 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4"
		done
	done | ctl "$1" -b -
}

proven() {
	[ "$({ ctl b1 -s -j link show; ctl b2 -s -j link show; ctl r -s -j relay link show; ctl q -s -j relay link show; } |
		json probe | grep -cx up)" -eq 12 ]
}

# differ HOST WORD...: does check say that the keys of the far ends of these links differ?
differ() {
	local text
	text=$(ctl "$1" "${@:2}" check | grep -E "^problem: .*different keys")
	[ -n "$text" ]
}

agree() {
	! differ "$@"
}

# digests N: has r heard digests over so many of its four links?
digests() {
	[ "$(ctl r -s -j relay link show | json far_key | grep -vcx null)" -eq "$1" ]
}

# Digests are forgotten when they are not heard again for three seconds and the detection time.
check "the hosts are configured" eval "build && configure"
check "all links are proven" wait_for 20 proven
for b in b1 b2; do
	check "two relays with different keys: $b reports it" wait_for 5 differ "$b"
done
ctl r relay setting set hash-key $KEY
ctl q relay setting set hash-key $KEY
for b in b1 b2; do
	check "two relays with the same key: $b reports nothing" wait_for 20 agree "$b"
done
check_eq "equal keys have the same digest, which is shown" \
	1 "$(ctl b1 -s -j link show | json far_key | sort -u | wc -l)"
check_not "the digest is not the key" grep -qi "$KEY" < <(ctl b1 -s -j link show)
ctl q relay setting set hash-key $OTHER
check "one relay gets another key: the balancer reports it" wait_for 10 differ b1
ctl q relay setting set hash-key $KEY

# config_id HOST
config_id() {
	ctl "$1" -j relay status show | json config_id
}

# unlike HOST: does check note that the relays there have different configurations?
unlike() {
	grep -q "^note: .*relays there have different VIPs, balancers, links or weights" <(ctl "$1" check)
}

alike() {
	! unlike "$1"
}

check "relays with the same configuration, but other devices, have the same config-id" [ "$(config_id r)" = "$(config_id q)" ]
before=$(config_id q)
check "relays with the same configuration: the balancers report nothing" wait_for 20 alike b1
for words in "relay balancer set b2 weight 3" "relay link set b1 l2 weight 2" "relay link set b1 l2 return 10.1.2.1-10.1.2.3" \
	"relay link del b2 l1" "relay balancer set b1 name b9"; do
	# shellcheck disable=SC2086
	ctl q $words
	check "$words: the config-id is another one" [ "$(config_id q)" != "$before" ]
	before=$(config_id q)
done
for b in b1 b2; do
	check "one relay has another configuration: $b reports it" wait_for 10 unlike "$b"
done
ctl q relay balancer flush >/dev/null
ctl q relay vip flush >/dev/null
configure_relay q
check "one relay is configured again: the config-id is that of the other one" [ "$(config_id r)" = "$(config_id q)" ]
check "both relays are configured alike again: the balancer reports nothing" wait_for 20 alike b1

check_not "two balancers without keyed groups: the relay reports nothing" differ r relay
check "two balancers without keyed groups send no digest" digests 0
ctl b1 group set web scheduler sh
check "one balancer with a keyed group sends its digest" wait_for 10 digests 2
check_not "one balancer with a keyed group: the relay reports nothing" differ r relay
ctl b2 group set web scheduler mh
for r in r q; do
	check "two balancers with different keys: $r reports it" wait_for 10 differ "$r" relay
done
ctl b1 setting set hash-key $KEY
ctl b2 setting set hash-key $KEY
check "two balancers with the same key: the relay reports nothing" wait_for 20 agree r relay
ctl b2 setting set hash-key $OTHER
check "one balancer gets another key: the relay reports it" wait_for 10 differ r relay
ctl b2 group set web scheduler rr
check "the balancer has no keyed group any more: the relay reports nothing" wait_for 20 agree r relay

# Old digests are forgotten first.
configs_differ() {
	grep -q configs-differ < <(ctl b1 link show)
}

configs_agree() {
	! configs_differ
}

ctl q relay balancer flush >/dev/null
wait_for 20 configs_agree
sleep 5
ctl r relay balancer set b2 weight 7
check_not "one relay alone changes its configuration: the links do not report two" wait_for 2 configs_differ
