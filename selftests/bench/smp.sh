#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How two processors share the work: packets a second of two senders on different links, each with a processor
# of its own, against one. Runs in the virtual machine of scripts/bench --smp, which has two processors and no
# clock that counts instructions; so runs come in pairs, one after the other, and the median of ratios counts.
#
#   sender 1 ==> d1 --- h --- d2 ==> freed        in the pair's second run, at the same time:
#                                                 sender 2 ==> d2 --- h --- d1 ==> freed
#
# The floor and plain routing show the cost of emulating two processors.
#
# With --locks 1, under a kernel with CONFIG_LOCK_STAT, it tells instead which locks two senders wait for.
#
# usage: smp.sh [--flows N] [--locks 1] [CASE...]
# Prints lines with tabs, see lib_bench.sh: V for a result, C for each case that begins.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/lib_life.sh
. "$SLB_SELFTESTS/lib_life.sh"
# shellcheck source=selftests/bench/lib_bench.sh
. "$SLB_SELFTESTS/bench/lib_bench.sh"

ALL=(floor plain ipvs nft slb slb-first relay)
PAIRS=21 LOCK_RUNS=8 MS=250 OTHER=198.51.100.2
TRACING=/sys/kernel/tracing

# ---- the cases: each sets TO, and AGAIN for the second sender

both_ways() {
	TO="from=$CLIENT to=$SERVER" AGAIN="from=$SERVER to=$CLIENT"
}

to_vip() {
	TO="from=$CLIENT to=$VIP" AGAIN="from=$OTHER to=$VIP"
}

