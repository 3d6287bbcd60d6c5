// SPDX-License-Identifier: GPL-2.0-only
/* The comparisons: see oracle.h. */
#include "../../slb/packet/ctx.h"
#include "../../slb/packet/nat.h"
#include "oracle.h"

/* What parsing leaves alone must be seen to be left alone. */
#define UNTOUCHED 0xa5

static void same_tuple(const struct slb_tuple *t, const struct naive_packet *want)
{
	unsigned int len = want->family == 4 ? 4 : 16, i;
	const u8 *src = (const u8 *)&t->src, *dst = (const u8 *)&t->dst;

	EXPECT(!memcmp(src, want->src, len));
	EXPECT(!memcmp(dst, want->dst, len));
	for (i = len; i < 16; i++)
		EXPECT(!src[i] && !dst[i]);
	EXPECT_EQ(t->family, want->family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
	EXPECT_EQ(t->tag, 0);
}

static void same_headers(const struct slb_hdr *h, const struct naive_packet *want)
{
	EXPECT_EQ(h->l3, want->l3);
	EXPECT_EQ(h->l4, want->l4);
	EXPECT_EQ(h->options, want->options);
	EXPECT_EQ(h->frag, want->frag);
	EXPECT_EQ(h->later, want->later);
}

static void same_tcp(const struct slb_pkt *p, const struct naive_result *r)
{
	EXPECT_EQ(p->tcp_flags, r->flags);
	EXPECT_EQ(p->tcp_seq, r->seq);
	EXPECT_EQ(p->tcp_ack, r->ack);
	EXPECT_EQ(p->tcp_data, r->data);
}

static void same_sctp(const struct slb_pkt *p, const struct naive_result *r)
{
	unsigned int type;

	EXPECT_EQ(p->sctp_chunk, r->chunk);
	for (type = 0; type < 32; type++)
		EXPECT_EQ(p->sctp_chunks >> type & 1, r->has_chunk[type]);
}

static void same_result(const struct slb_pkt *p, const struct naive_result *r)
{
	same_headers(&p->h, &r->p);
	EXPECT_EQ(p->kind, r->kind);
	EXPECT_EQ(p->t.proto, r->p.proto);
	EXPECT_EQ(ntohs(p->t.sport), r->p.sport);
	EXPECT_EQ(ntohs(p->t.dport), r->p.dport);
	if (r->kind == SLB_KIND_FLOW && r->p.proto == IPPROTO_TCP)
		same_tcp(p, r);
	if (r->kind == SLB_KIND_FLOW && r->p.proto == IPPROTO_SCTP)
		same_sctp(p, r);
	if (r->kind == SLB_KIND_ECHO || r->kind == SLB_KIND_ERROR) {
		EXPECT_EQ(p->icmp_type, r->type);
		EXPECT_EQ(p->icmp_code, r->code);
	}
	if (r->kind != SLB_KIND_ERROR)
		return;
	same_tuple(&p->quoted, &r->q);
	same_headers(&p->qh, &r->q);
	EXPECT_EQ(p->quoted.proto, r->q.proto);
	EXPECT_EQ(ntohs(p->quoted.sport), r->q.sport);
	EXPECT_EQ(ntohs(p->quoted.dport), r->q.dport);
	EXPECT_EQ(p->qh.l4_len, r->q.end - r->q.l4);
}

static enum slb_drop parse(const struct sk_buff *skb, u8 family, struct slb_pkt *p)
{
	enum slb_drop why = slb_parse_addr(skb, family, p);

	return why ? why : slb_parse_flow(skb, p);
}

/**
 * oracle_parse() - parse a packet both ways and compare
 * @bytes: the packet
 * @len: its length
 * @l3: where its IP header begins
 * @headlen: bytes in the first of its two pieces
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @r: filled by the naive parser
 *
 * Return: what slb_parse_flow() says, or slb_parse_addr() before it.
 */
enum slb_drop oracle_parse(const u8 *bytes, unsigned int len, unsigned int l3,
			   unsigned int headlen, u8 family, struct naive_result *r)
{
	struct sk_buff *skb = skb_make(bytes, len, l3, headlen);
	struct slb_pkt p;
	enum slb_drop why;

	skb_watch(skb);
	memset(&p, UNTOUCHED, sizeof(p));
	naive_parse(bytes, len, l3, family, r);
	why = slb_parse_addr(skb, family, &p);
	EXPECT_EQ(why, r->why_addr);
	if (!why) {
		same_tuple(&p.t, &r->p);
		why = slb_parse_flow(skb, &p);
	}
	EXPECT_EQ(why, r->why);
	if (!why && !r->why)
		same_result(&p, r);
	EXPECT_F(!skb->twice, "a byte was read twice");
	skb_free(skb);
	return why;
}

/* Zero has two forms. */
static bool same_mod_ffff(unsigned int a, unsigned int b)
{
	return a % 0xffff == b % 0xffff;
}

/* What must not change: by how much the checksum is wrong. */
static unsigned int l4_wrong(const u8 *bytes, const struct naive_packet *p, bool partial)
{
	unsigned int len = p->end - p->l4, pseudo = naive_pseudo(bytes, p, len);

	if (partial)	/* the field is to be the sum of the pseudo header, and nothing else */
		return (naive_get16(bytes + p->l4 + naive_check_at(p->proto)) + 0xffff - pseudo);
	return naive_sum(bytes + p->l4, len, pseudo);
}

static u32 crc_wrong(const u8 *bytes, const struct naive_packet *p)
{
	unsigned int len = p->end - p->l4;
	u8 copy[65536];
	u32 got;

	memcpy(copy, bytes + p->l4, len);
	got = copy[8] | copy[9] << 8 | copy[10] << 16 | (u32)copy[11] << 24;
	memset(copy + 8, 0, 4);
	return got ^ naive_crc32c(copy, len);
}

static void same_wrongness(const u8 *before, const struct naive_packet *was, const u8 *after,
			   const struct naive_packet *is, bool partial)
{
	unsigned int check = is->l4 + naive_check_at(is->proto);

	if (is->family == 4)
		EXPECT(same_mod_ffff(naive_sum(before + was->l3, was->l4 - was->l3, 0),
				     naive_sum(after + is->l3, is->l4 - is->l3, 0)));
	if (is->proto == IPPROTO_SCTP) {
		if (partial)
			EXPECT(!memcmp(before + check, after + check, 4));
		else
			EXPECT_EQ(crc_wrong(after, is), crc_wrong(before, was));
		return;
	}
	if (is->proto == IPPROTO_UDP) {
		EXPECT_EQ(!naive_get16(after + check), !naive_get16(before + check));
		if (!naive_get16(before + check))
			return;
	}
	EXPECT(same_mod_ffff(l4_wrong(before, was, partial), l4_wrong(after, is, partial)));
}

/* @after is @before with the tuple changed, and no byte else but checksums. */
static void only_tuple_changed(const u8 *want, const u8 *after, const struct naive_packet *p,
			       unsigned int from, unsigned int to)
{
	unsigned int ip_check = p->family == 4 ? p->l3 + 10 : to;
	unsigned int check = p->l4 + naive_check_at(p->proto), i;
	unsigned int check_len = p->proto == IPPROTO_SCTP ? 4 : 2;

	for (i = from; i < to; i++) {
		if (i - ip_check < 2 || i - check < check_len)
			continue;
		EXPECT_F(want[i] == after[i], "byte %u (transport header at %u) is %02x, not %02x",
			 i, p->l4, after[i], want[i]);
	}
}

/**
 * oracle_tuple() - the flow key of a packet, as the naive parser has it
 * @p: the packet
 */
struct slb_tuple oracle_tuple(const struct naive_packet *p)
{
	unsigned int len = p->family == 4 ? 4 : 16;
	struct slb_tuple t = {
		.family = p->family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6,
		.proto = p->proto, .sport = htons(p->sport), .dport = htons(p->dport),
	};

	memcpy(&t.src, p->src, len);
	memcpy(&t.dst, p->dst, len);
	return t;
}

/**
 * oracle_nat_result() - look at a packet that was rewritten
 * @before: what it was
 * @was: what the naive parser says of that: of SLB_KIND_FLOW
 * @after: what it is
 * @to: the tuple that it was to get
 * @partial: its checksum is left to the device (CHECKSUM_PARTIAL)
 */
void oracle_nat_result(const u8 *before, const struct naive_packet *was, const u8 *after,
		       const struct slb_tuple *to, bool partial)
{
	u8 *want = malloc(was->end);
	struct naive_packet is = *was;

	assert(want);
	memcpy(want, before, was->end);
	naive_set_tuple(want, &is, to);
	only_tuple_changed(want, after, &is, 0, is.end);
	same_wrongness(before, was, after, &is, partial);
	/* where all was right, the result is just what a sender would have made of it */
	if (!partial && naive_sums_right(before, was) &&
	    !(is.proto == IPPROTO_UDP && !naive_get16(before + is.l4 + 6))) {
		naive_fill_sums(want, &is);
		EXPECT(!memcmp(want, after, is.end));
	}
	free(want);
}

/**
 * oracle_set_summed() - put a packet in a checksum state
 * @skb: the packet
 * @summed: CHECKSUM_*, perhaps with ORACLE_*
 * @l4: where its transport header begins
 *
 * Return: its checksum is left to a device.
 */
bool oracle_set_summed(struct sk_buff *skb, u8 summed, unsigned int l4)
{
	bool inside = summed & ORACLE_INSIDE, segments = inside && summed & ORACLE_SEGMENTS;

	skb->ip_summed = summed % 4;
	skb->csum_start = skb_headroom(skb) + (inside ? l4 + 8 + summed / 16 : l4);
	skb->shinfo.gso_type = segments ? SKB_GSO_UDP_TUNNEL_CSUM : 0;
	return skb->ip_summed == CHECKSUM_PARTIAL && (!inside || segments);
}

/**
 * oracle_nat() - have slb_nat() rewrite a packet and look at the result
 * @bytes: the packet
 * @r: what the naive parser says of it: of SLB_KIND_FLOW
 * @headlen: bytes in the first of its two pieces
 * @to: the tuple that it gets
 * @summed: state of its checksum, as for oracle_set_summed()
 *
 * Return: what slb_nat() says.
 */
enum slb_drop oracle_nat(const u8 *bytes, const struct naive_result *r, unsigned int headlen,
			 const struct slb_tuple *to, u8 summed)
{
	const struct naive_packet *was = &r->p;
	struct sk_buff *skb = skb_make(bytes, was->end, was->l3, headlen);
	bool partial = oracle_set_summed(skb, summed, was->l4);
	u8 *after = malloc(was->end);
	enum slb_drop why;
	struct slb_pkt p;

	assert(after);
	EXPECT_EQ(parse(skb, to->family, &p), SLB_OK);
	why = slb_nat(skb, &p, to);
	EXPECT_EQ(skb->ip_summed, summed % 4);
	skb_copy(skb, after);
	EXPECT_EQ(why, SLB_OK);
	oracle_nat_result(bytes, was, after, to, partial);
	free(after);
	skb_free(skb);
	return why;
}

/* The quoted packet: its checksum changes only where it is whole; it covers more than there is. */
static void quoted_result(const u8 *before, const u8 *want, const u8 *after,
			  const struct naive_packet *was, const struct naive_packet *is)
{
	unsigned int check = is->l4 + naive_check_at(is->proto);
	unsigned int needed = is->proto == IPPROTO_TCP ? check + 2 : is->l4 + 8;

	only_tuple_changed(want, after, is, is->l3, is->end);
	if (is->proto != IPPROTO_SCTP && is->end >= needed)
		same_wrongness(before, was, after, is, false);
	else
		EXPECT(is->end <= check || !memcmp(before + check, after + check, is->end - check));
}

static void error_result(const u8 *before, const struct naive_result *r, const u8 *after,
			 const struct slb_tuple *to)
{
	struct naive_packet outer = r->p, quoted = r->q;
	struct slb_tuple back = *to;
	u8 *want = malloc(outer.end);

	assert(want);
	memcpy(want, before, outer.end);
	naive_set_tuple(want, &quoted, to);
	quoted_result(before, want, after, &r->q, &quoted);
	/* the rest can only be right as a whole */
	memcpy(want + quoted.l3, after + quoted.l3, quoted.end - quoted.l3);
	back.src = to->dst;
	back.dst = to->src;
	memcpy(&back.sport, want + outer.l4, 2);
	memcpy(&back.dport, want + outer.l4 + 2, 2);
	naive_set_tuple(want, &outer, &back);
	only_tuple_changed(want, after, &outer, 0, quoted.l3);
	if (outer.family == 4)
		EXPECT(same_mod_ffff(naive_sum(before + outer.l3, outer.l4 - outer.l3, 0),
				     naive_sum(after + outer.l3, outer.l4 - outer.l3, 0)));
	EXPECT_EQ(naive_sum(after + outer.l4, outer.end - outer.l4,
			    naive_pseudo(after, &outer, outer.end - outer.l4)), 0xffff);
	free(want);
}

/**
 * oracle_nat_error() - have slb_nat_error() rewrite an ICMP error and look at the result
 * @bytes: the ICMP error
 * @r: what the naive parser says of it: of SLB_KIND_ERROR
 * @headlen: bytes in the first of its two pieces
 * @to: the tuple that the quoted packet gets
 * @ip_summed: state of its checksum, CHECKSUM_*
 *
 * Return: what slb_nat_error() says.
 */
enum slb_drop oracle_nat_error(const u8 *bytes, const struct naive_result *r,
			       unsigned int headlen, const struct slb_tuple *to, u8 ip_summed)
{
	unsigned int len = r->p.end - r->p.l4;
	bool right = naive_sum(bytes + r->p.l4, len, naive_pseudo(bytes, &r->p, len)) == 0xffff;
	/* in the other states somebody has looked at it, or a device is to make it */
	bool sound = right || ip_summed == CHECKSUM_UNNECESSARY || ip_summed == CHECKSUM_PARTIAL;
	struct sk_buff *skb = skb_make(bytes, r->p.end, r->p.l3, headlen);
	u8 *after = malloc(r->p.end);
	enum slb_drop why;
	struct slb_pkt p;

	assert(after);
	skb->ip_summed = ip_summed;
	EXPECT_EQ(parse(skb, to->family, &p), SLB_OK);
	why = slb_nat_error(skb, &p, to, NULL);
	skb_copy(skb, after);
	EXPECT_EQ(why, sound ? SLB_OK : SLB_DROP_ICMP_CSUM);
	EXPECT_EQ(skb->ip_summed, why ? ip_summed : CHECKSUM_NONE);
	if (!why)
		error_result(bytes, r, after, to);
	else
		EXPECT(!memcmp(bytes, after, r->p.end));
	free(after);
	skb_free(skb);
	return why;
}
