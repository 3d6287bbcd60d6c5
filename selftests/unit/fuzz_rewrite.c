// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's targets that rewrite: packets in any checksum state; ICMP errors that quote anything. */
#include "fuzz.h"

static unsigned int run_rewrite(const u8 *in, unsigned int len)
{
	unsigned int headlen;
	struct naive_result r;
	struct fuzz_packet k;
	struct slb_tuple to;
	enum slb_drop why;

	if (!fuzz_take(&k, in, len, sizeof(k.how)))
		return FUZZ_NOTHING;
	headlen = fuzz_headlen(&k.how, k.len);
	why = oracle_parse(k.bytes, k.len, k.l3, headlen, k.family, &r);
	if (why || r.kind != SLB_KIND_FLOW || unit_failing())
		return fuzz_outcome(&r);
	to = fuzz_tuple(&k, r.p.proto);
	why = oracle_nat(k.bytes, &r, headlen, &to, k.how.summed);
	return why ? why : fuzz_outcome(&r);
}

static unsigned int make_rewrite(u8 *in)
{
	struct packet_want want = packet_any();
	enum packet_sum sum = rnd_below(PACKET_SUMS);
	struct slb_tuple to;
	struct packet k;
	struct fuzz_how how;

	if (rnd_one_in(64))
		want.payload = rnd_below(2000);
	if (want.proto == IPPROTO_UDP)
		want.payload = max(want.payload, 2u);
	packet_build(&k, &want);
	packet_tuple(&to, want.family, want.proto);
	if (want.proto == IPPROTO_UDP && rnd_one_in(4))
		packet_aim_at_zero(&k, &to);
	packet_set_sum(&k, sum);
	if (rnd_one_in(8))
		fuzz_any_spoil(&k);
	how = fuzz_any_how(&k);
	if (sum == PACKET_SUM_PARTIAL)
		how.summed = CHECKSUM_PARTIAL;
	if (sum == PACKET_SUM_PARTIAL && rnd_one_in(4))
		how.summed |= ORACLE_INSIDE | ORACLE_SEGMENTS;
	memcpy(how.src, &to.src, sizeof(how.src));
	memcpy(how.dst, &to.dst, sizeof(how.dst));
	memcpy(how.sport, &to.sport, sizeof(how.sport));
	memcpy(how.dport, &to.dport, sizeof(how.dport));
	return fuzz_give(in, &how, sizeof(how), k.bytes, k.len);
}

const struct fuzz_target fuzz_rewrite = { "rewrite", run_rewrite, make_rewrite };

/* Of struct fuzz_how.more: what an input of this target says of what is before the quoted bytes. */
enum {
	MORE_TYPE,	/* ICMP type */
	MORE_HEADERS,	/* words of IPv4 options, or IPv6 extension headers; code */
	MORE_DAMAGE,	/* what is wrong about the checksum */
};

/* The error before what it quotes: an IP header and that of ICMP; returns their length. */
static unsigned int put_error(u8 *ip, const struct fuzz_packet *k, struct naive_packet *is)
{
	bool v4 = k->family == NFPROTO_IPV4;
	unsigned int n = k->how.more[MORE_HEADERS] % 16, fixed = v4 ? 20 : 40, i;
	unsigned int more = v4 ? n % 11 * 4 : n % 4 * 8;

	memset(ip, 0x22, fixed);
	memset(ip + fixed, v4 ? 1 : 0, more);	/* no operation; padding */
	is->proto = v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	if (v4) {
		ip[0] = 0x40 | (fixed + more) / 4;
		ip[6] = 0;
		ip[7] = 0;
		ip[9] = is->proto;
	} else {
		ip[0] = 0x60;
		ip[6] = more ? 60 : is->proto;
		for (i = 0; i < more; i += 8)
			ip[fixed + i] = i + 8 < more ? 60 : is->proto;
	}
	is->family = v4 ? 4 : 6;
	is->l4 = is->l3 + fixed + more;
	memset(ip + fixed + more, 0, 8);
	ip[fixed + more] = k->how.more[MORE_TYPE];
	ip[fixed + more + 1] = k->how.more[MORE_HEADERS] / 16;
	return fixed + more + 8;
}

static unsigned int run_icmp(const u8 *in, unsigned int len)
{
	static u8 bytes[FUZZ_INPUT_MAX + 256];
	struct naive_packet is = { 0 };
	struct naive_result r;
	struct fuzz_packet k;
	struct slb_tuple to;
	enum slb_drop why;

	if (!fuzz_take(&k, in, len, sizeof(k.how)))
		return FUZZ_NOTHING;
	is.l3 = k.how.network % 8 * 4;
	is.end = is.l3 + put_error(bytes + is.l3, &k, &is);
	memcpy(bytes + is.end, k.bytes, k.len);
	is.end += k.len;
	naive_fill_sums(bytes, &is);
	naive_put16(bytes + is.l4 + 2,
		    naive_get16(bytes + is.l4 + 2) ^ k.how.more[MORE_DAMAGE]);
	len = fuzz_headlen(&k.how, is.end);
	why = oracle_parse(bytes, is.end, is.l3, len, k.family, &r);
	if (why || r.kind != SLB_KIND_ERROR || unit_failing())
		return fuzz_outcome(&r);
	to = fuzz_tuple(&k, r.q.proto);
	why = oracle_nat_error(bytes, &r, len, &to, k.how.summed % 4);
	return why ? why : fuzz_outcome(&r);
}

static unsigned int make_icmp(u8 *in)
{
	struct packet_want want = packet_any();
	struct fuzz_how how;
	struct packet k;

	packet_build(&k, &want);
	if (rnd_one_in(4))
		fuzz_any_spoil(&k);
	/* a router quotes as much as it likes */
	if (rnd_one_in(2))
		k.len = k.l3 + rnd_below(k.len - k.l3 + 1);
	how = fuzz_any_how(&k);
	if (rnd_one_in(16))
		rnd_bytes(how.more, sizeof(how.more));
	else
		how.more[MORE_TYPE] = packet_error_type(want.family);
	if (rnd_one_in(4))
		how.more[MORE_HEADERS] = rnd();
	if (rnd_one_in(8))
		how.more[MORE_DAMAGE] = rnd();
	return fuzz_give(in, &how, sizeof(how), k.bytes + k.l3, k.len - k.l3);
}

const struct fuzz_target fuzz_icmp = { "icmp", run_icmp, make_icmp };
