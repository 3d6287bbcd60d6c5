// SPDX-License-Identifier: GPL-2.0-only
/* Rendezvous hashing and the flow hash: weights, little disruption, no order, no patterns. */
#include <math.h>

#include <slb/flow.h>
#include <slb/hrw.h>

#include "packet.h"

#define MEMBERS_MAX 40
#define SLOTS 65536u

struct member {
	char name[16];
	u32 weight;
};

static struct member members[MEMBERS_MAX];
static siphash_key_t key;

/* Names that differ little, as those of hosts do. */
static void setup(unsigned int n, u32 most)
{
	unsigned int i;

	key = rnd_key();
	for (i = 0; i < n; i++) {
		snprintf(members[i].name, sizeof(members[i].name), "b%u", i + 1);
		members[i].weight = 1 + rnd_below(most);
	}
}

/* The member that has a slot: all are compared, in the order given. */
static unsigned int holder(const unsigned int *order, unsigned int n, u32 slot)
{
	unsigned int best = order[0], i;
	u64 best_draw = slb_hrw_draw(slb_hrw_name(members[best].name, &key), slot, &key);

	for (i = 1; i < n; i++) {
		const struct member *m = &members[order[i]];
		u64 draw = slb_hrw_draw(slb_hrw_name(m->name, &key), slot, &key);

		if (m->weight && slb_hrw_beats(draw, m->weight, best_draw, members[best].weight)) {
			best = order[i];
			best_draw = draw;
		}
	}
	return best;
}

static void fill(u8 *table, unsigned int n)
{
	unsigned int order[MEMBERS_MAX], i;
	u32 slot;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (slot = 0; slot < SLOTS; slot++)
		table[slot] = holder(order, n, slot);
}

/* Within 2^-23 of the real logarithm, and never the other way round. */
static void test_log(void)
{
	u32 last = slb_hrw_neglog2(0), n, times = unit_times(300000);
	u64 h;

	EXPECT_EQ(last, SLB_HRW_LOG_MAX);
	EXPECT_EQ(slb_hrw_neglog2(U32_MAX), 0);
	for (n = 0; n < times; n++) {
		u32 x = n % 2 ? rnd() : rnd() >> (32 + rnd_below(32));
		double want = (32 - log2((double)x + 1)) * (1 << 24);

		EXPECT_F(fabs(slb_hrw_neglog2(x) - want) <= 2, "of %u: %u, not %f", x,
			 slb_hrw_neglog2(x), want);
	}
	for (h = 1; h <= U32_MAX; h += 1 + h / 4096) {
		EXPECT(slb_hrw_neglog2(h) <= last);
		last = slb_hrw_neglog2(h);
	}
}

/* Exactly one of two wins, and winning is passed on. */
static void test_beats(void)
{
	unsigned int n, times = unit_times(300000), i;

	for (n = 0; n < times; n++) {
		bool few = rnd_one_in(2);
		u64 draw[3];
		u32 weight[3];

		for (i = 0; i < 3; i++) {
			draw[i] = few ? (u64)rnd_below(3) << 32 | rnd_below(2) : rnd();
			weight[i] = 1 + rnd_below(few ? 2 : 65535);
		}
		if (draw[0] != draw[1])
			EXPECT(slb_hrw_beats(draw[0], weight[0], draw[1], weight[1]) !=
			       slb_hrw_beats(draw[1], weight[1], draw[0], weight[0]));
		if (slb_hrw_beats(draw[0], weight[0], draw[1], weight[1]) &&
		    slb_hrw_beats(draw[1], weight[1], draw[2], weight[2]))
			EXPECT(slb_hrw_beats(draw[0], weight[0], draw[2], weight[2]));
		/* more weight never loses what less would win */
		if (slb_hrw_beats(draw[0], weight[0], draw[1], weight[1]))
			EXPECT(slb_hrw_beats(draw[0], weight[0] + 1, draw[1], weight[1]));
	}
}

