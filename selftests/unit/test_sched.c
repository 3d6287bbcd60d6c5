// SPDX-License-Identifier: GPL-2.0-only
/* The schedulers: exact turns, and how evenly and steadily hashing shares. The sets of servers. */
#include "sched_fixture.h"

/* Any run of picks as long as the sum of the weights gives each server just its weight. */
static void exact_rounds(unsigned int n, u32 divisor)
{
	unsigned int got[SERVERS_MAX] = {}, i, total = 0, ahead = rnd_below(1000);
	struct slb_tuple t = client();

	for (i = 0; i < n; i++)
		total += f.server[i].conf.weight / divisor;
	while (ahead--)
		pick(&t);
	for (i = 0; i < total; i++)
		got[pick(&t)]++;
	for (i = 0; i < n; i++)
		EXPECT_EQ(got[i], f.server[i].conf.weight / divisor);
}

static void test_rr(void)
{
	unsigned int n, times = unit_times(100), i;

	for (i = 0; i < times && !unit_failing(); i++) {
		n = 1 + rnd_below(SERVERS_MAX);
		setup(n);
		publish("rr", n);
		exact_rounds(n, 1);
		release();
	}
}

/* A set that is published anew goes on where the last one was. */
static void test_rr_goes_on(void)
{
	struct slb_tuple t = client();
	unsigned int got[10] = {}, i;

	setup(10);
	for (i = 0; i < 10; i++) {
		publish("rr", 10);
		got[pick(&t)]++;
	}
	for (i = 0; i < 10; i++)
		EXPECT_EQ(got[i], 1);
	release();
}

static void test_wrr(void)
{
	unsigned int n, times = unit_times(200), i, j;
	u32 divisor;

	for (i = 0; i < times && !unit_failing(); i++) {
		n = 1 + rnd_below(20);
		setup(n);
		random_weights(n, i % 10 ? 40 : 3000);
		divisor = 0;
		for (j = 0; j < n; j++)
			divisor = gcd(divisor, f.server[j].conf.weight);
		publish("wrr", n);
		exact_rounds(n, divisor);
		release();
	}
}

/* The largest weights there are, at the largest number of servers that is tried here. */
static void test_wrr_large(void)
{
	unsigned int got[SERVERS_MAX] = {}, i;
	struct slb_tuple t = client();

	setup(SERVERS_MAX);
	for (i = 0; i < SERVERS_MAX; i++)
		f.server[i].conf.weight = SLB_WEIGHT_MAX - i % 2;
	publish("wrr", SERVERS_MAX);
	f.turns.n[0] = 0xfffffff0;
	for (i = 0; i < 100 * SERVERS_MAX; i++)
		got[pick(&t)]++;
	for (i = 0; i < SERVERS_MAX; i++)
		EXPECT_F(got[i] > 90 && got[i] < 110, "server %u: %u of 100", i, got[i]);
	release();
}

/*
 * At no time is a server far ahead of its share or behind it: where each got all its turns at a
 * stretch, it would be by up to 60 here.
 */
static void test_wrr_even(void)
{
	unsigned int times = unit_times(100), n, i, j;

	for (i = 0; i < times && !unit_failing(); i++) {
		double got[20] = {}, total = 0, far = 0;
		struct slb_tuple t = client();

		n = 2 + rnd_below(18);
		setup(n);
		random_weights(n, 60);
		publish("wrr", n);
		total = set4()->total;
		for (j = 1; j <= total; j++) {
			unsigned int s = pick(&t);
			double ahead = ++got[s] - j * set4()->entry[s].weight / total;

			far = max(far, ahead < 0 ? -ahead : ahead);
		}
		EXPECT_F(far < 16, "%f picks ahead or behind", far);
		release();
	}
}

