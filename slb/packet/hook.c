// SPDX-License-Identifier: GPL-2.0-only
/* The ordinary path: the netfilter hooks of the balancer, and the list of steps of a packet. */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <slb/bridge.h>
#include <slb/forward.h>
#include <slb/gather.h>
#include <slb/ingress.h>
#include <slb/module.h>
#include <slb/owned.h>
#include <slb/probe_receive.h>
#include <slb/vip_drops.h>

#include "config/former.h"
#include "config/server.h"
#include "packet/ctx.h"
#include "packet/echo.h"
#include "packet/fast_hook.h"
#include "packet/hook.h"
#include "packet/icmp.h"
#include "packet/no_vip.h"
#include "packet/reset.h"
#include "packet/tracing.h"
#include "packet/unmatched.h"
#include "packet/xdp.h"
#include "packet/xmit.h"

/* Does the host have the address, too? Then packets that belong to no session are left to it. */
static bool slb_hook_host_owns(const struct slb_ctx *ctx, const struct sk_buff *skb)
{
	return slb_host_owns(ctx->sn->net, skb->dev, &ctx->p.t.dst, ctx->p.t.family);
}

/* Tell a client that it gets no session. @how: enum slb_vip_refuse */
static void slb_hook_answer(const struct slb_ctx *ctx, struct sk_buff *skb, u8 how)
{
	if (how == SLB_VIP_REFUSE_DROP)
		return;
	if (how == SLB_VIP_REFUSE_RESET && slb_proto_has(ctx->p.t.proto, SLB_PROTO_RESET))
		slb_reset_send(ctx, skb);
	else
		slb_icmp_unreachable(ctx, skb);
}

/* Handle a client's packet that belongs to no session. */
static unsigned int slb_hook_new(struct slb_ctx *ctx, struct sk_buff *skb, u64 hash)
{
	struct slb_vip *vip = slb_vip_find(ctx->vaddr, ctx->p.t.proto, ctx->p.t.dport);
	struct slb_session *s;
	enum slb_drop why;

	if (!vip)
		return slb_unmatched(ctx, skb);
	/* the server's answer to a VIP would come back as another request, without end */
	if (unlikely(slb_vaddr_find(ctx->sn, &ctx->p.t.src, ctx->p.t.family)))
		return slb_drop_of_vip(ctx->sn->drops, &vip->drops, skb, SLB_DROP_MARTIAN);
	if (!slb_proto_starts(ctx->p.t.proto, &ctx->p)) {
		slb_reset(ctx, skb);
		return slb_drop_of_vip(ctx->sn->drops, &vip->drops, skb, SLB_DROP_NO_SESSION);
	}
	/* what cannot be forwarded makes no session and gets no answer (RFC 1122, 3.2.2) */
	why = slb_forward_check(skb, &ctx->p.t.src, ctx->p.t.family);
	if (unlikely(why))
		return slb_drop_of_vip(ctx->sn->drops, &vip->drops, skb, why);
	s = slb_session_new(ctx->sn, ctx->links, ctx->in, vip, &ctx->p.t, hash, &why);
	if (unlikely(!s)) {
		if (slb_drop_refuses(why))
			slb_hook_answer(ctx, skb, slb_policy_answer(vip));
		return slb_drop_of_vip(ctx->sn->drops, &vip->drops, skb, why);
	}
	return slb_xmit(ctx, skb, &s->side[SLB_REQUEST]);
}

/* Handle a server's packet that belongs to no session. */
static unsigned int slb_hook_stray(const struct slb_ctx *ctx, struct sk_buff *skb)
{
	if (slb_hook_host_owns(ctx, skb))
		return NF_ACCEPT;
	slb_reset(ctx, skb);
	return slb_drop(ctx->sn->drops, skb, SLB_DROP_UNKNOWN_LOCAL);
}

