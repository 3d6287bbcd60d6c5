/* SPDX-License-Identifier: GPL-2.0-only */
/* The choice of a return link. */
#ifndef _SLB_CONFIG_LINK_PICK_H
#define _SLB_CONFIG_LINK_PICK_H

#include "config/link.h"

/* The weight of a link with a rank of at least @pass that is not @but; otherwise 0. */
static __always_inline u32 slb_link_share(const struct slb_link *link, const struct slb_link *but,
					  u8 family, u8 pass)
{
	if (!link || link == but || slb_nexthop_rank(&link->nh, family) < pass)
		return 0;
	return link->weight;
}

/* Draw a link with a rank of at least @pass, except @but, by weight; or NULL. */
static __always_inline struct slb_link *slb_link_draw(const struct slb_links *links,
						      const struct slb_link *but, u8 family,
						      u8 pass, u32 hash)
{
	struct slb_link *drawn = NULL;
	u32 total = 0, point, share;
	unsigned int i, n = 0;

	for (i = 0; i < links->end; i++) {
		share = slb_link_share(links->slot[i], but, family, pass);
		if (!share)
			continue;
		drawn = links->slot[i];
		total += share;
		n++;
	}
	/* a single candidate: with two links, the other one */
	if (n <= 1)
		return drawn;
	point = reciprocal_scale(hash, total);
	for (i = 0; i < links->end; i++) {
		share = slb_link_share(links->slot[i], but, family, pass);
		if (!share)
			continue;
		drawn = links->slot[i];
		if (point < share)
			break;
		/* ends with the last candidate if a link has failed since the first loop */
		point -= share;
	}
	return drawn;
}

/**
 * slb_link_pick() - choose the return link of a new session (claim b2)
 * @links: all links
 * @ingress: link on which its first packet came in
 * @family: address family of the session
 * @hash: random bits that no other choice uses
 *
 * By weight, among the live links other than @ingress. @ingress itself is chosen when no other link
 * has its rank: all others are down, in hold-down or unproven. Context: RCU.
 *
 * Return: a link, or NULL when none carries the family.
 */
static __always_inline struct slb_link *slb_link_pick(const struct slb_links *links,
						      const struct slb_link *ingress, u8 family,
						      u32 hash)
{
	struct slb_link *other;
	u8 pass;

	for (pass = SLB_NEXTHOP_RANK_YES; pass >= SLB_NEXTHOP_RANK_UNSURE; pass--) {
		other = slb_link_draw(links, ingress, family, pass, hash);
		if (likely(other))
			return other;
		if (slb_nexthop_rank(&ingress->nh, family) >= pass)
			break;
	}
	return slb_link_usable(links, ingress->slot, family, hash);
}

#endif /* _SLB_CONFIG_LINK_PICK_H */
