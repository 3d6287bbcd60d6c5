#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The quick start of README.md, word for word: its commands are read from the file, run on hosts with the devices and
# addresses that it names, and then clients are served, and the last commands print what README.md says.
#
#   c ---eth0 r eth1--- sw --- s1, s2      192.0.2.11 and .12, 2001:db8:5::11 and ::12
#         eth2 || eth3
#         eth0 b  eth1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"

README=$SLB_DIR/README.md
[ -f "$README" ] || ktap_skip_all "there is no $README"

# block N: the commands or the output of the Nth block of the quick start
block() {
	awk -v wanted="$1" '
		/^#+ / { here = $0 == "## Quick start" }
		here && /^```$/ { inside = !inside; n += inside; next }
		inside && n == wanted' "$README"
}

# follow HOST N: runs a block on a host. The modules are loaded already, and the guest may have no openssl.
follow() {
	{
		printf '%s\n' 'set -e' 'modprobe() { :; }' 'openssl() { od -An -N16 -tx1 /dev/urandom | tr -d " \n"; }' \
			"PATH=${SLBCTL%/*}:\$PATH"
		block "$2" | sed "s|/etc/slb|$TMP/slb|g"
	} >"$TMP/block"
	[ "$(wc -l <"$TMP/block")" -gt 4 ] && on "$1" bash "$TMP/block"
}

# cable HOST DEV HOST DEV
cable() {
	ip link add "$2" netns "${NS[$1]}" type veth peer name "$4" netns "${NS[$3]}"
}

build() {
	local s
	hosts c r b sw s1 s2 && cable c eth0 r eth0 && cable sw relay r eth1 && cable b eth0 r eth2 && cable b eth1 r eth3 &&
		cable s1 eth0 sw s1 && cable s2 eth0 sw s2 || return 1
	printf '%s\n' "link add br0 type bridge" "link set br0 up" "link set relay master br0 up" "link set s1 master br0 up" \
		"link set s2 master br0 up" | ip -n "${NS[sw]}" -batch - &&
		printf '%s\n' "link set eth0 up" "address add 198.51.100.11/24 dev eth0" "address add 2001:db8:c::11/64 dev eth0 nodad" \
			"route add default via 198.51.100.1" "route add default via 2001:db8:c::1" | ip -n "${NS[c]}" -batch - || return 1
	for s in 1 2; do
		printf '%s\n' "link set eth0 up" "address add 192.0.2.1$s/24 dev eth0" "address add 2001:db8:5::1$s/64 dev eth0 nodad" \
			"route add default via 192.0.2.1" "route add default via 2001:db8:5::1" | ip -n "${NS[s$s]}" -batch - || return 1
	done
	printf '%s\n' "address add 198.51.100.1/24 dev eth0" "address add 2001:db8:c::1/64 dev eth0 nodad" \
		"address add 192.0.2.1/24 dev eth1" "address add 2001:db8:5::1/64 dev eth1 nodad" \
		"address add 10.0.1.1/24 dev eth2" "address add 2001:db8:1::1/64 dev eth2 nodad" \
		"address add 10.0.2.1/24 dev eth3" "address add 2001:db8:2::1/64 dev eth3 nodad" "link set eth0 up" \
		"link set eth1 up" "link set eth2 up" "link set eth3 up" | ip -n "${NS[r]}" -batch - &&
		printf '%s\n' "address add 10.0.1.2/24 dev eth0" "address add 2001:db8:1::2/64 dev eth0 nodad" \
			"address add 10.0.2.2/24 dev eth1" "address add 2001:db8:2::2/64 dev eth1 nodad" "link set eth0 up" \
			"link set eth1 up" | ip -n "${NS[b]}" -batch -
}

# served URL: how many of six requests each server answers
served() {
	local i
	for i in 1 2 3 4 5 6; do
		on c curl -gs --max-time 5 "$1"
	done | sort | uniq -c | xargs
}

# plain: output without what differs from run to run: ports, the last part of local addresses, times, names that change
plain() {
	sed -E '/^proto/ {
		s/(client [^ ]*):[0-9]+ /\1:PORT /
		s/server 192\.0\.2\.1[12]:80/server SERVER/
		s/local 10\.9\.[12]\.[1-4]:[0-9]+ link (one|two)/local ADDR link LINK/
		s/ingress (one|two)/ingress LINK/
		s/age [0-9.]+s expires [0-9.]+s/age TIME expires TIME/
	}' | sort -u
}

# No session has one link for both ways.
two_links() {
	! grep -Eq 'link (one|two) .*ingress \1' "$TMP/sessions"
}

ktap_plan 12
load_modules slb relay
build || fail "cannot build the topology"
http_server s1
http_server s2
check "the balancer's commands succeed" follow b 1
check "the relay's commands succeed" follow r 2
check_eq "IPv4: a client is served by both servers" "2 s1 4 s2" "$(served http://203.0.113.80/)"
check "the balancer's commands for IPv6 succeed" follow b 3
check "the relay's commands for IPv6 succeed" follow r 4
up() {
	[ "$(ctl b link show | grep -c 'state up$')" -eq 2 ]
}
check "both links are up" wait_for 10 up
check_eq "IPv6: a client is served by both servers" "2 s1 4 s2" "$(served 'http://[2001:db8:f::80]/')"
check_eq "check of the balancer says what README promises" "$(grep '^ok:' "$README")" "$(ctl b check)"
# the balancer had IPv6 on its links first: the relay has just dropped its probes
relay_well() {
	[ "$(ctl r relay check)" = "ok: links up 2 of 2, VIPs 2, balancers 1" ]
}
check "check of the relay finds no fault" wait_for 5 relay_well
check "the commands that show the configuration succeed" follow b 5
ended() {
	on b bash "$TMP/block" >"$TMP/shown"
	! grep -q '^proto.*state tcp-[^t]' "$TMP/shown"
}
wait_for 10 ended
check_eq "the commands that show the configuration print what README.md says" "$(block 6 | plain)" "$(plain <"$TMP/shown")"
grep ^proto "$TMP/shown" >"$TMP/sessions"
check "each session uses both links" two_links
