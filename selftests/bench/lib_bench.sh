# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the benchmarks share: a host of two dummy devices, packets put into one of them, and what comes of it.
#
#   inject.ko ==> d1 (dummy) --- h --- d2 (dummy) ==> counted, and freed
#
# Packets enter the receive path of one device, without a queue; they leave by the other one, whose neighbours
# are permanent. With KIND=nic the devices are those of nic.ko, and packets enter as a card's.
#
# bench_options ARG...  takes --packets N, --flows N, --sums KIND, --shared 0|1, --profile 1, --locks 1 off the arguments; CASES
#                       is what is left
# bench_begin           modules that all need
# bench_family 4|6      sets the addresses
# bench_module slb|relay|'' NAME   loads one of our modules, or unloads it, if NAME begins with it
# new_host, old_host    a fresh host for each case, so that none sees what another has left behind
# send WAY TO [KEY=VALUE...]   puts packets in: WAY is request (d1 to d2, from the client) or reply (d2 to d1,
#                       from the server). Prints "PACKETS NANOSECONDS"
# measure CASE WAY TO SEEN [KEY=VALUE...]
#                       the same, and a result: a line with tabs: R FAMILY PROTO CASE COST CAME SENT
#                       (the median of ROUNDS, of flows under way, unless CASE ends in -first)
# settle WAY TO [KEY=VALUE...]   two packets of each flow, so that they are under way
# samples               sends some more packets of all flows measured since, and keeps those that came out in
#                       /out, for sample.py to look at. A line with tabs for each: S FAMILY PROTO CASE FILE SEEN,
#                       where SEEN is what they must look like: SOURCE,PORT,DESTINATION,PORT,HOPS; PORT may be
#                       "flow": another one for each flow
# establish REPLY-TO [PORTS]   a reply of the server to each flow, and for TCP the client's answer; to the client's
#                       ports, or to all PORTS (FIRST-LAST) where the host has chosen others
# cost WAY TO [KEY=VALUE...]   puts packets in, and sets COST to what one has cost, with "!" when some were lost
# value TABLE ROW COLUMN VALUE prints a result of another kind: a line with tabs: V TABLE ROW COLUMN VALUE
# slb_config SCHEDULER, relay_config   both are configured in the same way everywhere
# few_ports             flows of the balancer to each local port of its link l2
# redirect              tc sends on what comes in by d1
# nft_nat               full NAT by nft
# case_flowtable        the case of that name
# told                  slb_config rr, and servers learn the client's address as CASE says

PACKETS=10000 FLOWS=1000 SUMS=device SHARED=0 SAMPLE=50 ROUNDS=3 PROFILE=0 LOCKS=0 KIND=dummy
HOSTS=0 SAMPLES=() SAMPLED=0
BENCH_SYN=02 BENCH_SYN_ACK=12 BENCH_ACK=10 BENCH_DATA=18
printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"

# shellcheck disable=SC2034
bench_options() {
	while [[ ${1:-} == --* ]]; do
		case $1 in
		--packets) PACKETS=$2 ;;
		--flows) FLOWS=$2 ;;
		--sums) SUMS=$2 ;;
		--shared) SHARED=$2 ;;
		--profile) PROFILE=$2 ;;
		--locks) LOCKS=$2 ;;
		esac
		shift 2
	done
	CASES=("$@")
}

bench_begin() {
	local module
	modprobe -a dummy pktgen ip_vs ip_vs_rr nft_nat nft_masq nft_ct nft_chain_nat nf_flow_table nft_flow_offload \
		nf_flow_table_inet sch_ingress cls_matchall act_mirred 2>"$TMP/modprobe" || cat "$TMP/modprobe" >&2
	module_needs slb relay
	for module in nic inject; do
		insmod "$SLB_DIR/selftests/bench/$module.ko" || ktap_skip_all "cannot load $module.ko"
	done
	defer bench_end
	[ -d /out ] || mkdir /out
}

# shellcheck disable=SC2317
bench_end() {
	[ "${#NS[@]}" -eq 0 ] || topology_delete
	bench_module ''
	rmmod inject nic
}

