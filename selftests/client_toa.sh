#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# client-address toa, from end to end: unchanged programs on a server with slb-toa see the address and port of each
# client; on a server without it they see a local address of the balancer, and work.
#
#   c1 --- r === b1             s1 has slb-toa after a while

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_toa.sh
. "$SLB_SELFTESTS/lib_toa.sh"

TOLD=$SLB_SELFTESTS/tools/traffic/told
# calls VIP WORD...: connections, all of whose data arrive
calls() {
	: >"$TMP/served"
	on c1 "$TOLD" call "$1" 8000 "${@:2}" >"$TMP/called" || { cat "$TMP/called"; return 1; }
	wait_for 10 served_all
}

served_all() {
	[ "$(grep -c ^ok "$TMP/served")" -eq "$(grep -c ^ok "$TMP/called")" ]
}

# Does the server know both ends of all connections as the client does?
known() {
	calls "$@" || return 1
	cut -d' ' -f 2,3 "$TMP/called" | sort >"$TMP/wanted"
	cut -d' ' -f 2,3 "$TMP/served" | sort >"$TMP/got"
	diff "$TMP/wanted" "$TMP/got"
}

# Does the server know local addresses only?
unknown() {
	calls "$@" && ! cut -d' ' -f 2 "$TMP/served" | grep -v -e '^10\.1\.' -e '^2001:db8:a:'
}

# nginx_knows VIP CLIENT
nginx_knows() {
	local got
	got=$(on c1 curl -sS -m 10 --local-port 20000-29999 -w '%{local_port}\n' "http://$1:8080/peer" | paste -sd' ' -)
	note "$got"
	[ "$got" = "$2 ${got##* } ${got##* }" ]
}

ktap_plan 12
toa_needs
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config servers=s1 "tcp $VIP4" "tcp [$VIP6]"
check "the group tells clients' addresses by TOA" ctl b1 group set web client-address toa
: >"$TMP/served"
spawn on s1 "$TOLD" serve 8000 >>"$TMP/served"
wait_for 10 listening s1 8000
http_server s1 8080
check "IPv4: without slb-toa the server works, and sees local addresses" unknown "$VIP4" count 10
check "IPv6: the same" unknown "$VIP6" count 10
check "slb-toa starts" "$TOA" start trust 10.1.0.0/16,2001:db8:a::/48
check "IPv4: the server sees the address and port of each client" known "$VIP4" count 50
check "IPv6: the same" known "$VIP6" count 50
check "IPv4: large connections" known "$VIP4" up 1000000 down 1000000
check "IPv6: the same" known "$VIP6" up 1000000 down 1000000
check "IPv4: nginx is unchanged, and knows" nginx_knows "$VIP4" "${ADDR4[c1]}"
check "IPv6: the same" nginx_knows "[$VIP6]" "${ADDR6[c1]}"
check "slb-toa has counted them" sh -c "$TOA show | grep -q 'found 10[4-9]'"
check "slb-toa stops" "$TOA" stop
