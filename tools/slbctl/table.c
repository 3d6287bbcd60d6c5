// SPDX-License-Identifier: GPL-2.0-only
/* Objects on a terminal: aligned columns under a header, at most CTL_WIDTH columns wide. */
#include "table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define GAP		2	/* spaces between columns */
#define INDENT		4	/* of the lines of a row that does not fit on one */
#define CELLS_MAX	64
#define ROWS_MAX	512	/* rows that are laid out together, so memory stays bounded */
#define LINES		2	/* of a cell: one for each address family */
#define TEXT_LEN	512

struct cell {
	char *text[LINES];
};

struct row {
	struct cell cell[CELLS_MAX];
};

/* A column: the objects' columns with the same word, which no object has more than LINES of. */
struct head {
	char text[32];
	size_t width;
	enum ctl_type type;
	bool right;
};

static struct {
	struct head head[CELLS_MAX];
	size_t heads;
	size_t order[CELLS_MAX];	/* the columns that some row has */
	size_t used;
	struct row *row[ROWS_MAX];
	size_t rows;
} table;

/* The column of a header, which is made if it is not there; NULL if there are too many. */
static struct head *find_head(const char *text, enum ctl_type type)
{
	struct head *head;
	size_t i;

	for (i = 0; i < table.heads; i++)
		if (!strcasecmp(table.head[i].text, text))
			return &table.head[i];
	if (table.heads == CELLS_MAX)
		return NULL;
	head = &table.head[table.heads++];
	memset(head, 0, sizeof(*head));
	for (i = 0; text[i] && i < sizeof(head->text) - 1; i++)
		head->text[i] = (char)toupper((unsigned char)text[i]);
	head->type = type;
	head->right = (type >= CTL_U8 && type <= CTL_MSEC) || type == CTL_TRAFFIC;
	return head;
}

/* Characters, not bytes: names of devices may be UTF-8. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void put_cell(struct row *row, struct head *head, const char *text)
{
	struct cell *cell;
	size_t line;

	if (!head || !*text)
		return;
	cell = &row->cell[head - table.head];
	for (line = 0; line < LINES - 1 && cell->text[line]; line++)
		;
	free(cell->text[line]);
	cell->text[line] = strdup(text);
	if (width_of(text) > head->width)
		head->width = width_of(text);
}

static const char *column_word(const struct ctl_record *record, const struct ctl_column *column)
{
	return column->word ? column->word : record->object->attrs[column->id[0]].name;
}

/* Both numbers of a nest of counters; without a row, only make their columns. */
static void put_traffic(const struct ctl_record *record, const struct ctl_column *column,
			struct row *row)
{
	char number[2][32] = { "", "" }, text[TEXT_LEN], word[32];
	static const char *const unit[] = { "packets", "bytes" };
	bool there = row && ctl_column_text(record, column, text, sizeof(text)) &&
		     sscanf(text, "packets %31s bytes %31s", number[0], number[1]) == 2;
	struct head *head;
	size_t i;

	for (i = 0; i < CTL_COUNT(unit); i++) {
		snprintf(word, sizeof(word), "%s-%s", column->word, unit[i]);
		head = find_head(word, CTL_TRAFFIC);
		if (there)
			put_cell(row, head, number[i]);
	}
}

static bool shown(const struct ctl_column *column)
{
	return column->place <= CTL_PLACE_STATE ||
	       (ctl_options.stats && column->place <= CTL_PLACE_OWN);
}

/* Fills a row; without one, makes the columns that are @minor or not, in the object's order. */
static void put_record(const struct ctl_record *record, struct row *row, bool minor)
{
	const struct ctl_object *object = record->object;
	char text[TEXT_LEN];
	size_t i;

	for (i = 0; i < object->column_count; i++) {
		const struct ctl_column *column = &object->columns[i];
		enum ctl_type type = object->attrs[column->id[0]].type;
		struct head *head;

		if (!shown(column) || (!row && column->minor != minor))
			continue;
		if (type == CTL_TRAFFIC) {
			put_traffic(record, column, row);
			continue;
		}
		head = find_head(column_word(record, column),
				 column->form < CTL_FORM_SPAN ? type : CTL_ADDR);
		if (row && ctl_column_text(record, column, text, sizeof(text)))
			put_cell(row, head, text);
	}
}

