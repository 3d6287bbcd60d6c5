// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a balancer to a client or server: the relay is the router for these packets. It looks up the
 * way as the kernel's forwarding does, but asks nobody whether their sources are plausible: VIPs
 * and return addresses are in no routing table.
 */
#include <net/dst_metadata.h>
#include <net/ip_tunnels.h>
#include <net/nexthop.h>
#include <slb/flowhash.h>
#include <slb/forward.h>

#include "hop.h"
#include "icmp.h"
#include "link.h"
#include "net.h"
#include "onward.h"
#include "vip.h"

/* The packet is for this host itself, which no drop reason says. */
#define RLY_ONWARD_LOCAL SLB_DROP_MAX

static void rly_onward_flow4(struct flowi4 *fl4, struct sk_buff *skb, const struct slb_pkt *p)
{
	const struct ip_tunnel_info *tun = skb_tunnel_info(skb);

	*fl4 = (struct flowi4){
		.flowi4_iif = skb->dev->ifindex,
		.flowi4_mark = skb->mark,
		.flowi4_tos = ip_hdr(skb)->tos & INET_DSCP_MASK,
		.flowi4_scope = RT_SCOPE_UNIVERSE,
		.flowi4_proto = p->t.proto,
		.daddr = p->t.dst.ip,
		.saddr = p->t.src.ip,
	};
	if (tun && !(tun->mode & IP_TUNNEL_INFO_TX))
		fl4->flowi4_tun_key.tun_id = tun->key.tun_id;
	if (p->kind == SLB_KIND_FLOW) {
		fl4->fl4_sport = p->t.sport;
		fl4->fl4_dport = p->t.dport;
	}
}

/*
 * Of several next hops, one for each pair of addresses, as the kernel chooses by default; by ports,
 * too, where net.ipv4.fib_multipath_hash_policy says so. Fragments have none.
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
	rly_onward_multipath4(&res, rn->net, o->p, &o->set->key);
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
	err = ipv6_stub->fib6_lookup(rn->net, fl6.flowi6_iif, &fl6, &res, RT6_LOOKUP_F_HAS_SADDR);
	if (unlikely(err || res.f6i == rn->net->ipv6.fib6_null_entry))
		return rly_onward_failed6(err == -EINVAL ? RTN_BLACKHOLE :
					  err == -EACCES ? RTN_PROHIBIT : RTN_UNREACHABLE, e);
	if (unlikely(res.fib6_flags & RTF_REJECT))
		return rly_onward_failed6(res.fib6_type, e);
	if (unlikely(res.fib6_type != RTN_UNICAST))
		return RLY_ONWARD_LOCAL;
	ipv6_stub->fib6_select_path(rn->net, &res, &fl6, fl6.flowi6_iif, false, skb,
				    RT6_LOOKUP_F_HAS_SADDR);
	slb_route_of6(r, &res);
	return SLB_OK;
}

/* The way out. Sets the error that the sender is owed when there is none. */
static unsigned int rly_onward_way(struct rly_net *rn, struct sk_buff *skb,
				   const struct rly_onward *o, struct dst_entry **dst,
				   struct slb_icmp *e)
{
	u8 family = o->p->t.family;
	struct slb_route r;
	unsigned int why;

	why = family == NFPROTO_IPV4 ? rly_onward_route4(rn, skb, o, &r, e) :
				       rly_onward_route6(rn, skb, o, &r, e);
	if (unlikely(why))
		return why;
	*dst = rly_hop_get(&rn->hops, &r, family);
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

/* Is it for one host that may be elsewhere? All else is left to the kernel. */
static bool rly_onward_forwardable(const struct slb_pkt *p)
{
	return slb_addr_is_host(&p->t.dst, p->t.family);
}

/**
 * rly_onward() - send a packet from a balancer on to a client or server
 * @rn: namespace
 * @skb: the packet; consumed unless it is for this host itself
 * @o: what is known of it; its source is sound
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
	enum slb_sent sent;
	struct slb_wire w;
	unsigned int why;

	if (unlikely(!rly_onward_forwardable(o->p)))
		return NF_ACCEPT;
	why = slb_forward_check(skb, &o->p->t.src, family);
	if (unlikely(why))
		return rly_drop(rn, skb, why);
	why = rly_onward_way(rn, skb, o, &dst, &e);
	if (unlikely(why == RLY_ONWARD_LOCAL))
		return NF_ACCEPT;
	if (likely(!why))
		why = rly_onward_check(skb, dst, family, &e);
	if (unlikely(why)) {
		rly_icmp_balancer(rn, skb, o, &e);
		return rly_drop(rn, skb, why);
	}
	/* it is sent all the same: the next hop is asked again, and may answer now */
	if (rly_neigh_lost(&rn->neighs, dst, o->p)) {
		e = slb_icmp_refused(family, ICMP_HOST_UNREACH, ICMPV6_ADDR_UNREACH);
		rly_icmp_balancer(rn, skb, o, &e);
	}
	if (unlikely(skb_ensure_writable(skb, o->p->h.l3 + (family == NFPROTO_IPV4 ?
							    sizeof(struct iphdr) :
							    sizeof(struct ipv6hdr)))))
		return rly_drop(rn, skb, SLB_DROP_NO_MEMORY);
	w = slb_wire(skb);
	rly_traffic_add(o->link->stats, o->dir, w);
	if (o->vip)
		rly_traffic_add(o->vip->stats, RLY_VIP_OUT, w);
	sent = slb_forward_send(rn->net, skb, family, dst);
	rly_drop_sent(rn, skb, sent);
	return NF_STOLEN;
}
