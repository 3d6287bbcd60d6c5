// SPDX-License-Identifier: GPL-2.0-only
/* The fast path: packets of sessions are translated and sent at the ingress hook of a device. */
#include <linux/netfilter.h>
#include <slb/fast.h>
#include <slb/forward.h>
#include <slb/ingress.h>
#include <slb/table.h>
#include <slb/fast_parse.h>
#include <slb/rewrite.h>

#include "config/group.h"
#include "packet/ctx.h"
#include "packet/fast.h"
#include "packet/xmit.h"

/*
 * A packet bypasses all chains when an earlier one of the same session and direction, over the same
 * two devices, has passed every one of them (slb_session.fast): on the ordinary path, or here,
 * where FORWARD and POSTROUTING are run for it if PREROUTING has no hook before ours. Anything
 * unusual sends a packet to the ordinary path. Only a packet that cannot get a session is dropped
 * here.
 *
 * No check is skipped: TTL, MTU, checksums, time stamps of sessions and counters are as on the
 * ordinary path. TCP segments that may change the state of a session take that path, too.
 */

static __always_inline bool slb_fast_is4(const struct rhash_head *he, const void *key)
{
	return slb_fast_pkt_is(key, &container_of(he, struct slb_side, node)->tuple, NFPROTO_IPV4);
}

static __always_inline bool slb_fast_is6(const struct rhash_head *he, const void *key)
{
	return slb_fast_pkt_is(key, &container_of(he, struct slb_side, node)->tuple, NFPROTO_IPV6);
}

static __always_inline u64 slb_fast_hash(const struct sk_buff *skb, const struct slb_fast_pkt *p,
					 u8 family)
{
	return family == NFPROTO_IPV4 ? slb_hash_ipv4(p->addrs, p->rest, &slb_session_key) :
					slb_hash_ipv6(slb_fast_pkt_addrs6(skb), p->rest,
						      &slb_session_key);
}

static __always_inline struct slb_side *slb_fast_find(struct slb_net *sn, const struct sk_buff *skb,
						      const struct slb_fast_pkt *p, u64 hash,
						      u8 family)
{
	struct slb_fast_pkt_key key = {
		.addrs = p->addrs, .rest = p->rest, .addrs6 = slb_fast_pkt_addrs6(skb),
	};
	struct rhash_head *he;

	he = slb_table_find(&sn->sessions, hash, SLB_SESSION_SEED_MASK,
			    family == NFPROTO_IPV4 ? slb_fast_is4 : slb_fast_is6, &key);
	return he ? container_of(he, struct slb_side, node) : NULL;
}

/* Does a packet change only counters and the time stamp of its session? */
static __always_inline bool slb_fast_calm(const struct slb_net *sn, const struct slb_session *s,
					  enum slb_dir dir, const struct slb_fast_pkt *p)
{
	const u8 events = SLB_TCP_SYN | SLB_TCP_FIN | SLB_TCP_RST;