# shellcheck disable=SC2034
bench_family() {
	FAMILY=$1
	if [ "$1" = 4 ]; then
		NFT=ip CLIENT=198.51.100.1 SERVER=192.0.2.11 VIP=203.0.113.80 OWN=192.0.2.254
		LOCAL1=10.1.1.1 LOCAL2=10.1.2.1 VIP_TEXT=$VIP SERVER_TEXT=$SERVER
	else
		NFT=ip6 CLIENT=2001:db8:c::1 SERVER=2001:db8:5::11 VIP=2001:db8:f::80 OWN=2001:db8:5::fe
		LOCAL1=2001:db8:a:11::1 LOCAL2=2001:db8:a:12::1 VIP_TEXT="[$VIP]" SERVER_TEXT="[$SERVER]"
	fi
}

# A module is loaded for its own cases only: its hooks cost others something.
bench_module() {
	local module
	for module in slb relay; do
		if [[ $1 == "$module"* ]]; then
			[ -d "/sys/module/$module" ] || insmod "$SLB_DIR/$module/$module.ko"
		elif [ -d "/sys/module/$module" ]; then
			rmmod "$module"
		fi
	done
}

# The clients and servers of many flows are many, all behind one neighbour.
new_host() {
	HOSTS=$((HOSTS + 1))
	H=h$HOSTS-$LIB_ID
	# shellcheck disable=SC2034,SC2154
	NS[h]=$H
	ip netns add "$H"
	printf 'link set lo up\n%s\n' "$(printf "link add %s type $KIND\nlink set %s up\n" d1 d1 d2 d2)" | ip -n "$H" -batch -
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
	wait_for 5 addresses_ready
	# What the host before has left to be done in the background; idle time costs none.
	lib_pause 0.5
}

# shellcheck disable=SC2317
addresses_ready() {
	! ip -n "$H" -6 addr show tentative | grep -q .
}

old_host() {
	ip netns del "$H"
	unset 'NS[h]'
}

sent_by() {
	on h cat "/sys/class/net/$1/statistics/tx_packets"
}

# way WAY: sets IN, OUT, and WORDS, inject.ko's parameters for the flows.
way() {
	local tcp="flags=$BENCH_DATA seq=1001 ack=5001 len=10"
	if [ "$1" = request ]; then
		IN=d1 OUT=d2 WORDS="dev=d1 from=$CLIENT sport=1024 dport=80 vary=sport"
	else
		IN=d2 OUT=d1 WORDS="dev=d2 from=$SERVER sport=80 dport=1024 vary=dport"
		tcp="flags=$BENCH_DATA seq=5001 ack=1001 len=10"
	fi
	[ "$PROTO" = tcp ] || tcp="len=22"
	# what comes from clients may leave by the same device
	[ "${HAIRPIN:-no}" = no ] || OUT=$IN
	[ "$KIND" = dummy ] || WORDS+=" out=$OUT"
	WORDS+=" proto=$PROTO sums=$SUMS shared=$SHARED flows=$FLOWS count=$FLOWS $tcp"
}

send() {
	local IN OUT WORDS to=$2
	way "$1"
	shift 2
	# shellcheck disable=SC2016
	on h bash -c 'exec 3<>/proc/inject && echo "$1" >&3 && read -r _ sent _ ns <&3 && echo "$sent $ns"' \
		inject "$WORDS to=$to $*"
}

