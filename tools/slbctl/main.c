// SPDX-License-Identifier: GPL-2.0-only
/* Parses the options of slbctl and runs the command. */
#include "nl.h"
#include "out.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <slb/version.h>

struct ctl_options ctl_options;

enum option_id {
	OPTION_JSON,
	OPTION_PRETTY,
	OPTION_STATS,
	OPTION_ONELINE,
	OPTION_NETNS,
	OPTION_COLOUR,
	OPTION_DRY_RUN,
	OPTION_BATCH,
	OPTION_FORCE,
	OPTION_HELP,
	OPTION_VERSION,
};

static const char *const option_names[] = {
	[OPTION_JSON] = "json",
	[OPTION_PRETTY] = "pretty",
	[OPTION_STATS] = "statistics",
	[OPTION_ONELINE] = "oneline",
	[OPTION_NETNS] = "netns",
	[OPTION_COLOUR] = "color",
	[OPTION_DRY_RUN] = "dry-run",
	[OPTION_BATCH] = "batch",
	[OPTION_FORCE] = "force",
	[OPTION_HELP] = "help",
	[OPTION_VERSION] = "Version",
};

static int set_colour(const char *when, struct ctl_fault *fault)
{
	if (!when || !strcmp(when, "always"))
		ctl_options.colour = true;
	else if (!strcmp(when, "auto"))
		ctl_options.colour = isatty(STDOUT_FILENO);
	else if (!strcmp(when, "never"))
		ctl_options.colour = false;
	else
		return ctl_fault_set(fault,
				     "invalid colour mode \"%s\" (valid: always, auto, never)",
				     when);
	return 0;
}

/* "-j" and "--json" and all between; ip(8) also knows -V and -Version. */
static int find_option(const char *word, struct ctl_fault *fault)
{
	const char *name = word + 1 + (word[1] == '-');
	int id;

	if (!strcmp(name, "version"))
		return OPTION_VERSION;
	if (!strcmp(name, "stats"))
		return OPTION_STATS;
	if (!strcmp(name, "colour"))
		return OPTION_COLOUR;
	id = ctl_pick(option_names, CTL_COUNT(option_names), name, "option", fault);
	if (id < 0)
		ctl_fault_set(fault, "invalid option \"%s\": see \"slbctl help\"", word);
	return id;
}

static int take_value(struct ctl_words *words, const char *what, const char **value,
		      struct ctl_fault *fault)
{
	if (!words->count)
		return ctl_fault_set(fault, "option -%s needs a value", what);
	*value = *words->word++;
	words->count--;
	return 0;
}

static int set_option(enum option_id id, const char *when, struct ctl_words *words,
		      struct ctl_fault *fault)
{
	switch (id) {
	case OPTION_JSON:
	case OPTION_PRETTY:
		ctl_options.json = true;
		ctl_options.pretty |= id == OPTION_PRETTY;
		return 0;
	case OPTION_STATS:
		ctl_options.stats = true;
		return 0;
	case OPTION_ONELINE:
		ctl_options.oneline = true;
		return 0;
	case OPTION_NETNS:
		return take_value(words, "netns", &ctl_options.netns, fault);
	case OPTION_COLOUR:
		return set_colour(when, fault);
	case OPTION_DRY_RUN:
		ctl_options.dry_run = true;
		return 0;
	case OPTION_BATCH:
		return take_value(words, "batch", &ctl_options.batch, fault);
	case OPTION_FORCE:
		ctl_options.force = true;
		return 0;
	default:
		return 0;
	}
}

/* Return: 0 to continue, 1 when done, -1 on a fault. */
static int read_options(struct ctl_words *words, struct ctl_fault *fault)
{
	char name[64];
	char *equals;
	int id;

	while (words->count && words->word[0][0] == '-') {
		const char *word = *words->word;

		if (strlen(word) >= sizeof(name))
			return ctl_fault_set(fault, "invalid option \"%s\"", word);
		strcpy(name, word);
		equals = strchr(name, '=');
		if (equals)
			*equals++ = '\0';
		id = find_option(name, fault);
		if (id < 0)
			return -1;
		if (equals && id != OPTION_COLOUR)
			return ctl_fault_set(fault, "\"%s\": option -%s takes no value",
					     word, option_names[id]);
		words->word++;
		words->count--;
		if (id == OPTION_HELP)
			ctl_help(stdout, &ctl_root, NULL);
		if (id == OPTION_VERSION)
			printf("slbctl %s\n", SLB_VERSION);
		if (id == OPTION_HELP || id == OPTION_VERSION)
			return 1;
		if (set_option((enum option_id)id, equals, words, fault))
			return -1;
	}
	return 0;
}

static int run(struct ctl_words words)
{
	if (ctl_options.netns && ctl_netns_enter(ctl_options.netns))
		return CTL_EXIT_WORDS;
	if (words.count && !strcmp(*words.word, "__complete")) {
		words.word++;
		words.count--;
		return ctl_complete(words);
	}
	if (ctl_options.batch && words.count) {
		ctl_say("unexpected word \"%s\": with -batch the commands come from the file",
			*words.word);
		return CTL_EXIT_WORDS;
	}
	return ctl_options.batch ? ctl_batch(ctl_options.batch) : ctl_run(words);
}

/**
 * main() - Run slbctl.
 * @argc: Number of words.
 * @argv: The words.
 *
 * Return: Exit status.
 */
int main(int argc, char **argv)
{
	struct ctl_words words = { .word = argv + 1, .count = argc > 0 ? argc - 1 : 0 };
	struct ctl_fault fault;
	int status;

	status = read_options(&words, &fault);
	if (status < 0) {
		ctl_say("%s", fault.text);
		return CTL_EXIT_WORDS;
	}
	status = status ? CTL_EXIT_OK : run(words);
	ctl_settle();
	ctl_xdp_settle();
	ctl_nl_close();
	if (ctl_out_flush() && !status) {
		ctl_say("cannot write the output: %s", strerror(errno));
		status = CTL_EXIT_WORDS;
	}
	return status;
}
