// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tell servers the addresses of clients: by a PROXY header in a segment of its own or at the
 * beginning of datagrams, or by a TCP option. Documentation/client-address.rst says how.
 */
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>
#include <slb/forward.h>
#include <slb/vip_drops.h>

#include "packet/client_address.h"
#include "packet/nat.h"
#include "packet/proxy_header.h"
#include "packet/tcp_edit.h"
#include "state/client_address.h"
#include "state/sync_log.h"

/* Jiffies after which another segment with data sends the header again. */
#define SLB_PROXY_AGAIN (HZ / 5)
/* Headers after which a server's resets are kept from the client, while it says nothing else. */
#define SLB_PROXY_FORGIVEN 3
/* Largest IPv4 packet, and largest payload of IPv6, in bytes. */
#define SLB_PACKET_MAX 65535
/* Largest TCP header, in bytes. */
#define SLB_TCP_HEADER_MAX 60
/* TCP flag, beside those of <slb/packet.h>. */
#define SLB_TCP_PSH 0x08

/* Write the length of an IP packet that has changed. */
static void slb_address_ip_len(struct sk_buff *skb, const struct slb_pkt *p)
{
	void *l3 = skb->data + p->h.l3;
	struct iphdr *ip = l3;
	struct ipv6hdr *ip6 = l3;
	__be16 len = htons(skb->len - p->h.l3);

	if (p->t.family == NFPROTO_IPV6) {
		ip6->payload_len = htons(skb->len - p->h.l3 - sizeof(*ip6));
		return;
	}
	csum_replace2(&ip->check, ip->tot_len, len);
	ip->tot_len = len;
}

/*
 * Update a transport checksum for a packet that has grown by @by bytes, which add @diff to the sum.
 * The sum of the pseudo header, all that there is when a device completes it, has the length.
 */
static void slb_address_sum(__sum16 *sum, int by, __wsum diff, bool partial)
{
	__wsum len = by < 0 ? csum_sub(0, (__force __wsum)htons(-by)) : (__force __wsum)htons(by);

	if (partial)
		*sum = (__force __sum16)~csum_fold(csum_add(len, csum_unfold(*sum)));
	else
		slb_fix_sum(sum, csum_add(len, diff));
}

/*
 * Make room for @len bytes at offset @at: what is before them, with the link-layer header, moves
 * towards the head. The caller has made those bytes writable. Return: 0 or -ENOMEM.
 */
static int slb_address_gap(struct sk_buff *skb, unsigned int at, unsigned int len)
{
	unsigned int mac = skb_mac_header_was_set(skb) && skb_mac_header(skb) <= skb->data ?
			   skb->data - skb_mac_header(skb) : 0;
	u8 *from;

	if (skb_cow_head(skb, len + mac))
		return -ENOMEM;
	from = skb->data - mac;
	memmove(from - len, from, mac + at);
	skb_push(skb, len);
	skb->network_header -= len;
	skb->transport_header -= len;
	if (skb_mac_header_was_set(skb))
		skb->mac_header -= len;
	/* what a device sums may also begin behind the gap: see slb_sum_left() */
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_start_offset(skb) < (int)(len + at))
		skb->csum_start -= len;
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	return 0;
}

/* Is there room for @len more bytes in a packet that must not be fragmented? */
static bool slb_address_has_room(const struct sk_buff *skb, const struct slb_pkt *p,
				 const struct dst_entry *dst, unsigned int len)
{
	unsigned int mtu = slb_forward_mtu(dst, p->t.family);

	if (skb->len + len > SLB_PACKET_MAX)
		return false;
	return skb->len + len <= mtu || (skb_is_gso(skb) && mtu > len &&
					 skb_gso_validate_network_len(skb, mtu - len));
}

/* The bytes of the option of toa: kind, length, port, address. */
static unsigned int slb_toa_option(u8 *buf, const struct slb_tuple *flow)
{
	unsigned int addr = slb_addr_len(flow->family), len = addr + 4;

	buf[0] = SLB_TCP_OPT_TOA;
	buf[1] = len;
	memcpy(buf + 2, &flow->sport, sizeof(flow->sport));
	memcpy(buf + 4, &flow->src, addr);
	return len;
}

