// SPDX-License-Identifier: GPL-2.0-only
/* The ordinary path: the netfilter hooks of the relay. They classify packets and steer ours. */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <slb/bridge.h>
#include <slb/gather.h>
#include <slb/ingress.h>
#include <slb/module.h>
#include <slb/owned.h>
#include <slb/parse.h>
#include <slb/probe_receive.h>
#include <slb/vip_drops.h>

#include "config/link.h"
#include "config/vip.h"
#include "net.h"
#include "packet/doubt.h"
#include "packet/fast.h"
#include "packet/flow_steer.h"
#include "packet/hook.h"
#include "packet/onward.h"
#include "packet/prefilter.h"
#include "packet/steer.h"
#include "packet/tracing.h"
#include "packet/unmatched.h"
#include "packet/vip_match.h"
#include "packet/xmit.h"
#include "packet/xdp.h"
#include "state/flow.h"
#include "trace.h"

/* Not a verdict: continue with the next step. */
#define RLY_GO_ON (NF_MAX_VERDICT + 1)

/* Find the virtual address @addr, or NULL. The filter rules most other addresses out. */
static struct rly_vaddr *rly_hook_vaddr(struct rly_net *rn, const union nf_inet_addr *addr,
					u8 family)
{
	const struct rly_filter *filter = rcu_dereference(rn->filter);

	if (likely(!filter || !rly_filter_hit(filter, addr)))
		return NULL;
	return rly_vaddr_find(rn, addr, family);
}

static const struct rly_return *rly_hook_return(const struct rly_snapshot *snap,
						const union nf_inet_addr *addr, u8 family)
{
	if (likely(!rly_snapshot_maybe(snap, addr, family)))
		return NULL;
	return rly_return_find(snap, addr, family);
}

/*
 * Fragments of a datagram may arrive over different devices, but must reach the same balancer: so
 * reassemble them.
 */
static unsigned int rly_hook_gather(struct rly_net *rn, struct sk_buff *skb,
				    const struct slb_tuple *t)
{
	switch (slb_gather(rn->net, skb, t->family, SLB_GATHER_RELAY)) {
	case 0:
		return RLY_GO_ON;
	case -EINPROGRESS:
		return NF_STOLEN;
	case -ENOMEM:
		slb_drop_freed(rn->drops, t, SLB_DROP_FRAGMENT);
		return NF_STOLEN;
	default:
		return slb_drop(rn->drops, skb, SLB_DROP_FRAGMENT);
	}
}

/* Parse a packet to a virtual address. */
static unsigned int rly_hook_parse(struct rly_net *rn, struct sk_buff *skb, struct slb_pkt *p)
{
	enum slb_drop why = slb_parse_flow(skb, p);
	unsigned int verdict;

	if (unlikely(!why && p->h.frag)) {
		verdict = rly_hook_gather(rn, skb, &p->t);
		if (verdict != RLY_GO_ON)
			return verdict;
		/* reassembly has moved the headers */
		why = slb_parse_addr(skb, p->t.family, p);
		if (!why)
			why = slb_parse_flow(skb, p);
		if (!why && p->h.frag)
			why = SLB_DROP_FRAGMENT;
	}
	if (likely(!why))
		return RLY_GO_ON;
	/* an ICMP error that quotes no packet of a flow: leave it to the host */
	if (why == SLB_DROP_ICMP_UNRELATED)
		return rly_unmatched(rn, skb, p);
	if (slb_host_owns(rn->net, skb->dev, &p->t.dst, p->t.family))
		return NF_ACCEPT;
	return slb_drop(rn->drops, skb, why);
}

/*
 * Set @t to the flow of a packet to a virtual address, from client to VIP, and @vip to its VIP, or
 * NULL for an ICMP echo request, which any balancer can answer. False when the packet is not ours.
 */
static bool rly_hook_flow(const struct rly_vaddr *vaddr, const struct slb_pkt *p,
			  struct slb_tuple *t, struct rly_vip **vip)
{
	*vip = NULL;
	switch (p->kind) {
	case SLB_KIND_FLOW:
		*t = p->t;
		break;
	case SLB_KIND_ECHO:
		*t = p->t;
		return true;
	case SLB_KIND_ERROR:
		/* an error about a packet from the VIP to the client: reverse it */
		if (!slb_addr_equal(&p->quoted.src, &p->t.dst))
			return false;
		slb_tuple_reverse(t, &p->quoted);
		break;
	default:
		return false;
	}
	*vip = rly_vip_match(vaddr, t->proto, t->dport);
	return *vip;
}

