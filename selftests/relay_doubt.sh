#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The relay has lost its flow table, or balancers their sessions. The relay finds the balancer of each
# connection. A connection that no balancer has is reset. A living connection is never reset.
#
#   c1 --- r === b1, b2 ... s1      idle connections of both families on both balancers
#                                   the drawing with all addresses is in lib_topology.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "$SLB_SELFTESTS/lib_relay.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

EACH=12
ALL=$((2 * EACH))
KEY=00112233445566778899aabbccddeeff OTHER_KEY=ffeeddccbbaa99887766554433221100
GO_ON="answered $ALL reset 0 silent 0"

# relay_config BALANCER...: configures these balancers, and the VIPs last
relay_config() {
	local b
	topology_relay_lines "tcp $VIP4:7" "tcp [$VIP6]:7" >"$TMP/lines"
	{
		for b in "$@"; do
			grep -E "^relay (balancer|link) add $b( |$)" "$TMP/lines"
		done
		grep '^relay vip' "$TMP/lines"
	} | ctl r -b -
}

# restart KEY SETTLE-AFTER BALANCER...
restart() {
	module_remove relay && module_insert relay && ctl r relay setting set hash-key "$1" settle-after "$2" &&
		relay_config "${@:3}" && wait_for 15 links_up $((2 * ($# - 2)))
}

links_up() {
	[ "$(ctl r relay link show | grep -c 'state up')" -eq "$1" ] && [ "$(ctl b1 link show | grep -c 'state up')" -eq 2 ]
}

sessions() {
	ctl "$1" status | awk '$1 == "sessions" { print $2 }'
}

add_second() {
	topology_relay_lines | grep -E '^relay (balancer|link) add b2( |$)' | ctl r -b - && wait_for 15 links_up 4
}

known() {
	[ "$(ctl r relay status | awk '$1 == "flows" { print $2 }')" -eq "$1" ]
}

# The resets of a balancer without a session: from b2, with the VIP as source, for each flow of b1.
deny() {
	on b2 ip route replace "${ADDR4[c1]}" via 100.64.2.17
	on b2 ip route replace "${ADDR6[c1]}" via 2001:db8:b:21::1
	ctl r relay flow show tcp balancer b1 | sed -E "s/^tcp client (\S+) .*/\1/; s/\[|\]//g; s/:([0-9]+)$/ \1/" |
		while read -r addr port; do
			[[ $addr = *:* ]] && vip=$VIP6 || vip=$VIP4
			echo "tcp $vip@7 $addr@$port flags=R seq=1 win=23783"
		done | send b2
	[ "$(drops reset-other)" -ge "$1" ]
}

ktap_plan 35
load_modules slb
module_needs relay
module_insert relay
defer rmmod relay
topology clients=1 servers=1 balancers=2
topology_config "tcp $VIP4:7" "tcp [$VIP6]:7"
says_random() {
	ctl r relay check | grep -q "^problem: the hash key is random"
}
check "a random key is a fault with two balancers" says_random
ctl r relay setting set hash-key $KEY
check_not "a hash key that was set is not reported as random" says_random
check "all links are up at first" wait_for 15 links_up 4
talk_idle server s1 7
check "connections are established" talk_idle client c1 7 "$VIP4" $EACH "$VIP6" $EACH
first=$(sessions b1) second=$(sessions b2)
check "both balancers have connections: $first and $second" \
	[ $((first > 0 && second > 0 && first + second == ALL)) = 1 ]

check "the relay restarts with the same key" restart $KEY 60000 b1 b2
check_eq "same key: all connections continue" "$GO_ON" "$(talk client say)"
check "same key: the relay knows all connections again" known $ALL

check "the relay restarts with another key" restart $OTHER_KEY 60000 b1 b2
check_eq "another key: all connections continue, because balancers that do not have them are skipped" \
	"$GO_ON" "$(talk client say 10000)"
check "another key: some connections were found by asking balancers" [ "$(drops reset-asked)" -gt 0 ]
check "another key: the relay knows all connections again" known $ALL

check "the relay restarts with another key, and servers send first" restart $KEY 60000 b1 b2
check_eq "servers send first: all connections continue" "$GO_ON" "$(talk server say)"
check "servers send first: the relay learns all connections from packets of balancers" known $ALL
check_eq "servers send first: no balancer had to be asked" "" "$(drops reset-asked)"
check_eq "servers send first: all connections continue when clients send" "$GO_ON" "$(talk client say)"

# During settle-after more balancers may be added, however long the configuration has been unchanged.
check "the relay restarts with one balancer only" restart $KEY 60000 b1
expect_stays 4 true
check_eq "one balancer only: its connections continue, and the others are not reset" \
	"answered $first reset 0 silent $second" "$(talk client say 1500)"
check "the other balancer is added" add_second
check_eq "the other balancer is added: all connections continue" "$GO_ON" "$(talk client say 15000)"

# A balancer that is unreachable for a moment may come back.
pause_second() {
	on r ip link set b2l1 "$1"
	on r ip link set b2l2 "$1"
	wait_for 15 links_up "$2"
}
check "the relay restarts with another key while b2 is unreachable" \
	eval "restart $OTHER_KEY 0 b1 b2 && expect_stays 4 true &&
	ctl r relay setting set dead-after 20000 && pause_second down 2"
check_eq "b2 is unreachable: connections of b1 continue, and those of b2 are not reset" \
	"answered $first reset 0 silent $second" \
	"$(talk client say 1500)"
check "b2 is reachable again" pause_second up 4
check_eq "b2 is reachable again: all connections continue" "$GO_ON" "$(talk client say 15000)"
ctl r relay setting set dead-after 3000

before=$(sessions b1)
check "a reset of b2 for flows of b1 is dropped" deny "$first"
check_eq "all connections continue after the dropped resets" "$GO_ON" "$(talk client say)"

topology_relay_lines | grep -E '^relay (balancer|link) add b1( |$)' >"$TMP/b1"
check "a balancer is deleted" ctl r relay balancer del b1
check "the deleted balancer is added again" ctl r -b "$TMP/b1"
check "the links of the balancer that was added again are up" wait_for 15 links_up 4
check_eq "all connections continue after the balancer was added again" "$GO_ON" "$(talk client say)"

check_eq "a balancer forgets its sessions" "$before" "$(ctl b1 session flush | grep -o '[0-9]*')"
check_eq "connections of the balancer that lost its sessions are reset, and all others continue" \
	"answered $second reset $first silent 0" "$(talk client say)"
check "all balancers lose their sessions, and the relay restarts with another key" \
	eval "ctl b2 session flush && restart $OTHER_KEY 0 b1 b2 && expect_stays 4 true"
check_eq "no connection hangs" "answered 0 reset $second silent 0" "$(talk client say 10000)"
