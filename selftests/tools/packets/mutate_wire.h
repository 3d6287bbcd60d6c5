/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets as bytes, for mutate.c: random numbers, checksums, building and reading. */
#ifndef MUTATE_WIRE_H
#define MUTATE_WIRE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "crc32c.h"

#define ETH_LEN 14
#define FRAME_MAX 12000
#define TCP 6
#define UDP 17
#define SCTP 132
#define ICMP 1
#define ICMP6 58
/* As many extension headers the modules follow. */
#define EXTENSIONS_MAX 9

/* ---- random numbers: each packet has a sequence of its own, so that it can be made again alone */

static uint64_t random_state;

static uint64_t random64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static void random_begin(uint64_t seed, uint64_t number)
{
	random_state = seed;
	random_state = random64() ^ number * 0xd1342543de82ef95ull;
}

/* Below @n. */
static uint32_t any(uint32_t n)
{
	return n ? random64() % n : 0;
}

static bool percent(uint32_t n)
{
	return any(100) < n;
}

static void random_bytes(uint8_t *to, uint32_t len)
{
	uint64_t word = 0;
	uint32_t i;

	for (i = 0; i < len; i++) {
		word = i % 8 ? word >> 8 : random64();
		to[i] = word;
	}
}

/* ---- big endian words */

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

/* ---- checksums */

/* Of an SCTP packet, with zeros in the place of its own sum. */
static uint32_t sctp_sum(const uint8_t *l4, uint32_t len)
{
	uint32_t crc = ~0u, i;

	for (i = 0; i < len; i++)
		crc = crc >> 8 ^ crc32c_table[(crc ^ (i >= 8 && i < 12 ? 0 : l4[i])) & 0xff];
	return ~crc;
}

static uint32_t get_le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_le32(uint8_t *p, uint32_t value)
{
	p[0] = value;
	p[1] = value >> 8;
	p[2] = value >> 16;
	p[3] = value >> 24;
}

static uint64_t sum(const uint8_t *p, uint32_t len, uint64_t from)
{
	for (; len > 1; len -= 2, p += 2)
		from += get16(p);
	return len ? from + (p[0] << 8) : from;
}

/* To 1..0xffff, or to 0 when there was nothing but zeros. */
static uint32_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* ---- what a packet is */

/**
 * struct view - one IP packet, as it was read
 * @v: 4 or 6
 * @len: of the packet, bytes, without what pads the frame
 * @l4: offset of the transport part
 * @proto: of the transport part
 * @ports: it has ports
 * @frag: it is a fragment
 * @more: it is not the last one
 * @off: of a fragment in its datagram
 * @id: of the datagram
 * @part: offset of what a fragment has of the datagram
 */
struct view {
	uint8_t v;
	uint8_t alen;
	uint8_t proto;
	uint8_t ttl;
	bool ports;
	bool frag;
	bool more;
	uint32_t len;
	uint32_t l4;
	uint32_t off;
	uint32_t id;
	uint32_t part;
	uint16_t sport;
	uint16_t dport;
	uint8_t src[16];
	uint8_t dst[16];
};

static uint32_t l4_min(uint8_t proto)
{
	return proto == TCP ? 20 : proto == UDP ? 8 : 13;
}

static bool has_ports(uint8_t proto)
{
	return proto == TCP || proto == UDP || proto == SCTP;
}

static bool read_ipv4(const uint8_t *p, uint32_t len, struct view *v)
{
	uint32_t ihl = (p[0] & 15) * 4, total = get16(p + 2), frag = get16(p + 6);

	if (ihl < 20 || total < ihl || total > len || fold(sum(p, ihl, 0)) != 0xffff)
		return false;
	v->alen = 4;
	v->len = total;
	v->proto = p[9];
	v->ttl = p[8];
	memcpy(v->src, p + 12, 4);
	memcpy(v->dst, p + 16, 4);
	v->l4 = ihl;
	v->part = ihl;
	v->frag = frag & 0x3fff;
	v->more = frag & 0x2000;
	v->off = (frag & 0x1fff) * 8;
	v->id = get16(p + 4);
	return true;
}

static bool read_extensions(const uint8_t *p, struct view *v)
{
	uint32_t i;

	for (i = 0; i <= EXTENSIONS_MAX; i++) {
		const uint8_t *ext = p + v->l4;

		if (v->proto != 0 && v->proto != 43 && v->proto != 44 && v->proto != 60)
			return true;
		if (v->l4 + 8 > v->len)
			return false;
		if (v->proto == 44) {
			v->frag = true;
			v->more = ext[3] & 1;
			v->off = get16(ext + 2) & 0xfff8;
			v->id = get32(ext + 4);
			v->part = v->l4 + 8;
		}
		v->proto = ext[0];
		v->l4 += v->part == v->l4 + 8 ? 8 : (ext[1] + 1) * 8;
		if (v->off)
			return true;
	}
	return false;
}

