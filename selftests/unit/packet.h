/* SPDX-License-Identifier: GPL-2.0-only */
/* Random packets for the unit tests: sound ones with right checksums, and ways to spoil them. */
#ifndef _PACKET_H
#define _PACKET_H

#include "naive.h"
#include "unit.h"

#define PACKET_MAX 3072

/**
 * struct packet - a packet
 * @bytes: its bytes
 * @len: how many
 * @l3: where its IP header begins, a multiple of 4
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @is: what is known of it, as it was built
 * @quoted: of an ICMP error, what is known of the packet that it quotes
 */
struct packet {
	u8 bytes[PACKET_MAX];
	unsigned int len;
	unsigned int l3;
	u8 family;
	struct naive_packet is;
	struct naive_packet quoted;
};

/**
 * struct packet_want - what kind of packet to build
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: transport protocol
 * @payload: bytes after the transport header
 * @options: have options or extension headers, some of which are refused
 */
struct packet_want {
	u8 family;
	u8 proto;
	unsigned int payload;
	bool options;
};

/* How a transport checksum comes in. */
enum packet_sum {
	PACKET_SUM_RIGHT,
	PACKET_SUM_PARTIAL,
	PACKET_SUM_DAMAGED,
	PACKET_SUM_NONE,
	PACKET_SUMS
};

struct packet_want packet_any(void);
void packet_build(struct packet *k, const struct packet_want *want);
void packet_build_error(struct packet *k, const struct packet_want *quoted, unsigned int keep);
void packet_set_sum(struct packet *k, enum packet_sum sum);
void packet_aim_at_zero(struct packet *k, const struct slb_tuple *to);
void packet_spoil(struct packet *k);
u8 packet_icmp(u8 family);
u8 packet_error_type(u8 family);
void packet_tuple(struct slb_tuple *t, u8 family, u8 proto);

#endif /* _PACKET_H */
