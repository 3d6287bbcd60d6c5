# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The standard topology of the tests, with one network namespace per host, and common commands on its hosts.
#
#      c1 ... cN             clients   198.51.100.1N       2001:db8:c::1N
#       |     |
#     +---------+
#     |    r    |            relay     routes between all; knows neither VIPs nor local ranges
#     +---------+
#      ||  ||  |   \
#      ||  ||  s1 .. sN      servers   192.0.2.1N          2001:db8:5::1N
#      ||  ||
#      b1  b2                balancers, two (or more) links each to the relay
#
#   link L of balancer B     relay     100.64.B.(16L+1)/28   2001:db8:b:BL::1/64   device bBlL
#                            balancer  100.64.B.(16L+2)/28   2001:db8:b:BL::2/64   device lL
#   its local range          10.B.L.1-4                      2001:db8:a:BL::1-4    (on no device)
#   virtual addresses        203.0.113.80, .81 ...           2001:db8:f::80, ::81 ...
#
# Every line is a veth pair. Clients and servers have eth0 and a default route to the relay, where their
# devices bear their names. Balancers have no route to clients or servers, the relay none to virtual
# addresses and local ranges: only the modules know those.
#
# topology [clients=1] [servers=3] [balancers=2] [links=2] [mtu=1500] [link_mtu=1500[,1400...]]
#                       builds it. link_mtu: one for all links, or one for each link of a balancer. Its
#                       surroundings are those of LIB_ENV, see lib_env.sh.
# topology_end          deletes it, so that the next one can be built
# sever B down|up       sets both links of a balancer, at the relay
# topology_link B L     builds one link again, whose Ethernet devices are gone
# topology_route HOST [WORD...]   sets the relay's routes to a client or server, with words of ip-route(8)
# topology_config [scheduler=rr] [group=web] [servers="s1 s2"] [port=N] "PROTO ADDR[:PORT[-PORT]]"...
#                       configures relay and balancers by slbctl for the virtual addresses given; port is
#                       the servers' port where it differs. LIB_LINK_WORDS is added to what it says of
#                       each link: "misses 20", so that no machine that stands still for a moment loses one;
#                       "interval 0", where a test wants no packets but its own.
# on HOST COMMAND...    runs a command on a host; ctl HOST ARG... runs slbctl there
# NS[HOST] the host's namespace; ADDR4[HOST], ADDR6[HOST] the address of a client or server
# http_server HOST [PORT]           answers with its host's name at /, with the peer's address at /peer
# capture NAME HOST DEV [FILTER]    starts tcpdump, for LIB_SNAPLEN bytes of each packet (all); capture_stop NAME,
#                                   capture_show NAME [FILTER], capture_count NAME [FILTER]

# shellcheck disable=SC2034
VIP4=203.0.113.80 VIP6=2001:db8:f::80
RELAY4=198.51.100.254 RELAY6=2001:db8:c::fe
declare -gA NS=() ADDR4=() ADDR6=() LIB_CAPTURES=() LIB_COUNTS=()
declare -ga LIB_MTUS=()
LIB_CLIENTS=1 LIB_SERVERS=3 LIB_BALANCERS=2 LIB_LINKS=2 LIB_LINK_WORDS='misses 20'

on() {
	local host=$1
	shift
	ip netns exec "${NS[$host]}" "$@"
}

ctl() {
	local host=$1
	shift
	"$SLBCTL" -n "${NS[$host]}" "$@"
}

# ---- building

# Adds a namespace for each host, all deleted on exit.
topology_netns() {
	local host
	for host in "$@"; do
		NS[$host]=$host-$LIB_ID
	done
	defer topology_delete
	printf 'netns add %s\n' "${NS[@]}" | ip -batch -
}

sever() {
	on r ip -batch - <<-END
		link set ${1}l1 $2
		link set ${1}l2 $2
	END
}

# Ends what still runs in the namespaces (daemons that left their parent) and deletes them.
topology_delete() {
	local pid ns
	[ "${#NS[@]}" -gt 0 ] || return 0
	for pid in /proc/[0-9]*; do
		for ns in "${NS[@]}"; do
			[ ! "$pid/ns/net" -ef "/run/netns/$ns" ] || kill -KILL "${pid#/proc/}" 2>/dev/null
		done
	done
	printf 'netns del %s\n' "${NS[@]}" | ip -batch -
	NS=()
}

