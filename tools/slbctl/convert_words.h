/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of keepalived.conf that are given for services, servers and checks. */
#ifndef SLBCTL_CONVERT_WORDS_H
#define SLBCTL_CONVERT_WORDS_H

#include "convert_text.h"

/**
 * struct ka_times - Times of checks; servers have those of their service, checks of their server.
 * @loop: Milliseconds between two checks; 0: not given, as in the other ones.
 * @timeout: Milliseconds that a check may take.
 * @retry: How often it is repeated after a failure, or -1.
 * @delay: Milliseconds before a repetition.
 * @host: Name for HTTP, or NULL.
 */
struct ka_times {
	uint32_t loop;
	uint32_t timeout;
	int64_t retry;
	uint32_t delay;
	const char *host;
};

/**
 * struct ka_word - A word without a counterpart, or without need of one.
 * @name: The word.
 * @why: The reason, or NULL: nothing is lost.
 */
struct ka_word {
	const char *name;
	const char *why;
};

/* convert_keepalived.c */
bool ka_times_word(struct conv *conv, const struct text_node *node, struct ka_times *times);
void ka_leave(struct conv *conv, unsigned int wants, const struct text_node *node,
	      const struct ka_word *words, size_t count);
void ka_block(struct conv *conv, unsigned int wants, const struct text_node *node,
	      const char *why);
const char *ka_value(struct conv *conv, const struct text_node *node);

/* convert_check.c */
bool ka_check(struct conv *conv, const struct text_node *node, struct conv_server *server,
	      const struct ka_times *times);

#endif
