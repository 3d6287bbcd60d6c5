#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Invalid netlink messages to both modules: each is refused with an errno, and with a text or an attribute
# that names the fault. It changes nothing. Limits of numbers (links, balancers) are reached and not exceeded.
#
#   h    one host with both modules and devices d1 ... d3 that lead nowhere

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"
# shellcheck source=selftests/lib_netlink.sh
. "${BASH_SOURCE[0]%/*}/lib_netlink.sh"

# The families must have at least this many results: a table that is read wrong must not look like success.
LEAST_SLB=300 LEAST_RELAY=200

load_modules slb relay
hosts h
printf 'link add %s type dummy\nlink set %s up\n' d1 d1 d2 d2 d3 d3 | ip -n "${NS[h]}" -batch -

netlink_config >"$TMP/config"
netlink_show >"$TMP/show"

# run_family FAMILY: sets results to how many it planned, and leaves them in $TMP/FAMILY.
run_family() {
	on h "$SLB_SELFTESTS/tools/netlink/nlbad.py" "$1" "$SLBCTL" "$TMP/show" >"$TMP/$1" 2>"$TMP/$1.error"
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
	for ((i = 1; i <= 128; i++)); do
		echo "relay device add full$i"
	done
}

# The kernel logs texts that were cut off.
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
ktap_plan $((planned + 7))
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
check "a 129th device is refused" refused "a relay has at most 128 devices" relay device add full129
