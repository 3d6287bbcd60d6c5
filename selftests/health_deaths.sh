#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-healthd: a server that fails gets no new flow after as many checks as were asked for; a path that fails over one
# link only is avoided; the daemon may be killed at any time, and reads its file again.
#
#   c1 --- r --- s1, s2, s3      the drawing with all addresses is in lib_topology.sh
#          ||
#          b1                    slb-healthd

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_health.sh
. "$SLB_SELFTESTS/lib_health.sh"

KILLS=200 FLAPS=1000 FALL=3

# ---- a server that dies, again and again

# A shell on a host: a process each time would take longer than the checks.
shell_begin() { # HOST
	local in out
	mkfifo "$TMP/$1-in" "$TMP/$1-out"
	exec {in}<>"$TMP/$1-in" {out}<>"$TMP/$1-out"
	SHELL_IN[$1]=$in SHELL_OUT[$1]=$out
	# shellcheck disable=SC2016
	spawn on "$1" bash -c 'while read -r line; do eval "$line"; done <"$1" >"$2"' shell "$TMP/$1-in" "$TMP/$1-out"
	SHELL_PID[$1]=$SPAWNED
}

# tell HOST COMMAND: sets ANSWER to the line that it prints
tell() {
	echo "$2" >&"${SHELL_IN[$1]}"
	read -rt 20 -u "${SHELL_OUT[$1]}" ANSWER
}

server_begin() {
	tell s1 "'$TALK' name s1 7000 >'$TMP/name-s1' & echo \$!"
	SERVER=$ANSWER
}

server_end() {
	tell s1 "kill -KILL $SERVER; wait $SERVER 2>/dev/null; echo"
}

# Sets RESETS: how many s1 has sent.
resets() {
	local name words
	while read -r name words; do
		[[ $name == Tcp: && $words == [0-9]* ]] || continue
		read -ra words <<<"$words"
		RESETS=${words[13]}
	done <"/proc/${SHELL_PID[s1]}/net/snmp"
}

# logs REGEX: waits for such a line of the log, after the one that was found last
logs() {
	local line
	while read -rt 20 -u "$LOG" line; do
		[[ ! $line =~ $1 ]] || return 0
	done
	return 1
}

# One death: down after as many checks as were asked for; no flow to it; up again.
die_once() {
	local before
	resets
	before=$RESETS
	server_end
	logs 'web 192.0.2.11 is down' || { note "not down"; return 1; }
	resets
	MOST=$((RESETS - before > MOST ? RESETS - before : MOST))
	tell c1 "'$TALK' ask tcp $VIP4 7000 4 >'$TMP/asked'; echo \$?"
	[ "$ANSWER" = 0 ] || { note "not answered"; return 1; }
	[[ $(<"$TMP/asked") != *" s1 "* ]] || { note "a flow went to s1"; return 1; }
	server_begin
	logs 'web 192.0.2.11 is up' || { note "not up"; return 1; }
}

test_deaths() {
	local i good=0
	shell_begin s1
	shell_begin c1
	server_begin
	talk_name s2 7000
	talk_name s3 7000
	# One path and one family: each check that fails is one reset of s1.
	ctl b1 link set l2 host 0.0.0.0
	for i in 1 2 3; do
		ctl b1 server del web "${ADDR6[s$i]}"
	done
	checks <<-END
		check web tcp port 7000 interval 50 fast-interval 20 timeout 50 rise 2 fall $FALL
	END
	daemon_begin
	exec {LOG}< <(exec tail -n +1 -f "$TMP/daemon.log")
	TAIL=$!
	check "three servers are up" wait_for 10 is_health web up
	MOST=0
	for ((i = 0; i < KILLS; i++)); do
		die_once && good=$((good + 1))
	done
	end_process "$TAIL"
	exec {LOG}<&-
	check_eq "a server that dies $KILLS times is taken out before any new flow, and comes back" "$KILLS" "$good"
	check "it is out after at most $FALL checks; the most were $MOST" [ "$MOST" -le "$FALL" ]
	check_eq "its weight has not changed" "1 1 1" "$(health web weight | tr '\n' ' ' | sed 's/ $//')"
	on c1 "$TALK" ask tcp "$VIP4" 7000 6 >"$TMP/asked"
	check_eq "it gets flows again" 2 "$(grep -c ' s1 ' "$TMP/asked")"
	ctl b1 link set l2 host "${HOST4[2]}"
	checks <<-END
		check web tcp port 7000 interval 300 fast-interval 40 timeout 300 rise 2 fall $FALL
	END
	daemon_reload
}

