// SPDX-License-Identifier: GPL-2.0-only
/* Samples of counters: read with a dump, compared by the names of the objects. */
#include "sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LEN		256
#define FIRST_ROOM	64	/* a power of 2 */

_Static_assert((int)SLB_RELAY_A_LINK_BALANCER == (int)SLB_RELAY_A_BALANCER_NAME,
	       "a request for a balancer matches its links");

/* A balancer has no counters: it is the sum of its links. */
static const struct ctl_object *counted(const struct ctl_noun *noun)
{
	return noun->object == &ctl_balancer ? &ctl_relay_link : noun->object;
}

static size_t attr_named(const struct ctl_object *object, const char *name)
{
	size_t i;

	for (i = 1; i < object->attr_count; i++)
		if (object->attrs[i].name && !strcmp(object->attrs[i].name, name))
			return i;
	return 0;
}

/**
 * ctl_meter_names() - What is counted of a kind of objects.
 * @noun: The noun.
 * @names: Where to put the names: directions, and "sessions" last.
 *
 * Return: Number of names.
 */
size_t ctl_meter_names(const struct ctl_noun *noun, const char *names[CTL_METERS_MAX])
{
	const struct ctl_object *object = counted(noun);
	size_t count = 0, i;

	for (i = 0; i < object->column_count && count < CTL_METERS_MAX - 1; i++)
		if (object->attrs[object->columns[i].id[0]].type == CTL_TRAFFIC)
			names[count++] = object->columns[i].word;
	if (attr_named(object, "sessions-total"))
		names[count++] = "sessions";
	return count;
}

static void read_key(const struct ctl_record *record, struct ctl_item *item)
{
	const struct ctl_object *object = record->object;
	struct ctl_record key = { .object = object };
	char text[KEY_LEN] = "", word[KEY_LEN];
	size_t used = 0, i, k;

	for (i = 0; i < object->column_count; i++) {
		const struct ctl_column *column = &object->columns[i];

		if (column->word || !ctl_column_text(record, column, word, sizeof(word)))
			continue;
		if (used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used ? " " : "", word);
		for (k = 0; k < CTL_COUNT(column->id); k++)
			key.tb[column->id[k]] = record->tb[column->id[k]];
	}
	item->key = strdup(text);
	item->json = ctl_options.json ? ctl_out_json(&key, true) : NULL;
}

/* A server that should be up is what its health says, if it is known. */
static void read_state(const struct ctl_record *record, struct ctl_item *item)
{
	size_t i = attr_named(record->object, "state");
	uint64_t state, health;

	if (record->object == &ctl_server && ctl_attr_number(record->tb[i], &state) &&
	    state == SLB_SERVER_STATE_UP &&
	    ctl_attr_number(record->tb[SLB_A_SERVER_HEALTH], &health) && health == SLB_HEALTH_DOWN)
		i = SLB_A_SERVER_HEALTH;
	if (i && record->tb[i])
		ctl_attr_text(&record->object->attrs[i], record->tb[i], item->state,
			      sizeof(item->state));
}

static void read_meters(const struct ctl_record *record, struct ctl_item *item)
{
	const struct ctl_object *object = record->object;
	size_t count = 0, i;

	for (i = 0; i < object->column_count && count < CTL_METERS_MAX - 1; i++) {
		size_t id = object->columns[i].id[0];

		if (object->attrs[id].type != CTL_TRAFFIC)
			continue;
		if (record->tb[id])
			ctl_attr_traffic(record->tb[id], &item->meter[count].packets,
					 &item->meter[count].bytes);
		count++;
	}
	i = attr_named(object, "sessions-total");
	if (i)
		ctl_attr_number(record->tb[i], &item->meter[count].packets);
	i = attr_named(object, object->family == &ctl_relay ? "flows" : "sessions");
	if (i)
		ctl_attr_number(record->tb[i], &item->current);
	read_state(record, item);
}

/* Room for one more, in steps that double. */
static struct ctl_item *new_item(struct ctl_sample *sample)
{
	size_t count = sample->count;
	struct ctl_item *item;

	if (!count || (count >= FIRST_ROOM && !(count & (count - 1)))) {
		item = realloc(sample->item,
			       (count ? 2 * count : FIRST_ROOM) * sizeof(*sample->item));
		if (!item)
			return NULL;
		sample->item = item;
	}
	item = &sample->item[sample->count++];
	memset(item, 0, sizeof(*item));
	item->order = count;
	return item;
}

static void sample_message(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_sample *sample = data;
	struct ctl_record record;
	struct ctl_item *item;

	ctl_record_read(&record, counted(sample->noun), nlh);
	if (sample->match && !ctl_record_matches(&record, sample->match))
		return;
	item = new_item(sample);
	if (item) {
		read_key(&record, item);
		read_meters(&record, item);
	}
	if (!item || !item->key)
		sample->failed = true;
}