# shellcheck disable=SC2317
case_floor() {
	local pair
	for pair in d1:d2 d2:d1; do
		on h tc qdisc add dev ${pair%:*} clsact
		on h tc filter add dev ${pair%:*} ingress matchall action mirred egress redirect dev ${pair#*:}
	done
	both_ways
}

# shellcheck disable=SC2317
case_plain() {
	both_ways
}

# Clients and servers are behind both devices, so packets from one device leave by the other.
peer_servers() {
	ip -n "$H" -batch - <<-END
		addr add $VIP/32 dev lo
		neigh add 198.51.100.2 lladdr 02:00:00:00:01:02 dev d1 nud permanent
	END
}

# shellcheck disable=SC2317
case_ipvs() {
	peer_servers
	on h ipvsadm -A -u "$VIP:80" -s rr
	on h ipvsadm -a -u "$VIP:80" -r "$SERVER:80" -m
	on h ipvsadm -A -u "$VIP:81" -s rr
	on h ipvsadm -a -u "$VIP:81" -r "$CLIENT:80" -m
	to_vip
	AGAIN+=" dport=81"
}

# shellcheck disable=SC2317
case_nft() {
	peer_servers
	on h nft "add table ip n; add chain ip n pre { type nat hook prerouting priority -100; };
		add rule ip n pre ip daddr $VIP udp dport 80 dnat to $SERVER;
		add rule ip n pre ip daddr $VIP udp dport 81 dnat to $CLIENT:80;
		add chain ip n post { type nat hook postrouting priority 100; };
		add rule ip n post oifname { d1, d2 } masquerade"
	to_vip
	AGAIN+=" dport=81"
}

# shellcheck disable=SC2317
case_slb() {
	slb_config rr
	to_vip
}

# Each packet begins a flow. What is full forgets the oldest by itself only after a while: so there is room.
# shellcheck disable=SC2317
case_slb-first() {
	ctl h -b - <<-END
		setting set session-limit 4000000
		link add l1 dev d1 via $CLIENT local 10.1.1.1-10.1.1.64 interval 0
		link add l2 dev d2 via $SERVER local 10.1.2.1-10.1.2.64 interval 0
		group add g
		server add g $SERVER
		vip add udp $VIP group g
	END
	TO="from=10.64.0.0 to=$VIP" AGAIN="from=10.96.0.0 to=$VIP"
}

# shellcheck disable=SC2317
case_relay() {
	ctl h -b - <<-END
		relay balancer add b
		relay link add b l1 dev d1 via $CLIENT return $LOCAL1 interval 0
		relay link add b l2 dev d2 via $SERVER return $LOCAL2 interval 0
		relay vip add udp $VIP
	END
	to_vip
}

# ---- how

# sender CPU DEV AT WORDS: prints packets a second
sender() {
	# shellcheck disable=SC2016
	on h taskset -c "$1" bash -c 'exec 3<>/proc/inject && echo "$1" >&3 && read -r _ n _ ns <&3 &&
		echo $((n * 1000000000 / ns))' inject \
		"dev=$2 sport=1024 dport=80 proto=udp len=22 sums=$SUMS flows=$FLOWS ms=$MS at=$3 $4"
}

# Milliseconds since boot at which both will have started.
soon() {
	awk '{ print int($1 * 1000) + 300 }' /proc/uptime
}

# A run of flows that are new each time must not come upon those of the run before.
fresh() {
	[ "$CASE" = slb-first ] || return 0
	ctl h session flush >/dev/null
	FLOWS=1000000
}

# A pair: sets ONE and TWO.
pair() {
	fresh
	ONE=$(sender 0 d1 "$(soon)" "$TO")
	fresh
	soon=$(soon)
	sender 1 d2 "$soon" "$AGAIN" >"$TMP/second" &
	TWO=$(sender 0 d1 "$soon" "$TO")
	wait $!
	TWO=$((TWO + $(cat "$TMP/second")))
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# What waited for what, by the kernel's own events: where a lock was taken that another processor had.
contended() {
	local event=$TRACING/events/lock/contention_begin soon
	if [ ! -w "$event/trigger" ]; then
		note "no contended locks are told: this kernel has no event lock:contention_begin"
		return
	fi
	echo 'hist:keys=common_stacktrace' >"$event/trigger" || return
	pair
	sed 's/^/# /' "$event/hist" | grep -v '^# #' >"$TMP/hist"
	echo '!hist:keys=common_stacktrace' >"$event/trigger"
	value "contended locks" "$CASE" "waits" "$(awk '$2 == "Hits:" { print $3 }' "$TMP/hist")"
	value "contended locks" "$CASE" "of packets" $(((ONE + TWO) * MS / 1000))
	# which, by the functions that are not the lock's own
	grep -oE '(slb|rly|relay)_[a-z_]+' "$TMP/hist" | sort | uniq -c | sort -rn | head -5 |
		sed "s/^/# $CASE: waits in /"
}

# Two senders at a time, and each class of locks of the kernel that one of them, or anybody else, had to wait for.
measure_locks() {
	local i soon packets=0
	fresh
	pair
	echo 0 >/proc/lock_stat
	echo 1 >/proc/sys/kernel/lock_stat
	for ((i = 0; i < LOCK_RUNS; i++)); do
		fresh
		soon=$(soon)
		sender 1 d2 "$soon" "$AGAIN" >"$TMP/second" &
		TWO=$(sender 0 d1 "$soon" "$TO")
		wait $!
		packets=$((packets + (TWO + $(cat "$TMP/second")) * MS / 1000))
	done
	echo 0 >/proc/sys/kernel/lock_stat
	cp /proc/lock_stat "/out/$CASE.lock_stat"
	value "locks waited for" "$CASE" "of packets, about" "$packets"
	# a class is "name: bounces contentions ..."; below it stand the places where it was waited for
	awk -v case="$CASE" -v OFS='\t' '
		match($0, /: +[0-9]+ +[0-9]+ +[0-9.]+ /) {
			name = substr($0, 1, RSTART - 1); gsub(/^ +| +$/, "", name)
			split(substr($0, RSTART + 1), n, " ")
			if (n[2] > 0) print "V", "locks waited for", case, name, n[2]
		}' /proc/lock_stat
	grep -oE '(slb|rly)_[a-z_0-9]+\+0x' /proc/lock_stat | sort | uniq -c | sed "s/^/# $CASE: waited for or in the way: /"
}

measure_pairs() {
	local i noisy=0
	fresh
	# the first fills tables and caches
	pair
	for ((i = 0; i < PAIRS; i++)); do
		pair
		echo "$ONE $TWO $((100 * TWO / ONE))"
	done >"$TMP/pairs"
	# what the host takes for itself only makes a run slower
	value "packets a second" "$CASE" "best of two in % of best of one" "$(awk '
		$1 > one { one = $1 }
		$2 > two { two = $2 }
		END { print int(100 * two / one) }' "$TMP/pairs")"
	noisy=$(awk '{ print $3 }' "$TMP/pairs" | sort -n | sed -n '1p;$p' | paste -sd-)
	value "packets a second" "$CASE" "one sender" "$(awk '{ print $1 }' "$TMP/pairs" | median)"
	value "packets a second" "$CASE" "two senders" "$(awk '{ print $2 }' "$TMP/pairs" | median)"
	value "packets a second" "$CASE" "ratio in %" "$(awk '{ print $3 }' "$TMP/pairs" | median)"
	value "packets a second" "$CASE" "from - to" "$noisy"
}

bench_options "$@"
[ "${#CASES[@]}" -gt 0 ] || CASES=("${ALL[@]}")
KTAP_PLAN=1
bench_begin
# shellcheck disable=SC2034
PROTO=udp
bench_family 4
[ "$LOCKS" = 0 ] || [ -e /proc/lock_stat ] || ktap_skip_all "this kernel has no CONFIG_LOCK_STAT"
number=0
for CASE in "${CASES[@]}"; do
	number=$((number + 1))
	flows=$FLOWS
	printf 'C\t%s\t%s\t4\tudp\t%s\n' $number ${#CASES[@]} "$CASE"
	bench_module "$CASE"
	new_host
	"case_$CASE"
	if [ "$LOCKS" = 1 ]; then
		measure_locks
	else
		measure_pairs
		contended
	fi
	old_host
	FLOWS=$flows
done
ok "measured"
