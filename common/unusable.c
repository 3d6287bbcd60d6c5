// SPDX-License-Identifier: GPL-2.0-only
/* Sets of unusable VIPs: chunks are checked and collected, and digests are looked up. */
#include <linux/siphash.h>
#include <slb/unusable.h>

/* The same on every host: anyone may compute it, and it protects nothing. */
static const siphash_key_t slb_unusable_hash = {{ 0x736c62756e7573, 1 }};

static u32 slb_unusable_mix(u32 sum, u32 digest)
{
	return siphash_2u64(sum, digest, &slb_unusable_hash);
}

/* A generation that a set with members may have. */
static u32 slb_unusable_proper(u32 sum)
{
	return sum == SLB_UNUSABLE_NONE || sum == SLB_UNUSABLE_ALL ? 1 : sum;
}

/**
 * slb_unusable_generation() - compute the generation of a set
 * @digests: its members, ascending, host order
 * @n: their number, more than 0
 *
 * It depends on the members alone. So hosts with the same set have the same generation, and chunks
 * of them complete each other.
 *
 * Return: the generation, neither SLB_UNUSABLE_NONE nor SLB_UNUSABLE_ALL.
 */
u32 slb_unusable_generation(const u32 *digests, u32 n)
{
	u32 i, sum = 0;

	for (i = 0; i < n; i++)
		sum = slb_unusable_mix(sum, digests[i]);
	return slb_unusable_proper(sum);
}

/**
 * slb_unusable_sound() - does a probe carry a chunk?
 * @more: our part of the probe
 * @room: bytes that follow it
 *
 * Return: true when it does, and all its digests are there.
 */
bool slb_unusable_sound(const struct slb_bfd_more *more, unsigned int room)
{
	u32 generation = ntohl(more->unusable), count = ntohs(more->count);

	if (generation == SLB_UNUSABLE_NONE || generation == SLB_UNUSABLE_ALL)
		return false;
	if (more->chunks > SLB_UNUSABLE_CHUNKS || more->chunk >= more->chunks || !count ||
	    count > room / sizeof(__be32))
		return false;
	/* only the last one may be shorter */
	return more->chunk == more->chunks - 1 ? count <= SLB_UNUSABLE_CHUNK :
						 count == SLB_UNUSABLE_CHUNK;
}

/**
 * slb_unusable_wants() - is a chunk missing in a set?
 * @set: the set of its generation
 * @more: our part of a probe, slb_unusable_sound()
 *
 * Return: true when slb_unusable_put() takes it.
 */
bool slb_unusable_wants(const struct slb_unusable_set *set, const struct slb_bfd_more *more)
{
	return !set->whole && !(set->got & 1ull << more->chunk) &&
	       (!set->chunks || set->chunks == more->chunks);
}

static u32 slb_unusable_at(const struct slb_unusable_set *set, u32 i)
{
	return set->chunk[i / SLB_UNUSABLE_CHUNK][i % SLB_UNUSABLE_CHUNK];
}

/* All chunks are there. Are they those of the generation? */
static bool slb_unusable_agrees(const struct slb_unusable_set *set)
{
	u32 i, sum = 0;

	for (i = 0; i < set->n; i++) {
		/* slb_unusable_has() relies on the order */
		if (i && slb_unusable_at(set, i) <= slb_unusable_at(set, i - 1))
			return false;
		sum = slb_unusable_mix(sum, slb_unusable_at(set, i));
	}
	return slb_unusable_proper(sum) == set->generation;
}

/**
 * slb_unusable_put() - add a chunk to a set
 * @set: the set of its generation
 * @more: our part of the probe, slb_unusable_wants()
 * @digests: the digests as received; the set has them from now on, in host order
 *
 * Return: enum slb_unusable_result.
 */
enum slb_unusable_result slb_unusable_put(struct slb_unusable_set *set,
					  const struct slb_bfd_more *more, u32 *digests)
{
	u32 i, count = ntohs(more->count);

	for (i = 0; i < count; i++)
		digests[i] = ntohl((__force __be32)digests[i]);
	set->chunks = more->chunks;
	set->chunk[more->chunk] = digests;
	set->got |= 1ull << more->chunk;
	if (more->chunk == more->chunks - 1)
		set->n = more->chunk * SLB_UNUSABLE_CHUNK + count;
	if (set->got != ~0ull >> (64 - set->chunks))
		return SLB_UNUSABLE_PART;
	set->whole = slb_unusable_agrees(set);
	return set->whole ? SLB_UNUSABLE_WHOLE : SLB_UNUSABLE_UNSOUND;
}

/**
 * slb_unusable_missing() - the first chunk that is missing
 * @set: a set
 *
 * Return: its number; 0 when all are there.
 */
u8 slb_unusable_missing(const struct slb_unusable_set *set)
{
	u8 i = 0;

	while (i < set->chunks && set->got & 1ull << i)
		i++;
	return i < set->chunks ? i : 0;
}

/**
 * slb_unusable_has() - is a VIP in a set?
 * @set: the set, whole
 * @digest: slb_probe_vips_digest() of the VIP
 *
 * Return: true when it is.
 */
bool slb_unusable_has(const struct slb_unusable_set *set, u32 digest)
{
	u32 first = 0, end = set->n, middle;

	while (first < end) {
		middle = first + (end - first) / 2;
		if (slb_unusable_at(set, middle) == digest)
			return true;
		if (slb_unusable_at(set, middle) < digest)
			first = middle + 1;
		else
			end = middle;
	}
	return false;
}
