// SPDX-License-Identifier: GPL-2.0-only
/* Packets to a virtual address that match no VIP. */
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

/* May an ICMP error be sent to the sender of this packet? */
static bool rly_unmatched_may_tell(struct rly_net *rn, const struct sk_buff *skb,
				   const struct slb_pkt *p)
{
	const struct slb_tuple *t = &p->t;

	return t->proto != IPPROTO_ICMP && t->proto != IPPROTO_ICMPV6 &&
	       !slb_forward_check(skb, &t->src, t->family) &&
	       !rly_vaddr_find(rn, &t->src, t->family);
}

/* Send "protocol unreachable". */
static void rly_unmatched_protocol(struct sk_buff *skb, const struct slb_pkt *p)
{
	if (p->t.family == NFPROTO_IPV4)
		nf_send_unreach(skb, ICMP_PROT_UNREACH, NF_INET_PRE_ROUTING);
	else if (!p->h.options)
		/* behind extension headers, the offset of the protocol number is unknown */
		icmpv6_send(skb, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR,
			    offsetof(struct ipv6hdr, nexthdr));
}

/* Send "port unreachable". */
static void rly_unmatched_port(struct rly_net *rn, struct sk_buff *skb, u8 family)
{
	if (family == NFPROTO_IPV4)
		nf_send_unreach(skb, ICMP_PORT_UNREACH, NF_INET_PRE_ROUTING);
	else
		nf_send_unreach6(rn->net, skb, ICMPV6_PORT_UNREACH, NF_INET_PRE_ROUTING);
}

/**
 * rly_unmatched() - handle a packet to a virtual address that matches no VIP
 * @rn: namespace
 * @skb: the packet; consumed unless the host gets it
 * @p: what was parsed of it
 *
 * If the host has the address, the host gets the packet. Otherwise it must not be routed: the next
 * router may send it back, again and again until its TTL expires. The sender gets the same error as
 * from a host with that address. The kernel limits its ICMP errors. Context: softirq, RCU.
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
