// SPDX-License-Identifier: GPL-2.0-only
/* Prefixes of the command line and of the map "trusted". */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slb-toa.h"

static bool read_length(const char *text, unsigned int most, unsigned int *length)
{
	char *end;

	if (!text) {
		*length = most;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	*length = strtoul(text, &end, 10);
	return !*end && strlen(text) <= 3 && *length <= most;
}

static bool has_host_bits(const __u8 *addr, unsigned int length, unsigned int most)
{
	unsigned int bit;

	for (bit = length; bit < most; bit++)
		if (addr[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

/**
 * toa_prefix_add() - add a prefix of the command line to the trusted ones
 * @request: to be extended
 * @word: ADDRESS or ADDRESS/LENGTH
 *
 * Return: 0, or -1 after an error message
 */
int toa_prefix_add(struct toa_request *request, const char *word)
{
	struct toa_prefix *prefix = &request->prefixes[request->count];
	unsigned int length, most;
	char addr[INET6_ADDRSTRLEN + 1] = "";
	const char *slash = strchrnul(word, '/');

	if (request->count == TOA_PREFIXES_MAX)
		return toa_fault("more than %d prefixes", TOA_PREFIXES_MAX);
	snprintf(addr, sizeof(addr), "%.*s", (int)(slash - word), word);
	memset(prefix, 0, sizeof(*prefix));
	prefix->family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	most = prefix->family == AF_INET6 ? 128 : 32;
	if (inet_pton(prefix->family, addr, prefix->addr) != 1 ||
	    !read_length(*slash ? slash + 1 : NULL, most, &length))
		return toa_fault("invalid prefix \"%s\" (valid: ADDRESS, ADDRESS/LENGTH)", word);
	if (has_host_bits(prefix->addr, length, most))
		return toa_fault("invalid prefix \"%s\": address bits beyond its length", word);
	prefix->bits = TOA_FAMILY_BITS + length;
	request->count++;
	return 0;
}

/**
 * toa_prefix_text() - print a prefix as toa_prefix_add() takes it
 * @text: result
 * @prefix: key of the map "trusted"
 */
void toa_prefix_text(char text[TOA_PREFIX_TEXT], const struct toa_prefix *prefix)
{
	char addr[INET6_ADDRSTRLEN] = "?";

	inet_ntop((int)prefix->family, prefix->addr, addr, sizeof(addr));
	snprintf(text, TOA_PREFIX_TEXT, "%s/%u", addr, prefix->bits - TOA_FAMILY_BITS);
}
