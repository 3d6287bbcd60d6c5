/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of include/slb/table.h: a table is a chain, of which each entry is asked. */
#ifndef _SLB_TABLE_H
#define _SLB_TABLE_H

#include "kshim_object.h"

static __always_inline struct rhash_head *
slb_table_find(struct rhashtable *ht, u64 hash, u32 mask,
	       bool (*match)(const struct rhash_head *he, const void *key), const void *key)
{
	struct rhash_head *he;

	for (he = ht->chain; he; he = he->next)
		if (match(he, key))
			break;
	ht->hash = hash;
	return he;
}

#endif /* _SLB_TABLE_H */
