/* SPDX-License-Identifier: GPL-2.0-only */
/* Prefilter: one bit per hash of a /24 (/120). A clear bit proves that an address is not ours. */
#ifndef _SLB_PREFILTER_H
#define _SLB_PREFILTER_H

#ifdef __KERNEL__
#include <linux/hash.h>
#endif
#include <slb/flow.h>

/* Bits of the hash. */
#define SLB_PREFILTER_ORDER 12
#define SLB_PREFILTER_SIZE (1u << SLB_PREFILTER_ORDER)

/* Addresses of one /24 (IPv6: /120) share a bit, so a range sets few bits. */
static __always_inline u32 slb_prefilter_ipv4(__be32 addr)
{
	return hash_32(ntohl(addr) >> 8, SLB_PREFILTER_ORDER);
}

static __always_inline u32 slb_prefilter_ipv6(const __be32 addr[4])
{
	return hash_32(ntohl(addr[3]) >> 8 ^ (__force u32)(addr[0] ^ addr[1] ^ addr[2]),
		       SLB_PREFILTER_ORDER);
}

/**
 * slb_prefilter_hash() - hash the subnet of an address
 * @addr: address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: a number below SLB_PREFILTER_SIZE.
 */
static inline u32 slb_prefilter_hash(const union nf_inet_addr *addr, u8 family)
{
	return family == NFPROTO_IPV4 ? slb_prefilter_ipv4(addr->ip) :
					slb_prefilter_ipv6(addr->ip6);
}

#endif /* _SLB_PREFILTER_H */
