#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What session sync costs: a new flow with the log of sessions on and off, all sessions at once, and many new flows a second.
# Runs in the virtual machine of scripts/bench --sync, whose one processor counts instructions: a nanosecond is one.
#
#   inject.ko ==> d1 --- h --- d2     slb-syncd on h copies its sessions to p, over s0 (veth)
#                        |
#                        p
#
# usage: sync.sh [new4|new6|bulk=SESSIONS|steady=RATE|seconds=N...]
# The steady case compares how often a thread of the lowest priority turns in a loop, as health.sh does. What each end
# costs is the time on the processor of its daemon: its own work, that of the kernel for it, and that of the stack.
# Prints lines with tabs, see lib_bench.sh: C for a case that begins, V for a result, with "!" when not all came.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"
# shellcheck source=selftests/bench/lib_bench.sh
. "$SLB_SELFTESTS/bench/lib_bench.sh"

SYNCD=${SYNCD:-$SLB_DIR/tools/slb-syncd/slb-syncd}
NLSYNC=$SLB_SELFTESTS/tools/netlink/nlsync.py
SPIN=/sys/module/answer/parameters
# One address has 64,512 ports for a server; each link gets so many that a million sessions fit.
ADDRESSES=32 STEP=50
declare -gA SYNC_PID=()

bench_options "$@"
SECONDS_LONG=5 WORDS_LEFT=()
for word in "${CASES[@]}"; do
	case $word in
	seconds=*) SECONDS_LONG=${word#*=} ;;
	*) WORDS_LEFT+=("$word") ;;
	esac
done
CASES=("${WORDS_LEFT[@]}")
[ "${#CASES[@]}" -gt 0 ] || CASES=(new4 new6 bulk=1000000 steady=20000)

# ---- a new flow

# The median of some rounds of first packets, each of new flows: sets COST. FIRST is the first flow that is new.
first_packets() { # [KEY=VALUE...]
	local round costs=()
	for ((round = 0; round < ROUNDS; round++)); do
		cost request "$VIP" "flows=1000000" "first=$FIRST" "count=$FLOWS" "$@"
		costs+=("$COST")
		FIRST=$((FIRST + FLOWS))
	done
	COST=$(printf '%s\n' "${costs[@]}" | sort -n | sed -n $(((ROUNDS + 1) / 2))p)
}

# What the ACK costs by which a connection is established: the servers have answered all ports.
acknowledgments() {
	local ports
	ports=$(slb_setting port-first)-$(slb_setting port-last)
	first_packets "flags=$BENCH_SYN" seq=1000 ack=0 len=0
	send reply "$LOCAL2" "flags=$BENCH_SYN_ACK" seq=5000 ack=1001 len=0 "dport=${ports%-*}" \
		"flows=$((${ports#*-} - ${ports%-*} + 1))" "count=$((${ports#*-} - ${ports%-*} + 1))" ports=65536 >/dev/null
	send reply "$LOCAL1" "flags=$BENCH_SYN_ACK" seq=5000 ack=1001 len=0 "dport=${ports%-*}" \
		"flows=$((${ports#*-} - ${ports%-*} + 1))" "count=$((${ports#*-} - ${ports%-*} + 1))" ports=65536 >/dev/null
	cost request "$VIP" "flags=$BENCH_ACK" len=0 "flows=1000000" "first=$((FIRST - ROUNDS * FLOWS))" \
		"count=$((ROUNDS * FLOWS))"
}

compare() { # ROW OFF ON
	local table="A new flow with session sync"
	value "$table" "$1" "off" "$2"
	value "$table" "$1" "on" "$3"
	value "$table" "$1" "%" "$(awk -v off="${2%!}" -v on="${3%!}" 'BEGIN { printf "%+.1f", 100 * (on - off) / off }')"
}

sync_on() {
	ctl h setting set sync-wait 600 sync-after 0
	spawn on h "$NLSYNC" follow
	# it has read what there is
	lib_pause 1
}

sync_off() {
	end_process "$SPAWNED"
	ctl h setting set sync-wait 0
}

