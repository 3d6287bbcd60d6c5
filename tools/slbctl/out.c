// SPDX-License-Identifier: GPL-2.0-only
/* Objects on standard output: columns of text with colour, or JSON element by element. */
#include "out.h"
#include "table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_LEN	512
#define INDENT		"    "

static struct {
	size_t elements;	/* of the JSON array that is open */
	bool begun;		/* something stands on the current line of text */
} out;

/* Colours of ip(8). */
static const char *const colour[] = {
	[CTL_DEV] = "\033[36m",
	[CTL_ADDR] = "\033[35m",
};

static void put_separator(void)
{
	if (out.begun)
		putchar(' ');
	out.begun = true;
}

static void put_word(const char *word)
{
	put_separator();
	fputs(word, stdout);
}

/**
 * ctl_out_colour() - The colour of a value.
 * @type: Its type.
 * @value: The value as text.
 *
 * Return: The control sequence that begins it, or NULL.
 */
const char *ctl_out_colour(enum ctl_type type, const char *value)
{
	if (type == CTL_ENUM)
		return strcmp(value, "up") ? NULL : "\033[32m";
	if (type == CTL_ADDR && strchr(value, ':') && strchr(value, ':') != strrchr(value, ':'))
		return "\033[34m";
	return (size_t)type < CTL_COUNT(colour) ? colour[type] : NULL;
}

static void put_value(enum ctl_type type, const char *value)
{
	const char *start = ctl_options.colour ? ctl_out_colour(type, value) : NULL;

	put_separator();
	if (start)
		printf("%s%s\033[0m", start, value);
	else
		fputs(value, stdout);
}

static void end_line(bool more)
{
	if (ctl_options.oneline && more)
		putchar('\\');
	else
		putchar('\n');
	out.begun = false;
}

static void span_text(const struct ctl_record *record, const uint8_t *id, char *text, size_t len)
{
	const struct ctl_attr *attrs = record->object->attrs;
	char last[TEXT_LEN / 4];
	size_t used;

	ctl_attr_text(&attrs[id[0]], record->tb[id[0]], text, len);
	if (!record->tb[id[1]])
		return;
	ctl_attr_text(&attrs[id[1]], record->tb[id[1]], last, sizeof(last));
	used = strlen(text);
	if (strcmp(text, last))
		snprintf(text + used, len - used, "-%s", last);
}

/* An address, and others behind it. */
static void addrs_text(const struct ctl_record *record, const uint8_t *id, char *text, size_t len)
{
	const struct ctl_attr *attrs = record->object->attrs;
	size_t used;

	ctl_attr_text(&attrs[id[0]], record->tb[id[0]], text, len);
	used = strlen(text);
	if (!record->tb[id[1]] || used + 1 >= len)
		return;
	text[used++] = ',';
	ctl_attr_text(&attrs[id[1]], record->tb[id[1]], text + used, len - used);
}

static void host_text(const struct ctl_record *record, const uint8_t *id, char *text, size_t len)
{
	const struct ctl_attr *attrs = record->object->attrs;
	uint64_t first = 0, last = 0;
	char addr[TEXT_LEN / 4];
	int used;

	ctl_attr_text(&attrs[id[0]], record->tb[id[0]], addr, sizeof(addr));
	ctl_attr_number(record->tb[id[1]], &first);
	if (!id[2] || !ctl_attr_number(record->tb[id[2]], &last))
		last = first;
	if (!first) {
		snprintf(text, len, ctl_port_forgotten(addr, NULL) ? "[%s]" : "%s", addr);
		return;
	}
	used = snprintf(text, len, strchr(addr, ':') ? "[%s]:%" PRIu64 : "%s:%" PRIu64, addr,
			first);
	if (last != first)
		snprintf(text + used, len - (size_t)used, "-%" PRIu64, last);
}

/* A number, or the share that stands for it. */
static bool share_text(const struct ctl_record *record, const uint8_t *id, char *text, size_t len)
{
	bool percent = !record->tb[id[0]];
	uint64_t value;

	if (!ctl_attr_number(record->tb[id[percent]], &value))
		return false;
	snprintf(text, len, "%" PRIu64 "%s", value, percent ? "%" : "");
	return true;
}

