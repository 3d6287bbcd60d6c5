// SPDX-License-Identifier: GPL-2.0-only
/* Reads the file of checks: all of its lines, or none when one of them is wrong. */
#include "config.h"

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
	hd_fault *fault;
};

static void say_fault(struct source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say_fault(struct source *source, const char *format, ...)
{
	char text[sizeof(struct ctl_fault)], line[sizeof(text) + 256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (source->faults++ >= HD_FAULTS_MAX)
		return;
	snprintf(line, sizeof(line), "%.200s:%u: %s", source->path, source->line, text);
	source->fault(line);
}

static const struct hd_check *find_same(const struct hd_config *config,
					const struct hd_check *check)
{
	size_t i;

	for (i = 0; i < config->count; i++)
		if (!strcmp(config->check[i].group, check->group) &&
		    !strcmp(config->check[i].key, check->key))
			return &config->check[i];
	return NULL;
}

static int add_check(struct hd_config *config, const struct hd_check *check)
{
	struct hd_check *more;

	more = realloc(config->check, (config->count + 1) * sizeof(*more));
	if (!more)
		return -1;
	config->check = more;
	more[config->count++] = *check;
	return 0;
}

static void read_line(struct source *source, struct hd_config *config, char *line)
{
	char *words[CTL_LINE_WORDS];
	const struct hd_check *same;
	struct hd_check check = { .line = source->line };
	struct ctl_fault fault;
	int count;

	line[strcspn(line, "\n")] = '\0';
	count = hd_line_cut(line, words, CTL_LINE_WORDS, &fault);
	if (!count)
		return;
	if (count < 0 || hd_check_read(&check, words, count, &fault)) {
		say_fault(source, "%s", fault.text);
		hd_check_free(&check);
		return;
	}
	same = find_same(config, &check);
	if (!same && !add_check(config, &check))
		return;
	if (same)
		say_fault(source, "the same check is in line %u", same->line);
	else
		say_fault(source, "no memory");
	hd_check_free(&check);
}

static void read_lines(struct source *source, struct hd_config *config, FILE *file)
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
			read_line(source, config, line);
	}
	if (ferror(file))
		say_fault(source, "cannot be read to its end: %s", strerror(errno));
	free(line);
}

/**
 * hd_config_read() - Read a file of checks.
 * @config: Where to put them; empty when the file has a fault.
 * @path: The file.
 * @fault: Called for each of %HD_FAULTS_MAX faults, and once for the number of the others.
 *
 * Return: 0 or -1.
 */
int hd_config_read(struct hd_config *config, const char *path, hd_fault *fault)
{
	struct source source = { .path = path, .fault = fault };
	FILE *file = fopen(path, "re");
	char text[320];

	memset(config, 0, sizeof(*config));
	if (!file) {
		snprintf(text, sizeof(text), "\"%.200s\" cannot be opened: %s", path,
			 strerror(errno));
		fault(text);
		return -1;
	}
	read_lines(&source, config, file);
	fclose(file);
	if (!source.faults)
		return 0;
	if (source.faults > HD_FAULTS_MAX) {
		snprintf(text, sizeof(text), "%.200s: %u more faults", path,
			 source.faults - HD_FAULTS_MAX);
		fault(text);
	}
	hd_config_free(config);
	return -1;
}

/**
 * hd_config_free() - Free the checks of a file.
 * @config: The checks; empty afterwards.
 */
void hd_config_free(struct hd_config *config)
{
	size_t i;

	for (i = 0; i < config->count; i++)
		hd_check_free(&config->check[i]);
	free(config->check);
	memset(config, 0, sizeof(*config));
}

/**
 * hd_check_uses() - Does a word of a command have a place for something?
 * @check: The check.
 * @place: The place, such as "{source}".
 *
 * Return: Whether a word has it.
 */
bool hd_check_uses(const struct hd_check *check, const char *place)
{
	char **word;

	for (word = check->words; word && *word; word++)
		if (strstr(*word, place))
			return true;
	return false;
}
