/* SPDX-License-Identifier: GPL-2.0-only */
/* The choice of a server where more than a scheduler decides. */
#ifndef _SLB_CONFIG_CHOOSE_H
#define _SLB_CONFIG_CHOOSE_H

#include "config/group.h"

/* Bits of a quota that are a fraction: with the most sessions and the largest factor it has 58. */
#define SLB_QUOTA_SHIFT 24

/* Has a server as many sessions as it may have? Context: any. */
static __always_inline bool slb_server_full(const struct slb_server *server)
{
	u32 limit = READ_ONCE(server->limit);

	return unlikely(limit) && (u32)atomic_read(&server->sessions) >= limit;
}

struct slb_server *slb_choose(struct slb_set *set, const struct slb_tuple *flow);
struct slb_server *slb_choose_peek(struct slb_set *set, const struct slb_tuple *flow);

#endif /* _SLB_CONFIG_CHOOSE_H */
