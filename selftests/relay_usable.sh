#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which VIPs are usable, as the relay learns it from probes: servers of one VIP, of one family, of one balancer go and
# come back; no balancer is up; drained balancers; more VIPs than a probe has room for; all of them. On links with two
# ends, and on shared links, where the relay asks.
#
#   c1 --- r === b1, b2         the standard topology; s1 serves the group web, s2 the group other

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_topology.sh
. "$SLB_SELFTESTS/lib_topology.sh"

OTHER=203.0.113.81
MANY=3000
ktap_plan 38
load_modules slb relay

# state GROUP SERVER STATE BALANCER...
state() {
	local b
	for b in "${@:4}"; do
		ctl "$b" server set "$1" "$2" state "$3" || return 1
	done
}

# usable: all VIPs that are no numbered ones, with what the relay says of each
usable() {
	ctl r -o relay vip show | sed -E '/ 10\.50\./d; s/^tcp //; s/:80[\\ ]+usable//; s/ why/:/' | sort | xargs
}

# is V4 V6 OTHER
is() {
	[ "$(usable)" = "$({ echo "$VIP4 $1" && echo "$OTHER $3" && echo "[$VIP6] $2"; } | sort | xargs)" ]
}

# become TEXT V4 V6 OTHER
become() {
	check "$1" wait_for 10 is "${@:2}" || note "$(usable)"
}

unusable_many() {
	[ "$(ctl r -o relay vip show | grep -c '^tcp 10\.50\..* usable no')" -eq "$1" ]
}

many() {
	local i
	for ((i = 0; i < MANY; i++)); do
		echo "${1}vip add tcp 10.50.$((i / 250)).$((i % 250 + 1)):80 ${2:-}"
	done
}

status() {
	ctl "$1" "${@:3}" status show | awk -v name="$2" '$1 == name { print $2 }'
}

# longest BYTES: do probes of b1 on its first link have so many bytes of UDP payload, and none more?
longest() {
	local len=$((8 + $1))
	capture probes r b1l1 'udp port 3784 and src host 100.64.1.18'
	lib_pause 1
	capture_stop probes
	note "probes: $(capture_count probes), of $1 bytes $(capture_count probes "udp[4:2] = $len")"
	[ "$(capture_count probes "udp[4:2] = $len")" -gt 0 ] && [ "$(capture_count probes "udp[4:2] > $len")" -eq 0 ]
}

# told YES|NO: is there an event that says so of OTHER?
told() {
	grep -q "vip changed: tcp $OTHER:80 usable $1" "$TMP/monitor"
}

forgotten() {
	[ "$(status r vip-sets relay)" = 0 ]
}

NO_SERVER='no: "no balancer has a usable server"'

test_links() {
	local b
	topology servers=2
	topology_config servers="s1" "tcp $VIP4:80" "tcp [$VIP6]:80"
	for b in b1 b2; do
		printf '%s\n' "group add other" "server add other ${ADDR4[s2]}" "vip add tcp $OTHER:80 group other" |
			ctl "$b" -b -
	done
	ctl r relay vip add tcp "$OTHER:80"
	become "all VIPs are usable when links are up" yes yes yes
	spawn on r "$SLBCTL" monitor >"$TMP/monitor"
	wait_for 10 eval "ctl r relay balancer set b1 weight 1; [ -s '$TMP/monitor' ]"
	state other "${ADDR4[s2]}" maint b1
	check "without a server at one of two balancers, the VIP stays usable" expect_stays 1 is yes yes yes
	state other "${ADDR4[s2]}" maint b2
	become "without a server at both, this VIP alone is unusable" yes yes "$NO_SERVER"
	check "an event says so" wait_for 5 told no || note "$(cat "$TMP/monitor")"
	ctl r relay balancer set b1 weight 0
	state other "${ADDR4[s2]}" up b1
	check "a server at a drained balancer is of no use" expect_stays 1 is yes yes "$NO_SERVER"
	ctl r relay balancer set b1 weight 1
	become "it is when the balancer is no longer drained" yes yes yes
	check "an event says so, too" wait_for 5 told yes
	state other "${ADDR4[s2]}" up b2
	state web "${ADDR6[s1]}" maint b1 b2
	become "the family counts" yes "$NO_SERVER" yes
	state web "${ADDR6[s1]}" up b1 b2
	become "and it is back" yes yes yes
	sever b1 down
	sever b2 down
	become "without balancers no VIP is usable" 'no: "no balancer is up for IPv4"' \
		'no: "no balancer is up for IPv6"' 'no: "no balancer is up for IPv4"'
	sever b1 up
	become "one balancer is enough" yes yes yes
	sever b2 up
	wait_for 10 topology_proven
}

test_many() {
	local b
	for b in b1 b2; do
		{ echo "group add none" && many "" "group none"; } | ctl "$b" -b -
	done
	many "relay " | ctl r -b -
	check "$MANY VIPs without a server are unusable, the others are not" wait_for 20 eval \
		"unusable_many $MANY && is yes yes yes" || note "$(ctl r -o relay vip show | grep -c 'usable no') $(usable)"
	check_eq "the balancer counts them" "$MANY 0" "$(status b1 vips-unusable) $(status b1 vips-untold)"
	state other "${ADDR4[s2]}" maint b1 b2
	become "one more is noticed among them" yes yes "$NO_SERVER"
	check_eq "the relay keeps one set for both balancers, and none was unsound" "1 0 0" \
		"$(status r vip-sets relay) $(status r vip-sets-refused relay) $(status r vip-sets-unsound relay)"
	state web "${ADDR4[s1]}" maint b1 b2
	state web "${ADDR6[s1]}" maint b1 b2
	check "all VIPs are unusable" wait_for 10 eval "unusable_many $MANY && is '$NO_SERVER' '$NO_SERVER' '$NO_SERVER'" ||
		note "$(usable)"
	state web "${ADDR4[s1]}" up b1 b2
	state web "${ADDR6[s1]}" up b1 b2
	state other "${ADDR4[s2]}" up b1 b2
	for b in b1 b2; do
		ctl "$b" server add none "${ADDR4[s1]}"
	done
	check "all are usable again" wait_for 10 eval "unusable_many 0 && is yes yes yes" || note "$(usable)"
	check "the relay has forgotten the sets" wait_for 5 forgotten
}

test_links
check "while all VIPs are usable, probes are as short as ever" longest 108
test_many
for b in b1 b2; do
	ctl "$b" server del none "${ADDR4[s1]}"
done
wait_for 10 unusable_many "$MANY"
check "a probe has 256 digests at most" longest 1140
topology_end
LIB_LINK_WORDS='shared yes misses 20'
test_links
test_many
