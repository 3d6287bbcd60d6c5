// SPDX-License-Identifier: GPL-2.0-only
/* The relay's place in the packet path: what is ours, and what becomes of it. */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <slb/bridge.h>
#include <slb/gather.h>
#include <slb/ingress.h>
#include <slb/owned.h>
#include <slb/parse.h>

#include "fast.h"
#include "filter.h"
#include "flow.h"
#include "link.h"
#include "net.h"
#include "onward.h"
#include "steer.h"
#include "unmatched.h"
#include "vip.h"
#include "xmit.h"

/* A verdict that no hook returns: go on with the next step. */
#define RLY_GO_ON (NF_MAX_VERDICT + 1)

/* The virtual address @addr, or NULL. Most addresses are told from it by a look at one bit. */
static struct rly_vaddr *rly_hook_vaddr(struct rly_net *rn, const union nf_inet_addr *addr,
					u8 family)
{
	const struct rly_filter *filter = rcu_dereference(rn->filter);

	if (likely(!filter || !rly_filter_hit(filter, addr)))
		return NULL;
	return rly_vaddr_find(rn, addr, family);
}

static const struct rly_return *rly_hook_return(const struct rly_set *set,
						const union nf_inet_addr *addr, u8 family)
{
	if (likely(!rly_set_near(set, addr, family)))
		return NULL;
	return rly_return_find(set, addr, family);
}

/*
 * The fragments of a datagram may come by different ways, but must go by one; so they become one
 * again.
 */
static unsigned int rly_hook_gather(struct rly_net *rn, struct sk_buff *skb, u8 family)
{
	switch (slb_gather(rn->net, skb, family, SLB_GATHER_RELAY)) {
	case 0:
		return RLY_GO_ON;
	case -EINPROGRESS:
		return NF_STOLEN;
	case -ENOMEM:
		rly_drop_freed(rn, SLB_DROP_FRAGMENT);
		return NF_STOLEN;
	default:
		return rly_drop(rn, skb, SLB_DROP_FRAGMENT);
	}
}

/* Find out what a packet to a virtual address is. */
static unsigned int rly_hook_parse(struct rly_net *rn, struct sk_buff *skb, struct slb_pkt *p)
{
	enum slb_drop why = slb_parse_flow(skb, p);
	unsigned int verdict;

	if (unlikely(!why && p->h.frag)) {
		verdict = rly_hook_gather(rn, skb, p->t.family);
		if (verdict != RLY_GO_ON)
			return verdict;
		/* headers have moved */
		why = slb_parse_addr(skb, p->t.family, p);
		if (!why)
			why = slb_parse_flow(skb, p);
		if (!why && p->h.frag)
			why = SLB_DROP_FRAGMENT;
	}
	if (likely(!why))
		return RLY_GO_ON;
	/* an error about a packet that cannot have been one of a flow: the host's, if anybody's */
	if (why == SLB_DROP_ICMP_UNRELATED)
		return rly_unmatched(rn, skb, p);
	if (slb_host_owns(rn->net, skb->dev, &p->t.dst, p->t.family))
		return NF_ACCEPT;
	return rly_drop(rn, skb, why);
}

/*
 * The flow that a packet to a virtual address belongs to, from client to VIP, in @t; and its VIP,
 * which an echo request, going to any balancer, has none of. False when the packet is none of ours.
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
		/* on the way to the client, a packet from the VIP met with trouble */
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

/* From a client: to the balancer that has the flow, or gets it. */
static unsigned int rly_hook_to_vip(struct rly_net *rn, struct sk_buff *skb, struct slb_pkt *p,
				    const struct rly_vaddr *vaddr, u32 gen)
{
	int iif = skb->dev->ifindex;
	const struct rly_set *set;
	unsigned int verdict;
	struct slb_tuple t;
	struct rly_vip *vip;
	struct rly_way way;
	enum slb_drop why;

	verdict = rly_hook_parse(rn, skb, p);
	if (unlikely(verdict != RLY_GO_ON))
		return verdict;
	if (!rly_hook_flow(vaddr, p, &t, &vip))
		return rly_unmatched(rn, skb, p);
	/* its answer would come here again, as one more request */
	if (unlikely(p->kind != SLB_KIND_ERROR && rly_hook_vaddr(rn, &p->t.src, p->t.family)))
		return rly_drop(rn, skb, SLB_DROP_MARTIAN);
	set = rcu_dereference(rn->set);
	why = vip ? rly_flow_steer(rn, set, &t, rly_flow_sign(p), &way) :
		    rly_steer_flow(set, &t, &way);
	if (unlikely(why == SLB_DROP_FLOW_LOST))
		return rly_xmit_reset(rn, skb, p, SLB_DROP_FLOW_LOST);
	if (unlikely(why))
		return rly_drop(rn, skb, why);
	/* links count all, VIPs what their flows are made of */
	if (vip && p->kind == SLB_KIND_FLOW)
		rly_traffic_packet(vip->stats, RLY_VIP_IN, skb);
	verdict = rly_xmit(rn, skb, p, &way, RLY_CLIENT_IN);
	if (vip && way.flow && p->kind == SLB_KIND_FLOW && READ_ONCE(rn->fast_path))
		rly_flow_pass(&rn->flows, way.flow, vip, gen,
			      way.passed ? rly_flow_passage(iif, way.oif) : 0);
	return verdict;
}

