/* SPDX-License-Identifier: GPL-2.0-only */
/* Received probes, at the hooks of the kernel. */
#ifndef _SLB_PROBE_RECEIVE_H
#define _SLB_PROBE_RECEIVE_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/unaligned.h>
#include <slb/probe.h>

/*
 * May a packet be a probe? TTL and protocol are adjacent in both headers, so one comparison rules
 * nearly all other packets out. IP has checked the header already.
 */
static __always_inline bool slb_probe_may_be(const struct sk_buff *skb, u8 family)
{
	if (family == NFPROTO_IPV4)
		return get_unaligned((const __be16 *)&ip_hdr(skb)->ttl) ==
		       htons(SLB_BFD_TTL << 8 | IPPROTO_UDP);
	return get_unaligned((const __be16 *)&ipv6_hdr(skb)->nexthdr) ==
	       htons(IPPROTO_UDP << 8 | SLB_BFD_TTL);
}

int slb_probe_hook(struct slb_probe_net *pn, struct sk_buff *skb,
		   const struct nf_hook_state *state, enum slb_drop *why);
bool slb_probe_untrack(const struct slb_probe_net *pn, struct sk_buff *skb,
		       const struct nf_hook_state *state);

#endif /* _SLB_PROBE_RECEIVE_H */
