#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-syncd: two daemons on simulated kernels (tools/slb-syncd/tests) copy sessions, through all that goes wrong.
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

TOOL=$SLB_DIR/tools/slb-syncd
PEER=$SLB_SELFTESTS/unit/sync_peer.py
PORT=$((20000 + $$ % 10000))
# Addresses of the daemons, and of one that is no peer.
declare -A ADDR=([a]=127.7.0.1 [b]=127.7.0.2 [p]=127.7.0.9 [stranger]=127.7.0.10) LOCAL=([a]=10.1.1.1 [b]=10.2.1.1) PID=()
export UBSAN_OPTIONS=print_stacktrace=1

# kernel HOST WORDS...
kernel() {
	"$TOOL/tests/fake" "$TMP/$1.kernel" "${@:2}"
}

# has HOST NAME VALUE: waits until the kernel has it.
has() {
	wait_for 10 eval "[ \"\$(kernel $1 get $2)\" = $3 ]" || note "$2 of $1: $(kernel "$1" get "$2")"
	[ "$(kernel "$1" get "$2")" = "$3" ]
}

# configure HOST PEER...
configure() {
	local peer

	{
		echo "name $1"
		echo "listen ${ADDR[$1]} port $PORT dev lo"
		echo "plain yes"
		for peer in "${@:2}"; do
			echo "peer $peer ${ADDR[$peer]} port $PORT"
		done
	} >"$TMP/$1.conf"
}

# daemon HOST: runs it.
daemon() {
	FAKE_KERNEL=$TMP/$1.kernel spawn "$TOOL/tests/slb-syncd-fake" -f "$TMP/$1.conf" -s "$TMP/$1.sock" 2>>"$TMP/$1.log"
	PID[$1]=$SPAWNED
}

# status HOST FILTER: what jq finds in the status.
status() {
	python3 -c 'import socket, sys
end = socket.socket(socket.AF_UNIX)
end.connect(sys.argv[1])
sys.stdout.write(end.makefile().read())' "$TMP/$1.sock" 2>/dev/null | jq -r "$2" 2>/dev/null
}

# shows HOST FILTER VALUE: waits until the status has it.
shows() {
	wait_for "${4:-10}" eval "[ \"\$(status $1 '$2')\" = '$3' ]" || note "$1 $2: $(status "$1" "$2")"
	[ "$(status "$1" "$2")" = "$3" ]
}

# state HOST PEER STATE
state() {
	shows "$1" ".peers[] | select(.name == \"$2\").state" "$3"
}

# logged HOST TEXT
logged() {
	wait_for 10 grep -qF "$2" "$TMP/$1.log"
}

# peer HOW [FROM]: begins a connection to daemon a; its output is in $TMP/peer.
peer() {
	exec {PEER_IN}<> <(:)
	: >"$TMP/peer"
	"$PEER" "${2:-${ADDR[p]}}" "${ADDR[a]}" "$PORT" "$1" <&"$PEER_IN" >"$TMP/peer" 2>&1 &
	PEER_PID=$!
}

peer_ends() {
	exec {PEER_IN}<&-
	kill "$PEER_PID" 2>/dev/null
	wait "$PEER_PID" 2>/dev/null
}

both_in_sync() {
	state a b in-sync && state b a in-sync
}

test_bulk() {
	kernel a init "${LOCAL[a]}" "${LOCAL[b]}"
	kernel b init "${LOCAL[b]}" "${LOCAL[a]}"
	kernel a put 1 50000
	kernel b put 1 10
	configure a b
	configure b a
	daemon a
	daemon b
	check "both are in sync" both_in_sync
	check_eq "the bulk of 50000 sessions is complete" "50000 50000" "$(kernel b get adopted) $(kernel b get copies)"
	check_eq "the other direction, too" 10 "$(kernel a get adopted)"
	check_eq "the ranges have an heir that is in sync" "true true" "$(status a '.ranges[] | "\(.adopted) \(.in_sync)"')"
	check "the kernel is told that the peer lives" eval "wait_for 10 eval '[ \$(kernel b get fed) -ge 3 ]'"
}

test_changes() {
	kernel a put 60000 300
	check "new sessions are copied" has b adopted 50300
	kernel a end 1 1000
	check "sessions that end, end there" has b adopted 49300
	kernel b move 60000 100
	check "what the heir serves goes to the owner" has a own 49300
	shows a ".peers[0].received.updated" 100
	check_eq "and is counted" 100 "$(status a '.peers[0].received.updated')"
	check_eq "nothing is refused, all is acknowledged" "0 0" "$(status a '.peers[0] | "\(.sent.refused) \(.lag)"')"
}

