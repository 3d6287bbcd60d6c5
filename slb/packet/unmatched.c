// SPDX-License-Identifier: GPL-2.0-only
/* Packets to a virtual address that match no VIP. */
#include <linux/netfilter.h>
#include <slb/forward.h>
#include <slb/owned.h>

#include "packet/ctx.h"
#include "packet/icmp.h"
#include "packet/reset.h"
#include "packet/unmatched.h"

/* Send the error that a host with that address would send. */
static void slb_unmatched_reject(const struct slb_ctx *ctx, struct sk_buff *skb)
{
	const struct slb_tuple *t = &ctx->p.t;

	if (slb_forward_check(skb, &t->src, t->family) ||
	    slb_vaddr_find(ctx->sn, &t->src, t->family))
		return;
	if (ctx->p.kind == SLB_KIND_FLOW && slb_proto_has(t->proto, SLB_PROTO_RESET))
		slb_reset_send(ctx, skb);
	else if (ctx->p.kind == SLB_KIND_FLOW)
		slb_icmp_unreachable(ctx, skb);
	else if (t->proto != IPPROTO_ICMP && t->proto != IPPROTO_ICMPV6)
		slb_icmp_no_protocol(ctx, skb);
}

/* Is it a segment of a connection whose session ended with the last VIP of the address? */
static bool slb_unmatched_ended(const struct slb_ctx *ctx)
{
	return READ_ONCE(ctx->vaddr->former) && ctx->p.kind == SLB_KIND_FLOW &&
	       slb_proto_has(ctx->p.t.proto, SLB_PROTO_RESET) &&
	       !slb_tcp_starts(ctx->p.tcp_flags);
}

/**
 * slb_unmatched() - handle a packet to a virtual address that matches no VIP
 * @ctx: the packet at hand
 * @skb: the packet; consumed unless the host gets it
 *
 * The host gets it if it has the address, too. Other packets must not be routed: the next router
 * may send them back, until their TTL ends. Context: softirq, RCU.
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int slb_unmatched(const struct slb_ctx *ctx, struct sk_buff *skb)
{
	u8 how = READ_ONCE(ctx->sn->settings.unmatched);

	if (slb_host_owns(ctx->sn->net, skb->dev, &ctx->p.t.dst, ctx->p.t.family))
		return NF_ACCEPT;
	if (slb_unmatched_ended(ctx)) {
		slb_reset(ctx, skb);
		return slb_drop(ctx->sn->drops, skb, SLB_DROP_NO_SESSION);
	}
	if (how == SLB_UNMATCHED_ROUTE)
		return NF_ACCEPT;
	if (how == SLB_UNMATCHED_REJECT)
		slb_unmatched_reject(ctx, skb);
	return slb_drop(ctx->sn->drops, skb, SLB_DROP_UNMATCHED);
}

/**
 * slb_refuse() - drop a packet that belongs to no session, unless it is for this host
 * @ctx: the packet at hand
 * @skb: the packet; consumed when it is dropped
 * @why: the reason
 *
 * Context: softirq, RCU.
 *
 * Return: NF_STOLEN, or NF_ACCEPT when the host has the address, too.
 */
unsigned int slb_refuse(const struct slb_ctx *ctx, struct sk_buff *skb, enum slb_drop why)
{
	if (slb_host_owns(ctx->sn->net, skb->dev, &ctx->p.t.dst, ctx->p.t.family))
		return NF_ACCEPT;
	return slb_drop(ctx->sn->drops, skb, why);
}
