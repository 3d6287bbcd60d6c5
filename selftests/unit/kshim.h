/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of the kernel as the packet core needs to be compiled and tested in user space. */
#ifndef _KSHIM_H
#define _KSHIM_H

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/byteorder.h>
#include <linux/types.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s16 s16;
typedef __s32 s32;

#define U16_MAX 0xffffu
#define U32_MAX 0xffffffffu

/* Annotations for sparse and for the compiler's own checks. */
#define __force
#define __acquires(x)
#define __maybe_unused __attribute__((unused))
#define __rcu
#define __percpu
#undef __counted_by
#define __counted_by(member)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))
/* Tests have one thread: no order but that of the program. */
#define smp_load_acquire(p) READ_ONCE(*(p))
/* Likewise. */
#define smp_store_release(p, value) WRITE_ONCE(*(p), value)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BITS_PER_LONG (CHAR_BIT * sizeof(long))
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, n) unsigned long name[BITS_TO_LONGS(n)]
#define BIT(n) (1ul << (n))
#define BIT_ULL(n) (1ull << (n))
#define ALIGN(x, to) (((x) + (to) - 1) / (to) * (to))
#define SMP_CACHE_BYTES 64
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define struct_size(ptr, member, n) (sizeof(*(ptr)) + (n) * sizeof((ptr)->member[0]))

#define min_t(type, a, b) ({ type __a = (a), __b = (b); __a < __b ? __a : __b; })
#define max_t(type, a, b) ({ type __a = (a), __b = (b); __a > __b ? __a : __b; })
#define min(a, b) min_t(typeof(a), a, b)
#define max(a, b) max_t(typeof(a), a, b)

#define htons(x) __cpu_to_be16(x)
#define ntohs(x) __be16_to_cpu(x)
#define htonl(x) __cpu_to_be32(x)
#define ntohl(x) __be32_to_cpu(x)
#define cpu_to_le32(x) __cpu_to_le32(x)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *p)
{
	return (long)p;
}

static inline bool IS_ERR(const void *p)
{
	return (unsigned long)p >= (unsigned long)-4095;
}

static inline bool IS_ERR_OR_NULL(const void *p)
{
	return !p || IS_ERR(p);
}

static inline int PTR_ERR_OR_ZERO(const void *p)
{
	return IS_ERR(p) ? PTR_ERR(p) : 0;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline u32 ror32(u32 x, unsigned int by)
{
	return x >> by % 32 | x << -by % 32;
}

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *rest)
{
	*rest = dividend % divisor;
	return dividend / divisor;
}

static inline u32 reciprocal_scale(u32 x, u32 below)
{
	return (u64)x * below >> 32;
}

static inline unsigned long gcd(unsigned long a, unsigned long b)
{
	while (b) {
		unsigned long rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static inline void sort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *),
			void (*swap)(void *, void *, int))
{
	assert(!swap);
	if (n)
		qsort(base, n, size, cmp);
}

#undef __always_inline
#define noinline __attribute__((noinline))
#define __always_inline inline __attribute__((always_inline))
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)

static inline u32 get_unaligned_le32(const void *p)
{
	const u8 *byte = p;

	return byte[0] | byte[1] << 8 | byte[2] << 16 | (u32)byte[3] << 24;
}

static inline u64 get_unaligned_le64(const void *p)
{
	return get_unaligned_le32(p) | (u64)get_unaligned_le32((const u8 *)p + 4) << 32;
}

static inline u16 get_unaligned_be16(const void *p)
{
	const u8 *b = p;

	return b[0] << 8 | b[1];
}

static inline u32 get_unaligned_be32(const void *p)
{
	return __builtin_bswap32(get_unaligned_le32(p));
}

static inline u64 get_unaligned_be64(const void *p)
{
	return __builtin_bswap64(get_unaligned_le64(p));
}

static inline void put_unaligned_be16(u16 value, void *p)
{
	__be16 word = htons(value);

	memcpy(p, &word, sizeof(word));
}

static inline void put_unaligned_be32(u32 value, void *p)
{
	__be32 word = htonl(value);

	memcpy(p, &word, sizeof(word));
}

static inline void put_unaligned_le32(u32 value, void *p)
{
	u8 bytes[] = { value, value >> 8, value >> 16, value >> 24 };

	memcpy(p, bytes, sizeof(bytes));
}

static inline void put_unaligned_le64(u64 value, void *p)
{
	put_unaligned_le32(value, p);
	put_unaligned_le32(value >> 32, (u8 *)p + 4);
}

#define get_unaligned(p) \
	(((const struct { typeof(*(p)) x; } __attribute__((packed)) *)(p))->x)

#define GFP_ATOMIC 0
#define __GFP_NOWARN 0
#define LL_MAX_HEADER 96
#define IP_DF 0x4000

/* Keyed hashes, the same numbers as the kernel's. */
typedef struct {
	u64 key[2];
} siphash_key_t;

#define SIPHASH_CONST_0 0x736f6d6570736575ull
#define SIPHASH_CONST_1 0x646f72616e646f6dull
#define SIPHASH_CONST_2 0x6c7967656e657261ull
#define SIPHASH_CONST_3 0x7465646279746573ull

