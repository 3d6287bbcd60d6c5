/* SPDX-License-Identifier: GPL-2.0-only */
/* Prefilter: one bit per hash of a /24 (/120). A clear bit proves that an address is not ours. */
#ifndef _SLB_NEAR_H
#define _SLB_NEAR_H

#ifdef __KERNEL__
#include <linux/hash.h>
#endif
#include <slb/flow.h>

/* Bits of the hash. */
#define SLB_NEAR_ORDER 12
#define SLB_NEAR_SIZE (1u << SLB_NEAR_ORDER)

/* Addresses of one /24 (IPv6: /120) share a bit, so a range sets few bits. */
static __always_inline u32 slb_near_ipv4(__be32 addr)
{
	return hash_32(ntohl(addr) >> 8, SLB_NEAR_ORDER);
}

static __always_inline u32 slb_near_ipv6(const __be32 addr[4])
{
	return hash_32(ntohl(addr[3]) >> 8 ^ (__force u32)(addr[0] ^ addr[1] ^ addr[2]),
		       SLB_NEAR_ORDER);
}

/**
 * slb_near_hash() - hash the subnet of an address
 * @addr: address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: a number below SLB_NEAR_SIZE.
 */
static inline u32 slb_near_hash(const union nf_inet_addr *addr, u8 family)
{
	return family == NFPROTO_IPV4 ? slb_near_ipv4(addr->ip) : slb_near_ipv6(addr->ip6);
}

#endif /* _SLB_NEAR_H */
