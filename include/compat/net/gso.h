/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 6.5 moved what concerns GSO from linux/netdevice.h to here. */
#include <linux/version.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#include <linux/netdevice.h>
#else
#include_next <net/gso.h>
#endif
