// SPDX-License-Identifier: GPL-2.0-only
/* Lines of keepalived.conf: files, comments, conditions and variables. */
#include "convert_text.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX	32
#define BYTES_MAX	(32U << 20)
#define VALUE_COST	64	/* bytes that count for each value, however short */
#define TOO_MUCH	"files or variables contain themselves, or too much"

/* A variable: $NAME=VALUE. */
struct text_var {
	const char *name;
	const char *value;
	struct text_var *next;
};

static void read_line(struct text *text, const struct conv_place *place, const char *line);

/* Values can name variables, and files include files: both must have an end. */
static bool enter(struct text *text, const struct conv_place *place, size_t bytes)
{
	text->bytes += bytes;
	if (text->conv->faults)
		return false;
	if (text->depth == DEPTH_MAX || text->bytes > BYTES_MAX) {
		conv_fault(text->conv, place, TOO_MUCH);
		return false;
	}
	text->depth++;
	return true;
}

/* ---- variables */

static struct text_var *find_var(const struct text *text, const char *name, size_t len)
{
	struct text_var *var;

	for (var = text->var; var; var = var->next)
		if (!strncmp(var->name, name, len) && !var->name[len])
			return var;
	return NULL;
}

static struct text_var *set_var(struct text *text, const char *name, size_t len,
				const char *value)
{
	struct text_var *var = find_var(text, name, len);

	if (!var) {
		var = conv_alloc(text->conv, sizeof(*var));
		var->name = conv_print(text->conv, "%.*s", (int)len, name);
		var->next = text->var;
		text->var = var;
	}
	var->value = value;
	return var;
}

static size_t name_len(const char *text)
{
	size_t n = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[n]) || text[n] == '_')
		n++;
	return n;
}

/* "$NAME" before a blank, or "${NAME}". Return: bytes of it, 0 when it is none. */
static size_t find_name(const char *at, const char **name, size_t *len)
{
	bool braces = at[1] == '{';

	*name = at + 1 + braces;
	*len = name_len(*name);
	if (!*len)
		return 0;
	if (braces)
		return (*name)[*len] == '}' ? *len + 3 : 0;
	return !(*name)[*len] || isspace((unsigned char)(*name)[*len]) ? *len + 1 : 0;
}

/* What keepalived knows by itself. */
static const char *own_value(const struct text *text, const struct conv_place *place,
			     const char *name, size_t len)
{
	if (len == 4 && !strncmp(name, "_PWD", len))
		return dirname(conv_print(text->conv, "%s", place->path));
	if (len == 9 && !strncmp(name, "_INSTANCE", len))
		return text->conv->id;
	if (len == 5 && !strncmp(name, "_HASH", len))
		return "#";
	if (len == 5 && !strncmp(name, "_BANG", len))
		return "!";
	return NULL;
}

/* Puts a value in place of the first variable that has one.  NULL when there is none. */
static char *replace_one(struct text *text, const struct conv_place *place, const char *line)
{
	const char *at, *name, *value;
	size_t used, len;

	for (at = strchr(line, '$'); at; at = strchr(at + 1, '$')) {
		const struct text_var *var;

		used = find_name(at, &name, &len);
		if (!used)
			continue;
		var = find_var(text, name, len);
		value = var ? var->value : own_value(text, place, name, len);
		if (value)
			return conv_print(text->conv, "%.*s%s%s", (int)(at - line), line, value,
					  at + used);
	}
	return NULL;
}

/*
 * Puts values in place of variables, until the line becomes several: a value that has lines can
 * set variables of its own.
 */
static char *replace(struct text *text, const struct conv_place *place, const char *line)
{
	char *value = NULL, *next;

	while (!strchr(value ?: line, '\n')) {
		next = replace_one(text, place, value ?: line);
		if (!next)
			break;
		value = next;
		text->bytes += strlen(value) + VALUE_COST;
		if (text->bytes > BYTES_MAX) {
			conv_fault(text->conv, place, TOO_MUCH);
			break;
		}
	}
	return value;
}