/* Put the option of toa before the other options of a segment, @th of @len bytes. */
static enum slb_drop slb_toa_insert(const struct slb_ctx *ctx, struct sk_buff *skb,
				    const struct slb_way *way, unsigned int len)
{
	bool partial = slb_sum_left(skb, ctx->p.h.l4);
	unsigned int at = ctx->p.h.l4 + sizeof(struct tcphdr), by;
	struct slb_tcp_edit e;
	u8 option[SLB_TOA_LEN6];

	by = slb_toa_option(option, &ctx->p.t);
	if (len + by > SLB_TCP_HEADER_MAX || !slb_address_has_room(skb, &ctx->p, way->dst, by)) {
		slb_address_inc(ctx->sn, SLB_ADDRESS_NO_ROOM);
		return SLB_OK;
	}
	if (slb_address_gap(skb, at, by))
		return SLB_DROP_NO_MEMORY;
	memcpy(skb->data + at, option, by);
	slb_address_ip_len(skb, &ctx->p);
	e = (struct slb_tcp_edit){ .th = skb->data + ctx->p.h.l4, .len = len + by };
	slb_tcp_put16(&e, SLB_TCP_DOFF_AT, (len + by) / 4 << 12 |
		      (get_unaligned_be16(e.th + SLB_TCP_DOFF_AT) & 0x0fff));
	slb_address_sum((__sum16 *)(e.th + offsetof(struct tcphdr, check)), by,
			csum_add(e.diff, csum_partial(option, by, 0)), partial);
	slb_address_inc(ctx->sn, SLB_ADDRESS_SENT);
	return SLB_OK;
}

/* Remove the data of a SYN: the server must not get any before it knows the client's address. */
static enum slb_drop slb_address_cut(const struct slb_ctx *ctx, struct sk_buff *skb,
				     unsigned int len)
{
	unsigned int head = ctx->p.h.l4 + len, cut = skb->len - head;
	bool partial = slb_sum_left(skb, ctx->p.h.l4);
	__wsum sum;

	if (!cut)
		return SLB_OK;
	/* a clone shares what tells how it is to be segmented */
	if (skb_unclone(skb, GFP_ATOMIC))
		return SLB_DROP_NO_MEMORY;
	sum = partial ? 0 : skb_checksum(skb, head, cut, 0);
	skb_gso_reset(skb);
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	if (pskb_trim(skb, head))
		return SLB_DROP_NO_MEMORY;
	slb_address_ip_len(skb, &ctx->p);
	slb_address_sum((__sum16 *)(skb->data + ctx->p.h.l4 + offsetof(struct tcphdr, check)),
			-(int)cut, csum_sub(0, sum), partial);
	return SLB_OK;
}

/*
 * A client asks for a connection. It must not send data with the SYN (TCP Fast Open, RFC 7413, also
 * with the number of its experiment). Multipath TCP counts the bytes of a connection, so it would
 * notice a header that is inserted (RFC 8684, 3.3).
 */
static enum slb_drop slb_address_syn(const struct slb_ctx *ctx, struct sk_buff *skb,
				     struct slb_session *s, struct slb_tcp_edit *e)
{
	if (test_bit(SLB_SESSION_SHIFTED, &s->flags))
		WRITE_ONCE(slb_session_shifted(s)->asked, ctx->p.tcp_seq + 1);
	slb_tcp_blank_all(e, SLB_TCP_OPT_FASTOPEN);
	/* all of them: an option of toa in a SYN would be forged */
	if (slb_tcp_blank_all(e, SLB_TCP_OPT_TOA) &&
	    slb_session_address(s) == SLB_CLIENT_ADDRESS_TOA)
		slb_address_inc(ctx->sn, SLB_ADDRESS_FORGED);
	if (slb_session_address(s) == SLB_CLIENT_ADDRESS_PROXY_V2)
		slb_tcp_blank_all(e, SLB_TCP_OPT_MPTCP);
	slb_tcp_edit_end(e, slb_sum_left(skb, ctx->p.h.l4));
	return slb_address_cut(ctx, skb, e->len);
}

/* The server has accepted a connection: it does not know the client's address yet. */
static void slb_address_syn_ack(struct slb_session *s, const struct slb_pkt *p,
				struct slb_tcp_edit *e)
{
	struct slb_session_shifted *shifted = slb_session_shifted(s);

