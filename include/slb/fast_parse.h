/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser of the fast path: packets with nothing unusual, checked as IP would. */
#ifndef _SLB_FAST_PARSE_H
#define _SLB_FAST_PARSE_H

#include <linux/icmp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <slb/flow.h>
#include <slb/parse.h>

/**
 * struct slb_fast_pkt - a TCP or UDP packet in one piece, without options and extension headers
 * @addrs: both addresses of an IPv4 packet, in the form of slb_tuple_addrs4()
 * @rest: ports and protocol, in the form of slb_tuple_rest()
 * @tcp_flags: SLB_TCP_* of a TCP segment, else 0
 *
 * IPv6 addresses stay in the packet.
 */
struct slb_fast_pkt {
	u64 addrs;
	u64 rest;
	u8 tcp_flags;
};

static __always_inline unsigned int slb_fast_pkt_l3_len(u8 family)
{
	return family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

static __always_inline u8 slb_fast_pkt_proto(const struct slb_fast_pkt *p)
{
	return p->rest >> 32;
}

/* Bytes of the header of a protocol that the fast path handles; 0 for all others. */
static __always_inline unsigned int slb_fast_proto_head(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_FAST_PICK, number, head, 0);
}

/* Of a packet that slb_fast_parse() has accepted: so the last one needs no comparison. */
static __always_inline unsigned int slb_fast_proto_sum_at(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_FAST_PICK, number, sum_at,
			  SLB_PROTOS(SLB_PROTO_FAST_LAST, _, sum_at, 0));
}

/* Is it one that the fast path handles, with one of these SLB_PROTO_* flags? */
static __always_inline bool slb_fast_proto_has(u8 number, u8 flags)
{
	return SLB_PROTOS(SLB_PROTO_FAST_ANY, number, flags, false);
}

/* Is the IP header long enough to read the destination address? */
static __always_inline bool slb_fast_pkt_has_addr(const struct sk_buff *skb, u8 family)
{
	return skb_headlen(skb) >= slb_fast_pkt_l3_len(family);
}

/*
 * Trim the padding of a short frame. Packets longer than the length field can say (BIG TCP,
 * jumbograms) are left to IP.
 */
static __always_inline bool slb_fast_pkt_trim(struct sk_buff *skb, unsigned int len,
					      unsigned int least)
{
	if (likely(skb->len == len))
		return true;
	return len >= least && len < skb->len && !skb_is_gso(skb) && !skb_shared(skb) &&
	       !pskb_trim_rcsum(skb, len);
}

/*
 * Is the checksum of an IPv4 header without options right? Its words of 16 bits add up to -0 in
 * one's complement then: to a multiple of 65535, and not to 0, as there is a version. The same
 * holds for words of 32 bits, whose sum is a multiple if a product is small: the compiler knows.
 */
static __always_inline bool slb_fast_header_sound(const struct iphdr *ip)
{
	const u8 *at = (const u8 *)ip;
	u64 sum;

	/* without this product a division would be needed */
	if (sizeof(long) < sizeof(u64))
		return !ip_fast_csum(ip, sizeof(*ip) / 4);
	sum = (u64)get_unaligned((const u32 *)at) + get_unaligned((const u32 *)(at + 4)) +
	      get_unaligned((const u32 *)(at + 8)) + get_unaligned((const u32 *)(at + 12)) +
	      get_unaligned((const u32 *)(at + 16));
	return sum % 0xffff == 0;
}

/* An IPv4 header without options, of a whole packet that may be forwarded? */
static __always_inline bool slb_fast_plain_ipv4(const struct iphdr *ip)
{
	return likely(*(const u8 *)ip == 0x45 && !(ip->frag_off & htons(IP_MF | IP_OFFSET)) &&
		      ip->ttl > 1 && slb_fast_header_sound(ip));
}

/* The same for an IPv6 header. */
static __always_inline bool slb_fast_plain_ipv6(const struct ipv6hdr *ip)
{
	return likely(ip->version == 6 && ip->hop_limit > 1);
}

static __always_inline bool slb_fast_pkt_ipv4(struct sk_buff *skb, u8 *proto)
{
	const struct iphdr *ip = (void *)skb->data;

	if (!slb_fast_plain_ipv4(ip))
		return false;
	*proto = ip->protocol;
	return slb_fast_pkt_trim(skb, ntohs(ip->tot_len), sizeof(*ip) + sizeof(struct udphdr));
}

static __always_inline bool slb_fast_pkt_ipv6(struct sk_buff *skb, u8 *proto)
{
	const struct ipv6hdr *ip = (void *)skb->data;

	if (!slb_fast_plain_ipv6(ip))
		return false;
	*proto = ip->nexthdr;
	return slb_fast_pkt_trim(skb, sizeof(*ip) + ntohs(ip->payload_len),
				 sizeof(*ip) + sizeof(struct udphdr));
}

