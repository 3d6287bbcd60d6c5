// SPDX-License-Identifier: GPL-2.0-only
/* Lines of the log on standard error, with the priorities of syslog for the journal. */
#include "say.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"

#define LINE_LEN	1280

static bool journal;
static const char *program;

/**
 * dm_say_open() - Find out whether the journal reads standard error.
 * @name: The name of the daemon, which begins each line otherwise.
 */
void dm_say_open(const char *name)
{
	program = name;
	journal = getenv("JOURNAL_STREAM");
}

static void say(int priority, const char *format, va_list args)
{
	char line[LINE_LEN], escaped[LINE_LEN * 6];

	vsnprintf(line, sizeof(line), format, args);
	ctl_escape(line, escaped, sizeof(escaped));
	if (journal)
		fprintf(stderr, "<%d>%s\n", priority, escaped);
	else
		fprintf(stderr, "%s: %s\n", program, escaped);
}

/**
 * dm_say() - Write a line of the log.
 * @priority: LOG_ERR and so on.
 * @format: As for printf(), without newline.
 */
void dm_say(int priority, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(priority, format, args);
	va_end(args);
}

/**
 * ctl_say() - What sources of slbctl have to say.
 * @format: As for printf(), without newline.
 */
void ctl_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_ERR, format, args);
	va_end(args);
}
