// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer (libFuzzer) of parsing and rewriting: any bytes, held against the naive implementation. */
#include <stdarg.h>

#include "oracle.h"

/**
 * struct input - how the first bytes of an input are taken; a packet follows
 * @family: odd: IPv6
 * @network: offset of the IP header, in words
 * @partial: odd: CHECKSUM_PARTIAL
 * @fill: odd: put a right checksum into an ICMP error, which cannot be found by trying
 * @headlen: bytes in the first piece
 * @src: new source address
 * @dst: new destination address
 * @sport: new source port
 * @dport: new destination port
 */
struct input {
	u8 family;
	u8 network;
	u8 partial;
	u8 fill;
	u8 headlen[2];
	u8 src[16];
	u8 dst[16];
	u8 sport[2];
	u8 dport[2];
};

#define LEN_MAX 60000

/**
 * unit_fail() - end the program, so that the fuzzer keeps the input
 * @file: where
 * @line: where
 * @format: why, as for printf()
 */
void unit_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

static struct slb_tuple tuple(const struct input *in, u8 family, u8 proto)
{
	unsigned int len = family == NFPROTO_IPV4 ? 4 : 16;
	struct slb_tuple t = { .family = family, .proto = proto };

	memcpy(&t.src, in->src, len);
	memcpy(&t.dst, in->dst, len);
	memcpy(&t.sport, in->sport, 2);
	memcpy(&t.dport, in->dport, 2);
	return t;
}

static void one(const struct input *in, u8 *bytes, unsigned int len)
{
	unsigned int headlen = naive_get16(in->headlen) % (len + 1), l3 = in->network % 8 * 4;
	u8 family = in->family % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	struct naive_result r;
	struct slb_tuple to;

	if (l3 > len || oracle_parse(bytes, len, l3, headlen, family, &r))
		return;
	if (r.kind == SLB_KIND_FLOW) {
		to = tuple(in, family, r.p.proto);
		oracle_nat(bytes, &r, headlen, &to, in->partial % 2);
	} else if (r.kind == SLB_KIND_ERROR) {
		if (in->fill % 2)
			naive_fill_sums(bytes, &r.p);
		to = tuple(in, family, r.q.proto);
		oracle_nat_error(bytes, &r, headlen, &to);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/**
 * LLVMFuzzerTestOneInput() - what libFuzzer calls
 * @data: input
 * @size: its length
 */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in;
	u8 *bytes;

	if (size < sizeof(in) || size > LEN_MAX)
		return 0;
	memcpy(&in, data, sizeof(in));
	size -= sizeof(in);
	bytes = malloc(size ? size : 1);
	memcpy(bytes, data + sizeof(in), size);
	one(&in, bytes, size);
	free(bytes);
	return 0;
}
