// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace packets: hooks that stand before the usual ones while somebody traces. They look at what
 * goes in and what comes out, so the usual packet path has nothing for it.
 */
#include <linux/netfilter.h>
#include <slb/bridge.h>
#include <slb/gather.h>
#include <slb/ingress.h>
#include <slb/module.h>
#include <slb/owned.h>
#include <slb/tracer.h>

#include "config/former.h"
#include "config/group.h"
#include "packet/ctx.h"
#include "packet/fast.h"
#include "packet/hook.h"
#include "packet/tracing.h"
#include "packet/xmit.h"
#include "trace.h"

/**
 * struct slb_tracing - a packet that is traced
 * @record: what tracepoints report
 * @t: what is reported to tracers
 * @in: link that it came in by
 * @session: its session, or NULL
 * @dir: its direction in the session
 * @vip: the VIP that matches it, or NULL
 * @is_new: it began the session
 * @ended: why a former session ended, or NULL
 */
struct slb_tracing {
	struct slb_tracer_record record;
	struct slb_traced t;
	const struct slb_link *in;
	const struct slb_session *session;
	enum slb_dir dir;
	const struct slb_vip *vip;
	bool is_new;
	const char *ended;
};

/* A session begins or ends while a traced packet is handled. */
static void slb_tracing_session(void *data, const struct slb_session *s,
				enum slb_trace_event event, enum slb_end why)
{
	struct slb_tracer_record *record = slb_tracer_record();
	struct slb_tracing *it;

	if (!record)
		return;
	it = container_of(record, struct slb_tracing, record);
	if (event == SLB_TRACE_NEW) {
		it->session = s;
		it->dir = SLB_REQUEST;
		it->is_new = true;
	} else if (event == SLB_TRACE_END && s == it->session) {
		it->ended = slb_trace_end_name(s, why);
	}
}

/**
 * slb_module_tracers() - the tracers of a namespace
 * @net: the namespace
 *
 * Return: them.
 */
struct slb_tracers *slb_module_tracers(const struct net *net)
{
	return &slb_net(net)->tracers;
}

/**
 * slb_module_trace_attach() - listen to the tracepoint of sessions
 *
 * Context: RTNL held.
 *
 * Return: 0 or an error.
 */
int slb_module_trace_attach(void)
{
	return register_trace_slb_session(slb_tracing_session, NULL);
}

/**
 * slb_module_trace_detach() - the opposite
 *
 * Context: RTNL held.
 */
void slb_module_trace_detach(void)
{
	unregister_trace_slb_session(slb_tracing_session, NULL);
}

/* The flow of an ICMP error is that of the packet that it quotes, which went the other way. */
static void slb_tracing_flow_key(const struct slb_pkt *p, struct slb_tuple *key)
{
	if (p->kind == SLB_KIND_ERROR)
		slb_tuple_reverse(key, &p->quoted);
	else
		*key = p->t;
}

/* Set all ends of the flow from its session. */
static void slb_tracing_ends(struct slb_traced *t, const struct slb_session *s)
{
	const struct slb_tuple *request = &s->side[SLB_REQUEST].tuple;
	const struct slb_tuple *reply = &s->side[SLB_REPLY].tuple;

	slb_traced_set(t, SLB_TRACER_CLIENT, &request->src, request->sport);
	slb_traced_set(t, SLB_TRACER_VIP, &request->dst, request->dport);
	slb_traced_set(t, SLB_TRACER_SERVER, &reply->src, reply->sport);
	slb_traced_set(t, SLB_TRACER_LOCAL, &reply->dst, reply->dport);
}

/* What is known before the packet is handled. */
static void slb_tracing_flow(struct slb_net *sn, struct slb_tracing *it,
			     const struct slb_vaddr *vaddr)
{
	struct slb_traced *t = &it->t;
	struct slb_tuple key;
	struct slb_side *side;

	slb_tracing_flow_key(&t->p, &key);
	if (t->p.kind == SLB_KIND_FLOW || t->p.kind == SLB_KIND_ERROR) {
		side = slb_session_find(sn, &key, slb_flow_hash(&key, &slb_session_key));
		if (side) {
			it->session = slb_side_session(side);
			it->dir = side->tuple.tag;
			slb_tracing_ends(t, it->session);
			return;
		}
	}
	if (t->p.kind == SLB_KIND_ECHO)
		key.sport = 0;
	slb_traced_set(t, vaddr ? SLB_TRACER_CLIENT : SLB_TRACER_SERVER, &key.src, key.sport);
	slb_traced_set(t, vaddr ? SLB_TRACER_VIP : SLB_TRACER_LOCAL, &key.dst, key.dport);
	if (!vaddr || t->p.kind != SLB_KIND_FLOW)
		return;
	t->open = BIT(SLB_TRACER_SERVER) | BIT(SLB_TRACER_LOCAL);
	it->vip = slb_vip_find(vaddr, key.proto, key.dport);
}

