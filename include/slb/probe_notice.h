/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbours and addresses of the host come and go: the code of probe.h for notifiers. */
#ifndef _SLB_PROBE_NOTICE_H
#define _SLB_PROBE_NOTICE_H

#include <slb/probe_code.h>

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
 * slb_probe_neigh_event() - something became of a neighbour
 * @pn: all of the namespace
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
	/* an entry that is deleted says goodbye: another one may be in its place */
	if (READ_ONCE(neigh->dead))
		return;
	rcu_read_lock();
	list_for_each_entry_rcu(p, &pn->all, node)
		if (p->af == i)
			slb_probe_neigh(p, neigh, neigh->tbl->key_len);
	rcu_read_unlock();
}

static void slb_probe_addr(struct slb_probe *p, int ifindex, const void *addr, int len)
{
	if (p->nh && READ_ONCE(p->nh->ifindex) != ifindex &&
	    /* without the lock: few of the addresses that come and go matter here */
	    data_race(memcmp(&p->self, addr, len)))
		return;
	spin_lock_bh(p->lock);
	if (!p->gone && p->on) {
		slb_probe_look(p);
		slb_probe_judge(p);
		slb_probe_arm(p);
	}
	spin_unlock_bh(p->lock);
}

/* @af: 0 IPv4, 1 IPv6; @addr: as long as that says, in network order. */
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
 * slb_probe_addr4_event() - an IPv4 address has come or gone
 * @pn: all of the namespace
 * @ifa: the address; when it has gone, no look-up finds it any more
 *
 * Context: RTNL; from an inetaddr notifier.
 */
void slb_probe_addr4_event(struct slb_probe_net *pn, const struct in_ifaddr *ifa)
{
	slb_probe_addr_event(pn, 0, ifa->ifa_dev->dev->ifindex, &ifa->ifa_local);
}

/**
 * slb_probe_addr6_event() - an IPv6 address has come or gone
 * @pn: all of the namespace
 * @ifa: the address; when it has gone, no look-up finds it any more
 *
 * Context: any but hard interrupts; from an inet6addr notifier.
 */
void slb_probe_addr6_event(struct slb_probe_net *pn, const struct inet6_ifaddr *ifa)
{
	slb_probe_addr_event(pn, 1, ifa->idev->dev->ifindex, &ifa->addr);
}

#endif /* _SLB_PROBE_NOTICE_H */
