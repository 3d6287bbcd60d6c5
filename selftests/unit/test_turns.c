// SPDX-License-Identifier: GPL-2.0-only
/* slb-healthd: links of a server take turns while all is well, and are all checked when not. */
#include "unit.h"

#include "health_run.h"

static unsigned int all_checks(unsigned int links)
{
	unsigned int i, checks = 0;

	for (i = 0; i < links; i++)
		checks += run_links[i].checks;
	return checks;
}

/* Within a tenth. */
static void expect_about(unsigned int got, unsigned int want)
{
	EXPECT_F(got >= want * 9 / 10 && got <= want * 11 / 10 + 1, "%u checks, not about %u", got,
		 want);
}

/* In a while of 200 intervals: the checks of all links, and those of each. */
static void expect_rate(unsigned int links, unsigned int all, unsigned int each)
{
	unsigned int i;

	for (i = 0; i < links; i++) {
		run_links[i].checks = 0;
		run_links[i].longest = 0;
	}
	run_for(200 * RUN_INTERVAL);
	expect_about(all_checks(links), all);
	for (i = 0; i < links; i++)
		expect_about(run_links[i].checks, each);
}

static void answer(unsigned int links, enum run_answer answer)
{
	unsigned int i;

	for (i = 0; i < links; i++)
		run_links[i].answer = answer;
}

static void test_quiet(void)
{
	unsigned int links, i;
	int down;

	for (down = 0; down < 2; down++) {
		for (links = 1; links <= RUN_LINKS; links++) {
			run_begin(links, down ? 'd' : 'u');
			answer(links, down ? RUN_BAD : RUN_GOOD);
			run_for(links * RUN_LATE(RUN_INTERVAL));
			expect_rate(links, 200, 200 / links);
			for (i = 0; i < links; i++)
				EXPECT(run_links[i].longest <= links * RUN_LATE(RUN_INTERVAL));
			run_end();
		}
	}
}

static void test_start(void)
{
	unsigned int i, round;

	for (round = 0; round < 50; round++) {
		run_begin(RUN_LINKS, '?');
		for (i = 0; i < RUN_LINKS; i++)
			EXPECT(run_until(i, 'u', RUN_LATE(RUN_FAST * RUN_RISE)) <=
			       RUN_LATE(RUN_FAST * RUN_RISE));
		/* at most one that was planned already */
		EXPECT(all_checks(RUN_LINKS) <= RUN_LINKS * RUN_RISE + 2);
		run_end();
	}
}

/* The server dies at any time: checks that failed, and the time that it took. */
static void die(unsigned int links, enum run_answer how)
{
	unsigned int most = RUN_LATE(RUN_INTERVAL) + (RUN_FALL - 1) * RUN_LATE(RUN_FAST), i;
	unsigned long long took = 0;

	/* the other links hear of it when the first check is late */
	if (how == RUN_SILENT)
		most = RUN_LATE(RUN_INTERVAL) + RUN_FALL * (RUN_TIMEOUT + 32) +
		       (links > 1) * (RUN_FAST + 32);
	run_begin(links, 'u');
	run_for(links * RUN_INTERVAL + rnd_below(links * RUN_INTERVAL));
	for (i = 0; i < links; i++)
		run_links[i].checks = 0;
	answer(links, how);
	for (i = 0; i < links; i++)
		took += run_until(i, 'd', 100 * RUN_INTERVAL);
	EXPECT_F(took <= most, "it took %llu ms", took);
	for (i = 0; i < links; i++)
		EXPECT_F(run_links[i].checks <= RUN_FALL + 1, "%u checks", run_links[i].checks);
	answer(links, RUN_GOOD);
	took = 0;
	for (i = 0; i < links; i++)
		took += run_until(i, 'u', 100 * RUN_INTERVAL);
	EXPECT_F(took <= RUN_LATE(RUN_INTERVAL) + RUN_RISE * RUN_LATE(RUN_FAST) + RUN_TIMEOUT,
		 "up again after %llu ms", took);
	run_end();
}

static void test_death(void)
{
	unsigned int round;

	for (round = 0; round < 200; round++)
		die(1 + round % RUN_LINKS, RUN_BAD);
}

static void test_silence(void)
{
	unsigned int round;

	for (round = 0; round < 200; round++)
		die(1 + round % RUN_LINKS, RUN_SILENT);
}

/* One link fails: found within its turn, and from then on each link is checked each interval. */
static void test_path(void)
{
	unsigned int most = RUN_LINKS * RUN_LATE(RUN_INTERVAL), round;

	most += (RUN_FALL - 1) * RUN_LATE(RUN_FAST);
	for (round = 0; round < 100; round++) {
		run_begin(RUN_LINKS, 'u');
		run_for(rnd_below(RUN_LINKS * RUN_INTERVAL) + RUN_LINKS * RUN_INTERVAL);
		run_links[1].answer = RUN_BAD;
		EXPECT(run_until(1, 'd', most) <= most);
		EXPECT_EQ(run_health(0), 'u');
		run_for(RUN_INTERVAL);
		expect_rate(RUN_LINKS, 200 * RUN_LINKS, 200);
		run_links[1].answer = RUN_GOOD;
		EXPECT(run_until(1, 'u', 2 * RUN_INTERVAL) <= RUN_LATE(RUN_INTERVAL + RUN_FAST));
		run_for(RUN_LINKS * RUN_LATE(RUN_INTERVAL));
		expect_rate(RUN_LINKS, 200, 200 / RUN_LINKS);
		run_end();
	}
}

