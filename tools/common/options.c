// SPDX-License-Identifier: GPL-2.0-only
/* Options that daemons have in common, and how they report faults of their files. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>

#include <slb/version.h>

#include "ctl.h"
#include "say.h"

/* Return: the exit status, or -1 to go on. */
static int read_option(struct dm_options *options, int option)
{
	switch (option) {
	case 'f':
		options->path = optarg;
		return -1;
	case 'n':
		options->netns = optarg;
		return -1;
	case 'c':
		options->check = true;
		return -1;
	case 'V':
		printf("%s %s\n", options->name, SLB_VERSION);
		return 0;
	case 'h':
		fputs(options->usage, stdout);
		return 0;
	case '?':
		fputs(options->usage, stderr);
		return 1;
	default:
		return options->own(option);
	}
}

/**
 * dm_options_read() - Read the command line.
 * @options: What the daemon takes, and where to put it.
 * @argc: Number of words.
 * @argv: The words.
 *
 * Return: The exit status, or -1 to go on.
 */
int dm_options_read(struct dm_options *options, int argc, char **argv)
{
	static const struct option all[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ "cleanup", no_argument, NULL, DM_OPTION_CLEANUP },
		{ NULL, 0, NULL, 0 },
	};
	int option, status;

	while ((option = getopt_long(argc, argv, options->letters, all, NULL)) != -1) {
		status = read_option(options, option);
		if (status >= 0)
			return status;
	}
	if (optind == argc)
		return -1;
	dm_say(LOG_ERR, "unexpected word \"%s\"", argv[optind]);
	return 1;
}

/**
 * dm_fault_print() - Print a fault of a file, for --check.
 * @text: It.
 */
void dm_fault_print(const char *text)
{
	char escaped[4096];

	ctl_escape(text, escaped, sizeof(escaped));
	fprintf(stderr, "%s\n", escaped);
}

/**
 * dm_fault_log() - Write a fault of a file into the log.
 * @text: It.
 */
void dm_fault_log(const char *text)
{
	dm_say(LOG_ERR, "%s", text);
}
