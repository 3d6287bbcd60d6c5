#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Both modules count the same packets and bytes as the two ends: for a transfer in segments that devices do
# not split, for ICMP errors and for echo.
#
#   c1 --- r === b1
#          |
#         s1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

LIB_LINK_WORDS="interval 0"
SIZE=3000000
PACKETS=$SLB_SELFTESTS/tools/packets/packets
# packets and bytes that came in, and that went out, of all that is shown
TRAFFIC='[([.[].in.packets], [.[].in.bytes], [.[].out.packets], [.[].out.bytes]) | add] | join(" ")'
# packets of all links: from clients, to clients, to servers, from servers
LINKS='[([.[].client_in.packets], [.[].client_out.packets], [.[].server_out.packets], [.[].server_in.packets]) | add] |
	join(" ")'

vip() {
	local host=$1
	shift
	ctl "$host" -s -j "$@" | jq -r "$TRAFFIC"
}

links() {
	local host=$1
	shift
	ctl "$host" -s -j "$@" link show | jq -r "$LINKS"
}

# sent HOST: TCP segments that it has sent, those that it sent again included
sent() {
	# shellcheck disable=SC2016
	on "$1" awk '/^Tcp: [0-9]/ { print $12 + $13 }' /proc/net/snmp
}

# Frames that a device of the relay has received; merged packets count as one.
frames() {
	on r cat "/sys/class/net/$1/statistics/rx_packets"
}

# minus AFTER BEFORE: of each number
minus() {
	paste -d' ' <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$2") | awk '{ printf "%s%d", (NR > 1 ? " " : ""), $1 - $2 }'
}

settled() {
	[ "$(vip b1 vip show tcp "$1")" = "$(vip r relay vip show tcp "$1")" ] &&
		[ -z "$(on c1 ss -Htn state established state fin-wait-1 state last-ack)" ]
}

# Segments that the server has sent again.
again() {
	# shellcheck disable=SC2016
	on s1 awk '/^Tcp: [0-9]/ { print $13 }' /proc/net/snmp
}

