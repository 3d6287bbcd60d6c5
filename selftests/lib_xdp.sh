#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What tests of packets at XDP share. To be sourced after lib_share.sh; LIB_XDP_HOST is the host that is tested.
#
# begin NAME PROTO FAMILY   FLOWS_N flows that have passed all chains, both ways
# rounds NAME N             all of them say N times; prints how many answers came
# attached DEVICE           has the device a program, in the driver's own mode?
# four_traced               has $TMP/traced four lines?
# refuses TEXT COMMAND...   the command fails with this text, and what configured() prints is as before

# shellcheck disable=SC2034
OTHER=$SLB_SELFTESTS/tools/packets/xdp_other
# shellcheck disable=SC2034
PORT=20000 FLOWS_N=10 ROUNDS=5

rounds() {
	local i n all=0
	for ((i = 0; i < $2; i++)); do
		read -r _ n _ < <(talk "$1" say)
		all=$((all + n))
	done
	echo "$all"
}

# A packet to a neighbour that was not asked for long is passed: here all are known for good.
neighbours_known() {
	ip -n "${NS[$LIB_XDP_HOST]}" neigh show | awk '/lladdr/ && !/FAILED/ {
		for (i = 1; i <= NF; i++) { if ($i == "dev") dev = $(i + 1); if ($i == "lladdr") mac = $(i + 1) }
		print "neigh replace", $1, "lladdr", mac, "dev", dev, "nud permanent" }' | ip -n "${NS[$LIB_XDP_HOST]}" -batch -
}

begin() {
	local vip=VIP$3
	talk_begin "$1" c1 "$2" "${!vip}" 7
	talk "$1" open "$FLOWS_N" "$PORT" >/dev/null
	PORT=$((PORT + FLOWS_N))
	rounds "$1" 3 >/dev/null
	neighbours_known
}

attached() {
	ip -n "${NS[$LIB_XDP_HOST]}" -j link show dev "$1" | jq -e '.[0].xdp.mode == 1' >/dev/null
}

four_traced() {
	[ "$(wc -l <"$TMP/traced")" -ge 4 ]
}

refuses() {
	local text=$1 before
	shift
	before=$(configured)
	if "$@" 2>"$TMP/refused" || ! grep -qF "$text" "$TMP/refused"; then
		sed 's/^/# /' "$TMP/refused"
		return 1
	fi
	[ "$(configured)" = "$before" ]
}
