#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet costs, in one boot: plain routing, the peers, and both modules. Runs in the virtual machine
# of scripts/bench, whose clock counts instructions: a nanosecond is one.
#
#   pktgen ==> d1 (dummy) --- h --- d2 (dummy) ==> counted, and freed
#
# pktgen puts packets into the receive path of one device, without a queue; they leave by the other one,
# whose neighbours are permanent. A result counts only when every packet came through.
#
# usage: packets.sh [--packets N] [--flows N] [CASE...]
# Prints a line for each result, with tabs: FAMILY CASE COST CAME SENT

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"

PACKETS=20000 FLOWS=1000
while [[ ${1:-} == --* ]]; do
	case $1 in
	--packets) PACKETS=$2 ;;
	--flows) FLOWS=$2 ;;
	esac
	shift 2
done
CASES=("$@")
HOSTS=0
declare -A MAC=()
printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"

# A fresh host for each case, so that none sees what another has left behind.
# shellcheck disable=SC2317
new_host() {
	HOSTS=$((HOSTS + 1))
	H=h$HOSTS-$LIB_ID
	NS[h]=$H
	ip netns add "$H"
	printf 'link set lo up\n%s\n' "$(printf 'link add %s type dummy\nlink set %s up\n' d1 d1 d2 d2)" | ip -n "$H" -batch -
	ip -n "$H" -batch - <<-END
		addr add 198.51.100.254/24 dev d1
		addr add 192.0.2.254/24 dev d2
		addr add 2001:db8:c::fe/64 dev d1 nodad
		addr add 2001:db8:5::fe/64 dev d2 nodad
		neigh add 198.51.100.1 lladdr 02:00:00:00:01:01 dev d1 nud permanent
		neigh add 192.0.2.11 lladdr 02:00:00:00:02:11 dev d2 nud permanent
		neigh add 2001:db8:c::1 lladdr 02:00:00:00:01:01 dev d1 nud permanent
		neigh add 2001:db8:5::11 lladdr 02:00:00:00:02:11 dev d2 nud permanent
	END
	on h sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.d1.rp_filter=0 net.ipv4.conf.d2.rp_filter=0
	MAC[d1]=$(on h cat /sys/class/net/d1/address)
	MAC[d2]=$(on h cat /sys/class/net/d2/address)
	wait_for 5 addresses_ready
}

# shellcheck disable=SC2317
addresses_ready() {
	! ip -n "$H" -6 addr show tentative | grep -q .
}

# shellcheck disable=SC2317
old_host() {
	ip netns del "$H"
	unset 'NS[h]'
}

sent_by() {
	on h cat "/sys/class/net/$1/statistics/tx_packets"
}

# inject IN OUT SOURCE DESTINATION SPORTS DPORTS COUNT: prints "COST CAME SENT".
inject() {
	local in=$1 out=$2 six='' before after
	[[ $3 != *:* ]] || six=6
	before=$(sent_by "$out")
	{
		echo "count $7"
		echo "xmit_mode netif_receive"
		echo "clone_skb 0"
		echo "delay 0"
		echo "burst 1"
		echo "pkt_size $([ "$six" ] && echo 84 || echo 64)"
		echo "dst_mac ${MAC[$in]}"
		# over IPv6 UDP has a checksum (RFC 8200, 8.1)
		echo "${six:+flag UDPCSUM}"
		echo "${six:+dst6 $4}"
		echo "${six:+src6 $3}"
		[ "$six" ] || printf '%s\n' "dst $4" "src_min $3" "src_max $3"
		printf '%s\n' "udp_src_min ${5%-*}" "udp_src_max ${5#*-}" "udp_dst_min ${6%-*}" "udp_dst_max ${6#*-}"
	} | sed '/^$/d' >"$TMP/pktgen"
	# shellcheck disable=SC2016
	on h bash -c '
		cd /proc/net/pktgen
		echo rem_device_all >kpktgend_0
		echo "add_device $1" >kpktgend_0
		while read -r option; do
			echo "$option" >"$1" || echo "pktgen: $option" >&2
		done <"$2"
		echo start >pgctrl
		sed -nE "s/^Result: OK: [0-9]+\(c([0-9]+)\+d[0-9]+\) usec, ([0-9]+) .*/\1 \2/p" "$1"' \
		pktgen "$in" "$TMP/pktgen" >"$TMP/result"
	after=$(sent_by "$out")
	awk -v came=$((after - before)) '{ printf "%.1f %d %d\n", $1 * 1000 / $2, came, $2 }' "$TMP/result"
}

# result CASE IN OUT SOURCE DESTINATION SPORTS DPORTS COUNT
result() {
	local name=$1 cost came count
	shift
	read -r cost came count < <(inject "$@")
	printf '%s\t%s\t%s\t%s\t%s\n' "$FAMILY" "$name" "$cost" "$came" "$count"
}

# The last one does not count.
ports() {
	echo "$1-$(($1 + FLOWS))"
}

request() { # CASE DESTINATION [PORT [COUNT]]
	result "$1" d1 d2 "$CLIENT" "$2" "$(ports "${3:-1024}")" 80-80 "${4:-$PACKETS}"
}

# ---- the cases

