// SPDX-License-Identifier: GPL-2.0-only
/* Send packets of sessions: choose the link, check TTL and MTU, translate, forward. */
#include <linux/hash.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <slb/forward.h>
#include <slb/vip_drops.h>

#include "config/group.h"
#include "packet/client_address.h"
#include "packet/ctx.h"
#include "packet/fwmark.h"
#include "packet/icmp.h"
#include "packet/nat.h"
#include "packet/next_hop.h"
#include "packet/unmatched.h"
#include "packet/xmit.h"
#include "state/client_address.h"
#include "state/fast_mark.h"
#include "state/sync.h"

/**
 * slb_xmit_hash() - a value that differs between flows
 * @s: session
 *
 * Return: the same for both directions of a session.
 */
u32 slb_xmit_hash(const struct slb_session *s)
{
	return (__force u16)s->side[SLB_REPLY].tuple.dport * GOLDEN_RATIO_32;
}

/* The route over a link, to the next hop that a packet of the flow takes. @s may be NULL. */
static struct dst_entry *slb_xmit_link_dst(const struct slb_ctx *ctx, const struct sk_buff *cause,
					   const struct slb_session *s, struct slb_link *link)
{
	u32 hash;

	if (!link->nh.several)
		return slb_nexthop_dst(&link->nh, ctx->sn->net, ctx->p.t.family);
	hash = s ? slb_xmit_hash(s) : slb_flow_hash(&ctx->p.t, &slb_session_key);
	return slb_next_hop_dst(ctx, link, cause, hash);
}

/*
 * The link itself has no route. One of several next hops may have one. Otherwise use another link
 * whose next hop can be reached, and a failed one only when there is no other.
 */
static enum slb_drop slb_xmit_detour(const struct slb_ctx *ctx, const struct sk_buff *cause,
				     const struct slb_session *s, struct slb_link **link,
				     struct dst_entry **dst)
{
	enum slb_drop why = SLB_DROP_NO_LINK;
	u8 family = ctx->p.t.family, pass;
	unsigned int i;

	if ((*link)->nh.several) {
		*dst = slb_xmit_link_dst(ctx, cause, s, *link);
		if (likely(*dst))
			return SLB_OK;
	}
	for (pass = SLB_NEXTHOP_RANK_YES; pass > SLB_NEXTHOP_RANK_NO; pass--) {
		for (i = 0; i < ctx->links->end; i++) {
			*link = ctx->links->slot[i];
			if (!*link || slb_nexthop_rank(&(*link)->nh, family) != pass)
				continue;
			*dst = slb_xmit_link_dst(ctx, cause, s, *link);
			if (*dst)
				return SLB_OK;
			why = SLB_DROP_NO_NEXTHOP;
		}
	}
	return why;
}

/*
 * The route over @link. When its next hop has no route, use another link: a device that was down
 * may have lost its IPv6 addresses, for example. @cause: the packet as it arrived.
 */
static enum slb_drop slb_xmit_route(const struct slb_ctx *ctx, const struct sk_buff *cause,
				    const struct slb_session *s, struct slb_link **link,
				    struct dst_entry **dst)
{
	if (unlikely(!*link))
		return SLB_DROP_NO_LINK;
	*dst = slb_nexthop_dst(&(*link)->nh, ctx->sn->net, ctx->p.t.family);
	return likely(*dst) ? SLB_OK : slb_xmit_detour(ctx, cause, s, link, dst);
}

/**
 * slb_xmit_link() - the link for packets of a direction: replies go back where requests come in
 *                   (claim f)
 * @links: all links
 * @s: session
 * @dir: the direction
 * @family: its address family
 *
 * Context: RCU.
 *
 * Return: the link; another one while it carries no packets; or NULL.
 */
struct slb_link *slb_xmit_link(const struct slb_links *links, const struct slb_session *s,
			       enum slb_dir dir, u8 family)
{
	u8 slot = dir == SLB_REQUEST ? s->ret : READ_ONCE(s->ingress);

	/* flows of a dead link are spread over the others */
	return slb_link_usable(links, slot, family, slb_xmit_hash(s));
}

/* @special: the session may have a firewall mark, by which a rule may choose the link. */
static __always_inline enum slb_drop
slb_xmit_session_route(const struct slb_ctx *ctx, const struct sk_buff *skb,
		       const struct slb_session *s, enum slb_dir dir, bool special,
		       struct slb_link **link, struct dst_entry **dst)
{
	*link = slb_xmit_link(ctx->links, s, dir, ctx->p.t.family);
	if (special && slb_session_fwmarked(s))
		*link = slb_fwmark_link(ctx->sn, skb, s, dir, *link);
	return slb_xmit_route(ctx, skb, s, link, dst);
}

