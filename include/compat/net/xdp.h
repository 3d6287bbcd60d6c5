/* SPDX-License-Identifier: GPL-2.0-only */
/* Before Linux 6.3, a device did not tell its XDP features. */
#ifndef _SLB_COMPAT_XDP_H
#define _SLB_COMPAT_XDP_H

#include <linux/version.h>
#include_next <net/xdp.h>
/* Macros, as the kernel's header of devices includes this one. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define NETDEV_XDP_ACT_NDO_XMIT BIT(2)
#define slb_compat_xdp_features(dev) \
	((dev)->netdev_ops->ndo_xdp_xmit ? NETDEV_XDP_ACT_NDO_XMIT : 0)
#else
#define slb_compat_xdp_features(dev) READ_ONCE((dev)->xdp_features)
#endif

#endif /* _SLB_COMPAT_XDP_H */
