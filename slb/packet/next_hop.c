// SPDX-License-Identifier: GPL-2.0-only
/* Links with several next hops: which one a packet goes to. Others send no packets through here. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netfilter.h>
#include <net/arp.h>
#include <net/ndisc.h>
#include <net/neighbour.h>

#include "config/next_hops.h"
#include "packet/fast_xmit.h"
#include "packet/next_hop.h"

/* The Ethernet address that a packet came from, or 0 when its device has none. */
static u64 slb_next_hop_source(const struct sk_buff *skb)
{
	if (!skb_mac_header_was_set(skb) || skb->mac_header + ETH_HLEN > skb->network_header)
		return 0;
	return ether_addr_to_u64(eth_hdr(skb)->h_source);
}

/* The Ethernet address of a next hop in one family, or 0. */
static u64 slb_next_hop_neigh(struct net_device *dev, const struct slb_nexthop *nh, unsigned int i)
{
	struct neighbour *neigh;
	u8 mac[MAX_ADDR_LEN];
	u64 found = 0;

	neigh = nh->has[i] ? neigh_lookup(i ? &nd_tbl : &arp_tbl, &nh->via[i], dev) : NULL;
	if (!neigh)
		return 0;
	if (READ_ONCE(neigh->nud_state) & NUD_VALID) {
		neigh_ha_snapshot(mac, neigh, dev);
		found = ether_addr_to_u64(mac);
	}
	neigh_release(neigh);
	return found;
}

/* The same in either family: an interface has one. Context: RCU. */
static u64 slb_next_hop_mac(struct net *net, const struct slb_nexthop *nh)
{
	struct net_device *dev = dev_get_by_index_rcu(net, READ_ONCE(nh->ifindex));

	if (!dev || dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN)
		return 0;
	return slb_next_hop_neigh(dev, nh, 0) ?: slb_next_hop_neigh(dev, nh, 1);
}

/* Is it the address of this next hop? It is looked up once a tick. */
static bool slb_next_hop_has_mac(struct net *net, struct slb_nexthops_one *one, u64 mac)
{
	if (READ_ONCE(one->tick) != (u32)jiffies) {
		WRITE_ONCE(one->mac, slb_next_hop_mac(net, &one->nh));
		WRITE_ONCE(one->tick, (u32)jiffies);
	}
	return READ_ONCE(one->mac) == mac;
}

/*
 * From which next hop of @in did a packet with this source come? Return: its number, which is also
 * that of the same relay on other links, or -1. A link with one next hop tells as well, if that
 * sent the packet.
 */
static int slb_next_hop_came(struct net *net, struct slb_link *in, u64 mac)
{
	struct slb_nexthops *all = in->nh.all;
	unsigned int k;

	if (!mac)
		return -1;
	if (!all)
		return slb_next_hop_mac(net, &in->nh) == mac ? 0 : -1;
	for (k = 0; k < all->n; k++)
		if (slb_next_hop_has_mac(net, &all->one[k], mac))
			return k;
	return -1;
}

/*
 * The next hop of @out, which has several, for a packet that came in by @in from @mac.
 * Context: RCU.
 */
static struct slb_nexthop *slb_next_hop_pick(struct net *net, struct slb_link *in,
					     struct slb_link *out, u64 mac, u8 family, u32 hash)
{
	struct slb_nexthops *all = out->nh.all;
	int came = slb_next_hop_came(net, in, mac);

	return &all->one[slb_nexthops_choose(all, family, came, hash)].nh;
}

/**
 * slb_next_hop_dst() - the route over a link that has several next hops
 * @ctx: the packet at hand
 * @out: the link
 * @cause: the packet itself, as it arrived, or the one that an own packet answers
 * @hash: the same for all packets of a flow
 *
 * Context: softirq, RCU.
 *
 * Return: the route, borrowed, or NULL when no next hop can be reached.
 */
struct dst_entry *slb_next_hop_dst(const struct slb_ctx *ctx, struct slb_link *out,
				   const struct sk_buff *cause, u32 hash)
{
	struct net *net = ctx->sn->net;
	u8 family = ctx->p.t.family, pass;
	struct slb_nexthop *nh;
	struct dst_entry *dst;
	unsigned int k;

	nh = slb_next_hop_pick(net, ctx->in, out, slb_next_hop_source(cause), family, hash);
	dst = slb_nexthop_dst(nh, net, family);
	for (pass = SLB_NEXTHOP_RANK_YES; !dst && pass > SLB_NEXTHOP_RANK_NO; pass--) {
		for (k = 0; !dst && k < slb_next_hops(out); k++) {
			nh = slb_next_hop(out, k);
			if (slb_nexthop_rank(nh, family) == pass)
				dst = slb_nexthop_dst(nh, net, family);
		}
	}
	return dst;
}

static __always_inline unsigned int slb_next_hop_fast(struct slb_net *sn, struct sk_buff *skb,
						      u8 proto, struct slb_link *in,
						      struct slb_link *out, struct slb_session *s,
						      enum slb_dir dir, u8 how, u8 family)
{
	/* only the protocol matters from here on */
	const struct slb_fast_pkt p = { .rest = (u64)proto << 32 };
	struct slb_nexthop *nh;

	if (!out->nh.several)
		return NF_ACCEPT;
	nh = slb_next_hop_pick(sn->net, in, out, slb_next_hop_source(skb), family,
			       slb_xmit_hash(s));
	return slb_fast_xmit_to(sn, skb, &p, in, out, nh, s, dir, family, how & SLB_NEXT_HOP_ASK,
				how & SLB_NEXT_HOP_SHIFTED);
}

/**
 * slb_next_hop_fast4() - send a packet of a session over a link without a next hop of its own
 * @sn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 * @proto: its protocol
 * @in: link that it came in by
 * @out: link that it leaves by
 * @s: session
 * @dir: direction of the packet
 * @how: SLB_NEXT_HOP_*
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_next_hop_fast4(struct slb_net *sn, struct sk_buff *skb, u8 proto,
				struct slb_link *in, struct slb_link *out, struct slb_session *s,
				enum slb_dir dir, u8 how)
{
	return slb_next_hop_fast(sn, skb, proto, in, out, s, dir, how, NFPROTO_IPV4);
}

/**
 * slb_next_hop_fast6() - slb_next_hop_fast4() for IPv6
 * @sn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 * @proto: its protocol
 * @in: link that it came in by
 * @out: link that it leaves by
 * @s: session
 * @dir: direction of the packet
 * @how: SLB_NEXT_HOP_*
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int slb_next_hop_fast6(struct slb_net *sn, struct sk_buff *skb, u8 proto,
				struct slb_link *in, struct slb_link *out, struct slb_session *s,
				enum slb_dir dir, u8 how)
{
	return slb_next_hop_fast(sn, skb, proto, in, out, s, dir, how, NFPROTO_IPV6);
}

/**
 * slb_next_hop_egress() - the neighbour for a packet over a link without a next hop of its own
 * @sn: namespace
 * @in: link that the packet came in by
 * @out: link that it leaves by
 * @mac: the Ethernet address that it came from
 * @s: session
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq, RCU.
 *
 * Return: the cached neighbour, or NULL when none can be reached.
 */
struct slb_egress *slb_next_hop_egress(struct slb_net *sn, struct slb_link *in,
				       struct slb_link *out, u64 mac, const struct slb_session *s,
				       u8 family)
{
	struct slb_nexthop *nh;

	if (!out->nh.several)
		return NULL;
	nh = slb_next_hop_pick(sn->net, in, out, mac, family, slb_xmit_hash(s));
	return slb_nexthop_egress(nh, sn->net, family);
}
