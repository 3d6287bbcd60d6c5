// SPDX-License-Identifier: GPL-2.0-only
/* Keywords of "show" that say how to show: how many lines, or only their number. */
#include "nl.h"
#include "count.h"

#include <string.h>

#define NAMES_MAX	16

const struct ctl_arg ctl_views_list[CTL_VIEWS_LIST] = {
	{ .word = "limit", .value = "N", .text = "Show at most so many lines.",
	  .kind = CTL_ARG_LIMIT, .min = 1, .max = UINT32_MAX },
	{ .word = "count", .value = "by KEY",
	  .text = "Show their number, or that of each KEY, the largest first.",
	  .kind = CTL_ARG_COUNT },
};

const struct ctl_arg ctl_views_rate[CTL_VIEWS_RATE] = {
	{ .word = "rate", .value = "SECONDS",
	  .text = "Show rates: read the counters twice, so many seconds apart.",
	  .kind = CTL_ARG_RATE, .min = 1, .max = 3600 },
};

struct listing {
	const struct ctl_object *object;
	uint32_t limit;
	uint32_t shown;
};

/**
 * ctl_views() - Does a command take the keywords that say how to show?
 * @noun: The noun.
 * @command: Its command.
 *
 * Return: Whether it does.
 */
bool ctl_views(const struct ctl_noun *noun, const struct ctl_command *command)
{
	return noun->view_count && command->verb == CTL_GET;
}

/**
 * ctl_view_begins() - Do words begin with such a keyword, where a name could also be?
 * @noun: The noun.
 * @command: Its command.
 * @words: The words.
 *
 * Return: Whether they are the whole keyword "rate" and a number.
 */
bool ctl_view_begins(const struct ctl_noun *noun, const struct ctl_command *command,
		     const struct ctl_words *words)
{
	const char *number = words->count > 1 ? words->word[1] : "";

	return noun->views == ctl_views_rate && ctl_views(noun, command) &&
	       words->count > 1 && !strcmp(words->word[0], ctl_views_rate[0].word) && *number &&
	       !number[strspn(number, "0123456789")];
}

/**
 * ctl_view_words() - How many words a keyword takes, with itself.
 * @arg: The keyword.
 * @words: The words.
 * @at: Place of the keyword in @words.
 *
 * Return: Number of words; there may be fewer.
 */
int ctl_view_words(const struct ctl_arg *arg, const struct ctl_words *words, int at)
{
	if (arg->kind != CTL_ARG_COUNT)
		return 2;
	return at + 1 < words->count && !strcmp(words->word[at + 1], "by") ? 3 : 1;
}

static int read_key(struct ctl_call *call, const char *word, struct ctl_fault *fault)
{
	const char *names[NAMES_MAX];
	size_t i;
	int at;

	for (i = 0; i < call->noun->key_count; i++)
		names[i] = call->noun->keys[i].word;
	at = ctl_pick(names, call->noun->key_count, word, "key", fault);
	if (at < 0)
		return -1;
	call->view.by = &call->noun->keys[at];
	return 0;
}

/**
 * ctl_view_read() - Read a keyword that says how to show, and its value.
 * @call: The command; its words begin with the keyword.
 * @arg: The keyword.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_view_read(struct ctl_call *call, const struct ctl_arg *arg, struct ctl_fault *fault)
{
	int words = ctl_view_words(arg, &call->words, 0);
	const char *value = words > 1 ? call->words.word[words - 1] : NULL;
	uint32_t *number = arg->kind == CTL_ARG_RATE ? &call->view.rate : &call->view.limit;
	int result = 0;

	if (arg->kind == CTL_ARG_COUNT ? call->view.count : *number)
		return ctl_fault_set(fault, "\"%s\" is given twice", arg->word);
	if (call->words.count < words)
		return ctl_fault_set(fault, "\"%s\" needs a value: %s",
				     words > 2 ? "by" : arg->word, words > 2 ? "KEY" : arg->value);
	if (arg->kind == CTL_ARG_COUNT)
		call->view.count = true;
	if (arg->kind != CTL_ARG_COUNT)
		result = ctl_parse_number(value, arg->word, arg->min, arg->max, number, fault);
	else if (value)
		result = read_key(call, value, fault);
	call->words.word += words;
	call->words.count -= words;
	return result;
}

static void count_message(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_tally *tally = data;
	struct ctl_record record;

	ctl_record_read(&record, tally->object, nlh);
	ctl_tally_add(tally, &record);
}

static void show_message(const struct nlmsghdr *nlh, void *data)
{
	struct listing *listing = data;
	struct ctl_record record;

	if (listing->shown == listing->limit)
		return;
	ctl_record_read(&record, listing->object, nlh);
	ctl_out_record(&record);
	if (++listing->shown == listing->limit)
		ctl_nl_stop();
}

/**
 * ctl_view_list() - Show the number of objects that match, or the first ones.
 * @call: The command; its words are read.
 *
 * Return: Exit status.
 */
int ctl_view_list(struct ctl_call *call)
{
	struct ctl_tally tally = { .by = call->view.by, .object = call->noun->object };
	struct listing listing = { .object = call->noun->object, .limit = call->view.limit };
	int result, put = 0;

	ctl_out_begin();
	if (call->view.count)
		result = ctl_nl_dump(&call->request, count_message, &tally);
	else
		result = ctl_nl_dump(&call->request, show_message, &listing);
	if (result < 0 || ctl_options.dry_run)
		ctl_tally_free(&tally);
	else if (call->view.count)
		put = ctl_tally_put(&tally, call->view.limit);
	ctl_out_end();
	result = ctl_object_end(&call->request, result);
	return put && !result ? CTL_EXIT_WORDS : result;
}
