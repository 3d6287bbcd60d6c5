// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors to balancers about packets that waited for a next hop in vain. */
#include <linux/workqueue.h>
#include <slb/icmp.h>
#include <slb/parse.h>

#include "net.h"
#include "packet/hook.h"
#include "packet/icmp.h"
#include "packet/onward.h"
#include "packet/unanswered.h"
#include "state/neigh.h"

/* The configuration may have changed meanwhile: so classify the packet again. */
static void rly_unanswered_tell(struct rly_net *rn, struct sk_buff *skb, int iif)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	struct slb_icmp e = slb_icmp_refused(family, ICMP_HOST_UNREACH, ICMPV6_ADDR_UNREACH);
	struct slb_pkt p;
	struct rly_onward o = { .p = &p, .snap = rcu_dereference(rn->snapshot) };

	if (!o.snap || slb_parse_addr(skb, family, &p) || rly_hook_source(rn, skb, iif, &o) ||
	    !o.link)
		return;
	rly_icmp_balancer(rn, skb, &o, &e);
}

/**
 * rly_unanswered_work() - send the errors that are due in a namespace, end what waits for too long
 * @work: work of its neighbours
 *
 * Context: process.
 */
void rly_unanswered_work(struct work_struct *work)
{
	struct rly_net *rn = container_of(to_delayed_work(work), struct rly_net,
					 neighs.work);
	struct sk_buff *skb;
	int iif;

	while ((skb = rly_neigh_failed(&rn->neighs, &iif))) {
		local_bh_disable();
		rcu_read_lock();
		rly_unanswered_tell(rn, skb, iif);
		rcu_read_unlock();
		local_bh_enable();
		consume_skb(skb);
	}
	rly_neigh_expire(&rn->neighs);
}