# ---- one path

links_down() {
	ctl b1 -j server show web "${ADDR4[s1]}" | grep -o '"link_down":[^,}]*'
}

is_avoided() {
	links_down | grep -q l2
}

not_avoided() {
	! is_avoided
}

# peers: over which links the answers of s1 return, each once
peers() {
	awk '$2 == "s1" { split($3, a, "."); print "l" a[3] }' "$TMP/asked" | sort -u | tr '\n' ' '
}

test_path() {
	on s1 ip route add blackhole 10.1.2.0/29
	check "a server that is not reached over one link is said to be so" wait_for 10 is_avoided
	check_eq "and it is up" up "$(ctl b1 -j server show web "${ADDR4[s1]}" | json health)"
	on c1 "$TALK" ask tcp "$VIP4" 7000 30 >"$TMP/asked"
	check_eq "its flows return over the other link" "l1 " "$(peers)"
	check_eq "all flows are answered" 30 "$(wc -l <"$TMP/asked")"
	on s1 ip route del blackhole 10.1.2.0/29
	check "it is reached again" wait_for 10 not_avoided
}

# ---- the daemon dies

rules() {
	on b1 ip rule | grep -c 'lookup 5100[01]'
}

plugin_waits() {
	grep -lazs '^971' /proc/[0-9]*/cmdline
}

# Opens and closes the port of s1 FLAPS times. Writes how often it has.
flap() {
	on s1 python3 - "$FLAPS" "$TMP/flaps" <<-'END'
		import socket, sys, time
		with open(sys.argv[2], "w", encoding="ascii") as told:
		    for flap in range(int(sys.argv[1])):
		        with socket.create_server(("", 7000)):
		            time.sleep(0.008)
		        time.sleep(0.008)
		        print(flap + 1, file=told, flush=True)
	END
}

# What the module knows of all servers
states() {
	ctl b1 -s -j server show web | json addr health
}

# The daemon dies; what is known stays, and so it does when the next one begins.
die_daemon() {
	local before
	kill -KILL "$DAEMON"
	wait "$DAEMON" 2>/dev/null
	before=$(states)
	: >"$TMP/daemon.log"
	lib_pause 0.2
	[ "$(states)" = "$before" ]
}

test_kill() {
	local i bad=0 kept=0 before flapper
	server_end
	check "a server is down" wait_for 5 is_down s1
	for ((i = 0; i < 3; i++)); do
		kill -KILL "$DAEMON"
		wait "$DAEMON" 2>/dev/null
		[ "$(ctl b1 -j server show web "${ADDR4[s1]}" | json health)" = down ] || bad=1
		: >"$TMP/daemon.log"
		daemon_begin
		wait_for 5 on b1 ip rule list from "${HOST4[2]}" || bad=1
		expect_stays 1 is_down s1 || bad=1
		! daemon_logged 1 'server web' || bad=1
	done
	check "a server that is down stays so while the daemon is killed and begins again" [ "$bad" -eq 0 ]
	check_eq "there is a rule for each link, and no second one" 2 "$(rules)"
	checks <<-END
		check web tcp port 7000 interval 20 fast-interval 20 timeout 20 rise 1 fall 1
		check plugin interval 500 fast-interval 200 timeout 400 exec $TMP/plugin
	END
	plugin wait
	printf '%s\n' "group add plugin" "server add plugin ${ADDR4[s2]}" | ctl b1 -b -
	daemon_reload
	flap &
	flapper=$!
	LIB_SPAWNED+=("$flapper")
	bad=0
	for ((i = 0; i < 5; i++)); do
		wait_for 5 daemon_logged 1 "is up" && wait_for 5 daemon_logged 1 "is down"
		wait_for 5 plugin_waits || bad=1
		die_daemon || kept=1
		daemon_begin
	done
	check "a plugin ran each time" [ "$bad" -eq 0 ]
	check "what is known stays when the daemon is killed" [ "$kept" -eq 0 ]
	check "the server has not flapped $FLAPS times yet" [ "$(wc -l <"$TMP/flaps")" -lt "$FLAPS" ]
	wait "$flapper"
	check_eq "the server has flapped as often as it should" "$FLAPS" "$(tail -n 1 "$TMP/flaps")"
	check "it is down at the end" wait_for 5 is_down s1
	plugin 0
	server_begin
	check "after five deaths in the middle of flaps, the server is up once it works" wait_for 10 is_health web up
	check "no process of a plugin is left" wait_for 5 no_plugins
	before=$(find "/proc/$DAEMON/fd" -mindepth 1 | wc -l)
	# a socket for each of three servers, two families and two links, beside what is always open
	check "the daemon has few files open: $before" [ "$before" -le $((16 + 12)) ]
}

