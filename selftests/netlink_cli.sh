#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slbctl with both modules: wrong command lines are refused with one line that names the fault, and change
# nothing. Commands accept what show prints. JSON has the same objects as the text. Options and abbreviations
# work. unit/slbctl_cli.sh tests what slbctl itself refuses.
#
#   c1 --- r === b1     b1 has slb, r has relay; the drawing with all addresses is in lib_topology.sh
#          |
#         s1, s2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# What the error must say | the command line that the balancer's or the relay's module must refuse.
REFUSED='
link l1 already exists|link add l1 dev x via 100.64.1.97 local 10.1.9.1
device l1 belongs to link l1|link add l9 dev l1 via 100.64.1.97 local 10.1.9.1
link l9: local addresses overlap those of link l1|link add l9 dev x via 100.64.1.97 local 10.1.1.4-10.1.1.9
link l9: local addresses overlap those of link l2|link add l9 dev x via 2001:db8::1 local 2001:db8:a:12::-2001:db8:a:12::ff
own local addresses (at "via 10.1.9.1")|link add l9 dev x via 10.1.9.1 local 10.1.9.1
link l9: local range contains the next hop (via) of link l1|link add l9 dev x via 100.64.1.97 local 100.64.1.17
link l9: the next hop (via) is a local address of link l2|link add l9 dev x via 10.1.2.4 local 10.1.9.1
link l9: the range of local addresses contains the address of a VIP|link add l9 dev x via 100.64.1.97 local 203.0.113.80
link l9: the next hop (via) is the address of a VIP|link add l9 dev x via 203.0.113.80 local 10.1.9.1
the next hop (via) must be a unicast address, not multicast (at "via 224.0.0.1")|link add l9 dev x via 224.0.0.1 local 10.1.9.1
unicast address, not in 0.0.0.0/8 (at "via 0.0.0.0")|link add l9 dev x via 0.0.0.0 local 10.1.9.1
unicast address, not multicast (at "via ff02::1")|link add l9 dev x via ff02::1 local 2001:db8::1
a range has at most 65536 addresses, of IPv6 all in one /96 (at "local 10.0.0.0-10.1.0.0")|link add l9 dev x via 100.64.1.97 local 10.0.0.0-10.1.0.0
(at "local 2001:db8::-2001:db8::1:0")|link add l9 dev x via 2001:db8:1::1 local 2001:db8::-2001:db8::1:0
(at "local 239.0.0.1")|link add l9 dev x via 100.64.1.97 local 239.0.0.1
(at "local fe80::1")|link add l9 dev x via 2001:db8:1::1 local fe80::1
not IPv4-mapped (at "local ::ffff:10.1.1.1")|link add l9 dev x via 2001:db8:1::1 local ::ffff:10.1.1.1
a loopback device cannot be a link: it has no other end (at "dev lo")|link add l9 dev lo via 100.64.1.97 local 10.1.9.1
a loopback device cannot be a link: it has no other end (at "dev lo")|link set l1 dev lo
device l1 belongs to link l1|link replace l9 dev l1 via 100.64.1.97 local 10.1.9.1
link l2: device l1 belongs to link l1|link replace l2 dev l1 via 100.64.1.33 local 10.1.2.1-10.1.2.4
link l9 does not exist|link set l9 weight 5
link l9 does not exist|link set l9 name l7
link l2 already exists|link set l1 name l2
link l1 already exists|link set l1 name l1
a name is changed alone|link set l1 name l7 weight 3
link l9 does not exist|link del l9
link l9 does not exist|link show l9
link l2: device l1 belongs to link l1|link set l2 dev l1
the IPv4 host must be one of several local addresses of the link (at "host 10.1.2.9")|link set l2 host 10.1.2.9
the IPv6 host must be one of several local addresses of the link (at "host 2001:db8:a:14::9")|link set unusual host 2001:db8:a:14::9
link l2: local addresses overlap those of link l1|link set l2 local 10.1.1.1
own local addresses (at "via 10.1.1.2")|link set l1 via 10.1.1.2
link l1: the range of local addresses contains the address of a VIP|link set l1 local 203.0.113.0-203.0.113.255
group web already exists|group add web
invalid scheduler "best" (valid: rr, wrr, lc, wlc, sed, nq, p2c, sh, mh) (at "scheduler best")|group add new scheduler best
scheduler rr has no table, only mh has (at "table-size 13")|group add new table-size 13
must be a prime from 3 to|group add new scheduler mh table-size 65536
must be a prime from 3 to|group set web scheduler mh table-size 4
group none does not exist|group set none scheduler rr
group web already exists|group set web name web
a name is changed alone|group set web name site scheduler rr
slow-start would move flows of scheduler sh at each step (at "slow-start 5")|group add new scheduler sh slow-start 5
slow-start would move flows of scheduler mh at each step (at "scheduler mh")|group set tiers scheduler mh
a name is changed alone|group set web name site client-address toa
client-address toa is not for VIPs of udp, only for tcp (at "client-address toa")|group set web client-address toa min-healthy 3
client-address toa is not for VIPs of udp, only for tcp|group replace web client-address toa
group none does not exist|group del none
group none does not exist|group show none
VIP(s) use group web: delete them first|group del web
VIP(s) use group web: delete them first|group flush
group none does not exist|server add none 192.0.2.99
group web already has this server|server add web 192.0.2.11
server web 224.0.0.1: the address of the server must be|server add web 224.0.0.1
server web 127.0.0.1:80: the address of the server must be|server add web 127.0.0.1:80
server web ff02::1: the address of the server must be|server add web ff02::1
only a server that drains (state drain) has a deadline (at "deadline 5")|server set web 192.0.2.11 deadline 5
group none does not exist|health set none 192.0.2.11 up
group web has no such server|health set web 192.0.2.99 up
link none does not exist (at "link none")|health set web 192.0.2.11 down link none
group none does not exist|health show none
group web has no such server|health show web 192.0.2.99
group none does not exist|server flush none
group none does not exist|server replace none 192.0.2.99
group none does not exist|vip replace tcp 203.0.113.80:80 group none
group web: invalid scheduler "best" (valid: rr, wrr, lc, wlc, sed, nq, p2c, sh, mh)|group replace web scheduler best
b1 already has l1|relay link add b1 l1 dev x via 100.64.9.1 return 10.9.9.1
relay link b1 l1: return overlaps b1 l2|relay link replace b1 l1 dev b1l1 via 100.64.1.18 return 10.1.2.1 via 2001:db8:b:11::2 return 2001:db8:a:11::1-2001:db8:a:11::4
group web has no such server|server del web 192.0.2.11:81
group web has no such server|server set web 2001:db8:5::99 weight 3
group web has no such server|server show web 192.0.2.99
group none does not exist|vip add tcp 203.0.113.81 group none
tcp 203.0.113.80:80: the VIP already exists|vip add tcp 203.0.113.80:80 group web
ports 5-5000 partly overlap ports 5000-6000|vip add any 203.0.113.80:5-5000 group web
ports 6000-65535 partly overlap ports 5000-6000|vip add udp 203.0.113.80:6000-65535 group web
is a local address of link l1|vip add tcp 10.1.1.1 group web
is a local address of link l2|vip add any [2001:db8:a:12::4]:80 group web
is the next hop (via) of link l1|vip add tcp 100.64.1.17 group web
the address of the VIP must be|vip add tcp 224.0.0.80 group web
the address of the VIP must be|vip add tcp 127.0.0.1:80 group web
unicast address, not link-local|vip add tcp 169.254.1.1:80 group web
unicast address, not in 0.0.0.0/8|vip add tcp 0.1.2.3:80 group web
unicast address, not IPv4-compatible|vip add tcp [::10.0.0.1]:80 group web
unicast address, not site-local|vip add tcp [fec0::1]:80 group web
address and ports does not exist|vip set tcp 203.0.113.80:81 group web
group none does not exist|vip set tcp 203.0.113.80:80 group none
client-address toa is not for VIPs of udp, only for tcp (at "client-address toa")|vip set udp 203.0.113.80:5000-6000 client-address toa
client-address toa is not for VIPs of udp, only for tcp (at "client-address toa")|vip add udp 203.0.113.80:7 group web client-address toa
client-address toa is not for VIPs of any, only for tcp (at "client-address toa")|vip add any 203.0.113.80:7 group web client-address toa
client-address proxy-v2 is not for VIPs of any, only for tcp and udp (at "client-address proxy-v2")|vip add any 203.0.113.80:7 group web client-address proxy-v2
client-address proxy-v2 is not for VIPs of sctp, only for tcp and udp (at "client-address proxy-v2")|vip add sctp 203.0.113.80:7 group web client-address proxy-v2
client-address toa is not for VIPs of udp, only for tcp (at "group told")|vip set udp 203.0.113.80:5000-6000 group told
client-address toa is not for VIPs of udp, only for tcp (at "client-address group")|vip set udp 203.0.113.80:5000-6000 group told client-address group
client-address toa is not for VIPs of sctp, only for tcp (at "group told")|vip add sctp 203.0.113.80:7 group told
client-address toa is not for VIPs of any, only for tcp (at "group told")|vip replace any 203.0.113.80:7 group told
address and ports does not exist|vip del udp 203.0.113.80:5000
address and ports does not exist|vip del any 203.0.113.80:80
address and ports does not exist|vip show tcp 203.0.113.99
first local port, 65535, is above the last, 1000|setting set port-first 65535 port-last 1000
first local port, 2000, is above the last, 1999|setting set session-limit 5 fast-path yes port-first 2000 port-last 1999
link none does not exist|session show link none
group none does not exist|session flush group none
session: the address of the client must be|session flush client 224.0.0.1
balancer b1 already exists|relay balancer add b1
balancer b9 does not exist|relay balancer set b9 weight 5
balancer b1 already exists|relay balancer set b1 name b1
a name is changed alone|relay balancer set b1 name b7 weight 1
balancer b9 does not exist|relay balancer del b9
balancer b9 does not exist|relay link add b9 l1 dev x via 100.64.9.1 return 10.9.9.1
relay link b1 l9: return overlaps b1 l1|relay link add b1 l9 dev x via 100.64.9.1 return 10.1.1.0-10.1.1.1
relay link b1 l9: return has via: b1 l2|relay link add b1 l9 dev x via 100.64.9.1 return 100.64.1.34
relay link b1 l9: via in return: b1 l2|relay link add b1 l9 dev x via 10.1.2.1 return 10.9.9.1
relay link b1 l9: return has VIP tcp 203.0.113.80:80|relay link add b1 l9 dev x via 100.64.9.1 return 203.0.113.80
relay link b1 l9: via is VIP tcp 203.0.113.80:80|relay link add b1 l9 dev x via 203.0.113.80 return 10.9.9.1
own next hop|relay link set b1 l1 via 10.1.1.1
unicast address, not multicast (at "via 224.0.0.9")|relay link add b1 l9 dev x via 224.0.0.9 return 10.9.9.1
a range has at most 65536 addresses, of IPv6 all in one /96 (at "return 10.8.0.0-10.9.0.0")|relay link add b1 l9 dev x via 100.64.9.1 return 10.8.0.0-10.9.0.0
a loopback device cannot be a link: it has no other end (at "dev lo")|relay link add b1 l9 dev lo via 100.64.9.1 return 10.9.9.1
not link-local (at "return 169.254.1.1-169.254.1.4")|relay link set b1 l1 return 169.254.1.1-169.254.1.4
no link l9 at b1|relay link del b1 l9
no link l9 at b1|relay link set b1 l9 weight 1
b1 already has l2|relay link set b1 l1 name l2
VIP udp 203.0.113.80:5000-6000 already exists|relay vip add udp 203.0.113.80:5000-6000
partly overlaps VIP udp 203.0.113.80:5000-6000|relay vip add udp 203.0.113.80:5500-7000
relay vip tcp 10.1.1.1: in return of b1 l1|relay vip add tcp 10.1.1.1
relay vip tcp 100.64.1.18: is via of b1 l1|relay vip add tcp 100.64.1.18
the address of the VIP must be a routed unicast address, not broadcast|relay vip add udp 255.255.255.255:53
VIP tcp 203.0.113.80:81 does not exist|relay vip del tcp 203.0.113.80:81
no VIP has this protocol, address and port|relay flow show tcp client 198.51.100.11:1 vip 203.0.113.80:81
'