static void test_order(void)
{
	unsigned int order[MEMBERS_MAX], n = 20, i, first;
	u32 slot;

	setup(n, 9);
	for (slot = 0; slot < 3000; slot++) {
		for (i = 0; i < n; i++)
			order[i] = i;
		first = holder(order, n, slot);
		for (i = n - 1; i; i--) {
			unsigned int j = rnd_below(i + 1), swap = order[i];

			order[i] = order[j];
			order[j] = swap;
		}
		EXPECT_EQ(holder(order, n, slot), first);
	}
}

/* Shares of @n members, within five standard deviations. */
static void shares(unsigned int n, u32 most)
{
	unsigned int got[MEMBERS_MAX] = {}, i;
	static u8 table[SLOTS];
	double total = 0;
	u32 slot;

	setup(n, most);
	fill(table, n);
	for (slot = 0; slot < SLOTS; slot++)
		got[table[slot]]++;
	for (i = 0; i < n; i++)
		total += members[i].weight;
	for (i = 0; i < n; i++) {
		double p = members[i].weight / total, sigma = sqrt(SLOTS * p * (1 - p));

		EXPECT_F(fabs(got[i] - SLOTS * p) <= 5 * sigma + 1, "of weight %u: %u, not %f",
			 members[i].weight, got[i], SLOTS * p);
	}
}

static void test_weights(void)
{
	shares(1, 1);
	shares(2, 1);
	shares(2, 100);
	shares(10, 4);
	shares(MEMBERS_MAX, 1);
	shares(MEMBERS_MAX, 65535);
}

/* When one comes, only slots that it gets move, and as many as its share. */
static void test_disruption(void)
{
	static const unsigned int ns[] = { 1, 2, 4, 10, 30 };
	static u8 before[SLOTS], after[SLOTS];
	unsigned int i, n, moved;
	u32 slot;

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		n = ns[i];
		setup(n + 1, 1);
		fill(before, n);
		fill(after, n + 1);
		for (moved = 0, slot = 0; slot < SLOTS; slot++) {
			EXPECT(after[slot] == before[slot] || after[slot] == n);
			moved += after[slot] != before[slot];
		}
		printf("# to %u members comes one: %.2f %% of the slots move, %.2f %% have to\n", n,
		       moved * 100.0 / SLOTS, 100.0 / (n + 1));
		EXPECT(moved <= SLOTS / (n + 1) + SLOTS / 100);
	}
}

/* One that gets heavier only takes, one that gets lighter only gives. */
static void test_reweigh(void)
{
	static u8 before[SLOTS], after[SLOTS];
	u32 slot;

	setup(8, 10);
	fill(before, 8);
	members[3].weight += 1 + rnd_below(10);
	fill(after, 8);
	for (slot = 0; slot < SLOTS; slot++)
		EXPECT(after[slot] == before[slot] || after[slot] == 3);
}

/* The bits of the flow hash, by how often each is set and how often it goes with its neighbour. */
#define BITS_TIMES 40000

static unsigned int ones[64], pairs[64];

static void count_bits(u64 hash)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		ones[bit] += hash >> bit & 1;
		pairs[bit] += (hash >> bit ^ hash >> (bit + 1) % 64) & 1;
	}
}

static void expect_bits(void)
{
	unsigned int bit, half = BITS_TIMES / 2;

	for (bit = 0; bit < 64; bit++)
		EXPECT_F(abs((int)(ones[bit] - half)) < 600 && abs((int)(pairs[bit] - half)) < 600,
			 "bit %u is set %u times, and differs from the next one %u times", bit,
			 ones[bit], pairs[bit]);
	memset(ones, 0, sizeof(ones));
	memset(pairs, 0, sizeof(pairs));
}

static void test_hash_bits(void)
{
	struct slb_tuple t;
	unsigned int n;

	key = rnd_key();
	packet_tuple(&t, NFPROTO_IPV4, IPPROTO_TCP);
	for (n = 0; n < BITS_TIMES; n++) {
		t.sport = htons(n);
		if (n == BITS_TIMES / 2)
			packet_tuple(&t, NFPROTO_IPV6, IPPROTO_UDP);
		count_bits(slb_flow_hash(&t, &key));
	}
	expect_bits();
}

