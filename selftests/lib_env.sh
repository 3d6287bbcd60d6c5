# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Environments: the standard topology with other host settings, selected by LIB_ENV before topology is called.
#
#   plain           neither relay nor balancers have a default route; the devices of all links are Ethernet
#   default-route   both have one: the relay to its last client, a balancer over its first link
#   firewalld       rules as firewalld makes them on relay and balancers: strict reverse paths, for IPv4, too;
#                   what is not allowed by connection tracking or by devices is rejected
#   docker          rules as Docker makes them on relay and balancers: FORWARD drops but what is allowed by
#                   devices; what leaves the relay towards clients and servers is masqueraded
#   conntrack       strict tracking of TCP on relay and balancers, whose chains drop what is invalid
#   rp-strict       rp_filter is 1 on relay and balancers
#   rp-loose        rp_filter is 2 there
#   vip-relay       the relay has the virtual addresses on lo
#   vip-balancer    the balancers have them on lo
#   vrf-clients     the relay's devices to clients are in a VRF; its main table knows the clients, too
#   vrf-servers     the same with the servers
#   vrf-links       the links' devices are in a VRF on both ends; the relay's table of it knows clients and servers
#   policy-source   the relay finds clients and servers by rules on source addresses only
#   policy-mark     the relay finds them by a mark only, that its raw table sets on what comes in by links
#   bond, vlan, gre, ip6tnl, vxlan   the links' devices are of this kind, over Ethernet
#   xdp             the balancers and the relay handle packets at XDP; no device of the others leaves checksums to be
#                   completed, which a program there cannot see
#
# LIB_ENVIRONMENTS    all of these names
# env_possible NAME   does this kernel have what it takes?
# env_needs_ethernet  skips a test that writes Ethernet frames to links where they have none
# Called by topology: env_choose, env_lines, env_device, env_tables, env_surround.

# shellcheck disable=SC2034
LIB_ENVIRONMENTS="plain default-route firewalld docker conntrack rp-strict rp-loose vip-relay vip-balancer
	vrf-clients vrf-servers vrf-links policy-source policy-mark bond vlan gre ip6tnl vxlan xdp"
LIB_ENV=${SLB_ENV:-plain}
LIB_ENV_TABLES=(main) LIB_ENV_UNDER='' LIB_ENV_ROOM=0 LIB_ENV_WORDS='' LIB_ENV_RELAYS=(r)
# Of the relay: for clients, servers, and both.
LIB_ENV_CLIENTS=101 LIB_ENV_SERVERS=102 LIB_ENV_ALL=103

# env_choose NAME: what the topology is built with.
# shellcheck disable=SC2034
env_choose() {
	LIB_ENV=$1 LIB_ENV_UNDER='' LIB_ENV_ROOM=0 LIB_ENV_WORDS=''
	case $1 in
	xdp) LIB_ENV_WORDS="xdp yes" ;;
	bond | vlan | gre | ip6tnl | vxlan)
		# the Ethernet devices have another name, and room for what the others add
		LIB_ENV_UNDER=u LIB_ENV_ROOM=100
		# else each new namespace gets some of these tunnels
		sysctl -qw net.core.fb_tunnels_only_for_init_net=1
		;;
	esac
}

env_possible() {
	local kind=$1 env_words=()
	case $1 in
	vrf-*) kind=vrf env_words=(table 100) ;;
	# of the module, too: it was built with the kernel's, or not
	xdp) [ -e /sys/kernel/btf/vmlinux ] && [ -e /sys/kernel/btf/slb ] && [ -e /sys/kernel/btf/relay ] && return ;;
	vlan) env_words=(id 5) && set -- "$1" link dummy-env ;;
	vxlan) env_words=(id 5 dstport 4789) ;;
	gre) env_words=(local 127.0.0.1 remote 127.0.0.2) ;;
	ip6tnl) env_words=(mode any local ::1 remote ::2) ;;
	bond) ;;
	*) return 0 ;;
	esac
	ip link add dummy-env type dummy || return 1
	ip link add env-possible "${@:2}" type "$kind" "${env_words[@]}" 2>/dev/null && ip link del env-possible
	kind=$?
	ip link del dummy-env
	return "$kind"
}

# env_names PREFIX N: adds PREFIX1 ... PREFIXN to env_devs.
env_names() {
	local i
	for ((i = 1; i <= $2; i++)); do
		env_devs+=("$1$i")
	done
}

env_needs_ethernet() {
	case $LIB_ENV in
	gre | ip6tnl) ktap_skip_all "links of $LIB_ENV carry no Ethernet frames" ;;
	esac
}

