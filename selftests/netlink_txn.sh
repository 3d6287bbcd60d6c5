#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Transactions over netlink, of both modules: a commit carries out every operation or none, and no other change in
# between; one that fails leaves the state as it was; sockets, namespaces and modules that go take theirs along.
#
#   h    one host with both modules

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

TXN=$SLB_SELFTESTS/tools/netlink/nltxn.py

# check_family FAMILY: leaves results in $TMP/FAMILY, prints how many there are.
check_family() {
	on h "$TXN" "$1" >"$TMP/$1" 2>"$TMP/$1.error"
	awk '$1 == "plan" { n = $2 } END { print n + 0 }' "$TMP/$1"
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

load_modules slb relay
hosts h
slb=$(check_family slb)
relay=$(check_family slb_relay)
ktap_plan $((slb + relay + 1))
report_family slb
report_family slb_relay
check "both tools have run" [ $((slb > 20 && relay > 20)) -eq 1 ]
