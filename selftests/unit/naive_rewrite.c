// SPDX-License-Identifier: GPL-2.0-only
/* The naive rewriting: addresses and ports where they belong, every checksum over everything. */
#include "naive.h"

/**
 * naive_get16() - a number of two bytes, most significant first
 * @bytes: where it is
 */
unsigned int naive_get16(const u8 *bytes)
{
	return bytes[0] * 256 + bytes[1];
}

/**
 * naive_put16() - store a number as two bytes, most significant first
 * @bytes: where to
 * @value: the number
 */
void naive_put16(u8 *bytes, unsigned int value)
{
	bytes[0] = value / 256;
	bytes[1] = value % 256;
}

/**
 * naive_sum() - one's complement sum, as a number from 0 to 0xffff
 * @bytes: what to sum
 * @len: how many
 * @sum: what to begin with
 */
unsigned int naive_sum(const u8 *bytes, unsigned int len, unsigned int sum)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		sum += i % 2 ? bytes[i] : bytes[i] * 256;
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return sum;
}

/**
 * naive_crc32c() - the checksum of SCTP, as it is stored: least significant byte first
 * @bytes: what it covers
 * @len: how many
 */
u32 naive_crc32c(const u8 *bytes, unsigned int len)
{
	u32 reversed = 0xffffffff;
	unsigned int i, bit;

	/* one bit at a time, lowest first: divide by the polynomial 0x1edc6f41, mirrored */
	for (i = 0; i < len * 8; i++) {
		bit = (bytes[i / 8] >> i % 8 & 1) ^ (reversed & 1);
		reversed >>= 1;
		if (bit)
			reversed ^= 0x82f63b78;
	}
	return ~reversed;
}

/**
 * naive_check_at() - offset of the checksum in a transport header
 * @proto: protocol
 */
int naive_check_at(int proto)
{
	switch (proto) {
	case 1:
	case 58:
		return 2;
	case 6:
		return 16;
	case 17:
		return 6;
	default:
		return 8;
	}
}

static unsigned int addr_len(const struct naive_packet *p)
{
	return p->family == 4 ? 4 : 16;
}

static unsigned int src_at(const struct naive_packet *p)
{
	return p->l3 + (p->family == 4 ? 12 : 8);
}

/**
 * naive_pseudo() - sum over the pseudo header, from the addresses in the packet
 * @bytes: the packet
 * @p: what is known of it
 * @l4_len: transport length that counts
 */
unsigned int naive_pseudo(const u8 *bytes, const struct naive_packet *p, unsigned int l4_len)
{
	u8 tail[4] = { 0, p->proto, l4_len / 256, l4_len % 256 };

	if (p->proto == 1 || p->proto == 132)
		return 0;
	return naive_sum(tail, sizeof(tail), naive_sum(bytes + src_at(p), 2 * addr_len(p), 0));
}

/* What the sum over everything comes to when the checksum in it is right: all ones. */
static unsigned int l4_total(const u8 *bytes, const struct naive_packet *p)
{
	unsigned int len = p->end - p->l4;

	return naive_sum(bytes + p->l4, len, naive_pseudo(bytes, p, len));
}

static bool sctp_right(const u8 *bytes, const struct naive_packet *p)
{
	unsigned int len = p->end - p->l4;
	u8 *copy = malloc(len);
	u32 crc;

	assert(copy);
	memcpy(copy, bytes + p->l4, len);
	memset(copy + 8, 0, 4);
	crc = naive_crc32c(copy, len);
	free(copy);
	copy = (u8 *)bytes + p->l4 + 8;
	return crc == (copy[0] | copy[1] << 8 | copy[2] << 16 | (u32)copy[3] << 24);
}

/**
 * naive_sums_right() - would a receiver find the checksums right?
 * @bytes: the packet, whole
 * @p: what is known of it
 */
bool naive_sums_right(const u8 *bytes, const struct naive_packet *p)
{
	if (p->family == 4 && naive_sum(bytes + p->l3, p->l4 - p->l3, 0) != 0xffff)
		return false;
	if (p->proto == 132)
		return sctp_right(bytes, p);
	if (p->proto == 17 && !naive_get16(bytes + p->l4 + 6))
		return p->family == 4;
	return l4_total(bytes, p) == 0xffff;
}

static void fill_ip4(u8 *bytes, const struct naive_packet *p)
{
	u8 *check = bytes + p->l3 + 10;

	naive_put16(check, 0);
	naive_put16(check, 0xffff - naive_sum(bytes + p->l3, p->l4 - p->l3, 0));
}

/**
 * naive_fill_sums() - put checksums in that are right
 * @bytes: the packet, whole
 * @p: what is known of it
 */
void naive_fill_sums(u8 *bytes, const struct naive_packet *p)
{
	u8 *check = bytes + p->l4 + naive_check_at(p->proto);
	unsigned int sum, i;

	if (p->family == 4)
		fill_ip4(bytes, p);
	if (p->proto == 132) {
		u32 crc;

		memset(check, 0, 4);
		crc = naive_crc32c(bytes + p->l4, p->end - p->l4);
		for (i = 0; i < 4; i++)
			check[i] = crc >> 8 * i;
		return;
	}
	naive_put16(check, 0);
	sum = 0xffff - l4_total(bytes, p);
	naive_put16(check, p->proto == 17 && !sum ? 0xffff : sum);
}

/**
 * naive_fill_partial() - leave the transport checksum to the device (CHECKSUM_PARTIAL)
 * @bytes: the packet, whole; TCP or UDP
 * @p: what is known of it
 */
void naive_fill_partial(u8 *bytes, const struct naive_packet *p)
{
	if (p->family == 4)
		fill_ip4(bytes, p);
	naive_put16(bytes + p->l4 + naive_check_at(p->proto),
		    naive_pseudo(bytes, p, p->end - p->l4));
}

/**
 * naive_set_tuple() - put other addresses and ports in, and leave the checksums wrong
 * @bytes: the packet
 * @p: what is known of it; told of the change
 * @to: the tuple it gets
 */
void naive_set_tuple(u8 *bytes, struct naive_packet *p, const struct slb_tuple *to)
{
	unsigned int len = addr_len(p);

	memcpy(p->src, &to->src, len);
	memcpy(p->dst, &to->dst, len);
	memcpy(bytes + src_at(p), p->src, len);
	memcpy(bytes + src_at(p) + len, p->dst, len);
	memcpy(bytes + p->l4, &to->sport, 2);
	memcpy(bytes + p->l4 + 2, &to->dport, 2);
	p->sport = naive_get16(bytes + p->l4);
	p->dport = naive_get16(bytes + p->l4 + 2);
}
