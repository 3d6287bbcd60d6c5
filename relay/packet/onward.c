// SPDX-License-Identifier: GPL-2.0-only
/*
 * Forward packets from balancers to clients and servers. The relay looks up their routes as the
 * kernel's forwarding does, but without the kernel's source validation: VIPs and return addresses
 * are in no routing table.
 */
#include <net/dst_metadata.h>
#include <net/ip_tunnels.h>
#include <net/nexthop.h>
#include <slb/flow.h>
#include <slb/forward.h>
#include <slb/vip_drops.h>

#include "config/link.h"
#include "config/snapshot.h"
#include "config/vip.h"
#include "net.h"
#include "packet/icmp.h"
#include "packet/onward.h"
#include "state/hop.h"
#include "state/reply_cache.h"

/* Not a drop reason: the packet is for this host itself. */
#define RLY_ONWARD_LOCAL SLB_DROP_MAX

static void rly_onward_flow4(struct flowi4 *fl4, struct sk_buff *skb, const struct slb_pkt *p)
{
	const struct ip_tunnel_info *tun = skb_tunnel_info(skb);

	*fl4 = (struct flowi4){
		.flowi4_iif = skb->dev->ifindex,
		.flowi4_mark = skb->mark,
		.flowi4_scope = RT_SCOPE_UNIVERSE,
		.flowi4_proto = p->t.proto,
		.daddr = p->t.dst.ip,
		.saddr = p->t.src.ip,
	};
	slb_compat_flowi4_dscp(fl4, ip4h_dscp(ip_hdr(skb)));
	if (tun && !(tun->mode & IP_TUNNEL_INFO_TX))
		fl4->flowi4_tun_key.tun_id = tun->key.tun_id;
	if (p->kind == SLB_KIND_FLOW) {
		fl4->fl4_sport = p->t.sport;
		fl4->fl4_dport = p->t.dport;
	}
}

/*
 * Select one of several next hops by the addresses, as the kernel does by default, and by ports if
 * net.ipv4.fib_multipath_hash_policy says so. Fragments have no ports.
 */
static void rly_onward_multipath4(struct fib_result *res, const struct net *net,
				  const struct slb_pkt *p, const siphash_key_t *key)
{
#ifdef CONFIG_IP_ROUTE_MULTIPATH
	struct slb_tuple t = { .src = p->t.src, .dst = p->t.dst, .family = p->t.family };
	struct fib_info *fi = res->fi;
	int n, hash;

	if (likely(fib_info_num_path(fi) < 2))
		return;
	if (READ_ONCE(net->ipv4.sysctl_fib_multipath_hash_policy) && p->kind == SLB_KIND_FLOW)
		t = p->t;
	hash = slb_flow_hash(&t, key) >> 33;
	if (fi->nh) {
		nexthop_path_fib_result(res, hash);
		return;
	}
	for (n = 0; n < fi->fib_nhs; n++) {
		if (hash > atomic_read(&fi->fib_nh[n].fib_nh_upper_bound))
			continue;
		res->nh_sel = n;
		res->nhc = &fi->fib_nh[n].nh_common;
		return;
	}
#endif
}

static enum slb_drop rly_onward_failed4(int err, struct slb_icmp *e)
{
	switch (err) {
	case -EHOSTUNREACH:
		*e = slb_icmp_refused(NFPROTO_IPV4, ICMP_HOST_UNREACH, 0);
		break;
	case -ENETUNREACH:
		*e = slb_icmp_refused(NFPROTO_IPV4, ICMP_NET_UNREACH, 0);
		break;
	case -EACCES:
		*e = slb_icmp_refused(NFPROTO_IPV4, ICMP_PKT_FILTERED, 0);
		break;
	}
	return SLB_DROP_NO_ROUTE;
}

static unsigned int rly_onward_route4(struct rly_net *rn, struct sk_buff *skb,
				      const struct rly_onward *o, struct slb_route *r,
				      struct slb_icmp *e)
{
	struct fib_result res = {};
	struct flowi4 fl4;
	int err;

	rly_onward_flow4(&fl4, skb, o->p);
	err = fib_lookup(rn->net, &fl4, &res, 0);
	if (unlikely(err))
		return rly_onward_failed4(err, e);
	if (unlikely(res.type != RTN_UNICAST))
		return RLY_ONWARD_LOCAL;
	rly_onward_multipath4(&res, rn->net, o->p, &o->snap->key);
	slb_route_of4(r, &res);
	return SLB_OK;
}

