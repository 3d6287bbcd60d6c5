// SPDX-License-Identifier: GPL-2.0-only
/* The fast path at XDP: packets of sessions are translated before they become an skb. */
#include <linux/module.h>
#include <slb/xdp.h>

#include "config/link.h"
#include "net.h"
#include "packet/fast_find.h"
#include "packet/fast_xmit.h"
#include "packet/next_hop.h"
#include "packet/prefilter.h"
#include "packet/xdp.h"

/*
 * The same decisions as in slb_fast_packet(), for the same packets: those of a session that has a
 * mark of the direction, for these two links. All others are passed, and nothing has changed: the
 * kernel makes an skb of them, which comes to the ingress hook. So do packets that get a mark.
 *
 * A packet that was translated here cannot come back: when the device that it goes to has no room
 * for it, it is lost there. So what can be known before is asked before (slb_xdp_fits()).
 */

/* slb_net() for packets, which are in an RCU read section already. Context: RCU. */
static __always_inline struct slb_net *slb_xdp_net(const struct net *net)
{
	return rcu_dereference(net->gen)->ptr[slb_net_id];
}

/* The link by which packets of a device come in. A bond has a link, and its members receive. */
static __always_inline struct slb_link *slb_xdp_link(const struct slb_links *links,
						     struct net_device *dev)
{
	struct slb_link *in = slb_link_by_ifindex(links, dev->ifindex);

	if (unlikely(!in && netif_is_bond_slave(dev))) {
		dev = netdev_master_upper_dev_get_rcu(dev);
		in = dev ? slb_link_by_ifindex(links, dev->ifindex) : NULL;
	}
	return likely(in && READ_ONCE(in->xdp_on)) ? in : NULL;
}

/* The neighbour to which a packet goes by @out, or NULL. */
static __always_inline struct slb_egress *slb_xdp_egress(struct slb_net *sn,
							 const struct xdp_buff *xdp,
							 struct slb_link *in, struct slb_link *out,
							 const struct slb_session *s, u8 family)
{
	struct slb_egress *egress = slb_nexthop_egress(&out->nh, sn->net, family);
	const struct ethhdr *eth = xdp->data;

	if (unlikely(!egress))
		egress = slb_next_hop_egress(sn, in, out, ether_addr_to_u64(eth->h_source), s,
					     family);
	return egress;
}

/* Translate a packet of a session, count it, and send it. @len: of its IP packet. */
static __always_inline int slb_xdp_xmit(struct slb_net *sn, struct xdp_buff *xdp,
					const struct slb_fast_pkt *p, unsigned int len,
					struct slb_link *in, struct slb_session *s,
					enum slb_dir dir, u8 family, bool shifted)
{
	struct slb_link *out = slb_fast_link(rcu_dereference(sn->links), s, dir, family);
	const struct slb_wire w = { .packets = 1, .bytes = len };
	void *l3 = xdp->data + ETH_HLEN;
	struct slb_egress *egress;
	struct neighbour *neigh;
	__wsum more = 0;

	/* pairs with slb_fast_mark(), as in slb_fast_packet() */
	if (unlikely(!out || smp_load_acquire(&s->fast[dir]) != slb_fast_pair_mark(in, out) ||
		     (dir == SLB_REQUEST && READ_ONCE(s->ingress) != in->slot)))
		return XDP_PASS;
	egress = slb_xdp_egress(sn, xdp, in, out, s, family);
	if (unlikely(!egress))
		return XDP_PASS;
	neigh = rcu_dereference(egress->neigh);
	if (unlikely(!neigh || !slb_xdp_fits(xdp, neigh, READ_ONCE(egress->mtu))))
		return XDP_PASS;
	if (shifted)
		more = slb_fast_shift(l3, s, dir, family);
	slb_fast_rewrite(l3, slb_fast_pkt_proto(p), s, dir, family, false, more);
	slb_fast_used(s, dir);
	slb_session_traffic(s, w, dir, in, out);
	return slb_xdp_send(xdp, neigh, READ_ONCE(in->xdp_tx));
}

