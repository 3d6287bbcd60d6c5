// SPDX-License-Identifier: GPL-2.0-only
/* Differential fuzzer: random inputs for every target, the same ones again for the same seed. */
#include <getopt.h>
#include <time.h>

#include "fuzz.h"

/* The time is looked at once in so many inputs. */
#define TURN 1024

/**
 * struct job - what is to be done for one target
 * @target: the target
 * @done: inputs that were run
 * @outcomes: how often each came out
 */
struct job {
	const struct fuzz_target *target;
	u64 done;
	u64 outcomes[FUZZ_OUTCOMES];
};

static u64 seed;
static const char *dir = ".";

static void usage(void)
{
	printf("Usage: fuzz [--packets N] [--seconds N] [--seed S] [--keep DIR] [TARGET...]\n"
	       "       fuzz --make DIR --packets N [--seed S] TARGET\n"
	       "Runs N inputs in all (1000000), or until the time is up. What fails is kept in DIR.\n"
	       "--make writes inputs to files instead. Targets:");
	for (unsigned int i = 0; i < fuzz_n_targets; i++)
		printf(" %s", fuzz_targets[i]->name);
	putchar('\n');
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Every input by itself can be had again, whatever those before it did. */
static unsigned int make_input(const struct fuzz_target *target, u64 n, u8 *in)
{
	rnd_seed(seed);
	rnd_seed(rnd() + n * 0x9e3779b97f4a7c15ull);
	rnd_seed(rnd());
	return target->make(in);
}

/* Returns false when one fails. */
static bool run_turn(struct job *job, unsigned int times)
{
	u8 made[FUZZ_MADE_MAX], *in;
	unsigned int len;

	while (times--) {
		len = make_input(job->target, job->done, made);
		/* of just this length: the sanitizer knows its end */
		in = malloc(len ? len : 1);
		assert(in);
		memcpy(in, made, len);
		fuzz_keep("%s/%s-%llx-%llu", dir, job->target->name, (unsigned long long)seed,
			  (unsigned long long)job->done);
		job->outcomes[fuzz_run(job->target, in, len)]++;
		job->done++;
		free(in);
		if (unit_failing())
			return false;
	}
	return true;
}

static void report(const struct job *job)
{
	char buffer[SLB_DROP_WORD_SIZE];
	unsigned int i;

	printf("%-8s %10llu:", job->target->name, (unsigned long long)job->done);
	for (i = 0; i < FUZZ_OUTCOMES; i++)
		if (job->outcomes[i])
			printf(" %s %llu", fuzz_outcome_name(i, buffer),
			       (unsigned long long)job->outcomes[i]);
	putchar('\n');
}

static bool run_jobs(struct job *jobs, unsigned int n, u64 packets, double seconds)
{
	double begun = now();
	u64 done = 0;
	bool sound = true;
	unsigned int i, times;

	printf("seed 0x%llx\n", (unsigned long long)seed);
	for (i = 0; sound && done < packets && now() - begun < seconds; i = (i + 1) % n) {
		times = min((u64)TURN, packets - done);
		sound = run_turn(&jobs[i], times);
		done += times;
	}
	for (i = 0, done = 0; i < n; i++) {
		report(&jobs[i]);
		done += jobs[i].done;
	}
	printf("%llu packets in %.1f s, %s\n", (unsigned long long)done, now() - begun,
	       sound ? "0 mismatches" : "stopped at a mismatch");
	return sound;
}

static bool make_files(const struct fuzz_target *target, const char *to, u64 packets)
{
	u8 in[FUZZ_MADE_MAX];
	unsigned int len;
	char name[4096];
	FILE *file;
	u64 i;

	for (i = 0; i < packets; i++) {
		len = make_input(target, i, in);
		snprintf(name, sizeof(name), "%s/%llx-%llu", to, (unsigned long long)seed,
			 (unsigned long long)i);
		file = fopen(name, "w");
		if (!file || fwrite(in, 1, len, file) != len || fclose(file)) {
			perror(name);
			return false;
		}
	}
	return true;
}

static bool take_targets(struct job *jobs, unsigned int *n, char **names)
{
	unsigned int i;

	for (*n = 0; *n < fuzz_n_targets && names[*n]; ++*n) {
		jobs[*n].target = fuzz_target(names[*n]);
		if (!jobs[*n].target) {
			fprintf(stderr, "fuzz: no target \"%s\"\n", names[*n]);
			return false;
		}
	}
	for (i = 0; !*names && i < fuzz_n_targets; i++)
		jobs[(*n)++].target = fuzz_targets[i];
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "packets", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "keep", required_argument, NULL, 'k' },
		{ "make", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct job jobs[16] = { 0 };
	const char *make = NULL;
	double seconds = 0;
	u64 packets = 0;
	unsigned int n;
	int c;

	seed = (u64)time(NULL) << 20 ^ (u64)(now() * 1e6);
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			packets = strtoull(optarg, NULL, 0);
			break;
		case 't':
			seconds = strtod(optarg, NULL);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'k':
			dir = optarg;
			break;
		case 'm':
			make = optarg;
			break;
		default:
			usage();
			return c != 'h';
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!take_targets(jobs, &n, argv + optind))
		return 1;
	if (make)
		return !make_files(jobs[0].target, make, packets);
	if (!packets)
		packets = seconds ? ~0ull : 1000000;
	return !run_jobs(jobs, n, packets, seconds ? seconds : 1e9);
}