# The host makes the emulator log some of these packets, see profile.py: once a case. A process signals the host
# after a while, when it gets its turn among the packets.
profiled() {
	local on=(/out/*.on)
	[ -e "${on[0]}" ] || on=()
	[[ "${on[*]}" != *".$1.on"* ]] || return 0	# of an earlier round
	[ "${#on[@]}" -gt 0 ] || grep -v ']$' /proc/kallsyms >/out/symbols
	grep ']$' /proc/kallsyms >"/out/$((${#on[@]} + 1)).$1.symbols"
	(
		lib_pause 0.03
		: >"/out/$((${#on[@]} + 1)).$1.on"
	) &
}

result() { # CASE PACKETS NANOSECONDS CAME
	awk -v OFS='\t' -v key="R\t$FAMILY\t$PROTO\t$1" -v n="$2" -v ns="$3" -v came="$4" \
		'BEGIN { print key, sprintf("%.1f", ns / n), came, n }'
}

# Send two packets of each flow, so that the measured flows are established.
settle() {
	send "$@" >/dev/null
	send "$@" >/dev/null
}

# The median of rounds, as one result.
median() {
	sort -t $'\t' -k 5n | awk -F'\t' '
		{ came += $6; sent += $7; key[NR] = $1 "\t" $2 "\t" $3 "\t" $4 "\t" $5 }
		END { print key[int((NR + 1) / 2)] "\t" came "\t" sent }'
}

# One round of a row.
round() { # CASE WAY TO [KEY=VALUE...]
	local name=$1 direction=$2 to=$3 IN OUT WORDS before after sent ns
	shift 3
	way "$direction"
	[ "$PROFILE" = 0 ] || profiled "$name"
	before=$(sent_by "$OUT")
	read -r sent ns < <(send "$direction" "$to" "count=$PACKETS" "$@") || return 1
	after=$(sent_by "$OUT")
	result "$name" "$sent" "$ns" $((after - before))
}

# A second may begin, or a timer expire, in one of the rounds, but hardly in two.
measure() {
	local name=$1 direction=$2 to=$3 seen=$4 rounds=$ROUNDS round
	shift 4
	[[ $name == *-first ]] || settle "$direction" "$to" "$@"
	[[ $PROFILE = 0 && $name != *-first ]] || rounds=1
	for ((round = 0; round < rounds; round++)); do
		round "$name" "$direction" "$to" "$@"
	done | median
	SAMPLES+=("$name $direction $to $seen $*")
}

# shellcheck disable=SC2034
cost() {
	local IN OUT WORDS before after sent ns
	way "$1"
	before=$(sent_by "$OUT")
	read -r sent ns < <(send "$@") || return 1
	after=$(sent_by "$OUT")
	COST=$((ns / sent))
	[ $((after - before)) -eq "$sent" ] || COST+='!'
}

value() {
	printf 'V\t%s\t%s\t%s\t%s\n' "$@"
}

# First packets must be of new flows, so there cannot be many. SAMPLE more are left to be looked at.
measure_first() { # CASE WAY TO SEEN
	local name=$1 direction=$2 to=$3 seen=$4 round flows=$((ROUNDS * FLOWS + SAMPLE)) syn=''
	[ "$PROTO" = udp ] || syn="flags=$BENCH_SYN seq=1000 ack=0 len=0"
	for ((round = 0; round < ROUNDS; round++)); do
		round "$name-first" "$direction" "$to" "$syn" "flows=$flows" "count=$FLOWS" "first=$((round * FLOWS))"
	done | median
	SAMPLES+=("$name-first $direction $to $seen $syn flows=$flows first=$((ROUNDS * FLOWS))")
}

samples() {
	# shellcheck disable=SC2034
	local entry name direction to seen words IN OUT WORDS
	for entry in "${SAMPLES[@]}"; do
		read -r name direction to seen words <<<"$entry"
		way "$direction"
		SAMPLED=$((SAMPLED + 1))
		on h "$SLB_SELFTESTS/tools/packets/sample" "$OUT" "/out/$SAMPLED.pcap" "$WORDS to=$to $words count=$SAMPLE"
		printf 'S\t%s\t%s\t%s\t%s\t%s\n' "$FAMILY" "$PROTO" "$name" "$SAMPLED.pcap" "$seen"
	done
	SAMPLES=()
}

establish() { # REPLY-TO [PORTS]
	local ports=${2:-} words=()
	[ -z "$ports" ] || words=("dport=${ports%-*}" "flows=$((${ports#*-} - ${ports%-*} + 1))"
		"count=$((${ports#*-} - ${ports%-*} + 1))" "ports=65536")
	if [ "$PROTO" = udp ]; then
		send reply "$1" "${words[@]}" >/dev/null
		return
	fi
	send reply "$1" "flags=$BENCH_SYN_ACK" seq=5000 ack=1001 len=0 "${words[@]}" >/dev/null
	send request "$VIP" "flags=$BENCH_ACK" len=0 >/dev/null
}

# ---- configuration

# While the guest waits for the host, to read a program for example, its clock runs from timer to timer: seconds pass in no
# time. So flows that are not established yet live long.
slb_config() {
	ctl h -b - <<-END
		setting set tcp-syn-timeout 3600 udp-new-timeout 3600 udp-timeout 3600
		link add l1 dev d1 via $CLIENT local $LOCAL1 interval 0
		link add l2 dev d2 via $SERVER local $LOCAL2 interval 0
		group add g scheduler $1
		server add g $SERVER
		vip add $PROTO $VIP group g
	END
}

relay_config() {
	ctl h -b - <<-END
		relay setting set tcp-syn-timeout 3600 udp-new-timeout 3600 udp-timeout 3600
		relay balancer add b
		relay link add b l2 dev d2 via $SERVER return $LOCAL2 interval 0
		relay vip add $PROTO $VIP
	END
}

# slb_setting NAME: its value on the host
slb_setting() {
	ctl h setting show | awk -v name="$1" '$1 == name { print $2 }'
}

relay_setting() {
	ctl h relay setting show | awk -v name="$1" '$1 == name { print $2 }'
}

slb_sessions() {
	ctl h status | awk '$1 == "sessions" { print $2 }'
}

# The local ports of a link are exactly as many as the flows whose replies are measured, so that each of these is the
# reply to a session. There are more flows from clients: sessions use the ports of both links.
few_ports() {
	local first=1024 more=("flows=$((3 * FLOWS))" "count=$((3 * FLOWS))")
	ctl h setting set port-first $first port-last $((first + FLOWS - 1))
	while [ "$(ctl h session show link l2 | wc -l)" -lt "$FLOWS" ]; do
		if [ "$PROTO" = udp ]; then
			send request "$VIP" "${more[@]}" >/dev/null
		else
			send request "$VIP" "flags=$BENCH_SYN" seq=1000 ack=0 len=0 "${more[@]}" >/dev/null
		fi
	done
	establish "$LOCAL2"
	[ "$PROTO" = udp ] || send request "$VIP" "flags=$BENCH_ACK" len=0 "${more[@]}" >/dev/null
}

# Servers learn the client's address. TOLD: what of a server's segment shows that it has learnt it.
# shellcheck disable=SC2034,SC2153
told() {
	slb_config rr
	case $CASE in
	*-proxy*)
		ctl h group set g client-address proxy-v2
		TOLD=("ack=$((1001 + (FAMILY == 4 ? 28 : 52)))")
		;;
	*)
		ctl h group set g client-address toa
		TOLD=(ack=1001)
		;;
	esac
}

# ---- what several benchmarks measure

# To a VIP and to a return address packets go as they are; what balancers send to clients and servers has
# been translated before.
relay_rows() { # SEEN-OF-PACKETS-THAT-PASS
	measure_first "$CASE-vip" request "$VIP" "$CLIENT,flow,$VIP,80,63"
	[ "$PROTO" = udp ] || send request "$VIP" "flags=$BENCH_ACK" len=0 >/dev/null
	# the second packet of a flow changes its state, those after it nothing
	send request "$VIP" >/dev/null
	measure "$CASE-vip" request "$VIP" "$CLIENT,flow,$VIP,80,63"
	send request "$LOCAL2" >/dev/null
	measure "$CASE-return" request "$LOCAL2" "$CLIENT,flow,$LOCAL2,80,63"
	# For a minute after its first VIP the relay learns from replies where connections are, and looks each up.
	[ "$PROTO" = udp ] || lib_pause 61
	measure "$CASE-client" reply "$CLIENT" "$VIP,80,$CLIENT,flow,63" "from=$VIP"
	# on this host servers are where clients are
	measure "$CASE-server" reply "$CLIENT" "$LOCAL2,80,$CLIENT,flow,63" "from=$LOCAL2"
	measure "$CASE-foreign" request "$SERVER" "$1"
}

redirect() {
	on h tc qdisc add dev d1 clsact
	on h tc filter add dev d1 ingress matchall action mirred egress redirect dev d2
}

nft_nat() {
	on h nft "add table $NFT n; add chain $NFT n pre { type nat hook prerouting priority -100; };
		add rule $NFT n pre $NFT daddr $VIP $PROTO dport 80 dnat to $SERVER;
		add chain $NFT n post { type nat hook postrouting priority 100; };
		add rule $NFT n post oifname d2 masquerade"
}

# A flow is in the table after a packet each way of an established one.
case_flowtable() {
	on h nft "add table $NFT n; add flowtable $NFT n f { hook ingress priority 0; devices = { d1, d2 }; };
		add chain $NFT n forw { type filter hook forward priority 0; };
		add rule $NFT n forw ct state established flow add @f"
	nft_nat
	if [ "$PROTO" = udp ]; then
		send request "$VIP" >/dev/null
	else
		send request "$VIP" "flags=$BENCH_SYN" seq=1000 ack=0 len=0 >/dev/null
	fi
	establish "$OWN"
	send request "$VIP" >/dev/null
	send reply "$OWN" >/dev/null
	measure flowtable request "$VIP" "$OWN,flow,$SERVER,80,63"
	measure flowtable-reply reply "$OWN" "$VIP,80,$CLIENT,flow,63"
}
