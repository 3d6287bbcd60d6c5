/* SPDX-License-Identifier: GPL-2.0-only */
/* Port ranges of the VIPs of one address: conflicts between them, and the maps that packets use. */
#ifndef _SLB_CLAIMS_H
#define _SLB_CLAIMS_H

#include <linux/in.h>
#include <linux/interval_tree_generic.h>
#include <linux/rbtree.h>
#include <slb/portmap.h>
#include <slb/proto.h>

/**
 * struct slb_claim - protocol and ports of one VIP of an address
 * @node: in the tree of the address
 * @most: greatest last port in the subtree
 * @range: its ports
 * @proto: protocol number, or 0 for all, which is less specific
 * @owner: the VIP
 */
struct slb_claim {
	struct rb_node node;
	u32 most;
	struct slb_range range;
	u8 proto;
	void *owner;
};

/**
 * struct slb_claims - all claims on an address; empty when all zeros
 * @root: tree of the claims, by first port
 * @map: from a port to the most specific VIP, by protocol; NULL without a VIP of the protocol
 *
 * Under the configuration lock, but for @map, which packets read under RCU.
 */
struct slb_claims {
	struct rb_root_cached root;
	struct slb_portmap __rcu *map[SLB_PROTO_COUNT + 1];
};

#define SLB_CLAIM_FIRST(claim) ((u32)(claim)->range.first)
#define SLB_CLAIM_LAST(claim) ((u32)(claim)->range.last)
INTERVAL_TREE_DEFINE(struct slb_claim, node, u32, most, SLB_CLAIM_FIRST, SLB_CLAIM_LAST,
		     static inline, slb_claim_tree)

/* Iterate over the claims that contain a port. */
#define slb_for_each_claim_at(claim, claims, port)					\
	for (claim = slb_claim_tree_iter_first(&(claims)->root, port, port); claim;	\
	     claim = slb_claim_tree_iter_next(claim, port, port))

static inline bool slb_claim_in(const struct slb_claim *claim, unsigned int map)
{
	return !claim->proto || slb_proto_index(claim->proto) == map;
}

static inline bool slb_claim_is(const struct slb_claim *claim, u8 proto, u16 first, u16 last)
{
	return claim->proto == proto && claim->range.first == first && claim->range.last == last;
}

/* Of two nested claims, is @inner the more specific one? */
static inline bool slb_claim_holds(const struct slb_claim *outer, const struct slb_claim *inner)
{
	if (outer->range.first > inner->range.first || outer->range.last < inner->range.last)
		return false;
	return outer->range.first != inner->range.first ||
	       outer->range.last != inner->range.last || (!outer->proto && inner->proto);
}

/**
 * slb_claims_find() - find the claim of a protocol and range
 * @claims: claims on the address
 * @proto: protocol or 0
 * @first: first port, host order
 * @last: last port, host order
 *
 * Return: the claim or NULL.
 */
static inline struct slb_claim *slb_claims_find(struct slb_claims *claims, u8 proto, u16 first,
						u16 last)
{
	struct slb_claim *claim;

	slb_for_each_claim_at(claim, claims, first)
		if (slb_claim_is(claim, proto, first, last))
			return claim;
	return NULL;
}

static inline struct slb_claim *slb_claims_cross_at(struct slb_claims *claims, u8 proto,
						    const struct slb_range *range, u16 port)
{
	struct slb_claim *claim;

	slb_for_each_claim_at(claim, claims, port)
		if ((!claim->proto || !proto || claim->proto == proto) &&
		    slb_range_crosses(&claim->range, range))
			return claim;
	return NULL;
}

/**
 * slb_claims_cross() - find a claim whose ports partly overlap those of a new one
 * @claims: claims on the address
 * @proto: protocol of the new one, or 0
 * @first: its first port, host order
 * @last: its last port, host order
 *
 * Return: a claim that contains only one end of the new range, or NULL.
 */
static inline struct slb_claim *slb_claims_cross(struct slb_claims *claims, u8 proto, u16 first,
						 u16 last)
{
	const struct slb_range range = { .first = first, .last = last };

	return slb_claims_cross_at(claims, proto, &range, first) ?:
	       slb_claims_cross_at(claims, proto, &range, last);
}

/* The owner of a claim's ports in a map without this claim and all more specific ones. */
static inline void *slb_claims_under(struct slb_claims *claims, const struct slb_claim *claim,
				     unsigned int map)
{
	struct slb_claim *outer, *best = NULL;

	slb_for_each_claim_at(outer, claims, claim->range.first)
		if (outer != claim && slb_claim_in(outer, map) && slb_claim_holds(outer, claim) &&
		    (!best || slb_claim_holds(best, outer)))
			best = outer;
	return best ? best->owner : NULL;
}

/* Replace the maps of all protocols that a claim covers, or none. */
static inline int slb_claims_publish(struct slb_claims *claims, const struct slb_claim *claim,
				     bool add)
{
	struct slb_portmap *old[SLB_PROTO_COUNT], *new[SLB_PROTO_COUNT] = {};
	unsigned int i;
	int err = 0;

	for (i = 0; i < SLB_PROTO_COUNT; i++) {
		void *under = slb_claims_under(claims, claim, i);

		/* under the configuration lock */
		old[i] = rcu_dereference_protected(claims->map[i], true);
		if (err || !slb_claim_in(claim, i))
			continue;
		new[i] = slb_portmap_assign(old[i], claim->range, add ? under : claim->owner,
					    add ? claim->owner : under);
		if (!new[i])
			err = -ENOMEM;
	}
	for (i = 0; i < SLB_PROTO_COUNT; i++) {
		if (err) {
			slb_portmap_discard(new[i], old[i]);
		} else if (new[i]) {
			rcu_assign_pointer(claims->map[i], new[i]);
			slb_portmap_retire(old[i], new[i]);
		}
	}
	return err;
}

/**
 * slb_claims_add() - publish a claim
 * @claims: claims on the address
 * @claim: the new one, complete; no equal and no partly overlapping claim may exist
 *
 * The cost does not depend on the number of claims. Context: configuration lock, may sleep.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
static inline int slb_claims_add(struct slb_claims *claims, struct slb_claim *claim)
{
	int err = slb_claims_publish(claims, claim, true);

	if (!err)
		slb_claim_tree_insert(claim, &claims->root);
	return err;
}

/**
 * slb_claims_del() - remove a claim: packets then find the next less specific one
 * @claims: claims on the address
 * @claim: one of them
 *
 * Context: configuration lock, may sleep.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
static inline int slb_claims_del(struct slb_claims *claims, struct slb_claim *claim)
{
	int err = slb_claims_publish(claims, claim, false);

	if (!err)
		slb_claim_tree_remove(claim, &claims->root);
	return err;
}

/**
 * slb_claims_end() - free the maps of an address after a grace period
 * @claims: claims on the address
 */
static inline void slb_claims_end(struct slb_claims *claims)
{
	unsigned int i;

	for (i = 0; i < SLB_PROTO_COUNT; i++) {
		slb_portmap_retire(rcu_dereference_protected(claims->map[i], true), NULL);
		RCU_INIT_POINTER(claims->map[i], NULL);
	}
}

#endif /* _SLB_CLAIMS_H */
