// SPDX-License-Identifier: GPL-2.0-only
/* Resets that the balancer sends to clients and servers without a session. */
#include <linux/netfilter.h>
#include <slb/forward.h>
#include <slb/reset.h>

#include "packet/ctx.h"
#include "packet/reset.h"
#include "packet/xmit.h"

/**
 * slb_reset_send() - answer a TCP segment by a reset
 * @ctx: the packet at hand, whole, from a single host
 * @skb: the packet, as it arrived; not consumed
 *
 * It goes back over the link that the segment came in by, from its destination address. A
 * segment whose checksum is wrong is not answered: it may belong to another connection. Context:
 * softirq, RCU.
 */
void slb_reset_send(const struct slb_ctx *ctx, struct sk_buff *skb)
{
	struct slb_net *sn = ctx->sn;
	/* a SYN asks for a connection, and this is the answer: the relay need not ask others */
	u16 window = slb_tcp_starts(ctx->p.tcp_flags) ? 0 : SLB_RESET_WINDOW;
	struct sk_buff *nskb;
	struct tcphdr rst;

	if (nf_checksum(skb, NF_INET_PRE_ROUTING, ctx->p.h.l4, ctx->p.t.proto, ctx->p.t.family) ||
	    !slb_reset_header(skb, &ctx->p, window, &rst))
		return;
	if (!slb_rate_allows(&sn->reset_rate, READ_ONCE(sn->settings.reset_rate))) {
		this_cpu_inc(sn->drops->resets_limited);
		return;
	}
	nskb = slb_reset_build(&ctx->p, &rst);
	if (!nskb)
		return;
	if (slb_xmit_own(ctx, nskb, skb))
		this_cpu_inc(sn->drops->resets);
	else
		kfree_skb(nskb);
}

/**
 * slb_reset() - reset the sender of a TCP segment that belongs to no session
 * @ctx: the packet at hand, whole, of no session
 * @skb: the packet, as it arrived; not consumed
 *
 * A SYN is not answered: it asks for a connection. Nor is any segment answered while this balancer
 * lacks its sessions: its heir may have the connection. Context: softirq, RCU.
 */
void slb_reset(const struct slb_ctx *ctx, struct sk_buff *skb)
{
	const struct slb_tuple *t = &ctx->p.t;

	if (slb_proto_has(t->proto, SLB_PROTO_RESET) && ctx->p.kind == SLB_KIND_FLOW &&
	    READ_ONCE(ctx->sn->settings.on_end) == SLB_ON_END_RESET &&
	    !READ_ONCE(ctx->sn->sync.behind) &&
	    !(ctx->p.tcp_flags & SLB_TCP_RST) && !slb_tcp_starts(ctx->p.tcp_flags) &&
	    !slb_forward_check(skb, &t->src, t->family) &&
	    !slb_vaddr_find(ctx->sn, &t->src, t->family))
		slb_reset_send(ctx, skb);
}

/**
 * slb_reset_count() - count the resets that answered dropped packets
 * @sn: namespace
 * @limited: count those that the rate limit suppressed, not those sent
 *
 * Return: their number.
 */
u64 slb_reset_count(const struct slb_net *sn, bool limited)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct slb_drops *drops = per_cpu_ptr(sn->drops, cpu);

		sum += limited ? READ_ONCE(drops->resets_limited) : READ_ONCE(drops->resets);
	}
	return sum;
}
