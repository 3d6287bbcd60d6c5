#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A large configuration: 10,000 VIPs, 1,000 servers of each family under every scheduler, eight links; the
# most specific of several VIPs; dumps while the configuration changes.
#
#   c1 --- r === b1           eight links; the servers are made up
#
# The printed times depend on the machine. The test has no time limits.

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

# timed TEXT COMMAND...: as check, and prints the time that it took
timed() {
	local begin=${EPOCHREALTIME/./}
	check "$@"
	note "$1: $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
}

# vips: "PROTO ADDR:PORTS" of 10000 VIPs, as slbctl shows them: eleven on each address
vips() {
	awk 'BEGIN {
		kinds = split("tcp :80,udp :80,sctp :80,tcp :1000-1999,udp :1000-1999,sctp :1000-1999," \
			"tcp :1500,udp :1500,sctp :1500,any :1400-1600,any ", kind, ",")
		for (n = i = 0; n < 10000; i++) {
			address[1] = sprintf("10.200.%d.%d", i / 250, i % 250 + 1)
			address[2] = sprintf("2001:db8:200::%x", i + 256)
			for (family = 1; family <= 2; family++)
				for (k = 1; k <= kinds && n < 10000; k++) {
					split(kind[k], word, " ")
					host = family == 2 && word[2] ? "[" address[2] "]" : address[family]
					print word[1], host word[2]
					n++
				}
		}
	}'
}

# shown: what slbctl shows of VIPs, as vips writes it
shown() {
	ctl b1 vip show | cut -d' ' -f1,2 | sort
}

same() {
	cmp <(sort "$1") <(shown)
}

test_vips() {
	vips >"$TMP/vips"
	sed 's/.*/vip add & group web/' "$TMP/vips" >"$TMP/add"
	timed "10000 VIPs are added" config b1 <"$TMP/add"
	check_eq "there are 10,000 VIPs" 10000 "$(status b1 vips)"
	timed "10000 VIPs are shown as they were added, each once" same "$TMP/vips"
	check_not "adding the same VIPs again is refused" config b1 <"$TMP/add"
	check_eq "the refused commands add no VIP" 10000 "$(status b1 vips)"
	flows c1 -n 400 udp 10.64.0.0/16@4000 10.200.0.{1..200}@1500
	check_eq "packets find their VIP among 10,000" "200 200" "$(shares_of any:1400-1600 udp:1500)"
}

# shares_of PROTO:PORTS...: sessions of the first 200 addresses' VIPs with these ports, for each
# (a flow of port 1500 of UDP belongs to the VIP of that port alone; so the first count is of ports beside)
shares_of() {
	flows c1 -n 200 udp 10.65.0.0/16@4000 10.200.0.{1..200}@1450
	ctl b1 -s vip show >"$TMP/vip-stats"
	awk '
		/^[^ ]/ { name = $1 ":" $2; sub(/:[^:]*:/, ":", name) }
		$1 == "sessions" { n[name] += $2; if ($2) vips[name]++ }
		END { print vips["any:1400-1600"] + 0, vips["udp:1500"] + 0 }' "$TMP/vip-stats"
}

# Dumps while a loop adds and deletes VIPs: what stays is in each of them, once.
churn() {
	local i
	for ((i = 1; i <= 40; i++)); do
		echo "vip add tcp 10.250.0.$i:443 group web"
	done >"$TMP/churn"
	{
		cat "$TMP/churn"
		sed 's/vip add \(.*\) group web/vip del \1/' "$TMP/churn"
	} >"$TMP/churn-both"
	spawn_loop ctl b1 -b "$TMP/churn-both"
}

dumps_complete() {
	local i told=0
	sort "$TMP/vips" >"$TMP/vips.sorted"
	for i in 1 2 3 4; do
		ctl b1 vip show >"$TMP/dump" 2>"$TMP/dump.err" || return 1
		! grep -q 'changed while' "$TMP/dump.err" || told=$((told + 1))
		grep -v ' 10\.250\.' "$TMP/dump" | cut -d' ' -f1,2 | sort | diff - "$TMP/vips.sorted" || return 1
		[ -z "$(cut -d' ' -f1,2 "$TMP/dump" | sort | uniq -d)" ] || [ -s "$TMP/dump.err" ] || return 1
	done
	echo "$told of 4 dumps were told to be of a changing list"
}