/* Shares of hashing schedulers, over random clients. */
static void shares(const char *sched)
{
	unsigned int got[16] = {}, i, total = 0, flows = 100000;

	setup(16);
	random_weights(16, 8);
	publish(sched, 16);
	for (i = 0; i < flows; i++) {
		struct slb_tuple t = client();

		got[pick(&t)]++;
	}
	for (i = 0; i < 16; i++)
		total += f.server[i].conf.weight;
	for (i = 0; i < 16; i++) {
		double want = (double)flows * f.server[i].conf.weight / total;

		/* six times the standard deviation, and what the table rounds */
		EXPECT_F((got[i] - want) * (got[i] - want) < 40 * want, "%s: %u of %f", sched,
			 got[i], want);
	}
	release();
}

static void test_shares(void)
{
	shares("sh");
	shares("mh");
}

static void sticky(const char *sched, bool by_address)
{
	unsigned int i;

	setup(16);
	publish(sched, 16);
	for (i = 0; i < 2000; i++) {
		struct slb_tuple t = client();
		unsigned int first = pick(&t);

		if (by_address) {	/* whatever its port and the VIP */
			t.sport = rnd();
			t.dst.ip = rnd();
		}
		EXPECT_EQ(pick(&t), first);
	}
	release();
}

static void test_sticky(void)
{
	sticky("sh", true);
	sticky("mh", false);
}

/* A table of mh by server, for comparing. */
static void owners(u16 *to)
{
	u32 i;

	for (i = 0; i < set4()->table_size; i++)
		to[i] = set4()->entry[set4()->table[i]].server - f.server;
}

static void mh_count(unsigned int n, unsigned int *slots)
{
	u32 i;

	memset(slots, 0, n * sizeof(*slots));
	for (i = 0; i < set4()->table_size; i++)
		slots[set4()->entry[set4()->table[i]].server - f.server]++;
}

static void test_mh_equal(void)
{
	static const unsigned int ns[] = { 1, 2, 3, 10, 100, 300 };
	unsigned int slots[SERVERS_MAX], i, j;

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		setup(ns[i]);
		publish("mh", ns[i]);
		mh_count(ns[i], slots);
		for (j = 0; j < ns[i]; j++)
			EXPECT_F(slots[j] - SLB_MH_SIZE_DEFAULT / ns[i] <= 1, "%u of %u", slots[j],
				 SLB_MH_SIZE_DEFAULT / ns[i]);
		release();
	}
}

static void test_mh_weights(void)
{
	unsigned int slots[50], n, i, j;

	for (i = 0; i < 20 && !unit_failing(); i++) {
		double total = 0;

		n = 1 + rnd_below(50);
		setup(n);
		random_weights(n, i % 2 ? 10 : SLB_WEIGHT_MAX);
		publish("mh", n);
		mh_count(n, slots);
		for (j = 0; j < n; j++)
			total += f.server[j].conf.weight;
		for (j = 0; j < n; j++) {
			double share = f.server[j].conf.weight / total;
			double want = SLB_MH_SIZE_DEFAULT * share;

			/*
			 * After K turns a server has floor(K * weight / largest) slots. Up to
			 * one slot of each is lost so, and given out again by weight.
			 */
			EXPECT_F(slots[j] > want - 2 && slots[j] < want + 1 + n * share,
				 "%u of %f", slots[j], want);
		}
		release();
	}
}

/* One server of @n goes, and comes back: how many slots move, in percent? */
static double mh_moved(unsigned int n)
{
	static u16 before[SLB_MH_SIZE_DEFAULT], after[SLB_MH_SIZE_DEFAULT];
	unsigned int gone = rnd_below(n), moved = 0;
	u32 slot;

	setup(n);
	publish("mh", n);
	owners(before);
	f.server[gone].conf.weight = 0;
	publish("mh", n);
	owners(after);
	for (slot = 0; slot < SLB_MH_SIZE_DEFAULT; slot++) {
		EXPECT(after[slot] != gone);
		moved += before[slot] != after[slot];
	}
	f.server[gone].conf.weight = 1;
	publish("mh", n);
	owners(after);
	EXPECT(!memcmp(before, after, sizeof(before)));
	release();
	return moved * 100.0 / SLB_MH_SIZE_DEFAULT;
}

