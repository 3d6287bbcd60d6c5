#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slbctl trace on both hosts: one line for each packet that matches, with its steps and why it was dropped; nothing of
# other packets, which stay on the fast path; bounded under a flood; and all is as before when nobody traces any more.
#
#   c1 --- r === b1     c2 sends what must not be traced
#   c2 ---/|
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"
# shellcheck source=selftests/lib_share.sh
. "${BASH_SOURCE[0]%/*}/lib_share.sh"

LIB_LINK_WORDS="interval 0"
PACKETS=$SLB_SELFTESTS/tools/packets/packets
TIME='^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3} #[0-9]+ in'
FLOOD=20000

# begin HOST WORDS...: starts a trace there; its lines go to $TMP/lines. It is ready when it waits for signals.
begin() {
	local host=$1
	shift
	spawn on "$host" "$SLBCTL" "$@" >"$TMP/lines" 2>"$TMP/error"
	TRACER=$SPAWNED
	wait_for 5 begun "$TRACER" || note "$(cat "$TMP/error")"
}

# A tracer traces once it has a descriptor of signals
begun() {
	find "/proc/$1/fd" -lname '*signalfd*' | grep -q .
}

finish() {
	end_process "$TRACER" INT
}

saw() {
	grep -qE -- "$1" "$TMP/lines"
}

from() {
	on "$1" "$PACKETS" "${@:2}"
}

