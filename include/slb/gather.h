/* SPDX-License-Identifier: GPL-2.0-only */
/* Reassemble fragmented datagrams, separately from the rest of the host. */
#ifndef _SLB_GATHER_H
#define _SLB_GATHER_H

#include <linux/bottom_half.h>
#include <linux/netfilter_ipv6.h>
#include <net/ip.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

/* Queue owners that net/ip.h and net/ipv6.h do not use: our fragments mix with nobody else's. */
enum {
	SLB_GATHER_BALANCER = 0x736c6200,
	SLB_GATHER_RELAY,
};

/**
 * slb_gather() - add a fragment to its datagram
 * @net: namespace
 * @skb: the fragment; on return of 0 the whole datagram
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @user: SLB_GATHER_*
 *
 * Fragments of one datagram may come over different links, so the device does not matter. Limits,
 * timeouts and counters are those of the namespace (net.ipv4.ipfrag_*,
 * net.netfilter.nf_conntrack_frag6_*). Context: softirq.
 *
 * Return: 0 when @skb is whole, -EINPROGRESS when the queue keeps it, -EINVAL when the caller must
 * drop it, -ENOMEM when it has been freed.
 */
static inline int slb_gather(struct net *net, struct sk_buff *skb, u8 family, u32 user)
{
	bool host = skb->pkt_type == PACKET_HOST;
	int err;

	/*
	 * On a timeout the kernel sends an ICMP error from an address of this host, which clients
	 * must not see; a router owes none. So give the frame the type of one for another
	 * host: about those the kernel sends no error.
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
	/* the caller still owns the buffer; a whole datagram has the type of its first fragment */
	if ((!err || err == -EINVAL) && skb->pkt_type == PACKET_OTHERHOST)
		skb->pkt_type = PACKET_HOST;
	/* on the way out, fragment to the largest original size: IPCB/IP6CB frag_max_size */
	if (!err)
		skb->ignore_df = 1;
	return err;
}

#endif /* _SLB_GATHER_H */
