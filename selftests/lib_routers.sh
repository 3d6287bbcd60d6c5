# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The network of lib_ecmp.sh, where the next hop of the balancers on each link, .1, is the address of one relay, which the
# other one takes over.
#
# routers_build                 builds it
# routers_configure             configures balancers and relays: the group web has s1, VIP4 and VIP6 use it
# take_address RELAY LINK       from now on it is the next hop of the balancers on that link
# views                         of all links at all four ends, "HOST [BALANCER] LINK STATE PROBE" each
# all_up N                      are so many up, as they know by probes?

# shellcheck source=selftests/lib_ecmp.sh
. "${BASH_SOURCE[0]%/*}/lib_ecmp.sh"

routers_build() {
	ecmp_begin
	# Announces an address that the other relay takes over, as arping does for IPv4.
	on q sysctl -qw net.ipv6.conf.all.ndisc_notify=1
	ecmp_build
	take_address r 1
	take_address r 2
}

# take_address RELAY LINK: from now on it is the next hop of the balancers on that link
take_address() {
	printf '%s\n' "address add 100.64.$2.1/24 dev l$2" "address add 2001:db8:b:$2::1/64 dev l$2" |
		ip -n "${NS[$1]}" -batch -
}

# Long detection times: a slow machine must not miss probes.
routers_configure() {
	local r b l probes='shared yes misses 10 hold 100'
	for b in 1 2; do
		for l in 1 2; do
			echo "link add l$l dev l$l via 100.64.$l.1 local 10.$b.$l.1-10.$b.$l.4 $probes" \
				"via 2001:db8:b:$l::1 local 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4"
		done >"$TMP/b"
		printf '%s\n' "group add web" "server add web ${ADDR4[s1]}" "server add web ${ADDR6[s1]}" \
			"vip add any $VIP4 group web" "vip add any $VIP6 group web" >>"$TMP/b"
		ctl "b$b" -b - <"$TMP/b" || return 1
	done
	for r in r q; do
		ctl "$r" relay setting set hash-key "$KEY" || return 1
		{
			echo "relay vip add any $VIP4"
			echo "relay vip add any $VIP6"
			for b in 1 2; do
				echo "relay balancer add b$b"
				for l in 1 2; do
					echo "relay link add b$b l$l dev l$l via 100.64.$l.$((11 + b))" \
						"return 10.$b.$l.1-10.$b.$l.4 $probes" \
						"via 2001:db8:b:$l::$((11 + b))" \
						"return 2001:db8:a:$b$l::1-2001:db8:a:$b$l::4"
				done
			done
		} | ctl "$r" -b - || return 1
	done
}

# Of all links at all four ends, "HOST [BALANCER] LINK STATE PROBE" each
views() {
	local h
	for h in b1 b2; do
		ctl "$h" -s -j link show | json name state probe | sed "s/^/$h /"
	done
	for h in r q; do
		ctl "$h" -s -j relay link show | json balancer name state probe | sed "s/^/$h /"
	done
}

# all_up N: so many are up, as they know by probes
all_up() {
	[ "$(views | grep -c " up up$")" -eq "$1" ]
}
