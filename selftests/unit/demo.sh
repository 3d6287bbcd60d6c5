#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The demonstration judges captures rightly: it finds a flow among others, and does not call a wrong way right.

top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
tests=0 failed=0
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

# What the demonstration's files use of the topology.
# shellcheck disable=SC2034
VIP4=203.0.113.80 VIP6=2001:db8:f::80
declare -A ADDR4=([s1]=192.0.2.11 [s2]=192.0.2.12) ADDR6=([s2]=2001:db8:5::12)
# shellcheck source=selftests/demo/traffic.sh
. "$top/selftests/demo/traffic.sh"
# shellcheck source=selftests/demo/wire.sh
. "$top/selftests/demo/wire.sh"

# The capture is a file with tcpdump's output.
# shellcheck disable=SC2317
on() {
	cat "$TMP/capture"
}

# expect TEXT WANTED COMMAND...: wants success (yes) or failure (no).
expect() {
	local text=$1 wanted=$2 got=no
	shift 2
	! "$@" >"$TMP/output" 2>&1 || got=yes
	tests=$((tests + 1))
	if [ "$got" = "$wanted" ]; then
		printf 'ok %d - %s\n' "$tests" "$text"
		return
	fi
	failed=1
	printf 'not ok %d - %s\n' "$tests" "$text"
	sed 's/^/# /' "$TMP/output"
}

C=198.51.100.11.40000 V=203.0.113.80.80 L=10.1.2.3.5000 S=192.0.2.12.80

# flow [HOP LINE]: a flow in by l1 of b1 and on by l2, with another line in place of one of its eight.
flow() {
	local lines=(
		"c1    In  IP $C > $V: Flags [S], seq 1" "b1l1  Out IP $C > $V: Flags [S], seq 1"
		"b1l2  In  IP $L > $S: Flags [S], seq 1" "s2    Out IP $L > $S: Flags [S], seq 1"
		"s2    In  IP $S > $L: Flags [S.], seq 2" "b1l2  Out IP $S > $L: Flags [S.], seq 2"
		"b1l1  In  IP $V > $C: Flags [S.], seq 2" "c1    Out IP $V > $C: Flags [S.], seq 2"
	)
	[ $# -eq 0 ] || lines[$1 - 1]=$2
	printf '%s\n' "${lines[@]}"
}

# shellcheck disable=SC2317
two_links() {
	wire_read "$@" && wire_two_links "$1"
}

# shellcheck disable=SC2317
one_link() {
	wire_read 4 && wire_one_link 4 "$1"
}

ipv6() {
	sed -e 's/ IP / IP6 /' -e 's/198\.51\.100\./2001:db8:c::/g' -e 's/203\.0\.113\./2001:db8:f::/g' \
		-e 's/192\.0\.2\./2001:db8:5::/g' -e 's/10\.1\.2\./2001:db8:a:12::/g'
}

printf 'TAP version 13\n1..15\n'

flow >"$TMP/capture"
expect "a flow over two links is right" yes two_links 4
expect "a flow over two links is not right as one over one link" no one_link b1l2
expect "a capture of an IPv4 flow has no IPv6 flow" no two_links 6
expect "the flow asked for is found" yes two_links 4 "$C" "$L"
expect "a flow that is not there is not found" no two_links 4 "${C%0}1" "$L"
expect "a flow with another local port is not found" no two_links 4 "$C" "${L%0}1"
flow | ipv6 >"$TMP/capture"
expect "an IPv6 flow over two links is right" yes two_links 6
flow 6 "b1l1  Out IP $S > $L: Flags [S.], seq 2" >"$TMP/capture"
expect "wrong: the reply goes to the balancer by the other link" no two_links 4
flow 6 "b2l2  Out IP $S > $L: Flags [S.], seq 2" >"$TMP/capture"
expect "wrong: the reply goes to another balancer" no two_links 4
flow 7 "b1l2  In  IP $V > $C: Flags [S.], seq 2" >"$TMP/capture"
expect "wrong: the balancer sends the reply by the return link" no two_links 4
flow 8 "c1    Out IP $S > $C: Flags [S.], seq 2" >"$TMP/capture"
expect "wrong: the client sees the server's address" no two_links 4
L=10.1.1.3.5000
flow >"$TMP/capture"
expect "wrong: the local address is tied to the first link" no two_links 4
flow | sed 's/^b1l1/b1l2/' >"$TMP/capture"
expect "over one link with a local address of the other is right while a link is down" yes one_link b1l2
expect "an unknown option of scripts/demo is an error" no "$top/scripts/demo" --no-such-option
expect "scripts/demo --help is not" yes "$top/scripts/demo" --help

exit "$failed"
