/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of unusable VIPs in probes: digests, sent in chunks and collected again; pure. */
#ifndef _SLB_UNUSABLE_H
#define _SLB_UNUSABLE_H

#include <slb/bfd.h>

/* Digests in a probe. With them it has 1,140 bytes: IPv6 carries 1,232 over every link. */
#define SLB_UNUSABLE_CHUNK 256u
/* Most chunks of a set, one bit each in slb_unusable_set.got. */
#define SLB_UNUSABLE_CHUNKS 64u
/* Most digests of a set. */
#define SLB_UNUSABLE_MAX (SLB_UNUSABLE_CHUNK * SLB_UNUSABLE_CHUNKS)

/* The generation of the empty set, and of an older version. */
#define SLB_UNUSABLE_NONE 0u
/* The generation of the set of all VIPs, which has no chunks. */
#define SLB_UNUSABLE_ALL 0xffffffffu

/**
 * struct slb_unusable_set - a set of unusable VIPs of a far end, while it is collected and after
 * @generation: digest of its members: sets of the same generation are equal
 * @users: who uses it
 * @n: number of digests, once all chunks are there
 * @chunks: number of chunks; 0: unknown
 * @whole: it is complete and sound, and does not change any more
 * @got: the chunks that are there, a bit each
 * @chunk: digests, host order, ascending
 */
struct slb_unusable_set {
	u32 generation;
	u32 users;
	u32 n;
	u8 chunks;
	bool whole;
	u64 got;
	u32 *chunk[SLB_UNUSABLE_CHUNKS];
};

/* What became of a chunk. */
enum slb_unusable_result {
	SLB_UNUSABLE_PART,	/* others are missing */
	SLB_UNUSABLE_WHOLE,	/* the set is complete */
	SLB_UNUSABLE_UNSOUND,	/* its members are not those of its generation: to be emptied */
};

u32 slb_unusable_generation(const u32 *digests, u32 n);
bool slb_unusable_sound(const struct slb_bfd_more *more, unsigned int room);
bool slb_unusable_wants(const struct slb_unusable_set *set, const struct slb_bfd_more *more);
enum slb_unusable_result slb_unusable_put(struct slb_unusable_set *set,
					  const struct slb_bfd_more *more, u32 *digests);
u8 slb_unusable_missing(const struct slb_unusable_set *set);
bool slb_unusable_has(const struct slb_unusable_set *set, u32 digest);

#endif /* _SLB_UNUSABLE_H */
