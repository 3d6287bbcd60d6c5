/* SPDX-License-Identifier: GPL-2.0-only */
/* Options that daemons have in common. */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stdbool.h>

#define DM_OPTION_CLEANUP	'd'

/**
 * struct dm_options - The command line of a daemon.
 * @name: Its name.
 * @usage: What -h prints.
 * @letters: Its options, as getopt(3) wants them.
 * @own: Takes an option of this daemon: -1 to go on, or the exit status. May be NULL.
 * @path: The configuration file, from -f.
 * @netns: The network namespace, from -n; or NULL.
 * @check: Only read the file.
 */
struct dm_options {
	const char *name;
	const char *usage;
	const char *letters;
	int (*own)(int option);
	const char *path;
	const char *netns;
	bool check;
};

int dm_options_read(struct dm_options *options, int argc, char **argv);
void dm_fault_print(const char *text);
void dm_fault_log(const char *text);

#endif
