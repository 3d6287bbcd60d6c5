/* SPDX-License-Identifier: GPL-2.0-only */
/* Remembered local addresses, which no link has any more. */
#ifndef _SLB_FORMER_H
#define _SLB_FORMER_H

#include "net.h"

struct slb_link;

/* Most ranges that are remembered. */
#define SLB_FORMER_MAX 64

/**
 * struct slb_former - a remembered range of local addresses
 * @list: in slb_net.locals
 * @first: first address, network order
 * @count: number of addresses
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @ended: when it is forgotten, jiffies
 * @rcu: frees it
 */
struct slb_former {
	struct list_head list;
	union nf_inet_addr first;
	u32 count;
	u8 family;
	unsigned long ended;
	struct rcu_head rcu;
};

/*
 * When addresses of sessions that end now may be forgotten, in jiffies. @own: timeout of their VIP,
 * in seconds, or 0. Context: lock held.
 */
static inline unsigned long slb_former_until(const struct slb_net *sn, u32 own)
{
	u32 timeout = max(sn->settings.timeout[SLB_SESSION_STATE_TCP_ESTABLISHED], own);

	return jiffies + timeout * (unsigned long)HZ;
}

void slb_former_init(struct slb_net *sn);
void slb_former_add(struct slb_net *sn, const struct slb_link *old, const struct slb_link *link);
void slb_former_flush(struct slb_net *sn);
void slb_former_hurry(struct slb_net *sn);
bool slb_former_find(const struct slb_net *sn, const union nf_inet_addr *addr, u8 family);

#endif /* _SLB_FORMER_H */