/* Look at a packet. False when it is not for the balancer. */
static bool slb_tracing_look(struct slb_net *sn, const struct sk_buff *skb, u8 family,
			     struct slb_tracing *it)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	struct slb_traced *t = &it->t;
	const struct slb_vaddr *vaddr;

	memset(it, 0, sizeof(*it));
	if (slb_bridge_passes(skb) || slb_parse_addr(skb, family, &t->p) ||
	    !test_bit(slb_prefilter_hash(&t->p.t.dst, family), sn->prefilter))
		return false;
	vaddr = slb_vaddr_lookup(sn, &t->p.t.dst, family);
	if (!vaddr && !slb_link_by_local(links, &t->p.t.dst, family) &&
	    !slb_link_by_adopted(links, &t->p.t.dst, family) &&
	    !slb_former_find(sn, &t->p.t.dst, family))
		return false;
	it->in = slb_link_by_ifindex(links, skb->dev->ifindex);
	if (!it->in)
		return false;
	t->way = vaddr ? SLB_TRACE_WAY_TO_VIP : SLB_TRACE_WAY_TO_LOCAL;
	slb_traced_parse(t, skb);
	slb_tracing_flow(sn, it, vaddr);
	return true;
}

static void slb_tracing_vip(struct slb_traced *t, const struct slb_vip *vip)
{
	const struct slb_group *group;

	t->matched = true;
	t->matched_proto = vip->claim.proto;
	t->first = vip->claim.range.first;
	t->last = vip->claim.range.last;
	/* the group of a deleted VIP may have been deleted, too: a grace period after that */
	if (READ_ONCE(vip->dead))
		return;
	group = rcu_dereference(vip->group);
	/* both are replaced under the lock, and freed after a grace period */
	t->group = READ_ONCE(group->name)->text;
	t->scheduler = READ_ONCE(group->conf.sched)->name;
}

/* What is known after the packet was handled. */
static void slb_tracing_outcome(struct slb_net *sn, struct slb_tracing *it, unsigned int verdict)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	const struct slb_session *s = it->session;
	struct slb_traced *t = &it->t;
	const struct slb_link *out;

	t->why = it->record.why;
	t->result = t->why ? SLB_TRACE_RESULT_DROPPED :
		    verdict == NF_ACCEPT ? SLB_TRACE_RESULT_ACCEPTED :
		    t->p.kind == SLB_KIND_ECHO ? SLB_TRACE_RESULT_ANSWERED : SLB_TRACE_RESULT_SENT;
	t->ended = it->ended;
	strscpy(t->in, it->in->name, sizeof(t->in));
	if (s)
		it->vip = s->vip;
	if (it->vip)
		slb_tracing_vip(t, it->vip);
	if (!s)
		return;
	slb_tracing_ends(t, s);
	if (it->ended && !it->is_new)
		return;
	t->session = it->is_new ? 2 : 1;
	out = links->slot[s->ret];
	t->ret = out ? out->name : NULL;
	out = t->result == SLB_TRACE_RESULT_SENT ?
	      slb_xmit_link(links, s, it->dir, t->p.t.family) : NULL;
	if (out)
		strscpy(t->out, out->name, sizeof(t->out));
}

/*
 * Reassemble a fragment as the usual hook would, which then sees a whole packet. Return: NF_ACCEPT
 * when it is whole; otherwise what the hook returns.
 */
static unsigned int slb_tracing_gather(struct slb_net *sn, struct sk_buff *skb,
				       struct slb_tracing *it, u8 family)
{
	const struct slb_tuple *t = &it->t.p.t;