# env_lines HOST: prints ip(8) commands for the relay or a balancer, before there are addresses.
env_lines() {
	local b table env_devs=()
	case $LIB_ENV-$1 in
	vrf-clients-r) table=$LIB_ENV_CLIENTS && env_names c "$LIB_CLIENTS" ;;
	vrf-servers-r) table=$LIB_ENV_SERVERS && env_names s "$LIB_SERVERS" ;;
	vrf-links-r)
		table=$LIB_ENV_ALL
		for ((b = 1; b <= LIB_BALANCERS; b++)); do
			env_names "b${b}l" "$LIB_LINKS"
		done
		;;
	vrf-links-b*) table=$LIB_ENV_ALL && env_names l "$LIB_LINKS" ;;
	*) return 0 ;;
	esac
	printf '%s\n' "link add name vrf0 type vrf table $table" "link set vrf0 up"
	printf 'link set %s master vrf0\n' "${env_devs[@]}"
}

# env_device DEV BALANCER LINK END: prints ip(8) commands that put a link's device on its Ethernet.
env_device() {
	local under=$LIB_ENV_UNDER$1 mtu=${LIB_MTUS[$3]} four=100.66.$2. six=2001:db8:66:$2$3:: far=$((3 - $4))
	[ -n "$LIB_ENV_UNDER" ] || return 0
	[ "$LIB_ENV" = bond ] || printf '%s\n' "link set $under up" \
		"address add $four$((16 * $3 + $4))/28 dev $under" "address add $six$4/64 dev $under nodad"
	case $LIB_ENV in
	bond)
		printf '%s\n' "link add $1 type bond mode active-backup miimon 50" \
			"link set $under master $1" "link set $1 mtu $mtu"
		;;
	vlan) echo "link add link $under name $1 mtu $mtu type vlan id $((100 + $3))" ;;
	gre)
		echo "link add $1 mtu $mtu type gre ttl 64" \
			"local $four$((16 * $3 + $4)) remote $four$((16 * $3 + far))"
		;;
	ip6tnl) echo "link add $1 mtu $mtu type ip6tnl mode any encaplimit none local $six$4 remote $six$far" ;;
	vxlan)
		echo "link add $1 mtu $mtu type vxlan id $2$3 dstport 4789" \
			"local $four$((16 * $3 + $4)) remote $four$((16 * $3 + far))"
		;;
	esac
}

# env_tables HOST: sets LIB_ENV_TABLES to the relay's tables that have to know a client or server.
env_tables() {
	LIB_ENV_TABLES=(main)
	case $LIB_ENV-$1 in
	vrf-clients-c*) LIB_ENV_TABLES+=("$LIB_ENV_CLIENTS") ;;
	vrf-servers-s*) LIB_ENV_TABLES+=("$LIB_ENV_SERVERS") ;;
	vrf-links-*) LIB_ENV_TABLES+=("$LIB_ENV_ALL") ;;
	policy-source-c*) LIB_ENV_TABLES=("$LIB_ENV_CLIENTS" "$LIB_ENV_ALL") ;;
	policy-source-s*) LIB_ENV_TABLES=("$LIB_ENV_SERVERS" "$LIB_ENV_ALL") ;;
	policy-mark-*) LIB_ENV_TABLES=("$LIB_ENV_ALL") ;;
	esac
}

# ---- what is put round the topology once it is built

# What the administrator allows to be forwarded, of the relay and of balancers, as rules of nft.
ENV_ALLOWED='iifname "c*" oifname "b*" accept
	iifname "s*" oifname "b*" accept
	iifname "b*" oifname "c*" accept
	iifname "b*" oifname "s*" accept
	iifname "l*" oifname "l*" accept
	iifname "x0" oifname "l*" accept
	iifname "l*" oifname "x0" accept'

env_nft_firewalld() {
	cat <<-END
		table inet firewalld {
			chain filter_PREROUTING {
				type filter hook prerouting priority filter + 10
				icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
				meta nfproto ipv4 fib saddr . mark . iif oif missing drop
				meta nfproto ipv6 fib saddr . mark . iif oif missing drop
			}
			chain filter_INPUT {
				type filter hook input priority filter + 10
				ct state { established, related } accept
				ct status dnat accept
				iifname lo accept
				ct state invalid drop
				meta l4proto { icmp, icmpv6 } accept
				iifname s0 accept
				reject with icmpx admin-prohibited
			}
			chain filter_FORWARD {
				type filter hook forward priority filter + 10
				ct state { established, related } accept
				ct status dnat accept
				iifname lo accept
				ct state invalid drop
				$ENV_ALLOWED
				reject with icmpx admin-prohibited
			}
		}
	END
}

