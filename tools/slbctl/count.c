// SPDX-License-Identifier: GPL-2.0-only
/* Counts the objects of a dump by some of their attributes: "show count by server". */
#include "count.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORD		sizeof(uint32_t)
#define FIRST_SLOTS	1024		/* a power of 2, like all later sizes */
#define FIRST_WORDS	4096
#define TEXT_LEN	512

/*
 * A value that was seen. Its attributes follow, as the kernel sent them, so that they are shown
 * like those of an object. An IPv6 address takes 28 bytes, and its slots at most 16.
 */
struct bin {
	uint32_t count;
	uint32_t len;		/* bytes of the attributes */
};

static bool key_has(const struct ctl_key *key, size_t id)
{
	size_t i, k;

	for (i = 0; i < CTL_COUNT(key->column); i++)
		for (k = 0; k < CTL_COUNT(key->column[i].id); k++)
			if (id && key->column[i].id[k] == id)
				return true;
	return false;
}

/* Copies the attributes of @key to @to; returns their length in bytes, 0 if they do not fit. */
static size_t copy_attrs(const struct ctl_record *record, const struct ctl_key *key, char *to,
			 size_t room)
{
	size_t len, used = 0, i;

	for (i = 1; i < record->object->attr_count; i++) {
		if (!record->tb[i] || !key_has(key, i))
			continue;
		len = MNL_ALIGN(record->tb[i]->nla_len);
		if (len > room - used)
			return 0;
		memset(to + used, 0, len);
		memcpy(to + used, record->tb[i], record->tb[i]->nla_len);
		used += len;
	}
	return used;
}

static uint32_t hash_bytes(const char *bytes, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325;

	while (len--)
		hash = (hash ^ (unsigned char)*bytes++) * 0x100000001b3;
	return (uint32_t)(hash ^ hash >> 32);
}

static struct bin *bin_at(const struct ctl_tally *tally, uint32_t at)
{
	return (struct bin *)(tally->arena + at - 1);
}

/* The slot of a value, or the empty slot that it would take. */
static uint32_t *find_slot(const struct ctl_tally *tally, const char *bytes, size_t len)
{
	uint32_t i = hash_bytes(bytes, len);

	for (;; i++) {
		uint32_t *slot = &tally->slot[i & (tally->slots - 1)];
		const struct bin *bin = *slot ? bin_at(tally, *slot) : NULL;

		if (!bin || (bin->len == len && !memcmp(bin + 1, bytes, len)))
			return slot;
	}
}

/* Twice as many slots: at most one of two is in use afterwards. */
static int grow_slots(struct ctl_tally *tally)
{
	uint32_t at;

	free(tally->slot);
	tally->slots = tally->slots ? 2 * tally->slots : FIRST_SLOTS;
	tally->slot = calloc(tally->slots, sizeof(*tally->slot));
	if (!tally->slot)
		return -1;
	for (at = 1; at <= tally->used;) {
		const struct bin *bin = bin_at(tally, at);

		*find_slot(tally, (const char *)(bin + 1), bin->len) = at;
		at += (uint32_t)((sizeof(*bin) + bin->len) / WORD);
	}
	return 0;
}

static int grow_arena(struct ctl_tally *tally, size_t words)
{
	size_t room = tally->room ? tally->room : FIRST_WORDS;
	uint32_t *arena;

	while (room - tally->used < words)
		room *= 2;
	if (room == tally->room)
		return 0;
	if (room > UINT32_MAX)
		return -1;
	arena = realloc(tally->arena, room * WORD);
	if (!arena)
		return -1;
	tally->arena = arena;
	tally->room = room;
	return 0;
}

/**
 * ctl_tally_add() - Count an object.
 * @tally: The counts.
 * @record: The object.
 *
 * A failure is remembered, and ctl_tally_put() reports it.
 */
