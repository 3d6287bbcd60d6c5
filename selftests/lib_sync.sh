# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-syncd on the balancers of the topology, which reach each other over a network of their own.
#
#   b1 --- x --- b2      10.77.0.B, device s0; x is a bridge
#          |
#         b3             the next balancer in the ring adopts the local addresses of each: b2 those of b1
#
# sync_network           builds it
# sync_wireguard         adds a WireGuard device to each balancer, wg0 with 10.78.0.B: from now on daemons use that
# sync_adopt             has each balancer adopt the local addresses of the one before it
# sync_config B          the file of a daemon
# sync_daemon B          starts it: SYNC_PID[B], $TMP/syncd-B.log
# sync_ready B           is it in sync with all its peers, and not behind?
# sync_show B [ARG...]   slbctl sync show

SYNCD=${SYNCD:-$SLB_DIR/tools/slb-syncd/slb-syncd}
# Where the daemons are, and what their files say of a device that is no WireGuard device
SYNC_NET=10.77.0 SYNC_DEV=s0 SYNC_PLAIN='plain yes'
declare -gA SYNC_PID=()
[ -x "$SYNCD" ] || ktap_skip_all "slb-syncd is not built"

sync_network() {
	local b host=x
	NS["$host"]=$host-$LIB_ID
	ip netns add "${NS[$host]}"
	on x ip link add br0 up type bridge
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		on x ip link add "b$b" up master br0 type veth peer name s0 netns "${NS[b$b]}"
		on "b$b" ip address add "10.77.0.$b/24" dev s0
		on "b$b" ip link set s0 up
	done
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
