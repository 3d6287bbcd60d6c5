#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Thousands of valid and invalid messages of both families, from several processes, under traffic. Invalid
# messages are refused with a text and change nothing. SLB_NETLINK_MESSAGES is their number (testing.rst).
#
#   x === h1    balancer and relay in one; the drawing is in lib_life.sh

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

FUZZ=$SLB_SELFTESTS/tools/netlink/nlfuzz MESSAGES=${SLB_NETLINK_MESSAGES:-3000} SEED=${SLB_NETLINK_SEED:-$SRANDOM}
[ -x "$FUZZ" ] || ktap_skip_all "tools/netlink/nlfuzz is not built"
# shellcheck disable=SC2034
[ "$MESSAGES" -le 3000 ] || LIB_LOOP_SECONDS=86400

# fuzz FAMILY: its last words are shown in any case.
fuzz() {
	"$SLB_SELFTESTS/tools/netlink/nlfuzz_table.py" "$1" >"$TMP/$1.table" &&
		on h1 "$FUZZ" "$TMP/$1.table" $((MESSAGES / 2)) "$SEED" >"$TMP/$1.fuzz"
	local status=$?
	cat "$TMP/$1.fuzz"
	return "$status"
}

test_family() {
	check "$1: every answer is a good one" fuzz "$1"
	[ ! -f "$TMP/$1.fuzz" ] || sed "s/^$1/# &/" "$TMP/$1.fuzz" | grep '^#' | tail -n 14
}

# A limit of a few sessions, say, is a right setting.
set_up_anew() {
	{
		printf '%s flush\n' vip group link 'relay vip' 'relay balancer' 'relay device'
		echo "$SETTINGS"
	} | ctl h1 -b - && small_config 1 slb relay
}

ktap_plan 5
load_modules slb relay
if ! small_hub || ! small_host 1; then
	ktap_skip_all "cannot build the topology"
fi
note "seed $SEED"
small_config 1 slb relay
SETTINGS="setting set $(ctl h1 setting show | xargs)"$'\n'"relay setting set $(ctl h1 relay setting show | xargs)"
small_loop 1
test_family slb
note "sessions of other hosts that were added, updated, ended: $(ctl h1 -j status show |
	json sync_added sync_updated sync_ended | head -n 1)"
test_family slb_relay
end_process "$SPAWNED"
check "the hosts are set up again" set_up_anew
check "slb still works" small_works 1 slb
check "relay still works" small_works 1 relay
