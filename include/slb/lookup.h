/* SPDX-License-Identifier: GPL-2.0-only */
/* Look-up in an rhashtable by a hash that is known already, all of it inlined. */
#ifndef _SLB_LOOKUP_H
#define _SLB_LOOKUP_H

#include <linux/rhashtable.h>

/**
 * slb_table_find() - look up an entry of a table by its 64-bit hash
 * @ht: the table, whose hash functions give slb_table_bits() with the same @mask
 * @hash: hash of the key
 * @mask: see slb_table_bits()
 * @match: tells whether an entry has the key; made to be inlined
 * @key: for @match
 *
 * What rhashtable_lookup() does, without a call: there the compiler does not always see that the
 * parameters are constant, and then goes by those of the table. Context: RCU.
 *
 * Return: the entry or NULL.
 */
static __always_inline struct rhash_head *
slb_table_find(struct rhashtable *ht, u64 hash, u32 mask,
	       bool (*match)(const struct rhash_head *he, const void *key), const void *key)
{
	struct bucket_table *tbl = rht_dereference_rcu(ht->tbl, ht);
	struct rhash_lock_head __rcu *const *bkt;
	struct rhash_head *he;
	unsigned int at;

	do {
		at = rht_bucket_index(tbl, hash >> (tbl->hash_rnd & mask));
		bkt = rht_bucket(tbl, at);
		do {
			rht_for_each_rcu_from(he, rht_ptr_rcu(bkt), tbl, at)
				if (likely(match(he, key)))
					return he;
			/* an entry may have moved to another chain meanwhile, and we with it */
		} while (unlikely(he != RHT_NULLS_MARKER(bkt)));
		/* what is in no old chain any more is in the next table, if there is one */
		smp_rmb();
		tbl = rht_dereference_rcu(tbl->future_tbl, ht);
	} while (unlikely(tbl));
	return NULL;
}

/**
 * slb_table_bits() - what a table uses of a hash
 * @hash: hash of a key
 * @seed: the table's own, which only says which bits are used
 * @mask: how far that may go, a power of two less one; enough bits must be left for the table
 *
 * Return: the hash, as functions of the table are to give it.
 */
static inline u32 slb_table_bits(u64 hash, u32 seed, u32 mask)
{
	return hash >> (seed & mask);
}

#endif /* _SLB_LOOKUP_H */
