#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How slbctl shows objects: counts and limits, on a simulated kernel (tools/slbctl/tests).
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
link show: unexpected word "count"|link show l1 count
'

# Expected request as one line | command line that makes it.
TAKEN='
slb session-get dump proto tcp state tcp-syn|session show tcp count by server state tcp-syn limit 5
slb session-get dump client 198.51.100.1|session show count by vip c 198.51.100.1
slb session-get dump return-link l1|session show li l1 lim 5
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

[ -x "$SLBCTL" ] || ktap_skip_all "slbctl is not built: make tools"
make -s -C "$TOOL" -j "$(nproc)" tests >"$TMP/make" 2>&1 || {
	sed 's/^/# /' "$TMP/make"
	ktap_skip_all "the simulated kernel cannot be built here"
}
ktap_plan $(($(grep -c . <<<"$REFUSED") + $(grep -c . <<<"$TAKEN") + 6 + 11))
test_words
test_completion
test_counts
