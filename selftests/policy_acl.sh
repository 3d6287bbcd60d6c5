#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The access lists of Documentation/policy.rst do what it says, on the relay and on a balancer: each drops just what its
# own counter counts, and nothing else.
#
#   c1 --- r --- (servers, made up)
#         | |
#         b1

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

# recipe NAME: its lines
recipe() {
	awk -v name="$1" '
		$0 == "  # recipe: " name { on = 1; next }
		on && /^$/ { exit }
		on { sub(/^  /, ""); print }' "$SLB_SELFTESTS/../Documentation/policy.rst"
}

# load HOST NAME: loads a recipe, for the VIPs of the topology
load() {
	recipe "$2" | sed "s/203\.0\.113\.80/$VIP4/; s/2001:db8:f::80/$VIP6/" >"$TMP/recipe"
	on "$1" nft -f "$TMP/recipe"
}

# counted HOST TABLE NAME
counted() {
	on "$1" nft -j list counter inet "$2" "$3" | jq '.nftables[].counter.packets // empty'
}

# passed COMMAND...: sessions that flows have got
passed() {
	ctl b1 session flush >/dev/null
	"$@" >/dev/null
	status b1 sessions
}

from() {
	flows c1 "$@"
}

test_block() {
	local host=$1
	check "$host, block: the recipe is loaded" load "$host" block
	{
		echo "add element inet slb_block clients4 {"
		# every second address of 200,000
		awk 'BEGIN { for (i = 0; i < 200000; i += 2) printf "10.%d.%d.%d%s", 66 + int(i / 65536), int(i / 256) % 256, i % 256, i < 199998 ? "," : "" }'
		echo "}"
		echo "add element inet slb_block clients6 { 2001:db8:c:1::100/120 }"
	} >"$TMP/elements"
	check "$host, block: 100,000 addresses are taken" on "$host" nft -f "$TMP/elements"
	check_eq "$host, block: of 256 neighbours the half gets sessions" 128 "$(passed from -n 256 udp 10.66.7.0/24@4000 "$VIP4@80")"
	check_eq "$host, block: the counter has the others" 128 "$(counted "$host" slb_block blocked)"
	check_eq "$host, block: others are not hurt" 256 "$(passed from -n 256 udp 10.65.7.0/24@4000 "$VIP4@80")"
	check_eq "$host, block: IPv6, a blocked network gets no session" 0 "$(passed from -n 100 udp 2001:db8:c:1::100/122@4000-4100 "$VIP6@80")"
	check_eq "$host, block: IPv6, its neighbours do" 100 "$(passed from -n 100 udp 2001:db8:c:1::200/122@4000-4100 "$VIP6@80")"
	check_eq "$host, block: the counter has just these" 228 "$(counted "$host" slb_block blocked)"
	on "$host" nft delete table inet slb_block
}

test_allow() {
	local host=$1
	check "$host, allow: the recipe is loaded" load "$host" allow
	check_eq "$host, allow: who is on the list gets sessions" 200 "$(passed from -n 200 tcp 10.64.1.0/24@4000 "$VIP4@80")"
	check_eq "$host, allow: others get none" 0 "$(passed from -n 200 tcp 10.64.2.0/24@4000 "$VIP4@80")"
	check_eq "$host, allow: the counter has them" 200 "$(counted "$host" slb_allow denied)"
	check_eq "$host, allow: another port is not concerned" 200 "$(passed from -n 200 tcp 10.64.2.0/24@4000 "$VIP4@81")"
	on "$host" nft delete table inet slb_allow
}

test_rate() {
	local host=$1 got limited
	check "$host, rate: the recipe is loaded" load "$host" rate
	got=$(passed from -n 500 tcp 10.64.3.1@1024-60000 "$VIP4@80")
	limited=$(counted "$host" slb_rate limited)
	check_eq "$host, rate: each connection of a fast client has a session or is counted" 500 $((got + limited))
	check "$host, rate: it gets about its burst" between 50 "$got" 200
	check_eq "$host, rate: 200 clients with one connection each are not hurt" 200 "$(passed from -n 200 tcp 10.64.4.0/24@4000 "$VIP4@80")"
	check_eq "$host, rate: and are not counted" "$limited" "$(counted "$host" slb_rate limited)"
	check_eq "$host, rate: UDP is not concerned" 500 "$(passed from -n 500 udp 10.64.3.1@1024-60000 "$VIP4@80")"
	on "$host" nft delete table inet slb_rate
}

ktap_plan 38
share_topology balancers=1
{
	share_links 1
	echo "group add web"
	share_servers web 4
	echo "vip add any $VIP4 group web"
	echo "vip add any $VIP6 group web"
	echo "setting set udp-new-timeout 3600 tcp-syn-timeout 3600"
} | config b1
share_relay "any $VIP4" "any $VIP6"
for host in r b1; do
	test_block $host
	test_allow $host
	test_rate $host
done