topology_end() {
	topology_delete
	ADDR4=() ADDR6=() LIB_CAPTURES=() LIB_COUNTS=()
}

topology_forward() {
	local host
	for host in "$@"; do
		nsenter --net="/run/netns/${NS[$host]}" sysctl -qw \
			net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
			net.ipv6.conf.{all,default}.accept_dad=0 \
			net.ipv6.conf.{all,default}.keep_addr_on_down=1 \
			net.ipv4.conf.{all,default}.rp_filter=0 || return 1
	done
}

# Each of these prints ip(8) commands: for a client's or server's side of its line, the relay's side of it,
# one end (1 relay, 2 balancer) of a balancer's link, and all devices. They use printf, for a here-document
# would cost a process each. Clients and servers have no link-local addresses: nothing to detect, and no
# chatter in captures.
topology_leaf() {
	printf '%s\n' \
		"link set lo up" \
		"link set eth0 addrgenmode none" \
		"link set eth0 up" \
		"address add ${ADDR4[$1]}/32 dev eth0" \
		"address add ${ADDR6[$1]}/128 dev eth0 nodad" \
		"route add default via $RELAY4 dev eth0 onlink" \
		"route add default via $RELAY6 dev eth0 onlink"
}

topology_relay_leaf() {
	printf '%s\n' \
		"link set $1 up" \
		"address add $RELAY4/32 dev $1" \
		"address add $RELAY6/128 dev $1 nodad"
	topology_route_lines add "$1"
}

# topology_route_lines add|replace HOST [WORD...]: in every table of the relay that has to know the host.
topology_route_lines() {
	local table
	env_tables "$2"
	for table in "${LIB_ENV_TABLES[@]}"; do
		printf '%s\n' \
			"route $1 ${ADDR4[$2]}/32 dev $2 table $table ${*:3}" \
			"route $1 ${ADDR6[$2]}/128 dev $2 table $table ${*:3}"
	done
}

# topology_balancer_end DEV BALANCER LINK END
topology_balancer_end() {
	env_device "$@"
	printf '%s\n' \
		"link set $1 up" \
		"address add 100.64.$2.$((16 * $3 + $4))/28 dev $1" \
		"address add 2001:db8:b:$2$3::$4/64 dev $1 nodad"
}

# topology_link_line BALANCER LINK MTU
topology_link_line() {
	local under=${LIB_ENV_UNDER:-}
	echo "link add ${under}l$2 netns ${NS[b$1]} mtu $3 type veth peer name ${under}b$1l$2 netns ${NS[r]} mtu $3"
}

topology_link() {
	if [ -n "$LIB_ENV_UNDER" ]; then
		ip -n "${NS[b$1]}" link del "l$2" 2>/dev/null
		ip -n "${NS[r]}" link del "b$1l$2" 2>/dev/null
	fi
	topology_link_line "$1" "$2" $((LIB_MTUS[$2] + LIB_ENV_ROOM)) | ip -batch - &&
		topology_balancer_end "l$2" "$1" "$2" 2 | ip -n "${NS[b$1]}" -batch - &&
		topology_balancer_end "b$1l$2" "$1" "$2" 1 | ip -n "${NS[r]}" -batch -
}

topology_route() {
	topology_route_lines replace "$@" | ip -n "${NS[r]}" -batch -
}

topology_links() {
	local host b l
	for host in "${!ADDR4[@]}"; do
		echo "link add eth0 netns ${NS[$host]} mtu $1 type veth peer name $host netns ${NS[r]} mtu $1"
	done
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		for ((l = 1; l <= LIB_LINKS; l++)); do
			topology_link_line "$b" "$l" $((LIB_MTUS[l] + LIB_ENV_ROOM))
		done
	done
}

topology_addresses() {
	local host b l
	for host in "${!ADDR4[@]}"; do
		topology_leaf "$host" | ip -n "${NS[$host]}" -batch - || return 1
	done
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		{
			echo "link set lo up"
			env_lines "b$b"
			for ((l = 1; l <= LIB_LINKS; l++)); do
				topology_balancer_end "l$l" "$b" "$l" 2
			done
		} | ip -n "${NS[b$b]}" -batch - || return 1
	done
	{
		echo "link set lo up"
		env_lines r
		for host in "${!ADDR4[@]}"; do
			topology_relay_leaf "$host"
		done
		for ((b = 1; b <= LIB_BALANCERS; b++)); do
			for ((l = 1; l <= LIB_LINKS; l++)); do
				topology_balancer_end "b${b}l$l" "$b" "$l" 1
			done
		done
	} | ip -n "${NS[r]}" -batch -
}

