/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of the fast path: a packet of a session is translated, counted and sent. */
#ifndef _SLB_PACKET_FAST_XMIT_H
#define _SLB_PACKET_FAST_XMIT_H

#include <slb/fast.h>
#include <slb/fast_parse.h>
#include <slb/rewrite.h>
#include <slb/vip_drops.h>
#include <net/tcp.h>
#include "packet/ctx.h"
#include "packet/next_hop.h"
#include "packet/tcp_edit.h"
#include "packet/xmit.h"
#include "state/fast_mark.h"
#include "state/session.h"

/* States that a packet of the fast path does not change, as bits: one of two constants. */
static __always_inline u16 slb_fast_settled(enum slb_dir dir)
{
	return dir == SLB_REQUEST ? SLB_PROTOS(SLB_PROTO_OR, _, settled[SLB_REQUEST], 0) :
				    SLB_PROTOS(SLB_PROTO_OR, _, settled[SLB_REPLY], 0);
}

/* Does a packet change only counters and the time stamp of its session, whose flags are sound? */
static __always_inline bool slb_fast_calm(const struct slb_net *sn, const struct slb_session *s,
					  enum slb_dir dir, const struct slb_fast_pkt *p)
{
	const u8 events = SLB_TCP_SYN | SLB_TCP_FIN | SLB_TCP_RST;

	return !(p->tcp_flags & events) &&
	       slb_fast_settled(dir) >> slb_session_state(s) & 1 &&
	       likely(!slb_session_stale(s) || !slb_session_over(sn, s, dir));
}

/* The link over which packets of a direction leave now, or NULL. */
static __always_inline struct slb_link *slb_fast_link(const struct slb_links *links,
						      const struct slb_session *s,
						      enum slb_dir dir, u8 family)
{
	u8 slot = dir == SLB_REQUEST ? s->ret : READ_ONCE(s->ingress);
	struct slb_link *out = links->slot[slot];

	return likely(out && slb_nexthop_usable(&out->nh, family)) ?
	       out : slb_xmit_link(links, s, dir, family);
}

/* Length of a TCP header, in bytes, as it says. @l3: the IP header. */
static __always_inline unsigned int slb_fast_tcp_len(const u8 *l3, u8 family)
{
	return (l3[slb_fast_pkt_l3_len(family) + SLB_TCP_DOFF_AT] >> 4) * 4;
}

/* Has the TCP header no options, or only the time stamp, as most segments have? */
static __always_inline bool slb_fast_stamped_only(const struct slb_tcp_edit *e)
{
	const u32 stamp = SLB_TCP_OPT_NOP << 24 | SLB_TCP_OPT_NOP << 16 |
			  TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP;

	return e->len == sizeof(struct tcphdr) ||
	       (e->len == sizeof(struct tcphdr) + TCPOLEN_TSTAMP_ALIGNED &&
		get_unaligned_be32(e->th + sizeof(struct tcphdr)) == stamp);
}

/* Rewrite addresses, TTL, ports and checksums. */
static __always_inline void slb_fast_ipv4(struct iphdr *ip, const struct slb_tuple *to, u16 diff)
{
	u32 sum = (u16)~(__force u16)ip->check;

	ip->saddr = to->dst.ip;
	ip->daddr = to->src.ip;
	ip->ttl--;
	/* the TTL is the high byte of its word: subtract 0x0100 in one's complement */
	sum += diff + (__force u16)htons(0xfeff);
	ip->check = csum_fold((__force __wsum)sum);
}

static __always_inline void slb_fast_ipv6(struct ipv6hdr *ip, const struct slb_tuple *to)
{
	ip->saddr = to->dst.in6;
	ip->daddr = to->src.in6;
	ip->hop_limit--;
}

