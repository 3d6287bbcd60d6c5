// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace packets: hooks that stand before the usual ones while somebody traces. They look at what
 * goes in and what comes out, so the usual packet path has nothing for it.
 */
#include <linux/netfilter.h>
#include <linux/slb.h>
#include <slb/bridge.h>
#include <slb/gather.h>
#include <slb/ingress.h>
#include <slb/module.h>
#include <slb/parse.h>
#include <slb/tracer.h>

#include "config/balancer.h"
#include "config/link.h"
#include "config/snapshot.h"
#include "config/vip.h"
#include "net.h"
#include "packet/fast.h"
#include "packet/hook.h"
#include "packet/steer.h"
#include "packet/tracing.h"
#include "packet/vip_match.h"
#include "trace.h"

/**
 * struct rly_tracing - a packet that is traced
 * @record: what tracepoints report
 * @t: what is reported to tracers
 * @in: link that uses the device that it came in by, or NULL
 * @vip: the VIP that matches it, or NULL
 * @target: the link that it is steered to, or NULL; valid in the RCU section of the packet
 * @how: how it was found
 * @how_text: room for @how
 */
struct rly_tracing {
	struct slb_tracer_record record;
	struct slb_traced t;
	const struct rly_link *in;
	const struct rly_vip *vip;
	const struct rly_link *target;
	const char *how;
	char how_text[sizeof("heir-of-") + SLB_RELAY_NAME_LEN];
};

/* A packet that may be traced is steered. */
static void rly_tracing_steer(void *data, const struct slb_tuple *t,
			      const struct rly_target *target)
{
	struct slb_tracer_record *record = slb_tracer_record();
	struct rly_tracing *it;

	if (!record)
		return;
	it = container_of(record, struct rly_tracing, record);
	it->target = target->link;
	it->how = rly_trace_how(target->how);
	if (!target->absent)
		return;
	snprintf(it->how_text, sizeof(it->how_text), "heir-of-%s", target->absent->balancer->name);
	it->how = it->how_text;
}

/**
 * slb_module_tracers() - the tracers of a namespace
 * @net: the namespace
 *
 * Return: them.
 */
struct slb_tracers *slb_module_tracers(const struct net *net)
{
	return &rly_net(net)->tracers;
}

/**
 * slb_module_trace_attach() - listen to the tracepoint of steered packets
 *
 * Context: RTNL held.
 *
 * Return: 0 or an error.
 */
int slb_module_trace_attach(void)
{
	return register_trace_relay_steer(rly_tracing_steer, NULL);
}

/**
 * slb_module_trace_detach() - the opposite
 *
 * Context: RTNL held.
 */
void slb_module_trace_detach(void)
{
	unregister_trace_relay_steer(rly_tracing_steer, NULL);
}

static const struct rly_return *rly_tracing_return(const struct rly_snapshot *snap,
						   const union nf_inet_addr *addr, u8 family)
{
	return snap && rly_snapshot_maybe(snap, addr, family) ?
	       rly_return_find(snap, addr, family) : NULL;
}

/* Where does a packet come from and go? -1 when the usual hook would not handle it. */
static int rly_tracing_way(struct rly_net *rn, const struct rly_snapshot *snap,
			   struct rly_tracing *it, const struct rly_vaddr **vaddr)
{
	const struct slb_tuple *t = &it->t.p.t;

	*vaddr = rly_vaddr_find(rn, &t->dst, t->family);
	if (*vaddr)
		return SLB_TRACE_WAY_TO_VIP;
	if (rly_tracing_return(snap, &t->dst, t->family))
		return SLB_TRACE_WAY_TO_LOCAL;
	if (!it->in)
		return -1;
	if (rly_tracing_return(snap, &t->src, t->family))
		return SLB_TRACE_WAY_FROM_LOCAL;
	*vaddr = rly_vaddr_find(rn, &t->src, t->family);
	return *vaddr ? SLB_TRACE_WAY_FROM_VIP : -1;
}

