#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slb-healthd: each type of check sees real programs come and go, and says why; plugins of all kinds.
#
#   c1 --- r --- s1, s2, s3      the drawing with all addresses is in lib_topology.sh
#          ||
#          b1                    slb-healthd

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_health.sh
. "$SLB_SELFTESTS/lib_health.sh"

PLUGINS=/usr/lib/nagios/plugins

# ---- each type

web_server() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3 -subj /CN=www.example \
		-keyout "$TMP/key" -out "$TMP/cert" 2>"$TMP/openssl" || cat "$TMP/openssl"
	cat >"$TMP/nginx.conf" <<-END
		daemon off;
		master_process off;
		user root;
		pid $TMP/nginx.pid;
		error_log $TMP/nginx.log;
		events {}
		http {
			access_log off;
			server {
				listen 8080; listen [::]:8080; listen 8443 ssl;
				listen 8081 proxy_protocol; listen 8444 ssl proxy_protocol;
				ssl_certificate $TMP/cert; ssl_certificate_key $TMP/key;
				location = /well { return 200 "all is well\\n"; }
				location = /busy { return 503; }
				location = /moved { return 302 http://192.0.2.99/; }
				location = /host { return 200 "\$host over \$server_protocol\\n"; }
			}
		}
	END
	spawn on s1 nginx -c "$TMP/nginx.conf" -p "$TMP" -e "$TMP/nginx.log"
	NGINX=$SPAWNED
	wait_for 10 listening s1 8443
}

dns_server() {
	spawn on s1 dnsmasq -k -p 5300 -C /dev/null --no-resolv --no-hosts --no-daemon --bind-interfaces \
		--address=/www.example/192.0.2.80 2>"$TMP/dnsmasq.log"
	DNSMASQ=$SPAWNED
}

# An agent says what is in a file; a datagram is answered as it is.
small_servers() {
	echo "up" >"$TMP/agent"
	spawn on s1 socat TCP-LISTEN:9999,fork,reuseaddr "OPEN:$TMP/agent,rdonly"
	AGENT=$SPAWNED
	spawn on s1 socat UDP-LISTEN:9000,fork,reuseaddr EXEC:/bin/cat
	ECHO=$SPAWNED
}

TYPES="tcp http https udp dns icmp agent plugin nagios"

configure_types() {
	local type
	{
		for type in $TYPES; do
			printf '%s\n' "group add $type" "server add $type ${ADDR4[s1]}:8080"
		done
		echo "group add http6"
		echo "server add http6 [${ADDR6[s1]}]:8080"
	} | ctl b1 -b -
}

