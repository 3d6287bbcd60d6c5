#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet costs, in one boot: plain routing, the peers, and both modules. Runs in the virtual machine
# of scripts/bench, whose clock counts instructions: a nanosecond is one.
#
# usage: packets.sh [--packets N] [--flows N] [--sums KIND] [CASE...]
# Prints lines with tabs, see lib_bench.sh: R for a result, S for a sample, C for each case that begins (number,
# of how many, family, protocol, name).

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"
# shellcheck source=selftests/bench/lib_bench.sh
. "$SLB_SELFTESTS/bench/lib_bench.sh"

ALL=(floor plain generator ipvs ipvs-full nft flowtable slb slb-reply slb-foreign slb-policy slb-proxy slb-proxy-reply
	slb-toa slb-toa-reply slb-ordinary slb-ordinary-reply slb-ordinary-foreign relay relay-ordinary)

# ---- the cases

# What a packet looks like that was only routed.
seen_plain() {
	echo "$CLIENT,flow,$SERVER,80,63"
}

case_floor() {
	redirect
	measure floor request "$SERVER" "$CLIENT,flow,$SERVER,80,64"
}

case_plain() {
	measure plain request "$SERVER" "$(seen_plain)"
}

# The same by pktgen, whose own cost is another, and with the packets that it makes.
case_generator() {
	[ "$PROTO" = udp ] || return 0
	[ "$FAMILY" = 6 ] || measure plain-nosum request "$SERVER" "$(seen_plain)" sums=none
	measure plain-shared request "$SERVER" "$(seen_plain)" shared=1
	pktgen plain-pktgen-shared SHARED
	pktgen plain-pktgen !SHARED
	samples
	redirect
	[ "$FAMILY" = 6 ] || measure floor-nosum request "$SERVER" "$CLIENT,flow,$SERVER,80,64" sums=none
	measure floor-shared request "$SERVER" "$CLIENT,flow,$SERVER,80,64" shared=1
	pktgen floor-pktgen-shared SHARED
	pktgen floor-pktgen !SHARED
}

pktgen_options() { # FLAG
	local six=''
	[ "$FAMILY" = 4 ] || six=6
	printf '%s\n' "count $PACKETS" "flag $1" "xmit_mode netif_receive" "clone_skb 0" "delay 0" "burst 1" \
		"pkt_size $([ "$six" ] && echo 84 || echo 64)" "dst_mac $(on h cat /sys/class/net/d1/address)" \
		"udp_src_min 1024" "udp_src_max $((1024 + FLOWS))" "udp_dst_min 80" "udp_dst_max 80"
	if [ "$six" ]; then
		printf '%s\n' "flag UDPCSUM" "dst6 $SERVER" "src6 $CLIENT"
	else
		printf '%s\n' "dst $SERVER" "src_min $CLIENT" "src_max $CLIENT"
	fi
}

