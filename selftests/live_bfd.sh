#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A BFD daemon (BIRD) on both ends of a link, together with the modules' own probes. Neither receives the
# other's packets. Each detects by itself that the link fails and that it is back.
#
#   c1 --- r === b1             the drawing with all addresses is in lib_topology.sh; BIRD runs on r and b1, on l1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_live.sh
. "${BASH_SOURCE[0]%/*}/lib_live.sh"

LINK=l1
ktap_plan 10
load_modules slb relay
topology clients=1 servers=1 balancers=1
# Long detection times: a slow machine must not miss probes. Failures of links are still detected.
LIB_LINK_WORDS='misses 20'
topology_config "any $VIP4" "any $VIP6"

# start_bird HOST ROUTER-ID DEV NEIGHBOUR...
start_bird() {
	local host=$1 id=$2 dev=$3 neighbour
	shift 3
	{
		echo "router id $id;"
		echo "protocol device {}"
		echo "log \"$TMP/bird-$host.events\" all;"
		echo "protocol bfd { debug { events }; interface \"$dev\" { interval 200 ms; multiplier 10; };"
		for neighbour in "$@"; do
			echo "neighbor $neighbour dev \"$dev\";"
		done
		echo "}"
	} >"$TMP/bird-$host.conf"
	spawn on "$host" bird -f -c "$TMP/bird-$host.conf" -s "$TMP/bird-$host.ctl" >"$TMP/bird-$host.log" 2>&1
}

# "ADDRESS STATE" of BIRD's sessions
bird_sessions() {
	birdcl -s "$TMP/bird-$1.ctl" show bfd sessions | awk '$2 ~ /l1$/ { print $1, $3 }'
}

# bird_is STATE: on both ends, over both families
bird_is() {
	[ "$({ bird_sessions b1 && bird_sessions r; } | grep -c " $1$")" -eq 4 ]
}

# Values of l1 on both ends that would show a disturbance. Drop counters appear only if they are not 0.
ours() {
	{ ctl b1 -s -j link show l1 && ctl r -s -j relay link show b1 l1; } | json state probe downs
	{ ctl b1 drop show && ctl r relay drop show; } | awk '$1 ~ /^probe(-source)?$/ { print "dropped", $2 }'
}

ours_up() {
	[ "$(ours | grep -c "^up up ")" -eq 2 ]
}

# How often any of BIRD's sessions changed its state
bird_changes() {
	cat "$TMP"/bird-*.events | grep -c 'changed state'
}

# The monitor has reported "up", so it would also report a change.
bird_is_up() {
	bird_is Up && [ "$(bird_changes)" -ge 4 ]
}

none_changes() {
	[ "$(bird_changes)" -eq "$1" ] && [ "$(ours | xargs)" = "up up 0 up up 0" ]
}

bird_stays() {
	[ "$(bird_changes)" -eq "$1" ] && bird_is Up
}

probes_out() {
	ctl r -s -j relay link show b1 l1 | json probes_out
}

# The relay continues to probe, and on the balancer's host only the daemon can receive its probes.
unheard_probes() {
	local out
	out=$(probes_out)
	expect_stays 4 bird_stays "$(bird_changes)" && [ "$(probes_out)" -gt $((out + 1)) ]
}

check "the probes are up" wait_for 20 ours_up
check_eq "nothing was disturbed before the daemon starts" "up up 0 up up 0" "$(ours | xargs)"
start_bird b1 10.0.0.1 l1 100.64.1.17 2001:db8:b:11::1
start_bird r 10.0.0.2 b1l1 100.64.1.18 2001:db8:b:11::2
check "the daemon's sessions come up, over both families" wait_for 30 bird_is_up ||
	note "$(bird_sessions b1; cat "$TMP"/bird-*.log)"
check_eq "our sessions stay as they are" "up up 0 up up 0" "$(ours | xargs)"
check "later neither our sessions nor the daemon's change" expect_stays 4 none_changes "$(bird_changes)"
silence b1 l1
silence r b1l1
check "the link is silent: our probes detect it" wait_for 10 states "silent|unheard" "silent|unheard"
check "the link is silent: the daemon detects it" wait_for 10 bird_is Down
speak b1 l1
speak r b1l1
check "the link is back: our session is up" wait_for 20 states up up
check "the link is back: the daemon's session is up" wait_for 20 bird_is Up
rmmod slb
LIB_LOADED=(relay)
check "the balancer's module is unloaded: probes without a receiver do not disturb the daemon" \
	unheard_probes
