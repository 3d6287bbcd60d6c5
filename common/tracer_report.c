// SPDX-License-Identifier: GPL-2.0-only
/* Packets that are traced: what they are, which tracers want them, and the reports. */
#include <linux/ktime.h>
#include <linux/rculist.h>
#include <linux/slb.h>
#include <linux/timekeeping.h>
#include <net/genetlink.h>
#include <slb/drop.h>
#include <slb/parse.h>
#include <slb/proto.h>
#include <slb/tracer_filter.h>

/* Room for a report: about 40 attributes, few of them long. */
#define SLB_TRACER_REPORT_SIZE 1200

/**
 * slb_traced_parse() - read the headers of a packet
 * @t: with addresses, as of slb_parse_addr(); filled
 * @skb: the packet
 */
void slb_traced_parse(struct slb_traced *t, const struct sk_buff *skb)
{
	t->sound = !slb_parse_flow(skb, &t->p);
	t->bare = !t->sound || t->p.h.frag;
	if (t->bare)
		t->p.kind = SLB_KIND_OTHER;
	t->proto = t->p.kind == SLB_KIND_ERROR ? t->p.quoted.proto : t->p.t.proto;
	t->dev = skb->dev->name;
	t->length = skb->len;
}

/**
 * slb_tracers_match() - does some tracer want a packet?
 * @tracers: tracers of the namespace
 * @t: the packet, before it is handled
 *
 * Context: RCU.
 *
 * Return: true if one may, depending on what becomes of the packet.
 */
bool slb_tracers_match(const struct slb_tracers *tracers, const struct slb_traced *t)
{
	const struct slb_tracer *tracer;

	list_for_each_entry_rcu(tracer, &tracers->list, list)
		if (slb_tracer_matches(tracer, t, false))
			return true;
	return false;
}

/**
 * slb_tracers_send() - report a packet to the tracers that want it
 * @net: the namespace
 * @tracers: its tracers
 * @t: the packet, after it was handled
 *
 * Context: softirq, RCU.
 */
void slb_tracers_send(struct net *net, const struct slb_tracers *tracers, struct slb_traced *t)
{
	struct slb_tracer *tracer;

	list_for_each_entry_rcu(tracer, &tracers->list, list)
		if (slb_tracer_matches(tracer, t, true))
			slb_tracer_report(net, tracer, t);
}

static int slb_tracer_put_addr(struct sk_buff *skb, int attr, const union nf_inet_addr *addr,
			       u8 family)
{
	return nla_put(skb, attr, slb_addr_len(family), addr);
}

/* A text may be absent. */
static int slb_tracer_put_text(struct sk_buff *skb, int attr, const char *text)
{
	return text && *text ? nla_put_string(skb, attr, text) : 0;
}

static int slb_tracer_put_ends(struct sk_buff *skb, const struct slb_traced *t)
{
	static const u8 attrs[SLB_TRACER_ENDS][2] = {
		[SLB_TRACER_CLIENT] = { SLB_A_TRACE_CLIENT, SLB_A_TRACE_CLIENT_PORT },
		[SLB_TRACER_VIP] = { SLB_A_TRACE_VIP, SLB_A_TRACE_VIP_PORT },
		[SLB_TRACER_SERVER] = { SLB_A_TRACE_SERVER, SLB_A_TRACE_SERVER_PORT },
		[SLB_TRACER_LOCAL] = { SLB_A_TRACE_LOCAL, SLB_A_TRACE_LOCAL_PORT },
	};
	enum slb_tracer_who who;

	for (who = 0; who < SLB_TRACER_ENDS; who++) {
		const struct slb_tracer_end *end = &t->end[who];

		if (!(t->known & BIT(who)))
			continue;
		if (slb_tracer_put_addr(skb, attrs[who][0], &end->addr, t->p.t.family) ||
		    (end->port && nla_put_u16(skb, attrs[who][1], ntohs(end->port))))
			return -EMSGSIZE;
	}
	return 0;
}

static u32 slb_tracer_kind(const struct slb_traced *t)
{
	if (t->p.h.frag)
		return SLB_TRACE_KIND_FRAGMENT;
	switch (t->p.kind) {
	case SLB_KIND_FLOW:
		return SLB_TRACE_KIND_FLOW;
	case SLB_KIND_ECHO:
		return SLB_TRACE_KIND_ECHO;
	case SLB_KIND_ERROR:
		return SLB_TRACE_KIND_ICMP_ERROR;
	default:
		return SLB_TRACE_KIND_OTHER;
	}
}

/* Ports, flags or type: only those that the packet has. */
static int slb_tracer_put_transport(struct sk_buff *skb, const struct slb_traced *t)
{
	bool icmp = t->p.t.proto == IPPROTO_ICMP || t->p.t.proto == IPPROTO_ICMPV6;

	if (t->bare)
		return 0;
	if (icmp)
		return nla_put_u8(skb, SLB_A_TRACE_ICMP_TYPE, t->p.icmp_type) ?:
		       nla_put_u8(skb, SLB_A_TRACE_ICMP_CODE, t->p.icmp_code);
	if (t->p.kind != SLB_KIND_FLOW)
		return 0;
	if (nla_put_u16(skb, SLB_A_TRACE_SRC_PORT, ntohs(t->p.t.sport)) ||
	    nla_put_u16(skb, SLB_A_TRACE_DST_PORT, ntohs(t->p.t.dport)))
		return -EMSGSIZE;
	return slb_proto_has(t->p.t.proto, SLB_PROTO_TCP_FLAGS) ?
	       nla_put_u8(skb, SLB_A_TRACE_TCP_FLAGS, t->p.tcp_flags) : 0;
}