/*
 * A segment of a server to a balancer that has had no link for too long: its connections are lost.
 * A return address belongs to one balancer only, so there is nobody else who may have them. While
 * no balancer has a link that works, new connections go over links that have failed: the segment
 * may be of one of those.
 */
static noinline bool rly_hook_stranded(struct rly_net *rn, const struct sk_buff *skb,
				       struct slb_pkt *p, const struct rly_set *set,
				       const struct rly_way *way)
{
	unsigned long wait = msecs_to_jiffies(READ_ONCE(rn->flows.dead_after));
	enum rly_sign sign;

	if (slb_nexthop_passable(&way->link->nh, p->t.family) ||
	    rly_steer_waits(way->member, p->t.family, wait) || !READ_ONCE(rn->flows.dead_reset) ||
	    slb_parse_flow(skb, p) || p->h.frag || p->kind != SLB_KIND_FLOW)
		return false;
	if (!rly_steer_last(p->t.family, way) && !rly_steer_any(set, p->t.family))
		return false;
	sign = rly_flow_sign(p);
	return p->t.proto == IPPROTO_TCP && (sign == RLY_GOES_ON || sign == RLY_ENDS);
}

/* From a server: back to the balancer that the address is tied to. Fragments go as they are. */
static unsigned int rly_hook_to_return(struct rly_net *rn, struct sk_buff *skb,
				       struct slb_pkt *p, const struct rly_set *set,
				       const struct rly_return *ret, u32 gen)
{
	int iif = skb->dev->ifindex;
	unsigned int verdict;
	struct rly_way way;
	enum slb_drop why;

	why = rly_steer_return(set, ret, &p->t, &way);
	if (unlikely(!slb_nexthop_usable(&way.link->nh, p->t.family)) &&
	    rly_hook_stranded(rn, skb, p, set, &way))
		return rly_xmit_reset(rn, skb, p, SLB_DROP_FLOW_LOST);
	if (unlikely(why))
		return rly_drop(rn, skb, why);
	if (!READ_ONCE(rn->fast_path) || slb_parse_flow(skb, p) || p->h.frag ||
	    p->kind != SLB_KIND_FLOW)
		return rly_xmit(rn, skb, p, &way, RLY_SERVER_IN);
	verdict = rly_xmit(rn, skb, p, &way, RLY_SERVER_IN);
	rly_fast_return_passed(rn, set, &p->t, iif, gen, &way);
	return verdict;
}

