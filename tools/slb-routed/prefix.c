// SPDX-License-Identifier: GPL-2.0-only
/* Prefixes: in order, as text, and those that cover a range. */
#include "prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int bits(uint8_t family)
{
	return family == AF_INET ? 32 : 128;
}

/**
 * ro_prefix_compare() - The order of prefixes.
 * @one: A prefix.
 * @other: Another one.
 *
 * Return: Less than 0, 0 or more, as memcmp(3).
 */
int ro_prefix_compare(const struct ro_prefix *one, const struct ro_prefix *other)
{
	if (one->family != other->family)
		return one->family - other->family;
	return memcmp(one->addr, other->addr, sizeof(one->addr)) ?: one->len - other->len;
}

/**
 * ro_prefix_text() - A prefix as text.
 * @prefix: The prefix.
 * @text: Where to put it, %RO_PREFIX_TEXT bytes.
 *
 * Return: @text.
 */
const char *ro_prefix_text(const struct ro_prefix *prefix, char *text)
{
	char addr[INET6_ADDRSTRLEN] = "?";

	inet_ntop(prefix->family, prefix->addr, addr, sizeof(addr));
	snprintf(text, RO_PREFIX_TEXT, "%s/%u", addr, prefix->len);
	return text;
}

/**
 * ro_wants_add() - Add a prefix.
 * @wants: Prefixes.
 * @prefix: The prefix.
 * @usable: A route to it is wanted.
 */
void ro_wants_add(struct ro_wants *wants, const struct ro_prefix *prefix, bool usable)
{
	struct ro_want *want = wants->want;
	size_t room = wants->room;

	if (wants->count == room) {
		room = room ? 2 * room : 64;
		want = reallocarray(want, room, sizeof(*want));
		if (!want) {
			wants->failed = true;
			return;
		}
		wants->want = want;
		wants->room = room;
	}
	wants->want[wants->count++] = (struct ro_want){ *prefix, usable };
}

static bool bit(const uint8_t *addr, unsigned int n)
{
	return addr[n / 8] & 0x80 >> n % 8;
}

/* Sets all bits from @n on: the last address of a prefix of that length. */
static void fill(uint8_t *addr, unsigned int n, unsigned int end)
{
	for (; n < end; n++)
		addr[n / 8] |= 0x80 >> n % 8;
}

/* The next address. Return: whether there is one. */
static bool increment(uint8_t *addr, unsigned int len)
{
	while (len--)
		if (++addr[len])
			return true;
	return false;
}

/**
 * ro_wants_range() - Add the prefixes that cover a range exactly, as few as possible.
 * @wants: Prefixes.
 * @family: AF_INET or AF_INET6.
 * @first: The first address.
 * @last: The last one; a lower one makes an empty range.
 * @usable: Routes to them are wanted.
 */
void ro_wants_range(struct ro_wants *wants, uint8_t family, const uint8_t *first,
		    const uint8_t *last, bool usable)
{
	unsigned int size = bits(family) / 8;
	struct ro_prefix prefix = { .family = family };
	uint8_t end[16], next[16];

	memcpy(prefix.addr, first, size);
	while (memcmp(prefix.addr, last, size) <= 0) {
		prefix.len = (uint8_t)bits(family);
		memcpy(end, prefix.addr, size);
		/* shorter by a bit, as long as the range has all of the prefix */
		while (prefix.len && !bit(prefix.addr, prefix.len - 1U)) {
			memcpy(next, prefix.addr, size);
			fill(next, prefix.len - 1U, bits(family));
			if (memcmp(next, last, size) > 0)
				break;
			memcpy(end, next, size);
			prefix.len--;
		}
		ro_wants_add(wants, &prefix, usable);
		memcpy(prefix.addr, end, size);
		if (!increment(prefix.addr, size))
			return;
	}
}

static int compare(const void *one, const void *other)
{
	return ro_prefix_compare(&((const struct ro_want *)one)->prefix,
				 &((const struct ro_want *)other)->prefix);
}

/**
 * ro_wants_sort() - Put prefixes in order; of equal ones, one remains, usable when any is.
 * @wants: Prefixes.
 */
void ro_wants_sort(struct ro_wants *wants)
{
	size_t i, count = 0;

	if (wants->count)
		qsort(wants->want, wants->count, sizeof(*wants->want), compare);
	for (i = 0; i < wants->count; i++) {
		struct ro_want *last = count ? &wants->want[count - 1] : NULL;

		if (last && !ro_prefix_compare(&last->prefix, &wants->want[i].prefix))
			last->usable |= wants->want[i].usable;
		else
			wants->want[count++] = wants->want[i];
	}
	wants->count = count;
}

/**
 * ro_wants_clear() - Remove all prefixes; the memory stays.
 * @wants: Prefixes.
 */
void ro_wants_clear(struct ro_wants *wants)
{
	wants->count = 0;
	wants->failed = false;
}