/* The relay knows two ends of the flow of a packet: those that it names. */
static void rly_tracing_ends(struct slb_traced *t)
{
	static const u8 ends[][2] = {
		[SLB_TRACE_WAY_TO_VIP] = { SLB_TRACER_CLIENT, SLB_TRACER_VIP },
		[SLB_TRACE_WAY_TO_LOCAL] = { SLB_TRACER_SERVER, SLB_TRACER_LOCAL },
		[SLB_TRACE_WAY_FROM_VIP] = { SLB_TRACER_VIP, SLB_TRACER_CLIENT },
		[SLB_TRACE_WAY_FROM_LOCAL] = { SLB_TRACER_LOCAL, SLB_TRACER_SERVER },
	};
	struct slb_tuple key = t->p.t;

	/* an ICMP error is about a packet that went the other way */
	if (t->p.kind == SLB_KIND_ERROR)
		slb_tuple_reverse(&key, &t->p.quoted);
	else if (t->p.kind == SLB_KIND_ECHO)
		key.sport = 0;
	slb_traced_set(t, ends[t->way][0], &key.src, key.sport);
	slb_traced_set(t, ends[t->way][1], &key.dst, key.dport);
}

/* Look at a packet. False when it is none of a VIP, a server or a balancer. */
static bool rly_tracing_look(struct rly_net *rn, const struct sk_buff *skb, u8 family,
			     struct rly_tracing *it)
{
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	struct slb_traced *t = &it->t;
	const struct rly_vaddr *vaddr;
	int way;

	memset(it, 0, sizeof(*it));
	if (slb_bridge_passes(skb) || slb_parse_addr(skb, family, &t->p) ||
	    (!test_bit(slb_prefilter_hash(&t->p.t.dst, family), rn->prefilter) &&
	     !test_bit(rly_prefilter_dev(skb->dev->ifindex), rn->prefilter_devs)))
		return false;
	it->in = snap ? rly_steer_ingress(snap, skb->dev->ifindex) : NULL;
	way = rly_tracing_way(rn, snap, it, &vaddr);
	if (way < 0)
		return false;
	t->way = way;
	slb_traced_parse(t, skb);
	rly_tracing_ends(t);
	if (vaddr && (t->p.kind == SLB_KIND_FLOW || t->p.kind == SLB_KIND_ERROR))
		it->vip = rly_vip_match(vaddr, t->proto, t->end[SLB_TRACER_VIP].port);
	return true;
}

/* What is known after the packet was handled. */
static void rly_tracing_outcome(struct rly_tracing *it, unsigned int verdict)
{
	struct slb_traced *t = &it->t;

	t->why = it->record.why;
	t->result = t->why ? SLB_TRACE_RESULT_DROPPED :
		    verdict == NF_ACCEPT ? SLB_TRACE_RESULT_ACCEPTED : SLB_TRACE_RESULT_SENT;
	t->how = it->how;
	if (it->in)
		slb_module_link_text(t->in, &it->in->nh);
	if (it->target)
		slb_module_link_text(t->out, &it->target->nh);
	if (!it->vip)
		return;
	t->matched = true;
	t->matched_proto = it->vip->id.proto;
	t->first = it->vip->id.first;
	t->last = it->vip->id.last;
}

/*
 * Reassemble a fragment as the usual hook would, which then sees a whole packet. Return: NF_ACCEPT
 * when it is whole; otherwise what the hook returns.
 */
static unsigned int rly_tracing_gather(struct rly_net *rn, struct sk_buff *skb,
				       struct rly_tracing *it)
{
	const struct slb_tuple *t = &it->t.p.t;

	switch (slb_gather(rn->net, skb, t->family, SLB_GATHER_RELAY)) {
	case 0:
		return NF_ACCEPT;
	case -EINPROGRESS:
		rly_tracing_outcome(it, NF_STOLEN);
		it->t.result = SLB_TRACE_RESULT_QUEUED;
		return NF_STOLEN;
	case -ENOMEM:
		slb_drop_freed(rn->drops, t, SLB_DROP_FRAGMENT);
		break;
	default:
		slb_drop(rn->drops, skb, SLB_DROP_FRAGMENT);
	}
	it->record.why = SLB_DROP_FRAGMENT;
	rly_tracing_outcome(it, NF_STOLEN);
	return NF_STOLEN;
}

