#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A balancer loses sessions: by a restart, by a change of the configuration, or because they expire. Both ends
# of each TCP connection get a valid reset at their next segment.
#
#   c1 --- r === b1 ... s1      the drawing with all addresses is in lib_topology.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "$SLB_SELFTESTS/lib_relay.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

EACH=10
ALL=$((2 * EACH))
RESET="answered 0 reset $ALL silent 0"

config() {
	topology_config_balancer 1 web rr s1 '' "tcp $VIP4:7" "tcp [$VIP6]:7"
}

status() {
	ctl b1 status | awk -v name="$1" '$1 == name { print $2 }'
}

links_up() {
	[ "$(ctl r relay link show | grep -c 'state up')" -eq 2 ] && [ "$(ctl b1 link show | grep -c 'state up')" -eq 2 ]
}

# loses TEXT COMMAND...: results for new connections whose sessions a command ends
loses() {
	local text=$1
	shift
	talk client close >/dev/null
	talk server close >/dev/null
	check_eq "as many connections as possible are established" "opened $ALL" "$(talk client open $EACH)"
	check_eq "all connections work" "answered $ALL reset 0 silent 0" "$(talk client say)"
	check "$text" "$@"
	check_eq "each client gets a reset" "$RESET" "$(talk client say)"
	check_eq "each server gets a reset" "$RESET" "$(talk server say)"
}

no_sessions() {
	[ "$(status sessions)" -eq 0 ]
}

expire() {
	ctl b1 setting set tcp-established-timeout 1 && wait_for 10 no_sessions &&
		ctl b1 setting set tcp-established-timeout 7440
}

delete_each() {
	ctl b1 session show | awk '{ print "session del", $1, $2, $3, $4, $5, $6 }' | ctl b1 -b -
	no_sessions
}

delete_server() {
	ctl b1 server del web "${ADDR4[s1]}" && ctl b1 server del web "${ADDR6[s1]}"
	no_sessions
}

# no VIP is left
delete_vips() {
	ctl b1 vip del tcp "$VIP4:7" && ctl b1 vip del tcp "[$VIP6]:7" && wait_for 5 no_sessions
}

# The last VIP of each address has no sessions, but an earlier one had.
delete_nested() {
	printf 'vip add %s group web\n' "any $VIP4" "any $VIP6" | ctl b1 -b - && delete_vips &&
		printf 'vip del %s\n' "any $VIP4" "any $VIP6" | ctl b1 -b -
}

flush_vips() {
	ctl b1 vip flush >/dev/null && wait_for 5 no_sessions
}

add_vips() {
	printf 'vip add tcp %s group web\n' "$VIP4:7" "[$VIP6]:7" | ctl b1 -b -
}

# The relay has all the ranges that both links will have.
widen_ranges() {
	local n
	for n in 1 2; do
		printf "relay link set b1 l$n return %s\n" \
			"10.1.$n.1-10.1.$n.120" "2001:db8:a:1$n::1-2001:db8:a:1$n::120" |
			ctl r -b - || return 1
	done
}

# change_ranges FIRST: of both links
change_ranges() {
	local n
	for n in 1 2; do
		printf "link set l$n local %s\n" "10.1.$n.$1-10.1.$n.$(($1 + 3))" \
			"2001:db8:a:1$n::$1-2001:db8:a:1$n::$(($1 + 3))" | ctl b1 -b - || return 1
	done
	wait_for 5 no_sessions
}

restart() {
	module_remove slb && module_insert slb && config && wait_for 15 links_up
}

# answer PACKET...: the packets that come back to c1, as tcpdump prints them
answer() {
	capture answers c1 eth0 "src host $VIP4 or src host $VIP6" >/dev/null
	send c1 "$@"
	wait_for 2 got_answer
	capture_stop answers
	tcpdump -nn -t -S -r "$TMP/answers.pcap" 2>/dev/null | sed -E 's/.* (Flags .*)/\1/' | sort -u
}

got_answer() {
	[ "$(capture_count answers)" -ge 2 ]
}

# A host's own reset has no window, and needs a route to the client.
owned() {
	ip -n "${NS[b1]}" route replace "${ADDR4[c1]}" via 100.64.1.17
	ip -n "${NS[b1]}" route replace "${ADDR6[c1]}" via 2001:db8:b:11::1
	ip -n "${NS[b1]}" address add "$VIP4/32" dev lo
	ip -n "${NS[b1]}" address add "$VIP6/128" dev lo nodad
	both A seq=1000 ack=5000 len=10
	ip -n "${NS[b1]}" address del "$VIP4/32" dev lo
	ip -n "${NS[b1]}" address del "$VIP6/128" dev lo
}

