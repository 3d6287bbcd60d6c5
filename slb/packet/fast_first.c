// SPDX-License-Identifier: GPL-2.0-only
/*
 * First packets on the fast path: those that get a session, and those of a session that must pass
 * FORWARD and POSTROUTING once in their direction.
 */
#include <slb/fast_first.h>
#include <slb/forward.h>

#include "config/group.h"
#include "config/vip_seek.h"
#include "packet/fast_first.h"
#include "packet/fast_fwmark.h"
#include "packet/fast_through.h"
#include "state/client_address.h"

/**
 * slb_fast_through4() - send a packet of a session through FORWARD and POSTROUTING
 * @sn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 * @p: its parsed headers; by value, so that other packets keep them in registers
 * @in: link that it came in by
 * @s: session
 * @dir: direction of the packet
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_through4(struct slb_net *sn, struct sk_buff *skb,
			       const struct slb_fast_pkt p, struct slb_link *in,
			       struct slb_session *s, enum slb_dir dir)
{
	return slb_fast_through(sn, skb, &p, in, s, dir, NFPROTO_IPV4, false, false);
}

/**
 * slb_fast_through6() - slb_fast_through4() for IPv6
 * @sn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 * @p: its parsed headers; by value, so that other packets keep them in registers
 * @in: link that it came in by
 * @s: session
 * @dir: direction of the packet
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_through6(struct slb_net *sn, struct sk_buff *skb,
			       const struct slb_fast_pkt p, struct slb_link *in,
			       struct slb_session *s, enum slb_dir dir)
{
	return slb_fast_through(sn, skb, &p, in, s, dir, NFPROTO_IPV6, false, false);
}

/* The first packet of a session that has a firewall mark, or whose server learns the client. */
static __always_inline unsigned int slb_fast_first_special(struct slb_net *sn, struct sk_buff *skb,
							   const struct slb_fast_pkt *p,
							   struct slb_link *in,
							   struct slb_session *s, u8 family)
{
	if (!(slb_proto_begun() >> slb_session_state(s) & 1) || slb_session_tells(s))
		return NF_ACCEPT;
	return family == NFPROTO_IPV4 ? slb_fast_fwmarked_first4(sn, skb, *p, in, s) :
					slb_fast_fwmarked_first6(sn, skb, *p, in, s);
}

/*
 * Handle a packet of no session, perhaps the first one of a new session. When the session has been
 * created, the packet may still take the ordinary path.
 */
static __always_inline unsigned int slb_fast_first(struct slb_net *sn, struct sk_buff *skb,
						   const struct slb_fast_pkt *p, u64 hash,
						   u8 family)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	struct slb_link *in = slb_link_by_ifindex(links, skb->dev->ifindex);
	const struct slb_vaddr *vaddr;
	struct slb_tuple flow = {};
	struct slb_session *s;
	struct slb_vip *vip;
	enum slb_drop why;

	if (unlikely(!in || !slb_fast_hook_is_first(sn->net, sn, skb, family) ||
		     !slb_fast_summed(skb, p, family)))
		return NF_ACCEPT;
	slb_fast_tuple(skb, p, &flow, family);
	/* IPv6 addresses are read a second time, so compute the hash of the key that is inserted */
	if (family == NFPROTO_IPV6)
		hash = slb_flow_hash(&flow, &slb_session_key);
	vaddr = slb_vaddr_seek(sn, &flow.dst, family);
	vip = vaddr ? slb_vip_find(vaddr, flow.proto, flow.dport) : NULL;
	if (unlikely(!vip || (slb_proto_has(flow.proto, SLB_PROTO_TCP_FLAGS) &&
			      !slb_tcp_starts(p->tcp_flags)) ||
		     slb_vaddr_find(sn, &flow.src, family) ||
		     slb_forward_check(skb, &flow.src, family)))
		return NF_ACCEPT;
	s = slb_session_new(sn, links, in, vip, &flow, hash, &why);
	if (unlikely(!s))
		/* the ordinary path tells the client */
		return slb_drop_refuses(why) ? NF_ACCEPT :
			slb_drop_of_vip(sn->drops, &vip->drops, skb, why);
	/* another CPU may have created the session first; or the packet must be changed */
	if (unlikely(!(slb_proto_begun() >> slb_session_state(s) & 1) || slb_session_special(s)))
		return slb_fast_first_special(sn, skb, p, in, s, family);
	return slb_fast_through(sn, skb, p, in, s, SLB_REQUEST, family, true, false);
}

/**
 * slb_fast_first4() - handle a packet of no session
 * @sn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 * @p: its parsed headers
 * @hash: hash of its key
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN or a drop.
 */
unsigned int slb_fast_first4(struct slb_net *sn, struct sk_buff *skb,
			     const struct slb_fast_pkt p, u64 hash)
{
	return slb_fast_first(sn, skb, &p, hash, NFPROTO_IPV4);
}

/**
 * slb_fast_first6() - slb_fast_first4() for IPv6
 * @sn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 * @p: its parsed headers
 * @hash: hash of its key
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN or a drop.
 */
unsigned int slb_fast_first6(struct slb_net *sn, struct sk_buff *skb,
			     const struct slb_fast_pkt p, u64 hash)
{
	return slb_fast_first(sn, skb, &p, hash, NFPROTO_IPV6);
}
