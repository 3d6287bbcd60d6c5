# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-syncd on the balancers of the topology, which reach each other over a network of their own.
#
#   b1 --- x --- b2      10.77.0.B, device s0; x is a bridge
#          |
#         b3             the next balancer in the ring adopts the local addresses of each: b2 those of b1
#
# sync_network           builds it; x is another host with SYNC_HUB
# sync_join HOST N       connects one host, as 10.77.0.N
# sync_wireguard         adds a WireGuard device to each balancer, wg0 with 10.78.0.B: from now on daemons use that
# sync_adopt             has each balancer adopt the local addresses of the one before it
# sync_config B          the file of a daemon
# sync_daemon B          starts it: SYNC_PID[B], $TMP/syncd-B.log
# sync_ready B           is it in sync with all its peers, and not behind?
# sync_show B [ARG...]   slbctl sync show
# sync_relay R N PEER M  starts a daemon on a relay, which tells the relay 10.77.0.M of flows
#
# Many flows, with lib_steady.sh: SLB_SYNC_TCP and SLB_SYNC_UDP of each family, else TCP and UDP.
# sync_sizes TCP UDP     sets TCP, UDP, FLOWS; MORE, how many seconds more than usual a wait takes, and SETTLE, how many
#                        milliseconds a message on each flow
# sync_flows             begins them
# sync_whole TEXT N      a result: at most N flows are lost or reset, none is moved
# sync_copied B HEIR     has the heir a copy of each session?
# sync_differ B HEIR     prints sessions that B serves and HEIR has no copy of, at most ten
# sync_away R B          does the relay say that the balancer is away, in any family?

SYNCD=${SYNCD:-$SLB_DIR/tools/slb-syncd/slb-syncd}
# Where the daemons are, and what their files say of a device that is no WireGuard device
SYNC_NET=10.77.0 SYNC_DEV=s0 SYNC_PLAIN='plain yes' SYNC_HUB=${SYNC_HUB:-x}
declare -gA SYNC_PID=()
[ -x "$SYNCD" ] || ktap_skip_all "slb-syncd is not built"

sync_network() {
	local b
	if [ -z "${NS[$SYNC_HUB]:-}" ]; then
		NS["$SYNC_HUB"]=$SYNC_HUB-$LIB_ID
		ip netns add "${NS[$SYNC_HUB]}"
	fi
	on "$SYNC_HUB" ip link add br0 up type bridge
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		sync_join "b$b" "$b"
	done
}

sync_join() {
	on "$SYNC_HUB" ip link add "$1" up master br0 type veth peer name s0 netns "${NS[$1]}" &&
		on "$1" ip address add "10.77.0.$2/24" dev s0 &&
		on "$1" ip link set s0 up
}

sync_wireguard() {
	local b peer
	local -A public=()
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		on "b$b" ip link add wg0 type wireguard || return 1
		(umask 077 && wg genkey >"$TMP/wg-b$b")
		public[$b]=$(wg pubkey <"$TMP/wg-b$b")
	done
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		on "b$b" wg set wg0 private-key "$TMP/wg-b$b" listen-port 51820
		for ((peer = 1; peer <= LIB_BALANCERS; peer++)); do
			[ "$peer" -eq "$b" ] || on "b$b" wg set wg0 peer "${public[$peer]}" \
				allowed-ips "10.78.0.$peer/32" endpoint "10.77.0.$peer:51820"
		done
		on "b$b" ip address add "10.78.0.$b/24" dev wg0
		on "b$b" ip link set wg0 up
	done
	SYNC_NET=10.78.0 SYNC_DEV=wg0 SYNC_PLAIN=''
}

# The balancer whose heir this one is.
sync_before() {
	echo $((($1 + LIB_BALANCERS - 2) % LIB_BALANCERS + 1))
}

sync_adopt() {
	local b of l
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		of=$(sync_before "$b")
		for l in 1 2; do
			ctl "b$b" link set "l$l" adopt "10.$of.$l.1-10.$of.$l.4" adopt "2001:db8:a:$of$l::1-2001:db8:a:$of$l::4"
		done
	done
}

