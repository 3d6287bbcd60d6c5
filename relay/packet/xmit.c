// SPDX-License-Identifier: GPL-2.0-only
/* Send a packet to a balancer, with the checks of a router. */
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>
#include <slb/forward.h>
#include <slb/vip_drops.h>

#include "config/link.h"
#include "config/snapshot.h"
#include "net.h"
#include "packet/icmp.h"
#include "packet/xmit.h"

/**
 * rly_xmit_route() - get the route to a balancer
 * @rn: namespace
 * @target: balancer and link; changed to another link if the next hop cannot be reached, for
 *          example because the device was down and lost its IPv6 addresses
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq, RCU.
 *
 * Return: the route, borrowed, or NULL.
 */
struct dst_entry *rly_xmit_route(struct rly_net *rn, struct rly_target *target, u8 family)
{
	struct dst_entry *dst = slb_nexthop_dst(&target->link->nh, rn->net, family);
	u32 i;

	for (i = 0; unlikely(!dst) && i < target->member->n_links; i++) {
		target->link = target->member->link[i];
		if (slb_nexthop_passable(&target->link->nh, family))
			dst = slb_nexthop_dst(&target->link->nh, rn->net, family);
	}
	return dst;
}

/* May the packet be sent over this route? */
static enum slb_drop rly_xmit_check(const struct sk_buff *skb, u8 family, unsigned int mtu)
{
	if (unlikely(!slb_forward_ttl_ok(skb, family)))
		return SLB_DROP_TTL;
	if (unlikely(slb_forward_too_big(skb, family, mtu)))
		return SLB_DROP_TOO_BIG;
	return SLB_OK;
}

static enum slb_drop rly_xmit_drop(struct rly_net *rn, struct sk_buff *skb, enum slb_drop why)
{
	slb_drop(rn->drops, skb, why);
	return why;
}

/**
 * rly_xmit() - send a packet to a balancer, without changing its addresses
 * @rn: namespace
 * @skb: the packet; consumed
 * @p: what was parsed of it
 * @target: balancer and link; changed to another link if the next hop cannot be reached; set to
 *          whether the packet has passed all chains
 * @dir: RLY_CLIENT_IN or RLY_SERVER_IN, for counting
 *
 * Context: softirq, RCU.
 *
 * Return: SLB_OK, or the reason for which the packet was dropped.
 */
enum slb_drop rly_xmit(struct rly_net *rn, struct sk_buff *skb, const struct slb_pkt *p,
		       struct rly_target *target, unsigned int dir)
{
	u8 family = p->t.family;
	struct dst_entry *dst;
	enum slb_sent sent;
	unsigned int mtu;
	enum slb_drop why;

	target->oif = 0;
	target->passed = false;
	why = slb_forward_check(skb, &p->t.src, family);
	if (unlikely(why))
		return rly_xmit_drop(rn, skb, why);
	dst = rly_xmit_route(rn, target, family);
	if (unlikely(!dst))
		return rly_xmit_drop(rn, skb, SLB_DROP_NO_NEXTHOP);
	/* a packet to the balancer over this link leaves the balancer over another link */
	mtu = min(slb_forward_mtu(dst, family), target->member->mtu[rly_af(family)]);
	why = rly_xmit_check(skb, family, mtu);
	if (unlikely(why)) {
		rly_icmp_send(skb, family, dst, why, mtu);
		return rly_xmit_drop(rn, skb, why);
	}
	if (unlikely(skb_ensure_writable(skb, p->h.l3 + (family == NFPROTO_IPV4 ?
							 sizeof(struct iphdr) :
							 sizeof(struct ipv6hdr)))))
		return rly_xmit_drop(rn, skb, SLB_DROP_NO_MEMORY);
	rly_traffic_packet(target->link->stats, dir, skb);
	target->oif = dst->dev->ifindex;
	sent = slb_forward_send(rn->net, skb, family, dst);
	target->passed = sent == SLB_SENT_PASSED;
	if (likely(!slb_sent_lost(sent)))
		return SLB_OK;
	slb_drop_sent(rn->drops, skb, &p->t, sent);
	return slb_sent_drop(sent);
}

/**
 * rly_xmit_reset_table() - select the routing table for resets and ICMP errors to the client
 * @rn: namespace
 * @skb: the client's packet
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * The client must be looked up in the routing table of the device that its packet came in by. The
 * kernel's reset code takes this table from the packet's route. Context: softirq.
 *
 * Return: false without memory.
 */
bool rly_xmit_reset_table(const struct rly_net *rn, struct sk_buff *skb, u8 family)
{
	struct rtable *rt;
	struct rt6_info *rt6;

	skb_dst_drop(skb);
	if (family == NFPROTO_IPV4) {
		rt = rt_dst_alloc(skb->dev, 0, RTN_UNICAST, true);
		if (rt)
			skb_dst_set(skb, &rt->dst);
		return rt;
	}
	rt6 = ip6_dst_alloc(rn->net, skb->dev, 0);
	if (rt6)
		skb_dst_set(skb, &rt6->dst);
	return rt6;
}

/**
 * rly_xmit_reset() - answer a segment of a client or server with a reset, and drop the segment
 * @rn: namespace
 * @skb: the packet; consumed
 * @p: what was parsed of it
 * @reason: drop reason to count
 *
 * The reset is sent only if the checksum of the segment is right. Its source is the VIP or return
 * address, which need not be an address of this host. Context: softirq, RCU.
 *
 * Return: NF_STOLEN, for a hook to return.
 */
unsigned int rly_xmit_reset(struct rly_net *rn, struct sk_buff *skb, const struct slb_pkt *p,
			    enum slb_drop reason)
{
	enum slb_drop why = slb_forward_check(skb, &p->t.src, p->t.family);

	if (unlikely(why))
		return slb_drop(rn->drops, skb, why);
	if (!slb_rate_allows(&rn->resets, READ_ONCE(rn->reset_rate)))
		return slb_drop(rn->drops, skb, reason);
	if (!rly_xmit_reset_table(rn, skb, p->t.family))
		return slb_drop(rn->drops, skb, SLB_DROP_NO_MEMORY);
	if (p->t.family == NFPROTO_IPV4)
		nf_send_reset(rn->net, NULL, skb, NF_INET_PRE_ROUTING);
	else
		nf_send_reset6(rn->net, NULL, skb, NF_INET_PRE_ROUTING);
	return slb_drop(rn->drops, skb, reason);
}