	return READ_ONCE(s->flags) == SLB_SESSION_SOUND && !(p->tcp_flags & events) &&
	       slb_proto_settled(dir) >> slb_session_state(s) & 1 &&
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

/*
 * Would IP receive the packet from this device, and call our PREROUTING hook before any other? Not
 * if a bridge takes it, for example, or if the device has no IPv6. IP would copy a shared packet.
 */
static __always_inline bool slb_fast_is_first(const struct slb_net *sn, const struct sk_buff *skb,
					      u8 family)
{
	const struct netns_nf *nf = &sn->net->nf;
	const struct nf_hook_entries *hooks =
		family == NFPROTO_IPV4 ? rcu_dereference(nf->hooks_ipv4[NF_INET_PRE_ROUTING]) :
					 rcu_dereference(nf->hooks_ipv6[NF_INET_PRE_ROUTING]);

	if (rcu_access_pointer(skb->dev->rx_handler) || skb_shared(skb) ||
	    (family == NFPROTO_IPV6 && !slb_fast_has_ipv6(skb->dev)))
		return false;
	/* only our own hook has this argument */
	return hooks && hooks->hooks[0].priv == sn;
}

/* The difference that the translation of a session makes to checksums: a constant. */
static void slb_fast_learn(struct slb_session *s)
{
	const struct slb_tuple *from = &s->side[SLB_REQUEST].tuple;
	/* a sum does not depend on the order of source and destination */
	const struct slb_tuple *to = &s->side[SLB_REPLY].tuple;
	__wsum diff = slb_diff_addr(from, to);

	WRITE_ONCE(s->diff_addr, (u16)~(__force u16)csum_fold(diff));
	diff = csum_add(diff, slb_diff_port(from, to));
	WRITE_ONCE(s->diff_all, (u16)~(__force u16)csum_fold(diff));
}

/* The mark of packets that go over a pair of links. */
static __always_inline u16 slb_fast_way(const struct slb_link *in, const struct slb_link *out)
{
	return slb_session_passed(READ_ONCE(in->mark), out->slot);
}

/* Set or clear the mark: a packet has passed all chains, or has not. */
static void slb_fast_mark(struct slb_session *s, enum slb_dir dir, const struct slb_link *in,
			  const struct slb_link *out, bool passed)
{
	u16 fast = slb_fast_way(in, out);

	/* publishes what slb_fast_learn() has written, which never changes */
	smp_store_release(&s->fast[dir], passed && fast & SLB_FAST_PASSED ? fast : 0);
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

static __always_inline void slb_fast_l4(struct sk_buff *skb, void *l4, u8 proto,
					const struct slb_tuple *to, u16 diff_addr, u16 diff_all)
{
	__sum16 *check = l4 + slb_proto_fast_sum_at(proto);
	__be16 *port = l4;

	port[0] = to->dport;
	port[1] = to->sport;
	if (slb_proto_has(proto, SLB_PROTO_SUM_OPTIONAL) && !*check)
		return;
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		*check = (__force __sum16)~csum_fold((__force __wsum)((__force u16)*check +
								     (u32)diff_addr));
		return;
	}
	*check = csum_fold((__force __wsum)((u16)~(__force u16)*check + (u32)diff_all));
	if (slb_proto_has(proto, SLB_PROTO_SUM_OPTIONAL) && !*check)
		*check = CSUM_MANGLED_0;
}

/*
 * UDP over IPv6 without a checksum (RFC 6935) is left to the ordinary path. So is a packet whose
 * device completes the checksum of an inner packet: see slb_sum_left().
 */
static __always_inline bool slb_fast_summed(const struct sk_buff *skb, const struct slb_fast_pkt *p,
					    u8 family)
{
	const struct udphdr *uh = (void *)(skb->data + sizeof(struct ipv6hdr));

	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    unlikely(skb->csum_start != skb->transport_header))
		return false;
	return family == NFPROTO_IPV4 ||
	       !slb_proto_has(slb_fast_pkt_proto(p), SLB_PROTO_SUM_OPTIONAL) || likely(uh->check);
}

static __always_inline void slb_fast_rewrite(struct sk_buff *skb, const struct slb_fast_pkt *p,
					     const struct slb_session *s, enum slb_dir dir,
					     u8 family)
{
	const struct slb_tuple *to = &s->side[!dir].tuple;
	/* a reply reverses the change of a request */
	u16 turn = dir == SLB_REQUEST ? 0 : 0xffff;
	u16 diff_addr = READ_ONCE(s->diff_addr) ^ turn, diff_all = READ_ONCE(s->diff_all) ^ turn;
	void *l3 = skb->data, *l4 = skb->data + slb_fast_pkt_l3_len(family);

	if (family == NFPROTO_IPV4)
		slb_fast_ipv4(l3, to, diff_addr);
	else
		slb_fast_ipv6(l3, to);
	slb_fast_l4(skb, l4, slb_fast_pkt_proto(p), to, diff_addr, diff_all);
	skb_clear_hash(skb);
}

/*
 * Translate a packet of a session, count it and send it, past the chains or through FORWARD and
 * POSTROUTING.
 */
static __always_inline unsigned int slb_fast_xmit(struct slb_net *sn, struct sk_buff *skb,
						  const struct slb_fast_pkt *p, struct slb_link *in,
						  struct slb_link *out, struct slb_session *s,
						  enum slb_dir dir, u8 family, bool ask)
{
	struct slb_egress *egress = slb_nexthop_egress(&out->nh, sn->net, family);
	struct neighbour *neigh;
	struct dst_entry *dst;

	if (unlikely(!egress))
		return NF_ACCEPT;
	neigh = rcu_dereference(egress->neigh);
	dst = rcu_dereference(out->nh.dst[family == NFPROTO_IPV6]);
	if (unlikely(!neigh || !dst || !slb_fast_fits(skb, egress, READ_ONCE(egress->mtu))))
		return NF_ACCEPT;
	if (unlikely(!slb_fast_writable(skb, slb_fast_pkt_l3_len(family) + sizeof(struct tcphdr))))
		return NF_ACCEPT;
	slb_fast_rewrite(skb, p, s, dir, family);
	if (unlikely(slb_session_stale(s)) && slb_session_renews(s, dir))
		WRITE_ONCE(s->used, (u32)jiffies);
	slb_xmit_count(in, skb, s, dir, out);
	if (ask) {
		enum slb_sent sent = slb_fast_ask(sn->net, skb, family, dst, neigh,
						  READ_ONCE(egress->mtu));

		slb_fast_mark(s, dir, in, out, sent == SLB_SENT_PASSED);
		if (unlikely(slb_sent_lost(sent)))
			slb_drop_sent(sn->drops, skb, sent);
	} else {
		slb_fast_send(skb, family, dst, neigh);
	}
	return NF_STOLEN;
}

