// SPDX-License-Identifier: GPL-2.0-only
/* Packets aimed at a virtual address, but at no VIP. */
#include <net/icmp.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>
#include <slb/forward.h>
#include <slb/owned.h>

#include "config/vip.h"
#include "net.h"
#include "packet/unmatched.h"
#include "packet/vip_match.h"
#include "packet/xmit.h"

/* Does an ICMP error to the sender of this packet do no harm? */
static bool rly_unmatched_may_tell(struct rly_net *rn, const struct sk_buff *skb,
				   const struct slb_pkt *p)
{
	const struct slb_tuple *t = &p->t;

	return t->proto != IPPROTO_ICMP && t->proto != IPPROTO_ICMPV6 &&
	       !slb_forward_check(skb, &t->src, t->family) &&
	       !rly_vaddr_find(rn, &t->src, t->family);
}

/* Nobody knows the protocol. */
static void rly_unmatched_protocol(struct sk_buff *skb, const struct slb_pkt *p)
{
	if (p->t.family == NFPROTO_IPV4)
		nf_send_unreach(skb, ICMP_PROT_UNREACH, NF_INET_PRE_ROUTING);
	else if (!p->h.options)
		/* behind extension headers it is not known where the number of the protocol is */
		icmpv6_send(skb, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR,
			    offsetof(struct ipv6hdr, nexthdr));
}

/* Nobody listens at the port. */
static void rly_unmatched_port(struct rly_net *rn, struct sk_buff *skb, u8 family)
{
	if (family == NFPROTO_IPV4)
		nf_send_unreach(skb, ICMP_PORT_UNREACH, NF_INET_PRE_ROUTING);
	else
		nf_send_unreach6(rn->net, skb, ICMPV6_PORT_UNREACH, NF_INET_PRE_ROUTING);
}

/**
 * rly_unmatched() - a packet to a port or of a protocol that no VIP of its address has
 * @rn: namespace
 * @skb: the packet; consumed unless it is the host's
 * @p: what was parsed of it
 *
 * What the host has a use for is the host's. All else must not be routed: the next router may send
 * it here again, until its TTL ends. The sender is told as by a host with that address; the kernel
 * limits how many ICMP errors it sends. Context: softirq, RCU.
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int rly_unmatched(struct rly_net *rn, struct sk_buff *skb, const struct slb_pkt *p)
{
	u8 how = READ_ONCE(rn->unmatched), family = p->t.family;

	if (how == SLB_RELAY_UNMATCHED_ROUTE ||
	    slb_host_owns(rn->net, skb->dev, &p->t.dst, family))
		return NF_ACCEPT;
	if (how == SLB_RELAY_UNMATCHED_DROP || !rly_unmatched_may_tell(rn, skb, p))
		return slb_drop(rn->drops, skb, SLB_DROP_UNMATCHED);
	if (p->kind == SLB_KIND_FLOW && slb_proto_has(p->t.proto, SLB_PROTO_RESET))
		return rly_xmit_reset(rn, skb, p, SLB_DROP_UNMATCHED);
	if (!rly_xmit_reset_table(rn, skb, family))
		return slb_drop(rn->drops, skb, SLB_DROP_NO_MEMORY);
	if (p->kind == SLB_KIND_FLOW)
		rly_unmatched_port(rn, skb, family);
	else
		rly_unmatched_protocol(skb, p);
	return slb_drop(rn->drops, skb, SLB_DROP_UNMATCHED);
}
