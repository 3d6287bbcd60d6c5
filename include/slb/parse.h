/* SPDX-License-Identifier: GPL-2.0-only */
/* Parse a packet: IPv4, IPv6 with extension headers, and the packet that an ICMP error quotes. */
#ifndef _SLB_PARSE_H
#define _SLB_PARSE_H

#ifdef __KERNEL__
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>
#endif
#include <slb/packet.h>
#include <slb/proto.h>
#include <slb/reason.h>

/* Most extension headers in one packet. */
#define SLB_IPV6_HEADERS_MAX 8
/* Bytes of an ICMP error before the packet that it quotes. */
#define SLB_ICMP_HDR_LEN 8
/* Bytes of the quoted transport header that must be present (RFC 792). */
#define SLB_QUOTED_LEN 8

/* Most chunks of an SCTP packet that are read. */
#define SLB_SCTP_CHUNKS_MAX 32

/* Loose and strict source route among the options of an IPv4 header. */
static inline enum slb_drop slb_ipv4_options(const struct sk_buff *skb, unsigned int off,
					     unsigned int len)
{
	u8 buf[40];
	const u8 *opt = skb_header_pointer(skb, off, len, buf);
	unsigned int i = 0;

	if (!opt)
		return SLB_DROP_SHORT;
	while (i < len && opt[i] != IPOPT_END) {
		if (opt[i] == IPOPT_NOOP) {
			i++;
			continue;
		}
		if (opt[i] == IPOPT_LSRR || opt[i] == IPOPT_SSRR)
			return SLB_DROP_SOURCE_ROUTE;
		if (i + 1 >= len || opt[i + 1] < 2)
			return SLB_DROP_SHORT;
		i += opt[i + 1];
	}
	return SLB_OK;
}

static inline enum slb_drop slb_parse_ipv4(const struct sk_buff *skb, struct slb_tuple *t,
					   struct slb_hdr *h)
{
	struct iphdr buf;
	const struct iphdr *ip = skb_header_pointer(skb, h->l3, sizeof(buf), &buf);
	unsigned int ihl;
	__be16 frag;

	if (!ip)
		return SLB_DROP_SHORT;
	ihl = READ_ONCE(*(const u8 *)ip);
	frag = READ_ONCE(ip->frag_off);
	if (ihl >> 4 != 4 || (ihl & 0xf) * 4 < sizeof(*ip))
		return SLB_DROP_SHORT;
	ihl = (ihl & 0xf) * 4;
	t->src.ip = ip->saddr;
	t->dst.ip = ip->daddr;
	t->proto = ip->protocol;
	h->l4 = h->l3 + ihl;
	h->options = ihl > sizeof(*ip);
	h->frag = frag & htons(IP_MF | IP_OFFSET);
	h->later = frag & htons(IP_OFFSET);
	return SLB_OK;
}

static inline enum slb_drop slb_parse_ipv6(const struct sk_buff *skb, struct slb_tuple *t,
					   struct slb_hdr *h)
{
	struct ipv6hdr buf;
	const struct ipv6hdr *ip = skb_header_pointer(skb, h->l3, sizeof(buf), &buf);

	if (!ip)
		return SLB_DROP_SHORT;
	if (ip->version != 6)
		return SLB_DROP_SHORT;
	t->src.in6 = ip->saddr;
	t->dst.in6 = ip->daddr;
	t->proto = ip->nexthdr;
	h->l4 = h->l3 + sizeof(*ip);
	h->options = false;
	h->frag = false;
	h->later = false;
	return SLB_OK;
}

/**
 * slb_parse_addr() - read addresses and protocol of a packet
 * @skb: the packet, IP header at skb_network_offset()
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @p: where to put them
 *
 * The first step: it is cheap, and the prefilter needs no more.
 *
 * Return: SLB_OK, or SLB_DROP_SHORT when there is no sound IP header.
 */
static inline enum slb_drop slb_parse_addr(const struct sk_buff *skb, u8 family, struct slb_pkt *p)
{
	memset(&p->t, 0, sizeof(p->t));
	p->t.family = family;
	p->h.l3 = skb_network_offset(skb);
	if (family == NFPROTO_IPV4)
		return slb_parse_ipv4(skb, &p->t, &p->h);
	return slb_parse_ipv6(skb, &p->t, &p->h);
}