static enum slb_drop rly_onward_failed6(u8 type, struct slb_icmp *e)
{
	if (type == RTN_PROHIBIT)
		*e = slb_icmp_refused(NFPROTO_IPV6, 0, ICMPV6_ADM_PROHIBITED);
	else if (type != RTN_BLACKHOLE)
		*e = slb_icmp_refused(NFPROTO_IPV6, 0, ICMPV6_NOROUTE);
	return SLB_DROP_NO_ROUTE;
}

/*
 * Select one of several next hops as over IPv4; net.ipv6.fib_multipath_hash_policy is asked for
 * ports. The entries of a route share out the hashes: each has those up to its bound, -1 for none.
 */
static void rly_onward_multipath6(struct fib6_result *res, const struct net *net,
				  const struct slb_pkt *p, const siphash_key_t *key)
{
	struct slb_tuple t = { .src = p->t.src, .dst = p->t.dst, .family = p->t.family };
	int bound, hash, lowest = INT_MAX;
	struct fib6_info *f6i = res->f6i;
	unsigned int left;

	if (READ_ONCE(net->ipv6.sysctl.multipath_hash_policy) && p->kind == SLB_KIND_FLOW)
		t = p->t;
	hash = slb_flow_hash(&t, key) >> 33;
	if (f6i->nh) {
		nexthop_path_fib6_result(res, hash);
		return;
	}
	/* a ring without a head, so counted: an entry may be taken out meanwhile */
	for (left = READ_ONCE(f6i->fib6_nsiblings) + 1; left; left--) {
		bound = atomic_read(&f6i->fib6_nh->fib_nh_upper_bound);
		if (hash <= bound && bound <= lowest) {
			lowest = bound;
			res->f6i = f6i;
			res->nh = f6i->fib6_nh;
		}
		f6i = list_entry_rcu(f6i->fib6_siblings.next, struct fib6_info, fib6_siblings);
	}
}

static unsigned int rly_onward_route6(struct rly_net *rn, struct sk_buff *skb,
				      const struct rly_onward *o, struct slb_route *r,
				      struct slb_icmp *e)
{
	const struct slb_pkt *p = o->p;
	struct fib6_result res = {};
	struct flowi6 fl6 = {
		.flowi6_iif = skb->dev->ifindex,
		.flowi6_mark = skb->mark,
		.flowlabel = ip6_flowinfo(ipv6_hdr(skb)),
		.flowi6_proto = p->t.proto,
		.daddr = p->t.dst.in6,
		.saddr = p->t.src.in6,
	};
	int err;

	if (p->kind == SLB_KIND_FLOW) {
		fl6.fl6_sport = p->t.sport;
		fl6.fl6_dport = p->t.dport;
	}
	err = fib6_lookup(rn->net, fl6.flowi6_iif, &fl6, &res, RT6_LOOKUP_F_HAS_SADDR);
	if (unlikely(err || res.f6i == rn->net->ipv6.fib6_null_entry))
		return rly_onward_failed6(err == -EINVAL ? RTN_BLACKHOLE :
					  err == -EACCES ? RTN_PROHIBIT : RTN_UNREACHABLE, e);
	if (unlikely(res.fib6_flags & RTF_REJECT))
		return rly_onward_failed6(res.fib6_type, e);
	if (unlikely(res.fib6_type != RTN_UNICAST))
		return RLY_ONWARD_LOCAL;
	/* with a single next hop the lookup has chosen it already */
	if (unlikely(res.f6i->nh || READ_ONCE(res.f6i->fib6_nsiblings)))
		rly_onward_multipath6(&res, rn->net, p, &o->snap->key);
	slb_route_of6(r, &res);
	return SLB_OK;
}

/* Look up the route. When there is none, @e is set to the ICMP error that the sender gets. */
static __always_inline unsigned int rly_onward_route(struct rly_net *rn, struct sk_buff *skb,
						     const struct rly_onward *o,
						     struct dst_entry **dst, u32 *id,
						     struct slb_icmp *e)
{
	u8 family = o->p->t.family;
	struct slb_route r = {};
	unsigned int why;

	why = family == NFPROTO_IPV4 ? rly_onward_route4(rn, skb, o, &r, e) :
				       rly_onward_route6(rn, skb, o, &r, e);
	if (unlikely(why))
		return why;
	*dst = rly_hop_get(&rn->hops, &r, family, id);
	return likely(*dst) ? SLB_OK : SLB_DROP_NO_MEMORY;
}

