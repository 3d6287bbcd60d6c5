#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What slbctl explain and slbctl relay explain say of a flow is what becomes of it.
#
#   c1 --- r --- (servers 1 to 4, made up)        thousands of flows from made-up clients; each is explained, and
#          |                                      compared with the session that it got
#          b1

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

FLOW4="udp client 10.64.7.7:4000 vip $VIP4:80"
FLOW6="udp client [2001:db8:c:1::7]:4000 vip [$VIP6]:80"

# one JQ WORDS...: a value of the explanation of one flow, on b1
one() {
	ctl b1 -j explain "${@:2}" | jq -r ".[0] | $1"
}

# relay_one JQ WORDS...: the same on the relay
relay_one() {
	ctl r -j relay explain "${@:2}" | jq -r ".[0] | $1"
}

# placed: "client server return-link ingress-link" of every session
placed() {
	sessions b1 | awk "$SESSION_FIELDS"' { print $CLIENT, $SERVER, $RETURN, $INGRESS }' | sort
}

# explained FILE VIP: of each session of the file, "client server return-links ingress-link" as explained without it
explained() {
	awk -v vip="$2" '{ print "explain udp client", $1, "vip", vip, "ingress", $4 }' "$1" | ctl b1 -b - |
		awk '$2 == "client" { client = $3 }
			$1 == "server" { server = $2 }
			$1 == "in" { print client, server, $7, substr($4, 1, length($4) - 1) }' | sort
}

# agree SCHEDULER FAMILY N VIP: N flows are sent and their sessions ended; then each is explained.
agree() {
	ctl b1 group set web scheduler "$1"
	ctl b1 session flush >/dev/null
	"flows$2" "$3"
	placed >"$TMP/placed"
	ctl b1 session flush >/dev/null
	explained "$TMP/placed" "$4" >"$TMP/explained"
	check_eq "$1: IPv$2: sessions of $3 flows" "$3" "$(wc -l <"$TMP/placed")"
	check "$1: IPv$2: explain tells server and links of all $3 flows" cmp "$TMP/placed" "$TMP/explained"
	check "$1: IPv$2: they are on four servers" [ "$(cut -d' ' -f2 "$TMP/placed" | sort -u | wc -l)" -eq 4 ]
}

test_keyed() {
	local scheduler
	for scheduler in sh mh; do
		agree $scheduler 4 10000 "$VIP4:80"
		agree $scheduler 6 2000 "[$VIP6]:80"
	done
	# shellcheck disable=SC2086
	check_eq "mh: the choice is fixed" true "$(one .fixed $FLOW4)"
}

# Explaining takes no turn: the next flow on that processor gets the server that was explained. Each processor has its own
# turns, so stay on one.
test_turns() {
	local scheduler wanted
	taskset -p 1 $BASHPID >/dev/null
	for scheduler in rr wrr; do
		ctl b1 group set web scheduler $scheduler
		# shellcheck disable=SC2086
		check_eq "$scheduler: explained five times, the server is the same" 1 \
			"$(for _ in 1 2 3 4 5; do one .server $FLOW4; done | sort -u | wc -l)"
		# shellcheck disable=SC2086
		wanted=$(one .server $FLOW4)
		# shellcheck disable=SC2086
		check_eq "$scheduler: the choice is not fixed" false "$(one .fixed $FLOW4)"
		flows c1 udp 10.64.7.7@4000 "$VIP4@80"
		check_eq "$scheduler: the flow gets the server that was explained" "$wanted" \
			"$(ctl b1 -j session show | jq -r '.[0].server')"
		ctl b1 session flush >/dev/null
	done
	taskset -p ffff $BASHPID >/dev/null
}