/**
 * ctl_table_row() - Begin a row; the cells go into it.
 */
void ctl_table_row(void)
{
	struct row *row;

	if (table.rows == ROWS_MAX)
		ctl_table_end();
	row = calloc(1, sizeof(*row));
	if (row)
		table.row[table.rows++] = row;
}

/**
 * ctl_table_cell() - Put a text into the row that was begun last.
 * @word: Header of its column.
 * @type: Type of the value: numbers are aligned to the right.
 * @text: The text.
 */
void ctl_table_cell(const char *word, enum ctl_type type, const char *text)
{
	if (table.rows)
		put_cell(table.row[table.rows - 1], find_head(word, type), text);
}

/**
 * ctl_table_add() - Put an object into the table.
 * @record: The object.
 */
void ctl_table_add(const struct ctl_record *record)
{
	ctl_table_row();
	if (!table.rows)
		return;
	if (table.rows == 1) {
		put_record(record, NULL, false);
		put_record(record, NULL, true);
	}
	put_record(record, table.row[table.rows - 1], false);
}

static void put_padded(const struct head *head, const char *text, bool last)
{
	bool plain = !ctl_options.colour || !*text || text == head->text;
	const char *colour = plain ? NULL : ctl_out_colour(head->type, text);
	int pad = (int)(head->width - width_of(text));

	printf("%*s%s%s%s", head->right ? pad : 0, "", colour ? colour : "", text,
	       colour ? "\033[0m" : "");
	if (!last)
		printf("%*s", (head->right ? 0 : pad) + GAP, "");
}

static struct head *head_at(size_t at)
{
	return &table.head[table.order[at]];
}

static const char *text_at(const struct row *row, size_t line, size_t at)
{
	return row ? row->cell[table.order[at]].text[line] : head_at(at)->text;
}

/* The end of the columns from @first on that fit on one line. */
static size_t line_end(size_t first)
{
	size_t width = first ? INDENT : 0, i;

	for (i = first; i < table.used; i++) {
		width += head_at(i)->width + (i > first ? GAP : 0);
		if (width > CTL_WIDTH && i > first)
			break;
	}
	return i;
}

/* One line of a row, or of the header if @row is NULL: its columns from @first to @end. */
static void put_line(const struct row *row, size_t line, size_t first, size_t end)
{
	size_t i, last = end;

	for (i = first; i < end; i++)
		if (text_at(row, line, i))
			last = i;
	if (last == end)
		return;
	if (first)
		printf("%*s", INDENT, "");
	for (i = first; i <= last; i++) {
		const char *text = text_at(row, line, i);

		put_padded(head_at(i), text ? text : "", i == last);
	}
	putchar('\n');
}

static void put_row(const struct row *row)
{
	size_t first, end, line;

	for (first = 0; first < table.used; first = end) {
		end = line_end(first);
		for (line = 0; line < (row ? LINES : 1); line++)
			put_line(row, line, first, end);
	}
}

static void free_row(struct row *row)
{
	size_t i, line;

	for (i = 0; i < CELLS_MAX; i++)
		for (line = 0; line < LINES; line++)
			free(row->cell[i].text[line]);
	free(row);
}

/**
 * ctl_table_end() - Write the table, and begin another one.
 */
void ctl_table_end(void)
{
	size_t i;

	for (i = 0; i < table.heads; i++) {
		if (!table.head[i].width)
			continue;
		table.order[table.used++] = i;
		if (strlen(table.head[i].text) > table.head[i].width)
			table.head[i].width = strlen(table.head[i].text);
	}
	if (table.rows)
		put_row(NULL);
	for (i = 0; i < table.rows; i++) {
		put_row(table.row[i]);
		free_row(table.row[i]);
	}
	table.rows = 0;
	table.heads = 0;
	table.used = 0;
}
