// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's target: chunks of a set of unusable VIPs, held against a naive collection. */
#include <slb/unusable.h>

#include "fuzz.h"

/**
 * struct part - a chunk; its digests follow, and then the next one
 * @more: as in the probe, from the generation on: 8 bytes
 * @room: bytes that follow in the probe, at most ROOM_MAX
 * @what: PART_*
 */
struct part {
	u8 more[8];
	u8 room[2];
	u8 what;
};

/* Put in the generation of the set; look up a digest of the chunk. */
#define PART_SAME 0x01
#define ROOM_MAX 1100

/* What was received, by the bytes alone. */
static struct naive {
	u8 generation[4];
	unsigned int chunks;
	bool whole;
	bool has[64];
	unsigned int n[64];
	u32 digest[64][256];
} naive;

static bool naive_sound(const u8 *more, unsigned int room)
{
	static const u8 none[4], all[4] = { 255, 255, 255, 255 };
	unsigned int chunk = more[4], chunks = more[5], count = naive_get16(more + 6);

	if (!memcmp(more, none, 4) || !memcmp(more, all, 4) || chunks > 64 || chunk >= chunks)
		return false;
	if (count == 0 || count > 256 || 4 * count > room)
		return false;
	return chunk + 1 == chunks || count == 256;
}

/* Are all chunks there, in order, and those of the generation? */
static enum slb_unusable_result naive_result(u32 *all, unsigned int *n)
{
	unsigned int i, j;
	bool sound = true;

	*n = 0;
	for (i = 0; i < naive.chunks; i++) {
		if (!naive.has[i])
			return SLB_UNUSABLE_PART;
		for (j = 0; j < naive.n[i]; j++)
			all[(*n)++] = naive.digest[i][j];
	}
	for (i = 1; i < *n; i++)
		sound &= all[i - 1] < all[i];
	if (!sound || slb_unusable_generation(all, *n) != get_unaligned_be32(naive.generation))
		return SLB_UNUSABLE_UNSOUND;
	return SLB_UNUSABLE_WHOLE;
}

static void empty(struct slb_unusable_set *set)
{
	unsigned int i;

	for (i = 0; i < SLB_UNUSABLE_CHUNKS; i++)
		free(set->chunk[i]);
	memset(set->chunk, 0, sizeof(set->chunk));
	set->got = 0;
	set->chunks = 0;
	memset(naive.has, 0, sizeof(naive.has));
	naive.chunks = 0;
}

/* A set is complete: it has its members, and not their neighbours unless those are members, too. */
static void same_members(const struct slb_unusable_set *set, const u32 *all, unsigned int n)
{
	unsigned int i;

	EXPECT_EQ(set->n, n);
	for (i = 0; i < n; i++) {
		EXPECT(slb_unusable_has(set, all[i]));
		if (i + 1 < n)
			EXPECT_EQ(slb_unusable_has(set, all[i] + 1), all[i + 1] == all[i] + 1);
	}
	EXPECT_EQ(slb_unusable_has(set, all[0] - 1), false || all[0] - 1 == all[n - 1]);
}

static unsigned int collect(struct slb_unusable_set *set, const struct slb_bfd_more *more,
			    const u8 *bytes)
{
	static u32 all[64 * 256];
	unsigned int i, n, count = ntohs(more->count);
	u32 *digests = malloc(count * sizeof(*digests));
	enum slb_unusable_result want;

	assert(digests);
	memcpy(digests, bytes, count * sizeof(*digests));
	naive.chunks = more->chunks;
	naive.has[more->chunk] = true;
	naive.n[more->chunk] = count;
	for (i = 0; i < count; i++)
		naive.digest[more->chunk][i] = get_unaligned_be32(bytes + 4 * i);
	want = naive_result(all, &n);
	EXPECT_EQ((int)slb_unusable_put(set, more, digests), (int)want);
	EXPECT_EQ(set->whole, want == SLB_UNUSABLE_WHOLE);
	naive.whole = set->whole;
	if (want == SLB_UNUSABLE_WHOLE)
		same_members(set, all, n);
	if (want == SLB_UNUSABLE_UNSOUND)
		empty(set);
	return FUZZ_KIND + (want == SLB_UNUSABLE_WHOLE ? SLB_KIND_FLOW : SLB_KIND_OTHER);
}