/**
 * ctl_mark_text() - A firewall mark as text: as ctl_parse_mark() reads it.
 * @mark: The mark.
 * @mask: Its mask.
 * @text: Where to put the text.
 * @len: Bytes of @text.
 */
void ctl_mark_text(uint32_t mark, uint32_t mask, char *text, size_t len)
{
	if (!mask)
		snprintf(text, len, "0");
	else if (mark && mask == UINT32_MAX)
		snprintf(text, len, "0x%x", mark);
	else
		snprintf(text, len, "0x%x/0x%x", mark, mask);
}

static bool mark_text(const struct ctl_record *record, const uint8_t *id, char *text, size_t len)
{
	uint64_t mark, mask;

	if (!ctl_attr_number(record->tb[id[0]], &mark))
		return false;
	if (!ctl_attr_number(record->tb[id[1]], &mask))
		mask = mark ? UINT32_MAX : 0;
	ctl_mark_text((uint32_t)mark, (uint32_t)mask, text, len);
	return true;
}

/* A text that is not one plain word stands in quotes. */
static void quote_text(char *text, size_t len)
{
	char plain[TEXT_LEN];
	size_t used = 0, i;

	if (*text && !strpbrk(text, " \"\\#"))
		return;
	snprintf(plain, sizeof(plain), "%s", text);
	text[used++] = '"';
	for (i = 0; plain[i] && used + 3 < len; i++) {
		if (plain[i] == '"')
			text[used++] = '\\';
		text[used++] = plain[i];
	}
	text[used++] = '"';
	text[used] = '\0';
}

struct list_text {
	char *text;
	size_t len;
};

static void append_text(const struct nlattr *attr, void *data)
{
	static const struct ctl_attr desc = { .type = CTL_STRING };
	struct list_text *list = data;
	size_t used = strlen(list->text);

	if (used && used + 1 < list->len)
		list->text[used++] = ',';
	ctl_attr_text(&desc, attr, list->text + used, list->len - used);
}

static void list_text(const struct ctl_record *record, uint8_t id, char *text, size_t len)
{
	struct list_text list = { .text = text, .len = len };

	text[0] = '\0';
	ctl_record_list(record, id, append_text, &list);
}

/* One attribute, by its type. */
static void value_text(const struct ctl_record *record, const struct ctl_column *column, char *text,
		       size_t len)
{
	const struct ctl_attr *desc = &record->object->attrs[column->id[0]];

	if (desc->type == CTL_LIST)
		list_text(record, column->id[0], text, len);
	else
		ctl_attr_text(desc, record->tb[column->id[0]], text, len);
	if (column->form == CTL_FORM_QUOTED)
		quote_text(text, len);
}

/**
 * ctl_column_text() - A column of an object as text.
 * @record: The object.
 * @column: The column.
 * @text: Where to put the text.
 * @len: Bytes of @text.
 *
 * Return: Whether the object has anything there.
 */
bool ctl_column_text(const struct ctl_record *record, const struct ctl_column *column, char *text,
		     size_t len)
{
	const struct nlattr *attr = record->tb[column->id[0]];
	uint64_t value;

	if (column->form == CTL_FORM_SHARE)
		return share_text(record, column->id, text, len) && strcmp(text, column->preset);
	if (column->form == CTL_FORM_MARK)
		return mark_text(record, column->id, text, len) && strcmp(text, column->preset);
	if (!attr || (column->form == CTL_FORM_NONZERO && ctl_attr_number(attr, &value) && !value))
		return false;
	if (column->form == CTL_FORM_SPAN)
		span_text(record, column->id, text, len);
	else if (column->form == CTL_FORM_ADDRS)
		addrs_text(record, column->id, text, len);
	else if (column->form == CTL_FORM_HOST || column->form == CTL_FORM_RANGE)
		host_text(record, column->id, text, len);
	else
		value_text(record, column, text, len);
	return column->form != CTL_FORM_UNUSUAL || strcmp(text, column->preset);
}

