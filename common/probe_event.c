// SPDX-License-Identifier: GPL-2.0-only
/* Events of neighbours and own addresses. */
#include <linux/inetdevice.h>
#include <net/if_inet6.h>
#include <net/neighbour.h>
#include <slb/probe_event.h>
#include <slb/probe_state.h>
#include <slb/probe_timer.h>

static void slb_probe_neigh(struct slb_probe *p, const struct neighbour *neigh, int len)
{
	u8 state;

	spin_lock_bh(p->lock);
	state = READ_ONCE(neigh->nud_state);
	if (!p->gone && p->on && p->nh->ifindex == neigh->dev->ifindex &&
	    !memcmp(&p->nh->via[p->af], neigh->primary_key, len))
		slb_probe_neigh_is(p, state, NEIGH_VAR(neigh->parms, RETRANS_TIME));
	spin_unlock_bh(p->lock);
}

/**
 * slb_probe_neigh_event() - handle an event of a neighbour
 * @pn: probes of the namespace
 * @neigh: the neighbour
 *
 * Context: any but hard interrupts; from a netevent notifier.
 */
void slb_probe_neigh_event(struct slb_probe_net *pn, const struct neighbour *neigh)
{
	unsigned int i = neigh->tbl->family == AF_INET6;
	struct slb_probe *p;

	if (neigh->tbl->family != AF_INET && neigh->tbl->family != AF_INET6)
		return;
	/* an entry that is being deleted; a new one may have replaced it */
	if (READ_ONCE(neigh->dead))
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(p, &pn->all, node)
		if (p->af == i)
			slb_probe_neigh(p, neigh, neigh->tbl->key_len);
	rcu_read_unlock();
}

/* The far end may send to an address of another device: then that one matters. */
static void slb_probe_addr(struct slb_probe *p, int ifindex, const void *addr, int len)
{
	spin_lock_bh(p->lock);
	if (!p->gone && p->on && (READ_ONCE(p->nh->ifindex) == ifindex ||
				  !memcmp(&p->self, addr, len))) {
		slb_probe_look(p);
		slb_probe_judge(p);
		slb_probe_arm(p);
	}
	spin_unlock_bh(p->lock);
}

/* @af: 0 for IPv4, 1 for IPv6; @addr: address of that family, network order */
static void slb_probe_addr_event(struct slb_probe_net *pn, u8 af, int ifindex, const void *addr)
{
	int len = af ? sizeof(struct in6_addr) : sizeof(__be32);
	struct slb_probe *p;

	rcu_read_lock();
	list_for_each_entry_rcu(p, &pn->all, node)
		if (p->af == af)
			slb_probe_addr(p, ifindex, addr, len);
	rcu_read_unlock();
}

/**
 * slb_probe_addr4_event() - an IPv4 address was added or removed
 * @pn: probes of the namespace
 * @ifa: the address; after a removal, lookups no longer find it
 *
 * Context: RTNL; from an inetaddr notifier.
 */
void slb_probe_addr4_event(struct slb_probe_net *pn, const struct in_ifaddr *ifa)
{
	slb_probe_addr_event(pn, 0, ifa->ifa_dev->dev->ifindex, &ifa->ifa_local);
}

/**
 * slb_probe_addr6_event() - an IPv6 address was added or removed
 * @pn: probes of the namespace
 * @ifa: the address; after a removal, lookups no longer find it
 *
 * Context: any but hard interrupts; from an inet6addr notifier.
 */
void slb_probe_addr6_event(struct slb_probe_net *pn, const struct inet6_ifaddr *ifa)
{
	slb_probe_addr_event(pn, 1, ifa->idev->dev->ifindex, &ifa->addr);
}
