# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Many long-lived flows of tools/traffic/steady.c, which must go on whatever happens.
#
# steady_servers HOST...             starts the servers
# steady_begin SLOW FAST N ADDR TCP UDP [ADDR TCP UDP]...
#                                    opens the flows from c1, see tools/traffic/steady.c, and waits for all of them
# steady mark|count|end|"settle MS"  a command to the client; its answer is in STEADY, number by word. An answer may
#                                    take STEADY_PATIENCE seconds
# steady_whole TEXT                  a result: no flow is lost, reset or moved, and no answer came twice

STEADY_PORT=7000 STEADY_PATIENCE=30
declare -gA STEADY=()

steady_servers() {
	local host
	for host in "$@"; do
		spawn on "$host" "$SLB_SELFTESTS/tools/traffic/steady" serve "$STEADY_PORT" >"$TMP/steady-$host"
		wait_for 10 grep -q ready "$TMP/steady-$host" || return 1
	done
}

steady_begin() {
	local words
	rm -f "$TMP/steady-in" "$TMP/steady-out"
	mkfifo "$TMP/steady-in" "$TMP/steady-out"
	exec {STEADY_IN}<>"$TMP/steady-in" {STEADY_OUT}<>"$TMP/steady-out"
	# Not by spawn, which would give it no input.
	ip netns exec "${NS[c1]}" "$SLB_SELFTESTS/tools/traffic/steady" hold "$STEADY_PORT" "$@" \
		<&"$STEADY_IN" >&"$STEADY_OUT" 2>"$TMP/steady-errors" &
	STEADY_PID=$!
	LIB_SPAWNED+=("$STEADY_PID")
	read -rt $((2 * STEADY_PATIENCE)) -u "$STEADY_OUT" words && [[ $words == ready* ]] && return 0
	cat "$TMP/steady-errors"
	return 1
}

# "flows 1200 answers 77 ..." becomes STEADY[flows], STEADY[answers] ...
steady() {
	local words=() i line=''
	STEADY=()
	echo "$*" >&"$STEADY_IN"
	if ! read -rt "$STEADY_PATIENCE" -u "$STEADY_OUT" line; then
		note "the client does not answer: $(cat "$TMP/steady-errors")"
		return 1
	fi
	read -ra words <<<"$line"
	for ((i = 0; i + 1 < ${#words[@]}; i += 2)); do
		STEADY[${words[i]}]=${words[i + 1]}
	done
	STEADY[line]=$line
}

steady_whole() {
	check_eq "$1: of ${STEADY[flows]:-?} flows none is lost, reset or moved, nothing comes twice" "0 0 0 0" \
		"${STEADY[lost]:-?} ${STEADY[reset]:-?} ${STEADY[moved]:-?} ${STEADY[doubled]:-?}"
	note "$1: ${STEADY[line]:-}"
}