is_down() {
	[ "$(ctl b1 -j server show web "${ADDR4[$1]}" | json health)" = down ]
}

# ---- what else it hears

# Has the daemon sent this to the service manager?
notified() {
	grep -aq "$1" "$TMP/notified"
}

# Without a path of its own, the daemon cannot know.
test_no_route() {
	ctl b1 link set l1 host 0.0.0.0
	ctl b1 link set l2 host 0.0.0.0
	check "without a route, nothing is known, and why" \
		wait_for 5 why_has web '^tcp: unknown for [0-9]+ s: cannot check: Network is unreachable$'
	check_eq "and the servers stay what they were" up "$(health web health | sort -u)"
	check_eq "addresses, rules and routes of links without a host address are gone" "0" "$(rules)"
	ctl b1 link set l1 host "${HOST4[1]}"
	ctl b1 link set l2 host "${HOST4[2]}"
	check "with a route, nothing is unknown" wait_for 5 why_lacks web unknown
}

why_lacks() {
	! why_has "$@"
}

# Long before the next check, a client finds out.
test_suspect() {
	checks <<-END
		check web tcp port 7000 interval 120000 fast-interval 40 timeout 200 rise 2 fall $FALL
	END
	daemon_reload
	check "servers are up, and the next check is far" wait_for 5 is_health web up
	server_end
	on c1 "$TALK" ask tcp "$VIP4" 7000 6 >"$TMP/asked" 2>&1
	check "a server that refuses a client is checked at once" wait_for 10 is_down s1
	server_begin
	checks <<-END
		check web tcp port 7000 interval 300 fast-interval 40 timeout 300 rise 2 fall $FALL
	END
	daemon_reload
	check "checks that are changed begin with the health that is known" wait_for 5 is_health web up
}

test_reload() {
	echo "check web tcp port x" >"$TMP/health.conf"
	: >"$TMP/daemon.log"
	daemon_reload
	check "the service manager hears of it" notified RELOADING=1
	check "a file with faults is refused, and each fault logged" daemon_logged 1 'health.conf:1: invalid port "x"'
	server_end
	check "the old checks go on" wait_for 5 daemon_logged 1 'web 192.0.2.11 is down'
	echo "check other tcp port 7000" >"$TMP/health.conf"
	daemon_reload
	check "a server that is checked no more is unknown" wait_for 5 is_health web unknown
	printf '%s\n' "group add other" "server add other ${ADDR4[s2]}" | ctl b1 -b -
	check "a group that comes later is checked" wait_for 10 is_health other up
	kill -TERM "$DAEMON"
	wait "$DAEMON"
	check_eq "the daemon ends well" 0 "$?"
	check_eq "and the health stays" up "$(health other health)"
}

declare -A SHELL_IN SHELL_OUT SHELL_PID
ktap_plan 36
health_topology "tcp $VIP4:7000"
make_plugin
: >"$TMP/notified"
spawn socat -u "UNIX-RECV:$TMP/notify" "OPEN:$TMP/notified,append"
wait_for 5 [ -S "$TMP/notify" ]
export NOTIFY_SOCKET=$TMP/notify
test_deaths
check "the service manager hears that the daemon is ready" wait_for 5 notified READY=1
test_path
test_no_route
test_suspect
test_kill
test_reload
