// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's target: what the fast path reads, held against what IP and the parser make of it. */
#include <slb/fast_parse.h>

#include "fuzz_plain.h"

/**
 * fuzz_plain_skb() - the packet that an input is, as a device gives it
 * @k: the input
 * @bytes: room for FUZZ_PLAIN_MAX bytes of it
 *
 * It is padded, and sound where the input asks for that.
 */
struct sk_buff *fuzz_plain_skb(const struct fuzz_packet *k, u8 *bytes)
{
	unsigned int fixed = k->family == NFPROTO_IPV4 ? 20 : 40, bits = k->how.more[MORE_BITS];
	unsigned int padding = k->how.more[MORE_PADDING] % 64, len = k->len + padding;
	struct sk_buff *skb;

	memcpy(bytes, k->bytes, k->len);
	memset(bytes + k->len, 0x33, padding);
	if (bits & BITS_SOUND && k->len >= fixed) {
		naive_put16(bytes + (fixed == 20 ? 2 : 4), k->len - (fixed == 20 ? 0 : 40));
		if (fixed == 20) {
			naive_put16(bytes + 10, 0);
			naive_put16(bytes + 10, 0xffff - naive_sum(bytes, 20, 0));
		}
	}
	skb = skb_make(bytes, len, 0, fuzz_headlen(&k->how, len));
	skb->protocol = htons(k->family == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
	skb->pkt_type = bits & BITS_OTHERHOST ? PACKET_OTHERHOST : PACKET_HOST;
	skb->vlan = bits & BITS_VLAN;
	skb->gso = bits & BITS_GSO;
	skb->shared = bits & BITS_SHARED;
	oracle_set_summed(skb, k->how.summed, fixed);
	return skb;
}

/**
 * fuzz_naive_plain() - would the fast path read this packet?
 * @bytes: the packet
 * @len: its length; it has an IP header, if any
 * @k: what else is to be known of it
 * @headlen: bytes in the first of its two pieces
 *
 * That is: would IP take it, is it TCP or UDP without anything unusual, and may it be cut to the
 * length that it tells?
 *
 * Return: that length, or 0.
 */
unsigned int fuzz_naive_plain(const u8 *bytes, unsigned int len, const struct fuzz_packet *k,
			      unsigned int headlen)
{
	unsigned int fixed = k->family == NFPROTO_IPV4 ? 20 : 40, bits = k->how.more[MORE_BITS];
	unsigned int end, hops, proto;

	if (headlen < fixed)
		return 0;
	if (k->family == NFPROTO_IPV4) {
		end = naive_get16(bytes + 2);
		hops = bytes[8];
		proto = bytes[9];
		if (bytes[0] != 0x45 || naive_get16(bytes + 6) & 0x3fff ||
		    naive_sum(bytes, 20, 0) != 0xffff)
			return 0;
	} else {
		end = 40 + naive_get16(bytes + 4);
		hops = bytes[7];
		proto = bytes[6];
		if (bytes[0] >> 4 != 6)
			return 0;
	}
	if (end > len || (end < len && bits & (BITS_GSO | BITS_SHARED)))
		return 0;
	if (hops < 2 || bits & (BITS_OTHERHOST | BITS_VLAN))
		return 0;
	if (proto == 6)
		return min(end, headlen) < fixed + 20 ? 0 : end;
	return proto != 17 || min(end, headlen) < fixed + 8 ? 0 : end;
}

/* The parser must say the same of it. */
static void same_as_parsed(const struct sk_buff *skb, const struct slb_fast_pkt *p,
			   const struct fuzz_packet *k)
{
	unsigned int bit = k->how.more[MORE_OWN] % (8 * offsetof(struct slb_tuple, tag));
	const struct slb_fast_pkt_key key = {
		.addrs = p->addrs, .rest = p->rest, .addrs6 = slb_fast_pkt_addrs6(skb->data),
	};
	struct slb_pkt pkt;

	EXPECT_EQ(slb_parse_addr(skb, k->family, &pkt), SLB_OK);
	EXPECT_EQ(slb_parse_flow(skb, &pkt), SLB_OK);
	EXPECT_EQ(pkt.kind, SLB_KIND_FLOW);
	EXPECT(!pkt.h.options && !pkt.h.frag);
	EXPECT_EQ(pkt.h.l4, skb->transport_header);
	EXPECT_EQ(pkt.t.proto, slb_fast_pkt_proto(p));
	EXPECT_EQ(p->tcp_flags, pkt.t.proto == IPPROTO_TCP ? pkt.tcp_flags : 0);
	EXPECT_EQ(p->rest, slb_tuple_rest(&pkt.t));
	if (k->family == NFPROTO_IPV4)
		EXPECT(p->addrs == slb_tuple_addrs4(&pkt.t));
	EXPECT(slb_fast_pkt_is(&key, &pkt.t, k->family));
	/* of a key of IPv4 the unused words are zero, and not looked at */
	if (k->family == NFPROTO_IPV4 && bit < 8 * offsetof(struct slb_tuple, sport))
		bit = bit % 32 + bit / 128 * 128;
	((u8 *)&pkt.t)[bit / 8] ^= 1 << bit % 8;
	EXPECT_F(!slb_fast_pkt_is(&key, &pkt.t, k->family),
		 "bit %u does not count", bit);
}

/* What is no skb yet, in one piece, is read alike. */
static void same_as_read(const u8 *bytes, unsigned int len, const struct fuzz_packet *k)
{
	struct fuzz_packet whole = *k;
	struct slb_fast_pkt p;
	unsigned int want;

	whole.how.more[MORE_BITS] = 0;
	want = fuzz_naive_plain(bytes, len, &whole, len);
	EXPECT_EQ(len < slb_fast_pkt_l3_len(k->family) ? 0 :
		  slb_fast_read(bytes, len, k->family, &p), want);
}

static unsigned int run_plain(const u8 *in, unsigned int len)
{
	static u8 bytes[FUZZ_PLAIN_MAX], after[FUZZ_PLAIN_MAX];
	struct fuzz_packet k;
	struct slb_fast_pkt p;
	struct sk_buff *skb;
	unsigned int want;
	bool plain;

	if (!fuzz_take(&k, in, len, FUZZ_HOW_PARSE))
		return FUZZ_NOTHING;
	skb = fuzz_plain_skb(&k, bytes);
	want = fuzz_naive_plain(bytes, skb->len, &k, skb->headlen);
	same_as_read(bytes, skb->len, &k);
	plain = slb_fast_pkt_has_addr(skb, k.family) && slb_fast_parse(skb, k.family, &p);
	EXPECT_EQ(plain, want != 0);
	if (plain && want) {
		EXPECT_EQ(skb->len, want);
		same_as_parsed(skb, &p, &k);
		skb_copy(skb, after);
		EXPECT(!memcmp(bytes, after, want));
	}
	skb_free(skb);
	return FUZZ_KIND + (plain ? SLB_KIND_FLOW : SLB_KIND_OTHER);
}

/**
 * fuzz_any_plain() - any packet, mostly one for the fast path
 * @k: filled
 *
 * Return: how it comes, likewise.
 */
struct fuzz_how fuzz_any_plain(struct packet *k)
{
	struct packet_want want = packet_any();
	struct fuzz_how how;

	want.options = rnd_one_in(16);
	if (rnd_one_in(4))
		fuzz_any_packet(k);
	else
		packet_build(k, &want);
	packet_set_sum(k, rnd_one_in(2) ? rnd_below(PACKET_SUMS) : PACKET_SUM_RIGHT);
	if (rnd_one_in(2))
		fuzz_any_spoil(k);
	how = fuzz_any_how(k);
	how.network = 0;
	if (rnd_one_in(2))
		naive_put16(how.split, k->len);
	how.more[MORE_BITS] = rnd() & rnd() & rnd() & 0xf;
	if (!rnd_one_in(4))
		how.more[MORE_BITS] |= BITS_SOUND;
	how.more[MORE_PADDING] = rnd_one_in(4) ? rnd_below(64) : 0;
	how.more[MORE_OWN] = rnd();
	return how;
}

static unsigned int make_plain(u8 *in)
{
	struct packet k;
	struct fuzz_how how = fuzz_any_plain(&k);

	return fuzz_give(in, &how, FUZZ_HOW_PARSE, k.bytes + k.l3, k.len - k.l3);
}

const struct fuzz_target fuzz_plain = { "plain", run_plain, make_plain };
