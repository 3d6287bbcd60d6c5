#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The relay forwards packets of known flows at XDP, before they become an skb, in all four directions; each is counted
# once. What is unusual goes the ordinary way. Programs come and go with the word xdp of links and devices.
#
#   c1 --- r --- s1             the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    nft counts at the ingress of all devices of r what has become an skb

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"
LIB_XDP_HOST=r
# shellcheck source=selftests/lib_xdp.sh
. "$SLB_SELFTESTS/lib_xdp.sh"

DEVICES=(b1l1 b1l2 c1 s1)

# skbs NAME...: packets that have become an skb on devices of r, without probes and neighbours. NAME: near, those towards
# clients and servers; far, those of links
skbs() {
	local name
	for name in "$@"; do
		on r nft list counter netdev seen "$name"
	done | awk '$1 == "packets" { n += $2 } END { print n }'
}

count_skbs() {
	on r nft -f - <<-END
		table netdev seen {
			counter near { }
			counter far { }
			chain i {
				type filter hook ingress devices = { b1l1, b1l2, c1, s1 } priority 0;
				udp dport { 3784, 7784 } return
				icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, nd-router-solicit } return
				meta protocol != { ip, ip6 } return
				iifname { c1, s1 } counter name near
				iifname { b1l1, b1l2 } counter name far
			}
		}
	END
}

# all_attached DEVICE...: these devices have a program, and no others
all_attached() {
	local dev has
	for dev in "${DEVICES[@]}"; do
		has=no
		! attached "$dev" || has=yes
		[[ " $* " == *" $dev "* ]] || [ $has = no ] || return 1
		[[ " $* " != *" $dev "* ]] || [ $has = yes ] || return 1
	done
}

# Packets in each direction of all links, as the relay counts them.
packets() { # DIRECTION
	ctl r -s relay link show | awk -v direction="$1" '$1 == direction { n += $3 } END { print n + 0 }'
}

directions() {
	echo "$(packets client-in) $(packets client-out) $(packets server-out) $(packets server-in)"
}

# xdp_on: of both links and both devices
xdp_on() {
	{ ctl r -o relay link show && ctl r -o relay device show; } | grep -o 'xdp-on [a-z]*' | cut -d' ' -f2 | xargs
}

# The route of each flow from a balancer is looked up again once a second, and for that a packet becomes an skb; of TCP
# an acknowledgment may come before the lookup, too.
# begin_counting; then counted_few FLOWS: not more than that have become skbs on links, and none on the other devices
begin_counting() {
	NEAR=$(skbs near) FAR=$(skbs far) SECOND=$(date +%s)
}

counted_few() {
	local near=$(($(skbs near) - NEAR)) far=$(($(skbs far) - FAR)) seconds=$(($(date +%s) - SECOND + 2))
	note "$near and $far packets have become an skb in at most $seconds seconds"
	[ "$near" -eq 0 ] && [ "$far" -le $(($1 * 4 * seconds)) ]
}

# ---- packets

# Packets of each direction: @ROUNDS of each flow, without what TCP adds.
counted() { # BEFORE AFTER PROTO
	local all=$((FLOWS_N * ROUNDS)) i before after
	read -ra before <<<"$1"
	read -ra after <<<"$2"
	for i in 0 1 2 3; do
		if [ "$3" = udp ]; then
			[ $((after[i] - before[i])) -eq $all ] || return 1
		else
			[ $((after[i] - before[i])) -ge $all ] || return 1
		fi
	done
}

test_flows() { # FAMILY PROTO
	local text="IPv$1 $2" all=$((FLOWS_N * ROUNDS)) before
	begin "f$1$2" "$2" "$1"
	before=$(directions)
	begin_counting
	check_eq "$text: all $all are answered" "$all" "$(rounds "f$1$2" "$ROUNDS")"
	check "$text: few of their packets have become an skb" counted_few $FLOWS_N
	check "$text: each is counted once in each direction" counted "$before" "$(directions)" "$2"
}

test_passed_on() {
	local all=$((FLOWS_N * ROUNDS)) skbs
	ctl r relay setting set fast-path no
	skbs=$(skbs near far)
	check_eq "fast path off: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
	check_eq "fast path off: each packet becomes an skb" $((4 * all)) $(($(skbs near far) - skbs))
	check_eq "fast path off: xdp-on is no" "no no no no" "$(xdp_on)"
	ctl r relay setting set fast-path yes
	rounds f4udp 3 >/dev/null
	begin_counting
	check_eq "fast path on again: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
	check "fast path on again: few packets become an skb" counted_few $FLOWS_N
	check_eq "fast path on again: xdp-on is yes" "yes yes yes yes" "$(xdp_on)"
}

# One device without: its packets go as ever, those of the others at XDP.
test_one_less() {
	local all=$((FLOWS_N * ROUNDS))
	ctl r relay device set c1 xdp no
	# its flows pass all chains again after a change of fast-path
	rounds f6udp 2 >/dev/null
	begin_counting
	check_eq "one device without XDP: all $all are answered" "$all" "$(rounds f6udp "$ROUNDS")"
	check_eq "one device without XDP: just its packets become an skb" "$all" $(($(skbs near) - NEAR))
	NEAR=$((NEAR + all))
	check "one device without XDP: few of the others do" counted_few $FLOWS_N
	ctl r relay device set c1 xdp yes
}

xdp_is() { # YES|NO
	[ "$(xdp_on)" = "$1 $1 $1 $1" ]
}