/*
 * Handle a packet of a session without a mark for these two links: run FORWARD and POSTROUTING.
 * @checked: slb_fast_first() has done the checks.
 */
static __always_inline unsigned int slb_fast_through(struct slb_net *sn, struct sk_buff *skb,
						     const struct slb_fast_pkt *p,
						     struct slb_link *in,
						     struct slb_session *s, enum slb_dir dir,
						     u8 family, bool checked)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	struct slb_link *out = slb_fast_link(links, s, dir, family);

	if (unlikely(!out || slb_session_ended(sn, links, s) ||
		     (!checked && (!slb_fast_is_first(sn, skb, family) ||
				   slb_forward_check(skb, &s->side[dir].tuple.src, family)))))
		return NF_ACCEPT;
	if (dir == SLB_REQUEST && READ_ONCE(s->ingress) != in->slot)
		WRITE_ONCE(s->ingress, in->slot);
	slb_fast_learn(s);
	return slb_fast_xmit(sn, skb, p, in, out, s, dir, family, true);
}

/* Passed by value, so that other packets keep it in registers. */
static noinline unsigned int slb_fast_through4(struct slb_net *sn, struct sk_buff *skb,
					       const struct slb_fast_pkt p, struct slb_link *in,
					       struct slb_session *s, enum slb_dir dir,
					       bool checked)
{
	return slb_fast_through(sn, skb, &p, in, s, dir, NFPROTO_IPV4, checked);
}

static noinline unsigned int slb_fast_through6(struct slb_net *sn, struct sk_buff *skb,
					       const struct slb_fast_pkt p, struct slb_link *in,
					       struct slb_session *s, enum slb_dir dir,
					       bool checked)
{
	return slb_fast_through(sn, skb, &p, in, s, dir, NFPROTO_IPV6, checked);
}

/* Build the lookup key of the ordinary path from the parsed headers. */
static __always_inline void slb_fast_tuple(const struct sk_buff *skb, const struct slb_fast_pkt *p,
					   struct slb_tuple *t, u8 family)
{
	if (family == NFPROTO_IPV4) {
		put_unaligned_le32(p->addrs, &t->src);
		put_unaligned_le32(p->addrs >> 32, &t->dst);
	} else {
		memcpy(&t->src, slb_fast_pkt_addrs6(skb), sizeof(t->src));
		memcpy(&t->dst, slb_fast_pkt_addrs6(skb) + sizeof(t->src), sizeof(t->dst));
	}
	put_unaligned_le64(p->rest, (u8 *)t + offsetof(struct slb_tuple, sport));
}

/*
 * Handle a packet of no session, perhaps the first one of a new session. When the session has been
 * created, the packet may still take the ordinary path.
 */
static __always_inline unsigned int slb_fast_first(struct slb_net *sn, struct sk_buff *skb,
						   const struct slb_fast_pkt *p, u64 hash,
						   u8 family)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	struct slb_link *in = slb_link_by_ifindex(links, skb->dev->ifindex);
	const struct slb_vaddr *vaddr;
	struct slb_tuple flow = {};
	struct slb_session *s;
	struct slb_vip *vip;
	enum slb_drop why;

	if (unlikely(!in || !slb_fast_is_first(sn, skb, family) ||
		     !slb_fast_summed(skb, p, family)))
		return NF_ACCEPT;
	slb_fast_tuple(skb, p, &flow, family);
	/* IPv6 addresses are read a second time, so compute the hash of the key that is inserted */
	if (family == NFPROTO_IPV6)
		hash = slb_flow_hash(&flow, &slb_session_key);
	vaddr = slb_vaddr_lookup(sn, &flow.dst, family);
	vip = vaddr ? slb_vip_find(vaddr, flow.proto, flow.dport) : NULL;
	if (unlikely(!vip || (slb_proto_has(flow.proto, SLB_PROTO_TCP_FLAGS) &&
			      !slb_tcp_starts(p->tcp_flags)) ||
		     slb_vaddr_find(sn, &flow.src, family) ||
		     slb_forward_check(skb, &flow.src, family)))
		return NF_ACCEPT;
	s = slb_session_new(sn, links, in, vip, &flow, hash, &why);
	if (unlikely(!s))
		/* the ordinary path tells the client that no server is usable */
		return why == SLB_DROP_NO_SERVER ? NF_ACCEPT : slb_drop(sn->drops, skb, why);
	/* another CPU may have created the session first */
	if (unlikely(!(slb_proto_begun() >> slb_session_state(s) & 1)))
		return NF_ACCEPT;
	return family == NFPROTO_IPV4 ? slb_fast_through4(sn, skb, *p, in, s, SLB_REQUEST, true) :
					slb_fast_through6(sn, skb, *p, in, s, SLB_REQUEST, true);
}