/* Two servers that walk alike make it more, of few servers, for few keys: so three are tried. */
static void test_mh_disruption(void)
{
	static const unsigned int ns[] = { 2, 5, 10, 50, 200 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		double moved[3], most = 0, least = 100, sum = 0, have_to = 100.0 / ns[i];

		for (j = 0; j < ARRAY_SIZE(moved); j++) {
			moved[j] = mh_moved(ns[i]);
			most = moved[j] > most ? moved[j] : most;
			least = moved[j] < least ? moved[j] : least;
			sum += moved[j];
		}
		printf("# %u servers, one goes: %.2f to %.2f %% of the slots move, %.2f %% have to\n",
		       ns[i], least, most, have_to);
		/* the second one of three */
		EXPECT_F(sum - most - least <= have_to + 2, "%f", sum - most - least);
		EXPECT_F(most <= have_to + 10, "%f", most);
	}
}

/* Drained servers and those of the other family are in no set; VIPs hear when a group runs dry. */
static void test_set(void)
{
	unsigned int i, n;

	setup(40);
	for (i = 0; i < 40; i++) {
		f.server[i].conf.weight = rnd_below(3);
		f.server[i].family = rnd_one_in(2) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	}
	publish("sh", 40);
	for (n = 0, i = 0; i < 40; i++) {
		struct slb_set *set = f.group.set[f.server[i].family == NFPROTO_IPV6];
		bool in = f.server[i].conf.weight;
		u32 at;

		for (at = 0; at < set->n && set->entry[at].server != &f.server[i]; at++)
			;
		EXPECT_EQ(at < set->n, in);
		n += in;
	}
	EXPECT_EQ(slb_group_usable(&f.sn, &f.group), n);
	refreshed = 0;
	for (i = 0; i < 40; i++)
		f.server[i].conf.weight = 0;
	publish("sh", 40);
	EXPECT_EQ(refreshed, 2);
	publish("sh", 40);
	EXPECT_EQ(refreshed, 2);
	release();
}

/* The point of a line of weights, against a walk along it. */
static void test_set_at(void)
{
	u32 point, at = 0;

	setup(30);
	random_weights(30, 50);
	publish("sh", 30);
	for (point = 0; point < set4()->total; point++) {
		if (at + 1 < set4()->n && set4()->entry[at + 1].before == point)
			at++;
		EXPECT_EQ(slb_set_at(set4(), point), at);
	}
	release();
}

static void test_rekey(void)
{
	static u16 before[SLB_MH_SIZE_DEFAULT], after[SLB_MH_SIZE_DEFAULT];
	siphash_key_t key = rnd_key();
	unsigned int same = 0;
	u32 slot;

	setup(50);
	publish("mh", 50);
	owners(before);
	EXPECT_EQ(slb_group_rekey(&f.sn, &key), 0);
	owners(after);
	for (slot = 0; slot < SLB_MH_SIZE_DEFAULT; slot++)
		same += before[slot] == after[slot];
	EXPECT_F(same < SLB_MH_SIZE_DEFAULT / 25, "%u slots stayed", same);
	release();
}

/* The share of the first server, in thousandths, after a part of its slow start. */
static unsigned int ramp_share(const char *sched, unsigned int n, unsigned int at)
{
	unsigned int got[SERVERS_MAX], i, total = 2000 * n;

	for (i = 0; i < n; i++)
		f.server[i].sessions.counter = 0;
	jiffies = f.server[0].ramp + at * HZ;
	take(sched, n, total, got);
	return got[0] * 1000 / total;
}