pktgen() { # CASE FLAG
	local before after sent ns
	before=$(sent_by d2)
	pktgen_options "$2" >"$TMP/pktgen"
	# shellcheck disable=SC2016
	read -r ns sent < <(on h bash -c '
		cd /proc/net/pktgen
		echo rem_device_all >kpktgend_0
		echo "add_device d1" >kpktgend_0
		while read -r option; do
			echo "$option" >d1 || echo "pktgen: $option" >&2
		done <"$1"
		echo start >pgctrl
		sed -nE "s/^Result: OK: [0-9]+\(c([0-9]+)\+d[0-9]+\) usec, ([0-9]+) .*/\1000 \2/p" d1' pktgen "$TMP/pktgen")
	after=$(sent_by d2)
	result "$1" "$sent" "$ns" $((after - before))
}

ipvs_service() {
	local kind=-u
	[ "$PROTO" = udp ] || kind=-t
	ip -n "$H" addr add "$VIP" dev lo
	on h ipvsadm -A $kind "$VIP_TEXT:80" -s rr
	on h ipvsadm -a $kind "$VIP_TEXT:80" -r "$SERVER_TEXT:80" -m
}

case_ipvs() {
	ipvs_service
	measure_first ipvs request "$VIP" "$(seen_plain)"
	establish "$CLIENT"
	measure ipvs request "$VIP" "$(seen_plain)"
}

# Of full NAT by masquerading: the host's own address, and the client's port unless that is taken.
full_nat() { # CASE
	local seen="$OWN,flow,$SERVER,80,63"
	measure_first "$1" request "$VIP" "$seen"
	establish "$OWN"
	measure "$1" request "$VIP" "$seen"
}

case_ipvs-full() {
	on h sysctl -qw net.ipv4.vs.conntrack=1
	on h nft "add table $NFT n; add chain $NFT n post { type nat hook postrouting priority 100; };
		add rule $NFT n post oifname d2 masquerade"
	ipvs_service
	full_nat ipvs-full
}

case_nft() {
	nft_nat
	full_nat nft
}

case_slb() {
	slb_config rr
	ordinary ctl h setting || return 0
	measure_first "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
	establish "$LOCAL2" "$(slb_setting port-first)-$(slb_setting port-last)"
	measure_data
	measure "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
}

# A VIP with all policies. No limit is reached.
case_slb-policy() {
	slb_config rr
	ctl h -b - <<-END || exit 1
		group set g persist 3600 overflow yes
		server set g $SERVER session-limit 1000000
		vip set $PROTO $VIP session-limit 1000000 rate-limit 1000000 client-limit 1000000 mark 0x1
	END
	measure_first "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
	establish "$LOCAL2" "$(slb_setting port-first)-$(slb_setting port-last)"
	measure "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
}

case_slb-reply() {
	slb_config rr
	ordinary ctl h setting || return 0
	few_ports
	measure "$CASE" reply "$LOCAL2" "$VIP,80,$CLIENT,flow,63"
}

# The first data of each client, while the server may not know its address yet. A round has a part of the clients.
measure_data() {
	local part=$((FLOWS / ROUNDS)) round
	[ "$PROTO" = tcp ] || return 0
	for ((round = 0; round < ROUNDS; round++)); do
		round "$CASE-data-first" request "$VIP" "count=$part" "first=$((round * part))"
	done | median
}

case_slb-proxy() {
	local first last ports
	[ "$PROTO" = tcp ] || return 0
	told
	measure_first "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
	first=$(slb_setting port-first) last=$(slb_setting port-last)
	ports=$((last - first + 1))
	establish "$LOCAL2" "$first-$last"
	measure_data
	send reply "$LOCAL2" "dport=$first" "flows=$ports" "count=$ports" ports=65536 "${TOLD[@]}" >/dev/null
	measure "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
}

case_slb-proxy-reply() {
	[ "$PROTO" = tcp ] || return 0
	told
	few_ports
	measure "$CASE" reply "$LOCAL2" "$VIP,80,$CLIENT,flow,63" "${TOLD[@]}"
}

case_slb-toa() {
	case_slb-proxy
}

case_slb-toa-reply() {
	case_slb-proxy-reply
}

case_slb-foreign() {
	slb_config rr
	ordinary ctl h setting || return 0
	measure "$CASE" request "$SERVER" "$(seen_plain)"
}

case_relay() {
	relay_config
	ordinary ctl h relay setting || return 0
	relay_rows "$(seen_plain)"
}

# Switches the fast path off where the case asks for it; fails where there is none.
ordinary() { # COMMAND...
	[[ $CASE == *-ordinary* ]] || return 0
	if ! "$@" show | grep -q '^fast-path '; then
		note "$CASE: left out, there is no setting fast-path"
		return 1
	fi
	"$@" set fast-path no
}

# ---- all of them

bench_options "$@"
KINDS=("4 udp" "4 tcp" "6 udp" "6 tcp")
if [ "$PROFILE" = 1 ]; then
	KINDS=("4 udp")
	[ "${#CASES[@]}" -gt 0 ] || CASES=(floor plain slb slb-reply slb-ordinary relay)
fi
[ "${#CASES[@]}" -gt 0 ] || CASES=("${ALL[@]}")
KTAP_PLAN=1
bench_begin
number=0
for CASE in "${CASES[@]}"; do
	bench_module "$CASE"
	for kind in "${KINDS[@]}"; do
		read -r FAMILY PROTO <<<"$kind"
		number=$((number + 1))
		printf 'C\t%s\t%s\t%s\t%s\t%s\n' $number $((${#KINDS[@]} * ${#CASES[@]})) "$FAMILY" "$PROTO" "$CASE"
		bench_family "$FAMILY"
		new_host
		"case_${CASE/-ordinary/}"
		samples
		old_host
	done
done
bench_module ''
ok "measured"
