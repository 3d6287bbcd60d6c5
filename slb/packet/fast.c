// SPDX-License-Identifier: GPL-2.0-only
/* The fast path: packets of sessions are translated and sent at the ingress hook of a device. */
#include <linux/netfilter.h>
#include <slb/fast_parse.h>
#include <slb/ingress.h>

#include "packet/fast.h"
#include "packet/fast_find.h"
#include "packet/fast_first.h"
#include "packet/fast_fwmark.h"
#include "packet/fast_shift.h"
#include "packet/fast_xmit.h"
#include "state/fwmark.h"

/*
 * A packet bypasses all chains when an earlier one of the same session and direction, over the same
 * two devices, has passed every one of them (slb_session.fast): on the ordinary path, or here,
 * where FORWARD and POSTROUTING are run for it if PREROUTING has no hook before ours. Anything
 * unusual sends a packet to the ordinary path. Only a packet that cannot get a session is dropped
 * here.
 *
 * No check is skipped: TTL, MTU, checksums, time stamps of sessions and counters are as on the
 * ordinary path. TCP segments that may change the state of a session take that path, too.
 */

/* A packet that not only its addresses and ports change of, or one for the ordinary path. */
static __always_inline unsigned int slb_fast_else(struct slb_net *sn, struct sk_buff *skb,
						  const struct slb_fast_pkt *p,
						  struct slb_link *in, struct slb_session *s,
						  enum slb_dir dir, u8 family)
{
	if (!in)
		return NF_ACCEPT;
	if (slb_session_changes(s) == SLB_SESSION_SOUND_SHIFTED)
		return family == NFPROTO_IPV4 ? slb_fast_shifted4(sn, skb, in, s, dir) :
						slb_fast_shifted6(sn, skb, in, s, dir);
	if (!slb_session_fwmarked(s))
		return NF_ACCEPT;
	return family == NFPROTO_IPV4 ? slb_fast_fwmarked4(sn, skb, *p, in, s, dir) :
					slb_fast_fwmarked6(sn, skb, *p, in, s, dir);
}

static __always_inline unsigned int slb_fast_packet(struct slb_net *sn, struct sk_buff *skb,
						    u8 family)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	struct slb_link *in, *out;
	struct slb_session *s;
	struct slb_fast_pkt p = {};
	struct slb_side *side;
	enum slb_dir dir;
	u64 hash;

	if (unlikely(!slb_fast_parse(skb, family, &p)))
		return NF_ACCEPT;
	hash = slb_fast_hash(skb->data, &p, family);
	side = slb_fast_find(sn, skb->data, &p, hash, family);
	if (unlikely(!side))
		return family == NFPROTO_IPV4 ? slb_fast_first4(sn, skb, p, hash) :
						slb_fast_first6(sn, skb, p, hash);
	dir = side->tuple.tag;
	s = slb_side_session(side);
	in = slb_link_by_ifindex(links, skb->dev->ifindex);
	if (unlikely(slb_session_changes(s) != SLB_SESSION_SOUND))
		return slb_fast_else(sn, skb, &p, in, s, dir, family);
	if (unlikely(!in || !slb_fast_calm(sn, s, dir, &p) || !slb_fast_summed(skb, &p, family)))
		return NF_ACCEPT;
	out = slb_fast_link(links, s, dir, family);
	if (unlikely(!out))
		return NF_ACCEPT;
	/*
	 * Pairs with slb_fast_mark(). Replies follow the latest request, even if that was dropped
	 * or handled by another CPU.
	 */
	if (unlikely(smp_load_acquire(&s->fast[dir]) != slb_fast_pair_mark(in, out) ||
		     (dir == SLB_REQUEST && READ_ONCE(s->ingress) != in->slot)))
		return family == NFPROTO_IPV4 ? slb_fast_through4(sn, skb, p, in, s, dir) :
						slb_fast_through6(sn, skb, p, in, s, dir);
	return slb_fast_xmit(sn, skb, &p, in, out, s, dir, family, false, false);
}

/* One copy for each family, with its own stack frame: other packets do not pay for it. */
static noinline unsigned int slb_fast_packet4(struct slb_net *sn, struct sk_buff *skb)
{
	return slb_fast_packet(sn, skb, NFPROTO_IPV4);
}

static noinline unsigned int slb_fast_packet6(struct slb_net *sn, struct sk_buff *skb)
{
	return slb_fast_packet(sn, skb, NFPROTO_IPV6);
}

/**
 * slb_fast_hook() - the ingress hook of a link's device
 * @priv: struct slb_port of the device
 * @skb: the packet
 * @state: unused
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN or a drop.
 */
unsigned int slb_fast_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct slb_net *sn = ((const struct slb_port *)priv)->owner;

	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *ip = (void *)skb->data;

		if (!slb_fast_pkt_has_addr(skb, NFPROTO_IPV4) ||
		    !test_bit(slb_prefilter_ipv4(ip->daddr), sn->prefilter))
			return NF_ACCEPT;
		return slb_fast_packet4(sn, skb);
	}
	if (skb->protocol == htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip = (void *)skb->data;

		if (!slb_fast_pkt_has_addr(skb, NFPROTO_IPV6) ||
		    !test_bit(slb_prefilter_ipv6(ip->daddr.s6_addr32), sn->prefilter))
			return NF_ACCEPT;
		return slb_fast_packet6(sn, skb);
	}
	return NF_ACCEPT;
}
