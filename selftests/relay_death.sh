#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Real connections while the relay restarts, balancers are added and removed, and one dies. Flows of the dead
# balancer are reset at once, and all others continue.
#
#   c1 --- r --- s1, s2         the drawing with all addresses is in lib_topology.sh
#         |||
#      b1, b2, b3

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"
# shellcheck source=selftests/lib_steady.sh
. "${BASH_SOURCE[0]%/*}/lib_steady.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

KEY=00112233445566778899aabbccddeeff NAME_PORT=7001
ktap_plan 36
load_modules slb relay
topology servers=2 balancers=3
# dead-after 0: a balancer whose links fail is dead at once.
ctl r relay setting set hash-key $KEY dead-after 0
topology_config "any $VIP4" "any $VIP6"
# Without the module, the relay has no route to the VIPs, but must not send errors.
on r ip -batch - <<-END
	route add blackhole $VIP4
	route add blackhole $VIP6
END
for host in s1 s2; do
	talk_name "$host" $NAME_PORT
done
steady_servers s1 s2 || note "no server for the flows"

# flows_begin TCP UDP: so many to each VIP, with a message on each every 200 ms
flows_begin() {
	steady_begin 200 200 "$((2 * ($1 + $2)))" "$VIP4" "$1" "$2" "$VIP6" "$1" "$2"
}

# Does every flow get an answer to its next message?
go_on() {
	steady "settle 20000" && [ "${STEADY[lost]:-}" = 0 ]
}

# flows_end: what the flows met is in STEADY.
flows_end() {
	steady "settle 20000"
	note "${STEADY[line]:-}"
	echo end >&"$STEADY_IN"
	wait "$STEADY_PID"
}

# on_balancer B: how many TCP flows the relay has there
on_balancer() {
	ctl r relay flow show tcp balancer "$1" | wc -l
}

# Both print ADDR.PORT, as tcpdump does: the clients of a balancer's TCP flows, and those that a VIP has sent a reset.
clients_at() {
	ctl r relay flow show tcp balancer "$1" | sed -E 's/^tcp client \[?([^] ]*)\]?:([0-9]+) .*/\1.\2/' | sort
}

clients_reset() {
	capture_show "$1" | sed -nE 's/.* > ([^ ]+): Flags \[R.*/\1/p' | sort -u
}

total() {
	ctl r relay status show | awk -v name="$1" '$1 == name { print $2 }'
}

links_up() {
	[ "$(ctl r relay link show "$1" | grep -c 'state up')" -eq 2 ]
}

restart() {
	rmmod relay && module_insert relay && ctl r relay setting set hash-key $KEY dead-after 0 &&
		topology_config_relay "any $VIP4" "any $VIP6"
}

check "flows of both families are up" flows_begin 20 10
check_eq "the relay knows each of the 60 flows once" 60 "$(total flows)"
go_on
check_eq "the relay shows all 60 flows as open" \
	60 "$(ctl r -j relay flow show | json state | grep -cxE 'tcp-established|udp')"
sessions=$(for b in b1 b2 b3; do ctl $b session show | cut -d' ' -f1-12 | sed "s/^/$b /"; done | sort)

check "the relay is restarted, with the same configuration" restart
check "all flows continue after the restart of the relay" go_on
check_eq "after the restart each flow is at its balancer, in its session" "$sessions" \
	"$(for b in b1 b2 b3; do ctl $b session show | cut -d' ' -f1-12 | sed "s/^/$b /"; done | sort)"
all_known() {
	[ "$(total flows)" -eq 60 ]
}
check "the relay knows all 60 flows again" wait_for 10 all_known

before=$(on_balancer b1)
check "a balancer is drained" ctl r relay balancer set b1 weight 0
check "another gets more weight" ctl r relay balancer set b2 weight 5
check "a link is drained" ctl r relay link set b3 l2 weight 0
check "all flows continue when balancers and links are drained or reweighted" go_on
check_eq "each flow stays at its balancer when balancers and links are drained or reweighted" \
	"$before" "$(on_balancer b1)"
