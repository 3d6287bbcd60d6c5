# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Functions for all tests: KTAP output, waiting, network namespaces, captures, cleanup.
#
# A test is an executable script:
#
#	#!/bin/bash
#	# SPDX-License-Identifier: GPL-2.0-only
#	# One sentence on what is tested.
#	. "${BASH_SOURCE[0]%/*}/lib.sh"
#	ktap_plan 2
#	topology clients=1 servers=3
#	check "the client reaches the first server" on c1 ping -c 1 "${ADDR4[s1]}"
#	skip "this is hard" "and not built yet"
#
# Nothing is called at the end: leaving the script ends what it started, deletes its namespaces, unloads
# the modules that it loaded, and turns the results into the exit status (0 passed, 1 failed, 4 skipped).
#
# Results    ktap_plan N, ktap_skip_all REASON, ok TEXT, fail TEXT, skip TEXT REASON, note TEXT,
#            check TEXT COMMAND... (passes when the command succeeds; its output is shown when it fails),
#            check_not TEXT COMMAND..., check_eq TEXT WANTED GOT
# Waiting    wait_for SECONDS COMMAND... (polls; never sleep in a test), expect_stays SECONDS COMMAND...
# Durations  attempts N COMMAND... (succeeds with the first attempt that does): what compares durations shows a
#            fault in every attempt, but a machine that stood still in one only
# Processes  spawn COMMAND..., spawn on HOST COMMAND... (a program, not a function, in the background; it
#            is ended on exit; its pid is in SPAWNED), end_process PID [SIGNAL],
#            spawn_loop COMMAND... (again and again, a function, too; ends with a whole round, and by itself
#            after LIB_LOOP_SECONDS)
# JSON       json KEY... (values of these keys of slbctl's JSON on the input, one line an object)
# Clean-up   defer COMMAND... (run on exit, last one first); TMP is a folder that is thrown away
# Modules    load_modules slb relay
# Hosts      see lib_topology.sh: topology, topology_config, on HOST COMMAND..., ctl HOST ARGS...