/* Does a client's packet begin a new connection with the key of an existing session? */
static bool slb_hook_reopens(struct slb_net *sn, struct slb_session *s, const struct slb_pkt *p)
{
	if (likely(slb_proto_has(p->t.proto, SLB_PROTO_DATAGRAMS) ||
		   !slb_proto_starts(p->t.proto, p)))
		return false;
	return slb_session_reopens(sn, s, slb_server_drained(s->server) &&
					  slb_server_any(rcu_dereference(s->vip->group),
							 p->t.family));
}

static unsigned int slb_hook_flow(struct slb_ctx *ctx, struct sk_buff *skb)
{
	u64 hash = slb_flow_hash(&ctx->p.t, &slb_session_key);
	struct slb_side *side = slb_session_find(ctx->sn, &ctx->p.t, hash);
	struct slb_session *s;

	if (likely(side)) {
		s = slb_side_session(side);
		if (unlikely(slb_session_stale(s) &&
			     slb_session_over(ctx->sn, s, side->tuple.tag)))
			slb_session_kill(ctx->sn, s, SLB_END_EXPIRED);
		else if (unlikely(slb_session_ended(ctx->sn, ctx->links, s)))
			slb_session_kill(ctx->sn, s, SLB_END_DELETED);
		else if (unlikely(side->tuple.tag == SLB_REQUEST &&
				  slb_hook_reopens(ctx->sn, s, &ctx->p)))
			slb_session_supersede(ctx->sn, s);
		else
			return slb_xmit(ctx, skb, side);
	}
	if (ctx->vaddr)
		return slb_hook_new(ctx, skb, hash);
	return slb_hook_stray(ctx, skb);
}

/* Parse the packet; reassemble it first if it is a fragment. */
static enum slb_drop slb_hook_parse(struct slb_ctx *ctx, struct sk_buff *skb, int *queued)
{
	enum slb_drop why = slb_parse_flow(skb, &ctx->p);
	u8 family = ctx->p.t.family;

	*queued = 0;
	if (likely(why || !ctx->p.h.frag))
		return why;
	*queued = slb_gather(ctx->sn->net, skb, family, SLB_GATHER_BALANCER);
	if (*queued)
		return SLB_DROP_FRAGMENT;
	why = slb_parse_addr(skb, family, &ctx->p);
	if (!why)
		why = slb_parse_flow(skb, &ctx->p);
	/* a fragment that cannot be reassembled is still a fragment */
	return !why && ctx->p.h.frag ? SLB_DROP_FRAGMENT : why;
}

/* Handle a packet to a virtual or local address that came in on a link. */
static unsigned int slb_hook_ours(struct slb_ctx *ctx, struct sk_buff *skb)
{
	int queued;
	enum slb_drop why = slb_hook_parse(ctx, skb, &queued);

	if (queued == -EINPROGRESS)
		return NF_STOLEN;
	if (queued == -ENOMEM) {
		slb_drop_freed(ctx->sn->drops, &ctx->p.t, why);
		return NF_STOLEN;
	}
	if (unlikely(why))
		return slb_refuse(ctx, skb, why);
	switch (ctx->p.kind) {
	case SLB_KIND_FLOW:
		return slb_hook_flow(ctx, skb);
	case SLB_KIND_ERROR:
		return slb_xmit_error(ctx, skb);
	case SLB_KIND_ECHO:
		if (ctx->vaddr && !READ_ONCE(ctx->vaddr->former))
			return slb_echo(ctx, skb);
		fallthrough;
	default:
		return ctx->vaddr ? slb_unmatched(ctx, skb) :
				    slb_refuse(ctx, skb, SLB_DROP_ICMP_TYPE);
	}
}

/* Accept a probe of the relay, and hide it from conntrack. */
static bool slb_hook_probe(const struct slb_net *sn, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	return slb_link_by_ifindex(rcu_dereference(sn->links), state->in->ifindex) &&
	       slb_probe_untrack(&sn->probes, skb, state);
}

