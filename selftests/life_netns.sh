#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Network namespaces with active configuration and sessions are deleted under traffic: one at a time, many at
# once, and together with the modules. Nothing is left.
#
#   x === h1 ... h6    balancers and relays; the drawing is in lib_life.sh
#
# Namespaces that nothing holds are freed some time after their names have gone, their devices before them.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

HOSTS=(1 2 3 4 5 6) TXN=$SLB_SELFTESTS/tools/netlink/nltxn.py

# host_del N...: all at once
host_del() {
	local n
	for n in "$@"; do
		echo "netns del ${NS["h$n"]}"
	done | ip -batch - || return 1
	for n in "$@"; do
		unset "NS[h$n]"
	done
}

# The devices of a deleted namespace go a while after its name, and their other ends with them.
lines_gone() {
	! ip -n "${NS[x]}" -o link show type veth | grep -q " h$1l"
}

hosts_add() {
	local n
	for n in "$@"; do
		wait_for 30 lines_gone "$n" && small_host "$n" && small_config "$n" slb relay || return 1
	done
}

# busy N...: is there traffic? A namespace that is deleted now is deleted under traffic
busy() {
	local n
	for n in "$@"; do
		wait_for 10 has_traffic "$n" || return 1
	done
}

has_traffic() {
	[ "$(small_answered "$1")" -gt 100 ] && [ "$(small_steered "$1")" -gt 100 ]
}

# Are there so many namespaces, beside the first one? The kernel may keep the memory of some until others go,
# so one has to; its own counts as well.
namespaces_are() {
	ip netns add "last-$LIB_ID" && ip netns del "last-$LIB_ID" && wait_for 1 namespaces_counted $(($1 + 1))
}

namespaces_counted() {
	[ "$(slab_objects net_namespace)" -eq "$1" ]
}

# Every line in x leads to a host: none is in a namespace that has lost its name, but not its devices.
lines_are() {
	[ "$(ip -n "${NS[x]}" -o link show type veth | wc -l)" -eq "$1" ]
}

one_by_one() {
	local i
	for i in 1 2; do
		busy 1 && host_del 1 && hosts_add 1 || return 1
	done
}

# The long form: many cycles, each with all sessions.
over_and_over() {
	local i
	for ((i = 0; i < LIFE_CYCLES; i++)); do
		wait_for 60 small_full 1 && host_del 1 && hosts_add 1 || return 1
	done
}

test_over_and_over() {
	end_process "$LOOP"
	small_loop 1
	check "a namespace with $LIFE_SESSIONS sessions is deleted and created $LIFE_CYCLES times" over_and_over
	end_process "$SPAWNED"
	small_loop "${HOSTS[@]}"
	LOOP=$SPAWNED
}

# A namespace loses its devices first, while their links are in use; then it is deleted.
devices_first() {
	busy 2 && ip -n "${NS[x]}" link del h2l1 && ip -n "${NS[h2]}" link del l2 && host_del 2
}

transactions_open() {
	[ "$(cat "$TMP/slb-open" "$TMP/relay-open")" = $'open\nopen' ]
}

# A process lives on in a namespace without a name: all goes on there until it ends.
test_held() {
	local pid holders
	spawn on h3 tail -f /dev/null
	pid=$SPAWNED
	wait_for 10 [ "/proc/$pid/ns/net" -ef "/run/netns/${NS[h3]}" ]
	spawn on h3 "$TXN" slb hold >"$TMP/slb-open"
	holders=("$SPAWNED")
	spawn on h3 "$TXN" slb_relay hold >"$TMP/relay-open"
	holders+=("$SPAWNED")
	check "transactions of both modules are open in a namespace" wait_for 10 transactions_open
	host_del 3
	nameless() {
		nsenter --net="/proc/$pid/ns/net" "$SLBCTL" "$@"
	}
	nameless session flush >/dev/null
	small_traffic 3
	check "a namespace without a name works as long as a process is in it" \
		[ "$(nameless -o session show | grep -c ' state udp ')" -ge 300 ]
	end_process "$pid"
	for pid in "${holders[@]}"; do
		end_process "$pid"
	done
	check "the namespace ends with the processes and their open transactions" wait_for 60 namespaces_are 5
}

modules_back() {
	module_insert slb && module_insert relay
}

# Both orders: the module first, or the namespaces first.
with_modules() {
	local i deleter modules=(slb relay) status=0
	for i in 0 1 2 3; do
		modules_back && small_host 1 && small_host 2 || return 1
		small_config 1 slb relay && small_config 2 slb relay && busy 1 2 || return 1
		printf 'netns del %s\n' "${NS[h1]}" "${NS[h2]}" | ip -batch - &
		deleter=$!
		[ $((i / 2)) -eq 0 ] || wait "$deleter"
		module_remove "${modules[i % 2]}" || status=1
		module_remove "${modules[1 - i % 2]}" || status=1
		[ $((i / 2)) -ne 0 ] || wait "$deleter"
		unset "NS[h1]" "NS[h2]"
		[ "$status" -eq 0 ] && wait_for 60 lines_are 0 || return 1
	done
}

# Namespaces come and go while the modules do: each module must enter and leave each namespace.
namespaces_churn() {
	ip netns add "churn-$LIB_ID" && ip netns del "churn-$LIB_ID" && echo >>"$TMP/churned"
}

modules_while_churn() {
	local churn status=0 again
	spawn_loop namespaces_churn
	churn=$SPAWNED
	for again in 1 2 3; do
		modules_back && module_remove relay && module_remove slb && continue
		echo "the modules do not go the time number $again"
		status=1
	done
	end_process "$churn"
	echo "$(wc -l <"$TMP/churned") namespaces came and went meanwhile"
	[ "$status" -eq 0 ] && [ -s "$TMP/churned" ] && [ ! -e "/run/netns/churn-$LIB_ID" ]
}

ktap_plan $((19 + (LIFE_CYCLES > 0)))
module_needs slb relay
if ! small_hub; then
	ktap_skip_all "cannot build the topology"
fi
load_modules slb relay
check "${#HOSTS[@]} hosts are configured" hosts_add "${HOSTS[@]}"
small_traffic "${HOSTS[@]}"
check "all hosts have sessions and steer packets" busy "${HOSTS[@]}"
small_loop "${HOSTS[@]}"
LOOP=$SPAWNED
check "a namespace is deleted under traffic and created again, twice" one_by_one
[ -z "$LIFE_CYCLES" ] || test_over_and_over
check "a namespace loses its devices and is deleted" devices_first
check "the namespace without devices is gone" wait_for 60 namespaces_are 6
test_held
check "the other namespaces carry traffic" busy 1 4 5 6
check "four namespaces are deleted at once" host_del 1 4 5 6
end_process "$LOOP"
check "all namespaces are gone" wait_for 60 namespaces_are 1
check "all devices are gone" wait_for 60 lines_are 0
check "no object of the modules is left" wait_for 10 no_objects
check "relay unloads fast" module_remove relay
check "slb unloads fast" module_remove slb
LIB_LOADED=()
small_loop 1 2
LOOP=$SPAWNED
check "the modules unload while namespaces use them" with_modules
check "the modules are loaded and unloaded while namespaces come and go" modules_while_churn
end_process "$LOOP"
check "all namespaces are gone again" wait_for 60 namespaces_are 1
note "the slowest unloading of all took $LIFE_SLOWEST ms"
check_eq "no slab cache is left" 0 "$(grep -cE '^(slb|relay)_' /proc/slabinfo)"