/* The smaller MTU of the two links of a flow, so that packets fit in both directions. */
static u32 slb_xmit_mtu(const struct slb_ctx *ctx, const struct sk_buff *skb,
			const struct slb_session *s, enum slb_dir dir, u32 mtu)
{
	struct slb_link *other;
	struct dst_entry *dst;

	if (slb_xmit_session_route(ctx, skb, s, !dir, true, &other, &dst))
		return mtu;
	return min_t(u32, mtu, slb_forward_mtu(dst, ctx->p.t.family));
}

/*
 * What a datagram may have before it grows. Each fragment of a reassembled one keeps its size:
 * there will be more of them.
 */
static u32 slb_xmit_room(const struct sk_buff *skb, u8 family, u32 mtu, u32 growth)
{
	u16 cut = family == NFPROTO_IPV4 ? IPCB(skb)->frag_max_size : IP6CB(skb)->frag_max_size;

	return cut ? mtu : mtu - growth;
}

/*
 * No ICMP error makes an IPv6 host send less than 1280 bytes at a time. The grown datagram comes
 * from an address of this balancer, so it may fragment it where 1280 bytes are all that goes
 * through: on its link, or on the path, as an error has said. Return: whether it will.
 */
static bool slb_xmit_fragments(struct sk_buff *skb, const struct slb_session *s, u8 family,
			       u32 mtu, u32 growth)
{
	u32 len = skb->len + growth;

	if (family != NFPROTO_IPV6 || skb->len > IPV6_MIN_MTU || len <= IPV6_MIN_MTU ||
	    IP6CB(skb)->frag_max_size)
		return false;
	if (len <= mtu && !test_bit(SLB_SESSION_NARROW, &s->flags))
		return false;
	skb->ignore_df = 1;
	IP6CB(skb)->frag_max_size = IPV6_MIN_MTU;
	return true;
}

/* The same as forward_too_big() of a datagram that will have grown by @growth. */
static bool slb_xmit_grown_too_big(struct sk_buff *skb, const struct slb_session *s, u8 family,
				   u32 mtu, u32 growth)
{
	return !slb_xmit_fragments(skb, s, family, mtu, growth) &&
	       slb_forward_too_big(skb, family, slb_xmit_room(skb, family, mtu, growth));
}

/* What the sender is told. */
static u32 slb_xmit_less(u8 family, u32 mtu, u32 growth)
{
	return family == NFPROTO_IPV6 ? max_t(u32, mtu - growth, IPV6_MIN_MTU) : mtu - growth;
}

/* The firewall mark of an error about a packet: that of its session, if it has one. */
static u32 slb_xmit_error_mark(const struct sk_buff *skb, const struct slb_session *s)
{
	return slb_session_fwmarked(s) ? skb->mark : 0;
}

/* The checks of a router: source, TTL, MTU. Sends the ICMP error to the sender. */
static __always_inline enum slb_drop
slb_xmit_check(const struct slb_ctx *ctx, struct sk_buff *skb, const struct slb_session *s,
	       enum slb_dir dir, const struct dst_entry *dst, u32 growth)
{
	u8 family = ctx->p.t.family;
	enum slb_drop why = slb_forward_check(skb, &ctx->p.t.src, family);
	u32 mtu;

	if (unlikely(why))
		return why;
	if (unlikely(!slb_forward_ttl_ok(skb, family))) {
		slb_icmp_time_exceeded(ctx, skb, slb_xmit_error_mark(skb, s));
		return SLB_DROP_TTL;
	}
	mtu = slb_forward_mtu(dst, family);
	if (unlikely(growth ? slb_xmit_grown_too_big(skb, s, family, mtu, growth) :
			      slb_forward_too_big(skb, family, mtu))) {
		mtu = slb_xmit_mtu(ctx, skb, s, dir, mtu);
		slb_icmp_too_big(ctx, skb, growth ? slb_xmit_less(family, mtu, growth) : mtu,
				 slb_xmit_error_mark(skb, s));
		return SLB_DROP_TOO_BIG;
	}
	return SLB_OK;
}

/*
 * NAT merges many senders into one address pair, so their IP IDs can collide and break reassembly
 * (RFC 6864, 5.3). Was this datagram fragmented, or will it be?
 */
