# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The claims: flows of all protocols and families, captured on every link of the relay and checked flow by
# flow.
#
# claims_serve              starts the servers on s1, s2, s3
# claims_ask PROTO[,...] VIP[,...] N   asks N times from each client; the command of a check
# claims_watch, claims_stop capture on all devices at once, into $TMP/claims; $TMP/claims/names has the devices' numbers
# claims_judge N [few]      prints what tools/packets/claims.py says of N flows of each protocol and family

# shellcheck source=selftests/lib_talk.sh
. "$SLB_SELFTESTS/lib_talk.sh"

CLAIMS_TOOLS=$SLB_SELFTESTS/tools
CLAIMS_PORT=7000

claims_serve() {
	local host
	modprobe -q sctp
	for host in s1 s2 s3; do
		talk_name "$host" "$CLAIMS_PORT"
	done
}

# One after the other: flows are paired with what their balancer sent by the order in which they began.
claims_ask() {
	local client
	for client in c1 c2; do
		on "$client" "$TALK" ask "$1" "$2" "$CLAIMS_PORT" "$3" || return 1
	done
}

# One capture of all devices takes a fraction of the time of one for each. It has the devices' numbers only.
claims_watch() {
	rm -rf "$TMP/claims"
	mkdir "$TMP/claims"
	on r ip -o link | awk -F ': ' '{ sub(/@.*/, "", $2); if ($2 ~ /^[bcs][0-9]/) print $1, $2 }' >"$TMP/claims/names"
	LIB_SNAPLEN=256 capture claims/all r any "(tcp or udp or sctp) and not port 3784"
}

# The counters of a capture on all devices include packets that the filter drops: so wait until the file stops growing.
claims_stop() {
	wait_for 3 claims_settled || note "the capture may lack packets"
	end_process "${LIB_CAPTURES[claims/all]}"
}

claims_settled() {
	local size
	size=$(stat -c %s "$TMP/claims/all.pcap")
	lib_pause 0.2
	[ "$size" -gt 24 ] && [ "$size" -eq "$(stat -c %s "$TMP/claims/all.pcap")" ]
}

claims_judge() {
	"$CLAIMS_TOOLS/packets/claims.py" "$TMP/claims" "$@"
}