	set_bit(SLB_SESSION_TELLING, &s->flags);
	if (slb_session_address(s) == SLB_CLIENT_ADDRESS_TOA) {
		slb_tcp_less_mss(e, slb_session_header(s));
		return;
	}
	/* sent again, so the server lacks the client's answer, and with it the header */
	if (READ_ONCE(shifted->first) == p->tcp_ack && READ_ONCE(shifted->told)) {
		WRITE_ONCE(shifted->sent, (u32)jiffies - SLB_PROXY_AGAIN);
		return;
	}
	WRITE_ONCE(shifted->told, false);
	WRITE_ONCE(shifted->acked, 0);
	WRITE_ONCE(shifted->heard, false);
	WRITE_ONCE(shifted->refused, false);
	WRITE_ONCE(shifted->forgiven, 0);
	WRITE_ONCE(shifted->scale, slb_tcp_scale(e->th, e->len));
	WRITE_ONCE(shifted->first, p->tcp_ack);
	WRITE_ONCE(shifted->known, true);
}

/* The server knows the client's address now. */
static void slb_address_known(struct slb_net *sn, struct slb_session *s)
{
	if (test_and_clear_bit(SLB_SESSION_TELLING, &s->flags))
		slb_sync_note(sn, s);
}

/*
 * Adapt what a server has received of a session with a PROXY header. Near the first byte it may be
 * a part of the header. Later numbers wrap, so they are no longer compared with those of the
 * header.
 */
static void slb_address_received(const struct slb_ctx *ctx, struct slb_session *s,
				 struct slb_tcp_edit *e, bool begins)
{
	const struct slb_pkt *p = &ctx->p;
	struct slb_session_shifted *shifted = slb_session_shifted(s);
	u32 shift = slb_session_header(s), first = READ_ONCE(shifted->first);
	bool syn = p->tcp_flags & SLB_TCP_SYN;
	u32 acked = p->tcp_ack - first;

	WRITE_ONCE(shifted->acked, acked < shift ? acked : shift);
	if (!begins && READ_ONCE(shifted->told) && (s32)(p->tcp_ack - (first + shift)) >= 0)
		slb_address_known(ctx->sn, s);
	if (!syn && !READ_ONCE(shifted->heard))
		WRITE_ONCE(shifted->heard, true);
	if (syn || test_bit(SLB_SESSION_TELLING, &s->flags) || slb_session_young(s))
		slb_tcp_unshift_ack(e, first, shift, syn ? 0 : READ_ONCE(shifted->scale));
	else
		slb_tcp_unshift_ack_settled(e, shift);
	slb_tcp_unshift_sack(e, first, shift);
}

/*
 * Does a segment of the server count the bytes of the header? Not before the server has accepted a
 * connection, nor when it refuses a later one of the same session.
 */
static bool slb_address_counts(struct slb_session *s, const struct slb_pkt *p)
{
	const struct slb_session_shifted *shifted = slb_session_shifted(s);

	return READ_ONCE(shifted->known) &&
	       !(p->tcp_flags & SLB_TCP_RST && p->tcp_ack == READ_ONCE(shifted->asked));
}

/*
 * Is this a reset by a server that has lost the header? With SYN cookies it has no state until it
 * gets the header, and takes a segment behind it for a stray one (RFC 9293, 3.10.7.1). It will
 * accept the connection when the client sends that segment again. It answers each segment by a
 * reset, so headers are counted. The server has a reason of its own when it resets after several.
 */
static bool slb_proxy_forgives(struct slb_session *s, const struct slb_pkt *p)
{
	struct slb_session_shifted *shifted = slb_session_shifted(s);

	if ((p->tcp_flags & (SLB_TCP_RST | SLB_TCP_ACK)) != SLB_TCP_RST ||
	    !test_bit(SLB_SESSION_TELLING, &s->flags) || !READ_ONCE(shifted->told) ||
	    READ_ONCE(shifted->heard))
		return false;
	if (READ_ONCE(shifted->refused))
		return true;
	if (READ_ONCE(shifted->forgiven) >= SLB_PROXY_FORGIVEN)
		return false;
	WRITE_ONCE(shifted->refused, true);
	WRITE_ONCE(shifted->forgiven, READ_ONCE(shifted->forgiven) + 1);
	/* the next segment sends the header at once */
	WRITE_ONCE(shifted->sent, (u32)jiffies - SLB_PROXY_AGAIN);
	return true;
}

/* A segment of the server. */
static enum slb_drop slb_address_reply(const struct slb_ctx *ctx, struct sk_buff *skb,
				       struct slb_session *s, struct slb_tcp_edit *e)
{
	const struct slb_pkt *p = &ctx->p;
	bool begins = slb_tcp_expects(slb_session_state(s), p);