/* @partial: a device completes the checksum; @more: what else changes it, unless one does. */
static __always_inline void slb_fast_l4(void *l4, u8 proto, const struct slb_tuple *to,
					u16 diff_addr, u16 diff_all, bool partial, __wsum more)
{
	__sum16 *check = l4 + slb_fast_proto_sum_at(proto);
	__be16 *port = l4;
	__wsum sum;

	port[0] = to->dport;
	port[1] = to->sport;
	if (slb_fast_proto_has(proto, SLB_PROTO_SUM_OPTIONAL) && !*check)
		return;
	if (partial) {
		*check = (__force __sum16)~csum_fold((__force __wsum)((__force u16)*check +
								     (u32)diff_addr));
		return;
	}
	sum = (__force __wsum)((u16)~(__force u16)*check + (u32)diff_all);
	/* most packets have a constant here: no instruction */
	if (more)
		sum = csum_add(sum, more);
	*check = csum_fold(sum);
	if (slb_fast_proto_has(proto, SLB_PROTO_SUM_OPTIONAL) && !*check)
		*check = CSUM_MANGLED_0;
}

/* UDP over IPv6 without a checksum (RFC 6935) is left to the ordinary path. @l3: the IP header. */
static __always_inline bool slb_fast_has_sum(const void *l3, const struct slb_fast_pkt *p,
					     u8 family)
{
	const struct udphdr *uh = l3 + sizeof(struct ipv6hdr);

	return family == NFPROTO_IPV4 ||
	       !slb_fast_proto_has(slb_fast_pkt_proto(p), SLB_PROTO_SUM_OPTIONAL) ||
	       likely(uh->check);
}

/*
 * slb_fast_has_sum(); and a packet whose device completes the checksum of an inner packet is left
 * to the ordinary path, too: see slb_sum_left().
 */
static __always_inline bool slb_fast_summed(const struct sk_buff *skb, const struct slb_fast_pkt *p,
					    u8 family)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    unlikely(skb->csum_start != skb->transport_header))
		return false;
	return slb_fast_has_sum(skb->data, p, family);
}

/* Translate a packet. @l3: its IP header; @proto: its protocol; @partial, @more: slb_fast_l4(). */
static __always_inline void slb_fast_rewrite(void *l3, u8 proto, const struct slb_session *s,
					     enum slb_dir dir, u8 family, bool partial,
					     __wsum more)
{
	const struct slb_tuple *to = &s->side[!dir].tuple;
	/* a reply reverses the change of a request */
	u16 turn = dir == SLB_REQUEST ? 0 : 0xffff;
	u16 diff_addr = READ_ONCE(s->diff_addr) ^ turn, diff_all = READ_ONCE(s->diff_all) ^ turn;

	if (family == NFPROTO_IPV4)
		slb_fast_ipv4(l3, to, diff_addr);
	else
		slb_fast_ipv6(l3, to);
	slb_fast_l4(l3 + slb_fast_pkt_l3_len(family), proto, to, diff_addr, diff_all, partial,
		    more);
}

/*
 * The client's bytes have other numbers at the server, after a PROXY header that it has
 * acknowledged. The whole TCP header is writable; @l3: the IP header. Return: what that adds to the
 * checksum.
 */
static __always_inline __wsum slb_fast_shift(u8 *l3, struct slb_session *s, enum slb_dir dir,
					     u8 family)
{
	u8 *th = l3 + slb_fast_pkt_l3_len(family);
	struct slb_tcp_edit e = { .th = th, .len = slb_fast_tcp_len(l3, family) };
	u32 shift = slb_session_header(s), first;

	if (dir == SLB_REQUEST) {
		slb_tcp_shift_seq(&e, shift);
	} else if (likely(th[SLB_TCP_FLAGS_AT] & SLB_TCP_ACK)) {
		first = READ_ONCE(slb_session_shifted(s)->first);
		if (likely(slb_tcp_ack(&e) - first >= shift) || !slb_session_young(s))
			slb_tcp_unshift_ack_settled(&e, shift);
		else
			slb_tcp_unshift_ack(&e, first, shift,
					    READ_ONCE(slb_session_shifted(s)->scale));
		if (!slb_fast_stamped_only(&e))
			slb_tcp_unshift_sack(&e, first, shift);
	}
	return e.diff;
}

/* A packet of a session has come: it lives on. */
static __always_inline void slb_fast_used(struct slb_session *s, enum slb_dir dir)
{
	if (unlikely(slb_session_stale(s)) && slb_session_renews(s, dir))
		WRITE_ONCE(s->used, (u32)jiffies);
}

