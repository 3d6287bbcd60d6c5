// SPDX-License-Identifier: GPL-2.0-only
/* Ranges of local addresses. */
#include "range.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Bytes of an address. */
static size_t addr_len(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

/**
 * sy_range_valid() - Is a range well-formed?
 * @range: The range, perhaps from a peer.
 *
 * Return: Whether it is.
 */
bool sy_range_valid(const struct slb_sync_range *range)
{
	static const uint8_t none[16];
	size_t len = addr_len(range->family);
	size_t rest = sizeof(range->first) - len;

	if (range->family != 4 && range->family != 6)
		return false;
	return !memcmp(range->reserved, none, sizeof(range->reserved)) &&
	       !memcmp((const uint8_t *)range->first + len, none, rest) &&
	       !memcmp((const uint8_t *)range->last + len, none, rest) &&
	       memcmp(range->first, range->last, len) <= 0;
}

static bool has(const struct slb_sync_range *range, uint8_t family, const void *addr)
{
	size_t len = addr_len(family);

	return range->family == family && memcmp(range->first, addr, len) <= 0 &&
	       memcmp(range->last, addr, len) >= 0;
}

/**
 * sy_ranges_have() - Is an address in one of some ranges?
 * @ranges: The ranges.
 * @family: 4 or 6.
 * @addr: The address.
 *
 * Return: Whether it is.
 */
bool sy_ranges_have(const struct sy_ranges *ranges, uint8_t family, const void *addr)
{
	size_t i;

	for (i = 0; i < ranges->count; i++)
		if (has(&ranges->range[i], family, addr))
			return true;
	return false;
}

/**
 * sy_ranges_meet() - Do ranges have an address in common?
 * @one: Ranges.
 * @other: Others.
 *
 * Return: Whether they do.
 */
bool sy_ranges_meet(const struct sy_ranges *one, const struct sy_ranges *other)
{
	size_t i;

	for (i = 0; i < one->count; i++)
		if (sy_ranges_have(other, one->range[i].family, one->range[i].first))
			return true;
	for (i = 0; i < other->count; i++)
		if (sy_ranges_have(one, other->range[i].family, other->range[i].first))
			return true;
	return false;
}

/**
 * sy_ranges_equal() - Are ranges the same, in the same order?
 * @one: Ranges.
 * @other: Others.
 *
 * Return: Whether they are.
 */
bool sy_ranges_equal(const struct sy_ranges *one, const struct sy_ranges *other)
{
	return one->count == other->count &&
	       !memcmp(one->range, other->range, one->count * sizeof(*one->range));
}

/* The next address. Return: whether there is one. */
static bool increment(uint8_t *addr, size_t len)
{
	while (len--)
		if (++addr[len])
			return true;
	return false;
}

/* Moves @addr behind the range that has it and ends last. Return: whether one has it. */
static bool skip(uint8_t *addr, uint8_t family, const struct sy_ranges *const *by, size_t count)
{
	const uint8_t *last = NULL;
	size_t i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < by[i]->count; j++) {
			const struct slb_sync_range *range = &by[i]->range[j];

			if (has(range, family, addr) &&
			    (!last || memcmp(range->last, last, addr_len(family)) > 0))
				last = (const uint8_t *)range->last;
		}
	}
	if (last)
		memcpy(addr, last, addr_len(family));
	return last;
}

/**
 * sy_range_covered() - Is each address of a range in others?
 * @range: The range.
 * @by: The others.
 * @count: Number of @by.
 *
 * Return: Whether it is.
 */
bool sy_range_covered(const struct slb_sync_range *range, const struct sy_ranges *const *by,
		      size_t count)
{
	size_t len = addr_len(range->family);
	uint8_t addr[16];

	memcpy(addr, range->first, len);
	for (;;) {
		if (!skip(addr, range->family, by, count))
			return false;
		if (memcmp(addr, range->last, len) >= 0 || !increment(addr, len))
			return true;
	}
}

/**
 * sy_range_text() - A range as text.
 * @range: The range.
 * @text: Where to put it.
 * @len: Bytes of @text.
 *
 * Return: @text.
 */
const char *sy_range_text(const struct slb_sync_range *range, char *text, size_t len)
{
	int family = range->family == 4 ? AF_INET : AF_INET6;
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];

	inet_ntop(family, range->first, first, sizeof(first));
	inet_ntop(family, range->last, last, sizeof(last));
	if (strcmp(first, last))
		snprintf(text, len, "%s-%s", first, last);
	else
		snprintf(text, len, "%s", first);
	return text;
}
