#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The procedure of Documentation/operations.rst: the modules of a balancer and of the relay are replaced under
# traffic, and no flow is lost.
#
#   c1 --- r --- s1, s2         the drawing with all addresses is in lib_topology.sh
#          ||
#        b1, b2                 b2 has a copy of slb under another name, as all hosts share one kernel: so b1's
#                               module can go while b2 works

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

ktap_plan 14
[ -f "$SLB_DIR/slb/slb.ko" ] || ktap_skip_all "the module's file is not at hand"

# The copy has other names for the module, its slab caches and its netlink family; so has its slbctl.
other_slb() {
	local caches=()
	mapfile -t caches < <(awk 'index($1, "slb_") == 1 { print $1 }' /proc/slabinfo)
	"$SLB_SELFTESTS/tools/faults/rename_module.py" "$SLB_DIR/slb/slb.ko" "$TMP/slc.ko" slb slc slb "${caches[@]}" &&
		python3 -c 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().replace(b"slb\0", b"slc\0"))' \
			<"$SLBCTL" >"$TMP/slbctl" &&
		chmod +x "$TMP/slbctl" &&
		insmod "$TMP/slc.ko"
}

ctl() {
	local tool=$SLBCTL host=$1
	shift
	[ "$host" != b2 ] || tool=$TMP/slbctl
	"$tool" -n "${NS[$host]}" "$@"
}

total() {
	ctl "$1" status | awk '$1 == "sessions-total" { print $2 }'
}

idle() {
	[ "$(ctl b1 status | awk '$1 == "sessions" { print $2 }')" -eq 0 ]
}

# Short connections, as long as the test lasts; each one that fails leaves a line.
short() {
	if talk_connects c1 tcp "$VIP4" "$STEADY_PORT" 5000 && talk_connects c1 tcp "$VIP6" "$STEADY_PORT" 5000; then
		echo made >>"$TMP/short"
	else
		echo failed >>"$TMP/short"
	fi
}

shorts() {
	grep -c "$1" "$TMP/short"
}

has_shorts() {
	[ "$(shorts made)" -ge "$1" ]
}

used() {
	[ "$(total b1)" -ge "$1" ]
}

proven() {
	! ctl "$1" -s -j "${@:2}" link show | json probe | grep -vqx up
}

# replace HOST MODULE WORD...: steps 3 to 5
replace() {
	local host=$1 module=$2
	ctl "$host" save >"$TMP/$host.conf" && module_remove "$module" && module_insert "$module" &&
		ctl "$host" apply "$TMP/$host.conf" && wait_for 10 proven "$host" "${@:3}" &&
		diff "$TMP/$host.conf" <(ctl "$host" save)
}

module_needs slb relay
module_insert slb
defer rmmod slb
load_modules relay
if ! other_slb; then
	fail "a copy of slb can be loaded"
	exit 1
fi
defer rmmod slc
topology clients=1 servers=2 balancers=2
topology_config "any $VIP4" "any $VIP6"
ctl r relay setting set hash-key 000102030405060708090a0b0c0d0e0f
steady_servers s1 s2
: >"$TMP/short"
spawn_loop short
check "short connections are established over both balancers" wait_for 20 has_shorts 4
check "the balancer to be upgraded has sessions" used 1

# A closed connection rests for a second here, not for 90.
ctl b1 setting set tcp-time-wait-timeout 1 tcp-close-timeout 1
check "the balancer is drained" ctl r relay balancer set b1 weight 0
check "its sessions end" wait_for 20 idle
check "200 TCP connections and 40 UDP flows are up" \
	steady_begin 500 100 20 "$VIP4" 100 20 "$VIP6" 100 20 || exit 1
steady mark
check "slb is replaced on the drained balancer, and its configuration is as before" replace b1 slb
before=$(total b1)
check "the balancer gets flows again" ctl r relay balancer set b1 weight 1
check "new connections use the balancer" wait_for 20 used $((before + 2))
steady "settle 20000"
steady_whole "slb was replaced"
end_process "$SPAWNED"
check "short connections went on all the time" has_shorts 8
check_eq "no short connection failed" 0 "$(shorts failed)"

# Connections that are not where the hash says, as they begin while one balancer is drained.
steady end
ctl r relay balancer set b1 weight 0
check "200 TCP connections over the other balancer are up" \
	steady_begin 500 100 20 "$VIP4" 100 0 "$VIP6" 100 0 || exit 1
ctl r relay balancer set b1 weight 1
steady mark
check "relay is replaced, and its configuration is as before" replace r relay relay
steady "settle 20000"
steady_whole "relay was replaced"
