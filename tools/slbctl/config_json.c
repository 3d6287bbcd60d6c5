// SPDX-License-Identifier: GPL-2.0-only
/* Configurations in JSON: each object becomes the words of its line. */
#include "config.h"
#include "out.h"

#include <string.h>

#define JSON_WORDS	CTL_LINE_WORDS
#define VALUE_LEN	(CONFIG_PLACE_LEN / 4)

static void scalar_text(const json_t *value, char *text, size_t len)
{
	text[0] = '\0';
	if (json_is_string(value))
		snprintf(text, len, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(text, len, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		snprintf(text, len, "%s", json_is_true(value) ? "yes" : "no");
}

/* The texts of an array, with commas. */
static void list_text(const json_t *list, char *text, size_t len)
{
	size_t used = 0, i;

	text[0] = '\0';
	for (i = 0; i < json_array_size(list) && used < len; i++)
		used += (size_t)snprintf(text + used, len - used, "%s%s", i ? "," : "",
					 json_string_value(json_array_get(list, i)) ?: "");
}

static const json_t *member(const json_t *object, const char *name)
{
	char key[64];
	size_t i;

	for (i = 0; name[i] && i < sizeof(key) - 1; i++)
		key[i] = name[i] == '-' ? '_' : name[i];
	key[i] = '\0';
	return json_object_get(object, key);
}

/* A mark and its mask. What is no number of 32 bits stays as it is, so that the fault names it. */
static void mark_text(const json_t *mark, const json_t *mask, char *text, size_t len)
{
	json_int_t value = json_integer_value(mark), bits = json_integer_value(mask);
	char first[VALUE_LEN], more[VALUE_LEN];

	if (!mask)
		bits = value ? UINT32_MAX : 0;
	if (json_is_integer(mark) && (!mask || json_is_integer(mask)) && value >= 0 && bits >= 0 &&
	    value <= UINT32_MAX && bits <= UINT32_MAX && !(value & ~bits)) {
		ctl_mark_text((uint32_t)value, (uint32_t)bits, text, len);
		return;
	}
	scalar_text(mark, first, sizeof(first));
	scalar_text(mask, more, sizeof(more));
	snprintf(text, len, "%s%s%s", first, mask ? "/" : "", more);
}

/* Is a column there? Of a share, either of its attributes is; of a mark, too. */
static bool has_column(const struct ctl_object *object, const struct ctl_column *column,
		       const json_t *json)
{
	return member(json, object->attrs[column->id[0]].name) ||
	       ((column->form == CTL_FORM_SHARE || column->form == CTL_FORM_MARK) &&
		member(json, object->attrs[column->id[1]].name));
}

/* The text of a column that is there. */
static void column_text(const struct ctl_object *object, const struct ctl_column *column,
			const json_t *json, char *text, size_t len)
{
	char first[VALUE_LEN], more[CONFIG_PLACE_LEN], last[VALUE_LEN];
	const uint8_t *id = column->id;

	scalar_text(member(json, object->attrs[id[0]].name), first, sizeof(first));
	scalar_text(id[1] ? member(json, object->attrs[id[1]].name) : NULL, more, sizeof(more));
	if (column->form == CTL_FORM_ADDRS)
		list_text(member(json, object->attrs[id[1]].name), more, sizeof(more));
	scalar_text(id[2] ? member(json, object->attrs[id[2]].name) : NULL, last, sizeof(last));
	if (column->form == CTL_FORM_SHARE && *more)
		/* both are a fault, which the text shows */
		snprintf(text, len, "%s%s%s%%", first, *first ? "|" : "", more);
	else if (column->form == CTL_FORM_MARK)
		mark_text(member(json, object->attrs[id[0]].name),
			  member(json, object->attrs[id[1]].name), text, len);
	else if (column->form == CTL_FORM_SPAN && *more)
		snprintf(text, len, "%s-%s", first, more);
	else if (column->form == CTL_FORM_ADDRS && *more)
		snprintf(text, len, "%s,%s", first, more);
	else if ((column->form == CTL_FORM_HOST || column->form == CTL_FORM_RANGE) && *more &&
		 strcmp(more, "0"))
		snprintf(text, len, strchr(first, ':') ? "[%s]:%s%s%s" : "%s:%s%s%s", first, more,
			 *last && strcmp(last, more) ? "-" : "",
			 *last && strcmp(last, more) ? last : "");
	else if (column->form == CTL_FORM_HOST || column->form == CTL_FORM_RANGE)
		snprintf(text, len, ctl_port_forgotten(first, NULL) ? "[%s]" : "%s", first);
	else
		snprintf(text, len, "%s", first);
}

/* Is @key the name of an attribute of a column that a configuration has? */
static bool is_known(const struct ctl_noun *noun, const char *key)
{
	const struct ctl_object *object = noun->object;
	size_t i, j;

	for (i = 0; i < config_columns(noun); i++)
		for (j = 0; j < CTL_COUNT(object->columns[i].id); j++) {
			const char *name = object->attrs[object->columns[i].id[j]].name;
			size_t k;

			if (!object->columns[i].id[j])
				continue;
			for (k = 0; key[k] && key[k] == (name[k] == '-' ? '_' : name[k]); k++)
				;
			if (!key[k] && !name[k])
				return true;
		}
	return false;
}

static void read_json_object(struct config_source *source, const struct ctl_noun *noun,
			     const json_t *json, const char *place)
{
	char text[JSON_WORDS][CONFIG_PLACE_LEN], *list[JSON_WORDS], why[CONFIG_PLACE_LEN];
	struct ctl_words words = { .word = list };
	struct ctl_fault fault;
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)json, key, value) {
		if (is_known(noun, key) && !json_is_object(value) && !json_is_array(value))
			continue;
		snprintf(why, sizeof(why), "invalid attribute \"%s\" of %s%s", key,
			 ctl_prefix(noun), noun->name);
		config_fault(source, place, why);
		return;
	}
	for (i = 0; i < config_columns(noun) && words.count + 1 < JSON_WORDS; i++) {
		const struct ctl_column *column = &noun->object->columns[i];

		if (!has_column(noun->object, column, json))
			continue;
		if (column->word)
			list[words.count++] = (char *)column->word;
		column_text(noun->object, column, json, text[words.count], CONFIG_PLACE_LEN);
		list[words.count] = text[words.count];
		words.count++;
	}
	if (config_read_words(source->config, noun, words, place, &fault))
		config_fault(source, place, fault.text);
}

