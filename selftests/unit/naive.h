/* SPDX-License-Identifier: GPL-2.0-only */
/* A second implementation of parsing and rewriting, by other means: plain bytes and full sums. */
#ifndef _NAIVE_H
#define _NAIVE_H

#include <slb/parse.h>

/**
 * struct naive_packet - what there is to know of a packet
 * @src: source address, 16 bytes, IPv4 in the first four
 * @dst: destination address
 * @family: 4 or 6
 * @proto: transport protocol; of a later IPv6 fragment, 44
 * @l3: offset of the IP header
 * @l4: offset of the transport header
 * @end: offset of the end
 * @options: it has options or extension headers
 * @frag: it is a fragment
 * @later: it is not the first one
 * @sport: source port or echo identifier, host order
 * @dport: destination port, host order
 */
struct naive_packet {
	u8 src[16];
	u8 dst[16];
	int family;
	int proto;
	unsigned int l3;
	unsigned int l4;
	unsigned int end;
	bool options;
	bool frag;
	bool later;
	unsigned int sport;
	unsigned int dport;
};

/**
 * struct naive_result - what the naive parser says
 * @why_addr: what slb_parse_addr() should return
 * @why: what slb_parse_flow() should return
 * @kind: enum slb_kind
 * @flags: TCP flags
 * @seq: TCP sequence number
 * @ack: TCP acknowledgment number
 * @data: the TCP segment carries data
 * @chunk: type of the first SCTP chunk
 * @has_chunk: by type, is there such a chunk?
 * @type: ICMP type
 * @code: ICMP code
 * @p: the packet
 * @q: the packet that it quotes
 */
struct naive_result {
	enum slb_drop why_addr;
	enum slb_drop why;
	enum slb_kind kind;
	int flags;
	unsigned int seq;
	unsigned int ack;
	bool data;
	int chunk;
	bool has_chunk[256];
	int type;
	int code;
	struct naive_packet p;
	struct naive_packet q;
};

void naive_parse(const u8 *bytes, unsigned int len, unsigned int l3, u8 family,
		 struct naive_result *r);

unsigned int naive_sum(const u8 *bytes, unsigned int len, unsigned int sum);
unsigned int naive_pseudo(const u8 *bytes, const struct naive_packet *p, unsigned int l4_len);
u32 naive_crc32c(const u8 *bytes, unsigned int len);
unsigned int naive_get16(const u8 *bytes);
void naive_put16(u8 *bytes, unsigned int value);
int naive_check_at(int proto);
bool naive_sums_right(const u8 *bytes, const struct naive_packet *p);
void naive_fill_sums(u8 *bytes, const struct naive_packet *p);
void naive_fill_partial(u8 *bytes, const struct naive_packet *p);
void naive_set_tuple(u8 *bytes, struct naive_packet *p, const struct slb_tuple *to);

#endif /* _NAIVE_H */
