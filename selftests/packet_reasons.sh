#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each drop reason has its own drop reason of the kernel: the tracepoint of dropped packets shows the one that
# slbctl names, for both modules.
#
#   c1 --- r === b1     c1 and s1 send what is dropped
#          |
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

LIB_LINK_WORDS="interval 0"
PACKETS=$SLB_SELFTESTS/tools/packets/packets

# kernel_name HOST REASON [relay]: the kernel's reason for one of ours.
kernel_name() {
	# shellcheck disable=SC2086
	ctl "$1" -s -j ${3:-} drop | json name skb_reason | awk -v name="$2" '$1 == name { print $2 }'
}

# span FUNCTION: a filter for events whose location is in this function. The trace of 6.1 names no functions.
span() {
	awk '$2 ~ /^[tT]$/ && $4 ~ /^\[(slb|relay)\]$/ { print $1, $3 }' /proc/kallsyms | sort |
		awk -v name="$1" '$2 == name { from = $1; printf "location >= 0x%s", from }
			from && $1 > from { printf " && location < 0x%s", $1; exit }'
}

seen() {
	grep -qE " reason: $1\$" "$TRACE/trace"
}

# dropped TEXT HOST REASON FUNCTION FROM WORDS...: what FROM sends is dropped on HOST, and traced so.
dropped() {
	local text=$1 host=$2 reason=$3 function=$4 from=$5 side='' kernel
	[ "$host" != r ] || side=relay
	shift 5
	kernel=$(kernel_name "$host" "$reason" $side)
	echo "${SPANS[$function]}" >"$TRACE/events/skb/kfree_skb/filter"
	: >"$TRACE/trace"
	on "$from" "$PACKETS" "$*"
	check "$text: $reason is $kernel" wait_for 5 seen "$kernel"
}

declare -A SPANS
tracefs() {
	local function
	TRACE=$TMP/tracing
	mkdir "$TRACE"
	mount -t tracefs tracefs "$TRACE" || return 1
	defer umount "$TRACE"
	[ -d "$TRACE/events/skb/kfree_skb" ] || return 1
	for function in slb_drop rly_drop; do
		SPANS[$function]=$(span $function)
		[ -n "${SPANS[$function]}" ] || return 1
	done
	defer eval "echo 0 >$TRACE/events/skb/kfree_skb/filter"
	defer eval "echo 0 >$TRACE/events/skb/kfree_skb/enable"
	echo 1 >"$TRACE/events/skb/kfree_skb/enable"
}

ktap_plan 11
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "udp $VIP4:53" "udp [$VIP6]:53"
tracefs || ktap_skip_all "the kernel has no tracepoint of dropped packets"

for host in b1 r; do
	[ $host = b1 ] && side='' || side=relay
	# shellcheck disable=SC2086
	check_eq "$host: no two reasons have the same one of the kernel" "" \
		"$(ctl $host -s -j $side drop | json skb_reason | sort | uniq -d)"
done
C4=${ADDR4[c1]} C6=${ADDR6[c1]} S4=${ADDR4[s1]} S6=${ADDR6[s1]}
dropped "IPv4, the hop is the last one" r ttl rly_drop c1 "udp $C4@1000 $VIP4@53 ttl=1"
dropped "IPv6, the hop is the last one" r ttl rly_drop c1 "udp $C6@1000 $VIP6@53 ttl=1"
dropped "IPv4, in the name of the VIP" r martian rly_drop c1 "udp $VIP4@1000 $VIP4@53"
dropped "IPv4, to a local address" b1 unknown-local slb_drop s1 "udp $S4@1000 10.1.1.1@2000"
dropped "IPv6, to a local address" b1 unknown-local slb_drop s1 "udp $S6@1000 2001:db8:a:11::1@2000"
ctl b1 server flush
dropped "IPv4, no server" b1 no-server slb_drop c1 "udp $C4@1001 $VIP4@53"
dropped "IPv6, no server" b1 no-server slb_drop c1 "udp $C6@1001 $VIP6@53"
ctl r relay balancer flush
dropped "IPv4, no balancer" r no-balancer rly_drop c1 "udp $C4@1002 $VIP4@53"
dropped "IPv6, no balancer" r no-balancer rly_drop c1 "udp $C6@1002 $VIP6@53"
