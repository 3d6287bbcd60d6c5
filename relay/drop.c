// SPDX-License-Identifier: GPL-2.0-only
/* All packets are dropped here: with a reason, which is counted. */
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "net.h"

static const struct {
	const char *name;
	const char *text;
	const char *skb_name;
	enum skb_drop_reason skb_reason;
} rly_drop_info[SLB_DROP_MAX] = {
#define X(n, r, t) [SLB_DROP_##n] = { #n, t, #r, SKB_DROP_REASON_##r },
	SLB_DROP_REASONS(X)
#undef X
};

/**
 * rly_drop() - drop a packet
 * @rn: namespace
 * @skb: the packet; freed
 * @why: the reason, not SLB_OK
 *
 * Context: softirq.
 *
 * Return: NF_STOLEN, for a hook to return.
 */
unsigned int rly_drop(struct rly_net *rn, struct sk_buff *skb, enum slb_drop why)
{
	rly_drop_freed(rn, why);
	kfree_skb_reason(skb, rly_drop_info[why].skb_reason);
	return NF_STOLEN;
}

/**
 * rly_drop_freed() - count a packet that was freed elsewhere
 * @rn: namespace
 * @why: the reason, not SLB_OK
 *
 * Context: softirq.
 */
void rly_drop_freed(struct rly_net *rn, enum slb_drop why)
{
	this_cpu_inc(rn->drops->n[why]);
}

/**
 * rly_drop_sent() - count a packet that a chain or IPsec has refused to forward
 * @rn: namespace
 * @skb: the packet; freed unless the chain has freed it
 * @sent: the result of sending it
 *
 * Context: softirq.
 */
void rly_drop_sent(struct rly_net *rn, struct sk_buff *skb, enum slb_sent sent)
{
	if (sent == SLB_SENT_CHAIN)
		rly_drop_freed(rn, SLB_DROP_CHAIN);
	else if (sent == SLB_SENT_POLICY)
		rly_drop(rn, skb, SLB_DROP_POLICY);
}

/**
 * rly_drop_name() - short name of a reason
 * @why: the reason, not SLB_OK
 *
 * Return: the name, as in slb/reason.h.
 */
const char *rly_drop_name(enum slb_drop why)
{
	return rly_drop_info[why].name;
}

/**
 * rly_drop_text() - the sentence that explains a reason
 * @why: the reason, not SLB_OK
 *
 * Return: an English sentence.
 */
const char *rly_drop_text(enum slb_drop why)
{
	return rly_drop_info[why].text;
}

/**
 * rly_drop_skb_name() - the kernel's own reason, which tracepoints show
 * @why: the reason, not SLB_OK
 *
 * Return: its name in enum skb_drop_reason, without SKB_DROP_REASON_.
 */
const char *rly_drop_skb_name(enum slb_drop why)
{
	return rly_drop_info[why].skb_name;
}

/**
 * rly_drop_count() - count the packets dropped for a reason
 * @rn: namespace
 * @why: the reason, not SLB_OK
 *
 * Return: their number.
 */
u64 rly_drop_count(const struct rly_net *rn, enum slb_drop why)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(rn->drops, cpu)->n[why]);
	return sum;
}
