// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer: the parsers take any word, and what they accept, printed, is accepted again. */
#include "fuzz.h"
#include "parse.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_host(const struct ctl_host *host, char *text, size_t len)
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(host->addr.family, host->addr.bytes, addr, sizeof(addr));
	if (!host->first)
		snprintf(text, len, "%s", addr);
	else
		snprintf(text, len, host->addr.family == AF_INET ? "%s:%u-%u" : "[%s]:%u-%u", addr,
			 host->first, host->last);
}

static void check_host(const char *word)
{
	struct ctl_host host, again;
	struct ctl_fault fault;
	char text[128];

	if (ctl_parse_host(word, CTL_PORT_RANGE, &host, &fault))
		return;
	if (host.first > host.last || (!host.first != !host.last))
		abort();
	print_host(&host, text, sizeof(text));
	if (ctl_parse_host(text, CTL_PORT_RANGE, &again, &fault) ||
	    memcmp(&host, &again, sizeof(host)))
		abort();
}

static void check_span(const char *word)
{
	struct ctl_addr first, last;
	struct ctl_fault fault;

	if (ctl_parse_span(word, &first, &last, &fault))
		return;
	if (first.family != last.family ||
	    memcmp(first.bytes, last.bytes, ctl_addr_len(&first)) > 0)
		abort();
}

static void check_number(const char *word)
{
	struct ctl_fault fault;
	uint32_t value;
	char text[16];

	if (ctl_parse_number(word, "number", 1, 65535, &value, &fault))
		return;
	snprintf(text, sizeof(text), "%u", value);
	if (value < 1 || value > 65535 || strcmp(text, word))
		abort();
}

/**
 * LLVMFuzzerTestOneInput() - Give one word to every parser.
 * @data: The word.
 * @size: Its length.
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctl_fault fault;
	uint8_t key[CTL_KEY_LEN], proto;
	struct ctl_host host;
	char word[512];

	if (size >= sizeof(word))
		return 0;
	memcpy(word, data, size);
	word[size] = '\0';
	check_host(word);
	check_span(word);
	check_number(word);
	ctl_parse_host(word, CTL_PORT_MAY, &host, &fault);
	ctl_parse_host(word, CTL_PORT_MUST, &host, &fault);
	ctl_parse_addr(word, &host.addr, &fault);
	ctl_parse_key(word, key, &fault);
	ctl_parse_proto(word, &proto, &fault);
	if (!ctl_parse_name(word, "thing", &fault) && (strlen(word) > 31 || word[0] == '-'))
		abort();
	if (!ctl_parse_dev(word, &fault) && (strlen(word) > 15 || strchr(word, '/')))
		abort();
	return 0;
}
