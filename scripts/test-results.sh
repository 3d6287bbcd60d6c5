# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Judges what tests printed and left behind, prints a line for each test, and keeps the count.
#
# To be sourced by scripts/test, which sets top, run, verbose and again. A test's folder holds output, status
# ("STATUS SECONDS"), timeout and, from a machine, leaks (see selftests/qemu/guest-tests).

: "${top:?}" "${run:?}" "${verbose:?}" "${again:?}"
passed=0 failed=0 skipped=0
declare -A log_reported=()
# Folders of tests to run again, and how many of them there may be.
again_dirs=() again_most=3

# Prints "PASSED FAILED SKIPPED PLAN" for KTAP output; PLAN is - without a plan. Subtests are indented and
# do not count.
tally() {
	awk '
		{ sub(/\r$/, "") }
		/^1\.\.[0-9]+/ { plan = substr($1, 4); if (plan == 0 && /# SKIP/) { whole = 1 } }
		/^ok [0-9]+/ { if (/# SKIP/) s++; else p++ }
		/^not ok [0-9]+/ { f++ }
		END { print p + 0, f + 0, s + whole, plan == "" ? "-" : plan + whole }' "$1"
}

# A failure that is no result line of a test.
record_failure() {
	failed=$((failed + 1))
	printf 'FAIL  %s: %s\n' "$1" "$2"
}

show() {
	sed 's/^/      | /'
}

# The part of a machine's kernel log that belongs to a test.
log_of_test() {
	awk -v test="$2" '
		{ sub(/\r$/, "") }
		/slb-test: begin / { name = $0; sub(/.*slb-test: begin /, "", name); on = name == test; next }
		/slb-test: end / { on = 0 }
		on' "$1" | tail -n 200
}

# Prints why a test failed apart from failed results, one reason a line.
reasons() {
	local dir=$1 status=$2 p=$3 f=$4 s=$5 plan=$6 limit

	read -r limit <"$dir/timeout"
	if [ -f "$dir/hung" ]; then
		echo "timed out; the machine hung and was killed"
	elif [ "$status" -eq 125 ]; then
		echo "the machine died"
	elif [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
		echo "timed out after $limit s"
	elif [ "$plan" = - ]; then
		echo "printed no plan (exit status $status)"
	elif [ $((p + f + s)) -ne "$plan" ]; then
		echo "planned $plan results, but gave $((p + f + s)) (exit status $status)"
	elif [ "$status" -ne 0 ] && [ "$status" -ne 4 ] && [ "$f" -eq 0 ]; then
		echo "exited with status $status without a failed result"
	elif [ "$status" -eq 0 ] && [ "$f" -ne 0 ]; then
		echo "exited with status 0 in spite of failed results"
	fi
	[ ! -s "$dir/leaks" ] || echo "left behind: $(paste -sd, "$dir/leaks")"
}

# Is a test with failed results run again? Only if nothing else was wrong, as a busy machine explains a late packet but
# no warning of the kernel, nothing left behind and no test that broke off. Called by judge, whose variables it reads.
runs_again() {
	[ "$again" = yes ] && [ "$f" -gt 0 ] && [ "${#why[@]}" -eq 0 ] &&
		[[ $1 == "$run"/out/queue/* ]] && [ "${#again_dirs[@]}" -lt "$again_most" ]
}

# judge DIR NAME LOG: counts a test's results and prints its line; LOG is its machine's kernel log, or ''.
judge() {
	local dir=$1 name=$2 log=$3 status seconds p f s plan why=() finds=''

	[ -f "$dir/output" ] || : >"$dir/output"
	read -r status seconds <"$dir/status"
	read -r p f s plan < <(tally "$dir/output")
	mapfile -t why < <(reasons "$dir" "$status" "$p" "$f" "$s" "$plan")
	if [ -n "$log" ]; then
		finds=$("$top/selftests/qemu/watch" --incomplete "$log" |
			awk -F'\t' -v t="$name" '$1 == t { print $2 }')
		[ -z "$finds" ] || why+=("trouble in the kernel log")
		[ -z "$finds" ] && [ "$status" -ne 125 ] || log_reported[$name]=yes
	fi
	if runs_again "$dir"; then
		again_dirs+=("$dir")
		printf 'again %s: %d passed, %d failed, %d skipped (%s s); it runs once more, alone, and that counts\n' \
			"$name" "$p" "$f" "$s" "$seconds"
		show <"$dir/output"
		return
	fi
	passed=$((passed + p)) skipped=$((skipped + s))
	failed=$((failed + f + ${#why[@]}))
	[ "$seconds" = - ] || printf '%s %s\n' "$name" "$seconds" >>"$run/durations"
	if [ "$f" -eq 0 ] && [ "${#why[@]}" -eq 0 ]; then
		printf '%s  %s: %d passed, %d skipped (%s s)\n' \
			"$([ "$p" -gt 0 ] && echo pass || echo skip)" "$name" "$p" "$s" "$seconds"
		if [ "$verbose" = yes ]; then
			show <"$dir/output"
		elif [ "$s" -gt 0 ]; then
			grep '# SKIP' "$dir/output" | show
		fi
		return
	fi
	printf 'FAIL  %s: %d passed, %d failed, %d skipped (%s s)\n' "$name" "$p" "$f" "$s" "$seconds"
	[ "${#why[@]}" -eq 0 ] || printf '      %s\n' "${why[@]}"
	show <"$dir/output"
	if [ -n "$finds" ] || [ "$status" -eq 125 ]; then
		echo "      kernel log:"
		log_of_test "$log" "$name" | show
	fi
}

# judge_machine LOG: the whole kernel log of a machine that has ended; reports what no test was blamed for.
judge_machine() {
	local log=$1 test line

	[ -f "$log" ] || : >"$log"
	while IFS=$'\t' read -r test line; do
		[ -z "${log_reported[$test]:-}" ] || continue
		log_reported[$test]=yes
		record_failure "${log##*/}" "trouble in the kernel log ($test): $line"
		tail -n 60 "$log" | tr -d '\r' | show
		show <"$log.out"
	done < <("$top/selftests/qemu/watch" "$log")
}

# Remembers how long tests took, for the next run's order.
save_durations() {
	local old=/dev/null

	[ -f "$run/durations" ] || return 0
	[ ! -f "$1" ] || old=$1
	awk '{ took[$1] = $2 } END { for (t in took) print t, took[t] }' "$old" "$run/durations" \
		>"$run/durations.new"
	[ ! -w "${1%/*}" ] || cp "$run/durations.new" "$1"
}

# Prints the closing line; succeeds when something passed and nothing failed.
summary() {
	local dir names=''

	for dir in "${again_dirs[@]}"; do
		dir=${dir##*/}
		names+=" ${dir#*.}"
	done
	[ -z "$names" ] || echo "run twice, as results failed the first time:$names"
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
