# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For the tests of what fails, comes and goes under load: many long-lived flows of tools/steady.c.
#
# steady_servers HOST...             starts the servers
# steady_begin SLOW FAST N ADDR TCP UDP [ADDR TCP UDP]...
#                                    opens the flows from c1, see tools/steady.c, and waits for all of them
# steady mark|count|end|"settle MS"  tells the client; its answer is in STEADY, number by word
# steady_whole TEXT                  a result: no flow is lost, reset or moved, and no answer came twice
# state_of HOST LINK                 prints the state of a link: "b1 l1" as balancer b1 has it, "r b1/l1" the relay
# states REGEX REGEX                 has LINK of b1 these states, on the balancer and on the relay? For wait_for
# silence HOST DEV, speak HOST DEV   from now on a device sends nothing, with its carrier on; all again
# listen_all, listen_from            monitors on b1 and r, in JSON; from now on
# transitions                        prints the states of LINK that the monitors told of since then: "b1 ... / r ..."
# apart REGEX REGEX                  prints how many milliseconds apart LINK entered these states, on b1 and on r

STEADY_PORT=7000
declare -gA STEADY=()

steady_servers() {
	local host
	for host in "$@"; do
		spawn on "$host" "$SLB_SELFTESTS/tools/steady" serve "$STEADY_PORT" >"$TMP/steady-$host"
		wait_for 10 grep -q ready "$TMP/steady-$host" || return 1
	done
}

steady_begin() {
	local words
	mkfifo "$TMP/steady-in" "$TMP/steady-out"
	exec {STEADY_IN}<>"$TMP/steady-in" {STEADY_OUT}<>"$TMP/steady-out"
	# Not by spawn, which would give it no input.
	ip netns exec "${NS[c1]}" "$SLB_SELFTESTS/tools/steady" hold "$STEADY_PORT" "$@" \
		<&"$STEADY_IN" >&"$STEADY_OUT" 2>"$TMP/steady-errors" &
	STEADY_PID=$!
	LIB_SPAWNED+=("$STEADY_PID")
	read -rt 60 -u "$STEADY_OUT" words && [[ $words == ready* ]] && return 0
	cat "$TMP/steady-errors"
	return 1
}

# "flows 1200 answers 77 ..." becomes STEADY[flows], STEADY[answers] ...
steady() {
	local words=() i line=''
	STEADY=()
	echo "$*" >&"$STEADY_IN"
	if ! read -rt 30 -u "$STEADY_OUT" line; then
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


state_of() {
	local show=(link show "$2")
	[ "$1" != r ] || show=(relay link show "${2%/*}" "${2#*/}")
	ctl "$1" -j "${show[@]}" | jq -r '.[0].state'
}

states() {
	[[ $(state_of b1 "$LINK") =~ ^($1)$ && $(state_of r "b1/$LINK") =~ ^($2)$ ]]
}

silence() {
	on "$1" tc qdisc replace dev "$2" root netem loss 100%
}

speak() {
	on "$1" tc qdisc del dev "$2" root
}

listen_all() {
	local host
	for host in b1 r; do
		spawn on "$host" "$SLBCTL" -s -j monitor >>"$TMP/monitor-$host"
	done
	wait_for 10 listen_heard
}

# A weight that is set to what it was is told of all the same.
listen_heard() {
	ctl b1 link set l1 weight 1
	ctl r relay link set b1 l1 weight 1
	[ -s "$TMP/monitor-b1" ] && [ -s "$TMP/monitor-r" ]
}

listen_from() {
	truncate -s 0 "$TMP/monitor-b1" "$TMP/monitor-r"
}

# What a link's state was, and when it became so: milliseconds of the day.
moments() {
	jq -r --arg link "$LINK" 'select(.object == "link" and .attributes.name == $link) |
		[.attributes.state, .time, .attributes.since] | @tsv' "$TMP/monitor-$1" |
		awk '{ split(substr($2, 12), t, /[:+-]/)
			print $1, int(((t[1] * 60 + t[2]) * 60 + t[3]) * 1000 - $3) }'
}

transitions() {
	local b r
	b=$(moments b1 | cut -d' ' -f1 | xargs) r=$(moments r | cut -d' ' -f1 | xargs)
	echo "b1 $b / r $r"
}

apart() {
	{
		moments b1 | grep -E -m 1 "^($1) "
		moments r | grep -E -m 1 "^($2) "
	} |
		awk '{ t[NR] = $2 } END { d = t[2] - t[1]; print NR < 2 ? 999999 : d < 0 ? -d : d }'
}