/* Drop a packet that may have a VIP. */
static unsigned int rly_hook_drop(struct rly_net *rn, struct rly_vip *vip, struct sk_buff *skb,
				  enum slb_drop why)
{
	return vip ? slb_drop_of_vip(rn->drops, &vip->drops, skb, why) :
		     slb_drop(rn->drops, skb, why);
}

/* Send a client's packet to the balancer of its flow. */
static unsigned int rly_hook_to_vip(struct rly_net *rn, struct sk_buff *skb, struct slb_pkt *p,
				    const struct rly_vaddr *vaddr, u32 gen)
{
	int iif = skb->dev->ifindex;
	const struct rly_snapshot *snap;
	unsigned int verdict;
	struct slb_tuple t;
	struct rly_vip *vip;
	struct rly_target target;
	enum slb_sign sign;
	enum slb_drop why;

	verdict = rly_hook_parse(rn, skb, p);
	if (unlikely(verdict != RLY_GO_ON))
		return verdict;
	if (!rly_hook_flow(vaddr, p, &t, &vip))
		return rly_unmatched(rn, skb, p);
	/* the answer to a VIP would come back here as another request */
	if (unlikely(p->kind != SLB_KIND_ERROR && rly_hook_vaddr(rn, &p->t.src, p->t.family)))
		return rly_hook_drop(rn, vip, skb, SLB_DROP_MARTIAN);
	snap = rcu_dereference(rn->snapshot);
	sign = rly_flow_sign(p);
	why = vip ? rly_flow_steer(rn, snap, &t, sign, &target) :
		    rly_steer_flow(snap, &t, &target);
	if (unlikely(why == SLB_DROP_FLOW_LOST)) {
		/* only flows of VIPs are known */
		slb_vip_dropped(&vip->drops, SLB_DROP_FLOW_LOST);
		return rly_xmit_reset(rn, skb, p, SLB_DROP_FLOW_LOST);
	}
	if (unlikely(why))
		return rly_hook_drop(rn, vip, skb, why);
	trace_relay_steer(&t, &target);
	/* links count all packets, VIPs those of flows */
	if (vip && p->kind == SLB_KIND_FLOW) {
		rly_traffic_packet(vip->stats, RLY_VIP_IN, skb);
		/* a reset is not answered */
		if (likely(sign != SLB_SIGN_BREAKS))
			rly_vip_ask(vip);
	}
	why = rly_xmit(rn, skb, p, &target, RLY_CLIENT_IN);
	if (unlikely(why && vip))
		slb_vip_dropped(&vip->drops, why);
	if (vip && target.flow && p->kind == SLB_KIND_FLOW && READ_ONCE(rn->fast_path))
		rly_flow_mark(&rn->flows, target.flow, vip, gen,
			      target.passed ? rly_flow_mark_of(iif, target.oif) : 0);
	return NF_STOLEN;
}

/*
 * A segment of a server to a balancer that has had no link for too long: its connections are lost.
 * A return address belongs to one balancer only, so there is nobody else who may have them. While
 * no balancer has a link that works, new connections go over links that have failed: the segment
 * may be of one of those.
 */
static noinline bool rly_hook_stranded(struct rly_net *rn, const struct sk_buff *skb,
				       struct slb_pkt *p, const struct rly_snapshot *snap,
				       const struct rly_target *target)
{
	unsigned long wait = msecs_to_jiffies(READ_ONCE(rn->flows.dead_after));
	enum slb_sign sign;

	if (slb_nexthop_passable(&target->link->nh, p->t.family) ||
	    rly_steer_waits(target->member, p->t.family, wait) ||
	    !READ_ONCE(rn->flows.dead_reset) || slb_parse_flow(skb, p) || p->h.frag ||
	    p->kind != SLB_KIND_FLOW)
		return false;
	if (!rly_steer_last(p->t.family, target) && !rly_steer_any(snap, p->t.family))
		return false;
	sign = rly_flow_sign(p);
	return slb_proto_has(p->t.proto, SLB_PROTO_RESET) &&
	       (sign == SLB_SIGN_GOES_ON || sign == SLB_SIGN_ENDS);
}