	if (begins)
		slb_address_syn_ack(s, p, e);
	if (test_bit(SLB_SESSION_SHIFTED, &s->flags)) {
		if (slb_proxy_forgives(s, p))
			return SLB_DROP_RESET_EARLY;
		if (p->tcp_flags & SLB_TCP_ACK && slb_address_counts(s, p))
			slb_address_received(ctx, s, e, begins);
	} else if (p->tcp_data || p->tcp_flags & SLB_TCP_FIN) {
		slb_address_known(ctx->sn, s);
	}
	slb_tcp_edit_end(e, slb_sum_left(skb, p->h.l4));
	return SLB_OK;
}

/* Make the headers of a client's segment those of the segment of the PROXY header. */
static void slb_proxy_headers(struct sk_buff *skb, const struct slb_pkt *p, u32 first)
{
	struct tcphdr *th = (void *)(skb->data + p->h.l4);
	unsigned int len = skb->len - p->h.l4;
	struct iphdr *ip = ip_hdr(skb);

	th->seq = htonl(first);
	((u8 *)th)[SLB_TCP_DOFF_AT] &= 0xf0;
	((u8 *)th)[SLB_TCP_FLAGS_AT] = SLB_TCP_ACK | SLB_TCP_PSH;
	th->urg_ptr = 0;
	th->check = 0;
	slb_address_ip_len(skb, p);
	if (p->t.family == NFPROTO_IPV6) {
		th->check = csum_ipv6_magic(&p->t.src.in6, &p->t.dst.in6, len, p->t.proto,
					    csum_partial(th, len, 0));
		return;
	}
	/* never fragmented, so the identification needs no care (RFC 6864) */
	ip->id = 0;
	ip->frag_off = htons(IP_DF);
	ip_send_check(ip);
	th->check = tcp_v4_check(len, ip->saddr, ip->daddr, csum_partial(th, len, 0));
}

/*
 * The segment of the header: the IP and TCP headers of a client's segment, with the client's first
 * sequence number, and the PROXY header as data. So its acknowledgment, window and time stamps are
 * those of the client. NULL without memory, or when the checksum of the client's segment is wrong.
 */
static struct sk_buff *slb_proxy_segment(const struct slb_ctx *ctx, struct sk_buff *skb,
					 struct slb_session *s, unsigned int len)
{
	unsigned int head = ctx->p.h.l4 + len, data = slb_session_header(s);
	struct sk_buff *nskb;

	if (nf_checksum(skb, NF_INET_PRE_ROUTING, ctx->p.h.l4, ctx->p.t.proto, ctx->p.t.family))
		return NULL;
	nskb = alloc_skb(LL_MAX_HEADER + head + data, GFP_ATOMIC);
	if (!nskb)
		return NULL;
	skb_reserve(nskb, LL_MAX_HEADER);
	if (skb_copy_bits(skb, 0, skb_put(nskb, head), head)) {
		kfree_skb(nskb);
		return NULL;
	}
	skb_set_network_header(nskb, ctx->p.h.l3);
	skb_set_transport_header(nskb, ctx->p.h.l4);
	slb_proxy_header(skb_put(nskb, data), &s->side[SLB_REQUEST].tuple, data);
	nskb->dev = skb->dev;
	nskb->skb_iif = skb->skb_iif;
	nskb->mark = skb->mark;
	nskb->protocol = skb->protocol;
	slb_proxy_headers(nskb, &ctx->p, READ_ONCE(slb_session_shifted(s)->first));
	return nskb;
}

/* Send the segment of the header before a segment with data. */
static void slb_proxy_send(const struct slb_ctx *ctx, struct sk_buff *nskb, struct slb_session *s,
			   const struct slb_way *way)
{
	u8 family = ctx->p.t.family;
	enum slb_sent sent;

	if (slb_nat(nskb, &ctx->p, way->to)) {
		kfree_skb(nskb);
		return;
	}
	slb_traffic_add(way->out->acct->stats, out, SLB_REQUEST, 1, nskb->len);
	sent = slb_forward_send(ctx->sn->net, nskb, family, way->dst);
	if (unlikely(slb_sent_lost(sent))) {
		slb_vip_dropped(&s->vip->drops, slb_sent_drop(sent));
		slb_drop_sent(ctx->sn->drops, nskb, &ctx->p.t, sent);
	}
}

/* Must the header go with this segment? One without data costs no packet, as it is replaced. */
static bool slb_proxy_due(struct slb_session_shifted *shifted, const struct slb_pkt *p, bool bare)
{
	return bare || p->tcp_flags & (SLB_TCP_FIN | SLB_TCP_RST) || !READ_ONCE(shifted->told) ||
	       (s32)((u32)jiffies - READ_ONCE(shifted->sent)) >= SLB_PROXY_AGAIN;
}