# transfer TEXT VIP URL SERVER HEAD: HEAD, bytes of IP and TCP headers, time stamps included
transfer() {
	local before now ends repeated payload
	before="$(sent c1) $(sent s1) $(frames s1)" repeated=$(again)
	payload=$(on c1 curl -s -g -o /dev/null -w '%{size_download} %{size_header}' "$3")
	check_eq "$1: all bytes arrive" "$SIZE" "${payload% *}"
	check "$1: VIPs and bytes agree on both" wait_for 10 settled "$2"
	ends=$(minus "$(sent c1) $(sent s1) $(frames s1)" "$before")
	now=$(vip b1 vip show tcp "$2")
	note "$1: segments of client and server, frames: $ends; VIP in and out: $now"
	check_eq "$1: the VIP counts the packets that both ends have sent" "${ends% *}" "$(awk '{ print $1, $3 }' <<<"$now")"
	check_eq "$1: the server counts the same as the VIP" "$now" "$(vip b1 server show web "$4")"
	# the SYN-ACK has eight bytes of options more than data has
	payload=$((${payload/ /+} + $5 * $(awk '{ print $3 }' <<<"$now") + 8))
	if [ "$(again)" = "$repeated" ]; then
		check_eq "$1: bytes are those of the wire" "$payload" "$(awk '{ print $4 }' <<<"$now")"
	else
		check "$1: bytes are those of the wire, and of repetitions" \
			[ "$payload" -lt "$(awk '{ print $4 }' <<<"$now")" ]
	fi
	check "$1: devices have merged" [ $((${ends##* } * 2)) -lt "$(awk '{ print $3 }' <<<"$now")" ]
}

# single TEXT LINKS WORDS...: what links count of it on both, and VIPs do not
single() {
	local text=$1 wanted=$2 vips
	shift 2
	vips="$(vip b1 vip show udp) $(vip r relay vip show udp)"
	BEFORE=$(links b1) BEFORE_R=$(links r relay)
	on c1 "$@" >/dev/null
	check "$text: the links agree" wait_for 5 counted "$wanted"
	check_eq "$text: VIPs do not count it" "$vips" "$(vip b1 vip show udp) $(vip r relay vip show udp)"
}

counted() {
	[ "$(minus "$(links b1)" "$BEFORE") $(minus "$(links r relay)" "$BEFORE_R")" = "$1 $1" ]
}

# begun LINKS: so much more is counted than BEFORE.
begun() {
	[ "$(minus "$(links b1)" "$BEFORE")" = "$1" ] && [ "$(links b1)" = "$(links r relay)" ]
}

# A server that answers only datagrams of 100 bytes and more.
sink() {
	talk_serve s1 udp :: 53 100
}

ktap_plan 32
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "tcp $VIP4:80" "tcp [$VIP6]:80" "udp $VIP4:53" "udp [$VIP6]:53"
ctl b1 setting set udp-new-timeout 600
ctl r relay setting set udp-new-timeout 600
http_server s1 80 || exit 1
head -c $SIZE /dev/zero >"$TMP/http-s1-80/files/big"
transfer IPv4 "$VIP4:80" "http://$VIP4/big" "${ADDR4[s1]}" 52
transfer IPv6 "[$VIP6]:80" "http://[$VIP6]/big" "${ADDR6[s1]}" 72
check_eq "links count the same on both" "$(links b1)" "$(links r relay)"

sink || exit 1
BEFORE=$(links b1)
on c1 "$PACKETS" "udp ${ADDR4[c1]}@1000 $VIP4@53 len=10 ; udp ${ADDR6[c1]}@1000 $VIP6@53 len=10"
check "two flows begin" wait_for 5 begun "2 0 2 0"
single "IPv4 echo" "1 1 0 0" ping -c 1 "$VIP4"
single "IPv6 echo" "1 1 0 0" ping -c 1 "$VIP6"
single "IPv4 error" "1 0 1 0" "$PACKETS" "error ${ADDR4[c1]} $VIP4 type=3 code=3 quote udp $VIP4@53 ${ADDR4[c1]}@1000 len=10"
single "IPv6 error" "1 0 1 0" "$PACKETS" "error ${ADDR6[c1]} $VIP6 type=1 code=4 quote udp $VIP6@53 ${ADDR6[c1]}@1000 len=10"
# The relay has no route for the answer, which the balancer has counted on its way to the client. The relay sends the
# balancer an error.
on r ip route replace unreachable "${ADDR4[c1]}"
on r ip -6 route replace unreachable "${ADDR6[c1]}"
untold() {
	[ "$(minus "$(links b1)" "$BEFORE") $(minus "$(links r relay)" "$BEFORE_R")" = "2 1 2 1 2 0 2 1" ]
}
unroutable() {
	BEFORE=$(links b1) BEFORE_R=$(links r relay)
	on c1 "$PACKETS" "$2"
	check "$1: an error of the relay itself counts on both" wait_for 5 untold
}
unroutable IPv4 "udp ${ADDR4[c1]}@1000 $VIP4@53 len=100"
unroutable IPv6 "udp ${ADDR6[c1]}@1000 $VIP6@53 len=100"
on r ip route replace "${ADDR4[c1]}" dev c1
on r ip -6 route replace "${ADDR6[c1]}" dev c1

# of_vip HOST REASON PROTO ADDR [WORD]: packets of the VIP that were dropped for the reason
of_vip() {
	ctl "$1" -s -j ${5:+"$5"} drop show | jq -r --arg reason "$2" --arg proto "$3" --arg addr "$4" '
		[.[] | select(.name == $reason) | .vips[] | select(.proto == $proto and .addr == $addr) | .packets] | add // 0'
}

# all_vips HOST REASON [WORD]: the packets of all VIPs, and the total
all_vips() {
	ctl "$1" -s -j ${3:+"$3"} drop show | jq -r --arg reason "$2" '
		.[] | select(.name == $reason) | "\([.vips[].packets] | add // 0) of \(.packets)"'
}

# Drops of each VIP.
ctl b1 server set web "${ADDR4[s1]}" weight 0
ctl b1 server set web "${ADDR6[s1]}" weight 0
on c1 "$PACKETS" "udp ${ADDR4[c1]}@2000 $VIP4@53 len=10 ; udp ${ADDR4[c1]}@2001 $VIP4@53 len=10 ; tcp ${ADDR4[c1]}@2002 $VIP4@80 flags=S ; udp ${ADDR6[c1]}@2003 $VIP6@53 len=10"
check "drops of four packets" wait_for 5 [ "$(all_vips b1 no-server)" = "4 of 4" ]
check_eq "drops of each VIP: UDP, IPv4; TCP, IPv4; UDP, IPv6; TCP, IPv6" "2 1 1 0" \
	"$(for vip in "udp $VIP4" "tcp $VIP4" "udp $VIP6" "tcp $VIP6"; do
		# shellcheck disable=SC2086
		of_vip b1 no-server $vip
	done | xargs)"
check "drops of each VIP: the text has them, too" grep -q "^    vip udp  *$VIP4:53  *2$" <(ctl b1 -s drop)
on c1 "$PACKETS" "tcp ${ADDR4[c1]}@2002 $VIP4@80 flags=A"
check_eq "drops of each VIP: another reason" "1 0" "$(of_vip b1 no-session tcp "$VIP4") $(of_vip b1 no-session udp "$VIP4")"
on c1 "$PACKETS" "udp ${ADDR4[c1]}@2000 $VIP4@54 len=10"
check_eq "a packet of no VIP is in the total only" "0 of 1" "$(all_vips r unmatched relay)"
on b1 nft add table ip cut
on b1 nft add chain ip cut forward "{ type filter hook forward priority 0; }"
on b1 nft add rule ip cut forward ip saddr 10.0.0.0/8 drop
ctl b1 server set web "${ADDR4[s1]}" weight 1
on c1 "$PACKETS" "udp ${ADDR4[c1]}@2005 $VIP4@53 len=10"
check_eq "drops of each VIP: a chain" "1" "$(of_vip b1 chain udp "$VIP4")"
on b1 nft delete table ip cut
ctl b1 vip del udp "$VIP4:53" >/dev/null
ctl b1 vip add udp "$VIP4:53" group web
check_eq "a VIP that is added again begins at 0" 0 "$(of_vip b1 no-server udp "$VIP4")"
ctl r relay setting set dead-after 0
ctl r relay balancer flush >/dev/null
on c1 "$PACKETS" "udp ${ADDR4[c1]}@2000 $VIP4@53 len=10 ; udp ${ADDR6[c1]}@2003 $VIP6@53 len=10 ; udp ${ADDR6[c1]}@2004 $VIP6@53 len=10"
check_eq "relay: drops of each VIP" "1 2 0" \
	"$(of_vip r no-balancer udp "$VIP4" relay) $(of_vip r no-balancer udp "$VIP6" relay) $(of_vip r no-balancer tcp "$VIP6" relay)"
