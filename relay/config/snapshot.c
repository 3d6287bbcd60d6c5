// SPDX-License-Identifier: GPL-2.0-only
/* Build the snapshot of balancers and links that packets see, and publish it. */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/ip.h>
#include <slb/hrw.h>

#include "config/balancer.h"
#include "config/digest.h"
#include "config/heir.h"
#include "config/link.h"
#include "config/snapshot.h"
#include "config/usable.h"
#include "net.h"
#include "packet/steer.h"

/* Slots between two calls of cond_resched(). */
#define RLY_SLOTS_AT_A_TIME 4096u

/**
 * struct rly_shift - what changed from one snapshot to the next, in one family
 * @keeps: index in the new snapshot of each old member that keeps all its slots; -1 for one that
 *   may lose slots
 * @grown: members that may take slots from others
 * @n_grown: their number
 * @rank: rank of each new member in the family at hand
 */
struct rly_shift {
	s16 keeps[SLB_RELAY_BALANCER_MAX];
	u16 grown[SLB_RELAY_BALANCER_MAX];
	u32 n_grown;
	u8 rank[SLB_RELAY_BALANCER_MAX];
};

/* Slots that each link may take: its share, rounded up. */
static void rly_table_quota(u32 *quota, const u32 *weight, u32 n)
{
	u32 i, total = 0;

	for (i = 0; i < n; i++)
		total += weight[i];
	for (i = 0; i < n; i++)
		quota[i] = total ? (RLY_LINK_SLOTS * weight[i] + total - 1) / total : 0;
}

/* Get the weights of the links whose @rank is @pass. Return: false when there is no such link. */
static bool rly_table_weigh(const struct rly_balancer *b, const u8 *rank, u8 pass, u32 *weight)
{
	bool any = false, drained = true;
	u32 i;

	for (i = 0; i < b->n_links; i++) {
		weight[i] = 0;
		if (rank[i] != pass)
			continue;
		any = true;
		weight[i] = b->link[i]->weight;
		drained &= !weight[i];
	}
	for (i = 0; drained && i < b->n_links; i++)
		weight[i] = rank[i] == pass;
	return any;
}

/*
 * Build the table of a balancer's links. It works like the table of balancers, but it is so small
 * that random choices would miss the weights visibly. So no link takes more slots than its weight
 * allows. Only links of the best rank get slots; drained links only if there are no others.
 */
static void rly_table_build(struct rly_balancer *b, u8 family, const siphash_key_t *key)
{
	char text[2 * (SLB_RELAY_NAME_LEN + 1)];
	u64 name[SLB_RELAY_LINK_MAX], draw, best = 0;
	u32 weight[SLB_RELAY_LINK_MAX], quota[SLB_RELAY_LINK_MAX];
	u8 *table = b->table[rly_af(family)], pass = SLB_NEXTHOP_RANK_YES;
	u8 rank[SLB_RELAY_LINK_MAX];
	u32 i, slot;

	for (i = 0; i < b->n_links; i++) {
		/* a probe may change it at any time: read it once */
		rank[i] = slb_nexthop_rank(&b->link[i]->nh, family);
		snprintf(text, sizeof(text), "%s/%s", b->name, b->link[i]->name);
		name[i] = slb_hrw_name(text, key);
	}
	while (!rly_table_weigh(b, rank, pass, weight) && pass > SLB_NEXTHOP_RANK_NO)
		pass--;
	rly_table_quota(quota, weight, b->n_links);
	for (slot = 0; slot < RLY_LINK_SLOTS; slot++) {
		u32 have = 0;

		table[slot] = 0;
		for (i = 0; i < b->n_links; i++) {
			if (!quota[i])
				continue;
			draw = slb_hrw_draw(name[i], slot, key);
			if (have && !slb_hrw_beats(draw, weight[i], best, have))
				continue;
			best = draw;
			have = weight[i];
			table[slot] = i;
		}
		if (have)
			quota[table[slot]]--;
	}
}

/* Is the MTU of the device large enough for the family? Below it the kernel has no IPv6. */
static bool rly_link_carries(const struct rly_link *link, u8 family)
{
	return READ_ONCE(link->nh.state) == SLB_NEXTHOP_UP && slb_nexthop_has(&link->nh, family) &&
	       READ_ONCE(link->mtu) >= (family == NFPROTO_IPV4 ? IPV4_MIN_MTU : IPV6_MIN_MTU);
}