/* A server that comes up gets its weight step by step, under each scheduler that allows that. */
static void test_slow_start(void)
{
	static const char *const sched[] = { "rr", "wrr", "lc", "wlc", "sed", "nq", "p2c" };
	unsigned int k, at;

	for (k = 0; k < ARRAY_SIZE(sched); k++) {
		setup(4);
		jiffies = 1000000;
		f.group.conf.slow_start = 20;
		publish(sched[k], 4);
		f.server[0].drained = true;
		publish(sched[k], 4);
		EXPECT_EQ(f.server[0].ramp, jiffies);
		for (at = 0; at <= 20; at++) {
			unsigned int want = 1000 * at / (60 + at);
			unsigned int got = ramp_share(sched[k], 4, at);

			EXPECT_F(got <= want + 30 && want <= got + 30, "%s: %u of %u after %u",
				 sched[k], got, want, at);
			EXPECT_F(f.server[0].effective <= 1000 * at / 20 + 1, "%u",
				 f.server[0].effective);
		}
		EXPECT_EQ(f.server[0].effective, 1000);
		EXPECT_EQ(f.group.ramping, false);
		EXPECT(set4()->sched == slb_sched_find(sched[k]));
		release();
	}
}

/* None is scaled when all would be. */
static void test_slow_start_all(void)
{
	unsigned int i;

	setup(4);
	f.group.conf.slow_start = 20;
	for (i = 0; i < 4; i++)
		f.server[i].drained = true;
	publish("wrr", 4);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(f.server[i].effective, 1000);
	EXPECT_EQ(f.group.ramping, true);
	release();
}

/* Which of the first servers are in the set? A bit for each. */
static unsigned int members(unsigned int n)
{
	unsigned int i, bits = 0;

	publish("wrr", n);
	for (i = 0; i < set4()->n; i++)
		bits |= 1 << (set4()->entry[i].server - f.server);
	return bits;
}

static void test_state_and_health(void)
{
	setup(4);
	f.group.conf.min_healthy.n = 1;
	EXPECT_EQ(members(4), 0xf);
	f.server[0].conf.state = SLB_SERVER_STATE_DRAIN;
	f.server[1].conf.state = SLB_SERVER_STATE_MAINT;
	f.server[2].health.state = SLB_HEALTH_DOWN;
	EXPECT_EQ(members(4), 0x8);
	EXPECT_EQ(f.server[2].drained, true);
	EXPECT_EQ(f.server[3].drained, false);
	f.server[3].health.state = SLB_HEALTH_DOWN;
	EXPECT_EQ(members(4), 0);
	f.group.conf.when_none = SLB_WHEN_NONE_ALL;
	EXPECT_EQ(members(4), 0xc);
	EXPECT_EQ(f.server[2].drained, false);
	release();
}

static void test_min_healthy(void)
{
	unsigned int i;

	setup(4);
	f.group.conf.min_healthy = (struct slb_share){ .n = 50, .percent = true };
	for (i = 0; i < 2; i++)
		f.server[i].health.state = SLB_HEALTH_DOWN;
	EXPECT_EQ(members(4), 0xc);
	f.server[2].health.state = SLB_HEALTH_DOWN;
	EXPECT_EQ(members(4), 0);
	EXPECT_F(!f.server[3].drained, "a healthy server is drained");
	f.group.conf.when_none = SLB_WHEN_NONE_ALL;
	EXPECT_EQ(members(4), 0xf);
	f.group.conf.min_healthy.n = 25;
	EXPECT_EQ(members(4), 0x8);
	release();
}

/* Too few are healthy, while weights are scaled: nobody is left to be scaled. */
static void test_refuse_scaled(void)
{
	setup(3);
	jiffies = 1000000;
	f.group.conf.slow_start = 20;
	f.group.conf.min_healthy.n = 3;
	f.server[0].health.state = SLB_HEALTH_DOWN;
	f.server[1].drained = true;
	EXPECT_EQ(members(3), 0);
	f.server[2].health.cut = 50;
	EXPECT_EQ(members(3), 0);
	EXPECT_EQ(f.server[2].effective, 0);
	f.server[0].health.state = SLB_HEALTH_UP;
	EXPECT_EQ(members(3), 0x7);
	release();
}

