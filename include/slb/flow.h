/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow key: the 5-tuple of a packet, its equality and its reverse. */
#ifndef _SLB_FLOW_H
#define _SLB_FLOW_H

#ifdef __KERNEL__
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netfilter.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/unaligned.h>
#else
#include "kshim.h"
#endif

/**
 * struct slb_tuple - the key of a flow, as found in a packet
 * @src: source address, network order; unused words are zero
 * @dst: destination address, the same
 * @sport: source port, network order; the identifier of an ICMP echo
 * @dport: destination port, network order; zero for an ICMP echo
 * @proto: transport protocol, IPPROTO_*
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @tag: for the owner of the tuple; not part of the key
 */
struct slb_tuple {
	union nf_inet_addr src;
	union nf_inet_addr dst;
	__be16 sport;
	__be16 dport;
	u8 proto;
	u8 family;
	u16 tag;
};

/* Masks for slb_tuple_rest(): ports and protocol; and the family. */
#define SLB_REST_FLOW 0x000000ffffffffffull
#define SLB_REST_FAMILY(family) ((u64)(family) << 40)
/* All that is part of the key. */
#define SLB_REST_KEY 0x0000ffffffffffffull

/**
 * slb_tuple_rest() - the parts of a key other than its addresses, as one number
 * @t: flow key
 *
 * Return: source port, destination port, protocol and family, from the least significant byte
 * upwards; the same on machines of either byte order.
 */
static __always_inline u64 slb_tuple_rest(const struct slb_tuple *t)
{
	BUILD_BUG_ON(offsetof(struct slb_tuple, tag) != offsetof(struct slb_tuple, sport) + 6);
	return get_unaligned_le64((const u8 *)t + offsetof(struct slb_tuple, sport)) & SLB_REST_KEY;
}

/* Both addresses of an IPv4 key in packet order, read as a little-endian number. */
static __always_inline u64 slb_tuple_addrs4(const struct slb_tuple *t)
{
	return get_unaligned_le32(&t->src) | (u64)get_unaligned_le32(&t->dst) << 32;
}

static inline bool slb_addr_equal(const union nf_inet_addr *a, const union nf_inet_addr *b)
{
	return !((a->all[0] ^ b->all[0]) | (a->all[1] ^ b->all[1]) |
		 (a->all[2] ^ b->all[2]) | (a->all[3] ^ b->all[3]));
}

static inline unsigned int slb_addr_len(u8 family)
{
	return family == NFPROTO_IPV4 ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

/**
 * slb_addr_cmp() - order two addresses of one family as numbers
 * @a: one address, network order
 * @b: the other
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: less than, equal to or greater than 0 as @a is below, at or above @b.
 */
static inline int slb_addr_cmp(const union nf_inet_addr *a, const union nf_inet_addr *b, u8 family)
{
	if (family == NFPROTO_IPV4) {
		u32 x = ntohl(a->ip), y = ntohl(b->ip);

		return (x > y) - (x < y);
	}
	return memcmp(a, b, sizeof(a->in6));
}

/**
 * slb_addr_above() - is an address numerically greater than another one of its family?
 * @a: bytes of one address, in packet order
 * @b: bytes of the other
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: true when @a is above @b.
 */
static __always_inline bool slb_addr_above(const void *a, const void *b, u8 family)
{
	u64 x, y;

	if (family == NFPROTO_IPV4)
		return get_unaligned_be32(a) > get_unaligned_be32(b);
	x = get_unaligned_be64(a);
	y = get_unaligned_be64(b);
	return x != y ? x > y : get_unaligned_be64(a + 8) > get_unaligned_be64(b + 8);
}

/**
 * slb_tuple_equal() - are two keys the same?
 * @a: one
 * @b: the other
 *
 * Return: true if they are. Tags and words that the family does not use are not compared.
 */
static __always_inline bool slb_tuple_equal(const struct slb_tuple *a, const struct slb_tuple *b)
{
	if (slb_tuple_rest(a) != slb_tuple_rest(b))
		return false;
	if (likely(a->family == NFPROTO_IPV4))
		return slb_tuple_addrs4(a) == slb_tuple_addrs4(b);
	return slb_addr_equal(&a->src, &b->src) && slb_addr_equal(&a->dst, &b->dst);
}

/**
 * slb_tuple_reverse() - the key of the opposite direction
 * @to: where to put it; not @from
 * @from: the key of one direction
 */
static inline void slb_tuple_reverse(struct slb_tuple *to, const struct slb_tuple *from)
{
	to->src = from->dst;
	to->dst = from->src;
	to->sport = from->dport;
	to->dport = from->sport;
	to->proto = from->proto;
	to->family = from->family;
	to->tag = 0;
}

#endif /* _SLB_FLOW_H */