static u32 rly_member_mtu(const struct rly_member *m, u8 family)
{
	u32 i, mtu = U32_MAX;

	for (i = 0; i < m->n_links; i++)
		if (rly_link_carries(m->link[i], family))
			mtu = min(mtu, READ_ONCE(m->link[i]->mtu));
	return mtu;
}

static void rly_member_fill(struct rly_member *m, struct rly_balancer *b, const siphash_key_t *key)
{
	u32 i;

	if (b->stale) {
		rly_table_build(b, NFPROTO_IPV4, key);
		rly_table_build(b, NFPROTO_IPV6, key);
		b->stale = false;
	}
	m->balancer = b;
	m->n = b->n;
	m->name = slb_hrw_name(b->name, key);
	m->share = b->weight;
	m->bare_at = b->bare_at;
	m->n_links = b->n_links;
	memcpy(m->away, b->away, sizeof(m->away));
	memcpy(m->table, b->table, sizeof(m->table));
	for (i = 0; i < b->n_links; i++)
		m->link[i] = b->link[i];
	m->mtu[0] = rly_member_mtu(m, NFPROTO_IPV4);
	m->mtu[1] = rly_member_mtu(m, NFPROTO_IPV6);
}

/*
 * The rank of a balancer, by its best link. Proven balancers come first, then unproven ones. If the
 * links of all balancers have failed, failed ones are used: a report that all links failed at once
 * is more often wrong than right.
 */
static u8 rly_balancer_rank(const struct rly_balancer *b, u8 family)
{
	u8 best = SLB_NEXTHOP_RANK_NO;
	u32 i;

	for (i = 0; i < b->n_links; i++)
		best = max(best, slb_nexthop_rank(&b->link[i]->nh, family));
	/* the hold-down ranks the links of one balancer, not balancers */
	if (best == SLB_NEXTHOP_RANK_UNSURE)
		return SLB_NEXTHOP_RANK_UNPROVEN;
	return min_t(u8, best, SLB_NEXTHOP_RANK_HELD);
}

/*
 * The best rank of members in a family, and the rank of each. Those that are away have none as long
 * as another one can take flows.
 */
static u8 rly_snapshot_rank(struct rly_snapshot *snap, u8 family, u8 *rank)
{
	u8 best = SLB_NEXTHOP_RANK_NO, present = SLB_NEXTHOP_RANK_NO;
	unsigned int af = rly_af(family);
	u32 i;

	for (i = 0; i < snap->n_members; i++) {
		/* a probe may change it, and some member must have the best rank: read it once */
		rank[i] = rly_balancer_rank(snap->member[i].balancer, family);
		best = max(best, rank[i]);
		if (!snap->member[i].away[af])
			present = max(present, rank[i]);
	}
	if (present < SLB_NEXTHOP_RANK_UNPROVEN)
		return best;
	for (i = 0; i < snap->n_members; i++)
		if (snap->member[i].away[af])
			rank[i] = SLB_NEXTHOP_RANK_NO;
	return present;
}

/* Which members get slots: those of the best rank; drained ones only if there are no others. */
static void rly_snapshot_weigh(struct rly_snapshot *snap, u8 family)
{
	u8 *rank = snap->shift->rank, best = rly_snapshot_rank(snap, family, rank);
	unsigned int af = rly_af(family);
	bool drained = true;
	u32 i;

	snap->any[af] = best > SLB_NEXTHOP_RANK_NO;
	for (i = 0; snap->any[af] && i < snap->n_members; i++) {
		struct rly_member *m = &snap->member[i];

		if (rank[i] != best)
			continue;
		m->weight[af] = m->share;
		drained &= !m->weight[af];
	}
	for (i = 0; snap->any[af] && drained && i < snap->n_members; i++)
		snap->member[i].weight[af] = rank[i] == best;
	for (i = 0; i < snap->n_members; i++)
		snap->orphans[af] |= snap->member[i].share && !snap->member[i].weight[af] &&
				     snap->member[i].heir[af] >= 0;
}

