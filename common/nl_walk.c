// SPDX-License-Identifier: GPL-2.0-only
/* Dumps of hash tables that packets change meanwhile. */
#include <linux/netlink.h>
#include <linux/rhashtable.h>
#include <slb/nl_walk.h>

/**
 * slb_nl_walk_resume() - go on where the last message of a dump ended
 * @iter: the walk
 * @cb: the dump
 *
 * The walk starts again if the table was resized, and loses its place if the next entry has ended.
 * Then some entries may come twice or not at all, and the reader sees NLM_F_DUMP_INTR. Context:
 * enters RCU.
 */
void slb_nl_walk_resume(struct rhashtable_iter *iter, struct netlink_callback *cb)
	__acquires(RCU)
{
	const struct rhash_head *next = iter->p;
	int error = rhashtable_walk_start_check(iter);

	/* kernels differ in who forgets the place in a table that is gone */
	if (error)
		iter->p = NULL;
	if (error || (next && !iter->p))
		cb->seq++;
}
