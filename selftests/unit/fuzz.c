// SPDX-License-Identifier: GPL-2.0-only
/* The list of fuzzers' targets, and what runs one input: see fuzz.h. */
#include <signal.h>
#include <stdarg.h>

#include "fuzz.h"

const struct fuzz_target *const fuzz_targets[] = {
	&fuzz_parse, &fuzz_options, &fuzz_rewrite, &fuzz_icmp, &fuzz_plain, &fuzz_fast,
	&fuzz_bfd, &fuzz_probe, &fuzz_unusable, &fuzz_shift, &fuzz_option,
};

const unsigned int fuzz_n_targets = ARRAY_SIZE(fuzz_targets);

/* The input that is run, and where it is kept should the program end in it. */
static const u8 *input;
static unsigned int input_len;
static char keep[256];

static void keep_input(void)
{
	FILE *file = input && *keep ? fopen(keep, "w") : NULL;

	if (!file)
		return;
	fwrite(input, 1, input_len, file);
	fclose(file);
	fprintf(stderr, "The input is in %s\n", keep);
	input = NULL;
}

static void aborted(int sig)
{
	keep_input();
	signal(sig, SIG_DFL);
	raise(sig);
}

/**
 * fuzz_keep() - have an input that fails or ends the program written to a file
 * @format: name of the file, as for printf()
 */
void fuzz_keep(const char *format, ...)
{
	static bool set;
	va_list args;

	va_start(args, format);
	vsnprintf(keep, sizeof(keep), format, args);
	va_end(args);
	if (set)
		return;
	set = true;
	signal(SIGABRT, aborted);
}

/**
 * fuzz_run() - run one input
 * @target: of this target
 * @in: the input
 * @len: its length, bytes
 *
 * Return: what came of it. When it fails, unit_failing() tells.
 */
unsigned int fuzz_run(const struct fuzz_target *target, const u8 *in, unsigned int len)
{
	unsigned int outcome;

	if (len > FUZZ_INPUT_MAX)
		return FUZZ_NOTHING;
	input = in;
	input_len = len;
	outcome = target->run(in, len);
	if (unit_failing())
		keep_input();
	input = NULL;
	return outcome;
}

/**
 * fuzz_target() - look up a target
 * @name: its name
 *
 * Return: the target or NULL.
 */
const struct fuzz_target *fuzz_target(const char *name)
{
	unsigned int i;

	for (i = 0; i < fuzz_n_targets; i++)
		if (!strcmp(fuzz_targets[i]->name, name))
			return fuzz_targets[i];
	return NULL;
}

/**
 * fuzz_outcome_name() - what came of an input, as a word
 * @outcome: what fuzz_run() returned
 * @buffer: room for SLB_DROP_WORD_SIZE bytes
 */
const char *fuzz_outcome_name(unsigned int outcome, char *buffer)
{
	static const char *const kinds[] = { "other", "flow", "echo", "error", "nothing" };
	static const char *const reasons[] = {
#define X(name, skb_reason, text) #name,
		"OK", SLB_DROP_REASONS(X)
#undef X
	};

	if (outcome >= FUZZ_KIND)
		return kinds[outcome - FUZZ_KIND];
	slb_drop_word(buffer, reasons[outcome]);
	return buffer;
}

/**
 * fuzz_take() - take an input apart
 * @k: filled
 * @in: the input
 * @len: its length
 * @how_len: how much of struct fuzz_how it begins with
 *
 * Return: false when it is too short.
 */
bool fuzz_take(struct fuzz_packet *k, const u8 *in, unsigned int len, unsigned int how_len)
{
	if (len < how_len)
		return false;
	memset(&k->how, 0, sizeof(k->how));
	memcpy(&k->how, in, how_len);
	k->family = k->how.family % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	k->bytes = in + how_len;
	k->len = len - how_len;
	k->l3 = min(k->how.network % 8u * 4, k->len);
	return true;
}

/**
 * fuzz_headlen() - bytes in the first of a packet's two pieces
 * @how: of an input
 * @len: bytes in both
 */
unsigned int fuzz_headlen(const struct fuzz_how *how, unsigned int len)
{
	return min(naive_get16(how->split), len);
}

/**
 * fuzz_tuple() - the tuple that an input has for a packet
 * @k: the input
 * @proto: protocol of the tuple
 */
struct slb_tuple fuzz_tuple(const struct fuzz_packet *k, u8 proto)
{
	unsigned int len = k->family == NFPROTO_IPV4 ? 4 : 16;
	struct slb_tuple t = { .family = k->family, .proto = proto };

	memcpy(&t.src, k->how.src, len);
	memcpy(&t.dst, k->how.dst, len);
	memcpy(&t.sport, k->how.sport, 2);
	memcpy(&t.dport, k->how.dport, 2);
	return t;
}

/**
 * fuzz_outcome() - what came of a packet
 * @r: what the naive parser says of it
 */
unsigned int fuzz_outcome(const struct naive_result *r)
{
	return r->why ? r->why : FUZZ_KIND + r->kind;
}
