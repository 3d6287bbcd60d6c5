// SPDX-License-Identifier: GPL-2.0-only
/* The schedulers that look at the sessions of servers: lc, wlc, sed, nq and p2c. */
#include "sched_fixture.h"

/* Load by weight, as fractions: the least there is. */
static bool is_least(unsigned int chosen, unsigned int n, bool weighted)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		u64 mine = f.server[chosen].sessions.counter * 256ULL + 1;
		u64 other = f.server[i].sessions.counter * 256ULL + 1;

		if (mine * (weighted ? f.server[i].conf.weight : 1) >
		    other * (weighted ? f.server[chosen].conf.weight : 1))
			return false;
	}
	return true;
}

/* Up to 30 servers with random weights and sessions. Return: their number. */
static unsigned int loaded(void)
{
	unsigned int n = 1 + rnd_below(30), i;

	setup(n);
	random_weights(n, rnd_one_in(2) ? 4 : SLB_WEIGHT_MAX);
	for (i = 0; i < n; i++)
		f.server[i].sessions.counter = rnd_below(rnd_one_in(2) ? 4 : 1 << 24);
	return n;
}

static void least(const char *sched, bool weighted)
{
	unsigned int times = unit_times(3000), n, i;
	struct slb_tuple t = client();

	for (i = 0; i < times && !unit_failing(); i++) {
		n = loaded();
		publish(sched, n);
		EXPECT(is_least(pick(&t), n, weighted));
		release();
	}
}

static void test_lc(void)
{
	least("lc", false);
}

static void test_wlc(void)
{
	least("wlc", true);
}

/* The shortest expected delay: the least sessions by weight, the new one included. */
static bool is_shortest(unsigned int chosen, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if ((f.server[chosen].sessions.counter + 1ULL) * f.server[i].conf.weight >
		    (f.server[i].sessions.counter + 1ULL) * f.server[chosen].conf.weight)
			return false;
	return true;
}

/* Servers without a session come first: is the chosen one the fastest of those? */
static bool is_never_queue(unsigned int chosen, unsigned int n)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (f.server[i].sessions.counter)
			continue;
		any = true;
		if (f.server[i].conf.weight > f.server[chosen].conf.weight)
			return false;
	}
	return any ? !f.server[chosen].sessions.counter : is_shortest(chosen, n);
}

static void test_sed_nq(void)
{
	unsigned int times = unit_times(3000), n, i, j, idle = 0;
	struct slb_tuple t = client();

	for (i = 0; i < times && !unit_failing(); i++) {
		n = loaded();
		publish("sed", n);
		EXPECT(is_shortest(pick(&t), n));
		publish("nq", n);
		j = pick(&t);
		EXPECT(is_never_queue(j, n));
		idle += !f.server[j].sessions.counter && !is_shortest(j, n);
		release();
	}
	EXPECT_F(idle > times / 20, "sed and nq differ only %u times", idle);
}

/* How often p2c's first draw takes each server: its slots, and those of which it is the alias. */
static void test_p2c_draws(void)
{
	unsigned int times = unit_times(200), n, i, j;

	for (i = 0; i < times && !unit_failing(); i++) {
		double drawn[SERVERS_MAX] = {};
		struct slb_set *set;

		n = 1 + rnd_below(SERVERS_MAX);
		setup(n);
		random_weights(n, i % 2 ? 10 : SLB_WEIGHT_MAX);
		publish("p2c", n);
		set = set4();
		for (j = 0; j < n; j++) {
			double own = set->table[j] == j ? 1 : set->entry[j].before / 4294967296.0;

			EXPECT(set->table[j] < n);
			drawn[j] += own;
			drawn[set->table[j]] += 1 - own;
		}
		for (j = 0; j < n; j++) {
			double want = (double)set->entry[j].weight / set->total;
			double off = drawn[j] / n - want;

			/* each slot is cut to 2^-32 of it */
			EXPECT_F(off * off * n * n < 0.0000000001, "server %u of %u: %g too much",
				 j, n, off);
		}
		release();
	}
}

