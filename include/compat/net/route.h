/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 6.10 named the cast from a dst_entry to its rtable. */
#ifndef _SLB_COMPAT_ROUTE_H
#define _SLB_COMPAT_ROUTE_H

#include <linux/version.h>
#include_next <net/route.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define dst_rtable(_ptr) container_of_const(_ptr, struct rtable, dst)
#endif

#endif /* _SLB_COMPAT_ROUTE_H */
