// SPDX-License-Identifier: GPL-2.0-only
/* Help, from the same table that runs the commands. */
#include "ctl.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a terminal. */
#define WIDTH 80
/* Where the description of an object begins, after a space. */
#define OBJECT 11
/* Where the meaning of a word begins. */
#define MEANING 24

#define OPTIONS \
	"Options: -j JSON  -p pretty JSON  -s statistics  -o one line  -c colour\n" \
	"         -n NETNS  -d dry run  -b FILE batch  -f force  -V version  -h help\n"

/* Words that come together, once for each family. */
static bool in_pair(const struct ctl_arg *arg)
{
	return arg->kind == CTL_ARG_VIA || arg->kind == CTL_ARG_SPAN;
}

/* "ADDR[-ADDR]" for IPv6 is "ADDR6[-ADDR6]". */
static void put_value6(FILE *file, const char *value)
{
	for (; *value; value++) {
		if (strncmp(value, "ADDR", 4)) {
			fputc(*value, file);
			continue;
		}
		fputs("ADDR6", file);
		value += 3;
	}
}

static void put_pair(FILE *file, const struct ctl_noun *noun, bool six)
{
	const char *space = "";
	size_t i;

	for (i = 0; i < noun->arg_count; i++) {
		const struct ctl_arg *arg = &noun->args[i];

		if (!in_pair(arg))
			continue;
		fprintf(file, "%s%s ", space, arg->word);
		if (six)
			put_value6(file, arg->value);
		else
			fputs(arg->value, file);
		space = " ";
	}
}

static void put_pairs(FILE *file, const struct ctl_noun *noun, bool required)
{
	fputs(required ? " " : " [", file);
	put_pair(file, noun, false);
	fputs(required ? " [" : "] [", file);
	put_pair(file, noun, true);
	fputc(']', file);
}

static void put_each(FILE *file, const struct ctl_arg *arg)
{
	fprintf(file, " [%s %s] [%s ", arg->word, arg->value, arg->word);
	put_value6(file, arg->value);
	fputc(']', file);
}

static void put_arg(FILE *file, const struct ctl_noun *noun, const struct ctl_command *command,
		    const struct ctl_arg *arg)
{
	bool required = command->take == CTL_TAKE_ALL && arg->required;

	if (!arg->word && command->take == CTL_TAKE_PART)
		fprintf(file, " [%s", arg->value);
	else if (arg->kind == CTL_ARG_TRANSPORT && !arg->required)
		/* positional, and as a keyword */
		fputs(arg->word ? "" : " [[proto] PROTO]", file);
	else if (!arg->word)
		fprintf(file, command->take == CTL_TAKE_ANY || command->take == CTL_TAKE_OWNER ?
			" [%s]" : " %s", arg->value);
	else if (arg->kind == CTL_ARG_VIA)
		put_pairs(file, noun, required);
	else if (arg->kind == CTL_ARG_EACH)
		put_each(file, arg);
	else if (arg->kind != CTL_ARG_SPAN)
		fprintf(file, required ? " %s %s" : " [%s %s]", arg->word, arg->value);
}

static void put_views(FILE *file, const struct ctl_noun *noun, const struct ctl_command *command)
{
	size_t i, k;

	for (i = 0; i < noun->view_count && ctl_views(noun, command); i++) {
		const struct ctl_arg *arg = &noun->views[i];

		if (arg->kind != CTL_ARG_COUNT) {
			fprintf(file, " [%s %s]", arg->word, arg->value);
			continue;
		}
		fprintf(file, " [%s [by {", arg->word);
		for (k = 0; k < noun->key_count; k++)
			fprintf(file, "%s%s", k ? "|" : "", noun->keys[k].word);
		fputs("}]]", file);
	}
}

static void put_words(FILE *file, const struct ctl_noun *noun, const struct ctl_command *command)
{
	size_t open = 0, i;

	fprintf(file, "slbctl %s%s%s%s", ctl_prefix(noun), noun->name, noun->bare ? "" : " ",
		noun->bare ? "" : command->name);
	if (command->take == CTL_TAKE_NAMES) {
		fputs(" [NAME ...]", file);
		return;
	}
	for (i = 0; i < noun->arg_count; i++) {
		if (!ctl_takes(command, &noun->args[i]))
			continue;
		put_arg(file, noun, command, &noun->args[i]);
		open += command->take == CTL_TAKE_PART;
	}
	while (open--)
		fputc(']', file);
	put_views(file, noun, command);
}