/* Is it a fragment that the usual hook would reassemble? */
static bool rly_tracing_is_fragment(const struct rly_tracing *it)
{
	return it->t.way == SLB_TRACE_WAY_TO_VIP && it->t.sound && it->t.p.h.frag;
}

/* Handle a packet that a tracer may want. */
static unsigned int rly_tracing_packet(struct rly_net *rn, struct sk_buff *skb,
				       const struct nf_hook_state *state, nf_hookfn *hook,
				       struct rly_tracing *it)
{
	struct slb_tracer_record *outer;
	unsigned int verdict;

	if (rly_tracing_is_fragment(it)) {
		verdict = rly_tracing_gather(rn, skb, it);
		if (verdict != NF_ACCEPT) {
			slb_tracers_send(rn->net, &rn->tracers, &it->t);
			return verdict;
		}
		/* its ports are known now: it may be of another flow */
		if (!rly_tracing_look(rn, skb, state->pf, it))
			return hook(rn, skb, state);
	}
	outer = slb_tracer_enter(&it->record);
	verdict = hook(rn, skb, state);
	slb_tracer_leave(outer);
	rly_tracing_outcome(it, verdict);
	slb_tracers_send(rn->net, &rn->tracers, &it->t);
	return verdict;
}

/* The hook of the ordinary path while somebody traces. @hook: the usual one */
static unsigned int rly_tracing_any(struct rly_net *rn, struct sk_buff *skb,
				    const struct nf_hook_state *state, nf_hookfn *hook)
{
	struct slb_tracer_record *outer;
	struct rly_tracing it;
	unsigned int verdict;

	/* without a VIP only probes matter */
	if (!slb_tracers_any(&rn->tracers) || !READ_ONCE(rn->hooked))
		return hook(rn, skb, state);
	/* it may be reinjected by nfnetlink_queue: process context */
	local_bh_disable();
	if (rly_tracing_look(rn, skb, state->pf, &it) &&
	    slb_tracers_match(&rn->tracers, &it.t)) {
		verdict = rly_tracing_packet(rn, skb, state, hook, &it);
	} else {
		outer = slb_tracer_enter(NULL);
		verdict = hook(rn, skb, state);
		slb_tracer_leave(outer);
	}
	local_bh_enable();
	return verdict;
}

static unsigned int rly_tracing_hook4(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return rly_tracing_any(priv, skb, state, rly_hook4);
}

static unsigned int rly_tracing_hook6(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return rly_tracing_any(priv, skb, state, rly_hook6);
}

/**
 * rly_tracing_hook() - the hook of the ordinary path while somebody traces
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: the function.
 */
nf_hookfn *rly_tracing_hook(u8 family)
{
	return family == NFPROTO_IPV4 ? rly_tracing_hook4 : rly_tracing_hook6;
}

/* May a tracer want a packet? Then it takes the ordinary path, where each step is reported. */
static noinline bool rly_tracing_wants(struct rly_net *rn, const struct sk_buff *skb)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	struct rly_tracing it;

	return rly_tracing_look(rn, skb, family, &it) && slb_tracers_match(&rn->tracers, &it.t);
}

/**
 * rly_tracing_ingress() - the ingress hook of a device while somebody traces
 * @priv: struct slb_port of the device
 * @skb: the packet
 * @state: of the hook
 *
 * Context: softirq, RCU.
 *
 * Return: as rly_fast_hook().
 */
unsigned int rly_tracing_ingress(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct rly_net *rn = ((const struct slb_port *)priv)->owner;
	bool ip = skb->protocol == htons(ETH_P_IP) || skb->protocol == htons(ETH_P_IPV6);
	struct slb_tracer_record *outer;
	unsigned int verdict;

	if (ip && rly_tracing_wants(rn, skb))
		return NF_ACCEPT;
	outer = slb_tracer_enter(NULL);
	verdict = rly_fast_hook(priv, skb, state);
	slb_tracer_leave(outer);
	return verdict;
}
