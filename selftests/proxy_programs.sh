#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs that understand PROXY headers learn the addresses of clients: nginx and HAProxy, the mail server Postfix,
# which speaks first, and dnsdist over UDP.
#
#   c1 --- r === b1             c1 has 100 addresses of each family
#          |
#          s1                   the programs

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

TOLD=$SLB_SELFTESTS/tools/traffic/told
# Connections to each program and family.
COUNT=${PROXY_COUNT:-500}
MANY4=198.18.0.1 MANY6=2001:db8:c:1::1

# Addresses of the client from which it calls.
many_addresses() {
	local i
	for ((i = 0; i < 100; i++)); do
		printf 'address add 198.18.0.%d/32 dev eth0\naddress add 2001:db8:c:1::%x/128 dev eth0 nodad\n' \
			$((i + 1)) $((i + 1))
	done | ip -n "${NS[c1]}" -batch - &&
		printf 'route add %s dev c1\n' 198.18.0.0/24 2001:db8:c:1::/64 | ip -n "${NS[r]}" -batch -
}

start_nginx() {
	cat >"$TMP/nginx.conf" <<-END
		daemon off;
		master_process off;
		user root;
		pid $TMP/nginx.pid;
		error_log $TMP/nginx.log;
		events { worker_connections 1024; }
		http {
			log_format ends '\$proxy_protocol_addr \$proxy_protocol_port';
			access_log $TMP/nginx.ends ends;
			server {
				listen 8080 proxy_protocol;
				listen [::]:8080 proxy_protocol;
				location / { return 200 "ok\\n"; }
			}
		}
	END
	spawn on s1 nginx -c "$TMP/nginx.conf" -p "$TMP" -e "$TMP/nginx.log"
	wait_for 10 listening s1 8080
}

start_haproxy() {
	cat >"$TMP/haproxy.conf" <<-END
		global
			log stdout format raw local0
			maxconn 2000
			nbthread 1
		defaults
			mode http
			log global
			log-format "%ci %cp"
			timeout client 10s
			timeout connect 10s
			timeout server 10s
		frontend web
			bind ipv4@:8081 accept-proxy
			bind ipv6@:8081 v6only accept-proxy
			http-request return status 200 content-type text/plain string ok
	END
	spawn on s1 haproxy -db -f "$TMP/haproxy.conf" >"$TMP/haproxy.ends" 2>"$TMP/haproxy.log"
	wait_for 10 listening s1 8081
}

start_postfix() {
	mkdir -p "$TMP/postfix"
	cat >"$TMP/postfix/main.cf" <<-END
		compatibility_level = 3.6
		maillog_file = /var/log/postfix.log
		inet_interfaces = all
		inet_protocols = all
		mydestination =
		local_recipient_maps =
		alias_maps =
		smtpd_peername_lookup = no
		smtpd_upstream_proxy_protocol = haproxy
		smtpd_client_port_logging = yes
		smtpd_client_connection_count_limit = 0
	END
	sed 's/^smtp  *inet  *n  *-  *y/8025 inet n - n/; s/^\([a-z]*  *unix  *[-ny]  *[-ny]  *\)y /\1n /' \
		/etc/postfix/master.cf >"$TMP/postfix/master.cf"
	chmod 755 "$TMP" "$TMP/postfix"
	spawn on s1 postfix -c "$TMP/postfix" start-fg >"$TMP/postfix.log" 2>&1
	wait_for 20 listening s1 8025 && return 0
	note "Postfix does not run: $(tail -n 5 "$TMP/postfix.log")"
	return 1
}

start_dnsdist() {
	cat >"$TMP/dnsdist.conf" <<-END
		setLocal("${ADDR4[s1]}:5353")
		addLocal("[${ADDR6[s1]}]:5353")
		setACL({"0.0.0.0/0", "::/0"})
		setProxyProtocolACL({"10.0.0.0/8", "2001:db8:a::/48"})
		addAction(AllRule(), LogAction("$TMP/dnsdist.ends", false, true, false))
		addAction(AllRule(), SpoofAction("192.0.2.99"))
	END
	spawn on s1 dnsdist --supervised --disable-syslog -C "$TMP/dnsdist.conf" >"$TMP/dnsdist.log" 2>&1
	wait_for 10 grep -q -i listening "$TMP/dnsdist.log"
}