sync_config() {
	local b peer
	b=${1#b}
	printf 'name b%d\nlisten %s.%d dev %s\n%s\n' "$b" "$SYNC_NET" "$b" "$SYNC_DEV" "$SYNC_PLAIN"
	for ((peer = 1; peer <= LIB_BALANCERS; peer++)); do
		[ "$peer" -eq "$b" ] || printf 'peer b%d %s.%d\n' "$peer" "$SYNC_NET" "$peer"
	done
}

sync_daemon() {
	sync_config "$1" >"$TMP/syncd-$1.conf"
	spawn on "$1" "$SYNCD" -f "$TMP/syncd-$1.conf" -s "$TMP/syncd-$1.sock" 2>>"$TMP/syncd-$1.log"
	# shellcheck disable=SC2034
	SYNC_PID[$1]=$SPAWNED
}

sync_relay() {
	printf '%s\n' 'role relay' "name $1" "listen 10.77.0.$2 dev s0" 'plain yes' "peer $3 10.77.0.$4" >"$TMP/syncd-$1.conf"
	spawn on "$1" "$SYNCD" -f "$TMP/syncd-$1.conf" -s "$TMP/syncd-$1.sock" 2>>"$TMP/syncd-$1.log"
	# shellcheck disable=SC2034
	SYNC_PID[$1]=$SPAWNED
}

sync_show() {
	local b=$1
	shift
	SLB_SYNC_SOCKET=$TMP/syncd-$b.sock ctl "$b" "$@" sync show
}

sync_status() {
	ctl "$1" -j status show | json "sync_$2"
}

sync_ready() {
	[ "$(sync_show "$1" | grep -o ' state [^ ]*' | sort -u)" = ' state in-sync' ] &&
		[ "$(sync_status "$1" behind)" = 0 ]
}

# ---- many flows

# shellcheck disable=SC2034
sync_sizes() {
	TCP=${SLB_SYNC_TCP:-$1} UDP=${SLB_SYNC_UDP:-$2} LOST=0
	FLOWS=$((2 * (TCP + UDP))) SLOW=200 FAST=200 N=$((2 * (TCP + UDP)))
	if [ $FLOWS -gt 400 ]; then
		# a thousand messages a second on most, and some more on a few, whose pauses count
		SLOW=$FLOWS FAST=500 N=200
	fi
	SETTLE=$((20000 + 6 * SLOW)) MORE=$((FLOWS / 500))
	STEADY_PATIENCE=$((SETTLE / 1000 + 10))
}

sync_flows() {
	steady_begin "$SLOW" "$FAST" "$N" "$VIP4" "$TCP" "$UDP" "$VIP6" "$TCP" "$UDP"
}

# Flows that were lost before do not count again.
sync_whole() {
	local lost
	steady "settle $SETTLE" || true
	lost=$((${STEADY[lost]:-FLOWS} - LOST))
	LOST=$((LOST + lost))
	check_eq "$1: of ${STEADY[flows]:-?} flows at most $2 are lost or reset, none is moved, nothing comes twice" \
		"yes yes 0 0" "$([ "$lost" -gt "$2" ] || echo yes) $([ "${STEADY[reset]:-$FLOWS}" -gt "$2" ] ||
			echo yes) ${STEADY[moved]:-?} ${STEADY[doubled]:-?}"
	note "$1: $lost lost, longest pause ${STEADY[all]:-?} ms, of flows with $((1000 / FAST)) messages a second ${STEADY[pause]:-?} ms; ${STEADY[line]:-}"
	steady mark
}

# Those that a balancer serves itself are no copies, nor are its own copies its sessions.
sync_copied() {
	[ "$(sync_status "$2" standby)" -ge "$(($(sync_sessions "$1") - $(sync_status "$1" standby)))" ]
}

sync_differ() {
	local h
	for h in "$1" "$2"; do
		on "$h" "$SLB_SELFTESTS/tools/netlink/nlsync.py" dump "$TMP/differ" >"$TMP/differ-count"
		on "$h" "$SLB_SELFTESTS/tools/netlink/nlsync.py" print "$TMP/differ" >"$TMP/differ-$h"
	done
	# shellcheck disable=SC2016
	awk '{ key = $9 " " $11 " " $13 " " $15 } NR == FNR { at[key] = $0; next }
		$1 == "live" && at[key] !~ /^copy/ { print $0 ": the heir has " (key in at ? at[key] : "none") }' \
		"$TMP/differ-$2" "$TMP/differ-$1" | head
}

sync_sessions() {
	ctl "$1" status show | awk '$1 == "sessions" { print $2 }'
}

sync_away() {
	ctl "$1" relay balancer show "$2" | grep -q away
}
