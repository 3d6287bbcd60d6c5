/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux 6.16 gave the way from a timer to what holds it another name. */
#ifndef _SLB_COMPAT_TIMER_H
#define _SLB_COMPAT_TIMER_H

#include_next <linux/timer.h>
#ifndef timer_container_of
#define timer_container_of from_timer
#endif

#endif /* _SLB_COMPAT_TIMER_H */