/*
 * A segment of a client whose server has not acknowledged the header: send that first. A segment
 * without data becomes the header, so that a server which lost it, and checks SYN cookies, does not
 * get the wrong sequence number alone. Return: true when the segment was replaced.
 */
static bool slb_proxy_tell(const struct slb_ctx *ctx, struct sk_buff **skb, struct slb_session *s,
			   const struct slb_way *way, unsigned int len)
{
	struct slb_session_shifted *shifted = slb_session_shifted(s);
	const struct slb_pkt *p = &ctx->p;
	/* a keepalive may have a byte from before the first one (RFC 9293, 3.8.4) */
	bool early = (s32)(p->tcp_seq - READ_ONCE(shifted->first)) < 0;
	bool bare = early || (!p->tcp_data && !(p->tcp_flags & (SLB_TCP_FIN | SLB_TCP_RST)));
	struct sk_buff *nskb;

	if (!(p->tcp_flags & SLB_TCP_ACK) || !slb_proxy_due(shifted, p, bare))
		return false;
	nskb = slb_proxy_segment(ctx, *skb, s, len);
	if (!nskb)
		return false;
	slb_address_inc(ctx->sn, SLB_ADDRESS_SENT);
	if (READ_ONCE(shifted->told))
		slb_address_inc(ctx->sn, SLB_ADDRESS_AGAIN);
	WRITE_ONCE(shifted->sent, (u32)jiffies);
	WRITE_ONCE(shifted->told, true);
	WRITE_ONCE(shifted->refused, false);
	if (!bare) {
		slb_proxy_send(ctx, nskb, s, way);
		return false;
	}
	consume_skb(*skb);
	*skb = nskb;
	return true;
}

/*
 * Is this the reset of a client whose server may lack the header? It must have the number that the
 * server expects (RFC 5961, 3). A reset without SLB_TCP_ACK has the number that the server's
 * segment has acknowledged (RFC 9293, 3.10.7.1).
 */
static bool slb_proxy_resets(struct slb_session *s, const struct slb_pkt *p)
{
	const struct slb_session_shifted *shifted = slb_session_shifted(s);

	return p->tcp_flags & SLB_TCP_RST &&
	       (!READ_ONCE(shifted->told) || (!(p->tcp_flags & SLB_TCP_ACK) &&
					      p->tcp_seq == READ_ONCE(shifted->first)));
}

/* A segment of the client other than a SYN. */
static enum slb_drop slb_address_request(const struct slb_ctx *ctx, struct sk_buff **skb,
					 struct slb_session *s, struct slb_tcp_edit *e,
					 const struct slb_way *way)
{
	bool telling = test_bit(SLB_SESSION_TELLING, &s->flags);
	bool partial = slb_sum_left(*skb, ctx->p.h.l4);
	u32 shift = slb_session_header(s);

	if (!test_bit(SLB_SESSION_SHIFTED, &s->flags)) {
		if (slb_tcp_blank_all(e, SLB_TCP_OPT_TOA))
			slb_address_inc(ctx->sn, SLB_ADDRESS_FORGED);
		slb_tcp_edit_end(e, partial);
		return telling && ctx->p.tcp_flags & SLB_TCP_ACK ?
		       slb_toa_insert(ctx, *skb, way, e->len) : SLB_OK;
	}
	if (!READ_ONCE(slb_session_shifted(s)->known))
		return SLB_OK;
	if (telling && slb_proxy_resets(s, &ctx->p))
		shift = READ_ONCE(slb_session_shifted(s)->acked);
	else if (telling && slb_proxy_tell(ctx, skb, s, way, e->len))
		return SLB_OK;
	slb_tcp_shift_seq(e, shift);
	slb_tcp_edit_end(e, partial);
	return SLB_OK;
}

static enum slb_drop slb_address_tcp(const struct slb_ctx *ctx, struct sk_buff **skb,
				     struct slb_session *s, enum slb_dir dir,
				     const struct slb_way *way)
{
	unsigned int l4 = ctx->p.h.l4;
	struct slb_tcp_edit e = {};
	const u8 *doff;
	u8 buf;

	doff = skb_header_pointer(*skb, l4 + SLB_TCP_DOFF_AT, sizeof(buf), &buf);
	e.len = doff ? (*doff >> 4) * 4 : 0;
	if (e.len < sizeof(struct tcphdr) || e.len > (*skb)->len - l4)
		return SLB_DROP_SHORT;
	if (skb_ensure_writable(*skb, l4 + e.len))
		return SLB_DROP_NO_MEMORY;
	e.th = (*skb)->data + l4;
	if (dir == SLB_REPLY)
		return slb_address_reply(ctx, *skb, s, &e);
	if (ctx->p.tcp_flags & SLB_TCP_SYN)
		return slb_address_syn(ctx, *skb, s, &e);
	return slb_address_request(ctx, skb, s, &e, way);
}

