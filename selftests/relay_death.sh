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

tools=${BASH_SOURCE[0]%/*}/tools/traffic
KEY=00112233445566778899aabbccddeeff
ktap_plan 37
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
	spawn on "$host" "$tools/echo.py" serve "$host" 7000 >"$TMP/$host.log"
	wait_for 10 grep -q listening "$TMP/$host.log" || note "no server on $host"
done

# steady_start FAMILY ADDR TCP UDP: the flows begin; they end when the file descriptor is closed.
declare -A steady_fd=() steady_pid=()
steady_start() {
	rm -f "$TMP/steady$1" "$TMP/rounds$1"
	mkfifo "$TMP/steady$1"
	on c1 "$tools/steady.py" "$2" 7000 "$3" "$4" "$TMP/rounds$1" <"$TMP/steady$1" >"$TMP/steady$1.out" 2>&1 &
	steady_pid[$1]=$!
	exec {fd}>"$TMP/steady$1"
	steady_fd[$1]=$fd
	wait_for 20 grep -q ready "$TMP/rounds$1"
}

# steady_end: sets LOST and RESET to those of both families together.
steady_end() {
	local family fd
	for family in 4 6; do
		fd=${steady_fd[$family]}
		exec {fd}>&-
	done
	for family in 6 4; do	# the second to start has inherited the first one's end
		wait "${steady_pid[$family]}"
	done
	note "$(cat "$TMP/steady4.out" "$TMP/steady6.out" | xargs)"
	read -r LOST RESET MOVED < <(awk '{ l += $6; r += $8; m += $10 } END { print l, r, m }' \
		"$TMP/steady4.out" "$TMP/steady6.out")
}

rounds() {
	wc -l <"$TMP/rounds$1"
}

went_on() {
	[ "$(rounds 4)" -ge "$1" ] && [ "$(rounds 6)" -ge "$2" ]
}

# Every flow of both families gets three more answers.
go_on() {
	wait_for 20 went_on $(($(rounds 4) + 3)) $(($(rounds 6) + 3))
}

# on_balancer B: how many TCP flows the relay has there
on_balancer() {
	ctl r relay flow show tcp balancer "$1" | wc -l
}

# Both as tcpdump says it, ADDR.PORT: the clients of a balancer's TCP flows, and those that a VIP has sent a reset.
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

sever() {
	on r ip -batch - <<-END
		link set ${1}l1 $2
		link set ${1}l2 $2
	END
}

restart() {
	rmmod relay && module_insert relay && ctl r relay setting set hash-key $KEY dead-after 0 &&
		topology_config_relay "any $VIP4" "any $VIP6"
}

check "IPv4: flows are up" steady_start 4 "$VIP4" 20 10
check "IPv6: flows are up" steady_start 6 "$VIP6" 20 10
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
check "all flows continue after that" go_on
steady_end
check_eq "no flow was lost, reset or moved until then" "0 0 0" "$LOST $RESET $MOVED"

# A balancer dies. (UDP flows have another local address from then on.)
ctl r relay flow flush >"$TMP/flushed"
# before the flows begin: a process that holds their file descriptors keeps them open
capture resets c1 eth0 'src port 7000 and (tcp[13] & 4 != 0 or (ip6 and ip6[53] & 4 != 0))'
steady_start 4 "$VIP4" 20 0
steady_start 6 "$VIP6" 20 0
go_on
lost=$(on_balancer b2)
clients_at b2 >"$TMP/dying"
check "the balancer that dies has some of the flows" [ "$lost" -gt 0 ]
all_reset() {
	[ "$(total flows-lost)" -eq "$lost" ]
}
sever b2 down
check "new connections work within a second at another balancer" wait_for 1 \
	on c1 "$tools/echo.py" ask tcp "$VIP4" 7000 20
check "new connections work over IPv6, too" wait_for 1 on c1 "$tools/echo.py" ask tcp "$VIP6" 7000 20
check "new UDP flows work, too" wait_for 1 on c1 "$tools/echo.py" ask udp "$VIP4" 7000 20
steady_end
# The next packet of a client that only waits for an answer is its FIN; only the wire shows the reset.
check "the lost flows are reset at their next packets" wait_for 5 all_reset
check_eq "exactly the flows of the dead balancer were lost, and none was moved" "$lost 0" "$LOST $MOVED"
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

# Without resets, its connections wait for it.
ctl r relay setting set dead-reset no
steady_start 4 "$VIP4" 20 0
steady_start 6 "$VIP6" 20 0
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
steady_end
check_eq "no flow was lost, reset or moved with dead-reset no" "0 0 0" "$LOST $RESET $MOVED"

# UDP goes on elsewhere at once, over another session.
steady_start 4 "$VIP4" 0 20
steady_start 6 "$VIP6" 0 20
sever b2 down
check "all UDP flows continue without their balancer" go_on
steady_end
check_eq "no UDP flow was lost" 0 "$LOST"
check "some UDP flows moved to another balancer" [ "$MOVED" -gt 0 ]
