# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-healthd on balancer b1 of the topology, and what it says.
#
# health_topology VIP...             one balancer, three servers; the links have host addresses HOST4[LINK]
# host_addresses                     gives the links of another topology these addresses
# checks                             the file of the daemon is the input
# daemon_begin, daemon_reload        DAEMON is its pid, $TMP/daemon.log its log
# health GROUP [KEY...]              what the module knows of the servers of a group
# becomes TEXT GROUP HEALTH [REGEX]  a result: the servers get this health, and such a reason
# plugin WORD                        what the plugin $TMP/plugin does from now on: exits with this number, hang (a child
#                                    of it, too), wait, or much (output)

# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

HEALTHD=${HEALTHD:-$SLB_DIR/tools/slb-healthd/slb-healthd}
HOST4=([1]=10.1.1.4 [2]=10.1.2.4)
[ -x "$HEALTHD" ] || ktap_skip_all "slb-healthd is not built"

health_topology() {
	load_modules slb relay
	topology clients=1 servers=3 balancers=1
	topology_config "$@"
	host_addresses
}

host_addresses() {
	ctl b1 link set l1 host "${HOST4[1]}" host 2001:db8:a:11::4
	ctl b1 link set l2 host "${HOST4[2]}" host 2001:db8:a:12::4
}

# ---- the daemon

# checks: the file, from the input
checks() {
	cat >"$TMP/health.conf"
}

daemon_begin() {
	spawn on b1 "$HEALTHD" -f "$TMP/health.conf" 2>>"$TMP/daemon.log"
	DAEMON=$SPAWNED
}

daemon_reload() {
	local lines
	lines=$(wc -l <"$TMP/daemon.log")
	kill -HUP "$DAEMON"
	wait_for 5 daemon_logged "$((lines + 1))" 'is read again|has faults'
}

# daemon_logged LINE REGEX: is there such a line from this one on?
daemon_logged() {
	tail -n "+$1" "$TMP/daemon.log" | grep -Eq "$2"
}

# health GROUP [KEY...]: of its only server, or of each
health() {
	local group=$1
	shift
	ctl b1 -s -j server show "$group" | json "${@:-health}"
}

is_health() { # GROUP WANTED
	[ "$(health "$1" health | sort -u)" = "$2" ]
}

# why_has GROUP REGEX
why_has() {
	health "$1" health_why | grep -Eq "$2"
}

# becomes TEXT GROUP up|down [REGEX]: one result
becomes() {
	local ok=0
	wait_for 10 is_health "$2" "$3" || ok=1
	[ "$ok" -ne 0 ] || [ -z "${4:-}" ] || wait_for 5 why_has "$2" "$4" || ok=1
	[ "$ok" -eq 0 ] || note "$(health "$2" health health_why); $(tail -n 3 "$TMP/daemon.log")"
	check "$1" [ "$ok" -eq 0 ]
}

# ---- plugins

# plugin WORD: what it does from now on
plugin() {
	echo "$1" >"$TMP/plugin.mode"
}

make_plugin() {
	cat >"$TMP/plugin" <<-END
		#!/bin/bash
		read -r mode <$TMP/plugin.mode
		echo "\$*" >$TMP/plugin.words
		case \$mode in
		hang) sleep 971 & wait ;;
		wait) exec sleep 971 ;;
		much) head -c 1048576 /dev/zero | tr '\\0' x; exit 1 ;;
		*) echo "mode \$mode"; exit "\$mode" ;;
		esac
	END
	chmod 755 "$TMP/plugin"
	plugin 0
}

no_plugins() {
	! grep -lazs '^971' /proc/[0-9]*/cmdline && [ -z "$(zombies)" ]
}

zombies() {
	grep -ls '^State:.Z' /proc/[0-9]*/status
}
