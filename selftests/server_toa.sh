#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-toa: unchanged programs on a server see the address of the client that the TCP option 254 has.
#
#   c1, c2 --- r --- s1          c1 and c2 send single packets: tools/packets/server_toa.py. No module is loaded.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_packet.sh
. "$SLB_SELFTESTS/lib_packet.sh"
# shellcheck source=selftests/lib_toa.sh
. "$SLB_SELFTESTS/lib_toa.sh"

# in_cgroup NAME COMMAND...: a command for spawn
in_cgroup() {
	# shellcheck disable=SC2016
	spawn bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$CGROUPS/$1" ip netns exec "${NS[s1]}" "${@:2}"
}

cgroup_begin() {
	mkdir "$CGROUPS/$1" && defer wait_for 5 rmdir "$CGROUPS/$1"
}

# peers CGROUP ADDR PORT
peers() {
	in_cgroup "$1" "$SLB_SELFTESTS/tools/traffic/peers" "$2" "$3" >"$TMP/peers-$3"
	wait_for 10 grep -q ready "$TMP/peers-$3"
}

# refused TEXT WORD...: an error, and nothing is attached
refused() {
	local text=$1 got
	shift
	got=$("$TOA" "$@" 2>&1) && { echo "$* succeeds"; return 1; }
	[ "$got" = "slb-toa: $text" ] || { echo "$*: $got"; return 1; }
	[ ! -e "$PROGRAMS/slb-toa" ]
}

test_words() {
	refused 'trust is missing: the prefixes of the balancers' start &&
		refused 'invalid word "to" (valid: cgroup, trust)' start to 10.0.0.0/8 &&
		refused 'trust needs a value' start trust &&
		refused 'cgroup is given twice' start cgroup a cgroup b &&
		refused 'invalid prefix "10.0.0.1/8": address bits beyond its length' start trust 10.0.0.1/8 &&
		refused 'invalid prefix "10.0.0.0/33" (valid: ADDRESS, ADDRESS/LENGTH)' start trust 10.0.0.0/33 &&
		refused 'invalid prefix "" (valid: ADDRESS, ADDRESS/LENGTH)' start trust ::1, &&
		refused "invalid cgroup \"$TMP\": not a folder of cgroup2" start cgroup "$TMP" trust ::1 &&
		refused 'invalid word "now": stop takes none' stop now &&
		refused 'not running: nothing is attached' show
}

ktap_plan 26
toa_needs
check "wrong words are refused, each by an error that names it" test_words
cgroup_begin servers
cgroup_begin others
topology clients=2 servers=1 balancers=0
packet_mute c1 c2
peers servers 0.0.0.0 7001
peers servers :: 7002
peers others :: 7003
http_server s1 8080
# shellcheck disable=SC2016
spawn on s1 socat TCP4-LISTEN:8081,reuseaddr,fork 'SYSTEM:echo $SOCAT_PEERADDR $SOCAT_PEERPORT'
wait_for 10 listening s1 8081
packet_run server_toa "$TOA" "$CGROUPS/servers" "$CGROUPS/others"
