// SPDX-License-Identifier: GPL-2.0-only
/* Reads the file of checks: all of its lines, or none when one of them is wrong. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "ctl.h"

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

static int read_line(void *data, unsigned int line, char **words, int count,
		     struct ctl_fault *fault)
{
	struct hd_check check = { .line = line };
	struct hd_config *config = data;
	const struct hd_check *same;

	if (hd_check_read(&check, words, count, fault)) {
		hd_check_free(&check);
		return -1;
	}
	same = find_same(config, &check);
	if (!same && !add_check(config, &check))
		return 0;
	hd_check_free(&check);
	if (!same)
		return ctl_fault_set(fault, "no memory");
	return ctl_fault_set(fault, "the same check is in line %u", same->line);
}

/**
 * hd_config_read() - Read a file of checks.
 * @config: Where to put them; empty when the file has a fault.
 * @path: The file.
 * @fault: Called for each of %DM_FAULTS_MAX faults, and once for the number of the others.
 *
 * Return: 0 or -1.
 */
int hd_config_read(struct hd_config *config, const char *path, dm_fault *fault)
{
	memset(config, 0, sizeof(*config));
	if (!dm_lines_read(path, read_line, config, fault))
		return 0;
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