# The same for what slbctl refuses itself, so that the modules are not even asked.
WRONG='
invalid object "lnk"|lnk
"s" is ambiguous|s
invalid command "frob"|vip frob
invalid keyword "wieght"|link set l1 wieght 5
invalid keyword "name"|group add more name site
invalid name name "a/b"|group set web name a/b
invalid weight "65536"|server set web 192.0.2.11 weight 65536
invalid port range in "203.0.113.80:90-80": the first port|vip add tcp 203.0.113.80:90-80 group web
invalid port "0" in "203.0.113.80:0"|vip add tcp 203.0.113.80:0 group web
invalid address "203.0.113.800"|vip add tcp 203.0.113.800 group web
invalid protocol "icmp"|vip add icmp 203.0.113.80 group web
"dev DEV" is missing|link add l9
"local ADDR[-ADDR]" is missing|link add l9 dev x via 100.64.1.97
invalid address range "10.1.9.9-10.1.9.1": the first address is above the last|link add l9 dev x via 100.64.1.97 local 10.1.9.9-10.1.9.1
invalid session-limit "0"|setting set session-limit 0
invalid client-address "group" (valid: none, proxy-v2, toa)|group set web client-address group
invalid client-address "yes" (valid: group, none, proxy-v2, toa)|vip set tcp 203.0.113.80:80 client-address yes
invalid udp-timeout "864001"|setting set udp-timeout 864001
invalid fast-path "maybe"|relay setting set fast-path maybe
the hash-key has 3 characters|setting set hash-key abc
"client" is IPv4 but "vip" is IPv6|relay flow show tcp client 198.51.100.11:1 vip [2001:db8:f::80]:80
invalid command "set"|relay vip set tcp 203.0.113.80:80
'

