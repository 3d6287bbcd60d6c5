#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each drop reason has one name: the counter that grows, the tracepoint, and the line of slbctl trace say the same.
# Each reason of include/slb/reason.h is produced, on the module that has it: no-memory by the kernel's fault injection,
# which lane uml has; lro by a test module that merges packets although LRO is off. Probes are packets to the host
# itself, which slbctl does not trace: the counter and the tracepoint agree.
#
#   c1 --- r === b1     b1 gets all new flows, except where b2 is needed
#         /  \=== b2
#        s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_fail.sh
. "${BASH_SOURCE[0]%/*}/lib_fail.sh"

LIB_LINK_WORDS="interval 0"
TOOLS=$SLB_SELFTESTS/tools/packets
declare -A SEEN=()

# All events go to $TMP/events, the lines of the tracers of a host to $TMP/lines.HOST. Both are emptied for each result.
watch_all() {
	local trace=$TMP/tracing
	mkdir "$trace"
	mount -t tracefs tracefs "$trace" || return 1
	defer umount "$trace"
	[ -d "$trace/events/slb/slb_drop" ] && [ -d "$trace/events/relay/relay_drop" ] || return 1
	defer eval "echo 0 >$trace/events/relay/relay_drop/enable"
	defer eval "echo 0 >$trace/events/slb/slb_drop/enable"
	echo 1 >"$trace/events/slb/slb_drop/enable"
	echo 1 >"$trace/events/relay/relay_drop/enable"
	spawn cat "$trace/trace_pipe" >>"$TMP/events"
	tracer b1
	tracer r relay
}

# tracer HOST [relay]: it has begun when it has a descriptor of signals
tracer() {
	# shellcheck disable=SC2086
	spawn on "$1" "$SLBCTL" ${2:-} trace any count 100000 for 3600 >>"$TMP/lines.$1" 2>>"$TMP/error"
	wait_for 5 begun "$SPAWNED" || note "$(cat "$TMP/error")"
}

begun() {
	find "/proc/$1/fd" -lname '*signalfd*' | grep -q .
}

from() {
	on "$1" "$TOOLS/packets" "${@:2}"
}

# forged HOST WORDS...
forged() {
	on "$1" "$TOOLS/probes" forge "${@:2}"
}

# counters HOST [relay]: the reasons, each with what is counted; not what is counted for each VIP
counters() {
	# shellcheck disable=SC2086
	ctl "$1" -s -j ${2:-} drop | json name packets | grep -v '^null '
}

# What each of the three says, as "counter event trace".
said() {
	local host=$1 side=$2 event=$3
	# shellcheck disable=SC2086
	counters "$host" $side | awk -v event=" $event: " '
		FILENAME == ARGV[1] { was[$1] = $2; next }
		FILENAME == "-" { if ($2 != was[$1]) say(1, $1); next }
		FILENAME ~ /events$/ { if (index($0, event) && match($0, /reason=[^ ]*/)) say(2, substr($0, RSTART + 7, RLENGTH - 7)); next }
		match($0, /[|] DROP [a-z-]*:/) { say(3, substr($0, RSTART + 7, RLENGTH - 8)) }
		function say(who, reason) {
			if (!(who " " reason in done))
				text[who] = text[who] (text[who] ? "," : "") reason
			done[who " " reason] = 1
		}
		END { print text[1], text[2], text[3] }' "$TMP/before" - "$TMP/events" "$TMP/lines.$host"
}

# shown HOST EVENT REASON: the tracepoint and the trace have it; the counter is no later
shown() {
	grep -q " $2: reason=$3 " "$TMP/events" && { [[ $3 == probe* ]] || grep -q "| DROP $3: " "$TMP/lines.$1"; }
}

