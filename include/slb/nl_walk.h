/* SPDX-License-Identifier: GPL-2.0-only */
/* Dumps of hash tables that packets change meanwhile. */
#ifndef _SLB_NL_WALK_H
#define _SLB_NL_WALK_H

struct netlink_callback;
struct rhashtable_iter;

void slb_nl_walk_resume(struct rhashtable_iter *iter, struct netlink_callback *cb)
	__acquires(RCU);

#endif /* _SLB_NL_WALK_H */
