/* SPDX-License-Identifier: GPL-2.0-only */
/* Prefixes, and sets of them. */
#ifndef ROUTED_PREFIX_H
#define ROUTED_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RO_PREFIX_TEXT	64

/**
 * struct ro_prefix - A prefix.
 * @family: AF_INET or AF_INET6.
 * @len: Its length in bits.
 * @addr: The address in network order; all other bits and bytes are 0.
 */
struct ro_prefix {
	uint8_t family;
	uint8_t len;
	uint8_t addr[16];
};

/**
 * struct ro_want - A prefix, and whether a route to it is wanted.
 * @prefix: The prefix.
 * @usable: It is.
 */
struct ro_want {
	struct ro_prefix prefix;
	bool usable;
};

/**
 * struct ro_wants - Prefixes.
 * @want: The prefixes.
 * @count: Number of them.
 * @room: Allocated.
 * @failed: There was no memory for one.
 */
struct ro_wants {
	struct ro_want *want;
	size_t count;
	size_t room;
	bool failed;
};

int ro_prefix_compare(const struct ro_prefix *one, const struct ro_prefix *other);
const char *ro_prefix_text(const struct ro_prefix *prefix, char *text);
void ro_wants_add(struct ro_wants *wants, const struct ro_prefix *prefix, bool usable);
void ro_wants_range(struct ro_wants *wants, uint8_t family, const uint8_t *first,
		    const uint8_t *last, bool usable);
void ro_wants_sort(struct ro_wants *wants);
void ro_wants_clear(struct ro_wants *wants);

#endif
