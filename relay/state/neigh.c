// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a next hop does not answer, the kernel sends ICMP errors about queued packets, but it has no
 * route to VIPs and return addresses. So the relay remembers neighbours that have failed, and sends
 * an error for each further packet until they answer.
 */
#include <linux/hash.h>
#include <linux/netdevice.h>
#include <net/arp.h>
#include <net/ip6_route.h>
#include <net/neighbour.h>
#include <net/netevent.h>
#include <net/route.h>
#include <slb/parse.h>

#include "net.h"
#include "state/neigh.h"

static u32 rly_neigh_bit(const struct net_device *dev, const u32 *addr, bool v6)
{
	u32 n = addr[0];

	if (v6)
		n ^= addr[1] ^ addr[2] ^ addr[3];
	return hash_32(n ^ (u32)dev->ifindex << 16, ilog2(RLY_NEIGH_BITS));
}

static void rly_neigh_event(struct rly_neighs *neighs, const struct neighbour *neigh)
{
	u8 state = READ_ONCE(neigh->nud_state);
	int family = neigh->tbl->family;
	u32 bit;

	if (family != AF_INET && family != AF_INET6)
		return;
	bit = rly_neigh_bit(neigh->dev, (const u32 *)neigh->primary_key, family == AF_INET6);
	if (state & NUD_FAILED) {
		set_bit(bit, neighs->lost);
		WRITE_ONCE(neighs->any, true);
	} else if (state & NUD_VALID && test_bit(bit, neighs->lost)) {
		clear_bit(bit, neighs->lost);
	}
}

static int rly_neigh_netevent(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct neighbour *neigh = ptr;

	if (event == NETEVENT_NEIGH_UPDATE)
		rly_neigh_event(&rly_net(dev_net(neigh->dev))->neighs, neigh);
	return NOTIFY_DONE;
}

static struct notifier_block rly_neigh_notifier = {
	.notifier_call = rly_neigh_netevent,
};

/**
 * rly_neigh_init() - follow neighbours of all namespaces
 *
 * Return: 0 or an error.
 */
int rly_neigh_init(void)
{
	return register_netevent_notifier(&rly_neigh_notifier);
}

/**
 * rly_neigh_exit() - no longer follow them
 */
void rly_neigh_exit(void)
{
	unregister_netevent_notifier(&rly_neigh_notifier);
}

/**
 * rly_neigh_failed() - rly_neigh_lost() when some neighbour has failed
 * @neighs: neighbours of the namespace
 * @dst: route of the packet
 * @p: the packet
 *
 * Two neighbours may share a bit, so the state of the neighbour is checked, too. Context: softirq,
 * RCU.
 *
 * Return: true when the next hop has failed, and not answered since.
 */
bool rly_neigh_failed(const struct rly_neighs *neighs, const struct dst_entry *dst,
		      const struct slb_pkt *p)
{
	bool v6 = p->t.family == NFPROTO_IPV6;
	const struct neighbour *neigh;
	union nf_inet_addr gw = p->t.dst;

	if (v6) {
		gw.in6 = *rt6_nexthop(dst_rt6_info(dst), &p->t.dst.in6);
	} else if (dst_rtable(dst)->rt_gw_family == AF_INET6) {
		v6 = true;
		gw.in6 = dst_rtable(dst)->rt_gw6;
	} else if (dst_rtable(dst)->rt_gw_family) {
		gw.ip = dst_rtable(dst)->rt_gw4;
	}
	if (!test_bit(rly_neigh_bit(dst->dev, gw.all, v6), neighs->lost))
		return false;
	neigh = v6 ? __ipv6_neigh_lookup_noref_stub(dst->dev, &gw.in6) :
		     __ipv4_neigh_lookup_noref(dst->dev, (__force u32)gw.ip);
	return neigh && !(READ_ONCE(neigh->nud_state) & NUD_VALID);
}