/* A router's checks: TTL, MTU. */
static enum slb_drop rly_onward_check(const struct sk_buff *skb, const struct dst_entry *dst,
				      u8 family, struct slb_icmp *e)
{
	unsigned int mtu;

	if (unlikely(!slb_forward_ttl_ok(skb, family))) {
		*e = slb_icmp_expired(family);
		return SLB_DROP_TTL;
	}
	mtu = slb_forward_mtu(dst, family);
	if (unlikely(slb_forward_too_big(skb, family, mtu))) {
		*e = slb_icmp_mtu(family, mtu);
		return SLB_DROP_TOO_BIG;
	}
	return SLB_OK;
}

/* Is the destination a unicast address that can be forwarded to? Others are left to the kernel. */
static bool rly_onward_forwardable(const struct slb_pkt *p)
{
	return slb_addr_is_host(&p->t.dst, p->t.family);
}

/* May the fast path use this route? Encapsulation and IPsec must see every packet. */
static bool rly_onward_lasts(const struct rly_net *rn, const struct dst_entry *dst, u8 family)
{
	return !dst->lwtstate && !slb_route_guarded(rn->net) &&
	       (family == NFPROTO_IPV6 || dst_rtable(dst)->rt_gw_family != AF_INET6);
}

/*
 * Can the fast path handle packets like this one? Routing rules may match the key of a packet from
 * a collect-metadata tunnel, so those stay on the ordinary path.
 */
static bool rly_onward_is_plain(struct sk_buff *skb, const struct rly_onward *o)
{
	return o->p->kind == SLB_KIND_FLOW && (o->vip || o->ret) && !o->p->h.options &&
	       !o->p->h.frag && !skb_metadata_dst(skb) &&
	       slb_proto_has(o->p->t.proto, SLB_PROTO_FAST);
}

static u32 rly_onward_routes(const struct rly_net *rn, u8 family)
{
	u32 routes = family == NFPROTO_IPV4 ? rly_trail_routes(rn->net, NFPROTO_IPV4) :
					      rly_trail_routes(rn->net, NFPROTO_IPV6);

	/* the kernel changes the number after the tables, so a lookup now is as new, or newer */
	smp_rmb();
	return routes;
}

/**
 * rly_onward_again() - repeat the route lookup of a flow
 * @rn: namespace
 * @skb: a packet of the flow, its IP header at skb->data
 * @snap: balancers and links
 * @print: from rly_trail_print()
 * @at: the entry of the flow
 *
 * Context: softirq, RCU.
 *
 * Return: true when the route is the same as before; else the packet must pass the chains.
 */
bool rly_onward_again(struct rly_net *rn, struct sk_buff *skb, const struct rly_snapshot *snap,
		      u64 print,
		      struct rly_trail_at at)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	struct rly_replies *replies = rcu_dereference(rn->replies);
	struct rly_trail trail = {
		.hop = READ_ONCE(at.trail->hop),
		.link = READ_ONCE(at.trail->link),
		.vip = READ_ONCE(at.trail->vip),
		.seen = READ_ONCE(at.trail->seen),
	};
	struct slb_icmp e;
	struct slb_pkt p;
	struct rly_onward o = { .p = &p, .snap = snap };
	struct dst_entry *dst;
	u32 hop;

	if (!rly_trail_still(&at) || rly_trail_now() - trail.seen > RLY_REPLY_AGE)
		return false;
	trail.routes = rly_onward_routes(rn, family);
	if (slb_parse_addr(skb, family, &p) || slb_parse_flow(skb, &p) ||
	    rly_onward_route(rn, skb, &o, &dst, &hop, &e) || hop != trail.hop ||
	    !rly_onward_lasts(rn, dst, family))
		return false;
	rly_trail_note(replies, print, &trail);
	if (trail.vip)
		rly_vip_answer(trail.vip);
	return true;
}

/* Can the next hop be reached, as far as is known? Else see rly_neigh_ask(). */
static __always_inline bool rly_onward_reaches(struct rly_net *rn, struct sk_buff *skb,
					       const struct slb_pkt *p, const struct dst_entry *dst)
{
	u32 word;

	if (p->t.family == NFPROTO_IPV6)
		word = (__force u32)rt6_nexthop(dst_rt6_info(dst), &p->t.dst.in6)->s6_addr32[3];
	else
		word = (__force u32)rt_nexthop(dst_rtable(dst), p->t.dst.ip);
	return likely(rly_neigh_known(&rn->neighs, rly_neigh_bit(dst->dev->ifindex, word))) ||
	       rly_neigh_ask(&rn->neighs, skb, dst, p);
}