topology() {
	local option i mtu=1500 link_mtu='' mtus=() routers=(r)
	for option in "$@"; do
		case $option in
		clients=*) LIB_CLIENTS=${option#*=} ;;
		servers=*) LIB_SERVERS=${option#*=} ;;
		balancers=*) LIB_BALANCERS=${option#*=} ;;
		links=*) LIB_LINKS=${option#*=} ;;
		mtu=*) mtu=${option#*=} ;;
		link_mtu=*) link_mtu=${option#*=} ;;
		*) ktap_skip_all "topology: unknown option $option" ;;
		esac
	done
	IFS=, read -ra mtus <<<"${link_mtu:-$mtu}"
	for ((i = 1; i <= LIB_LINKS; i++)); do
		LIB_MTUS[i]=${mtus[i - 1]:-${mtus[0]}}
	done
	env_choose "$LIB_ENV"
	printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"
	for ((i = 1; i <= LIB_CLIENTS; i++)); do
		ADDR4[c$i]=198.51.100.$((10 + i)) ADDR6[c$i]=2001:db8:c::$((10 + i))
	done
	for ((i = 1; i <= LIB_SERVERS; i++)); do
		ADDR4[s$i]=192.0.2.$((10 + i)) ADDR6[s$i]=2001:db8:5::$((10 + i))
	done
	for ((i = 1; i <= LIB_BALANCERS; i++)); do
		routers+=("b$i")
	done
	if ! topology_netns "${routers[@]}" "${!ADDR4[@]}" ||
		! topology_forward "${routers[@]}" ||
		! topology_links "$mtu" | ip -batch - ||
		! topology_addresses ||
		! env_surround; then
		fail "cannot build the topology"
		exit 1
	fi
}

# ---- configuring

# Both print slbctl commands, which are run in one go: a process for each would take a second in all.
topology_balancer_lines() {
	local b=$1 group=$2 scheduler=$3 servers=$4 port=$5 l s
	shift 5
	for ((l = 1; l <= LIB_LINKS; l++)); do
		echo "link add l$l dev l$l" \
			"via 100.64.$b.$((16 * l + 1)) local 10.$b.$l.1-10.$b.$l.4" \
			"via 2001:db8:b:$b$l::1 local 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4 $LIB_LINK_WORDS $LIB_ENV_WORDS"
	done
	echo "group add $group scheduler $scheduler"
	for s in $servers; do
		echo "server add $group ${ADDR4[$s]}${port:+:$port}"
		echo "server add $group ${port:+[}${ADDR6[$s]}${port:+]:$port}"
	done
	for s in "$@"; do
		echo "vip add $s group $group"
	done
}

topology_relay_lines() {
	local b l
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		echo "relay balancer add b$b"
		for ((l = 1; l <= LIB_LINKS; l++)); do
			echo "relay link add b$b l$l dev b${b}l$l" \
				"via 100.64.$b.$((16 * l + 2)) return 10.$b.$l.1-10.$b.$l.4" \
				"via 2001:db8:b:$b$l::2 return 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4 $LIB_LINK_WORDS $LIB_ENV_WORDS"
		done
	done
	# devices towards clients and servers
	[ -z "$LIB_ENV_WORDS" ] || printf "relay device add %s $LIB_ENV_WORDS\n" "${!ADDR4[@]}"
	# last: no packet is steered before there are all balancers
	printf 'relay vip add %s\n' "$@"
}

# topology_config_balancer NUMBER GROUP SCHEDULER SERVERS PORT VIP...
topology_config_balancer() {
	topology_balancer_lines "$@" | ctl "b$1" -b -
}

# topology_config_relay VIP...
topology_config_relay() {
	topology_relay_lines "$@" | ctl r -b -
}

# Is every link proven, in each family? One that is not would be passed over for others.
topology_proven() {
	local b
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		! ctl "b$b" -s -j link show | json probe | grep -vqx up || return 1
	done
	! ctl r -s -j relay link show | json probe | grep -vqx up
}