/* ---- $NAME=VALUE, whose lines but the last one end with "\" */

static void add_value(struct text *text, const char *line)
{
	struct text_var *var = text->define;
	size_t len = strlen(line);
	bool more;

	while (len && isspace((unsigned char)line[len - 1]))
		len--;
	more = len && line[len - 1] == '\\';
	len -= more;
	var->value = conv_print(text->conv, "%s%.*s%s", var->value, (int)len, line,
				more ? "\n" : "");
	text->bytes += len;
	if (!more)
		text->define = NULL;
}

static bool read_define(struct text *text, const char *line)
{
	size_t len;

	if (*line != '$')
		return false;
	len = name_len(line + 1);
	if (!len || line[1 + len] != '=')
		return false;
	text->define = set_var(text, line + 1, len, "");
	add_value(text, line + len + 2);
	return true;
}

/* ---- include */

static void include_file(struct text *text, const struct conv_place *place, const char *path)
{
	const char *name = conv_print(text->conv, "%s", path);
	FILE *file = fopen(path, "re");

	if (!file) {
		conv_fault(text->conv, place, "\"%s\" cannot be opened: %s", path, strerror(errno));
		return;
	}
	text_read(text, file, name);
	fclose(file);
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) || !S_ISDIR(st.st_mode);
}