ctl r relay balancer set b2 weight 1
ctl r relay link set b3 l2 weight 1
ctl r relay balancer set b1 weight 1
check "a balancer without flows is added" ctl r relay balancer add b4
check "a balancer without flows is deleted" ctl r relay balancer del b4
check "all flows continue when a balancer is added and deleted" go_on
flows_end
steady_whole "until then"

# A balancer dies. (UDP flows have another local address from then on.)
ctl r relay flow flush >"$TMP/flushed"
capture resets c1 eth0 'src port 7000 and (tcp[13] & 4 != 0 or (ip6 and ip6[53] & 4 != 0))'
flows_begin 20 0
go_on
lost=$(on_balancer b2)
clients_at b2 >"$TMP/dying"
check "the balancer that dies has some of the flows" [ "$lost" -gt 0 ]
all_reset() {
	[ "$(total flows-lost)" -eq "$lost" ]
}
sever b2 down
check "new connections work within a second at another balancer" wait_for 1 \
	on c1 "$TALK" ask tcp "$VIP4" $NAME_PORT 20
check "new connections over IPv6 work within a second at another balancer" wait_for 1 on c1 "$TALK" ask tcp "$VIP6" $NAME_PORT 20
check "new UDP flows work within a second at another balancer" wait_for 1 on c1 "$TALK" ask udp "$VIP4" $NAME_PORT 20
flows_end
check "the lost flows are reset at their next packets" wait_for 5 all_reset
check_eq "exactly the flows of the dead balancer were lost, all by a reset, and none was moved" "$lost $lost 0" \
	"${STEADY[lost]:-?} ${STEADY[reset]:-?} ${STEADY[moved]:-?}"
capture_stop resets
clients_reset resets >"$TMP/reset"
check_eq "the client of each lost flow got a reset" "" "$(comm -23 "$TMP/dying" "$TMP/reset" | xargs)"

# answers FLAGS: what servers get for a segment to a return address of b2, of each family, in words of tcpdump
answers() {
	capture answers s1 eth0 'src net 10.2.0.0/16 or src net 2001:db8:a:20::/60' >/dev/null
	send s1 "tcp ${ADDR4[s1]}@7000 10.2.1.1@2000 flags=$1 seq=1000 ack=5000 len=10" ';' \
		"tcp ${ADDR6[s1]}@7000 2001:db8:a:21::1@2000 flags=$1 seq=1000 ack=5000 len=10"
	wait_for "$2" got_answers
	capture_stop answers >&2
	tcpdump -nn -t -S -r "$TMP/answers.pcap" 2>/dev/null | sed -E 's/.* (Flags .*)/\1/' | sort | uniq -c | xargs
}
got_answers() {
	[ "$(capture_count answers)" -ge 2 ]
}
check_eq "the relay resets servers of the dead balancer" "2 Flags [R], seq 5000, win 0, length 0" "$(answers A 5)"
check_eq "the relay does not answer a reset with a reset" "" "$(answers R 1)"
check_eq "the relay does not answer a SYN to a dead balancer" "" "$(answers S 1)"
ctl r relay setting set dead-after 600000
check_eq "the relay sends no reset while the balancer may come back" "" "$(answers A 1)"
ctl r relay setting set dead-after 0
sever b2 up
check "the balancer comes back" wait_for 10 links_up b2

# Without resets, connections wait for their balancer.
ctl r relay setting set dead-reset no
flows_begin 20 0
go_on
lost=$(on_balancer b2)
sever b2 down
silent() {
	[ "$(drops no-link)" -gt 0 ]
}
check "dead-reset no: a balancer is cut off, and no client is reset" wait_for 5 silent
check_eq "dead-reset no: no server is reset" "" "$(answers A 1)"
sever b2 up
check "the balancer comes back" wait_for 10 links_up b2
check "all flows continue when the balancer is back" go_on
flows_end
steady_whole "with dead-reset no"

# UDP flows continue at another balancer at once, in another session.
flows_begin 0 20
sever b2 down
check "all UDP flows continue without their balancer" go_on
flows_end
check_eq "no UDP flow was lost" 0 "${STEADY[lost]:-?}"
check "some UDP flows moved to another balancer" [ "${STEADY[moved]:-0}" -gt 0 ]
