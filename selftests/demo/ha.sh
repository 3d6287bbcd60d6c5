# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The part of the demonstration that --ha asks for: balancers copy their sessions, one dies, and its downloads go on.

# shellcheck source=selftests/lib_sync.sh
. "$SLB_SELFTESTS/lib_sync.sh"

ha_ready() {
	sync_ready b1 && sync_ready b2
}

# The downloads that are under way, without the copies at the other balancer: those have its local addresses.
ha_flowing() {
	slow_sessions | awk '{ b = substr($3, 2) } $5 ~ "^10[.]" b "[.]" || $5 ~ ":a:" b "[12]:"' >"$TMP/sessions"
	[ "$(wc -l <"$TMP/sessions")" -eq "$SLOW_COUNT" ]
}

# At how many downloads a balancer is
ha_at() {
	grep -c " b$1 " <(tr '\t' ' ' <"$TMP/sessions")
}

ha_copied() {
	[ "$(sync_status b1 standby)" -ge "$(ha_at 2)" ] && [ "$(sync_status b2 standby)" -ge "$(ha_at 1)" ]
}

ha_away() {
	ctl r relay balancer show b1 | grep -q away
}

ha_adopt() { # BALANCER OTHER
	local l f words
	for l in 1 2; do
		words=()
		for f in $FAMILIES; do
			if [ "$f" = 4 ]; then
				words+=(adopt "10.$2.$l.1-10.$2.$l.4")
			else
				words+=(adopt "2001:db8:a:$2$l::1-2001:db8:a:$2$l::4")
			fi
		done
		conf "b$1" link set "l$l" "${words[@]}"
	done
}

show_sync() {
	local b
	heading "3. SESSIONS ARE COPIED: each balancer is the heir of the other one"
	sync_network
	sync_wireguard || give_up "the balancers have WireGuard devices"
	for b in 1 2; do
		conf "b$b" setting set sync-wait 20
		ha_adopt "$b" $((3 - b))
		sync_daemon "b$b"
	done
	say "/etc/slb/sync.conf of b1, whose wg0 is a WireGuard device:"
	grep . "$TMP/syncd-b1.conf" | sed 's/^/      /'
	shown b1 "slb-syncd &"
	check "the balancers are in sync" wait_for 30 ha_ready
	echo
	shown b1 slbctl sync show
	sync_show b1 | fold -s -w 96 | sed 's/^/   /'
}

show_death() {
	heading "4. A BALANCER DIES with downloads running: they go on at its heir"
	servers_start || give_up "nginx and dnsmasq run on the servers"
	slow_start
	wait_for 20 ha_flowing || give_up "$SLOW_COUNT slow downloads have begun"
	say "$SLOW_COUNT slow downloads have begun, $(ha_at 1) at b1 and $(ha_at 2) at b2."
	check "each balancer has copies of the sessions of the other one" wait_for 20 ha_copied
	echo
	say "b1 dies: its namespace goes, and with it its links, its sessions and its slb-syncd."
	shown "" "kill \$(pidof slb-syncd); ip netns del b1"
	end_process "${SYNC_PID[b1]}"
	unset 'SYNC_PID[b1]'
	ip netns del b1
	unset 'NS[b1]'
	check "the relay noticed: b1 is away" wait_for 15 ha_away
	slow_mark
	echo
	shown r slbctl relay balancer show
	ctl r relay balancer show | fold -s -w 96 | sed 's/^/   /'
	check "all $SLOW_COUNT downloads go on" wait_for 30 slow_grew
	check "b2 has sessions with local addresses of b1" [ "$(ctl b2 session show | grep -c -e ' 10\.1\.' -e ':a:1[12]:')" -gt 0 ]
	check "all $SLOW_COUNT downloads have the right content so far, to the byte" slow_intact
}