/* Fill @p from the IP header @l3 of a packet with this protocol, whose headers are there. */
static __always_inline void slb_fast_pkt_fill(struct slb_fast_pkt *p, const u8 *l3, u8 family,
					      u8 proto)
{
	const u8 *l4 = l3 + slb_fast_pkt_l3_len(family);

	p->tcp_flags = slb_fast_proto_has(proto, SLB_PROTO_TCP_FLAGS) ? l4[13] : 0;
	if (family == NFPROTO_IPV4)
		p->addrs = get_unaligned_le64(l3 + offsetof(struct iphdr, saddr));
	p->rest = get_unaligned_le32(l4) | (u64)proto << 32 | SLB_REST_FAMILY(family);
}

/**
 * slb_fast_read() - parse a packet in one piece, which need not be an skb, as slb_fast_parse() does
 * @l3: its IP header; bytes up to slb_fast_pkt_l3_len() are there
 * @room: bytes there from the IP header on; what is behind the packet is padding
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @p: filled
 *
 * Return: its length in bytes, or 0 when it is unusual or not sound.
 */
static __always_inline unsigned int slb_fast_read(const void *l3, unsigned int room, u8 family,
						  struct slb_fast_pkt *p)
{
	const struct ipv6hdr *ip6 = l3;
	const struct iphdr *ip4 = l3;
	unsigned int l4_len, len;
	u8 proto;

	if (family == NFPROTO_IPV4) {
		if (!slb_fast_plain_ipv4(ip4))
			return 0;
		proto = ip4->protocol;
		len = ntohs(ip4->tot_len);
	} else {
		if (!slb_fast_plain_ipv6(ip6))
			return 0;
		proto = ip6->nexthdr;
		len = sizeof(*ip6) + ntohs(ip6->payload_len);
	}
	l4_len = slb_fast_proto_head(proto);
	if (unlikely(!l4_len || len < slb_fast_pkt_l3_len(family) + l4_len || len > room))
		return 0;
	slb_fast_pkt_fill(p, l3, family, proto);
	return len;
}

/**
 * slb_fast_parse() - parse a packet that has nothing unusual
 * @skb: packet at a device's first hook, its IP header at skb->data; padding is cut off
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @p: filled
 *
 * Checks what IP would check (RFC 1812, 5.2.2; RFC 8200): version, length, header checksum; and
 * that TTL or hop limit allow one more hop. slb_fast_pkt_has_addr() must have been true. At this
 * hook the packet may be written, as tc and flowtables do: packet sockets have clones.
 *
 * Return: false when the packet is unusual or not sound: leave it to the ordinary path.
 */
static __always_inline bool slb_fast_parse(struct sk_buff *skb, u8 family, struct slb_fast_pkt *p)
{
	unsigned int l3_len = slb_fast_pkt_l3_len(family);
	unsigned int l4_len;
	u8 proto;

	if (unlikely(skb->pkt_type != PACKET_HOST || skb_vlan_tag_present(skb)))
		return false;
	if (unlikely(family == NFPROTO_IPV4 ? !slb_fast_pkt_ipv4(skb, &proto) :
					      !slb_fast_pkt_ipv6(skb, &proto)))
		return false;
	/* read after trimming, which may have moved the headers */
	l4_len = slb_fast_proto_head(proto);
	if (unlikely(!l4_len || skb_headlen(skb) < l3_len + l4_len))
		return false;
	slb_fast_pkt_fill(p, skb->data, family, proto);
	/* GSO needs it; IP sets it, too */
	skb_set_transport_header(skb, l3_len);
	return true;
}

/* Addresses of an IPv6 packet, 32 bytes. @l3: its header. */
static __always_inline const void *slb_fast_pkt_addrs6(const void *l3)
{
	return l3 + offsetof(struct ipv6hdr, saddr);
}

static __always_inline bool slb_fast_pkt_same6(const void *a, const void *b)
{
	return !((get_unaligned((const u64 *)a) ^ get_unaligned((const u64 *)b)) |
		 (get_unaligned((const u64 *)(a + 8)) ^ get_unaligned((const u64 *)(b + 8))) |
		 (get_unaligned((const u64 *)(a + 16)) ^ get_unaligned((const u64 *)(b + 16))) |
		 (get_unaligned((const u64 *)(a + 24)) ^ get_unaligned((const u64 *)(b + 24))));
}

/**
 * struct slb_fast_pkt_key - the lookup key of a packet
 * @addrs: as in struct slb_fast_pkt
 * @rest: as in struct slb_fast_pkt
 * @addrs6: slb_fast_pkt_addrs6()
 *
 * Holds values: a pointer to struct slb_fast_pkt would keep the compiler from using registers.
 */
struct slb_fast_pkt_key {
	u64 addrs;
	u64 rest;
	const void *addrs6;
};

/* Does a flow have the key of the packet? Its family is known to be @family. */
static __always_inline bool slb_fast_pkt_is(const struct slb_fast_pkt_key *k,
					    const struct slb_tuple *t,
					    u8 family)
{
	if (slb_tuple_rest(t) != k->rest)
		return false;
	if (family == NFPROTO_IPV4)
		return slb_tuple_addrs4(t) == k->addrs;
	return slb_fast_pkt_same6(t, k->addrs6);
}

#endif /* _SLB_FAST_PARSE_H */
