// SPDX-License-Identifier: GPL-2.0-only
/* Reads configuration files: every fault of a file is reported, not only the first one. */
#include "lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "ctl.h"

/* A file while it is read. */
struct source {
	const char *path;
	unsigned int line;
	unsigned int faults;
	dm_fault *fault;
	dm_line *take;
	void *data;
};

/* ---- words of a line */

static int read_escape(char **from, char *to, struct ctl_fault *fault)
{
	static const char names[] = "\\\"ntr", values[] = "\\\"\n\t\r";
	const char *name = strchr(names, (*from)[1]);

	if (!(*from)[1] || !name)
		return ctl_fault_set(fault, "invalid escape \"\\%c\" (valid: \\\\, \\\", \\n, \\t, \\r)",
				     (*from)[1] ? (*from)[1] : ' ');
	*to = values[name - names];
	*from += 2;
	return 0;
}

/* Takes a text in quotes, which becomes shorter, out of a line. */
static int cut_quoted(char **rest, struct ctl_fault *fault)
{
	char *from = *rest + 1, *to = *rest;

	while (*from && *from != '"') {
		if (*from != '\\')
			*to++ = *from++;
		else if (read_escape(&from, to++, fault))
			return -1;
	}
	if (!*from)
		return ctl_fault_set(fault, "a text begins with a quote, but does not end with one");
	if (from[1] && !strchr(" \t\r\n", from[1]))
		return ctl_fault_set(fault, "after the end of a text there is no space before \"%.20s\"",
				     from + 1);
	*to = '\0';
	*rest = from + 1;
	return 0;
}

/*
 * Cuts a line into words, which lie in it; "#" begins a comment, quotes hold a text together.
 * Return: number of words or -1.
 */
static int cut_line(char *line, char **words, int max, struct ctl_fault *fault)
{
	char *rest = line;
	int count = 0;

	for (;;) {
		rest += strspn(rest, " \t\r\n");
		if (!*rest || *rest == '#')
			return count;
		if (count == max)
			return ctl_fault_set(fault, "the line has more than %d words", max);
		words[count++] = rest;
		if (*rest == '"') {
			if (cut_quoted(&rest, fault))
				return -1;
			continue;
		}
		rest += strcspn(rest, " \t\r\n");
		if (*rest)
			*rest++ = '\0';
	}
}

/**
 * dm_read_bool() - Read yes or no.
 * @word: The word.
 * @what: What it is, for the fault.
 * @to: Where to put it.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int dm_read_bool(const char *word, const char *what, bool *to, struct ctl_fault *fault)
{
	*to = !strcmp(word, "yes");
	if (*to || !strcmp(word, "no"))
		return 0;
	return ctl_fault_set(fault, "invalid %s \"%s\" (valid: yes, no)", what, word);
}

/* ---- files */

static void say_fault(struct source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say_fault(struct source *source, const char *format, ...)
{
	char text[sizeof(struct ctl_fault)], line[sizeof(text) + 256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (source->faults++ >= DM_FAULTS_MAX)
		return;
	snprintf(line, sizeof(line), "%.200s:%u: %s", source->path, source->line, text);
	source->fault(line);
}

static void read_line(struct source *source, char *line)
{
	char *words[CTL_LINE_WORDS];
	struct ctl_fault fault;
	int count;

	line[strcspn(line, "\n")] = '\0';
	count = cut_line(line, words, CTL_LINE_WORDS, &fault);
	if (!count)
		return;
	if (count < 0 || source->take(source->data, source->line, words, count, &fault))
		say_fault(source, "%s", fault.text);
}

static void read_lines(struct source *source, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, file)) != -1) {
		source->line++;
		if (strlen(line) != (size_t)len)
			say_fault(source, "the line has a NUL byte");
		else if (len > CTL_LINE_LEN)
			say_fault(source, "a line has at most %d bytes", CTL_LINE_LEN);
		else
			read_line(source, line);
	}
	if (ferror(file))
		say_fault(source, "cannot be read to its end: %s", strerror(errno));
	free(line);
}

/**
 * dm_lines_read() - Read a file.
 * @path: The file.
 * @line: Called for each line that has words.
 * @data: For @line.
 * @fault: Called for each of %DM_FAULTS_MAX faults, and once for the number of the others.
 *
 * Return: 0, or -1 when the file has a fault.
 */
int dm_lines_read(const char *path, dm_line *line, void *data, dm_fault *fault)
{
	struct source source = { .path = path, .fault = fault, .take = line, .data = data };
	FILE *file = fopen(path, "re");
	char text[320];

	if (!file) {
		snprintf(text, sizeof(text), "\"%.200s\" cannot be opened: %s", path,
			 strerror(errno));
		fault(text);
		return -1;
	}
	read_lines(&source, file);
	fclose(file);
	if (source.faults > DM_FAULTS_MAX) {
		snprintf(text, sizeof(text), "%.200s: %u more faults", path,
			 source.faults - DM_FAULTS_MAX);
		fault(text);
	}
	return source.faults ? -1 : 0;
}
