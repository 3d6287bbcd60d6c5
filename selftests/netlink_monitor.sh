#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slbctl monitor prints every object of either module that is added, changed or deleted, and every change of a
# link's state, in order and without gaps. The same holds for JSON, and across a reload of a module.
#
#   h    one host with both modules; d1 is one end of a veth line, whose other end p1 gives it a carrier

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

ktap_plan 15
load_modules slb relay
hosts h away
ip -n "${NS[h]}" -batch - <<<$'link set lo up
link add d1 type veth peer name p1\nlink set d1 up\nlink set p1 up'

L1="l1 dev d1 via 100.64.1.17 local 10.1.1.1-10.1.1.4 weight 1 interval 0 hold 0 state"
L2="l2 dev none-such via 2001:db8:b::1 local 2001:db8:a::1 weight 7 interval 0 hold 0 state"
R1="b1 l1 dev d1 via 100.64.1.18 return 10.1.1.1-10.1.1.4 weight 1 interval 0 hold 0 state"
R2="b1 l2 dev none-such via 2001:db8:b::2 return 2001:db8:a::1 weight 7 interval 0 hold 0 state"
EXPECTED=''

# told LINE...: the next line of the monitor must be this one.
told() {
	local line
	for line in "$@"; do
		EXPECTED+=$line$'\n'
	done
}

# did HOST WORDS...: a command that must succeed.
did() {
	ctl "$@" || FAILED+="slbctl $* failed. "
}

device() {
	ip -n "${NS[h]}" link "$@" || FAILED+="ip link $* failed. "
}

# Without the time, and without what makes VIPs of a relay usable: relay_usable tests that.
heard() {
	sed -E 's/^\[[^]]*\] //; /^relay vip changed: /d; s/^(relay vip \w+: .*) usable (yes|no)( why ".*")?$/\1/' "$TMP/text"
}

# Has the monitor printed all expected lines? Checked after every step, so that steps cannot merge.
caught_up() {
	[ "$(heard | wc -l)" -ge "$(printf %s "$EXPECTED" | wc -l)" ]
}

