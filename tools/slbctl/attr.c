// SPDX-License-Identifier: GPL-2.0-only
/* Attributes of the kernel as text and as JSON; their contents are not trusted. */
#include "out.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/slb.h>

#define STRING_LEN	256

/* May a message have several of them? */
static bool is_list(const struct ctl_attr *desc)
{
	return desc->type == CTL_LIST || desc->type == CTL_NEST;
}

/**
 * ctl_record_read() - Sort the attributes of a message by number.
 * @record: Where to put them.
 * @object: Kind of object.
 * @nlh: The message.
 */
void ctl_record_read(struct ctl_record *record, const struct ctl_object *object,
		     const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	memset(record, 0, sizeof(*record));
	record->object = object;
	if (mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return;
	record->nlh = nlh;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		uint16_t id = mnl_attr_get_type(attr);

		if (id < object->attr_count &&
		    !(is_list(&object->attrs[id]) && record->tb[id]))
			record->tb[id] = attr;
	}
}

/**
 * ctl_record_list() - Visit each attribute of a list.
 * @record: The object.
 * @id: Number of the attribute, a CTL_LIST or CTL_NEST.
 * @visit: Called for each of them.
 * @data: For @visit.
 */
void ctl_record_list(const struct ctl_record *record, size_t id,
		     void (*visit)(const struct nlattr *attr, void *data), void *data)
{
	const struct nlattr *attr;

	if (record->tb[id] && !record->nlh)
		visit(record->tb[id], data);
	if (!record->tb[id] || !record->nlh)
		return;
	mnl_attr_for_each(attr, record->nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == id)
			visit(attr, data);
}

/**
 * ctl_attr_number() - Read a number of any width.
 * @attr: The attribute, may be NULL.
 * @value: Where to put it.
 *
 * Return: Whether it was a number.
 */
bool ctl_attr_number(const struct nlattr *attr, uint64_t *value)
{
	if (!attr)
		return false;
	switch (mnl_attr_get_payload_len(attr)) {
	case sizeof(uint8_t):
		*value = mnl_attr_get_u8(attr);
		return true;
	case sizeof(uint16_t):
		*value = mnl_attr_get_u16(attr);
		return true;
	case sizeof(uint32_t):
		*value = mnl_attr_get_u32(attr);
		return true;
	case sizeof(uint64_t):
		*value = mnl_attr_get_u64(attr);
		return true;
	}
	return false;
}

static const char *number_name(const struct ctl_attr *desc, uint64_t value)
{
	if (desc->type == CTL_PROTO)
		return value <= UINT8_MAX ? ctl_proto_name((uint8_t)value) : NULL;
	if (desc->type == CTL_ENUM && value < desc->count)
		return desc->names[value];
	if (desc->type == CTL_BOOL)
		return value ? "yes" : "no";
	return NULL;
}

/* The name of a bit; those of a newer module have none. */
static void bit_text(const struct ctl_attr *desc, unsigned int bit, char *text, size_t len)
{
	if (bit < desc->count)
		snprintf(text, len, "%s", desc->names[bit]);
	else
		snprintf(text, len, "bit%u", bit);
}

static void flags_text(const struct ctl_attr *desc, uint64_t value, char *text, size_t len)
{
	unsigned int bit;
	size_t used = 0;

	snprintf(text, len, "-");
	for (bit = 0; bit < 32 && used < len; bit++) {
		if (!(value >> bit & 1))
			continue;
		if (used)
			used += (size_t)snprintf(text + used, len - used, ",");
		if (used < len) {
			bit_text(desc, bit, text + used, len - used);
			used += strlen(text + used);
		}
	}
}

/* Thousandths with as many decimals as they need. */
static void milli_text(uint64_t value, char *text, size_t len)
{
	unsigned int part = (unsigned int)(value % 1000);
	int digits = 3;

	for (; digits && part % 10 == 0; digits--)
		part /= 10;
	if (digits)
		snprintf(text, len, "%" PRIu64 ".%0*u", value / 1000, digits, part);
	else
		snprintf(text, len, "%" PRIu64, value / 1000);
}

