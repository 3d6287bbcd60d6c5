#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What growth costs, in one boot: many sessions, many virtual addresses, many servers; in instructions a packet
# and in bytes a session. Runs in the virtual machine of scripts/bench --scale. IPv4 and UDP.
#
# usage: scale.sh [--packets N] [CASE...], where CASE is sessions, vips or servers
# Prints lines with tabs, see lib_bench.sh: V for a result, C for each case that begins.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"
# shellcheck source=selftests/bench/lib_bench.sh
. "$SLB_SELFTESTS/bench/lib_bench.sh"

SESSIONS=(1000 100000 1000000) VIPS=(1 100 10000) SERVERS=(10 1000 4096) SCHEDULERS=(rr wrr lc wlc sh mh sed nq p2c)
SYSTEMS=(slb relay ipvs nft)
# A prime that is no neighbour of any power: flow after flow is far from the one before.
STRIDE=611953
declare -A TITLE=([slb]="slb, client to server" [relay]="relay, client to a VIP"
	[ipvs]="IPVS NAT (destination only)" [nft]="nft dnat and masquerade")

# ---- how each is configured: VIPS SERVERS SCHEDULER

# lines N PATTERN: a line for each of N, in which V stands for the address of VIP number I, S for that of server
# number I (a local address has 64,512 ports for each server), W for a weight, and I for the number. In one
# process: a thousand would take minutes.
lines() {
	awk -v n="$1" -v pattern="$2" 'BEGIN {
		for (i = 0; i < n; i++) {
			line = pattern
			v = 80 + i
			gsub(/\<V\>/, "203." int(v / 65536) "." (113 + int(v / 256)) % 256 "." v % 256, line)
			gsub(/\<S\>/, "10.200." int(i / 250) "." i % 250 + 1, line)
			gsub(/\<W\>/, 1 + i % 4, line)
			gsub(/\<I\>/, i, line)
			print line
		}
	}'
}

config_slb() {
	{
		echo "setting set udp-new-timeout 86400 session-limit 2000000"
		echo "link add l1 dev d1 via $CLIENT local 10.1.1.1-10.1.1.4 interval 0"
		echo "link add l2 dev d2 via 192.0.2.11 local 10.1.2.1-10.1.2.4 interval 0"
		echo "group add g scheduler $3"
		lines "$2" "server add g S weight W"
		lines "$1" "vip add udp V:80 group g"
	} | ctl h -b -
}

config_relay() {
	{
		echo "relay setting set udp-new-timeout 86400 udp-timeout 86400 flow-limit 2000000"
		echo "relay balancer add b"
		echo "relay link add b l2 dev d2 via 192.0.2.11 return 10.1.2.1-10.1.2.4 interval 0"
		lines "$1" "relay vip add udp V:80"
	} | ctl h -b -
}

# Either many VIPs of one server each, or one of many.
config_ipvs() {
	# all addresses of this network are the host's own, on lo
	ip -n "$H" addr add "$VIP/16" dev lo
	{
		lines "$1" "-A -u V:80 -s $3"
		if [ "$2" -gt 1 ]; then
			lines "$2" "-a -u $VIP:80 -r S:80 -m -w W"
		else
			lines "$1" "-a -u V:80 -r 10.200.0.1:80 -m"
		fi
	} | on h ipvsadm -R
}

config_nft() {
	local map
	map=$(lines "$2" "I : S" | paste -sd,)
	on h sysctl -qw net.netfilter.nf_conntrack_udp_timeout=86400
	on h nft "add table ip n; add chain ip n pre { type nat hook prerouting priority -100; };
		add rule ip n pre ip daddr 203.0.0.0/16 udp dport 80 dnat to numgen inc mod $2 map { $map };
		add chain ip n post { type nat hook postrouting priority 100; };
		add rule ip n post oifname d2 masquerade"
}

begin() { # SYSTEM
	bench_module "$1"
	new_host
	ip -n "$H" route add 10.200.0.0/16 via 192.0.2.11
}

config() { # SYSTEM VIPS SERVERS SCHEDULER
	"config_$1" "${@:2}" || note "$1: configuration failed"
	lib_pause 0.5
}

# What a packet costs of flows that each had two before: sets COST.
under_way() { # [KEY=VALUE...]
	settle request "$VIP" "stride=$STRIDE" "count=$PACKETS" "$@"
	cost request "$VIP" "stride=$STRIDE" "count=$PACKETS" "$@"
}

# ---- sessions

