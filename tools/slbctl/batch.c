// SPDX-License-Identifier: GPL-2.0-only
/* Commands from a file, one per line. */
#include "ctl.h"

#include <errno.h>
#include <string.h>

#define BATCH_WORDS	64
#define BATCH_LINE	8192	/* bytes of a line, without its end */
#define BLANK		" \t\r\n"

/* Cuts a line into words in place; "#" begins a comment.  Return: their number, -1 if too many. */
static int cut(char *line, char **words)
{
	char *word, *rest = line;
	int count = 0;

	while ((word = strtok_r(rest, BLANK, &rest))) {
		if (*word == '#')
			break;
		if (count == BATCH_WORDS)
			return -1;
		words[count++] = word;
	}
	return count;
}

/*
 * Reads a line of up to BATCH_LINE bytes, without its end.  Return: its length, -1 when there is
 * none, -2 when it is longer.
 */
static ssize_t read_line(FILE *file, char *line)
{
	ssize_t len = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (len == BATCH_LINE)
			return -2;
		line[len++] = (char)c;
	}
	line[len] = '\0';
	return c == EOF && !len ? -1 : len;
}

static int run_line(char *line, size_t len)
{
	char *list[BATCH_WORDS];
	struct ctl_words words = { .word = list };

	if (strlen(line) != len) {
		ctl_say("the line has a NUL byte");
		return CTL_EXIT_WORDS;
	}
	words.count = cut(line, list);
	if (words.count < 0) {
		ctl_say("the line has more than %d words", BATCH_WORDS);
		return CTL_EXIT_WORDS;
	}
	return words.count ? ctl_run(words) : CTL_EXIT_OK;
}

static int run_lines(FILE *file, const char *name)
{
	int status = CTL_EXIT_OK, worst = CTL_EXIT_OK;
	unsigned int number = 0;
	char line[BATCH_LINE + 1];
	ssize_t len;

	while ((len = read_line(file, line)) != -1) {
		ctl_say_where(name, ++number);
		/* The line may have no end: read nothing after it. */
		if (len < 0) {
			ctl_say("the line has more than %d bytes: the batch ends here", BATCH_LINE);
			worst = worst > CTL_EXIT_WORDS ? worst : CTL_EXIT_WORDS;
			break;
		}
		status = run_line(line, len);
		if (status > worst)
			worst = status;
		if (status && !ctl_options.force)
			break;
	}
	ctl_say_where(NULL, 0);
	if (ferror(file)) {
		ctl_say("cannot read \"%s\" to its end: %s", name, strerror(errno));
		if (worst < CTL_EXIT_WORDS)
			worst = CTL_EXIT_WORDS;
	}
	return worst;
}

/**
 * ctl_batch() - Run the commands of a file.
 * @path: The file, "-" for standard input.
 *
 * Return: Exit status: the first that is not 0, or with -force the highest.
 */
int ctl_batch(const char *path)
{
	bool standard = !strcmp(path, "-");
	FILE *file = standard ? stdin : fopen(path, "re");
	int status;

	if (!file) {
		ctl_say("cannot open \"%s\": %s", path, strerror(errno));
		return CTL_EXIT_WORDS;
	}
	status = run_lines(file, standard ? "-" : path);
	if (!standard)
		fclose(file);
	return status;
}