# agree TEXT HOST REASON COMMAND...: what the command makes HOST drop has this reason in all three
agree() {
	local text=$1 host=$2 reason=$3 side='' event=slb_drop wanted="$3 $3 $3"
	[ "$host" != r ] || side=relay event=relay_drop
	# packets to the host itself are not traced
	[[ $reason != probe* ]] || wanted="$reason $reason "
	shift 3
	# shellcheck disable=SC2086
	counters "$host" $side >"$TMP/before"
	: >"$TMP/events"
	: >"$TMP/lines.$host"
	"$@" || note "$* fails"
	wait_for 5 shown "$host" $event "$reason"
	check_eq "$text, $host: counter, tracepoint and trace name the reason" "$wanted" \
		"$(said "$host" "$side" $event)"
	SEEN[$reason]=1
}

# ---- what a family needs

family() {
	v=$1
	local c="ADDR${v}[c1]" s="ADDR${v}[s1]" vip=VIP$v
	C=${!c} S=${!s} V=${!vip}
	vip=RELAY$v
	VIA=${!vip}
	if [ "$v" = 4 ]; then
		L=10.1.1.1 ONE=100.64.1.18 RELAY=100.64.1.17 OTHER=100.64.1.25 TWO=100.64.2.17 FAR=10.99.0.1 BITS=32
	else
		L=2001:db8:a:11::1 ONE=2001:db8:b:11::2 RELAY=2001:db8:b:11::1 OTHER=2001:db8:b:11::9
		TWO=2001:db8:b:21::1 FAR=2001:db8:99::1 BITS=128
	fi
}

# route HOST add|del ADDR VIA
route() {
	ip -n "${NS[$1]}" "-$v" route "$2" "$3/$BITS" via "$4"
}

# The local address and port of the session of a client's port: its newest one.
local_of() {
	local text
	text=$(ctl b1 -j session show client "$(bracket "$C"):$1" | json local local_port | tail -n 1)
	echo "${text/ /@}"
}

bracket() {
	[[ $1 == *:* ]] && echo "[$1]" || echo "$1"
}

# agree_chain HOST: a rule in FORWARD
agree_chain() {
	on "$1" nft 'table inet t { chain f { type filter hook forward priority 0; meta l4proto udp drop; }; }'
	agree "IPv$v, FORWARD drops it" "$1" chain from c1 "udp $C@1003 $V@80"
	on "$1" nft delete table inet t
}

agree_policy() {
	if ! on b1 ip xfrm policy list >/dev/null 2>&1; then
		skip "IPv$v, a policy forbids it" "this kernel has no IPsec"
		SEEN[policy]=1
		return
	fi
	ip -n "${NS[b1]}" xfrm policy add dir out dst "$S/$BITS" action block
	agree "IPv$v, a policy forbids it" b1 policy from c1 "udp $C@1004 $V@80"
	ip -n "${NS[b1]}" xfrm policy flush
}

# agree_lro HOST DEVICE[,DEVICE]: it receives packets as drivers deliver them that merge packets
agree_lro() {
	local module=$SLB_SELFTESTS/lro/lro.ko
	if [ ! -f "$module" ]; then
		skip "IPv$v, merged by the device, $1" "selftests/lro is not built"
		SEEN[lro]=1
		return
	fi
	on "$1" insmod "$module" devices="$2"
	agree "IPv$v, merged by the device" "$1" lro from c1 "udp $C@1006 $V@80 len=1000"
	rmmod lro
}

# agree_memory HOST CACHE COMMAND...: objects of this slab cache get no memory
agree_memory() {
	local host=$1 cache=$2
	shift 2
	if [ ! -e "$FAIL_DEBUG/failslab/cache-filter" ]; then
		skip "IPv$v, there is no memory, $host" "this kernel has no fault injection"
		SEEN[no-memory]=1
		return
	fi
	fail_on
	fail_with probability 0
	fail_with task-filter N
	fail_with cache-filter Y
	fail_caches 1 "$cache"
	echo 100 >"$FAIL_DEBUG/failslab/probability"
	agree "IPv$v, there is no memory" "$host" no-memory "$@"
	fail_off
	fail_caches 0 "$cache"
}

