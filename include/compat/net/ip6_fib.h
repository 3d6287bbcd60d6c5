/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux 6.10 named the cast from a dst_entry to its rt6_info. Before 7.1, IPv6 could be a module,
 * so others called it through a table.
 */
#ifndef _SLB_COMPAT_IP6_FIB_H
#define _SLB_COMPAT_IP6_FIB_H

#include <linux/version.h>
#include_next <net/ip6_fib.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define dst_rt6_info(_ptr) container_of_const(_ptr, struct rt6_info, dst)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#include <net/ipv6_stubs.h>
#define fib6_lookup(net, oif, fl6, res, flags)	\
	ipv6_stub->fib6_lookup(net, oif, fl6, res, flags)
#endif

#endif /* _SLB_COMPAT_IP6_FIB_H */
