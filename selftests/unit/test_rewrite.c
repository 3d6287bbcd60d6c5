// SPDX-License-Identifier: GPL-2.0-only
/* Rewriting: addresses, ports and checksums, of packets and of what ICMP errors quote. */
#include "../../slb/packet/ctx.h"
#include "../../slb/packet/nat.h"
#include "oracle.h"
#include "packet.h"

static enum slb_drop rewrite(const struct packet *k, const struct slb_tuple *to, u8 summed)
{
	unsigned int headlen = rnd_one_in(2) ? k->len : rnd_below(k->len + 1);
	struct naive_result r;

	naive_parse(k->bytes, k->len, k->l3, k->family, &r);
	if (r.why || r.kind != SLB_KIND_FLOW)
		return SLB_DROP_SHORT;
	return oracle_nat(k->bytes, &r, headlen, to, summed);
}

static void any_rewrites(enum packet_sum sum, u8 only, u8 summed, unsigned int n)
{
	struct slb_tuple to;
	struct packet k;

	while (n-- && !unit_failing()) {
		struct packet_want want = packet_any();

		if (only)
			want.proto = only;
		packet_build(&k, &want);
		packet_set_sum(&k, sum);
		packet_tuple(&to, want.family, want.proto);
		rewrite(&k, &to, summed);
	}
}

static void test_right(void)
{
	any_rewrites(PACKET_SUM_RIGHT, 0, CHECKSUM_NONE, unit_times(400000));
}

static void test_partial(void)
{
	any_rewrites(PACKET_SUM_PARTIAL, 0, CHECKSUM_PARTIAL, unit_times(150000));
}

static void test_damaged(void)
{
	any_rewrites(PACKET_SUM_DAMAGED, 0, CHECKSUM_NONE, unit_times(150000));
}

static void test_udp_none(void)
{
	any_rewrites(PACKET_SUM_NONE, IPPROTO_UDP, CHECKSUM_NONE, unit_times(50000));
}

/* What a device is to sum is a packet inside: a tunnel's own checksum is none or done. */
static void test_inside(void)
{
	const u8 inside = CHECKSUM_PARTIAL | ORACLE_INSIDE;

	any_rewrites(PACKET_SUM_RIGHT, 0, inside, unit_times(50000));
	any_rewrites(PACKET_SUM_NONE, IPPROTO_UDP, inside, unit_times(50000));
	any_rewrites(PACKET_SUM_PARTIAL, IPPROTO_UDP, inside | ORACLE_SEGMENTS, unit_times(50000));
}

/* A sum that comes to zero is sent as all ones, as zero means that there is none (RFC 768). */
static void test_udp_zero(void)
{
	struct packet_want want = { .proto = IPPROTO_UDP, .payload = 2 };
	unsigned int n, times = unit_times(4000);
	struct slb_tuple to;
	struct packet k;

	for (n = 0; n < times && !unit_failing(); n++) {
		want.family = n % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6;
		packet_build(&k, &want);
		packet_tuple(&to, want.family, want.proto);
		packet_aim_at_zero(&k, &to);
		rewrite(&k, &to, CHECKSUM_NONE);
	}
}

/* There and back again is the packet that it was. */
static void test_back(void)
{
	unsigned int n, times = unit_times(50000);
	struct slb_pkt p;

	for (n = 0; n < times && !unit_failing(); n++) {
		struct packet_want want = packet_any();
		struct slb_tuple to, from;
		struct sk_buff *skb;
		struct packet k;
		u8 after[PACKET_MAX];

		packet_build(&k, &want);
		packet_tuple(&to, want.family, want.proto);
		skb = skb_make(k.bytes, k.len, k.l3, rnd_below(k.len + 1));
		if (!slb_parse_addr(skb, k.family, &p) && !slb_parse_flow(skb, &p) &&
		    p.kind == SLB_KIND_FLOW) {
			from = p.t;
			EXPECT_EQ(slb_nat(skb, &p, &to), SLB_OK);
			EXPECT_EQ(slb_parse_addr(skb, k.family, &p), SLB_OK);
			EXPECT_EQ(slb_parse_flow(skb, &p), SLB_OK);
			EXPECT(slb_tuple_equal(&p.t, &to));
			EXPECT_EQ(slb_nat(skb, &p, &from), SLB_OK);
			skb_copy(skb, after);
			EXPECT(!memcmp(after, k.bytes, k.len));
		}
		skb_free(skb);
	}
}

static enum slb_drop rewrite_error(const struct packet *k, u8 proto)
{
	unsigned int headlen = rnd_one_in(2) ? k->len : rnd_below(k->len + 1);
	struct naive_result r;
	struct slb_tuple to;

	naive_parse(k->bytes, k->len, k->l3, k->family, &r);
	if (r.why || r.kind != SLB_KIND_ERROR)
		return SLB_DROP_ICMP_UNRELATED;
	packet_tuple(&to, k->family, proto);
	return oracle_nat_error(k->bytes, &r, headlen, &to, CHECKSUM_NONE);
}

static void test_error(void)
{
	unsigned int n, times = unit_times(200000);
	struct packet k;

	for (n = 0; n < times && !unit_failing(); n++) {
		struct packet_want want = packet_any();

		packet_build_error(&k, &want, rnd_one_in(4) ? 28 : rnd_below(160));
		if (rnd_one_in(8))	/* damage that the checksum shows */
			k.bytes[k.is.l4 + 4 + rnd_below(k.len - k.is.l4 - 4)] ^= 1 << rnd_below(8);
		rewrite_error(&k, want.proto);
	}
}

/* {ICMP error} x {quoted protocol} x {every length of the quoted packet}: all, or untouched. */
static void test_error_lengths(void)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
	unsigned int n, i, keep, first;
	struct packet k;

	for (n = 0; n < 2 * ARRAY_SIZE(protos); n++) {
		struct packet_want want = { .proto = protos[n / 2], .payload = 40 };

		want.family = n % 2 ? NFPROTO_IPV4 : NFPROTO_IPV6;
		first = n % 2 ? 20 : 40;
		for (keep = 0; keep <= 100; keep++) {
			for (i = 0; i < 20 && !unit_failing(); i++) {
				packet_build_error(&k, &want, keep);
				/* the outer packet's own options may be refused */
				if (k.is.l4 - k.is.l3 != first)
					continue;
				EXPECT_EQ(!rewrite_error(&k, want.proto), keep >= first + 8);
			}
		}
	}
}

static const struct unit_case cases[] = {
	{ "right checksums stay right, and nothing else changes", test_right },
	{ "checksums left to the device (CHECKSUM_PARTIAL)", test_partial },
	{ "damage stays damage", test_damaged },
	{ "UDP without a checksum", test_udp_none },
	{ "tunnels of packets whose checksum is left to the device", test_inside },
	{ "UDP whose checksum comes to zero", test_udp_zero },
	{ "there and back again", test_back },
	{ "ICMP errors", test_error },
	{ "ICMP errors that quote little", test_error_lengths },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
