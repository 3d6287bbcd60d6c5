#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-routed and routing daemons: routes follow health. Two relays announce VIPs and return ranges to a router by BGP;
# BIRD and FRR take the routes from the table of slb-routed, with the configurations of Documentation/routes.rst. All
# servers of one VIP go: its route alone is withdrawn. A relay is drained under load. The daemon dies and comes back.
#
# The network: lib_routers.sh.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"
# shellcheck source=selftests/lib_routers.sh
. "${BASH_SOURCE[0]%/*}/lib_routers.sh"

FRR=/usr/lib/frr
OTHER=203.0.113.81
declare -A DAEMON=()
[ -x "$ECMP_ROUTED" ] || ktap_skip_all "slb-routed is not built"
ktap_plan 33
load_modules slb relay

# FRR on q: IPv4, as its import-table has no IPv6. It gives up root, and so needs a folder that it can reach.
start_frr() {
	local dir=/run/frr-$LIB_ID
	install -d -o frr -g frr "$dir"
	defer rm -rf "$dir"
	printf '%s\n' "ip import-table 180" >"$dir/zebra.conf"
	printf '%s\n' "router bgp 65001" " bgp router-id 10.99.2.2" " no bgp ebgp-requires-policy" \
		" timers bgp 3 9" " neighbor 10.99.2.1 remote-as 65000" " neighbor 10.99.2.1 timers connect 2" \
		" address-family ipv4 unicast" "  redistribute table 180 route-map vips" \
		"route-map vips permit 10" " set origin igp" >"$dir/bgpd.conf"
	spawn on q "$FRR/zebra" -u frr -g frr -f "$dir/zebra.conf" -i "$dir/zebra.pid" -z "$dir/zserv" \
		--vty_socket "$dir" -P 0 --log stdout >"$TMP/frr-zebra.log" 2>&1
	ZEBRA=$SPAWNED
	wait_for 10 test -S "$dir/zserv" || return 1
	spawn on q "$FRR/bgpd" -u frr -g frr -f "$dir/bgpd.conf" -i "$dir/bgpd.pid" -z "$dir/zserv" \
		--vty_socket "$dir" -P 0 --log stdout >"$TMP/frr-bgpd.log" 2>&1
	BGPD=$SPAWNED
}

# ExaBGP on q, for one VIP
start_exabgp() {
	cat >"$TMP/exabgp.conf" <<-END
		process vip {
			run python3 -m exabgp healthcheck --cmd "ip route show table 180 $VIP4 | grep -q ." --interval 1 --fast-interval 1 --rise 1 --fall 1 --ip $VIP4/32 --no-ip-setup --withdraw-on-down --up-metric 0 --next-hop 10.99.2.2;
			encoder text;
		}
		neighbor 10.99.2.1 {
			router-id 10.99.2.2;
			local-address 10.99.2.2;
			local-as 65001;
			peer-as 65000;
			api { processes [ vip ]; }
		}
	END
	spawn on q env exabgp.daemon.user=root exabgp.log.destination=stdout exabgp "$TMP/exabgp.conf" >"$TMP/exabgp.log" 2>&1
}

# start HOST: slb-routed
start() {
	ecmp_routed "$1"
	DAEMON[$1]=$SPAWNED
}

# reached V4 V6 OTHER RANGE
reached() {
	[ "$(ways "$VIP4"), $(ways "$VIP6"), $(ways "$OTHER"), $(ways 10.2.2.2/31)" = "$1, $2, $3, $4" ]
}

told() {
	note "$(ways "$VIP4"), $(ways "$VIP6"), $(ways "$OTHER"), $(ways 10.2.2.2/31)"
	note "$(ip -n "${NS[r]}" route show table 180; tail -n 3 "$TMP/routed-r.log" "$TMP"/bird-*.log)"
}

# reach TEXT V4 V6 OTHER RANGE
reach() {
	check "$1" wait_for 40 reached "${@:2}" && return 0
	told
	return 1
}

# server STATE: of the VIP OTHER, on both balancers
server() {
	ctl b1 server set other "${ADDR4[s1]}:81" state "$1" && ctl b2 server set other "${ADDR4[s1]}:81" state "$1"
}

# bridges up|down: all links of all hosts
bridges() {
	local h l
	for h in b1 b2; do
		for l in 1 2; do
			ip -n "${NS[w]}" link set "$h-l$l" "$1"
		done
	done
}

configure() {
	local h
	routers_configure || return 1
	for h in b1 b2; do
		printf '%s\n' "group add other" "server add other ${ADDR4[s1]}:81" "vip add any $OTHER group other" |
			ctl "$h" -b - || return 1
	done
	ctl r relay vip add any "$OTHER" && ctl q relay vip add any "$OTHER"
}

