#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# slbctl metrics: its numbers are those of show on both hosts, in a form that Prometheus takes, with what was asked for
# and nothing else; it answers HTTP requests; it loads no module; a large configuration fits in little memory.
#
#   c1 --- r --- s1           the drawing with all addresses is in lib_topology.sh
#          |
#          b1

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_share.sh
. "$SLB_SELFTESTS/lib_share.sh"

COMPARE=$SLB_SELFTESTS/tools/metrics/compare.py

# scrape HOST FILE [WORD...]
scrape() {
	local host=$1 file=$2
	shift 2
	ctl "$host" metrics "$@" >"$TMP/$file"
}

# agrees HOST FAMILY [WORD] OBJECT...: the metrics are what show prints
agrees() {
	local host=$1 family=$2 words=() o args=()
	shift 2
	[ "$family" = slb ] || words=(relay)
	scrape "$host" agree || return 1
	for o in "$@"; do
		ctl "$host" -j -s "${words[@]}" "$o" show >"$TMP/$o.json" || return 1
		args+=("$family/$o=$TMP/$o.json")
	done
	# both modules are loaded; a namespace has what it has of either
	if [ "$family" = slb ]; then
		grep -v slb_relay_ "$TMP/agree" >"$TMP/agree.part"
	else
		grep -E 'slb_(relay_|up|slbctl)' "$TMP/agree" >"$TMP/agree.part"
	fi
	"$COMPARE" "$TMP/agree.part" "${args[@]}"
}

lint() { # HOST
	scrape "$1" lint && promtool check metrics <"$TMP/lint"
}

# families FILE: the words after slb_ or slb_relay_ that names begin with, each once
families() {
	sed -n 's/^# TYPE slb_\(relay_\)\?\([a-z]*\).*/\1\2/p' "$TMP/$1" | sort -u | tr '\n' ' '
}

test_values() {
	scrape b1 before
	check "a client is served" on c1 curl -sS --max-time 5 -o "$TMP/page" "http://$VIP4/"
	check "a client is served over IPv6" on c1 curl -sS --max-time 5 -g -o "$TMP/page" "http://[$VIP6]/"
	check "the balancer's metrics are what show prints" agrees b1 slb status setting link group server vip drop
	check "the relay's metrics are what show prints" agrees r slb_relay status setting link balancer device vip drop
	scrape b1 after
	check_eq "metrics count the two sessions" 'slb_sessions 0 slb_sessions 2 ' \
		"$(grep -h '^slb_sessions ' "$TMP/before" "$TMP/after" | tr '\n' ' ')"
	check_eq "the pairs of a link: four addresses, all ports" "slb_link_ports{link=\"l1\"} $((4 * 64512))" \
		"$(grep '^slb_link_ports{link="l1"}' "$TMP/after")"
}

# A group of its own, which no VIP uses.
test_health() {
	ctl b1 -b - <<-'END'
		group add sick min-healthy 50% tier-min 2 slow-start 60 client-address toa
		server add sick 192.0.2.91 weight 3 tier 1 state drain deadline 600
		server add sick 192.0.2.92
		health set sick 192.0.2.92 down why "out-of-order" percent 30
		health set sick 192.0.2.92 down link l2
	END
	check "health, deadlines and tiers are in the metrics" agrees b1 slb status setting link group server vip drop
	check_eq "the health of a server is a state, and its weight has decimals" \
		'slb_server_effective_weight{group="sick",server="192.0.2.92"} 0.000 slb_server_health{group="sick",server="192.0.2.92",state="down"} 1' \
		"$(grep -E '^slb_server_(health|effective_weight)\{group="sick",server="192.0.2.92".* (1|0\.000)$' "$TMP/agree" | sort | paste -sd ' ')"
	check_not "the reason is none" grep out-of-order "$TMP/agree"
	ctl b1 group del sick
}

test_lint() {
	if ! command -v promtool >/dev/null; then
		skip "promtool check metrics: there is no promtool"
		skip "promtool check metrics: there is no promtool"
		return
	fi
	check "promtool finds no fault in the metrics of the balancer" lint b1
	check "promtool finds no fault in the metrics of the relay" lint r
}

