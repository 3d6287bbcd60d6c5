#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Schedulers: each distributes new sessions by the weights of the servers, with its own algorithm.
#
#   c1 --- r --- (servers 1 to 4, made up)        thousands of flows from made-up clients; what is read is
#         | |                                     which server each session got
#        b1, b2
#
# One balancer at a time has a weight at the relay, so that it gets every flow.

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

KEY=000102030405060708090a0b0c0d0e0f
N=4

# set_weights HOST WEIGHT...
set_weights() {
	local host=$1 i=0 weight
	shift
	for weight in "$@"; do
		i=$((i + 1))
		echo "server set web $(share_server 4 $i) weight $weight"
		echo "server set web $(share_server 6 $i) weight $weight"
	done | config "$host"
}

# wanted FAMILY WEIGHT...: "server=weight" of each server, for spread
wanted() {
	local family=$1 i=0 weight
	shift
	for weight in "$@"; do
		i=$((i + 1))
		printf '%s=%s ' "$(share_server "$family" $i)" "$weight"
	done
}

# send FAMILY N [ARG...]: flows that end only their own sessions
send() {
	local family=$1
	shift
	ctl b1 session flush >/dev/null
	"flows$family" "$@"
}

# fair PERCENT FAMILY WEIGHT...
fair() {
	server_sessions b1 "$2" | spread "$1" "$(wanted "${@:2}")"
}

# placement HOST: "client server" of every session, sorted; the server without its port
placement() {
	sessions "$1" | awk "$SESSION_FIELDS"' { sub(/:[0-9]+$/, "", $SERVER); print $CLIENT, $SERVER }' | sort
}

# turns: the servers of enumerated flows, in the order in which the flows were sent
turns() {
	placement b1 | sort -V | cut -d' ' -f2
}

# windows WEIGHTS: do all runs of as many turns as the weights sum up to give each server its weight?
windows() {
	awk -v weights="$1" '
		BEGIN {
			n = split(weights, part, " ")
			for (i = 1; i <= n; i++) {
				split(part[i], pair, "=")
				want[pair[1]] = pair[2]
				total += pair[2]
			}
		}
		{
			turn[NR] = $1
			have[$1]++
			if (NR > total)
				have[turn[NR - total]]--
			for (name in want)
				if (NR >= total && have[name] != want[name]) {
					print "turn " NR ": " name " " have[name] " times in " total
					exit bad = 1
				}
		}
		END { exit bad || NR < 2 * total }'
}

# moved OLD NEW GONE PERCENT: of the flows whose server is still there, how many have another one?
moved() {
	join "$1" "$2" | awk -v gone="$3" -v percent="$4" '
		{ n++; if ($2 != gone && $2 != $3) moved++; if ($3 == gone) back++ }
		END {
			printf "%d of %d flows moved (%.2f %%), %d on the server that has gone\n",
				moved, n, 100 * moved / n, back
			exit !n || back || 100 * moved / n > percent
		}'
}

# one_each FILE: does each client address have one server for all its ports?
one_each() {
	awk '
		{ sub(/:[0-9]+$/, "", $1); n++
		  if (!($1 in server)) { server[$1] = $2; clients++ }
		  bad += server[$1] != $2 }
		END { print n " flows of " clients " clients, " bad " astray"; exit bad || n < 30 * clients }' "$1"
}

setup_balancer() {
	local b=$1
	{
		share_links "$b"
		echo "group add web"
		# the other balancer knows them in another order: that must not matter
		if [ "$b" = 1 ]; then share_servers web $N; else share_servers web $N | tac; fi
		echo "vip add any $VIP4 group web"
		echo "vip add any $VIP6 group web"
		echo "setting set udp-new-timeout 3600"
	} | config "b$b"
}

# only BALANCER: the relay gives all flows to it
only() {
	local b
	for b in 1 2; do
		echo "relay balancer set b$b weight $((b == $1))"
	done | config r
}

test_weights() {
	local sched=$1 unequal=$2 percent=5 n4=10000 n6=2000
	case $sched in
	rr | wrr | lc | wlc | sed | nq) percent=0.5 ;;
	p2c) percent=2 ;;	# by chance, but never far off
	*) n4=20000 n6=10000 ;;	# by chance: enough of them for 5 %
	esac
	ctl b1 group set web scheduler "$sched"
	set_weights b1 1 1 1 1
	send 4 $n4
	check "$sched: $n4 flows, equal weights" fair "$percent" 4 1 1 1 1
	# shellcheck disable=SC2086
	set_weights b1 1 2 5 0
	send 4 $n4
	# shellcheck disable=SC2086
	check "$sched: $n4 flows, weights 1 2 5 0" fair "$percent" 4 $unequal
	send 6 $n6
	# shellcheck disable=SC2086
	check "$sched: IPv6, $n6 flows, weights 1 2 5 0" fair "$percent" 6 $unequal
}

test_turns() {
	ctl b1 group set web scheduler rr
	set_weights b1 1 1 1 1
	ctl b1 session flush >/dev/null
	on c1 taskset 1 "$FLOWS" -n 200 udp 10.64.1.0/24@4000 "$VIP4@80"
	check "rr: 200 flows take the servers strictly in turn" windows "$(wanted 4 1 1 1 1)" < <(turns)
	ctl b1 group set web scheduler wrr
	set_weights b1 1 2 5 0
	ctl b1 session flush >/dev/null
	on c1 taskset 1 "$FLOWS" -n 200 udp 10.64.1.0/24@4000 "$VIP4@80"
	check "wrr: each round gives every server exactly its weight" windows "$(wanted 4 1 2 5 0)" < <(turns)
}

