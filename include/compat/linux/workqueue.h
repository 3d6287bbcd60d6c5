/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 6.17 gave two workqueues of the system other names. Later kernels warn of the old ones. */
#ifndef _SLB_COMPAT_WORKQUEUE_H
#define _SLB_COMPAT_WORKQUEUE_H

#include <linux/version.h>
#include_next <linux/workqueue.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define system_wq system_percpu_wq
#define system_unbound_wq system_dfl_wq
#endif

#endif /* _SLB_COMPAT_WORKQUEUE_H */
