#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The relay's flow table: its contents, timeouts, which flow makes room when it is full, and what slbctl
# shows.
#
#   c1 --- r === b1, b2           two links each; nothing runs on the balancers
#                                 the drawing with all addresses is in lib_topology.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

ktap_plan 36
[ -x "$SLB_SELFTESTS/tools/packets/flows" ] || ktap_skip_all "tools/packets/flows is not built"
load_modules relay
topology servers=0
topology_config_relay "tcp $VIP4:80" "udp $VIP4:53" "sctp $VIP4:80" "tcp [$VIP6]:80" "udp [$VIP6]:53"
C4=${ADDR4[c1]} C6=${ADDR6[c1]}

flows() {
	on c1 "$SLB_SELFTESTS/tools/packets/flows" "$@"
}

total() {
	ctl r relay status show | awk -v name="$1" '$1 == name { print $2 }'
}

# count FILTER...: flows that slbctl shows
count() {
	ctl r relay flow show "$@" | wc -l
}

state_of() {
	ctl r -j relay flow show "$@" | json state | head -n 1
}

set_to() {
	ctl r relay setting set "$@"
}

forget_all() {
	ctl r relay flow flush >"$TMP/flushed"
}

is() { # WANTED COMMAND...
	[ "$("${@:2}")" = "$1" ]
}

# The state of a flow after packets of the client.
send c1 "tcp $C4@1001 $VIP4@80 flags=S ; udp $C6@1001 $VIP6@53 ; sctp $C4@1001 $VIP4@80"
check_eq "the first packet creates a flow" "tcp-syn sctp-init udp-new" "$(
	for f in "tcp client $C4:1001" "sctp client $C4:1001" "udp client [$C6]:1001"; do
		# shellcheck disable=SC2086
		state_of $f
	done | xargs)"
send c1 "tcp $C4@1001 $VIP4@80 flags=S"
check_eq "a repeated SYN does not open the flow" tcp-syn "$(state_of tcp client "$C4:1001")"
send c1 "tcp $C4@1001 $VIP4@80 flags=A ; udp $C6@1001 $VIP6@53"
check_eq "the second packet opens the flow" "tcp-established udp" \
	"$(state_of tcp client "$C4:1001") $(state_of udp client "[$C6]:1001")"
send c1 "tcp $C4@1001 $VIP4@80 flags=FA ; tcp $C4@1001 $VIP4@80 flags=A"
check_eq "a FIN closes the flow" tcp-fin "$(state_of tcp client "$C4:1001")"
send c1 "tcp $C4@1001 $VIP4@80 flags=S"
# Only the balancer knows whether the connection was closing.
check_eq "a closed flow that sends a SYN is kept as long as an open one" \
	tcp-established "$(state_of tcp client "$C4:1001")"
send c1 "tcp $C4@1002 $VIP4@80 flags=R ; echo $C4@1003 $VIP4 ; error $C4 $VIP4 quote tcp $VIP4@80 $C4@1004"
check_eq "resets, echo requests and ICMP errors create no flow" 3 "$(total flows)"
check_eq "the relay shows where a flow would go that is not in the table" "$(way tcp "$C4:1999" "$VIP4:80")" \
	"$(send c1 "tcp $C4@1999 $VIP4@80 flags=S"; ctl r relay flow show tcp client "$C4:1999" |
		sed -E 's/.* balancer ([^ ]+) link ([^ ]+) .*/\1 \2/')"

# Filters.
forget_all
flows -n 60 tcp "$C4@2001-2060" "$VIP4@80"
flows -n 40 udp "$C6@2001-2040" "$VIP6@53"
check_eq "filters by protocol and address" "100 60 40 60 40 1" \
	"$(count) $(count tcp) $(count udp) $(count vip "$VIP4") $(count client "$C6") $(count vip "$VIP4:80" client "$C4:2001")"
check_eq "filters by balancer and link" 100 "$(($(count balancer b1 link l1) + $(count balancer b1 link l2) +
	$(count balancer b2)))"
link_flows() {
	ctl r -s -j relay link show | json balancer name flows | sort | paste -sd, | sed 's/,/, /g'
}
counted_flows() {
	local b l
	for b in b1 b2; do
		for l in l1 l2; do
			echo "$b $l $(count balancer "$b" link "$l")"
		done
	done | paste -sd, | sed 's/,/, /g'
}
check_eq "each link shows the number of its flows" "$(counted_flows)" "$(link_flows)"
check "each of these filters matches some flow" [ "$(count balancer b1 link l1)" -gt 0 ]
check_not "a filter with an unknown balancer name is refused" ctl r relay flow show balancer b9
check_not "a filter with an unknown link name is refused" ctl r relay flow show link l9
check_eq "flow del removes one flow" "1 flow forgotten" "$(ctl r relay flow del tcp client "$C4:2001" vip "$VIP4:80")"
check_eq "flow flush balancer removes the flows of the balancer" \
	"$(count balancer b1) flows forgotten" "$(ctl r relay flow flush balancer b1)"
check_eq "flow flush balancer removes no flow of another balancer" \
	"0 $(total flows)" "$(count balancer b1) $(count balancer b2)"
check "the other balancer has flows" [ "$(total flows)" -gt 0 ]
check_eq "flow flush removes all flows" "{\"count\":$(count)}" "$(ctl r -j relay flow flush | jq -c '.[0]')"

