#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets of flows are translated at XDP, before they become an skb: first packets and what is unusual are not, and
# every packet is counted once. The program of a link comes and goes with the word xdp, and what a link cannot have
# is refused.
#
#   c1 --- r --- s1             the drawing with all addresses is in lib_topology.sh
#         | |
#         b1                    nft counts at the ingress of the links what has become an skb

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"
LIB_XDP_HOST=b1
# shellcheck source=selftests/lib_xdp.sh
. "$SLB_SELFTESTS/lib_xdp.sh"

# skbs: packets that have become an skb on the links of b1, without probes and neighbours
skbs() {
	on b1 nft list counter netdev seen n | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

count_skbs() {
	on b1 nft -f - <<-END
		table netdev seen {
			counter n { }
			chain i {
				type filter hook ingress devices = { l1, l2 } priority 0;
				udp dport { 3784, 7784 } return
				icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, nd-router-solicit } return
				meta protocol { ip, ip6 } counter name n
			}
		}
	END
}

attached_nowhere() {
	! attached l1 && ! attached l2
}

# Packets that came in on all links, as the balancer counts them.
packets() {
	ctl b1 -s link show | awk '$1 == "client-in" || $1 == "server-in" { n += $3 } END { print n + 0 }'
}

xdp_on() {
	ctl b1 link show "$1" | grep -o 'xdp-on [a-z]*' | cut -d' ' -f2
}

# ---- packets

test_flows() { # FAMILY PROTO
	local text="IPv$1 $2" all=$((FLOWS_N * ROUNDS)) before skbs
	begin "f$1$2" "$2" "$1"
	before=$(packets) skbs=$(skbs)
	check_eq "$text: all $all are answered" "$all" "$(rounds "f$1$2" "$ROUNDS")"
	check_eq "$text: none of their packets has become an skb" 0 $(($(skbs) - skbs))
	if [ "$2" = udp ]; then
		check_eq "$text: each is counted once" $((2 * all)) $(($(packets) - before))
	else
		check "$text: each is counted" [ $(($(packets) - before)) -ge $((2 * all)) ]
	fi
}

# A program cannot be told what to do meanwhile: the module passes all packets.
test_passed_on() {
	local all=$((FLOWS_N * ROUNDS)) skbs
	ctl b1 setting set fast-path no
	skbs=$(skbs)
	check_eq "fast path off: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
	check_eq "fast path off: each packet becomes an skb" $((2 * all)) $(($(skbs) - skbs))
	check_eq "fast path off: xdp-on is no" "no no" "$(xdp_on l1) $(xdp_on l2)"
	ctl b1 setting set fast-path yes
	rounds f4udp 3 >/dev/null
	skbs=$(skbs)
	check_eq "fast path on again: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
	check_eq "fast path on again: no packet becomes an skb" "0 yes yes" "$(($(skbs) - skbs)) $(xdp_on l1) $(xdp_on l2)"
}

# An skb can have a firewall mark, a packet at XDP cannot.
test_mark() {
	local all=$((FLOWS_N * ROUNDS)) skbs
	ctl b1 vip set any "$VIP4" mark 0x10/0xff
	skbs=$(skbs)
	check_eq "a VIP with a mark: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
	check_eq "a VIP with a mark: each packet becomes an skb" $((2 * all)) $(($(skbs) - skbs))
	ctl b1 vip set any "$VIP4" mark 0
	rounds f4udp 3 >/dev/null
	skbs=$(skbs)
	check_eq "without the mark: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
	check_eq "without the mark: no packet becomes an skb" 0 $(($(skbs) - skbs))
}

xdp_is() { # YES|NO
	[ "$(xdp_on l1)" = "$1" ]
}

test_traced() {
	spawn on b1 "$SLBCTL" trace proto udp count 4 for 20 >"$TMP/traced"
	wait_for 10 xdp_is no
	rounds f4udp 1 >/dev/null
	check_eq "packets are traced although the links have XDP" 4 "$(wait_for 10 four_traced && wc -l <"$TMP/traced")"
	wait_for 25 xdp_is yes
	check "XDP is used again when the trace has ended" xdp_is yes
}

far_down() {
	[ "$(ctl r -j relay link show b1 l1 | json state)" != up ]
}

test_link_down() {
	local all=$((FLOWS_N * ROUNDS))
	ip -n "${NS[b1]}" link set l1 down
	wait_for 5 far_down
	rounds f4udp 1 >/dev/null
	check_eq "a link is down: all $all UDP packets are answered over the other" "$all" "$(rounds f4udp "$ROUNDS")"
	check_eq "a link is down: all $all of TCP and IPv6, too" "$all" "$(rounds f6tcp "$ROUNDS")"
	ip -n "${NS[b1]}" link set l1 up
	wait_for 10 topology_proven || note "not every link is proven"
	check_eq "the link is back: all $all are answered" "$all" "$(rounds f4udp "$ROUNDS")"
}

