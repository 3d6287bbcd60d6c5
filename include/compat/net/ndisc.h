/* SPDX-License-Identifier: GPL-2.0-only */
/* Since Linux 7.1, IPv6 is no module, so others call it as it calls itself. */
#ifndef _SLB_COMPAT_NDISC_H
#define _SLB_COMPAT_NDISC_H

#include <linux/version.h>
#include_next <net/ndisc.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0)
#define __ipv6_neigh_lookup_noref_stub __ipv6_neigh_lookup_noref
#endif

#endif /* _SLB_COMPAT_NDISC_H */