/* Length of the unbreakable part of @text: a bracket, or a keyword and its value. */
static size_t piece_len(const char *text)
{
	size_t i, depth = 0;

	for (i = 0; text[i]; i++) {
		depth += text[i] == '[';
		depth -= text[i] == ']' && depth;
		if (i && !depth && text[i] == ' ' &&
		    (text[i + 1] == '[' || islower((unsigned char)text[i + 1])))
			break;
	}
	return i;
}

/* Print @text from @column on, in lines of WIDTH columns; later lines are indented. */
static void put_wrapped(FILE *file, const char *text, size_t column)
{
	size_t len;

	for (; *text; text += len) {
		len = piece_len(text);
		if (column + len > WIDTH && *text == ' ') {
			fputs("\n     ", file);
			column = 5;
		}
		fwrite(text, 1, len, file);
		column += len;
	}
	fputc('\n', file);
}

static void put_command(FILE *file, const struct ctl_noun *noun, const struct ctl_command *command,
			const char *before)
{
	char *text = NULL;
	size_t len;
	FILE *words = open_memstream(&text, &len);

	fputs(before, file);
	if (words) {
		put_words(words, noun, command);
		if (!fclose(words))
			put_wrapped(file, text, strlen(before));
	}
	free(text);
}

static void put_noun(FILE *file, const struct ctl_noun *noun)
{
	size_t i;

	if (noun->run)
		fprintf(file, "  slbctl %s%s%s\n", ctl_prefix(noun), noun->name, noun->usage);
	for (i = 0; i < noun->command_count; i++)
		put_command(file, noun, &noun->commands[i], "  ");
	for (i = 0; i < noun->noun_count; i++)
		put_noun(file, noun->nouns[i]);
}

static void put_objects(FILE *file, const struct ctl_noun *parent)
{
	size_t i, next;
	int used;

	fprintf(file, "Usage: slbctl [OPTIONS] %s%sOBJECT [COMMAND] ...\n", parent->name,
		*parent->name ? " " : "");
	for (i = 0; i < parent->noun_count; i = next) {
		used = fprintf(file, "  %s", parent->nouns[i]->name);
		for (next = i + 1; next < parent->noun_count && parent->nouns[next]->also; next++)
			used += fprintf(file, ", %s", parent->nouns[next]->name);
		fprintf(file, "%*s %s\n", used < OBJECT ? OBJECT - used : 0, "",
			parent->nouns[i]->text);
	}
}

/**
 * ctl_usage() - Print the objects and the options.
 * @file: Where to.
 */
void ctl_usage(FILE *file)
{
	put_objects(file, &ctl_root);
	fputs(OPTIONS, file);
	fputs("\"slbctl OBJECT help\" explains an object, \"slbctl help\" lists all commands.\n",
	      file);
}

static void help_overview(FILE *file, const struct ctl_noun *parent)
{
	put_objects(file, parent);
	fprintf(file, "Commands:\n");
	put_noun(file, parent);
	fputs(OPTIONS, file);
	fputs("Add \"help\" to any command for details. The default command is \"show\".\n"
	      "\"delete\" and \"list\" are other words for \"del\" and \"show\".\n", file);
}

/* Does any command of a noun take a word? */
static bool taken(const struct ctl_noun *noun, const struct ctl_arg *arg)
{
	size_t i;

	for (i = 0; i < noun->command_count; i++)
		if (ctl_takes(&noun->commands[i], arg))
			return true;
	return noun->run;
}

/* The default of a word, or NULL. */
static const char *preset_of(const struct ctl_noun *noun, const struct ctl_arg *arg)
{
	const struct ctl_object *object = noun->object;
	size_t i;

	for (i = 0; object && arg->word && i < object->column_count; i++)
		if (object->columns[i].id[0] == arg->id[0] && object->columns[i].preset)
			return *object->columns[i].preset ? object->columns[i].preset : NULL;
	return NULL;
}

