// SPDX-License-Identifier: GPL-2.0-only
/* Recognizes probes among the packets to this host. */
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <slb/probe_parse.h>

static bool slb_probe_ports(const struct udphdr *udp, struct slb_probe_in *in)
{
	in->sport = udp->source;
	if (udp->dest == htons(SLB_BFD_PORT))
		in->kind = SLB_PROBE_ASYNC;
	else if (udp->dest == htons(SLB_SBFD_PORT))
		in->kind = SLB_PROBE_REQUEST;
	else if (udp->source == htons(SLB_SBFD_PORT) && udp->dest == htons(SLB_BFD_SPORT))
		in->kind = SLB_PROBE_ANSWER;
	else
		return false;
	return true;
}

/**
 * slb_probe_parse() - is it a BFD packet of the other module?
 * @skb: a packet to this host
 * @state: of the hook
 * @magic: SLB_BFD_MORE_BALANCER or _RELAY
 * @in: zeros; filled when it is, parts of it when it is not
 *
 * Context: RCU.
 *
 * Return: true when it is.
 */
bool slb_probe_parse(struct sk_buff *skb, const struct nf_hook_state *state, u32 magic,
		     struct slb_probe_in *in)
{
	struct udphdr udph, *udp;

	in->af = state->pf == NFPROTO_IPV6;
	/* skb->dev is the VRF: find the device of the link */
	in->ifindex = (in->af ? inet6_sdif(skb) : inet_sdif(skb)) ?: state->in->ifindex;
	if (in->af) {
		const struct ipv6hdr *ip = ipv6_hdr(skb);

		if (ip->nexthdr != IPPROTO_UDP)
			return false;
		in->udp = sizeof(*ip);
		in->ttl = ip->hop_limit;
		in->from.in6 = ip->saddr;
		in->to.in6 = ip->daddr;
	} else {
		const struct iphdr *ip = ip_hdr(skb);

		if (ip->protocol != IPPROTO_UDP || ip_is_fragment(ip))
			return false;
		in->udp = ip_hdrlen(skb);
		in->ttl = ip->ttl;
		in->from.ip = ip->saddr;
		in->to.ip = ip->daddr;
	}
	udp = skb_header_pointer(skb, in->udp, sizeof(udph), &udph);
	if (!udp || !slb_probe_ports(udp, in))
		return false;
	in->len = ntohs(udp->len);
	if (in->len != skb->len - in->udp || in->len < sizeof(udph) + SLB_BFD_FRAME_MIN)
		return false;
	in->len -= sizeof(udph);
	return !skb_copy_bits(skb, in->udp + sizeof(udph), &in->frame,
			      slb_bfd_frame_len(in->len)) &&
	       in->frame.more.magic == htonl(magic) &&
	       in->frame.pkt.len == sizeof(in->frame.pkt);
}