/* conntrack would see only half of what it is. */
static void rly_hook_untrack(struct sk_buff *skb)
{
	nf_reset_ct(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

/*
 * From a balancer, or from somebody who pretends to be one: only a balancer sends in the name of a
 * VIP or of its own return addresses. All else on its links is other hosts' traffic.
 */
static unsigned int rly_hook_from_balancer(struct rly_net *rn, struct sk_buff *skb,
					   struct slb_pkt *p, const struct rly_set *set,
					   u32 gen)
{
	const struct rly_return *ret = rly_hook_return(set, &p->t.src, p->t.family);
	struct rly_onward o = { .p = p, .set = set, .ret = ret, .gen = gen };
	const struct rly_vaddr *vaddr = NULL;
	unsigned int verdict;
	enum slb_drop why;

	if (!ret)
		vaddr = rly_hook_vaddr(rn, &p->t.src, p->t.family);
	o.link = rly_steer_ingress(set, skb->dev->ifindex);
	if (!o.link || (!ret && !vaddr))
		return NF_ACCEPT;
	if (ret)
		o.link = rly_steer_owner(set, skb->dev->ifindex, ret);
	if (unlikely(!o.link))
		return rly_drop(rn, skb, SLB_DROP_SPOOFED);
	why = slb_parse_flow(skb, p);
	if (unlikely(why == SLB_DROP_SOURCE_ROUTE))
		return rly_drop(rn, skb, why);
	/* all else is forwarded, as by any router: later fragments, headers that nobody knows */
	o.sound = !why;
	if (vaddr && p->kind == SLB_KIND_FLOW)
		o.vip = rly_vip_match(vaddr, p->t.proto, p->t.sport);
	/* UDP shows nothing */
	if (o.vip && p->t.proto != IPPROTO_UDP) {
		why = rly_doubt_reply(rn, set, skb, p);
		if (unlikely(why))
			return rly_drop(rn, skb, why);
	}
	o.dir = ret ? RLY_SERVER_OUT : RLY_CLIENT_OUT;
	verdict = rly_onward(rn, skb, &o);
	/* for the host itself; what was sent on is marked so, too */
	if (unlikely(verdict == NF_ACCEPT))
		rly_hook_untrack(skb);
	return verdict;
}

/* To a VIP, to a return address, from a balancer, or none of ours: in this order. */
static unsigned int rly_hook_packet(struct rly_net *rn, struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	/*
	 * Before anything of the configuration is looked at, so that what is remembered of it is
	 * not taken for what it is after a change: pairs with rly_net_changed().
	 */
	u32 gen = smp_load_acquire(&rn->seq);
	const struct rly_vaddr *vaddr;
	const struct rly_return *ret;
	const struct rly_set *set;
	struct slb_pkt p;

	if (slb_bridge_passes(skb) || slb_parse_addr(skb, state->pf, &p))
		return NF_ACCEPT;
	vaddr = rly_hook_vaddr(rn, &p.t.dst, state->pf);
	if (vaddr)
		return rly_hook_to_vip(rn, skb, &p, vaddr, gen);
	set = rcu_dereference(rn->set);
	if (!set)
		return NF_ACCEPT;
	ret = rly_hook_return(set, &p.t.dst, state->pf);
	if (ret)
		return rly_hook_to_return(rn, skb, &p, set, ret, gen);
	if (rly_set_maybe_dev(set, skb->dev->ifindex))
		return rly_hook_from_balancer(rn, skb, &p, set, gen);
	return NF_ACCEPT;
}

/* A probe of a balancer: conntrack must not see it. */
static bool rly_hook_probe(struct rly_net *rn, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	return test_bit(rly_near_dev(skb->dev->ifindex), rn->near_devs) &&
	       slb_probe_untrack(&rn->probes, skb, state);
}

static noinline unsigned int rly_hook_near(struct rly_net *rn, struct sk_buff *skb,
					   const struct nf_hook_state *state)
{
	unsigned int verdict;

	if (unlikely(slb_probe_may_be(skb, state->pf)) && rly_hook_probe(rn, skb, state))
		return NF_ACCEPT;
	/* what belongs to flows is looked at only while there is a VIP */
	if (unlikely(!READ_ONCE(rn->hooked)))
		return NF_ACCEPT;
	if (likely(in_softirq()))
		return rly_hook_packet(rn, skb, state);
	/* a program has let it go on that was asked by a queue in raw */
	local_bh_disable();
	verdict = rly_hook_packet(rn, skb, state);
	local_bh_enable();
	return verdict;
}

/*
 * Most of what is not ours is told by two bits: is it aimed at a VIP or at a return address, or
 * from a balancer's link? IP has looked at the header already.
 */
static __always_inline unsigned int rly_hook(struct rly_net *rn, struct sk_buff *skb,
					     const struct nf_hook_state *state, u32 near)
{
	if (likely(!test_bit(near, rn->near) &&
		   !test_bit(rly_near_dev(skb->dev->ifindex), rn->near_devs)))
		return NF_ACCEPT;
	return rly_hook_near(rn, skb, state);
}

static unsigned int rly_hook4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return rly_hook(priv, skb, state, slb_near_ipv4(ip_hdr(skb)->daddr));
}

static unsigned int rly_hook6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return rly_hook(priv, skb, state, slb_near_ipv6(ipv6_hdr(skb)->daddr.s6_addr32));
}

/* Is it a reset of ours, in the name of a VIP or of a balancer? */
static bool rly_hook_is_reset(struct rly_net *rn, const struct rly_set *set,
			      const struct sk_buff *skb, struct slb_pkt *p)
{
	const struct rly_vaddr *vaddr;

	if (p->t.proto != IPPROTO_TCP)
		return false;
	vaddr = rly_hook_vaddr(rn, &p->t.src, p->t.family);
	if (!vaddr && !rly_hook_return(set, &p->t.src, p->t.family))
		return false;
	return !slb_parse_flow(skb, p) && p->kind == SLB_KIND_FLOW && p->tcp_flags & SLB_TCP_RST &&
	       (!vaddr || rly_vip_match(vaddr, p->t.proto, p->t.sport));
}

/* Was the packet that an ICMP error quotes on its way to a balancer? */
static bool rly_hook_quotes_ours(struct rly_net *rn, const struct rly_set *set,
				 const struct slb_pkt *p)
{
	return rly_hook_vaddr(rn, &p->quoted.dst, p->t.family) ||
	       rly_hook_return(set, &p->quoted.dst, p->t.family);
}