test_traced() {
	spawn on r "$SLBCTL" relay trace proto udp count 4 for 20 >"$TMP/traced"
	wait_for 10 xdp_is no
	rounds f4udp 1 >/dev/null
	check_eq "packets are traced although all devices have XDP" 4 "$(wait_for 10 four_traced && wc -l <"$TMP/traced")"
	wait_for 25 xdp_is yes
	check "XDP is used again when the trace has ended" xdp_is yes
}

near_down() {
	[ "$(ctl r -j relay link show b1 l1 | json state)" != up ]
}

test_link_down() {
	local all=$((FLOWS_N * ROUNDS))
	ip -n "${NS[b1]}" link set l1 down
	wait_for 5 near_down
	rounds f4udp 1 >/dev/null
	check_eq "a link is down: all $all UDP packets are answered over the other" "$all" "$(rounds f4udp "$ROUNDS")"
	check_eq "a link is down: all $all of TCP and IPv6, too" "$all" "$(rounds f6tcp "$ROUNDS")"
	ip -n "${NS[b1]}" link set l1 up
	wait_for 10 topology_proven || note "not every link is proven"
	check_eq "the link is back: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
}

# Routing changes: the next packet obeys.
test_route() {
	local all=$((FLOWS_N * ROUNDS))
	ip -n "${NS[r]}" rule add pref 1 to "${ADDR4[c1]}" blackhole
	check_eq "a routing rule that drops is obeyed at once" 0 "$(rounds f4udp 1)"
	ip -n "${NS[r]}" rule del pref 1
	rounds f4udp 1 >/dev/null
	check_eq "the rule is gone: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
}

# ---- what cannot have it

configured() {
	ctl r relay device show
	ctl r relay link show | grep -v '^ '
}

test_refused() {
	ip -n "${NS[r]}" link add d0 type dummy
	check "a device without native XDP is refused, by name" refuses "device d0: the device has no native XDP" \
		ctl r relay device add d0 xdp yes
	check "without the word it is not" ctl r relay device add d0
	check "nor can it be told later" refuses "device d0: the device has no native XDP" ctl r relay device set d0 xdp yes
	ctl r relay device del d0
	ctl r relay device set s1 xdp no
	spawn on r "$OTHER" s1 >"$TMP/other"
	wait_for 10 grep -q ready "$TMP/other"
	check "a device with another program is refused" refuses "another XDP program is attached" ctl r relay device set s1 xdp yes
	end_process "${LIB_SPAWNED[-1]}"
	wait_for 10 eval '! attached s1'
	ip -n "${NS[r]}" link add link s1 name v5 type vlan id 5
	on r ethtool -K s1 rxvlan on >/dev/null 2>&1
	check "a device that strips the tags of VLANs is refused" refuses "has VLANs and strips their tags" ctl r relay device set s1 xdp yes
	check "a refused device has no program" all_attached b1l1 b1l2 c1
	ip -n "${NS[r]}" link del v5
	check "when the VLAN is gone it is not" ctl r relay device set s1 xdp yes
}

# ---- the program comes and goes

test_program() {
	check "all devices have a program" all_attached "${DEVICES[@]}"
	check_eq "the saved configuration has them" 4 "$(ctl r save | grep -c '^relay .* xdp yes')"
	ctl r save >"$TMP/saved"
	ctl r relay link set b1 l1 xdp no
	ctl r relay device del s1
	check "xdp no, and a deleted device: their programs are gone" all_attached b1l2 c1
	ctl r relay device flush
	check "no device has settings: only the link has a program" all_attached b1l2
	check "a saved file is applied" ctl r apply "$TMP/saved"
	check "apply attaches what the file says" all_attached "${DEVICES[@]}"
	check "relay check finds nothing about XDP" eval '! ctl r relay check 2>&1 | grep -q XDP'
	ip -n "${NS[r]}" link set dev s1 xdpdrv off
	check "relay check finds a device without a program" \
		eval 'ctl r relay check | grep -q "^problem: device s1: .*no XDP program: slbctl relay device set"'
	ctl r relay device set s1 xdp yes
	check "device set attaches it" attached s1
	# as a command leaves it that was killed
	PYTHONPATH=$SLB_SELFTESTS/tools/netlink on r python3 -Bc \
		'import nlmsg; print(nlmsg.Genl("slb_relay").do("device-del", [("dev", "s1")]))' >/dev/null
	check "a program that nothing wants is left behind" attached s1
	check "relay check detaches it, and says so" \
		eval 'ctl r relay check 2>&1 | grep -q "device s1 had an XDP program" && ! attached s1'
}

test_unload() {
	check_not "the module stays while a program calls it" rmmod relay
	ctl r relay balancer flush >/dev/null
	check "the last link is gone: its device has no program" all_attached c1
	ctl r relay device flush
	check "then the module can go" wait_for 10 rmmod relay
	LIB_LOADED=(slb)
}

LIB_ENV=xdp
load_modules slb relay
env_possible xdp || ktap_skip_all "the kernel or a module has no BTF"
ktap_plan 49
topology clients=1 servers=1 balancers=1 links=2
topology_config "any $VIP4" "any $VIP6"
count_skbs
for proto in udp tcp; do
	talk_serve s1 "$proto" :: 7
done
for family in 4 6; do
	test_flows $family udp
	test_flows $family tcp
done
test_passed_on
test_one_less
test_traced
test_link_down
test_route
test_refused
test_program
test_unload
