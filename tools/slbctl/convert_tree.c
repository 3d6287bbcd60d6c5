// SPDX-License-Identifier: GPL-2.0-only
/* Words and braces of keepalived.conf become a tree of statements. */
#include "convert_text.h"

#include <ctype.h>
#include <string.h>

/* Words whose values are secret: a comment must not repeat them. */
static const char *const secrets[] = { "auth_pass", "password", "community" };

/* ---- words */

static char unescape(const char **from)
{
	static const char names[] = "abEfnrtv", values[] = "\a\b\033\f\n\r\t\v";
	const char *name;
	char c = *(*from)++;
	int value = 0, digits;

	if (c >= '0' && c <= '7') {
		value = c - '0';
		for (digits = 1; digits < 3 && **from >= '0' && **from <= '7'; digits++)
			value = value * 8 + *(*from)++ - '0';
		return (char)value;
	}
	if (c == 'x' && isxdigit((unsigned char)**from)) {
		for (digits = 0; digits < 2 && isxdigit((unsigned char)**from); digits++) {
			char d = *(*from)++;

			value *= 16;
			value += isdigit((unsigned char)d) ? d - '0' : (d | 32) - 'a' + 10;
		}
		return (char)value;
	}
	name = strchr(names, c);
	return name ? values[name - names] : c;
}

/* One word; quotes hold it together.  Return: whether it had quotes, -1 when one has no end. */
static int cut_word(const char **from, char *to)
{
	const char *at = *from;
	bool quoted = false;
	char quote = '\0';

	for (; *at && (quote || !isspace((unsigned char)*at)); at++) {
		if (quote == *at && quote) {
			quote = '\0';
		} else if (!quote && (*at == '"' || *at == '\'')) {
			quote = *at;
			quoted = true;
		} else if (quote && *at == '\\' && at[1]) {
			at++;
			*to++ = unescape(&at);
			at--;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	*from = at;
	return quote ? -1 : quoted;
}

/* ---- statements */

static void add_word(struct text *text, const struct conv_place *place, const char *word)
{
	struct text_node *node = text->node;

	if (!node) {
		node = conv_alloc(text->conv, sizeof(*node));
		node->place = *place;
		node->parent = text->at;
		node->last = &node->child;
		*text->at->last = node;
		text->at->last = &node->next;
		text->node = node;
	}
	/* there is room for the next power of two */
	if (!(node->count & (node->count - 1))) {
		const char **old = node->word;

		node->word = conv_alloc(text->conv, sizeof(word) * ((size_t)node->count * 2 + 1));
		if (old)
			memcpy(node->word, old, sizeof(word) * (size_t)node->count);
	}
	node->word[node->count++] = word;
}

/* The statement before a brace that stands alone on its line. */
static struct text_node *last_statement(const struct text_node *block)
{
	struct text_node *node = block->child;

	while (node && node->next)
		node = node->next;
	return node;
}

static void open_brace(struct text *text, const struct conv_place *place)
{
	struct text_node *node = text->node ? text->node : last_statement(text->at);

	text->node = NULL;
	if (!node || node->block) {
		conv_fault(text->conv, place, "\"{\" without a word before it");
		return;
	}
	node->block = true;
	text->at = node;
}

static void close_brace(struct text *text, const struct conv_place *place)
{
	text->node = NULL;
	if (!text->at->parent)
		conv_fault(text->conv, place, "\"}\" without \"{\"%s", text->conditions ?
			   ": lines with \"@\" need \"id NAME\"" : "");
	else
		text->at = text->at->parent;
}

/* Braces at the end of a word, or several together, as in "80{" and "}}". */
static size_t count_braces(const char *word)
{
	size_t len = strlen(word), n = 0;

	if (strchr(word, '$'))
		return 0;
	while (n < len && (word[len - 1 - n] == '{' || word[len - 1 - n] == '}'))
		n++;
	return n;
}

static void take_word(struct text *text, const struct conv_place *place, char *word, bool quoted)
{
	size_t braces = quoted ? 0 : count_braces(word), at = strlen(word) - braces;
	const char *brace = word + at;

	if (at || quoted)
		add_word(text, place, conv_print(text->conv, "%.*s", (int)at, word));
	for (; *brace; brace++) {
		if (*brace == '{')
			open_brace(text, place);
		else
			close_brace(text, place);
	}
}

/**
 * text_statement() - Take a line without comment.
 * @text: The text.
 * @place: Where the line stands.
 * @line: The line.
 */
void text_statement(struct text *text, const struct conv_place *place, const char *line)
{
	char *word = conv_alloc(text->conv, strlen(line) + 1);
	int quoted;

	for (;;) {
		line += strspn(line, " \t\r\v\f");
		if (!*line)
			break;
		quoted = cut_word(&line, word);
		if (quoted < 0) {
			conv_fault(text->conv, place, "a quote has no end");
			break;
		}
		take_word(text, place, word, quoted);
	}
	text->node = NULL;
}

/**
 * text_end() - Take the end of the text.
 * @text: The text.
 * @path: The file.
 * @line: Its last line.
 */
void text_end(struct text *text, const char *path, unsigned int line)
{
	struct conv_place place = { .path = path, .line = line };

	if (!text->at->parent)
		return;
	conv_fault(text->conv, &place, "the file is cut off: the block of line %u (%s) has no \"}\"%s",
		   text->at->place.line, text->at->word[0],
		   text->conditions ? ": lines with \"@\" need \"id NAME\"" : "");
}

static bool is_secret(const char *word)
{
	size_t i;

	for (i = 0; i < CTL_COUNT(secrets); i++)
		if (!strcmp(word, secrets[i]))
			return true;
	return false;
}

/**
 * text_words() - The words of a statement as a text, without secrets.
 * @conv: The conversion.
 * @node: The statement.
 * @first: The first word that is wanted.
 *
 * Return: The text.
 */
char *text_words(struct conv *conv, const struct text_node *node, int first)
{
	char *line = conv_print(conv, "%s", "");
	bool hide = false;
	int i;

	for (i = first; i < node->count; i++) {
		const char *word = hide ? "(secret)" : node->word[i];
		const char *quote = !*word || strpbrk(word, " \t#!") ? "\"" : "";

		line = conv_print(conv, "%s%s%s%s%s", line, i > first ? " " : "", quote, word,
				  quote);
		hide |= is_secret(node->word[i]);
	}
	return line;
}
