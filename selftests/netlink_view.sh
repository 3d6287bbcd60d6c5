#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What slbctl shows to a person: tables and blocks on a terminal, rates and the live view, with real flows of both
# families.
#
#   c1 --- r === b1     b1 has slb, r has relay; the drawing with all addresses is in lib_topology.sh
#          |
#        s1 s2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_topology.sh
. "${BASH_SOURCE[0]%/*}/lib_topology.sh"

TERMINAL=$SLB_SELFTESTS/tools/terminal/terminal.py

# on_terminal HOST WORDS...: what slbctl writes to a terminal.
on_terminal() {
	on "$1" "$TERMINAL" 80x24 -- "$SLBCTL" "${@:2}" | sed '$d; s/ *$//'
}

too_long() {
	awk 'length > 100'
}

sessions() {
	[ "$(ctl b1 session show count)" -eq "$1" ]
}

test_tables() {
	local words
	for words in link group server vip "session" "-s session" "-s server" "-s vip" "-s link" status setting; do
		# shellcheck disable=SC2086
		on_terminal b1 $words >"$TMP/table"
		check "b1: $words: there is text" [ "$(wc -l <"$TMP/table")" -gt 1 ]
		check_eq "b1: $words: at most 100 columns" "" "$(too_long <"$TMP/table")"
	done
	for words in "relay link" "relay vip" "-s relay vip" "relay balancer" "relay flow" "-s relay link" "relay status"; do
		# shellcheck disable=SC2086
		on_terminal r $words >"$TMP/table"
		check "r: $words: there is text" [ "$(wc -l <"$TMP/table")" -gt 1 ]
		check_eq "r: $words: at most 100 columns" "" "$(too_long <"$TMP/table")"
	done
	check_eq "sessions under their header" "${ADDR4[c1]}:1001,[${ADDR6[c1]}]:1002" \
		"$(on_terminal b1 session show udp | awk '$1 == "udp" { print $2 }' | sort | paste -sd ,)"
	check_eq "links: both families under one header" \
		"VIA 100.64.1.17 2001:db8:b:11::1" \
		"$(on_terminal b1 link show l1 | awk 'NR == 1 { at = index($0, "VIA") } { split(substr($0, at), a, " "); print a[1] }' | xargs)"
	check_eq "status: sessions and their limit" "sessions 2 of 1048576" "$(on_terminal b1 status | grep '^sessions ' | xargs)"
	check_eq "status: links that are up" "links 2 of 2 up" "$(on_terminal b1 status | grep '^links' | xargs)"
	check_eq "relay status: flows and their limit" "flows 2 of 262144" "$(on_terminal r relay status | grep '^flows ' | xargs)"
	check_eq "programs: a line for each session" 2 "$(ctl b1 session | grep -c '^proto udp client .* vip .* server .* local ')"
	check_eq "programs: the first line of -s link is what add takes" "$(ctl b1 link | grep -v '^ ')" \
		"$(ctl b1 -s link | grep -v '^ ')"
	check_eq "-s link: no other line is longer than 100 columns" "" \
		"$({ ctl b1 -s link; ctl r -s relay link; } | grep '^ ' | too_long)"
	check_eq "-s link: all that -o shows" "$(ctl b1 -o -s link show l1 | words_of)" "$(ctl b1 -s link show l1 | words_of)"
}

packets() {
	on c1 "$SLB_SELFTESTS/tools/packets/packets" "udp ${ADDR4[c1]}@1001 $VIP4@53 len=100 ; udp ${ADDR6[c1]}@1002 $VIP6@53 len=100"
}

# An object that is added or deleted between the two samples.
changed_meanwhile() {
	ctl b1 -s -j vip show rate 3 >"$TMP/rates" &
	local rate=$!
	lib_pause 1
	ctl b1 vip add udp "$VIP4:99" group web
	ctl b1 vip del udp "$VIP4:98" >"$TMP/ended"
	wait "$rate"
}