set -u
export LC_ALL=C
SLB_SELFTESTS=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
SLB_DIR=${SLB_DIR:-${SLB_SELFTESTS%/*}}
SLBCTL=${SLBCTL:-$SLB_DIR/tools/slbctl/slbctl}
[ -x "$SLBCTL" ] || SLBCTL=slbctl
# Programs in tools/ import modules from other folders there.
export PYTHONPATH=$SLB_SELFTESTS/tools/packets:$SLB_SELFTESTS/tools/netlink
# A slow machine gets more time wherever a test waits.
[ "${KSFT_MACHINE_SLOW:-no}" != yes ] || SLB_SLOWNESS=${SLB_SLOWNESS:-4}
SLB_SLOWNESS=${SLB_SLOWNESS:-1}

KTAP_PLAN=0 KTAP_RUN=0 KTAP_FAILED=0 KTAP_SKIPPED=0
LIB_DEFERRED=() LIB_SPAWNED=() LIB_LOADED=()
LIB_LOOP_SECONDS=120

# ---- results

ktap_plan() {
	KTAP_PLAN=$1
	printf 'TAP version 13\n1..%d\n' "$1"
}

# Skips the whole script, for a reason.
ktap_skip_all() {
	printf 'TAP version 13\n1..0 # SKIP %s\n' "$1"
	exit 4
}

note() {
	printf '# %s\n' "$*"
}

ok() {
	KTAP_RUN=$((KTAP_RUN + 1))
	printf 'ok %d - %s\n' "$KTAP_RUN" "$1"
}

fail() {
	KTAP_RUN=$((KTAP_RUN + 1))
	KTAP_FAILED=$((KTAP_FAILED + 1))
	printf 'not ok %d - %s\n' "$KTAP_RUN" "$1"
}

skip() {
	KTAP_RUN=$((KTAP_RUN + 1))
	KTAP_SKIPPED=$((KTAP_SKIPPED + 1))
	printf 'ok %d - %s # SKIP %s\n' "$KTAP_RUN" "$1" "$2"
}

# The command runs in this shell, so it may be a function that sets variables.
check() {
	local text=$1 status
	shift
	"$@" >"$TMP/check" 2>&1
	status=$?
	if [ "$status" -eq 0 ]; then
		ok "$text"
		return 0
	fi
	fail "$text"
	note "failed with status $status: $*"
	sed 's/^/#   /' "$TMP/check"
	lib_diagnose
	return 1
}

check_not() {
	local text=$1
	shift
	if "$@" >"$TMP/check" 2>&1; then
		fail "$text"
		note "succeeded, but should not: $*"
		sed 's/^/#   /' "$TMP/check"
		lib_diagnose
		return 1
	fi
	ok "$text"
}

check_eq() {
	if [ "$2" = "$3" ]; then
		ok "$1"
		return 0
	fi
	fail "$1"
	note "wanted: ${2//$'\n'/$'\n#         '}"
	note "got:    ${3//$'\n'/$'\n#         '}"
	lib_diagnose
	return 1
}

# After the first failures: what each host has dropped, and how its links are, for packets that went missing.
LIB_DIAGNOSES=3
lib_diagnose() {
	local host
	[ "$LIB_DIAGNOSES" -gt 0 ] && grep -qE '^(slb|relay) ' /proc/modules || return 0
	LIB_DIAGNOSES=$((LIB_DIAGNOSES - 1))
	for host in "${!NS[@]}"; do
		{
			ctl "$host" drop show | awk '$2 { print "dropped", $1, $2 }'
			ctl "$host" relay drop show | awk '$2 { print "relay dropped", $1, $2 }'
			ctl "$host" -o link show | sed -n 's/ .* state / /p'
			ctl "$host" -o relay link show | sed -n 's/^\([^ ]* [^ ]*\) .* state /relay \1 /p'
			# shellcheck disable=SC2016
			on "$host" awk 'NR > 2 && $5 + $13 { print $1, $5, "dropped in,", $13, "out" }' /proc/net/dev
		} 2>/dev/null | sed "s/^/#     $host: /"
	done
}

# ---- waiting

# A pause of some milliseconds that costs no process (forks are dear under emulation).
lib_pause() {
	read -rt "$1" <&"$LIB_TICK" || true
}

# wait_for SECONDS COMMAND...: runs the command until it succeeds; fails when the time is up. The pauses grow, as
# commands take processor time from what is waited for; the last one is a quarter of a second.
wait_for() {
	local deadline=$((${EPOCHREALTIME/./} + $1 * SLB_SLOWNESS * 1000000)) pause=30 seconds
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$deadline" ] || return 1
		printf -v seconds 0.%03d "$pause"
		lib_pause "$seconds"
		pause=$((pause < 160 ? pause * 3 / 2 : 250))
	done
}

# expect_stays SECONDS COMMAND...: succeeds when the command keeps succeeding for that long.
expect_stays() {
	local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	while [ "${EPOCHREALTIME/./}" -lt "$deadline" ]; do
		"$@" >/dev/null 2>&1 || return 1
		lib_pause 0.1
	done
}

# attempts N COMMAND...: runs the command until it succeeds, at most N times. LIB_ATTEMPT counts from 1.
attempts() {
	local n=$1
	shift
	for ((LIB_ATTEMPT = 1; LIB_ATTEMPT <= n; LIB_ATTEMPT++)); do
		! "$@" || return 0
		echo "that was attempt $LIB_ATTEMPT"
	done
	return 1
}

# ---- JSON

# No value is "null". jq could do it, but takes as long to begin as ten other programs, and tests ask often.
json() {
	awk -v keys="$*" '
		BEGIN {
			RS = "\\},\\{|\n"
			n = split(keys, key, " ")
		}
		/":/ {
			for (i = 1; i <= n; i++) {
				value = "null"
				if (match($0, "\"" key[i] "\":(\"[^\"]*\"|[^],{}\"]+)"))
					value = substr($0, RSTART + length(key[i]) + 3, RLENGTH - length(key[i]) - 3)
				gsub("\"", "", value)
				printf "%s%s", value, i < n ? " " : "\n"
			}
		}'
}

# ---- processes

# A function would run in a shell of its own, whose pid is not that of the program: so `on` is seen through.
spawn() {
	[ "$1" != on ] || set -- ip netns exec "${NS[$2]}" "${@:3}"
	"$@" &
	SPAWNED=$!
	LIB_SPAWNED+=("$SPAWNED")
	# Until it has become the program, the child is a copy of this shell: a signal would make it run
	# this shell's traps, or be lost.
	wait_for 5 lib_is_other "$SPAWNED"
}

lib_is_other() {
	local ours theirs
	mapfile -d '' ours <"/proc/$$/cmdline"
	mapfile -d '' theirs <"/proc/$1/cmdline"
	[ "${ours[*]}" != "${theirs[*]}" ]
}

# A shell that is just killed leaves behind what it waits for, and that goes on. So this one ends when a round
# has: the shell runs a trap when its child has come to an end. It does not go on for ever.
spawn_loop() {
	(
		trap - EXIT
		ends=''
		trap 'ends=yes' TERM
		deadline=$((EPOCHSECONDS + LIB_LOOP_SECONDS * SLB_SLOWNESS))
		while [ -z "$ends" ] && [ "$EPOCHSECONDS" -lt "$deadline" ]; do
			"$@"
		done
	) &
	SPAWNED=$!
	LIB_SPAWNED+=("$SPAWNED")
}

# end_process PID [SIGNAL]: ends a spawned process and waits for it.
end_process() {
	kill "-${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

defer() {
	local quoted
	printf -v quoted '%q ' "$@"
	LIB_DEFERRED+=("$quoted")
}

# ---- modules

# load_modules NAME...: loads our modules with what they depend on; those that were not loaded before
# are unloaded on exit.
load_modules() {
	local name file depends
	for name in "$@"; do
		[ ! -d "/sys/module/$name" ] || continue
		file=$SLB_DIR/$name/$name.ko
		if [ -f "$file" ]; then
			depends=$(modinfo -F depends "$file")
			# crc32c has to be there before SCTP checksums are asked for.
			# shellcheck disable=SC2086
			modprobe -qa crc32c_generic ${depends//,/ }
			# shellcheck disable=SC2086
			insmod "$file" ${SLB_MODULE_WORDS:-} || ktap_skip_all "cannot load $file"
		else
			# shellcheck disable=SC2086
			modprobe "$name" ${SLB_MODULE_WORDS:-} || ktap_skip_all "there is no module $name"
		fi
		LIB_LOADED=("$name" "${LIB_LOADED[@]}")
	done
}

# ---- the end of a test

lib_kill_spawned() {
	local pid
	for pid in "${LIB_SPAWNED[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${LIB_SPAWNED[@]}"; do
		lib_reap "$pid"
	done
	LIB_SPAWNED=()
}

# Waits for a child that was told to end; one that does not listen is killed.
lib_reap() {
	wait_for 2 lib_gone "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

lib_gone() {
	local stat=''
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ $stat == *") Z "* ]]
}

lib_unused() {
	[ "$(cat "/sys/module/$1/refcnt")" -eq 0 ]
}

lib_finish() {
	local status=$? i name
	trap - EXIT
	trap '' INT TERM
	lib_kill_spawned
	for ((i = ${#LIB_DEFERRED[@]} - 1; i >= 0; i--)); do
		eval "${LIB_DEFERRED[i]}" || note "clean-up failed: ${LIB_DEFERRED[i]}"
	done
	for name in "${LIB_LOADED[@]}"; do
		# XDP programs of a namespace that has gone hold a module for a moment
		wait_for 10 lib_unused "$name"
		rmmod "$name" || status=1
	done
	rm -rf "$TMP"
	[ "$status" -eq 0 ] || exit "$status"
	if [ "$KTAP_RUN" -ne "$KTAP_PLAN" ]; then
		note "planned $KTAP_PLAN results, but there are $KTAP_RUN"
		exit 1
	fi
	[ "$KTAP_FAILED" -eq 0 ] || exit 1
	[ "$KTAP_SKIPPED" -lt "$KTAP_RUN" ] || exit 4
	exit 0
}

TMP=$(mktemp -d)
mkfifo "$TMP/tick"
exec {LIB_TICK}<>"$TMP/tick"
trap lib_finish EXIT
trap 'exit 1' INT TERM HUP

[ "$EUID" -eq 0 ] || ktap_skip_all "needs root"

# shellcheck source=selftests/lib_topology.sh
. "$SLB_SELFTESTS/lib_topology.sh"
# shellcheck source=selftests/lib_env.sh
. "$SLB_SELFTESTS/lib_env.sh"
