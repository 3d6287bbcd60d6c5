#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel-log watcher finds every sign of trouble, blames the right test, and leaves clean logs alone.

watch=$(cd "${BASH_SOURCE[0]%/*}/../qemu" && pwd)/watch
tests=0 failed=0

# expect TEXT WANTED-STATUS WANTED-OUTPUT: judges the log on standard input.
expect() {
	local got status
	got=$("$watch")
	status=$?
	tests=$((tests + 1))
	if [ "$status" = "$2" ] && [ "$got" = "$3" ]; then
		printf 'ok %d - %s\n' "$tests" "$1"
		return
	fi
	failed=1
	printf 'not ok %d - %s\n# wanted %s: %s\n# got %s: %s\n' "$tests" "$1" "$2" "$3" "$status" "$got"
}

# A line as the kernel writes it for each sign.
signs=(
	'[   12.345678] RIP: 0010:slb_session_find+0x12/0x40 [slb]'
	'[   12.345678] Call Trace:'
	'[   12.345678] BUG: unable to handle page fault for address: ffffffffffffffff'
	'[   12.345678] WARNING: CPU: 1 PID: 99 at net/core/dev.c:1 foo+0x1/0x2'
	'[   12.345678] KASAN: null-ptr-deref in range [0x0-0x7]'
	'[   12.345678] KCSAN: data-race in a / b'
	'[   12.345678] UBSAN: shift-out-of-bounds in a.c:1:2'
	'[   12.345678] ODEBUG: free active (active state 0) object: 0 object type: timer_list'
	'[   12.345678] possible circular locking dependency detected'
	'[   12.345678] suspicious RCU usage'
	'[   12.345678] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:'
	'[   12.345678] INFO: task rmmod:99 blocked for more than 120 seconds.'
	'[   12.345678] watchdog: soft lockup - CPU#0 stuck for 22s!'
	'[   12.345678] ref_tracker: lo@0 has 1/1 users at'
	'[   12.345678] unregister_netdevice: waiting for lo to become free. Usage count = 2'
	'[   12.345678] unreferenced object 0xffff888000000000 (size 64):'
	'[   12.345678] Objects remaining in slb_session on __kmem_cache_shutdown()'
	'[   12.345678] Kernel panic - not syncing: Fatal exception'
	'[   12.345678] Oops: general protection fault, probably for non-canonical address'
)

clean='[    0.000000] Linux version 6.12
[    4.000000] slb: loading out-of-tree module taints kernel.
[    5.000000] slb-test: begin a.sh
[    6.000000] IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready
[    7.000000] slb-test: end a.sh
[    8.000000] slb-test: complete
[    9.000000] slb-guest: finished with status 0'

printf 'TAP version 13\n1..%d\n' $((${#signs[@]} + 10))

expect "a clean log passes" 0 "" <<<"$clean"
expect "a clean log with carriage returns passes" 0 "" <<<"${clean//$'\n'/$'\r\n'}"
for sign in "${signs[@]}"; do
	expect "found: ${sign#*] }" 1 "a.sh"$'\t'"$sign" < <(
		printf '%s\n' "[    5.0] slb-test: begin a.sh" "$sign" "[    6.0] slb-test: end a.sh" \
			"[    7.0] slb-test: begin b.sh" "[    8.0] slb-test: end b.sh" \
			"[    9.0] slb-test: complete"
	)
done
expect "trouble between tests belongs to no test" 1 "outside tests"$'\t'"[    8.5] BUG: x" \
	<<<"${clean/\[    8.0/[    8.5] BUG: x$'\n'[    8.6}"
expect "the final token is missed" 1 \
	"outside tests"$'\t'"the log ends without its final token: the machine died" \
	< <(grep -v complete <<<"$clean")
expect "a machine that dies within a test is trouble of this test" 1 \
	"a.sh"$'\t'"the log ends without its final token: the machine died" \
	< <(head -n 4 <<<"$clean")
refusal='[    5.5] failnth: vmalloc error: size 4096, failed to allocate pages, mode:0xdc2
[    5.5] CPU: 0 UID: 0 PID: 80 Comm: failnth
[    5.5] Call Trace:
[    5.5] RIP: 0033:0x7ffff7ee7b59
[    5.5] ref_tracker: memory allocation failure, unreliable refcount tracker.'
faults="[    5.4] slb-test: faults on"$'\n'"$refusal"
expect "the kernel's messages on allocations that a test lets fail are no trouble" 0 "" \
	<<<"${clean/\[    6.0/$faults$'\n'[    6.0}"
expect "any other trace is trouble while a test lets allocations fail" 1 "a.sh"$'\t'"[    5.8] Call Trace:" \
	<<<"${clean/\[    6.0/$faults$'\n[    5.8] Call Trace:\n'[    6.0}"
expect "registers without a trace, and those of the kernel, are trouble while a test lets allocations fail" 1 \
	"a.sh"$'\t'"[    5.8] RIP: 0033:0x1"$'\n'"a.sh"$'\t'"[    5.8] RIP: 0010:f+0x1/0x2" \
	<<<"${clean/\[    6.0/$faults$'\n[    5.8] RIP: 0033:0x1\n[    5.8] RIP: 0010:f+0x1/0x2\n'[    6.0}"
expect "the kernel's messages on failed allocations are trouble otherwise" 1 \
	"a.sh"$'\t'"[    5.5] Call Trace:"$'\n'"a.sh"$'\t'"[    5.5] RIP: 0033:0x7ffff7ee7b59"$'\n'"a.sh"$'\t'"[    5.5] ref_tracker: memory allocation failure, unreliable refcount tracker." \
	<<<"${clean/\[    6.0/$refusal$'\n'[    6.0}"
expect "an empty log is no clean log" 1 \
	"outside tests"$'\t'"the log ends without its final token: the machine died" </dev/null
exit "$failed"