static void number_text(const struct ctl_attr *desc, uint64_t value, char *text, size_t len)
{
	const char *name = number_name(desc, value);

	if (name)
		snprintf(text, len, "%s", name);
	else if (desc->type == CTL_FLAGS)
		flags_text(desc, value, text, len);
	else if (desc->type == CTL_MILLI)
		milli_text(value, text, len);
	else if (desc->type == CTL_MSEC)
		snprintf(text, len, "%" PRIu64 ".%03us", value / 1000,
			 (unsigned int)(value % 1000));
	else
		snprintf(text, len, "%" PRIu64, value);
}

/**
 * ctl_attr_traffic() - Read a nest of counters.
 * @nest: The nest.
 * @packets: Where to put the packets.
 * @bytes: Where to put the bytes.
 */
void ctl_attr_traffic(const struct nlattr *nest, uint64_t *packets, uint64_t *bytes)
{
	const struct nlattr *attr;

	*packets = 0;
	*bytes = 0;
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == SLB_A_TRAFFIC_PACKETS)
			ctl_attr_number(attr, packets);
		if (mnl_attr_get_type(attr) == SLB_A_TRAFFIC_BYTES)
			ctl_attr_number(attr, bytes);
	}
}

static void addr_text(const struct nlattr *attr, char *text, size_t len)
{
	uint16_t bytes = mnl_attr_get_payload_len(attr);

	snprintf(text, len, "?");
	if (bytes == 4 || bytes == 16)
		inet_ntop(bytes == 4 ? AF_INET : AF_INET6, mnl_attr_get_payload(attr), text,
			  (socklen_t)len);
}

/* Bytes of one of the addresses in a list. */
static uint16_t addrs_width(const struct ctl_attr *desc)
{
	return strchr(desc->name, '4') ? 4 : 16;
}

static void addrs_text(const struct ctl_attr *desc, const struct nlattr *attr, char *text,
		       size_t len)
{
	uint16_t width = addrs_width(desc), at;
	const char *payload = mnl_attr_get_payload(attr);
	char addr[INET6_ADDRSTRLEN];
	size_t used = 0;

	text[0] = '\0';
	for (at = 0; at + width <= mnl_attr_get_payload_len(attr) && used < len; at += width) {
		inet_ntop(width == 4 ? AF_INET : AF_INET6, payload + at, addr, sizeof(addr));
		used += (size_t)snprintf(text + used, len - used, "%s%s", at ? "," : "", addr);
	}
}

/* "NAME VALUE" of all that a nest has. The digit of a family tells nothing beside an address. */
static void nest_text(const struct ctl_attr *desc, const struct nlattr *nest, char *text,
		      size_t len)
{
	const struct nlattr *attr;
	char value[INET6_ADDRSTRLEN];
	size_t used = 0;

	text[0] = '\0';
	mnl_attr_for_each_nested(attr, nest) {
		uint16_t id = mnl_attr_get_type(attr);
		const struct ctl_attr *part = id < desc->count ? &desc->nest[id] : NULL;

		if (!part || part->type == CTL_NONE || used >= len)
			continue;
		ctl_attr_text(part, attr, value, sizeof(value));
		used += (size_t)snprintf(text + used, len - used, "%s%.*s %s", used ? " " : "",
					 (int)strlen(part->name) - (part->type == CTL_ADDR),
					 part->name, value);
	}
}

/**
 * ctl_attr_string() - The string of an attribute as it is.
 * @attr: The attribute.
 * @text: Where to put it; escape it before printing.
 * @len: Bytes of @text.
 */
void ctl_attr_string(const struct nlattr *attr, char *text, size_t len)
{
	const char *payload = mnl_attr_get_payload(attr);
	size_t bytes = strnlen(payload, mnl_attr_get_payload_len(attr));

	snprintf(text, len, "%.*s", (int)bytes, payload);
}