# The JSON events in the words of short().
json_short() {
	jq -r 'select(.family != "slb_relay" or .object != "vip" or .event != "changed") | if .object == "module" then "module \(if .family == "slb" then "slb" else "relay" end) \(.event)" else
		(if .family == "slb_relay" then "relay " else "" end) + "\(.object) \(.event): " +
		(.attributes | if .balancer then "\(.balancer) \(.name) \(.state)"
		elif .group and .proto == null then "\(.group) \(.addr)" elif .state then "\(.name) \(.state)" elif .proto then "\(.proto) \(.addr)"
		else .name // .dev // "" end) end' "$TMP/json"
}

# The same events in few words.
short() {
	sed -E 's/^((relay )?link \w+: \S+) name .*/\1/; s/^((relay )?link \w+: .*) dev .* state (\S+)$/\1 \3/; s/^((relay )?setting changed: ).*/\1/
		s/^((server|vip|relay vip) \w+: \S+ \S+) .*/\1/; s/^((group|relay balancer|relay device) \w+: \S+) .*/\1/'
}

# The modules report a device independently of each other: sort the lines of slb before those of relay.
by_module() {
	awk '/^relay/ { relay = relay $0 "\n"; next } NF { print } END { printf "%s", relay }'
}

# balance_sheet TEXT: the monitor has shown what was expected since the last call, word by word, and nothing else.
balance_sheet() {
	wait_for 5 caught_up
	[ -z "$FAILED" ] || note "$FAILED"
	check_eq "$1" "$(by_module <<<"$EXPECTED")$FAILED" "$(heard | by_module)"
	heard >>"$TMP/heard"
	: >"$TMP/text"
	EXPECTED='' FAILED=''
}

start_monitors() {
	spawn on h "$SLBCTL" monitor >>"$TMP/text"
	TEXT_PID=$SPAWNED
	spawn on h "$SLBCTL" -j monitor >>"$TMP/json"
	JSON_PID=$SPAWNED
	wait_for 10 both_listen
}

# Both have reported a change that is repeated.
both_listen() {
	ctl h setting set icmp-rate 1
	[ -s "$TMP/text" ] && [ -s "$TMP/json" ]
}

settled() {
	local before after
	before=$(wc -c "$TMP/text" "$TMP/json")
	lib_pause 0.3
	after=$(wc -c "$TMP/text" "$TMP/json")
	[ "$before" = "$after" ]
}

FAILED=''
truncate -s 0 "$TMP/text" "$TMP/json"
check "two monitors receive events of both modules" start_monitors
wait_for 5 settled
truncate -s 0 "$TMP/text" "$TMP/json"

did h link add l1 dev d1 via 100.64.1.17 local 10.1.1.1-10.1.1.4 interval 0 hold 0
told "link added: $L1 up"
did h link add l2 dev none-such via 2001:db8:b::1 local 2001:db8:a::1 weight 3 interval 0 hold 0
told "link added: ${L2/7/3} no-device"
did h link set l2 weight 7
told "link changed: $L2 no-device"
did h group add web
told "group added: web scheduler rr servers 0 usable 0 vips 0 healthy 0 active-tier 0"
did h group add other scheduler mh table-size 13
told "group added: other scheduler mh table-size 13 servers 0 usable 0 vips 0 healthy 0 active-tier 0"
did h group set web scheduler wlc
told "group changed: web scheduler wlc servers 0 usable 0 vips 0 healthy 0 active-tier 0"
did h server add web 192.0.2.11
told "server added: web 192.0.2.11 weight 1"
did h server add web 2001:db8:5::11 weight 4
told "server added: web 2001:db8:5::11 weight 4"
did h server add other 192.0.2.12
told "server added: other 192.0.2.12 weight 1"
did h health set web 192.0.2.11 down why "no answer"
told 'server changed: web 192.0.2.11 weight 1 health down health-why "no answer" drained yes'
did h health set web 192.0.2.11 unknown
told "server changed: web 192.0.2.11 weight 1"
did h server set web 192.0.2.11 tier 2 state maint
told "server changed: web 192.0.2.11 weight 1 tier 2 state maint drained yes"
did h server set web 192.0.2.11 weight 0 tier 0 state up
told "server changed: web 192.0.2.11 weight 0 drained yes"
did h vip add tcp 203.0.113.80 group web
told "vip added: tcp 203.0.113.80 group web"
did h vip add any 2001:db8:f::80 group web
told "vip added: any 2001:db8:f::80 group web"
did h vip set tcp 203.0.113.80 group other
told "vip changed: tcp 203.0.113.80 group other"
did h group set other name another
told "group changed: other name another"
did h group set another name other
told "group changed: another name other"
did h link set l2 name l22
told "link changed: l2 name l22"
did h link set l22 name l2
told "link changed: l22 name l2"
balance_sheet "a balancer is configured"
did h setting set udp-timeout 77 fast-path no
wait_for 5 grep -q 'udp-timeout 77 .*fast-path no' "$TMP/text"
check_eq "a changed setting: the event has all settings" "setting changed:" \
	"$(heard | grep -o '^setting changed:')"
heard >>"$TMP/heard"
: >"$TMP/text"

did h relay balancer add b1
told "relay balancer added: b1 weight 1 links 0 links-up 0"
did h relay balancer set b1 weight 5
told "relay balancer changed: b1 weight 5 links 0 links-up 0"
did h relay link add b1 l1 dev d1 via 100.64.1.18 return 10.1.1.1-10.1.1.4 interval 0 hold 0
told "relay link added: $R1 up"
did h relay link add b1 l2 dev none-such via 2001:db8:b::2 return 2001:db8:a::1 weight 3 interval 0 hold 0
told "relay link added: ${R2/7/3} no-device"
did h relay link set b1 l2 weight 7
told "relay link changed: $R2 no-device"
did h relay vip add tcp 203.0.113.80
told "relay vip added: tcp 203.0.113.80"
did h relay vip add any 2001:db8:f::80
told "relay vip added: any 2001:db8:f::80"
balance_sheet "a relay is configured"
did h relay setting set udp-timeout 78 dead-reset no
wait_for 5 grep -q 'relay setting changed: .*dead-reset no .*udp-timeout 78' "$TMP/text"
check_eq "a changed setting of the relay: the event has all settings" "relay setting changed:" \
	"$(heard | grep -o '^relay setting changed:')"
heard >>"$TMP/heard"
: >"$TMP/text"

# both STATE UP: the state of d1 has changed for the links of both modules.
both() {
	told "link changed: $L1 $1" "relay link changed: $R1 $1" \
		"relay balancer changed: b1 weight 5 links 2 links-up $2"
	wait_for 5 caught_up
}

device set p1 down
both no-carrier 0
device set p1 up
both up 1
balance_sheet "the carrier goes and comes"
device set d1 down
both admin-down 0
device set d1 up
both up 1
balance_sheet "a device is set down and up"
device del d1
both admin-down 0
both no-device 0
device add d1 index 4711 type veth peer name p1
both admin-down 0
device set p1 up
device set d1 up
both up 1
balance_sheet "a device is deleted and made again under its name"
check_eq "the device has a new index" "4711 4711" \
	"$(ctl h -s link show l1 | grep -o 'ifindex [0-9]*' | cut -d' ' -f2) $(
		ctl h -s relay link show b1 l1 | grep -o 'ifindex [0-9]*' | cut -d' ' -f2)"