# The slab cache of routes of the family: that of IPv4 has another name in older kernels.
route_cache() {
	if [ "$v" = 6 ]; then
		echo ip6_dst_cache
	elif [ -d /sys/kernel/slab/rtable ]; then
		echo rtable
	else
		echo ip_dst_cache
	fi
}

# next_hops HOST gone|back: the links of r or b1 work, but the routes to their next hops lead to no host
next_hops() {
	local l dev far=1 words=(del add)
	[ "$1" = b1 ] || far=2
	[ "$2" = gone ] || words=(add del)
	for l in 1 2; do
		[ "$1" = b1 ] && dev=l$l || dev=b1l$l
		if [ "$v" = 4 ]; then
			ip -n "${NS[$1]}" route "${words[1]}" broadcast "100.64.1.$((16 * l + far))" dev "$dev"
		else
			ip -n "${NS[$1]}" -6 route "${words[0]}" "2001:db8:b:1$l::/64" dev "$dev"
		fi
	done
}

agree_next_hop() {
	next_hops "$1" gone
	agree "IPv$v, no route to a next hop" "$1" no-nexthop from c1 "udp $C@1007 $V@80"
	next_hops "$1" back
}

# To an address of a group: whose frame it is, is not clear.
by_multicast() {
	local mac
	mac=$(ip -n "${NS[c1]}" neigh show "$VIA" dev eth0 | sed -n 's/.*lladdr \([0-9a-f:]*\).*/\1/p')
	ip -n "${NS[c1]}" neigh replace "$VIA" lladdr 01:00:5e:00:00:01 dev eth0 nud permanent
	from c1 "udp $C@1000 $V@80"
	ip -n "${NS[c1]}" neigh replace "$VIA" lladdr "$mac" dev eth0 nud reachable
}

# ---- the parser, routing, chains

headers() {
	if [ "$v" = 4 ]; then
		agree "IPv4, cut short" r short from c1 "udp $C@1000 $V@80 cut=24"
		agree "IPv4, a source route" r source-route from c1 "udp $C@1000 $V@80 options=830704c0000201"
	else
		agree "IPv6, a source route" r source-route from c1 "udp $C@1000 $V@80 ext=43"
		agree "IPv6, nine extension headers" r ext-header from c1 \
			"udp $C@1000 $V@80 ext=60,60,60,60,60,60,60,60,60"
	fi
	agree "IPv$v, in the name of the VIP" r martian from c1 "udp $V@1000 $V@80"
	agree "IPv$v, to a group of link addresses" r not-for-us by_multicast
	agree_lro r c1
	agree_lro b1 l1,l2
	agree "IPv$v, fragments that overlap" r fragment from c1 \
		"udp $C@1001 $V@80 len=2000 frag=0,1000 sent=1 id=7; udp $C@1001 $V@80 len=2000 frag=800,0 id=7"
}

routing() {
	agree "IPv$v, the hop is the last one" r ttl from c1 "udp $C@1000 $V@80 ttl=1"
	agree "IPv$v, the hop is the last one" b1 ttl from c1 "udp $C@1000 $V@80 ttl=2"
	ip -n "${NS[r]}" link set s1 mtu 1300
	agree "IPv$v, larger than the MTU" r too-big from c1 "udp $C@1005 $V@80 len=1350 df=1"
	ip -n "${NS[r]}" link set s1 mtu 1500
	agree_chain r
	agree_chain b1
	route b2 add "$S" "$TWO"
	agree "IPv$v, with an address of another balancer" r spoofed from b2 "udp $L@4444 $S@4444"
	route b2 del "$S" "$TWO"
	route b1 add "$FAR" "$RELAY"
	agree "IPv$v, no route to the client" r no-route from b1 "udp $V@80 $FAR@9"
	route b1 del "$FAR" "$RELAY"
	agree_policy
	agree_next_hop r
	agree_next_hop b1
	# the routes of the client's host are cached before
	from c1 "udp $C@1000 $V@54"
	agree_memory r "$(route_cache)" from c1 "udp $C@1000 $V@54"
	agree_memory b1 slb_session from c1 "udp $C@1008 $V@80"
}