# Bytes: "SLAB OBJECT TABLE ALL", of the slab cache of that name and of one of its objects, of memory mapped by
# vmalloc, where large tables are, and of all memory that is not free.
memory() {
	local cache=/sys/kernel/slab/$1/shrink
	sync
	for _ in 1 2 3; do
		echo 3 >/proc/sys/vm/drop_caches
		lib_pause 1
	done
	[ ! -e "$cache" ] || echo 1 >"$cache"
	awk -v name="$1" 'FILENAME ~ /slabinfo/ && $1 == name { slab = $15 * $6 * 4096; object = $4 }
		$1 == "MemFree:" { free = $2 * 1024 }
		$1 == "MemTotal:" { total = $2 * 1024 }
		$1 == "VmallocUsed:" { table = $2 * 1024 }
		END { printf "%d %d %d %d\n", slab, object, table, total - free }' /proc/slabinfo /proc/meminfo
}

memory_of() { # SYSTEM SESSIONS, then what memory printed before and now
	local table="bytes a session, at $2 sessions" row=${TITLE[$1]}
	value "$table" "$row" "object" "$8"
	value "$table" "$row" "slab" $((($7 - $3) / $2))
	value "$table" "$row" "table" $((($9 - $5) / $2))
	value "$table" "$row" "all memory" $(((${10} - $6) / $2))
}

sessions_of() { # SYSTEM
	local system=$1 cache flows before=0 had
	case $system in
	slb) cache=slb_session ;;
	relay) cache=relay_flow ;;
	ipvs) cache=ip_vs_conn ;;
	nft) cache=nf_conntrack ;;
	esac
	begin "$system"
	had=$(memory $cache)
	config "$system" 1 64 rr
	for flows in "${SESSIONS[@]}"; do
		cost request "$VIP" "flows=$flows" "first=$before" "count=$((flows - before))"
		value "a first packet, by sessions so far" "${TITLE[$system]}" "to $flows" "$COST"
		before=$flows
		under_way "flows=$flows"
		value "a packet, all sessions busy" "${TITLE[$system]}" "$flows" "$COST"
		under_way "flows=$flows" "busy=$FLOWS"
		value "a packet, $FLOWS sessions busy" "${TITLE[$system]}" "$flows" "$COST"
	done
	# shellcheck disable=SC2046,SC2086
	memory_of "$system" "$flows" $had $(memory $cache)
	old_host
}

case_sessions() {
	local system
	for system in "${SYSTEMS[@]}"; do
		sessions_of "$system"
	done
}

# ---- virtual addresses, and servers

# first_packet FLOWS [KEY=VALUE...]: the middle one of three rounds, each of new flows
first_packet() {
	local round flows=$1
	shift
	for round in 0 1 2; do
		cost request "$VIP" "flows=$((3 * flows))" "first=$((round * flows))" "count=$flows" "$@"
		echo "$COST"
	done | sort -n | sed -n 2p
}

case_vips() {
	local system vips flows
	for vips in "${VIPS[@]}"; do
		flows=$((vips < FLOWS ? FLOWS : vips))
		for system in slb relay ipvs; do
			begin "$system"
			config "$system" "$vips" 1 rr
			value "by VIPs" "${TITLE[$system]}, first packet" "$vips" "$(first_packet $flows "spread=$vips")"
			under_way "flows=$flows" "spread=$vips"
			value "by VIPs" "${TITLE[$system]}" "$vips" "$COST"
			cost request 192.0.2.11 "count=$PACKETS"
			value "by VIPs" "plain routing, ${system/ipvs/IPVS} loaded" "$vips" "$COST"
			old_host
		done
	done
}

case_servers() {
	local system servers scheduler
	for scheduler in "${SCHEDULERS[@]}"; do
		for system in slb ipvs; do
			# IPVS has no p2c
			[ "$system $scheduler" != "ipvs p2c" ] || continue
			for servers in "${SERVERS[@]}"; do
				begin "$system"
				config "$system" 1 "$servers" "$scheduler"
				value "a first packet, by servers of the group" "${system/ipvs/IPVS NAT}, $scheduler" \
					"$servers" "$(first_packet "$FLOWS")"
				old_host
			done
		done
	done
}

ALL=(sessions vips servers)
bench_options "$@"
[ "${#CASES[@]}" -gt 0 ] || CASES=("${ALL[@]}")
KTAP_PLAN=1
# Tables of the peers do not grow: make them large enough at the start.
modprobe ip_vs conn_tab_bits=20
modprobe -a ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_sh ip_vs_mh ip_vs_sed ip_vs_nq nf_conntrack
bench_begin
echo 1048576 >/sys/module/nf_conntrack/parameters/hashsize
echo 2000000 >/proc/sys/net/netfilter/nf_conntrack_max
PROTO=udp
bench_family 4
number=0
for CASE in "${CASES[@]}"; do
	number=$((number + 1))
	printf 'C\t%s\t%s\t4\tudp\t%s\n' $number ${#CASES[@]} "$CASE"
	"case_$CASE"
done
ok "measured"