static void rly_shift_init(struct rly_shift *shift, const struct rly_snapshot *old,
			   const struct rly_snapshot *new, unsigned int af)
{
	bool fresh = !old || !old->any[af] || memcmp(&old->key, &new->key, sizeof(new->key));
	u32 i, j;

	memset(shift->keeps, -1, sizeof(shift->keeps));
	shift->n_grown = 0;
	for (i = 0; i < new->n_members; i++) {
		const struct rly_member *m = &new->member[i];
		u32 was = 0;

		for (j = 0; !fresh && j < old->n_members; j++) {
			if (old->member[j].n != m->n)
				continue;
			was = old->member[j].weight[af];
			if (was && was <= m->weight[af])
				shift->keeps[j] = i;
		}
		if (m->weight[af] > was)
			shift->grown[shift->n_grown++] = i;
	}
}

/* The better of two members for a slot; @best is the draw of the present holder. */
static u16 rly_slot_compete(const struct rly_snapshot *snap, unsigned int af,
			    const struct rly_shift *shift, u32 slot, int holder, u16 rival,
			    u64 *best)
{
	u64 draw = slb_hrw_draw(snap->member[rival].name, slot, &snap->key);

	if (holder >= 0 && !slb_hrw_beats(draw, snap->member[rival].weight[af], *best,
					  snap->member[holder].weight[af]))
		return holder;
	*best = draw;
	return rival;
}

/* Which member gets this slot? @holder had it and has lost no weight, or is -1. */
static u16 rly_slot_choose(const struct rly_snapshot *snap, unsigned int af,
			   const struct rly_shift *shift, u32 slot, int holder)
{
	u64 best = 0;
	u32 i;

	if (holder < 0) {
		for (i = 0; i < snap->n_members; i++)
			if (snap->member[i].weight[af])
				holder = rly_slot_compete(snap, af, shift, slot, holder, i, &best);
		return holder;
	}
	if (!shift->n_grown)
		return holder;
	best = slb_hrw_draw(snap->member[holder].name, slot, &snap->key);
	for (i = 0; i < shift->n_grown; i++)
		if (shift->grown[i] != holder)
			holder = rly_slot_compete(snap, af, shift, slot, holder, shift->grown[i],
						  &best);
	return holder;
}

/*
 * The table depends only on the key, the names and the weights. The old table only saves time: a
 * slot is drawn again if its member is gone or has lost weight; otherwise only members that gained
 * weight compete with its holder.
 */
static void rly_snapshot_slots(struct rly_snapshot *new, const struct rly_snapshot *old,
			       struct rly_shift *shift, unsigned int af)
{
	u32 slot;

	if (!new->any[af])
		return;
	rly_shift_init(shift, old, new, af);
	for (slot = 0; slot < RLY_SLOTS; slot++) {
		int holder = old && old->any[af] ? shift->keeps[old->slot[af][slot]] : -1;

		new->slot[af][slot] = rly_slot_choose(new, af, shift, slot, holder);
		if (slot % RLY_SLOTS_AT_A_TIME == 0)
			cond_resched();
	}
}

/* Both families share a table if the same members have slots in both. */
static bool rly_snapshot_alike(const struct rly_snapshot *snap)
{
	u32 i;

	for (i = 0; i < snap->n_members; i++)
		if (snap->member[i].weight[0] != snap->member[i].weight[1])
			return false;
	return true;
}

static void rly_snapshot_fill_slots(struct rly_snapshot *new, const struct rly_snapshot *old,
				    struct rly_shift *shift)
{
	unsigned int af;
	u32 slot;

	rly_snapshot_slots(new, old, shift, 0);
	if (new->any[0] && rly_snapshot_alike(new))
		memcpy(new->slot[1], new->slot[0], sizeof(new->slot[0]));
	else
		rly_snapshot_slots(new, old, shift, 1);
	for (af = 0; af < 2; af++)
		for (slot = 0; new->any[af] && slot < RLY_SLOTS; slot++)
			new->member[new->slot[af][slot]].n_slots[af]++;
}

/* The heir of each member, by its place in the snapshot. */
static void rly_snapshot_heirs(struct rly_net *rn, struct rly_snapshot *snap, unsigned int af)
{
	const struct rly_balancer *heir;
	u32 i, j;

	for (i = 0; i < snap->n_members; i++) {
		snap->member[i].heir[af] = -1;
		heir = rly_heir_of(rn, snap->member[i].balancer, af);
		for (j = 0; heir && j < snap->n_members; j++)
			if (snap->member[j].balancer == heir)
				snap->member[i].heir[af] = j;
	}
}

