/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration files: lines of words, and what is wrong with them. */
#ifndef COMMON_LINES_H
#define COMMON_LINES_H

#include "parse.h"

#define DM_FAULTS_MAX	20	/* faults of a file that are reported */

/**
 * typedef dm_fault - Takes a fault of a file.
 * @text: FILE:LINE: what is wrong.
 */
typedef void dm_fault(const char *text);

/**
 * typedef dm_line - Takes the words of a line.
 * @data: Of the caller.
 * @line: Number of the line, from 1.
 * @words: The words; they are gone when the function returns.
 * @count: Number of them, at least 1.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
typedef int dm_line(void *data, unsigned int line, char **words, int count,
		    struct ctl_fault *fault);

int dm_lines_read(const char *path, dm_line *line, void *data, dm_fault *fault);
int dm_read_bool(const char *word, const char *what, bool *to, struct ctl_fault *fault);

#endif