case_new() {
	local off established
	for PROTO in udp tcp; do
		new_host
		slb_config rr
		FIRST=0
		if [ "$PROTO" = udp ]; then
			first_packets
			off=$COST
			sync_on
			first_packets
			compare "IPv$FAMILY UDP, first packet" "$off" "$COST"
		else
			first_packets "flags=$BENCH_SYN" seq=1000 ack=0 len=0
			off=$COST
			acknowledgments
			established=$COST
			sync_on
			first_packets "flags=$BENCH_SYN" seq=1000 ack=0 len=0
			compare "IPv$FAMILY TCP, SYN" "$off" "$COST"
			acknowledgments
			compare "IPv$FAMILY TCP, ACK that establishes" "$established" "$COST"
		fi
		sync_off
		old_host
	done
}

# ---- two balancers

# pair OWN OTHER: configures a balancer, for which the other one's addresses are adopted
pair() {
	ctl "$1" -b - <<-END
		setting set udp-new-timeout 86400 udp-timeout 86400 session-limit 3000000 sync-after 0 sync-wait 600
		link add l1 dev d1 via $CLIENT local 10.$2.1.1-10.$2.1.$ADDRESSES adopt 10.$3.1.1-10.$3.1.$ADDRESSES interval 0
		link add l2 dev d2 via $SERVER local 10.$2.2.1-10.$2.2.$ADDRESSES adopt 10.$3.2.1-10.$3.2.$ADDRESSES interval 0
		group add g scheduler rr
		server add g $SERVER
		vip add udp $VIP group g
	END
}

new_pair() {
	FAMILY=4 PROTO=udp
	bench_family 4
	new_host
	NS["p"]=$H
	new_host
	ip link add s0 netns "$H" type veth peer name s0 netns "${NS[p]}"
	ip -n "$H" -batch - <<<$'addr add 10.77.0.1/24 dev s0\nlink set s0 up'
	ip -n "${NS[p]}" -batch - <<<$'addr add 10.77.0.2/24 dev s0\nlink set s0 up'
	pair p 2 1
	pair h 1 2
}

old_pair() {
	local name
	for name in "${!SYNC_PID[@]}"; do
		end_process "${SYNC_PID[$name]}"
	done
	SYNC_PID=()
	ip netns del "${NS[p]}"
	unset 'NS[p]'
	old_host
}

daemons() {
	local name
	printf 'name h\nlisten 10.77.0.1 dev s0\nplain yes\npeer p 10.77.0.2\n' >"$TMP/h.conf"
	printf 'name p\nlisten 10.77.0.2 dev s0\nplain yes\npeer h 10.77.0.1\n' >"$TMP/p.conf"
	for name in p h; do
		spawn on "$name" "$SYNCD" -f "$TMP/$name.conf" -s "$TMP/$name.sock" 2>"$TMP/$name.log"
		SYNC_PID["$name"]=$SPAWNED
	done
}

# The process of a daemon is one that "ip netns exec" has become.
on_cpu() { # NAME: nanoseconds
	cut -d' ' -f1 "/proc/${SYNC_PID[$1]}/schedstat"
}

in_user() { # NAME: per cent of the time in user space
	awk '{ printf "%d", 100 * $14 / ($14 + $15 ? $14 + $15 : 1) }' "/proc/${SYNC_PID[$1]}/stat"
}

peak() { # NAME: KiB
	awk '$1 == "VmHWM:" { print $2 }' "/proc/${SYNC_PID[$1]}/status"
}

standby() {
	ctl p -j status show | json sync_standby
}

has() {
	[ "$(standby)" -ge "$1" ]
}

slab() {
	echo 1 >/sys/kernel/slab/slb_session/shrink
	awk '$1 == "slb_session" { print $15 * $6 * 4096 }' /proc/slabinfo
}

flows() { # FIRST COUNT
	send request "$VIP" "flows=4000000" "first=$1" "count=$2" ports=60000 >/dev/null
}

case_bulk() { # SESSIONS
	local n=$1 begin slab table="All of $1 sessions" name
	new_pair
	flows 0 "$n"
	slab=$(slab)
	begin=${EPOCHREALTIME/./}
	daemons
	wait_for 300 has "$n" || note "only $(standby) came: $(tail -n 2 "$TMP/h.log" "$TMP/p.log")"
	value "$table" "from start to copy" "ms" "$(((${EPOCHREALTIME/./} - begin) / 1000))$(has "$n" || echo '!')"
	value "$table" "kernel of the taker" "KiB" "$((($(slab) - slab) / 1024))"
	for name in h p; do
		value "$table" "slb-syncd, $([ $name = h ] && echo sender || echo taker)" "KiB" "$(peak $name)"
		value "$table" "slb-syncd, $([ $name = h ] && echo sender || echo taker)" "instructions a session" \
			$(($(on_cpu $name) / n))
		value "$table" "slb-syncd, $([ $name = h ] && echo sender || echo taker)" "% in user space" "$(in_user $name)"
	done
	old_pair
}