/* One check that fails: a few more follow soon, and then all is quiet. */
static void test_slip(void)
{
	run_begin(2, 'u');
	run_for(4 * RUN_INTERVAL);
	answer(2, RUN_BAD);
	while (run_links[0].last != run_now() && run_links[1].last != run_now())
		run_for(1);
	run_for(6);
	answer(2, RUN_GOOD);
	run_links[0].checks = 0;
	run_links[1].checks = 0;
	run_for(RUN_LATE(RUN_FAST));
	EXPECT(run_links[0].checks && run_links[1].checks);
	run_for(2 * RUN_LATE(RUN_INTERVAL));
	expect_rate(2, 200, 100);
	run_end();
}

static void test_share(void)
{
	run_begin(2, 'u');
	run_for(4 * RUN_INTERVAL);
	run_links[0].percent = 50;
	run_links[1].percent = 50;
	run_links[0].checks = 0;
	run_links[1].checks = 0;
	run_for(RUN_LATE(RUN_INTERVAL));
	EXPECT(run_links[0].checks && run_links[1].checks);
	run_for(2 * RUN_LATE(RUN_INTERVAL));
	expect_rate(2, 200, 100);
	run_end();
}

/* Checks that cannot be sent leave the others at their interval. */
static void test_nothing(void)
{
	run_begin(2, 'u');
	run_links[1].answer = RUN_NOTHING;
	run_for(4 * RUN_INTERVAL);
	expect_rate(2, 400, 200);
	EXPECT_EQ(run_health(1), 'u');
	run_end();
}

/* A link that is down makes no haste of the others. */
static void test_link_down(void)
{
	run_begin(2, 'u');
	run_for(4 * RUN_INTERVAL);
	run_links[1].up = false;
	run_links[1].answer = RUN_BAD;
	run_links[0].checks = 0;
	EXPECT(run_until(1, 'd', 3 * RUN_INTERVAL) <= 3 * RUN_INTERVAL);
	EXPECT(run_links[0].checks <= 3);
	expect_rate(2, 400, 200);
	run_links[1].up = true;
	run_links[1].answer = RUN_GOOD;
	run_for(3 * RUN_LATE(RUN_INTERVAL));
	EXPECT_EQ(run_health(1), 'u');
	expect_rate(2, 200, 100);
	run_end();
}

static void test_look(void)
{
	unsigned int round;

	for (round = 0; round < 50; round++) {
		run_begin(RUN_LINKS, 'u');
		run_for(rnd_below(8 * RUN_INTERVAL));
		run_look();
		run_for(6);
		run_links[0].checks = 0;
		run_for(6);
		EXPECT(run_links[1].last + 16 >= run_now());
		EXPECT(run_links[2].last + 16 >= run_now());
		expect_rate(RUN_LINKS, 200, 200 / RUN_LINKS);
		run_end();
	}
}

/* Links come and go at any time: there is always somebody whose turn it is. */
static void test_links_change(void)
{
	unsigned int round, i, n = unit_times(500);

	for (round = 0; round < n; round++) {
		u32 gone = rnd_below(RUN_LINKS);

		run_begin(RUN_LINKS, 'u');
		run_for(rnd_below(8 * RUN_INTERVAL));
		run_remove(gone);
		for (i = 0; i < RUN_LINKS; i++)
			run_links[i].checks = 0;
		run_for(20 * RUN_INTERVAL);
		expect_about(all_checks(RUN_LINKS), 20);
		run_add(gone, 'u');
		run_for(RUN_LINKS * RUN_LATE(RUN_INTERVAL));
		EXPECT(run_links[gone].checks);
		expect_rate(RUN_LINKS, 200, 200 / RUN_LINKS);
		run_end();
	}
}

static const struct unit_case cases[] = {
	{ "the links of a server take turns while they agree", test_quiet },
	{ "all links of an unknown server are checked at once", test_start },
	{ "a server that refuses is down after as many checks as for one link", test_death },
	{ "the same for one that does not answer", test_silence },
	{ "a link that fails alone is found in its turn", test_path },
	{ "one failed check makes haste, and that ends", test_slip },
	{ "another share of the weight is asked for over all links", test_share },
	{ "a link over which nothing can be sent leaves the others as they are", test_nothing },
	{ "a link that is down leaves the others as they are", test_link_down },
	{ "all links are looked at when connections fail", test_look },
	{ "links come and go", test_links_change },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
