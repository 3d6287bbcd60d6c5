// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors that the balancer makes, towards clients and towards servers. */
#include <net/ip6_checksum.h>
#include <slb/forward.h>

#include "path.h"

/* An error never makes a packet larger than this, in bytes (RFC 1812, 4.3.2.3; RFC 4443, 2.4c). */
#define SLB_ICMP4_MAX 576
#define SLB_ICMP6_MAX 1280
#define SLB_ICMP_TTL 64

/* Nor are there more of them a second than the setting says (RFC 1812, 4.3.2.8). */
static bool slb_icmp_allowed(struct slb_net *sn)
{
	u32 second = (u32)(jiffies / HZ);

	if (READ_ONCE(sn->icmp_second) != second) {
		WRITE_ONCE(sn->icmp_second, second);
		atomic_set(&sn->icmp_sent, 0);
	}
	return atomic_inc_return(&sn->icmp_sent) <= READ_ONCE(sn->settings.icmp_rate);
}

static void slb_icmp_header4(struct sk_buff *skb, const struct slb_ctx *ctx, u8 tos)
{
	struct iphdr *ip = skb_push(skb, sizeof(*ip));

	skb_reset_network_header(skb);
	*ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof(*ip) / 4,
		.tos = (tos & IPTOS_TOS_MASK) | IPTOS_PREC_INTERNETCONTROL,
		.ttl = SLB_ICMP_TTL,
		.protocol = IPPROTO_ICMP,
		.saddr = ctx->p.t.dst.ip,
		.daddr = ctx->p.t.src.ip,
	};
	__ip_select_ident(ctx->sn->net, ip, 1);
	skb->protocol = htons(ETH_P_IP);
}

static void slb_icmp_header6(struct sk_buff *skb, const struct slb_ctx *ctx)
{
	struct icmp6hdr *icmp = (void *)skb->data;
	struct ipv6hdr *ip;

	icmp->icmp6_cksum = csum_ipv6_magic(&ctx->p.t.dst.in6, &ctx->p.t.src.in6, skb->len,
					    IPPROTO_ICMPV6,
					    csum_partial(skb->data, skb->len, 0));
	ip = skb_push(skb, sizeof(*ip));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip, 0, 0);
	ip->payload_len = htons(skb->len - sizeof(*ip));
	ip->nexthdr = IPPROTO_ICMPV6;
	ip->hop_limit = SLB_ICMP_TTL;
	ip->saddr = ctx->p.t.dst.in6;
	ip->daddr = ctx->p.t.src.in6;
	skb->protocol = htons(ETH_P_IPV6);
}

/*
 * The error comes from the address that the packet was aimed at: a client learns no other address
 * than the VIP, a server none but the local one, and the relay steers and filters by those.
 */
static void slb_icmp_send(const struct slb_ctx *ctx, const struct sk_buff *skb, u8 type, u8 code,
			  __be32 info)
{
	bool v4 = ctx->p.t.family == NFPROTO_IPV4;
	unsigned int head = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	unsigned int room = (v4 ? SLB_ICMP4_MAX : SLB_ICMP6_MAX) - head - SLB_ICMP_HDR_LEN;
	unsigned int len = min_t(unsigned int, skb->len - ctx->p.h.l3, room);
	struct sk_buff *nskb;
	struct icmphdr *icmp;

	if (ctx->p.kind != SLB_KIND_FLOW || !slb_addr_is_host(&ctx->p.t.src, ctx->p.t.family) ||
	    !slb_icmp_allowed(ctx->sn))
		return;
	nskb = alloc_skb(LL_MAX_HEADER + head + SLB_ICMP_HDR_LEN + len, GFP_ATOMIC);
	if (!nskb)
		return;
	skb_reserve(nskb, LL_MAX_HEADER + head);
	icmp = skb_put_zero(nskb, SLB_ICMP_HDR_LEN);
	skb_reset_transport_header(nskb);
	icmp->type = type;
	icmp->code = code;
	icmp->un.gateway = info;
	if (skb_copy_bits(skb, ctx->p.h.l3, skb_put(nskb, len), len)) {
		kfree_skb(nskb);
		return;
	}
	if (v4) {
		icmp->checksum = csum_fold(csum_partial(icmp, nskb->len, 0));
		slb_icmp_header4(nskb, ctx, ip_hdr(skb)->tos);
	} else {
		slb_icmp_header6(nskb, ctx);
	}
	if (!slb_xmit_own(ctx, nskb))
		kfree_skb(nskb);
}

/**
 * slb_icmp_unreachable() - tell the sender that nobody is there to answer
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 */
void slb_icmp_unreachable(const struct slb_ctx *ctx, const struct sk_buff *skb)
{
	if (ctx->p.t.family == NFPROTO_IPV4)
		slb_icmp_send(ctx, skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	else
		slb_icmp_send(ctx, skb, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
}

/**
 * slb_icmp_time_exceeded() - tell the sender that the TTL or hop limit ran out
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 */
void slb_icmp_time_exceeded(const struct slb_ctx *ctx, const struct sk_buff *skb)
{
	if (ctx->p.t.family == NFPROTO_IPV4)
		slb_icmp_send(ctx, skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	else
		slb_icmp_send(ctx, skb, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
}

/**
 * slb_icmp_too_big() - tell the sender what fits
 * @ctx: the packet at hand
 * @skb: the packet, as it arrived; not consumed
 * @mtu: bytes of IP packet (RFC 1191, RFC 8201)
 */
void slb_icmp_too_big(const struct slb_ctx *ctx, const struct sk_buff *skb, u32 mtu)
{
	if (ctx->p.t.family == NFPROTO_IPV4)
		slb_icmp_send(ctx, skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu & 0xffff));
	else
		slb_icmp_send(ctx, skb, ICMPV6_PKT_TOOBIG, 0, htonl(mtu));
}