/* One flow that comes again and again; many; and what one draws has no part in its hash. */
static void test_draw_bits(void)
{
	struct slb_tuple t;
	unsigned int n;

	key = rnd_key();
	packet_tuple(&t, NFPROTO_IPV4, IPPROTO_TCP);
	for (n = 0; n < BITS_TIMES; n++)
		count_bits(slb_hash_draw(slb_flow_hash(&t, &key), n, &key));
	expect_bits();
	for (n = 0; n < BITS_TIMES; n++) {
		t.sport = htons(n);
		count_bits(slb_hash_draw(slb_flow_hash(&t, &key), 7, &key));
	}
	expect_bits();
	for (n = 0; n < BITS_TIMES; n++) {
		u64 hash;

		t.sport = htons(n);
		hash = slb_flow_hash(&t, &key);
		count_bits(hash ^ slb_hash_draw(hash, n, &key));
	}
	expect_bits();
}

/* Each bit of the key counts, the tag does not, and the key does. */
static void test_hash_parts(void)
{
	unsigned int family, bit;
	struct slb_tuple t;
	u64 hash;

	for (family = 0; family < 2; family++) {
		key = rnd_key();
		packet_tuple(&t, family ? NFPROTO_IPV6 : NFPROTO_IPV4, IPPROTO_TCP);
		hash = slb_flow_hash(&t, &key);
		t.tag = rnd();
		EXPECT(slb_flow_hash(&t, &key) == hash);
		for (bit = 0; bit < 8 * offsetof(struct slb_tuple, family); bit++) {
			u8 *byte = (u8 *)&t + bit / 8;

			/* words that IPv4 does not use */
			if (!family && bit / 8 < 32 && bit / 8 % 16 >= 4)
				continue;
			*byte ^= 1 << bit % 8;
			EXPECT_F(slb_flow_hash(&t, &key) != hash, "bit %u says nothing", bit);
			*byte ^= 1 << bit % 8;
		}
		key.key[1] ^= 1;
		EXPECT(slb_flow_hash(&t, &key) != hash);
	}
}

/* Relays of either byte order must agree: the answer for one flow of each family. */
static void test_hash_known(void)
{
	struct slb_tuple t = { .sport = htons(12345), .dport = htons(80), .proto = 6 };
	const siphash_key_t known = { { 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull } };
	u8 flat[37] = {};

	t.family = NFPROTO_IPV4;
	t.src.ip = htonl(0xc0000201);
	t.dst.ip = htonl(0xc6336401);
	memcpy(flat, "\xc0\x00\x02\x01\xc6\x33\x64\x01\x30\x39\x00\x50\x06", 13);
	EXPECT(slb_flow_hash(&t, &known) == siphash13(flat, 13, &known));
	EXPECT(slb_flow_hash(&t, &known) == 0x2f9a9029177ffc94ull);
	t.family = NFPROTO_IPV6;
	memset(&t.src, 0x20, 16);
	memset(&t.dst, 0x30, 16);
	memset(flat, 0x20, 16);
	memset(flat + 16, 0x30, 16);
	memcpy(flat + 32, "\x30\x39\x00\x50\x06", 5);
	EXPECT(slb_flow_hash(&t, &known) == siphash13(flat, sizeof(flat), &known));
}

static const struct unit_case cases[] = {
	{ "the logarithm", test_log },
	{ "of two members one has the slot", test_beats },
	{ "the order of members does not count", test_order },
	{ "shares by weight", test_weights },
	{ "a member comes or goes", test_disruption },
	{ "a member changes its weight", test_reweigh },
	{ "flow hash: no bit has a pattern", test_hash_bits },
	{ "random bits of a flow: no bit has a pattern", test_draw_bits },
	{ "flow hash: what counts", test_hash_parts },
	{ "flow hash: known answers", test_hash_known },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