/* Handle a packet that may be a probe, or be for a virtual or local address. */
static noinline unsigned int slb_hook_maybe(struct slb_net *sn, struct sk_buff *skb,
					    const struct nf_hook_state *state)
{
	struct slb_ctx ctx = { .sn = sn };
	unsigned int verdict;

	if (unlikely(slb_probe_may_be(skb, state->pf)) && slb_hook_probe(sn, skb, state))
		return NF_ACCEPT;
	/* without a VIP only probes matter */
	if (unlikely(!READ_ONCE(sn->hooked)))
		return NF_ACCEPT;
	if (unlikely(slb_bridge_passes(skb) || slb_parse_addr(skb, state->pf, &ctx.p)))
		return NF_ACCEPT;
	ctx.links = rcu_dereference(ctx.sn->links);
	/* clients may still have connections to an address whose last VIP was deleted */
	ctx.vaddr = slb_vaddr_lookup(ctx.sn, &ctx.p.t.dst, state->pf);
	if (!ctx.vaddr && !slb_link_by_local(ctx.links, &ctx.p.t.dst, state->pf) &&
	    !slb_link_by_adopted(ctx.links, &ctx.p.t.dst, state->pf) &&
	    !slb_former_find(sn, &ctx.p.t.dst, state->pf)) {
		slb_no_vip_look(sn, skb, state);
		return NF_ACCEPT;
	}
	ctx.in = slb_link_by_ifindex(ctx.links, state->in->ifindex);
	if (!ctx.in)
		return NF_ACCEPT;
	if (likely(in_softirq()))
		return slb_hook_ours(&ctx, skb);
	/* reinjected by nfnetlink_queue from the raw table: process context */
	local_bh_disable();
	verdict = slb_hook_ours(&ctx, skb);
	local_bh_enable();
	return verdict;
}

/**
 * slb_hook4() - the hook of the ordinary path for IPv4
 * @priv: struct slb_net
 * @skb: the packet
 * @state: of the hook
 *
 * The prefilter rules most foreign packets out that are no probes. IP has checked the header
 * already. Context: softirq, or a task that reinjects a queued packet; RCU.
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int slb_hook4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct slb_net *sn = priv;

	if (unlikely(test_bit(slb_prefilter_ipv4(ip_hdr(skb)->daddr), sn->prefilter) ||
		     slb_probe_may_be(skb, NFPROTO_IPV4)))
		return slb_hook_maybe(sn, skb, state);
	slb_no_vip_look(sn, skb, state);
	return NF_ACCEPT;
}

/**
 * slb_hook6() - the same for IPv6
 * @priv: struct slb_net
 * @skb: the packet
 * @state: of the hook
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int slb_hook6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct slb_net *sn = priv;

	if (unlikely(test_bit(slb_prefilter_ipv6(ipv6_hdr(skb)->daddr.s6_addr32), sn->prefilter) ||
		     slb_probe_may_be(skb, NFPROTO_IPV6)))
		return slb_hook_maybe(sn, skb, state);
	slb_no_vip_look(sn, skb, state);
	return NF_ACCEPT;
}

static const struct nf_hook_ops slb_hook_ops[] = {
	{
		/*
		 * Before routing, as the host has no routes to clients and servers; after raw, so
		 * that rules there see clients' addresses; before conntrack, which must not track
		 * our packets.
		 */
		.hook = slb_hook4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_CONNTRACK - 1,
	},
	{
		/* The same for IPv6, for the same reasons. */
		.hook = slb_hook6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_CONNTRACK - 1,
	},
};

/* The hooks that are registered, or will be. */
static struct nf_hook_ops *slb_hook_set(struct slb_net *sn)
{
	return sn->traced ? sn->traced_hooks : sn->hooks;
}

/**
 * slb_hook_register() - register the hooks of the ordinary path, unless they are registered
 * @sn: namespace; RTNL is held
 *
 * They are registered while there is a VIP or a link.
 *
 * Return: 0 or an error.
 */