/* slb_fast_xmit() to a next hop, by its @egress. */
static __always_inline unsigned int slb_fast_xmit_by(struct slb_net *sn, struct sk_buff *skb,
						     const struct slb_fast_pkt *p,
						     struct slb_link *in, struct slb_link *out,
						     const struct slb_nexthop *nh,
						     struct slb_egress *egress,
						     struct slb_session *s, enum slb_dir dir,
						     u8 family, bool ask, bool shifted)
{
	struct neighbour *neigh;
	struct dst_entry *dst;
	unsigned int l4_len;
	__wsum more = 0;

	neigh = rcu_dereference(egress->neigh);
	dst = rcu_dereference(nh->dst[family == NFPROTO_IPV6]);
	if (unlikely(!neigh || !dst || !slb_fast_fits(skb, egress, READ_ONCE(egress->mtu))))
		return NF_ACCEPT;
	l4_len = shifted && dir == SLB_REPLY ? slb_fast_tcp_len(skb->data, family) :
					       sizeof(struct tcphdr);
	if (unlikely(!slb_fast_writable(skb, slb_fast_pkt_l3_len(family) + l4_len)))
		return NF_ACCEPT;
	if (shifted)
		more = slb_fast_shift(skb->data, s, dir, family);
	slb_fast_rewrite(skb->data, slb_fast_pkt_proto(p), s, dir, family,
			 skb->ip_summed == CHECKSUM_PARTIAL, more);
	skb_clear_hash(skb);
	slb_fast_used(s, dir);
	slb_session_traffic(s, slb_wire(skb), dir, in, out);
	if (ask) {
		enum slb_sent sent = slb_fast_ask(sn->net, skb, family, dst, neigh,
						  READ_ONCE(egress->mtu));

		slb_fast_mark(s, dir, in, out, sent == SLB_SENT_PASSED);
		if (unlikely(slb_sent_lost(sent))) {
			slb_vip_dropped(&s->vip->drops, slb_sent_drop(sent));
			slb_drop_sent(sn->drops, skb, &s->side[dir].tuple, sent);
		}
	} else {
		slb_fast_send(skb, family, dst, neigh);
	}
	return NF_STOLEN;
}

/* slb_fast_xmit() to one of several next hops. */
static __always_inline unsigned int slb_fast_xmit_to(struct slb_net *sn, struct sk_buff *skb,
						     const struct slb_fast_pkt *p,
						     struct slb_link *in, struct slb_link *out,
						     struct slb_nexthop *nh, struct slb_session *s,
						     enum slb_dir dir, u8 family, bool ask,
						     bool shifted)
{
	struct slb_egress *egress = slb_nexthop_egress(nh, sn->net, family);

	return egress ? slb_fast_xmit_by(sn, skb, p, in, out, nh, egress, s, dir, family, ask,
					 shifted) : NF_ACCEPT;
}

/*
 * Translate a packet of a session, count it and send it, past the chains or through FORWARD and
 * POSTROUTING. @shifted: numbers of TCP change, too; of a reply also the options, all of which are
 * in the first piece of the packet.
 *
 * A link with several next hops has no egress: so other links do not pay for the question.
 */
static __always_inline unsigned int slb_fast_xmit(struct slb_net *sn, struct sk_buff *skb,
						  const struct slb_fast_pkt *p, struct slb_link *in,
						  struct slb_link *out, struct slb_session *s,
						  enum slb_dir dir, u8 family, bool ask,
						  bool shifted)
{
	struct slb_egress *egress = slb_nexthop_egress(&out->nh, sn->net, family);
	const u8 how = (ask ? SLB_NEXT_HOP_ASK : 0) | (shifted ? SLB_NEXT_HOP_SHIFTED : 0);

	if (unlikely(!egress))
		return family == NFPROTO_IPV4 ?
		       slb_next_hop_fast4(sn, skb, slb_fast_pkt_proto(p), in, out, s, dir, how) :
		       slb_next_hop_fast6(sn, skb, slb_fast_pkt_proto(p), in, out, s, dir, how);
	return slb_fast_xmit_by(sn, skb, p, in, out, &out->nh, egress, s, dir, family, ask,
				shifted);
}

#endif /* _SLB_PACKET_FAST_XMIT_H */