static int rly_return_cmp4(const void *a, const void *b)
{
	return slb_addr_cmp(&((const struct rly_return *)a)->first,
			    &((const struct rly_return *)b)->first, NFPROTO_IPV4);
}

static int rly_return_cmp6(const void *a, const void *b)
{
	return slb_addr_cmp(&((const struct rly_return *)a)->first,
			    &((const struct rly_return *)b)->first, NFPROTO_IPV6);
}

/*
 * Set the bits of a range: one bit for each 256 addresses. Its first and last address differ only
 * in the last 32 bits.
 */
static void rly_prefilter_fill(struct rly_snapshot *snap, const struct rly_return *ret, u8 family)
{
	union nf_inet_addr addr = ret->first;
	__be32 *word = family == NFPROTO_IPV4 ? &addr.ip : &addr.ip6[3];
	u32 last = ntohl(family == NFPROTO_IPV4 ? ret->last.ip : ret->last.ip6[3]) >> 8;
	u32 i;

	for (i = ntohl(*word) >> 8; i <= last; i++) {
		*word = htonl(i << 8);
		__set_bit(slb_prefilter_hash(&addr, family), snap->prefilter);
	}
}

static void rly_snapshot_returns(struct rly_snapshot *snap, u8 family)
{
	unsigned int af = rly_af(family);
	struct rly_return *ret = snap->ret[af];
	u32 i, j;

	for (i = 0; i < snap->n_members; i++) {
		for (j = 0; j < snap->member[i].n_links; j++) {
			const struct rly_link *link = snap->member[i].link[j];

			if (!slb_nexthop_has(&link->nh, family))
				continue;
			ret->first = link->first[af];
			ret->last = link->last[af];
			ret->member = i;
			ret->link = j;
			rly_prefilter_fill(snap, ret, family);
			ret++;
		}
	}
	snap->n_returns[af] = ret - snap->ret[af];
	sort(snap->ret[af], snap->n_returns[af], sizeof(*ret),
	     af ? rly_return_cmp6 : rly_return_cmp4, NULL);
}

/* Sort by device, then by number of the link. */
static int rly_dev_cmp(const void *va, const void *vb)
{
	const struct rly_dev *a = va, *b = vb;

	if (a->ifindex != b->ifindex)
		return a->ifindex < b->ifindex ? -1 : 1;
	return a->link->n < b->link->n ? -1 : 1;
}

static void rly_snapshot_devs(struct rly_snapshot *snap)
{
	u32 i, j, n = 0;

	for (i = 0; i < snap->n_members; i++) {
		for (j = 0; j < snap->member[i].n_links; j++) {
			struct rly_link *link = snap->member[i].link[j];
			int ifindex = READ_ONCE(link->nh.ifindex);

			if (!ifindex)
				continue;
			snap->dev[n].ifindex = ifindex;
			snap->dev[n++].link = link;
			__set_bit(rly_prefilter_dev(ifindex), snap->prefilter_devs);
		}
	}
	sort(snap->dev, n, sizeof(*snap->dev), rly_dev_cmp, NULL);
	for (i = 0; i < n; i++)
		if (!snap->n_devs || snap->dev[snap->n_devs - 1].ifindex != snap->dev[i].ifindex)
			snap->dev[snap->n_devs++] = snap->dev[i];
}

/* One allocation holds the whole snapshot, so one kvfree() frees it. */
static struct rly_snapshot *rly_snapshot_alloc(const struct rly_net *rn)
{
	size_t member, dev, ret4, ret6, size;
	struct rly_snapshot *snap;

	member = ALIGN(sizeof(*snap), SMP_CACHE_BYTES);
	dev = member + rn->n_balancers * sizeof(*snap->member);
	ret4 = dev + rn->n_links * sizeof(*snap->dev);
	ret6 = ret4 + rn->n_links * sizeof(*snap->ret[0]);
	size = ret6 + rn->n_links * sizeof(*snap->ret[1]);
	snap = kvzalloc(size, GFP_KERNEL);
	if (!snap)
		return NULL;
	snap->member = (void *)snap + member;
	snap->dev = (void *)snap + dev;
	snap->ret[0] = (void *)snap + ret4;
	snap->ret[1] = (void *)snap + ret6;
	return snap;
}