/* A pattern need not match; a name alone has to exist. */
static void include(struct text *text, const struct conv_place *place, const char *pattern)
{
	const char *folder = dirname(conv_print(text->conv, "%s", place->path));
	glob_t found;
	size_t i;
	int flags = GLOB_BRACE;

	if (*pattern != '/')
		pattern = conv_print(text->conv, "%s/%s", folder, pattern);
	if (!strpbrk(pattern, "*?[{"))
		flags |= GLOB_NOCHECK;
	if (glob(pattern, flags, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		if (is_file(found.gl_pathv[i]) || flags & GLOB_NOCHECK)
			include_file(text, place, found.gl_pathv[i]);
	globfree(&found);
}

static bool read_include(struct text *text, const struct conv_place *place, const char *line)
{
	static const char *const words[] = {
		"include", "includer", "includem", "includew", "includeb", "includea",
	};
	size_t len = strcspn(line, " \t"), i;
	char *pattern;

	for (i = 0; i < CTL_COUNT(words); i++)
		if (strlen(words[i]) == len && !strncmp(line, words[i], len))
			break;
	if (i == CTL_COUNT(words) || !line[len])
		return false;
	pattern = conv_print(text->conv, "%s", line + len + strspn(line + len, " \t\"'"));
	pattern[strcspn(pattern, "\"'\r\n")] = '\0';
	for (len = strlen(pattern); len && isspace((unsigned char)pattern[len - 1]); len--)
		pattern[len - 1] = '\0';
	include(text, place, pattern);
	return true;
}

/* ---- conditions: "@NAME ..." and "@^NAME ..." */

/* Leaves the rest of the line, or nothing when it is not for this id.  false: nobody decides. */
static bool condition(struct text *text, const char **line)
{
	bool not = (*line)[1] == '^', same;
	const char *name = *line + 1 + not;
	size_t len = strcspn(name, " \t");

	if (!text->conv->id) {
		text->conditions = true;
		return false;
	}
	same = strlen(text->conv->id) == len && !strncmp(text->conv->id, name, len);
	*line = same == not ? "" : name + len;
	return true;
}

/* ---- lines */

static char *without_comment(struct conv *conv, const char *line)
{
	char *copy = conv_print(conv, "%s", line + strspn(line, " \t\r\v\f"));
	char *c, quote = '\0';

	for (c = copy; *c; c++) {
		if (quote) {
			if (*c == '\\' && c[1])
				c++;
			else if (*c == quote)
				quote = '\0';
		} else if (*c == '"' || *c == '\'') {
			quote = *c;
		} else if (*c == '#' || *c == '!') {
			break;
		}
	}
	*c = '\0';
	while (c > copy && isspace((unsigned char)c[-1]))
		*--c = '\0';
	return copy;
}

/* A line without variables, or each line of a value that has several. */
static void read_value(struct text *text, const struct conv_place *place, char *value)
{
	char *line, *rest = value;

	if (!strchr(value, '\n')) {
		/* the value can be a condition */
		if (*value == '@' && text->conv->id)
			read_line(text, place, value);
		else
			text_statement(text, place, value);
		return;
	}
	while ((line = strsep(&rest, "\n")))
		read_line(text, place, line);
}

/* Numbers of "NAME, FIRST, STEP, LAST)"; FIRST and STEP need not be.  NULL: they are wrong. */
static const char *sequence_range(const char *at, long *first, long *step, long *last)
{
	long value[3];
	int count = 0;
	char *end;

	for (; count < 3 && *(at += strspn(at, " \t")) == ','; at = end) {
		value[count++] = strtol(at + 1, &end, 0);
		if (end == at + 1)
			return NULL;
	}
	if (!count || *at != ')')
		return NULL;
	*last = value[count - 1];
	*first = count > 1 ? value[0] : *last < 0 ? -1 : 1;
	*step = count > 2 ? value[1] : *last < *first ? -1 : 1;
	return *step ? at + 1 : NULL;
}

/* "~SEQ(NAME, FIRST, STEP, LAST) ...": the rest of the line for each; "~SEQx": hexadecimal. */
static bool read_sequence(struct text *text, const struct conv_place *place, const char *line)
{
	bool hex = !strncmp(line, "~SEQx(", 6);
	const char *name = line + 5 + hex, *rest;
	long first, step, last, value;
	size_t len;

	if (!hex && strncmp(line, "~SEQ(", 5))
		return false;
	name += strspn(name, " \t");
	len = name_len(name);
	rest = len ? sequence_range(name + len, &first, &step, &last) : NULL;
	if (!rest)
		return false;
	for (value = first; step > 0 ? value <= last : value >= last;) {
		text->bytes += VALUE_COST;
		set_var(text, name, len, conv_print(text->conv, hex ? "%lx" : "%ld", value));
		read_line(text, place, rest);
		if (text->conv->faults || __builtin_add_overflow(value, step, &value))
			break;
	}
	return true;
}

static void read_line(struct text *text, const struct conv_place *place, const char *line)
{
	const char *rest = without_comment(text->conv, line);
	char *value;

	if (text->define) {
		add_value(text, rest);
		return;
	}
	if (!*rest || read_include(text, place, rest))
		return;
	if (!enter(text, place, strlen(rest)))
		return;
	if (*rest == '@' && condition(text, &rest)) {
		read_line(text, place, rest);
	} else if (!read_define(text, rest) && !read_sequence(text, place, rest)) {
		/* "~LST" sets the variables of the rest of its line */
		value = *rest == '~' ? NULL : replace(text, place, rest);
		if (value)
			read_value(text, place, value);
		else
			text_statement(text, place, rest);
	}
	text->depth--;
}

/**
 * text_read() - Read a file.
 * @text: Where to put it.
 * @file: The file.
 * @path: Its name, which stays.
 */
void text_read(struct text *text, FILE *file, const char *path)
{
	struct conv_place place = { .path = path, .line = 1 };
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (!enter(text, &place, 0))
		return;
	for (; (len = getline(&line, &room, file)) != -1; place.line++) {
		text->bytes += (size_t)len;
		line[strcspn(line, "\n")] = '\0';
		if (strlen(line) + 1 < (size_t)len || text->bytes > BYTES_MAX) {
			conv_fault(text->conv, &place, text->bytes > BYTES_MAX ?
				   "the file is too large" : "the line has a NUL byte");
			break;
		}
		read_line(text, &place, line);
	}
	if (ferror(file))
		conv_fault(text->conv, &place, "cannot be read to its end: %s", strerror(errno));
	else if (text->define)
		conv_fault(text->conv, &place, "the file is cut off: a value goes on in the next line");
	text->define = NULL;
	free(line);
	text->depth--;
	if (!text->depth && !text->conv->faults)
		text_end(text, path, place.line - 1);
}
