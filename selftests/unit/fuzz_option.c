// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer's target: packets of clients that get the option of toa or a PROXY header, and SYNs that
 * lose their data, held against packets put together from pieces and summed again.
 */
#include <slb/forward.h>
#include <slb/rewrite.h>

#include "../../slb/packet/client_address.h"
#include "../../slb/packet/proxy_header.h"
#include "../../slb/state/client_address.h"

#include "fuzz.h"

/* Of struct fuzz_how.more. */
enum {
	MORE_BITS,
	MORE_HEADROOM,	/* words before the packet */
	MORE_MTU,	/* by how much the MTU is larger than the packet, times 2 */
};

#define BITS_TOA 0x01
#define BITS_TELLING 0x02
#define BITS_CLONED 0x04
#define BITS_MAC 0x08
#define BITS_GSO 0x10
#define BITS_SUM 0x20
#define BITS_FIRST 0x40	/* the server has not accepted a connection */

/* Longest result. */
#define RESULT_MAX (65535 + SLB_PROXY_LEN_MAX)
#define MAC_LEN 14

static struct slb_addresses counts;
static struct slb_net sn = { .addresses = &counts };
static u8 want[RESULT_MAX + 64], after[RESULT_MAX + 64];

/**
 * struct result - what the packet should become
 * @why: why it is dropped
 * @is: what is known of it
 * @grown: it is longer than before
 * @n: how much is counted
 */
struct result {
	enum slb_drop why;
	struct naive_packet is;
	bool grown;
	struct slb_addresses n;
};

static u8 mode(const struct fuzz_packet *k)
{
	return k->how.more[MORE_BITS] & BITS_TOA ? SLB_CLIENT_ADDRESS_TOA :
						   SLB_CLIENT_ADDRESS_PROXY_V2;
}

static void set_session(struct slb_session_shifted *shifted, const struct fuzz_packet *k,
			const struct naive_packet *p)
{
	unsigned int bits = k->how.more[MORE_BITS];
	struct slb_session *s = &shifted->s;

	memset(shifted, 0, sizeof(*shifted));
	memset(&counts, 0, sizeof(counts));
	sn.settings.proxy_checksum = bits & BITS_SUM;
	s->side[SLB_REQUEST].tuple = oracle_tuple(p);
	s->flags = slb_client_address_flags(&sn, mode(k), &s->side[SLB_REQUEST].tuple);
	s->progress = SLB_SESSION_STATE_TCP_ESTABLISHED;
	shifted->known = !(bits & BITS_FIRST);
	if (!(bits & BITS_TELLING))
		clear_bit(SLB_SESSION_TELLING, &s->flags);
}

static struct sk_buff *make_skb(const struct fuzz_packet *k, const u8 *bytes,
				const struct naive_packet *p)
{
	struct sk_buff *skb = skb_make(bytes, p->end, 0, fuzz_headlen(&k->how, p->end));
	unsigned int bits = k->how.more[MORE_BITS], room = k->how.more[MORE_HEADROOM] % 32 * 4;

	if (bits & BITS_MAC)
		room = max(room, ALIGN(MAC_LEN, 4u));
	skb_cow_head(skb, room);
	if (bits & BITS_MAC) {
		skb->mac_header = skb_headroom(skb) - MAC_LEN;
		memset(skb_mac_header(skb), 0x77, MAC_LEN);
	}
	skb_set_transport_header(skb, p->l4);
	skb->gso = bits & BITS_GSO;
	skb->segment = p->l4 + 60;
	skb->cloned = bits & BITS_CLONED;
	oracle_set_summed(skb, k->how.summed, p->l4);
	return skb;
}

/* The length of an IP packet, where it is written. */
static void put_ip_len(u8 *bytes, const struct naive_packet *p)
{
	naive_put16(bytes + (p->family == 4 ? 2 : 4), p->family == 4 ? p->end : p->end - 40);
}