# ---- sessions

begins() {
	from c1 "tcp $C@$1 $V@80 flags=S seq=${2:-1}"
	wait_for 3 eval "[ -n \"\$(local_of $1)\" ]"
	LOCAL=$(local_of "$1")
}

# opens PORT: a connection by hand; the kernel of s1 is mute
opens() {
	begins "$1"
	from s1 "tcp $S@80 $LOCAL flags=SA seq=1 ack=2"
	from c1 "tcp $C@$1 $V@80 flags=A seq=2 ack=2"
}

# An old connection is closed, the client opens the next one from the same port, and the old one says something.
late() {
	from s1 "tcp $S@80 $OLD flags=A seq=3 ack=3"
}

sessions() {
	local port
	agree "IPv$v, no VIP has the port" r unmatched from c1 "udp $C@1000 $V@54"
	ctl r relay vip add udp "$(bracket "$V"):54"
	agree "IPv$v, no VIP has the port" b1 unmatched from c1 "udp $C@1000 $V@54"
	ctl r relay vip del udp "$(bracket "$V"):54" >/dev/null
	agree "IPv$v, to a local address" b1 unknown-local from s1 "udp $S@1000 $L@2000"
	agree "IPv$v, of no session" b1 no-session from c1 "tcp $C@1500 $V@80 flags=A"
	opens 1600
	OLD=$LOCAL
	from c1 "tcp $C@1600 $V@80 flags=FA seq=2 ack=2"
	from s1 "tcp $S@80 $OLD flags=FA seq=2 ack=3"
	from c1 "tcp $C@1600 $V@80 flags=A seq=3 ack=3"
	begins 1600 100000
	agree "IPv$v, late, of a closed connection" b1 superseded late
	ctl b1 group set web client-address proxy-v2
	opens 1601
	agree "IPv$v, the server resets a connection that may want its header again" b1 reset-early \
		from s1 "tcp $S@80 $LOCAL flags=R seq=2"
	ctl b1 group set web client-address none
	ctl b1 session flush >/dev/null
	ctl b1 setting set port-first 2000 port-last 2000
	# Eight sessions have all pairs. The ninth comes at once, as later one of them would make room.
	agree "IPv$v, no local port" b1 no-port from c1 "$(for port in {1101..1109}; do
		[ "$port" = 1101 ] || echo -n " ; "
		echo -n "udp $C@$port $V@80"
	done)"
	ctl b1 setting set port-first 1024 port-last 65535
	ctl b1 session flush >/dev/null
	ctl b1 setting set session-limit 1
	agree "IPv$v, too many sessions" b1 session-limit from c1 "udp $C@1010 $V@80; udp $C@1011 $V@80"
	ctl b1 setting set session-limit 10000
	ctl b1 server set web "$(bracket "$S")" session-limit 1
	agree "IPv$v, the server is full" b1 server-full from c1 "udp $C@1012 $V@80; udp $C@1013 $V@80"
	ctl b1 server set web "$(bracket "$S")" session-limit 0
	ctl b1 vip set udp "$(bracket "$V"):80" session-limit 1
	agree "IPv$v, the VIP is full" b1 vip-limit from c1 "udp $C@1014 $V@80"
	ctl b1 vip set udp "$(bracket "$V"):80" session-limit 0 client-limit 1
	agree "IPv$v, the client has its limit" b1 client-limit from c1 "udp $C@1015 $V@80; udp $C@1016 $V@80"
	ctl b1 vip set udp "$(bracket "$V"):80" client-limit 0 rate-limit 1
	agree "IPv$v, too many sessions in a second" b1 vip-rate from c1 "$(for port in {1017..1021}; do
		[ "$port" = 1017 ] || echo -n " ; "
		echo -n "udp $C@$port $V@80"
	done)"
	ctl b1 vip set udp "$(bracket "$V"):80" rate-limit 0
	ctl b1 server set web "$(bracket "$S")" weight 0
	agree "IPv$v, no server" b1 no-server from c1 "udp $C@1022 $V@80"
	ctl b1 server set web "$(bracket "$S")" weight 1
}