CONFIG_B1='group add other scheduler mh table-size 251
server add other 192.0.2.12:8080 weight 0
server add other [2001:db8:5::12]:8080 weight 65535
vip add sctp 203.0.113.81:1-65535 group other
vip add any 203.0.113.80:7000 group other
vip add tcp [2001:db8:f::80]:80 group other
group add tiers min-healthy 50% when-none all tier-min 2 slow-start 86400 client-address proxy-v2
group add shares min-healthy 0 tier-min 100%
group add told client-address toa
vip add udp 203.0.113.81:53 group tiers
vip add tcp 203.0.113.81:53 group tiers client-address toa
vip add sctp 203.0.113.82:53 group tiers client-address none
server add tiers 192.0.2.21 tier 15 state maint
server add tiers 192.0.2.22 state drain
server add shares 2001:db8:5::21 weight 2
link set l2 weight 3
link add l3 dev none-such via 2001:db8:b:13::1 local 2001:db8:a:13::1
link add unusual dev none-at-all via 2001:db8:b:14::1 local 2001:db8:a:14::1-2001:db8:a:14::4 host 2001:db8:a:14::4 interval 10 misses 255 recover 1 hold 0 shared yes
link add usual dev none-here via 100.64.3.1 local 10.1.4.1-10.1.4.4 host 10.1.4.2 interval 100 misses 3 recover 3 hold 1000 shared no
setting set session-limit 1000 port-first 2000 udp-timeout 7 udp-new-timeout 600 health-ttl 700 tcp-close-timeout 600 proxy-every yes proxy-checksum yes fast-path no'
CONFIG_R='relay balancer add b-2.x:y_z weight 0
relay link set b1 l2 weight 9
relay link add b-2.x:y_z l1 dev none-such via 100.64.2.18 return 10.2.1.1
relay vip add sctp 203.0.113.81:1-65535
relay vip add any 203.0.113.80:7000
relay setting set dead-reset no fast-path no
relay link add b1 unusual dev none-at-all via 100.64.4.18 return 10.4.1.1 interval 0 misses 7 recover 8 hold 9 shared yes
relay link add b1 usual dev none-such via 100.64.3.18 return 10.3.1.1 interval 100 misses 3 recover 3 hold 1000 shared no'

