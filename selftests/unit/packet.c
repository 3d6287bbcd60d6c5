// SPDX-License-Identifier: GPL-2.0-only
/* Builds random packets: see packet.h. */
#include "packet.h"

/* Transport headers, in bytes. */
static unsigned int header_len(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 20;
	case IPPROTO_SCTP:
		return 16;	/* with the header of one chunk */
	default:
		return 8;
	}
}

/**
 * packet_icmp() - the ICMP that goes with a family
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 */
u8 packet_icmp(u8 family)
{
	return family == NFPROTO_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

/**
 * packet_error_type() - a random type of ICMP error
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 */
u8 packet_error_type(u8 family)
{
	static const u8 v4[] = { 3, 11, 12 };

	return family == NFPROTO_IPV4 ? v4[rnd_below(sizeof(v4))] : 1 + rnd_below(4);
}

/**
 * packet_any() - a wish for a random packet that has ports
 */
struct packet_want packet_any(void)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };

	return (struct packet_want) {
		.family = rnd_one_in(2) ? NFPROTO_IPV4 : NFPROTO_IPV6,
		.proto = protos[rnd_below(sizeof(protos))],
		.payload = rnd_below(rnd_one_in(8) ? 200 : 24),
		.options = rnd_one_in(4),
	};
}

/**
 * packet_tuple() - a random tuple
 * @t: filled
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: protocol
 */
void packet_tuple(struct slb_tuple *t, u8 family, u8 proto)
{
	/* all zeros and all ones are where one's complement goes wrong */
	static const u8 fill[] = { 0x00, 0xff };
	unsigned int len = family == NFPROTO_IPV4 ? 4 : 16;

	memset(t, 0, sizeof(*t));
	rnd_bytes(&t->src, len);
	rnd_bytes(&t->dst, len);
	rnd_bytes(&t->sport, 2);
	rnd_bytes(&t->dport, 2);
	if (rnd_one_in(16))
		memset(&t->src, fill[rnd_below(2)], len);
	if (rnd_one_in(16))
		memset(&t->dst, fill[rnd_below(2)], len);
	if (rnd_one_in(16))
		memset(&t->sport, fill[rnd_below(2)], 2);
	t->family = family;
	t->proto = proto;
}

/* Random options of IPv4, up to 40 bytes; one in eight sets has an option that is refused. */
static unsigned int put_options(u8 *to)
{
	static const u8 types[] = { 7, 68, 148, 136, 130 };
	unsigned int words = 1 + rnd_below(10), len = 4 * words, at = 0, n;

	memset(to, 0, len);
	if (rnd_one_in(8)) {
		to[0] = rnd_one_in(2) ? 131 : 137;
		to[1] = 3;
		return len;
	}
	while (at < len && !rnd_one_in(6)) {
		if (len - at < 2 || rnd_one_in(3)) {
			to[at++] = 1;
			continue;
		}
		n = 2 + rnd_below(min(len - at - 1, 12u));
		to[at] = types[rnd_below(sizeof(types))];
		to[at + 1] = n;
		at += n;
	}
	return len;
}

/* Random extension headers, up to more than are followed; *@next becomes the type of the first. */
static unsigned int put_ext(u8 *to, u8 *next, u8 proto)
{
	static const u8 types[] = { 0, 60, 43, 60, 44, 51, 135 };
	unsigned int i, n = rnd_below(rnd_one_in(8) ? 11 : 4), at = 0;
	u8 chain[12];

	for (i = 0; i < n; i++)
		chain[i] = types[rnd_below(rnd_one_in(4) ? sizeof(types) : 4)];
	chain[n] = proto;
	*next = chain[0];
	for (i = 0; i < n; i++) {
		u8 *ext = to + at;
		unsigned int len = chain[i] == 44 ? 0 : rnd_below(3);

		at += 8 + 8 * len;
		rnd_bytes(ext, 8 + 8 * len);
		ext[0] = chain[i + 1];
		ext[1] = len;
		if (chain[i] == 43 && !rnd_one_in(8))
			ext[3] = 0;	/* no segments left */
		if (chain[i] == 44)
			naive_put16(ext + 2, rnd_one_in(2) ? 1 : 8 * rnd_below(3));
	}
	return at;
}

static unsigned int put_ip4(u8 *ip, const struct packet_want *want, const struct slb_tuple *t)
{
	unsigned int len = 20;

	rnd_bytes(ip, 20);
	if (want->options)
		len += put_options(ip + 20);
	ip[0] = 0x40 | len / 4;
	naive_put16(ip + 2, len + header_len(want->proto) + want->payload);
	naive_put16(ip + 6, rnd_one_in(2) ? 0x4000 : 0);
	ip[9] = want->proto;
	memcpy(ip + 12, &t->src, 4);
	memcpy(ip + 16, &t->dst, 4);
	return len;
}

static unsigned int put_ip6(u8 *ip, const struct packet_want *want, const struct slb_tuple *t)
{
	unsigned int ext = 0;

	rnd_bytes(ip, 8);
	ip[0] = 0x60 | (ip[0] & 0xf);
	ip[6] = want->proto;
	if (want->options)
		ext = put_ext(ip + 40, ip + 6, want->proto);
	naive_put16(ip + 4, ext + header_len(want->proto) + want->payload);
	memcpy(ip + 8, &t->src, 16);
	memcpy(ip + 24, &t->dst, 16);
	return 40 + ext;
}

