// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reflector of S-BFD: it answers requests from the configuration, and they change no state. So
 * any number of relays can ask a balancer, and the relay that has the balancers' next hop at the
 * moment answers them.
 */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/route.h>
#include <slb/probe_fill.h>
#include <slb/probe_key.h>
#include <slb/probe_reflect.h>
#include <slb/probe_unusable.h>

/* Is the source in a subnet of the device? Context: RCU. */
static bool slb_probe_in_subnet(struct net *net, const struct slb_probe_in *in)
{
	struct net_device *dev = dev_get_by_index_rcu(net, in->ifindex);
	const struct in_device *in_dev;
	const struct in_ifaddr *ifa;

	if (!dev)
		return false;
	if (in->af)
		return ipv6_chk_prefix(&in->from.in6, dev);
	in_dev = __in_dev_get_rcu(dev);
	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (inet_ifa_match(in->from.ip, ifa))
			return true;
	return false;
}

/* Was the request sent to this host alone, and not by a reflector? */
static bool slb_probe_askable(const struct sk_buff *skb, const struct slb_probe_in *in)
{
	if (in->sport == htons(SLB_SBFD_PORT))
		return false;
	return in->af ? !ipv6_addr_is_multicast(&in->to.in6) :
			skb_rtable(skb)->rt_type == RTN_LOCAL;
}

/* Does the sender have the same range as we? */
static bool slb_probe_agrees(const struct slb_probe *p, const struct slb_bfd_more *more)
{
	const struct slb_probe_range *mine = &p->mine;

	return more->first4 == mine->first[0].ip && more->last4 == mine->last[0].ip &&
	       !memcmp(more->first6, &mine->first[1], sizeof(more->first6)) &&
	       !memcmp(more->last6, &mine->last[1], sizeof(more->last6));
}

/* Prepare the answer if the packet is a valid request. Context: @p->lock. */
static void slb_probe_answer(struct slb_probe *p, const struct slb_probe_in *in,
			     struct slb_probe_out *out)
{
	const struct slb_bfd_more *asked = &in->frame.more;

	if (!slb_sbfd_reflect(&in->frame.pkt, in->len, slb_sbfd_disc(in->to.ip6), p->conf.interval,
			      &out->frame.pkt))
		return;
	slb_probe_digest_hear(p->key, ntohl(asked->key), false);
	slb_probe_digest_hear(p->config, ntohl(asked->config), false);
	slb_probe_fill_range(p, &out->frame.more);
	out->frame.more.seq = asked->seq;
	out->frame.more.echo = asked->stamp;
	out->send = true;
	slb_probe_unusable_answer(p, in, out);
	out->af = in->af;
	out->ifindex = in->ifindex;
	out->from = in->to;
	out->to = in->from;
	out->sport = htons(SLB_SBFD_PORT);
	out->dport = in->sport;
}

/* Return: true when no other link could answer better. */
static bool slb_probe_try(struct slb_probe *p, bool in_subnet, const struct slb_probe_in *in,
			  struct slb_probe_out *out)
{
	bool asked, agrees;

	spin_lock(p->lock);
	asked = !p->gone && p->on && p->af == in->af && p->nh->ifindex == in->ifindex &&
		(in_subnet || slb_addr_equal(&p->nh->via[in->af], &in->from));
	agrees = asked && slb_probe_agrees(p, &in->frame.more);
	if (agrees || (asked && !out->send))
		slb_probe_answer(p, in, out);
	spin_unlock(p->lock);
	return agrees;
}

/**
 * slb_probe_reflect() - answer a request
 * @pn: all of the namespace
 * @skb: the request
 * @in: what it says
 * @out: the answer
 *
 * A relay answers the next hops of its links, which are balancers. A balancer answers every host on
 * the wire: it does not know its relays, but it keeps the digests of their keys. The answer is no
 * longer than the request and leaves by the same device. It has the range of the link on that
 * device that agrees with the sender's, or of the first one. A link that sends no probes says so.
 * Context: softirq, RCU.
 *
 * Return: false when the request must be dropped.
 */
bool slb_probe_reflect(struct slb_probe_net *pn, const struct sk_buff *skb,
		       const struct slb_probe_in *in, struct slb_probe_out *out)
{
	struct slb_probe *p;
	bool in_subnet;

	if (!slb_probe_askable(skb, in))
		return false;
	if (pn->mine == SLB_BFD_MORE_RELAY) {
		hash_for_each_possible_rcu(pn->by_via, p, by_via, slb_sbfd_disc(in->from.ip6))
			if (slb_probe_try(p, false, in, out))
				break;
		return out->send;
	}
	in_subnet = slb_probe_in_subnet(pn->net, in);
	list_for_each_entry_rcu(p, &pn->all, node)
		if (slb_probe_try(p, in_subnet, in, out))
			break;
	return out->send;
}
