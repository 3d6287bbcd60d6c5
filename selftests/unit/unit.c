// SPDX-License-Identifier: GPL-2.0-only
/* Runs the cases of a unit test and prints KTAP: see unit.h. */
#include <stdarg.h>
#include <time.h>

#include "unit.h"

/* A case that fails everywhere need not say so a million times. */
#define FAILURES_SHOWN 5

static u64 state;
static unsigned int failures;
static unsigned int percent = 100;

/**
 * rnd() - the next random number (splitmix64)
 */
u64 rnd(void)
{
	u64 x = state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/**
 * rnd_seed() - choose which random numbers come next
 * @seed: where they begin
 */
void rnd_seed(u64 seed)
{
	state = seed;
}

/**
 * rnd_below() - a random number
 * @below: one more than the largest
 */
u32 rnd_below(u32 below)
{
	return (rnd() >> 32) * below >> 32;
}

/**
 * rnd_one_in() - true once in @n times
 * @n: times
 */
bool rnd_one_in(u32 n)
{
	return !rnd_below(n);
}

/**
 * rnd_bytes() - random bytes
 * @to: where to
 * @len: how many
 */
void rnd_bytes(void *to, size_t len)
{
	u8 *byte = to;

	while (len--)
		*byte++ = rnd();
}

/**
 * rnd_key() - a random key
 */
siphash_key_t rnd_key(void)
{
	siphash_key_t key;

	key.key[0] = rnd();
	key.key[1] = rnd();
	return key;
}

/**
 * unit_fail() - fail the case that is run
 * @file: where
 * @line: where
 * @format: why, as for printf()
 */
void unit_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	if (failures++ >= FAILURES_SHOWN)
		return;
	printf("# %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/**
 * unit_failing() - has the case that is run failed?
 */
bool unit_failing(void)
{
	return failures;
}

/**
 * unit_times() - how often to repeat something random
 * @times: times, unless UNIT_PERCENT asks for less or more
 */
unsigned int unit_times(unsigned int times)
{
	return max(1u, (unsigned int)((u64)times * percent / 100));
}

/**
 * unit_main() - run all cases
 * @argc: that of main()
 * @argv: that of main(); the first argument is a seed, from an earlier run that failed
 * @cases: what to run
 * @n: how many
 *
 * The environment may set UNIT_PERCENT, for fewer or more random repetitions.
 *
 * Return: status of the program, 0 when all have passed.
 */
int unit_main(int argc, char **argv, const struct unit_case *cases, unsigned int n)
{
	struct timespec now;
	bool bad = false;
	unsigned int i;
	u64 seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = argc > 1 ? strtoull(argv[1], NULL, 0) : (u64)now.tv_sec << 30 ^ now.tv_nsec;
	if (getenv("UNIT_PERCENT"))
		percent = strtoul(getenv("UNIT_PERCENT"), NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..%u\n# to repeat: %s 0x%llx\n", n, argv[0], seed);
	for (i = 0; i < n; i++) {
		/* each case by itself can be had again, whatever those before it did */
		rnd_seed(seed + i);
		failures = 0;
		cases[i].run();
		if (failures > FAILURES_SHOWN)
			printf("# and %u more\n", failures - FAILURES_SHOWN);
		printf("%sok %u - %s\n", failures ? "not " : "", i + 1, cases[i].name);
		bad |= failures;
	}
	return bad;
}