/* @len bytes at @at, and what was there after them. */
static void insert(struct result *r, unsigned int at, const u8 *bytes, unsigned int len)
{
	memmove(want + at + len, want + at, r->is.end - at);
	memcpy(want + at, bytes, len);
	r->is.end += len;
	r->grown = true;
	r->n.n[SLB_ADDRESS_SENT]++;
	put_ip_len(want, &r->is);
}

/* Overwrite the options of a kind; returns how many there were. */
static unsigned int blank(u8 *th, u8 kind)
{
	unsigned int at = 20, len = th[12] / 16 * 4, n = 0, i, size;

	for (; at < len && th[at]; at += size) {
		size = 1;
		if (th[at] == 1)
			continue;
		if (at + 1 >= len || th[at + 1] < 2 || at + th[at + 1] > len)
			break;
		size = th[at + 1];
		if (th[at] != kind)
			continue;
		n++;
		for (i = 0; i < size; i++)
			th[at + i] = 1;
	}
	return n;
}

static void naive_toa(struct result *r, const struct fuzz_packet *k)
{
	unsigned int addr = r->is.family == 4 ? 4 : 16, by = addr + 4;
	u8 *th = want + r->is.l4, option[20] = { 254, by };
	bool gso = k->how.more[MORE_BITS] & BITS_GSO && r->is.l4 + 60 + by <= sim_mtu;

	if (th[12] / 16 * 4 + by > 60 || r->is.end + by > 65535 ||
	    (r->is.end + by > sim_mtu && !gso)) {
		r->n.n[SLB_ADDRESS_NO_ROOM]++;
		return;
	}
	naive_put16(option + 2, r->is.sport);
	memcpy(option + 4, r->is.src, addr);
	insert(r, r->is.l4 + 20, option, by);
	th[12] += by * 4;
}

static void naive_tcp(struct result *r, const struct fuzz_packet *k)
{
	u8 *th = want + r->is.l4, flags = th[13];
	unsigned int bits = k->how.more[MORE_BITS], len = th[12] / 16 * 4;

	if (len < 20 || len > r->is.end - r->is.l4) {
		r->why = SLB_DROP_SHORT;
		return;
	}
	if (flags & 2) {
		blank(th, 34);
		r->n.n[SLB_ADDRESS_FORGED] = blank(th, 254) && bits & BITS_TOA;
		if (!(bits & BITS_TOA))
			blank(th, 30);
		r->is.end = r->is.l4 + len;
		put_ip_len(want, &r->is);
	} else if (bits & BITS_TOA) {
		r->n.n[SLB_ADDRESS_FORGED] = !!blank(th, 254);
		if (bits & BITS_TELLING && flags & 16)
			naive_toa(r, k);
	} else if (!(bits & BITS_FIRST)) {
		u32 shift = (r->is.family == 4 ? 28 : 52) + (bits & BITS_SUM ? 7 : 0);

		put_unaligned_be32(get_unaligned_be32(th + 4) + shift, th + 4);
	}
}

static void naive_udp(struct result *r, const struct fuzz_packet *k)
{
	bool sum = k->how.more[MORE_BITS] & BITS_SUM;
	unsigned int len = (r->is.family == 4 ? 28 : 52) + (sum ? 7 : 0);
	struct slb_tuple flow = oracle_tuple(&r->is);
	u8 header[SLB_PROXY_LEN_MAX], *uh = want + r->is.l4;

	if (r->is.end + len > 65535) {
		r->n.n[SLB_ADDRESS_NO_ROOM]++;
		r->why = SLB_DROP_TOO_BIG;
		return;
	}
	slb_proxy_header(header, &flow, len);
	insert(r, r->is.l4 + 8, header, len);
	naive_put16(uh + 4, naive_get16(uh + 4) + len);
}

/* By how much a checksum is wrong. */
static unsigned int wrong(const u8 *bytes, const struct naive_packet *p, bool left)
{
	unsigned int len = p->end - p->l4, pseudo = naive_pseudo(bytes, p, len);

	if (left)
		return (naive_get16(bytes + p->l4 + naive_check_at(p->proto)) + 0xffff - pseudo) %
		       0xffff;
	return naive_sum(bytes + p->l4, len, pseudo) % 0xffff;
}