# New flows for a while at RATE. Sets LASTED (ns), SPUN and MADE.
storm() { # RATE
	local begin now next i each=$(($1 * STEP / 1000))
	echo 1 >"$SPIN/spin"
	lib_pause 0.1
	echo 0 >"$SPIN/spun"
	begin=${EPOCHREALTIME/./} MADE=0
	for ((i = 1; i <= SECONDS_LONG * 1000 / STEP; i++)); do
		[ "$each" -eq 0 ] || flows "$FIRST" "$each"
		FIRST=$((FIRST + each)) MADE=$((MADE + each))
		next=$((begin + i * STEP * 1000)) now=${EPOCHREALTIME/./}
		[ "$now" -ge "$next" ] || lib_pause "$(printf '0.%06d' $((next - now)))"
	done
	read -r SPUN <"$SPIN/spun"
	LASTED=$(((${EPOCHREALTIME/./} - begin) * 1000))
	echo 0 >"$SPIN/spin"
}

# work FREE: instructions of all but the thread, in the time that storm() has set
work() {
	echo $((LASTED - SPUN * 1000000000 / $1))
}

case_steady() { # RATE
	local rate=$1 table="$1 new flows a second" free off on name cpu=() lag
	new_pair
	ctl h setting set sync-wait 0
	FIRST=0
	storm 0
	free=$((SPUN * 1000000000 / LASTED))
	storm "$rate"
	off=$(work "$free")
	ctl h session flush >/dev/null
	ctl h setting set sync-wait 600 sync-after 1000
	daemons
	wait_for 20 eval 'ctl h -j status show | json sync_behind | grep -q 0'
	lib_pause 2
	storm "$rate"
	cpu=("$(on_cpu h)" "$(on_cpu p)")
	storm "$rate"
	on=$(work "$free")
	# all of the last second are younger than sync-after: what else is not there is late
	lag=$(((2 * MADE - $(standby)) * 1000 / rate - 1000))
	value "$table" "without sync" "% of 10^9/s" "$(awk -v a="$off" -v b="$LASTED" 'BEGIN { printf "%.2f", 100 * a / b }')"
	value "$table" "with sync, both ends" "% of 10^9/s" "$(awk -v a="$on" -v b="$LASTED" 'BEGIN { printf "%.2f", 100 * a / b }')"
	value "$table" "with sync, both ends" "instructions a flow more" $(((on - off) / MADE))
	for name in h p; do
		on=$(($(on_cpu "$name") - cpu[$([ "$name" = h ] && echo 0 || echo 1)]))
		value "$table" "slb-syncd, $([ "$name" = h ] && echo sender || echo taker)" "instructions a flow more" $((on / MADE))
		value "$table" "slb-syncd, $([ "$name" = h ] && echo sender || echo taker)" "% of 10^9/s" \
			"$(awk -v a="$on" -v b="$LASTED" 'BEGIN { printf "%.2f", 100 * a / b }')"
		value "$table" "slb-syncd, $([ "$name" = h ] && echo sender || echo taker)" "% in user space" "$(in_user "$name")"
		value "$table" "slb-syncd, $([ "$name" = h ] && echo sender || echo taker)" "KiB" "$(peak "$name")"
	done
	wait_for 30 has $((2 * MADE)) || lag+='!'
	value "$table" "beyond sync-after" "ms late" "$lag"
	value "$table" "overwritten entries" "number" "$(ctl h -j status show | json sync_lost)"
	old_pair
}

KTAP_PLAN=1
bench_begin
insmod "$SLB_DIR/selftests/bench/answer.ko" || ktap_skip_all "cannot load answer.ko"
defer rmmod answer
chrt -i -p 0 "$(<"$SPIN/spinner")"
bench_module slb
number=0
for CASE in "${CASES[@]}"; do
	number=$((number + 1))
	printf 'C\t%s\t%s\t%s\t%s\t%s\n' $number ${#CASES[@]} 4 all "$CASE"
	case $CASE in
	new[46])
		bench_family "${CASE#new}"
		case_new
		;;
	bulk=*) case_bulk "${CASE#*=}" ;;
	steady=*) case_steady "${CASE#*=}" ;;
	*) note "no case $CASE" ;;
	esac
done
ok "measured"