/* A device may have any name; it must not control the terminal. */
static void string_text(const struct nlattr *attr, char *text, size_t len)
{
	char raw[STRING_LEN];

	ctl_attr_string(attr, raw, sizeof(raw));
	ctl_escape(raw, text, len);
}

/**
 * ctl_attr_text() - Convert an attribute to printable text.
 * @desc: What it is.
 * @attr: The attribute.
 * @text: Where to put the text.
 * @len: Bytes of @text.
 */
void ctl_attr_text(const struct ctl_attr *desc, const struct nlattr *attr, char *text, size_t len)
{
	uint64_t value, bytes;

	switch (desc->type) {
	case CTL_STRING:
	case CTL_LIST:
	case CTL_DEV:
		string_text(attr, text, len);
		break;
	case CTL_ADDR:
		addr_text(attr, text, len);
		break;
	case CTL_TRAFFIC:
		ctl_attr_traffic(attr, &value, &bytes);
		snprintf(text, len, "packets %" PRIu64 " bytes %" PRIu64, value, bytes);
		break;
	case CTL_ADDRS:
		addrs_text(desc, attr, text, len);
		break;
	case CTL_NEST:
		nest_text(desc, attr, text, len);
		break;
	case CTL_SECRET:
		snprintf(text, len, "(secret)");
		break;
	default:
		if (ctl_attr_number(attr, &value))
			number_text(desc, value, text, len);
		else
			snprintf(text, len, "?");
		break;
	}
}

/* JSON allows DEL in a string, so jansson does not escape it; a terminal may act on it. */
static int write_json(const char *text, size_t len, void *file)
{
	const char *end = text + len, *del;

	while ((del = memchr(text, 0x7f, (size_t)(end - text)))) {
		fwrite(text, 1, (size_t)(del - text), file);
		fputs("\\u007f", file);
		text = del + 1;
	}
	fwrite(text, 1, (size_t)(end - text), file);
	return 0;
}

/**
 * ctl_json_write() - Write JSON in printable ASCII; other characters are escaped.
 * @json: What to write.
 * @file: Where to; the caller finds errors with ferror().
 */
void ctl_json_write(const json_t *json, FILE *file)
{
	json_dump_callback(json, write_json, file, JSON_ENSURE_ASCII |
			   (ctl_options.pretty ? JSON_INDENT(4) : JSON_COMPACT));
}

/**
 * ctl_json_put() - Write JSON to standard output, in printable ASCII.
 * @json: What to write; its reference is taken.
 */
void ctl_json_put(json_t *json)
{
	ctl_json_write(json, stdout);
	json_decref(json);
}

/**
 * ctl_json_text() - Convert a text to JSON, which must be UTF-8; device names need not be.
 * @text: The text; invalid bytes are replaced.
 *
 * Return: A new reference.
 */
