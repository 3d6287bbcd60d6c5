#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs that understand PROXY headers learn the addresses of clients: nginx and HAProxy, the mail server Postfix,
# which speaks first, dnsdist and the PowerDNS Recursor over UDP. Checks of slb-healthd reach them, too.
#
#   c1 --- r === b1             c1 has 200 addresses of each family
#          |
#          s1                   the programs
#
# Environment: SLB_PROXY_COUNT, connections to each program over each family (default 500); SLB_PROXY_MAILS, the same
# for Postfix, which takes ten times as long (default a tenth)

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_health.sh
. "$SLB_SELFTESTS/lib_health.sh"

TOLD=$SLB_SELFTESTS/tools/traffic/told
COUNT=${SLB_PROXY_COUNT:-500} ADDRESSES=200
MANY4=198.18.0.1 MANY6=2001:db8:c:1::1

# Addresses of the client from which it calls.
many_addresses() {
	local i
	for ((i = 0; i < ADDRESSES; i++)); do
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

start_recursor() {
	echo "192.0.2.99 www.example" >"$TMP/hosts"
	spawn on s1 pdns_recursor "--config-dir=$TMP" "--socket-dir=$TMP" --daemon=no --disable-syslog --quiet=no \
		--threads=1 --disable-packetcache --security-poll-suffix= "--local-address=${ADDR4[s1]},${ADDR6[s1]}" --local-port=5354 \
		--allow-from=0.0.0.0/0,::/0 --proxy-protocol-from=10.0.0.0/8,2001:db8:a::/48 \
		--export-etc-hosts=yes "--etc-hosts-file=$TMP/hosts" >"$TMP/recursor.ends" 2>&1
	wait_for 20 on s1 dig +short +tries=1 +time=1 @"${ADDR4[s1]}" -p 5354 www.example A >/dev/null && return 0
	note "the recursor does not run: $(tail -n 5 "$TMP/recursor.ends")"
	return 1
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
		on c1 "$TOLD" call "$VIP4" "$port" from "$MANY4-$ADDRESSES" count "$COUNT" "$@"
		on c1 "$TOLD" call "$VIP6" "$port" from "$MANY6-$ADDRESSES" count "$COUNT" "$@"
	} >"$TMP/called"
	check_eq "$text: all $((2 * COUNT)) connections work" $((2 * COUNT)) "$(grep -c ^ok "$TMP/called")"
	check "$text: the log has the address and port of each client" wait_for 10 same_ends "$log"
	differ=$(diff "$TMP/wanted" "$TMP/got" | head -n 6 | tr '\n' ';')
	[ -z "$differ" ] || note "$differ"
}

postfix_ends() {
	sed -n 's/.*smtpd.*: connect from unknown\[\(.*\)\]:\([0-9]*\)$/\1 \2/p' /var/log/postfix.log | sort >"$TMP/got"
	cut -d' ' -f 2,3 "$TMP/called" | sort >"$TMP/wanted"
	cmp -s "$TMP/wanted" "$TMP/got"
}

# names PORT VIP SOURCE: a query that is answered
names() {
	[ "$(on c1 dig +short +tries=1 +time=5 -b "$3" @"$2" -p "$1" www.example A)" = 192.0.2.99 ]
}

# queries PORT LOG BEFORE: from ten addresses of each family, all answered, and all in the log, after the text BEFORE
queries() {
	local i
	for ((i = 1; i <= 10; i++)); do
		names "$1" "$VIP4" "198.18.0.$i" || return 1
		names "$1" "$VIP6" "2001:db8:c:1::$i" || return 1
	done
	wait_for 5 queries_logged "$2" "$3"
}

queries_logged() {
	local i
	for ((i = 1; i <= 10; i++)); do
		grep -Fq "${2}198.18.0.$i:" "$1" && grep -Fq "${2}[2001:db8:c:1::$i]:" "$1" || return 1
	done
	! grep -Fq -e "${2}10." -e "$2[2001:db8:a:" "$1"
}

# healthy yes|no: the checks of all programs, with the header or without it
healthy() {
	local often="proxy $1 interval 5000 timeout 4000 fast-interval 500 rise 1 fall 1"
	checks <<-END
		check web http port 8080 $often
		check web http port 8081 $often
		check web dns port 5353 query www.example $often
		check web dns port 5354 query www.example $often
	END
}

ktap_plan 16
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
for port in 5353 5354; do
	for vip in "$VIP4" "[$VIP6]"; do
		ctl b1 vip add udp "$vip:$port" group web
		ctl r relay vip add udp "$vip:$port"
	done
done
ctl b1 setting set proxy-every yes
check "the group tells clients' addresses by PROXY headers" ctl b1 group set web client-address proxy-v2
check "nginx runs" start_nginx
ends nginx "$TMP/nginx.ends" 8080 get
check "HAProxy runs" start_haproxy
ends HAProxy "$TMP/haproxy.ends" 8081 get
check "Postfix runs" start_postfix
COUNT=${SLB_PROXY_MAILS:-$((COUNT / 10))}
{
	on c1 "$TOLD" call "$VIP4" 8025 from "$MANY4-$ADDRESSES" count "$COUNT" smtp
	on c1 "$TOLD" call "$VIP6" 8025 from "$MANY6-$ADDRESSES" count "$COUNT" smtp
} >"$TMP/called"
check_eq "Postfix speaks first: all $((2 * COUNT)) dialogues work" $((2 * COUNT)) "$(grep -c ^ok "$TMP/called")"
check "Postfix: the log has the address and port of each client" wait_for 10 postfix_ends
check "dnsdist runs" start_dnsdist
check "dnsdist answers, and logs the address of each client" queries 5353 "$TMP/dnsdist.ends" "from "
check "the PowerDNS Recursor runs" start_recursor
check "the PowerDNS Recursor answers, and logs the address of each client" queries 5354 "$TMP/recursor.ends" 'remote="'
host_addresses
healthy yes
daemon_begin
becomes "all programs take checks with a PROXY header" web up
healthy no
daemon_reload
becomes "without it servers are down" web down
