# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the demonstration prints: headings, commands, checks, the drawing, tables, and flows on the wire.
#
# Client-side addresses and counts have one colour, server-side ones another, here and in all tables.

# shellcheck disable=SC2154
demo_colors() {
	BOLD='' GREEN='' RED='' CLIENT='' SERVER='' PLAIN=''
	[ "$1" = no ] ||
		BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[1;31m' CLIENT=$'\e[36m' SERVER=$'\e[33m' PLAIN=$'\e[0m'
}

heading() {
	printf '\n %s%s%s\n\n' "$BOLD" "$*" "$PLAIN"
}

say() {
	printf '   %s\n' "$*"
}

# shown HOST COMMAND...: prints a command as one types it on a host, folded where it is long.
shown() {
	local indent=11 word line
	printf -v line '   %-3s ' "$1#"
	shift
	for word in "$@"; do
		# A link's IPv6 half gets a line of its own.
		if [ $((${#line} + ${#word})) -gt 92 ] || [[ $word == via && $line == *" via "* ]]; then
			printf '%s\\\n' "$line"
			printf -v line '%*s' "$indent" ''
		fi
		line+="$word "
	done
	printf '%s\n' "${line% }"
}

# ---- results: those of lib.sh in other clothes

DEMO_FAILURES=()

# shellcheck disable=SC2317
ok() {
	KTAP_RUN=$((KTAP_RUN + 1))
	printf '   %s✔%s %s\n' "$GREEN" "$PLAIN" "$1"
}

# shellcheck disable=SC2317
fail() {
	KTAP_RUN=$((KTAP_RUN + 1))
	KTAP_FAILED=$((KTAP_FAILED + 1))
	DEMO_FAILURES+=("$1")
	printf '   %s✘ FAILED: %s%s\n' "$RED" "$1" "$PLAIN"
}

# shellcheck disable=SC2317
note() {
	printf '     %s\n' "$*"
}

# ---- the drawing

DRAWING='
     clients                                 relay                              servers
 ╭──────────────────────╮       ╭──────────────────────────╮       ╭──────────────────────╮
 │ c1  @c1v4            │       │            r             │       │ s1  @s1v4            │
 │     @c1v6            ├───────┤         relay.ko         ├───────┤     @s1v6            │
 ╰──────────────────────╯       │                          │       ╰──────────────────────╯
 ╭──────────────────────╮       │    virtual addresses     │       ╭──────────────────────╮
 │ c2  @c2v4            │       │     @vip4                │       │ s2  @s2v4            │
 │     @c2v6            ├───────┤     @vip6                ├───────┤     @s2v6            │
 ╰──────────────────────╯       │                          │       ╰──────────────────────╯
                                │                          │       ╭──────────────────────╮
                                │                          │       │ s3  @s3v4            │
                                │                          ├───────┤     @s3v6            │
                                ╰──┬─────┬────────┬─────┬──╯       ╰──────────────────────╯
                                 l1│   l2│      l1│   l2│
                                ╭──┴─────┴──╮  ╭──┴─────┴──╮
                                │ b1        │  │ b2        │
                                │  slb.ko   │  │  slb.ko   │
                                ╰───────────╯  ╰───────────╯
                                        balancers
'

# draw_fill TOKEN TEXT: puts a text in the place that the drawing holds free for it, 16 columns wide.
draw_fill() {
	local token text
	printf -v token '%-16s' "$1"
	printf -v text '%-16s' "$2"
	drawing=${drawing//"$token"/"$text"}
}

draw_topology() {
	local drawing=${DRAWING#$'\n'} host b l
	for host in "${!ADDR4[@]}"; do
		draw_fill "@${host}v4" "${ADDR4[$host]}"
		draw_fill "@${host}v6" "${ADDR6[$host]}"
	done
	draw_fill @vip4 "$VIP4"
	draw_fill @vip6 "$VIP6"
	printf '%s\n' "$drawing"
	say "link    networks between relay and balancer    local addresses, tied to the link"
	for b in 1 2; do
		for l in 1 2; do
			printf '   b%d l%d   %-16s %-21s %-12s %s\n' "$b" "$l" "100.64.$b.$((16 * l))/28" \
				"2001:db8:b:$b$l::/64" "10.$b.$l.1-4" "2001:db8:a:$b$l::1-4"
		done
	done
}

# ---- tables

# table_requests: one row a protocol and family, from ANSWERS[KIND,SERVER] and SENT[KIND].
table_requests() {
	local kind server answered
	printf '   %-31s%21s\n' "" "answered by"
	printf '   %-24s%7s%9s%7s%7s%11s\n' "" sent s1 s2 s3 failed
	for kind in "${KINDS[@]}"; do
		printf '   %-24s%7d  ' "${KIND_TEXT[$kind]}" "${SENT[$kind]}"
		answered=0
		for server in s1 s2 s3; do
			printf '%7d' "${ANSWERS[$kind,$server]:-0}"
			answered=$((answered + ${ANSWERS[$kind,$server]:-0}))
		done
		printf '%11d\n' "$((${SENT[$kind]} - answered))"
	done
	echo
}

# table_links: packets that each link carried since counters_mark, from PACKETS[BALANCER,LINK,COLUMN].
table_links() {
	local b l
	printf '   %-24s%s%15s%s%s%23s%s\n' "" "$CLIENT" "client side" "$PLAIN" "$SERVER" "server side" "$PLAIN"
	printf '   %-24s%s%8s%10s%s%s%12s%10s%s\n' "packets on" "$CLIENT" in out "$PLAIN" "$SERVER" in out "$PLAIN"
	for b in b1 b2; do
		for l in l1 l2; do
			printf '   %-24s%s%8d%10d%s%s%12d%10d%s\n' "balancer $b, link $l" \
				"$CLIENT" "${PACKETS[$b,$l,client_in]}" "${PACKETS[$b,$l,client_out]}" "$PLAIN" \
				"$SERVER" "${PACKETS[$b,$l,server_in]}" "${PACKETS[$b,$l,server_out]}" "$PLAIN"
		done
	done
	echo
}

# ---- one flow on the wire

# wire_line LEFT HOP SIDE: a line of the drawing, with the addresses of this hop as captured.
wire_line() {
	local color=$CLIENT
	[ "$3" = client ] || color=$SERVER
	printf '   %s  %s%24s → %s%s\n' "$1" "$color" "${WIRE_SRC[$2]}" "${WIRE_DST[$2]}" "$PLAIN"
}

# draw_wire FAMILY: draws the flow that wire_read has found.
draw_wire() {
	local i=${WIRE_DEV[2]#b?} j=${WIRE_DEV[3]#b?} b=${WIRE_DEV[2]%l?} c=${WIRE_DEV[1]} s=${WIRE_DEV[4]}
	echo
	say "IPv$1"
	wire_line "client $c ──▶ relay ──($i)─▶ balancer $b" 2 client
	wire_line "              relay ◀─($j)── balancer ${WIRE_DEV[3]%l?}" 3 server
	wire_line "              relay ───────▶ server $s  " 4 server
	wire_line "              relay ◀─────── server ${WIRE_DEV[5]}  " 5 server
	wire_line "              relay ──(${WIRE_DEV[6]#b?})─▶ balancer ${WIRE_DEV[6]%l?}" 6 server
	wire_line "              relay ◀─(${WIRE_DEV[7]#b?})── balancer ${WIRE_DEV[7]%l?}" 7 client
	wire_line "client ${WIRE_DEV[8]} ◀── relay                     " 8 client
}
