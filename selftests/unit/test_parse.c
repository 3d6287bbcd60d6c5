// SPDX-License-Identifier: GPL-2.0-only
/* Parsing: every kind of packet, sound, spoiled and cut short, against a naive parser. */
#include <slb/crc32c_shift.h>

#include "oracle.h"
#include "packet.h"

static void vector_siphash(void)
{
	/* the vectors of the paper's authors: key 00..0f, input 00, 00 01, ... */
	static const u64 want[] = {
		0x726fdb47dd0e0e31ull, 0x74f839c593dc67fdull, 0x0d6c8009d9a94f5aull,
	};
	const siphash_key_t key = { { 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull } };
	u8 in[16], numbers[24] = { [16] = 7 };
	unsigned int i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = i;
	for (i = 0; i < ARRAY_SIZE(want); i++)
		EXPECT(siphash(in, i, &key) == want[i]);
	/* the first vector of SipHash-1-3: no bytes at all */
	EXPECT(siphash13(in, 0, &key) == 0xabac0158050fc4dcull);
	EXPECT(siphash(in, 15, &key) == 0xa129ca6149be45e5ull);
	memcpy(numbers, in, sizeof(in));
	EXPECT(siphash_2u64(key.key[0], key.key[1], &key) == siphash(in, 16, &key));
	EXPECT(siphash_3u64(key.key[0], key.key[1], 7, &key) == siphash(numbers, 24, &key));
}

/* What the modules use on kernels that cannot do it, against the shim, which takes zero by zero. */
static void crc32c_shift(void)
{
	static const u32 crcs[] = { 1, 0x80000000, 0xe3069283, U32_MAX };
	static const size_t lens[] = { 255, 256, 1452, 65531 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(crcs); i++) {
		for (j = 0; j < 70; j++)
			EXPECT_EQ(slb_crc32c_shift(crcs[i], j), __crc32c_le_shift(crcs[i], j));
		for (j = 0; j < ARRAY_SIZE(lens); j++)
			EXPECT_EQ(slb_crc32c_shift(crcs[i], lens[j]),
				  __crc32c_le_shift(crcs[i], lens[j]));
	}
}

/* The tests' own tools, against known answers. */
static void test_shim(void)
{
	static const u8 digits[] = "123456789";
	static const u8 header[] = { 0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0xb8, 0x61,
				     192, 168, 0, 1, 192, 168, 0, 199 };
	struct sk_buff *skb = skb_make(header, sizeof(header), 0, 7);

	vector_siphash();
	crc32c_shift();
	EXPECT_EQ(naive_crc32c(digits, 9), 0xe3069283);
	EXPECT_EQ((u32)~__crc32c_le(U32_MAX, digits, 9), 0xe3069283);
	EXPECT_EQ(naive_sum(header, sizeof(header), 0), 0xffff);
	EXPECT_EQ(csum_fold(skb_checksum(skb, 0, sizeof(header), 0)), 0);
	skb_free(skb);
}

struct example {
	const char *name;
	u8 family;
	u8 bytes[96];
	unsigned int len;
	enum slb_drop why;
	enum slb_kind kind;
	u16 sport;
	u16 dport;
};

#define IP4(len, frag, proto) 0x45, 0, 0, len, 0, 1, (frag) >> 8, (frag) & 0xff, 64, proto, 0, 0, \
	192, 0, 2, 1, 198, 51, 100, 1
#define ADDR6(n) 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n
#define IP6(len, next) 0x60, 0, 0, 0, 0, len, next, 64, ADDR6(1), ADDR6(2)
#define TCP(flags) 0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0
#define UDP(len) 0x30, 0x39, 0, 53, 0, len, 0, 0
#define EXT(next) next, 0, 1, 4, 0, 0, 0, 0

