#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-routed on a simulated kernel (tools/slb-routed/tests): routes follow VIPs, through all that goes wrong.
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

TOOL=$SLB_DIR/tools/slb-routed
export FAKE_KERNEL=$TMP/kernel

kernel() {
	"$TOOL/tests/fake" "$FAKE_KERNEL" "$@"
}

# configure LINE...
configure() {
	printf '%s\n' "$@" >"$TMP/conf"
}

start() {
	"$TOOL/tests/slb-routed-fake" -f "$TMP/conf" 2>>"$TMP/log" &
	PID=$!
	LIB_SPAWNED+=("$PID")
}

routes() {
	kernel routes "${TABLE:-180}" "${PROTOCOL:-80}" | sort | xargs
}

are() {
	[ "$(routes)" = "$*" ]
}

# become TEXT ROUTE...
become() {
	check "$1" wait_for 10 are "${@:2}" || note "$(routes); $(tail -n 3 "$TMP/log")"
}

count() {
	[ "$(kernel routes 180 80 | wc -l)" -eq "$1" ]
}

# changes: how many routes were added and deleted so far
changes() {
	echo "$(kernel get adds) $(kernel get dels)"
}

logged() {
	wait_for 10 grep -qF "$1" "$TMP/log"
}

rereads() {
	grep -c 'is read again' "$TMP/log"
}

# The file, and after it the relay, are read again.
looked() {
	local was dumps
	was=$(rereads)
	kill -HUP "$PID"
	wait_for 10 eval "[ \$(rereads) -gt $was ]"
	dumps=$(kernel get dumps)
	kernel vip 203.0.113.82 0
	wait_for 10 eval "[ \$(kernel get dumps) -gt $dumps ]"
}

test_vips() {
	kernel init
	kernel vip 203.0.113.80 1
	kernel vip 203.0.113.81 0
	kernel vip 2001:db8:f::80 1
	kernel range 10.1.1.1 10.1.1.6
	kernel route 203.0.113.99 32 180 80
	kernel route 203.0.113.98 32 180 12
	kernel route 203.0.113.97 32 181 80
	start
	become "usable VIPs and ranges have routes, a stray has none" \
		10.1.1.1/32 10.1.1.2/31 10.1.1.4/31 10.1.1.6/32 2001:db8:f::80/128 203.0.113.80/32
	check_eq "a route of another protocol stays" 203.0.113.98/32 "$(PROTOCOL=12 routes)"
	check_eq "a route of another table stays" 203.0.113.97/32 "$(TABLE=181 routes)"
	kernel range 0.0.0.0 0.0.0.0
	kernel vip 203.0.113.81 1
	become "a VIP becomes usable, a range is gone" 2001:db8:f::80/128 203.0.113.80/32 203.0.113.81/32
	kernel vip 203.0.113.80 0
	become "a VIP becomes unusable" 2001:db8:f::80/128 203.0.113.81/32
	kernel del 203.0.113.81
	become "a VIP is deleted" 2001:db8:f::80/128
	kernel set announce 0
	become "announce no withdraws all"
	kernel vip 203.0.113.80 1
	check "and nothing comes" expect_stays 1 are ''
	kernel set announce 1
	become "announce yes brings all" 2001:db8:f::80/128 203.0.113.80/32
	kernel set unloaded 1
	become "without the module nothing is announced"
	kernel set unloaded 0
	become "with it all is" 2001:db8:f::80/128 203.0.113.80/32
	kernel set lost 1
	kernel vip 203.0.113.82 1
	become "lost events lose nothing" 2001:db8:f::80/128 203.0.113.80/32 203.0.113.82/32
	kernel set interrupted 2
	kernel del 203.0.113.82
	become "a dump during which something changed is repeated" 2001:db8:f::80/128 203.0.113.80/32
}