# The sessions of one server end: the next flows all go there.
test_fill_up() {
	local sched=$1 share=$2
	shift 2
	ctl b1 group set web scheduler "$sched"
	set_weights b1 "$@"
	send 4 8000
	check_eq "$sched: $share sessions of one server are ended" "$share sessions ended" \
		"$(ctl b1 session flush server "$(share_server 4 3)")"
	flows c1 -n "$share" udp 10.80.0.0/16@5000 "$VIP4@80"
	check "$sched: that server gets all of the next $share flows" fair 0.1 4 "$@"
}

# Four flows to a server with the weight 100 and three with 1: nq gives each of the idle ones a flow, sed none.
test_idle() {
	ctl b1 group set web scheduler nq
	set_weights b1 100 1 1 1
	ctl b1 session flush >/dev/null
	flows c1 -n 4 udp 10.80.0.0/16@5000 "$VIP4@80"
	check "nq: the first four flows take four idle servers" fair 0 4 1 1 1 1
	ctl b1 group set web scheduler sed
	ctl b1 session flush >/dev/null
	flows c1 -n 4 udp 10.80.0.0/16@5000 "$VIP4@80"
	check "sed: the first four flows take the fastest server" fair 0 4 1 0 0 0
}

test_sh() {
	ctl b1 group set web scheduler sh
	set_weights b1 1 1 1 1
	ctl b1 session flush >/dev/null
	flows c1 -n 5000 udp 10.64.1.0/25@1024-65535 "$VIP4@80"
	placement b1 >"$TMP/sh"
	check "sh: IPv4: a client has one server for all its ports" one_each "$TMP/sh"
	ctl b1 session flush >/dev/null
	flows c1 -n 3000 udp 2001:db8:c:1::/122@1024-65535 "$VIP6@80"
	placement b1 >"$TMP/sh"
	check "sh: IPv6: a client has one server for all its ports" one_each "$TMP/sh"
}

# both HOST: flows of both families, and the servers that get them
both() {
	ctl "$1" session flush >/dev/null
	flows4 3000 && flows6 2000 && placement "$1"
}

test_mh() {
	local gone
	gone=$(share_server 4 2)
	ctl b1 group set web scheduler mh
	set_weights b1 1 1 1 1
	both b1 >"$TMP/mh"
	both b1 >"$TMP/again"
	check "mh: 5000 flows get the same servers when they come again" cmp "$TMP/mh" "$TMP/again"
	ctl b1 server del web "$gone"
	both b1 >"$TMP/less"
	check "mh: of four servers one goes: less than 5 % of the others' flows move" \
		moved "$TMP/mh" "$TMP/less" "$gone" 5
	check_eq "mh: no flow of the other family has moved" "$(grep '^\[' "$TMP/mh")" \
		"$(grep '^\[' "$TMP/less")"
	ctl b1 server add web "$gone"
	both b1 >"$TMP/back"
	check "mh: the server is back: all flows are at their servers of before" moved "$TMP/mh" "$TMP/back" none 0
	ctl b1 group set web table-size 1009
	both b1 >"$TMP/small"
	check_not "mh: another size of the table moves flows" cmp -s "$TMP/mh" "$TMP/small"
}

test_table_size() {
	local size
	for size in 2 1000 65536 1048575 1048583; do
		check_not "mh: a table of $size slots is refused" ctl b1 group set web table-size $size
	done
	ctl b1 group set web table-size 1048573
	check "mh: the largest table is taken, and shown" \
		grep -q ' table-size 1048573' < <(ctl b1 -o group show web)
	ctl b1 group set web table-size 65537
	ctl b1 group set web scheduler sh
	check_not "sh: a table size is refused" ctl b1 group set web table-size 65537
}

test_agree() {
	local sched=$1
	ctl b1 group set web scheduler "$sched"
	ctl b2 group set web scheduler "$sched"
	both b1 >"$TMP/b1"
	only 2
	both b2 >"$TMP/b2"
	check_not "$sched: two balancers with keys of their own disagree" cmp -s "$TMP/b1" "$TMP/b2"
	ctl b2 setting set hash-key $KEY
	both b2 >"$TMP/b2"
	only 1
	check "$sched: with the same key two balancers agree on 5000 flows" cmp "$TMP/b1" "$TMP/b2"
}

ktap_plan 55
share_topology balancers=2
setup_balancer 1
setup_balancer 2
share_relay "any $VIP4" "any $VIP6"
only 1
ctl b1 setting set hash-key $KEY
test_weights rr "1 1 1 0"
test_weights wrr "1 2 5 0"
test_weights lc "1 1 1 0"
test_weights wlc "1 2 5 0"
test_weights sed "1 2 5 0"
test_weights nq "1 2 5 0"
test_weights p2c "1 2 5 0"
test_weights sh "1 2 5 0"
test_weights mh "1 2 5 0"
test_turns
test_fill_up lc 2000 1 1 1 1
test_fill_up wlc 5000 1 2 5 0
test_fill_up sed 5000 1 2 5 0
test_idle
test_sh
test_mh
test_table_size
test_agree sh
ctl b2 setting set hash-key ffffffffffffffffffffffffffffffff
test_agree mh