# What add takes; setting is set.
NOUNS_B1=(link group server vip) NOUNS_R=("relay vip" "relay balancer" "relay link")

# HOST of a command line.
host_of() {
	[[ $1 == relay* ]] && echo r || echo b1
}

# What a link has learnt of the other end's VIPs.
NO_DIFFER='s/ vips-differ yes//g'

show_all() {
	local noun nouns=("${NOUNS_B1[@]}" setting status drop session)
	[ "$1" = b1 ] || nouns=("${NOUNS_R[@]}" "relay setting" "relay status" "relay drop")
	# flows of the relay expire; recreated links may receive probes of their old sessions; each change counts; the other
	# end learns of changed VIPs by the next probe
	for noun in "${nouns[@]}"; do
		echo "$noun show"
	done | ctl "$@" -b - | grep -vE '^(flows|probe|generation)' | sed -E "$NO_DIFFER"
}

# refused STATUS TEXT LINE: exit status, one line on stderr that has the text, and show as before.
refused() {
	local status=0 error host text=$2
	local -a words
	read -r -a words <<<"$3"
	host=$(host_of "$3")
	error=$(ctl "$host" "${words[@]}" 2>&1 >/dev/null) || status=$?
	if [ "$status" -eq "$1" ] && [[ $error == "slbctl: "*"$text"* && $error != *$'\n'* ]] &&
		[ "$(show_all "$host")" = "${SHOWN[$host]}" ]; then
		ok "refused: $3"
		return
	fi
	fail "refused: $3"
	note "wanted status $1 and: $text"
	note "got status $status and: $error"
	show_all "$host" | diff - <(echo "${SHOWN[$host]}") | sed 's/^/# /'
	SHOWN[$host]=$(show_all "$host")
}

refused_lines() {
	local line
	while IFS= read -r line; do
		[ -z "$line" ] || refused "$1" "${line%%|*}" "${line#*|}"
	done
}

# The first line of each object that show prints, as commands of a batch.
as_commands() {
	local host=$1 noun
	shift
	for noun in "$@"; do
		# shellcheck disable=SC2086
		ctl "$host" $noun | sed "/^ /d; s/^/$noun add /"
	done
}

# The text of show, made from its JSON: the input is a noun and what -j shows, again and again.
# shellcheck disable=SC2016
JQ='def at(a; p): if p == null or p == 0 then a elif (a | test(":")) then "[\(a)]:\(p)" else "\(a):\(p)" end;
def ports: if .port_last != null and .port_last != .port_first
	then "\(.port_first)-\(.port_last)" else .port_first end;