static noinline unsigned int slb_fast_first4(struct slb_net *sn, struct sk_buff *skb,
					     const struct slb_fast_pkt p, u64 hash)
{
	return slb_fast_first(sn, skb, &p, hash, NFPROTO_IPV4);
}

static noinline unsigned int slb_fast_first6(struct slb_net *sn, struct sk_buff *skb,
					     const struct slb_fast_pkt p, u64 hash)
{
	return slb_fast_first(sn, skb, &p, hash, NFPROTO_IPV6);
}

static __always_inline unsigned int slb_fast_packet(struct slb_net *sn, struct sk_buff *skb,
						    u8 family)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	struct slb_link *in, *out;
	struct slb_session *s;
	struct slb_fast_pkt p = {};
	struct slb_side *side;
	enum slb_dir dir;
	u64 hash;

	if (unlikely(!slb_fast_parse(skb, family, &p)))
		return NF_ACCEPT;
	hash = slb_fast_hash(skb, &p, family);
	side = slb_fast_find(sn, skb, &p, hash, family);
	if (unlikely(!side))
		return family == NFPROTO_IPV4 ? slb_fast_first4(sn, skb, p, hash) :
						slb_fast_first6(sn, skb, p, hash);
	dir = side->tuple.tag;
	s = slb_side_session(side);
	in = slb_link_by_ifindex(links, skb->dev->ifindex);
	if (unlikely(!in || !slb_fast_calm(sn, s, dir, &p) || !slb_fast_summed(skb, &p, family)))
		return NF_ACCEPT;
	out = slb_fast_link(links, s, dir, family);
	if (unlikely(!out))
		return NF_ACCEPT;
	/*
	 * Pairs with slb_fast_mark(). Replies follow the latest request, even if that was dropped
	 * or handled by another CPU.
	 */
	if (unlikely(smp_load_acquire(&s->fast[dir]) != slb_fast_way(in, out) ||
		     (dir == SLB_REQUEST && READ_ONCE(s->ingress) != in->slot)))
		return family == NFPROTO_IPV4 ? slb_fast_through4(sn, skb, p, in, s, dir, false) :
						slb_fast_through6(sn, skb, p, in, s, dir, false);
	return slb_fast_xmit(sn, skb, &p, in, out, s, dir, family, false);
}

/* One copy for each family, with its own stack frame: other packets do not pay for it. */
static noinline unsigned int slb_fast_packet4(struct slb_net *sn, struct sk_buff *skb)
{
	return slb_fast_packet(sn, skb, NFPROTO_IPV4);
}

static noinline unsigned int slb_fast_packet6(struct slb_net *sn, struct sk_buff *skb)
{
	return slb_fast_packet(sn, skb, NFPROTO_IPV6);
}

/**
 * slb_fast_hook() - the ingress hook of a link's device
 * @priv: struct slb_port of the device
 * @skb: the packet
 * @state: unused
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN or a drop.
 */
unsigned int slb_fast_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct slb_net *sn = ((const struct slb_port *)priv)->owner;

	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *ip = (void *)skb->data;

		if (!slb_fast_pkt_has_addr(skb, NFPROTO_IPV4) ||
		    !test_bit(slb_prefilter_ipv4(ip->daddr), sn->prefilter))
			return NF_ACCEPT;
		return slb_fast_packet4(sn, skb);
	}
	if (skb->protocol == htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip = (void *)skb->data;

		if (!slb_fast_pkt_has_addr(skb, NFPROTO_IPV6) ||
		    !test_bit(slb_prefilter_ipv6(ip->daddr.s6_addr32), sn->prefilter))
			return NF_ACCEPT;
		return slb_fast_packet6(sn, skb);
	}
	return NF_ACCEPT;
}

/**
 * slb_fast_note() - note whether a packet of a session has passed every chain
 * @s: session
 * @dir: its direction
 * @in: link on which it came in
 * @out: link on which it went out
 * @passed: it has; false when it was dropped or queued
 *
 * Context: softirq, RCU.
 */
void slb_fast_note(struct slb_session *s, enum slb_dir dir, const struct slb_link *in,
		   const struct slb_link *out, bool passed)
{
	u16 fast = passed ? slb_fast_way(in, out) : 0;

	if (READ_ONCE(s->fast[dir]) == fast)
		return;
	slb_fast_learn(s);
	slb_fast_mark(s, dir, in, out, passed);
}
