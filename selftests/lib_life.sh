# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For tests of lifetimes: load and unload the modules, and count the objects that they leave behind.
#
# hosts NAME...           adds namespaces without any device, for tests that need no topology
# module_insert NAME      loads one of our modules, which the script must unload again
# module_needs NAME...    loads what our modules depend on
# module_remove NAME      unloads it, and fails when that takes more than 5 seconds; the slowest so far took
#                         LIFE_SLOWEST milliseconds
# hooks_start             must come before the modules are loaded, for hooks
# hooks HOST [PART]       prints which of our modules have netfilter hooks on a host: "relay slb"; only those
#                         whose function's name has this part
# check_hooks TEXT WANTED HOST [PART]  a result: does hooks print what is wanted?
# slab_objects PREFIX     prints how many objects of the slab caches of that name are in use, all together
# no_objects              is that 0 for both modules? For wait_for: objects go after grace periods
#
# Small hosts: each is both a balancer and a relay, for different VIPs, and has two lines to x. x is everything
# else: clients, echo servers (UDP port 53), and the balancer behind the relay.
#
#   x === h     lines 1 and 2 of host number N: in x hNlL, in the host lL
#               x 100.64.N.(16L+1)/28 2001:db8:b:NL::1/64, host 100.64.N.(16L+2)/28 2001:db8:b:NL::2/64
#
# small_hub               adds x with its servers; small_servers: adds the servers to an x that was added again
# small_host N            adds the host hN and its lines
# small_line N L          adds its line L again; small_line_in_host N L, small_line_in_x N L: configures one
#                         end of the line again
# small_config N MODULE...  configures modules there: 2 VIPs of UDP port 53 each
# small_traffic N...      two packets of each of 200 flows to each VIP of these hosts: the second ones take the
#                         fast path
# small_loop N...         the same, again and again, in the background; in the long form of a test, with
#                         LIFE_SESSIONS flows to slb's VIPs beside
# small_answered N        prints how many sessions there have been answered by a server
# small_full N            in the long form of a test: has it all sessions that it is to have?
# small_steered N         prints how many packets the relay there has sent to a balancer
# small_works N MODULE    does the module handle new traffic?

# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

LIFE_FLOWS=$SLB_SELFTESTS/tools/packets/flows
LIFE_SOURCES4=10.64.0.0/12@1024-65535 LIFE_SOURCES6=2001:db8:c:1::/108@1024-65535
LIFE_SLOWEST=0
# The long form: so often, with so many sessions on a host each time (testing.rst).
LIFE_CYCLES=${SLB_LIFE_CYCLES:-} LIFE_SESSIONS=${SLB_LIFE_SESSIONS:-}
# shellcheck disable=SC2034
[ -z "$LIFE_CYCLES" ] || LIB_LOOP_SECONDS=86400
LIFE_SERVER4=192.0.2.1 LIFE_SERVER6=2001:db8:5::1
[ -x "$LIFE_FLOWS" ] || ktap_skip_all "tools/packets/flows is not built"

hosts() {
	# Names of namespaces are made with it.
	# shellcheck disable=SC2034
	printf -v LIB_ID '%06x' "$((SRANDOM & 0xffffff))"
	topology_netns "$@"
}

module_insert() {
	if [ -f "$SLB_DIR/$1/$1.ko" ]; then
		# shellcheck disable=SC2086
		insmod "$SLB_DIR/$1/$1.ko" ${SLB_MODULE_WORDS:-}
	else
		# shellcheck disable=SC2086
		modprobe "$1" ${SLB_MODULE_WORDS:-}
	fi
}