# A device may have any name.
test_labels() {
	# shellcheck disable=SC1003
	local odd='a"b\c'
	ctl b1 link add l9 dev "$odd" via 100.64.9.1,100.64.9.2 local 10.9.9.9 via 2001:db8:9::1,2001:db8:9::2,2001:db8:9::3 \
		local 2001:db8:9::9 interval 0
	scrape b1 odd collect link
	check_eq "a quote and a backslash in a label" 'slb_link_info{link="l9",dev="a\"b\\c"} 1' \
		"$(grep '^slb_link_info{link="l9"' "$TMP/odd")"
	check_eq "each next hop has a state" "100.64.9.1 100.64.9.2 2001:db8:9::3" \
		"$(sed -n 's/^slb_link_next_hop_state{link="l9",next_hop="\(.*\)",state="no-device"} 1/\1/p' "$TMP/odd" | xargs)"
	check "... are read back" agrees b1 slb status setting link group server vip drop
	ctl b1 link del l9
}

test_words() {
	scrape b1 some collect group,drop
	check_eq "collect chooses" "drop group relay_up slbctl up " "$(families some)"
	scrape b1 some format openmetrics collect status
	check_eq "OpenMetrics ends with EOF" "# EOF" "$(tail -n 1 "$TMP/some")"
	check_eq "OpenMetrics names counters without their end" "# TYPE slb_sessions_started counter" \
		"$(grep '^# TYPE slb_sessions_started' "$TMP/some")"
	check_eq "OpenMetrics has the same samples" "$(ctl b1 metrics collect status | grep -v '^#')" \
		"$(grep -v '^#' "$TMP/some")"
	check_not "an unknown collector is refused" ctl b1 metrics collect link,flow
	check_eq "the error text names it and all that are valid" 1 \
		"$(ctl b1 metrics collect link,flow 2>&1 | grep -c 'invalid collector "flow" (valid: status, .*relay-drop)')"
	check_not "an unknown format is refused" ctl b1 metrics format json
}

# ask REQUEST: what the socket mode answers to these bytes
ask() {
	# shellcheck disable=SC2059
	printf "$1" | ctl b1 metrics http collect group
}

# answer REQUEST: its first line
answer() {
	ask "$1" | head -n 1 | tr -d '\r'
}

