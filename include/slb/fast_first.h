/* SPDX-License-Identifier: GPL-2.0-only */
/* First packets on the fast path: what both modules ask before they handle one at ingress. */
#ifndef _SLB_FAST_FIRST_H
#define _SLB_FAST_FIRST_H

#include <linux/netfilter.h>
#include <net/net_namespace.h>
#include <slb/fast.h>
#include <slb/fast_parse.h>

/*
 * Would IP receive the packet from this device, and call our PREROUTING hook before any other? Not
 * if a bridge takes it, for example, or if the device has no IPv6. IP would copy a shared packet.
 * @priv: the argument of our hook, which no other one has.
 */
static __always_inline bool slb_fast_hook_is_first(const struct net *net, const void *priv,
						   const struct sk_buff *skb, u8 family)
{
	const struct netns_nf *nf = &net->nf;
	const struct nf_hook_entries *hooks =
		family == NFPROTO_IPV4 ? rcu_dereference(nf->hooks_ipv4[NF_INET_PRE_ROUTING]) :
					 rcu_dereference(nf->hooks_ipv6[NF_INET_PRE_ROUTING]);

	if (rcu_access_pointer(skb->dev->rx_handler) || skb_shared(skb) ||
	    (family == NFPROTO_IPV6 && !slb_fast_has_ipv6(skb->dev)))
		return false;
	return hooks && hooks->hooks[0].priv == priv;
}

/* Build the lookup key of the ordinary path from the parsed headers. */
static __always_inline void slb_fast_tuple(const struct sk_buff *skb, const struct slb_fast_pkt *p,
					   struct slb_tuple *t, u8 family)
{
	if (family == NFPROTO_IPV4) {
		put_unaligned_le32(p->addrs, &t->src);
		put_unaligned_le32(p->addrs >> 32, &t->dst);
	} else {
		memcpy(&t->src, slb_fast_pkt_addrs6(skb->data), sizeof(t->src));
		memcpy(&t->dst, slb_fast_pkt_addrs6(skb->data) + sizeof(t->src), sizeof(t->dst));
	}
	put_unaligned_le64(p->rest, (u8 *)t + offsetof(struct slb_tuple, sport));
}

#endif /* _SLB_FAST_FIRST_H */