def range(a; b): if a == b then a else "\(a)-\(b)" end;
def pair(v; w; a; b): if v then " via \(v) \(w) \(range(a; b))" else "" end;
def but(w; v; usual): if v == null or v == usual then "" else " \(w) \(v)" end;
def share(w; n; p): if p == null then but(w; n; 1) else " \(w) \(p)%" end;
def link(w): pair(.via4; w; .local4_first // .return4_first; .local4_last // .return4_last) + but("host"; .host4; null) +
	pair(.via6; w; .local6_first // .return6_first; .local6_last // .return6_last) + but("host"; .host6; null) +
	" weight \(.weight)" + (if .interval != 100 then " interval \(.interval)" else "" end) +
	(if .misses != 3 then " misses \(.misses)" else "" end) +
	(if .recover != 3 then " recover \(.recover)" else "" end) +
	(if .hold != 1000 then " hold \(.hold)" else "" end) + (if .shared then " shared yes" else "" end) +
	" state \(.state)";
def line($noun):
	if $noun == "link" then "\(.name) dev \(.dev)\(link("local"))"
	elif $noun == "relay link" then "\(.balancer) \(.name) dev \(.dev)\(link("return"))"
	elif $noun == "group" then "\(.name) scheduler \(.scheduler)" +
		(if .table_size then " table-size \(.table_size)" else "" end) +
		share("min-healthy"; .min_healthy; .min_healthy_percent) + but("when-none"; .when_none; "refuse") +
		share("tier-min"; .tier_min; .tier_min_percent) + but("slow-start"; .slow_start; 0) +
		but("client-address"; .client_address; "none") +
		" servers \(.servers) usable \(.usable) vips \(.vips) healthy \(.healthy) active-tier \(.active_tier)"
	elif $noun == "server" then "\(.group) \(at(.addr; .port)) weight \(.weight)" + but("tier"; .tier; 0) +
		but("state"; .state; "up") + (if .drained then " drained yes" else "" end)
	elif $noun == "vip" then "\(.proto) \(at(.addr; ports)) group \(.group)" + but("client-address"; .client_address; null)
	elif $noun == "relay vip" then "\(.proto) \(at(.addr; ports))"
	elif $noun == "relay balancer" then
		"\(.name) weight \(.weight) links \(.links) links-up \(.links_up)"
	elif $noun == "session" then "proto \(.proto) client \(at(.client; .client_port))" +
		" vip \(at(.vip; .vip_port)) server \(at(.server; .server_port))" +
		" local \(at(.local; .local_port)) link \(.return_link) group \(.group)" +
		" ingress \(.ingress_link) state \(.state)"
	else to_entries[] | "\(.key | gsub("_"; "-")) \(.value | if . == true then "yes" elif . == false then "no"
		elif type == "array" then join(",") else . end)"
	end;
range(0; length; 2) as $i | .[$i] as $noun | .[$i + 1][] | "\($noun)|\(line($noun))"'

# both_forms NOUN...: leaves the text of show in $TMP/text, and the same made from its JSON in $TMP/json.
both_forms() {
	local noun
	for noun in "$@"; do
		# shellcheck disable=SC2086
		ctl "$(host_of "$noun")" $noun | sed -z "s/\\n   //g" | sed -E "s/ age .*//; s/ usable (yes|no).*//; $NO_DIFFER; s/^/$noun|/"
	done >"$TMP/text"
	for noun in "$@"; do
		echo "\"$noun\""
		# shellcheck disable=SC2086
		ctl "$(host_of "$noun")" -j $noun
	done | jq -rs "$JQ" >"$TMP/json"
}

same_in_json() {
	check_eq "JSON has what the text has: $1" "$(grep "^$1|" "$TMP/text")" "$(grep "^$1|" "$TMP/json")"
}

# Whatever the options are, it is an array. jq takes long to start: it is given all at once.
test_json() {
	local noun option
	for noun in "${JSON_NOUNS[@]}"; do
		for option in "-j" "-j -s" "-p -s" "-j -o -c"; do
			echo "\"$noun\""
			# shellcheck disable=SC2086
			ctl "$(host_of "$noun")" $option $noun
		done
	done | jq -r 'if type == "string" then . else type end' >"$TMP/types"
	for noun in "${JSON_NOUNS[@]}"; do
		check_eq "JSON, whatever the options: $noun" 4 "$(grep -A1 -x "$noun" "$TMP/types" | grep -cx array)"
	done
	both_forms "${SAME_NOUNS[@]}"
	for noun in "${SAME_NOUNS[@]}"; do
		same_in_json "$noun"
	done
}

# Words that mean another command line.
same_output() {
	local -a short long
	read -r -a short <<<"$1"
	read -r -a long <<<"$2"
	check_eq "\"$1\" is \"$2\"" "$(ctl "$(host_of "$2")" "${long[@]}")" "$(ctl "$(host_of "$2")" "${short[@]}")"
}

# The whole configuration, including default values that the text omits.
# What changes by itself is no part of it.
all_json() {
	local noun
	for noun in "${NOUNS_B1[@]}" setting "${NOUNS_R[@]}" "relay setting"; do
		# shellcheck disable=SC2086
		ctl "$(host_of "$noun")" -j $noun | jq -c 'map(del(.no_answer, .no_answer_since, .usable, .why)?)'
	done
}

test_feed_back() {
	SHOWN=([b1]=$(show_all b1) [r]=$(show_all r))
	as_commands b1 "${NOUNS_B1[@]}" >"$TMP/b1"
	as_commands r "${NOUNS_R[@]}" >"$TMP/r"
	ctl b1 setting | sed 's/^/setting set /' >>"$TMP/b1"
	ctl r relay setting | sed 's/^/relay setting set /' >>"$TMP/r"
	all_json >"$TMP/json-before"
	check "the balancer is flushed" ctl b1 -b - <<<$'vip flush\nserver flush\ngroup flush\nlink flush
setting set session-limit 5 port-first 7 udp-timeout 8 fast-path yes'
	check "the relay is flushed" ctl r -b - <<<$'relay vip flush\nrelay link flush\nrelay balancer flush
relay setting set flow-limit 5 dead-reset yes udp-timeout 8 fast-path yes'
	check_eq "the balancer has nothing" "" "$(as_commands b1 "${NOUNS_B1[@]}")"
	check_eq "the relay has nothing" "" "$(as_commands r "${NOUNS_R[@]}")"
	check "the balancer takes what it printed" ctl b1 -b "$TMP/b1"
	check "the relay takes what it printed" ctl r -b "$TMP/r"
	check_eq "the balancer prints the same again" "${SHOWN[b1]}" "$(show_all b1)"
	check_eq "the relay prints the same again" "${SHOWN[r]}" "$(show_all r)"
	all_json >"$TMP/json-after"
	check "both print the same again in JSON, which has what text leaves out" \
		diff "$TMP/json-before" "$TMP/json-after"
}

sessions() {
	[ "$(ctl b1 session show "${@:2}" | wc -l)" -eq "$1" ]
}

flows() {
	[ "$(ctl r relay flow show "${@:2}" | wc -l)" -eq "$1" ]
}

# The server resets the connection meanwhile, so its state may change between two commands.
tcp_by_state() {
	sessions 1 proto tcp state "$(ctl b1 -j session show tcp | json state)"
}

tcp_forgotten() {
	[ "$(ctl r relay flow flush state "$(ctl r -j relay flow show tcp | json state)")" = "1 flow forgotten" ]
}

# Four UDP sessions, two of each family, and one of TCP, which both modules have.
counts() {
	check_eq "count: sessions of a filter" 4 "$(ctl b1 session show udp count)"
	check_eq "count by client: both families" "${ADDR4[c1]} 2,${ADDR6[c1]} 2" \
		"$(ctl b1 session show udp count by client | paste -sd ,)"
	check_eq "count by vip, in JSON: the ports of each" "53 54 5000 5001" \
		"$(ctl b1 -j session show udp count by vip | json vip_port | sort -n | xargs)"
	check_eq "limit: so many sessions" 3 "$(ctl b1 session show limit 3 | wc -l)"
	check_eq "count by state: flows of the relay" "udp-new 4" "$(ctl r relay flow show udp count by state)"
	check_eq "count by balancer: flows of the relay, in JSON" '[{"balancer":"b1","count":4}]' \
		"$(ctl r -j relay flow show udp count by balancer)"
}

# del takes the words of a session that show prints.
test_sessions() {
	local line
	local -a words
	on c1 "$SLB_SELFTESTS/tools/packets/packets" "udp ${ADDR4[c1]}@1001 $VIP4@5000 len=10 ;
		udp ${ADDR4[c1]}@1002 $VIP4@5001 len=10 ; udp ${ADDR6[c1]}@1003 $VIP6@53 len=10 ;
		udp ${ADDR6[c1]}@1004 $VIP6@54 len=10 ; tcp ${ADDR4[c1]}@1005 $VIP4@80"
	check "there are five sessions" wait_for 5 sessions 5
	both_forms session
	same_in_json session
	check "show takes a filter" sessions 2 client "[${ADDR6[c1]}]"
	check "show takes a protocol without its keyword" sessions 4 udp
	check "show takes a state" sessions 4 state udp-new
	check "show finds no session in a state that none has" sessions 0 udp state udp
	check "show finds the TCP session by its state" wait_for 5 tcp_by_state
	check "show takes protocol and state of the relay's flows" flows 4 proto udp state udp-new
	check "show takes protocol, state and client of the relay's flows" flows 2 udp state udp-new client "${ADDR6[c1]}"
	counts
	check_eq "flush by a state ends no session of another state" "0 sessions ended" "$(ctl b1 session flush state udp)"
	check_eq "flush by a state forgets no flow of another state" "0 flows forgotten" "$(ctl r relay flow flush udp state udp)"
	check "flush by a state forgets the relay's flows of this state" wait_for 5 tcp_forgotten
	check "show takes several filters" sessions 1 proto udp vip "$VIP4:5001" group web
	line=$(ctl b1 session show client "${ADDR4[c1]}:1002")
	read -r -a words <<<"${line%% ingress*}"
	check_eq "del takes what show prints" "1 session ended" "$(ctl b1 session del "${words[@]}")"
	check "del has ended one session" sessions 4
	check_eq "del of a missing session is refused" "0 sessions ended" "$(ctl b1 session del "${words[@]}")"
	check_eq "flush takes a filter" "1 session ended" "$(ctl b1 session flush proto tcp)"
	check_eq "flush without a filter ends all sessions" "3 sessions ended" "$(ctl b1 session flush)"
	check "no session is left" sessions 0
}

# A flush with a group leaves the servers of other groups alone.
test_flush_group() {
	local before
	before=$(ctl b1 server show)
	ctl b1 -b - <<<$'group add more\nserver add more 192.0.2.30\nserver add more [2001:db8:5::30]:80'
	check "servers of one group are deleted" ctl b1 server flush more
	check_eq "servers of other groups stay" "$before" "$(ctl b1 server list)"
	check "a group without servers can be flushed" ctl b1 server flush more
	ctl b1 group del more
	check_eq "setting show: only what is named" "udp-timeout 7" "$(ctl b1 setting show udp-timeout)"
	check_eq "relay setting show in JSON: only what is named" '[{"dead_reset":false}]' "$(ctl r -j relay setting show dead-reset)"
}

# A link that is to lose a family, and with it its sessions: the kernel refuses its other words, or what follows it.
test_refused_loss() {
	local link sessions
	ended_again
	sessions=$(ctl b1 session show | sed 's/ age .*//')
	for link in l1 l2; do
		check_not "$link: a replacement with one family is refused" \
			ctl b1 link replace "$link" dev "$link" via 100.64.1.97 local 203.0.113.80
		check_not "$link: the same of the relay" ctl r relay link replace b1 "$link" dev "b1$link" via 10.1.3.1 return "$VIP4"
	done
	ctl b1 save | sed '/^link l[12] /s/ via 2001:.*local 2001:\S*//; /^group ended/s/scheduler \S*/scheduler nope/' >"$TMP/loss"
	check_not "a file in which links lose a family is refused for another reason" ctl b1 apply "$TMP/loss"
	check_eq "no session has ended" "$sessions" "$(ctl b1 session show | sed 's/ age .*//')"
}

# Two sessions of one group, one of each family, and so many flows of the relay.
ended_again() {
	ctl b1 vip flush >"$TMP/ended"
	ctl b1 group flush
	ctl b1 -b - <<-END
		group add ended
		group add other
		server add ended ${ADDR4[s1]}
		server add ended ${ADDR6[s1]}
		vip add udp $VIP4 group ended
		vip add udp $VIP6 group ended
	END
	ended_packets
	wait_for 5 sessions 2
}

ended_packets() {
	on c1 "$SLB_SELFTESTS/tools/packets/packets" "udp ${ADDR4[c1]}@2001 $VIP4@5001 len=10 ;
		udp ${ADDR6[c1]}@2002 $VIP6@5001 len=10"
}

two_flows_on_l2() {
	[ "$(ctl r -j -s relay link show b1 l2 | json flows)" = 2 ]
}

# A deletion prints how many sessions it ends; in JSON also that there are none. Run last: no link is left.
test_ended() {
	local words
	check "there are two sessions" ended_again
	check_eq "a server's session, IPv6" "1 session ends" "$(ctl b1 server del ended "${ADDR6[s1]}")"
	check_eq "its VIP has none left" "" "$(ctl b1 vip del udp "$VIP6")"
	check_eq "a VIP's session, IPv4, in JSON" '[{"sessions_ended":1}]' "$(ctl b1 -j vip del udp "$VIP4")"
	check_eq "no session, in JSON" '[{"sessions_ended":0}]' "$(ctl b1 -j group del ended)"
	for words in "server flush ended" "server flush" "vip flush"; do
		ended_again
		# shellcheck disable=SC2086 # a command of several words
		check_eq "$words" "2 sessions end" "$(ctl b1 $words)"
	done
	ended_again
	check_eq "the flows of a relay's link go on over another one" "" "$(ctl r relay link del b1 l1)"
	ended_packets
	check "both flows have gone on over the last link" wait_for 5 two_flows_on_l2
	check_eq "those of the last link end" "2 flows end" "$(ctl r relay link flush)"
	check_eq "link flush" "2 sessions end" "$(ctl b1 link flush)"
	check_eq "a balancer without links has none, in JSON" '[{"flows_ended":0}]' "$(ctl r -j relay balancer del b1)"
}

generation() {
	ctl "$1" ${2+"$2"} status | awk '$1 == "generation" { print $2 }'
}

# Replaces each object by itself; then some by others, and by defaults.
test_replace() {
	local before relay
	as_commands b1 "${NOUNS_B1[@]}" | sed 's/ add / replace /' >"$TMP/b1"
	as_commands r "${NOUNS_R[@]}" | sed 's/ add / replace /' >"$TMP/r"
	before=$(generation b1) relay=$(generation r relay)
	check "the balancer's objects are replaced by themselves" ctl b1 -b "$TMP/b1"
	check "the relay's objects are replaced by themselves" ctl r -b "$TMP/r"
	check_eq "replacing objects by themselves changes nothing" "$before $relay" "$(generation b1) $(generation r relay)"
	check "objects that do not exist are added" ctl b1 -b - <<<'group replace more scheduler mh table-size 13
server replace more 192.0.2.30 weight 5
vip replace tcp 203.0.113.99 group more
link replace more dev none-more via 100.64.7.1 local 10.1.7.1 via 2001:db8:b:17::1 local 2001:db8:a:17::1 hold 7'
	check "objects that exist become what is said" ctl b1 -b - <<<'group replace more scheduler mh
server replace more 192.0.2.30
vip replace tcp 203.0.113.99 group web
link replace more dev none-less via 100.64.7.1 local 10.1.7.1 weight 3'
	check_eq "attributes that are not given get their defaults" "more scheduler mh table-size 65537
more 192.0.2.30 weight 1
tcp 203.0.113.99 group web
more dev none-less via 100.64.7.1 local 10.1.7.1 weight 3" "$(for o in "group show more" "server show more" "vip show tcp 203.0.113.99" \
		"link show more"; do echo "$o"; done | ctl b1 -b - | grep -v '^ ')"
	ctl b1 -b - <<<$'vip del tcp 203.0.113.99\ngroup del more\nlink del more'
	check "the relay's objects that exist become what is said" ctl r -b - <<<'relay balancer replace more weight 3
relay balancer replace more
relay link replace more l1 dev none-such via 100.64.9.1 return 10.9.9.1 weight 4
relay link replace more l1 dev none-such via 100.64.9.1 return 10.9.9.2 shared yes
relay vip replace udp 203.0.113.99:5'
	check_eq "relay: attributes that are not given get their defaults" "more weight 1,more l1 dev none-such via 100.64.9.1 return 10.9.9.2 weight 1 shared yes" \
		"$(printf 'relay balancer show more\nrelay link show more l1\n' | ctl r -b - | grep -v '^ ' | paste -sd ,)"
	ctl r -b - <<<$'relay vip del udp 203.0.113.99:5\nrelay balancer del more'
}

test_options() {
	check_eq "-o: one line each, with counters too" 5 "$(ctl b1 -o -s link | wc -l)"
	check_eq "-s: counters of each" 4 "$(ctl b1 -s link show l1 | grep -c ' packets .* bytes ')"
	check_eq "-s -j: counters of each" 4 \
		"$(ctl b1 -s -j link show l1 | jq '.[0] | [.[] | objects | select(.packets != null)] | length')"
	check_not "-c: no colour unless asked for" grep -q $'\033' <(ctl b1 link)
	check "-c: colour" grep -q $'\033' <(ctl b1 -c link)
	check_eq "-n: another host, another configuration" "" "$("$SLBCTL" -n "${NS[s1]}" link)"
	check_eq "-n: no such host" 'slbctl: cannot open network namespace "no-such-host": No such file or directory' \
		"$("$SLBCTL" -n no-such-host link 2>&1)"
	check "drop shows the reasons with -s" [ "$(ctl b1 -s drop | wc -l)" -gt 15 ]
	check_eq "drop in JSON has as many" "$(ctl b1 -s drop | wc -l)" "$(ctl b1 -s -j drop | jq length)"
	for noun in link group server vip session setting status drop check relay "relay link" \
		"relay vip" "relay balancer" "relay flow" "relay setting" monitor; do
		# shellcheck disable=SC2086
		check "help: $noun" grep -q "^  slbctl ${noun%% *}" <("$SLBCTL" $noun help)
	done
}

# versions COMMAND: version and features that the status of a module shows.
versions() {
	"$@" | awk '$1 == "version" || $1 == "features"' | xargs
}

test_versions() {
	local version

	version=$("$SLBCTL" -V)
	version=${version#slbctl }
	check_eq "both modules have the version of slbctl" "$version $version" \
		"$(xargs </sys/module/slb/version) $(xargs </sys/module/relay/version)"
	check_eq "status shows version and features of the balancer" "version $version features transactions,next-hops" \
		"$(versions ctl b1 status)"
	check_eq "status shows version and features of the relay" "version $version features transactions" \
		"$(versions ctl r relay status)"
	check_eq "status does not warn of equal versions" "" "$({ ctl b1 status; ctl r relay status; } 2>&1 >/dev/null)"
}

lines() {
	grep -c . <<<"$1"
}

whole_check() {
	ctl r -j relay check >"$TMP/check"
	python3 -m json.tool <"$TMP/check" >"$TMP/whole" && grep -q 'relay link odd l' "$TMP/whole"
}

declare -A SHOWN=()
JSON_NOUNS=(link group server health vip setting status drop check "relay vip" "relay balancer" "relay link"
	"relay setting" "relay status" "relay drop" "relay check" session)
SAME_NOUNS=(link group server vip setting status "relay vip" "relay balancer" "relay link" "relay setting" "relay status")
ktap_plan $(($(lines "$REFUSED") + $(lines "$WRONG") + ${#JSON_NOUNS[@]} + ${#SAME_NOUNS[@]} + 10 + 31 + 10 + 9 + 3 + 4 + 5 + 8 + 9 + 6 + 13))
load_modules slb relay
topology clients=1 servers=2 balancers=1
topology_config "tcp $VIP4:80" "udp $VIP4:5000-6000" "any $VIP6"
check "the balancer has more of everything" ctl b1 -b - <<<"$CONFIG_B1"
check "the relay has more of everything" ctl r -b - <<<"$CONFIG_R"
SHOWN=([b1]=$(show_all b1) [r]=$(show_all r))
refused_lines 2 <<<"$REFUSED"
refused_lines 1 <<<"$WRONG"
test_json
# A device's name need not be UTF-8, but JSON must be.
ip -n "${NS[r]}" link add $'d\xff' type dummy
ctl r -b - <<<$'relay balancer add odd\nrelay link add odd l dev d\xff via 100.64.9.1 return 10.9.9.1'
check "JSON is whole when a device has an odd name" whole_check
ctl r relay balancer del odd
same_output l "link show"
same_output "l sh l1" "link show l1"
same_output g "group show"
same_output "serv sh web" "server show web"
same_output "v sh tcp" "vip show tcp"
same_output "r b sh b1" "relay balancer show b1"
same_output "rel li" "relay link show"
same_output "link list" "link show"
same_output "server l web" "server show web"
same_output "relay vip list" "relay vip show"
test_flush_group
test_replace
test_options
test_versions
test_sessions
test_feed_back
test_refused_loss
test_ended
