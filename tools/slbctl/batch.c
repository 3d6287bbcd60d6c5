// SPDX-License-Identifier: GPL-2.0-only
/* Commands from a file, one per line. */
#include "ctl.h"

#include <errno.h>
#include <string.h>

#define PLACE_LEN	4096	/* bytes of FILE:LINE */
#define BLANK		" \t\r\n"

/* Cuts a line into words in place; "#" begins a comment.  Return: their number, -1 if too many. */
static int cut(char *line, char **words)
{
	char *word, *rest = line;
	int count = 0;

	while ((word = strtok_r(rest, BLANK, &rest))) {
		if (*word == '#')
			break;
		if (count == CTL_LINE_WORDS)
			return -1;
		words[count++] = word;
	}
	return count;
}

/**
 * ctl_line_read() - Read a line without its end.
 * @file: Where from.
 * @line: Where to put it: CTL_LINE_LEN + 1 bytes.
 *
 * Return: Its length, -1 when there is none, -2 when it is longer than CTL_LINE_LEN.
 */
ssize_t ctl_line_read(FILE *file, char *line)
{
	ssize_t len = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (len == CTL_LINE_LEN)
			return -2;
		line[len++] = (char)c;
	}
	line[len] = '\0';
	return c == EOF && !len ? -1 : len;
}

/**
 * ctl_line_words() - Cut a line into words.
 * @line: The line; changed.
 * @len: What ctl_line_read() returned.
 * @list: Room for CTL_LINE_WORDS words, which lie in @line.
 * @words: Where to put the words.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_line_words(char *line, size_t len, char **list, struct ctl_words *words,
		   struct ctl_fault *fault)
{
	if (strlen(line) != len)
		return ctl_fault_set(fault, "the line has a NUL byte");
	words->word = list;
	words->count = cut(line, list);
	if (words->count < 0)
		return ctl_fault_set(fault, "the line has more than %d words", CTL_LINE_WORDS);
	return 0;
}

static int run_line(char *line, size_t len)
{
	char *list[CTL_LINE_WORDS];
	struct ctl_words words;
	struct ctl_fault fault;

	if (ctl_line_words(line, len, list, &words, &fault)) {
		ctl_say("%s", fault.text);
		return CTL_EXIT_WORDS;
	}
	return words.count ? ctl_run(words) : CTL_EXIT_OK;
}

static int run_lines(FILE *file, const char *name)
{
	int status = CTL_EXIT_OK, worst = CTL_EXIT_OK;
	unsigned int number = 0;
	char line[CTL_LINE_LEN + 1], place[PLACE_LEN];
	ssize_t len;

	while ((len = ctl_line_read(file, line)) != -1) {
		snprintf(place, sizeof(place), "%s:%u", name, ++number);
		ctl_say_where(place);
		/* The line may have no end: read nothing after it. */
		if (len < 0) {
			ctl_say("the line has more than %d bytes: the batch ends here",
				CTL_LINE_LEN);
			worst = worst > CTL_EXIT_WORDS ? worst : CTL_EXIT_WORDS;
			break;
		}
		status = run_line(line, len);
		if (status > worst)
			worst = status;
		if (status && !ctl_options.force)
			break;
	}
	ctl_say_where(NULL);
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
