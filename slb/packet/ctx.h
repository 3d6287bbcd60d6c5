/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of a packet through the balancer. */
#ifndef _SLB_PATH_H
#define _SLB_PATH_H

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

enum slb_drop slb_nat(struct sk_buff *skb, const struct slb_pkt *p, const struct slb_tuple *to);
enum slb_drop slb_nat_error(struct sk_buff *skb, const struct slb_pkt *p,
			    const struct slb_tuple *quoted);

unsigned int slb_refuse(const struct slb_ctx *ctx, struct sk_buff *skb, enum slb_drop why);
unsigned int slb_xmit(const struct slb_ctx *ctx, struct sk_buff *skb, struct slb_side *side);
unsigned int slb_xmit_error(const struct slb_ctx *ctx, struct sk_buff *skb);
unsigned int slb_echo(const struct slb_ctx *ctx, struct sk_buff *skb);
struct slb_link *slb_xmit_link(const struct slb_links *links, const struct slb_session *s,
			       enum slb_dir dir, u8 family);
void slb_fast_pass(struct slb_session *s, enum slb_dir dir, const struct slb_link *in,
		   const struct slb_link *out, bool passed);
bool slb_xmit_own(const struct slb_ctx *ctx, struct sk_buff *skb);

void slb_reset(const struct slb_ctx *ctx, struct sk_buff *skb);
void slb_reset_send(const struct slb_ctx *ctx, struct sk_buff *skb);
unsigned int slb_unmatched(const struct slb_ctx *ctx, struct sk_buff *skb);
void slb_icmp_no_protocol(const struct slb_ctx *ctx, const struct sk_buff *skb);
void slb_icmp_unreachable(const struct slb_ctx *ctx, const struct sk_buff *skb);
void slb_icmp_time_exceeded(const struct slb_ctx *ctx, const struct sk_buff *skb);
void slb_icmp_too_big(const struct slb_ctx *ctx, const struct sk_buff *skb, u32 mtu);

#endif /* _SLB_PATH_H */
