#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The judge of test results (scripts/test-results.sh) counts what passed, and fails every test that did not
# do all it had planned, ran out of time, died, left something behind or troubled the kernel. What only had failed
# results may run once more.

top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
# The sourced scripts read these.
# shellcheck disable=SC2034
verbose=no again=no
# shellcheck source=scripts/test-results.sh
. "$top/scripts/test-results.sh"
tests=0 bad=0

# expect TEXT STATUS LEAKS KERNEL-LINE WANTED: judges the output on standard input; WANTED is
# "PASSED FAILED SKIPPED", then a piece of text that must be shown, if any.
expect() {
	local dir=$run/out/queue/1.x.sh log=$run/log shown got

	rm -rf "$dir" && mkdir -p "$dir"
	cat >"$dir/output"
	echo 60 >"$dir/timeout"
	printf %s "$3" >"$dir/leaks"
	echo "$2 1.0" >"$dir/status"
	printf '%s\n' "[ 1.0] slb-test: begin x.sh" "[ 2.0] $4" "[ 3.0] slb-test: end x.sh" >"$log"
	passed=0 failed=0 skipped=0 log_reported=()
	judge "$dir" x.sh "$log" >"$run/shown"
	shown=$(<"$run/shown")
	got="$passed $failed $skipped"
	tests=$((tests + 1))
	if [[ $got == "${5:0:5}" && $shown == *"${5:6}"* ]]; then
		printf 'ok %d - %s\n' "$tests" "$1"
		return
	fi
	bad=1
	printf 'not ok %d - %s\n# wanted %s, got %s\n' "$tests" "$1" "$5" "$got"
	printf '%s\n' "$shown" | sed 's/^/#   /'
}

two=$'TAP version 13\n1..2\nok 1 - a\nok 2 - b'

printf 'TAP version 13\n1..22\n'
expect "all passed" 0 "" x "2 0 0 pass" <<<"$two"
expect "one failed" 1 "" x "1 1 0 FAIL" <<<"${two/ok 2/not ok 2}"
expect "one skipped" 0 "" x "1 0 1 pass" <<<"$two # SKIP not here"
expect "wholly skipped" 4 "" x "0 0 1 skip" <<<"1..0 # SKIP not here"
expect "subtests do not count" 0 "" x "2 0 0 pass" <<<"$two"$'\n    not ok 1 - inner'
expect "no plan" 0 "" x "1 1 0 no plan" <<<"ok 1 - a"
expect "no output" 0 "" x "0 1 0 no plan" </dev/null
expect "fewer results than planned" 0 "" x "2 1 0 planned 3 results, but gave 2" <<<"${two/1..2/1..3}"
expect "more results than planned" 0 "" x "2 1 0 planned 1 results, but gave 2" <<<"${two/1..2/1..1}"
expect "a bad exit status without a failed result" 1 "" x "2 1 0 exited with status 1" <<<"$two"
expect "a good exit status in spite of a failed result" 0 "" x "1 2 0 exited with status 0" \
	<<<"${two/ok 2/not ok 2}"
expect "time is up" 124 "" x "1 1 0 timed out after 60 s" <<<"${two%ok 2*}"
expect "killed after the time was up" 137 "" x "1 1 0 timed out after 60 s" <<<"${two%ok 2*}"
expect "the machine died" 125 "" x "1 1 0 machine died" <<<"${two%ok 2*}"
expect "something left behind" 0 "process 1 nginx" x "2 1 0 left behind: process 1 nginx" <<<"$two"
expect "trouble in the kernel log" 0 "" "BUG: oh" "2 1 0 BUG: oh" <<<"$two"
expect "trouble before the first result" 0 "" "WARNING: oh" "0 2 0 kernel log" </dev/null
again=yes
expect "one failed, and the test runs again" 1 "" x "0 0 0 again" <<<"${two/ok 2/not ok 2}"
expect "a test that troubles the kernel does not run again" 1 "" "BUG: oh" "1 2 0 FAIL" <<<"${two/ok 2/not ok 2}"
expect "a test whose time was up does not run again" 124 "" x "0 2 0 FAIL" <<<"${two/ok 1 - a*/not ok 1 - a}"
expect "a test that left something behind does not run again" 1 "process 1 nginx" x "1 2 0 FAIL" <<<"${two/ok 2/not ok 2}"
# shellcheck disable=SC2034
again_most=1
expect "when too many have failed, no other runs again" 1 "" x "1 1 0 FAIL" <<<"${two/ok 2/not ok 2}"
exit "$bad"
