#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Heirs: while a balancer is away, its heir gets the packets of its flows and return ranges, and may send with its
# addresses. The balancers are programs that only keep BFD sessions, and say what the test wants.
#
#   c1 --- r === b1, b2, b3       two links each; the drawing with all addresses is in lib_topology.sh
#          |
#          s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_relay.sh
. "${BASH_SOURCE[0]%/*}/lib_relay.sh"

SYNC=1 BEHIND=3
ktap_plan 60
load_modules relay
topology servers=1 balancers=3
ctl r relay setting set hash-key 00112233445566778899aabbccddeeff dead-after 3000
topology_config_relay "tcp $VIP4:80" "udp $VIP4:53" "tcp [$VIP6]:80" "udp [$VIP6]:53"
C4=${ADDR4[c1]} C6=${ADDR6[c1]} S4=${ADDR4[s1]} S6=${ADDR6[s1]}

# speaks B NUMBER FLAGS: what the probes of a balancer say from now on
speaks() {
	echo "$2 $3" >"$TMP/says-$1.new"
	mv "$TMP/says-$1.new" "$TMP/says-$1"
}

falls_silent() {
	: >"$TMP/says-$1"
}

balancer_begins() {
	local l ends=()
	for l in 1 2; do
		ends+=("100.64.$1.$((16 * l + 2))" "100.64.$1.$((16 * l + 1))"
			"2001:db8:b:$1$l::2" "2001:db8:b:$1$l::1")
	done
	speaks "b$1" "${1}00" $SYNC
	spawn on "b$1" "$SLB_SELFTESTS/tools/packets/probes" keep "$TMP/says-b$1" "${ends[@]}"
}

# shown B WORD: the value of a word of "balancer show"
shown() {
	ctl r -j -s relay balancer show "$1" | json "$2"
}

is() {
	[ "$(shown "$1" "$2")" = "$3" ]
}

is_up() {
	[ "$(ctl r relay link show "$1" | grep -c 'state up')" -eq 2 ]
}

is_down() {
	! ctl r relay link show "$1" | grep -qE 'state (up|held)'
}

is_away() {
	! is "$1" away4 null && ! is "$1" away6 null
}

# dropped REASON: number of packets
dropped() {
	local n
	n=$(drops "$1")
	echo "${n:-0}"
}

is_back() {
	is "$1" away4 null && is "$1" away6 null
}

# The packets of established flows of b1, and answers of the server to its return ranges; their hop limit
# identifies them.
flow_packets() {
	local p
	for p in $PORTS; do
		echo "tcp $C4@$p $VIP4@80 ttl=$1 flags=A"
		echo "tcp $C6@$p $VIP6@80 ttl=$1 flags=A"
		echo "udp $C4@$p $VIP4@53 ttl=$1"
		echo "udp $C6@$p $VIP6@53 ttl=$1"
	done
}

range_packets() {
	local l p
	for l in 1 2; do
		for p in 1001 1002 1003; do
			echo "tcp $S4@7000 10.1.$l.2@$p ttl=$1 flags=A"
			echo "tcp $S6@7000 2001:db8:a:1$l::2@$p ttl=$1 flags=A"
			echo "udp $S4@7000 10.1.$l.2@$p ttl=$1"
			echo "udp $S6@7000 2001:db8:a:1$l::2@$p ttl=$1"
		done
	done
}

# Both are sent, twice: the second packet may take the fast path.
packets_of_b1() {
	flow_packets "$1" | send c1 && flow_packets "$1" | send c1 &&
		range_packets "$1" | send s1 && range_packets "$1" | send s1
}

# at TTL: how many packets with this hop limit came to each balancer: "b1 96 b2 0 b3 0"
at() {
	local b line=''
	for b in b1 b2 b3; do
		line+="$b $(grep -cE "^$b .*(ttl|hlim) $(($1 - 1))," "$TMP/seen") "
	done
	echo "${line% }"
}

# flows_of B: number of TCP and UDP flows whose balancer it is
flows_of() {
	ctl r relay flow show balancer "$1" | wc -l
}

for b in 1 2 3; do
	balancer_begins $b
done
for b in b1 b2 b3; do
	check "the links of $b are up" wait_for 10 is_up $b
done

# ---- the configuration
check "the heir of each balancer is the next one with session sync" wait_for 5 is b1 heir_now b2
check_eq "the heirs form a ring" "b3 b1" "$(shown b2 heir_now) $(shown b3 heir_now)"
check_not "a balancer cannot be its own heir" ctl r relay balancer set b1 heir b1
check_eq "an heir that does not exist is named" "balancer b9 does not exist" \
	"$(ctl r relay balancer set b1 heir b9 2>&1 | grep -o 'balancer b9 does not exist')"
