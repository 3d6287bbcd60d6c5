# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For the tests of distribution, limits and scale: many flows from generated clients to generated servers, and
# the resulting distribution.
#
# The flows come from the networks CLIENTS4 and CLIENTS6, behind c1, which have no hosts to receive an answer.
# The servers that share_servers names are addresses with blackhole routes on the relay: packets to them
# cost little and are never answered. Both are added to the topology in lib_topology.sh.
#
# share_topology OPTION...      as topology, by default without servers; loads the modules, too
# share_relay VIP...            configures the relay for these VIPs ("PROTO ADDR[:PORT]") and all balancers
# share_servers GROUP N [WEIGHT...]
#                               prints slbctl commands that add N servers of each family to a group
# share_links B [WEIGHT...]     prints slbctl commands that add the links of balancer B
# config HOST                   runs the slbctl commands on its input
# flows HOST ARG...             runs tools/packets/flows there, see its source; flows4 and flows6 N [ARG...] send
#                               N flows drawn at random (UDP) from c1 to VIP4 or VIP6, port 80
# sessions HOST [FILTER...]     prints sessions, one a line: see SESSION_FIELDS
# server_sessions HOST FAMILY   prints "server sessions" of each server of that family (4 or 6)
# status HOST NAME              prints one of the totals; drops HOST NAME how often a reason dropped packets
# more REASON COMMAND...        prints how many packets b1 dropped for this reason while the command ran
# spread PERCENT WEIGHTS        do the counts on the input ("name count" a line) differ from what the
#                               weights ("name=weight ...") say by no more than that? None for weight 0.
# between LEAST N MOST          is N between both?
# independent A B               chi-square test: are the words A and B of the lines on the input
#                               independent? Wrong alarms are one in a million.
# fits WEIGHTS                  chi-square test: are the counts on the input ("name count" a line) by chance
#                               what the weights say? As spread.

# shellcheck disable=SC2034
CLIENTS4=10.64.0.0/10 CLIENTS6=2001:db8:c:1::/64
SOURCES4=10.64.0.0/12@1024-65535 SOURCES6=2001:db8:c:1::/108@1024-65535
SERVERS4=192.0.2.1 SERVERS6=2001:db8:5:1::
FLOWS=$SLB_SELFTESTS/tools/packets/flows
# Words of a line of sessions, to be used as $CLIENT and so on in awk.
SESSION_FIELDS='BEGIN { PROTO = 2; CLIENT = 4; VIP = 6; SERVER = 8; LOCAL = 10; RETURN = 12; INGRESS = 16;
	STATE = 18 }'

# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"
[ -x "$FLOWS" ] || ktap_skip_all "tools/packets/flows is not built"

share_topology() {
	load_modules slb relay
	topology servers=0 "$@"
	ip -n "${NS[r]}" -batch - <<-END
		route add blackhole 192.0.2.128/25
		route add blackhole ${SERVERS6}/64
		route add blackhole $CLIENTS4
		route add blackhole $CLIENTS6
	END
	share_meet
}

# Makes neighbours permanent, so that no flow waits for one. c1 cannot even ask for one: IPv6 asks from the
# packet's source, which is not c1's address, or from a link-local address, which c1 does not have.
share_meet() {
	local b l
	ip -n "${NS[c1]}" neighbour replace "$RELAY6" dev eth0 nud permanent \
		lladdr "$(on r cat /sys/class/net/c1/address)"
	ip -n "${NS[r]}" neighbour replace "${ADDR6[c1]}" dev c1 nud permanent \
		lladdr "$(on c1 cat /sys/class/net/eth0/address)"
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		for ((l = 1; l <= LIB_LINKS; l++)); do
			on "b$b" ping -n -q -c 1 -W 2 "100.64.$b.$((16 * l + 1))"
			on "b$b" ping -n -q -c 1 -W 2 "2001:db8:b:$b$l::1"
		done
	done >/dev/null
}

# The hash alone decides: a flow's path must not depend on earlier flows or on which link is proven first.
share_relay() {
	{
		topology_relay_lines "$@"
		echo "relay setting set flow-limit 0"
	} | config r
	[[ $LIB_LINK_WORDS == *"interval 0"* ]] || wait_for 10 topology_proven || note "not every link is proven"
}

share_server() {
	case $1 in
	4) echo "192.0.2.$((128 + $2))" ;;
	6) printf '%s%x\n' "$SERVERS6" "$2" ;;
	esac
}

share_servers() {
	local group=$1 n=$2 i family
	shift 2
	for ((i = 1; i <= n; i++)); do
		for family in 4 6; do
			echo "server add $group $(share_server "$family" "$i") weight ${!i:-1}"
		done
	done
}