/* The most sessions by weight that a server has after @sessions, in thousandths of the mean. */
static unsigned int fullest(const char *sched, unsigned int n, unsigned int sessions)
{
	unsigned int i, most = 0, total = 0;
	struct slb_tuple t = client();

	setup(n);
	for (i = 0; i < n; i++) {
		/* servers of three speeds */
		f.server[i].conf.weight = 1 << i % 3;
		total += f.server[i].conf.weight;
	}
	publish(sched, n);
	for (i = 0; i < sessions; i++)
		f.server[pick(&t)].sessions.counter++;
	for (i = 0; i < n; i++)
		most = max(most, (unsigned int)((u64)f.server[i].sessions.counter * total * 1000 /
						f.server[i].conf.weight / sessions));
	release();
	return most;
}

static void test_p2c_even(void)
{
	static const unsigned int n[] = { 2, 3, 10, 100, SERVERS_MAX };
	unsigned int i, wlc, p2c;

	for (i = 0; i < ARRAY_SIZE(n); i++) {
		wlc = fullest("wlc", n[i], 1000 * n[i]);
		p2c = fullest("p2c", n[i], 1000 * n[i]);
		printf("# %u servers of three speeds: the fullest has %u (wlc) and %u (p2c) of 1000\n",
		       n[i], wlc, p2c);
		EXPECT_F(p2c <= wlc * 13 / 10, "%u servers: %u of %u", n[i], p2c, wlc);
	}
	/* a few sessions each: chance matters most */
	wlc = fullest("wlc", SERVERS_MAX, 10 * SERVERS_MAX);
	p2c = fullest("p2c", SERVERS_MAX, 10 * SERVERS_MAX);
	EXPECT_F(p2c <= wlc * 2, "%u of %u", p2c, wlc);
}

/* Two servers are always compared, so the choice is that of wlc. */
static void test_p2c_two(void)
{
	unsigned int i;
	struct slb_tuple t = client();

	setup(2);
	publish("p2c", 2);
	f.server[0].sessions.counter = 7;
	f.server[1].sessions.counter = 8;
	f.server[1].idle.counter = 3;
	for (i = 0; i < 1000; i++)
		EXPECT_EQ(pick(&t), 1);
	publish("p2c", 1);
	EXPECT_EQ(pick(&t), 0);
	release();
}

/* Servers that are equally idle each get a share. */
static void test_lc_ties(void)
{
	unsigned int got[8] = {}, i;
	struct slb_tuple t = client();

	setup(8);
	publish("lc", 8);
	for (i = 0; i < 8000; i++)
		got[pick(&t)]++;
	for (i = 0; i < 8; i++)
		EXPECT_F(got[i] > 800 && got[i] < 1200, "server %u: %u of 1000", i, got[i]);
	release();
}

/* Closed and refused sessions hardly count. */
static void test_lc_idle(void)
{
	unsigned int got[3];

	setup(3);
	f.server[0].sessions.counter = 300;
	f.server[0].idle.counter = 300;
	f.server[1].sessions.counter = 2;
	f.server[2].sessions.counter = 2;
	take("lc", 3, 1, got);
	EXPECT_EQ(got[0], 1);
	f.server[0].sessions.counter = 300 + 2;
	take("wlc", 3, 4, got);
	EXPECT_F(got[0] <= 2, "%u of 4", got[0]);
	/* a count that another CPU is just changing */
	f.server[0].idle.counter = 400;
	take("lc", 3, 1, got);
	release();
}

/* Connections that end before the next one begins are shared by weight. */
static void test_lc_short(void)
{
	unsigned int i, got[2] = {};
	struct slb_tuple t = client();

	setup(2);
	f.server[1].conf.weight = 2;
	publish("wlc", 2);
	for (i = 0; i < 300; i++) {
		unsigned int at = pick(&t);

		got[at]++;
		f.server[at].sessions.counter++;
		f.server[at].idle.counter++;
	}
	EXPECT_F(got[0] >= 99 && got[0] <= 101, "%u of 300", got[0]);
	release();
}

static const struct unit_case cases[] = {
	{ "lc: the least sessions", test_lc },
	{ "wlc: the least sessions by weight", test_wlc },
	{ "sed: the shortest delay; nq: idle servers first", test_sed_nq },
	{ "p2c: draws by weight", test_p2c_draws },
	{ "p2c: no server gets far ahead", test_p2c_even },
	{ "p2c: of two servers the less loaded one", test_p2c_two },
	{ "lc: equals share", test_lc_ties },
	{ "lc and wlc: closed sessions", test_lc_idle },
	{ "wlc: short connections", test_lc_short },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