test_health() {
	reach "the router reaches VIPs and return ranges over both relays" "q r" "q r" "q r" "q r"
	check_eq "the relay's own table has none of them" "" \
		"$(ip -n "${NS[r]}" route show "$VIP4"; ip -6 -n "${NS[r]}" route show "$VIP6"; ip -n "${NS[r]}" rule show | grep 180)"
	spawn ip -n "${NS[x]}" monitor route >"$TMP/monitor-x"
	server maint
	reach "all servers of one VIP are down: its route is withdrawn" "q r" "q r" "" "q r"
	check_eq "and no other route has changed" "" "$(grep -v " $OTHER \| $OTHER$\|^$OTHER\|via inet\|nexthop" "$TMP/monitor-x")"
	server up
	reach "they are up again: the route is back" "q r" "q r" "q r" "q r"
	end_process "$SPAWNED"
}

test_drain() {
	steady_servers s1
	check "of each family 200 TCP connections and 40 UDP flows are up" \
		steady_begin 2000 100 20 "$VIP4" 200 40 "$VIP6" 200 40 || exit 1
	steady mark
	steady "settle 10000"
	steady_whole "both relays at work"
	steady mark
	ctl r relay setting set announce no
	reach "announce no: the router uses the other relay for all" q q q q
	check_eq "the table has no route" "" "$(ip -n "${NS[r]}" route show table 180; ip -6 -n "${NS[r]}" route show table 180)"
	steady "settle 20000"
	steady_whole "a relay is drained"
	check "check notes it" eval "ctl r relay check | grep -q '^note: announce is no'"
	steady mark
	ctl r relay setting set announce yes
	reach "announce yes: it uses both again" "q r" "q r" "q r" "q r"
	steady "settle 20000"
	steady_whole "a relay is back"
	steady end
	check "the client found nothing wrong from beginning to end" wait "$STEADY_PID"
}

test_death() {
	local monitor
	spawn ip -n "${NS[r]}" monitor route >"$TMP/monitor-r"
	monitor=$SPAWNED
	kill -KILL "${DAEMON[r]}"
	check "the daemon is killed: all routes stay" expect_stays 2 reached "q r" "q r" "q r" "q r"
	start r
	check "it is started again: no route changes" expect_stays 3 reached "q r" "q r" "q r" "q r"
	check_eq "not even for a moment" "" "$(cat "$TMP/monitor-r")"
	server maint
	reach "it works as before" "q r" "q r" "" "q r"
	check "the monitor would have seen a change" grep -q "$OTHER" "$TMP/monitor-r"
	server up
	reach "and after that" "q r" "q r" "q r" "q r"
	end_process "$monitor"
}

# 1000 changes
test_flaps() {
	local i h
	for ((i = 0; i < 500; i++)); do
		echo "relay setting set announce no"
		echo "relay setting set announce yes"
	done >"$TMP/flaps"
	ctl r -b - <"$TMP/flaps"
	reach "1000 changes of announce end as they began" "q r" "q r" "q r" "q r"
	for ((i = 0; i < 500; i++)); do
		echo "server set other ${ADDR4[s1]}:81 state maint"
		echo "server set other ${ADDR4[s1]}:81 state up"
	done >"$TMP/flaps"
	for h in b1 b2; do
		ctl "$h" -b - <"$TMP/flaps"
	done
	reach "1000 changes of a server, too" "q r" "q r" "q r" "q r"
}

test_links() {
	bridges down
	reach "no balancer is up: all routes are withdrawn" "" "" "" ""
	bridges up
	reach "they are up again: all routes are back" "q r" "q r" "q r" "q r"
}

test_frr() {
	end_process "$BIRD"
	wait_for 20 reached r r r r
	check "FRR runs" start_frr
	reach "FRR announces VIPs and return ranges, of IPv4" "q r" r "q r" "q r" ||
		note "$(cat "$TMP"/frr-*.log; vtysh --vty_socket "/run/frr-$LIB_ID" -c 'show bgp summary' -c 'show ip route')"
	note "FRR: the host's table: $(ip -n "${NS[q]}" route show "$VIP4")"
	server maint
	reach "FRR: all servers of one VIP are down: its route is withdrawn" "q r" r "" "q r"
	server up
	reach "FRR: they are up again" "q r" r "q r" "q r"
	ctl q relay setting set announce no
	reach "FRR: announce no" r r r r
	end_process "$BGPD"
	end_process "$ZEBRA"
}

test_exabgp() {
	ctl q relay setting set announce yes
	start_exabgp
	check "ExaBGP announces a VIP" wait_for 30 reached "q r" r r r || note "$(tail -n 5 "$TMP/exabgp.log")"
	ctl q relay setting set announce no
	reach "ExaBGP: announce no" r r r r
}

routers_build
check "balancers and relays are configured" configure || exit 1
# A slow machine needs no pauses.
echo "announce-after 200" >"$TMP/routes.conf"
start r
start q
ecmp_learn x
ecmp_learn r
ecmp_learn q
BIRD=$SPAWNED
check "each relay and each balancer probes both links, and is answered" wait_for 40 all_up 12 || note "$(views)"
test_health
test_drain
test_death
test_flaps
test_links
test_frr
test_exabgp
