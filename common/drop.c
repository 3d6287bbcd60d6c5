// SPDX-License-Identifier: GPL-2.0-only
/* Every drop: with a reason, which is counted. */
#include <linux/bottom_half.h>
#include <linux/if_ether.h>
#include <linux/jiffies.h>
#include <linux/netfilter.h>
#include <linux/preempt.h>
#include <linux/skbuff.h>
#include <linux/stringify.h>
#include <slb/drop.h>
#include <slb/parse.h>
#include <slb/trace.h>

static const struct {
	const char *name;
	const char *text;
	const char *skb_name;
	enum skb_drop_reason skb_reason;
} slb_drop_info[SLB_DROP_MAX] = {
/* An older kernel may have another reason for one: this is the name that its tracepoint shows. */
#define SKB_NAME(reason) (__stringify(reason) + sizeof("SKB_DROP_REASON_") - 1)
#define X(n, r, t) \
	[SLB_DROP_##n] = { #n, t, SKB_NAME(SKB_DROP_REASON_##r), SKB_DROP_REASON_##r },
	SLB_DROP_REASONS(X)
#undef X
#undef SKB_NAME
};

/**
 * slb_drops_alloc() - allocate the counters of a namespace
 *
 * Return: the counters, for free_percpu(), or NULL.
 */
struct slb_drops __percpu *slb_drops_alloc(void)
{
	struct slb_drops __percpu *drops = alloc_percpu(struct slb_drops);
	int cpu;

	if (!drops)
		return NULL;
	for_each_possible_cpu(cpu)
		seqcount_init(&per_cpu_ptr(drops, cpu)->seq);
	return drops;
}

/* Where does the packet come from and go? It may be cut short or of any protocol. */
static void slb_drop_describe(const struct sk_buff *skb, struct slb_drop_last *last)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? NFPROTO_IPV4 :
		    skb->protocol == htons(ETH_P_IPV6) ? NFPROTO_IPV6 : 0;
	struct slb_pkt p;

	last->ifindex = skb->skb_iif;
	if (!family || slb_parse_addr(skb, family, &p))
		return;
	last->family = family;
	last->source = p.t.src;
	last->addr = p.t.dst;
	/* without a whole transport header there is no port */
	p.t.dport = 0;
	slb_parse_flow(skb, &p);
	last->proto = p.t.proto;
	last->port = ntohs(p.t.dport);
}

/* The same of a packet that is freed already. */
static void slb_drop_describe_flow(const struct slb_tuple *t, struct slb_drop_last *last)
{
	last->family = t->family;
	last->source = t->src;
	last->addr = t->dst;
	last->proto = t->proto;
	last->port = ntohs(t->dport);
}

/*
 * Remember the packet for those who ask why: at most one in a tick, so that a flood costs no more.
 * Context: softirq, or a task that reinjects a queued packet.
 */
static void slb_drop_note(struct slb_drops __percpu *drops, const struct sk_buff *skb,
			  const struct slb_tuple *t, enum slb_drop why)
{
	struct slb_drop_last last = { .when = jiffies ?: 1 };
	struct slb_drops *mine;

	if (this_cpu_read(drops->last[why].when) == last.when)
		return;
	if (skb)
		slb_drop_describe(skb, &last);
	else if (t)
		slb_drop_describe_flow(t, &last);
	/* a task that reinjects a queued packet must not be interrupted by a softirq that drops */
	local_bh_disable();
	preempt_disable_nested();
	mine = this_cpu_ptr(drops);
	write_seqcount_begin(&mine->seq);
	mine->last[why] = last;
	write_seqcount_end(&mine->seq);
	preempt_enable_nested();
	local_bh_enable();
}

/**
 * slb_drop_last() - find the last packet that was dropped for a reason
 * @drops: counters of the namespace
 * @why: the reason, not SLB_OK
 * @last: filled; @last->when is 0 when none was dropped
 */
void slb_drop_last(struct slb_drops __percpu *drops, enum slb_drop why,
		   struct slb_drop_last *last)
{
	unsigned long now = jiffies;
	int cpu;

	*last = (struct slb_drop_last){};
	for_each_possible_cpu(cpu) {
		const struct slb_drops *one = per_cpu_ptr(drops, cpu);
		struct slb_drop_last found;
		unsigned int seq;

		do {
			seq = read_seqcount_begin(&one->seq);
			found = one->last[why];
		} while (read_seqcount_retry(&one->seq, seq));
		/* compare ages: on 32-bit machines jiffies wrap */
		if (found.when && (!last->when || now - found.when < now - last->when))
			*last = found;
	}
}

/**
 * slb_drop() - drop a packet
 * @drops: counters of the namespace
 * @skb: the packet; freed
 * @why: the reason, not SLB_OK
 *
 * Context: softirq.
 *
 * Return: NF_STOLEN, for a hook to return.
 */
unsigned int slb_drop(struct slb_drops __percpu *drops, struct sk_buff *skb, enum slb_drop why)
{
	trace_slb_drop(skb, NULL, why);
	this_cpu_inc(drops->n[why]);
	slb_drop_note(drops, skb, NULL, why);
	kfree_skb_reason(skb, slb_drop_info[why].skb_reason);
	return NF_STOLEN;
}

/**
 * slb_drop_freed() - count a packet that was freed elsewhere
 * @drops: counters of the namespace
 * @t: its flow key
 * @why: the reason, not SLB_OK
 *
 * Context: softirq.
 */
void slb_drop_freed(struct slb_drops __percpu *drops, const struct slb_tuple *t, enum slb_drop why)
{
	trace_slb_drop(NULL, t, why);
	this_cpu_inc(drops->n[why]);
	slb_drop_note(drops, NULL, t, why);
}

/**
 * slb_drop_sent() - count a packet that a chain or IPsec has refused to forward
 * @drops: counters of the namespace
 * @skb: the packet; freed unless the chain has freed it
 * @t: its flow key when it came in
 * @sent: the result of sending it
 *
 * Context: softirq.
 */
void slb_drop_sent(struct slb_drops __percpu *drops, struct sk_buff *skb, const struct slb_tuple *t,
		   enum slb_sent sent)
{
	if (sent == SLB_SENT_CHAIN)
		slb_drop_freed(drops, t, SLB_DROP_CHAIN);
	else if (sent == SLB_SENT_POLICY)
		slb_drop(drops, skb, SLB_DROP_POLICY);
}

/**
 * slb_drop_name() - short name of a reason
 * @why: the reason, not SLB_OK
 *
 * Return: the name, as in slb/reason.h.
 */
const char *slb_drop_name(enum slb_drop why)
{
	return slb_drop_info[why].name;
}

/**
 * slb_drop_text() - the sentence that explains a reason
 * @why: the reason, not SLB_OK
 *
 * Return: an English sentence.
 */
const char *slb_drop_text(enum slb_drop why)
{
	return slb_drop_info[why].text;
}

/**
 * slb_drop_skb_name() - the kernel's own reason, which tracepoints show
 * @why: the reason, not SLB_OK
 *
 * Return: its name in enum skb_drop_reason, without SKB_DROP_REASON_.
 */
const char *slb_drop_skb_name(enum slb_drop why)
{
	return slb_drop_info[why].skb_name;
}

/**
 * slb_drop_count() - count the packets dropped for a reason
 * @drops: counters of the namespace
 * @why: the reason, not SLB_OK
 *
 * Return: their number.
 */
u64 slb_drop_count(struct slb_drops __percpu *drops, enum slb_drop why)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(drops, cpu)->n[why]);
	return sum;
}