# shown HOST WORDS...: slbctl on a kernel that exchanges sessions.
shown() {
	SLB_SYNC_SOCKET=$TMP/$1.sock FAKE_SYNC_WAIT=30 "$SLB_DIR/tools/slbctl/tests/slbctl-fake" "${@:2}" 2>&1
}

# What slbctl says of it.
test_slbctl() {
	local what='.[0] | "\(.name) \(.peers[0].name) \(.peers[0].state) \(.ranges[0].in_sync)"'

	check_eq "sync show" "b ${ADDR[b]}:$PORT state in-sync heir yes" \
		"$(shown a sync show | sed -E 's/ since [0-9]+ lag [0-9]+/''/; s/ sent .*//')"
	check_eq "sync show counts" "sent records 50300" "$(shown a sync | grep -o 'sent records [0-9]*' | sed 's/[0-9]*$/50300/')"
	check_eq "sync show in JSON" "a b in-sync true" "$(shown a -j sync show | jq -r "$what")"
	check_eq "a file that is no socket" "slbctl: sync: slb-syncd does not run" "$(shown none sync show)"
	check_eq "check is content" "" "$(shown a check | grep -v ^ok)"
	check "check says that the daemon does not run" eval \
		"shown none check | grep -q '^note: sync-wait is 30, but slb-syncd does not run: no other balancer'"
	check_eq "metrics have the peer" 'slb_sync_peer_in_sync{peer="b"} 1' "$(shown a metrics | grep '^slb_sync_peer_in_sync')"
	check_eq "metrics have refusals by reason" 6 "$(shown a metrics | grep -c '^slb_sync_peer_refused_total{peer="b",reason=')"
	check_eq "without the daemon they have none" 0 "$(shown none metrics | grep -c '^slb_sync_peer')"
}

test_lost() {
	local bulks

	bulks=$(kernel a get bulks)
	kernel a end 2000 10
	kernel a lose
	check "a log that was overwritten leads to a bulk" has a bulks $((bulks + 1))
	check "both are in sync again" both_in_sync
	check "the bulk ends what had ended meanwhile" has b adopted 49290
	check "what was lost is counted" eval "[ \$(status a .peers[0].sent.lost) -gt 0 ]"
}

test_reconnect() {
	end_process "${PID[a]}"
	check "the end of a daemon is seen" state b a connecting
	check "check says that there is no heir" eval "shown b check | grep -q 'balancer has no heir for range ${LOCAL[b]}: '"
	kernel a end 2010 20
	daemon a
	check "a daemon that comes back is in sync" both_in_sync
	check "its bulk ends what had ended meanwhile" has b adopted 49270
	kill -STOP "${PID[a]}"
	check "a daemon that does not answer is given up" logged b 'nothing was heard for 3000 ms'
	check "and its connection closed" state b a connecting
	kill -CONT "${PID[a]}"
	check "it is in sync afterwards" both_in_sync
}

test_behind() {
	check_eq "what had ended did not come back from the peer" 49270 "$(kernel a get own)"
	kernel a restart
	check "a balancer without sessions gets them back" has a own 49270
	check "and says so" has a behind 0
	check "its log has it, too" logged a "the sessions of 1 peers are there"
	check "both are in sync" both_in_sync
	check_eq "its peer keeps them" 49270 "$(kernel b get adopted)"
	end_process "${PID[a]}"
	state b a connecting
	kernel a restart
	daemon a
	check "the same when the daemon was restarted" has a own 49270
	check "and both are in sync" both_in_sync
	check_eq "its peer keeps them" "49270 0" "$(kernel b get adopted) $(kernel a get behind)"
	end_process "${PID[a]}"
	end_process "${PID[b]}"
	kernel a set behind 1
	kernel b set behind 1
	daemon a
	daemon b
	check "two that lack sessions do not wait for each other" both_in_sync
	check_eq "both say so" "0 0" "$(kernel a get behind) $(kernel b get behind)"
	kernel a set down 1
	shows a .up false
	kernel a set behind 1
	check "without a link it waits" expect_stays 1 has a behind 1
	kernel a set down 0
	check "and not with one" has a behind 0
}

test_off() {
	kernel b set wait 0
	check "a peer whose sync is off refuses" shows a '.peers[0].why' \
		'it refuses this host: the setting sync-wait of b is 0: sync is off'
	kernel b set wait 30
	check "sync goes on" both_in_sync
	kernel b set unloaded 1
	check "a peer without module refuses" shows a '.peers[0].why' \
		'it refuses this host: module slb is not loaded on b'
	kernel b set unloaded 0
	check "sync goes on with the module" both_in_sync
	kernel b set refuses 1
	kernel a put 40000 1
	check "a kernel that takes nothing is counted" shows b '.peers[0].received.failed > 0' true
	kernel b set refuses 0
	check "sync goes on with its kernel" both_in_sync
}

