/* SPDX-License-Identifier: GPL-2.0-only */
/* Local addresses that no link has any more: servers of their sessions may still send. */
#ifndef _SLB_FORMER_H
#define _SLB_FORMER_H

#include "net.h"

struct slb_link;

/* Ranges of local addresses that are remembered. */
#define SLB_FORMER_MAX 64

/**
 * struct slb_former - a range of local addresses that a link has lost under sessions
 * @list: in slb_net.locals
 * @first: first address, network order
 * @count: how many
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @ended: until when their servers may send, in jiffies
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

/* Until when both ends of sessions that end now may send, in jiffies. Context: lock held. */
static inline unsigned long slb_former_until(const struct slb_net *sn)
{
	u32 timeout = sn->settings.timeout[SLB_SESSION_STATE_TCP_ESTABLISHED];

	return jiffies + timeout * (unsigned long)HZ;
}

void slb_former_init(struct slb_net *sn);
void slb_former_add(struct slb_net *sn, const struct slb_link *old, const struct slb_link *link);
void slb_former_flush(struct slb_net *sn);
void slb_former_hurry(struct slb_net *sn);
bool slb_former_find(const struct slb_net *sn, const union nf_inet_addr *addr, u8 family);

#endif /* _SLB_FORMER_H */
