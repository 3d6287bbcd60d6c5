#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The file of slb-syncd: which lines are refused, with which text, and which are taken.
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

SYNCD=$SLB_DIR/tools/slb-syncd/slb-syncd

# Expected text | line that must be refused.
REFUSED='
invalid word "lisen" (valid: name, role, listen, peer, plain)|lisen 10.9.0.1
NAME is missing|name
invalid host name "b/1" (valid: letters, digits and _ . : -)|name b/1
unexpected word "b2"|name b1 b2
ADDR is missing|listen
invalid address "10.9.0.256"|listen 10.9.0.256
"port" needs a value: N|listen 10.9.0.1 port
"port" is given twice|listen 10.9.0.1 port 1 port 2
invalid port "0" (valid: decimal numbers from 1 to 65535)|listen 10.9.0.1 port 0
"dev" needs a value: DEV|listen 10.9.0.1 dev
"dev" is given twice|listen 10.9.0.1 dev wg0 dev wg1
invalid device name "a/b" (valid: 1 to 15 bytes without space, "/" and ":")|listen 10.9.0.1 dev a/b
invalid keyword "via" (valid: port, dev)|listen 10.9.0.1 via wg0
NAME is missing|peer
ADDR is missing|peer b2
invalid keyword "dev" (valid: port)|peer b2 10.9.0.2 dev wg0
"plain" needs a value: yes|no|plain
invalid plain "maybe" (valid: yes, no)|plain maybe
unexpected word "no"|plain yes no
"role" needs a value: balancer or relay|role
invalid role "router" (valid: balancer, relay)|role router
unexpected word "b1"|role relay b1
'

TAKEN='
name b1
listen 10.9.0.1
listen 10.9.0.1 dev wg0 port 4000 # a comment
listen 2001:db8::1 port 1
peer b2 10.9.0.2
peer b2 10.9.0.2 port 65535
peer "b2" 2001:db8::2
plain yes
plain no
role balancer
role relay
'

# check_file LINE...: what slb-syncd says of a file with these lines, without the place.
check_file() {
	printf '%s\n' "$@" >"$TMP/conf"
	"$SYNCD" --check -f "$TMP/conf" 2>&1 | sed "s,^$TMP/conf:,,"
}

test_refused() {
	local text line

	while IFS= read -r line; do
		[ -n "$line" ] || continue
		text=${line%|*} line=${line##*|}
		check_eq "refused: $line" "1: $text" "$(check_file "$line" | sed 's/\(invalid address "[^"]*"\).*/\1/')"
	done <<<"$REFUSED"
}

# Each line in a file that is complete otherwise.
test_taken() {
	local line
	local -a rest

	while IFS= read -r line; do
		[ -n "$line" ] || continue
		rest=('listen 10.9.0.7' 'listen 2001:db8::7' 'peer b7 10.9.0.8')
		check_eq "taken: $line" "" "$(check_file "$line" "${rest[@]}")"
	done <<<"$TAKEN"
}

# What more than one line shows.
test_files() {
	local i

	check_eq "no listen" ' a line "listen" is missing' "$(check_file 'name a' 'peer b 10.9.0.2')"
	check_eq "no peer" ' a line "peer" is missing' "$(check_file 'name a' 'listen 10.9.0.1')"
	check_eq "two names" '2: "name" is given twice' "$(check_file 'name a' 'name b' 'listen 10.9.0.1' 'peer b 10.9.0.2')"
	check_eq "an address twice" '2: the same address is in another line' \
		"$(check_file 'listen 10.9.0.1' 'listen 10.9.0.1 port 5' 'peer b 10.9.0.2')"
	check_eq "a peer twice" '3: peer "b" is in line 2, too' \
		"$(check_file 'listen 10.9.0.1' 'peer b 10.9.0.2' 'peer b 10.9.0.3')"
	check_eq "two peers with one address" '3: peer "b" in line 2 has the same address' \
		"$(check_file 'listen 10.9.0.1' 'peer b 10.9.0.2' 'peer c 10.9.0.2')"
	check_eq "a peer with the name of this host" '3: peer "a" has the name of this host' \
		"$(check_file 'name a' 'listen 10.9.0.1' 'peer a 10.9.0.2')"
	check_eq "a peer with an address of this host" '3: peer "b" has an address of this host' \
		"$(check_file 'name a' 'listen 10.9.0.1' 'peer b 10.9.0.1')"
	check_eq "a peer of a family without listener" \
		'3: peer "b" has an IPv6 address, but no line "listen" has one' \
		"$(check_file 'name a' 'listen 10.9.0.1' 'peer b 2001:db8::2')"
	check_eq "too many listeners" '5: there are more than 4 lines "listen"' \
		"$(check_file listen\ 10.9.0.{1..5} 'peer b 10.9.1.2')"
	check_eq "too many peers" '18: there are more than 16 peers' \
		"$(check_file 'listen 10.9.0.1' "$(for i in {1..17}; do echo "peer b$i 10.9.1.$i"; done)")"
	check_eq "of many faults, 20 are shown and the others counted" "21  5 more faults" \
		"$(check_file "$(for i in {1..25}; do echo "peer x$i"; done)" | awk 'END { print NR, $0 }')"
	check_eq "a file that is not there" "\"$TMP/none\" cannot be opened: No such file or directory" \
		"$("$SYNCD" --check -f "$TMP/none" 2>&1)"
	check_eq "an unexpected word" 'slb-syncd: unexpected word "start"' "$("$SYNCD" start 2>&1)"
	check_not "an option of another daemon" "$SYNCD" --cleanup --check
}

[ -x "$SYNCD" ] || ktap_skip_all "slb-syncd is not built: make tools"
ktap_plan $(($(grep -c . <<<"$REFUSED") + $(grep -c . <<<"$TAKEN") + 15))
test_refused
test_taken
test_files
