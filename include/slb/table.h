/* SPDX-License-Identifier: GPL-2.0-only */
/* Use an rhashtable by a hash that the caller has computed; all inlined. */
#ifndef _SLB_TABLE_H
#define _SLB_TABLE_H

#include <linux/hash.h>
#include <linux/rhashtable.h>
#include <slb/flow.h>

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

/* For slb_table_bits(), of slb_addr_hash(). */
#define SLB_ADDR_SEED_MASK 31

/**
 * slb_addr_hash() - hash an address for a table that only the configuration fills
 * @addr: address, network order; unused words zero
 *
 * Without a key: no sender can put an address into such a table.
 *
 * Return: the hash.
 */
static __always_inline u64 slb_addr_hash(const union nf_inet_addr *addr)
{
	u64 high = addr->all[0] | (u64)addr->all[1] << 32;
	u64 low = addr->all[2] | (u64)addr->all[3] << 32;
	u64 hash = high * GOLDEN_RATIO_64 ^ low;

	hash = (hash ^ hash >> 32) * GOLDEN_RATIO_64;
	return hash ^ hash >> 32;
}

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
		at = rht_bucket_index(tbl, slb_table_bits(hash, tbl->hash_rnd, mask));
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

/*
 * rht_lock() without interrupts disabled: no interrupt uses our tables, only softirq and tasks. So
 * with BH disabled nobody on this CPU wants the lock.
 */
static __always_inline void slb_table_lock(struct bucket_table *tbl,
					   struct rhash_lock_head __rcu **bkt)
{
	bit_spin_lock(0, (unsigned long *)bkt);
	lock_map_acquire(&tbl->dep_map);
}

static __always_inline void slb_table_unlock(struct bucket_table *tbl,
					     struct rhash_lock_head __rcu **bkt)
{
	lock_map_release(&tbl->dep_map);
	bit_spin_unlock(0, (unsigned long *)bkt);
}

/* rht_assign_unlock(): a pointer without the bit of the lock releases it. */
static __always_inline void slb_table_assign(struct bucket_table *tbl,
					     struct rhash_lock_head __rcu **bkt,
					     struct rhash_head *obj)
{
	lock_map_release(&tbl->dep_map);
	rcu_assign_pointer(*bkt, (void *)obj);
	preempt_enable();
	__release(bitlock);
}

/**
 * slb_table_insert() - insert an entry into a table, unless its key is there
 * @ht: the table, as above
 * @hash: hash of the key
 * @mask: see slb_table_bits()
 * @match: returns true when an entry has the key; inlined
 * @key: for @match, and for the functions of the table
 * @obj: the entry
 *
 * The same as rhashtable_lookup_get_insert_fast(), which would compute the hash again. Context:
 * softirq, or BH disabled; RCU.
 *
 * Return: NULL, the entry that has the key, or ERR_PTR() when the table cannot take another one.
 */
static __always_inline struct rhash_head *
slb_table_insert(struct rhashtable *ht, u64 hash, u32 mask,
		 bool (*match)(const struct rhash_head *he, const void *key), const void *key,
		 struct rhash_head *obj)
{
	struct bucket_table *tbl = rht_dereference_rcu(ht->tbl, ht);
	unsigned int at = rht_bucket_index(tbl, slb_table_bits(hash, tbl->hash_rnd, mask));
	struct rhash_lock_head __rcu **bkt = rht_bucket_insert(ht, tbl, at);
	struct rhash_head *first, *he;
	int elasticity = RHT_ELASTICITY;
	void *other;

	if (unlikely(!bkt))
		return ERR_PTR(-ENOMEM);
	slb_table_lock(tbl, bkt);
	if (unlikely(rcu_access_pointer(tbl->future_tbl)))
		goto slow;
	first = rht_ptr(bkt, tbl, at);
	rht_for_each_from(he, first, tbl, at) {
		if (unlikely(match(he, key))) {
			slb_table_unlock(tbl, bkt);
			return he;
		}
		elasticity--;
	}
	/* this also enforces the maximum size of the table */
	if (unlikely(elasticity <= 0 || rht_grow_above_100(ht, tbl)))
		goto slow;
	RCU_INIT_POINTER(obj->next, first);
	atomic_inc(&ht->nelems);
	slb_table_assign(tbl, bkt, obj);
	if (unlikely(rht_grow_above_75(ht, tbl)))
		schedule_work(&ht->run_work);
	return NULL;
slow:
	slb_table_unlock(tbl, bkt);
	other = rhashtable_insert_slow(ht, key, obj);
	return IS_ERR_OR_NULL(other) ? other : other + ht->p.head_offset;
}

#endif /* _SLB_TABLE_H */
