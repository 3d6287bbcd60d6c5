// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path of sessions with a PROXY header: sequence numbers change, too. A file of its own,
 * so that other packets do not pay for it.
 */
#include <linux/netfilter.h>
#include <slb/fast_parse.h>

#include "packet/fast_shift.h"
#include "packet/fast_through.h"
#include "packet/fast_xmit.h"

/*
 * A packet without a mark for these two links takes the ordinary path. So do the packets before the
 * server has acknowledged the header: their session has the flag SLB_SESSION_TELLING. @dir is a
 * constant: one copy for each direction. @fwmarked, a constant: it has SLB_SESSION_FWMARKED, too.
 */
static __always_inline unsigned int slb_fast_shifted(struct slb_net *sn, struct sk_buff *skb,
						     struct slb_link *in, struct slb_session *s,
						     enum slb_dir dir, u8 family, bool fwmarked)
{
	unsigned int l4 = slb_fast_pkt_l3_len(family), len = slb_fast_tcp_len(skb->data, family);
	/* it is TCP, with the addresses and ports of the session: only the flags are asked for */
	const struct slb_fast_pkt p = {
		.rest = (u64)IPPROTO_TCP << 32, .tcp_flags = skb->data[l4 + SLB_TCP_FLAGS_AT],
	};
	struct slb_link *out;

	if (unlikely(!slb_fast_calm(sn, s, dir, &p) || !slb_fast_summed(skb, &p, family)))
		return NF_ACCEPT;
	/* also the options of a reply, which may tell what the server has received */
	if (dir == SLB_REPLY &&
	    unlikely(len < sizeof(struct tcphdr) || skb_headlen(skb) < l4 + len))
		return NF_ACCEPT;
	out = slb_fast_link(rcu_dereference(sn->links), s, dir, family);
	if (fwmarked)
		out = slb_fwmark_link(sn, skb, s, dir, out);
	/* pairs with slb_fast_mark(), as in slb_fast_packet() */
	if (unlikely(!out || smp_load_acquire(&s->fast[dir]) != slb_fast_pair_mark(in, out) ||
		     (dir == SLB_REQUEST && READ_ONCE(s->ingress) != in->slot)))
		return NF_ACCEPT;
	if (fwmarked)
		return slb_fast_xmit_fwmarked(sn, skb, &p, in, out, s, dir, family, false, true);
	return slb_fast_xmit(sn, skb, &p, in, out, s, dir, family, false, true);
}

/**
 * slb_fast_shifted4() - send a packet of a session with a PROXY header
 * @sn: namespace
 * @skb: the packet, of TCP; consumed unless NF_ACCEPT is returned
 * @in: link that it came in by
 * @s: session with the flags SLB_SESSION_SOUND_SHIFTED
 * @dir: direction of the packet
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_shifted4(struct slb_net *sn, struct sk_buff *skb, struct slb_link *in,
			       struct slb_session *s, enum slb_dir dir)
{
	return dir == SLB_REQUEST ?
	       slb_fast_shifted(sn, skb, in, s, SLB_REQUEST, NFPROTO_IPV4, false) :
	       slb_fast_shifted(sn, skb, in, s, SLB_REPLY, NFPROTO_IPV4, false);
}

/**
 * slb_fast_shifted6() - slb_fast_shifted4() for IPv6
 * @sn: namespace
 * @skb: the packet, of TCP; consumed unless NF_ACCEPT is returned
 * @in: link that it came in by
 * @s: session with the flags SLB_SESSION_SOUND_SHIFTED
 * @dir: direction of the packet
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_shifted6(struct slb_net *sn, struct sk_buff *skb, struct slb_link *in,
			       struct slb_session *s, enum slb_dir dir)
{
	return dir == SLB_REQUEST ?
	       slb_fast_shifted(sn, skb, in, s, SLB_REQUEST, NFPROTO_IPV6, false) :
	       slb_fast_shifted(sn, skb, in, s, SLB_REPLY, NFPROTO_IPV6, false);
}

/**
 * slb_fast_shifted_fwmarked() - the same for a session that has a firewall mark, too
 * @sn: namespace
 * @skb: the packet, of TCP; consumed unless NF_ACCEPT is returned
 * @in: link that it came in by
 * @s: session with the flags SLB_SESSION_SOUND_SHIFTED and SLB_SESSION_FWMARKED
 * @dir: direction of the packet
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_fast_shifted_fwmarked(struct slb_net *sn, struct sk_buff *skb,
				       struct slb_link *in, struct slb_session *s,
				       enum slb_dir dir, u8 family)
{
	return slb_fast_shifted(sn, skb, in, s, dir, family, true);
}