# Settings.
ctl r relay setting show >"$TMP/settings"
before=$(total flows-expired)
flows -n 10 -m 2 udp "$C6@3001-3010" "$VIP6@53"
flows -n 10 sctp "$C4@3001-3010" "$VIP4@80"
flows -n 10 -m 2 tcp "$C4@3101-3110" "$VIP4@80"
flows -n 10 -f A tcp "$C4@3101-3110" "$VIP4@80"
flows -n 5 -f FA tcp "$C4@3101-3105" "$VIP4@80"
check_eq "there are flows in all states" "10 sctp-init 5 tcp-established 5 tcp-fin 10 udp" \
	"$(ctl r -j relay flow show | json state | sort | uniq -c | xargs)"
set_to tcp-syn-timeout 1 udp-new-timeout 1 sctp-init-timeout 1 tcp-established-timeout 2 udp-timeout 2 tcp-fin-timeout 1
check "flows expire after their timeouts" wait_for 10 is 0 total flows
check_eq "expired flows are counted" 30 "$(($(total flows-expired) - before))"
# shellcheck disable=SC2046
set_to $(xargs <"$TMP/settings")
check_eq "setting set accepts what setting show prints" "$(cat "$TMP/settings")" "$(ctl r relay setting show)"

# A full table.
open=$(total flows-total)
set_to flow-limit 40
flows -n 30 tcp "$C4@4001-4030" "$VIP4@80"
flows -n 30 -f A tcp "$C4@4001-4030" "$VIP4@80"
evicted=$(total flows-evicted)
flows -n 500 tcp "$C6@4001-4500" "$VIP6@80"
check_eq "a flood of SYNs takes what is free, and displaces itself" "40 30 490" \
	"$(total flows) $(ctl r -j relay flow show client "$C4" | json state | grep -cx tcp-established) $(($(total flows-evicted) - evicted))"
check_eq "all inserted flows are counted" 530 "$(($(total flows-total) - open))"
check_eq "the latest flows are in the table" "4491 4500" "$(ctl r -j relay flow show client "$C6" |
	json client_port | sort -n | sed -n '1p; $p' | xargs)"
flows -n 10 -f A tcp "$C6@4491-4500" "$VIP6@80"
refused=$(total flows-refused) evicted=$(total flows-evicted)
flows -n 30 -f A tcp "$C4@4001-4030" "$VIP4@80"
flows -n 50 tcp "$C6@5001-5050" "$VIP6@80"
check_eq "flows that were seen a short while ago stay" "40 50 0" \
	"$(count) $(($(total flows-refused) - refused)) $(($(total flows-evicted) - evicted))"
check_eq "flows that made room still go where the hash says" "$(way tcp "[$C6]:5001" "[$VIP6]:80")" \
	"$(set_to flow-limit 0; way tcp "[$C6]:5001" "[$VIP6]:80")"
flows -n 10 tcp "$C4@4001-4010" "$VIP4@80"
check_eq "with a limit of 0 the table is empty" 0 "$(total flows)"

# The least recently used flow makes room first.
idle() { # SECONDS FLOW: of a new flow
	[ "$(ctl r -j relay flow show tcp client "$2" | json expires)" -le $(((30 - $1) * 1000)) ]
}
set_to flow-limit 5
flows -n 5 tcp "$C4@6001-6005" "$VIP4@80"
wait_for 5 idle 2 "$C4:6005"
flows -n 1 tcp "$C4@6001" "$VIP4@80"
flows -n 2 tcp "$C4@6006-6007" "$VIP4@80"
check_eq "among new flows, the least recently used one makes room first" "6001 6004 6005 6006 6007" \
	"$(ctl r -j relay flow show | json client_port | sort | xargs)"
forget_all
flows -n 5 tcp "$C4@6001-6005" "$VIP4@80"
flows -n 5 -f A tcp "$C4@6001-6005" "$VIP4@80"
set_to tcp-established-timeout 30
wait_for 20 idle 11 "$C4:6005"
flows -n 2 -f A tcp "$C4@6001-6002" "$VIP4@80"
flows -n 9 tcp "$C4@6006-6014" "$VIP4@80"
check_eq "among idle open flows, the least recently used one makes room first" "6001 6002 6004 6005 6014" \
	"$(ctl r -j relay flow show | json client_port | sort | xargs)"

# Many flows. On a slow machine the first ones must last until all are sent; earlier flows may expire.
forget_all
set_to flow-limit 262144 udp-new-timeout 3600
flows -n 20000 udp "10.0.0.0/16@7001-7100" "$VIP4@53"
check_eq "20,000 flows are all shown, each once" "20000 20000" \
	"$(ctl r -o relay flow show udp | sort -u | wc -l) $(total flows)"
set_to flow-limit 100
check_eq "a smaller limit takes effect at once" 100 "$(total flows)"

# Another key means other hashes.
set_to hash-key 00112233445566778899aabbccddeeff
check_eq "with another hash key all flows follow the new hash" 0 "$(total flows)"
flows -n 10 udp "$C4@8001-8010" "$VIP4@53"
set_to hash-key 00112233445566778899aabbccddeeff
check_eq "setting the same hash key changes nothing" 10 "$(total flows)"
ctl r relay vip flush
check_eq "after the last VIP is deleted the table is empty" 0 "$(total flows)"
check_eq "after the last VIP is deleted no link counts a flow" "b1 l1 0, b1 l2 0, b2 l1 0, b2 l2 0" "$(link_flows)"