# Are the client's own ends those of the log, line by line?
same_ends() {
	cut -d' ' -f 2,3 "$TMP/called" | sort >"$TMP/wanted"
	sort "$1" >"$TMP/got"
	cmp -s "$TMP/wanted" "$TMP/got"
}

# ends TEXT LOG PORT WORD...: connections from all addresses over both families; the log names each end
ends() {
	local text=$1 log=$2 port=$3 differ
	shift 3
	: >"$log"
	{
		on c1 "$TOLD" call "$VIP4" "$port" from "$MANY4-100" count "$COUNT" "$@"
		on c1 "$TOLD" call "$VIP6" "$port" from "$MANY6-100" count "$COUNT" "$@"
	} >"$TMP/called"
	check_eq "$text: all connections work" $((2 * COUNT)) "$(grep -c ^ok "$TMP/called")"
	check "$text: the log has the address and port of each client" wait_for 10 same_ends "$log"
	differ=$(diff "$TMP/wanted" "$TMP/got" | head -n 6 | tr '\n' ';')
	[ -z "$differ" ] || note "$differ"
}

postfix_ends() {
	sed -n 's/.*smtpd.*: connect from unknown\[\(.*\)\]:\([0-9]*\)$/\1 \2/p' /var/log/postfix.log | sort >"$TMP/got"
	cut -d' ' -f 2,3 "$TMP/called" | sort >"$TMP/wanted"
	cmp -s "$TMP/wanted" "$TMP/got"
}

# names VIP SOURCE: a query that is answered
names() {
	[ "$(on c1 dig +short +tries=1 +time=5 -b "$2" @"$1" -p 5353 www.example A)" = 192.0.2.99 ]
}

# Queries from ten addresses of each family, all answered, and all in the log.
queries() {
	local i
	: >"$TMP/dnsdist.ends"
	for ((i = 1; i <= 10; i++)); do
		names "$VIP4" "198.18.0.$i" || return 1
		names "$VIP6" "2001:db8:c:1::$i" || return 1
	done
	wait_for 5 queries_logged
}

queries_logged() {
	local i
	for ((i = 1; i <= 10; i++)); do
		grep -q "from 198.18.0.$i:" "$TMP/dnsdist.ends" || return 1
		grep -q "from \[2001:db8:c:1::$i\]:" "$TMP/dnsdist.ends" || return 1
	done
	! grep -q -e 'from 10\.' -e 'from \[2001:db8:a:' "$TMP/dnsdist.ends"
}

ktap_plan 12
load_modules slb relay
topology clients=1 servers=1 balancers=1
topology_config servers=s1 "tcp $VIP4:8080" "tcp [$VIP6]:8080"
many_addresses
for port in 8081 8025; do
	for vip in "$VIP4" "[$VIP6]"; do
		ctl b1 vip add tcp "$vip:$port" group web
		ctl r relay vip add tcp "$vip:$port"
	done
done
for vip in "$VIP4" "[$VIP6]"; do
	ctl b1 vip add udp "$vip:5353" group web
	ctl r relay vip add udp "$vip:5353"
done
ctl b1 setting set proxy-every yes
check "the group tells clients' addresses by PROXY headers" ctl b1 group set web client-address proxy-v2
check "nginx runs" start_nginx
ends nginx "$TMP/nginx.ends" 8080 get
check "HAProxy runs" start_haproxy
ends HAProxy "$TMP/haproxy.ends" 8081 get
check "Postfix runs" start_postfix
COUNT=$((COUNT / 10))
{
	on c1 "$TOLD" call "$VIP4" 8025 from "$MANY4-100" count "$COUNT" smtp
	on c1 "$TOLD" call "$VIP6" 8025 from "$MANY6-100" count "$COUNT" smtp
} >"$TMP/called"
check_eq "Postfix speaks first: all dialogues work" $((2 * COUNT)) "$(grep -c ^ok "$TMP/called")"
check "Postfix: the log has the address and port of each client" wait_for 10 postfix_ends
check "dnsdist runs" start_dnsdist
check "dnsdist answers, and logs the address of each client" queries
