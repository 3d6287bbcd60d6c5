#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The lines for perf and bpftrace of Documentation/tracing.rst run, all at the same time ("sleep 10" takes as long as
# is needed), and see drops, sessions, steering and a link that goes down.
#
#   c1 --- r === b1
#          |
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

LIB_LINK_WORDS="interval 0"
PACKETS=$SLB_SELFTESTS/tools/packets/packets
DOCUMENT=$SLB_DIR/Documentation/tracing.rst
STARTED=() HELD=0

# lines TOOL: the lines of the document
lines() {
	sed -n "s/^  \($1 .*\)/\1/p" "$DOCUMENT"
}

# Has a process opened its events? Then it sees what happens, or does so a moment later.
watches() {
	find "/proc/$1/fd" -lname '*perf_event*' 2>/dev/null | grep -q .
}

# begin TOOL: runs each line in a directory of its own. A line that does not end by itself is interrupted later.
begin() {
	local line dir n=0
	while read -r line; do
		n=$((n + 1)) dir=$TMP/$1$n
		mkdir "$dir"
		# it ends when all has been seen, however long that takes
		[[ $line != *"sleep 10"* ]] || HELD=$((HELD + 1))
		line=${line/sleep 10/$TMP/hold}
		# a line of one command becomes the process itself, which gets the interrupt
		[[ $line == *\;\ perf* ]] || line="exec $line"
		spawn bash -c "cd $dir && { $line; } >said 2>&1 </dev/null"
		STARTED+=("$SPAWNED")
	done < <(lines "$1")
}

# perf switches events on before it starts the command.
all_watch() {
	local pid child
	[ "$(find "$TMP" -name held | wc -l)" -eq "$HELD" ] || return 1
	for pid in "${STARTED[@]}"; do
		watches "$pid" && continue
		child=$(pgrep -P "$pid" | head -n 1)
		[ -n "$child" ] && watches "$child" || return 1
	done
}

# Drops on both hosts, sessions that begin and end, steered packets, a link that goes down.
traffic() {
	local addr=${ADDR4[c1]}
	on c1 "$PACKETS" "udp $addr@1000 $VIP4@54; udp $addr@1001 $VIP4@53; udp $addr@1001 $VIP4@53"
	on s1 "$PACKETS" "udp ${ADDR4[s1]}@1000 10.1.1.1@2000"
	ctl b1 session flush >/dev/null
	ip -n "${NS[r]}" link set b1l1 down
	ip -n "${NS[r]}" link set b1l1 up
}

# Some lines end when they may; the others wait for an interrupt.
finish() {
	local pid
	touch "$TMP/go"
	wait_for 60 no_shells || note "a line of several commands has not ended"
	for pid in "${STARTED[@]}"; do
		kill -INT "$pid" 2>/dev/null
	done
	wait_for 10 all_ended || kill -TERM "${STARTED[@]}" 2>/dev/null
	wait_for 10 all_ended || { note "a tool does not end" && kill -KILL "${STARTED[@]}" 2>/dev/null; }
	wait "${STARTED[@]}"
}

# Lines of several commands are shells.
no_shells() {
	local pid
	for pid in "${STARTED[@]}"; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" != bash ] || return 1
	done
}

all_ended() {
	local pid
	for pid in "${STARTED[@]}"; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}

# shows TEXT RUN PATTERN...: a line's output has these
shows() {
	local text=$1 said=$TMP/$2/said pattern missing=''
	shift 2
	for pattern; do
		grep -qE -- "$pattern" "$said" || missing+=" $pattern"
	done
	[ -z "$missing" ] || note "$(head -n 20 "$said")"
	check_eq "$text" "" "$missing"
}

for tool in perf bpftrace; do
	command -v $tool >/dev/null || ktap_skip_all "there is no $tool"
done
[ "${SLB_LANE:-Q}" = Q ] || ktap_skip_all "this kernel has no events for perf and bpftrace"
[ -d /sys/kernel/tracing/events ] || { mount -t tracefs tracefs /sys/kernel/tracing && defer umount /sys/kernel/tracing; } ||
	ktap_skip_all "the kernel has no tracepoints"
ktap_plan 10
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "udp $VIP4:53"
check_eq "the document has four lines for bpftrace and three for perf" "4 3" "$(lines bpftrace | wc -l) $(lines perf | wc -l)"
printf '%s\n' '#!/bin/bash' ": >held; until [ -e $TMP/go ]; do sleep 0.2; done" >"$TMP/hold"
chmod +x "$TMP/hold"
begin bpftrace
check "bpftrace watches events" wait_for 20 all_watch
begin perf
check "perf watches events, too" wait_for 20 all_watch
traffic
finish

drop="reason=unmatched .*src=${ADDR4[c1]}:1000 dst=$VIP4:54"
shows "bpftrace counts drops by reason" bpftrace1 '^@\[unknown-local\]: [1-9]'
shows "bpftrace counts sessions by event and cause" bpftrace2 '^@\[new, -\]: 1' '^@\[end, flushed\]: 1'
shows "bpftrace prints each drop of the relay" bpftrace3 "^unmatched ${ADDR4[c1]}:1000 $VIP4:54"
shows "bpftrace counts steered packets by balancer" bpftrace4 '^@\[b1, hash\]: [1-9]'
shows "perf records drops of both modules" perf1 "relay:relay_drop: $drop" "slb:slb_drop: reason=unknown-local"
shows "perf counts events" perf2 '^ +[1-9][0-9]* +slb:slb_drop' '^ +[1-9][0-9]* +relay:relay_steer'
shows "perf traces links" perf3 'relay:relay_link\(.*(admin-down|no-carrier)' 'slb:slb_link\(.*no-carrier'