# ---- ICMP, probes

messages() {
	local type=$((v == 4 ? 11 : 3))
	agree "IPv$v, an error about no session" b1 icmp-unrelated \
		from s1 "error $S $L type=$type code=0 quote udp $L@9 $S@9"
	from c1 "udp $C@1900 $V@80"
	agree "IPv$v, an error with a wrong checksum" b1 icmp-csum \
		from c1 "error $C $V type=$type code=0 spoil=1 quote udp $V@80 $C@1900"
	agree "IPv$v, a message that is no error" b1 icmp-type from s1 "echo $S@1 $L"
	agree "IPv$v, a probe with a wrong checksum" b1 probe forged r "$RELAY" "$ONE" 255 wrong-sum
	agree "IPv$v, a probe with a wrong checksum" r probe forged b1 "$ONE" "$RELAY" 255 wrong-sum
	agree "IPv$v, a probe of another address" b1 probe-source forged r "$OTHER" "$ONE" 255 up
}

# ---- balancers and links

balancers() {
	ctl r relay balancer set b2 weight 1
	agree "IPv$v, the first balancer asked has no session" r reset-asked from c1 "tcp $C@1700 $V@80 flags=A"
	ctl r relay setting set flow-limit 0 settle-after 600000
	agree "IPv$v, a balancer has no session, and who has is not known" r reset-other \
		from c1 "tcp $C@1701 $V@80 flags=A"
	ctl r relay setting set flow-limit 10000 settle-after 0
	ctl r relay balancer set b2 weight 0
}

# links up|down
links() {
	local l
	for l in 1 2; do
		ip -n "${NS[r]}" link set "b1l$l" "$1"
	done
	[ "$1" = down ] || for l in 1 2; do
		ip -n "${NS[r]}" address replace "2001:db8:b:1$l::1/64" dev "b1l$l" nodad
		ip -n "${NS[b1]}" address replace "2001:db8:b:1$l::2/64" dev "l$l" nodad
	done
}

dead() {
	opens 1800
	ctl r relay setting set dead-after 0
	links down
	agree "IPv$v, the balancer of the flow is gone" r flow-lost from c1 "tcp $C@1800 $V@80 flags=A seq=2 ack=2"
	agree "IPv$v, to a return address of a balancer without a link" r no-link from s1 "udp $S@80 $L@2000"
	links up
}

ktap_plan 87
load_modules slb relay
topology clients=1 servers=1 balancers=2
topology_config servers=s1 "tcp $VIP4:80" "tcp [$VIP6]:80" "udp $VIP4:80" "udp [$VIP6]:80"
ctl r relay balancer set b2 weight 0
watch_all || ktap_skip_all "the kernel has no tracepoints"
# no answers of the kernel of s1
on s1 nft 'table inet mute { chain c { type filter hook input priority 0; meta l4proto { tcp, udp } drop; }; }'
for v in 4 6; do
	family $v
	headers
	routing
	sessions
	messages
	balancers
	dead
done
ctl r relay balancer flush >/dev/null
for v in 4 6; do
	family $v
	agree "IPv$v, there is no balancer" r no-balancer from c1 "udp $C@1002 $V@80"
done
check_eq "all reasons were produced" "" \
	"$({ counters b1 && counters r relay; } | cut -d' ' -f1 | sort -u | while read -r reason; do
		[ -n "${SEEN[$reason]:-}" ] || echo "$reason"
	done | xargs)"