/*
 * What the data of a datagram adds to the difference of its checksum when it moves by @by bytes to
 * @at: after an odd number, each byte is the other half of a word.
 */
static __wsum slb_address_moved(const struct sk_buff *skb, unsigned int at, unsigned int by)
{
	__wsum sum;

	if (!(by & 1))
		return 0;
	sum = skb_checksum(skb, at, skb->len - at, 0);
	return csum_sub((__force __wsum)ror32((__force u32)sum, 8), sum);
}

/* Put the header before the data of a datagram. */
static enum slb_drop slb_address_datagram(const struct slb_ctx *ctx, struct sk_buff *skb,
					  struct slb_session *s)
{
	unsigned int l4 = ctx->p.h.l4, at = l4 + sizeof(struct udphdr), by = slb_session_header(s);
	u8 header[SLB_PROXY_LEN_MAX];
	struct udphdr *uh;
	__be16 len;
	__wsum diff;

	if (skb->len + by > SLB_PACKET_MAX) {
		slb_address_inc(ctx->sn, SLB_ADDRESS_NO_ROOM);
		return SLB_DROP_TOO_BIG;
	}
	if (skb_ensure_writable(skb, at) || slb_address_gap(skb, at, by))
		return SLB_DROP_NO_MEMORY;
	slb_proxy_header(header, &s->side[SLB_REQUEST].tuple, by);
	memcpy(skb->data + at, header, by);
	slb_address_ip_len(skb, &ctx->p);
	uh = (void *)(skb->data + l4);
	len = htons(ntohs(uh->len) + by);
	diff = csum_sub((__force __wsum)len, (__force __wsum)uh->len);
	diff = csum_add(diff, csum_partial(header, by, 0));
	uh->len = len;
	/* 0 means that there is no checksum */
	if (uh->check) {
		if (!slb_sum_left(skb, l4))
			diff = csum_add(diff, slb_address_moved(skb, at + by, by));
		slb_address_sum(&uh->check, by, diff, slb_sum_left(skb, l4));
		if (!uh->check)
			uh->check = CSUM_MANGLED_0;
	}
	slb_address_inc(ctx->sn, SLB_ADDRESS_SENT);
	return SLB_OK;
}

/**
 * slb_address_tell() - adapt a packet of a session whose server learns the client's address
 * @ctx: the packet at hand
 * @skb: the packet, before its translation; may be replaced by another one with the same tuple
 * @s: its session, for which slb_session_tells() is true
 * @dir: its direction
 * @way: where it goes
 *
 * Context: softirq, RCU.
 *
 * Return: SLB_OK, or why the packet must be dropped.
 */
enum slb_drop slb_address_tell(const struct slb_ctx *ctx, struct sk_buff **skb,
			       struct slb_session *s, enum slb_dir dir, const struct slb_way *way)
{
	if (!slb_proto_has(ctx->p.t.proto, SLB_PROTO_DATAGRAMS))
		return slb_address_tcp(ctx, skb, s, dir, way);
	if (dir == SLB_REQUEST)
		return slb_address_datagram(ctx, *skb, s);
	if (!(READ_ONCE(s->flags) & SLB_SESSION_EVERY))
		slb_address_known(ctx->sn, s);
	return SLB_OK;
}

/**
 * slb_address_quoted_seq() - a sequence number that an ICMP error quotes, as its receiver knows it
 * @s: session of the quoted packet
 * @dir: direction of the quoted packet
 * @seq: the number, host order
 *
 * Context: softirq, RCU.
 *
 * Return: the number.
 */
u32 slb_address_quoted_seq(struct slb_session *s, enum slb_dir dir, u32 seq)
{
	u32 shift = slb_session_header(s);

	if (dir == SLB_REPLY || !test_bit(SLB_SESSION_SHIFTED, &s->flags) ||
	    !READ_ONCE(slb_session_shifted(s)->known))
		return seq;
	if (!test_bit(SLB_SESSION_TELLING, &s->flags))
		return seq - shift;
	return slb_tcp_unshift(seq, READ_ONCE(slb_session_shifted(s)->first), shift);
}