void sip_round(u64 v[4]);

#define SIPHASH_PERMUTATION(a, b, c, d) do {	\
	u64 __v[4] = { a, b, c, d };		\
						\
	sip_round(__v);				\
	a = __v[0];				\
	b = __v[1];				\
	c = __v[2];				\
	d = __v[3];				\
} while (0)

u64 siphash13(const void *data, size_t len, const siphash_key_t *key);
u64 siphash(const void *data, size_t len, const siphash_key_t *key);
u64 siphash_2u64(u64 a, u64 b, const siphash_key_t *key);
u64 siphash_3u64(u64 a, u64 b, u64 c, const siphash_key_t *key);

/* Headers of which the uapi has no definition. */
struct nf_hook_ops {
	void *priv;
};

#define IPV4_MIN_MTU 68
#define IPV6_MIN_MTU 1280
#define IP_MF 0x2000
#define IP_OFFSET 0x1fff

#define TCPOPT_TIMESTAMP 8
#define TCPOLEN_TIMESTAMP 10
#define TCPOLEN_TSTAMP_ALIGNED 12

#define NEXTHDR_HOP 0
#define NEXTHDR_ROUTING 43
#define NEXTHDR_FRAGMENT 44
#define NEXTHDR_AUTH 51
#define NEXTHDR_DEST 60
#define NEXTHDR_MOBILITY 135

struct frag_hdr {
	u8 nexthdr;
	u8 reserved;
	__be16 frag_off;
	__be32 identification;
};

struct sctphdr {
	__be16 source;
	__be16 dest;
	__be32 vtag;
	__le32 checksum;
};

/* Types of SCTP chunks, as in linux/sctp.h of the kernel. */
enum {
	SCTP_CID_DATA = 0,
	SCTP_CID_INIT = 1,
	SCTP_CID_INIT_ACK = 2,
	SCTP_CID_SACK = 3,
	SCTP_CID_ABORT = 6,
	SCTP_CID_SHUTDOWN = 7,
	SCTP_CID_SHUTDOWN_ACK = 8,
	SCTP_CID_ERROR = 9,
	SCTP_CID_COOKIE_ACK = 11,
	SCTP_CID_SHUTDOWN_COMPLETE = 14,
	SCTP_CID_AUTH = 15,
};

/* One's complement sums (RFC 1071). */
#define CSUM_MANGLED_0 ((__sum16)0xffff)

static inline __wsum csum_add(__wsum a, __wsum b)
{
	u64 sum = (u64)a + b;

	return (u32)sum + (u32)(sum >> 32);
}

static inline __wsum csum_sub(__wsum a, __wsum b)
{
	return csum_add(a, ~b);
}

