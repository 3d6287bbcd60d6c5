#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The file of slb-routed: which lines are refused, with which text, and which are taken.
# shellcheck source=selftests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

ROUTED=$SLB_DIR/tools/slb-routed/slb-routed

# Expected text | line that must be refused.
REFUSED='
invalid word "tabel" (valid: table, protocol, local, withdraw-after, announce-after)|tabel 180
"table" needs a value|table
unexpected word "2"|table 1 2
invalid table "0" (valid: decimal numbers from 1 to 4294967295)|table 0
invalid table "254" (valid: one that no rule names, not 253 to 255)|table 254
invalid protocol "4" (valid: decimal numbers from 5 to 255)|protocol 4
invalid protocol "256" (valid: decimal numbers from 5 to 255)|protocol 256
invalid local "maybe" (valid: yes, no)|local maybe
invalid withdraw-after "600001" (valid: decimal numbers from 0 to 600000)|withdraw-after 600001
invalid announce-after "-1" (valid: decimal numbers from 0 to 600000)|announce-after -1
'

TAKEN='
table 1
table 4294967295 # a comment
protocol 5
protocol 255
local yes
local no
withdraw-after 0
announce-after 600000
'

# check_file LINE...: what slb-routed says of a file with these lines, without the place.
check_file() {
	printf '%s\n' "$@" >"$TMP/conf"
	"$ROUTED" --check -f "$TMP/conf" 2>&1 | sed "s,^$TMP/conf:,,"
}

test_lines() {
	local line

	while IFS= read -r line; do
		[ -n "$line" ] || continue
		check_eq "refused: ${line##*|}" "1: ${line%|*}" "$(check_file "${line##*|}")"
	done <<<"$REFUSED"
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		check_eq "taken: $line" "" "$(check_file "$line")"
	done <<<"$TAKEN"
}

[ -x "$ROUTED" ] || ktap_skip_all "slb-routed is not built: make tools"
ktap_plan $(($(grep -c . <<<"$REFUSED") + $(grep -c . <<<"$TAKEN") + 4))
test_lines
check_eq "an empty file has the defaults" "" "$(check_file "")"
check_eq "a word twice" '2: "table" is given twice' "$(check_file "table 1" "table 2")"
check_eq "a file that is not there" "\"$TMP/none\" cannot be opened: No such file or directory" \
	"$("$ROUTED" --check -f "$TMP/none" 2>&1)"
check_not "an option of another daemon" "$ROUTED" --cleanup --check