/* Send a server's packet to the balancer of the return address. Fragments pass as they are. */
static unsigned int rly_hook_to_return(struct rly_net *rn, struct sk_buff *skb,
				       struct slb_pkt *p, const struct rly_snapshot *snap,
				       const struct rly_return *ret, u32 gen)
{
	int iif = skb->dev->ifindex;
	struct rly_target target;
	enum slb_drop why;
	bool flow;

	why = rly_steer_return(snap, ret, &p->t, &target);
	if (unlikely(!slb_nexthop_usable(&target.link->nh, p->t.family)) &&
	    rly_hook_stranded(rn, skb, p, snap, &target))
		return rly_xmit_reset(rn, skb, p, SLB_DROP_FLOW_LOST);
	if (unlikely(why))
		return slb_drop(rn->drops, skb, why);
	trace_relay_steer(&p->t, &target);
	flow = READ_ONCE(rn->fast_path) && !slb_parse_flow(skb, p) && !p->h.frag &&
	       p->kind == SLB_KIND_FLOW;
	rly_xmit(rn, skb, p, &target, RLY_SERVER_IN);
	if (flow)
		rly_fast_return_passed(rn, snap, &p->t, iif, gen, &target);
	return NF_STOLEN;
}

/* conntrack would see one direction of the connection only. */
static void rly_hook_untrack(struct sk_buff *skb)
{
	nf_reset_ct(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

/* rly_hook_source() for each packet. */
static __always_inline enum slb_drop
rly_hook_classify(struct rly_net *rn, const struct sk_buff *skb, int iif, struct rly_onward *o)
{
	const struct rly_vaddr *vaddr = NULL;
	struct slb_pkt *p = o->p;
	enum slb_drop why;

	o->ret = rly_hook_return(o->snap, &p->t.src, p->t.family);
	if (!o->ret)
		vaddr = rly_hook_vaddr(rn, &p->t.src, p->t.family);
	o->link = o->ret || vaddr ? rly_steer_ingress(o->snap, iif) : NULL;
	if (!o->link)
		return SLB_OK;
	if (o->ret)
		o->link = rly_steer_owner(o->snap, iif, o->ret, p->t.family);
	if (unlikely(!o->link))
		return SLB_DROP_SPOOFED;
	why = slb_parse_flow(skb, p);
	if (unlikely(why == SLB_DROP_SOURCE_ROUTE))
		return why;
	/* later fragments and unknown headers are forwarded as by any router */
	o->sound = !why;
	if (vaddr && p->kind == SLB_KIND_FLOW)
		o->vip = rly_vip_match(vaddr, p->t.proto, p->t.sport);
	o->dir = o->ret ? RLY_SERVER_OUT : RLY_CLIENT_OUT;
	return SLB_OK;
}

/**
 * rly_hook_source() - classify a packet on a balancer's link by its source
 * @rn: namespace
 * @skb: the packet, its IP header at skb->data
 * @iif: index of the device that it came in by
 * @o: with headers as of slb_parse_addr(), and balancers; the rest is set
 *
 * Only a balancer itself may send from a VIP or from its own return addresses: others are spoofed.
 * All other sources are foreign traffic. Context: softirq, RCU.
 *
 * Return: a drop reason; or SLB_OK, with @o->link NULL for foreign traffic.
 */
enum slb_drop rly_hook_source(struct rly_net *rn, const struct sk_buff *skb, int iif,
			      struct rly_onward *o)
{
	return rly_hook_classify(rn, skb, iif, o);
}

/* Forward a packet of a balancer, and leave foreign traffic to the kernel. */
static unsigned int rly_hook_from_balancer(struct rly_net *rn, struct sk_buff *skb,
					   struct slb_pkt *p, const struct rly_snapshot *snap,
					   u32 gen)
{
	struct rly_onward o = { .p = p, .snap = snap, .gen = gen };
	unsigned int verdict;
	enum slb_drop why;

	why = rly_hook_classify(rn, skb, skb->dev->ifindex, &o);
	if (unlikely(why))
		return slb_drop(rn->drops, skb, why);
	if (!o.link)
		return NF_ACCEPT;
	/* a UDP reply does not prove where the flow is */
	if (o.vip && !slb_proto_has(p->t.proto, SLB_PROTO_DATAGRAMS)) {
		why = rly_doubt_reply(rn, snap, skb, p);
		if (unlikely(why))
			return slb_drop(rn->drops, skb, why);
	}
	verdict = rly_onward(rn, skb, &o);
	/* for the host itself; forwarded packets are marked in slb_forward_send() */
	if (unlikely(verdict == NF_ACCEPT))
		rly_hook_untrack(skb);
	return verdict;
}

/* Is it to a VIP, to a return address or from a balancer? Checked in this order. */
static unsigned int rly_hook_packet(struct rly_net *rn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	/*
	 * Read the generation before the configuration: then a mark that is set from the old
	 * configuration never has the new generation. Pairs with rly_net_changed().
	 */
	u32 gen = smp_load_acquire(&rn->seq);
	const struct rly_vaddr *vaddr;
	const struct rly_return *ret;
	const struct rly_snapshot *snap;
	struct slb_pkt p;

	if (slb_bridge_passes(skb) || slb_parse_addr(skb, state->pf, &p))
		return NF_ACCEPT;
	vaddr = rly_hook_vaddr(rn, &p.t.dst, state->pf);
	if (vaddr)
		return rly_hook_to_vip(rn, skb, &p, vaddr, gen);
	snap = rcu_dereference(rn->snapshot);
	if (!snap)
		return NF_ACCEPT;
	ret = rly_hook_return(snap, &p.t.dst, state->pf);
	if (ret)
		return rly_hook_to_return(rn, skb, &p, snap, ret, gen);
	if (rly_snapshot_maybe_dev(snap, skb->dev->ifindex))
		return rly_hook_from_balancer(rn, skb, &p, snap, gen);
	return NF_ACCEPT;
}

/* Accept a probe of a balancer, and hide it from conntrack. */
static bool rly_hook_probe(struct rly_net *rn, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	return test_bit(rly_prefilter_dev(skb->dev->ifindex), rn->prefilter_devs) &&
	       slb_probe_untrack(&rn->probes, skb, state);
}

static noinline unsigned int rly_hook_maybe(struct rly_net *rn, struct sk_buff *skb,
					    const struct nf_hook_state *state)
{
	unsigned int verdict;

	if (unlikely(slb_probe_may_be(skb, state->pf)) && rly_hook_probe(rn, skb, state))
		return NF_ACCEPT;
	/* without a VIP only probes matter */
	if (unlikely(!READ_ONCE(rn->hooked)))
		return NF_ACCEPT;
	if (likely(in_softirq()))
		return rly_hook_packet(rn, skb, state);
	/* reinjected by nfnetlink_queue from the raw table: process context */
	local_bh_disable();
	verdict = rly_hook_packet(rn, skb, state);
	local_bh_enable();
	return verdict;
}

/*
 * Two bits rule most foreign packets out: the prefilter of the destination, and the device: is it a
 * balancer's link? IP has checked the header already.
 */
static __always_inline unsigned int rly_hook(struct rly_net *rn, struct sk_buff *skb,
					     const struct nf_hook_state *state, u32 near)
{
	if (likely(!test_bit(near, rn->prefilter) &&
		   !test_bit(rly_prefilter_dev(skb->dev->ifindex), rn->prefilter_devs)))
		return NF_ACCEPT;
	return rly_hook_maybe(rn, skb, state);
}

/**
 * rly_hook4() - the hook of the ordinary path for IPv4
 * @priv: struct rly_net
 * @skb: the packet
 * @state: of the hook
 *
 * Context: softirq, or a task that reinjects a queued packet; RCU.
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int rly_hook4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return rly_hook(priv, skb, state, slb_prefilter_ipv4(ip_hdr(skb)->daddr));
}

/**
 * rly_hook6() - the same for IPv6
 * @priv: struct rly_net
 * @skb: the packet
 * @state: of the hook
 *
 * Return: NF_ACCEPT or NF_STOLEN.
 */
unsigned int rly_hook6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return rly_hook(priv, skb, state, slb_prefilter_ipv6(ipv6_hdr(skb)->daddr.s6_addr32));
}

/* Is it a reset that the relay sends, from a VIP or a return address? */
static bool rly_hook_is_reset(struct rly_net *rn, const struct rly_snapshot *snap,
			      const struct sk_buff *skb, struct slb_pkt *p)
{
	const struct rly_vaddr *vaddr;

	if (!slb_proto_has(p->t.proto, SLB_PROTO_RESET))
		return false;
	vaddr = rly_hook_vaddr(rn, &p->t.src, p->t.family);
	if (!vaddr && !rly_hook_return(snap, &p->t.src, p->t.family))
		return false;
	return !slb_parse_flow(skb, p) && p->kind == SLB_KIND_FLOW && p->tcp_flags & SLB_TCP_RST &&
	       (!vaddr || rly_vip_match(vaddr, p->t.proto, p->t.sport));
}

/* Does an ICMP error quote a packet to a balancer? */
static bool rly_hook_quotes_ours(struct rly_net *rn, const struct rly_snapshot *snap,
				 const struct slb_pkt *p)
{
	return rly_hook_vaddr(rn, &p->quoted.dst, p->t.family) ||
	       rly_hook_return(snap, &p->quoted.dst, p->t.family);
}

/*
 * LOCAL_OUT: an ICMP error that this host sends about a packet from a balancer (MTU, TTL, no
 * neighbour) may have taken the default route, as routing does not know VIPs and return addresses.
 * Route it over a link. Errors to clients and servers have a route; hide them from conntrack, which
 * has not seen the packets that they quote and would call them invalid. The same applies to resets.
 */
static unsigned int rly_hook_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct rly_net *rn = rly_net(state->net);
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	const struct rly_vaddr *vaddr;
	const struct rly_return *ret;
	struct dst_entry *dst;
	struct rly_vip *vip;
	struct slb_tuple t;
	struct rly_target target;
	struct slb_pkt p;

	if (!snap || slb_parse_addr(skb, state->pf, &p))
		return NF_ACCEPT;
	if (rly_hook_is_reset(rn, snap, skb, &p)) {
		rly_hook_untrack(skb);
		return NF_ACCEPT;
	}
	/* errors of rly_icmp_balancer() have no socket: they are routed and counted */
	if (!state->sk ||
	    p.t.proto != (state->pf == NFPROTO_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return NF_ACCEPT;
	if (slb_parse_flow(skb, &p) || p.kind != SLB_KIND_ERROR)
		return NF_ACCEPT;
	vaddr = rly_hook_vaddr(rn, &p.t.dst, state->pf);
	ret = vaddr ? NULL : rly_hook_return(snap, &p.t.dst, state->pf);
	if (!vaddr && !ret) {
		if (rly_hook_quotes_ours(rn, snap, &p))
			rly_hook_untrack(skb);
		return NF_ACCEPT;
	}
	if (vaddr && !rly_hook_flow(vaddr, &p, &t, &vip))
		return NF_ACCEPT;
	if (vaddr ? rly_flow_steer(rn, snap, &t, SLB_SIGN_ASKS, &target) :
		    rly_steer_return(snap, ret, &p.t, &target))
		return NF_ACCEPT;
	dst = rly_xmit_route(rn, &target, state->pf);
	/* the packet may leave this RCU section: take a reference */
	if (!dst || !dst_hold_safe(dst))
		return NF_ACCEPT;
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	rly_hook_untrack(skb);
	rly_traffic_packet(target.link->stats, vaddr ? RLY_CLIENT_IN : RLY_SERVER_IN, skb);
	return NF_ACCEPT;
}

static const struct nf_hook_ops rly_hook_ops[] = {
	{
		/*
		 * Before routing, which need not know VIPs and return addresses; after the raw
		 * table, where the operator can drop or mark; and before conntrack, which would see
		 * one direction of each connection only.
		 */
		.hook = rly_hook4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_CONNTRACK - 1,
	},
	{
		/* The same for IPv6. */
		.hook = rly_hook6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_CONNTRACK - 1,
	},
	{
		/*
		 * For ICMP errors and resets of this host. POSTROUTING would be too late: the route
		 * is in use by then. Before conntrack, which has not seen the packets that they are
		 * about.
		 */
		.hook = rly_hook_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_CONNTRACK - 1,
	},
	{
		/* The same for IPv6. */
		.hook = rly_hook_out,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_CONNTRACK - 1,
	},
};

/* Those of them that tracing exchanges come first: PREROUTING. */
#define RLY_HOOK_TRACED 2

/* The hooks of PREROUTING that are registered, or will be. */
static struct nf_hook_ops *rly_hook_set(struct rly_net *rn)
{
	return rn->traced ? rn->traced_hooks : rn->hooks;
}

static int rly_hook_add(struct rly_net *rn)
{
	int err = nf_register_net_hooks(rn->net, rly_hook_set(rn), RLY_HOOK_TRACED);

	if (err)
		return err;
	err = nf_register_net_hooks(rn->net, rn->hooks + RLY_HOOK_TRACED,
				    ARRAY_SIZE(rn->hooks) - RLY_HOOK_TRACED);
	if (err)
		nf_unregister_net_hooks(rn->net, rly_hook_set(rn), RLY_HOOK_TRACED);
	return err;
}

/**
 * rly_hook_register() - register the hooks of the ordinary path, unless they are registered
 * @rn: namespace; RTNL is held
 *
 * They are registered while there is a VIP or a link.
 *
 * Return: 0 or an error.
 */
int rly_hook_register(struct rly_net *rn)
{
	unsigned int i;

	ASSERT_RTNL();
	BUILD_BUG_ON(ARRAY_SIZE(rn->hooks) != ARRAY_SIZE(rly_hook_ops));
	BUILD_BUG_ON(ARRAY_SIZE(rn->traced_hooks) != RLY_HOOK_TRACED);
	if (rn->hooked || rn->probes.hooked)
		return 0;
	/* one copy for each namespace, whose priv points to it: that saves a lookup per packet */
	for (i = 0; i < ARRAY_SIZE(rn->hooks); i++) {
		rn->hooks[i] = rly_hook_ops[i];
		rn->hooks[i].priv = rn;
	}
	for (i = 0; i < RLY_HOOK_TRACED; i++) {
		rn->traced_hooks[i] = rn->hooks[i];
		rn->traced_hooks[i].hook = rly_tracing_hook(rn->hooks[i].pf);
	}
	rn->traced = slb_tracers_any(&rn->tracers);
	return rly_hook_add(rn);
}

/**
 * rly_hook_unregister() - unregister the hooks when nothing needs them
 * @rn: namespace; RTNL is held
 */
void rly_hook_unregister(struct rly_net *rn)
{
	if (rn->hooked || rn->probes.hooked)
		return;
	nf_unregister_net_hooks(rn->net, rn->hooks + RLY_HOOK_TRACED,
				ARRAY_SIZE(rn->hooks) - RLY_HOOK_TRACED);
	nf_unregister_net_hooks(rn->net, rly_hook_set(rn), RLY_HOOK_TRACED);
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
	struct rly_net *rn = rly_net(net);
	struct nf_hook_ops *old;
	int err;

	ASSERT_RTNL();
	if (on)
		rly_xdp_settle(rn, true);
	err = slb_ports_exchange(&rn->ports, rly_fast_hook_of(on));
	if (err || on == rn->traced || (!rn->hooked && !rn->probes.hooked))
		goto end;
	old = rly_hook_set(rn);
	rn->traced = on;
	err = nf_register_net_hooks(net, rly_hook_set(rn), RLY_HOOK_TRACED);
	if (err)
		rn->traced = !on;
	else
		nf_unregister_net_hooks(net, old, RLY_HOOK_TRACED);
end:
	if (err && on)
		slb_ports_exchange(&rn->ports, rly_fast_hook_of(false));
	if (err || !on)
		rly_xdp_settle(rn, false);
	return err;
}

/**
 * rly_hook_on() - start to handle packets of flows, with the first VIP
 * @rn: namespace; RTNL is held
 *
 * Return: 0 or an error.
 */
int rly_hook_on(struct rly_net *rn)
{
	int err = rly_hook_register(rn);

	if (err)
		return err;
	WRITE_ONCE(rn->hooked, true);
	rly_fast_sync(rn);
	return 0;
}

/**
 * rly_hook_off() - stop to handle packets of flows, with the last VIP
 * @rn: namespace; RTNL is held
 *
 * Packets may still be in the hooks until a grace period has passed. May be called again.
 */
void rly_hook_off(struct rly_net *rn)
{
	ASSERT_RTNL();
	if (!rn->hooked)
		return;
	WRITE_ONCE(rn->hooked, false);
	rly_xdp_settle(rn, false);
	slb_ports_flush(&rn->ports);
	rly_hook_unregister(rn);
}

/**
 * slb_module_hook() - register the hooks for probes
 * @net: namespace; RTNL is held
 *
 * Return: 0 or an error.
 */
int slb_module_hook(struct net *net)
{
	return rly_hook_register(rly_net(net));
}

/**
 * slb_module_unhook() - unregister the hooks when nothing needs them
 * @net: namespace; RTNL is held
 */
void slb_module_unhook(struct net *net)
{
	rly_hook_unregister(rly_net(net));
}
