// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets from the relay to addresses that are no VIPs. The relay sends a balancer only packets to
 * VIPs, so the operator has forgotten a VIP here, or mistyped one. The last one is remembered, for
 * slbctl check; the packets are left to routing.
 */
#include <slb/owned.h>
#include <slb/parse.h>

#include "config/vip.h"
#include "packet/no_vip.h"
#include "state/session.h"

/* Is it sent to this host alone, and to an address that it does not have? */
static bool slb_no_vip_astray(const struct slb_net *sn, const struct sk_buff *skb,
			      const struct slb_tuple *t)
{
	if (skb->pkt_type != PACKET_HOST)
		return false;
	if (t->family == NFPROTO_IPV4 ? ipv4_is_multicast(t->dst.ip) || ipv4_is_lbcast(t->dst.ip) :
	    ipv6_addr_type(&t->dst.in6) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))
		return false;
	return !slb_host_owns(sn->net, skb->dev, &t->dst, t->family);
}

/**
 * slb_no_vip_note() - remember a packet if it is for a VIP that is missing here
 * @sn: namespace
 * @skb: a packet that is neither for a VIP nor for a local address
 * @state: of the hook
 *
 * Context: softirq, or a task that reinjects a queued packet; RCU.
 */
void slb_no_vip_note(struct slb_net *sn, const struct sk_buff *skb,
		     const struct nf_hook_state *state)
{
	const struct slb_link *in;
	struct slb_no_vip *no_vip = &sn->no_vip;
	struct slb_pkt p;

	WRITE_ONCE(no_vip->tick, (u32)jiffies);
	in = slb_link_by_ifindex(rcu_dereference(sn->links), state->in->ifindex);
	if (!in || slb_parse_addr(skb, state->pf, &p) || !slb_no_vip_astray(sn, skb, &p.t))
		return;
	/* without a whole transport header there is no port */
	p.t.dport = 0;
	slb_parse_flow(skb, &p);
	/* echo requests and the like may be those of the operator */
	if (!slb_proto_known(p.t.proto))
		return;
	spin_lock_bh(&no_vip->lock);
	no_vip->when = jiffies ?: 1;
	strscpy(no_vip->link, in->name, sizeof(no_vip->link));
	no_vip->addr = p.t.dst;
	no_vip->family = p.t.family;
	no_vip->proto = p.t.proto;
	no_vip->port = ntohs(p.t.dport);
	spin_unlock_bh(&no_vip->lock);
}

/**
 * slb_no_vip_read() - get the last packet to an address that is no VIP
 * @sn: namespace
 * @found: filled; its lock is not valid
 *
 * Return: false when there was none, or when a VIP has the address by now.
 */
bool slb_no_vip_read(struct slb_net *sn, struct slb_no_vip *found)
{
	bool is;

	spin_lock_bh(&sn->no_vip.lock);
	*found = sn->no_vip;
	spin_unlock_bh(&sn->no_vip.lock);
	rcu_read_lock();
	is = found->when && !slb_vaddr_find(sn, &found->addr, found->family);
	rcu_read_unlock();
	return is;
}