static bool read_ipv6(const uint8_t *p, uint32_t len, struct view *v)
{
	v->alen = 16;
	v->len = 40 + get16(p + 4);
	/* as the kernel does where a jumbogram could begin */
	if (v->len == 40 && p[6] == 0)
		v->len = len;
	v->proto = p[6];
	v->ttl = p[7];
	memcpy(v->src, p + 8, 16);
	memcpy(v->dst, p + 24, 16);
	v->l4 = 40;
	return v->len <= len && read_extensions(p, v);
}

/**
 * read_packet() - read an IP packet
 * @p: the packet
 * @len: bytes that there are
 * @v: filled
 *
 * Return: false when it is not sound up to its transport part.
 */
static bool read_packet(const uint8_t *p, uint32_t len, struct view *v)
{
	memset(v, 0, sizeof(*v));
	if (len < 1)
		return false;
	v->v = p[0] >> 4;
	if (!(v->v == 4 && len >= 20 && read_ipv4(p, len, v)) &&
	    !(v->v == 6 && len >= 40 && read_ipv6(p, len, v)))
		return false;
	if (v->off)
		return true;
	v->ports = has_ports(v->proto) && v->l4 + l4_min(v->proto) <= v->len;
	if (v->ports) {
		v->sport = get16(p + v->l4);
		v->dport = get16(p + v->l4 + 2);
	}
	return v->l4 <= v->len;
}

/* Where the checksum of a transport part is. */
static uint32_t sum_at(uint8_t proto)
{
	return proto == TCP ? 16 : proto == UDP ? 6 : proto == SCTP ? 8 : 2;
}

static uint64_t pseudo_sum(const struct view *v)
{
	uint64_t s;

	if (v->proto == ICMP)
		return 0;
	s = sum(v->src, v->alen, 0) + sum(v->dst, v->alen, 0);
	return s + v->proto + (v->len - v->l4);
}

/* How wrong the checksum of the transport part is: 0 when it is right; NAT must not change it. */
static uint32_t sum_error(const uint8_t *p, const struct view *v)
{
	const uint8_t *l4 = p + v->l4;
	uint32_t len = v->len - v->l4;

	if (v->proto == SCTP)
		return len < 12 ? 0 : get_le32(l4 + 8) ^ sctp_sum(l4, len);
	return fold(sum(l4, len, pseudo_sum(v))) % 0xffff;
}

/* The right one, or with @partial what is left to a device. */
static void put_sum(uint8_t *p, const struct view *v, bool partial)
{
	uint8_t *at = p + v->l4 + sum_at(v->proto);
	uint32_t s;

	if (v->proto == SCTP) {
		put_le32(at, sctp_sum(p + v->l4, v->len - v->l4));
		return;
	}
	put16(at, 0);
	if (partial) {
		put16(at, fold(pseudo_sum(v)));
		return;
	}
	s = fold(sum(p + v->l4, v->len - v->l4, pseudo_sum(v))) ^ 0xffff;
	put16(at, s ? s : v->proto == UDP ? 0xffff : 0);
}

static void put_ipv4_sum(uint8_t *p)
{
	put16(p + 10, 0);
	put16(p + 10, fold(sum(p, (p[0] & 15) * 4, 0)) ^ 0xffff);
}

/* ---- building */

/* An IP header for @len bytes behind it; its length is returned. */
static uint32_t put_ip(uint8_t *p, int v, const uint8_t *src, const uint8_t *dst, uint8_t proto,
		       uint32_t len, uint32_t id)
{
	memset(p, 0, 40);
	if (v == 6) {
		put32(p, 6u << 28 | any(256) << 20 | any(1 << 20));
		put16(p + 4, len);
		p[6] = proto;
		p[7] = 64;
		memcpy(p + 8, src, 16);
		memcpy(p + 24, dst, 16);
		return 40;
	}
	p[0] = 0x45;
	p[1] = any(256) & ~3;
	put16(p + 2, 20 + len);
	put16(p + 4, id);
	p[8] = 64;
	p[9] = proto;
	memcpy(p + 12, src, 4);
	memcpy(p + 16, dst, 4);
	put_ipv4_sum(p);
	return 20;
}

/* A transport header, its sum not set, and @payload random bytes; their length is returned. */
static uint32_t put_l4(uint8_t *l4, uint8_t proto, uint16_t sport, uint16_t dport, uint32_t kind,
		       uint32_t payload)
{
	uint32_t head = proto == TCP ? 20 : proto == UDP ? 8 : kind ? 32 : 28;

	memset(l4, 0, head);
	put16(l4, sport);
	put16(l4 + 2, dport);
	random_bytes(l4 + head, payload);
	if (proto == UDP) {
		put16(l4 + 4, 8 + payload);
	} else if (proto == TCP) {
		put32(l4 + 4, random64());
		put32(l4 + 8, random64());
		l4[12] = 5 << 4;
		l4[13] = kind;
		put16(l4 + 14, random64());
	} else {
		put32(l4 + 4, 7);
		l4[12] = kind;
		l4[13] = kind ? 0 : 3;
		put16(l4 + 14, head - 12 + payload);
		put32(l4 + 16, random64());
	}
	return head + payload;
}

#endif /* MUTATE_WIRE_H */
