/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path of a packet that must pass FORWARD and POSTROUTING. */
#ifndef _SLB_PACKET_FAST_THROUGH_H
#define _SLB_PACKET_FAST_THROUGH_H

#include <slb/fast_first.h>
#include <slb/forward.h>
#include "packet/fast_xmit.h"
#include "packet/fwmark.h"

/*
 * Send a packet of a session with a firewall mark. One that takes the ordinary path instead keeps
 * the mark with which it has come, for the chains before us. @ask, @shifted: of slb_fast_xmit().
 */
static __always_inline unsigned int slb_fast_xmit_fwmarked(struct slb_net *sn, struct sk_buff *skb,
							   const struct slb_fast_pkt *p,
							   struct slb_link *in,
							   struct slb_link *out,
							   struct slb_session *s, enum slb_dir dir,
							   u8 family, bool ask, bool shifted)
{
	unsigned int verdict;
	u32 mark = skb->mark;

	slb_fwmark_set(skb, s);
	verdict = slb_fast_xmit(sn, skb, p, in, out, s, dir, family, ask, shifted);
	if (verdict == NF_ACCEPT)
		skb->mark = mark;
	return verdict;
}

/*
 * Handle a packet of a session without a mark for these two links: run FORWARD and POSTROUTING.
 * @checked: slb_fast_first() has done the checks; @fwmarked: the session has SLB_SESSION_FWMARKED,
 * a constant.
 */
static __always_inline unsigned int slb_fast_through(struct slb_net *sn, struct sk_buff *skb,
						     const struct slb_fast_pkt *p,
						     struct slb_link *in,
						     struct slb_session *s, enum slb_dir dir,
						     u8 family, bool checked, bool fwmarked)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	struct slb_link *out = slb_fast_link(links, s, dir, family);

	if (fwmarked)
		out = slb_fwmark_link(sn, skb, s, dir, out);
	if (unlikely(!out || slb_session_ended(sn, links, s) ||
		     (!checked && (!slb_fast_hook_is_first(sn->net, sn, skb, family) ||
				   slb_forward_check(skb, &s->side[dir].tuple.src, family)))))
		return NF_ACCEPT;
	if (dir == SLB_REQUEST && READ_ONCE(s->ingress) != in->slot)
		WRITE_ONCE(s->ingress, in->slot);
	slb_fast_learn(s, family);
	if (fwmarked)
		return slb_fast_xmit_fwmarked(sn, skb, p, in, out, s, dir, family, true, false);
	return slb_fast_xmit(sn, skb, p, in, out, s, dir, family, true, false);
}

#endif /* _SLB_PACKET_FAST_THROUGH_H */