renamed_up=yes
if ! ip -n "${NS[h]}" link set d1 name elsewhere 2>/dev/null; then
	# before Linux 6.2 the device must be down
	renamed_up=no
	device set d1 down
	both admin-down 0
	device set d1 name elsewhere
fi
both no-device 0
device set elsewhere name d1
if [ $renamed_up = no ]; then
	both admin-down 0
	device set d1 up
fi
both up 1
balance_sheet "a device is renamed away and back"
device set d1 netns "${NS[away]}"
both admin-down 0
both no-device 0
ip -n "${NS[away]}" link set d1 netns "${NS[h]}"
both admin-down 0
device set d1 up
both up 1
balance_sheet "a device moves to another namespace and back"

did h vip del any 2001:db8:f::80
told "vip deleted: any 2001:db8:f::80 group web"
did h server del web 192.0.2.11
told "server deleted: web 192.0.2.11 weight 0 drained yes"
did h group del web
told "server deleted: web 2001:db8:5::11 weight 4" "group deleted: web scheduler wlc servers 0 usable 0 vips 0 healthy 0 active-tier 0"
did h link del l2
told "link deleted: $L2 no-device"
did h link add l2 dev none-such via 2001:db8:b::1 local 2001:db8:a::1 weight 7 interval 0 hold 0
told "link added: $L2 no-device"
did h vip add udp 203.0.113.80 group other
told "vip added: udp 203.0.113.80 group other"
did h server add other 192.0.2.13 weight 9
told "server added: other 192.0.2.13 weight 9"
did h vip flush
told "vip deleted: tcp 203.0.113.80 group other" "vip deleted: udp 203.0.113.80 group other"
did h server flush
told "server deleted: other 192.0.2.12 weight 1" "server deleted: other 192.0.2.13 weight 9"
did h group flush
told "group deleted: other scheduler mh table-size 13 servers 0 usable 0 vips 0 healthy 0 active-tier 0"
did h link flush
told "link deleted: $L1 up" "link deleted: $L2 no-device"
balance_sheet "a balancer is taken apart, by del and by flush"

did h relay device add d9
told "relay device added: d9 xdp no"
did h relay device set d9 xdp yes
told "relay device changed: d9 xdp yes xdp-on no"
did h relay device del d9
told "relay device deleted: d9 xdp yes xdp-on no"
did h relay vip del any 2001:db8:f::80
told "relay vip deleted: any 2001:db8:f::80"
did h relay link del b1 l2
told "relay link deleted: $R2 no-device"
did h relay vip add udp 203.0.113.80
told "relay vip added: udp 203.0.113.80"
did h relay vip flush
told "relay vip deleted: tcp 203.0.113.80" "relay vip deleted: udp 203.0.113.80"
did h relay balancer del b1
told "relay link deleted: $R1 up" "relay balancer deleted: b1 weight 5 links 0 links-up 0"
did h relay balancer add b1
told "relay balancer added: b1 weight 1 links 0 links-up 0"
did h relay link add b1 l1 dev d1 via 100.64.1.18 return 10.1.1.1-10.1.1.4 interval 0 hold 0
told "relay link added: $R1 up"
did h relay link flush
told "relay link deleted: $R1 up"
did h relay link add b1 l1 dev d1 via 100.64.1.18 return 10.1.1.1-10.1.1.4 interval 0 hold 0
told "relay link added: $R1 up"
did h relay balancer flush
told "relay link deleted: $R1 up" "relay balancer deleted: b1 weight 1 links 0 links-up 0"
balance_sheet "a relay is taken apart, by del and by flush"

did h relay balancer add b1
told "relay balancer added: b1 weight 1 links 0 links-up 0"
wait_for 5 caught_up
module_remove relay
told "module relay unloaded"
wait_for 5 caught_up
module_insert relay
told "module relay loaded"
wait_for 5 caught_up
did h relay balancer add b2
told "relay balancer added: b2 weight 1 links 0 links-up 0"
balance_sheet "a module is unloaded and loaded, and heard again"

end_process "$TEXT_PID" INT
wait_for 5 settled
end_process "$JSON_PID"
check_eq "the JSON has the same events, one object per line" \
	"$(short <"$TMP/heard" | by_module)" "$(json_short | by_module)"
