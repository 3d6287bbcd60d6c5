// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors that the balancer makes, towards clients and towards servers. */
#include <slb/forward.h>
#include <slb/icmp.h>

#include "path.h"

/*
 * The error comes from the address that the packet was aimed at: a client learns no other address
 * than the VIP, a server none but the local one, and the relay steers and filters by those.
 */
static void slb_icmp_send(const struct slb_ctx *ctx, const struct sk_buff *skb, struct slb_icmp e)
{
	struct sk_buff *nskb;

	if (ctx->p.kind == SLB_KIND_ERROR || !slb_addr_is_host(&ctx->p.t.src, ctx->p.t.family) ||
	    !slb_rate_allows(&ctx->sn->icmp_rate[e.class],
			     READ_ONCE(ctx->sn->settings.icmp_rate)))
		return;
	e.src = ctx->p.t.dst;
	e.dst = ctx->p.t.src;
	nskb = slb_icmp_build(ctx->sn->net, &e, skb, ctx->p.h.l3, ctx->p.t.family);
	if (nskb && !slb_xmit_own(ctx, nskb))
		kfree_skb(nskb);
}

/**
 * slb_icmp_unreachable() - tell the sender that nobody is there to answer
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 */
void slb_icmp_unreachable(const struct slb_ctx *ctx, const struct sk_buff *skb)
{
	slb_icmp_send(ctx, skb, slb_icmp_refused(ctx->p.t.family, ICMP_PORT_UNREACH,
						 ICMPV6_PORT_UNREACH));
}

/**
 * slb_icmp_time_exceeded() - tell the sender that the TTL or hop limit ran out
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 */
void slb_icmp_time_exceeded(const struct slb_ctx *ctx, const struct sk_buff *skb)
{
	slb_icmp_send(ctx, skb, slb_icmp_expired(ctx->p.t.family));
}

/**
 * slb_icmp_too_big() - tell the sender what fits
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 * @mtu: bytes of IP packet
 */
void slb_icmp_too_big(const struct slb_ctx *ctx, const struct sk_buff *skb, u32 mtu)
{
	slb_icmp_send(ctx, skb, slb_icmp_mtu(ctx->p.t.family, mtu));
}

/**
 * slb_icmp_no_protocol() - tell the sender that nobody knows the protocol
 * @ctx: the packet at hand, of any protocol but ICMP
 * @skb: the packet, as it arrived; not consumed
 */
void slb_icmp_no_protocol(const struct slb_ctx *ctx, const struct sk_buff *skb)
{
	/* behind extension headers it is not known where the number of the protocol is */
	if (ctx->p.t.family == NFPROTO_IPV4 || !ctx->p.h.options)
		slb_icmp_send(ctx, skb, slb_icmp_no_proto(ctx->p.t.family));
}