check "an heir is configured" ctl r relay balancer set b1 heir b3
check_eq "it is the heir" "b3 b3" "$(shown b1 heir) $(shown b1 heir_now)"
check_eq "show has what add takes" 1 "$(ctl r relay balancer show b1 | grep -c '^b1 weight 1 heir b3$')"
check_eq "show leaves the default out" 1 "$(ctl r relay balancer show b2 | grep -c '^b2 weight 1$')"
ctl r save "$TMP/saved" && ctl r relay balancer set b1 heir none
check_eq "without an heir there is none" "none null" "$(shown b1 heir) $(shown b1 heir_now)"
check "a saved configuration is applied" ctl r apply "$TMP/saved"
check_eq "it has the heir" b3 "$(shown b1 heir)"
ctl r relay balancer add b4
ctl r relay balancer set b1 heir b4
ctl r relay balancer set b4 name b5
check_eq "a renamed heir remains the heir" b5 "$(shown b1 heir)"
ctl r relay balancer del b5
check_eq "when an heir is deleted, the next one is chosen" "auto b2" "$(shown b1 heir) $(shown b1 heir_now)"

# ---- flows
PORTS=$(seq 4001 4060)
{
	for p in $PORTS; do
		echo "tcp $C4@$p $VIP4@80 ttl=30 flags=S"
		echo "tcp $C6@$p $VIP6@80 ttl=30 flags=S"
	done
	flow_packets 30
	flow_packets 30
} | send c1
check_eq "the relay knows the flows" 240 "$(ctl r relay status show | awk '$1 == "flows" { print $2 }')"
for p in $PORTS; do
	of_b1=$(ctl r relay flow show client "$C4:$p" balancer b1 | wc -l)
	of_b1=$((of_b1 + $(ctl r relay flow show client "[$C6]:$p" balancer b1 | wc -l)))
	[ "$of_b1" -eq 0 ] || mine+=" $p"
done
total=$(flows_of b1)
check "b1 has some of the flows" [ "$total" -gt 0 ]
# Only those count: others do not move.
flow_packets() {
	awk -v ttl="$1" '{ print $1, $2, $3, "ttl=" ttl ($1 == "tcp" ? " flags=A" : "") }' "$TMP/flows"
}
ctl r relay flow show balancer b1 | awk '{ print $1, $3, $5 }' | sed -E 's/\[?([0-9a-f.:]+)\]?:([0-9]+)( |$)/\1@\2\3/g' \
	>"$TMP/flows"
all=$((2 * total + 48))

spawn on r "$SLBCTL" monitor >"$TMP/monitor"
check "captures start" watch_balancers
packets_of_b1 40

# ---- b1 dies
falls_silent b1
check "the links of b1 are down" wait_for 5 is_down b1
check_eq "b1 is not away yet" "null null" "$(shown b1 away4) $(shown b1 away6)"
packets_of_b1 41
check "after dead-after b1 is away" wait_for 10 is_away b1
packets_of_b1 42
check_eq "the flows of b1 are shown at its heir" "$total" "$(ctl r relay flow show balancer b1 | grep -c ' heir b2 ')"
check_eq "they are counted at the heir" "$total" "$(shown b2 heir_flows)"
read -r proto client vip <"$TMP/flows"
explained=$(ctl r relay explain "$proto" client "$(sed -E 's/(.*)@/\1:/; s/^(.*:.*:.*):/[\1]:/' <<<"$client")" \
	vip "$(sed -E 's/(.*)@/\1:/; s/^(.*:.*:.*):/[\1]:/' <<<"$vip")")
check_eq "explain names balancer and heir" 1 "$(grep -c 'balancer b1 is away, its heir b2 has the flow' <<<"$explained")"
check_eq "check reports b1, its heir and the cure" 1 \
	"$(ctl r relay check show | grep -cE 'relay balancer b1: away for .* its heir b2 has its flows; get it back')"
check "an event says that b1 is away" wait_for 5 grep -qE 'relay balancer .*b1 .*away4' "$TMP/monitor"

# ---- sources
capture from s1 eth0 'src net 10.1.0.0/16 or src net 2001:db8:a:10::/60' >/dev/null
for b in 2 3; do
	ip -n "${NS[b$b]}" -batch - <<-END
		route add $S4/32 via 100.64.$b.17
		route add $S6/128 via 2001:db8:b:${b}1::1
	END
	send b$b "udp 10.1.1.1@4444 $S4@4444 ; udp 2001:db8:a:11::1@4444 $S6@4444 ; tcp 10.1.2.1@4444 $S4@4444 flags=A ;
		tcp 2001:db8:a:12::1@4444 $S6@4444 flags=A"
	check_eq "packets of b$b with addresses of b1: $([ $b = 2 ] && echo none is || echo all are) spoofed" \
		"$([ $b = 2 ] && echo 0 || echo 4)" "$(dropped spoofed)"