# both FLAGS [KEY=VALUE]...: what each family's VIP answers to a segment of no session
both() {
	local flags=$1
	shift
	answer "tcp ${ADDR4[c1]}@900 $VIP4@7 flags=$flags $*" ';' "tcp ${ADDR6[c1]}@900 $VIP6@7 flags=$flags $*"
}

ktap_plan 70
load_modules relay
module_needs slb
module_insert slb
defer rmmod slb
topology clients=1 servers=1 balancers=1
config
topology_config_relay "any $VIP4" "any $VIP6"
ctl r relay setting set settle-after 0
check "all links are up" wait_for 15 links_up
talk_idle server s1 7
talk_idle client c1 7 "$VIP4" 0 "$VIP6" 0

loses "the balancer is restarted" restart
loses "sessions expire" expire
loses "sessions are deleted one by one" delete_each
loses "sessions are flushed" ctl b1 session flush
loses "the server of the sessions is deleted" delete_server
printf 'server add web %s\n' "${ADDR4[s1]}" "${ADDR6[s1]}" | ctl b1 -b -

check "the relay has wider ranges" widen_ranges
loses "the ranges of local addresses are changed" change_ranges 101
loses "the ranges of local addresses are changed back" change_ranges 1
loses "the VIPs of the sessions are deleted" delete_vips
add_vips
loses "the VIPs of the sessions are flushed" flush_vips
add_vips
loses "the VIPs of the sessions are deleted before the last VIPs of their addresses" delete_nested
check_eq "status counts the remembered addresses: two VIPs, and two ranges of each link and family" "10 0" \
	"$(status addresses-kept) $(status addresses-forgotten)"
ctl b1 setting set unmatched drop
# The relay forgets the flow, and the client has to ask again, when a link has changed its state a moment ago.
reset_said() {
	[ "$(both A seq=1000 ack=5000 len=10)" = "Flags [R], seq 5000, win 23783, length 0" ]
}
check "a segment to an address that lost its last VIP is reset, independently of unmatched" wait_for 10 reset_said
check_eq "unmatched decides about a SYN to an address that lost its last VIP" "" "$(both S seq=1000)"
check_eq "the host receives packets to an address that lost its last VIP as soon as the host has the address" \
	"Flags [R], seq 5000, win 0, length 0" "$(owned)"
ctl b1 setting set unmatched reject
add_vips
check_eq "connections to VIPs that were added again are established" "opened $ALL" "$(talk client open $EACH)"
check_eq "connections to VIPs that were added again work" "answered $ALL reset 0 silent 0" "$(talk client say)"

before=$(status resets)
check_eq "the reset for a segment with ACK has its acknowledgment number" \
	"Flags [R], seq 5000, win 23783, length 0" "$(both A seq=1000 ack=5000 len=10)"
check_eq "the reset for a segment without ACK acknowledges the segment" \
	"Flags [R.], seq 0, ack 1011, win 23783, length 0" "$(both F seq=1000 len=10)"
check_eq "a SYN-ACK is answered like any segment with ACK" \
	"Flags [R], seq 77, win 23783, length 0" "$(both SA seq=1000 ack=77)"
check_eq "a reset is not answered" "" "$(both R seq=1000)"
check_eq "a segment with a wrong checksum gets no reset" "" "$(both A seq=1000 ack=5000 spoil=1)"
check_eq "status counts six resets" $((before + 6)) "$(status resets)"
ctl b1 setting set reset-rate 0
check_eq "with a reset rate of 0 no reset is sent" "" "$(both A)"
check_eq "resets above the rate are counted" 2 "$(status resets-limited)"
ctl b1 setting set reset-rate 1000 on-end drop
check_eq "on-end drop: no reset is sent" "" "$(both A)"
check_eq "on-end drop: no reset is counted" "$((before + 6)) 2" "$(status resets) $(status resets-limited)"
ctl b1 setting set on-end reset

# Each VIP has a half-open session.
MANY=()
for ((i = 1; i <= 260; i++)); do
	MANY+=("203.0.$((114 + i / 250)).$((i % 250 + 1))")
done
many_there() {
	[ "$(status sessions)" -ge 260 ]
}
many_sessions() {
	on c1 "$SLB_SELFTESTS/tools/packets/flows" -n 260 tcp "${ADDR4[c1]}@1000-1999" "${MANY[@]/%/@80}" &&
		wait_for 5 many_there
}
printf 'relay vip add tcp %s:80\n' "${MANY[@]}" | ctl r -b -
printf 'vip add tcp %s:80 group web\n' "${MANY[@]}" | ctl b1 -b -
check "260 VIPs with an address each have sessions" many_sessions
printf 'vip del tcp %s:80\n' "${MANY[@]}" | ctl b1 -b -
check_eq "of their addresses the latest 256 are remembered, and the others are counted" "264 4" \
	"$(status addresses-kept) $(status addresses-forgotten)"
