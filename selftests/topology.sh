#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The test topology: it comes up, routes between clients and servers, keeps balancers separate from both, and
# its tools (web server, capture, waiting) work as the other tests assume.
#
#   c1 --- r --- s1, s2       the drawing with all addresses is in lib_topology.sh
#         | |
#        b1, b2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

ktap_plan 15
start=${EPOCHREALTIME/./}
topology clients=2 servers=2 link_mtu=1500,1400
ok "the topology is built"
note "built in $(((${EPOCHREALTIME/./} - start) / 1000)) ms"

ping_host() {
	on "$1" ping -n -c 1 -W 2 "$2"
}

check "IPv4: a client reaches a server through the relay" ping_host c1 "${ADDR4[s2]}"
check "IPv6: a client reaches a server through the relay" ping_host c2 "${ADDR6[s1]}"
check "IPv4: the relay reaches a balancer on its second link" ping_host r 100.64.2.34
check "IPv6: a balancer reaches the relay on its first link" ping_host b1 2001:db8:b:11::1
check_not "a balancer has no route to a server" ping_host b1 "${ADDR4[s1]}"
check_not "a client gets no answer from a virtual address" ping_host c1 "$VIP4"
check_eq "the second link has its own MTU" 1400 "$(on b2 cat /sys/class/net/l2/mtu)"

check "a web server starts" http_server s1
check "a capture starts" capture served s1 eth0 "tcp port 80"
check_eq "IPv4: the web server names its host" s1 \
	"$(on c1 curl -sS --max-time 5 "http://${ADDR4[s1]}/")"
check_eq "IPv6: the server sees the client's own address" "${ADDR6[c1]}" \
	"$(on c1 curl -sS --max-time 5 -g "http://[${ADDR6[s1]}]/peer" | cut -d' ' -f1)"
capture_stop served
check_eq "the capture holds both connections' openings" 2 \
	"$(capture_count served 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn or
		(ip6 and ip6[53] & 18 == 2)')"

check_not "waiting gives up when the time is up" wait_for 0 false
spawn sleep 1000
end_process "$SPAWNED"
check_not "an ended process is gone" kill -0 "$SPAWNED"
