# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For tests of failing allocations: sets up the kernel's fault injection, and reads results from failalloc.py.
#
# fail_skip         skips the script where the kernel cannot inject faults, or a module is loaded already
# fail_on           also fail allocations that may sleep and single pages, without a message for each
# fail_off          stop failing allocations
# fail_with WORD VALUE
#                   sets both kinds of failures, of slabs and of pages
# fail_caches VALUE NAME...
#                   may objects of these slab caches fail? For cache-filter
# fail_not_watchers VALUE
#                   the same for all slab caches but those of the kernel's debugging code
# fail_walk HOST|- WORDS...
#                   runs failalloc.py there; its results are this script's, and counted in FAIL_PLANNED

FAIL_WALK=$SLB_SELFTESTS/tools/faults/failalloc.py FAIL_DEBUG=/sys/kernel/debug FAIL_PLANNED=0

fail_skip() {
	if [ ! -e /proc/self/fail-nth ] || [ ! -d $FAIL_DEBUG/failslab ] || [ ! -d $FAIL_DEBUG/fail_page_alloc ]; then
		ktap_skip_all "this kernel has no fault injection"
	fi
	[ -x "$SLB_SELFTESTS/tools/faults/failnth" ] || ktap_skip_all "tools/faults/failnth is not built"
	if [ -d /sys/module/slb ] || [ -d /sys/module/relay ]; then
		ktap_skip_all "a module is loaded already"
	fi
}

fail_with() {
	local kind
	for kind in failslab fail_page_alloc; do
		[ ! -e "$FAIL_DEBUG/$kind/$1" ] || echo "$2" >"$FAIL_DEBUG/$kind/$1"
	done
}

# Between the marks the watcher ignores messages about failed allocations. Allocations of user space do not fail.
fail_on() {
	fail_with ignore-gfp-wait N
	fail_with min-order 0
	fail_with verbose 0
	# of tasks that ask for it, every allocation
	fail_with task-filter Y
	fail_with times -1
	fail_with interval 1
	fail_with probability 100
	echo "<6>slb-test: faults on" >/dev/kmsg
}

fail_off() {
	fail_with probability 0
	fail_with task-filter N
	fail_with ignore-gfp-wait Y
	fail_with min-order 1
	fail_with cache-filter N
	echo "<6>slb-test: faults off" >/dev/kmsg
}

# Debugging code of the kernel allocates, too. Its allocations must not fail: that finds nothing, but takes most of the time.
fail_not_watchers() {
	local names
	mapfile -t names < <(find /sys/kernel/slab -mindepth 1 -maxdepth 1 -printf '%f\n' |
		grep -vE '^(kmemleak_.*|debug_objects_cache|.*stack_depot.*)$')
	fail_caches "$1" "${names[@]}"
	fail_with cache-filter Y
}

fail_caches() {
	local value=$1 name
	shift
	for name; do
		echo "$value" >"/sys/kernel/slab/$name/failslab" || return 1
	done 2>/dev/null
}

fail_walk() {
	local host=$1 word text=''
	shift
	while read -r word text; do
		case $word in
		plan) FAIL_PLANNED=$((FAIL_PLANNED + text)) ;;
		end) return ;;
		ok) ok "$text" ;;
		fail) fail "$text" ;;
		*) note "$text" ;;
		esac
	done < <(if [ "$host" = - ]; then "$FAIL_WALK" "$@"; else on "$host" "$FAIL_WALK" "$@"; fi 2>&1)
	fail "all of $* is tried"
	FAIL_PLANNED=$((FAIL_PLANNED + 1))
}
