/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of a packet through the balancer. */
#ifndef _SLB_CTX_H
#define _SLB_CTX_H

#include <slb/parse.h>
#include <slb/wire.h>
#include "config/group.h"
#include "config/link.h"
#include "config/vip.h"
#include "net.h"
#include "state/session.h"

/**
 * struct slb_ctx - context of the packet at hand
 * @sn: namespace
 * @links: snapshot of all links
 * @in: link that it came in by
 * @vaddr: virtual address that it is sent to, or NULL when it is sent to a local address
 * @p: its parsed headers
 */
struct slb_ctx {
	struct slb_net *sn;
	const struct slb_links *links;
	struct slb_link *in;
	const struct slb_vaddr *vaddr;
	struct slb_pkt p;
};

/* Count a packet of a session that came in by @in and leaves by @out. Context: softirq. */
static __always_inline void slb_xmit_count(const struct slb_link *in, const struct sk_buff *skb,
					   struct slb_session *s, enum slb_dir dir,
					   const struct slb_link *out)
{
	struct slb_side *side = &s->side[dir];
	struct slb_wire w = slb_wire(skb);

	WRITE_ONCE(side->packets, side->packets + w.packets);
	WRITE_ONCE(side->bytes, side->bytes + w.bytes);
	slb_traffic_add(in->acct->stats, in, dir, w.packets, w.bytes);
	slb_traffic_add(out->acct->stats, out, dir, w.packets, w.bytes);
	slb_traffic_add(s->server->stats, in, dir, w.packets, w.bytes);
	slb_traffic_add(s->vip->stats, in, dir, w.packets, w.bytes);
}

#endif /* _SLB_CTX_H */