int slb_hook_register(struct slb_net *sn)
{
	unsigned int i;

	ASSERT_RTNL();
	BUILD_BUG_ON(ARRAY_SIZE(sn->hooks) != ARRAY_SIZE(slb_hook_ops));
	BUILD_BUG_ON(ARRAY_SIZE(sn->hooks) != ARRAY_SIZE(sn->traced_hooks));
	if (sn->hooked || sn->probes.hooked)
		return 0;
	/* one copy for each namespace, whose priv points to it: that saves a lookup per packet */
	for (i = 0; i < ARRAY_SIZE(sn->hooks); i++) {
		sn->hooks[i] = slb_hook_ops[i];
		sn->hooks[i].priv = sn;
		sn->traced_hooks[i] = sn->hooks[i];
		sn->traced_hooks[i].hook = slb_tracing_hook(slb_hook_ops[i].pf);
	}
	sn->traced = slb_tracers_any(&sn->tracers);
	return nf_register_net_hooks(sn->net, slb_hook_set(sn), ARRAY_SIZE(sn->hooks));
}

/**
 * slb_hook_unregister() - unregister the hooks when nothing needs them
 * @sn: namespace; RTNL is held
 */
void slb_hook_unregister(struct slb_net *sn)
{
	if (!sn->hooked && !sn->probes.hooked)
		nf_unregister_net_hooks(sn->net, slb_hook_set(sn), ARRAY_SIZE(sn->hooks));
}

/**
 * slb_module_trace() - exchange the hooks with those that look for packets to trace
 * @net: namespace; RTNL is held
 * @on: true to look for them, false to stop that
 *
 * The new hooks are registered first, so that no packet passes without meeting one. A packet that
 * the first one accepts meets the second one, too, which accepts it again: it is not ours, or it is
 * for the host. On a device the second one may send it on the fast path, untraced.
 *
 * Return: 0 or an error: then packets are handled as before, but some may still be looked at.
 */
int slb_module_trace(struct net *net, bool on)
{
	struct slb_net *sn = slb_net(net);
	struct nf_hook_ops *old;
	int err;

	ASSERT_RTNL();
	if (on)
		slb_xdp_settle(sn, true);
	err = slb_ports_exchange(&sn->ports, slb_fast_hook_of(on));
	if (err || on == sn->traced || (!sn->hooked && !sn->probes.hooked))
		goto end;
	old = slb_hook_set(sn);
	sn->traced = on;
	err = nf_register_net_hooks(net, slb_hook_set(sn), ARRAY_SIZE(sn->hooks));
	if (err)
		sn->traced = !on;
	else
		nf_unregister_net_hooks(net, old, ARRAY_SIZE(sn->hooks));
end:
	if (err && on)
		slb_ports_exchange(&sn->ports, slb_fast_hook_of(false));
	if (err || !on)
		slb_xdp_settle(sn, false);
	return err;
}

/**
 * slb_hook_on() - start to handle packets of flows, with the first VIP
 * @sn: namespace; RTNL and its lock are held
 *
 * Return: 0 or an error.
 */
int slb_hook_on(struct slb_net *sn)
{
	int err = slb_hook_register(sn);

	if (err)
		return err;
	WRITE_ONCE(sn->hooked, true);
	slb_fast_sync(sn);
	return 0;
}

/**
 * slb_hook_off() - stop to handle packets of flows, with the last VIP
 * @sn: namespace; RTNL is held
 *
 * Packets may still be in the hooks until a grace period has passed. May be called again.
 */
void slb_hook_off(struct slb_net *sn)
{
	ASSERT_RTNL();
	if (!sn->hooked)
		return;
	WRITE_ONCE(sn->hooked, false);
	slb_xdp_settle(sn, false);
	slb_ports_flush(&sn->ports);
	slb_hook_unregister(sn);
}

/**
 * slb_module_hook() - register the hooks for probes
 * @net: namespace; RTNL is held
 *
 * Return: 0 or an error.
 */
int slb_module_hook(struct net *net)
{
	return slb_hook_register(slb_net(net));
}

/**
 * slb_module_unhook() - unregister the hooks when nothing needs them
 * @net: namespace; RTNL is held
 */
void slb_module_unhook(struct net *net)
{
	slb_hook_unregister(slb_net(net));
}
