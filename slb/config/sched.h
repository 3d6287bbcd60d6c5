/* SPDX-License-Identifier: GPL-2.0-only */
/* Schedulers of groups. */
#ifndef _SLB_CONFIG_SCHED_H
#define _SLB_CONFIG_SCHED_H

#include "config/group.h"

const struct slb_sched *slb_sched_find(const char *name);
u32 slb_set_at(const struct slb_set *set, u32 point);

#endif /* _SLB_CONFIG_SCHED_H */
