// SPDX-License-Identifier: GPL-2.0-only
/* slb-healthd: a target changes after enough equal results in a row, and never else. */
#include "unit.h"

#include "../../tools/slb-healthd/state.h"

#define RISE	2
#define FALL	3

/* Results as text: g good, b bad, - nothing; the health after each: u up, d down, ? unknown. */
static void run(enum hd_health from, const char *results, const char *wanted)
{
	static const char names[] = "?ud";
	struct hd_state state;
	unsigned int i;

	hd_state_init(&state, from);
	for (i = 0; results[i]; i++) {
		enum hd_result result = results[i] == 'g' ? HD_GOOD :
					results[i] == 'b' ? HD_BAD : HD_NOTHING;
		enum hd_health before = state.health;
		bool changed = hd_state_result(&state, result, RISE, FALL);

		EXPECT_F(names[state.health] == wanted[i], "after %u of %s: %c, not %c", i + 1,
			 results, names[state.health], wanted[i]);
		EXPECT_EQ(changed, state.health != before);
	}
}

static void test_fall(void)
{
	run(HD_UP, "bbb", "uud");
	run(HD_UP, "bbgbbgbbb", "uuuuuuuud");
	run(HD_UP, "gggbbb", "uuuuud");
}

static void test_rise(void)
{
	run(HD_DOWN, "gg", "du");
	run(HD_DOWN, "gbgbgg", "dddddu");
	run(HD_DOWN, "bbbgg", "ddddu");
}

static void test_unknown(void)
{
	run(HD_UNKNOWN, "gg", "?u");
	run(HD_UNKNOWN, "bbb", "??d");
	run(HD_UNKNOWN, "bbgg", "???u");
	run(HD_UNKNOWN, "gbbb", "???d");
}

static void test_nothing(void)
{
	run(HD_UP, "-----", "uuuuu");
	run(HD_DOWN, "-----", "ddddd");
	/* It neither counts nor ends a row. */
	run(HD_UP, "b-b-b", "uuuud");
	run(HD_DOWN, "g--g", "dddu");
}

static void test_changing(void)
{
	struct hd_state state;

	hd_state_init(&state, HD_UNKNOWN);
	EXPECT(hd_state_changing(&state));
	hd_state_init(&state, HD_UP);
	EXPECT(!hd_state_changing(&state));
	hd_state_result(&state, HD_BAD, RISE, FALL);
	EXPECT(hd_state_changing(&state));
	hd_state_result(&state, HD_GOOD, RISE, FALL);
	EXPECT(!hd_state_changing(&state));
}

/* Beside a model that keeps all results. */
static void test_random(void)
{
	unsigned int round, i, n = unit_times(2000);

	for (round = 0; round < n; round++) {
		u32 rise = 1 + rnd_below(4), fall = 1 + rnd_below(4), good = 0, bad = 0;
		enum hd_health health = (enum hd_health)rnd_below(3);
		struct hd_state state;

		hd_state_init(&state, health);
		for (i = 0; i < 40; i++) {
			enum hd_result result = (enum hd_result)rnd_below(3);

			good = result == HD_GOOD ? good + 1 : result == HD_BAD ? 0 : good;
			bad = result == HD_BAD ? bad + 1 : result == HD_GOOD ? 0 : bad;
			if (good >= rise)
				health = HD_UP;
			if (bad >= fall)
				health = HD_DOWN;
			hd_state_result(&state, result, rise, fall);
			EXPECT_EQ(state.health, health);
		}
	}
}

static const struct unit_case cases[] = {
	{ "up becomes down after fall bad results in a row", test_fall },
	{ "down becomes up after rise good results in a row", test_rise },
	{ "unknown becomes either", test_unknown },
	{ "results that say nothing change nothing", test_nothing },
	{ "results that disagree with the health are looked at more closely", test_changing },
	{ "random results, beside a model", test_random },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
