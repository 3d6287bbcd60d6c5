#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Dumps while objects are added and deleted: no object is shown twice, and none that stays is missing, unless
# the kernel reports that the dump was interrupted. Dumps that are aborted leave nothing behind.
#
#   c1 --- r === b1     b1 has slb, r has relay; the drawing with all addresses is in lib_topology.sh
#          |
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

DUMP=$SLB_SELFTESTS/tools/netlink/nldump.py FLOWS=$SLB_SELFTESTS/tools/packets/flows
OBJECTS_SLB=(link-get group-get server-get vip-get)
OBJECTS_RELAY=(vip-get balancer-get link-get device-get)
[ -x "$FLOWS" ] || ktap_skip_all "tools/packets/flows is not built"

# Enough that a dump takes several messages.
many_slb() {
	local i
	for ((i = 0; i < 150; i++)); do
		echo "group add g$i"
		echo "server add g$i 192.0.2.1$((i % 10)):$((1000 + i))"
		echo "server add g$i [2001:db8:5::$i]:80"
		echo "vip add tcp 203.0.113.81:$((1000 + i)) group g$i"
		echo "vip add udp [2001:db8:f::$((100 + i))]:53 group g$i"
	done
}

many_relay() {
	local i
	for ((i = 0; i < 100; i++)); do
		echo "relay balancer add b$((i + 2))"
		echo "relay link add b$((i + 2)) l1 dev none$i via 100.64.9.$((i + 1)) return 10.9.$i.1"
		echo "relay vip add tcp 203.0.113.81:$((1000 + i))"
		echo "relay vip add udp [2001:db8:f::$((100 + i))]:53"
	done
}

# Numbers of the last line about an operation: dumps, interrupted, given up, objects.
numbers() {
	grep "^$1: " "$TMP/$2" | tail -n 1 | tr -cd '0-9 ' | xargs
}

# report NAME OPERATION: no dump was wrong, and there were dumps.
report() {
	local dumps interrupted given_up objects
	check_eq "$1 $2: every dump that was not interrupted is right" "" \
		"$(grep -v ' given up, ' "$TMP/$1" | grep "^$2\|Error\|of \[")"
	read -r dumps interrupted given_up objects <<<"$(numbers "$2" "$1")"
	note "$1 $2: ${dumps:-no} dumps, $interrupted interrupted, $given_up given up, $objects objects"
	check "$1 $2: some dumps were interrupted, and some were not" \
		[ "${dumps:-0}" -gt 3 -a "${interrupted:-0}" -lt "${dumps:-0}" -a "${given_up:-0}" -gt 0 ]
}

# Adds and ends sessions until it is killed; those of port 53 stay. There are so many that the table grows
# and shrinks each time, but not so fast that no dump can end.
churn_sessions() {
	local port=$((10000 + CHURNED++ % 50 * 1000))
	lib_pause 0.7
	on c1 "$FLOWS" -n 800 udp "${ADDR4[c1]}@$port-$((port + 999))" "$VIP4@54"
	lib_pause 0.7
	ctl b1 session flush vip "$VIP4:54" >/dev/null
}

no_sessions_left() {
	[ "$(slab_objects slb_session)" -eq 0 ]
}

# The specification names every attribute. A failed link and a probed link have the most attributes.
replies() {
	local host=$1 family=$2
	on "$host" "$SLB_SELFTESTS/tools/netlink/nlreply.py" "$family" >"$TMP/replies" 2>&1
	note "$family: $(tail -n 1 "$TMP/replies")"
	check_eq "$family: replies have only what the specification says" "" "$(sed '$d' "$TMP/replies")"
	check "$family: there were replies" grep -qE '^[0-9]{3,} answers, [0-9]{2,} attributes$' "$TMP/replies"
}

proven() {
	[ "$(ctl b1 -s -j link show | json probe)" = up$'\n'up ]
}

failed() {
	[ "$(ctl "$@" -j link show | json state)" != up$'\n'up ]
}

ktap_plan $((4 + 2 * (${#OBJECTS_SLB[@]} + ${#OBJECTS_RELAY[@]} + 1) + 8))
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "udp $VIP4"
ctl b1 setting set udp-new-timeout 3600
check "a balancer has many objects" ctl b1 -b <(many_slb)
check "a relay has many objects" ctl r -b <(many_relay)

check "dumps of the balancer's objects" eval "on b1 '$DUMP' slb 4 churn ${OBJECTS_SLB[*]} >'$TMP/slb' 2>&1"
for operation in "${OBJECTS_SLB[@]}"; do
	report slb "$operation"
done
check "dumps of the relay's objects" eval "on r '$DUMP' slb_relay 4 churn ${OBJECTS_RELAY[*]} >'$TMP/relay' 2>&1"
for operation in "${OBJECTS_RELAY[@]}"; do
	report relay "$operation"
done

wait_for 10 proven
ip -n "${NS[r]}" link set b1l2 down
wait_for 10 failed b1
wait_for 10 failed r relay
on c1 "$FLOWS" -n 9 udp "${ADDR4[c1]}@1024-1033" "$VIP4@53"
# without a log of sessions there is nothing to answer
ctl b1 setting set sync-wait 1
replies b1 slb
ctl b1 setting set sync-wait 0
replies r slb_relay
ip -n "${NS[r]}" link set b1l2 up
ctl b1 session flush >/dev/null

on c1 "$FLOWS" -n 500 udp "${ADDR4[c1]}@1024-9999" "$VIP4@53"
note "$(ctl b1 status | head -n 1)"
CHURNED=0
spawn_loop churn_sessions
check "dumps of sessions" eval "on b1 '$DUMP' slb 8 slow session-get >'$TMP/session' 2>&1"
end_process "$SPAWNED"
report session session-get
check_eq "all sessions of the port that was not flushed exist" 500 \
	"$(ctl b1 session show vip "$VIP4:53" | wc -l)"
check_eq "a flush ends every session" "0" \
	"$(ctl b1 session flush >/dev/null; ctl b1 status | awk '$1 == "sessions" { print $2 }')"
check "a flush frees the memory of the sessions" wait_for 5 no_sessions_left
