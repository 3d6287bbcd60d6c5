// SPDX-License-Identifier: GPL-2.0-only
/* The objects of a configuration, read from words or from the kernel, in one canonical form. */
#include "config.h"
#include "nl.h"
#include "out.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_LEN	512

/* In the order of a saved configuration: what others refer to comes before them. */
const struct ctl_noun *const config_nouns[] = {
	&ctl_noun_setting,
	&ctl_noun_link,
	&ctl_noun_group,
	&ctl_noun_server,
	&ctl_noun_vip,
	&ctl_noun_relay_setting,
	&ctl_noun_balancer,
	&ctl_noun_relay_link,
	&ctl_noun_device,
	&ctl_noun_relay_vip,
};

const size_t config_noun_count = CTL_COUNT(config_nouns);

/* State of a walk over what the kernel has. */
struct reading {
	struct config *config;
	const struct ctl_noun *noun;
};

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (!new) {
		ctl_say("no memory");
		exit(CTL_EXIT_WORDS);
	}
	return new;
}

/**
 * config_columns() - Count the columns that a configuration has of an object.
 * @noun: Its noun.
 *
 * Return: How many there are; they come first in the object's table.
 */
size_t config_columns(const struct ctl_noun *noun)
{
	const struct ctl_object *object = noun->object;
	size_t n = 0;

	while (n < object->column_count && (object->columns[n].place == CTL_PLACE_LINE ||
					    object->columns[n].place == CTL_PLACE_SAVED))
		n++;
	return n;
}

/**
 * config_set() - Set the value of a column that has none.
 * @entry: Object.
 * @column: Number of the column.
 * @text: Value; copied.
 */
void config_set(struct config_entry *entry, size_t column, const char *text)
{
	entry->value[column] = copy(text);
}

/**
 * config_verb() - The word of a command.
 * @noun: Noun.
 * @verb: What the command does.
 *
 * Return: The word, or NULL when the noun has no such command.
 */
const char *config_verb(const struct ctl_noun *noun, enum ctl_verb verb)
{
	size_t i;

	for (i = 0; i < noun->command_count; i++)
		if (noun->commands[i].verb == verb)
			return noun->commands[i].name;
	return NULL;
}

/**
 * config_add() - Add an object without key and values.
 * @config: Configuration.
 * @noun: Noun of the object.
 *
 * Return: The object; valid until the next one is added.
 */
struct config_entry *config_add(struct config *config, const struct ctl_noun *noun)
{
	struct config_entry *entry;

	if (config->count == config->room) {
		config->room = config->room ? config->room * 2 : 64;
		config->entry = realloc(config->entry, config->room * sizeof(*entry));
	}
	entry = config->entry ? &config->entry[config->count++] : NULL;
	if (entry) {
		memset(entry, 0, sizeof(*entry));
		entry->noun = noun;
		entry->value = calloc(config_columns(noun), sizeof(*entry->value));
	}
	if (!entry || !entry->value) {
		ctl_say("no memory");
		exit(CTL_EXIT_WORDS);
	}
	return entry;
}

/**
 * config_value() - The value of a column as a configuration has it: with keys.
 * @record: Object.
 * @column: Column.
 * @text: Where to put the value.
 * @len: Bytes of @text.
 *
 * Return: Whether the object has any.
 */
bool config_value(const struct ctl_record *record, const struct ctl_column *column, char *text,
		  size_t len)
{
	const struct ctl_attr *attr = &record->object->attrs[column->id[0]];
	const struct nlattr *key = record->tb[column->id[0]];
	const uint8_t *bytes;
	uint16_t i;

	if (attr->type != CTL_SECRET)
		return ctl_column_text(record, column, text, len);
	if (!key)
		return false;
	bytes = mnl_attr_get_payload(key);
	for (i = 0; i < mnl_attr_get_payload_len(key) && (i + 1u) * 2 < len; i++)
		snprintf(text + i * 2, len - i * 2u, "%02x", bytes[i]);
	return true;
}

/* The key of an object: its columns without a keyword. */
static char *record_key(const struct ctl_record *record, size_t columns)
{
	char key[VALUE_LEN] = "", text[VALUE_LEN];
	size_t used = 0, i;

	for (i = 0; i < columns && used < sizeof(key); i++) {
		const struct ctl_column *column = &record->object->columns[i];

		if (!column->word && ctl_column_text(record, column, text, sizeof(text)))
			used += (size_t)snprintf(key + used, sizeof(key) - used, "%s%s",
						 used ? " " : "", text);
	}
	return copy(key);
}