static void rly_snapshot_build(struct rly_net *rn, struct rly_snapshot *snap,
			       const struct rly_snapshot *old)
{
	struct rly_balancer *b;
	unsigned long n;

	snap->key = rn->key;
	snap->born = jiffies;
	snap->dead_after = &rn->flows.dead_after;
	xa_for_each(&rn->balancers, n, b)
		if (!b->dead)
			rly_member_fill(&snap->member[snap->n_members++], b, &snap->key);
	rly_heir_sync(rn);
	rly_snapshot_heirs(rn, snap, 0);
	rly_snapshot_heirs(rn, snap, 1);
	rly_snapshot_weigh(snap, NFPROTO_IPV4);
	rly_snapshot_weigh(snap, NFPROTO_IPV6);
	rly_snapshot_fill_slots(snap, old, snap->shift);
	kfree(snap->shift);
	snap->shift = NULL;
	rly_snapshot_returns(snap, NFPROTO_IPV4);
	rly_snapshot_returns(snap, NFPROTO_IPV6);
	rly_snapshot_devs(snap);
}

/**
 * rly_prefilter_update() - update the prefilter of the hooks
 * @rn: namespace; its lock is held
 *
 * Call it after each change of the filter or the snapshot. Until a hook sees the new bits, it
 * handles packets as before the change.
 */
void rly_prefilter_update(struct rly_net *rn)
{
	const struct rly_filter *filter = rly_dereference(rn, rn->filter);
	const struct rly_snapshot *snap = rly_dereference(rn, rn->snapshot);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rn->prefilter); i++)
		WRITE_ONCE(rn->prefilter[i],
			   (filter ? filter->prefilter[i] : 0) | (snap ? snap->prefilter[i] : 0));
	for (i = 0; i < ARRAY_SIZE(rn->prefilter_devs); i++)
		WRITE_ONCE(rn->prefilter_devs[i], snap ? snap->prefilter_devs[i] : 0);
}

static void rly_snapshot_swap(struct rly_net *rn, struct rly_snapshot *new)
{
	struct rly_snapshot *old = rly_dereference(rn, rn->snapshot);

	rcu_assign_pointer(rn->snapshot, new);
	rly_prefilter_update(rn);
	if (old)
		kvfree_rcu(old, rcu);
}

/**
 * rly_snapshot_reserve() - allocate a snapshot for all balancers and links
 * @rn: namespace; its lock is held
 *
 * For changes that cannot be undone if a later allocation fails.
 *
 * Return: for rly_snapshot_publish_reserved(), or NULL.
 */
struct rly_snapshot *rly_snapshot_reserve(struct rly_net *rn)
{
	struct rly_snapshot *snap = rly_snapshot_alloc(rn);

	if (!snap)
		return NULL;
	snap->shift = kmalloc(sizeof(*snap->shift), GFP_KERNEL);
	if (snap->shift)
		return snap;
	kvfree(snap);
	return NULL;
}

/**
 * rly_snapshot_publish_reserved() - rly_snapshot_publish() that cannot fail
 * @rn: namespace; its lock is held
 * @snap: from rly_snapshot_reserve(); no balancer or link was added since
 */
void rly_snapshot_publish_reserved(struct rly_net *rn, struct rly_snapshot *snap)
{
	rly_snapshot_build(rn, snap, rly_dereference(rn, rn->snapshot));
	rly_snapshot_swap(rn, snap);
	rly_digest_update(rn);
	rly_usable_look(rn);
}

/**
 * rly_snapshot_publish() - publish the configured balancers and links to the packet path
 * @rn: namespace; its lock is held
 *
 * Return: 0, or -ENOMEM and the packet path keeps the old snapshot.
 */
int rly_snapshot_publish(struct rly_net *rn)
{
	struct rly_snapshot *snap = rly_snapshot_reserve(rn);

	if (!snap)
		return -ENOMEM;
	rly_snapshot_publish_reserved(rn, snap);
	return 0;
}

/**
 * rly_snapshot_clear() - publish an empty snapshot; needs no memory
 * @rn: namespace; its lock is held
 */
void rly_snapshot_clear(struct rly_net *rn)
{
	rly_snapshot_swap(rn, NULL);
}