/* Written by hand, so that the two parsers cannot agree on something wrong. */
static const struct example examples[] = {
	{ "TCP", NFPROTO_IPV4, { IP4(40, 0x4000, 6), TCP(2) }, 40,
	  SLB_OK, SLB_KIND_FLOW, 12345, 80 },
	{ "TCP cut short", NFPROTO_IPV4, { IP4(40, 0x4000, 6), TCP(2) }, 39,
	  SLB_DROP_SHORT },
	{ "UDP", NFPROTO_IPV4, { IP4(28, 0, 17), UDP(8) }, 28,
	  SLB_OK, SLB_KIND_FLOW, 12345, 53 },
	{ "first fragment", NFPROTO_IPV4, { IP4(28, 0x2000, 17), UDP(8) }, 28,
	  SLB_OK, SLB_KIND_OTHER },
	{ "later fragment", NFPROTO_IPV4, { IP4(28, 1, 17), UDP(8) }, 28,
	  SLB_OK, SLB_KIND_OTHER },
	{ "echo request", NFPROTO_IPV4, { IP4(28, 0, 1), 8, 0, 0, 0, 0x12, 0x34, 0, 1 }, 28,
	  SLB_OK, SLB_KIND_ECHO, 0x1234, 0 },
	{ "echo reply", NFPROTO_IPV4, { IP4(28, 0, 1), 0, 0, 0, 0, 0x12, 0x34, 0, 1 }, 28,
	  SLB_OK, SLB_KIND_OTHER },
	{ "error that quotes UDP", NFPROTO_IPV4,
	  { IP4(56, 0, 1), 3, 4, 0, 0, 0, 0, 0, 0, IP4(28, 0, 17), UDP(8) }, 56,
	  SLB_OK, SLB_KIND_ERROR },
	{ "error that quotes too little", NFPROTO_IPV4,
	  { IP4(55, 0, 1), 3, 4, 0, 0, 0, 0, 0, 0, IP4(28, 0, 17), UDP(8) }, 55,
	  SLB_DROP_SHORT },
	{ "error that quotes an echo", NFPROTO_IPV4,
	  { IP4(56, 0, 1), 11, 0, 0, 0, 0, 0, 0, 0, IP4(28, 0, 1), 8, 0, 0, 0, 0, 0, 0, 0 }, 56,
	  SLB_DROP_ICMP_UNRELATED },
	{ "error that quotes a later fragment", NFPROTO_IPV4,
	  { IP4(56, 0, 1), 11, 0, 0, 0, 0, 0, 0, 0, IP4(28, 7, 17), UDP(8) }, 56,
	  SLB_DROP_ICMP_UNRELATED },
	{ "a version that is none", NFPROTO_IPV4, { 0x55, [19] = 0 }, 20, SLB_DROP_SHORT },
	{ "other protocol", NFPROTO_IPV4, { IP4(20, 0, 47) }, 20, SLB_OK, SLB_KIND_OTHER },
	{ "TCP", NFPROTO_IPV6, { IP6(20, 6), TCP(2) }, 60, SLB_OK, SLB_KIND_FLOW, 12345, 80 },
	{ "destination options", NFPROTO_IPV6, { IP6(16, 60), EXT(17), UDP(8) }, 56,
	  SLB_OK, SLB_KIND_FLOW, 12345, 53 },
	{ "routing header with a segment left", NFPROTO_IPV6, { IP6(16, 43), EXT(17), UDP(8) }, 56,
	  SLB_DROP_SOURCE_ROUTE },
	{ "authentication header", NFPROTO_IPV6, { IP6(16, 51), EXT(17), UDP(8) }, 56,
	  SLB_DROP_EXT_HEADER },
	{ "fragment", NFPROTO_IPV6, { IP6(16, 44), 17, 0, 0, 1, 0, 0, 0, 0, UDP(8) }, 56,
	  SLB_OK, SLB_KIND_OTHER },
	{ "echo request", NFPROTO_IPV6, { IP6(8, 58), 128, 0, 0, 0, 0x12, 0x34, 0, 1 }, 48,
	  SLB_OK, SLB_KIND_ECHO, 0x1234, 0 },
	{ "neighbour solicitation", NFPROTO_IPV6, { IP6(8, 58), 135, 0, 0, 0, 0, 0, 0, 0 }, 48,
	  SLB_OK, SLB_KIND_OTHER },
};

static void test_examples(void)
{
	struct naive_result r;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct example *e = &examples[i];
		enum slb_drop why = oracle_parse(e->bytes, e->len, 0, e->len, e->family, &r);

		EXPECT_F(why == e->why, "%s: %d, not %d", e->name, why, e->why);
		if (why)
			continue;
		EXPECT_F(r.kind == e->kind, "%s: kind %d, not %d", e->name, r.kind, e->kind);
		EXPECT_F(r.p.sport == e->sport && r.p.dport == e->dport, "%s: ports %u %u", e->name,
			 r.p.sport, r.p.dport);
	}
}

static enum slb_drop parse_packet(const struct packet *k, struct naive_result *r)
{
	unsigned int headlen = rnd_one_in(2) ? k->len : rnd_below(k->len + 1);

	return oracle_parse(k->bytes, k->len, k->l3, headlen, k->family, r);
}

static void test_sound(void)
{
	unsigned int n, times = unit_times(200000);
	struct naive_result r;
	struct packet k;

	for (n = 0; n < times && !unit_failing(); n++) {
		struct packet_want want = packet_any();

		packet_build(&k, &want);
		if (parse_packet(&k, &r) || r.p.frag)
			continue;	/* options that are refused */
		EXPECT_EQ(r.kind, SLB_KIND_FLOW);
		EXPECT_EQ(r.p.l4, k.is.l4);
		EXPECT_EQ(r.p.proto, want.proto);
	}
}

static void test_errors(void)
{
	unsigned int n, times = unit_times(200000);
	struct naive_result r;
	struct packet k;

	for (n = 0; n < times && !unit_failing(); n++) {
		struct packet_want want = packet_any();

		packet_build_error(&k, &want, rnd_below(120));
		if (parse_packet(&k, &r) || r.kind != SLB_KIND_ERROR)
			continue;
		EXPECT_EQ(r.q.l4, k.quoted.l4);
		EXPECT_EQ(r.q.proto, want.proto);
	}
}