/* One entry for each setting. */
static void add_settings(struct config *config, const struct ctl_noun *noun,
			 const struct ctl_record *record, const char *place)
{
	size_t columns = config_columns(noun), i;
	struct config_entry *entry;
	char text[VALUE_LEN];

	for (i = 0; i < columns; i++) {
		if (!config_value(record, &noun->object->columns[i], text, sizeof(text)))
			continue;
		entry = config_add(config, noun);
		entry->key = copy(noun->object->columns[i].word);
		entry->value[i] = copy(text);
		entry->place = place ? copy(place) : NULL;
	}
}

/* @place: of a file, where a column that is missing has what the kernel gives it. */
static void add_record(struct config *config, const struct ctl_noun *noun,
		       const struct ctl_record *record, const char *place)
{
	size_t columns = config_columns(noun), i;
	struct config_entry *entry;
	char text[VALUE_LEN];

	if (noun->object->listing) {
		add_settings(config, noun, record, place);
		return;
	}
	entry = config_add(config, noun);
	entry->key = record_key(record, columns);
	entry->place = place ? copy(place) : NULL;
	for (i = 0; i < columns; i++) {
		const struct ctl_column *column = &noun->object->columns[i];

		if (!column->word)
			continue;
		if (config_value(record, column, text, sizeof(text)))
			entry->value[i] = copy(text);
		else if (place && column->form == CTL_FORM_VALUE && column->preset &&
			 *column->preset)
			entry->value[i] = copy(column->preset);
	}
}

/**
 * config_read_words() - Read an object, as it stands in a file, into a configuration.
 * @config: Configuration.
 * @noun: Noun of the object.
 * @words: The words behind the noun.
 * @place: Where they stand.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int config_read_words(struct config *config, const struct ctl_noun *noun, struct ctl_words words,
		      const char *place, struct ctl_fault *fault)
{
	enum ctl_verb verb = noun->object->listing ? CTL_SET : CTL_ADD;
	struct ctl_call call = { .noun = noun, .words = words };
	struct ctl_record record;

	call.command = ctl_find_command(noun, config_verb(noun, verb), fault);
	if (!call.command || ctl_words_read(&call, fault))
		return -1;
	ctl_record_read(&record, noun->object, call.request.nlh);
	add_record(config, noun, &record, place);
	return 0;
}

static void read_message(const struct nlmsghdr *nlh, void *data)
{
	struct reading *reading = data;
	struct ctl_record record;

	ctl_record_read(&record, reading->noun->object, nlh);
	if (reading->config->json)
		config_json_add(reading->config, reading->noun, &record);
	add_record(reading->config, reading->noun, &record, NULL);
}

/**
 * config_read_one() - Read one object of the kernel.
 * @config: Where to put it.
 * @noun: Its noun.
 * @request: Request for it.
 *
 * Return: 0, or -1 with the reason in @request.
 */
int config_read_one(struct config *config, const struct ctl_noun *noun,
		    struct ctl_request *request)
{
	struct reading reading = { .config = config, .noun = noun };

	return ctl_nl_call(request, read_message, &reading);
}

static int read_noun(struct config *config, const struct ctl_noun *noun)
{
	struct reading reading = { .config = config, .noun = noun };
	struct ctl_request request;
	int result;

	ctl_request_init(&request, noun->object, CTL_GET);
	if (noun->object->listing)
		result = ctl_nl_call(&request, read_message, &reading);
	else
		result = ctl_nl_dump(&request, read_message, &reading);
	return result ? ctl_object_end(&request, result) : CTL_EXIT_OK;
}

/* The hash key: @must: it is an error if the caller may not read it. */
static int read_key(struct config *config, const struct ctl_noun *noun, bool must)
{
	struct reading reading = { .config = config, .noun = noun };
	struct ctl_request request;

	ctl_request_init(&request, noun->family == &ctl_slb ? &ctl_key : &ctl_relay_key, CTL_GET);
	if (!ctl_nl_call(&request, read_message, &reading))
		return CTL_EXIT_OK;
	return must || request.error.code != EPERM ? ctl_kernel_refused(&request) : CTL_EXIT_OK;
}

static void free_entries(struct config *config)
{
	size_t i, j;

	for (i = 0; i < config->count; i++) {
		struct config_entry *entry = &config->entry[i];

		for (j = 0; j < config_columns(entry->noun); j++)
			free(entry->value[j]);
		free(entry->value);
		free(entry->key);
		free(entry->place);
	}
	config->count = 0;
	for (i = 0; config->json && i < config_noun_count; i++)
		config_json_drop(config, config_nouns[i]);
}

