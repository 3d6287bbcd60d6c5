// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path of sessions with a firewall mark, which may decide about the link, too. A file of
 * its own, so that other packets do not pay for it.
 */
#include <linux/netfilter.h>
#include <slb/fast_parse.h>

#include "packet/fast_fwmark.h"
#include "packet/fast_shift.h"
#include "packet/fast_through.h"

/* The same steps as in slb_fast_packet(), with the link that slb_fwmark_link() returns. */
static __always_inline unsigned int slb_fast_fwmarked(struct slb_net *sn, struct sk_buff *skb,
						      const struct slb_fast_pkt *p,
						      struct slb_link *in, struct slb_session *s,
						      enum slb_dir dir, u8 family)
{
	struct slb_link *out;

	/* a session with a PROXY header, too? */
	if (slb_session_changes(s) == (SLB_SESSION_SOUND_SHIFTED | SLB_SESSION_SOUND_FWMARKED))
		return slb_fast_shifted_fwmarked(sn, skb, in, s, dir, family);
	if (slb_session_changes(s) != SLB_SESSION_SOUND_FWMARKED ||
	    !slb_fast_calm(sn, s, dir, p) || !slb_fast_summed(skb, p, family))
		return NF_ACCEPT;
	out = slb_fast_link(rcu_dereference(sn->links), s, dir, family);
	out = slb_fwmark_link(sn, skb, s, dir, out);
	if (unlikely(!out))
		return NF_ACCEPT;
	/* pairs with slb_fast_mark(), as in slb_fast_packet() */
	if (unlikely(smp_load_acquire(&s->fast[dir]) != slb_fast_pair_mark(in, out) ||
		     (dir == SLB_REQUEST && READ_ONCE(s->ingress) != in->slot)))
		return slb_fast_through(sn, skb, p, in, s, dir, family, false, true);
	return slb_fast_xmit_fwmarked(sn, skb, p, in, out, s, dir, family, false, false);
}

/**
 * slb_fast_fwmarked4() - send a packet of a session with a firewall mark
 * @sn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 * @p: its parsed headers; by value, so that other packets keep them in registers
 * @in: link that it came in by
 * @s: session with the flag SLB_SESSION_FWMARKED
 * @dir: direction of the packet
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_fwmarked4(struct slb_net *sn, struct sk_buff *skb,
				const struct slb_fast_pkt p, struct slb_link *in,
				struct slb_session *s, enum slb_dir dir)
{
	return slb_fast_fwmarked(sn, skb, &p, in, s, dir, NFPROTO_IPV4);
}

/**
 * slb_fast_fwmarked6() - slb_fast_fwmarked4() for IPv6
 * @sn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 * @p: its parsed headers; by value, so that other packets keep them in registers
 * @in: link that it came in by
 * @s: session with the flag SLB_SESSION_FWMARKED
 * @dir: direction of the packet
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_fwmarked6(struct slb_net *sn, struct sk_buff *skb,
				const struct slb_fast_pkt p, struct slb_link *in,
				struct slb_session *s, enum slb_dir dir)
{
	return slb_fast_fwmarked(sn, skb, &p, in, s, dir, NFPROTO_IPV6);
}

/**
 * slb_fast_fwmarked_first4() - send the first packet of a session with a firewall mark
 * @sn: namespace
 * @skb: the packet, for which slb_fast_first() has done all checks; consumed unless NF_ACCEPT is
 *	returned
 * @p: its parsed headers; by value, so that other packets keep them in registers
 * @in: link that it came in by
 * @s: session with the flag SLB_SESSION_FWMARKED
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_fwmarked_first4(struct slb_net *sn, struct sk_buff *skb,
				      const struct slb_fast_pkt p, struct slb_link *in,
				      struct slb_session *s)
{
	return slb_fast_through(sn, skb, &p, in, s, SLB_REQUEST, NFPROTO_IPV4, true, true);
}

/**
 * slb_fast_fwmarked_first6() - slb_fast_fwmarked_first4() for IPv6
 * @sn: namespace
 * @skb: the packet, for which slb_fast_first() has done all checks; consumed unless NF_ACCEPT is
 *	returned
 * @p: its parsed headers; by value, so that other packets keep them in registers
 * @in: link that it came in by
 * @s: session with the flag SLB_SESSION_FWMARKED
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_fwmarked_first6(struct slb_net *sn, struct sk_buff *skb,
				      const struct slb_fast_pkt p, struct slb_link *in,
				      struct slb_session *s)
{
	return slb_fast_through(sn, skb, &p, in, s, SLB_REQUEST, NFPROTO_IPV6, true, true);
}
