// SPDX-License-Identifier: GPL-2.0-only
/* Replays the fuzzers' corpora, with all inputs that ever showed a fault. */
#include <dirent.h>
#include <signal.h>

#include "fuzz.h"

/* Where this program is. */
static char here[3072] = ".";

/* The input that is replayed. */
static const char *current = "";

static void aborted(int sig)
{
	printf("# with the input %s\n", current);
	signal(sig, SIG_DFL);
	raise(sig);
}

static int visible(const struct dirent *entry)
{
	return *entry->d_name != '.';
}

static void replay_file(const struct fuzz_target *target, const char *name)
{
	FILE *file = fopen(name, "r");
	size_t len;
	u8 *in;

	current = name;
	EXPECT_F(file, "cannot read %s", name);
	if (!file)
		return;
	in = malloc(FUZZ_INPUT_MAX);
	assert(in);
	len = fread(in, 1, FUZZ_INPUT_MAX, file);
	fclose(file);
	/* of just this length: the sanitizer knows its end */
	in = realloc(in, len ? len : 1);
	assert(in);
	fuzz_run(target, in, len);
	free(in);
}

static void replay(const struct fuzz_target *target)
{
	struct dirent **entries;
	char name[4096];
	int i, n;

	snprintf(name, sizeof(name), "%s/corpus/%s", here, target->name);
	n = scandir(name, &entries, visible, alphasort);
	EXPECT_F(n > 0, "no inputs in %s", name);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/corpus/%s/%s", here, target->name,
			 entries[i]->d_name);
		if (!unit_failing()) {
			replay_file(target, name);
			EXPECT_F(!unit_failing(), "with the input %s", name);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

#define REPLAY(name) static void replay_##name(void) { replay(&fuzz_##name); }
REPLAY(parse)
REPLAY(options)
REPLAY(rewrite)
REPLAY(icmp)
REPLAY(plain)
REPLAY(fast)
REPLAY(bfd)
REPLAY(probe)
REPLAY(shift)
REPLAY(option)

static const struct unit_case cases[] = {
	{ "parse: any packet", replay_parse },
	{ "options: IPv4 options and IPv6 extension headers", replay_options },
	{ "rewrite: packets in any checksum state", replay_rewrite },
	{ "icmp: errors that quote anything", replay_icmp },
	{ "plain: what the fast path reads", replay_plain },
	{ "fast: what the fast path sends", replay_fast },
	{ "bfd: sessions driven by packets and silence", replay_bfd },
	{ "probe: probes among all packets, and as they are sent", replay_probe },
	{ "shift: numbers and options of TCP headers", replay_shift },
	{ "option: packets that get the client's address", replay_option },
};

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');

	signal(SIGABRT, aborted);
	if (slash)
		snprintf(here, sizeof(here), "%.*s", (int)(slash - argv[0]), argv[0]);
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
