// SPDX-License-Identifier: GPL-2.0-only
/* Reads the file of the daemon: all of it, or nothing when a line is wrong. */
#include "config.h"

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>

/* A word with a number. */
struct number {
	const char *word;
	size_t place;
	uint32_t min;
	uint32_t max;
};

static const struct number numbers[] = {
	{ "table", offsetof(struct ro_config, table), 1, UINT32_MAX },
	{ "protocol", offsetof(struct ro_config, protocol), RTPROT_STATIC + 1, UINT8_MAX },
	{ "withdraw-after", offsetof(struct ro_config, withdraw_after), 0, RO_DELAY_MAX },
	{ "announce-after", offsetof(struct ro_config, announce_after), 0, RO_DELAY_MAX },
};

#define NUMBERS		(sizeof(numbers) / sizeof(*numbers))
#define WORD_LOCAL	NUMBERS

static size_t find_word(const char *word)
{
	size_t i;

	for (i = 0; i < NUMBERS; i++)
		if (!strcmp(numbers[i].word, word))
			return i;
	return strcmp(word, "local") ? NUMBERS + 1 : WORD_LOCAL;
}

/* The host looks up its own packets there: routes of ours would be in its way. */
static int check_table(uint32_t table, struct ctl_fault *fault)
{
	if (table != RT_TABLE_DEFAULT && table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL)
		return 0;
	return ctl_fault_set(fault, "invalid table \"%u\" (valid: one that no rule names, not 253 to 255)",
			     table);
}

static int read_number(struct ro_config *config, const struct number *number, const char *word,
		       struct ctl_fault *fault)
{
	uint32_t *to = (void *)((char *)config + number->place);

	if (ctl_parse_number(word, number->word, number->min, number->max, to, fault))
		return -1;
	return number->place == offsetof(struct ro_config, table) ? check_table(*to, fault) : 0;
}

static int read_line(void *data, unsigned int line, char **words, int count,
		     struct ctl_fault *fault)
{
	struct ro_config *config = data;
	size_t word = find_word(words[0]);

	(void)line;
	if (word > WORD_LOCAL)
		return ctl_fault_set(fault, "invalid word \"%s\" (valid: table, protocol, local, withdraw-after, announce-after)",
				     words[0]);
	if (config->given & 1U << word)
		return ctl_fault_set(fault, "\"%s\" is given twice", words[0]);
	config->given |= 1U << word;
	if (count < 2)
		return ctl_fault_set(fault, "\"%s\" needs a value", words[0]);
	if (count > 2)
		return ctl_fault_set(fault, "unexpected word \"%s\"", words[2]);
	if (word == WORD_LOCAL)
		return dm_read_bool(words[1], "local", &config->local, fault);
	return read_number(config, &numbers[word], words[1], fault);
}

/**
 * ro_config_read() - Read a file.
 * @config: Where to put what it says; not to be used when the file has a fault.
 * @path: The file.
 * @fault: Called for each fault, with limits as for dm_lines_read().
 *
 * Return: 0 or -1.
 */
int ro_config_read(struct ro_config *config, const char *path, dm_fault *fault)
{
	*config = (struct ro_config){
		.table = RO_TABLE,
		.protocol = RO_PROTOCOL,
		.local = true,
		.announce_after = 1000,
	};
	return dm_lines_read(path, read_line, config, fault);
}