static void put_column(const struct ctl_record *record, const struct ctl_column *column)
{
	char text[TEXT_LEN];

	if (!ctl_column_text(record, column, text, sizeof(text)))
		return;
	if (column->word)
		put_word(column->word);
	put_value(record->object->attrs[column->id[0]].type, text);
}

static bool has_column(const struct ctl_record *record, enum ctl_place place)
{
	char text[TEXT_LEN];
	size_t i;

	for (i = 0; i < record->object->column_count; i++)
		if (record->object->columns[i].place == place &&
		    ctl_column_text(record, &record->object->columns[i], text, sizeof(text)))
			return true;
	return false;
}

static void put_place(const struct ctl_record *record, enum ctl_place place)
{
	size_t i;

	for (i = 0; i < record->object->column_count; i++)
		if (record->object->columns[i].place == place)
			put_column(record, &record->object->columns[i]);
}

static void indent(void)
{
	fputs(INDENT, stdout);
	out.begun = false;
}

/* A line of an object that is not its first. */
static void put_more(const struct ctl_record *record, enum ctl_place place)
{
	if (!has_column(record, place))
		return;
	end_line(true);
	indent();
	put_place(record, place);
}

static bool is_nest(const struct ctl_object *object, const struct ctl_column *column)
{
	return object->attrs[column->id[0]].type == CTL_NEST;
}

/* What nests are shown by. */
struct nest_lines {
	const struct ctl_column *column;
	const struct ctl_attr *desc;
	bool after;	/* each line ends after its nest, and not before it */
};

static void put_nest(const struct nlattr *nest, void *data)
{
	const struct nest_lines *lines = data;
	char text[TEXT_LEN];

	ctl_attr_text(lines->desc, nest, text, sizeof(text));
	if (!lines->after)
		end_line(true);
	indent();
	put_word(lines->column->word);
	put_word(text);
	if (lines->after)
		end_line(false);
}

/* Each nest on a line of its own. */
static void put_nests(const struct ctl_record *record, bool after)
{
	const struct ctl_object *object = record->object;
	size_t i;

	for (i = 0; i < object->column_count; i++) {
		struct nest_lines lines = {
			.column = &object->columns[i], .after = after,
			.desc = &object->attrs[object->columns[i].id[0]],
		};

		if (is_nest(object, lines.column))
			ctl_record_list(record, lines.column->id[0], put_nest, &lines);
	}
}

static void put_stats(const struct ctl_record *record)
{
	const struct ctl_object *object = record->object;
	size_t i;

	put_more(record, CTL_PLACE_STAT);
	put_nests(record, false);
	for (i = 0; i < object->column_count; i++) {
		if (object->columns[i].place != CTL_PLACE_OWN ||
		    is_nest(object, &object->columns[i]) ||
		    !record->tb[object->columns[i].id[0]])
			continue;
		end_line(true);
		indent();
		put_column(record, &object->columns[i]);
	}
}

/* A column on line @line of a block, which it continues below if it does not fit. */
static void put_piece(const struct ctl_record *record, const struct ctl_column *column,
		      size_t line, size_t *used)
{
	bool whole = !line && !ctl_out_terminal();	/* for programs */
	char text[TEXT_LEN];
	size_t len;

	if (!ctl_column_text(record, column, text, sizeof(text)))
		return;
	len = strlen(text) + (column->word ? strlen(column->word) + 1 : 0);
	if (!whole && *used && *used + 1 + len > CTL_WIDTH) {
		end_line(true);
		*used = 0;
		line++;
	}
	if (line && !*used) {
		indent();
		*used = strlen(INDENT) - 1;
	}
	put_column(record, column);
	*used += 1 + len;
}

/* The line of a column in a block. */
static size_t line_of(const struct ctl_object *object, const struct ctl_column *column)
{
	if (column->place == CTL_PLACE_SAVED || is_nest(object, column) ||
	    object->attrs[column->id[0]].type == CTL_TRAFFIC)
		return SIZE_MAX;
	if (column->place == CTL_PLACE_LINE || column->line)
		return column->line;
	return column->place == CTL_PLACE_STATE ? 1 : object->block;
}