json_t *ctl_json_text(char *text)
{
	json_t *json = json_string(text);
	char *c;

	if (json)
		return json;
	for (c = text; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return json_string(text);
}

static json_t *flags_json(const struct ctl_attr *desc, uint64_t value)
{
	json_t *json = json_array();
	unsigned int bit;
	char text[64];

	for (bit = 0; bit < 32; bit++) {
		if (!(value >> bit & 1))
			continue;
		bit_text(desc, bit, text, sizeof(text));
		json_array_append_new(json, json_string(text));
	}
	return json;
}

static json_t *addrs_json(const struct ctl_attr *desc, const struct nlattr *attr)
{
	json_t *json = json_array();
	char text[512], *addr, *rest;

	addrs_text(desc, attr, text, sizeof(text));
	for (addr = strtok_r(text, ",", &rest); addr; addr = strtok_r(NULL, ",", &rest))
		json_array_append_new(json, json_string(addr));
	return json;
}

static json_t *attr_json(const struct ctl_attr *desc, const struct nlattr *attr)
{
	uint64_t value = 0, bytes;
	char text[512];

	switch (desc->type) {
	case CTL_TRAFFIC:
		ctl_attr_traffic(attr, &value, &bytes);
		return json_pack("{s:I, s:I}", "packets", (json_int_t)value,
				 "bytes", (json_int_t)bytes);
	case CTL_BOOL:
		ctl_attr_number(attr, &value);
		return json_boolean(value);
	case CTL_FLAGS:
		ctl_attr_number(attr, &value);
		return flags_json(desc, value);
	case CTL_ADDRS:
		return addrs_json(desc, attr);
	case CTL_U8:
	case CTL_U16:
	case CTL_U32:
	case CTL_UINT:
	case CTL_MILLI:
	case CTL_MSEC:
		ctl_attr_number(attr, &value);
		return json_integer((json_int_t)value);
	case CTL_STRING:
	case CTL_DEV:
		ctl_attr_string(attr, text, sizeof(text));
		return ctl_json_text(text);
	default:
		ctl_attr_text(desc, attr, text, sizeof(text));
		return ctl_json_text(text);
	}
}

static void append_json(const struct nlattr *attr, void *data)
{
	char text[STRING_LEN];

	ctl_attr_string(attr, text, sizeof(text));
	json_array_append_new(data, ctl_json_text(text));
}

static void json_key(const char *name, char *key, size_t len)
{
	size_t i;

	for (i = 0; name[i] && i < len - 1; i++)
		key[i] = name[i] == '-' ? '_' : name[i];
	key[i] = '\0';
}

/* Nests of one kind, as a list of objects. */
struct nest_list {
	const struct ctl_attr *desc;
	json_t *list;
};

static void append_nest(const struct nlattr *nest, void *data)
{
	const struct nest_list *nests = data;
	json_t *json = json_object();
	const struct nlattr *attr;
	char key[64];

	mnl_attr_for_each_nested(attr, nest) {
		uint16_t id = mnl_attr_get_type(attr);

		if (id >= nests->desc->count || nests->desc->nest[id].type == CTL_NONE)
			continue;
		json_key(nests->desc->nest[id].name, key, sizeof(key));
		json_object_set_new(json, key, attr_json(&nests->desc->nest[id], attr));
	}
	json_array_append_new(nests->list, json);
}

static json_t *value_json(const struct ctl_record *record, size_t id)
{
	struct nest_list nests = { .desc = &record->object->attrs[id] };

	if (!is_list(nests.desc))
		return attr_json(nests.desc, record->tb[id]);
	nests.list = json_array();
	if (nests.desc->type == CTL_NEST)
		ctl_record_list(record, id, append_nest, &nests);
	else
		ctl_record_list(record, id, append_json, nests.list);
	return nests.list;
}

/* JSON has an attribute only with -s where text does: when all its columns are counters. */
static bool is_counter(const struct ctl_object *object, size_t id)
{
	bool counter = false;
	size_t i, k;

	for (i = 0; i < object->column_count; i++) {
		const struct ctl_column *column = &object->columns[i];

		for (k = 0; k < CTL_COUNT(column->id); k++) {
			if (column->id[k] != id)
				continue;
			if (column->place < CTL_PLACE_STAT || column->always)
				return false;
			counter = true;
		}
	}
	return counter;
}

/**
 * ctl_out_json() - Convert an object to JSON.
 * @record: The object.
 * @all: With its counters.
 *
 * Return: A new reference.
 */
json_t *ctl_out_json(const struct ctl_record *record, bool all)
{
	const struct ctl_object *object = record->object;
	json_t *json = json_object();
	char key[64];
	size_t i;

	for (i = 0; i < object->attr_count; i++) {
		if (!record->tb[i] || object->attrs[i].type == CTL_NONE ||
		    (!all && is_counter(object, i)))
			continue;
		json_key(object->attrs[i].name, key, sizeof(key));
		json_object_set_new(json, key, value_json(record, i));
	}
	return json;
}
