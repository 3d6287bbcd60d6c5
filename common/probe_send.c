// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes as packets: BFD control packets in asynchronous mode (RFC 5880) with a session for each
 * family, sent over one hop by UDP (RFC 5881), or requests and answers of S-BFD (RFC 7881). They
 * are sent even while the link is out of use, and pass the LOCAL_OUT chain of the host.
 */
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/netfilter/nf_conntrack.h>
#include <slb/probe_send.h>
#include <slb/probe_source.h>

/* Put what follows the frame: digests, or zeros that make room for an answer. */
static void slb_probe_put_digests(struct sk_buff *skb, const struct slb_probe_out *out)
{
	unsigned int i, n;
	__be32 *to;

	if (out->len <= sizeof(out->frame))
		return;
	n = (out->len - sizeof(out->frame)) / sizeof(*to);
	to = skb_put(skb, n * sizeof(*to));
	for (i = 0; i < n; i++)
		to[i] = out->digests ? htonl(out->digests[i]) : 0;
}

/* What does not fit into a packet is left out: the link works all the same. */
static void slb_probe_cut(struct slb_probe_out *out, unsigned int header, unsigned int mtu)
{
	if (header + sizeof(struct udphdr) + out->len <= mtu || out->len <= sizeof(out->frame))
		return;
	out->len = sizeof(out->frame);
	out->frame.more.count = 0;
}

static struct sk_buff *slb_probe_skb(struct slb_probe_out *out, unsigned int header,
				     const struct net_device *dev)
{
	unsigned int len, mtu = READ_ONCE(dev->mtu);
	struct sk_buff *skb;
	struct udphdr *udp;

	slb_probe_cut(out, header, mtu);
	len = sizeof(struct udphdr) + out->len;
	skb = alloc_skb(LL_MAX_HEADER + header + len, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER + header);
	skb_reset_transport_header(skb);
	udp = skb_put(skb, sizeof(*udp));
	udp->source = out->sport;
	udp->dest = out->dport;
	udp->len = htons(len);
	udp->check = 0;
	out->frame.more.mtu = htonl(mtu);
	skb_put_data(skb, &out->frame, min_t(unsigned int, out->len, sizeof(out->frame)));
	slb_probe_put_digests(skb, out);
	skb_push(skb, header);
	skb_reset_network_header(skb);
	skb->priority = TC_PRIO_CONTROL;
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return skb;
}

static void slb_probe_send4(struct net *net, struct slb_probe_out *out)
{
	struct flowi4 fl4 = {
		.flowi4_oif = out->ifindex,
		.flowi4_proto = IPPROTO_UDP,
		.daddr = out->to.ip,
		.saddr = out->from.ip ?: slb_probe_source4(net, out->ifindex, out->to.ip, out->nth),
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);
	unsigned int len;
	struct sk_buff *skb;
	struct iphdr *ip;
	struct udphdr *udp;

	if (IS_ERR(rt) && fl4.saddr) {
		/* we no longer have this address */
		fl4.saddr = 0;
		rt = ip_route_output_key(net, &fl4);
	}
	if (IS_ERR(rt))
		return;
	skb = rt->rt_type == RTN_UNICAST ? slb_probe_skb(out, sizeof(*ip), rt->dst.dev) :
					   NULL;
	if (!skb) {
		ip_rt_put(rt);
		return;
	}
	ip = ip_hdr(skb);
	*ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof(*ip) / 4,
		.tos = IPTOS_PREC_INTERNETCONTROL,
		.frag_off = htons(IP_DF),
		.ttl = SLB_BFD_TTL,
		.protocol = IPPROTO_UDP,
		.saddr = fl4.saddr,
		.daddr = fl4.daddr,
	};
	udp = udp_hdr(skb);
	len = ntohs(udp->len);
	udp->check = csum_tcpudp_magic(ip->saddr, ip->daddr, len, IPPROTO_UDP,
				       csum_partial(udp, len, 0)) ?: CSUM_MANGLED_0;
	skb->protocol = htons(ETH_P_IP);
	skb_dst_set(skb, &rt->dst);
	ip_local_out(net, NULL, skb);
}

