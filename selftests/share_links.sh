#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Balancers and links get flows by their weights, the return link is never the ingress link, and the choices
# are independent of each other.
#
#   c1 --- r === b1           three links each; a link or balancer that a test does not want has weight 0
#           \=== b2
#            r2               a second relay, configured alike in another order; no packet comes here
#
# Thousands of flows from generated clients. The test reads the resulting sessions of the balancers.

# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

KEYS=(000102030405060708090a0b0c0d0e0f 6162636465666768696a6b6c6d6e6f70 deadbeefcafe0123456789abcdef0001)
N=4

# balancers WEIGHT...; relay_links WEIGHT...; links WEIGHT...: of b1, b2 at the relay, and of the links of
# both balancers at the relay (ingress) and at the balancers (return)
balancers() {
	local b=0 weight
	for weight in "$@"; do
		b=$((b + 1))
		echo "relay balancer set b$b weight $weight"
	done | config r
}

relay_links() {
	local l=0 weight
	for weight in "$@"; do
		l=$((l + 1))
		printf "relay link set %s l$l weight $weight\n" b1 b2
	done | config r
}

links() {
	local l=0 weight b
	for weight in "$@"; do
		l=$((l + 1))
		echo "link set l$l weight $weight"
	done >"$TMP/links"
	for b in b1 b2; do
		config "$b" <"$TMP/links"
	done
}

flush() {
	ctl b1 session flush
	ctl b2 session flush
} >/dev/null

# dump: "balancer server ingress return local" of every session
dump() {
	local b
	for b in b1 b2; do
		sessions "$b" | awk -v b="$b" "$SESSION_FIELDS"'
			{ sub(/:[0-9]+$/, "", $LOCAL); print b, $SERVER, $INGRESS, $RETURN, $LOCAL }'
	done
}

# counted WORDS...: how often each value of these words occurs on the input, the words joined by "/"
counted() {
	awk -v words="$*" '
		BEGIN { n = split(words, word, " ") }
		{ name = $word[1]; for (i = 2; i <= n; i++) name = name "/" $word[i]; count[name]++ }
		END { for (name in count) print name, count[name] }'
}

# per_balancer: sessions of each
per_balancer() {
	local b
	for b in b1 b2; do
		echo "$b $(status $b sessions)"
	done
}