type_checks() {
	local often="interval 1000 fast-interval 200 rise 2 fall 2"
	checks <<-END
		check tcp tcp $often
		check http http path /well host www.example body "is well" expect 200 $often
		check http6 http path /well $often
		check https https port 8443 path /host host www.example body "www.example over" $often
		check udp udp port 9000 send "hello\\n" $often
		check dns dns port 5300 query www.example $often
		check icmp icmp $often
		check agent agent port 9999 $often
		check plugin $often exec $TMP/plugin {addr} {port} {source} {group} {other
		check nagios $often exec $PLUGINS/check_tcp -H {addr} -p {port}
	END
}

test_types_up() {
	local type
	for type in $TYPES http6; do
		[ "$type" != https ] || continue
		becomes "$type: a server that works is up" "$type" up
	done
	becomes "https: a server that works is up, and its certificate is about to expire" https up \
		'^https: the certificate expires in [23] days'
	check_eq "exec: places in the words are filled in, once for each link" \
		"${ADDR4[s1]} 8080 SOURCE plugin {other" \
		"$(sed "s/ ${HOST4[1]} \| ${HOST4[2]} / SOURCE /" "$TMP/plugin.words")"
}

test_types_down() {
	local pid
	for pid in "$NGINX" "$DNSMASQ" "$AGENT" "$ECHO"; do
		end_process "$pid" KILL 2>/dev/null
	done
	on s1 sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	plugin 2
	becomes "tcp: a server that refuses is down" tcp down '^tcp: Connection refused$'
	becomes "http: a server that refuses is down" http down '^http: Connection refused$'
	becomes "http over IPv6: a server that refuses is down" http6 down '^http: Connection refused$'
	becomes "https: a server that refuses is down" https down '^https: Connection refused$'
	becomes "udp: a closed port is down" udp down '^udp: Connection refused$'
	becomes "dns: a closed port is down" dns down '^dns: Connection refused$'
	becomes "icmp: no reply is down" icmp down '^icmp: timeout$'
	becomes "agent: no agent is down" agent down '^agent: Connection refused$'
	becomes "exec: exit status 2 is down, with the first line of the output" plugin down '^exec: mode 2$'
	becomes "exec: check_tcp of monitoring-plugins is down" nagios down '^exec: .*refused'
}

# Those that say more than up and down.
test_answers() {
	web_server
	small_servers
	on b1 sysctl -qw net.ipv4.ping_group_range="1 0"
	checks <<-END
		check http6 icmp interval 1000 fast-interval 200
		check http http path /busy interval 1000 fast-interval 200
		check https http path /moved interval 1000 fast-interval 200
		check tcp http path /well body "not well" interval 1000 fast-interval 200
		check dns https port 8443 path /well host www.example verify yes interval 1000 fast-interval 200
		check agent agent port 9999 interval 1000 fast-interval 200
		check udp dns port 9000 interval 1000 fast-interval 200
	END
	daemon_reload
	becomes "icmp: a raw socket hears a reply, where there are no ping sockets" http6 up
	becomes "http: status 503 is down" http down '^http: status 503$'
	becomes "http: a redirect counts, but is not followed" https up
	becomes "http: an answer without the text is down" tcp down '^http: the answer lacks'
	becomes "https: a certificate that nobody trusts is down with verify" dns down '^https: .*certificate'
	becomes "agent: up" agent up
	echo "40%" >"$TMP/agent"
	check "agent: a percentage is a share of the weight" wait_for 5 percent_is agent 40
	echo "drain" >"$TMP/agent"
	check "agent: drain is a share of 0, and says so" wait_for 5 percent_is agent 0
	echo "ready 100%" >"$TMP/agent"
	check "agent: ready ends it" wait_for 5 percent_is agent 100
	echo "down # disk full" >"$TMP/agent"
	becomes "agent: down, with its reason" agent down '^agent: down: disk full$'
}

percent_is() {
	[ "$(health "$1" health_percent)" = "$2" ]
}

# Servers that demand a PROXY header.
test_proxy() {
	checks <<-END
		check http http port 8081 path /well body "is well" interval 1000 fast-interval 200
		check https https port 8444 path /host host www.example body "www.example over" proxy yes interval 1000
		check tcp http port 8081 path /well body "is well" proxy yes interval 1000 fast-interval 200
		check dns http port 9 proxy yes interval 1000 fast-interval 200
		check icmp http port 9999 proxy yes interval 1000 timeout 500 fast-interval 600
	END
	daemon_reload
	becomes "http: a server that demands a PROXY header is down without it" http down
	becomes "http: with the header it is up" tcp up
	becomes "https: with the header it is up" https up
	becomes "http: a closed port is down, with the header, too" dns down '^http: Connection refused$'
	becomes "http: so is a server that speaks another protocol" icmp down '^http: '
}

# ---- plugins

test_plugins() {
	checks <<-END
		check plugin interval 500 fast-interval 200 timeout 400 rise 2 fall 2 exec $TMP/plugin
	END
	ctl b1 setting set health-ttl 3
	plugin 0
	daemon_reload
	becomes "exec: exit status 0 is up" plugin up
	plugin 1
	check "exec: exit status 1 is up, and its output a note" wait_for 5 why_has plugin '^exec: mode 1$'
	local mode
	for mode in 3 127; do
		plugin "$mode"
		check "exec: exit status $mode says nothing, and since when" \
			wait_for 8 why_has plugin "^exec: unknown for [0-9]+ s: exit status $mode: mode $mode$"
	done
	plugin hang
	check "exec: a plugin that hangs says nothing" wait_for 8 why_has plugin '^exec: unknown for [0-9]+ s: timeout$'
	check_eq "exec: the server stays what it was" up "$(health plugin health)"
	plugin much
	check "exec: of 1 MB of output, what fits is shown" wait_for 8 why_has plugin '^exec: x{121}$'
	plugin 0
	check "exec: nothing of the plugins that hung is left" wait_for 5 no_plugins
	ctl b1 setting set health-ttl 60
}

ktap_plan 44
health_topology "tcp $VIP4:7000"
# for check_tcp, which knows no source
ip -n "${NS[b1]}" route add 192.0.2.0/24 via 100.64.1.17
on b1 sysctl -qw net.ipv4.ping_group_range="0 2147483647"
make_plugin
web_server
dns_server
small_servers
configure_types
type_checks
daemon_begin
test_types_up
test_types_down
test_answers
test_proxy
test_plugins