/*
 * An ICMP error of this host's own, about a packet from a balancer that it could not forward (MTU,
 * TTL, no neighbour). Routing knows no way to VIPs and return addresses but the default route: the
 * way is put right. An error to a client or server finds its way, but conntrack has not seen the
 * packet that it quotes, and would take it for invalid; so would it a reset of ours.
 */
static unsigned int rly_hook_out(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct rly_net *rn = rly_net(state->net);
	const struct rly_set *set = rcu_dereference(rn->set);
	const struct rly_vaddr *vaddr;
	const struct rly_return *ret;
	struct dst_entry *dst;
	struct rly_vip *vip;
	struct slb_tuple t;
	struct rly_way way;
	struct slb_pkt p;

	if (!set || slb_parse_addr(skb, state->pf, &p))
		return NF_ACCEPT;
	if (rly_hook_is_reset(rn, set, skb, &p)) {
		rly_hook_untrack(skb);
		return NF_ACCEPT;
	}
	/* errors of rly_icmp_balancer(), which have no socket, know their way and are counted */
	if (!state->sk ||
	    p.t.proto != (state->pf == NFPROTO_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return NF_ACCEPT;
	if (slb_parse_flow(skb, &p) || p.kind != SLB_KIND_ERROR)
		return NF_ACCEPT;
	vaddr = rly_hook_vaddr(rn, &p.t.dst, state->pf);
	ret = vaddr ? NULL : rly_hook_return(set, &p.t.dst, state->pf);
	if (!vaddr && !ret) {
		if (rly_hook_quotes_ours(rn, set, &p))
			rly_hook_untrack(skb);
		return NF_ACCEPT;
	}
	if (vaddr && !rly_hook_flow(vaddr, &p, &t, &vip))
		return NF_ACCEPT;
	if (vaddr ? rly_flow_steer(rn, set, &t, RLY_ASKS, &way) :
		    rly_steer_return(set, ret, &p.t, &way))
		return NF_ACCEPT;
	dst = rly_xmit_route(rn, &way, state->pf);
	/* the packet may outlive this reader */
	if (!dst || !dst_hold_safe(dst))
		return NF_ACCEPT;
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	rly_hook_untrack(skb);
	rly_traffic_packet(way.link->stats, vaddr ? RLY_CLIENT_IN : RLY_SERVER_IN, skb);
	return NF_ACCEPT;
}

static const struct nf_hook_ops rly_hook_ops[] = {
	{
		/*
		 * Before routing, as the routing table need not know VIPs and return addresses;
		 * after the raw table, where the operator may still drop or mark; and before
		 * conntrack, which would see only half of each connection.
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
		 * What this host sends by itself passes no other hook on its way out but the last
		 * one, where it has a neighbour already; before conntrack, which has not seen what
		 * it is about.
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

/**
 * rly_hook_register() - put the hooks of the ordinary path in, unless they are in
 * @rn: namespace; RTNL is held
 *
 * They are in while packets of flows or probes are to be seen.
 *
 * Return: 0 or an error.
 */
int rly_hook_register(struct rly_net *rn)
{
	unsigned int i;

	ASSERT_RTNL();
	BUILD_BUG_ON(ARRAY_SIZE(rn->hooks) != ARRAY_SIZE(rly_hook_ops));
	if (rn->hooked || rn->probes.hooked)
		return 0;
	/* a copy each, as each tells its namespace: that saves every packet a look-up */
	for (i = 0; i < ARRAY_SIZE(rn->hooks); i++) {
		rn->hooks[i] = rly_hook_ops[i];
		rn->hooks[i].priv = rn;
	}
	return nf_register_net_hooks(rn->net, rn->hooks, ARRAY_SIZE(rn->hooks));
}

/**
 * rly_hook_unregister() - take them out when nobody needs them any more
 * @rn: namespace; RTNL is held
 */
void rly_hook_unregister(struct rly_net *rn)
{
	if (!rn->hooked && !rn->probes.hooked)
		nf_unregister_net_hooks(rn->net, rn->hooks, ARRAY_SIZE(rn->hooks));
}

/**
 * rly_hook_on() - begin to see packets of flows; with the first VIP
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
 * rly_hook_off() - see no more of them; with the last VIP
 * @rn: namespace; RTNL is held
 *
 * Packets may be under way until a grace period has passed. May be called again.
 */
void rly_hook_off(struct rly_net *rn)
{
	ASSERT_RTNL();
	if (!rn->hooked)
		return;
	WRITE_ONCE(rn->hooked, false);
	slb_ports_flush(&rn->ports);
	rly_hook_unregister(rn);
}