# at ADDR PORT: as a pattern
at() {
	local addr=${1//./\\.}
	[[ $1 != *:* ]] || addr="\\[$addr\\]"
	echo "$addr:$2"
}

# counters HOST [relay]: the reasons and what is counted
counters() {
	# shellcheck disable=SC2086
	ctl "$1" -s -j ${2:-} drop | jq -r '.[] | "\(.name) \(.packets)"'
}

# counted HOST [relay]: the reasons whose counters have grown since $TMP/before, each with by how much
counted() {
	counters "$@" | awk 'NR == FNR { was[$1] = $2; next } $2 != was[$1] { print $1, $2 - was[$1] }' "$TMP/before" -
}

# reasons: the reasons in the lines, each with how many lines
reasons() {
	sed -nE 's/.* \| DROP ([a-z-]*): .*/\1/p' "$TMP/lines" | sort | uniq -c | awk '{ print $2, $1 }'
}

# dropped TEXT HOST REASON FROM WORDS...: what FROM sends is dropped on HOST; traced with the reason that is counted
dropped() {
	local text=$1 host=$2 reason=$3 from=$4 side=''
	[ "$host" != r ] || side=relay
	shift 4
	# shellcheck disable=SC2086
	counters "$host" $side >"$TMP/before"
	# shellcheck disable=SC2086
	begin "$host" $side trace any for 60
	from "$from" "$*"
	wait_for 3 saw "DROP $reason: [A-Z].*\\.$"
	finish
	# shellcheck disable=SC2086
	check_eq "$text: $reason is traced, as it is counted" "$reason 1 is $(counted "$host" $side)" \
		"$(reasons) is $reason 1"
	[[ $(reasons) != "$reason "* ]] || REASONS+=("$reason")
}

# step LINE: a line with this pattern comes
step() {
	wait_for 3 saw "$TIME $1"
}

# Both directions of a flow.
test_flow() {
	local v=$1 proto=$2 port=$3 c s vip client server virtual syn='' answer words again
	c="ADDR${v}[c1]" s="ADDR${v}[s1]" vip=VIP$v
	client=$(at "${!c}" "$port") virtual=$(at "${!vip}" 80) server=$(at "${!s}" 80)
	words=udp answer=udp again=udp
	[ "$proto" = udp ] || { syn=" flags=S" words=SYN answer=RST,ACK again=ACK; }
	local known="server $server \\| local [^ ]+ return l[12] \\| chains passed \\| out l[12]$"
	begin b1 trace client "${!c}" for 60
	from c1 "$proto ${!c}@$port ${!vip}@80$syn"
	check "IPv$v $proto, balancer: a new flow" step \
		"l[12]  C $client > V $virtual $words \\| vip $proto 80 \\| group web rr \\| new session \\| $known"
	if [ "$proto" = tcp ]; then
		check "IPv$v $proto, balancer: a reply" step \
			"l[12]  S $server > L [^ ]+ $answer \\| vip $proto 80 \\| group web rr \\| known session \\| $known"
	fi
	from c1 "$proto ${!c}@$port ${!vip}@80${syn:+ flags=A}"
	check "IPv$v $proto, balancer: a known flow" step \
		"l[12]  C $client > V $virtual $again \\| vip .* \\| known session \\| $known"
	finish
}

# Client's and server's side of a flow.
test_relay_flow() {
	local v=$1 proto=$2 port=$3 c s vip client server virtual syn='' words=udp
	c="ADDR${v}[c1]" s="ADDR${v}[s1]" vip=VIP$v
	client=$(at "${!c}" "$port") virtual=$(at "${!vip}" 80) server=$(at "${!s}" 80)
	[ "$proto" = udp ] || { syn=" flags=S" words=SYN; }
	begin r relay trace client "${!c}:$port" for 60
	[ "$v" = 4 ] || { finish && begin r relay trace client "[${!c}]:$port" for 60; }
	from c1 "$proto ${!c}@$port ${!vip}@80$syn"
	check "IPv$v $proto, relay: a new flow" step \
		"c1  C $client > V $virtual $words \\| vip $proto 80 \\| by hash \\| chains passed \\| out b1/l[12]$"
	if [ "$proto" = tcp ]; then
		check "IPv$v $proto, relay: a reply" step \
			"b1/l[12]  V $virtual > C $client RST,ACK \\| vip $proto 80 \\| chains passed$"
	fi
	from c1 "$proto ${!c}@$port ${!vip}@80$syn"
	check "IPv$v $proto, relay: a known flow" step "c1  C $client > V $virtual $words .* by known-flow .* out b1/l[12]$"
	finish
	begin r relay trace server "${!s}" for 60
	from c1 "$proto ${!c}@$((port + 1)) ${!vip}@80$syn"
	check "IPv$v $proto, relay: to the server" step "b1/l[12]  L [^ ]+ > S $server $words \\| chains passed$"
	if [ "$proto" = tcp ]; then
		check "IPv$v $proto, relay: from the server" step \
			"s1  S $server > L [^ ]+ RST,ACK \\| by address \\| chains passed \\| out b1/l[12]$"
	fi
	finish
}

# ICMP errors match by the flow that they quote.
test_icmp() {
	local v=$1 port=$2 c vip client virtual type
	c="ADDR${v}[c1]" vip=VIP$v
	client=$(at "${!c}" "$port") virtual=$(at "${!vip}" 80)
	[ "$v" = 4 ] && type=3 || type=1
	from c1 "udp ${!c}@$port ${!vip}@80"
	begin b1 trace proto udp client "${!c}" for 60
	from c1 "error ${!c} ${!vip} type=$type code=1 quote udp ${!vip}@80 ${!c}@$port"
	check "IPv$v, balancer: an ICMP error" step \
		"l[12]  ${!c//./\\.} > V ${!vip//./\\.} ICMP $type/1 about udp V $virtual > C $client .* known session .* chains passed"
	finish
	begin r relay trace proto udp client "${!c}" for 60
	from c1 "error ${!c} ${!vip} type=$type code=1 quote udp ${!vip}@80 ${!c}@$port"
	check "IPv$v, relay: an ICMP error" step "c1  ${!c//./\\.} > V .* ICMP $type/1 about udp V $virtual > C $client .* out b1/l"
	finish
}

# only TEXT PATTERN HOST WORDS...: of packets of c1 and c2, and to two VIPs and servers, only these are traced
only() {
	local text=$1 pattern=$2
	shift 2
	begin "$@" for 60
	from c1 "udp $C4@3000 $VIP4@80; udp $C4@3001 $VIP4@53"
	from c2 "udp ${ADDR4[c2]}@3000 $VIP4@80; udp ${ADDR4[c2]}@3001 $VIP4@53"
	# the last ones
	from c1 "udp $C4@3998 $VIP4@80; udp $C4@3999 $VIP4@53"
	wait_for 3 saw "C ${C4//./\\.}:399[89] "
	finish
	check "$text: there are lines" saw "$pattern"
	check_not "$text: no others" grep -qvE -- "$pattern" "$TMP/lines"
}

# refused TEXT ERROR HOST WORDS...
refused() {
	local text=$1 error=$2
	shift 2
	ctl "$@" >"$TMP/lines" 2>"$TMP/error"
	check_eq "refused: $text" "2 1" "$? $(grep -cE -- "$error" "$TMP/error")"
}

# How many packets took the ordinary path to a port of the VIP?
count_ordinary() { # HOST
	on "$1" nft -f - <<-'END'
		table inet seen {
			counter n { }
			chain c { type filter hook prerouting priority -310; meta l4proto udp th dport 53 counter name n; }
		}
	END
}

ordinary() { # HOST
	on "$1" nft list counter inet seen n | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# slow_of_ten CLIENT HOST: how many of ten packets of a known flow took the ordinary path there?
slow_of_ten() {
	local host=$1 addr=ADDR4[$1] before
	before=$(ordinary "$2")
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		printf 'udp %s@4000 %s@53\n' "${!addr}" "$VIP4"
	done | on "$host" "$PACKETS"
	wait_for 3 caught_up "$host"
	echo $(($(ordinary "$2") - before))
}

# the balancer has handled all that was sent: the session counts them
caught_up() {
	local addr=ADDR4[$1] n
	n=$(ctl b1 -s -j session show client "${!addr}:4000" | json packets | head -n 1)
	[ "${n:-0}" = "${LAST_COUNT:-x}" ] && return 0
	LAST_COUNT=$n
	return 1
}

# Both directions of these flows pass, so that they may take the fast path.
warm() {
	local host addr
	for host in c1 c2; do
		addr=ADDR4[$host]
		from "$host" "udp ${!addr}@4000 $VIP4@53; udp ${!addr}@4000 $VIP4@53; udp ${!addr}@4000 $VIP4@53"
	done
}

none_slow() {
	SLOW=$(slow_of_ten "$@")
	[ "$SLOW" = 0 ]
}

# check_fast TEXT CLIENT HOST: soon all packets of its flow take the fast path there
check_fast() {
	if [ "${SLB_MODULE_WORDS:-}" = fast_path=0 ]; then
		skip "$1" "the fast path is off"
	else
		check "$1" wait_for 5 none_slow "${@:2}"
	fi
}

ktap_plan 113
load_modules slb relay
topology clients=2 servers=2 balancers=1
topology_config servers=s1 "tcp $VIP4:80" "tcp [$VIP6]:80" "udp $VIP4:80" "udp [$VIP6]:80"
C4=${ADDR4[c1]} C6=${ADDR6[c1]} S4=${ADDR4[s1]} S6=${ADDR6[s1]}
ctl b1 group add dns
ctl b1 server add dns "${ADDR4[s2]}"
ctl b1 vip add udp "$VIP4:53" group dns
ctl r relay vip add udp "$VIP4:53"
# no ICMP errors of servers that have no program
for host in s1 s2; do
	on "$host" nft -f - <<-'END'
		table inet quiet {
			chain c {
				type filter hook output priority 0;
				icmp type destination-unreachable drop
				icmpv6 type destination-unreachable drop
			}
		}
	END
done
REASONS=()

port=1000
for proto in tcp udp; do
	for v in 4 6; do
		test_flow $v $proto $((port += 10))
		test_relay_flow $v $proto $((port += 10))
	done
done
test_icmp 4 2000
test_icmp 6 2001

# fragments
begin b1 trace client "$C4:2100" for 60
from c1 "udp $C4@2100 $VIP4@80 len=2000 frag=0,1000 id=77"
check "fragments: the relay gathers them for the balancer" step "l[12]  C $(at "$C4" 2100) > V .* udp .* new session .* out l"
finish
begin r relay trace client "$C4:2101" for 60
from c1 "udp $C4@2101 $VIP4@80 len=2000 frag=0,1000 id=78"
check "fragments: one that waits" step "c1  C ${C4//./\\.} > V ${VIP4//./\\.} udp fragment \\| waits for the other fragments$"
check "fragments: the whole datagram" step "c1  C $(at "$C4" 2101) > V .* chains passed \\| out b1/l[12]$"
finish

# drops
dropped "IPv4, the hop is the last one" r ttl c1 "udp $C4@1000 $VIP4@80 ttl=1"
dropped "IPv6, the hop is the last one" r ttl c1 "udp $C6@1000 $VIP6@80 ttl=1"
dropped "IPv4, the hop is the last one" b1 ttl c1 "udp $C4@1000 $VIP4@80 ttl=2"
dropped "IPv6, the hop is the last one" b1 ttl c1 "udp $C6@1000 $VIP6@80 ttl=2"
dropped "IPv4, in the name of the VIP" r martian c1 "udp $VIP4@1000 $VIP4@80"
dropped "IPv4, no VIP has the port" r unmatched c1 "udp $C4@1000 $VIP4@54"
dropped "IPv6, no VIP has the port" r unmatched c1 "udp $C6@1000 $VIP6@54"
dropped "IPv4, a source route" r source-route c1 "udp $C4@1000 $VIP4@80 options=830704c0000201"
dropped "IPv4, cut short" r short c1 "udp $C4@1000 $VIP4@80 cut=24"
dropped "IPv6, an extension header" r source-route c1 "udp $C6@1000 $VIP6@80 ext=43"
dropped "IPv6, too many extension headers" r ext-header c1 "udp $C6@1000 $VIP6@80 ext=60,60,60,60,60,60,60,60,60"
dropped "IPv4, to a local address" b1 unknown-local s1 "udp $S4@1000 10.1.1.1@2000"
dropped "IPv6, to a local address" b1 unknown-local s1 "udp $S6@1000 2001:db8:a:11::1@2000"
dropped "IPv4, of no session" b1 no-session c1 "tcp $C4@1000 $VIP4@80 flags=A"
dropped "IPv6, of no session" b1 no-session c1 "tcp $C6@1000 $VIP6@80 flags=A"
dropped "IPv4, an error about no session" b1 icmp-unrelated s1 "error $S4 10.1.1.1 type=11 code=0 quote udp 10.1.1.1@9 $S4@9"
dropped "IPv4, an ICMP message of another kind" b1 icmp-type s1 "echo $S4@1 10.1.1.1"
ctl r relay vip add udp "$VIP4:54"
dropped "IPv4, no VIP of the balancer has the port" b1 unmatched c1 "udp $C4@1000 $VIP4@54"
ctl r relay vip del udp "$VIP4:54"
for host in b1 r; do
	on $host nft 'table inet t { chain f { type filter hook forward priority 0; udp dport 80 drop; }; }'
	dropped "IPv4, FORWARD drops it" $host chain c1 "udp $C4@1003 $VIP4@80"
	dropped "IPv6, FORWARD drops it" $host chain c1 "udp $C6@1003 $VIP6@80"
	on $host nft delete table inet t
done
ip -n "${NS[r]}" link set s1 mtu 1300
dropped "IPv4, larger than the MTU" r too-big c1 "udp $C4@1005 $VIP4@80 len=1350 df=1"
dropped "IPv6, larger than the MTU" r too-big c1 "udp $C6@1005 $VIP6@80 len=1350"
ip -n "${NS[r]}" link set s1 mtu 1500
ctl b1 session flush
ctl b1 setting set port-first 2000 port-last 2000
# Eight sessions have all pairs. The ninth comes at once, as later one of them would make room.
flows=$(printf "udp $C4@%s $VIP4@80 ; " 1101 1102 1103 1104 1105 1106 1107 1108 1109)
dropped "IPv4, no local port" b1 no-port c1 "${flows% ; }"
ctl b1 setting set port-first 1024 port-last 65535
ctl b1 session flush
ctl b1 setting set session-limit 1
dropped "IPv4, too many sessions" b1 session-limit c1 "udp $C4@1010 $VIP4@80; udp $C4@1011 $VIP4@80"
ctl b1 setting set session-limit 10000
ctl b1 server flush web
dropped "IPv4, no server" b1 no-server c1 "udp $C4@1001 $VIP4@80"
dropped "IPv6, no server" b1 no-server c1 "udp $C6@1001 $VIP6@80"
ctl b1 server add web "$S4"
ctl b1 server add web "$S6"
note "reasons: $(printf '%s\n' "${REASONS[@]}" | sort -u | xargs)"
check "15 different reasons" [ "$(printf '%s\n' "${REASONS[@]}" | sort -u | wc -l)" -ge 15 ]

# filters
only "client" "C ${C4//./\\.}:" b1 trace client "$C4"
only "prefix of the client" "C ${C4//./\\.}:" b1 trace client "${C4}/32"
only "VIP" "V ${VIP4//./\\.}:53 " b1 trace vip "$VIP4:53"
only "server" "server ${S4//./\\.}:80 " b1 trace server "$S4"
only "relay, client" "C ${C4//./\\.}:" r relay trace client "$C4"
begin b1 trace client 198.51.100.0/24 for 60
from c1 "udp $C4@3100 $VIP4@80"
from c2 "udp ${ADDR4[c2]}@3100 $VIP4@80"
check "a prefix of both clients" eval "step 'l[12]  C ${C4//./\\.}:3100' && step 'l[12]  C ${ADDR4[c2]//./\\.}:3100'"
finish
begin b1 trace reason unknown-local for 60
from c1 "udp $C4@3200 $VIP4@80"
from s1 "udp $S4@1000 10.1.1.1@2000"
check "reason: it is traced" step ".* DROP unknown-local: "
finish
check_eq "reason: nothing else is" 1 "$(wc -l <"$TMP/lines")"

# JSON, and limits of the command
begin b1 -j trace any count 2 for 60
from c1 "udp $C4@3300 $VIP4@80; udp $C4@3301 $VIP4@80; udp $C4@3302 $VIP4@80"
# shellcheck disable=SC2016 # for eval
check "JSON: an object a line, as many as asked for" wait_for 3 eval '[ "$(json src_port result <"$TMP/lines")" = "3300 sent
3301 sent" ]'
wait "$TRACER"
check_eq "count: it ends by itself, with status 0" 0 $?
ctl b1 trace any for 1 >"$TMP/lines"
check_eq "for: it ends by itself, with status 0" 0 $?
begin b1 trace any for 60
kill -INT "$TRACER"
wait "$TRACER"
check_eq "an interrupt ends it well" 0 $?

# refusals
refused "no filter" 'no filter is given; "any" traces all' b1 trace
refused "no filter on the relay" 'no filter is given' r relay trace count 1
refused "any beside a filter" 'takes no filter' b1 trace any client "$C4"
refused "an unknown reason" 'invalid drop reason' b1 trace reason nonsense
refused "two families" 'different families' b1 trace client "$C4" vip "$VIP6"
refused "client and server on the relay" 'does not know the server' r relay trace client "$C4" server "$S4"
TRACERS=()
for _ in 1 2 3 4 5 6 7 8; do
	begin b1 trace client "$C4" for 60
	TRACERS+=("$TRACER")
done
refused "a ninth tracer" 'has 8 tracers already' b1 trace any
from c1 "udp $C4@3400 $VIP4@80"
for TRACER in "${TRACERS[@]}"; do
	finish
done

# the fast path
for host in b1 r; do
	[ $host = r ] && side=relay module=relay other=rly || side='' module=slb other=slb
	count_ordinary $host
	warm
	check_fast "$host, before: a known flow takes the fast path" c1 $host
	# shellcheck disable=SC2086
	begin $host $side trace client "$C4" for 60
	# without the fast path the relay sees them again when they come from the balancer, as those of another flow
	expected=10
	[ "$host${SLB_MODULE_WORDS:-}" != rfast_path=0 ] || expected=20
	check_eq "$host: a flow that matches takes the ordinary path" "$expected" "$(slow_of_ten c1 $host)"
	check_fast "$host: another flow stays on the fast path" c2 $host
	check_eq "$host: each packet has a line" 10 "$(grep -c "C $(at "$C4" 4000)" "$TMP/lines")"
	check_hooks "$host: while it is traced, the hooks are those that look" "$module" "$host" "${other}_tracing"
	kill -KILL "$TRACER"
	wait "$TRACER" 2>/dev/null
	warm
	check_fast "$host: the tracer was killed: its flow takes the fast path again" c1 $host
	check_hooks "$host: the tracer was killed: no hook looks" "" "$host" "${other}_tracing"
	check_hooks "$host: the tracer was killed: the hooks are the usual ones" "$module" "$host" "${other}_hook"
done

# VIPs, devices and links that come and go
begin b1 trace client "$C4" for 60
ctl b1 vip flush
from c1 "udp $C4@5000 $VIP4@80"
for vip in "udp $VIP4:53" "udp $VIP4:80"; do
	# shellcheck disable=SC2086
	ctl b1 vip add $vip group "$([[ $vip == *:53 ]] && echo dns || echo web)"
done
from c1 "udp $C4@5001 $VIP4@80"
check "the last VIP goes and the first one comes: the trace goes on" step "l[12]  C $(at "$C4" 5001) .* new session"
ip -n "${NS[b1]}" link set l1 down
ip -n "${NS[b1]}" link set l1 up
ip -n "${NS[b1]}" link add dummy1 type dummy
ip -n "${NS[b1]}" link del dummy1
ip -n "${NS[b1]}" link del l2
topology_link 1 2
from c1 "udp $C4@5002 $VIP4@80"
check "devices go and come: the trace goes on" step "l[12]  C $(at "$C4" 5002) .* new session"
finish
warm
check_fast "after that: the fast path" c1 b1

# flood
begin b1 trace vip "$VIP4" count 1000000 for 60
START=$EPOCHREALTIME
seq $FLOOD | sed "s/.*/udp $C4@6000 $VIP4@80/" | on c1 "$PACKETS"
END=$EPOCHREALTIME
handled() {
	[ "$(ctl b1 -s -j session show client "$C4:6000" | json packets | head -n 1)" = $FLOOD ]
}
wait_for 20 handled
finish
shown=$(wc -l <"$TMP/lines")
lost=$(sed -n 's/^slbctl: trace: \([0-9]*\) packets that match were too many.*/\1/p' "$TMP/error")
note "flood: $FLOOD packets in ${START%.*}-${END%.*}, $shown shown, ${lost:-none} told as lost"
check "flood: lines are bounded" [ "$shown" -le $((1000 * (${END%.*} - ${START%.*} + 4))) ]
check_eq "flood: each packet is shown or told as lost" $FLOOD $((shown + ${lost:-0}))
check_eq "flood: the flow goes on" $FLOOD "$(ctl b1 -s -j session show client "$C4:6000" | json packets | head -n 1)"

# namespaces and modules
begin b1 trace any for 60
begin r relay trace any for 60
spawn on c1 "$SLBCTL" relay trace any for 60 >/dev/null 2>&1
wait_for 5 begun "$SPAWNED"
spawn_loop from c1 "udp $C4@7000 $VIP4@80"
check "slb goes while it traces" module_remove slb
check "relay goes while it traces" module_remove relay
end_process "$SPAWNED"
topology_end
check "slb comes again" module_insert slb
check "relay comes again" module_insert relay
topology clients=1 servers=1 balancers=1
topology_config "udp $VIP4:80"
begin b1 trace any for 60
begin r relay trace any for 60
from c1 "udp ${ADDR4[c1]}@7000 $VIP4@80"
check "namespaces go while they are traced" topology_end