/* All bytes but checksums are as wanted, and checksums are as wrong as they were. */
static void compare(const u8 *before, const struct naive_packet *was, const struct result *r,
		    bool left)
{
	const struct naive_packet *is = &r->is;
	unsigned int check = is->l4 + naive_check_at(is->proto), i;

	for (i = 0; i < is->end; i++)
		EXPECT_F(want[i] == after[i] || i - check < 2 || (is->family == 4 && i / 2 == 5),
			 "byte %u (transport header at %u) is %02x, not %02x", i, is->l4, after[i],
			 want[i]);
	if (is->family == 4)
		EXPECT_EQ(naive_sum(before, was->l4, 0) % 0xffff,
			  naive_sum(after, is->l4, 0) % 0xffff);
	if (is->proto == IPPROTO_UDP) {
		EXPECT_EQ(!naive_get16(after + check), !naive_get16(before + check));
		if (!naive_get16(before + check))
			return;
	}
	EXPECT_EQ(wrong(before, was, left), wrong(after, is, left));
}

/* What else belongs to a packet has moved with it. */
static void check_skb(const struct sk_buff *skb, const struct fuzz_packet *k,
		      const struct naive_packet *was, const struct result *r)
{
	unsigned int i, start = was->l4, at = was->l4 + (was->proto == IPPROTO_UDP ? 8 : 20);
	u8 summed = k->how.summed;

	EXPECT_EQ(skb->len, r->is.end);
	EXPECT_EQ(skb_network_offset(skb), 0);
	EXPECT_EQ(skb->transport_header - skb_headroom(skb), was->l4);
	if (summed & ORACLE_INSIDE)
		start += 8 + summed / 16;
	if (r->grown && start >= at)
		start += r->is.end - was->end;
	if (skb->ip_summed == CHECKSUM_PARTIAL && r->is.end >= was->end)
		EXPECT_EQ(skb_checksum_start_offset(skb), start);
	if (r->is.end != was->end && summed % 4 == CHECKSUM_COMPLETE)
		EXPECT_EQ(skb->ip_summed, CHECKSUM_NONE);
	else
		EXPECT_EQ(skb->ip_summed, summed % 4);
	if (!(k->how.more[MORE_BITS] & BITS_MAC))
		return;
	EXPECT_EQ(skb_headroom(skb) - skb->mac_header, MAC_LEN);
	for (i = 0; i < MAC_LEN; i++)
		EXPECT_EQ(skb_mac_header(skb)[i], 0x77);
}

/* Nobody who reads a clone sees a change. */
static void check_clone(const struct sk_buff *skb, const struct fuzz_packet *k, const u8 *before,
			unsigned int room, unsigned int headlen)
{
	if (k->how.more[MORE_BITS] & BITS_CLONED)
		EXPECT(!memcmp((skb->held ? skb->held : skb->head) + room, before, headlen));
}

/* Tell the server, both ways. */
static enum slb_drop tell(const u8 *bytes, const struct fuzz_packet *k,
			  const struct naive_packet *was)
{
	struct sk_buff *skb = make_skb(k, bytes, was);
	unsigned int room = skb_headroom(skb), headlen = skb_headlen(skb);
	bool left = slb_sum_left(skb, was->l4);
	struct result r = { .is = *was };
	struct slb_session_shifted session;
	struct slb_ctx ctx = { .sn = &sn };
	struct slb_way way = { 0 };
	enum slb_drop why;

	set_session(&session, k, was);
	memcpy(want, bytes, was->end);
	sim_mtu = was->end + k->how.more[MORE_MTU] / 2;
	if (was->proto == IPPROTO_UDP)
		naive_udp(&r, k);
	else
		naive_tcp(&r, k);
	EXPECT_EQ(slb_parse_addr(skb, k->family, &ctx.p), SLB_OK);
	EXPECT_EQ(slb_parse_flow(skb, &ctx.p), SLB_OK);
	why = slb_address_tell(&ctx, &skb, &session.s, SLB_REQUEST, &way);
	EXPECT_EQ(why, r.why);
	EXPECT(!memcmp(&counts, &r.n, sizeof(counts)));
	check_clone(skb, k, bytes, room, headlen);
	if (!why && !r.why) {
		check_skb(skb, k, was, &r);
		skb_copy(skb, after);
		if (!unit_failing())
			compare(bytes, was, &r, left);
	}
	skb_free(skb);
	return why;
}