static __always_inline bool slb_xmit_is_cut(const struct sk_buff *skb, u8 family,
					    const struct dst_entry *dst)
{
	u32 mtu;

	if (family != NFPROTO_IPV4)
		return false;
	if (unlikely(IPCB(skb)->frag_max_size))
		return true;
	if (ip_hdr(skb)->frag_off & htons(IP_DF))
		return false;
	mtu = slb_forward_mtu(dst, family);
	return unlikely(skb->len > mtu) &&
	       !(skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

/* Give the packet an IP ID that is unique between its new addresses. */
static void slb_xmit_identify(struct net *net, struct sk_buff *skb)
{
	struct iphdr *ip = ip_hdr(skb);
	__be16 before = ip->id;

	__ip_select_ident(net, ip, slb_wire(skb).packets);
	csum_replace2(&ip->check, before, ip->id);
}

/* Does the packet prove that the client has seen the SYN-ACK? Called before it is rewritten. */
static bool slb_xmit_proves(struct sk_buff *skb, const struct slb_session *s, enum slb_dir dir,
			    const struct slb_pkt *p)
{
	if (likely(!slb_session_proves(s, dir, p)))
		return false;
	return !nf_checksum(skb, NF_INET_PRE_ROUTING, p->h.l4, p->t.proto, p->t.family);
}

/* The server has answered, so the client's next SYN does not count as unanswered. */
static void slb_xmit_answers(struct slb_session *s)
{
	clear_bit(SLB_SESSION_ASKED, &s->flags);
	clear_bit(SLB_SESSION_ASKED_TWICE, &s->flags);
	clear_bit(SLB_SESSION_REFUSED, &s->flags);
}

static enum slb_drop slb_xmit_tell(const struct slb_ctx *ctx, struct sk_buff **skb,
				   struct slb_session *s, enum slb_dir dir, struct slb_link *out,
				   struct dst_entry *dst, const struct slb_tuple *to)
{
	const struct slb_way way = { .out = out, .dst = dst, .to = to };

	return slb_address_tell(ctx, skb, s, dir, &way);
}

/* Forward a translated packet, and note whether it has passed all chains. */
static __always_inline void slb_xmit_forward(const struct slb_ctx *ctx, struct sk_buff *skb,
					     struct slb_session *s, enum slb_dir dir,
					     struct slb_link *out, struct dst_entry *dst)
{
	enum slb_sent sent;

	slb_session_traffic(s, slb_wire(skb), dir, ctx->in, out);
	sent = slb_forward_send(ctx->sn->net, skb, ctx->p.t.family, dst);
	if (READ_ONCE(ctx->sn->settings.fast_path))
		slb_fast_note(s, dir, ctx->in, out, sent == SLB_SENT_PASSED);
	if (unlikely(slb_sent_lost(sent))) {
		slb_vip_dropped(&s->vip->drops, slb_sent_drop(sent));
		slb_drop_sent(ctx->sn->drops, skb, &ctx->p.t, sent);
	}
}

/*
 * Translate a packet and send it on. @special: slb_session_special(), a constant, so that other
 * sessions do not pay for it; @growth: slb_session_growth().
 */
static __always_inline unsigned int slb_xmit_packet(const struct slb_ctx *ctx, struct sk_buff *skb,
						    struct slb_session *s, enum slb_dir dir,
						    bool special, u32 growth)
{
	struct slb_tuple to;
	struct slb_link *out;
	struct dst_entry *dst;
	enum slb_drop why;
	bool proves;

	why = slb_xmit_session_route(ctx, skb, s, dir, special, &out, &dst);
	if (likely(!why))
		why = slb_xmit_check(ctx, skb, s, dir, dst, growth);
	if (likely(!why)) {
		proves = slb_xmit_proves(skb, s, dir, &ctx->p);
		slb_tuple_reverse(&to, &s->side[!dir].tuple);
		if (special && slb_session_tells(s))
			why = slb_xmit_tell(ctx, &skb, s, dir, out, dst, &to);
	}
	if (likely(!why))
		why = slb_nat(skb, &ctx->p, &to);
	if (unlikely(why))
		return slb_drop_of_vip(ctx->sn->drops, &s->vip->drops, skb, why);
	if (unlikely(slb_xmit_is_cut(skb, ctx->p.t.family, dst)))
		slb_xmit_identify(ctx->sn->net, skb);
	slb_session_advance(ctx->sn, s, dir, &ctx->p, proves);
	slb_xmit_forward(ctx, skb, s, dir, out, dst);
	return NF_STOLEN;
}

/*
 * A GSO packet of datagrams, each of which gets a PROXY header: send them one by one. Return:
 * NF_STOLEN.
 */
static unsigned int slb_xmit_each(const struct slb_ctx *ctx, struct sk_buff *skb,
				  struct slb_side *side)
{
	struct sk_buff *segment, *next, *list = skb_gso_segment(skb, 0);

	if (IS_ERR_OR_NULL(list))
		return slb_drop_of_vip(ctx->sn->drops, &slb_side_session(side)->vip->drops, skb,
				       SLB_DROP_NO_MEMORY);
	consume_skb(skb);
	skb_list_walk_safe(list, segment, next) {
		skb_mark_not_on_list(segment);
		slb_xmit(ctx, segment, side);
	}
	return NF_STOLEN;
}

/*
 * A packet of a session whose server learns the client's address, or whose VIP has a firewall mark.
 * Return: NF_STOLEN.
 */
static noinline unsigned int slb_xmit_special(const struct slb_ctx *ctx, struct sk_buff *skb,
					      struct slb_side *side)
{
	struct slb_session *s = slb_side_session(side);
	enum slb_dir dir = side->tuple.tag;
	u32 growth = slb_session_growth(s, dir);

	if (growth && skb_is_gso(skb))
		return slb_xmit_each(ctx, skb, side);
	if (slb_session_fwmarked(s))
		slb_fwmark_set(skb, s);
	return slb_xmit_packet(ctx, skb, s, dir, true, growth);
}

/**
 * slb_xmit() - translate a packet of a session and send it on
 * @ctx: the packet at hand
 * @skb: the packet; consumed
 * @side: the direction of the session that it belongs to
 *
 * Context: softirq, RCU.
 *
 * Return: NF_STOLEN.
 */
unsigned int slb_xmit(const struct slb_ctx *ctx, struct sk_buff *skb, struct slb_side *side)
{
	struct slb_session *s = slb_side_session(side);
	enum slb_dir dir = side->tuple.tag;

	if (unlikely(READ_ONCE(s->flags) &
		     (BIT(SLB_SESSION_SUPERSEDED) | BIT(SLB_SESSION_STANDBY)))) {
		if (test_bit(SLB_SESSION_SUPERSEDED, &s->flags))
			return slb_drop_of_vip(ctx->sn->drops, &s->vip->drops, skb,
					       SLB_DROP_SUPERSEDED);
		slb_sync_claim(ctx->sn, s);
	}
	if (unlikely(dir == SLB_REPLY && READ_ONCE(s->flags) & SLB_SESSION_ASKED_ANY))
		slb_xmit_answers(s);
	if (dir == SLB_REQUEST && READ_ONCE(s->ingress) != ctx->in->slot)
		WRITE_ONCE(s->ingress, ctx->in->slot);
	if (unlikely(slb_session_special(s)))
		return slb_xmit_special(ctx, skb, side);
	return slb_xmit_packet(ctx, skb, s, dir, false, 0);
}

/* Does an ICMP error say that nobody serves the port or protocol? */
static bool slb_xmit_refuses(const struct slb_pkt *p)
{
	if (p->t.family == NFPROTO_IPV6)
		return p->icmp_type == ICMPV6_DEST_UNREACH;
	return p->icmp_type == ICMP_DEST_UNREACH && p->icmp_code != ICMP_FRAG_NEEDED;
}

/*
 * Does an ICMP error say that 1280 bytes, or little more, are all that goes through? The sender's
 * datagrams of that size are too big with the header.
 */
static bool slb_xmit_narrow(const struct slb_pkt *p, const struct sk_buff *skb, u32 growth)
{
	const __be32 *mtu;
	__be32 buf;

	if (!growth || p->t.family != NFPROTO_IPV6 || p->icmp_type != ICMPV6_PKT_TOOBIG)
		return false;
	mtu = skb_header_pointer(skb, p->h.l4 + offsetof(struct icmp6hdr, icmp6_mtu), sizeof(buf),
				 &buf);
	return mtu && ntohl(*mtu) < IPV6_MIN_MTU + growth;
}

/* What the sender of a quoted packet does not know: the header that it got on its way. */
static void slb_xmit_quote(struct slb_session *s, enum slb_dir dir, const struct sk_buff *skb,
			   const struct slb_pkt *p, struct slb_nat_quote *change)
{
	const __be32 *seq;
	__be32 buf;

	*change = (struct slb_nat_quote){ .growth = slb_session_growth(s, dir) };
	if (change->growth)
		return;
	seq = skb_header_pointer(skb, p->qh.l4 + offsetof(struct tcphdr, seq), sizeof(buf), &buf);
	if (seq)
		change->seq = slb_address_quoted_seq(s, dir, ntohl(*seq)) - ntohl(*seq);
}

/**
 * slb_xmit_error() - translate an ICMP error that quotes a packet of a session, and send it on
 * @ctx: the packet at hand, of SLB_KIND_ERROR
 * @skb: the packet; consumed
 *
 * The session is looked up by the reverse of the quoted packet. Its state and time stamp do not
 * change, as anybody can send such an error. Context: softirq, RCU.
 *
 * Return: NF_STOLEN, or NF_ACCEPT when it is about a packet of this host.
 */
unsigned int slb_xmit_error(const struct slb_ctx *ctx, struct sk_buff *skb)
{
	const struct slb_pkt *p = &ctx->p;
	struct slb_tuple key;
	struct slb_side *side;
	struct slb_session *s;
	struct slb_link *out;
	struct dst_entry *dst;
	struct slb_nat_quote quote, *change = NULL;
	enum slb_drop why;
	enum slb_sent sent;
	bool narrow = false;

	slb_tuple_reverse(&key, &p->quoted);
	side = slb_addr_equal(&p->quoted.src, &p->t.dst) ?
	       slb_session_find(ctx->sn, &key, slb_flow_hash(&key, &slb_session_key)) : NULL;
	s = side ? slb_side_session(side) : NULL;
	if (!s || slb_session_ended(ctx->sn, ctx->links, s))
		return slb_refuse(ctx, skb, SLB_DROP_ICMP_UNRELATED);
	if (unlikely(slb_session_tells(s))) {
		change = &quote;
		slb_xmit_quote(s, !side->tuple.tag, skb, p, change);
		narrow = slb_xmit_narrow(p, skb, change->growth);
	}
	if (unlikely(slb_session_fwmarked(s)))
		slb_fwmark_set(skb, s);
	why = slb_xmit_session_route(ctx, skb, s, side->tuple.tag, true, &out, &dst);
	if (!why)
		why = slb_forward_check(skb, &p->t.src, p->t.family);
	if (!why && !slb_forward_ttl_ok(skb, p->t.family))
		why = SLB_DROP_TTL;
	if (!why)
		why = slb_nat_error(skb, p, &s->side[!side->tuple.tag].tuple, change);
	if (why)
		return slb_drop_of_vip(ctx->sn->drops, &s->vip->drops, skb, why);
	if (unlikely(narrow))
		set_bit(SLB_SESSION_NARROW, &s->flags);
	if (side->tuple.tag == SLB_REPLY && slb_xmit_refuses(p))
		slb_session_unreachable(ctx->sn, s, &p->t.src);
	slb_traffic_add(ctx->in->acct->stats, in, side->tuple.tag, 1, skb->len);
	slb_traffic_add(out->acct->stats, out, side->tuple.tag, 1, skb->len);
	sent = slb_forward_send(ctx->sn->net, skb, p->t.family, dst);
	slb_vip_dropped(&s->vip->drops, slb_sent_drop(sent));
	slb_drop_sent(ctx->sn->drops, skb, &p->t, sent);
	return NF_STOLEN;
}

/**
 * slb_xmit_own() - send an answer of the balancer over the link that a packet came in by
 * @ctx: the packet that is answered
 * @skb: the answer, from its IP header on; consumed when sent
 * @cause: that packet, as it arrived: the answer goes back to the relay that sent it
 *
 * The balancer needs no route to clients and servers: the link's next hop routes the packet.
 * Context: softirq, RCU.
 *
 * Return: false without a route; then the caller still owns @skb.
 */
bool slb_xmit_own(const struct slb_ctx *ctx, struct sk_buff *skb, const struct sk_buff *cause)
{
	u8 family = ctx->p.t.family;
	struct net *net = ctx->sn->net;
	struct slb_link *out = slb_link_usable(ctx->links, ctx->in->slot, family, 0);
	struct dst_entry *dst;

	if (slb_xmit_route(ctx, cause, NULL, &out, &dst))
		return false;
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	skb->dev = dst->dev;
	skb_clear_tstamp(skb);
	nf_reset_ct(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	slb_traffic_add(out->acct->stats, out, ctx->vaddr ? SLB_REPLY : SLB_REQUEST, 1, skb->len);
	if (family == NFPROTO_IPV4)
		ip_local_out(net, NULL, skb);
	else
		ip6_local_out(net, NULL, skb);
	return true;
}
