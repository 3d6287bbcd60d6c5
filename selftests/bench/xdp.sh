#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet costs on devices with XDP, in one boot: what a program does with packets as they are, plain routing, the
# peers, and the balancer with and without XDP. Runs in the virtual machine of scripts/bench, whose clock counts
# instructions: a nanosecond is one. They are all that the kernel executes for a packet, from the page that it lies in to
# the page that is free again.
#
# usage: xdp.sh [--packets N] [--flows N] [CASE...]
# Prints lines with tabs, see lib_bench.sh: R for a result, S for a sample, C for each case that begins.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"
# shellcheck source=selftests/bench/lib_bench.sh
. "$SLB_SELFTESTS/bench/lib_bench.sh"

ALL=(xdp-drop xdp-tx xdp-redirect floor floor-gro plain flowtable slb slb-gro slb-xdp slb-xdp-reply slb-xdp-hairpin slb-xdp-proxy
	slb-xdp-proxy-reply slb-foreign slb-xdp-foreign relay relay-xdp)
OTHER=$SLB_SELFTESTS/tools/packets/xdp_other

# ---- programs that know nothing of flows

# other ACTION [DEVICE]: a program on d1
other() {
	spawn on h "$OTHER" d1 "$@" >"$TMP/other"
	wait_for 5 grep -q ready "$TMP/other"
}

as_it_is() {
	echo "$CLIENT,flow,$SERVER,80,64"
}

# Nothing leaves: what came is what was sent.
case_xdp-drop() {
	local sent ns
	other drop
	settle request "$SERVER"
	read -r sent ns < <(send request "$SERVER" "count=$PACKETS")
	result xdp-drop "$sent" "$ns" "$sent"
	end_process "$SPAWNED"
}

case_xdp-tx() {
	HAIRPIN=yes
	other tx
	measure xdp-tx request "$SERVER" "$(as_it_is)"
	samples
	end_process "$SPAWNED"
	HAIRPIN=no
}

case_xdp-redirect() {
	other redirect d2
	measure xdp-redirect request "$SERVER" "$(as_it_is)"
	samples
	end_process "$SPAWNED"
}

# ---- without XDP

case_floor() {
	redirect
	measure "$CASE" request "$SERVER" "$(as_it_is)"
}

case_plain() {
	measure plain request "$SERVER" "$CLIENT,flow,$SERVER,80,63"
}

# ---- the balancer

# with_xdp: for cases of that name
with_xdp() {
	[[ $CASE != *-xdp* ]] || printf 'link set %s xdp yes\n' l1 l2 | ctl h -b -
}

case_slb() {
	slb_config rr
	with_xdp
	measure_first "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
	establish "$LOCAL2" "$(slb_setting port-first)-$(slb_setting port-last)"
	measure "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
}

case_slb-reply() {
	slb_config rr
	with_xdp
	few_ports
	measure "$CASE" reply "$LOCAL2" "$VIP,80,$CLIENT,flow,63"
}

# One link: packets leave by the device that they came by, to a next hop with the server's address.
case_slb-hairpin() {
	ip -n "$H" neigh add "$SERVER" lladdr 02:00:00:00:02:11 dev d1 nud permanent
	ip -n "$H" route add "$SERVER" dev d1
	ctl h -b - 2>/dev/null <<-END
		link add l1 dev d1 via $SERVER local $LOCAL1 interval 0 xdp yes
		group add g
		server add g $SERVER
		vip add $PROTO $VIP group g
	END
	HAIRPIN=yes
	if [ "$PROTO" = udp ]; then
		send request "$VIP" >/dev/null
	else
		send request "$VIP" "flags=$BENCH_SYN" seq=1000 ack=0 len=0 >/dev/null
	fi
	establish_one "$LOCAL1"
	measure "$CASE" request "$VIP" "$LOCAL1,flow,$SERVER,80,63"
	samples
	HAIRPIN=no
}

# The server's answers come by the same device, too.
establish_one() {
	local line="dev=d1 out=d1 from=$SERVER to=$1 sport=80 vary=dport proto=$PROTO spread=1 ports=65536" first last
	first=$(slb_setting port-first) last=$(slb_setting port-last)
	line+=" dport=$first flows=$((last - first + 1)) count=$((last - first + 1))"
	if [ "$PROTO" = udp ]; then
		line+=" len=22"
	else
		line+=" flags=$BENCH_SYN_ACK seq=5000 ack=1001 len=0"
	fi
	# shellcheck disable=SC2016
	on h bash -c 'exec 3<>/proc/inject && echo "$1" >&3' inject "$line"
	[ "$PROTO" = udp ] || send request "$VIP" "flags=$BENCH_ACK" len=0 >/dev/null
}

case_slb-proxy() {
	local first last ports
	[ "$PROTO" = tcp ] || return 0
	told
	with_xdp
	send request "$VIP" "flags=$BENCH_SYN" seq=1000 ack=0 len=0 >/dev/null
	first=$(slb_setting port-first) last=$(slb_setting port-last)
	ports=$((last - first + 1))
	establish "$LOCAL2" "$first-$last"
	send reply "$LOCAL2" "dport=$first" "flows=$ports" "count=$ports" ports=65536 "${TOLD[@]}" >/dev/null
	measure "$CASE" request "$VIP" "$LOCAL2,flow,$SERVER,80,63"
}

case_slb-proxy-reply() {
	[ "$PROTO" = tcp ] || return 0
	told
	with_xdp
	few_ports
	measure "$CASE" reply "$LOCAL2" "$VIP,80,$CLIENT,flow,63" "${TOLD[@]}"
}

case_slb-foreign() {
	slb_config rr
	with_xdp
	measure "$CASE" request "$SERVER" "$CLIENT,flow,$SERVER,80,63"
}

# ---- the relay

case_relay() {
	relay_config
	[[ $CASE != *-xdp* ]] || printf 'relay %s\n' "link set b l2 xdp yes" "device add d1 xdp yes" | ctl h -b -
	relay_rows "$CLIENT,flow,$SERVER,80,63"
}

# ---- all of them

bench_options "$@"
# shellcheck disable=SC2034
KIND=nic HAIRPIN=no
KINDS=("4 udp" "4 tcp" "6 udp" "6 tcp")
[ "${#CASES[@]}" -gt 0 ] || CASES=("${ALL[@]}")
# shellcheck disable=SC2034
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
		for dev in d1 d2; do
			on h ethtool -K $dev gro "$([[ $CASE == *-gro ]] && echo on || echo off)"
		done
		# every page of the pools has been used
		settle request "$SERVER"
		settle reply "$CLIENT"
		name=${CASE/-xdp}
		"case_${name%-gro}"
		samples
		old_host
	done
done
bench_module ''
ok "measured"
