// SPDX-License-Identifier: GPL-2.0-only
/* From ports to ranges: every port of many random sets of ranges, against a search through all. */
#include <slb/portmap.h>

#include "unit.h"

#define RANGES_MAX 300

/* Of all that hold the port the shortest; of two alike, that which names a protocol. */
static void *naive_find(const struct slb_range *range, unsigned int n, unsigned int port)
{
	const struct slb_range *best = NULL;
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct slb_range *r = &range[i];

		if (port < r->first || port > r->last)
			continue;
		if (!best || r->last - r->first < best->last - best->first ||
		    (r->last - r->first == best->last - best->first && best->any))
			best = r;
	}
	return best ? best->owner : NULL;
}

/* With a small port space, a range is a set of bits. */
static void test_crossing(void)
{
	enum { PORTS = 12 };
	struct slb_range a, b;
	u32 in_a, in_b;

	for (a.first = 0; a.first < PORTS; a.first++)
		for (a.last = a.first; a.last < PORTS; a.last++)
			for (b.first = 0; b.first < PORTS; b.first++)
				for (b.last = b.first; b.last < PORTS; b.last++) {
					in_a = (2u << a.last) - (1u << a.first);
					in_b = (2u << b.last) - (1u << b.first);
					EXPECT_EQ(slb_range_crosses(&a, &b),
						  in_a & in_b && in_a & ~in_b && in_b & ~in_a);
				}
}

static bool fits(const struct slb_range *range, unsigned int n, const struct slb_range *r)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (slb_range_crosses(&range[i], r))
			return false;
		if (range[i].first == r->first && range[i].last == r->last &&
		    range[i].any == r->any)
			return false;
	}
	return true;
}

/* Random ranges none of which crosses another; ports from 0 to @most. */
static unsigned int make_ranges(struct slb_range *range, unsigned int n, unsigned int most)
{
	unsigned int made = 0, tries;

	for (tries = 0; tries < 4 * n && made < n; tries++) {
		struct slb_range r = { .owner = &range[made], .any = rnd_one_in(2) };
		u32 a = rnd_below(most + 1), b = rnd_one_in(3) ? a : rnd_below(most + 1);

		if (rnd_one_in(2))
			b = min(a + rnd_below(16), most);
		if (rnd_one_in(20)) {
			a = 0;
			b = most;
		}
		r.first = min(a, b);
		r.last = max(a, b);
		if (fits(range, made, &r))
			range[made++] = r;
	}
	return made;
}

static void check_ranges(struct slb_range *range, unsigned int n)
{
	/* no more room than the users of it are told to have */
	struct slb_portmap *map = malloc(sizeof(*map) + slb_portmap_max(n) * sizeof(map->seg[0]));
	const struct slb_range **open = malloc(max(n, 1u) * sizeof(*open));
	unsigned int port, i;

	slb_portmap_fill(map, range, n, open);
	EXPECT(map->n <= slb_portmap_max(n));
	for (i = 1; i < map->n; i++) {
		EXPECT(map->seg[i - 1].first < map->seg[i].first);
		EXPECT(map->seg[i - 1].owner != map->seg[i].owner);
	}
	for (port = 0; port < 65536; port++)
		EXPECT_F(slb_portmap_find(map, port) == naive_find(range, n, port),
			 "port %u of %u ranges", port, n);
	free(open);
	free(map);
}

static void test_random(void)
{
	static const unsigned int most[] = { 65535, 65535, 300, 7 };
	unsigned int n, times = unit_times(150);
	struct slb_range range[RANGES_MAX];

	for (n = 0; n < times && !unit_failing(); n++)
		check_ranges(range, make_ranges(range, rnd_below(n % 10 ? 20 : RANGES_MAX),
						most[n % ARRAY_SIZE(most)]));
}

/* As deep as they come: each inside the one before. */
static void test_nested(void)
{
	struct slb_range range[RANGES_MAX];
	unsigned int i;

	for (i = 0; i < RANGES_MAX; i++)
		range[i] = (struct slb_range) { i, 65535 - i, false, &range[i] };
	check_ranges(range, RANGES_MAX);
}

/* The ends of the port space, where a port behind the last does not fit 16 bits. */
static void test_ends(void)
{
	int own[4];
	struct slb_range range[] = {
		{ 0, 65535, true, &own[0] }, { 0, 65535, false, &own[1] },
		{ 0, 0, false, &own[2] }, { 65535, 65535, false, &own[3] },
	};

	check_ranges(range, ARRAY_SIZE(range));
	check_ranges(range, 0);
	EXPECT(!slb_portmap_find(NULL, 80));
}

static const struct unit_case cases[] = {
	{ "which ranges cross", test_crossing },
	{ "random ranges, every port", test_random },
	{ "ranges nested deeply", test_nested },
	{ "the first and the last port", test_ends },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
