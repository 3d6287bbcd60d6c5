#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Devices and the configuration change under traffic. Devices of links are removed and return, also with other
# names and through another namespace. All objects are added, changed and deleted at random, and sessions are
# flushed as they begin. Afterwards all counters agree with the list of sessions, and all return to zero.
#
#   x === h1    balancer and relay in one; the drawing is in lib_life.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

dev() {
	ip -n "${NS[h1]}" link "$@"
}

FLUSHED=20000
# On a fast machine this many sessions would have ended before any flush.
case ${SLB_LANE:-Q} in C | N) FLUSHED=100000 ;; esac

# ---- changes of a device, and their reversal; $1 is its name

flap_go() { dev set "$1" down; }
flap_back() { dev set "$1" up && small_line_in_host 1 "${1#l}"; }

delete_go() { dev del "$1"; }
delete_back() { small_line 1 "${1#l}"; }

# Under traffic the device may stay up; before Linux 6.2 it must be down.
renamed() {
	dev set "$1" name "$2" 2>/dev/null || { dev set "$1" down && dev set "$1" name "$2"; }
}

rename_go() { renamed "$1" "other-$1"; }
rename_back() { renamed "other-$1" "$1" && flap_back "$1"; }

# The device in x is not the link's device, although it has the same name.
move_go() { dev set "$1" netns "${NS[x]}"; }
move_back() { ip -n "${NS[x]}" link set "$1" netns "${NS[h1]}" && small_line_in_host 1 "${1#l}"; }

# Another device takes its name and its place; then it gets its name back.
replace_go() {
	rename_go "$1" && dev add "$1" type dummy
}

replace_back() {
	dev del "$1" && rename_back "$1"
}

# The device is added again under another name, with the old name as an alternative one.
altname_go() { dev set "$1" down && dev set "$1" name "other-$1" && dev property add dev "other-$1" altname "$1"; }
altname_back() { dev set "other-$1" up && small_line_in_host 1 "${1#l}"; }
altname_end() { dev property del dev "other-$1" altname "$1" && rename_back "$1"; }

# states LINK: of the balancer's and the relay's
states() {
	{ ctl h1 -o link show "$1"; ctl h1 -o relay link show b "$1"; } | sed 's/.* state //;s/ .*//' | xargs
}

# A link that is back may be held down for a while.
is_back() {
	[[ $(states "$1") =~ ^(up|held)\ (up|held)$ ]]
}

both_work() {
	small_works 1 slb && small_works 1 relay
}

# changes NAME STATE: with the device gone its links have that state; then all is as before.
changes() {
	local name=$1 state=$2
	check "$name: under traffic" "${name}_go" l2
	check_eq "$name: both modules notice it" "$state $state" "$(states l2)"
	check "$name: back" "${name}_back" l2
	check "$name: both modules notice the return" wait_for 10 is_back l2
}

test_devices() {
	small_loop 1
	changes flap admin-down
	changes delete no-device
	changes rename no-device
	changes move no-device
	changes altname no-device
	altname_end l2
	changes replace admin-down
	end_process "$SPAWNED"
	check "both modules work after the last change" both_work
}

# ---- a configuration that changes at random

# So few objects of each kind that each often exists. Traffic goes to the first two VIPs.
VIPS=() RELAY_VIPS=() CHANGES=40