test_dumps() {
	churn 2>/dev/null
	timed "dumps of 10000 VIPs are complete while others come and go" dumps_complete
	note "$(tail -n 1 "$TMP/check")"
	end_process "$SPAWNED"
	ctl b1 vip flush
	check_eq "all VIPs are flushed" 0 "$(status b1 vips)"
}

# "proto port" of packets, and the group of the VIP that they are aimed at: each VIP has one of its own
SPECIFIC="
	tcp 80 all-any		udp 80 all-udp		sctp 80 all-any
	tcp 999 all-any		tcp 1000 range-tcp	tcp 1999 range-tcp	tcp 2000 all-any
	tcp 1199 range-tcp	tcp 1200 inner-tcp	tcp 1300 inner-tcp	tcp 1301 range-tcp
	tcp 1249 inner-tcp	tcp 1250 port-tcp	tcp 1251 inner-tcp
	tcp 1260 port-any	udp 1260 port-any	sctp 1260 port-any
	udp 1000 range-any	udp 1999 range-any	udp 2000 all-udp	sctp 1500 range-any
	udp 1250 range-any	udp 65535 all-udp	tcp 1 all-any		tcp 65535 all-any"
# ... and when the VIPs port-tcp, port-any and all-any have gone
UNCOVERED="tcp 1250 inner-tcp	udp 1260 range-any	tcp 1260 inner-tcp	sctp 1260 range-any	udp 80 all-udp"

# sorted "PROTO PORT GROUP"...
sorted() {
	xargs -n 3 <<<"$*" | sort
}

# aimed ADDR CASES: sends a packet for each of them and prints what they should read
aimed() {
	local proto source=10.64.9.0/24@4000 to
	[[ $1 != *:* ]] || source=2001:db8:c:1::/120@4000
	for proto in tcp udp sctp; do
		mapfile -t to < <(xargs -n 3 <<<"$2" | awk -v p=$proto -v a="$1" '$1 == p { print a "@" $2 }')
		[ "${#to[@]}" -eq 0 ] || flows c1 -n "${#to[@]}" "$proto" "$source" "${to[@]}"
	done
	sessions b1 | awk '{ sub(/.*:/, "", $6); print $2, $6, $14 }' | sort
	ctl b1 session flush >/dev/null
}

test_specific() {
	local addr=$1 name=$2 at=$1 group
	[[ $addr != *:* ]] || at="[$addr]"
	{
		for group in all-any all-udp range-tcp range-any inner-tcp port-tcp port-any; do
			[ "$name" = IPv6 ] || printf '%s\n' "group add $group" "$(share_servers $group 1)"
		done
		# the order in which they come must not matter: inner ones first, and last
		echo "vip add tcp $at:1250 group port-tcp"
		echo "vip add any $addr group all-any"
		echo "vip add tcp $at:1000-1999 group range-tcp"
		echo "vip add any $at:1000-1999 group range-any"
		echo "vip add udp $addr group all-udp"
		echo "vip add tcp $at:1200-1300 group inner-tcp"
		echo "vip add any $at:1260 group port-any"
	} | config b1
	check_eq "$name: the port before the range, inner before outer, the protocol before any" \
		"$(sorted "$SPECIFIC")" "$(aimed "$addr" "$SPECIFIC")"
	printf 'vip del %s\n' "tcp $at:1250" "any $at:1260" "any $addr" | config b1
	check_eq "$name: a covered range is used when the cover is deleted" \
		"$(sorted "$UNCOVERED")" "$(aimed "$addr" "$UNCOVERED")"
	check_eq "$name: a port that only the deleted cover had has no VIP" "" "$(aimed "$addr" "tcp 80 none")"
}

# crosses NAME PROTO PORTS
crosses() {
	check_not "partly overlapping ranges are refused: $1" ctl b1 vip add "$2" "$VIP4:$3" group web
	check_eq "the error text says so: $1" 1 "$(grep -c 'partly overlap ports' "$TMP/check")"
}

