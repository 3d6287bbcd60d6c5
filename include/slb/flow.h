/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow key: the 5-tuple of a packet, its equality, reverse and hash; the prefilter's hash. */
#ifndef _SLB_FLOW_H
#define _SLB_FLOW_H

#ifdef __KERNEL__
#include <linux/hash.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netfilter.h>
#include <linux/siphash.h>
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
 * @note: the same; 0 in the key of a packet
 */
struct slb_tuple {
	union nf_inet_addr src;
	union nf_inet_addr dst;
	__be16 sport;
	__be16 dport;
	u8 proto;
	u8 family;
	u8 tag;
	u8 note;
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
	to->note = 0;
}

/*
 * SipHash-1-3 of the bytes of a flow as they are in its packets: source and destination address,
 * both ports, protocol. That is 13 bytes of IPv4 and 37 of IPv6. One round a word and three at the
 * end protect hash tables against chosen keys, as in other systems. Written out here because the
 * packet path has the words in registers.
 */
struct slb_sip {
	u64 v0, v1, v2, v3;
};

static __always_inline void slb_sip_begin(struct slb_sip *s, const siphash_key_t *key)
{
	s->v0 = SIPHASH_CONST_0 ^ key->key[0];
	s->v1 = SIPHASH_CONST_1 ^ key->key[1];
	s->v2 = SIPHASH_CONST_2 ^ key->key[0];
	s->v3 = SIPHASH_CONST_3 ^ key->key[1];
}

static __always_inline void slb_sip_word(struct slb_sip *s, u64 word)
{
	s->v3 ^= word;
	SIPHASH_PERMUTATION(s->v0, s->v1, s->v2, s->v3);
	s->v0 ^= word;
}

static __always_inline u64 slb_sip_end(struct slb_sip *s)
{
	s->v2 ^= 0xff;
	SIPHASH_PERMUTATION(s->v0, s->v1, s->v2, s->v3);
	SIPHASH_PERMUTATION(s->v0, s->v1, s->v2, s->v3);
	SIPHASH_PERMUTATION(s->v0, s->v1, s->v2, s->v3);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/**
 * slb_hash_ipv4() - hash of an IPv4 flow
 * @addrs: the eight bytes of both addresses, read as a little-endian number
 * @rest: ports and protocol: slb_tuple_rest()
 * @key: secret
 *
 * Return: the hash.
 */
static __always_inline u64 slb_hash_ipv4(u64 addrs, u64 rest, const siphash_key_t *key)
{
	struct slb_sip s;

	slb_sip_begin(&s, key);
	slb_sip_word(&s, addrs);
	slb_sip_word(&s, (rest & SLB_REST_FLOW) | 13ull << 56);
	return slb_sip_end(&s);
}

/**
 * slb_hash_ipv6() - hash of an IPv6 flow
 * @addrs: the 32 bytes of both addresses, as they are in a packet
 * @rest: ports and protocol: slb_tuple_rest()
 * @key: secret
 *
 * Return: the hash.
 */
static __always_inline u64 slb_hash_ipv6(const void *addrs, u64 rest, const siphash_key_t *key)
{
	struct slb_sip s;

	slb_sip_begin(&s, key);
	slb_sip_word(&s, get_unaligned_le64(addrs));
	slb_sip_word(&s, get_unaligned_le64(addrs + 8));
	slb_sip_word(&s, get_unaligned_le64(addrs + 16));
	slb_sip_word(&s, get_unaligned_le64(addrs + 24));
	slb_sip_word(&s, (rest & SLB_REST_FLOW) | 37ull << 56);
	return slb_sip_end(&s);
}

/**
 * slb_hash_draw() - random bits for a flow
 * @hash: hash of the flow by the same key
 * @n: a counter
 * @key: secret
 *
 * SipHash-1-3 of one word, @hash + @n, without the length word. Results do not reveal others to
 * somebody without the key. RFC 6056, 3.3.4, draws ports from a keyed hash and a counter, too.
 *
 * Return: 64 bits.
 */
static __always_inline u64 slb_hash_draw(u64 hash, u64 n, const siphash_key_t *key)
{
	struct slb_sip s;

	slb_sip_begin(&s, key);
	slb_sip_word(&s, hash + n);
	return slb_sip_end(&s);
}

/**
 * slb_flow_hash() - hash the flow key of a packet
 * @t: flow key; its tag is not hashed
 * @key: secret, so that no sender can choose where flows go, or fill one chain of a table
 *
 * All 64 bits are independent: each choice that a relay makes uses other bits. The result
 * does not depend on the byte order of the machine.
 *
 * Return: the hash.
 */
static inline u64 slb_flow_hash(const struct slb_tuple *t, const siphash_key_t *key)
{
	u64 rest = slb_tuple_rest(t);

	if (t->family == NFPROTO_IPV4)
		return slb_hash_ipv4(slb_tuple_addrs4(t), rest, key);
	return slb_hash_ipv6(t, rest, key);
}

/* Prefilter: one bit per hash of a /24 (/120). A clear bit proves that an address is not ours. */
#define SLB_PREFILTER_ORDER 12
#define SLB_PREFILTER_SIZE (1u << SLB_PREFILTER_ORDER)

/* Addresses of one /24 (IPv6: /120) share a bit, so a range sets few bits. */
static __always_inline u32 slb_prefilter_ipv4(__be32 addr)
{
	return hash_32((__force u32)(addr & htonl(~0xffu)), SLB_PREFILTER_ORDER);
}

static __always_inline u32 slb_prefilter_ipv6(const __be32 addr[4])
{
	u64 low = get_unaligned_le64(&addr[2]) << 8;

	return hash_64(get_unaligned_le64(&addr[0]) ^ low, SLB_PREFILTER_ORDER);
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

#endif /* _SLB_FLOW_H */
