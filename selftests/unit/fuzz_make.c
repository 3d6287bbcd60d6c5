// SPDX-License-Identifier: GPL-2.0-only
/* Random inputs of the fuzzers' targets: packets of every kind, sound or wrong in one place. */
#include "fuzz.h"

/**
 * fuzz_give() - write an input
 * @in: where to, room for FUZZ_MADE_MAX bytes
 * @how: its first bytes
 * @how_len: how much of them
 * @bytes: the packet
 * @len: its length
 *
 * Return: the input's length.
 */
unsigned int fuzz_give(u8 *in, const struct fuzz_how *how, unsigned int how_len, const u8 *bytes,
		       unsigned int len)
{
	memcpy(in, how, how_len);
	memcpy(in + how_len, bytes, len);
	return how_len + len;
}

/**
 * fuzz_any_how() - random first bytes
 * @k: packet that they go with
 *
 * Half of the packets are in one piece; others are split, mostly where the headers are.
 */
struct fuzz_how fuzz_any_how(const struct packet *k)
{
	unsigned int split = 0xffff;
	struct fuzz_how how;
	struct slb_tuple t;

	packet_tuple(&t, k->family, 0);
	memcpy(how.src, &t.src, sizeof(how.src));
	memcpy(how.dst, &t.dst, sizeof(how.dst));
	memcpy(how.sport, &t.sport, sizeof(how.sport));
	memcpy(how.dport, &t.dport, sizeof(how.dport));
	how.family = k->family == NFPROTO_IPV6;
	how.network = k->l3 / 4;
	how.summed = rnd_one_in(4) ? rnd() : rnd_below(4);
	memset(how.more, 0, sizeof(how.more));
	if (rnd_one_in(2))
		split = rnd_below(rnd_one_in(4) ? k->len + 1 : 100);
	naive_put16(how.split, split);
	return how;
}

/**
 * fuzz_any_packet() - any packet: flows, ICMP, errors, other protocols
 * @k: filled
 */
void fuzz_any_packet(struct packet *k)
{
	struct packet_want want = packet_any();

	if (rnd_one_in(64))
		want.payload = rnd_below(2000);
	if (rnd_one_in(3)) {
		packet_build_error(k, &want, rnd_below(rnd_one_in(4) ? 2000 : 120));
		return;
	}
	if (rnd_one_in(16))
		want.proto = packet_icmp(want.family);
	else if (rnd_one_in(32))
		want.proto = rnd();
	packet_build(k, &want);
}

/* A byte of a header, from 0 on, that somebody decides by, gets a value at which that changes. */
static void spoil_header(u8 *header, unsigned int len)
{
	static const u8 values[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 20, 40, 43, 44, 50, 51, 58, 59, 60, 64,
		0x1f, 0x20, 0x3f, 0x40, 0x44, 0x45, 0x46, 0x4f, 0x60, 0x7f, 0x80, 131, 132, 135,
		137, 0xf8, 0xfe, 0xff,
	};
	u8 *byte = header + rnd_below(len);

	switch (rnd_below(4)) {
	case 0:
		++*byte;
		break;
	case 1:
		--*byte;
		break;
	default:
		*byte = values[rnd_below(sizeof(values))];
	}
}

/* The fields that parsing looks at: of IP, of what follows it, of a quoted packet. */
static void spoil_field(struct packet *k)
{
	unsigned int fixed = k->family == NFPROTO_IPV4 ? 20 : 40, l3 = k->l3;

	if (k->quoted.l3 && rnd_one_in(2))
		l3 = k->quoted.l3;
	switch (rnd_below(3)) {
	case 0:
		spoil_header(k->bytes + l3, 10);
		break;
	case 1:
		spoil_header(k->bytes + l3 + fixed, 24);
		break;
	default:
		spoil_header(k->bytes + k->is.l4, 20);
	}
}

/* Fragments: with more to come, the last, and one at the end of what there can be. */
static void make_fragment(struct packet *k)
{
	static const unsigned int values[] = { 0x2000, 1, 0x2001, 0x1fff, 0x3fff, 0x8000, 0x6000 };
	u8 *ip = k->bytes + (k->quoted.l3 && rnd_one_in(2) ? k->quoted.l3 : k->l3);

	if (k->family == NFPROTO_IPV4)
		naive_put16(ip + 6, values[rnd_below(ARRAY_SIZE(values))]);
}

/**
 * fuzz_any_spoil() - mostly leave a packet as it is; else make something wrong about it
 * @k: a packet
 */
void fuzz_any_spoil(struct packet *k)
{
	unsigned int n;

	switch (rnd_below(8)) {
	case 0:
		packet_spoil(k);
		break;
	case 1:
	case 2:
		for (n = 1 + rnd_below(2); n; n--)
			spoil_field(k);
		break;
	case 3:
		make_fragment(k);
		break;
	default:
		break;
	}
}