	switch (slb_gather(sn->net, skb, family, SLB_GATHER_BALANCER)) {
	case 0:
		return NF_ACCEPT;
	case -EINPROGRESS:
		it->t.result = SLB_TRACE_RESULT_QUEUED;
		strscpy(it->t.in, it->in->name, sizeof(it->t.in));
		return NF_STOLEN;
	case -ENOMEM:
		slb_drop_freed(sn->drops, t, SLB_DROP_FRAGMENT);
		break;
	default:
		slb_drop(sn->drops, skb, SLB_DROP_FRAGMENT);
	}
	slb_tracing_outcome(sn, it, NF_STOLEN);
	it->t.why = SLB_DROP_FRAGMENT;
	it->t.result = SLB_TRACE_RESULT_DROPPED;
	return NF_STOLEN;
}

/* Is it a fragment that the usual hook would reassemble? */
static bool slb_tracing_is_fragment(const struct slb_tracing *it)
{
	return it->t.sound && it->t.p.h.frag;
}

/* Handle a packet that a tracer may want. */
static unsigned int slb_tracing_packet(struct slb_net *sn, struct sk_buff *skb,
				       const struct nf_hook_state *state, nf_hookfn *hook,
				       struct slb_tracing *it)
{
	struct slb_tracer_record *outer;
	unsigned int verdict;

	if (slb_tracing_is_fragment(it)) {
		verdict = slb_tracing_gather(sn, skb, it, state->pf);
		if (verdict != NF_ACCEPT) {
			slb_tracers_send(sn->net, &sn->tracers, &it->t);
			return verdict;
		}
		/* its ports are known now: it may be of another flow */
		if (!slb_tracing_look(sn, skb, state->pf, it))
			return hook(sn, skb, state);
	}
	outer = slb_tracer_enter(&it->record);
	verdict = hook(sn, skb, state);
	slb_tracer_leave(outer);
	slb_tracing_outcome(sn, it, verdict);
	slb_tracers_send(sn->net, &sn->tracers, &it->t);
	return verdict;
}

/* The hook of the ordinary path while somebody traces. @hook: the usual one */
static unsigned int slb_tracing_any(struct slb_net *sn, struct sk_buff *skb,
				    const struct nf_hook_state *state, nf_hookfn *hook)
{
	struct slb_tracer_record *outer;
	struct slb_tracing it;
	unsigned int verdict;

	/* without a VIP only probes matter */
	if (!slb_tracers_any(&sn->tracers) || !READ_ONCE(sn->hooked))
		return hook(sn, skb, state);
	/* it may be reinjected by nfnetlink_queue: process context */
	local_bh_disable();
	if (slb_tracing_look(sn, skb, state->pf, &it) &&
	    slb_tracers_match(&sn->tracers, &it.t)) {
		verdict = slb_tracing_packet(sn, skb, state, hook, &it);
	} else {
		outer = slb_tracer_enter(NULL);
		verdict = hook(sn, skb, state);
		slb_tracer_leave(outer);
	}
	local_bh_enable();
	return verdict;
}

static unsigned int slb_tracing_hook4(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return slb_tracing_any(priv, skb, state, slb_hook4);
}

static unsigned int slb_tracing_hook6(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return slb_tracing_any(priv, skb, state, slb_hook6);
}

/**
 * slb_tracing_hook() - the hook of the ordinary path while somebody traces
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * It has the same argument as the usual hook, from which slb_fast_first() recognizes it.
 *
 * Return: the function.
 */
nf_hookfn *slb_tracing_hook(u8 family)
{
	return family == NFPROTO_IPV4 ? slb_tracing_hook4 : slb_tracing_hook6;
}

/* May a tracer want a packet? Then it takes the ordinary path, where each step is reported. */
static noinline bool slb_tracing_wants(struct slb_net *sn, const struct sk_buff *skb)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	struct slb_tracing it;

	return slb_tracing_look(sn, skb, family, &it) && slb_tracers_match(&sn->tracers, &it.t);
}

/**
 * slb_tracing_ingress() - the ingress hook of a link's device while somebody traces
 * @priv: struct slb_port of the device
 * @skb: the packet
 * @state: of the hook
 *
 * Context: softirq, RCU.
 *
 * Return: as slb_fast_hook().
 */
unsigned int slb_tracing_ingress(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct slb_net *sn = ((const struct slb_port *)priv)->owner;
	bool ip = skb->protocol == htons(ETH_P_IP) || skb->protocol == htons(ETH_P_IPV6);
	struct slb_tracer_record *outer;
	unsigned int verdict;

	if (ip && slb_tracing_wants(sn, skb))
		return NF_ACCEPT;
	outer = slb_tracer_enter(NULL);
	verdict = slb_fast_hook(priv, skb, state);
	slb_tracer_leave(outer);
	return verdict;
}
