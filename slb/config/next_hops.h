/* SPDX-License-Identifier: GPL-2.0-only */
/* The next hops of a link: one, or several of them, each with its own liveness. */
#ifndef _SLB_NEXT_HOPS_H
#define _SLB_NEXT_HOPS_H

#include <slb/nexthops.h>
#include "config/link.h"

struct slb_probe_event;
struct slb_probe_view;

/* The number of next hops that a published link has. */
static inline unsigned int slb_next_hops(const struct slb_link *link)
{
	return link->nh.all ? link->nh.all->n : 1;
}

/* One of them. */
static inline struct slb_nexthop *slb_next_hop(struct slb_link *link, unsigned int k)
{
	return link->nh.all ? &link->nh.all->one[k].nh : &link->nh;
}

/* The same, to read it. */
static inline const struct slb_nexthop *slb_next_hop_of(const struct slb_link *link,
							unsigned int k)
{
	return link->nh.all ? &link->nh.all->one[k].nh : &link->nh;
}

/* Its liveness. */
static inline struct slb_probe *slb_next_hop_liveness(const struct slb_link *link, unsigned int k)
{
	return link->nh.all ? link->nh.all->one[k].probe : link->probe;
}

/* Where its liveness is. */
static inline struct slb_probe **slb_next_hop_probe(struct slb_link *link, unsigned int k)
{
	return link->nh.all ? &link->nh.all->one[k].probe : &link->probe;
}

/**
 * struct slb_next_hops_spare - the liveness of next hops, while a link is replaced
 * @n: how many there are
 * @probe: before the change those for new next hops, later those of next hops that are gone
 */
struct slb_next_hops_spare {
	unsigned int n;
	struct slb_probe *probe[SLB_NEXT_HOPS_MAX];
};

int slb_next_hops_build(struct slb_link *link);
void slb_next_hops_free(struct slb_link *link);
int slb_next_hops_inherit(struct slb_net *sn, struct slb_link *old, struct slb_link *link,
			  struct slb_next_hops_spare *spare);
void slb_next_hops_leave(struct slb_next_hops_spare *spare);
int slb_next_hops_follow(struct slb_net *sn, struct slb_link *link,
			 const struct slb_probe_range *mine);
void slb_next_hops_withdraw(struct slb_link *link, bool alone);
void slb_next_hops_detach(struct slb_link *link);
bool slb_next_hops_device(struct slb_net *sn, struct slb_link *link, bool published,
			  const struct net_device *going_down);
void slb_next_hops_device_end(struct slb_link *link);
void slb_next_hops_release(struct slb_link *link);
void slb_next_hops_read(const struct slb_link *link, const struct slb_probe *of,
			const struct slb_probe_event *event, struct slb_probe_view *view);

#endif /* _SLB_NEXT_HOPS_H */