void ctl_tally_add(struct ctl_tally *tally, const struct ctl_record *record)
{
	char bytes[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	uint32_t *slot;
	struct bin *bin;
	size_t len;

	tally->total++;
	if (!tally->by || tally->failed)
		return;
	tally->object = record->object;
	len = copy_attrs(record, tally->by, bytes, sizeof(bytes));
	tally->failed = (2 * tally->bins >= tally->slots && grow_slots(tally)) ||
			grow_arena(tally, (sizeof(*bin) + len) / WORD);
	if (tally->failed)
		return;
	slot = find_slot(tally, bytes, len);
	if (!*slot) {
		*slot = (uint32_t)tally->used + 1;
		bin = bin_at(tally, *slot);
		bin->count = 0;
		bin->len = (uint32_t)len;
		memcpy(bin + 1, bytes, len);
		tally->used += (sizeof(*bin) + len) / WORD;
		tally->bins++;
	}
	bin_at(tally, *slot)->count++;
}

static void read_bin(const struct ctl_tally *tally, uint32_t at, struct ctl_record *record)
{
	const struct bin *bin = bin_at(tally, at);
	const struct nlattr *attr;

	memset(record, 0, sizeof(*record));
	record->object = tally->object;
	for (attr = (const void *)(bin + 1);
	     mnl_attr_ok(attr, (int)(bin->len - ((const char *)attr - (const char *)(bin + 1))));
	     attr = mnl_attr_next(attr))
		record->tb[mnl_attr_get_type(attr)] = attr;
}

static int compare_attrs(const struct ctl_attr *desc, const struct nlattr *one,
			 const struct nlattr *other)
{
	uint64_t a = 0, b = 0;
	int sizes;

	if (!one || !other)
		return !one - !other;
	sizes = mnl_attr_get_payload_len(one) - mnl_attr_get_payload_len(other);
	if (sizes && desc->type != CTL_STRING)
		return sizes;
	if (desc->type == CTL_ADDR || desc->type == CTL_STRING || !ctl_attr_number(one, &a) ||
	    !ctl_attr_number(other, &b)) {
		int bytes = memcmp(mnl_attr_get_payload(one), mnl_attr_get_payload(other),
				   sizes < 0 ? mnl_attr_get_payload_len(one) :
					       mnl_attr_get_payload_len(other));

		return bytes ? bytes : sizes;
	}
	return (a > b) - (a < b);
}

/* The largest count first; equal ones by their values. */
static int compare_bins(const void *one, const void *other, void *data)
{
	const uint32_t *a = one, *b = other;
	const struct ctl_tally *tally = data;
	const uint32_t count_a = bin_at(tally, *a)->count, count_b = bin_at(tally, *b)->count;
	struct ctl_record left, right;
	int result = 0;
	size_t i;

	if (count_a != count_b)
		return count_a < count_b ? 1 : -1;
	read_bin(tally, *a, &left);
	read_bin(tally, *b, &right);
	for (i = 1; !result && i < tally->object->attr_count; i++)
		result = compare_attrs(&tally->object->attrs[i], left.tb[i], right.tb[i]);
	return result;
}

static void put_bin(const struct ctl_tally *tally, uint32_t at)
{
	const uint32_t count = bin_at(tally, at)->count;
	struct ctl_record record;
	char text[TEXT_LEN];
	json_t *json;
	size_t i;

	read_bin(tally, at, &record);
	if (ctl_options.json) {
		json = ctl_out_json(&record, true);
		json_object_set_new(json, "count", json_integer(count));
		ctl_out_element(json);
		return;
	}
	for (i = 0; i < CTL_COUNT(tally->by->column) && tally->by->column[i].id[0]; i++) {
		if (!ctl_column_text(&record, &tally->by->column[i], text, sizeof(text)))
			strcpy(text, "-");
		printf("%s ", text);
	}
	printf("%" PRIu32 "\n", count);
}

/* The slots become a list of the values, so sorting needs no more memory. */
static void put_bins(struct ctl_tally *tally, uint32_t limit)
{
	size_t count = 0, i;

	for (i = 0; i < tally->slots; i++)
		if (tally->slot[i])
			tally->slot[count++] = tally->slot[i];
	if (count)
		qsort_r(tally->slot, count, sizeof(*tally->slot), compare_bins, tally);
	for (i = 0; i < count && (!limit || i < limit); i++)
		put_bin(tally, tally->slot[i]);
}

/**
 * ctl_tally_free() - Free the counts.
 * @tally: The counts.
 */
void ctl_tally_free(struct ctl_tally *tally)
{
	free(tally->slot);
	free(tally->arena);
}

/**
 * ctl_tally_put() - Write the counts, and free them.
 * @tally: The counts.
 * @limit: Number of lines, or 0 for all.
 *
 * Return: 0, or -1 with a message when memory did not suffice.
 */
int ctl_tally_put(struct ctl_tally *tally, uint32_t limit)
{
	int failed = tally->failed;

	if (failed)
		ctl_say("no memory to count %zu different values", tally->bins);
	else if (tally->by)
		put_bins(tally, limit);
	else if (ctl_options.json)
		ctl_out_element(json_pack("{s:I}", "count", (json_int_t)tally->total));
	else
		printf("%" PRIu64 "\n", tally->total);
	ctl_tally_free(tally);
	return failed ? -1 : 0;
}
