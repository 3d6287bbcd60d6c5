# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For the packet tests: mute hosts, and the programs in tools/packets/ that send and check single packets.
#
# packet_mute HOST...   takes the addresses of clients and servers away, so that they answer nothing: what
#                       they send and hear is then up to a program. The relay still knows where they are.
# packet_second_vip HOST   configures the virtual addresses 203.0.113.81 and 2001:db8:f::81, all ports, for a
#                       server of their own, on the balancer b1 and the relay
# packet_run NAME [ARG...]   runs tools/packets/NAME.py; its lines become results: "ok TEXT", "not ok TEXT",
#                       "skip TEXT # REASON"; other lines are notes
# packet_tool NAME [ARG...]   runs it and leaves its lines as they are; the last one is "status N"

# shellcheck disable=SC2034
LIB_LINK_WORDS="interval 0"

packet_mute() {
	local host mac
	for host in "$@"; do
		printf -v mac '02:00:00:00:%02x:%02x' "'${host:0:1}" "${host:1}"
		ip -n "${NS[$host]}" -batch - <<-END || return 1
			link set eth0 address $mac
			address flush dev eth0
		END
		ip -n "${NS[r]}" -batch - <<-END || return 1
			neighbour replace ${ADDR4[$host]} lladdr $mac dev $host nud permanent
			neighbour replace ${ADDR6[$host]} lladdr $mac dev $host nud permanent
		END
	done
}

packet_second_vip() {
	local pair
	ctl b1 group add second || return 1
	for pair in "203.0.113.81 ${ADDR4[$1]}" "2001:db8:f::81 ${ADDR6[$1]}"; do
		ctl b1 server add second "${pair#* }" || return 1
		ctl b1 vip add any "${pair% *}" group second || return 1
		ctl r relay vip add any "${pair% *}" || return 1
	done
}

packet_tool() {
	local netns='' host
	for host in "${!NS[@]}"; do
		netns+=" $host=${NS[$host]}"
	done
	PKT_NETNS=${netns# } python3 -SB "$SLB_SELFTESTS/tools/packets/$1.py" "${@:2}" 2>&1
	echo "status $?"
}

packet_run() {
	local line status=1
	while IFS= read -r line; do
		case $line in
		"ok "*) ok "${line#ok }" ;;
		"not ok "*) fail "${line#not ok }" ;;
		"skip "*) line=${line#skip } && skip "${line%% # *}" "${line#* # }" ;;
		"status "*) status=${line#status } ;;
		*) printf '# %s\n' "${line#\# }" ;;
		esac
	done < <(packet_tool "$@")
	[ "$status" = 0 ] && return 0
	fail "tools/packets/$1.py runs to its end"
}