/* A slow start that is set later does not concern servers that are up. */
static void test_slow_start_later(void)
{
	setup(2);
	jiffies = 1000000;
	f.server[0].drained = true;
	publish("wrr", 2);
	f.group.conf.slow_start = 20;
	publish("wrr", 2);
	EXPECT_EQ(f.server[0].effective, 1000);
	EXPECT_EQ(f.group.ramping, false);
	release();
}

static void test_percent(void)
{
	unsigned int got[2];

	setup(2);
	f.server[0].health.cut = 75;
	take("wrr", 2, 1000, got);
	EXPECT_EQ(got[0], 200);
	EXPECT_EQ(f.server[0].effective, 250);
	take("sh", 2, 1, got);
	EXPECT_EQ(f.server[0].effective, 1000);
	f.server[0].health.cut = 100;
	take("mh", 2, 100, got);
	EXPECT_EQ(got[0], 0);
	release();
}

/* Two servers of tier 0, two of tier 2, one of tier 5. */
static void test_tiers(void)
{
	setup(5);
	f.server[2].conf.tier = 2;
	f.server[3].conf.tier = 2;
	f.server[4].conf.tier = 5;
	tier_events = 0;
	EXPECT_EQ(members(5), 0x3);
	EXPECT_EQ(f.group.tier, 0);
	f.server[0].health.state = SLB_HEALTH_DOWN;
	EXPECT_EQ(members(5), 0x2);
	f.group.conf.tier_min = (struct slb_share){ .n = 100, .percent = true };
	EXPECT_EQ(members(5), 0xe);
	EXPECT_EQ(f.group.tier, 2);
	EXPECT_EQ(f.server[4].drained, false);
	f.server[1].conf.weight = 0;
	f.server[3].health.state = SLB_HEALTH_DOWN;
	EXPECT_EQ(members(5), 0x14);
	f.server[2].conf.state = SLB_SERVER_STATE_DRAIN;
	EXPECT_EQ(members(5), 0x10);
	EXPECT_EQ(f.group.tier, 5);
	f.server[0].health.state = SLB_HEALTH_UP;
	f.group.conf.tier_min = (struct slb_share){};
	EXPECT_EQ(members(5), 0x1);
	EXPECT_EQ(tier_events, 3);
	release();
}

/* Servers 0 and 1 of tier 0, 2 of tier 3, 3 of tier 4. */
static void overflowing(void)
{
	setup(4);
	f.group.conf.overflow = true;
	f.server[2].conf.tier = 3;
	f.server[3].conf.tier = 4;
}

static void limit(unsigned int i, u32 sessions)
{
	f.server[i].conf.session_limit = sessions;
	f.server[i].limit = sessions;
}

static unsigned int choose(void)
{
	struct slb_tuple t = client();
	struct slb_server *server = set4()->pick(set4(), &t);

	return server ? server - f.server : SERVERS_MAX;
}

/* One client in three sends most flows, always by the same hash. */
static void balance(const char *name, u32 factor)
{
	unsigned int i, most = 0, n = 3000;

	setup(10);
	f.group.conf.sched = slb_sched_find(name);
	f.group.conf.hash = SLB_GROUP_HASH_SOURCE;
	f.group.conf.balance_factor = factor;
	members(10);
	for (i = 0; i < n; i++) {
		struct slb_tuple t = client();
		struct slb_server *server;

		if (i % 3 == 0)
			t.src.ip = htonl(0x0a000001);
		server = set4()->pick(set4(), &t);
		EXPECT(server);
		atomic_set(&server->sessions, atomic_read(&server->sessions) + 1);
		EXPECT(i < 100 || (u32)atomic_read(&server->sessions) * 1000 <=
		       (i + 1) * factor + 1000);
		jiffies += i % 8 == 0;
	}
	for (i = 0; i < 10; i++)
		most = max_t(unsigned int, most, atomic_read(&f.server[i].sessions));
	EXPECT(most * 1000 <= n * factor + 1000);
	for (i = 0; i < 10; i++)
		atomic_set(&f.server[i].sessions, 0);
	release();
}