/* Returns what came of it. */
static unsigned int receive(struct slb_unusable_set *set, struct part *part, const u8 *bytes,
			    unsigned int room)
{
	struct slb_bfd_more more = { 0 };
	unsigned int missing = 0;
	bool wants;

	if (part->what & PART_SAME)
		memcpy(part->more, naive.generation, 4);
	memcpy(&more.unusable, part->more, sizeof(part->more));
	EXPECT_EQ(slb_unusable_sound(&more, room), naive_sound(part->more, room));
	if (!naive_sound(part->more, room) || memcmp(part->more, naive.generation, 4))
		return SLB_DROP_PROBE;
	wants = !naive.whole && !naive.has[more.chunk] &&
		(!naive.chunks || naive.chunks == more.chunks);
	EXPECT_EQ(slb_unusable_wants(set, &more), wants);
	while (missing < naive.chunks && naive.has[missing])
		missing++;
	EXPECT_EQ(slb_unusable_missing(set), missing < naive.chunks ? missing : 0);
	return wants ? collect(set, &more, bytes) : SLB_DROP_PROBE;
}

/* The first four bytes are the generation of the set. */
static unsigned int run_unusable(const u8 *in, unsigned int len)
{
	struct slb_unusable_set set = { 0 };
	unsigned int outcome = FUZZ_NOTHING, room;
	struct part part;

	if (len < sizeof(naive.generation))
		return outcome;
	memset(&naive, 0, sizeof(naive));
	memcpy(naive.generation, in, sizeof(naive.generation));
	set.generation = get_unaligned_be32(in);
	in += sizeof(naive.generation);
	len -= sizeof(naive.generation);
	while (len >= sizeof(part) && !unit_failing()) {
		memcpy(&part, in, sizeof(part));
		in += sizeof(part);
		len -= sizeof(part);
		room = min(naive_get16(part.room) % ROOM_MAX, len);
		outcome = receive(&set, &part, in, room);
		in += room;
		len -= room;
	}
	empty(&set);
	return outcome;
}

static unsigned int make_part(u8 *in, const u32 *digests, unsigned int n, unsigned int chunk)
{
	unsigned int i, count = min(n - 256 * chunk, 256u), room = 4 * count + rnd_below(8);
	struct part part = { .what = PART_SAME };

	if (room >= ROOM_MAX || rnd_one_in(16))
		room = rnd_below(ROOM_MAX);
	part.more[4] = chunk;
	part.more[5] = (n + 255) / 256;
	naive_put16(part.more + 6, count);
	naive_put16(part.room, room);
	if (rnd_one_in(16))
		part.more[rnd_below(sizeof(part.more))] = rnd();
	memcpy(in, &part, sizeof(part));
	in += sizeof(part);
	rnd_bytes(in, room);
	for (i = 0; i < min(count, room / 4); i++)
		put_unaligned_be32(digests[256 * chunk + i], in + 4 * i);
	if (room && rnd_one_in(16))
		in[rnd_below(room)] = rnd();
	return sizeof(part) + room;
}

static unsigned int make_unusable(u8 *in)
{
	unsigned int n = 1 + rnd_below(rnd_one_in(4) ? 512 : 8), i, parts, len = 4;
	u32 digests[512], next = rnd_below(1000);

	for (i = 0; i < n; i++) {
		digests[i] = next;
		next += 1 + rnd_below(rnd_one_in(2) ? 2 : 1u << 22);
	}
	put_unaligned_be32(slb_unusable_generation(digests, n), in);
	if (rnd_one_in(32))
		in[0] = rnd();
	parts = (n + 255) / 256;
	for (i = 0; i < parts; i++)
		len += make_part(in + len, digests, n, (i + (n & 1)) % parts);
	return len;
}

const struct fuzz_target fuzz_unusable = { "unusable", run_unusable, make_unusable };
