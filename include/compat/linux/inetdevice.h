/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 6.1 reads the settings of an in_device through a pointer that is not constant. */
#ifndef _SLB_COMPAT_INETDEVICE_H
#define _SLB_COMPAT_INETDEVICE_H

#include <linux/version.h>
#include_next <linux/inetdevice.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
#undef IN_DEV_CONF_GET
#define IN_DEV_CONF_GET(in_dev, attr) \
	ipv4_devconf_get((struct in_device *)(in_dev), IPV4_DEVCONF_ ## attr)
#endif

#endif /* _SLB_COMPAT_INETDEVICE_H */