static int by_key(const void *one, const void *other)
{
	const struct ctl_item *a = one, *b = other;

	return strcmp(a->key, b->key);
}

static int by_order(const void *one, const void *other)
{
	const struct ctl_item *a = one, *b = other;

	return (a->order > b->order) - (a->order < b->order);
}

/**
 * ctl_sample_take() - Read the counters.
 * @sample: Its noun and @match are given.
 *
 * Return: What ctl_nl_dump() returns; the request is in @sample.
 */
int ctl_sample_take(struct ctl_sample *sample)
{
	int result;

	ctl_request_init(&sample->request, counted(sample->noun), CTL_GET);
	result = ctl_nl_dump(&sample->request, sample_message, sample);
	clock_gettime(CLOCK_MONOTONIC, &sample->time);
	if (result >= 0 && sample->failed) {
		sample->request.error.code = ENOMEM;
		result = -1;
	}
	if (result >= 0 && sample->count)
		qsort(sample->item, sample->count, sizeof(*sample->item), by_key);
	return result;
}

/**
 * ctl_sample_copy() - Copy a sample, which can then become a difference.
 * @from: The sample.
 * @to: The copy.
 *
 * Return: 0, or -1 when there is no memory.
 */
int ctl_sample_copy(const struct ctl_sample *from, struct ctl_sample *to)
{
	size_t i;

	*to = *from;
	to->count = 0;
	to->item = calloc(from->count ? from->count : 1, sizeof(*to->item));
	for (i = 0; to->item && i < from->count; i++) {
		to->item[i] = from->item[i];
		to->item[i].key = strdup(from->item[i].key);
		json_incref(to->item[i].json);
		to->count++;
		if (!to->item[i].key) {
			ctl_sample_free(to);
			return -1;
		}
	}
	return to->item ? 0 : -1;
}

/* What a counter has grown by. One that is smaller than before is that of another object. */
static uint64_t growth(uint64_t now, uint64_t before)
{
	return now < before ? now : now - before;
}

/* Make the links of each balancer one item. */
static void merge_links(struct ctl_sample *sample)
{
	struct ctl_item *to = NULL, *item;
	size_t count = 0, i, k;

	for (i = 0; i < sample->count; i++) {
		item = &sample->item[i];
		item->key[strcspn(item->key, " ")] = '\0';
		if (!to || strcmp(to->key, item->key)) {
			to = &sample->item[count++];
			if (to != item) {
				*to = *item;
				item->key = NULL;
				item->json = NULL;
			}
			if (to->json) {
				json_decref(to->json);
				to->json = json_pack("{s:s}", "name", to->key);
			}
			to->state[0] = '\0';
			continue;
		}
		for (k = 0; k < CTL_METERS_MAX; k++) {
			to->meter[k].packets += item->meter[k].packets;
			to->meter[k].bytes += item->meter[k].bytes;
		}
		to->current += item->current;
		free(item->key);
		json_decref(item->json);
	}
	sample->count = count;
}

/**
 * ctl_sample_diff() - Make counters the difference to those of an earlier sample.
 * @now: The sample; an object that was not there before has counted from 0. Its objects are put
 *	into the order of the dump.
 * @before: The earlier sample.
 *
 * Return: Seconds between the two.
 */
double ctl_sample_diff(struct ctl_sample *now, struct ctl_sample *before)
{
	const struct ctl_item *old;
	size_t i, k;

	for (i = 0; i < now->count && before->count; i++) {
		struct ctl_meter *meter = now->item[i].meter;

		old = bsearch(&now->item[i], before->item, before->count, sizeof(*old), by_key);
		for (k = 0; old && k < CTL_METERS_MAX; k++) {
			meter[k].packets = growth(meter[k].packets, old->meter[k].packets);
			meter[k].bytes = growth(meter[k].bytes, old->meter[k].bytes);
		}
	}
	if (now->noun->object == &ctl_balancer)
		merge_links(now);
	if (now->count)
		qsort(now->item, now->count, sizeof(*now->item), by_order);
	return (double)(now->time.tv_sec - before->time.tv_sec) +
	       (double)(now->time.tv_nsec - before->time.tv_nsec) / 1e9;
}

/**
 * ctl_sample_free() - Free a sample.
 * @sample: The sample.
 */
void ctl_sample_free(struct ctl_sample *sample)
{
	size_t i;

	for (i = 0; i < sample->count; i++) {
		free(sample->item[i].key);
		json_decref(sample->item[i].json);
	}
	free(sample->item);
	sample->item = NULL;
	sample->count = 0;
}