done
capture_stop from
check_eq "those of the heir were forwarded" 4 "$(capture_count from)"

# ---- b1 is back, without its sessions
speaks b1 100 $BEHIND
check "the links of b1 are up again" wait_for 10 is_up b1
check "b1 stays away" is_away b1
packets_of_b1 43
for p in $(seq 5001 5030); do
	echo "tcp $C4@$p $VIP4@80 ttl=50 flags=S"
	echo "udp $C6@$p $VIP6@53 ttl=50"
done | send c1
speaks b1 100 $SYNC
check "b1 is back" wait_for 5 is_back b1
packets_of_b1 44
told_back() {
	grep "relay balancer .*b1 " "$TMP/monitor" | tail -1 | grep -qv away
}
check "an event says that b1 is back" wait_for 5 told_back
check_eq "b2 has no flows of others" 0 "$(shown b2 heir_flows)"

# ---- a short pause: b1 has its sessions, whatever it says
falls_silent b1
check "b1 is silent for a moment" wait_for 5 is_down b1
speaks b1 100 $BEHIND
check "b1 speaks again" wait_for 5 is_up b1
check "b1 is not away: it has not restarted" is_back b1
packets_of_b1 45
speaks b1 100 $SYNC

# ---- a restart
speaks b1 101 $BEHIND
check "b1 restarts, and is away at once" wait_for 10 is_away b1
check "its links are up" wait_for 10 is_up b1
packets_of_b1 46
speaks b1 101 $SYNC
check "b1 has its sessions back" wait_for 5 is_back b1
packets_of_b1 47

# ---- flows of a single datagram, old enough to be copied; then the heir dies, too
for p in $(seq 6001 6030); do
	echo "udp $C4@$p $VIP4@53 ttl=51"
	echo "udp $C6@$p $VIP6@53 ttl=51"
done | send c1
ctl r relay flow show balancer b1 | awk '$1 == "udp" && $3 ~ /:60[0-3][0-9]$/ { print $1, $3, $5 }' |
	sed -E 's/\[?([0-9a-f.:]+)\]?:([0-9]+)( |$)/\1@\2\3/g' >"$TMP/single"
single=$(wc -l <"$TMP/single")
lib_pause 1.5
falls_silent b1
check "b1 dies again" wait_for 10 is_away b1
sed 's/$/ ttl=52/' "$TMP/single" | send c1
falls_silent b2
check "its heir dies" wait_for 10 is_away b2
check "the next balancer is the heir of b1" wait_for 5 is b1 heir_now b3
packets_of_b1 48
check_eq "no flow was lost, as there always was an heir" 0 "$(dropped flow-lost)"
speaks b2 200 $SYNC
check "b2 is back" wait_for 10 is_back b2

# ---- without an heir
ctl r relay balancer set b1 heir none
packets_of_b1 49
check "without an heir flows are lost" [ "$(dropped flow-lost)" -gt 0 ]
check_eq "check reports sync without an heir" 1 \
	"$(ctl r relay check show | grep -c 'relay balancer b1: session sync is on, but it has no heir')"
speaks b3 300 0
ctl r relay balancer set b2 heir b3
reports() {
	ctl r relay check show | grep -q "$1"
}
check "check reports an heir without sync" wait_for 5 \
	reports "relay balancer b2: session sync is on, but not at its heir b3"

watch_end
check_eq "packets go to b1 while it lives" "b1 $all b2 0 b3 0" "$(at 40)"
check_eq "before dead-after they go to b1" "b1 $all b2 0 b3 0" "$(at 41)"
check_eq "after dead-after they go to the heir" "b1 0 b2 $all b3 0" "$(at 42)"
check_eq "while b1 is behind they go to the heir" "b1 0 b2 $all b3 0" "$(at 43)"
check_eq "when it has its sessions they go to b1" "b1 $all b2 0 b3 0" "$(at 44)"
check_eq "after a short pause they go to b1" "b1 $all b2 0 b3 0" "$(at 45)"
check_eq "after a restart they go to the heir" "b1 0 b2 $all b3 0" "$(at 46)"
check_eq "and back to b1" "b1 $all b2 0 b3 0" "$(at 47)"
check_eq "when the heir has died they go to the next one" "b1 0 b2 0 b3 $all" "$(at 48)"
check_eq "a flow of a single datagram goes to the heir, too" "b1 0 b2 $single b3 0" "$(at 52)"
check_eq "a balancer that is away gets no new flows" "b1 0" "$(at 50 | cut -d' ' -f1,2)"