topology_config() {
	local group=web scheduler=rr port='' servers='' vips=() option b
	for ((b = 1; b <= LIB_SERVERS; b++)); do
		servers+=" s$b"
	done
	for option in "$@"; do
		case $option in
		group=*) group=${option#*=} ;;
		scheduler=*) scheduler=${option#*=} ;;
		servers=*) servers=${option#*=} ;;
		port=*) port=${option#*=} ;;
		*) vips+=("$option") ;;
		esac
	done
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		topology_config_balancer "$b" "$group" "$scheduler" "$servers" "$port" "${vips[@]}" &&
			continue
		fail "cannot configure balancer b$b"
		exit 1
	done
	if ! topology_config_relay "${vips[@]}"; then
		fail "cannot configure the relay"
		exit 1
	fi
	if [ -d /sys/module/slb ] && [[ $LIB_LINK_WORDS != *"interval 0"* ]]; then
		wait_for 3 topology_proven || note "not every link is proven"
	fi
}

# ---- what runs on the hosts

# listening HOST PORT: does something accept TCP connections on this port?
listening() {
	[ -n "$(on "$1" ss -Hltn "sport = :$2")" ]
}

http_server() {
	local host=$1 port=${2:-80} dir=$TMP/http-$1-${2:-80}
	mkdir -p "$dir/files"
	cat >"$dir/nginx.conf" <<-END
		daemon off;
		master_process off;
		user root;
		pid $dir/pid;
		error_log $dir/error.log;
		events {}
		http {
			access_log off;
			server {
				listen $port backlog=1024;
				listen [::]:$port backlog=1024;
				location = / { return 200 "$host\\n"; }
				location = /peer { return 200 "\$remote_addr \$remote_port\\n"; }
				location / { root $dir/files; }
			}
		}
	END
	spawn on "$host" nginx -c "$dir/nginx.conf" -p "$dir" -e "$dir/error.log"
	wait_for 10 listening "$host" "$port" && return 0
	note "nginx does not run on $host: $(cat "$dir/error.log")"
	return 1
}

# ---- captures

capture() {
	local name=$1 host=$2 dev=$3 filter=${4:-}
	# the room is divided into places of the largest size
	spawn on "$host" tcpdump -i "$dev" -nn -U --immediate-mode -B 16384 ${LIB_SNAPLEN:+-s "$LIB_SNAPLEN"} \
		-Z root -w "$TMP/$name.pcap" \
		"$filter" 2>"$TMP/$name.log"
	LIB_CAPTURES[$name]=$SPAWNED
	wait_for 10 grep -q 'listening on' "$TMP/$name.log" && return 0
	note "tcpdump does not run on $host: $(cat "$TMP/$name.log")"
	return 1
}

# Has tcpdump read all that the kernel has captured for it, and did nothing come since the last look? It
# tells its counts on SIGUSR1.
capture_settled() {
	local lines counts
	lines=$(wc -l <"$TMP/$1.log")
	kill -USR1 "${LIB_CAPTURES[$1]}" || return 0
	wait_for 1 capture_told "$1" "$lines"
	counts=$(awk '/packets? captured, / { n = $2; m = $5 } END { print n, n == m ? "settled" : "behind" }' \
		"$TMP/$1.log")
	[ "$counts" = "${LIB_COUNTS[$1]:-}" ] && [[ $counts == *settled ]] && return 0
	LIB_COUNTS[$1]=$counts
	return 1
}

capture_told() {
	[ "$(wc -l <"$TMP/$1.log")" -gt "$2" ]
}

capture_stop() {
	wait_for 3 capture_settled "$1" || note "the capture $1 may lack packets"
	end_process "${LIB_CAPTURES[$1]}"
	awk -v name="$1" '/dropped by kernel/ { n = $1 } END { exit !n }' "$TMP/$1.log" &&
		note "the capture $1 lacks packets: $(grep 'dropped by kernel' "$TMP/$1.log" | tail -n 1)"
	return 0
}

capture_show() {
	tcpdump -nn -t -r "$TMP/$1.pcap" "${2:-}" 2>/dev/null
}

capture_count() {
	tcpdump -nn -t -r "$TMP/$1.pcap" "${2:-}" 2>/dev/null | wc -l
}