# any WORD...: sets ANY to one of them. It prints nothing, as a process for each call would be slow
any() {
	local at=$((RANDOM % $# + 1))
	ANY=${!at}
}

# One command; its object may not exist, or may exist already.
random_server() {
	local group=g$((RANDOM % 2)) verb
	any add add add set set del
	verb=$ANY
	any "$LIFE_SERVER4" "$LIFE_SERVER6" 192.0.2.9 192.0.2.8:99
	[ "$verb" = del ] || ANY+=" weight $((RANDOM % 3))"
	echo "server $verb $group $ANY"
}

random_vip() {
	local group=g$((RANDOM % 2)) verb
	any add add add set set del
	verb=$ANY
	any "${VIPS[@]}"
	[ "$verb" = del ] || ANY+=" group $group"
	echo "vip $verb $ANY"
}

random_balancer() {
	local n=$((RANDOM % 2 + 1)) group=g$((RANDOM % 2))
	case $((RANDOM % 14)) in
	0 | 1 | 2) small_link_slb 1 "$n" ;;
	3) echo "link set l$n weight $((RANDOM % 3))" ;;
	4) echo "link set l$n local 10.1.$n.$((RANDOM % 3 + 1))-10.1.$n.4" ;;
	5) echo "link del l$n" ;;
	6) any rr wrr lc wlc sh mh sed nq p2c && echo "group set $group scheduler $ANY" ;;
	7) any add add del && echo "group $ANY $group" ;;
	8 | 9 | 10) random_server ;;
	11 | 12) random_vip ;;
	13)
		any "session flush" "session flush link l$n" "session flush server $LIFE_SERVER4" "vip flush" \
			"setting set fast-path no" "setting set fast-path yes"
		echo "$ANY"
		;;
	esac
}

random_relay() {
	local n=$((RANDOM % 2 + 1)) verb
	case $((RANDOM % 8)) in
	0 | 1) small_link_relay 1 "$n" ;;
	2) echo "relay link set b l$n weight $((RANDOM % 3))" ;;
	3) echo "relay link del b l$n" ;;
	4)
		any "add b" "set b weight $((RANDOM % 3))" "add c" "del c"
		echo "relay balancer $ANY"
		;;
	5)
		any "balancer del b" "vip flush" "setting set flow-limit $((RANDOM % 2 * 1000))" \
			"setting set fast-path no" "setting set fast-path yes"
		echo "relay $ANY"
		;;
	*)
		any add add del
		verb=$ANY
		any "${RELAY_VIPS[@]}"
		echo "relay vip $verb $ANY"
		;;
	esac
}

# After each batch the objects that traffic needs are added again.
churn_end() {
	small_link_slb 1 1
	small_link_slb 1 2
	printf '%s\n' "group add g0" "server add g0 $LIFE_SERVER4" "server set g0 $LIFE_SERVER4 weight 1" \
		"vip add ${VIPS[0]} group g0" "vip set ${VIPS[0]} group g0" \
		"relay balancer add b" "relay vip add ${RELAY_VIPS[0]}"
	small_link_relay 1 1
}

# One batch; counts its refused commands.
churn() {
	local i
	for ((i = 0; i < CHANGES / 2; i++)); do
		random_balancer
		random_relay
	done >"$TMP/batch"
	ctl h1 -f -b "$TMP/batch" 2>&1 >/dev/null | grep -c . >>"$TMP/refused"
	ctl h1 -f -b <(churn_end) >/dev/null 2>&1
	ctl h1 session show >/dev/null 2>&1
}

# ---- afterwards

# Prints a line "what counted listed" for each counter of sessions that differs from the list.
differences() {
	ctl h1 -o session show >"$TMP/list"
	{
		sed 's/^/session /' "$TMP/list"
		ctl h1 -o -s server show | sed 's/^/server /'
		ctl h1 -o -s vip show | sed 's/^/vip /'
		ctl h1 -o -s link show | sed 's/^/link /'
		ctl h1 status | sed 's/^/status /'
	} | awk '
		function after(word, i) {
			for (i = 3; i < NF; i++)
				if ($i == word)
					return $(i + 1)
			return "?"
		}
		$1 == "session" {
			all++
			vip[after("vip")]++
			link[after("link")]++
			# the port is that of the VIP, unless the server has one of its own
			server = after("server")
			of[after("group") " " server]++
			sub(/:[0-9]*$/, "", server)
			gsub(/[][]/, "", server)
			of[after("group") " " server]++
		}
		$1 == "server" { print "server", $2, $3, after("sessions"), of[$2 " " $3] + 0 }
		$1 == "vip" { print "vip", $3, after("sessions"), vip[$3] + 0; vips += after("sessions") }
		$1 == "link" {
			print "link", $2, after("sessions"), link[$2] + 0
			print "ports", $2, after("ports-used"), link[$2] + 0
		}
		$1 == "status" && $2 == "sessions" { print "status", $3, all + 0 }
		END { print "vips", vips + 0, all + 0 }' >"$TMP/counted"
	awk '$NF != $(NF - 1)' "$TMP/counted"
}