case_floor() {
	on h tc qdisc add dev d1 clsact
	on h tc filter add dev d1 ingress matchall action mirred egress redirect dev d2
	request floor "$SERVER"
}

case_plain() {
	request plain "$SERVER"
}

ipvs_service() {
	ip -n "$H" addr add "$VIP" dev lo
	on h ipvsadm -A -u "$VIP_TEXT:80" -s rr
	on h ipvsadm -a -u "$VIP_TEXT:80" -r "$SERVER_TEXT:80" -m
}

case_ipvs() {
	ipvs_service
	request ipvs-first "$VIP" 1024 "$FLOWS"
	request ipvs "$VIP"
}

case_ipvs-full() {
	on h sysctl -qw net.ipv4.vs.conntrack=1
	on h nft "add table $NFT n; add chain $NFT n post { type nat hook postrouting priority 100; };
		add rule $NFT n post oifname d2 masquerade"
	ipvs_service
	request ipvs-full-first "$VIP" 1024 "$FLOWS"
	request ipvs-full "$VIP"
}

nft_nat() {
	on h nft "add table $NFT n; add chain $NFT n pre { type nat hook prerouting priority -100; };
		add rule $NFT n pre $NFT daddr $VIP udp dport 80 dnat to $SERVER;
		add chain $NFT n post { type nat hook postrouting priority 100; };
		add rule $NFT n post oifname d2 masquerade"
}

case_nft() {
	nft_nat
	request nft-first "$VIP" 1024 "$FLOWS"
	request nft "$VIP"
}

case_flowtable() {
	on h nft "add table $NFT n; add flowtable $NFT n f { hook ingress priority 0; devices = { d1, d2 }; };
		add chain $NFT n forw { type filter hook forward priority 0; };
		add rule $NFT n forw ct state established flow add @f"
	nft_nat
	request - "$VIP" 1024 "$FLOWS" >/dev/null
	result - d2 d1 "$SERVER" "$OWN" 80-80 "$(ports 1024)" "$FLOWS" >/dev/null
	request flowtable "$VIP"
}

# The local ports are exactly as many as flows, so that replies to all of them are replies to sessions.
slb_config() {
	ctl h -b - <<-END
		link add l1 dev d1 via $CLIENT local $LOCAL1 interval 0
		link add l2 dev d2 via $SERVER local $LOCAL2 interval 0
		group add g
		server add g $SERVER
		vip add udp $VIP group g
	END
}

slb_sessions() {
	ctl h status | awk '$1 == "sessions" { print $2 }'
}

case_slb() {
	slb_config
	request slb-first "$VIP" 1024 "$FLOWS"
	request slb "$VIP"
	ctl h session flush >/dev/null
	ctl h setting set port-first 20000 port-last $((20000 + FLOWS - 1))
	while [ "$(slb_sessions)" -lt "$FLOWS" ]; do
		request - "$VIP" 1024 "$FLOWS" >/dev/null
	done
	result slb-reply d2 d1 "$SERVER" "$LOCAL2" 80-80 "$(ports 20000)" "$PACKETS"
}

case_slb-foreign() {
	slb_config
	request slb-foreign "$SERVER"
}

relay_config() {
	ctl h -b - <<-END
		relay balancer add b
		relay link add b l2 dev d2 via $SERVER return $LOCAL2 interval 0
		relay vip add udp $VIP
	END
}

case_relay() {
	relay_config
	request relay-vip-first "$VIP" 1024 "$FLOWS"
	request relay-vip "$VIP"
	request relay-return "$LOCAL2"
	request relay-foreign "$SERVER"
}

ALL=(floor plain ipvs ipvs-full nft flowtable slb slb-foreign relay)
[ "${#CASES[@]}" -gt 0 ] || CASES=("${ALL[@]}")
KTAP_PLAN=1
defer topology_delete
modprobe -a pktgen dummy ip_vs ip_vs_rr nft_nat nft_masq nft_ct nft_chain_nat nf_flow_table nft_flow_offload \
	nf_flow_table_inet sch_ingress cls_matchall act_mirred 2>"$TMP/modprobe" || cat "$TMP/modprobe" >&2
module_needs slb relay
for name in "${CASES[@]}"; do
	for FAMILY in 4 6; do
		if [ "$FAMILY" = 4 ]; then
			NFT=ip CLIENT=198.51.100.1 SERVER=192.0.2.11 VIP=203.0.113.80 OWN=192.0.2.254
			LOCAL1=10.1.1.1 LOCAL2=10.1.2.1 VIP_TEXT=$VIP SERVER_TEXT=$SERVER
		else
			NFT=ip6 CLIENT=2001:db8:c::1 SERVER=2001:db8:5::11 VIP=2001:db8:f::80 OWN=2001:db8:5::fe
			LOCAL1=2001:db8:a:11::1 LOCAL2=2001:db8:a:12::1 VIP_TEXT="[$VIP]" SERVER_TEXT="[$SERVER]"
		fi
		module=
		case $name in
		slb*) module=slb ;;
		relay*) module=relay ;;
		esac
		[ -z "$module" ] || insmod "$SLB_DIR/$module/$module.ko"
		new_host
		"case_$name"
		old_host
		[ -z "$module" ] || rmmod "$module"
	done
done
ok "measured"
