/* SPDX-License-Identifier: GPL-2.0-only */
/* Look up an rhashtable by a hash that the caller has computed; all inlined. */
#ifndef _SLB_LOOKUP_H
#define _SLB_LOOKUP_H

#include <linux/rhashtable.h>

/**
 * slb_table_find() - look up an entry of a table by its 64-bit hash
 * @ht: the table, whose hash functions give slb_table_bits() with the same @mask
 * @hash: hash of the key
 * @mask: see slb_table_bits()
 * @match: returns true when an entry has the key; inlined
 * @key: for @match
 *
 * The same as rhashtable_lookup() without indirect calls: there the compiler does not always see
 * that the parameters are constant, and calls the functions of the table. Context: RCU.
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
			/* the entry that we followed may have moved to another chain */
		} while (unlikely(he != RHT_NULLS_MARKER(bkt)));
		/* not found here: during a resize the entry may be in the new table */
		smp_rmb();
		tbl = rht_dereference_rcu(tbl->future_tbl, ht);
	} while (unlikely(tbl));
	return NULL;
}

/**
 * slb_table_bits() - select the bits of a hash that a table uses
 * @hash: hash of a key
 * @seed: seed of the table: by how many bits the hash is shifted
 * @mask: largest shift, a power of two minus one; the rest must have enough bits for the table
 *
 * Return: the hash that the table's hash functions must return.
 */
static inline u32 slb_table_bits(u64 hash, u32 seed, u32 mask)
{
	return hash >> (seed & mask);
}

#endif /* _SLB_LOOKUP_H */
