// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors of the relay: to clients and servers, and to balancers. */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/icmp.h>
#include <slb/forward.h>

#include "config/link.h"
#include "net.h"
#include "packet/flow_steer.h"
#include "packet/icmp.h"
#include "packet/onward.h"
#include "packet/steer.h"
#include "packet/xmit.h"
#include "state/flow.h"

/**
 * rly_icmp_send() - send an ICMP error to a client or server whose packet is dropped
 * @skb: the packet; not consumed
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @dst: a route, without a reference; the ICMP code gets the namespace from it
 * @why: SLB_DROP_TTL or SLB_DROP_TOO_BIG
 * @mtu: largest IP packet that fits, in bytes
 *
 * The kernel can send it, as routing tables have routes to clients and servers. Context: softirq,
 * RCU.
 */
void rly_icmp_send(struct sk_buff *skb, u8 family, struct dst_entry *dst, enum slb_drop why,
		   unsigned int mtu)
{
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	if (family == NFPROTO_IPV4) {
		if (why == SLB_DROP_TTL)
			icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
		else
			icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	} else {
		if (why == SLB_DROP_TTL)
			icmpv6_send(skb, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
		else
			icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, max(mtu, IPV6_MIN_MTU));
	}
}

/* No errors about errors and later fragments (RFC 1122, 3.2.2; RFC 4443, 2.4). */
static bool rly_icmp_may_answer(const struct rly_onward *o)
{
	const struct slb_pkt *p = o->p;

	if (!o->sound || p->h.later)
		return false;
	if (p->t.proto != (p->t.family == NFPROTO_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return true;
	return !p->h.frag && !slb_icmp_is_error(p->t.family, p->icmp_type);
}

static const struct rly_member *rly_icmp_member(const struct rly_snapshot *snap,
						const struct rly_link *link)
{
	u32 i, j;

	for (i = 0; i < snap->n_members; i++)
		for (j = 0; j < snap->member[i].n_links; j++)
			if (snap->member[i].link[j] == link)
				return &snap->member[i];
	return NULL;
}

/*
 * Choose the balancer that sent the packet, and if possible the link that it came in by. Balancers
 * may share a device: then the flow identifies the balancer.
 */
static bool rly_icmp_steer(struct rly_net *rn, const struct rly_onward *o,
			   struct rly_target *target)
{
	u8 family = o->p->t.family;
	struct slb_tuple t;

	if (o->ret)
		return !rly_steer_return(o->snap, o->ret, &o->p->t, target);
	if (o->vip) {
		slb_tuple_reverse(&t, &o->p->t);
		return !rly_flow_steer(rn, o->snap, &t, SLB_SIGN_ASKS, target);
	}
	target->member = rly_icmp_member(o->snap, o->link);
	target->link = o->link;
	target->hash = 0;
	if (!target->member)
		return false;
	return slb_nexthop_usable(&o->link->nh, family) ||
	       !rly_steer_to(target->member, family, target);
}

/* An address of this host on the device; without one, any address of this host. */
static bool rly_icmp_source(struct net *net, const struct net_device *dev, struct slb_icmp *e,
			    u8 family)
{
	if (family == NFPROTO_IPV6)
		return !ipv6_dev_get_saddr(net, dev, &e->dst.in6, 0, &e->src.in6);
	e->src.ip = inet_select_addr(dev, 0, RT_SCOPE_LINK) ?: htonl(INADDR_DUMMY);
	return true;
}

/**
 * rly_icmp_balancer() - send an ICMP error about a packet from a balancer
 * @rn: namespace
 * @skb: the packet, as it arrived; not consumed
 * @o: its parsed headers, link and VIP
 * @e: the error, without its addresses; nothing is sent if its type is 0
 *
 * The packet's source is a VIP or a return address, to which no table has a route. So the error
 * goes to the balancer over a link, and the balancer translates it. Context: softirq, RCU.
 */
void rly_icmp_balancer(struct rly_net *rn, const struct sk_buff *skb, const struct rly_onward *o,
		       struct slb_icmp *e)
{
	u8 family = o->p->t.family;
	struct dst_entry *dst;
	struct sk_buff *nskb;
	struct rly_target target;

	if (!e->type || !rly_icmp_may_answer(o) || !rly_icmp_steer(rn, o, &target) ||
	    !slb_rate_allows(&rn->icmp[e->class], READ_ONCE(rn->icmp_rate)))
		return;
	dst = rly_xmit_route(rn, &target, family);
	e->dst = o->p->t.src;
	if (!dst || !rly_icmp_source(rn->net, dst->dev, e, family))
		return;
	nskb = slb_icmp_build(rn->net, e, skb, o->p->h.l3, family);
	if (!nskb)
		return;
	skb_dst_set_noref(nskb, dst);
	nskb->dev = dst->dev;
	nf_ct_set(nskb, NULL, IP_CT_UNTRACKED);
	rly_traffic_packet(target.link->stats, o->ret ? RLY_SERVER_IN : RLY_CLIENT_IN, nskb);
	/* update the counters of the kernel, as for errors that it sends itself */
	if (family == NFPROTO_IPV4) {
		ICMP_INC_STATS(rn->net, ICMP_MIB_OUTMSGS);
		ICMPMSGOUT_INC_STATS(rn->net, e->type);
		ip_local_out(rn->net, NULL, nskb);
	} else {
		ICMP6_INC_STATS(rn->net, __in6_dev_get(dst->dev), ICMP6_MIB_OUTMSGS);
		ICMP6MSGOUT_INC_STATS(rn->net, __in6_dev_get(dst->dev), e->type);
		ip6_local_out(rn->net, NULL, nskb);
	}
}