test_http() {
	local get='GET /metrics HTTP/1.1\r\nHost: b1\r\n'
	check_eq "a scrape" "HTTP/1.0 200 OK" "$(answer "$get\r\n")"
	check_eq "... has the metrics behind an empty line" "$(ctl b1 metrics collect group)" \
		"$(ask "$get\r\n" | sed '1,/^\r$/d')"
	check_eq "... in OpenMetrics when the client takes it" "# EOF" \
		"$(ask "${get}accept: application/openmetrics-text;version=1.0.0,*/*\r\n\r\n" | tail -n 1)"
	check_eq "HEAD has no body" "" "$(ask 'HEAD /metrics HTTP/1.1\r\n\r\n' | sed '1,/^\r$/d')"
	check_eq "another path" "HTTP/1.0 404 Not Found" "$(answer 'GET /metrics2 HTTP/1.1\r\n\r\n')"
	check_eq "another method" "HTTP/1.0 405 Method Not Allowed" "$(answer 'POST /metrics HTTP/1.1\r\n\r\n')"
	check_eq "no HTTP" "HTTP/1.0 400 Bad Request" "$(answer 'metrics\n\n')"
	check_eq "a head without an end" "HTTP/1.0 400 Bad Request" "$(answer "$get")"
	check_eq "a head without bounds" "HTTP/1.0 431 Request Header Fields Too Large" \
		"$(answer "$get$(printf 'x%.0s' {1..9000})\r\n\r\n")"
	spawn socat TCP-LISTEN:9105,bind=127.0.0.1,reuseaddr,fork "EXEC:$SLBCTL -n ${NS[b1]} metrics http"
	wait_for 5 curl -sS --max-time 5 -o "$TMP/curl" http://127.0.0.1:9105/metrics
	check_eq "curl scrapes over a socket" "$(ctl b1 metrics | grep '^slb_vips')" "$(grep '^slb_vips' "$TMP/curl")"
	end_process "$SPAWNED"
}

# A silent client does not keep slbctl for long. Nobody writes to the FIFO, and it has no end.
test_silence() {
	check_eq "a client that sends nothing gets an error" "HTTP/1.0 408 Request Timeout" \
		"$(ctl b1 metrics http <&"$LIB_TICK" | head -n 1 | tr -d '\r')"
}

# unknown FILE...: names in the queries of these files that no metric of either host has. What slb-syncd shows of itself is
# known to slbctl, but it does not run here.
unknown() {
	{
		ctl b1 metrics
		ctl r metrics
	} | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' >"$TMP/names"
	grep -aoE 'slb_sync_(peer|ranges)_[a-z_]+' "$SLBCTL" | sed 'p; s/$/_total/' >>"$TMP/names"
	grep -hoE 'slb_[a-z0-9_]+' "$@" | sort -u | grep -vxFf "$TMP/names"
}

test_contrib() {
	local dir=$SLB_DIR/contrib
	if [ ! -d "$dir" ] || ! command -v promtool >/dev/null; then
		skip "the alerts of contrib: there is no promtool, or no contrib"
		skip "the dashboard of contrib: there is no promtool, or no contrib"
		return
	fi
	check "the alerts pass their tests" promtool test rules "$dir/prometheus/slb.rules.test.yml"
	jq -r '.. | objects | .expr? // .definition? // empty' "$dir/grafana/slb.json" >"$TMP/queries"
	grep -h 'expr:' "$dir/prometheus/slb.rules.yml" >"$TMP/alerts"
	check_eq "the alerts and the dashboard ask only for metrics that exist" "" "$(unknown "$TMP/queries" "$TMP/alerts")"
}

# 65,536 VIPs and 4,096 servers: the highest memory of the process is a line of its own
test_scale() {
	local peak begin=${EPOCHREALTIME/./}
	{
		awk 'BEGIN {
			print "group add big"
			for (i = 0; i < 4096; i++)
				printf "server add big 192.0.2.%d:%d\n", i % 200 + 1, 1000 + i
			for (i = 0; i < 65534; i++)
				printf "vip add tcp 10.%d.%d.%d:80 group big\n", 100 + int(i / 62500), int(i / 250) % 250, i % 250 + 1
		}'
	} | config b1
	note "configured in $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
	note "$(status b1 vips) VIPs, $(status b1 servers) servers"
	peak=$(on b1 python3 - "$SLBCTL" "$TMP/big" <<-'END'
		import resource, subprocess, sys
		with open(sys.argv[2], "wb") as out:
		    subprocess.run([sys.argv[1], "metrics"], stdout=out, check=True)
		print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
	END
	)
	note "a scrape of $(stat -c %s "$TMP/big") bytes takes $peak KiB of memory"
	note "done after $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
	check "a scrape of 65,536 VIPs and 4,096 servers fits in 64 MB" test "$peak" -lt 62500
	check_eq "... and has each of them" "$(status b1 vips) $(status b1 servers)" \
		"$(grep -c '^slb_vip_sessions{' "$TMP/big") $(grep -c '^slb_server_sessions{' "$TMP/big")"
}

# The kernel would load a module that is asked for by its name; here it writes down what it would load.
test_no_module() {
	local modprobe
	modprobe=$(cat /proc/sys/kernel/modprobe)
	rmmod relay
	printf '#!/bin/sh\necho "$*" >>%s/asked\n' "$TMP" >"$TMP/modprobe"
	chmod +x "$TMP/modprobe"
	: >"$TMP/asked"
	echo "$TMP/modprobe" >/proc/sys/kernel/modprobe
	check_eq "the metrics say which module is loaded" "slb_up 1 slb_relay_up 0 " \
		"$(ctl b1 metrics | grep -E '^slb(_relay)?_up ' | tr '\n' ' ')"
	check_eq "... and there are no metrics of it" "slb_relay_up" "$(ctl b1 metrics | grep -o '^slb_relay_[a-z]*')"
	check_eq "... and it is not loaded" 0 "$(grep -c family "$TMP/asked")"
	ctl b1 relay status >/dev/null 2>&1
	check_eq "other commands do load it" 1 "$(grep -c family-slb_relay "$TMP/asked")"
	echo "$modprobe" >/proc/sys/kernel/modprobe
	insmod "$SLB_DIR/relay/relay.ko"
}

ktap_plan 40
load_modules slb relay
LIB_LINK_WORDS='interval 0'
topology balancers=1 servers=1
topology_config "tcp $VIP4:80" "tcp [$VIP6]:80"
http_server s1
test_lint
test_values
test_health
test_labels
test_words
test_http
test_silence
test_contrib
test_no_module
test_scale