/* Walk the extension headers, from h->l4 on. t->proto is the type of the first one. */
static inline enum slb_drop slb_parse_ipv6_ext(const struct sk_buff *skb, struct slb_tuple *t,
					       struct slb_hdr *h)
{
	unsigned int n;

	for (n = 0; n <= SLB_IPV6_HEADERS_MAX; n++) {
		u8 buf[4];
		const u8 *ext;

		switch (t->proto) {
		case NEXTHDR_HOP:
		case NEXTHDR_DEST:
		case NEXTHDR_ROUTING:
		case NEXTHDR_FRAGMENT:
			break;
		case NEXTHDR_AUTH:	/* authenticates the addresses, so NAT breaks it */
		case NEXTHDR_MOBILITY:
			return SLB_DROP_EXT_HEADER;
		default:
			return SLB_OK;
		}
		ext = skb_header_pointer(skb, h->l4, sizeof(buf), buf);
		if (!ext)
			return SLB_DROP_SHORT;
		h->options = true;
		if (t->proto == NEXTHDR_ROUTING && ext[3])
			return SLB_DROP_SOURCE_ROUTE;
		if (t->proto == NEXTHDR_FRAGMENT) {
			h->frag = true;
			/* offset not 0: the headers that follow are in the first fragment */
			h->later = ext[2] || ext[3] & 0xf8;
			if (h->later)
				return SLB_OK;
			h->l4 += sizeof(struct frag_hdr);
		} else {
			h->l4 += (ext[1] + 1) * 8;
		}
		t->proto = ext[0];
	}
	return SLB_DROP_EXT_HEADER;
}

/* Ports of the packet quoted in the ICMP error @p; its IP header is at p->qh.l3. */
static inline enum slb_drop slb_parse_quoted(const struct sk_buff *skb, struct slb_pkt *p)
{
	struct slb_tuple *t = &p->quoted;
	struct slb_hdr *h = &p->qh;
	enum slb_drop why;
	__be16 buf[SLB_QUOTED_LEN / sizeof(__be16)];
	const __be16 *port;

	memset(t, 0, sizeof(*t));
	t->family = p->t.family;
	if (t->family == NFPROTO_IPV4) {
		why = slb_parse_ipv4(skb, t, h);
	} else {
		why = slb_parse_ipv6(skb, t, h);
		if (!why)
			why = slb_parse_ipv6_ext(skb, t, h);
	}
	if (why)
		return why;
	/* a later fragment has payload where the ports would be */
	if (h->later || !slb_proto_known(t->proto))
		return SLB_DROP_ICMP_UNRELATED;
	port = skb_header_pointer(skb, h->l4, sizeof(buf), buf);
	if (!port)
		return SLB_DROP_SHORT;
	t->sport = port[0];
	t->dport = port[1];
	h->l4_len = min_t(unsigned int, skb->len - h->l4, U16_MAX);
	p->kind = SLB_KIND_ERROR;
	return SLB_OK;
}