# arrived: packets that each link of the relay has taken from clients since the last call
declare -A arrived_before=()
arrived() {
	local link count
	while read -r link count; do
		echo "$link $((count - ${arrived_before[$link]:-0}))"
		arrived_before[$link]=$count
	done < <(ctl r -s relay link show | awk '
		/^[^ ]/ { link = $1 "/" $2 }
		$1 == "client-in" { print link, $3 }') >"$TMP/arrived"
}

# The relay's choices depend on its key alone. Several keys show that none of them is a lucky one.
test_balancers() {
	local key
	for key in "${KEYS[@]}"; do
		ctl r relay setting set hash-key "$key"
		flush
		flows4 10000
		check "balancers get what they weigh: 1 and 1 (key ${key:0:4})" \
			spread 5 "b1=1 b2=1" < <(per_balancer)
	done
	balancers 1 3
	flush
	flows4 20000
	check "balancers get what they weigh: 1 and 3" spread 5 "b1=1 b2=3" < <(per_balancer)
	flush
	flows6 10000
	check "IPv6: balancers get what they weigh: 1 and 3" spread 5 "b1=1 b2=3" < <(per_balancer)
	balancers 0 1
	flush
	flows4 1000
	check_eq "a balancer of weight 0 gets nothing" "b1 0 b2 1000 " "$(per_balancer | tr '\n' ' ')"
	balancers 1 1
}

test_ingress() {
	local key
	for key in "${KEYS[@]}"; do
		ctl r relay setting set hash-key "$key"
		relay_links 1 1 0
		arrived
		flows4 10000
		arrived
		check "ingress links get what they weigh: 1 and 1 (key ${key:0:4})" spread 5 \
			"b1/l1=1 b1/l2=1 b1/l3=0 b2/l1=1 b2/l2=1 b2/l3=0" <"$TMP/arrived"
		flush
	done
	relay_links 1 2 3
	balancers 0 1
	flows4 20000
	arrived
	check "ingress links get what they weigh: 1, 2 and 3" spread 5 "b2/l1=1 b2/l2=2 b2/l3=3" \
		< <(grep b2 "$TMP/arrived")
	balancers 1 1
}

test_two_links() {
	relay_links 1 1 0
	links 1 1 0
	flush
	flows4 2000
	flows6 1000
	dump >"$TMP/two"
	check_eq "of two links the return link is always the other one" "l1/l2 l2/l1 3000" \
		"$(counted 3 4 <"$TMP/two" | sort | awk '{ n += $2; printf "%s ", $1 } END { print n }')"
}

test_return() {
	relay_links 1 1 1
	links 1 2 3
	balancers 1 0
	flush
	flows4 10000
	dump >"$TMP/three"
	check_eq "of three links the return link is never the ingress link" 0 \
		"$(awk '$3 == $4' "$TMP/three" | wc -l)"
	check "flows that came in on l1: the other links get what they weigh, 2 and 3" fits "l2=2 l3=3" \
		< <(awk '$3 == "l1"' "$TMP/three" | counted 4)
	check "flows that came in on l2: the other links get what they weigh, 1 and 3" fits "l1=1 l3=3" \
		< <(awk '$3 == "l2"' "$TMP/three" | counted 4)
	check "flows that came in on l3: the other links get what they weigh, 1 and 2" fits "l1=1 l2=2" \
		< <(awk '$3 == "l3"' "$TMP/three" | counted 4)
	links 1 1 1
	flush
	flows4 30000
	check "return links get what they weigh in total: 1, 1 and 1" spread 5 "l1=1 l2=1 l3=1" \
		< <(ctl b1 -o -s link show | sed -E 's/ .* sessions ([0-9]+) .*/ \1/')
	balancers 1 1
}

test_independence() {
	local sched=$1 file=$TMP/independent-$1
	flush
	ctl b1 group set web scheduler "$sched"
	ctl b2 group set web scheduler "$sched"
	flows4 6000
	flows6 2000
	dump | sed 's/\[\?2001:db8:5:1::\(.\)\]\?/192.0.2.\1/' >"$file"
	check "$sched: the server tells nothing of the balancer" independent 2 1 <"$file"
	check "$sched: the server tells nothing of the ingress link" independent 2 3 <"$file"
	check "$sched: the server tells nothing of the return link" independent 2 4 <"$file"
	check "$sched: the server tells nothing of the local address" independent 2 5 \
		< <(grep -v : <(sed 's/:[0-9]* / /' "$file"))
	check "$sched: the balancer tells nothing of the ingress link" independent 1 3 <"$file"
	check "$sched: the balancer tells nothing of the return link" independent 1 4 <"$file"
	check "$sched: all pairs of ingress and return link are as frequent" \
		fits "l1/l2=1 l1/l3=1 l2/l1=1 l2/l3=1 l3/l1=1 l3/l2=1" < <(counted 3 4 <"$file")
}

# Asks a relay for the balancer and link of 200 flows.
ask() {
	local i
	for ((i = 0; i < 100; i++)); do
		echo "relay flow show udp client 10.64.$i.1:$((1024 + 37 * i)) vip $VIP4:80"
		echo "relay flow show tcp client [2001:db8:c:1::$i]:$((1024 + 41 * i)) vip [$VIP6]:443"
	done | config "$1"
}

# usable HOST: are all links of this relay in use, in both families?
usable() {
	[ "$(ctl "$1" -j relay link show | json state state4 state6 | grep -cx 'up null null')" -eq $((2 * LIB_LINKS)) ]
}

# The far ends of r2's devices are also in r2, so no host answers probes.
test_two_relays() {
	local b l
	NS[r2]=r2-$LIB_ID	# deleted with the others
	ip netns add "${NS[r2]}"
	topology_forward r2
	for ((b = 2; b >= 1; b--)); do
		echo "relay balancer add b$b weight $((3 - b))"
		for ((l = LIB_LINKS; l >= 1; l--)); do
			{
				echo "link add other$b$l type veth peer name peer$b$l"
				echo "link set peer$b$l up"
				topology_balancer_end "other$b$l" "$b" "$l" 1
			} | ip -n "${NS[r2]}" -batch -
			echo "relay link add b$b l$l dev other$b$l weight $l interval 0" \
				"via 100.64.$b.$((16 * l + 2)) return 10.$b.$l.1-10.$b.$l.4" \
				"via 2001:db8:b:$b$l::2 return 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4"
		done
	done >"$TMP/r2"
	printf 'relay vip add any %s\n' "$VIP6" "$VIP4" | config r2
	config r2 <"$TMP/r2"
	balancers 2 1
	relay_links 1 2 3
	# A link that is not in use is passed over, so both relays must have all of theirs.
	check "all links of both relays are in use, in both families" \
		eval "wait_for 10 usable r && wait_for 10 usable r2 && wait_for 10 topology_proven"
	ask r >"$TMP/r"
	check "a second relay with a key of its own disagrees" differ r r2
	ctl r2 relay setting set hash-key "${KEYS[2]}"
	ask r2 >"$TMP/r2"
	check "relays that share key, names and weights agree on 200 flows, in whatever order they were told" \
		diff "$TMP/r" "$TMP/r2"
	check_eq "the relays were asked about 200 flows" 200 "$(grep -c 'balancer b[12] link l[123]' "$TMP/r2")"
}

# differ HOST HOST
differ() {
	! cmp -s <(ask "$1") <(ask "$2")
}

ktap_plan 41
share_topology balancers=2 links=3
for b in 1 2; do
	{
		share_links $b
		echo "group add web"
		share_servers web $N
		echo "vip add any $VIP4 group web"
		echo "vip add any $VIP6 group web"
	} | config "b$b"
done
share_relay "any $VIP4" "any $VIP6"
test_balancers
test_ingress
test_two_links
test_return
test_independence rr
test_independence wrr
test_independence mh
test_two_relays
