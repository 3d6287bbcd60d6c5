// SPDX-License-Identifier: GPL-2.0-only
/* Schedulers sh and mh: source hashing, and Maglev's consistent hashing of flows. */
#include <linux/bitmap.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "config/group.h"
#include "config/sched.h"

static int slb_entry_cmp(const void *va, const void *vb)
{
	const struct slb_server *a = ((const struct slb_set_entry *)va)->server;
	const struct slb_server *b = ((const struct slb_set_entry *)vb)->server;
	int cmp = slb_addr_cmp(&a->addr, &b->addr, a->family);

	return cmp ? cmp : ntohs(a->port) - ntohs(b->port);
}

/* Balancers with the same key agree, in whatever order their servers were added. */
static void slb_hash_order(struct slb_set *set)
{
	u32 i, before = 0;

	sort(set->entry, set->n, sizeof(*set->entry), slb_entry_cmp, NULL);
	for (i = 0; i < set->n; i++) {
		set->entry[i].before = before;
		before += set->entry[i].weight;
	}
}

static int slb_sh_build(struct slb_set *set, u32 table_size)
{
	slb_hash_order(set);
	return 0;
}

/* Hash the client's address only: its sessions go to one server until the set changes. */
static struct slb_server *slb_sh_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	u32 hash = siphash(&flow->src, sizeof(flow->src), &set->key);

	return set->entry[slb_set_at(set, reciprocal_scale(hash, set->total))].server;
}

const struct slb_sched slb_sched_sh = {
	.name = "sh",
	.keyed = true,
	.build = slb_sh_build,
	.pick = slb_sh_pick,
};

/*
 * A server's permutation of the table's slots (Maglev, 3.4). Each round adds the server's weight to
 * its credit; when the credit reaches the largest weight, it pays that and takes a slot.
 */
struct slb_mh_walk {
	u32 at;
	u32 skip;
	u32 credit;
	u32 next;	/* next server that takes a slot in the same round: index + 1, or 0 */
};

/* For each round, the first server that takes a slot in it: index + 1, or 0 for none. */
struct slb_mh_round {
	u32 first;
	u32 last;
};

/*
 * A server's permutation depends only on its own address, so adding or removing others moves few
 * slots.
 */
static void slb_mh_walk_init(struct slb_mh_walk *walk, const struct slb_server *server,
			     const siphash_key_t *key, u32 size)
{
	struct {
		union nf_inet_addr addr;
		__be16 port;
		u16 family;
		u32 zero;
	} id = { .addr = server->addr, .port = server->port, .family = server->family };
	u64 hash = siphash(&id, sizeof(id), key);

	walk->at = (u32)hash % size;
	walk->skip = (u32)(hash >> 32) % (size - 1) + 1;
	walk->credit = 0;
}

/* Schedule a server for the next round after @now in which it takes a slot. */
static void slb_mh_wait(const struct slb_set *set, struct slb_mh_walk *walk,
			struct slb_mh_round *rounds, u32 most, u32 now, u32 i)
{
	u32 weight = set->entry[i].weight, n = DIV_ROUND_UP(most - walk[i].credit, weight);
	struct slb_mh_round *round = &rounds[(now + n) % most];

	walk[i].credit += n * weight - most;
	walk[i].next = 0;
	if (round->first)
		walk[round->last - 1].next = i + 1;
	else
		round->first = i + 1;
	round->last = i + 1;
}

/*
 * Servers take slots in turn; one with less than the largest weight skips some rounds, at most
 * @rounds in a row. A server is visited only in rounds in which it takes a slot: visiting all would
 * take seconds with one large weight and many small ones.
 */
static void slb_mh_fill(struct slb_set *set, struct slb_mh_walk *walk, struct slb_mh_round *rounds,
			u32 most, unsigned long *taken)
{
	u32 i, next, now, left = set->table_size;

	for (i = 0; i < set->n; i++)
		slb_mh_wait(set, walk, rounds, most, -1, i);
	for (now = 0; left; now++) {
		next = rounds[now % most].first;
		rounds[now % most].first = 0;
		while (next && left) {
			struct slb_mh_walk *w = &walk[next - 1];

			i = next - 1;
			next = w->next;
			while (test_bit(w->at, taken))
				w->at = (w->at + w->skip) % set->table_size;
			__set_bit(w->at, taken);
			set->table[w->at] = i;
			left--;
			slb_mh_wait(set, walk, rounds, most, now, i);
		}
		cond_resched();
	}
}

static u32 slb_mh_most(const struct slb_set *set)
{
	u32 i, most = 0;

	for (i = 0; i < set->n; i++)
		most = max(most, set->entry[i].weight);
	return most;
}

static int slb_mh_build(struct slb_set *set, u32 table_size)
{
	struct slb_mh_walk *walk = kvcalloc(set->n, sizeof(*walk), GFP_KERNEL);
	u32 i, most = slb_mh_most(set);
	struct slb_mh_round *rounds = kvcalloc(most, sizeof(*rounds), GFP_KERNEL);
	unsigned long *taken = bitmap_zalloc(table_size, GFP_KERNEL);
	int err = -ENOMEM;

	slb_hash_order(set);
	set->table = kvmalloc_array(table_size, sizeof(*set->table), GFP_KERNEL);
	set->table_size = table_size;
	if (walk && rounds && taken && set->table) {
		for (i = 0; i < set->n; i++)
			slb_mh_walk_init(&walk[i], set->entry[i].server, &set->key, table_size);
		slb_mh_fill(set, walk, rounds, most, taken);
		err = 0;
	} else {
		kvfree(set->table);
	}
	bitmap_free(taken);
	kvfree(rounds);
	kvfree(walk);
	return err;
}

static void slb_mh_destroy(struct slb_set *set)
{
	kvfree(set->table);
}

static struct slb_server *slb_mh_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	u64 ports = likely(!set->by_source) ? (u64)(__force u16)flow->sport << 32 |
		    (u64)(__force u16)flow->dport << 16 | flow->proto : 0;
	u64 hash = siphash_3u64((u64)flow->src.all[0] << 32 | flow->src.all[1],
				(u64)flow->src.all[2] << 32 | flow->src.all[3], ports, &set->key);

	return set->entry[set->table[reciprocal_scale((u32)hash, set->table_size)]].server;
}

const struct slb_sched slb_sched_mh = {
	.name = "mh",
	.keyed = true,
	.slow = true,
	.build = slb_mh_build,
	.destroy = slb_mh_destroy,
	.pick = slb_mh_pick,
};