# check_not keeps what the command said only when it fails
check_not() {
	local text=$1
	shift
	if "$@" >"$TMP/check" 2>&1; then fail "$text"; else ok "$text"; fi
}

test_crossing() {
	crosses "to the left" tcp 900-1000
	crosses "to the right" tcp 1999-2000
	crosses "an inner one" tcp 1100-1250
	crosses "any protocol" any 1500-2500
	check "ranges of other protocols may partly overlap" ctl b1 vip add sctp "$VIP4:5000-6000" group web
	check "ranges may partly overlap one of another protocol in both directions" ctl b1 vip add udp "$VIP4:5500-6500" group web
	check_not "the same VIP again is refused" ctl b1 vip add tcp "$VIP4:1000-1999" group web
	ctl b1 vip flush
}

test_servers() {
	local sched
	awk -v six="$SERVERS6" 'BEGIN {
		for (i = 0; i < 1000; i++) {
			printf "server add big 192.0.2.%d:%d weight %d\n", 129 + i % 100, 1000 + i, i % 4 + 1
			printf "server add big [%s%x]:%d weight %d\n", six, i % 90 + 1, 1000 + i, i % 4 + 1
		}
	}' >"$TMP/servers"
	ctl b1 group add big
	timed "1000 servers of each family are added" config b1 <"$TMP/servers"
	check_eq "all 2,000 servers are shown, each once" "2000 2000" \
		"$(ctl b1 server show big | wc -l) $(ctl b1 server show big | sort -u | wc -l)"
	echo "vip add any $VIP4 group big" | config b1
	echo "vip add any $VIP6 group big" | config b1
	for sched in rr wrr lc wlc sh mh sed nq p2c; do
		timed "$sched takes 1000 servers" ctl b1 group set big scheduler $sched
		ctl b1 session flush >/dev/null
		flows4 5000
		check "$sched: 5000 flows use the servers" enough 4 "$sched"
		flows6 1000
		check_eq "$sched: 1000 IPv6 flows use the servers" 6000 "$(status b1 sessions)"
	done
	timed "a server of 1000 is changed" ctl b1 server set big 192.0.2.129:1000 weight 7
	timed "a group of 2000 servers loses its VIPs and sessions" ctl b1 vip flush
	check_eq "no session is left" 0 "$(status b1 sessions)"
}

# enough FAMILY SCHEDULER: how many of the servers have got sessions? By turns and by number all of them have;
# by hash, some of weight 1 (two expected of 5000 flows) have none; by chance (p2c) seldom one has none.
enough() {
	local n
	n=$(ctl b1 -o -s server show big | grep -v '\[' | grep -vc ' sessions 0 ')
	echo "$n of 1000 servers have sessions"
	[ "$n" = 1000 ] || { [[ $2 = @(sh|mh|p2c) ]] && [ "$n" -gt 900 ]; }
}

test_links() {
	check_eq "there are eight links" 8 "$(status b1 links)"
	check_not "a ninth link is refused" ctl b1 link add l9 dev l9 via 100.64.9.1 local 10.9.9.9
	check_eq "the error text names the limit of links" 1 "$(grep -c 'at most 8 links' "$TMP/check")"
	echo "vip add any $VIP4 group web" | config b1
	flows4 4000
	sessions b1 | awk "$SESSION_FIELDS"' { print $INGRESS, $RETURN }' >"$TMP/links"
	check_eq "all pairs of two different links are used, and no link with itself" "56 0" \
		"$(sort -u "$TMP/links" | wc -l) $(awk '$1 == $2' "$TMP/links" | wc -l)"
	ctl b1 vip flush
}

ktap_plan 61
share_topology balancers=1 links=8
{
	share_links 1
	echo "group add web"
	share_servers web 4
	echo "setting set udp-new-timeout 3600"
} | config b1
share_relay "any $VIP4" "any $VIP6" any\ 10.200.0.{1..200}
test_links
test_specific "$VIP4" IPv4
test_crossing
test_specific "$VIP6" IPv6
ctl b1 vip flush
test_servers
test_vips
test_dumps