static void test_spoiled(void)
{
	unsigned int n, times = unit_times(400000);
	struct naive_result r;
	struct packet k;

	for (n = 0; n < times && !unit_failing(); n++) {
		struct packet_want want = packet_any();

		if (rnd_one_in(2))
			packet_build_error(&k, &want, rnd_below(120));
		else
			packet_build(&k, &want);
		packet_spoil(&k);
		parse_packet(&k, &r);
	}
}

static void test_noise(void)
{
	unsigned int n, times = unit_times(200000);
	struct naive_result r;
	struct packet k;

	for (n = 0; n < times && !unit_failing(); n++) {
		k.family = rnd_one_in(2) ? NFPROTO_IPV4 : NFPROTO_IPV6;
		k.l3 = 0;
		k.len = rnd_below(120);
		rnd_bytes(k.bytes, k.len);
		k.bytes[0] = k.family == NFPROTO_IPV4 ? 0x40 | (5 + rnd_below(11)) : 0x60;
		if (rnd_one_in(2))
			k.bytes[6] = rnd_below(64);
		parse_packet(&k, &r);
	}
}

/* Every length from nothing to all, with the two pieces joined at every byte. */
static void cut(const struct packet *k)
{
	unsigned int len, headlen;
	struct naive_result r;

	for (len = k->l3; len <= k->len; len++)
		for (headlen = 0; headlen <= len; headlen++)
			oracle_parse(k->bytes, len, k->l3, headlen, k->family, &r);
}

static void test_cut(void)
{
	unsigned int n, times = unit_times(60);
	struct packet k;

	for (n = 0; n < times && !unit_failing(); n++) {
		struct packet_want want = packet_any();

		want.payload = rnd_below(8);
		want.options = rnd_one_in(2);
		if (n % 2)
			packet_build_error(&k, &want, 80);
		else
			packet_build(&k, &want);
		cut(&k);
	}
}

/* How many extension headers are followed, and no more. */
static void test_ext_limit(void)
{
	u8 bytes[40 + 8 * 12 + 20] = { IP6(0, 60) };
	struct naive_result r;
	unsigned int n, i;

	for (n = 1; n <= 12; n++) {
		unsigned int len = 40 + 8 * n + 20;

		for (i = 0; i < n; i++) {
			u8 *ext = bytes + 40 + 8 * i;

			memset(ext, 0, 8);
			ext[0] = i + 1 < n ? 60 : 6;
		}
		EXPECT_EQ(oracle_parse(bytes, len, 0, len, NFPROTO_IPV6, &r),
			  n <= SLB_IPV6_HEADERS_MAX ? SLB_OK : SLB_DROP_EXT_HEADER);
	}
}

/* {every ICMP type} x {quoted protocol} x {every length of the quoted packet}. */
static void icmp_lengths(u8 family, u8 type, u8 proto)
{
	struct packet_want want = { .family = family, .proto = proto, .payload = 40 };
	struct naive_result r;
	struct packet k;
	unsigned int len;

	packet_build_error(&k, &want, 128);
	k.bytes[k.is.l4] = type;
	for (len = k.is.l4; len <= k.len; len++)
		oracle_parse(k.bytes, len, k.l3, rnd_below(len + 1), family, &r);
}

static void test_icmp_matrix(void)
{
	static const u8 protos[] = { 6, 17, 132, 1, 58, 47 };
	unsigned int type, i;

	for (type = 0; type < 256; type++) {
		for (i = 0; i < sizeof(protos); i++) {
			icmp_lengths(NFPROTO_IPV4, type, protos[i]);
			icmp_lengths(NFPROTO_IPV6, type, protos[i]);
		}
	}
}

/* A tuple's reverse, and equality by every bit. */
static void test_tuple(void)
{
	struct slb_tuple a, b, c;
	unsigned int bit;

	packet_tuple(&a, NFPROTO_IPV6, IPPROTO_TCP);
	b = a;
	EXPECT(slb_tuple_equal(&a, &b));
	for (bit = 0; bit < 8 * sizeof(a); bit++) {
		u8 *byte = (u8 *)&b + bit / 8;

		*byte ^= 1 << bit % 8;
		EXPECT_F(slb_tuple_equal(&a, &b) == (bit / 8 >= offsetof(struct slb_tuple, tag)),
			 "bit %u", bit);
		*byte ^= 1 << bit % 8;
	}
	slb_tuple_reverse(&b, &a);
	EXPECT(slb_addr_equal(&b.src, &a.dst) && slb_addr_equal(&b.dst, &a.src));
	EXPECT(b.sport == a.dport && b.dport == a.sport && b.proto == a.proto);
	slb_tuple_reverse(&c, &b);
	EXPECT(slb_tuple_equal(&a, &c));
}

static const struct unit_case cases[] = {
	{ "sums and hashes of the test's own are the known ones", test_shim },
	{ "packets written by hand", test_examples },
	{ "sound packets with and without options", test_sound },
	{ "ICMP errors that quote any packet", test_errors },
	{ "spoiled packets", test_spoiled },
	{ "noise", test_noise },
	{ "cut and split at every byte", test_cut },
	{ "number of extension headers", test_ext_limit },
	{ "ICMP type, quoted protocol and length", test_icmp_matrix },
	{ "tuples", test_tuple },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
