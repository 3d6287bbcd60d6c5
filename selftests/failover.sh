#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A link fails under flows that go on: none is lost, none changes its local address or server; with the
# link back, the two-link rule is back.
#
#   c1 --- r --- s1, s2         the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    one balancer, so that every flow is on the link that fails

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

TCP=20 UDP=10
tools=${BASH_SOURCE[0]%/*}/tools
ktap_plan 26
load_modules slb relay
topology clients=1 servers=2 balancers=1
topology_config "any $VIP4" "any $VIP6"
for host in s1 s2; do
	spawn on "$host" "$tools/echo.py" serve "$host" 7000 >"$TMP/$host.log"
	wait_for 10 grep -q listening "$TMP/$host.log" || note "no server on $host"
done

# steady_start FAMILY ADDR: the flows begin; they end when the file descriptor is closed.
declare -A steady_fd=() steady_pid=()
steady_start() {
	mkfifo "$TMP/steady$1"
	on c1 "$tools/steady.py" "$2" 7000 "$TCP" "$UDP" "$TMP/rounds$1" <"$TMP/steady$1" >"$TMP/steady$1.out" 2>&1 &
	steady_pid[$1]=$!
	exec {fd}>"$TMP/steady$1"
	steady_fd[$1]=$fd
	wait_for 20 grep -q ready "$TMP/rounds$1"
}

rounds() {
	wc -l <"$TMP/rounds$1"
}

# go_on: every flow of both families is answered three times more.
went_on() {
	[ "$(rounds 4)" -ge "$1" ] && [ "$(rounds 6)" -ge "$2" ]
}

go_on() {
	wait_for 20 went_on $(($(rounds 4) + 3)) $(($(rounds 6) + 3))
}

state_is() { # HOST STATE LINK
	local show=(link show)
	[ "$1" != r ] || show=(relay link show b1)
	[ "$(ctl "$1" -j "${show[@]}" "$3" | jq -r '.[0].state')" = "$2" ]
}

# used DEV: packets that pass a device while the flows go on.
link_packets() {
	on r cat "/sys/class/net/$1/statistics/tx_packets"
}

# fails NAME END DOWN-COMMAND UP-COMMAND STATE-ON-b1 STATE-ON-r LINK
fails() {
	local name=$1 down=$2 up=$3 state_b=$4 state_r=$5 link=$6 before
	eval "$down"
	check "$name: the balancer sees $link as $state_b" wait_for 5 state_is b1 "$state_b" "$link"
	check "$name: the relay sees $link as $state_r" wait_for 5 state_is r "$state_r" "$link"
	check "$name: all flows go on over the other link" go_on
	before=$(link_packets "b1$link")
	go_on
	check_eq "$name: nothing is sent on the failed link" "$before" "$(link_packets "b1$link")"
	eval "$up"
	wait_for 5 state_is b1 up "$link"
	wait_for 5 state_is r up "$link"
	check "$name: all flows go on with the link back" go_on
}

check "IPv4: flows are up" steady_start 4 "$VIP4"
check "IPv6: flows are up" steady_start 6 "$VIP6"
sessions=$(ctl b1 -j session show | jq -r '.[] | [.client, .client_port, .local, .local_port, .server] | @tsv' | sort)
ip="ip -n ${NS[b1]}" ip_r="ip -n ${NS[r]}"
fails "balancer end down" "$ip link set l1 down" "$ip link set l1 up" admin-down no-carrier l1
fails "relay end down" "$ip_r link set b1l2 down" "$ip_r link set b1l2 up" no-carrier admin-down l2
fails "other link, relay end" "$ip_r link set b1l1 down" "$ip_r link set b1l1 up" no-carrier admin-down l1
fails "other link, balancer end" "$ip link set l2 down" "$ip link set l2 up" admin-down no-carrier l2

check_eq "sessions are those of before: same clients, local addresses and ports, servers" "$sessions" \
	"$(ctl b1 -j session show | jq -r '.[] | [.client, .client_port, .local, .local_port, .server] | @tsv' | sort)"
check_eq "the two-link rule is back: no session comes in on its return link" 0 \
	"$(ctl b1 -j session show | jq '[.[] | select(.ingress_link == .return_link)] | length')"
for family in 4 6; do
	fd=${steady_fd[$family]}
	exec {fd}>&-
done
for family in 6 4; do	# the second to start has inherited the first one's end
	wait "${steady_pid[$family]}"
	check_eq "IPv$family: of $((TCP + UDP)) flows none was lost, reset or moved" 0 $?
	note "$(cat "$TMP/steady$family.out")"
done
