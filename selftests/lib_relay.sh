# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For tests of the relay alone: the balancers are hosts that only receive packets.
#
# send HOST [PACKET]                sends packets, see packets --help; without arguments those of the input
# watch_balancers                   starts a capture of incoming packets on all links of all balancers
# watch_end                         ends it
# seen REGEX                        prints where packets came in: "b1 l2", one line a packet; the regular
#                                   expression is for lines as tcpdump -v writes them, each packet in one,
#                                   "... ttl 63, ... 198.51.100.11.1001 > 203.0.113.80.80: ..."
# way PROTO CLIENT:PORT VIP:PORT    prints where the relay says that a flow goes, in the same words
# ways                              the same for many: one "PROTO CLIENT:PORT VIP:PORT" on each line of the input
# drops REASON                      prints how many packets the relay dropped for this reason
# relay_count DIRECTION [B [L]]     prints the packets of a direction (client-in ...) of the links that fit

send() {
	local host=$1
	shift
	on "$host" "$SLB_SELFTESTS/tools/packets/packets" "$@"
}

# Not by capture(): with a capture on all devices, buffers of whole packets would be too few.
watch_balancers() {
	local b
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		spawn on "b$b" tcpdump -i any -nn -U -s 160 --immediate-mode -Z root -w "$TMP/seen-b$b.pcap" \
			"inbound and (ip or ip6)" 2>"$TMP/seen-b$b.log"
		# shellcheck disable=SC2034
		LIB_CAPTURES["seen-b$b"]=$SPAWNED
	done
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		wait_for 10 grep -q 'listening on' "$TMP/seen-b$b.log" || return 1
	done
}

# Captures are read on the host where they were taken: only there are the devices' names known.
watch_end() {
	local b
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		capture_stop "seen-b$b"
		on "b$b" tcpdump -nn -t -v -r "$TMP/seen-b$b.pcap" 2>/dev/null |
			awk -v b="b$b" '/^[^ ]/ { if (line) print b, line; line = $0; next } { line = line $0 }
				END { if (line) print b, line }'
	done | tr -s ' ' >"$TMP/seen"
}

seen() {
	grep -E -- "$1" "$TMP/seen" | cut -d' ' -f1,2
}

way() {
	ways <<<"$*"
}

ways() {
	awk '{ print "relay flow show", $1, "client", $2, "vip", $3 }' >"$TMP/ways"
	ctl r -batch "$TMP/ways" | awk '{
		for (i = 1; i < NF; i++) {
			if ($i == "balancer") b = $(i + 1)
			if ($i == "link") l = $(i + 1)
		}
		print b, l
	}'
}

drops() {
	ctl r relay drop show | awk -v reason="$1" '$1 == reason { print $2 }'
}

relay_count() {
	ctl r -s relay link show | awk -v dir="$1" -v b="${2:-}" -v l="${3:-}" '
		/^[^ ]/ { fits = (b == "" || $1 == b) && (l == "" || $2 == l) }
		fits && $1 == dir { n += $3 }
		END { print n + 0 }'
}