/* What a word means: its description, what is valid, and the default. */
static void put_meaning(FILE *file, const struct ctl_noun *noun, const struct ctl_arg *arg)
{
	const struct ctl_attr *attr = noun->object ? &noun->object->attrs[arg->id[0]] : NULL;
	const char *text = arg->text ? arg->text : attr ? attr->text : "";
	const char *preset = preset_of(noun, arg);
	size_t i;

	fputs(text, file);
	if (arg->kind == CTL_ARG_WORD || arg->kind == CTL_ARG_STATE)
		for (i = 0; i < attr->count; i++)
			fprintf(file, "%s%s%s", i ? ", " : " Valid: ", attr->names[i],
				i + 1 < attr->count ? "" : ".");
	if (arg->kind == CTL_ARG_SHARE)
		fprintf(file, " From 0 to %" PRIu32 ", or from 0%% to 100%%.", arg->max);
	else if (arg->kind == CTL_ARG_TEXT)
		fprintf(file, " At most %" PRIu32 " bytes.", arg->max);
	else if (arg->max && arg->max < UINT32_MAX)
		fprintf(file, " From %" PRIu32 " to %" PRIu32 ".", arg->min, arg->max);
	if (preset && !strstr(text, "default"))
		fprintf(file, " Default: %s.", preset);
}

/* Words from @column on, in lines of WIDTH columns. */
static void put_filled(FILE *file, const char *text, size_t column)
{
	size_t at = column, len;

	for (; *text; text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		if (at > column && at + 1 + len > WIDTH) {
			fprintf(file, "\n%*s", (int)column, "");
			at = column;
		}
		at += (size_t)fprintf(file, "%s%.*s", at > column ? " " : "", (int)len, text);
	}
	fputc('\n', file);
}

static void put_keyword(FILE *file, const struct ctl_noun *noun, const struct ctl_arg *arg)
{
	char *text = NULL;
	size_t len;
	FILE *meaning = open_memstream(&text, &len);
	int used;

	if (!meaning)
		return;
	put_meaning(meaning, noun, arg);
	used = fprintf(file, "  %s%s%s", arg->word ? arg->word : "", arg->word ? " " : "",
		       arg->value);
	if (used >= MEANING)
		fprintf(file, "\n%*s", MEANING, "");
	else
		fprintf(file, "%*s", MEANING - used, "");
	if (!fclose(meaning))
		put_filled(file, text, MEANING);
	free(text);
}

/* What each word of the commands means. */
static void put_keywords(FILE *file, const struct ctl_noun *noun)
{
	size_t i;

	if (noun->arg_count)
		fputs("Words:\n", file);
	for (i = 0; i < noun->arg_count; i++)
		if (taken(noun, &noun->args[i]))
			put_keyword(file, noun, &noun->args[i]);
	for (i = 0; i < noun->view_count; i++)
		put_keyword(file, noun, &noun->views[i]);
}

static void help_noun(FILE *file, const struct ctl_noun *noun)
{
	size_t i;

	fprintf(file, "%s%s: %s\n", ctl_prefix(noun), noun->name, noun->text);
	if (noun->run)
		fprintf(file, "  slbctl %s%s%s\n", ctl_prefix(noun), noun->name, noun->usage);
	for (i = 0; i < noun->command_count; i++) {
		put_command(file, noun, &noun->commands[i], "  ");
		fprintf(file, "      %s\n", noun->commands[i].text);
	}
	put_keywords(file, noun);
}

/**
 * ctl_help() - Print help.
 * @file: Where to.
 * @noun: The noun; if it has nouns below it, print an overview.
 * @command: One command of @noun, or NULL for all.
 */
void ctl_help(FILE *file, const struct ctl_noun *noun, const struct ctl_command *command)
{
	if (noun->nouns) {
		help_overview(file, noun);
	} else if (!command) {
		help_noun(file, noun);
	} else {
		put_command(file, noun, command, "Usage: ");
		fprintf(file, "  %s\n", command->text);
	}
}
