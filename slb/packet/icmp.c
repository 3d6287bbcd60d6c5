// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors that the balancer sends to clients and servers. */
#include <slb/forward.h>
#include <slb/icmp.h>

#include "packet/ctx.h"
#include "packet/icmp.h"
#include "packet/xmit.h"

/*
 * The source of the error is the address that the packet was sent to. So a client learns only the
 * VIP and a server only the local address, and the relay can steer and filter by them. @mark: its
 * firewall mark.
 */
static void slb_icmp_send(const struct slb_ctx *ctx, const struct sk_buff *skb, struct slb_icmp e,
			  u32 mark)
{
	struct sk_buff *nskb;

	if (ctx->p.kind == SLB_KIND_ERROR || !slb_addr_is_host(&ctx->p.t.src, ctx->p.t.family) ||
	    !slb_rate_allows(&ctx->sn->icmp_rate[e.class],
			     READ_ONCE(ctx->sn->settings.icmp_rate)))
		return;
	e.src = ctx->p.t.dst;
	e.dst = ctx->p.t.src;
	nskb = slb_icmp_build(ctx->sn->net, &e, skb, ctx->p.h.l3, ctx->p.t.family);
	if (nskb)
		nskb->mark = mark;
	if (nskb && !slb_xmit_own(ctx, nskb, skb))
		kfree_skb(nskb);
}

/**
 * slb_icmp_unreachable() - send "destination unreachable": no server is usable
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 */
void slb_icmp_unreachable(const struct slb_ctx *ctx, const struct sk_buff *skb)
{
	slb_icmp_send(ctx, skb, slb_icmp_refused(ctx->p.t.family, ICMP_PORT_UNREACH,
						 ICMPV6_PORT_UNREACH), 0);
}

/**
 * slb_icmp_time_exceeded() - send "time exceeded": the TTL or hop limit ran out
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 * @mark: firewall mark of the error
 */
void slb_icmp_time_exceeded(const struct slb_ctx *ctx, const struct sk_buff *skb, u32 mark)
{
	slb_icmp_send(ctx, skb, slb_icmp_expired(ctx->p.t.family), mark);
}

/**
 * slb_icmp_too_big() - send "fragmentation needed" or "packet too big"
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 * @mtu: path MTU, in bytes of IP packet
 * @mark: firewall mark of the error
 */
void slb_icmp_too_big(const struct slb_ctx *ctx, const struct sk_buff *skb, u32 mtu, u32 mark)
{
	slb_icmp_send(ctx, skb, slb_icmp_mtu(ctx->p.t.family, mtu), mark);
}

/**
 * slb_icmp_no_protocol() - send "protocol unreachable"
 * @ctx: the packet at hand, of any protocol but ICMP
 * @skb: the packet, as it arrived; not consumed
 */
void slb_icmp_no_protocol(const struct slb_ctx *ctx, const struct sk_buff *skb)
{
	/* the parser does not keep the offset of the next header field behind extension headers */
	if (ctx->p.t.family == NFPROTO_IPV4 || !ctx->p.h.options)
		slb_icmp_send(ctx, skb, slb_icmp_no_proto(ctx->p.t.family), 0);
}
