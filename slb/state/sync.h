/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions that balancers exchange: copies, who feeds them, and whether this one has its own. */
#ifndef _SLB_STATE_SYNC_H
#define _SLB_STATE_SYNC_H

#include <linux/slb_sync.h>
#include "net.h"
#include "state/session.h"

/**
 * struct slb_sync_fed - local addresses of a balancer that lives
 * @list: in slb_net.sync.fed
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @first: first address
 * @last: last one
 * @when: jiffies when that was said last
 * @rcu: frees it
 */
struct slb_sync_fed {
	struct list_head list;
	u8 family;
	union nf_inet_addr first;
	union nf_inet_addr last;
	u32 when;
	struct rcu_head rcu;
};

void slb_sync_claim(struct slb_net *sn, struct slb_session *s);
void slb_sync_gone(struct slb_net *sn, struct slb_session *s);
int slb_sync_feed(struct slb_net *sn, const struct slb_sync_range *ranges, u32 n);
u32 slb_sync_sweep(struct slb_net *sn, const struct slb_sync_range *ranges, u32 n, u32 epoch);
void slb_sync_links(struct slb_net *sn);
void slb_sync_behind(struct slb_net *sn, bool behind);
void slb_sync_switch(struct slb_net *sn, u32 wait);
void slb_sync_init(struct slb_net *sn);
void slb_sync_exit(struct slb_net *sn);

/* The address family of a record or range: NFPROTO_*, or 0. */
static inline u8 slb_sync_family(u8 family)
{
	return family == 4 ? NFPROTO_IPV4 : family == 6 ? NFPROTO_IPV6 : 0;
}

/* An address of a record. */
static inline void slb_sync_addr(union nf_inet_addr *addr, const __be32 from[4], u8 family)
{
	*addr = (union nf_inet_addr){};
	memcpy(addr, from, slb_addr_len(family));
}

#endif /* _SLB_STATE_SYNC_H */
