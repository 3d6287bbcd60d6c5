/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of keepalived.conf as a tree of statements. */
#ifndef SLBCTL_CONVERT_TEXT_H
#define SLBCTL_CONVERT_TEXT_H

#include "convert.h"

/**
 * struct text_node - A statement: its words, and the statements in its braces.
 * @place: Where it begins.
 * @word: Its words, without quotes.
 * @count: Number of @word.
 * @block: It has braces.
 * @used: Some first pass has read it.
 * @child: The first statement in them.
 * @last: Where the next one goes.
 * @parent: The statement around it.
 * @next: The statement behind it.
 */
struct text_node {
	struct conv_place place;
	const char **word;
	int count;
	bool block;
	bool used;
	struct text_node *child;
	struct text_node **last;
	struct text_node *parent;
	struct text_node *next;
};

/**
 * struct text - A file while it is read, with all that it includes.
 * @conv: The conversion.
 * @root: The statements.
 * @at: The block that statements go to.
 * @node: The statement whose words are read, or NULL.
 * @var: Variables.
 * @define: The variable whose value goes on in the next line, or NULL.
 * @depth: How many files and values deep this line is.
 * @bytes: Of all lines, with values.
 * @conditions: Some line has a condition that nobody decided.
 */
struct text {
	struct conv *conv;
	struct text_node root;
	struct text_node *at;
	struct text_node *node;
	struct text_var *var;
	struct text_var *define;
	unsigned int depth;
	size_t bytes;
	bool conditions;
};

/* convert_text.c: lines: files, comments, conditions, variables */
void text_read(struct text *text, FILE *file, const char *path);

/* convert_tree.c: words and braces */
void text_statement(struct text *text, const struct conv_place *place, const char *line);
void text_end(struct text *text, const char *path, unsigned int line);
char *text_words(struct conv *conv, const struct text_node *node, int first);

#endif
