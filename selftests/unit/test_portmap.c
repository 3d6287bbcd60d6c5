// SPDX-License-Identifier: GPL-2.0-only
/* From ports to ranges: random claims come and go; maps against a search through all. */
#include <slb/claims.h>

#include "unit.h"

#define CLAIMS_MAX 400

static struct slb_claim claim[CLAIMS_MAX];
static bool there[CLAIMS_MAX];
static struct slb_claims claims;

static unsigned int width(const struct slb_claim *c)
{
	return c->range.last - c->range.first;
}

/* Of all that hold the port the shortest; of two alike, that which names a protocol. */
static void *naive_find(unsigned int map, unsigned int port)
{
	static const u8 protos[SLB_PROTO_COUNT] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
	const struct slb_claim *best = NULL;
	unsigned int i;

	for (i = 0; i < CLAIMS_MAX; i++) {
		const struct slb_claim *c = &claim[i];

		if (!there[i] || (c->proto && c->proto != protos[map]) ||
		    port < c->range.first || port > c->range.last)
			continue;
		if (!best || width(c) < width(best) || (width(c) == width(best) && !best->proto))
			best = c;
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

/* A random range; ports from 0 to @most. */
static void draw(struct slb_claim *c, unsigned int most)
{
	static const u8 protos[] = { 0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
	u32 a = rnd_below(most + 1), b = rnd_one_in(3) ? a : rnd_below(most + 1);

	if (rnd_one_in(2))
		b = min(a + rnd_below(16), most);
	if (rnd_one_in(50)) {
		a = 0;
		b = most;
	}
	*c = (struct slb_claim){
		.range = { .first = min(a, b), .last = max(a, b) },
		.proto = protos[rnd_below(ARRAY_SIZE(protos))],
		.owner = c,
	};
}

static bool fits(const struct slb_claim *c)
{
	bool same = false, crosses = false;
	unsigned int i;

	for (i = 0; i < CLAIMS_MAX; i++) {
		const struct slb_claim *o = &claim[i];

		if (!there[i])
			continue;
		same |= o->proto == c->proto && !memcmp(&o->range, &c->range, sizeof(o->range));
		crosses |= (!o->proto || !c->proto || o->proto == c->proto) &&
			   slb_range_crosses(&o->range, &c->range);
	}
	EXPECT_EQ(!!slb_claims_find(&claims, c->proto, c->range.first, c->range.last), same);
	EXPECT_EQ(!!slb_claims_cross(&claims, c->proto, c->range.first, c->range.last), crosses);
	return !same && !crosses;
}

/* Parts and segments ascend without a hole, and no part is larger than it may be. */
static void check_shape(const struct slb_portmap *map)
{
	unsigned int i, j;
	u32 next = 0;

	EXPECT_EQ(map->at[0].first, 0);
	for (i = 0; i < map->n; i++) {
		const struct slb_portpart *part = map->at[i].part;

		EXPECT_EQ(part->seg[0].first, map->at[i].first);
		EXPECT(part->n && part->n <= SLB_PORTPART_FILL);
		for (j = 0; j < part->n; j++) {
			EXPECT(part->seg[j].first >= next && part->seg[j].first < SLB_PORTS);
			next = part->seg[j].first + 1;
		}
	}
}

static void check_port(unsigned int port)
{
	unsigned int map;

	for (map = 0; map < SLB_PROTO_COUNT; map++)
		EXPECT_F(slb_portmap_find(claims.map[map], port) == naive_find(map, port),
			 "port %u, map %u", port, map);
}

/* Where owners may change, and everywhere when @all. */
static void check_ports(bool all)
{
	unsigned int i, port;

	for (i = 0; i < SLB_PROTO_COUNT; i++)
		if (claims.map[i])
			check_shape(claims.map[i]);
	for (i = 0; i < CLAIMS_MAX; i++) {
		if (!there[i])
			continue;
		check_port(claim[i].range.first);
		check_port(claim[i].range.last);
		check_port((u16)(claim[i].range.first - 1));
		check_port((u16)(claim[i].range.last + 1));
	}
	for (port = 0; all && port < SLB_PORTS; port++)
		check_port(port);
}

static void add(unsigned int i)
{
	EXPECT_EQ(slb_claims_add(&claims, &claim[i]), 0);
	there[i] = true;
}

static void del(unsigned int i)
{
	EXPECT_EQ(slb_claims_del(&claims, &claim[i]), 0);
	there[i] = false;
}

static void end(void)
{
	slb_claims_end(&claims);
	memset(&claims, 0, sizeof(claims));
	memset(there, 0, sizeof(there));
}

/* More come than go, and then the reverse. */
static void random_life(unsigned int most, unsigned int changes)
{
	unsigned int i, change;

	for (change = 0; change < changes && !unit_failing(); change++) {
		i = rnd_below(CLAIMS_MAX);
		if (there[i] && (change > changes / 2 || rnd_one_in(4))) {
			del(i);
		} else if (!there[i] && (change < changes / 2 || rnd_one_in(8))) {
			draw(&claim[i], most);
			if (fits(&claim[i]))
				add(i);
		}
		if (rnd_one_in(64))
			check_ports(false);
	}
	check_ports(true);
	for (i = 0; i < CLAIMS_MAX; i++)
		if (there[i])
			del(i);
	check_ports(true);
	end();
}

static void test_random(void)
{
	static const unsigned int most[] = { 65535, 2000, 300, 7 };
	unsigned int n, times = unit_times(6);

	for (n = 0; n < times && !unit_failing(); n++)
		random_life(most[n % ARRAY_SIZE(most)], n % 3 ? 300 : 3000);
}

/* As deep as they come: each inside the one before. The outer ones come first, or last. */
static void test_nested(void)
{
	unsigned int i, turn;

	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < CLAIMS_MAX; i++) {
			unsigned int at = turn ? CLAIMS_MAX - 1 - i : i;

			claim[at] = (struct slb_claim){
				.range = { at, 65535 - at }, .proto = IPPROTO_TCP,
				.owner = &claim[at],
			};
			add(at);
		}
		check_ports(true);
		for (i = 0; i < CLAIMS_MAX; i += 2)
			del(i);
		check_ports(true);
		end();
	}
}

/* The ends of the port space, where a port behind the last does not fit 16 bits. */
static void test_ends(void)
{
	static const struct slb_claim ends[] = {
		{ .range = { 0, 65535 } }, { .range = { 0, 65535 }, .proto = IPPROTO_TCP },
		{ .range = { 0, 0 }, .proto = IPPROTO_TCP },
		{ .range = { 65535, 65535 }, .proto = IPPROTO_TCP },
	};
	unsigned int i;

	EXPECT(!slb_portmap_find(NULL, 80));
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		claim[i] = ends[i];
		claim[i].owner = &claim[i];
		add(i);
		check_ports(true);
	}
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		del(i);
		check_ports(true);
	}
	end();
}

static const struct unit_case cases[] = {
	{ "which ranges cross", test_crossing },
	{ "random claims come and go, every port", test_random },
	{ "ranges nested deeply", test_nested },
	{ "the first and the last port", test_ends },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