static void test_balance(void)
{
	balance("sh", 125);
	balance("mh", 125);
	balance("mh", 101);
}

static void test_overflow(void)
{
	static const char *const sched[] = {
		"rr", "wrr", "lc", "wlc", "sed", "nq", "p2c", "sh", "mh"
	};
	unsigned int k, i, got[SERVERS_MAX + 1];

	for (k = 0; k < ARRAY_SIZE(sched); k++) {
		overflowing();
		publish(sched[k], 4);
		EXPECT(!set4()->over);
		EXPECT(set4()->pick == set4()->sched->pick);
		limit(0, 10);
		limit(1, 5);
		limit(2, 3);
		publish(sched[k], 4);
		EXPECT(set4()->over && set4()->over->over && !set4()->over->over->over);
		memset(got, 0, sizeof(got));
		for (i = 0; i < 30; i++) {
			unsigned int at = choose();

			jiffies++;
			got[at]++;
			f.server[at].sessions.counter++;
		}
		EXPECT_F(got[0] == 10 && got[1] == 5 && got[2] == 3 && got[3] == 12, "%s: %u %u %u %u",
			 sched[k], got[0], got[1], got[2], got[3]);
		limit(3, 12);
		EXPECT_EQ(choose(), SERVERS_MAX);
		f.group.conf.overflow = false;
		publish(sched[k], 4);
		EXPECT(!set4()->over);
		EXPECT_EQ(choose(), SERVERS_MAX);
		f.server[1].sessions.counter--;
		jiffies++;
		EXPECT_EQ(choose(), 1);
		release();
	}
}

/* Weights are scaled, and the tiers for what overflows have no server. */
static void test_overflow_scaled(void)
{
	setup(3);
	jiffies = 1000000;
	f.group.conf.overflow = true;
	f.group.conf.slow_start = 20;
	limit(0, 5);
	publish("wrr", 3);
	f.server[1].drained = true;
	publish("wrr", 3);
	EXPECT(!set4()->over);
	f.server[1].health.cut = 50;
	publish("rr", 3);
	EXPECT(!set4()->over);
	EXPECT(choose() < 3);
	release();
}

static const struct unit_case cases[] = {
	{ "rr: every round is exact", test_rr },
	{ "rr: a new set goes on with the round", test_rr_goes_on },
	{ "wrr: every round is exact", test_wrr },
	{ "wrr: the largest weights", test_wrr_large },
	{ "wrr: turns are spread over the round", test_wrr_even },
	{ "sh and mh: shares by weight", test_shares },
	{ "sh and mh: the same client, the same server", test_sticky },
	{ "mh: equal weights", test_mh_equal },
	{ "mh: weights", test_mh_weights },
	{ "mh: a server goes and comes back", test_mh_disruption },
	{ "sets: family and weight", test_set },
	{ "sets: search by weight", test_set_at },
	{ "another key makes another table", test_rekey },
	{ "slow start: a line, and back to the scheduler", test_slow_start },
	{ "slow start: not when all would ramp", test_slow_start_all },
	{ "sets: state and health", test_state_and_health },
	{ "sets: too few healthy servers", test_min_healthy },
	{ "sets: too few healthy servers in a slow start", test_refuse_scaled },
	{ "slow start: not for servers that are up", test_slow_start_later },
	{ "sets: a part of the weight", test_percent },
	{ "sets: tiers", test_tiers },
	{ "sets: overflow to the next tiers", test_overflow },
	{ "sets: hash-balance-factor", test_balance },
	{ "sets: overflow while weights are scaled", test_overflow_scaled },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
