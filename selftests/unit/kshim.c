// SPDX-License-Identifier: GPL-2.0-only
/* What kshim.h declares: packets, sums and hashes, written for plainness and not for speed. */
#include <slb/forward.h>

#include "kshim.h"

unsigned int sim_ranks_left;
unsigned int sim_mtu = 1500;
enum slb_sent (*sim_forward)(struct net *net, struct sk_buff *skb, u8 family,
			     struct dst_entry *dst);

void (*kshim_before_cmpxchg)(void);

#define ROTL(x, n) ((x) << (n) | (x) >> (64 - (n)))

/**
 * sip_round() - one round of SipHash
 * @v: its state
 */
void sip_round(u64 v[4])
{
	v[0] += v[1];
	v[1] = ROTL(v[1], 13) ^ v[0];
	v[0] = ROTL(v[0], 32);
	v[2] += v[3];
	v[3] = ROTL(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = ROTL(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = ROTL(v[1], 17) ^ v[2];
	v[2] = ROTL(v[2], 32);
}

static void sip_block(u64 v[4], u64 block, int rounds)
{
	v[3] ^= block;
	while (rounds--)
		sip_round(v);
	v[0] ^= block;
}

static void sip_start(u64 v[4], const siphash_key_t *key)
{
	v[0] = key->key[0] ^ SIPHASH_CONST_0;
	v[1] = key->key[1] ^ SIPHASH_CONST_1;
	v[2] = key->key[0] ^ SIPHASH_CONST_2;
	v[3] = key->key[1] ^ SIPHASH_CONST_3;
}

/* @last is what remains, its length included. */
static u64 sip_end(u64 v[4], u64 last, int rounds, int end)
{
	sip_block(v, last, rounds);
	v[2] ^= 0xff;
	while (end--)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static u64 sip(const void *data, size_t len, const siphash_key_t *key, int rounds, int end)
{
	const u8 *byte = data;
	u64 v[4], block = 0;
	size_t i;

	sip_start(v, key);
	for (i = 0; i < len; i++) {
		block |= (u64)byte[i] << 8 * (i % 8);
		if (i % 8 == 7) {
			sip_block(v, block, rounds);
			block = 0;
		}
	}
	return sip_end(v, block | (u64)len << 56, rounds, end);
}

/**
 * siphash() - SipHash-2-4
 * @data: what to hash
 * @len: its bytes
 * @key: the key
 */
u64 siphash(const void *data, size_t len, const siphash_key_t *key)
{
	return sip(data, len, key, 2, 4);
}

/**
 * siphash13() - SipHash-1-3
 * @data: what to hash
 * @len: its bytes
 * @key: the key
 */
u64 siphash13(const void *data, size_t len, const siphash_key_t *key)
{
	return sip(data, len, key, 1, 3);
}

/**
 * siphash_2u64() - SipHash of two numbers, as if their bytes were given, the least one first
 * @a: first
 * @b: second
 * @key: the key
 */
u64 siphash_2u64(u64 a, u64 b, const siphash_key_t *key)
{
	u64 v[4];

	sip_start(v, key);
	sip_block(v, a, 2);
	sip_block(v, b, 2);
	return sip_end(v, 16ull << 56, 2, 4);
}

/**
 * siphash_3u64() - SipHash of three numbers
 * @a: first
 * @b: second
 * @c: third
 * @key: the key
 */
u64 siphash_3u64(u64 a, u64 b, u64 c, const siphash_key_t *key)
{
	u64 v[4];

	sip_start(v, key);
	sip_block(v, a, 2);
	sip_block(v, b, 2);
	sip_block(v, c, 2);
	return sip_end(v, 24ull << 56, 2, 4);
}

/**
 * __crc32c_le() - CRC32c, bit by bit
 * @crc: of what came before
 * @data: more
 * @len: its bytes
 */
u32 __crc32c_le(u32 crc, const u8 *data, size_t len)
{
	int bit;

	while (len--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return crc;
}

/**
 * __crc32c_le_shift() - CRC32c of something followed by zeros
 * @crc: of the something
 * @len: number of zero bytes
 */
u32 __crc32c_le_shift(u32 crc, size_t len)
{
	u8 zero = 0;

	while (len--)
		crc = __crc32c_le(crc, &zero, 1);
	return crc;
}

/* A piece of memory of just @len bytes, after @room others: the sanitizer knows its ends. */
static u8 *piece(const u8 *bytes, size_t len, size_t room)
{
	u8 *to = malloc(room + len ? room + len : 1);

	assert(to);
	if (len)
		memcpy(to + room, bytes, len);
	return to;
}

/* Give a packet a first piece with @headlen bytes of it. */
static void set_head(struct sk_buff *skb, const u8 *bytes, unsigned int headlen, unsigned int room)
{
	skb->head = piece(bytes, headlen, room);
	skb->data = skb->head + room;
	skb->end = skb->data + headlen;
	skb->headlen = headlen;
}

/**
 * skb_make() - a packet
 * @bytes: what is in it
 * @len: how many
 * @network: offset of the IP header
 * @headlen: bytes in the first piece, at most @len
 */
struct sk_buff *skb_make(const u8 *bytes, unsigned int len, unsigned int network,
			 unsigned int headlen)
{
	struct sk_buff *skb = calloc(1, sizeof(*skb));

	assert(skb && headlen <= len);
	skb->len = len;
	skb->network_header = network;
	skb->mac_header = SKB_NO_MAC;
	set_head(skb, bytes, headlen, 0);
	skb->frag = piece(bytes + headlen, len - headlen, 0);
	return skb;
}

/**
 * skb_watch() - from now on, note which bytes are looked at
 * @skb: a packet
 */
void skb_watch(struct sk_buff *skb)
{
	skb->seen = calloc(BITS_TO_LONGS(SKB_WATCHED), sizeof(long));
	assert(skb->seen);
}

/**
 * skb_copy() - all bytes of a packet in one piece
 * @skb: a packet
 * @to: room for skb->len bytes
 */
void skb_copy(const struct sk_buff *skb, u8 *to)
{
	memcpy(to, skb->data, skb->headlen);
	if (skb->len > skb->headlen)
		memcpy(to + skb->headlen, skb->frag, skb->len - skb->headlen);
}

/**
 * skb_free() - free a packet
 * @skb: a packet
 */
void skb_free(struct sk_buff *skb)
{
	free(skb->head);
	free(skb->held);
	free(skb->frag);
	free(skb->seen);
	free(skb);
}

static void skb_note(struct sk_buff *skb, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to && i < SKB_WATCHED; i++) {
		unsigned long bit = 1ul << i % BITS_PER_LONG;

		if (skb->seen[i / BITS_PER_LONG] & bit)
			skb->twice = true;
		skb->seen[i / BITS_PER_LONG] |= bit;
	}
}

/**
 * skb_header_pointer() - some bytes of a packet, copied when they are not all in the first piece
 * @skb: a packet
 * @offset: where they begin
 * @len: how many
 * @buffer: room for them
 *
 * Return: where they are, or NULL when the packet ends before.
 */
void *skb_header_pointer(const struct sk_buff *skb, int offset, int len, void *buffer)
{
	unsigned int first;

	assert(offset >= 0 && len >= 0);
	if ((unsigned int)offset + len > skb->len)
		return NULL;
	if (skb->seen)
		skb_note((struct sk_buff *)skb, offset, offset + len);
	if ((unsigned int)offset + len <= skb->headlen)
		return skb->data + offset;
	first = (unsigned int)offset < skb->headlen ? skb->headlen - offset : 0;
	memcpy(buffer, skb->data + offset, first);
	memcpy((u8 *)buffer + first, skb->frag + offset + first - skb->headlen, len - first);
	return buffer;
}

/**
 * skb_copy_bits() - copy bytes of a packet
 * @skb: a packet
 * @offset: where they begin
 * @to: where to
 * @len: how many
 *
 * Return: 0, or -EFAULT when the packet ends before.
 */
int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
{
	const void *from = skb_header_pointer(skb, offset, len, to);

	if (!from)
		return -EFAULT;
	if (from != to)
		memcpy(to, from, len);
	return 0;
}

/* Put a packet's first @len bytes into two other pieces of memory, with @room before them. */
static void move(struct sk_buff *skb, unsigned int len, unsigned int headlen, unsigned int room)
{
	unsigned int had = skb_headroom(skb), mac = min(had, room);
	u8 *all = malloc(skb->len ? skb->len : 1), *old = skb->head;

	assert(all);
	skb_copy(skb, all);
	set_head(skb, all, headlen, room);
	/* with the link-layer header */
	memcpy(skb->data - mac, old + had - mac, mac);
	free(skb->frag);
	skb->frag = piece(all + headlen, len - headlen, 0);
	free(all);
	if (skb->cloned)
		skb->held = old;
	else
		free(old);
	skb->cloned = false;
	skb->len = len;
	skb->network_header += room - had;
	skb->transport_header += room - had;
	skb->csum_start += room - had;
	if (skb_mac_header_was_set(skb))
		skb->mac_header += room - had;
}

/**
 * skb_ensure_writable() - have the first bytes of a packet in its first piece
 * @skb: a packet
 * @len: how many bytes
 *
 * That piece always moves, so that a pointer into it that was kept is found out.
 *
 * Return: 0, or -ENOMEM when the packet is shorter.
 */
int skb_ensure_writable(struct sk_buff *skb, unsigned int len)
{
	if (len > skb->len)
		return -ENOMEM;
	move(skb, skb->len, max(len, skb->headlen), skb_headroom(skb));
	return 0;
}

/**
 * skb_cow_head() - have room before a packet, and its first piece writable
 * @skb: a packet
 * @headroom: how many bytes
 *
 * There is hardly more room than was asked for or had been there; the packet stays aligned. The
 * piece always moves, as above.
 *
 * Return: 0.
 */
int skb_cow_head(struct sk_buff *skb, unsigned int headroom)
{
	unsigned int had = skb_headroom(skb), more = headroom > had ? headroom - had : 0;

	move(skb, skb->len, skb->headlen, had + ALIGN(more, 4));
	return 0;
}

/**
 * alloc_skb() - a packet without bytes, in one piece
 * @size: bytes that it may have, with room before them
 * @flags: of no account
 */
struct sk_buff *alloc_skb(unsigned int size, int flags)
{
	struct sk_buff *skb = calloc(1, sizeof(*skb));

	(void)flags;
	assert(skb);
	skb->head = malloc(size);
	assert(skb->head);
	skb->data = skb->head;
	skb->end = skb->head + size;
	skb->mac_header = SKB_NO_MAC;
	return skb;
}

/**
 * skb_reserve() - leave room before a packet that has no bytes
 * @skb: the packet
 * @len: how many bytes
 */
void skb_reserve(struct sk_buff *skb, unsigned int len)
{
	skb->data += len;
	assert(!skb->len && skb->data <= skb->end);
}

/**
 * skb_put() - lengthen a packet in one piece at its end
 * @skb: the packet
 * @len: by how many bytes
 *
 * Return: where they are.
 */
void *skb_put(struct sk_buff *skb, unsigned int len)
{
	u8 *at = skb->data + skb->headlen;

	assert(skb->len == skb->headlen && at + len <= skb->end);
	skb->len += len;
	skb->headlen += len;
	return at;
}

/**
 * skb_push() - lengthen a packet at its beginning
 * @skb: the packet
 * @len: by how many bytes
 *
 * Return: where they are.
 */
void *skb_push(struct sk_buff *skb, unsigned int len)
{
	assert(skb_headroom(skb) >= len);
	skb->data -= len;
	skb->len += len;
	skb->headlen += len;
	return skb->data;
}

/**
 * pskb_trim() - cut a packet
 * @skb: a packet
 * @len: bytes that stay, no more than there are
 *
 * Return: 0.
 */
int pskb_trim(struct sk_buff *skb, unsigned int len)
{
	assert(len <= skb->len && !skb->shared);
	move(skb, len, min(len, skb->headlen), skb_headroom(skb));
	return 0;
}

/**
 * pskb_trim_rcsum() - cut a packet whose checksum may be known
 * @skb: a packet
 * @len: bytes that stay, no more than there are
 *
 * Return: 0.
 */
int pskb_trim_rcsum(struct sk_buff *skb, unsigned int len)
{
	return pskb_trim(skb, len);
}

/* The sum of two bytes, as they lie in memory, is a number in the machine's order. */
static __wsum sum_bytes(const u8 *bytes, size_t len, __wsum sum)
{
	size_t i;

	for (i = 0; i < len; i++) {
		u8 pair[2] = { i % 2 ? 0 : bytes[i], i % 2 ? bytes[i] : 0 };
		u16 word;

		memcpy(&word, pair, sizeof(word));
		sum = csum_add(sum, word);
	}
	return sum;
}

/**
 * ip_fast_csum() - checksum of an IPv4 header
 * @header: the header
 * @words: its length, in words of four bytes
 */
__sum16 ip_fast_csum(const void *header, unsigned int words)
{
	return csum_fold(sum_bytes(header, 4 * words, 0));
}

/**
 * csum_partial() - sum over bytes
 * @bytes: what to sum
 * @len: how many
 * @sum: what to add it to
 */
__wsum csum_partial(const void *bytes, int len, __wsum sum)
{
	return sum_bytes(bytes, len, sum);
}

/**
 * csum_tcpudp_magic() - checksum of a transport header that the pseudo header of IPv4 goes into
 * @src: source address
 * @dst: destination address
 * @len: length of transport header and payload
 * @proto: protocol
 * @sum: sum over transport header and payload
 */
__sum16 csum_tcpudp_magic(__be32 src, __be32 dst, u32 len, u8 proto, __wsum sum)
{
	__be32 word = htonl(proto << 16 | len);

	sum = sum_bytes((const u8 *)&src, sizeof(src), sum);
	sum = sum_bytes((const u8 *)&dst, sizeof(dst), sum);
	return csum_fold(sum_bytes((const u8 *)&word, sizeof(word), sum));
}

/**
 * csum_ipv6_magic() - checksum of a transport header that the pseudo header of IPv6 goes into
 * @src: source address
 * @dst: destination address
 * @len: length of transport header and payload
 * @proto: protocol
 * @sum: sum over transport header and payload
 */
__sum16 csum_ipv6_magic(const struct in6_addr *src, const struct in6_addr *dst, u32 len, u8 proto,
			__wsum sum)
{
	__be32 word = htonl(len);

	sum = sum_bytes((const u8 *)src, sizeof(*src), sum);
	sum = sum_bytes((const u8 *)dst, sizeof(*dst), sum);
	sum = sum_bytes((const u8 *)&word, sizeof(word), sum);
	word = htonl(proto);
	return csum_fold(sum_bytes((const u8 *)&word, sizeof(word), sum));
}

/**
 * skb_checksum() - sum over a part of a packet
 * @skb: a packet
 * @offset: where the part begins
 * @len: its bytes
 * @sum: what to add it to
 */
__wsum skb_checksum(const struct sk_buff *skb, int offset, int len, __wsum sum)
{
	u8 *all = malloc(skb->len);

	assert(all && (unsigned int)offset + len <= skb->len);
	skb_copy(skb, all);
	sum = sum_bytes(all + offset, len, sum);
	free(all);
	return sum;
}

/**
 * nf_checksum() - is the checksum of a transport header right?
 * @skb: a packet
 * @hook: does not count
 * @offset: where the header begins
 * @proto: its protocol; that of ICMP has no pseudo header
 * @family: NFPROTO_*
 *
 * Return: 0 when it is.
 */
int nf_checksum(struct sk_buff *skb, unsigned int hook, unsigned int offset, u8 proto, u16 family)
{
	__wsum sum = skb_checksum(skb, offset, skb->len - offset, 0);
	struct ipv6hdr ip;
	u8 *all;

	(void)hook;
	if (skb->ip_summed == CHECKSUM_UNNECESSARY || skb->ip_summed == CHECKSUM_PARTIAL)
		return 0;
	if (family == NFPROTO_IPV4 && proto == IPPROTO_ICMP)
		return csum_fold(sum);
	if (family == NFPROTO_IPV4)
		return csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, skb->len - offset,
					 proto, sum);
	all = malloc(skb->len);
	assert(all && skb->len >= skb_network_offset(skb) + sizeof(ip));
	skb_copy(skb, all);
	memcpy(&ip, all + skb_network_offset(skb), sizeof(ip));
	free(all);
	return csum_ipv6_magic(&ip.saddr, &ip.daddr, skb->len - offset, proto, sum);
}
