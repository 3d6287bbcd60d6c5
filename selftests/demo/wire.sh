# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Finds one flow in a capture on all of the relay's devices, and judges its way.

declare -A WIRE_DEV=() WIRE_SRC=() WIRE_DST=()

# Prints "DEVICE SOURCE DESTINATION" of the eight times that the relay sees a packet and its reply, from the
# text of a capture on all its devices; only of the flow with these ends, if any are given.
# shellcheck disable=SC2016
WIRE_AWK='
	function is(i, hop) { return src[i] == src[at[hop]] && dst[i] == dst[at[hop]] }
	function answers(i, hop) { return src[i] == dst[at[hop]] && dst[i] == src[at[hop]] }
	function matches(i, hop) {
		if (hop == 1) return dev[i] ~ /^c/ && dir[i] == "In" && (client == "" || src[i] == client)
		if (hop == 2) return dev[i] ~ /^b/ && dir[i] == "Out" && is(i, 1)
		if (hop == 3) return dev[i] ~ /^b/ && dir[i] == "In" && src[i] != dst[at[1]] &&
			(lend == "" || src[i] == lend)
		if (hop == 4) return dev[i] ~ /^s/ && dir[i] == "Out" && is(i, 3)
		if (hop == 5) return dev[i] ~ /^s/ && dir[i] == "In" && answers(i, 3)
		if (hop == 6) return dev[i] ~ /^b/ && dir[i] == "Out" && answers(i, 3)
		if (hop == 7) return dev[i] ~ /^b/ && dir[i] == "In" && answers(i, 1)
		return dev[i] ~ /^c/ && dir[i] == "Out" && answers(i, 1)
	}
	$3 == family { n++; dev[n] = $1; dir[n] = $2; src[n] = $4; dst[n] = $6; sub(/:$/, "", dst[n]) }
	END {
		hop = 1
		for (i = 1; i <= n && hop <= 8; i++)
			if (matches(i, hop))
				at[hop++] = i
		for (i = 1; i < hop; i++)
			print dev[at[i]], src[at[i]], dst[at[i]]
		exit hop <= 8
	}'

# wire_read FAMILY [CLIENT.PORT LOCAL.PORT]: finds a flow in the capture "wire".
wire_read() {
	local family=IP hop=0 dev src dst
	[ "$1" = 4 ] || family=IP6
	on r tcpdump -nn -t -r "$TMP/wire.pcap" 2>/dev/null |
		awk -v family="$family" -v client="${2:-}" -v lend="${3:-}" "$WIRE_AWK" >"$TMP/wire" || return 1
	while read -r dev src dst; do
		hop=$((hop + 1))
		WIRE_DEV[$hop]=$dev
		WIRE_SRC[$hop]=$(wire_end "$1" "$src") WIRE_DST[$hop]=$(wire_end "$1" "$dst")
	done <"$TMP/wire"
}

# tcpdump writes ADDRESS.PORT.
wire_end() {
	if [ "$1" = 4 ]; then
		printf '%s:%s' "${2%.*}" "${2##*.}"
	else
		printf '[%s]:%s' "${2%.*}" "${2##*.}"
	fi
}

# Is an end (ADDRESS:PORT) a local address of a link, by its device on the relay (b1l2)?
wire_is_local() {
	local b=${2:1:1} l=${2:3:1}
	[[ $1 == "10.$b.$l."[1-4]:* || $1 == "[2001:db8:a:$b$l::"[1-4]"]:"* ]]
}

# Does the flow go to the virtual address and back, with one server in between, all on one balancer, out and
# back by the same two links?
wire_is_right() {
	local f=$1 s=${WIRE_DEV[4]} server
	server=${ADDR4[$s]}:80
	[ "$f" = 4 ] || server=[${ADDR6[$s]}]:80
	[ "${WIRE_DST[1]}" = "${VIP_TEXT[$f]}:80" ] && [ "${WIRE_SRC[8]}" = "${VIP_TEXT[$f]}:80" ] &&
		[ "${WIRE_DST[3]}" = "$server" ] && [ "${WIRE_DEV[5]}" = "$s" ] &&
		[ "${WIRE_DEV[8]}" = "${WIRE_DEV[1]}" ] &&
		[ "${WIRE_DEV[6]}" = "${WIRE_DEV[3]}" ] && [ "${WIRE_DEV[7]}" = "${WIRE_DEV[2]}" ] &&
		[ "${WIRE_DEV[3]%l?}" = "${WIRE_DEV[2]%l?}" ]
}

wire_two_links() {
	wire_is_right "$1" && [ "${WIRE_DEV[2]}" != "${WIRE_DEV[3]}" ] &&
		wire_is_local "${WIRE_SRC[3]}" "${WIRE_DEV[3]}"
}

# wire_one_link FAMILY DEVICE: both ways by this link, with a local address of the other.
wire_one_link() {
	wire_is_right "$1" && [ "${WIRE_DEV[2]}" = "$2" ] && [ "${WIRE_DEV[3]}" = "$2" ] &&
		! wire_is_local "${WIRE_SRC[3]}" "$2"
}