/* Count the packet and send it. Return: the result of sending. */
static enum slb_sent rly_onward_send(struct rly_net *rn, struct sk_buff *skb,
				     const struct rly_onward *o, struct dst_entry *dst)
{
	struct slb_wire w = slb_wire(skb);
	enum slb_sent sent;

	rly_traffic_add(o->link->stats, o->dir, w);
	if (o->vip) {
		rly_traffic_add(o->vip->stats, RLY_VIP_OUT, w);
		rly_vip_answer(o->vip);
	}
	sent = slb_forward_send(rn->net, skb, o->p->t.family, dst);
	if (unlikely(slb_sent_lost(sent))) {
		if (o->vip)
			slb_vip_dropped(&o->vip->drops, slb_sent_drop(sent));
		slb_drop_sent(rn->drops, skb, &o->p->t, sent);
	}
	return sent;
}

/* rly_onward_send(), and note whether the next packet may take the fast path. */
static void rly_onward_note(struct rly_net *rn, struct sk_buff *skb, const struct rly_onward *o,
			    struct dst_entry *dst, u32 routes, u32 hop)
{
	const struct rly_trail trail = {
		.routes = routes, .hop = hop, .link = o->link, .vip = o->vip,
	};
	u64 hash = slb_flow_hash(&o->p->t, &o->snap->key), print;
	struct rly_replies *replies = rcu_dereference(rn->replies);
	const void *l3 = skb_network_header(skb);
	u8 family = o->p->t.family;
	int iif = skb->dev->ifindex;
	enum slb_sent sent;

	/* read the mark before a chain changes it */
	print = family == NFPROTO_IPV4 ?
		rly_trail_print(hash, iif, skb->mark, l3, NFPROTO_IPV4, o->gen) :
		rly_trail_print(hash, iif, skb->mark, l3, NFPROTO_IPV6, o->gen);
	sent = rly_onward_send(rn, skb, o, dst);
	if (unlikely(!replies))
		return;
	if (sent == SLB_SENT_PASSED && rly_onward_lasts(rn, dst, family))
		rly_trail_note(replies, print, &trail);
	else
		rly_trail_forget(replies, print);
}

static unsigned int rly_onward_drop(struct rly_net *rn, struct sk_buff *skb,
				    const struct rly_onward *o, enum slb_drop why)
{
	return o->vip ? slb_drop_of_vip(rn->drops, &o->vip->drops, skb, why) :
			slb_drop(rn->drops, skb, why);
}

/**
 * rly_onward() - forward a packet from a balancer to a client or server
 * @rn: namespace
 * @skb: the packet; consumed unless it is for this host itself
 * @o: its parsed headers, link and VIP; its source is valid
 *
 * Context: softirq, RCU.
 *
 * Return: NF_STOLEN, or NF_ACCEPT when the packet is for this host itself.
 */
unsigned int rly_onward(struct rly_net *rn, struct sk_buff *skb, const struct rly_onward *o)
{
	u8 family = o->p->t.family;
	struct slb_icmp e = {};
	struct dst_entry *dst;
	unsigned int why;
	u32 routes, hop;

	if (unlikely(!rly_onward_forwardable(o->p)))
		return NF_ACCEPT;
	why = slb_forward_check(skb, &o->p->t.src, family);
	if (unlikely(why))
		return rly_onward_drop(rn, skb, o, why);
	routes = rly_onward_routes(rn, family);
	why = rly_onward_route(rn, skb, o, &dst, &hop, &e);
	if (unlikely(why == RLY_ONWARD_LOCAL))
		return NF_ACCEPT;
	if (likely(!why))
		why = rly_onward_check(skb, dst, family, &e);
	if (unlikely(why)) {
		rly_icmp_balancer(rn, skb, o, &e);
		return rly_onward_drop(rn, skb, o, why);
	}
	/* send it nevertheless: this resolves the next hop again, which may answer now */
	if (unlikely(!rly_onward_reaches(rn, skb, o->p, dst))) {
		e = slb_icmp_refused(family, ICMP_HOST_UNREACH, ICMPV6_ADDR_UNREACH);
		rly_icmp_balancer(rn, skb, o, &e);
	}
	if (unlikely(skb_ensure_writable(skb, o->p->h.l3 + (family == NFPROTO_IPV4 ?
							    sizeof(struct iphdr) :
							    sizeof(struct ipv6hdr)))))
		return rly_onward_drop(rn, skb, o, SLB_DROP_NO_MEMORY);
	if (READ_ONCE(rn->fast_path) && rly_onward_is_plain(skb, o))
		rly_onward_note(rn, skb, o, dst, routes, hop);
	else
		rly_onward_send(rn, skb, o, dst);
	return NF_STOLEN;
}
