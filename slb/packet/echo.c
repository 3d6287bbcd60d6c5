// SPDX-License-Identifier: GPL-2.0-only
/* ICMP echo requests to a VIP: the balancer answers while the address has a usable server. */
#include <slb/forward.h>
#include <slb/rewrite.h>

#include "packet/ctx.h"
#include "packet/echo.h"
#include "packet/xmit.h"

#define SLB_ECHO_TTL 64

/* Turn the request into its reply, in place. */
static void slb_echo_turn(struct sk_buff *skb, const struct slb_pkt *p)
{
	struct icmphdr *icmp = (void *)(skb->data + p->h.l4);
	u8 reply = p->t.family == NFPROTO_IPV4 ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY;
	__be16 before = htons(icmp->type << 8 | icmp->code);

	icmp->type = reply;
	/*
	 * Update the checksum by the difference: a damaged request gets a damaged reply. A checksum
	 * that a device completes covers only the addresses so far, which do not change in sum.
	 */
	if (!slb_sum_left(skb, p->h.l4))
		csum_replace2(&icmp->checksum, before, htons(reply << 8 | icmp->code));
	if (p->t.family == NFPROTO_IPV4) {
		struct iphdr *ip = ip_hdr(skb);

		swap(ip->saddr, ip->daddr);
		ip->ttl = SLB_ECHO_TTL;
		/* the reply may be fragmented, even if the request must not be */
		ip->frag_off = 0;
	} else {
		struct ipv6hdr *ip = ipv6_hdr(skb);

		swap(ip->saddr, ip->daddr);
		ip->hop_limit = SLB_ECHO_TTL;
	}
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
}

/**
 * slb_echo() - answer an echo request
 * @ctx: the packet at hand, of SLB_KIND_ECHO and aimed at a VIP
 * @skb: the packet; consumed
 *
 * Context: softirq, RCU.
 *
 * Return: NF_STOLEN.
 */
unsigned int slb_echo(const struct slb_ctx *ctx, struct sk_buff *skb)
{
	enum slb_drop why = slb_forward_check(skb, &ctx->p.t.src, ctx->p.t.family);

	if (!why && slb_vaddr_find(ctx->sn, &ctx->p.t.src, ctx->p.t.family))
		why = SLB_DROP_MARTIAN;
	if (!why && !READ_ONCE(ctx->vaddr->n_usable))
		why = SLB_DROP_NO_SERVER;
	if (!why && skb_ensure_writable(skb, ctx->p.h.l4 + SLB_ICMP_HDR_LEN))
		why = SLB_DROP_NO_MEMORY;
	if (why)
		return slb_drop(ctx->sn->drops, skb, why);
	slb_traffic_add(ctx->in->acct->stats, in, SLB_REQUEST, 1, skb->len);
	slb_echo_turn(skb, &ctx->p);
	if (!slb_xmit_own(ctx, skb, skb))
		return slb_drop(ctx->sn->drops, skb, SLB_DROP_NO_NEXTHOP);
	return NF_STOLEN;
}
