/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzzers share: targets, each of which takes any bytes, and ways to make good ones. */
#ifndef _FUZZ_H
#define _FUZZ_H

#include "oracle.h"
#include "packet.h"

/* Longer inputs are left alone. */
#define FUZZ_INPUT_MAX 60000
/* What targets make has room here. */
#define FUZZ_MADE_MAX (PACKET_MAX + 256)

/* What came of an input: a drop reason, or a kind of packet after them, or nothing. */
enum {
	FUZZ_KIND = SLB_DROP_MAX,
	FUZZ_NOTHING = FUZZ_KIND + SLB_KIND_ERROR + 1,
	FUZZ_OUTCOMES,
};

/**
 * struct fuzz_target - an entry of the packet core, held against its naive counterpart
 * @name: as on the command line, and of its corpus
 * @run: takes an input, and expects what EXPECT() says; returns what came of it
 * @make: makes a random input, sound or nearly so; returns its length
 */
struct fuzz_target {
	const char *name;
	unsigned int (*run)(const u8 *in, unsigned int len);
	unsigned int (*make)(u8 *in);
};

extern const struct fuzz_target fuzz_parse;
extern const struct fuzz_target fuzz_options;
extern const struct fuzz_target fuzz_rewrite;
extern const struct fuzz_target fuzz_icmp;
extern const struct fuzz_target fuzz_plain;
extern const struct fuzz_target fuzz_fast;
extern const struct fuzz_target fuzz_bfd;
extern const struct fuzz_target fuzz_probe;
extern const struct fuzz_target fuzz_unusable;
extern const struct fuzz_target fuzz_shift;
extern const struct fuzz_target fuzz_option;

extern const struct fuzz_target *const fuzz_targets[];
extern const unsigned int fuzz_n_targets;

/**
 * struct fuzz_how - the first bytes of an input of those targets that take packets
 * @family: odd: IPv6
 * @network: offset of the IP header, in words
 * @split: bytes in the first of the packet's two pieces, if there are so many
 * @summed: as for oracle_set_summed()
 * @more: each target's own
 * @src: new source address
 * @dst: new destination address
 * @sport: new source port
 * @dport: new destination port
 *
 * What only parses has no more than FUZZ_HOW_PARSE bytes of it. A packet follows.
 */
struct fuzz_how {
	u8 family;
	u8 network;
	u8 split[2];
	u8 summed;
	u8 more[3];
	u8 src[16];
	u8 dst[16];
	u8 sport[2];
	u8 dport[2];
};

#define FUZZ_HOW_PARSE offsetof(struct fuzz_how, src)

/**
 * struct fuzz_packet - an input of those targets, taken apart
 * @how: its first bytes
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @l3: offset of the IP header
 * @bytes: what follows
 * @len: how many
 */
struct fuzz_packet {
	struct fuzz_how how;
	u8 family;
	unsigned int l3;
	const u8 *bytes;
	unsigned int len;
};

bool fuzz_take(struct fuzz_packet *k, const u8 *in, unsigned int len, unsigned int how_len);
unsigned int fuzz_headlen(const struct fuzz_how *how, unsigned int len);
struct slb_tuple fuzz_tuple(const struct fuzz_packet *k, u8 proto);
unsigned int fuzz_outcome(const struct naive_result *r);

unsigned int fuzz_give(u8 *in, const struct fuzz_how *how, unsigned int how_len, const u8 *bytes,
		       unsigned int len);
struct fuzz_how fuzz_any_how(const struct packet *k);
void fuzz_any_packet(struct packet *k);
void fuzz_any_spoil(struct packet *k);

unsigned int fuzz_run(const struct fuzz_target *target, const u8 *in, unsigned int len);
void fuzz_keep(const char *format, ...) __attribute__((format(printf, 1, 2)));
const struct fuzz_target *fuzz_target(const char *name);
const char *fuzz_outcome_name(unsigned int outcome, char *buffer);

#endif /* _FUZZ_H */
