// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's targets that parse: any packet; and any IPv4 options and IPv6 extension headers. */
#include "fuzz.h"

static unsigned int run_parse(const u8 *in, unsigned int len)
{
	struct naive_result r;
	struct fuzz_packet k;

	if (!fuzz_take(&k, in, len, FUZZ_HOW_PARSE))
		return FUZZ_NOTHING;
	oracle_parse(k.bytes, k.len, k.l3, fuzz_headlen(&k.how, k.len), k.family, &r);
	return fuzz_outcome(&r);
}

static unsigned int make_parse(u8 *in)
{
	struct packet k;
	struct fuzz_how how;

	fuzz_any_packet(&k);
	fuzz_any_spoil(&k);
	how = fuzz_any_how(&k);
	return fuzz_give(in, &how, FUZZ_HOW_PARSE, k.bytes, k.len);
}

const struct fuzz_target fuzz_parse = { "parse", run_parse, make_parse };

/* Of struct fuzz_how.more: what an input of this target says of the header before the bytes. */
enum {
	MORE_PROTO,	/* protocol or next header */
	MORE_WORDS,	/* words of IPv4 options */
	MORE_BITS,	/* fragment, and whether a transport header follows the bytes */
};

#define BITS_FRAGMENT 3
#define BITS_TRANSPORT 4

static const unsigned int fragments[] = { 0, 0x2000, 1, 0xffff };

static unsigned int put_ip(u8 *ip, const struct fuzz_packet *k)
{
	unsigned int n = k->family == NFPROTO_IPV4 ? 20 : 40;

	memset(ip, 0x11, n);
	if (k->family == NFPROTO_IPV4) {
		ip[0] = 0x40 | (5 + k->how.more[MORE_WORDS] % 11);
		ip[9] = k->how.more[MORE_PROTO];
		naive_put16(ip + 6, fragments[k->how.more[MORE_BITS] & BITS_FRAGMENT]);
	} else {
		ip[0] = 0x60;
		ip[6] = k->how.more[MORE_PROTO];
	}
	return n;
}

static unsigned int run_options(const u8 *in, unsigned int len)
{
	static const u8 transport[20] = { 0x30, 0x39, 0, 80, [12] = 0x50, 0x10 };
	static u8 bytes[FUZZ_INPUT_MAX + 128];
	struct naive_result r;
	struct fuzz_packet k;
	unsigned int at;

	if (!fuzz_take(&k, in, len, FUZZ_HOW_PARSE))
		return FUZZ_NOTHING;
	at = put_ip(bytes, &k);
	memcpy(bytes + at, k.bytes, k.len);
	at += k.len;
	if (k.how.more[MORE_BITS] & BITS_TRANSPORT) {
		memcpy(bytes + at, transport, sizeof(transport));
		at += sizeof(transport);
	}
	oracle_parse(bytes, at, 0, fuzz_headlen(&k.how, at), k.family, &r);
	return fuzz_outcome(&r);
}

static unsigned int make_options(u8 *in)
{
	struct packet_want want = packet_any();
	unsigned int fixed = want.family == NFPROTO_IPV4 ? 20 : 40;
	struct packet k;
	struct fuzz_how how;
	const u8 *ip;

	want.options = true;
	packet_build(&k, &want);
	fuzz_any_spoil(&k);
	k.len = max(k.len, k.l3 + fixed);
	how = fuzz_any_how(&k);
	how.network = 0;
	ip = k.bytes + k.l3;
	how.more[MORE_PROTO] = ip[want.family == NFPROTO_IPV4 ? 9 : 6];
	how.more[MORE_WORDS] = (ip[0] % 16 + 6) % 11;	/* 5 less */
	how.more[MORE_BITS] = rnd_below(8) & (rnd_one_in(4) ? 7 : BITS_TRANSPORT);
	return fuzz_give(in, &how, FUZZ_HOW_PARSE, ip + fixed, k.len - k.l3 - fixed);
}

const struct fuzz_target fuzz_options = { "options", run_options, make_options };