# explain_session FAMILY SOURCE VIP@PORT WORDS...
explain_session() {
	local family=$1 session down other
	flows c1 udp "$2" "$3"
	ctl b1 -j session show >"$TMP/session"
	ctl b1 -j explain "${@:4}" >"$TMP/answer"
	check_eq "IPv$family: a session: the verdict" session "$(jq -r '.[0].verdict' "$TMP/answer")"
	for session in server local local_port ingress_link group state; do
		check_eq "IPv$family: a session: $session" "$(jq -r ".[0].$session" "$TMP/session")" \
			"$(jq -r ".[0].$session" "$TMP/answer")"
	done
	check_eq "IPv$family: a session: to the server over its return link, to the client over the other one" \
		"$(jq -r '.[0] | .return_link, .ingress_link' "$TMP/session" | xargs)" \
		"$(jq -r '.[0].hops | .server.link, .client.link' "$TMP/answer" | xargs)"
	check_eq "IPv$family: a session: devices of the hops" "$(jq -r '.[0].hops | .server.link, .client.link' "$TMP/answer" | xargs)" \
		"$(jq -r '.[0].hops | .server.dev, .client.dev' "$TMP/answer" | xargs)"
	down=$(jq -r '.[0].return_link' "$TMP/session")
	other=l$((3 - ${down#l}))
	on b1 ip link set "$down" down
	check_eq "IPv$family: a session: while its link is down it leaves over the other one" "$other" \
		"$(one .hops.server.link "${@:4}")"
	on b1 ip link set "$down" up
	share_meet
	wait_for 15 links_up
	ctl b1 session flush >/dev/null
}

# Are all links of the balancer up, not in hold-down, and proven?
links_up() {
	topology_proven && [ "$(ctl b1 -j link show | jq '[.[] | select(.state == "up")] | length')" -eq 2 ]
}

# refused TEXT REASONS WORDS...: the explanation has these reasons, in this order
refused() {
	check_eq "refused: $1" "refused $2" "$(one '[.verdict, (.refusals // [])[].name] | join(" ")' "${@:3}")"
}

# dropped REASON: one packet of the flow is dropped, and counted for that reason
dropped() {
	local before
	before=$(drops b1 "$1")
	flows c1 udp "${2:-10.64.7.7@4000}" "${3:-$VIP4@80}"
	check_eq "refused: $1: the packet is counted so" $((before + 1)) "$(drops b1 "$1")"
}

servers_weight() {
	local n
	for n in 1 2 3 4; do
		echo "server set web $(share_server 4 $n) weight $1"
	done | config b1
}

# shellcheck disable=SC2086
test_refusals() {
	check_eq "no refusal: the packet starts a session" new "$(one .verdict $FLOW4)"
	ctl b1 setting set session-limit 1
	flows c1 -m 1 tcp 10.64.7.8@4000 "$VIP4@80"
	# half-open, so it would make room
	check_eq "at the session limit, but a half-open session makes room" new "$(one .verdict $FLOW4)"
	ctl b1 setting set session-limit 1048576
	ctl b1 session flush >/dev/null
	servers_weight 0
	refused "no server of the family" no-server $FLOW4
	check_eq "another family has servers" new "$(one .verdict $FLOW6)"
	dropped no-server
	refused "a source that is a virtual address, and no server" "martian no-server" udp client "$VIP4:9" vip "$VIP4:80"
	refused "a source that is no host" "martian no-server" udp client 224.0.0.9:9 vip "$VIP4:80"
	servers_weight 1
}

# reasons: why servers get no new sessions, each once
# shellcheck disable=SC2086
reasons() {
	one '[.unusable[].why] | unique | join("; ")' $FLOW4
}

# shellcheck disable=SC2086
test_unusable() {
	local one two three four n
	read -r one two three four < <(for n in 1 2 3 4; do share_server 4 $n; echo; done | xargs)
	printf 'server set web %s\n' "$one state drain" "$two state maint" "$three weight 0" | config b1
	ctl b1 health set web "$four" down why "disk full"
	check_eq "each server gets no new sessions for its own reason" \
		"health down: disk full; state drain; state maint; weight 0" "$(reasons)"
	check "... which text has, too" grep -qx "    server $four gets no new sessions: health down: disk full" \
		<(ctl b1 explain $FLOW4)
	printf 'server set web %s\n' "$one state up" "$two state up" "$three weight 1" | config b1
	check_eq "one of four servers is down: another one is chosen" "new null" "$(one '"\(.verdict) \(.unusable)"' $FLOW4)"
	ctl b1 group set web min-healthy 76%
	check_eq "too few servers are healthy: new sessions are refused" \
		"3 of 4 IPv4 servers are healthy, and min-healthy is 76%" "$(reasons)"
	ctl b1 group set web when-none all
	check_eq "... unless health is ignored" new "$(one .verdict $FLOW4)"
	ctl b1 group set web min-healthy 1 when-none refuse
	ctl b1 health set web "$four" unknown
	check_eq "... or servers are healthy again" new "$(one .verdict $FLOW4)"
}

# shellcheck disable=SC2086
test_no_port() {
	local n from to
	ctl b1 group set web scheduler sh
	ctl b1 setting set port-first 5000 port-last 5000
	# all at once: one that comes a second later would rather end another one than use one link both ways
	for n in 1 2 3 4 5 6 7 8; do
		echo "udp 10.64.7.7@500$n $VIP4@80"
	done | on c1 "$SLB_SELFTESTS/tools/packets/packets"
	lib_pause 1.5
	check_eq "half-open sessions would make room for a local port" new "$(one .verdict $FLOW4)"
	# their server answers, so they do not
	sessions b1 | awk "$SESSION_FIELDS"' { sub(":", "@", $SERVER); sub(":", "@", $LOCAL); print $SERVER, $LOCAL }' |
		while read -r from to; do
			flows c1 udp "$from" "$to"
		done
	refused "no local port is left for this server" no-port $FLOW4
	dropped no-port
	ctl b1 setting set port-first 1024 port-last 65535
	ctl b1 session flush >/dev/null
}

# shellcheck disable=SC2086
test_unmatched() {
	ctl b1 vip add udp "$VIP4:53" group web
	ctl b1 vip del any "$VIP4" >/dev/null
	refused "a port without VIP" unmatched $FLOW4
	check_eq "the VIP with this port still matches" new "$(one .verdict udp client 10.64.7.7:4000 vip "$VIP4:53")"
	ctl b1 setting set unmatched route
	check_eq "unmatched route: the packet is left to routing" foreign "$(one .verdict $FLOW4)"
	ctl b1 setting set unmatched reject
	on b1 ip address add "$VIP4/32" dev lo
	check_eq "the host has the address" host "$(one .verdict $FLOW4)"
	on b1 ip address del "$VIP4/32" dev lo
	check_eq "an address of no VIP" foreign "$(one .verdict udp client 10.64.7.7:4000 vip 203.0.113.99:80)"
	ctl b1 vip add any "$VIP4" group web
	check_eq "of two VIPs the narrower one matches" "17 53 53" \
		"$(one '[(.vip_proto | if . == "udp" then 17 else . end), .vip_first, .vip_last] | join(" ")' udp client 10.64.7.7:4000 vip "$VIP4:53")"
	ctl b1 vip del udp "$VIP4:53" >/dev/null
}

# How the server learns the client's address: as the VIP says or its group, and a session keeps it.
test_address() {
	local flow="udp client 10.64.7.7:4000 vip $VIP4:53" other="udp client 10.64.7.7:4001 vip $VIP4:53"
	ctl b1 -b - <<-END
		group add told client-address toa
		server add told $(share_server 4 1)
		vip add udp $VIP4:53 group web client-address proxy-v2
		vip add tcp $VIP4:54 group told
	END
	# shellcheck disable=SC2086
	{
		check_eq "client-address: not unless it is set" null "$(one .client_address $FLOW4)"
		check_eq "client-address of a VIP" proxy-v2 "$(one .client_address $flow)"
		check "... in text" grep -qx "    the server learns the client's address by proxy-v2" <(ctl b1 explain $flow)
		flows c1 udp 10.64.7.7@4000 "$VIP4@53"
		ctl b1 vip set udp "$VIP4:53" client-address none
		check_eq "a session keeps it when the VIP changes" "session proxy-v2 proxy-v2" \
			"$(one '"\(.verdict) \(.client_address)"' $flow) $(ctl b1 -j session show udp | jq -r '.[0].client_address')"
		check "... and session show has it in text" grep -q " client-address proxy-v2" <(ctl b1 session show udp)
		check_eq "a new session has that of the VIP" "new null" "$(one '"\(.verdict) \(.client_address)"' $other)"
		check_eq "client-address of a group" toa "$(one .client_address tcp client 10.64.7.7:4000 vip "$VIP4:54")"
		ctl b1 vip set tcp "$VIP4:54" client-address none
		check_eq "a VIP overrides its group" null "$(one .client_address tcp client 10.64.7.7:4000 vip "$VIP4:54")"
	}
	printf '%s\n' "vip del udp $VIP4:53" "vip del tcp $VIP4:54" "group del told" | ctl b1 -b - >/dev/null
}

# shellcheck disable=SC2086
test_links() {
	on b1 ip link set l1 down
	on b1 ip link set l2 down
	refused "no link carries packets" no-link $FLOW4
	on b1 ip link set l1 up
	check_eq "one link is up: it is the only return link" l1 "$(one '.return_links.l1 | join(" ")' $FLOW4)"
	on b1 ip link set l2 up
	share_meet
	wait_for 15 links_up
	check_eq "both links are up: each is the other one's return link" "l2 l1" "$(one '.return_links | .l1[0], .l2[0]' $FLOW4 | xargs)"
}

# shellcheck disable=SC2086
test_words() {
	local words
	while read -r words; do
		check_not "refused words: $words" ctl b1 explain $words
	done <<-END
		client 10.64.7.7:4000 vip $VIP4:80
		any client 10.64.7.7:4000 vip $VIP4:80
		udp client 10.64.7.7 vip $VIP4:80
		udp client 10.64.7.7:4000
		udp client 10.64.7.7:4000 vip [$VIP6]:80
		udp client 10.64.7.7:4000 vip $VIP4:80 ingress nolink
		udp client 10.64.7.7:4000 vip $VIP4:80 server 192.0.2.1
	END
	check "text names the return links" grep -qx "    in by link l1: return link l2" <(ctl b1 explain $FLOW4)
	check_eq "a user without privileges is refused" "slbctl: explain udp: not permitted: CAP_NET_ADMIN in the initial user namespace is needed" \
		"$(on b1 setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$SLBCTL" explain $FLOW4 2>&1)"
}

# The relay: flows are explained, then sent; the session's ingress link is the link explained.
test_relay() {
	local n address
	ctl b1 session flush >/dev/null
	for ((n = 1; n <= 200; n++)); do
		address=10.64.8.$n
		echo "relay explain udp client $address:4000 vip $VIP4:80"
	done | ctl r -b - | awk '$2 == "client" { client = $3 } $1 == "balancer" { print client, $2, $4 }' | sort >"$TMP/explained"
	flows c1 -n 200 udp 10.64.8.0/24@4000 "$VIP4@80"
	sessions b1 | awk "$SESSION_FIELDS"' { print $CLIENT, "b1", $INGRESS }' | sort >"$TMP/placed"
	join -j 1 "$TMP/explained" "$TMP/placed" >"$TMP/both"
	check "relay: 150 flows or more were explained and sent" [ "$(wc -l <"$TMP/both")" -ge 150 ]
	check_eq "relay: each comes to the balancer by the link that was explained" "" "$(awk '$2 != $4 || $3 != $5' "$TMP/both")"
	check "relay: both links are among them" [ "$(cut -d' ' -f3 "$TMP/both" | sort -u | wc -l)" -eq 2 ]
	# shellcheck disable=SC2086
	{
		check_eq "relay: a new flow" new "$(relay_one .verdict $FLOW4)"
		check_eq "relay: IPv6: the next hop is the balancer's address" "2001:db8:b:1$(relay_one .link $FLOW6 | tail -c 2)::2" \
			"$(relay_one .hop.via $FLOW6)"
		check_eq "relay: the return ranges" "10.1.1.1-10.1.1.4 10.1.2.1-10.1.2.4" "$(relay_one '.returns | .l1, .l2' $FLOW4 | xargs)"
		ctl r relay setting set flow-limit 1000
		flows c1 udp 10.64.7.7@4000 "$VIP4@80"
		check_eq "relay: a known flow" known "$(relay_one .verdict $FLOW4)"
		check_eq "relay: an address of no VIP" foreign "$(relay_one .verdict udp client 10.64.7.7:4000 vip 203.0.113.99:80)"
		ctl r relay vip add tcp "$VIP4:81"
		ctl r relay vip del any "$VIP4"
		check_eq "relay: a port without VIP" "refused unmatched" "$(relay_one '[.verdict, .refusals[].name] | join(" ")' $FLOW4)"
		ctl r relay vip add any "$VIP4"
		check_eq "relay: the narrower VIP matches" "tcp 81" \
			"$(relay_one '.match | [.proto, .port_first] | join(" ")' tcp client 10.64.7.7:4000 vip "$VIP4:81")"
		ctl r relay balancer del b1 >/dev/null
		check_eq "relay: no balancer" "refused no-balancer" "$(relay_one '[.verdict, .refusals[].name] | join(" ")' $FLOW4)"
	}
}

ktap_plan 92
share_topology balancers=1
{
	share_links 1
	echo "group add web"
	share_servers web 4
	echo "vip add any $VIP4 group web"
	echo "vip add any $VIP6 group web"
	echo "setting set udp-new-timeout 3600"
} | config b1
share_relay "any $VIP4" "any $VIP6"
test_keyed
test_turns
# shellcheck disable=SC2086
explain_session 4 10.64.7.7@4000 "$VIP4@80" $FLOW4
# shellcheck disable=SC2086
explain_session 6 2001:db8:c:1::7@4000 "$VIP6@80" $FLOW6
test_refusals
test_unusable
test_no_port
test_unmatched
test_address
test_links
test_words
test_relay