static inline __sum16 csum_fold(__wsum sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static inline void csum_replace2(__sum16 *sum, __be16 old, __be16 new)
{
	*sum = csum_fold(csum_add(csum_sub((u16)~*sum, old), new));
}

static inline __wsum csum_unfold(__sum16 sum)
{
	return sum;
}

__sum16 ip_fast_csum(const void *header, unsigned int words);
__wsum csum_partial(const void *bytes, int len, __wsum sum);
__sum16 csum_tcpudp_magic(__be32 src, __be32 dst, u32 len, u8 proto, __wsum sum);
#define tcp_v4_check(len, src, dst, sum) csum_tcpudp_magic(src, dst, len, IPPROTO_TCP, sum)
__sum16 csum_ipv6_magic(const struct in6_addr *src, const struct in6_addr *dst, u32 len, u8 proto,
			__wsum sum);

/* CRC32c without the inversions at both ends, and of a CRC followed by @len zeros. */
u32 __crc32c_le(u32 crc, const u8 *data, size_t len);
u32 __crc32c_le_shift(u32 crc, size_t len);

/* States of a packet's checksum. */
enum {
	CHECKSUM_NONE,
	CHECKSUM_UNNECESSARY,
	CHECKSUM_COMPLETE,
	CHECKSUM_PARTIAL,
};

/* To whom a frame was sent. */
enum {
	PACKET_HOST,
	PACKET_OTHERHOST = 3,
};

/* Bytes of a packet of which a test can know that they were read. */
#define SKB_WATCHED 4096

struct net_device;

/**
 * struct sk_buff - a packet in two pieces of memory, each no longer than it must be
 * @head: first piece, with room before the packet
 * @data: the packet in it
 * @end: end of the first piece
 * @len: bytes of the packet in both
 * @network_header: offset of the IP header from @head
 * @transport_header: offset of the transport header from @head, once it is set
 * @mac_header: offset of the link-layer header from @head, or SKB_NO_MAC
 * @ip_summed: CHECKSUM_*
 * @csum_start: offset from @head of what a device is to sum (CHECKSUM_PARTIAL)
 * @priority: of no account here
 * @mark: likewise
 * @skb_iif: likewise
 * @pkt_type: PACKET_*
 * @protocol: ETH_P_*, network order
 * @dev: device on which it came in
 * @vlan: a VLAN tag was taken off
 * @gso: it is to be segmented
 * @segment: length of the longest segment, IP header included
 * @shinfo: and how
 * @shared: somebody else holds it, too
 * @cloned: somebody else reads the first piece, too
 * @held: the first piece that somebody else reads, once the packet has another one
 * @headlen: bytes of the packet in the first piece
 * @frag: second piece
 * @seen: bit per byte that skb_header_pointer() gave away, or NULL to forget
 * @twice: it gave one away twice
 *
 * So that a read or write behind the end of either is an error of the address sanitizer.
 */
struct sk_buff {
	u8 *head;
	u8 *data;
	u8 *end;
	unsigned int len;
	unsigned int network_header;
	unsigned int transport_header;
	unsigned int mac_header;
	u8 ip_summed;
	u16 csum_start;
	u32 priority;
	u32 mark;
	int skb_iif;
	u8 pkt_type;
	__be16 protocol;
	struct net_device *dev;
	bool vlan;
	bool gso;
	unsigned int segment;
	struct {
		u16 gso_segs;
		u32 gso_type;
	} shinfo;
	bool shared;
	bool cloned;
	u8 *held;
	unsigned int headlen;
	u8 *frag;
	unsigned long *seen;
	bool twice;
};

#define SKB_NO_MAC 0xffffu

struct sk_buff *skb_make(const u8 *bytes, unsigned int len, unsigned int network,
			 unsigned int headlen);
void skb_watch(struct sk_buff *skb);
void skb_copy(const struct sk_buff *skb, u8 *to);
void skb_free(struct sk_buff *skb);

void *skb_header_pointer(const struct sk_buff *skb, int offset, int len, void *buffer);
int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len);
int skb_ensure_writable(struct sk_buff *skb, unsigned int len);
int skb_cow_head(struct sk_buff *skb, unsigned int headroom);
int pskb_trim(struct sk_buff *skb, unsigned int len);
int pskb_trim_rcsum(struct sk_buff *skb, unsigned int len);
struct sk_buff *alloc_skb(unsigned int size, int flags);
void skb_reserve(struct sk_buff *skb, unsigned int len);
void *skb_put(struct sk_buff *skb, unsigned int len);
void *skb_push(struct sk_buff *skb, unsigned int len);
__wsum skb_checksum(const struct sk_buff *skb, int offset, int len, __wsum sum);
int nf_checksum(struct sk_buff *skb, unsigned int hook, unsigned int offset, u8 proto,
		u16 family);

#define kfree_skb(skb) skb_free(skb)
#define consume_skb(skb) skb_free(skb)

static inline unsigned int skb_headroom(const struct sk_buff *skb)
{
	return skb->data - skb->head;
}

static inline bool skb_mac_header_was_set(const struct sk_buff *skb)
{
	return skb->mac_header != SKB_NO_MAC;
}

static inline u8 *skb_mac_header(const struct sk_buff *skb)
{
	return skb->head + skb->mac_header;
}

static inline struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return (struct iphdr *)(skb->head + skb->network_header);
}

static inline struct ipv6hdr *ipv6_hdr(const struct sk_buff *skb)
{
	return (struct ipv6hdr *)(skb->head + skb->network_header);
}

static inline void ip_send_check(struct iphdr *ip)
{
	ip->check = 0;
	ip->check = ip_fast_csum(ip, ip->ihl);
}

static inline struct udphdr *udp_hdr(const struct sk_buff *skb)
{
	return (struct udphdr *)(skb->head + skb->transport_header);
}

static inline unsigned int ip_hdrlen(const struct sk_buff *skb)
{
	return ip_hdr(skb)->ihl * 4;
}

static inline bool ip_is_fragment(const struct iphdr *ip)
{
	return ip->frag_off & htons(IP_MF | IP_OFFSET);
}

static inline int skb_network_offset(const struct sk_buff *skb)
{
	return skb->network_header - skb_headroom(skb);
}

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->headlen;
}

static inline void skb_set_transport_header(struct sk_buff *skb, int offset)
{
	skb->transport_header = skb_headroom(skb) + offset;
}

static inline void skb_set_network_header(struct sk_buff *skb, int offset)
{
	skb->network_header = skb_headroom(skb) + offset;
}

static inline int skb_checksum_start_offset(const struct sk_buff *skb)
{
	return skb->csum_start - skb_headroom(skb);
}

#define SKB_GSO_UDP_TUNNEL_CSUM (1 << 11)

#define skb_shinfo(skb) (&(skb)->shinfo)
#define skb_vlan_tag_present(skb) ((skb)->vlan)
#define skb_is_gso(skb) ((skb)->gso)
#define skb_shared(skb) ((skb)->shared)
#define skb_gso_validate_network_len(skb, mtu) ((skb)->segment <= (mtu))
#define skb_gso_reset(skb) ((void)((skb)->gso = false))
/* no packet of the shim is a clone */
#define skb_unclone(skb, gfp) ((void)(skb), 0)

static inline void skb_clear_hash(struct sk_buff *skb)
{
	(void)skb;
}

#endif /* _KSHIM_H */
