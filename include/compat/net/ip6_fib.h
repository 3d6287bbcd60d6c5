/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 6.10 named the cast from a dst_entry to its rt6_info. */
#ifndef _SLB_COMPAT_IP6_FIB_H
#define _SLB_COMPAT_IP6_FIB_H

#include <linux/version.h>
#include_next <net/ip6_fib.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define dst_rt6_info(_ptr) container_of_const(_ptr, struct rt6_info, dst)
#endif

#endif /* _SLB_COMPAT_IP6_FIB_H */
