#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Wrong netlink messages to both modules: each is refused with an errno and a text or an attribute that names
# the fault, and changes nothing. Limits of number (links, balancers) are reached and not passed.
#
#   h    one host with both modules and devices d1 ... d3 that lead nowhere

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

# So many results the families must have at least: a table that is read wrong must not look like success.
LEAST_SLB=300 LEAST_RELAY=200

load_modules slb relay
hosts h
printf 'link add %s type dummy\nlink set %s up\n' d1 d1 d2 d2 d3 d3 | ip -n "${NS[h]}" -batch -

# The longest names: no text may be too long for what the kernel has room for.
LONG=a-name-of-the-most-31-characters
LONG=${LONG:0:31}
cat >"$TMP/config" <<END
link add l1 dev d1 via 100.64.1.17 local 10.1.1.1-10.1.1.4 via 2001:db8:b:11::1 local 2001:db8:a:11::1-2001:db8:a:11::4
link add l2 dev d2 via 100.64.1.33 local 10.1.2.1-10.1.2.4 weight 3
group add web
group add spare scheduler mh table-size 251
server add web 192.0.2.11:80
server add web [2001:db8:5::11]:80 weight 7
server add spare 192.0.2.12
vip add tcp 203.0.113.80:80 group web
vip add udp 203.0.113.80:5000-5010 group web
vip add any 2001:db8:f::80 group web
link add $LONG dev a-device-of-15x via 100.64.1.97 local 10.1.3.1-10.1.3.4
group add $LONG
server add $LONG 192.0.2.13
vip add sctp [2001:db8:1111:2222:3333:4444:5555:6666]:50000-60000 group $LONG
relay balancer add b1
relay balancer add b2 weight 2
relay link add b1 l1 dev d1 via 100.64.1.18 return 10.1.1.1-10.1.1.4 via 2001:db8:b:11::2 return 2001:db8:a:11::1-2001:db8:a:11::4
relay link add b1 l2 dev d2 via 100.64.1.34 return 10.1.2.1-10.1.2.4
relay link add b2 l1 dev d3 via 100.64.2.18 return 10.2.1.1-10.2.1.4
relay vip add tcp 203.0.113.80:80
relay vip add udp 203.0.113.80:5000-5010
relay vip add any 2001:db8:f::80
relay balancer add $LONG
relay link add $LONG $LONG dev a-device-of-15x via 100.64.1.98 return 10.1.3.1-10.1.3.4
relay vip add sctp [2001:db8:1111:2222:3333:4444:5555:6666]:50000-60000
END
printf '%s show\n' link group server vip session setting status drop \
	'relay vip' 'relay balancer' 'relay link' 'relay status' 'relay drop' >"$TMP/show"

# run_family FAMILY: sets results to how many it planned, and leaves them in $TMP/FAMILY.
run_family() {
	on h "$SLB_SELFTESTS/tools/nlbad.py" "$1" "$SLBCTL" "$TMP/show" >"$TMP/$1" 2>"$TMP/$1.error"
	results=$(awk '$1 == "plan" { print $2 }' "$TMP/$1")
	results=${results:-0}
}

report_family() {
	local word text
	while read -r word text; do
		case $word in
		plan) ;;
		ok) ok "$text" ;;
		fail) fail "$text" ;;
		*) note "$text" ;;
		esac
	done <"$TMP/$1"
	sed 's/^/#   /' "$TMP/$1.error"
}

# refused TEXT WORDS...: slbctl is refused with that text.
refused() {
	local text=$1
	shift
	[[ $(ctl h "$@" 2>&1 >/dev/null) == *"$text"* ]]
}

# Fills a balancer up with links, and the relay up with balancers and links.
fill_up() {
	local i
	for ((i = 1; i <= 8; i++)); do
		echo "link add f$i dev f$i via 100.64.9.1 local 10.9.$i.1"
		echo "relay link add full f$i dev f$i via 100.64.9.$((100 + i)) return 10.9.$i.1"
	done
	for ((i = 2; i <= 256; i++)); do
		echo "relay balancer add full$i"
	done
}

# Complaints of the kernel about texts that were cut off.
truncated() {
	dmesg | grep -c 'truncated extack'
}

ctl h -b "$TMP/config" || ktap_skip_all "cannot configure"
cut_before=$(truncated)
ctl h -b "$TMP/show" >"$TMP/before"
run_family slb
planned=$results
check_least=$((results >= LEAST_SLB))
run_family slb_relay
planned=$((planned + results))
check_least=$((check_least && results >= LEAST_RELAY))
ktap_plan $((planned + 6))
report_family slb
report_family slb_relay
check_eq "no text of the kernel was cut off" "$cut_before" "$(truncated)"
check "the tables were read as a whole" [ "$check_least" -eq 1 ]

{ echo "relay balancer add full" && fill_up; } >"$TMP/fill"
check "everything may be had up to its limit" ctl h -b "$TMP/fill"
check "a 9th link of a balancer is refused" refused "a balancer has at most 8 links" \
	link add f9 dev f9 via 100.64.9.1 local 10.9.9.1
check "a 9th link of a relay's balancer is refused" refused "a balancer has at most 8 links" \
	relay link add full f9 dev f9 via 100.64.9.109 return 10.9.9.1
check "a 257th balancer is refused" refused "a relay has at most 256 balancers" relay balancer add full257