test_reload() {
	local made

	made=$(status a '.peers[0].connections.made')
	configure a b p
	kill -HUP "${PID[a]}"
	check "a new peer is there" state a p connecting
	check_eq "the other one keeps its connection" "in-sync $made" "$(status a '.peers[0] | "\(.state) \(.connections.made)"')"
	echo "peer x" >>"$TMP/a.conf"
	kill -HUP "${PID[a]}"
	check "a file with a fault changes nothing" logged a "the peers stay as they were"
	check_eq "the peers stay" "b p" "$(status a '.peers[].name' | xargs)"
}

# answer HOW TEXT: the daemon says that before it closes the connection.
answer() {
	peer "$1"
	check "$1: $2" wait_for 10 eval "grep -qF 'refuse $2' $TMP/peer && grep -q closed $TMP/peer"
	peer_ends
}

test_hostile() {
	answer version "protocol version 1 here, 2 at the peer"
	check "the status says why" shows a '.peers[1] | "\(.state): \(.why)"' "refused: protocol version 1 here, 2 at the peer"
	answer records "records of version 1 here, 7 at the peer"
	answer garbage "a message has a wrong length"
	answer length "a message has a wrong length"
	answer early "the first message is no hello"
	answer ranges "a range of addresses is invalid"
	answer skip "a message is missing"
	answer bulks "bulks come too fast"
	answer acks "an acknowledgment is of no message that was sent"
	answer name "a knows this peer as p, but its name is other"
	answer rival "a and p have the same local addresses"
	check "connections with what is no message are counted" eval "[ \$(status a .peers[1].connections.invalid) -ge 8 ]"
	peer stranger "${ADDR[stranger]}"
	check "a stranger is closed without a word" wait_for 10 grep -q "^closed" "$TMP/peer"
	check_eq "nothing was said to it" 0 "$(grep -cv closed "$TMP/peer")"
	peer_ends
	check_eq "strangers are counted" 1 "$(status a .strangers)"
	check "and logged" logged a "a connection from ${ADDR[stranger]} was closed: no peer has this address"
	check "check tells of a peer that refuses" eval "shown a check | grep -q 'sync with p: .*no sessions are exchanged'"
	check_eq "the other peer has noticed nothing" in-sync "$(status a '.peers[0].state')"
}

test_slow() {
	local before

	before=$(status a '.peers[1].sent.batches')
	peer slow
	check "a slow peer gets a bulk" state a p bulk
	check "no more than the window is sent to it" shows a ".peers[1].sent.batches - $before | . >= 60 and . <= 68" true
	before=$(kernel b get adopted)
	kernel a put 61000 200
	check "it does not keep the other one back" has b adopted $((before + 200))
	check "its lag grows" shows a '.peers[1].lag > 2000' true
	check_eq "the other one has none" 0 "$(status a '.peers[0].lag')"
	peer_ends
	check "its end is seen" state a p connecting
	before=$(kernel a get bulks)
	peer wants
	check "a peer that asks for bulks all the time" state a p bulk
	check "gets one a second" eval "[ $(kernel a get bulks) -le $((before + 3)) ]"
	peer_ends
	check "its end is seen, too" state a p connecting
	peer silent
	check "a silent peer is given up" wait_for 10 grep -q ^closed "$TMP/peer"
	peer_ends
}

# Without "plain yes".
test_plain() {
	kernel c init 10.3.1.1
	ADDR[c]=127.7.0.3
	configure c a
	sed -i /plain/d "$TMP/c.conf"
	daemon c
	check "a device that is not of WireGuard is refused" shows c '.listen[0].why' \
		'device lo is not a WireGuard device: records would be sent without encryption ("plain yes" allows that)'
	end_process "${PID[c]}"
	FAKE_KIND=wireguard daemon c
	check "one of WireGuard is not" logged c "listening at 127.7.0.3"
	end_process "${PID[c]}"
}

test_ends() {
	local host

	for host in a b; do
		end_process "${PID[$host]}"
		check_not "$host: no fault of memory" grep -E 'AddressSanitizer|runtime error|LeakSanitizer' "$TMP/$host.log"
	done
}

make -s -C "$TOOL" tests >"$TMP/make" 2>&1 || ktap_skip_all "the simulated kernel cannot be built"
make -s -C "$SLB_DIR/tools/slbctl" tests >"$TMP/make" 2>&1 || ktap_skip_all "slbctl cannot be built for it"
ktap_plan 87
check "corpus of messages" "$TOOL/tests/replay-message" "$SLB_SELFTESTS/unit/corpus/syncd-message"
test_bulk
test_changes
test_slbctl
test_lost
test_reconnect
test_behind
test_off
test_reload
test_hostile
test_slow
test_plain
test_ends