# Loads the modules that ours depend on.
module_needs() {
	local name depends
	for name in "$@"; do
		depends=$(modinfo -F depends "$SLB_DIR/$name/$name.ko" 2>/dev/null || modinfo -F depends "$name")
		# shellcheck disable=SC2086
		modprobe -qa crc32c_generic ${depends//,/ }
	done
	return 0
}

module_remove() {
	local start=${EPOCHREALTIME/./}
	rmmod "$1" || return 1
	start=$(((${EPOCHREALTIME/./} - start) / 1000))
	[ "$start" -le "$LIFE_SLOWEST" ] || LIFE_SLOWEST=$start
	[ "$start" -lt $((5000 * SLB_SLOWNESS)) ] && return 0
	note "rmmod $1 took $start ms"
	return 1
}

# Without nfnetlink_hook (Debian's 6.1), probes record who registers hooks in which namespace: key is a namespace
# and the first function of an array of hooks.
LIFE_HOOKS=''
hooks_start() {
	local tracing=$TMP/tracing
	! modprobe -q nfnetlink_hook 2>/dev/null && mkdir -p "$tracing" && mount -t tracefs tracefs "$tracing" || return 0
	defer umount "$tracing"
	[ -w "$tracing/kprobe_events" ] && mkdir "$tracing/instances/life_hooks" || return 0
	defer rmdir "$tracing/instances/life_hooks"
	cat >>"$tracing/kprobe_events" <<-'END' || return 0
		p:life/add nf_register_net_hooks net=$arg1:x64 hook=+16($arg2):x64
		p:life/del nf_unregister_net_hooks net=$arg1:x64 hook=+16($arg2):x64
		p:life/one nf_register_net_hook net=$arg1:x64
	END
	defer eval "printf -- '-:life/%s\\n' add del one >>$tracing/kprobe_events"
	LIFE_HOOKS=$tracing/instances/life_hooks
	defer eval "echo 0 >$LIFE_HOOKS/events/life/enable"
	echo 1 >"$LIFE_HOOKS/events/life/enable"
}

# hooks_recorded HOST: "hook FUNCTION [MODULE]" for each array of hooks. A chain shows which namespace HOST is.
hooks_recorded() {
	on "$1" nft 'add table ip life; add chain ip life c { type filter hook input priority 0; }' &&
		on "$1" nft delete table ip life || return 1
	sed -n 's/.* \(add\|del\|one\): ([^)]*) net=0x\([0-9a-f]*\)\( hook=0x\)\?/\1 \2 /p' "$LIFE_HOOKS/trace" |
		awk '$1 == "one" { net = $2; next } { n[$2, $3] += $1 == "add" ? 1 : -1 }
			END { for (i in n) if (n[i] > 0) { split(i, key, SUBSEP); if (key[1] == net) print key[2] } }' |
		awk 'NR == FNR { if ($4 != "") name[$1] = $3 " " $4; else name[$1] = $3 " [kernel]"; next }
			{ print "hook " ($1 in name ? name[$1] : "none [slb]") }' /proc/kallsyms -
}

hooks() {
	if [ -n "$LIFE_HOOKS" ]; then
		hooks_recorded "$1"
	else
		on "$1" nft list hooks 2>/dev/null
	fi | sed -n "s/.* [a-z0-9_]*${2:-}[a-z0-9_]* \[\(slb\|relay\)\].*/\1/p" | sort -u | xargs
}

check_hooks() {
	if [ -n "$LIFE_HOOKS" ] || modprobe -q nfnetlink_hook 2>/dev/null ||
		on "$3" nft list hooks 2>/dev/null | grep -q '\['; then
		check_eq "$1" "$2" "$(hooks "${@:3}")"
	else
		skip "$1" "this kernel neither lists nor records hooks"
	fi
}

# Shrink the cache first: otherwise its free objects count as used.
slab_objects() {
	local cache
	for cache in /sys/kernel/slab/"$1"*; do
		[ ! -e "$cache/shrink" ] || echo 1 >"$cache/shrink"
	done
	awk -v prefix="$1" 'index($1, prefix) == 1 { n += $2 } END { print n + 0 }' /proc/slabinfo
}

no_objects() {
	[ "$(slab_objects slb_)" -eq 0 ] && [ "$(slab_objects relay_)" -eq 0 ]
}

# ---- small hosts

small_vips() {
	echo "203.0.113.$1 2001:db8:f::$1 203.0.113.$((100 + $1)) 2001:db8:f:1::$1"
}

small_hub() {
	hosts x
	small_servers
}

small_servers() {
	# packets to no host go to a device that leads nowhere: no error is sent
	printf '%s\n' "link set lo up" "link add d0 type dummy" "link set d0 up" \
		"route add 203.0.113.0/24 dev d0" "route add 2001:db8:f::/47 dev d0" \
		"address add $LIFE_SERVER4/32 dev lo" "address add $LIFE_SERVER6/128 dev lo nodad" \
		"route add blackhole 10.64.0.0/10" "route add blackhole 2001:db8:c:1::/64" |
		ip -n "${NS[x]}" -batch -
	talk_serve x udp "$LIFE_SERVER4" 53 && talk_serve x udp "$LIFE_SERVER6" 53
}

# Commands of ip(8) for one end (1 in x, 2 in the host) of a line. Neighbours are permanent: no packet waits
# for an answer.
small_end() {
	local dev=$1 n=$2 line=$3 end=$4 mac=02:00:00:0$2:0$3:0$((3 - $4))
	printf '%s\n' "link set $dev up" \
		"address replace 100.64.$n.$((16 * line + end))/28 dev $dev" \
		"address replace 2001:db8:b:$n$line::$end/64 dev $dev nodad" \
		"neighbour replace 100.64.$n.$((16 * line + 3 - end)) lladdr $mac dev $dev nud permanent" \
		"neighbour replace 2001:db8:b:$n$line::$((3 - end)) lladdr $mac dev $dev nud permanent"
}

small_host() {
	local n=$1
	NS["h$n"]=h$n-$LIB_ID
	ip netns add "${NS["h$n"]}" && topology_forward "h$n" && small_line "$n" 1 && small_line "$n" 2
}

small_line() {
	local n=$1 line=$2
	echo "link add l$line netns ${NS["h$n"]} address 02:00:00:0$n:0$line:02" \
		"type veth peer name h${n}l$line netns ${NS[x]} address 02:00:00:0$n:0$line:01" |
		ip -batch - && small_line_in_host "$n" "$line" && small_line_in_x "$n" "$line"
}

small_line_in_host() {
	small_end "l$2" "$1" "$2" 2 | ip -n "${NS["h$1"]}" -batch -
}

# Requests and packets that are steered take line 1, replies line 2.
small_line_in_x() {
	local n=$1 vip
	{
		small_end "h${n}l$2" "$n" "$2" 1
		if [ "$2" = 2 ]; then
			echo "route replace 10.$n.0.0/16 via 100.64.$n.34"
			echo "route replace 2001:db8:a:$n::/64 via 2001:db8:b:${n}2::2"
		else
			for vip in $(small_vips "$n"); do
				[[ $vip = *:* ]] || echo "route replace $vip via 100.64.$n.18"
				[[ $vip != *:* ]] || echo "route replace $vip via 2001:db8:b:${n}1::2"
			done
		fi
	} | ip -n "${NS[x]}" -batch -
}

# Each prints the slbctl command for one link of host N: N LINE
small_link_slb() {
	echo "link add l$2 dev l$2" \
		"via 100.64.$1.$((16 * $2 + 1)) local 10.$1.$2.1-10.$1.$2.4" \
		"via 2001:db8:b:$1$2::1 local 2001:db8:a:$1::${2}1-2001:db8:a:$1::${2}4"
}

small_link_relay() {
	echo "relay link add b l$2 dev l$2" \
		"via 100.64.$1.$((16 * $2 + 1)) return 10.1$1.$2.1" \
		"via 2001:db8:b:$1$2::1 return 2001:db8:a:1$1::$2"
}

small_config_slb() {
	local n=$1 vip4 vip6
	read -r vip4 vip6 _ <<<"$(small_vips "$n")"
	small_link_slb "$n" 1
	small_link_slb "$n" 2
	printf '%s\n' "group add web" "server add web $LIFE_SERVER4" "server add web $LIFE_SERVER6" \
		"vip add udp $vip4:53 group web" "vip add udp [$vip6]:53 group web"
}

small_config_relay() {
	local n=$1 vip4 vip6
	read -r _ _ vip4 vip6 <<<"$(small_vips "$n")"
	printf 'relay %s\n' "balancer add b" "vip add udp $vip4:53" "vip add udp [$vip6]:53"
	small_link_relay "$n" 1
	small_link_relay "$n" 2
}

small_config() {
	local n=$1 module
	shift
	for module in "$@"; do
		"small_config_$module" "$n" | ctl "h$n" -b - || return 1
	done
}

small_traffic() {
	small_flows 200 "$SRANDOM" 2 "0 1 2 3" "$@"
}

# small_flows FLOWS SEED PACKETS VIPS N...: so many flows to each of these VIPs of these hosts
small_flows() {
	local each=$1 seed=$2 packets=$3 which=$4 n i vips to4=() to6=()
	for n in "${@:5}"; do
		read -ra vips <<<"$(small_vips "$n")"
		for i in $which; do
			[[ ${vips[i]} = *:* ]] && to6+=("${vips[i]}@53") || to4+=("${vips[i]}@53")
		done
	done
	set -- on x "$LIFE_FLOWS" -s "$seed" -m "$packets" -n
	"$@" $((each * ${#to4[@]})) udp "$LIFE_SOURCES4" "${to4[@]}" &&
		"$@" $((each * ${#to6[@]})) udp "$LIFE_SOURCES6" "${to6[@]}"
}

small_loop() {
	spawn_loop small_round "$@"
}

# The long form adds the same flows to slb in each round: after one round a host has them all.
small_round() {
	small_traffic "$@"
	if [ -n "$LIFE_SESSIONS" ]; then
		small_flows $((LIFE_SESSIONS / 2)) 1 1 "0 1" "$@"
	else
		lib_pause 0.1
	fi
} >/dev/null 2>&1

small_answered() {
	ctl "h$1" -o session show | grep -c ' state udp '
}

# Long form: is the number of sessions right? Packets may be lost while the host is set up.
small_full() {
	[ -z "$LIFE_SESSIONS" ] ||
		[ "$(ctl "h$1" status | awk '$1 == "sessions" { print $2 }')" -ge $((LIFE_SESSIONS * 95 / 100)) ]
}

small_steered() {
	ctl "h$1" -o -s relay vip show | awk '
		{ for (i = 1; i < NF; i++) if ($i == "packets") n += $(i + 1) }
		END { print n + 0 }'
}

small_works() {
	local n=$1 before=0
	if [ "$2" = slb ]; then
		ctl "h$n" session flush >/dev/null || return 1
		small_traffic "$n" && [ "$(small_answered "$n")" -ge 300 ]
	else
		before=$(small_steered "$n")
		small_traffic "$n" && [ "$(small_steered "$n")" -ge $((before + 600)) ]
	fi
}