# ---- what cannot have it

configured() {
	ctl b1 link show | grep -v '^ '
}

new_link() {
	echo "link add l3 dev $1 via 100.64.1.99 local 10.1.3.1-10.1.3.4 xdp yes"
}

test_refused() {
	local line=()
	ip -n "${NS[b1]}" link add d0 type dummy
	read -ra line < <(new_link d0)
	check "a device without native XDP is refused, by name" refuses "device d0: the device has no native XDP" ctl b1 "${line[@]}"
	ctl b1 link set l2 xdp no
	spawn on b1 "$OTHER" l2 >"$TMP/other"
	wait_for 10 grep -q ready "$TMP/other"
	check "a device with another program is refused" refuses "another XDP program is attached" ctl b1 link set l2 xdp yes
	check "check says nothing of that while the link does not want one" eval '! ctl b1 check | grep -q XDP'
	end_process "${LIB_SPAWNED[-1]}"
	wait_for 10 eval '! attached l2'
	ip -n "${NS[b1]}" link add link l2 name v5 type vlan id 5
	on b1 ethtool -K l2 rxvlan on >/dev/null 2>&1
	check "a device that strips the tags of VLANs is refused" refuses "has VLANs and strips their tags" ctl b1 link set l2 xdp yes
	check "a refused link has no program" eval '! attached l2'
	on b1 ethtool -K l2 rxvlan off >/dev/null
	check "one that keeps them is not" ctl b1 link set l2 xdp yes
	on b1 ethtool -K l2 rxvlan on >/dev/null
	check_eq "tags are stripped later: packets are handled as without XDP" no "$(xdp_on l2)"
	check "check says why" eval 'ctl b1 check | grep -q "^note: link l2: .*VLAN"'
	ip -n "${NS[b1]}" link del v5
	check_eq "the VLAN is gone: XDP is used again" yes "$(xdp_on l2)"
	ctl b1 link set l2 xdp no
	check "without the privilege it is refused" refuses "xdp needs the privileges" \
		on b1 setpriv --bounding-set=-sys_admin,-bpf,-perfmon "$SLBCTL" link set l2 xdp yes
	ctl b1 link set l2 xdp yes
}

# ---- the program comes and goes

test_program() {
	check "the links' devices have a program" eval 'attached l1 && attached l2'
	check_eq "the saved configuration has it" 2 "$(ctl b1 save | grep -c '^link .* xdp yes')"
	ctl b1 link set l1 xdp no
	check "xdp no: the program is gone" eval '! attached l1 && attached l2'
	ctl b1 save >"$TMP/saved"
	ctl b1 link set l2 xdp no
	check "xdp no on both: none is left" attached_nowhere
	check "a saved file is applied" ctl b1 apply "$TMP/saved"
	check "apply attaches what the file says" eval 'attached l2 && ! attached l1'
	ctl b1 link set l2 name l9
	check "a link with another name keeps it" attached l2
	ctl b1 link set l9 name l2
	ip -n "${NS[b1]}" link del l2
	topology_link 1 2
	check "check finds a new device without a program" eval 'ctl b1 check | grep -q "^problem: link l2: .*no XDP program"'
	ctl b1 link set l2 xdp yes
	check "link set attaches it" attached l2
	# as a command leaves it that was killed
	PYTHONPATH=$SLB_SELFTESTS/tools/netlink on b1 python3 -Bc \
		'import nlmsg; print(nlmsg.Genl("slb").do("link-del", [("name", "l2")]))' >/dev/null
	check "a program that no link wants is left behind" attached l2
	check "check detaches it, and says so" eval 'ctl b1 check 2>&1 | grep -q "device l2 had an XDP program" && ! attached l2'
}

test_unload() {
	ctl b1 link set l1 xdp yes
	check_not "the module stays while a program calls it" rmmod slb
	ctl b1 link flush >/dev/null
	check "the last link is gone: no program is left" attached_nowhere
	check "then the module can go" wait_for 10 rmmod slb
	LIB_LOADED=(relay)
}

LIB_ENV=xdp
load_modules slb relay
env_possible xdp || ktap_skip_all "the kernel or the module has no BTF"
ktap_plan 50
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
test_mark
test_traced
test_link_down
test_refused
test_program
test_unload
