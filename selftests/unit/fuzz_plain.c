// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's target: what the fast path reads, held against what IP and the parser make of it. */
#include <slb/plain.h>

#include "fuzz.h"

/* Of struct fuzz_how.more: what an input of this target says of the packet. */
enum {
	MORE_BITS,	/* see below */
	MORE_PADDING,	/* bytes behind its end */
	MORE_FLIP,	/* bit of the flow key that is changed */
};

#define BITS_OTHERHOST 0x01
#define BITS_VLAN 0x02
#define BITS_GSO 0x04
#define BITS_SHARED 0x08
#define BITS_SOUND 0x10	/* put in what the length and an IPv4 header's checksum should be */

/*
 * Would IP take it, is it TCP or UDP without anything unusual, and may it be cut to its length?
 * Returns that length, or 0.
 */
static unsigned int naive_plain(const u8 *bytes, unsigned int len, const struct fuzz_packet *k,
				unsigned int headlen)
{
	unsigned int fixed = k->family == NFPROTO_IPV4 ? 20 : 40, bits = k->how.more[MORE_BITS];
	unsigned int end, hops, proto;

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
static void same_as_parsed(const struct sk_buff *skb, const struct slb_plain *p,
			   const struct fuzz_packet *k)
{
	unsigned int bit = k->how.more[MORE_FLIP] % (8 * offsetof(struct slb_tuple, tag));
	struct slb_pkt pkt;

	EXPECT_EQ(slb_parse_addr(skb, k->family, &pkt), SLB_OK);
	EXPECT_EQ(slb_parse_flow(skb, &pkt), SLB_OK);
	EXPECT_EQ(pkt.kind, SLB_KIND_FLOW);
	EXPECT(!pkt.h.options && !pkt.h.frag);
	EXPECT_EQ(pkt.h.l4, skb->transport);
	EXPECT_EQ(pkt.t.proto, slb_plain_proto(p));
	EXPECT_EQ(p->tcp_flags, pkt.t.proto == IPPROTO_TCP ? pkt.tcp_flags : 0);
	EXPECT_EQ(p->rest, slb_tuple_rest(&pkt.t));
	if (k->family == NFPROTO_IPV4)
		EXPECT(p->addrs == slb_tuple_addrs4(&pkt.t));
	EXPECT(slb_plain_is(p, slb_plain_addrs6(skb), &pkt.t, k->family));
	/* of a key of IPv4 the unused words are zero, and not looked at */
	if (k->family == NFPROTO_IPV4 && bit < 8 * offsetof(struct slb_tuple, sport))
		bit = bit % 32 + bit / 128 * 128;
	((u8 *)&pkt.t)[bit / 8] ^= 1 << bit % 8;
	EXPECT_F(!slb_plain_is(p, slb_plain_addrs6(skb), &pkt.t, k->family),
		 "bit %u does not count", bit);
}

/* The packet that an input is: padded, and sound where it asks for that. */
static unsigned int put_packet(u8 *bytes, const struct fuzz_packet *k)
{
	unsigned int fixed = k->family == NFPROTO_IPV4 ? 20 : 40;

	memcpy(bytes, k->bytes, k->len);
	if (k->how.more[MORE_BITS] & BITS_SOUND && k->len >= fixed) {
		naive_put16(bytes + (fixed == 20 ? 2 : 4), k->len - (fixed == 20 ? 0 : 40));
		if (fixed == 20) {
			naive_put16(bytes + 10, 0);
			naive_put16(bytes + 10, 0xffff - naive_sum(bytes, 20, 0));
		}
	}
	memset(bytes + k->len, 0x33, k->how.more[MORE_PADDING] % 64);
	return k->len + k->how.more[MORE_PADDING] % 64;
}

static unsigned int run_plain(const u8 *in, unsigned int len)
{
	static u8 bytes[FUZZ_INPUT_MAX + 64], after[FUZZ_INPUT_MAX + 64];
	unsigned int headlen, bits, want = 0;
	struct fuzz_packet k;
	struct slb_plain p;
	struct sk_buff *skb;
	bool plain;

	if (!fuzz_take(&k, in, len, FUZZ_HOW_PARSE))
		return FUZZ_NOTHING;
	bits = k.how.more[MORE_BITS];
	len = put_packet(bytes, &k);
	headlen = fuzz_headlen(&k.how, len);
	skb = skb_make(bytes, len, 0, headlen);
	skb->pkt_type = bits & BITS_OTHERHOST ? PACKET_OTHERHOST : PACKET_HOST;
	skb->vlan = bits & BITS_VLAN;
	skb->gso = bits & BITS_GSO;
	skb->shared = bits & BITS_SHARED;
	plain = slb_plain_has_addr(skb, k.family);
	EXPECT_EQ(plain, headlen >= (k.family == NFPROTO_IPV4 ? 20 : 40));
	if (plain) {
		want = naive_plain(bytes, len, &k, headlen);
		plain = slb_plain_parse(skb, k.family, &p);
		EXPECT_EQ(plain, want != 0);
	}
	if (plain && want) {
		EXPECT_EQ(skb->len, want);
		same_as_parsed(skb, &p, &k);
		skb_copy(skb, after);
		EXPECT(!memcmp(bytes, after, want));
	}
	skb_free(skb);
	return FUZZ_KIND + (plain ? SLB_KIND_FLOW : SLB_KIND_OTHER);
}

static unsigned int make_plain(u8 *in)
{
	struct fuzz_how how;
	struct packet k;

	if (rnd_one_in(4)) {
		fuzz_any_packet(&k);
	} else {
		struct packet_want want = packet_any();

		want.options = rnd_one_in(16);
		packet_build(&k, &want);
	}
	if (rnd_one_in(2))
		fuzz_any_spoil(&k);
	how = fuzz_any_how(&k);
	how.network = 0;
	if (rnd_one_in(2))
		naive_put16(how.split, k.len);
	how.more[MORE_BITS] = rnd() & rnd() & rnd() & 0xf;
	if (!rnd_one_in(4))
		how.more[MORE_BITS] |= BITS_SOUND;
	how.more[MORE_PADDING] = rnd_one_in(4) ? rnd_below(64) : 0;
	how.more[MORE_FLIP] = rnd();
	return fuzz_give(in, &how, FUZZ_HOW_PARSE, k.bytes + k.l3, k.len - k.l3);
}

const struct fuzz_target fuzz_plain = { "plain", run_plain, make_plain };