/*
 * A packet of a session with a PROXY header, as slb_fast_shifted() has it. A function of its own:
 * so other packets do not pay for it. @dir is a constant.
 */
static __always_inline int slb_xdp_shifted(struct slb_net *sn, struct xdp_buff *xdp,
					   const struct slb_fast_pkt *p, unsigned int len,
					   struct slb_link *in, struct slb_session *s,
					   enum slb_dir dir, u8 family)
{
	const u8 *l3 = xdp->data + ETH_HLEN;
	unsigned int head = slb_fast_tcp_len(l3, family);

	/* also the options of a reply, which may tell what the server has received */
	if (dir == SLB_REPLY && unlikely(head < sizeof(struct tcphdr) ||
					 slb_fast_pkt_l3_len(family) + head > len))
		return XDP_PASS;
	return slb_xdp_xmit(sn, xdp, p, len, in, s, dir, family, true);
}

static noinline int slb_xdp_shifted4(struct slb_net *sn, struct xdp_buff *xdp,
				     struct slb_fast_pkt p, unsigned int len, struct slb_link *in,
				     struct slb_session *s, enum slb_dir dir)
{
	return dir == SLB_REQUEST ?
	       slb_xdp_shifted(sn, xdp, &p, len, in, s, SLB_REQUEST, NFPROTO_IPV4) :
	       slb_xdp_shifted(sn, xdp, &p, len, in, s, SLB_REPLY, NFPROTO_IPV4);
}

static noinline int slb_xdp_shifted6(struct slb_net *sn, struct xdp_buff *xdp,
				     struct slb_fast_pkt p, unsigned int len, struct slb_link *in,
				     struct slb_session *s, enum slb_dir dir)
{
	return dir == SLB_REQUEST ?
	       slb_xdp_shifted(sn, xdp, &p, len, in, s, SLB_REQUEST, NFPROTO_IPV6) :
	       slb_xdp_shifted(sn, xdp, &p, len, in, s, SLB_REPLY, NFPROTO_IPV6);
}

static __always_inline int slb_xdp_flow(struct slb_net *sn, struct xdp_buff *xdp, u8 family)
{
	const void *l3 = xdp->data + ETH_HLEN;
	struct slb_fast_pkt p = {};
	struct slb_session *s;
	struct slb_side *side;
	struct slb_link *in;
	enum slb_dir dir;
	unsigned int len;
	u16 changes;

	in = slb_xdp_link(rcu_dereference(sn->links), xdp->rxq->dev);
	if (unlikely(!in))
		return XDP_PASS;
	len = slb_xdp_parse(xdp, family, &p);
	if (unlikely(!len))
		return XDP_PASS;
	side = slb_fast_find(sn, l3, &p, slb_fast_hash(l3, &p, family), family);
	if (unlikely(!side))
		return XDP_PASS;
	dir = side->tuple.tag;
	s = slb_side_session(side);
	changes = slb_session_changes(s);
	if (unlikely((changes != SLB_SESSION_SOUND && changes != SLB_SESSION_SOUND_SHIFTED) ||
		     !slb_fast_calm(sn, s, dir, &p) || !slb_fast_has_sum(l3, &p, family)))
		return XDP_PASS;
	if (unlikely(changes != SLB_SESSION_SOUND))
		return family == NFPROTO_IPV4 ? slb_xdp_shifted4(sn, xdp, p, len, in, s, dir) :
						slb_xdp_shifted6(sn, xdp, p, len, in, s, dir);
	return slb_xdp_xmit(sn, xdp, &p, len, in, s, dir, family, false);
}

/* One copy for each family, with its own stack frame: other packets do not pay for it. */
static noinline int slb_xdp_flow4(struct slb_net *sn, struct xdp_buff *xdp)
{
	return slb_xdp_flow(sn, xdp, NFPROTO_IPV4);
}