test_rates() {
	ctl b1 vip add udp "$VIP4:98" group web
	spawn_loop packets
	check_eq "rate: VIPs of both families" true "$(ctl r -s -j relay vip show rate 1 |
		jq 'length == 2 and all(.in.packets_per_second > 0)')"
	check_eq "rate: bits are those of the packets" true "$(ctl r -s -j relay vip show rate 1 |
		jq 'map(select(.in.packets_per_second > 0) | .in.bits_per_second / .in.packets_per_second) | all(. > 8 * 127 and . < 8 * 149)')"
	check_eq "rate: links of the balancer have client-in and server-out" true "$(ctl b1 -j link show rate 1 |
		jq '[(map(.client_in.packets_per_second) | add), (map(.server_out.packets_per_second) | add)] | all(. > 0)')"
	check_eq "rate: a balancer is its links" true "$(ctl r -j relay balancer show rate 1 |
		jq 'length == 1 and .[0].name == "b1" and .[0].client_in.packets_per_second > 0')"
	check_eq "rate: links of the relay have all directions, of the traffic of now" "true b1 l1 b1 l2" \
		"$(ctl r -s -j relay link show rate 1 | jq -r '"\([map(.client_in, .server_out) | .[] | .packets_per_second] |
			add > 0) \(map("\(.balancer) \(.name)") | sort | join(" "))"')"
	check_eq "rate: of one link of the relay, as text" "b1 l1 client-in client-out server-out server-in" \
		"$(ctl r -s relay link show b1 l1 rate 1 | awk 'NR == 1 { print $1, $2 } / packets\/s / { print $1 }' | xargs)"
	check_eq "rate: servers" true "$(ctl b1 -j server show rate 1 | jq 'map(.in.packets_per_second) | add > 0')"
	check "rate: a VIP is added, another is deleted" changed_meanwhile
	check_eq "rate: the VIPs of the second sample" "53 99" "$(jq -r 'map(.port_first // 53) | .[]' "$TMP/rates" | sort -nu | xargs)"
	check_eq "rate: of one VIP, as text" "udp $VIP4" "$(ctl b1 vip show udp "$VIP4" rate 1 | head -n 1)"
}

# A link fails while top shows it.
test_top() {
	local down="ip -n ${NS[r]} link set b1l2"
	ctl b1 top >"$TMP/frame"
	check_eq "top in a pipe: links, their states and shares" "l1 up yes l2 up yes" \
		"$(awk '/^l/ { print $1, $2, ($NF ~ /^[0-9]+%$/ ? "yes" : $NF) }' "$TMP/frame" | sort | xargs)"
	check_eq "top -j: VIPs of both modules" "3 0" \
		"$(ctl b1 -j top vip count 1 | jq -r '"\(.vip | map(select(.sessions_per_second >= 0)) | length) \(.relay_vip | length)"')"
	check_eq "top -j: both families have traffic" true "$(ctl r -j top vip count 1 |
		jq '.relay_vip | map(select(.in.packets_per_second > 0)) | length == 2')"
	on b1 "$TERMINAL" 90x24 after 'l2 .*up .*%' run "$down down" after 'link changed: l2 .*state' send + \
		after 'l2 .*31m (no-carrier|silent|unheard).*%' send s after 'by sessions' run "$down up" after 'by sessions' send q -- "$SLBCTL" top >"$TMP/frame"
	check_eq "top: ends, and the terminal is as it was" "exit 0" "$(tail -n 1 "$TMP/frame")"
	check "top: the failed link is red" grep -q $'\033\\[31m \\(no-carrier\\|silent\\|unheard\\)' "$TMP/frame"
	check "top: the working link is green" grep -q $'\033\\[32m up' "$TMP/frame"
}

# The words of the text about a link, without its numbers.
words_of() {
	grep -o '[a-z][a-z0-9-]*' | sort -u | xargs
}

ktap_plan $((2 * 18 + 10 + 10 + 6))
load_modules slb relay
topology clients=1 servers=2 balancers=1
topology_config "udp $VIP4" "udp $VIP6"
ctl b1 setting set udp-new-timeout 3600
ctl r relay setting set udp-new-timeout 3600
on c1 "$SLB_SELFTESTS/tools/packets/packets" "udp ${ADDR4[c1]}@1001 $VIP4@53 len=10 ; udp ${ADDR6[c1]}@1002 $VIP6@53 len=10"
check "there are two sessions" wait_for 5 sessions 2
test_tables
test_rates
test_top
