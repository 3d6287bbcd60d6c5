// SPDX-License-Identifier: GPL-2.0-only
/* The choice among several next hops: back where a packet came from, else a live one by hash. */
#include <slb/nexthops.h>

#include "unit.h"

#define FLOWS 20000u

static struct {
	struct slb_nexthops all;
	struct slb_nexthops_one room[SLB_NEXTHOPS_MAX];
} hops;

static struct slb_nexthop link_nh;

/* A link with @n next hops; @ranks: that of each, from the shim: 0 is the best one. */
static void setup(unsigned int n, const u8 *ranks)
{
	unsigned int i;

	memset(&hops, 0, sizeof(hops));
	hops.all.n = n;
	hops.all.link = &link_nh;
	for (i = 0; i < n; i++) {
		struct slb_nexthop *nh = &hops.all.one[i].nh;

		nh->has[0] = true;
		nh->state = SLB_NEXTHOP_UP;
		nh->rank[0] = ranks ? ranks[i] : 0;
	}
}

static unsigned int choose(int came, u32 hash)
{
	return slb_nexthops_choose(&hops.all, NFPROTO_IPV4, came, hash);
}

/* The best rank of all that have the family, written down naively. */
static u8 naive_best(void)
{
	u8 best = SLB_NEXTHOP_RANK_NO, rank;
	unsigned int i;

	for (i = 0; i < hops.all.n; i++) {
		rank = slb_nexthop_rank(&hops.all.one[i].nh, NFPROTO_IPV4);
		if (rank > best)
			best = rank;
	}
	return best;
}

/* Random ranks: back to where it came from if that is among the best, else to one of those. */
static void test_naive(void)
{
	u32 times = unit_times(200000), k;

	for (k = 0; k < times; k++) {
		unsigned int n = 2 + rnd_below(SLB_NEXTHOPS_MAX - 1), i, got;
		int came = (int)rnd_below(n + 1) - 1;
		u32 hash = rnd();
		u8 best;

		setup(n, NULL);
		for (i = 0; i < n; i++) {
			/* the shim takes 0 for the best rank, and a device that is down for none */
			hops.all.one[i].nh.rank[0] = SLB_NEXTHOP_RANK_FAILED + rnd_below(5);
			if (rnd_one_in(8))
				hops.all.one[i].nh.state = SLB_NEXTHOP_NO_DEVICE;
			hops.all.one[i].nh.has[0] = !rnd_one_in(8);
		}
		got = choose(came, hash);
		best = naive_best();
		EXPECT(got < n);
		EXPECT_EQ(slb_nexthop_rank(&hops.all.one[got].nh, NFPROTO_IPV4), best);
		EXPECT(best == SLB_NEXTHOP_RANK_NO || hops.all.one[got].nh.has[0]);
		if (came >= 0 && hops.all.one[came].nh.has[0] &&
		    slb_nexthop_rank(&hops.all.one[came].nh, NFPROTO_IPV4) == best)
			EXPECT_EQ(got, came);
		EXPECT_EQ(choose(came, hash), got);
	}
}

/* Flows without a relay that they came from are spread evenly, also those of similar hashes. */
static void test_spread(void)
{
	unsigned int n, i, step;

	for (n = 2; n <= SLB_NEXTHOPS_MAX; n++) {
		for (step = 1; step <= 2; step++) {
			unsigned int count[SLB_NEXTHOPS_MAX] = {};
			/* the ports of sessions times GOLDEN_RATIO_32, or any numbers */
			u32 factor = step == 1 ? 0x61c88647 : 1, flow;

			setup(n, NULL);
			for (flow = 0; flow < FLOWS; flow++)
				count[choose(-1, (1024 + flow) * factor)]++;
			for (i = 0; i < n; i++)
				EXPECT_F(count[i] * n > FLOWS * 9 / 10 &&
					 count[i] * n < FLOWS * 11 / 10,
					 "%u of %u flows to next hop %u of %u", count[i],
					 FLOWS, i, n);
		}
	}
}

/* When one fails, only its flows move, and they are spread over the others. */
static void test_stable(void)
{
	u8 ranks[SLB_NEXTHOPS_MAX] = {}, was[FLOWS];
	unsigned int moved[SLB_NEXTHOPS_MAX] = {}, n = 4, flow, i, now;

	setup(n, ranks);
	for (flow = 0; flow < FLOWS; flow++)
		was[flow] = choose(-1, flow * 0x61c88647);
	ranks[1] = SLB_NEXTHOP_RANK_FAILED;
	setup(n, ranks);
	for (flow = 0; flow < FLOWS; flow++) {
		now = choose(-1, flow * 0x61c88647);
		if (was[flow] == 1)
			moved[now]++;
		else
			EXPECT_EQ(now, was[flow]);
	}
	EXPECT_EQ(moved[1], 0);
	for (i = 0; i < n; i++)
		EXPECT(i == 1 || moved[i] > FLOWS / n / 4);
}

static const struct unit_case cases[] = {
	{ "a packet goes back where it came from, or to one of the best", test_naive },
	{ "flows are spread over all next hops", test_spread },
	{ "only flows of a next hop that fails move", test_stable },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
