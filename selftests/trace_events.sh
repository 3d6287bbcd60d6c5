#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tracepoints of both modules: a drop names the reason that is counted, a session begins, is established and ends
# with its cause, a link goes down, a packet is steered. The examples of Documentation/tracing.rst run.
#
#   c1 --- r === b1
#          |
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

LIB_LINK_WORDS="interval 0"
PACKETS=$SLB_SELFTESTS/tools/packets/packets
DOCUMENT=$SLB_DIR/Documentation/tracing.rst

tracefs() {
	TRACE=$TMP/tracing
	mkdir "$TRACE"
	mount -t tracefs tracefs "$TRACE" || return 1
	defer umount "$TRACE"
	[ -d "$TRACE/events/slb/slb_session" ] && [ -d "$TRACE/events/relay/relay_steer" ] || return 1
	defer eval "echo 0 >$TRACE/events/relay/enable"
	defer eval "echo 0 >$TRACE/events/slb/enable"
	echo 1 >"$TRACE/events/slb/enable"
	echo 1 >"$TRACE/events/relay/enable"
}

forget() {
	: >"$TRACE/trace"
}

# seen EVENT TEXT...: an event has these texts, in this order
seen() {
	local event=$1 text=''
	shift
	text=$(printf '.* %s' "$@")
	grep -qE " $event:$text" "$TRACE/trace"
}

# counters HOST [relay]: the reasons and what is counted
counters() {
	# shellcheck disable=SC2086
	ctl "$1" -s -j ${2:-} drop | jq -r '.[] | "\(.name) \(.packets)"'
}

# dropped TEXT HOST REASON FROM WORDS...: what FROM sends is dropped on HOST, and the reason that is counted is traced
dropped() {
	local text=$1 host=$2 reason=$3 from=$4 side='' event=slb_drop flow
	[ "$host" != r ] || side=relay event=relay_drop
	shift 4
	forget
	counters "$host" $side >"$TMP/before"
	on "$from" "$PACKETS" "$*"
	read -ra flow <<<"$*"
	wait_for 5 seen $event "reason=$reason" "protocol=${flow[0]}" "src=$(shown "${flow[1]}")" \
		"dst=$(shown "${flow[2]}")"
	check_eq "$text: the drop of reason $reason is traced, and counted" "$event $reason" \
		"$(sed -nE "s/.* ((slb|relay)_drop): reason=([^ ]*) .*/\1 \3/p" "$TRACE/trace" | sort -u)$(counters "$host" $side |
			diff "$TMP/before" - | awk -v reason="$reason" '$1 == ">" && $2 != reason { print " and " $2 }')"
}

# shown ADDR@PORT: as a pattern for the traces
shown() {
	local addr=${1%@*}
	[[ $addr != *:* ]] || addr="\\[$addr\\]"
	echo "${addr//./\\.}:${1#*@}"
}

# begins PORT [PROTO]: c1 sends the first packet of two flows, which make sessions
begins() {
	forget
	on c1 "$PACKETS" "udp $C4@$1 $VIP4@53; udp $C6@$1 $VIP6@53"
	wait_for 5 seen slb_session event=new "client=$(shown "$C4@$1")" &&
		wait_for 5 seen slb_session event=new "client=$(shown "$C6@$1")"
}

# ends TEXT PORT WHY COMMAND...: a command ends the sessions of both families, for this cause
ends() {
	local text=$1 port=$2 why=$3
	shift 3
	check "$text: sessions begin" begins "$port"
	check "$text: the command succeeds" "$@"
	check "$text: IPv4, the session ends: $why" wait_for 10 seen slb_session event=end "why=$why" protocol=udp \
		"client=$(shown "$C4@$port")" "vip=$(shown "$VIP4@53")" "local=10\\." "server=$(shown "$S4@53")"
	check "$text: IPv6, the session ends: $why" wait_for 10 seen slb_session event=end "why=$why" protocol=udp \
		"client=$(shown "$C6@$port")" "vip=$(shown "$VIP6@53")" "local=\\[2001:db8:a:" "server=$(shown "$S6@53")"
}

# examples: the lines of the document for tracefs
examples() {
	sed -n 's/^  \(echo .*\)/\1/p' "$DOCUMENT"
}

