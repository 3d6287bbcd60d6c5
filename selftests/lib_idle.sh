# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For tests of idle TCP connections: what does each end receive at its next segment?
#
# idle_begin NAME HOST ARG...   starts tools/traffic/idle.py; its standard output begins with "ready N"
# idle NAME COMMAND...          one command to it; prints its answer

declare -gA IDLE_IN=() IDLE_OUT=()

idle_begin() {
	local name=$1 host=$2 in out answer
	shift 2
	mkfifo "$TMP/idle-$name".{in,out}
	# both ways, as opening one end alone would wait for the other
	exec {in}<>"$TMP/idle-$name.in" {out}<>"$TMP/idle-$name.out"
	# not by spawn: what a shell runs in the background reads from nowhere unless told at that place
	ip netns exec "${NS[$host]}" "$SLB_SELFTESTS/tools/traffic/idle.py" "$@" <&"$in" >&"$out" &
	LIB_SPAWNED+=("$!")
	IDLE_IN[$name]=$in
	IDLE_OUT[$name]=$out
	read -rt $((20 * SLB_SLOWNESS)) answer <&"$out" || return 1
	[[ $answer == ready* ]]
}

idle() {
	local name=$1 answer
	shift
	echo "$*" >&"${IDLE_IN[$name]}"
	read -rt $((20 * SLB_SLOWNESS)) answer <&"${IDLE_OUT[$name]}" || answer="no answer"
	echo "$answer"
}