static int slb_tracer_put_packet(struct sk_buff *skb, const struct slb_traced *t)
{
	u8 family = t->p.t.family;

	if (slb_tracer_put_text(skb, SLB_A_TRACE_DEV, t->dev) ||
	    slb_tracer_put_text(skb, SLB_A_TRACE_IN_LINK, t->in) ||
	    nla_put_u32(skb, SLB_A_TRACE_KIND, slb_tracer_kind(t)) ||
	    nla_put_u32(skb, SLB_A_TRACE_WAY, t->way) ||
	    slb_tracer_put_addr(skb, SLB_A_TRACE_SRC, &t->p.t.src, family) ||
	    slb_tracer_put_addr(skb, SLB_A_TRACE_DST, &t->p.t.dst, family) ||
	    nla_put_u8(skb, SLB_A_TRACE_PROTO, t->proto) ||
	    nla_put_u32(skb, SLB_A_TRACE_LENGTH, t->length))
		return -EMSGSIZE;
	return slb_tracer_put_transport(skb, t);
}

static int slb_tracer_put_matched(struct sk_buff *skb, const struct slb_traced *t)
{
	if (!t->matched)
		return 0;
	if (nla_put_u8(skb, SLB_A_TRACE_MATCHED_PROTO, t->matched_proto) ||
	    nla_put_u16(skb, SLB_A_TRACE_MATCHED_FIRST, t->first) ||
	    nla_put_u16(skb, SLB_A_TRACE_MATCHED_LAST, t->last))
		return -EMSGSIZE;
	return slb_tracer_put_text(skb, SLB_A_TRACE_GROUP, t->group) ?:
	       slb_tracer_put_text(skb, SLB_A_TRACE_SCHEDULER, t->scheduler);
}

static int slb_tracer_put_steps(struct sk_buff *skb, const struct slb_traced *t)
{
	if (slb_tracer_put_matched(skb, t) ||
	    (t->session && nla_put_u8(skb, SLB_A_TRACE_SESSION_NEW, t->session == 2)) ||
	    slb_tracer_put_text(skb, SLB_A_TRACE_ENDED, t->ended) ||
	    slb_tracer_put_text(skb, SLB_A_TRACE_RETURN_LINK, t->ret) ||
	    slb_tracer_put_text(skb, SLB_A_TRACE_HOW, t->how) ||
	    slb_tracer_put_text(skb, SLB_A_TRACE_OUT_LINK, t->out))
		return -EMSGSIZE;
	return nla_put_u32(skb, SLB_A_TRACE_RESULT, t->result);
}

static int slb_tracer_put_drop(struct sk_buff *skb, const struct slb_traced *t)
{
	char word[SLB_DROP_WORD_SIZE];

	if (!t->why)
		return 0;
	slb_drop_word(word, slb_drop_name(t->why));
	return nla_put_string(skb, SLB_A_TRACE_REASON, word) ?:
	       nla_put_string(skb, SLB_A_TRACE_TEXT, slb_drop_text(t->why));
}

static int slb_tracer_fill(struct sk_buff *skb, const struct slb_tracer *tracer, u64 number,
			   const struct slb_traced *t)
{
	void *hdr = genlmsg_put(skb, tracer->portid, 0, tracer->family, 0, tracer->cmd);
	u64 lost = atomic64_read(&tracer->lost);

	if (!hdr || nla_put_uint(skb, SLB_A_TRACE_NUMBER, number) ||
	    (lost && nla_put_uint(skb, SLB_A_TRACE_LOST, lost)) ||
	    nla_put_uint(skb, SLB_A_TRACE_TIME, ktime_to_us(ktime_get_real())) ||
	    slb_tracer_put_packet(skb, t) || slb_tracer_put_ends(skb, t) ||
	    slb_tracer_put_steps(skb, t) || slb_tracer_put_drop(skb, t))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * slb_tracer_report() - report a packet to a tracer, unless it gets too many
 * @net: the namespace
 * @tracer: the tracer
 * @t: the packet, after it was handled
 *
 * Context: softirq, RCU.
 */
void slb_tracer_report(struct net *net, struct slb_tracer *tracer, const struct slb_traced *t)
{
	u64 number = atomic64_inc_return(&tracer->number);
	struct sk_buff *skb = NULL;

	if (slb_rate_allows(&tracer->rate, SLB_TRACER_RATE))
		skb = genlmsg_new(SLB_TRACER_REPORT_SIZE, GFP_ATOMIC);
	if (skb && slb_tracer_fill(skb, tracer, number, t)) {
		nlmsg_free(skb);
		skb = NULL;
	}
	/* the socket may be full, or be closed already */
	if (!skb || genlmsg_unicast(net, skb, tracer->portid))
		atomic64_inc(&tracer->lost);
}