test_links() {
	kernel range 10.1.1.0 10.1.1.255
	become "a range that is a prefix" 10.1.1.0/24 2001:db8:f::80/128 203.0.113.80/32
	kernel set down 1
	become "without links ranges go" 2001:db8:f::80/128 203.0.113.80/32
	kernel set down 0
	become "and are back" 10.1.1.0/24 2001:db8:f::80/128 203.0.113.80/32
	configure "announce-after 0" "local no"
	kill -HUP "$PID"
	become "local no: no ranges" 2001:db8:f::80/128 203.0.113.80/32
	kernel range 0.0.0.0 0.0.0.0
}

# Routes go on while the daemon does not run, and a new one changes nothing.
test_restart() {
	local was
	kill -KILL "$PID"
	wait "$PID" 2>/dev/null
	check "a daemon that was killed leaves its routes" are 2001:db8:f::80/128 203.0.113.80/32
	was=$(changes)
	start
	looked
	check_eq "a new one adds and deletes none" "$was" "$(changes)"
	end_process "$PID"
	check "one that ends leaves them, too" are 2001:db8:f::80/128 203.0.113.80/32
	kernel vip 203.0.113.80 0
	start
	become "what has changed meanwhile is put right" 2001:db8:f::80/128
	kernel vip 203.0.113.80 1
	become "and back" 2001:db8:f::80/128 203.0.113.80/32
}

# The routes are in another table.
moved() {
	[ "$(TABLE=190 routes)" = "2001:db8:f::80/128 203.0.113.80/32" ]
}

test_errors() {
	kernel route 203.0.113.70 32 180 12
	kernel vip 203.0.113.70 1
	check "a route of somebody else is in the way" logged "cannot add the route to 203.0.113.70/32: somebody else has one"
	kernel unroute 203.0.113.70 32
	become "it is added when that is gone" 2001:db8:f::80/128 203.0.113.70/32 203.0.113.80/32
	kernel set refuses 12
	kernel del 203.0.113.70
	check "an error is logged by name" logged "cannot delete the route to 203.0.113.70/32: Cannot allocate memory"
	kernel set refuses 0
	become "and the change is tried again" 2001:db8:f::80/128 203.0.113.80/32
	kernel unroute 203.0.113.80 32
	configure "announce-after 0" "table 190"
	kill -HUP "$PID"
	check "another table gets the routes" wait_for 10 moved
	check "the old one has none" are ''
	echo "tabel 1" >>"$TMP/conf"
	kill -HUP "$PID"
	check "a file with a fault changes nothing" logged "all stays as it was"
	configure "announce-after 0"
	kill -HUP "$PID"
	become "the first table again" 2001:db8:f::80/128 203.0.113.80/32
}

test_pauses() {
	local was i
	# long, for a slow machine must see in time that a VIP is back
	configure "announce-after 6000" "withdraw-after 4000"
	looked
	was=$(changes)
	for i in {1..1000}; do
		kernel vip 203.0.113.80 $((i % 2))
	done
	kernel vip 203.0.113.80 1
	looked
	check_eq "1000 changes that come back change nothing" "$was" "$(changes)"
	kernel vip 203.0.113.80 0
	check "a route goes after the pause, not before" expect_stays 1 are 2001:db8:f::80/128 203.0.113.80/32
	become "then it goes" 2001:db8:f::80/128
	kernel vip 203.0.113.80 1
	check "a route comes after the pause, not before" expect_stays 2 are 2001:db8:f::80/128
	become "then it comes" 2001:db8:f::80/128 203.0.113.80/32
	configure "announce-after 0"
	looked
	kernel many 4000 1
	check "4000 VIPs" wait_for 30 count 4002
	kernel many 4000 0
	check "4000 VIPs become unusable" wait_for 30 count 2
}

make -s -C "$TOOL" tests >"$TMP/make" 2>&1 || ktap_skip_all "the simulated kernel cannot be built"
ktap_plan 38
mkfifo "$FAKE_KERNEL.events"
configure "announce-after 0"
test_vips
test_links
test_restart
test_errors
test_pauses
end_process "$PID"
check_not "no fault of memory" grep -E 'AddressSanitizer|runtime error|LeakSanitizer' "$TMP/log"