/* Does the target know what becomes of the packet? Of one with a header of its own it does not. */
static bool wanted(const struct fuzz_packet *k, const struct naive_result *r)
{
	unsigned int bits = k->how.more[MORE_BITS];

	if (r->why || r->kind != SLB_KIND_FLOW || r->p.frag)
		return false;
	/* IP has looked at that */
	memcpy(want, k->bytes, r->p.l4);
	put_ip_len(want, &r->p);
	if (memcmp(want, k->bytes, r->p.l4))
		return false;
	if (r->p.proto == IPPROTO_UDP)
		return !(bits & BITS_TOA) && bits & BITS_TELLING;
	return r->p.proto == IPPROTO_TCP &&
	       (bits & BITS_TOA || !(bits & BITS_TELLING) || r->flags & SLB_TCP_SYN);
}

static unsigned int run_option(const u8 *in, unsigned int len)
{
	struct naive_result r;
	struct fuzz_packet k;
	enum slb_drop why;

	if (!fuzz_take(&k, in, len, FUZZ_HOW_PARSE))
		return FUZZ_NOTHING;
	naive_parse(k.bytes, k.len, 0, k.family, &r);
	if (!wanted(&k, &r))
		return r.why ? r.why : FUZZ_NOTHING;
	why = tell(k.bytes, &k, &r.p);
	return why ? why : fuzz_outcome(&r);
}

/* A TCP header with options; what follows is data. */
static void make_header(struct packet *k)
{
	static const u8 kinds[] = { 1, 1, 2, 8, 30, 34, 254, 254, 0 };
	unsigned int room = (k->is.end - k->is.l4 - 20) / 4, words = rnd_below(11), at;
	u8 *th = k->bytes + k->is.l4;

	words = min(words, room);
	th[12] = (5 + words) << 4;
	th[13] &= rnd_one_in(4) ? 0xff : 0xf8;
	if (rnd_one_in(4))
		th[13] = 2;
	for (at = 20; at + 2 < 20 + 4 * words && !rnd_one_in(8);
	     at += th[at] == 1 ? 1 : th[at + 1]) {
		th[at] = kinds[rnd_below(sizeof(kinds))];
		if (th[at] != 1)
			th[at + 1] = 2 + rnd_below(9);
	}
	naive_fill_sums(k->bytes, &k->is);
}

static unsigned int make_option(u8 *in)
{
	struct packet_want want = packet_any();
	enum packet_sum sum = rnd_below(PACKET_SUMS);
	struct fuzz_how how;
	struct packet k;

	if (want.proto == IPPROTO_SCTP)
		want.proto = IPPROTO_TCP;
	if (rnd_one_in(2))
		want.payload = rnd_below(200);
	packet_build(&k, &want);
	if (want.proto == IPPROTO_TCP)
		make_header(&k);
	packet_set_sum(&k, sum);
	if (rnd_one_in(16))
		fuzz_any_spoil(&k);
	how = fuzz_any_how(&k);
	how.network = 0;
	if (sum == PACKET_SUM_PARTIAL)
		how.summed = CHECKSUM_PARTIAL;
	rnd_bytes(how.more, sizeof(how.more));
	if (want.proto == IPPROTO_UDP)
		how.more[MORE_BITS] = (how.more[MORE_BITS] & ~BITS_TOA) | BITS_TELLING;
	if (rnd_one_in(4))
		how.more[MORE_MTU] = 255;
	return fuzz_give(in, &how, FUZZ_HOW_PARSE, k.bytes + k.l3, k.len - k.l3);
}

const struct fuzz_target fuzz_option = { "option", run_option, make_option };
