/* SPDX-License-Identifier: GPL-2.0-only */
/* Put the fragments of a datagram together, for those that are ours alone. */
#ifndef _SLB_GATHER_H
#define _SLB_GATHER_H

#include <linux/bottom_half.h>
#include <linux/netfilter_ipv6.h>
#include <net/ip.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

/* Queue owners beyond those in net/ip.h and net/ipv6.h: nobody else's fragments mix with ours. */
enum {
	SLB_GATHER_BALANCER = 0x736c6200,
	SLB_GATHER_RELAY,
};

/**
 * slb_gather() - add a fragment to its datagram
 * @net: namespace
 * @skb: the fragment; on 0 the whole datagram, whose size limit the output path keeps
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @user: SLB_GATHER_*
 *
 * Fragments are taken from any device, as the two links may carry those of one datagram. The
 * limits, timeouts and counters are the namespace's own (net.ipv4.ipfrag_*,
 * net.netfilter.nf_conntrack_frag6_*).
 * Context: softirq.
 *
 * Return: 0 when @skb is whole, -EINPROGRESS when it was taken in, -EINVAL when @skb must be
 * dropped, -ENOMEM when it was freed already.
 */
static inline int slb_gather(struct net *net, struct sk_buff *skb, u8 family, u32 user)
{
	bool host = skb->pkt_type == PACKET_HOST;
	int err;

	/*
	 * When the rest does not come, the kernel answers by an ICMP error from an address of this
	 * host's choice. A router owes none, and this frame would show that address: to what was
	 * not sent to this host alone there is no answer.
	 */
	if (host)
		skb->pkt_type = PACKET_OTHERHOST;
	local_bh_disable();
	if (family == NFPROTO_IPV4) {
		err = ip_defrag(net, skb, user);
		if (err && err != -EINPROGRESS)
			err = -ENOMEM;
	} else {
		err = nf_ct_frag6_gather(net, skb, user);
		if (err && err != -EINPROGRESS)
			err = -EINVAL;
	}
	local_bh_enable();
	/* the buffer is still the caller's, with the type of the first fragment when it is whole */
	if ((!err || err == -EINVAL) && skb->pkt_type == PACKET_OTHERHOST)
		skb->pkt_type = PACKET_HOST;
	/* the original fragments fitted: refragment on the way out, to IPCB/IP6CB frag_max_size */
	if (!err)
		skb->ignore_df = 1;
	return err;
}

#endif /* _SLB_GATHER_H */
