/* SPDX-License-Identifier: GPL-2.0-only */
/* The keyed flow hash: for tables, and for choices that all relays with the same key make alike. */
#ifndef _SLB_FLOWHASH_H
#define _SLB_FLOWHASH_H

#ifdef __KERNEL__
#include <linux/siphash.h>
#include <linux/unaligned.h>
#endif
#include <slb/flow.h>

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

#endif /* _SLB_FLOWHASH_H */