share_links() {
	local b=$1 l
	shift
	for ((l = 1; l <= LIB_LINKS; l++)); do
		echo "link add l$l dev l$l weight ${!l:-1}" \
			"via 100.64.$b.$((16 * l + 1)) local 10.$b.$l.1-10.$b.$l.4" \
			"via 2001:db8:b:$b$l::1 local 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4 $LIB_LINK_WORDS $LIB_ENV_WORDS"
	done
}

config() {
	ctl "$1" -batch -
}

flows() {
	local host=$1
	shift
	on "$host" "$FLOWS" "$@"
}

flows4() {
	flows c1 -s 1 -n "$@" udp "$SOURCES4" "$VIP4@80"
}

flows6() {
	flows c1 -s 1 -n "$@" udp "$SOURCES6" "$VIP6@80"
}

sessions() {
	local host=$1
	shift
	ctl "$host" -o session show "$@"
}

server_sessions() {
	ctl "$1" -o -s server show | awk -v family="$2" '
		(index($2, ":") != 0) == (family == 6) {
			for (i = 3; i < NF; i++)
				if ($i == "sessions")
					print $2, $(i + 1)
		}'
}

more() {
	local reason=$1 before
	before=$(drops b1 "$reason")
	shift
	"$@" >/dev/null
	echo $(($(drops b1 "$reason") - ${before:-0}))
}

status() {
	ctl "$1" status show | awk -v name="$2" '$1 == name { print $2 }'
}

drops() {
	ctl "$1" -s drop show | awk -v name="$2" '$1 == name { print $2 }'
}

spread() {
	awk -v percent="$1" -v weights="$2" '
		BEGIN {
			n = split(weights, part, " ")
			for (i = 1; i <= n; i++) {
				split(part[i], pair, "=")
				weight[pair[1]] = pair[2]
				total += pair[2]
			}
		}
		{ count[$1] += $2; all += $2; if (!($1 in weight)) { print "nobody knows " $1; bad = 1 } }
		END {
			if (!all) { print "there is nothing"; exit 1 }
			for (name in weight) {
				want = all * weight[name] / total
				off = want ? 100 * (count[name] - want) / want : 0
				printf "%s: %d, wanted %.1f (%+.2f %%)\n", name, count[name], want, off
				if (off > percent || off < -percent || (!want && count[name]))
					bad = 1
			}
			exit bad
		}'
}

# Wilson and Hilferty: the cube root of chi-square is about normal; 4.75 standard deviations.
SHARE_CHI='
	function chi_limit(freedom, h) {
		h = 2 / (9 * freedom)
		return freedom * (1 - h + 4.75 * sqrt(h)) ^ 3
	}
	function chi_tell(chi, freedom, n) {
		printf "chi-square %.1f, limit %.1f, %d degrees of freedom, %d in all\n",
			chi, chi_limit(freedom), freedom, n
		return chi > chi_limit(freedom)
	}'

between() {
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ] && return 0
	echo "$2 is not between $1 and $3"
	return 1
}

independent() {
	awk -v a="$1" -v b="$2" "$SHARE_CHI"'
		{ cell[$a, $b]++; row[$a]++; column[$b]++; n++ }
		END {
			for (i in row)
				for (j in column) {
					want = row[i] * column[j] / n
					chi += (cell[i, j] - want) ^ 2 / want
				}
			freedom = (length(row) - 1) * (length(column) - 1)
			if (!freedom) { print "words " a " and " b " do not vary"; exit 1 }
			exit chi_tell(chi, freedom, n)
		}'
}

fits() {
	awk -v weights="$1" "$SHARE_CHI"'
		{ count[$1] += $2; n += $2 }
		END {
			parts = split(weights, part, " ")
			for (i = 1; i <= parts; i++) {
				split(part[i], pair, "=")
				weight[pair[1]] = pair[2]
				total += pair[2]
			}
			for (name in count)
				if (!(name in weight)) { print "nobody knows " name; exit 1 }
			for (name in weight) {
				want = n * weight[name] / total
				chi += (count[name] - want) ^ 2 / want
				print name, count[name] + 0, "wanted", want
			}
			if (!n) { print "there is nothing"; exit 1 }
			exit chi_tell(chi, parts - 1, n)
		}'
}

# idle MS: no packet comes for so long, however slow the machine
idle() {
	local until=$((${EPOCHREALTIME/./} + $1 * 1000))
	while [ "${EPOCHREALTIME/./}" -lt "$until" ]; do
		lib_pause 0.05
	done
}
