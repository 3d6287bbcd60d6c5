#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slbctl without any module: which command lines it accepts, what it would send, its error texts, and, with
# a simulated kernel (tools/slbctl/tests), its output.
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

TOOL=$SLB_DIR/tools/slbctl
FAKE=$TOOL/tests/slbctl-fake
KEY=00112233445566778899aabbccddeeff

# Expected error text | command line that must be refused.
REFUSED='
invalid object "lnk" (valid: link, group, server|lnk
"s" is ambiguous (valid: server, session, sync, setting, status|s
"se" is ambiguous (valid: server, session, setting|se show
invalid command "frob" (valid: add, replace, set, del|link frob
"s" is ambiguous (valid: set, show|link s
"-j" is in the wrong place: options come before the object|link -j
invalid link name "-s": it starts with "-"; options come before the object|link show -s
invalid option "-z"|-z link
invalid option "--jason"|--jason link
option -netns needs a value|-n
option -json takes no value|-j=yes link
invalid colour mode "blue" (valid: always, auto, never)|-color=blue link
invalid name of a network namespace "../x"|-n ../x link
cannot open network namespace "no-such-netns"|-n no-such-netns link
link add: NAME is missing|link add
link add: "dev DEV" is missing|link add l1
link add: "via ADDR[,ADDR...]" is missing|link add l1 dev eth1
link add: "local ADDR[-ADDR]" is missing|link add l1 dev eth1 via 100.64.1.1
link add: "dev" needs a value: DEV|link add l1 dev
link add: "weight" needs a value: N|link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1 weight
invalid keyword "wieght" (valid: dev, via, local, host, adopt, weight|link add l1 wieght 5
link add: "dev" is given twice|link add l1 dev eth1 dev eth2
link add: "weight" is given twice|link add l1 weight 1 weight 2
link add: "via" is given twice for IPv4|link add l1 dev eth1 via 100.64.1.1 via 100.64.1.2
link add: "via" is given twice for IPv6|link add l1 dev eth1 via 2001:db8::1 via 2001:db8::2
link add: "via" is given twice for IPv4|link add l1 dev eth1 via 100.64.1.1,100.64.1.3 via 100.64.1.2
"100.64.1.1,2001:db8::1" has addresses of both families: give "via" once for each|link add l1 dev eth1 via 100.64.1.1,2001:db8::1 local 10.1.1.1
invalid address "" (valid: an IPv4 or IPv6 address)|link add l1 dev eth1 via 100.64.1.1, local 10.1.1.1
invalid address "100.64.1.1,100.64.1.2" (valid: an IPv4 or IPv6 address)|relay link add b1 l1 dev eth1 via 100.64.1.1,100.64.1.2 return 10.1.1.1
link add: "local" is given twice for IPv4|link add l1 local 10.1.1.1 local 10.1.1.2
"via" is IPv4 but "local" is IPv6|link add l1 dev eth1 via 100.64.1.1 local 2001:db8::1
IPv6 has "via" without "local"|link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1 via 2001:db8::1
IPv6 has "local" without "via"|link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1 local 2001:db8::1
IPv4 has "local" without "via"|link add l1 dev eth1 local 10.1.1.1 via 2001:db8::1 local 2001:db8::2
invalid address "100.64.1" (valid: an IPv4 or IPv6 address)|link add l1 dev eth1 via 100.64.1 local 10.1.1.1
invalid address "100.64.1.1:80" (valid: an IPv4 or IPv6 address)|link add l1 dev eth1 via 100.64.1.1:80 local 10.1.1.1
invalid address "fe80::1%eth0" (valid: an IPv4 or IPv6 address)|link add l1 dev eth1 via fe80::1%eth0 local 10.1.1.1
invalid address range "10.1.1.9-10.1.1.1": the first address is above the last|link add l1 dev eth1 via 100.64.1.1 local 10.1.1.9-10.1.1.1
invalid address range "10.1.1.1-2001:db8::1": it mixes IPv4 and IPv6|link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1-2001:db8::1
invalid address range "10.1.1.0/24" (valid: ADDR or ADDR-ADDR)|link add l1 dev eth1 via 100.64.1.1 local 10.1.1.0/24
invalid address range "10.1.1.1-"|link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1-
invalid weight "-5" (valid: decimal numbers from 0 to 65535|link set l1 weight -5
invalid weight "65536"|link set l1 weight 65536
invalid weight "0x10"|link set l1 weight 0x10
invalid weight "010"|link set l1 weight 010
invalid weight "4294967297"|link set l1 weight 4294967297
invalid weight "1e3"|link set l1 weight 1e3
invalid link name "-l1": it starts with "-"|link del -l1
invalid link name "l/1" (valid: letters, digits|link del l/1
invalid link name "läuft" (valid: letters, digits|link del läuft
invalid link name "a123456789b123456789c123456789d1": it is longer than 31 bytes|link del a123456789b123456789c123456789d1
invalid device name "eth/1"|link add l1 dev eth/1
invalid device name "a123456789b12345"|link add l1 dev a123456789b12345
invalid device name ".."|link add l1 dev ..
link set: nothing to change is given (valid: dev, via, local, host, adopt, weight|link set l1
link del: unexpected word "l2"|link del l1 l2
link flush: unexpected word "l1"|link flush l1
link replace: "local ADDR[-ADDR]" is missing|link replace l1 dev eth1 via 100.64.1.1
"via" is IPv4 but "local" is IPv6|link replace l1 dev eth1 via 100.64.1.1 local 2001:db8::1
vip replace: "group NAME" is missing|vip replace tcp 203.0.113.80:80
link show: invalid keyword "weight" (valid: rate)|link show l1 weight 5
invalid command "deleted" (valid: add, replace, set, del|link deleted l1
server flush: unexpected word "192.0.2.1"|server flush web 192.0.2.1
invalid group name "-web"|server flush -web
setting show: invalid keyword "limit" (valid: session-limit, port-first|setting show session-limit limit
invalid keyword "hash-key"|setting show hash-key
"tcp" is ambiguous (valid: tcp-syn-timeout|relay setting list tcp
group add: "scheduler" needs a value: NAME|group add web scheduler
invalid table-size "1" (valid: decimal numbers from 2|group add web table-size 1
invalid min-healthy "120%" (valid: 0 to 4096, or 0% to 100%)|group add web min-healthy 120%
invalid min-healthy "4097" (valid: 0 to 4096, or 0% to 100%)|group set web min-healthy 4097
invalid min-healthy "%" (valid: 0 to 4096, or 0% to 100%)|group set web min-healthy %
invalid min-healthy "@" (valid: 0 to 4096, or 0% to 100%)|group set web min-healthy @
invalid min-healthy "5%%" (valid: 0 to 4096, or 0% to 100%)|group set web min-healthy 5%%
invalid tier-min "05%" (valid: 0 to 4096, or 0% to 100%)|group set web tier-min 05%
group set: "min-healthy" is given twice|group set web min-healthy 1 min-healthy 50%
invalid when-none "drop" (valid: refuse, all)|group add web when-none drop
invalid slow-start "86401" (valid: decimal numbers from 0 to 86400)|group set web slow-start 86401
group set: "slow-start" needs a value: SECONDS|group set web slow-start
invalid prefix4 "33" (valid: decimal numbers from 1 to 32)|group set web prefix4 33
persist del: "client ADDR" is missing|persist del group web
invalid hash "port" (valid: flow, source)|group set web hash port
invalid refuse "no" (valid: unreachable, reset, drop)|vip set tcp 203.0.113.80:80 refuse no
invalid mark "0x" (valid: V or V/M, as in 0x10/0xff)|vip set tcp 203.0.113.80:80 mark 0x
invalid mark "010" (valid: V or V/M, as in 0x10/0xff)|vip set tcp 203.0.113.80:80 mark 010
invalid mark "-1" (valid: V or V/M, as in 0x10/0xff)|vip set tcp 203.0.113.80:80 mark -1
invalid mark "1/" (valid: V or V/M, as in 0x10/0xff)|vip set tcp 203.0.113.80:80 mark 1/
invalid mark "1/2/3" (valid: V or V/M, as in 0x10/0xff)|vip set tcp 203.0.113.80:80 mark 1/2/3
invalid mark "0x100000000" (valid: V or V/M, as in 0x10/0xff)|vip set tcp 203.0.113.80:80 mark 0x100000000
invalid mark "1/99999999999" (valid: V or V/M, as in 0x10/0xff)|vip set tcp 203.0.113.80:80 mark 1/99999999999
invalid mark "0x110/0xff": 0x110 has bits outside of the mask 0xff|vip set tcp 203.0.113.80:80 mark 0x110/0xff
invalid mark "1/0": 0x1 has bits outside of the mask 0x0|vip set tcp 203.0.113.80:80 mark 1/0
vip set: "mark" needs a value: V[/M]|vip set tcp 203.0.113.80:80 mark
vip set: "mark" is given twice|vip set tcp 203.0.113.80:80 mark 1 mark 2
invalid session-limit "16777217" (valid: decimal numbers from 0 to 16777216)|server set web 192.0.2.11 session-limit 16777217
invalid client-limit "16777217" (valid: decimal numbers from 0 to 16777216)|vip set tcp 203.0.113.80:80 client-limit 16777217
invalid client-address "group" (valid: none, proxy-v2, toa)|group set web client-address group
invalid client-address "proxy-v1" (valid: none, proxy-v2, toa)|group add web client-address proxy-v1
invalid client-address "proxy" (valid: group, none, proxy-v2, toa)|vip set tcp 203.0.113.80:80 client-address proxy
group set: "client-address" needs a value: none|group set web client-address
vip set: "client-address" is given twice|vip set tcp 203.0.113.80:80 client-address toa client-address none
vip set: nothing to change is given (valid: group, client-address, session-limit, rate-limit, refuse, tcp-syn-timeout, tcp-established-timeout, tcp-fin-timeout, tcp-time-wait-timeout, tcp-close-timeout, udp-new-timeout, udp-timeout, sctp-init-timeout, sctp-established-timeout, sctp-shutdown-timeout, client-limit, mark)|vip set tcp 203.0.113.80:80
vip add: "group NAME" is missing|vip add tcp 203.0.113.80:80 client-address toa
relay vip add: unexpected word "client-address"|relay vip add tcp 203.0.113.80:80 client-address toa
invalid keyword "min-healthy-percent" (valid: scheduler|group set web min-healthy-percent 5
server add: ADDR[:PORT] is missing|server add web
invalid state "down" (valid: up, drain, maint)|server add web 192.0.2.1 state down
invalid tier "16" (valid: decimal numbers from 0 to 15)|server add web 192.0.2.1 tier 16
invalid deadline "864001" (valid: decimal numbers from 0 to 864000)|server set web 192.0.2.1 state drain deadline 864001
server add: "deadline" needs "state drain"|server add web 192.0.2.1 deadline 5
server replace: "deadline" needs "state drain"|server replace web 192.0.2.1 state up deadline 5
server set: "deadline" needs "state drain"|server set web 192.0.2.1 state maint deadline 5
invalid keyword "health" (valid: weight, state|server set web 192.0.2.1 health up
invalid address "nobody" (valid: an IPv4 or IPv6 address)|link set l1 host nobody
link set: "host" is given twice for IPv4|link set l1 host 10.1.1.1 host 10.1.1.2
link set: "host" is given twice for IPv6|link set l1 host 2001:db8::1 host none
link set: "host" is given twice for IPv4|link set l1 host none host 10.1.1.1
invalid keyword "host" (valid: dev, via, return|relay link set b1 l1 host 10.1.1.1
health set: ADDR[:PORT] is missing|health set web
health set: invalid health "sick" (valid: unknown, up, down)|health set web 192.0.2.1 sick
health set: the why has 130 bytes (valid: at most 127 bytes)|health set web 192.0.2.1 down why 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
invalid percent "101" (valid: decimal numbers from 0 to 100)|health set web 192.0.2.1 up percent 101
health set: "link" goes with neither "why" nor "percent"|health set web 192.0.2.1 up link l1 why x
health set: "link" goes with neither "why" nor "percent"|health set web 192.0.2.1 up percent 5 link l1
health set: invalid link name "-l"|health set web 192.0.2.1 up link -l
health show: unexpected word "up"|health show web 192.0.2.1 up
invalid health-ttl "0" (valid: decimal numbers from 1 to 864000)|setting set health-ttl 0
invalid proxy-every "always" (valid: yes, no)|setting set proxy-every always
invalid proxy-checksum "1" (valid: yes, no)|setting set proxy-checksum 1
"proxy" is ambiguous (valid: proxy-every, proxy-checksum)|setting set proxy yes
wait: a command is missing: server|wait
wait: invalid command "link" (valid: server)|wait link l1
wait server: "sessions N" or "health HEALTH" is missing|wait server web 192.0.2.1
wait server: "sessions N" or "health HEALTH" is missing|wait server web 192.0.2.1 timeout 5
wait server: invalid sessions "few" (valid: decimal numbers|wait server web 192.0.2.1 sessions few
wait server: invalid health "drain" (valid: unknown, up, down)|wait server web 192.0.2.1 health drain
wait server: "timeout" needs a value: SECONDS|wait server web 192.0.2.1 sessions 0 timeout
invalid port "0" in "192.0.2.1:0" (valid: 1 to 65535)|server add web 192.0.2.1:0
invalid port "65536" in "192.0.2.1:65536"|server add web 192.0.2.1:65536
invalid port "" in "192.0.2.1:"|server add web 192.0.2.1:
invalid port "http" in "192.0.2.1:http"|server add web 192.0.2.1:http
"192.0.2.1:80-90" has a port range, but must have a single port|server add web 192.0.2.1:80-90
invalid address "[2001:db8::1" (valid: ADDR, ADDR:PORT or [ADDR6]:PORT|server add web [2001:db8::1
invalid address "[192.0.2.1]:80"|server add web [192.0.2.1]:80
invalid address "[2001:db8::1]80"|server add web [2001:db8::1]80
invalid port "80x" in "[2001:db8::1]:80x"|server add web [2001:db8::1]:80x
invalid address "2001:db8:::1"|server add web 2001:db8:::1
invalid address "www.example.com"|server add web www.example.com
vip add: PROTO is missing|vip add
invalid protocol "icmp" (valid: tcp, udp, sctp, any)|vip add icmp 203.0.113.80 group web
invalid protocol "TCP"|vip add TCP 203.0.113.80 group web
vip add: "group NAME" is missing|vip add tcp 203.0.113.80:80
invalid port range in "203.0.113.80:90-80": the first port|vip add tcp 203.0.113.80:90-80 group web
invalid port "" in "203.0.113.80:80-"|vip add tcp 203.0.113.80:80- group web
invalid port "90-99" in "203.0.113.80:80-90-99"|vip add tcp 203.0.113.80:80-90-99 group web
unexpected word "group"|relay vip add tcp 203.0.113.80:80 group web
relay vip: invalid command "set" (valid: add, replace, del, flush, show|relay vip set tcp 203.0.113.80:80
relay: invalid object "lnk"|relay lnk
relay: an object is missing (valid: vip, balancer, link|relay
relay: "-s" is in the wrong place|relay -s
session del: "client ADDR[:PORT]" is missing|session del
session del: "vip ADDR[:PORT]" is missing|session del client 198.51.100.1:1024
"client" is IPv4 but "vip" is IPv6: both must have the same family|session show client 198.51.100.1 vip 2001:db8::80
invalid protocol "any" (valid: tcp, udp, sctp)|session show proto any
invalid keyword "colour" (valid: proto, client, vip|session show colour blue
invalid keyword "colour" (valid: proto, client, vip|relay flow show colour blue
invalid protocol "any" (valid: tcp, udp, sctp)|session show any
session show: "proto" is given twice|session show tcp proto udp
relay flow show: "proto" is given twice|relay flow show proto tcp proto udp
invalid state "up" (valid: tcp-syn, tcp-syn-ack, tcp-established|session show state up
invalid state "tcp-close" (valid: tcp-syn, udp-new|relay flow flush state tcp-close
the hash-key has 3 characters (valid: 32 hexadecimal digits)|setting set hash-key abc
the hash-key has "g" at position 32 (valid: hexadecimal digits)|setting set hash-key 00112233445566778899aabbccddeefg
invalid session-limit "0" (valid: decimal numbers from 1 to 16777216|setting set session-limit 0
invalid udp-timeout "864001"|setting set udp-timeout 864001
invalid port-last "65536"|setting set port-last 65536
"tcp" is ambiguous (valid: tcp-syn-timeout, tcp-established-timeout|setting set tcp 5
setting set: nothing to change is given (valid: session-limit|setting set
invalid dead-reset "maybe" (valid: yes, no)|relay setting set dead-reset maybe
invalid fast-path "1" (valid: yes, no)|setting set fast-path 1
invalid fast-path "off" (valid: yes, no)|relay setting set fast-path off
invalid on-end "rest" (valid: reset, drop)|setting set on-end rest
relay flow del: "client ADDR[:PORT]" is missing|relay flow del
invalid protocol "any" (valid: tcp, udp, sctp)|relay flow show any
relay flow del: "vip ADDR[:PORT]" is missing|relay flow del tcp client 198.51.100.1:1024
relay link add: NAME is missing|relay link add b1
relay link add: "return ADDR[-ADDR]" is missing|relay link add b1 l1 dev eth1 via 100.64.1.2
invalid keyword "local" (valid: dev, via, return, weight|relay link add b1 l1 local 10.1.1.1
monitor: invalid command "now"|monitor now
status show: unexpected word "x"|status show x
cannot open "x": No such file|-b x
unexpected word "link": with -batch|-b /dev/null link
'

# Expected request as one line | command line that makes it.
TAKEN="
slb link-add name l1 dev eth1 via4 100.64.1.1 local4-first 10.1.1.1 local4-last 10.1.1.4|link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4
slb link-add name l1 via6 2001:db8::1 via4 100.64.1.1 local4-first 10.1.1.1 local4-last 10.1.1.1 local6-first 2001:db8::a local6-last 2001:db8::b dev eth1 weight 0|l a l1 vi 2001:db8::1 v 100.64.1.1 lo 10.1.1.1 l 2001:db8::a-2001:db8::b d eth1 w 0
slb vip-get proto tcp addr 203.0.113.80 slb vip-add proto tcp addr 203.0.113.80 group web|vip replace tcp 203.0.113.80 group web
slb_relay balancer-get name b1 slb_relay balancer-add name b1 weight 2|relay balancer rep b1 weight 2
slb link-set name l1 weight 65535|link set l1 weight 65535
slb link-set name l1 via4 100.64.1.9|link set l1 via 100.64.1.9
slb link-del name a123456789b123456789c123456789d|link del a123456789b123456789c123456789d
slb link-flush|link flush
slb link-del name l1|link delete l1
slb link-del name l1|link dele l1
slb link-get dump|link list
slb vip-get dump|vip l
slb_relay link-del balancer b1 name l1|relay link delete b1 l1
slb link-get dump|link
slb link-get name l_1.x:y-z|link show l_1.x:y-z
slb link-set name l1 adopt4-first 10.9.1.1 adopt4-last 10.9.1.4 adopt6-first 2001:db8::1 adopt6-last 2001:db8::1|link set l1 adopt 10.9.1.1-10.9.1.4 adopt 2001:db8::1
slb link-set name l1 adopt4-first 0.0.0.0 adopt6-first ::|link set l1 adopt none
slb link-set name l1 via4 100.64.1.1 via4-more 100.64.1.2,100.64.1.3|link set l1 via 100.64.1.1,100.64.1.2,100.64.1.3
slb link-set name l1 via6 2001:db8::1 via6-more 2001:db8::2 via4 100.64.1.1|link set l1 via 2001:db8::1,2001:db8::2 via 100.64.1.1
slb setting-set sync-wait 30 sync-after 0 sync-log 1024|setting set sync-wait 30 sync-after 0 sync-log 1024
slb link-set name l1 host4 10.1.1.4 host6 2001:db8::4|link set l1 host 10.1.1.4 host 2001:db8::4
slb link-set name l1 host4 0.0.0.0 host6 ::|link set l1 host none
slb link-set name l1 host6 ::|link set l1 host ::
slb group-add name web min-healthy 4096 tier-min-percent 100 when-none all slow-start 86400|group add web min-healthy 4096 tier-min 100% when-none all slow-start 86400
slb group-set name web min-healthy-percent 0 tier-min 0|group set web min 0% tier 0
slb group-add name web client-address toa|group add web client-address toa
slb group-set name web hash source overflow yes|group set web hash source overflow yes
slb server-set group web addr 192.0.2.11 port 80 session-limit 2000|server set web 192.0.2.11:80 session-limit 2000
slb vip-set proto tcp addr 203.0.113.80 port-first 80 port-last 80 client-limit 16777216|vip set tcp 203.0.113.80:80 client-limit 16777216
slb vip-set proto tcp addr 203.0.113.80 port-first 80 port-last 80 mark 16 mark-mask 255|vip set tcp 203.0.113.80:80 mark 0x10/0xff
slb vip-set proto tcp addr 203.0.113.80 port-first 80 port-last 80 mark 4294967295 mark-mask 4294967295|vip set tcp 203.0.113.80:80 mark 0XFFFFFFFF
slb vip-set proto tcp addr 203.0.113.80 port-first 80 port-last 80 mark 10 mark-mask 4294967295|vip set tcp 203.0.113.80:80 mark 10
slb vip-set proto tcp addr 203.0.113.80 port-first 80 port-last 80 mark 0 mark-mask 255|vip set tcp 203.0.113.80:80 mark 0/255
slb vip-set proto tcp addr 203.0.113.80 port-first 80 port-last 80 mark 0 mark-mask 0|vip set tcp 203.0.113.80:80 mark 0
slb vip-set proto tcp addr 203.0.113.80 port-first 80 port-last 80 session-limit 9 rate-limit 7 refuse reset tcp-established-timeout 3600|vip set tcp 203.0.113.80:80 session-limit 9 rate-limit 7 refuse reset tcp-established-timeout 3600
slb group-set name web client-address none|group set web client none
slb vip-add proto udp addr 203.0.113.80 port-first 53 port-last 53 group web client-address proxy-v2|vip add udp 203.0.113.80:53 group web client-address proxy-v2
slb vip-set proto tcp addr 203.0.113.80 client-address group|vip set tcp 203.0.113.80 client-address group
slb vip-set proto tcp addr 203.0.113.80 client-address none group web|vip set tcp 203.0.113.80 client-address none group web
slb server-add group web addr 192.0.2.1 weight 2 tier 15 state drain deadline 864000|server add web 192.0.2.1 weight 2 tier 15 state drain deadline 864000
slb server-set group web addr 192.0.2.1 port 80 deadline 0|server set web 192.0.2.1:80 deadline 0
slb server-set group web addr 192.0.2.1 state maint|server set web 192.0.2.1 state maint
slb server-get dump|health
slb server-get group web addr 192.0.2.1 port 80|health show web 192.0.2.1:80
slb health-set group web addr 192.0.2.1 port 80 health down health-why refused health-percent 50|health set web 192.0.2.1:80 down why refused percent 50
slb health-set group web addr 192.0.2.1 health up link l1|health set web 192.0.2.1 up link l1
slb health-set group web addr 2001:db8::1 health unknown|health set web 2001:db8::1 unknown
slb setting-set health-ttl 864000|setting set health-ttl 864000
slb setting-set proxy-every yes proxy-checksum no|setting set proxy-every yes proxy-checksum no
slb server-get group web addr 192.0.2.1 port 80|wait server web 192.0.2.1:80 sessions 0 timeout 9
slb server-get group web addr 192.0.2.1|wait s web 192.0.2.1 health up
slb group-add name web scheduler mh table-size 65537|group add web scheduler mh table-size 65537
slb server-add group web addr 192.0.2.1 port 80 weight 3|server add web 192.0.2.1:80 weight 3
slb server-add group web addr 2001:db8::1 port 65535|server add web [2001:db8::1]:65535
slb server-add group web addr 2001:db8::1|server add web 2001:db8::1
slb server-add group web addr 2001:db8::1|server add web [2001:db8::1]
slb server-del group web addr 192.0.2.1 port 1|server del web 192.0.2.1:1
slb server-get dump|server show web
slb server-flush|server flush
slb server-flush group web|server flush web
slb server-get group web addr 192.0.2.1|server show web 192.0.2.1
slb vip-add proto tcp addr 203.0.113.80 port-first 80 port-last 80 group web|vip add tcp 203.0.113.80:80 group web
slb vip-add proto sctp addr 2001:db8::80 port-first 1 port-last 65535 group web|vip add sctp [2001:db8::80]:1-65535 group web
slb vip-add proto any addr 203.0.113.80 group web|vip add any 203.0.113.80 group web
slb vip-set proto udp addr 203.0.113.80 port-first 53 port-last 53 group b|vip set udp 203.0.113.80:53 group b
slb vip-del proto any addr 2001:db8::80|vip del any 2001:db8::80
slb session-get dump proto udp client 198.51.100.1 vip 203.0.113.80 vip-port 53 return-link l1 group web|session show proto udp client 198.51.100.1 vip 203.0.113.80:53 link l1 group web
slb session-flush client 198.51.100.1 client-port 1024 vip 203.0.113.80 vip-port 80|session del client 198.51.100.1:1024 vip 203.0.113.80:80
slb session-flush|session flush
slb persist-flush|persist flush
slb persist-flush group web client 198.51.100.1|persist del group web client 198.51.100.1
slb group-set name web persist 600 prefix4 24 prefix6 56|group set web persist 600 prefix4 24 prefix6 56
slb group-set name web hash-balance-factor 125|group set web hash-balance-factor 125
slb session-get dump proto tcp state tcp-syn-ack|session show tcp state tcp-syn-ack
slb explain-get proto udp client 198.51.100.1 client-port 1024 vip 203.0.113.80 vip-port 53|explain udp client 198.51.100.1:1024 vip 203.0.113.80:53
slb explain-get proto sctp vip 2001:db8::80 vip-port 2 client 2001:db8::c client-port 1 ingress-link l1|exp sctp v [2001:db8::80]:2 c [2001:db8::c]:1 i l1
slb session-flush proto sctp client 2001:db8::1|session flush sctp client [2001:db8::1]
slb session-flush proto udp client 198.51.100.1 vip 203.0.113.80|session del udp client 198.51.100.1 vip 203.0.113.80
slb setting-get|setting
slb setting-get|setting show udp-timeout fast
slb_relay setting-get|relay setting list flow-limit
slb setting-set session-limit 16777216 udp-timeout 864000 icmp-rate 0 port-first 1 hash-key (secret)|setting set session-limit 16777216 udp-t 864000 icmp 0 port-first 1 hash-key $KEY
slb setting-set fast-path no|setting set fast-path no
slb setting-set on-end drop reset-rate 7|setting set on-end drop reset-rate 7
slb status-get|status
slb drop-get dump|drop show
slb_relay vip-add proto tcp addr 203.0.113.80 port-first 80 port-last 90|relay vip add tcp 203.0.113.80:80-90
slb_relay setting-set reset-rate 1000000 icmp-rate 7|relay setting set reset-rate 1000000 icmp-rate 7
slb_relay balancer-add name b1 weight 2|relay balancer add b1 weight 2
slb_relay link-add balancer b1 name l1 dev eth1 via4 100.64.1.2 return4-first 10.1.1.1 return4-last 10.1.1.1|relay link add b1 l1 dev eth1 via 100.64.1.2 return 10.1.1.1
slb_relay link-del balancer b1 name l1|relay link del b1 l1
slb_relay link-get dump|relay link show b1
slb_relay flow-get proto sctp client 2001:db8::c client-port 1024 vip 2001:db8::80 vip-port 80|relay flow show sctp client [2001:db8::c]:1024 vip [2001:db8::80]:80
slb_relay flow-get dump proto tcp client 198.51.100.1|relay flow show tcp client 198.51.100.1
slb_relay flow-get dump balancer b1 link l1|relay flow show balancer b1 link l1
slb_relay flow-flush proto udp vip 203.0.113.80|relay flow flush udp vip 203.0.113.80
slb_relay flow-get dump proto udp state udp-new|relay flow show proto udp state udp-new
slb_relay flow-get dump proto tcp client 198.51.100.1 client-port 1 vip 203.0.113.80 vip-port 2 state tcp-fin|relay flow show tcp client 198.51.100.1:1 vip 203.0.113.80:2 state tcp-fin
slb_relay flow-flush client 198.51.100.1 vip 203.0.113.80|relay flow del client 198.51.100.1 vip 203.0.113.80
slb_relay setting-set hash-key (secret)|relay setting set hash-key $KEY
slb_relay setting-set dead-reset no udp-timeout 3|relay setting set dead-reset no udp-timeout 3
slb_relay setting-set fast-path yes|relay setting set fast yes
slb_relay status-get|r st
"

# refused TEXT WORDS...: status 1, nothing sent, and one line on stderr that has the text.
refused() {
	local text=$1 status error
	shift
	error=$("$SLBCTL" -d "$@" 2>&1 >"$TMP/sent")
	status=$?
	if [ "$status" -eq 1 ] && [ ! -s "$TMP/sent" ] && [[ $error == "slbctl: "*"$text"* ]] &&
		[[ $error != *$'\n'* ]]; then
		ok "refused: ${*//[^ -~]/?}"
		return
	fi
	fail "refused: ${*//[^ -~]/?}"
	note "status $status, said: $error"
}

taken() {
	local got
	got=$("$SLBCTL" -d "${@:2}" 2>&1 | tr -s '\n ' '  ')
	check_eq "taken: ${*:2}" "$1" "${got% }"
}

# refused_by_kernel TEXT WORDS...: status 2, and the text as the only line on stderr.
refused_by_kernel() {
	local wanted=$1 error status
	shift
	error=$("$FAKE" "$@" 2>&1 >/dev/null)
	status=$?
	check_eq "kernel said no: $wanted" "2 slbctl: $wanted" "$status $error"
}

test_words() {
	local line
	local -a words

	while IFS= read -r line; do
		[ -n "$line" ] || continue
		read -r -a words <<<"${line#*|}"
		refused "${line%%|*}" "${words[@]}"
	done <<<"$REFUSED"
	refused 'the link name is empty' link del ''
	refused 'invalid link name "a b"' link del 'a b'
	refused 'invalid link name "a\u000ab"' link del $'a\nb'
	refused 'invalid port "80 "' server add web '192.0.2.1:80 '
	refused 'invalid min-healthy ""' group add web min-healthy ''
	refused 'health set: up|down|unknown is missing' health set web 192.0.2.1
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		read -r -a words <<<"${line#*|}"
		taken "${line%%|*}" "${words[@]}"
	done <<<"$TAKEN"
}

# No secret may reach the terminal, even as a part of an error text.
test_secret() {
	check_not "an error text does not contain the wrong hash key" \
		grep -q 0011 <<<"$("$SLBCTL" -d setting set hash-key "${KEY}0" 2>&1)"
}

test_help() {
	local words
	for words in help -h --help "relay help" "link help" "link add help" "relay link add help" "monitor help"; do
		# shellcheck disable=SC2086
		check "help: $words" "$SLBCTL" $words
		# shellcheck disable=SC2086
		check_eq "help: $words: fits 80 columns" "" "$("$SLBCTL" $words | awk 'length > 80')"
	done
	check_eq "no words: usage and status 1" 1 "$("$SLBCTL" >/dev/null 2>&1; echo $?)"
	check_eq "help names every object" "" "$(missing_in_help)"
	check_eq "the manual has every command and keyword" "" "$(missing_in_manual)"
}

# Every command and keyword of help must be in the manual page.
missing_in_manual() {
	local word
	for word in $("$SLBCTL" help | sed -n '/^Commands:/,/^Options:/{/^[CO]/d; s/^  slbctl //; p}' | grep -o '[a-z][a-z0-9-]*' | sort -u); do
		grep -q "\(^\|[ ,]\)$word\($\|[ ,]\)" "$SLB_DIR/Documentation/slbctl.8" || echo "$word"
	done
}

# Every noun that completion knows must be in help.
missing_in_help() {
	local noun
	for noun in $("$SLBCTL" __complete ""); do
		"$SLBCTL" help | grep -q "^  ${noun}[ ,]\|^  .*, ${noun}[ ,]\|\"$noun\"" || echo "$noun"
	done
}

CONFIG='link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1-10.1.1.4 host 10.1.1.4 via 2001:db8::1 local 2001:db8:a::1 host 2001:db8:a::1 weight 1
link add l2 dev eth2 via 100.64.2.1 local 10.1.2.1 weight 3
link add l3 dev eth3 via 100.64.3.1 local 10.1.3.1 weight 1 interval 0 misses 4 recover 5 hold 0 shared yes
group add web scheduler mh table-size 65537 min-healthy 50% when-none all tier-min 2 slow-start 30 client-address proxy-v2
server add web 192.0.2.1:80 weight 1
server add web 192.0.2.2 weight 5 tier 1 state drain deadline 300
server add web [2001:db8::5]:81 weight 0
vip add tcp 203.0.113.80:80-90 group web
vip add udp 203.0.113.80:53 group web client-address proxy-v2
vip add any 2001:db8::80 group web client-address none
relay balancer add b1 weight 1
relay link add b1 l1 dev eth7 via 100.64.1.2 return 10.1.1.1-10.1.1.4 weight 1
relay link add b1 l2 dev eth8 via 100.64.1.2 return 10.1.1.5 weight 1 hold 999
relay vip add tcp [2001:db8::80]:80'

NOUNS=("link" "group" "server" "vip" "relay balancer" "relay link" "relay vip")

# What show prints on the first line of each object, as commands.
shown_as_commands() {
	local noun
	for noun in "${NOUNS[@]}"; do
		# shellcheck disable=SC2086
		"$FAKE" $noun | sed "/^ /d; s/^/$noun add /"
	done
}

delete_all_shown() {
	local noun line
	local -a words
	for noun in vip server link group "relay link" "relay balancer" "relay vip"; do
		# shellcheck disable=SC2086
		while read -r -a words; do
			case $noun in
			link | group | *balancer) line=${words[0]} ;;
			*) line="${words[0]} ${words[1]}" ;;
			esac
			"$FAKE" $noun del $line || return 1
		done < <("$FAKE" $noun | grep -v '^ ')
	done
}

test_feed_back() {
	export FAKE_STORE=$TMP/store
	check "a batch is accepted" "$FAKE" -b - <<<"$CONFIG"
	check_eq "show can be fed back" "$CONFIG" "$(shown_as_commands)"
	check_eq "server flush GROUP" "other 192.0.2.9 weight 1" "$(FAKE_STORE=$TMP/flush "$FAKE" -b - <<<"group add web
group add other
server add web 192.0.2.1
server add other 192.0.2.9 weight 1
server add web 192.0.2.2
server flush web
server list" | grep -v '^ ')"
	check_eq "server show GROUP" "$("$FAKE" server)" "$("$FAKE" server show web)"
	check_eq "vip show PROTO" "any 2001:db8::80 group web client-address none" "$("$FAKE" vip show any)"
	refused_by_kernel 'group none: does not exist' server show none
	refused_by_kernel 'link l1: already exists' link add l1 dev e via 100.64.1.1 local 10.1.1.1
	refused_by_kernel 'relay link b1 l9: does not exist' relay link show b1 l9
	check_eq "completion knows the links" "l1 l2 l3 " "$("$FAKE" __complete link del "" | tr '\n' ' ')"
	check_eq "completion knows the servers of a group" "192.0.2.1:80 192.0.2.2 " \
		"$("$FAKE" __complete server del web 19 | tr '\n' ' ')"
	check_eq "completion knows the groups" "web" "$("$FAKE" __complete vip add tcp 192.0.2.9 group w)"
	check_eq "-o: one line for each object" 3 "$("$FAKE" -o -s link | wc -l)"
	check_eq "-s prints counters of 32 and 64 bits" "    client-in   packets             12 bytes       5000000000" \
		"$("$FAKE" -s link show l2 | grep client-in)"
	check_eq "-j: attribute names with _" \
		'[{"name":"l2","dev":"eth2","via4":"100.64.2.1","local4_first":"10.1.2.1","local4_last":"10.1.2.1","weight":3,"state":"up"}]' \
		"$("$FAKE" -j link show l2)"
	check "-p prints valid JSON" python3 -m json.tool <("$FAKE" -p -s link)
	check_not "no colour unless asked for" grep -q $'\033' <("$FAKE" link)
	check "-c: colour" grep -q $'\033' <("$FAKE" -c link)
	check "del takes what show prints" delete_all_shown
	check_eq "after the del commands no object is left" "" "$(shown_as_commands)"
	unset FAKE_STORE
}

test_batch() {
	check_eq "a batch stops at the first fault and names its line" \
		'slbctl: -:3: link add: "dev DEV" is missing' \
		"$(printf 'group add a\n# note\nlink add x\ngroup add b\n' | "$FAKE" -b - 2>&1)"
	check_eq "-f continues a batch after a failure" "2 1" "$(printf 'link add x\ngroup del b\ngroup add c\ngroup show\n' |
		{ "$FAKE" -f -b - 2>/dev/null | grep -c c; echo "${PIPESTATUS[0]}"; } | sort -r | xargs)"
	check_eq "a batch file that cannot be read is an error" "slbctl: cannot read \"$TMP\" to its end: Is a directory"$'\n'1 \
		"$("$FAKE" -b "$TMP" 2>&1; echo $?)"
	check_eq "a batch ends at a line without an end" \
		$'slbctl: /dev/zero:1: the line has more than 8192 bytes: the batch ends here\n1' \
		"$("$FAKE" -f -b /dev/zero 2>&1; echo $?)"
	check_eq "a batch ends at a line of 8193 bytes" \
		$'slbctl: -:2: the line has more than 8192 bytes: the batch ends here\n1' \
		"$(printf '#\n#%8192d\ngroup del none\n' 1 | "$FAKE" -f -b - 2>&1; echo $?)"
	check_eq "a batch accepts a line of 8192 bytes, with or without a newline" 0 \
		"$(printf '#%8191d\n#%8191d' 1 1 | "$FAKE" -b - 2>&1; echo $?)"
	check_eq "a batch ends at a line with a NUL byte" "slbctl: -:2: the line has a NUL byte"$'\n'1 \
		"$(printf 'group add n\ngroup \0\0\n' | "$FAKE" -b - 2>&1; echo $?)"
}

# Device names and words of a batch that would control a terminal, or reverse its text direction.
test_escape() {
	local dev=$'e\xc2\x9b\xe2\x80\xae\x80' line
	export FAKE_STORE=$TMP/odd
	"$FAKE" link add l1 dev "$dev" via 100.64.1.1 local 10.1.1.1 weight 1
	"$FAKE" link add l2 dev $'\xc3\xa9\xe2\x82\xac' via 100.64.1.1 local 10.1.1.2 weight 1
	check_eq "a device name is escaped" 'l1 dev e\u009b\u202e\x80 via 100.64.1.1 local 10.1.1.1 weight 1' \
		"$("$FAKE" link show l1 | head -n 1)"
	check_eq "letters of a device name are not escaped" $'l2 dev \xc3\xa9\xe2\x82\xac via 100.64.1.1 local 10.1.1.2 weight 1' \
		"$("$FAKE" link show l2 | head -n 1)"
	check_eq "JSON is ASCII and has the device name" '["l2", "\u00e9\u20ac"]' "$("$FAKE" -j link show l2 |
		LC_ALL=C grep -v '[^ -~]' | python3 -c 'import json, sys
o = json.load(sys.stdin)[0]
print(json.dumps([o["name"], o["dev"]]))')"
	check "JSON is valid when a name is not UTF-8" python3 -m json.tool <("$FAKE" -j link)
	test_control
	unset FAKE_STORE
	line=$'link add \xe2\x81\xa6x dev \x9b31m'
	check_eq "words of a batch are escaped" \
		'slbctl: -:1: link add: invalid link name "\u2066x" (valid: letters, digits and _ . : -)' \
		"$("$SLBCTL" -b - <<<"$line" 2>&1)"
	check_eq "error texts of the kernel are escaped" 'slbctl: link l1: \u202ekaput\x1b' \
		"$(FAKE_ERROR=$'22:\xe2\x80\xaekaput\x1b' "$FAKE" link del l1 2>&1 | sed 's/\\u001b/\\x1b/')"
}

# slbctl refuses such a name, but other programs may give it to the kernel: put it into the store.
test_control() {
	local words bad=''
	"$FAKE" link add l3 dev eQQ via 100.64.1.1 local 10.1.1.3 weight 1
	LC_ALL=C sed -i 's/eQQ/e\x01\x7f/' "$FAKE_STORE"
	for words in link "-s link" -j\ link "-j -p link" save "-j save" "-j -p save" check "-j check" metrics status; do
		# shellcheck disable=SC2086 # several words
		"$FAKE" $words >"$TMP/printed" 2>&1
		! LC_ALL=C grep -q $'[^ -~\t\x80-\xff]' "$TMP/printed" || bad+=" \"$words\""
	done
	check_eq "no command prints a control character of a device name" "" "$bad"
	check_eq "text has it escaped" 'l3 dev e\u0001\u007f via 100.64.1.1 local 10.1.1.3 weight 1' \
		"$("$FAKE" link show l3 | head -n 1)"
	check_eq "JSON has it escaped" '"dev":"e\u0001\u007f"' "$("$FAKE" -j link show l3 | grep -o '"dev":"[^"]*"')"
	check_eq "saved JSON has it escaped" '"dev":"e\u0001\u007f"' "$("$FAKE" -j save | grep -o '"dev":"e.u0[^"]*"')"
	check_eq "text that is saved, too" 1 "$("$FAKE" save | grep -c 'dev e.u0001.u007f')"
}

# An IPv6 address that ends like a port.
test_ports() {
	local warning='slbctl: warning: 2001:db8::1:80 has no port, so all of it is the address: write [2001:db8::1]:80 for port 80, or [2001:db8::1:80]'
	export FAKE_STORE=$TMP/ports
	check_eq "server add warns that 2001:db8::1:80 has no port" "$warning" "$("$FAKE" server add web 2001:db8::1:80 2>&1)"
	check_eq "vip add warns that 2001:db8::1:80 has no port" "$warning" "$("$FAKE" vip add tcp 2001:db8::1:80 group web 2>&1)"
	check_eq "server add does not warn about other IPv6 addresses" "" "$("$FAKE" -b - 2>&1 <<-END
		server add web [2001:db8::2:80]
		server add web 2001:db8::80
		server add web 2001:db8:1:2:3:4:5:80
		server add web 2001:db8::1:081
		server add web 2001:db8::1:8a
	END
	)"
	check_eq "show prints an address that ends like a port in brackets" "web [2001:db8::1:80]" "$("$FAKE" server show web 2001:db8::1:80 | cut -d' ' -f1,2)"
	unset FAKE_STORE
}

json_length() {
	python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
}

test_sessions() {
	check_eq "100000 sessions" 100000 "$(FAKE_SESSIONS=100000 "$FAKE" session | wc -l)"
	check_eq "100000 sessions in JSON" 100000 "$(FAKE_SESSIONS=100000 "$FAKE" -j session | json_length)"
	check_eq "a short dump is repeated when it was interrupted three times" "5" \
		"$(FAKE_SESSIONS=5 FAKE_INTR=3 "$FAKE" session 2>&1 | wc -l)"
	check_eq "a dump that is always interrupted gives a warning" \
		"slbctl: session: changed while being listed; some may be missing or shown twice" \
		"$(FAKE_SESSIONS=5 FAKE_INTR=9 "$FAKE" session 2>&1 >/dev/null)"
	check_eq "an interrupted long dump is not shown twice" 100000 \
		"$(FAKE_SESSIONS=100000 FAKE_INTR=1 "$FAKE" session 2>/dev/null | wc -l)"
	# json.tool would print it again, which takes a minute
	check "JSON is valid when a dump fails in the middle" json_length \
		< <(FAKE_SESSIONS=100000 FAKE_DUMP_ERROR=90000 "$FAKE" -j session 2>/dev/null)
	FAKE_DUMP_ERROR=1 FAKE_SESSIONS=5 refused_by_kernel 'session: Cannot allocate memory' session
	check_eq "flush prints the number of ended sessions" "3 sessions ended" "$("$FAKE" session flush)"
	check_eq "output that cannot be written is an error" 1 \
		"$(FAKE_SESSIONS=5 "$FAKE" session 2>/dev/null >/dev/full; echo $?)"
}

test_refusals() {
	local -a add=(link add l1 dev eth1 via 100.64.1.1 local 10.1.1.1 weight 5)

	FAKE_ERROR="22:Too heavy.:9" refused_by_kernel 'link l1: Too heavy. (at "weight 5")' "${add[@]}"
	FAKE_ERROR="22::2" refused_by_kernel 'link l1: Invalid argument (at "dev eth1")' "${add[@]}"
	FAKE_ERROR=22 FAKE_MISSING=2 refused_by_kernel 'link l1: Invalid argument (dev is missing)' link set l1 weight 5
	FAKE_ERROR=1 refused_by_kernel \
		'link l1: not permitted: CAP_NET_ADMIN in the initial user namespace is needed' "${add[@]}"
	FAKE_NO_MODULE=slb refused_by_kernel 'module slb is not loaded (modprobe slb)' link
	FAKE_NO_MODULE=slb_relay refused_by_kernel 'module relay is not loaded (modprobe relay)' relay vip
	FAKE_NO_MODULE=all refused_by_kernel \
		'monitor: neither module slb nor module relay is loaded (modprobe slb or modprobe relay)' monitor
}

test_settings() {
	check_eq "settings, one per line" "udp-timeout 300,fast-path no" "$("$FAKE" setting | paste -sd ,)"
	check_eq "settings in JSON" '[{"udp_timeout":300,"fast_path":false}]' "$("$FAKE" -j setting)"
	check_eq "settings of the relay" "fast-path yes" "$("$FAKE" relay setting)"
	check_eq "named settings" "fast-path no" "$("$FAKE" setting show fast-path)"
	check_eq "named settings in JSON" '[{"udp_timeout":300}]' "$("$FAKE" -j setting list udp-t)"
}

test_health() {
	export FAKE_STORE=$TMP/health
	"$FAKE" -b - <<<"group add web
server add web 192.0.2.1:80 weight 1
server add web 192.0.2.2 weight 1
health set web 192.0.2.2 down why timeout percent 50
health set web 192.0.2.2 down link l1
health set web 192.0.2.2 down link l2"
	check_eq "health" 'web 192.0.2.1:80
web 192.0.2.2 health down why timeout percent 50 link-down l1,l2' "$("$FAKE" health)"
	check_eq "server show has the health" '    health down health-why timeout link-down l1,l2' "$("$FAKE" server show web 192.0.2.2 | sed 1d)"
	check_eq "health in JSON" '[{"group":"web","addr":"192.0.2.2","health":"down","health_why":"timeout","health_percent":50,"link_down":["l1","l2"]}]' \
		"$("$FAKE" -j health show web 192.0.2.2)"
	"$FAKE" health set web 192.0.2.2 up why $'200 "OK"\n'
	check_eq "health: a reason of several words is quoted" 'web 192.0.2.2 health up why "200 \"OK\"\u000a" percent 50 link-down l1,l2' \
		"$("$FAKE" health show web 192.0.2.2)"
	refused_by_kernel 'server web 192.0.2.9: does not exist' health set web 192.0.2.9 up
	check_eq "wait: sessions become few" 0 "$(FAKE_LEFT=2 "$FAKE" wait server web 192.0.2.1:80 sessions 1 timeout 60 2>&1; echo $?)"
	check_eq "wait: a health that is there" 0 "$("$FAKE" wait server web 192.0.2.2 health up 2>&1; echo $?)"
	check_eq "wait: not in time" "slbctl: server web 192.0.2.1:80: after 1 s it has N sessions and health unknown 3" \
		"$({ FAKE_LEFT=500 "$FAKE" wait server web 192.0.2.1:80 sessions 1 timeout 1; echo $?; } 2>&1 | sed 's/has [0-9]* /has N /' | xargs)"
	check_eq "wait: no such server" "slbctl: server web 192.0.2.9: does not exist 1" \
		"$({ "$FAKE" wait server web 192.0.2.9 sessions 1; echo $?; } 2>&1 | xargs)"
	check_eq "monitor: a suspect server" "server suspect: web 192.0.2.1:80 refused 5 unanswered 2" \
		"$(FAKE_SUSPECT=1 FAKE_EVENTS=1 timeout 60 "$FAKE" monitor | without_times | head -n 1)"
	check_eq "monitor for the journal: a suspect server" "<5>server suspect: web 192.0.2.1:80 refused 5 unanswered 2" \
		"$(FAKE_SUSPECT=1 FAKE_EVENTS=1 timeout 60 "$FAKE" monitor journal | head -n 1)"
	check_eq "complete: a health" "unknown up" "$(complete_line "$SLBCTL health set web 192.0.2.1 u")"
	check_eq "complete: a choice of a group" "refuse all" "$(complete_line "$SLBCTL group set web when-none ")"
	test_overdue
	unset FAKE_STORE
}

# noted: notes of check about deadlines
noted() {
	"$FAKE" check | sed -n 's/^note: \(server .* its deadline .*\)/\1/p'
}

# The simulated kernel gives both servers sessions, and ends none.
test_overdue() {
	export FAKE_LEFT=99
	"$FAKE" -b - <<<"server add web 192.0.2.3 weight 1 state drain
server set web 192.0.2.2 state maint"
	check_eq "check: sessions of servers that are up, drain without a deadline or are in maintenance are no fault" "" "$(noted)"
	"$FAKE" server set web 192.0.2.3 state drain deadline 5
	check_eq "check: a server that still has sessions after its deadline" \
		'server web 192.0.2.3: its deadline is over, and it still has N sessions (slbctl server set ... state maint ends them)' \
		"$(noted | sed 's/has [1-9][0-9]* s/has N s/')"
	check_eq "check in JSON: the same" 1 "$("$FAKE" -j check | grep -c '"level":"note","text":"server web 192.0.2.3: its deadline is over')"
	export FAKE_LEFT=0
	check_eq "check: a server without sessions has met its deadline" "" "$(noted)"
	unset FAKE_LEFT
}

without_times() {
	sed 's/^\[[^]]*\] //; s/"time":"[^"]*"/"time":""/'
}

test_monitor() {
	check_eq "monitor" "vip added: tcp 203.0.113.80:80 group web
events were lost: they came faster than they could be read
relay balancer deleted: b1
module slb unloaded" "$(FAKE_EVENTS=1 timeout 60 "$FAKE" monitor | without_times)"
	check_eq "monitor for the journal: priorities instead of times" "<6>vip added: tcp 203.0.113.80:80 group web
<4>events were lost: they came faster than they could be read
<6>relay balancer deleted: b1
<4>module slb unloaded" "$(FAKE_EVENTS=1 timeout 60 "$FAKE" monitor journal)"
	check_eq "monitor for the journal waits for modules" "<4>events were lost: they came faster than they could be read
0" \
		"$(FAKE_NO_MODULE=all FAKE_EVENTS=1 timeout 60 "$FAKE" monitor journal && echo $?)"
	check_eq "monitor in JSON" \
		'{"time":"","family":"slb","object":"vip","event":"added","attributes":{"proto":"tcp","addr":"203.0.113.80","port_first":80,"port_last":80,"group":"web"}}
{"time":"","event":"lost"}
{"time":"","family":"slb_relay","object":"balancer","event":"deleted","attributes":{"name":"b1"}}
{"time":"","family":"slb","object":"module","event":"unloaded"}' \
		"$(FAKE_EVENTS=1 timeout 60 "$FAKE" -j monitor | without_times)"
	check_eq "monitor exits with status 0 at the end" 0 "$(FAKE_EVENTS=1 timeout 60 "$FAKE" monitor >/dev/null; echo $?)"
	check_eq "monitor with one module" 2 \
		"$(FAKE_NO_MODULE=slb FAKE_EVENTS=1 timeout 60 "$FAKE" monitor | wc -l)"
}

# An upgrade leaves the old module loaded: status and check say so.
test_versions() {
	local text="the version of module slb is 0.0.1, that of slbctl is $VERSION: install the same, then unload and load the module"
	local relay=${text/module slb/module relay}

	check_eq "status: equal versions" "" "$({ "$FAKE" status; "$FAKE" relay status; } 2>&1 >/dev/null)"
	check_eq "status: a feature without a name" "features transactions,bit31" "$("$FAKE" status | grep features)"
	check_eq "status: features in JSON" '["transactions","bit31"]' "$("$FAKE" -j status | jq -c '.[0].features')"
	check_eq "status: an older module" "slbctl: warning: $text" "$(FAKE_VERSION=0.0.1 "$FAKE" status 2>&1 >/dev/null)"
	check_eq "relay status: an older module" "slbctl: warning: $relay" \
		"$(FAKE_VERSION=0.0.1 "$FAKE" relay status 2>&1 >/dev/null)"
	check_eq "check: an older module" "problem: $text exit status 1" \
		"$(FAKE_VERSION=0.0.1 "$FAKE" check | grep version) exit status $(FAKE_VERSION=0.0.1 "$FAKE" check >/dev/null; echo $?)"
	check_eq "relay check: an older module" "problem: $relay" "$(FAKE_VERSION=0.0.1 "$FAKE" relay check | grep version)"
	check_not "check: equal versions" grep version <("$FAKE" check)
}

# Bash cuts words at colons; the completion must not.
complete_line() {
	bash -c '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}; _slbctl; echo "${COMPREPLY[*]}"' \
		- "$TOOL/slbctl.bash-completion" "$1"
}

test_completion() {
	check_eq "complete: nouns" "link" "$(complete_line "$SLBCTL l")"
	check_eq "complete: keywords not yet given" "via local host adopt weight interval misses recover hold shared xdp" \
		"$(complete_line "$SLBCTL link add l1 dev eth1 ")"
	check_eq "complete: devices" "lo" "$(complete_line "$SLBCTL relay link add b1 l1 dev lo")"
	check_eq "complete: yes or no" "yes no" "$(complete_line "$SLBCTL relay setting set fast-path ")"
	check_eq "complete: another word for a command" "delete" "$(complete_line "$SLBCTL link dele")"
	check_eq "complete: names of settings, each once" "udp-new-timeout" "$(complete_line "$SLBCTL setting show udp-timeout ud")"
	check_eq "complete: states" "tcp-syn tcp-syn-ack" "$(complete_line "$SLBCTL session show tcp state tcp-s")"
	check_eq "complete: a protocol, or its keyword" "proto" "$(complete_line "$SLBCTL relay flow show p")"
	check_eq "complete: a choice" "reset drop" "$(complete_line "$SLBCTL setting set on-end ")"
	printf 'group add g\nserver add g [2001:db8::5]:81\n' | FAKE_STORE=$TMP/complete "$FAKE" -b -
	check_eq "complete: an address with colons" ":5]:81" \
		"$(FAKE_STORE=$TMP/complete complete_line "$FAKE server del g [2001:db8:")"
}

# Inputs that the fuzzers found: slbctl does not crash, and its JSON is valid.
test_corpora() {
	local corpus=${BASH_SOURCE[0]%/*}/corpus

	check "corpus of words" "$TOOL/tests/replay-parse" "$corpus/slbctl-parse"
	check "corpus of command lines and answers" "$TOOL/tests/replay-answers" "$corpus/slbctl-answers"
}

[ -x "$SLBCTL" ] || ktap_skip_all "slbctl is not built: make tools"
VERSION=$("$SLBCTL" -V)
VERSION=${VERSION#slbctl }
HAVE_FAKE=no
if make -s -C "$TOOL" -j "$(nproc)" tests replay >"$TMP/make" 2>&1; then
	HAVE_FAKE=yes
fi
PLAN=$(($(grep -c . <<<"$REFUSED") + $(grep -c . <<<"$TAKEN") + 6 + 1 + 12 + 8))
[ "$HAVE_FAKE" = yes ] && PLAN=$((PLAN + 19 + 2 + 14 + 7 + 3 + 4 + 5 + 6 + 3 + 10 + 4 + 8 + 2 + 17))
ktap_plan "$PLAN"
test_words
test_secret
test_help
if [ "$HAVE_FAKE" = yes ]; then
	test_feed_back
	test_batch
	test_escape
	test_ports
	test_sessions
	test_refusals
	test_settings
	test_health
	test_monitor
	test_completion
	test_corpora
	test_versions
else
	note "cannot build the simulated kernel here:"
	sed 's/^/#   /' "$TMP/make"
fi