env_nft_docker() {
	local family net
	for family in ip ip6; do
		net=172.17.0.0/16
		[ "$family" = ip ] || net=fd17::/64
		cat <<-END
			table $family raw {
				chain PREROUTING {
					type filter hook prerouting priority raw
					$family daddr $net iifname != docker0 drop
				}
			}
			table $family filter {
				chain DOCKER-USER {
					$ENV_ALLOWED
				}
				chain FORWARD {
					type filter hook forward priority filter; policy drop
					jump DOCKER-USER
					oifname docker0 ct state related,established accept
					iifname docker0 accept
				}
			}
			table $family nat {
				chain DOCKER {
					iifname docker0 return
				}
				chain PREROUTING {
					type nat hook prerouting priority dstnat
					fib daddr type local jump DOCKER
				}
				chain OUTPUT {
					type nat hook output priority -100
					fib daddr type local jump DOCKER
				}
				chain POSTROUTING {
					type nat hook postrouting priority srcnat
					$family saddr $net oifname != docker0 masquerade
					oifname { "c*", "s*" } masquerade
				}
			}
		END
	done
}

env_nft_conntrack() {
	cat <<-END
		table inet strict {
			chain prerouting {
				type filter hook prerouting priority mangle
				ct state invalid drop
			}
			chain input {
				type filter hook input priority filter
				ct state invalid drop
			}
			chain forward {
				type filter hook forward priority filter
				ct state invalid drop
			}
			chain output {
				type filter hook output priority filter
				ct state invalid drop
			}
		}
	END
}

env_nft_policy-mark() {
	cat <<-END
		table inet marks {
			chain prerouting {
				type filter hook prerouting priority raw
				iifname "b*" meta mark set 7
			}
		}
	END
}

# env_routers COMMAND...: runs it with the name of each relay, and of each balancer, as its last word.
env_routers() {
	env_relays "$@" && env_balancers "$@"
}

env_relays() {
	local r
	for r in "${LIB_ENV_RELAYS[@]}"; do
		"$@" "$r" || return 1
	done
}

env_balancers() {
	local b
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		"$@" "b$b" || return 1
	done
}

env_rules() {
	"env_nft_$LIB_ENV" | on "$1" nft -f -
}

env_strict() {
	env_rules "$1" && on "$1" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
}

env_rp_filter() {
	on "$2" sysctl -qw "net.ipv4.conf.all.rp_filter=$1"
}

env_default_route() {
	local via4=100.64.${1#b}.17 via6=2001:db8:b:${1#b}1::1 dev=l1
	[ "$1" != r ] || via4=${ADDR4[c$LIB_CLIENTS]} via6=${ADDR6[c$LIB_CLIENTS]} dev=c$LIB_CLIENTS
	printf "route add default via %s dev $dev\n" "$via4" "$via6" | ip -n "${NS[$1]}" -batch -
}

# env_virtual HOST: it has the virtual addresses, and those of packet_second_vip.
env_virtual() {
	local last
	for last in 80 81; do
		printf 'address add %s dev lo\n' "203.0.113.$last/32" "2001:db8:f::$last/128"
	done | ip -n "${NS[$1]}" -batch -
}

# What the relay sends by itself finds everybody.
env_policy() {
	local family=$1 vips=203.0.113.0/24 locals=10.0.0.0/8
	[ "$family" = -4 ] || vips=2001:db8:f::/48 locals=2001:db8:a::/48
	{
		echo "rule add pref 100 iif lo lookup $LIB_ENV_ALL"
		if [ "$LIB_ENV" = policy-mark ]; then
			echo "rule add pref 101 fwmark 7 lookup $LIB_ENV_ALL"
		else
			echo "rule add pref 101 from $vips lookup $LIB_ENV_CLIENTS"
			echo "rule add pref 102 from $locals lookup $LIB_ENV_SERVERS"
		fi
	} | ip "$family" -n "${NS[r]}" -batch -
}

# Does everything that is up have a carrier?
env_carriers() {
	local host
	for host in "${!NS[@]}"; do
		! ip -n "${NS[$host]}" -o link show up | grep -q NO-CARRIER || return 1
	done
}

# Clients and servers complete checksums themselves, and all devices take what a program at their far end redirects.
env_xdp() {
	local host b l
	for host in "${!ADDR4[@]}"; do
		on "$host" ethtool -K eth0 tx off gro on >/dev/null || return 1
	done
	for ((b = 1; b <= LIB_BALANCERS; b++)); do
		for ((l = 1; l <= LIB_LINKS; l++)); do
			on r ethtool -K "b${b}l$l" gro on >/dev/null || return 1
		done
	done
}

env_surround() {
	case $LIB_ENV in
	xdp) env_xdp ;;
	default-route) env_routers env_default_route ;;
	firewalld | docker) env_routers env_rules ;;
	conntrack) env_routers env_strict ;;
	rp-strict) env_routers env_rp_filter 1 ;;
	rp-loose) env_routers env_rp_filter 2 ;;
	vip-relay) env_relays env_virtual ;;
	vip-balancer) env_balancers env_virtual ;;
	policy-mark) env_rules r && env_policy -4 && env_policy -6 ;;
	policy-source) env_policy -4 && env_policy -6 ;;
	bond) wait_for 10 env_carriers ;;
	esac
}