# names_exist TOOL PATTERN: the kernel has what the lines of the document for a tool name
names_exist() {
	local line name field lines=0
	while read -r line; do
		lines=$((lines + 1))
		while read -r name; do
			name=${name#* }
			name=${name#tracepoint:}
			[ -e "$TRACE/events/${name/:/\/}/format" ] || { note "$name does not exist" && return 1; }
			while read -r field; do
				grep -qE "field:.* $field(\[[0-9]+\])?;" "$TRACE/events/${name/:/\/}/format" ||
					{ note "$name has no $field" && return 1; }
			done < <(grep -oE 'args->[a-z]+' <<<"$line" | sed 's/args->//')
		done < <(grep -oE -e "$2" <<<"$line")
	done < <(sed -n "s/^  \($1 .*\)/\1/p" "$DOCUMENT")
	[ "$lines" -ge 3 ]
}

ktap_plan 51
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "udp $VIP4:53" "udp [$VIP6]:53" "tcp $VIP4:80" "tcp [$VIP6]:80"
tracefs || ktap_skip_all "the kernel has no tracepoints"
C4=${ADDR4[c1]} C6=${ADDR6[c1]} S4=${ADDR4[s1]} S6=${ADDR6[s1]}

dropped "IPv4, the hop is the last one" r ttl c1 "udp $C4@1000 $VIP4@53 ttl=1"
dropped "IPv6, the hop is the last one" r ttl c1 "udp $C6@1000 $VIP6@53 ttl=1"
check "the device of a dropped packet is traced" seen relay_drop device=c1 link=-
dropped "IPv4, no VIP has the port" r unmatched c1 "udp $C4@1000 $VIP4@54"
dropped "IPv4, to a local address" b1 unknown-local s1 "udp $S4@1000 10.1.1.1@2000"
check "the link of a dropped packet is traced" seen slb_drop device=l1 link=l1
dropped "IPv6, to a local address" b1 unknown-local s1 "udp $S6@1000 2001:db8:a:11::1@2000"
on b1 nft -f - <<-'END'
	table inet t {
		chain f { type filter hook forward priority 0; udp dport 53 drop; }
	}
END
dropped "IPv4, FORWARD drops it" b1 chain c1 "udp $C4@1003 $VIP4@53"
dropped "IPv6, FORWARD drops it" b1 chain c1 "udp $C6@1003 $VIP6@53"
on b1 nft delete table inet t
ctl b1 session flush

# the life of a TCP session
ctl b1 setting set tcp-time-wait-timeout 1 tcp-close-timeout 1
http_server s1 80
for addr in "$VIP4" "[$VIP6]"; do
	forget
	[[ $addr == \[* ]] && client="\\[$C6\\]:" || client="${C4//./\\.}:"
	check "$addr: a connection" on c1 curl -gsSm 10 "http://$addr/"
	check "$addr: the session is new" seen slb_session event=new why=- protocol=tcp "client=$client"
	check "$addr: it is established" seen slb_session event=established why=- protocol=tcp "client=$client"
	check "$addr: it is closed" wait_for 20 seen slb_session event=end why=closed protocol=tcp "client=$client"
done
# causes
ends "flush" 1100 flushed ctl b1 session flush
ends "server" 1101 server-deleted ctl b1 server flush
for addr in "$S4" "$S6"; do
	ctl b1 server add web "$addr"
done
ends "VIP" 1102 vip-deleted ctl b1 vip flush
for addr in "$VIP4" "[$VIP6]"; do
	ctl b1 vip add udp "$addr:53" group web
done
check "timeout: sessions begin" begins 1103
ctl b1 setting set udp-new-timeout 1
check "timeout: the session ends: expired" wait_for 20 seen slb_session event=end why=expired "client=$(shown "$C4@1103")"
ctl b1 setting set udp-new-timeout 30 session-limit 2
check "limit: sessions begin" begins 1104
# crowd: one more session, for which an old one makes room once it has been idle for a second
crowd() {
	on c1 "$PACKETS" "udp $C4@1105 $VIP4@53"
	seen slb_session event=end why=yielded "client=($(shown "$C4@1104")|$(shown "$C6@1104"))"
}
check "limit: a session ends: yielded" wait_for 20 crowd
ctl b1 setting set session-limit 1000
ctl b1 session flush

# steering
ctl r relay setting set fast-path no
forget
on c1 "$PACKETS" "udp $C4@1200 $VIP4@53; udp $C6@1200 $VIP6@53"
on c1 "$PACKETS" "udp $C4@1200 $VIP4@53; udp $C6@1200 $VIP6@53"
for pair in "$C4@1200 $VIP4@53" "$C6@1200 $VIP6@53"; do
	for why in hash known-flow; do
		check "${pair%@*}: a packet is steered: $why" wait_for 5 seen relay_steer balancer=b1 "link=l[12]" "why=$why" \
			protocol=udp "src=$(shown "${pair% *}")" "dst=$(shown "${pair#* }")"
	done
done
on s1 "$PACKETS" "udp $S4@53 10.1.1.1@2000; udp $S6@53 2001:db8:a:11::1@2000"
check "IPv4: a packet to a return address" wait_for 5 seen relay_steer balancer=b1 link=l1 why=address \
	"src=$(shown "$S4@")" "dst=$(shown "10.1.1.1@")"
check "IPv6: a packet to a return address" wait_for 5 seen relay_steer balancer=b1 link=l1 why=address \
	"src=$(shown "$S6@")" "dst=$(shown "2001:db8:a:11::1@")"

# links
forget
ip -n "${NS[r]}" link set b1l1 down
for family in 4 6; do
	check "IPv$family: the link goes down at the relay" wait_for 5 seen relay_link link=b1/l1 device=b1l1 \
		"family=ipv$family" from=up to=admin-down
	check "IPv$family: the link goes down at the balancer" wait_for 5 seen slb_link link=l1 device=l1 \
		"family=ipv$family" from=up to=no-carrier
done
forget
on s1 "$PACKETS" "udp $S4@53 10.1.1.1@2000"
check "a packet to a return address of a link that is down" wait_for 5 seen relay_steer balancer=b1 link=l2 why=fallback

ends "link" 1106 link-deleted ctl b1 link flush

run_examples() {
	local line
	while read -r line; do
		(cd "$TRACE" && eval "$line") || return 1
	done < <(examples)
	[ "$(examples | wc -l)" -ge 5 ]
}
check "the examples without tools run" run_examples
check "the examples of perf name tracepoints that exist" names_exist perf '-e [a-z]+:[a-z_]+'
check "the examples of bpftrace name tracepoints and fields that exist" names_exist bpftrace 'tracepoint:[a-z]+:[a-z_]+'