/* A header and payload, without checksum; returns their length. */
static unsigned int put_l4(u8 *th, const struct packet_want *want, const struct slb_tuple *t)
{
	unsigned int len = header_len(want->proto) + want->payload;

	rnd_bytes(th, len);
	if (want->proto == packet_icmp(want->family)) {
		th[0] = want->family == NFPROTO_IPV4 ? 8 : 128;
		th[1] = 0;
		return len;
	}
	memcpy(th, &t->sport, 2);
	memcpy(th + 2, &t->dport, 2);
	if (want->proto == IPPROTO_UDP)
		naive_put16(th + 4, len);
	if (want->proto == IPPROTO_SCTP)
		th[12] = rnd_below(16);
	return len;
}

/**
 * packet_build() - build a random packet with right checksums
 * @k: filled
 * @want: what kind
 */
void packet_build(struct packet *k, const struct packet_want *want)
{
	struct slb_tuple t;
	u8 *ip;

	packet_tuple(&t, want->family, want->proto);
	k->l3 = 4 * rnd_below(5);
	k->family = want->family;
	ip = k->bytes + k->l3;
	rnd_bytes(k->bytes, k->l3);
	memset(&k->is, 0, sizeof(k->is));
	memset(&k->quoted, 0, sizeof(k->quoted));
	k->is.family = want->family == NFPROTO_IPV4 ? 4 : 6;
	k->is.proto = want->proto;
	k->is.l3 = k->l3;
	k->is.l4 = k->l3 + (k->is.family == 4 ? put_ip4(ip, want, &t) : put_ip6(ip, want, &t));
	k->is.end = k->is.l4 + put_l4(k->bytes + k->is.l4, want, &t);
	k->len = k->is.end;
	naive_fill_sums(k->bytes, &k->is);
}

/**
 * packet_build_error() - build an ICMP error that quotes a random packet
 * @k: filled
 * @quoted: what kind of packet it quotes
 * @keep: bytes of that packet that are quoted, at most
 */
void packet_build_error(struct packet *k, const struct packet_want *quoted, unsigned int keep)
{
	struct packet_want want = { .family = quoted->family, .proto = packet_icmp(quoted->family),
				    .options = rnd_one_in(8) };
	struct packet q;
	unsigned int shift;

	packet_build(&q, quoted);
	want.payload = min(keep, q.len - q.l3);
	packet_build(k, &want);
	memcpy(k->bytes + k->is.l4 + 8, q.bytes + q.l3, want.payload);
	k->bytes[k->is.l4] = packet_error_type(k->family);
	naive_fill_sums(k->bytes, &k->is);
	shift = k->is.l4 + 8 - q.l3;
	k->quoted = q.is;
	k->quoted.l3 += shift;
	k->quoted.l4 += shift;
	k->quoted.end = k->len;
}

/**
 * packet_set_sum() - have the transport checksum come in some way
 * @k: packet with right checksums
 * @sum: which way
 */
void packet_set_sum(struct packet *k, enum packet_sum sum)
{
	unsigned int check = k->is.l4 + naive_check_at(k->is.proto);

	switch (sum) {
	case PACKET_SUM_PARTIAL:
		if (k->is.proto != IPPROTO_SCTP)
			naive_fill_partial(k->bytes, &k->is);
		break;
	case PACKET_SUM_DAMAGED:
		k->bytes[check + rnd_below(2)] ^= 1 << rnd_below(8);
		break;
	case PACKET_SUM_NONE:
		naive_put16(k->bytes + check, 0);
		break;
	default:
		break;
	}
}

/**
 * packet_aim_at_zero() - have the sum over a packet come to all ones once it gets a tuple
 * @k: UDP packet with two bytes of payload or more, which change
 * @to: the tuple
 */
void packet_aim_at_zero(struct packet *k, const struct slb_tuple *to)
{
	unsigned int len = k->is.end - k->is.l4;
	u8 *payload = k->bytes + k->is.l4 + 8;
	struct slb_tuple from;

	naive_set_tuple(k->bytes, &k->is, to);
	naive_put16(k->bytes + k->is.l4 + 6, 0);
	naive_put16(payload, 0);
	naive_put16(payload, 0xffff - naive_sum(k->bytes + k->is.l4, len,
						naive_pseudo(k->bytes, &k->is, len)));
	naive_fill_sums(k->bytes, &k->is);
	EXPECT_EQ(naive_get16(k->bytes + k->is.l4 + 6), 0xffff);
	/* have it come in with another tuple */
	packet_tuple(&from, k->family, k->is.proto);
	naive_set_tuple(k->bytes, &k->is, &from);
	naive_fill_sums(k->bytes, &k->is);
}

/**
 * packet_spoil() - damage a packet: bits, bytes, its end
 * @k: a packet
 */
void packet_spoil(struct packet *k)
{
	unsigned int n = 1 + rnd_below(3), at;

	while (n--) {
		/* more often where the headers are */
		at = k->l3 + rnd_below(min(k->len - k->l3, rnd_one_in(2) ? 48u : PACKET_MAX));
		switch (rnd_below(4)) {
		case 0:
			k->bytes[at] ^= 1 << rnd_below(8);
			break;
		case 1:
			k->bytes[at] = rnd();
			break;
		case 2:
			k->bytes[at] = rnd_one_in(2) ? 0 : 0xff;
			break;
		default:
			k->len = at + 1;
			k->is.end = k->len;
			k->quoted.end = k->len;
		}
	}
}