/* The source address of the route, or the one that the kernel selects. */
static int slb_probe_saddr6(struct net *net, struct dst_entry *dst, struct flowi6 *fl6)
{
	const struct fib6_info *from = rcu_dereference(dst_rt6_info(dst)->from);

	if (!from || !from->fib6_prefsrc.plen)
		return ipv6_dev_get_saddr(net, dst->dev, &fl6->daddr, 0, &fl6->saddr);
	fl6->saddr = from->fib6_prefsrc.addr;
	return 0;
}

static void slb_probe_send6(struct net *net, struct slb_probe_out *out)
{
	struct flowi6 fl6 = {
		.flowi6_oif = out->ifindex,
		.flowi6_proto = IPPROTO_UDP,
		.daddr = out->to.in6,
		.saddr = !ipv6_addr_any(&out->from.in6) ? out->from.in6 :
			 slb_probe_source6(net, out->ifindex, &out->to.in6, out->nth),
	};
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);
	unsigned int len;
	struct sk_buff *skb = NULL;
	struct ipv6hdr *ip;
	struct udphdr *udp;

	if (!dst->error && dst->dev->ifindex == out->ifindex &&
	    (!ipv6_addr_any(&fl6.saddr) || !slb_probe_saddr6(net, dst, &fl6)))
		skb = slb_probe_skb(out, sizeof(*ip), dst->dev);
	if (!skb) {
		dst_release(dst);
		return;
	}
	ip = ipv6_hdr(skb);
	ip6_flow_hdr(ip, IPTOS_PREC_INTERNETCONTROL, 0);
	udp = udp_hdr(skb);
	len = ntohs(udp->len);
	ip->payload_len = htons(len);
	ip->nexthdr = IPPROTO_UDP;
	ip->hop_limit = SLB_BFD_TTL;
	ip->saddr = fl6.saddr;
	ip->daddr = fl6.daddr;
	udp->check = csum_ipv6_magic(&ip->saddr, &ip->daddr, len, IPPROTO_UDP,
				     csum_partial(udp, len, 0)) ?: CSUM_MANGLED_0;
	skb->protocol = htons(ETH_P_IPV6);
	skb_dst_set(skb, dst);
	ip6_local_out(net, NULL, skb);
}

/* Resolve a next hop that did not answer: without packets nothing else does. */
static void slb_probe_call(struct net *net, struct slb_probe_out *out, unsigned int i)
{
	struct neigh_table *tbl = i ? &nd_tbl : &arp_tbl;
	struct net_device *dev = dev_get_by_index_rcu(net, out->ifindex);
	struct neighbour *neigh;

	if (!dev)
		return;
	neigh = neigh_lookup(tbl, &out->via[i], dev);
	if (!neigh)
		neigh = neigh_create(tbl, &out->via[i], dev);
	if (IS_ERR(neigh))
		return;
	out->began[i] = !(READ_ONCE(neigh->nud_state) & ~NUD_FAILED);
	neigh_event_send(neigh, NULL);
	out->valid[i] = READ_ONCE(neigh->nud_state) & NUD_VALID;
	neigh_release(neigh);
}

/**
 * slb_probe_put_out() - send what was prepared under the lock
 * @pn: probes of the namespace
 * @out: a packet and requests for neighbours; told what became of the requests
 *
 * Context: BH disabled, RCU, without the lock of the liveness.
 */
void slb_probe_put_out(struct slb_probe_net *pn, struct slb_probe_out *out)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (out->call[i])
			slb_probe_call(pn->net, out, i);
	if (!out->send)
		return;
	if (out->af)
		slb_probe_send6(pn->net, out);
	else
		slb_probe_send4(pn->net, out);
}
