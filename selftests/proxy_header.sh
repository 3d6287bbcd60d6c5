#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Servers learn the addresses of clients by PROXY headers: streams with known data over both families, when the server
# speaks first, with loss, small windows, links that fail; datagrams; what is refused.
#
#   c1 --- r === b1             s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

TOLD=$SLB_SELFTESTS/tools/traffic/told
VIPS=("$VIP4" "$VIP6")

# calls TEXT WORD...: a connection over each family, whose server says who called
calls() {
	local text=$1 vip status=0
	shift
	for vip in "${VIPS[@]}"; do
		: >"$TMP/served"
		on c1 "$TOLD" call "$vip" 8000 "$@" >"$TMP/called" || { cat "$TMP/called"; status=1; }
		wait_for 5 served_all || status=1
	done
	return $status
}

# Has the server a line for each connection, with the client's end and the VIP?
served_all() {
	cut -d' ' -f 1-3 "$TMP/called" | sort >"$TMP/wanted"
	cut -d' ' -f 1-3 "$TMP/served" | sort >"$TMP/got"
	cmp -s "$TMP/wanted" "$TMP/got" || { diff "$TMP/wanted" "$TMP/got" | head; cat "$TMP/served"; return 1; }
}

serve() {
	[ -z "${SERVER:-}" ] || end_process "$SERVER"
	spawn on s1 "$TOLD" serve 8000 "$@" >>"$TMP/served"
	SERVER=$SPAWNED
	wait_for 10 listening s1 8000
}

ktap_plan 4
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config port=8000 servers=s1 "tcp $VIP4:8000" "tcp [$VIP6]:8000"
: >"$TMP/served"
check "the mode is set" ctl b1 group set web client-address proxy-v2
serve proxy
capture s s1 eth0 tcp
check "a connection" calls x
check "100 connections" calls x count 100
capture_stop s
capture_show s | head -40
check "10 MB" calls x up 10000000 down 10000000
ctl b1 status show
ctl b1 session show
