# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The core of claims, packet_icmp, packet_pmtu, live_links and the demonstration's traffic, in short forms, to be
# run in each environment of lib_env.sh.
#
# envs_plan NAME...   plans the results
# envs_run NAME...    builds the topology in each of these environments and runs all; a kernel that lacks something
#                     skips an environment

# shellcheck source=selftests/lib_claims.sh
. "$SLB_SELFTESTS/lib_claims.sh"
# shellcheck source=selftests/lib_packet.sh
. "$SLB_SELFTESTS/lib_packet.sh"
# shellcheck source=selftests/lib_live.sh
. "$SLB_SELFTESTS/lib_live.sh"
# shellcheck source=selftests/demo/traffic.sh
. "$SLB_SELFTESTS/demo/traffic.sh"
# shellcheck disable=SC2034
LIB_LINK_WORDS='misses 5' FAMILIES='4 6' HTTP_EACH=9 DNS_EACH=6 DNS_TCP=2 LINK=l1

ENVS_FLOWS=12
ENVS_RESULTS=12

envs_plan() {
	ktap_plan $(($# * ENVS_RESULTS))
}

# ---- claims, in their short form

envs_claims_hold() {
	claims_judge "$ENVS_FLOWS" few | grep -v '^ok' && return 1
	return 0
}

envs_pings() {
	on c1 ping -n -q -c 2 -i 0.05 -W 2 "$VIP4" && on c1 ping -n -q -c 2 -i 0.05 -W 2 "$VIP6"
}

# What each host has dropped so far, a reason a line. Probes of a balancer whose link the relay does not know yet are
# drops, too: how many depends on how long it takes to configure both.
envs_drops() {
	local host
	for host in r b1 b2; do
		# shellcheck disable=SC2046
		ctl $host $([ $host != r ] || echo relay) -s -j drop | json name packets | grep -v '^null ' | sed "s/^/$host /"
	done | sort
}

envs_claims() {
	local before
	before=$(envs_drops)
	claims_serve
	claims_watch
	check "$1: TCP, UDP and SCTP, IPv4 and IPv6: $ENVS_FLOWS flows of each are answered through the VIPs" \
		claims_ask tcp,udp,sctp "$VIP4,$VIP6" $((ENVS_FLOWS / 2))
	claims_stop
	check "$1: every claim holds on the wire, flow by flow" envs_claims_hold
	check "$1: the VIPs answer echo requests" envs_pings
	check_eq "$1: neither the relay nor a balancer has dropped anything" "$before" "$(envs_drops)"
}

# ---- the demonstration's traffic

# Count all answers together: requests of one kind alone are too few for a share.
envs_traffic_shared() {
	local kind server sum all=0
	for kind in "${KINDS[@]}"; do
		all=$((all + SENT[$kind]))
	done
	for server in s1 s2 s3; do
		sum=0
		for kind in "${KINDS[@]}"; do
			sum=$((sum + ${ANSWERS[$kind,$server]:-0}))
		done
		[ $((6 * sum)) -ge "$all" ] || return 1
	done
}

envs_traffic() {
	{
		yes 'server.example TXT' | head -n $((DNS_EACH - DNS_TCP))
		yes 'server.example TXT +tcp' | head -n "$DNS_TCP"
	} >"$TMP/queries"
	rm -rf "$TMP"/web-*
	servers_start || note "the servers do not run"
	traffic_reset
	traffic_start
	traffic_finish
	check "$1: HTTP and DNS: each request is answered" traffic_all_answered
	check "$1: HTTP and DNS: each server has its share" envs_traffic_shared
}

# ---- a link fails under flows

envs_live() {
	steady_servers s1 s2 s3
	check "$1: 40 TCP connections and 10 UDP flows are up" steady_begin 200 50 4 "$VIP4" 20 5 "$VIP6" 20 5 || return 1
	steady mark
	ip -n "${NS[b1]}" link set "$LINK" down
	wait_for 5 states admin-down '[^u].*' || note "$LINK is $(state_of b1 "$LINK"), $(state_of r "b1/$LINK")"
	steady "settle 20000"
	steady_whole "$1: a link is down"
	ip -n "${NS[b1]}" link set "$LINK" up
	wait_for 10 states up up || note "$LINK is $(state_of b1 "$LINK"), $(state_of r "b1/$LINK")"
	steady "settle 20000"
	steady_whole "$1: the link is back"
	steady end
}

# ---- path MTU discovery

# Only the server s1 is left. A rule that is not obeyed adds a line to the output.
envs_path_mtu() {
	local b s
	for b in b1 b2; do
		for s in s2 s3; do
			echo "server del web ${ADDR4[$s]}"
			echo "server del web ${ADDR6[$s]}"
		done | ctl "$b" -b - || return 1
	done
	topology_route s1 mtu lock 1300 && topology_route c1 mtu lock 1290 || return 1
	packet_tool packet_pmtu real 1300 1290 "$LIB_ENV" >"$TMP/pmtu"
	grep -v '^ok' "$TMP/pmtu"
	! grep -q '^not ok' "$TMP/pmtu" && grep -q '^status 0' "$TMP/pmtu"
}

# ---- all of it

envs_check() {
	ctl r relay check && ctl b1 check && ctl b2 check
}

envs_one() {
	topology clients=2 servers=3
	# check reports a random key as a fault
	ctl r relay setting set hash-key 000102030405060708090a0b0c0d0e0f
	topology_config "any $VIP4" "any $VIP6"
	envs_claims "$1"
	check "$1: relay, balancer and server send the client the ICMP errors that they owe it" \
		on c1 "$TALK" errors 9 "$VIP4" "$VIP6"
	envs_traffic "$1"
	lib_kill_spawned
	envs_live "$1"
	check "$1: check finds no fault on any host" envs_check
	check "$1: paths of 1300 and 1290 bytes are discovered by both ends, over UDP and TCP" envs_path_mtu
	lib_kill_spawned
	topology_end
}

envs_run() {
	local i
	# shellcheck disable=SC2034
	for LIB_ENV in "$@"; do
		LIB_DIAGNOSES=1
		if env_possible "$LIB_ENV"; then
			envs_one "$LIB_ENV"
			continue
		fi
		for ((i = 0; i < ENVS_RESULTS; i++)); do
			skip "$LIB_ENV" "this kernel has no such devices"
		done
	done
}