static void put_counters(const struct ctl_record *record, const struct ctl_column *column)
{
	char packets[32], bytes[32], text[TEXT_LEN];

	if (ctl_column_text(record, column, text, sizeof(text)) &&
	    sscanf(text, "packets %31s bytes %31s", packets, bytes) == 2)
		printf(INDENT "%-12spackets %14s bytes %16s\n", column->word, packets, bytes);
}

/* With -s, an object that has very many counters: related ones on one line. */
static void put_block(const struct ctl_record *record)
{
	const struct ctl_object *object = record->object;
	size_t line, used, i;

	for (line = 0; line <= object->block; line++) {
		for (i = 0, used = 0; i < object->column_count; i++)
			if (line_of(object, &object->columns[i]) == line)
				put_piece(record, &object->columns[i], line, &used);
		if (used)
			end_line(false);
	}
	put_nests(record, true);
	for (i = 0; i < object->column_count; i++)
		if (object->attrs[object->columns[i].id[0]].type == CTL_TRAFFIC)
			put_counters(record, &object->columns[i]);
}

static void put_listing(const struct ctl_record *record)
{
	const struct ctl_object *object = record->object;
	bool first = true;
	char text[TEXT_LEN];
	size_t i;

	for (i = 0; i < object->column_count; i++) {
		if (object->columns[i].place == CTL_PLACE_SAVED ||
		    !ctl_column_text(record, &object->columns[i], text, sizeof(text)))
			continue;
		if (!first)
			end_line(true);
		first = false;
		if (ctl_out_terminal())
			printf("%-*s", CTL_LISTING_WIDTH, object->columns[i].word);
		else
			put_word(object->columns[i].word);
		put_value(object->attrs[object->columns[i].id[0]].type, text);
	}
	if (!first)
		end_line(false);
}

/**
 * ctl_out_terminal() - Does a person read the output?
 *
 * Return: Whether text goes to a terminal, and nothing asks for one line for each object.
 */
bool ctl_out_terminal(void)
{
	return !ctl_options.json && !ctl_options.oneline && isatty(STDOUT_FILENO);
}

/**
 * ctl_out_line() - Write all of an object but its counters, without ending the line.
 * @record: The object.
 */
void ctl_out_line(const struct ctl_record *record)
{
	put_place(record, CTL_PLACE_LINE);
	put_place(record, CTL_PLACE_STATE);
	out.begun = false;
}

/**
 * ctl_out_begin() - Begin a list of objects.
 */
void ctl_out_begin(void)
{
	out.elements = 0;
	out.begun = false;
	if (ctl_options.json && !ctl_options.dry_run)
		putchar('[');
}

/**
 * ctl_out_element() - Write an element of a JSON array.
 * @element: The element; its reference is taken.
 */
void ctl_out_element(json_t *element)
{
	if (out.elements++)
		putchar(',');
	ctl_json_put(element);
}

/**
 * ctl_out_record() - Write an object of a list.
 * @record: The object.
 */
void ctl_out_record(const struct ctl_record *record)
{
	if (ctl_options.json) {
		ctl_out_element(ctl_out_json(record, ctl_options.stats || record->object->listing));
		return;
	}
	if (record->object->listing) {
		put_listing(record);
		return;
	}
	if (ctl_options.stats && record->object->block && !ctl_options.oneline) {
		put_block(record);
		return;
	}
	if (ctl_out_terminal()) {
		ctl_table_add(record);
		return;
	}
	put_place(record, CTL_PLACE_LINE);
	put_more(record, CTL_PLACE_STATE);
	if (ctl_options.stats)
		put_stats(record);
	end_line(false);
}

/**
 * ctl_out_end() - End a list of objects.
 */
void ctl_out_end(void)
{
	if (ctl_options.json && !ctl_options.dry_run)
		puts("]");
	ctl_table_end();
}

/**
 * ctl_out_flush() - Send everything on its way.
 *
 * Return: 0, or -1 when it could not be written.
 */
int ctl_out_flush(void)
{
	return fflush(stdout) || ferror(stdout) ? -1 : 0;
}
