// SPDX-License-Identifier: GPL-2.0-only
/* Policy routing of packets with the firewall mark of a VIP: a rule may choose another link. */
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>

#include "packet/fwmark.h"

/*
 * A link is chosen by the flow, and its next hop by its configuration, so the routing table does
 * not decide where a packet goes. But an operator who gives a VIP a mark, and adds a rule for it,
 * wants that rule to count. A rule counts if the mark makes a difference: with it, the route is in
 * another table than without. Its device names the link.
 */

/**
 * struct slb_fwmark_route - where the routing tables send a packet
 * @table: the table that has the route, only to be compared; NULL if there is none
 * @dev: its device, borrowed under RCU
 */
struct slb_fwmark_route {
	const void *table;
	const struct net_device *dev;
};

/* Are there rules at all? Without them a mark makes no difference. */
static bool slb_fwmark_ruled(const struct net *net, u8 family)
{
#ifdef CONFIG_IP_MULTIPLE_TABLES
	if (family == NFPROTO_IPV4)
		return READ_ONCE(net->ipv4.fib_has_custom_rules);
#endif
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	if (family == NFPROTO_IPV6)
		return READ_ONCE(net->ipv6.fib6_has_custom_rules);
#endif
	return false;
}

/* @from: the key of packets of the other direction */
static struct slb_fwmark_route slb_fwmark_route4(struct net *net, const struct sk_buff *skb,
						 const struct slb_tuple *from, u32 mark)
{
	struct fib_result res = {};
	struct flowi4 fl4 = {
		.flowi4_iif = skb->dev->ifindex,
		.flowi4_mark = mark,
		.flowi4_scope = RT_SCOPE_UNIVERSE,
		.flowi4_proto = from->proto,
		.daddr = from->src.ip,
		.saddr = from->dst.ip,
		.fl4_dport = from->sport,
		.fl4_sport = from->dport,
	};

	slb_compat_flowi4_dscp(&fl4, ip4h_dscp(ip_hdr(skb)));
	if (fib_lookup(net, &fl4, &res, 0) || res.type != RTN_UNICAST)
		return (struct slb_fwmark_route){};
	return (struct slb_fwmark_route){ .table = res.table, .dev = res.nhc->nhc_dev };
}

static struct slb_fwmark_route slb_fwmark_route6(struct net *net, const struct sk_buff *skb,
						 const struct slb_tuple *from, u32 mark)
{
	struct fib6_result res = {};
	struct flowi6 fl6 = {
		.flowi6_iif = skb->dev->ifindex,
		.flowi6_mark = mark,
		.flowlabel = ip6_flowinfo(ipv6_hdr(skb)),
		.flowi6_proto = from->proto,
		.daddr = from->src.in6,
		.saddr = from->dst.in6,
		.fl6_dport = from->sport,
		.fl6_sport = from->dport,
	};

	if (fib6_lookup(net, fl6.flowi6_iif, &fl6, &res, RT6_LOOKUP_F_HAS_SADDR) ||
	    res.f6i == net->ipv6.fib6_null_entry || res.fib6_flags & RTF_REJECT ||
	    res.fib6_type != RTN_UNICAST)
		return (struct slb_fwmark_route){};
	return (struct slb_fwmark_route){ .table = res.f6i->fib6_table, .dev = res.nh->fib_nh_dev };
}

static struct slb_fwmark_route slb_fwmark_route(struct net *net, const struct sk_buff *skb,
						const struct slb_tuple *from, u32 mark)
{
	return from->family == NFPROTO_IPV4 ? slb_fwmark_route4(net, skb, from, mark) :
					      slb_fwmark_route6(net, skb, from, mark);
}

/**
 * slb_fwmark_link() - the link that rules of policy routing choose for a packet of a session
 * @sn: namespace
 * @skb: the packet, or one of the other direction, as it arrived
 * @s: session with SLB_SESSION_FWMARKED
 * @dir: the direction
 * @out: the link that the packet takes without them, or NULL
 *
 * Looked up for each packet: so a change of rules and routes counts at once, and nothing has to be
 * forgotten when the mark changes. Context: softirq, RCU.
 *
 * Return: the link of the route's device if it carries packets, otherwise @out.
 */
struct slb_link *slb_fwmark_link(const struct slb_net *sn, const struct sk_buff *skb,
				 const struct slb_session *s, enum slb_dir dir,
				 struct slb_link *out)
{
	const struct slb_policy *policy = rcu_dereference(s->vip->policy);
	const struct slb_tuple *from = &s->side[!dir].tuple;
	struct slb_fwmark_route with, without;
	struct slb_link *link;
	u32 mark;

	if (!slb_policy_marks(policy) || !slb_fwmark_ruled(sn->net, from->family))
		return out;
	mark = slb_policy_mark(policy, skb->mark);
	with = slb_fwmark_route(sn->net, skb, from, mark);
	if (!with.table)
		return out;
	without = slb_fwmark_route(sn->net, skb, from, mark & ~policy->conf.mark_mask);
	if (with.table == without.table)
		return out;
	link = slb_link_by_ifindex(rcu_dereference(sn->links), with.dev->ifindex);
	return link && slb_nexthop_usable(&link->nh, from->family) ? link : out;
}
