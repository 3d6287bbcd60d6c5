#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How slbctl shows objects: tables, rates, counts, help and the live view, on a simulated kernel (tools/slbctl/tests).
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

TOOL=$SLB_DIR/tools/slbctl
FAKE=$TOOL/tests/slbctl-fake

# Expected error text | command line that must be refused.
REFUSED='
session show: invalid limit "0" (valid: decimal numbers from 1 to 4294967295)|session show limit 0
session show: invalid limit "x" (valid: decimal numbers|session show limit x
session show: "limit" needs a value: N|session show tcp limit
session show: "limit" is given twice|session show limit 1 limit 2
session show: "count" is given twice|session show count count
session show: "by" needs a value: KEY|session show count by
session show: invalid key "port" (valid: server, client, vip, group, link, state)|session show count by port
relay flow show: invalid key "server" (valid: balancer, link, client, vip, state)|relay flow show count by server
session del: invalid keyword "count" (valid: proto|session del count
session flush: invalid keyword "limit" (valid: proto|session flush limit 5
relay flow flush: invalid keyword "count" (valid: proto|relay flow flush count by vip
top: invalid word "group" (valid: link, vip, server, balancer, interval, count)|top group
top: unexpected word "vip"|top link vip
top: "interval" needs a value: N|top interval
top: invalid count "0" (valid: decimal numbers from 1|top count 0
trace: invalid word "x" (valid: any, proto, client, vip, server, reason, count, for)|trace x
trace: "client" needs a value: ADDR[:PORT|trace client
trace: "vip" is given twice|trace vip 203.0.113.80 vip 203.0.113.81
trace: invalid prefix length "33" (valid: decimal numbers from 0 to 32)|trace client 198.51.100.0/33
trace: invalid count "0" (valid: decimal numbers from 1|trace any count 0
relay trace: invalid for "x" (valid: decimal numbers from 1 to 86400)|relay trace any for x
link show: invalid keyword "count" (valid: rate)|link show l1 count
server show: invalid rate "0" (valid: decimal numbers from 1 to 3600)|server show web rate 0
vip show: "rate" needs a value: SECONDS|vip show tcp 203.0.113.80 rate
relay balancer show: "rate" is given twice|relay balancer show rate 1 rate 2
server set: invalid keyword "rate" (valid: weight, state, deadline, tier, session-limit)|server set web 192.0.2.1 rate 1
'

# Expected request as one line | command line that makes it.
TAKEN='
slb session-get dump proto tcp state tcp-syn|session show tcp count by server state tcp-syn limit 5
slb session-get dump client 198.51.100.1|session show count by vip c 198.51.100.1
slb session-get dump return-link l1|session show li l1 lim 5
slb link-get dump|link show rate 10
slb link-get name rate|link show rate
slb_relay link-get balancer rate name l1|relay link show rate l1
slb_relay link-get dump|relay balancer show b1 rate 1
slb vip-get dump|vip show tcp rate 3600
slb_relay flow-get dump balancer b1|relay flow show count b b1
slb_relay flow-get dump proto tcp client 198.51.100.1 client-port 1 vip 203.0.113.80 vip-port 2|relay flow show tcp client 198.51.100.1:1 vip 203.0.113.80:2 count
'

test_words() {
	local line error
	local -a words

	while IFS= read -r line; do
		[ -n "$line" ] || continue
		read -r -a words <<<"${line#*|}"
		error=$("$SLBCTL" -d "${words[@]}" 2>&1 >"$TMP/sent")
		check_eq "refused: ${words[*]}" "1 slbctl: ${line%%|*} 0" \
			"$? $(grep -oF "slbctl: ${line%%|*}" <<<"$error") $(wc -c <"$TMP/sent")"
	done <<<"$REFUSED"
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		read -r -a words <<<"${line#*|}"
		check_eq "taken: ${words[*]}" "${line%%|*}" "$("$SLBCTL" -d "${words[@]}" 2>&1 | xargs)"
	done <<<"$TAKEN"
}

completes() {
	check_eq "complete: ${*:2}..." "$1" "$("$SLBCTL" __complete "${@:2}" | xargs)"
}

test_completion() {
	completes "limit count" session show vip 203.0.113.80 client 198.51.100.1 server 192.0.2.1 local 10.1.1.1 \
		link l1 group g state udp proto udp ""
	completes "server state" session show count by s
	completes "by" session show count b
	completes "balancer by" relay flow show count b
	completes "tcp-syn tcp-syn-ack" session show count by server state tcp-s
	completes "" session flush lim
	completes "rate" link show l1 ""
	completes "rate" relay vip show r
	completes "" link set l1 ra
}

test_counts() {
	export FAKE_SESSIONS=100000
	check_eq "count" 100000 "$("$FAKE" session show count)"
	check_eq "count in JSON" '[{"count":100000}]' "$("$FAKE" -j session show count)"
	check_eq "count by server" "192.0.2.1:8080 100000" "$("$FAKE" session show count by server)"
	check_eq "count by vip in JSON" '[{"proto":"tcp","vip":"203.0.113.80","vip_port":80,"count":100000}]' \
		"$("$FAKE" -j session show count by vip)"
	check_eq "count by client: the first ones in the order of their addresses" \
		"198.51.0.0 1,198.51.0.1 1,198.51.0.2 1" "$("$FAKE" session show count by client limit 3 | paste -sd ,)"
	check_eq "count by client: each one once" "100000 100000" \
		"$("$FAKE" session show count by client | awk '{ n += $2; seen[$1] } END { print n, length(seen) }')"
	check_eq "limit" "198.51.0.0:1024 198.51.0.1:1024" \
		"$("$FAKE" session show limit 2 | awk '{ print $4 }' | xargs)"
	check_eq "limit in JSON" 7 "$("$FAKE" -j session show limit 7 | jq length)"
	check_eq "limit beyond a short dump" 5 "$(FAKE_SESSIONS=5 "$FAKE" session show limit 6 | wc -l)"
	check_eq "no session" "0 " "$(FAKE_SESSIONS=0 "$FAKE" session show count) $(FAKE_SESSIONS=0 "$FAKE" session show count by link)"
	check_eq "a dump that fails prints no count" "2  slbctl: session: Cannot allocate memory" \
		"$(FAKE_DUMP_ERROR=90000 "$FAKE" session show count by client >"$TMP/out" 2>"$TMP/err"
			echo "$? $(<"$TMP/out") $(<"$TMP/err")")"
	unset FAKE_SESSIONS
}

# on_terminal WORDS...: what slbctl writes to a terminal.
on_terminal() {
	"$SLB_DIR/selftests/tools/terminal/terminal.py" 80x24 -- "$FAKE" "$@" | sed '$d; s/ *$//'
}

CONFIG='link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4 via 2001:db8::1 local 2001:db8:a::1 weight 1
link add l2 dev eth2 via 2001:db8:2::1 local 2001:db8:a::2 weight 3 misses 4
link add wide-name-of-a-link-of-31-byte dev a23456789-12345 via 2001:db8:1111:2222:3333:4444:5555:6666 local 2001:db8:1111:2222:3333:4444:5555:7777-2001:db8:1111:2222:3333:4444:5555:8888 weight 1
server add web [2001:db8::5]:81 weight 7'

test_tables() {
	export FAKE_STORE=$TMP/store
	"$FAKE" -b - <<<"$CONFIG"
	check_eq "a table: numbers to the right" 'GROUP  ADDR              WEIGHT
web    [2001:db8::5]:81       7' "$(on_terminal server)"
	check_eq "a table: counters" 'GROUP  ADDR              WEIGHT  IN-PACKETS    IN-BYTES
web    [2001:db8::5]:81       7          12  5000000000' "$(on_terminal -s server)"
	check_eq "a table: no line is longer than 100 columns" "" "$(on_terminal link | awk 'length > 100')"
	"$FAKE" link del wide-name-of-a-link-of-31-byte
	check_eq "a table: the families of a link, and columns that only some have" \
		'NAME  DEV   VIA            LOCAL              WEIGHT  MISSES  STATE
l1    eth1  100.64.1.1     10.1.1.1-10.1.1.4       1          up
            2001:db8::1    2001:db8:a::1
l2    eth2  2001:db8:2::1  2001:db8:a::2           3       4  up' "$(on_terminal link)"
	check_eq "a table: lines that continue" 'PROTO  CLIENT           VIP              SERVER          STATE               AGE    EXPIRES
    LOCAL     LINK  GROUP  INGRESS
tcp    198.51.0.0:1024  203.0.113.80:80  192.0.2.1:8080  tcp-established  1.234s  7440.000s
    10.1.1.1  l2    web    l1' "$(FAKE_SESSIONS=1 on_terminal session)"
	check_eq "a long list: a header for every 512 rows" "3 1200" \
		"$(FAKE_SESSIONS=1200 on_terminal session | awk '/^PROTO/ { n++ } /^tcp/ { rows++ } END { print n, rows }')"
	check_eq "a terminal: -o is what programs read" "$("$FAKE" -o -s link)" "$(on_terminal -o -s link)"
	check_eq "a terminal: JSON is what programs read" "$("$FAKE" -j link)" "$(on_terminal -j link)"
	check_eq "a terminal: colour of states, but not of headers" 1 "$(on_terminal -c link show l1 | grep -c $'\033.32mup')"
	check_eq "a terminal: settings are aligned" 'udp-timeout               300
fast-path                 no' "$(on_terminal setting)"
	check_eq "a terminal: links that are up, beside all" "links                     2 of 4 up" \
		"$(on_terminal status | grep links)"
	unset FAKE_STORE
}

# Counters grow by 5000 packets of 1000 bytes between two dumps, so the rates are about these.
test_rates() {
	export FAKE_STORE=$TMP/store FAKE_GROWTH=5000
	check_eq "rate: packets and bits per second" "true true" \
		"$("$FAKE" -s -j link show l2 rate 1 | jq -r '.[0] | .seconds as $s |
			[(.client_in.packets_per_second * $s | round) == 5000, (.client_in.bits_per_second * $s | round) == 40000000] | join(" ")')"
	check_eq "rate: names in JSON are those of show" '["l1","l2"]' "$("$FAKE" -j link show rate 1 | jq -c '[.[].name]')"
	check_eq "rate: text" "l1 client-in client-out server-out server-in l2 client-in client-out server-out server-in" \
		"$("$FAKE" -s link show rate 1 | awk '/^ *seconds/ { next } { print $1 }' | xargs)"
	check_eq "rate: -o" 2 "$("$FAKE" -o link show rate 1 | wc -l)"
	check_eq "rate: on a terminal" "NAME CLIENT-IN CLIENT-OUT SERVER-OUT SERVER-IN SESSIONS/S" "$(on_terminal link show rate 1 | head -n 1 | xargs)"
	check_eq "rate: a prefix for people" "4 p/s Mbit/s" \
		"$(on_terminal link show l1 rate 1 | sed -n 's/^l1 *\([45]\)\.[0-9]k\(p.s\) [34][0-9]\.[0-9]\(Mbit.s\) .*/4 \2 \3/p')"
	check_eq "rate: a link that was added again has counted from 0" 2 \
		"$(FAKE_GROWTH=-5 "$FAKE" -j link show l1 rate 1 | jq '.[0] | .client_in.packets_per_second * .seconds | round')"
	refused_by_kernel "link l9: does not exist" link show l9 rate 1
	refused_by_kernel "group none: does not exist" server show none rate 1
	unset FAKE_STORE FAKE_GROWTH
}

refused_by_kernel() {
	check_eq "kernel said no: $1" "slbctl: $1 2" "$({ "$FAKE" "${@:2}" >/dev/null; echo $?; } 2>&1 | xargs)"
}

# top_on_terminal SIZE STEPS...: slbctl top on a terminal, with keys; without control sequences.
top_on_terminal() {
	"$SLB_DIR/selftests/tools/terminal/terminal.py" "$@" -- "$FAKE" top | tee "$TMP/raw" | sed $'s/\033\\[H/\\n/g; s/\033\\[[0-9;?]*[a-zA-Z]//g'
}

test_top() {
	export FAKE_STORE=$TMP/store FAKE_GROWTH=5000
	"$FAKE" relay link add b1 l1 dev eth7 via 100.64.1.2 return 10.1.1.1 weight 1
	"$FAKE" vip add tcp 203.0.113.80:80 group web
	"$FAKE" top >"$TMP/frame"
	check_eq "top in a pipe: one frame" "slbctl balancer l1 l2 relay b1" "$(awk '{ print $1 }' "$TMP/frame" | xargs)"
	check_eq "top in a pipe: no control sequences, at most 100 columns" "" "$(grep $'\033\|.\{101\}' "$TMP/frame")"
	check_eq "top in a pipe: a link's state, rate and share" "up 0.0 Mbit 50%" \
		"$(awk '$1 == "l1" { print $2, $4, ($6 ~ /^[4-8][0-9]\.[0-9]M$/ ? "Mbit" : $6), $NF }' "$TMP/frame")"
	check_eq "top -j: a line for each sample" "2 [\"link\",\"relay_link\",\"time\"] 10000" \
		"$("$FAKE" -j top count 2 | jq -s -r '"\(length) \(.[0] | keys | tojson) \(.[1].link[0] | .client_in.packets_per_second * .seconds | round)"')"
	check_eq "top -j: the other objects" "relay_balancer server,vip" \
		"$("$FAKE" -j top balancer count 1 | jq -r 'keys[0]') $({ "$FAKE" -j top server count 1; "$FAKE" -j top vip count 1; } | jq -r 'keys - ["time", "relay_vip"] | .[0]' | paste -sd ,)"
	top_on_terminal 80x12 after 'l1 .*%' send 2 after 'tcp .*%' send s after 'by sessions' send p after paused send q >"$TMP/frame"
	check_eq "top: keys, and the terminal as it was" "exit 0" "$(tail -n 1 "$TMP/frame")"
	check_eq "top: no line is wider than the terminal" "" "$(awk 'length > 80' "$TMP/frame")"
	check "top: the screen and the cursor are restored" grep -q $'\033\\[?25h\033\\[?1049l' "$TMP/raw"
	check "top: states have a colour" grep -q $'\033\\[32m up' "$TMP/raw"
	check_eq "top: ends at SIGTERM, and the terminal is as it was" "exit 0" \
		"$(top_on_terminal 80x24 after 'l1 .*%' signal SIGTERM | tail -n 1)"
	check_eq "top: follows the size of the terminal" "slbctl top link" \
		"$(top_on_terminal 120x24 after 'l1 .*%' resize 15x5 after 'slbctl top link.{0,6}\033.K' send q >"$TMP/frame"
			tail -n 2 "$TMP/frame" | grep -c 'exit 0' >/dev/null && grep -ao 'slbctl top link$' "$TMP/frame" | head -n 1)"
	check_eq "top: events, until SIGTERM" "vip added: tcp 203.0.113.80:80,relay balancer deleted: b1,module slb unloaded" \
		"$(FAKE_EVENTS=1 top_on_terminal 80x24 | grep -o 'vip added.*\|relay bal.*deleted.*\|module.*' | awk '!seen[$0]++' | paste -sd ,)"
	check_eq "top: without modules" "2 slbctl: top: neither module slb nor module relay is loaded (modprobe slb or modprobe relay)" \
		"$(FAKE_NO_MODULE=all "$FAKE" top 2>"$TMP/err"; echo "$? $(<"$TMP/err")")"
	check_eq "top: one module" "relay_link time" "$(FAKE_NO_MODULE=slb "$FAKE" -j top count 1 | jq -r 'keys | join(" ")')"
	completes "help link vip server balancer interval count" top ""
	unset FAKE_STORE FAKE_GROWTH
}

# words_without_meaning NOUN: keywords of its usage that its help does not explain.
words_without_meaning() {
	local word
	# shellcheck disable=SC2086
	for word in $("$SLBCTL" $1 help | sed '/^Words:/,$d' | grep -o '[[ ][a-z0-9-]* [A-Z[]\|[[ ][a-z-]* yes|no' | tr -d '[' | awk '{ print $1 }' | sort -u); do
		"$SLBCTL" $1 help | sed '1,/^Words:/d' | grep -q "^  $word " || echo "$word"
	done
}

test_help() {
	local noun
	for noun in link group server health wait vip session setting "relay vip" "relay balancer" "relay link" "relay flow" "relay setting"; do
		# shellcheck disable=SC2086
		"$SLBCTL" $noun help >"$TMP/help"
		check_eq "$noun help: fits 80 columns" "" "$(awk 'length > 80' "$TMP/help")"
		check_eq "$noun help: explains each keyword" "" "$(words_without_meaning "$noun" | grep -vx 'add\|set\|del\|flush\|show\|replace\|count\|virtual\|server')"
		check_eq "$noun help: no word without a meaning" "" "$(sed '1,/^Words:/d' "$TMP/help" | grep '^  [^ ]*  *$\|^  [^ ]* [^ ]*  *$')"
	done
	check_eq "help has limits and defaults" "From 1 to 864000. Default: 300." \
		"$("$SLBCTL" setting help | grep -A1 '^  udp-timeout' | grep -o 'From .*\|Default.*' | xargs)"
	check_eq "help has the names that a word can be" "Valid: rr, wrr, lc, wlc, sed, nq, p2c, sh, mh." \
		"$("$SLBCTL" group help | tr -s '\n ' ' ' | grep -o 'Valid: rr[^.]*\.')"
	"$SLBCTL" >"$TMP/out" 2>"$TMP/help"
	check_eq "no words: status 1, and nothing on standard output" "1 0" "$? $(wc -c <"$TMP/out")"
	check "no words: the objects on one screen" [ "$(wc -l <"$TMP/help")" -le 24 ]
	check_eq "no words: each object" "" "$("$SLBCTL" __complete "" | grep -v '^help$' | while read -r noun; do
		grep -q "^  \([a-z]*, \)*$noun\(,.*\)\?  *[a-z]" "$TMP/help" || echo "$noun"
	done)"
}

# With -s, a link is a block, and its first line is what add takes.
test_blocks() {
	export FAKE_STORE=$TMP/blocks
	"$FAKE" -b - <<<"$CONFIG"
	check_eq "-s link: a block" 'l2 dev eth2 via 2001:db8:2::1 local 2001:db8:a::2 weight 3 misses 4
    state up
    misses 4
    client-in   packets             12 bytes       5000000000' "$("$FAKE" -s link show l2)"
	check_eq "-s link: the first line can be fed back" "$(grep '^link' <<<"$CONFIG")" \
		"$("$FAKE" -s link | sed '/^ /d; s/^/link add /')"
	check_eq "-s link: no other line is longer than 100 columns" "" "$("$FAKE" -s link | awk '/^ / && length > 100')"
	check_eq "-s link on a terminal: no line is longer than 100 columns" "" \
		"$(on_terminal -s link | awk 'length > 100 && !/-2001/')"
	unset FAKE_STORE
}

[ -x "$SLBCTL" ] || ktap_skip_all "slbctl is not built: make tools"
make -s -C "$TOOL" -j "$(nproc)" tests >"$TMP/make" 2>&1 || {
	sed 's/^/# /' "$TMP/make"
	ktap_skip_all "the simulated kernel cannot be built here"
}
ktap_plan $(($(grep -c . <<<"$REFUSED") + $(grep -c . <<<"$TAKEN") + 9 + 11 + 11 + 9 + 4 + 3 * 13 + 5 + 15))
test_words
test_completion
test_counts
test_tables
test_rates
test_blocks
test_help
test_top
