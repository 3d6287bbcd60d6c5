#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What of a host's surroundings keeps packets from getting through is found by check.
#
#   c1 --- r --- s1      the drawing with all addresses is in lib_topology.sh
#          ||
#          b1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# finds REGEX HOST WORD...: is there a line like this?
finds() {
	local regex=$1 host=$2 said
	shift 2
	said=$(ctl "$host" "$@")
	echo "$said"
	[[ $said =~ $regex ]]
}

clean() {
	ctl b1 check && ctl r relay check
}

connects() {
	on c1 timeout 10 bash -c "exec 3<>/dev/tcp/$1/80"
}

refused() {
	! on c1 timeout 2 bash -c "exec 3<>/dev/tcp/$1/80"
}

# What Docker does to FORWARD, without what the administrator allows.
forward_drops() {
	on "$1" nft -f - <<-END
		table inet docker {
			chain FORWARD {
				type filter hook forward priority filter; policy drop
			}
		}
	END
}

synproxy() {
	on r nft -f - <<-END
		table inet proxy {
			chain raw {
				type filter hook prerouting priority raw
				tcp dport 80 tcp flags syn notrack
			}
			chain forward {
				type filter hook forward priority filter
				tcp dport 80 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
				ct state invalid drop
			}
		}
	END
}

# neighbours FAMILY LIMIT: all network namespaces share the table.
neighbours() {
	sysctl -qw "net.$1.neigh.default.gc_thresh3=$2"
}

ktap_plan 13
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config "any $VIP4" "any $VIP6"
http_server s1
check "at first, check finds nothing" clean

for host in b1 r; do
	noun=(check)
	[ "$host" != r ] || noun=(relay check)
	forward_drops "$host"
	check "$host: FORWARD drops: IPv4 does not connect" refused "$VIP4"
	check "$host: FORWARD drops: IPv6 does not connect" refused "$VIP6"
	check "$host: FORWARD drops: check says so" finds "FORWARD" "$host" "${noun[@]}"
	on "$host" nft flush ruleset
done
check "without these rules IPv4 connects" connects "$VIP4"
check "without these rules IPv6 connects" connects "$VIP6"

if synproxy; then
	# it answers by itself, so that the client believes to be connected
	refused "$VIP4"
	check "SYNPROXY on the relay: check says so" finds "SYNPROXY" r relay check
	on r nft flush ruleset
else
	skip "SYNPROXY on the relay: check says so" "this kernel has no SYNPROXY"
fi

for family in ipv4 ipv6; do
	defer neighbours "$family" "$(sysctl -n "net.$family.neigh.default.gc_thresh3")"
	neighbours "$family" 3
	check "a table of 3 neighbours: check of the balancer names the sysctl of $family" \
		finds "net\.$family\.neigh\.default\.gc_thresh3 is 3" b1 check
done
check "a table of 3 neighbours: check of the relay names the sysctl" finds "gc_thresh3 is 3" r relay check