/* Name of the list of a kind of object. */
static void list_name(const struct ctl_noun *noun, char *name, size_t len)
{
	snprintf(name, len, "%s%s", noun->family == &ctl_relay ? "relay-" : "", noun->name);
}

static const struct ctl_noun *json_noun(const char *key)
{
	char name[64];
	size_t i;

	for (i = 0; i < config_noun_count; i++) {
		list_name(config_nouns[i], name, sizeof(name));
		if (!strcmp(name, key))
			return config_nouns[i];
	}
	return NULL;
}

static void read_json_list(struct config_source *source, const char *key, const json_t *list)
{
	const struct ctl_noun *noun = json_noun(key);
	char place[CONFIG_PLACE_LEN];
	size_t i;

	snprintf(place, sizeof(place), "%s: %s", source->path, key);
	if (!noun || !json_is_array(list)) {
		config_fault(source, place, noun ? "a list is needed" : "no such object");
		return;
	}
	for (i = 0; i < json_array_size(list); i++) {
		const json_t *object = json_array_get(list, i);

		snprintf(place, sizeof(place), "%s: %s[%zu]", source->path, key, i);
		if (json_is_object(object))
			read_json_object(source, noun, object, place);
		else
			config_fault(source, place, "an object is needed");
	}
}

/**
 * config_read_json() - Read a configuration in JSON.
 * @source: The file; faults are reported.
 * @file: The same, open.
 */
void config_read_json(struct config_source *source, FILE *file)
{
	json_error_t error;
	json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &error), *value;
	char place[CONFIG_PLACE_LEN];
	const char *key;

	if (!root) {
		snprintf(place, sizeof(place), "%s:%d", source->path, error.line);
		config_fault(source, place, error.text);
		return;
	}
	value = json_object_get(root, CONFIG_HEAD);
	if (!json_is_integer(value) || json_integer_value(value) != CONFIG_VERSION)
		config_fault(source, source->path, "\"" CONFIG_HEAD "\": 1 is missing");
	else
		json_object_foreach(root, key, value)
			if (strcmp(key, CONFIG_HEAD))
				read_json_list(source, key, value);
	json_decref(root);
}

/* A key as words have it; elsewhere it is never shown. */
static void add_key(const struct ctl_noun *noun, const struct ctl_record *record, json_t *json)
{
	const struct ctl_object *object = noun->object;
	char text[VALUE_LEN];
	size_t i;

	for (i = 0; i < config_columns(noun); i++) {
		const struct ctl_column *column = &object->columns[i];

		if (object->attrs[column->id[0]].type == CTL_SECRET &&
		    config_value(record, column, text, sizeof(text)))
			json_object_set_new(json, "hash_key", json_string(text));
	}
}

/**
 * config_json_add() - Add an object of the kernel to a configuration in JSON.
 * @config: Configuration; its JSON.
 * @noun: Noun of the object.
 * @record: The object.
 */
void config_json_add(struct config *config, const struct ctl_noun *noun,
		     const struct ctl_record *record)
{
	json_t *all = ctl_out_json(record, true), *kept = json_object(), *list, *value;
	char name[64];
	const char *key;

	json_object_foreach(all, key, value)
		if (is_known(noun, key))
			json_object_set(kept, key, value);
	json_decref(all);
	add_key(noun, record, kept);
	list_name(noun, name, sizeof(name));
	list = json_object_get(config->json, name);
	if (!list) {
		list = json_array();
		json_object_set_new(config->json, name, list);
	}
	/* settings are one object, read in two parts */
	if (noun->object->listing && json_array_size(list)) {
		json_object_update(json_array_get(list, 0), kept);
		json_decref(kept);
		return;
	}
	json_array_append_new(list, kept);
}

/**
 * config_json_drop() - Remove the objects of a kind from a configuration in JSON.
 * @config: Configuration; its JSON.
 * @noun: Noun of the objects.
 */
void config_json_drop(struct config *config, const struct ctl_noun *noun)
{
	char name[64];

	list_name(noun, name, sizeof(name));
	json_object_del(config->json, name);
}
