# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections and conversations of the hosts, by tools/traffic/talk (talk --help).
#
# talk_serve HOST PROTO ADDR PORT [MIN]   starts an echo server
# talk_begin NAME HOST PROTO ADDR PORT    starts a client that opens many connections to it
# talk_name HOST PORT                     starts a server that answers with its host's name
# talk_idle NAME HOST PORT [ADDR N]...    starts one end of idle connections
# talk NAME COMMAND...                    one command to a client or an end; prints its answer
# talk_connects HOST PROTO ADDR PORT MS   is one connection opened in time?

TALK=$SLB_SELFTESTS/tools/traffic/talk
declare -gA TALK_IN=() TALK_OUT=()

[ -x "$TALK" ] || ktap_skip_all "tools/traffic/talk is not built"

# talk_run NAME HOST ARG...
talk_run() {
	local name=$1 host=$2 in out
	shift 2
	rm -f "$TMP/talk-$name".{in,out}
	mkfifo "$TMP/talk-$name".{in,out}
	# both ways, as opening one end alone would wait for the other
	exec {in}<>"$TMP/talk-$name.in" {out}<>"$TMP/talk-$name.out"
	# Not by spawn: a background command of a shell has no input unless it is redirected right there.
	ip netns exec "${NS[$host]}" "$TALK" "$@" <&"$in" >&"$out" &
	LIB_SPAWNED+=("$!")
	TALK_IN[$name]=$in
	TALK_OUT[$name]=$out
}

talk_begin() {
	talk_run "$1" "$2" call "${@:3}"
}

talk_idle() {
	local answer
	talk_run "$1" "$2" idle "${@:3}"
	read -rt $((20 * SLB_SLOWNESS)) answer <&"${TALK_OUT[$1]}" && [[ $answer == ready* ]]
}

talk() {
	local name=$1 answer
	shift
	echo "$*" >&"${TALK_IN[$name]}"
	read -rt $((20 * SLB_SLOWNESS)) answer <&"${TALK_OUT[$name]}" || answer="no answer"
	echo "$answer"
}

# talk_listen HOST FILE ARG...: a server; FILE takes its output
talk_listen() {
	spawn on "$1" "$TALK" "${@:3}" >"$2"
	wait_for 10 grep -q ready "$2" && return 0
	note "talk ${*:3} does not run on $1"
	return 1
}

talk_serve() {
	talk_listen "$1" "$TMP/serve-$1-$2-$4" serve "${@:2}"
}

talk_name() {
	talk_listen "$1" "$TMP/name-$1-$2" name "$1" "$2"
}

talk_connects() {
	on "$1" "$TALK" connect "${@:2}"
}
