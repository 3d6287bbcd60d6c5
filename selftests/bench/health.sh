#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What slb-healthd costs: instructions a check by TCP, of 4,096 servers that are checked every 2 s. Runs in the
# virtual machine of scripts/bench --health, whose one processor counts instructions: a nanosecond is one of them.
#
#   h === d1 (answer)    all servers are behind a test device that answers each SYN, see answer.c
#
# All work of the host counts: the daemon, system calls, interrupts, the stack below them, and what the kernel does
# later. A thread of the lowest priority turns in a loop; the work is what it turns less often than without the daemon.
# The servers' side is answer.ko only. That measures by itself how long it looks at packets and makes answers, which is
# taken off. What its interrupt and NAPI cost is not: a network card has these, too.
#
# usage: health.sh [servers=N] [seconds=N] [delay=US] [plain4|plain6|link4|link6|links4|links6...]
# plain: as the host routes; link, links: over one link, over two. delay: until an answer comes.
# Prints lines with tabs, see lib_bench.sh: C for a case that begins, V for a result, with "!" when not every check
# was answered.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=selftests/bench/lib_bench.sh
. "$SLB_SELFTESTS/bench/lib_bench.sh"

HEALTHD=${HEALTHD:-$SLB_DIR/tools/slb-healthd/slb-healthd}
PARAM=/sys/module/answer/parameters
# Whole intervals: servers that became up together are checked at about the same time.
SERVERS=4096 SECONDS_LONG=6 DELAYS=() CASES=()
for word in "$@"; do
	case $word in
	servers=*) SERVERS=${word#*=} ;;
	seconds=*) SECONDS_LONG=${word#*=} ;;
	delay=*) DELAYS+=("${word#*=}") ;;
	*) CASES+=("$word") ;;
	esac
done
[ "${#CASES[@]}" -gt 0 ] || CASES=(plain4 link4 links4 plain6 link6 links6)
[ "${#DELAYS[@]}" -gt 0 ] || DELAYS=(500)
declare -A WHAT=([plain]="as the host routes" [link]="over a link" [links]="over two links")

# Sets what has happened in a while: LASTED (ns), and of answer.ko SPUN, CHECKS, RESETS and OWN (ns).
watch_host() {
	local begin name
	echo 1 >"$PARAM/spin"
	lib_pause 0.1
	for name in answered resets own_ns spun; do
		echo 0 >"$PARAM/$name"
	done
	begin=${EPOCHREALTIME/./}
	lib_pause "$SECONDS_LONG"
	read -r SPUN <"$PARAM/spun"
	LASTED=$(((${EPOCHREALTIME/./} - begin) * 1000))
	echo 0 >"$PARAM/spin"
	read -r CHECKS <"$PARAM/answered"
	read -r RESETS <"$PARAM/resets"
	read -r OWN <"$PARAM/own_ns"
}

# by_family 4|6 V4 V6
by_family() {
	[ "$1" = 4 ] && echo "$2" || echo "$3"
}

# Both links of both families; only those of the case have addresses for the host.
health_links() { # LINKS FAMILY
	local l host
	for l in 1 2; do
		host=''
		[ "$l" -gt "$1" ] || host="host $(by_family "$2" 10.1.$l.4 2001:db8:a:1$l::4)"
		echo "link add l$l dev d$l via 198.18.$l.1 local 10.1.$l.1-10.1.$l.4" \
			"via 2001:db8:b:$l::1 local 2001:db8:a:1$l::1-2001:db8:a:1$l::4 $host interval 0"
	done
}

health_host() { # LINKS FAMILY
	local l
	topology_netns h
	{
		echo "link set lo up"
		for l in 1 2; do
			printf '%s\n' "link add d$l type answer" "link set d$l up" "addr add 198.18.$l.2/24 dev d$l" \
				"addr add 2001:db8:b:$l::2/64 dev d$l nodad" \
				"neigh add 198.18.$l.1 lladdr 02:00:00:00:00:0$l dev d$l nud permanent" \
				"neigh add 2001:db8:b:$l::1 lladdr 02:00:00:00:00:0$l dev d$l nud permanent"
		done
		echo "route add default via 198.18.1.1"
		echo "route add default via 2001:db8:b:1::1"
	} | ip -n "${NS[h]}" -batch -
	on h sysctl -qw net.ipv4.conf.{all,d1,d2}.rp_filter=0
	{
		health_links "$@"
		echo "group add web"
		awk -v n="$SERVERS" -v v4="$([ "$2" = 4 ] && echo 1)" 'BEGIN {
			for (i = 0; i < n; i++)
				printf v4 ? "server add web 10.200.%d.%d:80\n" : "server add web [2001:db8:5::%x:%x]:80\n",
					i / 200, i % 200 + 1
		}'
	} | ctl h -b -
}

all_up() {
	[ "$(ctl h -s -j server show web | json health | sort | uniq -c | awk '{ print $1, $2 }')" = "$SERVERS up" ]
}

# row TEXT: of the host that was watched, by what the spinner counts in a second without the daemon, FREE. Links take
# turns, so there are as many checks over two of them.
row() {
	local wrong='' wanted each busy
	wanted=$((SERVERS * SECONDS_LONG / 2))
	busy=$((LASTED - SPUN * 1000000000 / FREE))
	each=$(((busy - OWN) / CHECKS))
	[ $((CHECKS * 100)) -ge $((wanted * 95)) ] && [ $((CHECKS * 99)) -le $((RESETS * 100)) ] && all_up || wrong='!'
	value "$TABLE" "$1" "instructions" "$each$wrong"
	value "$TABLE" "$1" "with answer.ko" "$((busy / CHECKS))"
	value "$TABLE" "$1" "checks a second" "$((CHECKS * 1000000000 / LASTED))"
	value "$TABLE" "$1" "% of 10^9/s" "$(awk -v busy=$((busy - OWN)) -v all="$LASTED" \
		'BEGIN { printf "%.2f", 100 * busy / all }')"
}

health_case() { # NAME
	local kind=${1%?} family=${1: -1} links=0 delay
	case $kind in
	link) links=1 ;;
	links) links=2 ;;
	esac
	health_host "$links" "$family"
	watch_host
	FREE=$((SPUN * 1000000000 / LASTED))
	echo "check web tcp interval 2000 timeout 1000" >"$TMP/health.conf"
	for delay in "${DELAYS[@]}"; do
		echo "$delay" >"$PARAM/delay_us"
		spawn on h "$HEALTHD" -f "$TMP/health.conf" 2>"$TMP/daemon.log"
		wait_for 60 all_up || note "not all servers are up: $(tail -n 2 "$TMP/daemon.log")"
		# checks over two links are hurried at first
		lib_pause 5
		watch_host
		row "IPv$family, ${WHAT[$kind]}, answers after $delay us"
		end_process "$SPAWNED"
	done
	topology_delete
}

TABLE="A check of slb-healthd by TCP, $SERVERS servers every 2 s"
KTAP_PLAN=1
load_modules slb
insmod "$SLB_DIR/selftests/bench/answer.ko" || ktap_skip_all "cannot load answer.ko"
defer rmmod answer
chrt -i -p 0 "$(<"$PARAM/spinner")"
number=0
for CASE in "${CASES[@]}"; do
	number=$((number + 1))
	printf 'C\t%s\t%s\t%s\ttcp\t%s\n' $number ${#CASES[@]} "${CASE: -1}" "${CASE%?}"
	health_case "$CASE"
done
ok "measured"