static noinline int slb_xdp_flow6(struct slb_net *sn, struct xdp_buff *xdp)
{
	return slb_xdp_flow(sn, xdp, NFPROTO_IPV6);
}

/**
 * slb_xdp_packet() - the fast path at XDP, for BPF programs on the devices of links
 * @ctx: context of the program: the packet, an Ethernet frame; its length stays as it is
 *
 * The namespace is that of the device, which may have changed since the program was attached.
 * Context: softirq, RCU.
 *
 * Return: XDP_PASS with nothing changed; or XDP_TX, or SLB_XDP_REDIRECT plus the index of a device,
 * with the packet translated and counted.
 */
__bpf_kfunc int slb_xdp_packet(struct xdp_md *ctx)
{
	struct xdp_buff *xdp = (struct xdp_buff *)ctx;
	const struct ethhdr *eth = xdp->data;
	const struct ipv6hdr *ip6 = (void *)(eth + 1);
	const struct iphdr *ip4 = (void *)(eth + 1);
	struct slb_net *sn = slb_xdp_net(dev_net(xdp->rxq->dev));

	if (eth->h_proto == htons(ETH_P_IP))
		return slb_xdp_has_addr(xdp, NFPROTO_IPV4) &&
		       test_bit(slb_prefilter_ipv4(ip4->daddr), sn->prefilter) ?
		       slb_xdp_flow4(sn, xdp) : XDP_PASS;
	if (eth->h_proto == htons(ETH_P_IPV6))
		return slb_xdp_has_addr(xdp, NFPROTO_IPV6) &&
		       test_bit(slb_prefilter_ipv6(ip6->daddr.s6_addr32), sn->prefilter) ?
		       slb_xdp_flow6(sn, xdp) : XDP_PASS;
	return XDP_PASS;
}

BTF_KFUNCS_START(slb_xdp_functions)
BTF_ID_FLAGS(func, slb_xdp_packet)
BTF_KFUNCS_END(slb_xdp_functions)

static const struct btf_kfunc_id_set slb_xdp_set = {
	.owner = THIS_MODULE,
	.set = &slb_xdp_functions,
};

/**
 * slb_xdp_init() - let BPF programs for XDP call the module
 *
 * A module without BTF goes on without: programs that want to call it cannot be loaded then.
 *
 * Return: 0 or an error.
 */
int __init slb_xdp_init(void)
{
	return slb_compat_has_btf(THIS_MODULE) ?
	       register_btf_kfunc_id_set(BPF_PROG_TYPE_XDP, &slb_xdp_set) : 0;
}

/*
 * May packets of a link's device be handled at XDP now? A traced packet must be seen on its way,
 * and without the fast path all packets take the ordinary one. Context: RTNL.
 */
static bool slb_xdp_wanted(struct slb_net *sn, const struct slb_link *link,
			   struct net_device *dev, bool traced)
{
	return link->xdp && dev && sn->settings.fast_path && sn->hooked && !traced &&
	       !slb_xdp_strips_tags(dev);
}

static void slb_xdp_settle_link(struct slb_net *sn, struct slb_link *link, bool traced)
{
	struct net_device *dev = link->xdp ? __dev_get_by_index(sn->net, link->nh.ifindex) : NULL;

	WRITE_ONCE(link->xdp_tx, dev && slb_xdp_can_tx(dev));
	WRITE_ONCE(link->xdp_on, slb_xdp_wanted(sn, link, dev, traced));
}

/**
 * slb_xdp_settle() - decide for each link whether packets are handled at XDP
 * @sn: namespace; RTNL is held
 * @traced: some packets are traced, or soon will be
 *
 * To be called after a change of what that depends on. Packets may still be handled as before until
 * a grace period has passed.
 */
void slb_xdp_settle(struct slb_net *sn, bool traced)
{
	const struct slb_links *links = rtnl_dereference(sn->links);
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_xdp_settle_link(sn, links->slot[i], traced);
}