static inline bool slb_icmp_is_error(u8 family, u8 type)
{
	if (family == NFPROTO_IPV6)
		return type >= ICMPV6_DEST_UNREACH && type <= ICMPV6_PARAMPROB;
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

static inline enum slb_drop slb_parse_icmp(const struct sk_buff *skb, struct slb_pkt *p)
{
	__be16 buf[SLB_ICMP_HDR_LEN / sizeof(__be16)];
	const __be16 *icmp = skb_header_pointer(skb, p->h.l4, sizeof(buf), buf);

	if (!icmp)
		return SLB_DROP_SHORT;
	p->icmp_type = ntohs(icmp[0]) >> 8;
	p->icmp_code = ntohs(icmp[0]) & 0xff;
	if (slb_icmp_is_error(p->t.family, p->icmp_type)) {
		p->qh.l3 = p->h.l4 + SLB_ICMP_HDR_LEN;
		return slb_parse_quoted(skb, p);
	}
	if (p->icmp_type == (p->t.family == NFPROTO_IPV4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST)) {
		p->kind = SLB_KIND_ECHO;
		p->t.sport = icmp[2];
	}
	return SLB_OK;
}

static inline void slb_parse_tcp(const struct sk_buff *skb, struct slb_pkt *p, const u8 *th)
{
	p->tcp_seq = get_unaligned_be32(th + offsetof(struct tcphdr, seq));
	p->tcp_ack = get_unaligned_be32(th + offsetof(struct tcphdr, ack_seq));
	p->tcp_flags = th[13];
	p->tcp_data = skb->len > p->h.l4 + (th[12] >> 4) * 4;
}

/* Read type and length of the chunk at @at. A header that is cut short gets length 0. */
static inline bool slb_parse_chunk(const struct sk_buff *skb, unsigned int at, u8 head[4])
{
	const u8 *chunk = skb_header_pointer(skb, at, 4, head);

	if (chunk) {
		memmove(head, chunk, 4);
		return true;
	}
	memset(head, 0, 4);
	chunk = skb_header_pointer(skb, at, 1, head);
	if (chunk)
		head[0] = *chunk;
	return chunk;
}

/* Read all chunks: an ABORT may follow a SACK, for example (RFC 9260, 6.10). */
static inline enum slb_drop slb_parse_sctp(const struct sk_buff *skb, struct slb_pkt *p)
{
	unsigned int n, len, at = p->h.l4 + sizeof(struct sctphdr);
	u8 head[4];

	p->sctp_chunks = 0;
	for (n = 0; n < SLB_SCTP_CHUNKS_MAX && slb_parse_chunk(skb, at, head); n++) {
		if (!n)
			p->sctp_chunk = head[0];
		if (head[0] < 32)
			p->sctp_chunks |= 1u << head[0];
		len = get_unaligned_be16(head + 2);
		if (len < sizeof(head))
			return SLB_OK;
		/* chunks are padded to four bytes; the length does not include the padding */
		at += (len + 3) & ~3u;
	}
	return n ? SLB_OK : SLB_DROP_SHORT;
}

static inline enum slb_drop slb_parse_ports(const struct sk_buff *skb, struct slb_pkt *p)
{
	union {
		__be16 ports[2];
		u8 byte[sizeof(struct tcphdr)];
	} buf;
	const u8 *th = skb_header_pointer(skb, p->h.l4, slb_proto_head(p->t.proto), &buf);

	if (!th)
		return SLB_DROP_SHORT;
	memcpy(&buf, th, slb_proto_head(p->t.proto));
	p->t.sport = buf.ports[0];
	p->t.dport = buf.ports[1];
	p->kind = SLB_KIND_FLOW;
	if (slb_proto_has(p->t.proto, SLB_PROTO_TCP_FLAGS))
		slb_parse_tcp(skb, p, buf.byte);
	else if (slb_proto_has(p->t.proto, SLB_PROTO_CHUNKS))
		return slb_parse_sctp(skb, p);
	return SLB_OK;
}

/**
 * slb_parse_flow() - find the kind of a packet and complete its flow key
 * @skb: a whole packet or a fragment
 * @p: filled by slb_parse_addr(), which must have succeeded
 *
 * For a fragment it only sets p->h.frag: reassemble the packet and parse it again. All reads are
 * within skb->len. At most SLB_IPV6_HEADERS_MAX extension headers are followed, and an ICMP error
 * needs to quote only SLB_QUOTED_LEN bytes of the transport header (RFC 792).
 *
 * Return: SLB_OK with p->kind set, or the reason to drop the packet if it is ours.
 */
static inline enum slb_drop slb_parse_flow(const struct sk_buff *skb, struct slb_pkt *p)
{
	enum slb_drop why;
	u8 family = p->t.family;

	p->kind = SLB_KIND_OTHER;
	if (family == NFPROTO_IPV6)
		why = slb_parse_ipv6_ext(skb, &p->t, &p->h);
	else if (unlikely(p->h.options))
		why = slb_ipv4_options(skb, p->h.l3 + sizeof(struct iphdr),
				       p->h.l4 - p->h.l3 - sizeof(struct iphdr));
	else
		why = SLB_OK;
	if (unlikely(why || p->h.frag))
		return why;
	if (likely(slb_proto_known(p->t.proto)))
		return slb_parse_ports(skb, p);
	if (p->t.proto == (family == NFPROTO_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return slb_parse_icmp(skb, p);
	return SLB_OK;
}

#endif /* _SLB_PARSE_H */
