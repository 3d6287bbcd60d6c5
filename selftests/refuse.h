/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that fail on request, for kernels with fault injection: scripts/test has the modules' files
 * include this before all else there.
 *
 * The kernel itself has only allocations fail (/proc/PID/fail-nth). Much that a module has to be
 * prepared for is no allocation, or one that is tried again until it is there: each call below
 * counts as one more.
 */
#ifndef SLB_SELFTESTS_REFUSE_H
#define SLB_SELFTESTS_REFUSE_H

#include <linux/fault-inject.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netevent.h>

static inline bool slb_test_refuse(void)
{
	static struct fault_attr attr = {
		.interval = 1,
		.times = ATOMIC_INIT(-1),
		.require_end = ULONG_MAX,
		.stacktrace_depth = 32,
		.ratelimit_state = RATELIMIT_STATE_INIT_DISABLED,
	};

	return should_fail(&attr, 1);
}

#define SLB_TEST_MAY_FAIL(call) (slb_test_refuse() ? -ENOMEM : (call))
#define SLB_TEST_MAY_BE_NULL(call) (slb_test_refuse() ? NULL : (call))

#undef rhashtable_init
#define rhashtable_init(...) SLB_TEST_MAY_FAIL(rhashtable_init_noprof(__VA_ARGS__))
#define rhashtable_insert_fast(...) SLB_TEST_MAY_FAIL(rhashtable_insert_fast(__VA_ARGS__))
#define rhashtable_lookup_insert_fast(...)                                                         \
	SLB_TEST_MAY_FAIL(rhashtable_lookup_insert_fast(__VA_ARGS__))
#define rhashtable_lookup_insert_key(...)                                                          \
	SLB_TEST_MAY_FAIL(rhashtable_lookup_insert_key(__VA_ARGS__))
#define rht_bucket_insert(...) SLB_TEST_MAY_BE_NULL(rht_bucket_insert(__VA_ARGS__))

#define xa_alloc(...) SLB_TEST_MAY_FAIL(xa_alloc(__VA_ARGS__))
#define xa_alloc_cyclic(...) SLB_TEST_MAY_FAIL(xa_alloc_cyclic(__VA_ARGS__))

#undef __alloc_percpu
#undef __alloc_percpu_gfp
#define __alloc_percpu(size, align) __alloc_percpu_gfp(size, align, GFP_KERNEL)
#define __alloc_percpu_gfp(size, align, gfp)                                                       \
	SLB_TEST_MAY_BE_NULL(pcpu_alloc_noprof(size, align, false, gfp))

#define genl_register_family(...) SLB_TEST_MAY_FAIL(genl_register_family(__VA_ARGS__))
#define nf_register_net_hook(...) SLB_TEST_MAY_FAIL(nf_register_net_hook(__VA_ARGS__))
#define nf_register_net_hooks(...) SLB_TEST_MAY_FAIL(nf_register_net_hooks(__VA_ARGS__))
#define register_netdevice_notifier(...) SLB_TEST_MAY_FAIL(register_netdevice_notifier(__VA_ARGS__))
#define register_netevent_notifier(...) SLB_TEST_MAY_FAIL(register_netevent_notifier(__VA_ARGS__))
#define register_pernet_subsys(...) SLB_TEST_MAY_FAIL(register_pernet_subsys(__VA_ARGS__))

#endif
