#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The file of slb-healthd: which lines are refused, with which text, and which are taken.
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

HEALTHD=$SLB_DIR/tools/slb-healthd/slb-healthd

# Expected text | line that must be refused. PLUGIN, OPEN and PLAIN are files of this test.
REFUSED='
invalid word "chek" (valid: check)|chek web tcp
GROUP is missing|check
invalid group name "w/b" (valid: letters, digits and _ . : -)|check w/b tcp
the type is missing (valid: tcp, http, https, udp, dns, icmp, agent, exec)|check web
the type is missing (valid: tcp, http, https, udp, dns, icmp, agent, exec)|check web interval 500
invalid type "ftp" (valid: tcp, http, https, udp, dns, icmp, agent, exec)|check web ftp
invalid keyword "prot" (valid: port, interval, fast-interval, timeout, rise, fall)|check web tcp prot 80
invalid keyword "prot" (valid: port, path, host, expect, body, verify, proxy, interval, fast-interval, timeout, rise, fall)|check web https prot 80
unexpected type "udp": the check is of type tcp|check web tcp udp
"port" needs a value: N|check web tcp port
"port" is given twice|check web tcp port 80 port 81
invalid port "0" (valid: decimal numbers from 1 to 65535)|check web tcp port 0
invalid port "65536" (valid: decimal numbers from 1 to 65535)|check web tcp port 65536
type icmp has no "port" (valid: interval, fast-interval, timeout, rise, fall)|check web icmp port 80
type tcp has no "path" (valid: port, interval, fast-interval, timeout, rise, fall)|check web tcp path /
type http has no "verify" (valid: port, path, host, expect, body, proxy, interval, fast-interval, timeout, rise, fall)|check web http verify yes
type http has no "send" (valid: port, path, host, expect, body, proxy, interval, fast-interval, timeout, rise, fall)|check web http send x
type udp has no "query" (valid: port, send, proxy, interval, fast-interval, timeout, rise, fall)|check web udp query a
invalid timeout "2001": it is above the interval of 2000 ms|check web tcp timeout 2001
invalid timeout "600": it is above the interval of 500 ms|check web tcp timeout 600 interval 500
invalid fast-interval "2001": it is above the interval of 2000 ms|check web tcp fast-interval 2001
invalid timeout "0" (valid: decimal numbers from 1 to 3600000)|check web tcp timeout 0
invalid interval "9" (valid: decimal numbers from 10 to 3600000)|check web tcp interval 9
invalid interval "2s" (valid: decimal numbers from 10 to 3600000)|check web tcp interval 2s
invalid rise "0" (valid: decimal numbers from 1 to 1000)|check web tcp rise 0
invalid fall "0" (valid: decimal numbers from 1 to 1000)|check web tcp fall 0
invalid path "healthz" (valid: begins with "/", has no space)|check web http path healthz
invalid path "/a b" (valid: begins with "/", has no space)|check web http path "/a b"
invalid host "a b" (valid: a host name)|check web http host "a b"
invalid host ".a" (valid: a host name)|check web http host .a
invalid host "a..b" (valid: a host name)|check web http host a..b
invalid query "a/b" (valid: a host name)|check web dns query a/b
invalid status "99" (valid: CODE or CODE-CODE, from 100 to 599)|check web http expect 99
invalid status "600" (valid: CODE or CODE-CODE, from 100 to 599)|check web http expect 600
invalid status "300-200" (valid: CODE or CODE-CODE, from 100 to 599)|check web http expect 300-200
invalid status "200-" (valid: CODE or CODE-CODE, from 100 to 599)|check web http expect 200-
invalid status "200-299x" (valid: CODE or CODE-CODE, from 100 to 599)|check web http expect 200-299x
invalid status "-200" (valid: CODE or CODE-CODE, from 100 to 599)|check web http expect -200
the body is empty|check web http body ""
invalid verify "maybe" (valid: yes, no)|check web https host a verify maybe
"verify yes" needs a host|check web https verify yes
invalid proxy "v1" (valid: yes, no)|check web http proxy v1
type tcp has no "proxy" (valid: port, interval, fast-interval, timeout, rise, fall)|check web tcp proxy yes
invalid send: it has 0 bytes (valid: 1 to 512)|check web udp send ""
a text begins with a quote, but does not end with one|check web http body "all
invalid escape "\q" (valid: \\, \", \n, \t, \r)|check web http body "a\q"
after the end of a text there is no space before "b"|check web http body "a"b
"exec" needs a value: COMMAND...|check web exec
invalid command "check_x" (valid: an absolute path)|check web exec check_x
command "/no/such/file": No such file or directory|check web exec /no/such/file
command "/etc" is no program that can be executed|check web exec /etc
command "PLAIN" is no program that can be executed|check web exec PLAIN
command "OPEN" can be changed by its group or by others|check web exec OPEN
'

TAKEN='
check web tcp
check web tcp port 80 interval 10
check web interval 500 tcp rise 1 fall 1000
check web http port 8080 path /healthz expect 200-399 interval 2000 timeout 1000 rise 2 fall 3
check web http host www.example.org body "all \"well\"\n" expect 204 # a comment
check web https host www.example.org verify yes
check web udp send 00ff
check web udp send 00ff proxy yes
check web https proxy yes port 8443
check web dns proxy no
check web udp send "ping\r\n"
check web dns query www.example.org.
check web dns query .
check web icmp timeout 2000
check web agent port 9999
check web exec PLUGIN -H {addr} -p {port} -b {source}
check web interval 5000 exec PLUGIN tcp interval rise 0
check web interval 5000 timeout 5000 exec PLUGIN check web
# only a comment

'

# check_line LINE: what slb-healthd says of a file with this line, without the place.
check_line() {
	local line=${1//PLUGIN/$TMP/plugin}

	line=${line//OPEN/$TMP/open}
	printf '%s\n' "${line//PLAIN/$TMP/plain}" >"$TMP/conf"
	"$HEALTHD" --check -f "$TMP/conf" 2>&1
}

test_refused() {
	local text line wanted

	while IFS='|' read -r text line; do
		[ -n "$text" ] || continue
		wanted=${text//OPEN/$TMP/open}
		wanted=${wanted//PLAIN/$TMP/plain}
		check_eq "refused: $line" "$TMP/conf:1: $wanted" "$(check_line "$line")"
	done <<<"$REFUSED"
}

test_taken() {
	local line

	while IFS= read -r line; do
		[ -n "$line" ] || continue
		check_eq "taken: $line" "" "$(check_line "$line")"
	done <<<"$TAKEN"
}

# What more than one line shows.
test_files() {
	local i

	printf 'check web tcp\n# same\ncheck web tcp interval 2000\ncheck dns tcp\n' >"$TMP/conf"
	check_eq "the same check twice is refused, and only for one group" \
		"$TMP/conf:3: the same check is in line 1" "$("$HEALTHD" --check -f "$TMP/conf" 2>&1)"
	for ((i = 1; i <= 25; i++)); do
		echo "check web tcp port x$i"
	done >"$TMP/conf"
	check_eq "of many faults, 20 are shown and the others counted" "21 $TMP/conf: 5 more faults" \
		"$("$HEALTHD" --check -f "$TMP/conf" 2>&1 | awk 'END { print NR, $0 }')"
	check_not "a file with faults fails" "$HEALTHD" --check -f "$TMP/conf"
	check_eq "a file that is not there" "\"$TMP/none\" cannot be opened: No such file or directory" \
		"$("$HEALTHD" --check -f "$TMP/none" 2>&1)"
	printf 'check web tcp\0\n' >"$TMP/conf"
	check_eq "a NUL byte" "$TMP/conf:1: the line has a NUL byte" "$("$HEALTHD" --check -f "$TMP/conf" 2>&1)"
	printf 'check web http path /%9000d\n' 1 | tr ' ' a >"$TMP/conf"
	check_eq "a long line" "$TMP/conf:1: a line has at most 8192 bytes" \
		"$("$HEALTHD" --check -f "$TMP/conf" 2>&1)"
	printf 'check web tcp' >"$TMP/conf"
	check "a last line without end is taken" "$HEALTHD" --check -f "$TMP/conf"
	check_eq "an unexpected word" 'slb-healthd: unexpected word "start"' "$("$HEALTHD" start 2>&1)"
	check_eq "an invalid number of programs" \
		'slb-healthd: invalid number of programs "0" (valid: decimal numbers from 1 to 1024)' \
		"$("$HEALTHD" -j 0 2>&1)"
}

[ -x "$HEALTHD" ] || ktap_skip_all "slb-healthd is not built: make tools"
for file in plugin open plain; do
	printf '#!/bin/sh\nexit 0\n' >"$TMP/$file"
done
chmod 755 "$TMP/plugin"
chmod 777 "$TMP/open"
chmod 644 "$TMP/plain"
ktap_plan $(($(grep -c . <<<"$REFUSED") + $(grep -c . <<<"$TAKEN") + 9))
test_refused
test_taken
test_files