flush_all() {
	printf '%s flush\n' vip group link 'relay vip' 'relay balancer' | ctl h1 -b -
}

# Adds as many sessions at a time as the balancer can take, while all sessions are flushed again and again.
test_flushes() {
	local ended made flows vip4
	read -r vip4 _ <<<"$(small_vips 1)"
	yes "session flush" | head -n 20 >"$TMP/flush"
	small_config 1 slb relay
	made=$(status sessions-total)
	spawn on x "$LIFE_FLOWS" -s "$SRANDOM" -n "$FLUSHED" udp "$LIFE_SOURCES4" "$vip4@53"
	flows=$SPAWNED
	while [ -d "/proc/$flows" ] && ! lib_gone "$flows"; do
		ctl h1 -b "$TMP/flush" >>"$TMP/ended"
		lib_pause 0.01
	done
	end_process "$flows"
	ended=$(awk '{ n += $1 } END { print n + 0, NR }' "$TMP/ended")
	made=$(($(status sessions-total) - made))
	note "$FLUSHED flows, ${ended#* } flushes"
	check "sessions are flushed while they are created" [ "${ended#* }" -gt 100 -a "${ended% *}" -gt 1000 ]
	check_eq "each session was counted at its start and at its end" "$made" \
		"$((${ended% *} + $(status sessions)))"
	check_eq "after the flushes all counters agree with the list" "" "$(differences)"
	ctl h1 session flush >/dev/null
	check_eq "with no session all counters agree with the list" "" "$(differences)"
	check "the memory of all sessions is freed" wait_for 5 no_sessions
}

no_sessions() {
	[ "$(slab_objects slb_session)" -eq 0 ]
}

# Devices come and go while the configuration changes. Errors of their commands do not matter.
devices_come_and_go() {
	local i what dev
	for i in 1 2; do
		for what in flap delete rename move replace; do
			dev=l$((RANDOM % 2 + 1))
			"${what}_go" "$dev" || return 1
			lib_pause 0.2
			"${what}_back" "$dev" || return 1
			lib_pause 0.2
		done
	done
}

test_churn() {
	local vips churn loop total
	read -ra vips <<<"$(small_vips 1)"
	VIPS=("udp ${vips[0]}:53" "udp [${vips[1]}]:53" "udp ${vips[0]}:54")
	RELAY_VIPS=("udp ${vips[2]}:53" "udp [${vips[3]}]:53" "udp ${vips[2]}:54")
	ctl h1 setting set udp-new-timeout 3600
	total=$(status sessions-total)
	small_loop 1
	loop=$SPAWNED
	spawn_loop churn
	churn=$SPAWNED
	check "devices come and go while the configuration changes at random" devices_come_and_go
	end_process "$churn"
	end_process "$loop"
	total=$(($(status sessions-total) - total))
	note "$(awk '{ refused += $1 } END { print NR * '$CHANGES' " changes were tried, " refused + 0 " refused" }' \
		"$TMP/refused"); $total sessions were made"
	check "changes were tried, and some of them succeeded" some_changed
	check "sessions were created" [ "$total" -gt 100 ]
	check_eq "all counters agree with the list of sessions" "" "$(differences)"
	check "all objects are flushed" flush_all
	check "no object of the modules is left" wait_for 5 no_objects
	check_eq "no session, link, group, server or VIP is left" "0 0 0 0 0" \
		"$(for i in sessions links groups servers vips; do status "$i"; done | xargs)"
	check "a new configuration works" eval "small_config 1 slb relay && both_work"
	check_eq "all counters agree with the list again" "" "$(differences)"
}

some_changed() {
	awk -v changes="$CHANGES" '{ refused += $1 } END { exit !(NR > 3 && refused < NR * changes * 3 / 4) }' \
		"$TMP/refused"
}

status() {
	ctl h1 status | awk -v name="$1" '$1 == name { print $2 }'
}

ktap_plan $((6 * 4 + 1 + 5 + 9))
load_modules slb relay
if ! small_hub || ! small_host 1; then
	ktap_skip_all "cannot build the topology"
fi
small_config 1 slb relay
test_devices
flush_all
test_flushes
test_churn