static bool is_loaded(const struct ctl_family *family)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", family->module);
	return !access(path, F_OK);
}

static int find_modules(struct config *config)
{
	struct ctl_nl_family found;
	struct ctl_error error;
	size_t i;

	for (i = 0; i < CTL_FAMILIES; i++) {
		memset(&error, 0, sizeof(error));
		/* the kernel loads a module that is asked for */
		if (!config->wanted[i] && !is_loaded(ctl_families[i]))
			continue;
		config->loaded[i] = !ctl_nl_family(ctl_families[i], &found, &error);
		if (!config->loaded[i] && error.code != ENOENT) {
			ctl_say("%s", error.text);
			return CTL_EXIT_KERNEL;
		}
	}
	return CTL_EXIT_OK;
}

static int read_generations(const struct config *config, uint32_t *generation)
{
	int status = CTL_EXIT_OK;
	size_t i;

	for (i = 0; i < CTL_FAMILIES && !status; i++)
		if (config->loaded[i])
			status = config_read_generation(ctl_families[i], &generation[i]);
	return status;
}

static int read_objects(struct config *config, bool keys)
{
	int status = CTL_EXIT_OK;
	size_t i;

	for (i = 0; i < config_noun_count && !status; i++) {
		if (!config->loaded[config_nouns[i]->family->index])
			continue;
		status = read_noun(config, config_nouns[i]);
		if (!status && config_nouns[i]->object->listing)
			status = read_key(config, config_nouns[i], keys);
	}
	return status;
}

/**
 * config_read_kernel() - Read what the kernel has.
 * @config: Where to put it; of a module that is neither loaded nor wanted nothing.
 * @keys: Keys must be there; else they are left out when the caller may not read them.
 *
 * What changes while it is read is read again: it is the configuration of one moment.
 *
 * Return: Exit status.
 */
int config_read_kernel(struct config *config, bool keys)
{
	uint32_t after[CTL_FAMILIES] = {};
	int status = find_modules(config);
	int tries;

	for (tries = 0; !status && tries < CONFIG_READS; tries++) {
		free_entries(config);
		status = read_generations(config, config->generation) ?:
			 read_objects(config, keys) ?: read_generations(config, after);
		if (!status && !memcmp(after, config->generation, sizeof(after)))
			return CTL_EXIT_OK;
	}
	if (!status)
		ctl_say("the configuration changes all the time");
	return status ?: CTL_EXIT_KERNEL;
}

static size_t noun_rank(const struct ctl_noun *noun)
{
	size_t i;

	for (i = 0; i < config_noun_count && config_nouns[i] != noun; i++)
		;
	return i;
}

/**
 * config_compare() - Order two objects.
 * @a: One.
 * @b: Another.
 *
 * Return: As for qsort(): by noun, then by key, with numbers in it as numbers.
 */
int config_compare(const void *a, const void *b)
{
	const struct config_entry *one = a, *other = b;
	size_t rank = noun_rank(one->noun), other_rank = noun_rank(other->noun);

	if (rank != other_rank)
		return rank < other_rank ? -1 : 1;
	return strverscmp(one->key, other->key);
}

/**
 * config_sort() - Sort a configuration by config_compare().
 * @config: Configuration.
 */
void config_sort(struct config *config)
{
	if (config->count)
		qsort(config->entry, config->count, sizeof(*config->entry), config_compare);
}

/**
 * config_text() - An object as a line of a file.
 * @entry: The object.
 * @text: Where to put it.
 * @len: Bytes of @text.
 */
void config_text(const struct config_entry *entry, char *text, size_t len)
{
	const struct ctl_noun *noun = entry->noun;
	size_t columns = config_columns(noun), used, i;

	used = (size_t)snprintf(text, len, "%s%s", ctl_prefix(noun), noun->name);
	if (!noun->object->listing && used < len)
		used += (size_t)snprintf(text + used, len - used, " %s", entry->key);
	for (i = 0; i < columns && used < len; i++)
		if (entry->value[i])
			used += (size_t)snprintf(text + used, len - used, " %s %s",
						 noun->object->columns[i].word, entry->value[i]);
}

/**
 * config_free() - Free what a configuration holds.
 * @config: Configuration.
 */
void config_free(struct config *config)
{
	free_entries(config);
	free(config->entry);
	json_decref(config->json);
	memset(config, 0, sizeof(*config));
}
