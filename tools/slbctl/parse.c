// SPDX-License-Identifier: GPL-2.0-only
/* Words of the command line as values; pure, so that it can be tested and fuzzed alone. */
#include "parse.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LEN	31
#define DEV_LEN		15
#define HOST_LEN	80	/* fits the longest address, brackets and a port range */
#define SPAN_LEN	100	/* fits two IPv6 addresses */
#define NUMBER_LEN	16	/* fits a number of 32 bits */
#define PERCENT_MAX	100

struct proto {
	const char *name;
	uint8_t number;
};

static const struct proto protos[] = {
	{ "any", 0 },
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "sctp", IPPROTO_SCTP },
};

/**
 * ctl_fault_set() - Say what is wrong.
 * @fault: Where to keep the text.
 * @format: As for printf().
 *
 * Return: -1, so that the caller can return it.
 */
int ctl_fault_set(struct ctl_fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return -1;
}

/**
 * ctl_addr_len() - Length of an address on the wire.
 * @addr: The address.
 *
 * Return: 4 or 16 bytes.
 */
size_t ctl_addr_len(const struct ctl_addr *addr)
{
	return addr->family == AF_INET ? 4 : 16;
}

/**
 * ctl_addr_family() - Name of the family of an address.
 * @addr: The address.
 *
 * Return: "IPv4" or "IPv6".
 */
const char *ctl_addr_family(const struct ctl_addr *addr)
{
	return addr->family == AF_INET ? "IPv4" : "IPv6";
}

/* Decimal digits alone: no sign, no space, no leading zero that might mean octal. */
static bool number_from(const char *word, uint32_t *value)
{
	uint64_t n = 0;

	if (!*word || (word[0] == '0' && word[1]))
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return false;
		n = n * 10 + (uint64_t)(*word - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*value = (uint32_t)n;
	return true;
}

/**
 * ctl_parse_number() - Read a decimal number.
 * @word: The word.
 * @what: What the number is, for the fault.
 * @min: Smallest that is right.
 * @max: Largest that is right.
 * @value: Where to put it.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_number(const char *word, const char *what, uint32_t min, uint32_t max,
		     uint32_t *value, struct ctl_fault *fault)
{
	if (number_from(word, value) && *value >= min && *value <= max)
		return 0;
	return ctl_fault_set(fault, "invalid %s \"%s\" (valid: decimal numbers from %u to %u)",
			     what, word, min, max);
}

/**
 * ctl_parse_share() - Read a decimal number, or a share in per cent: N%.
 * @word: The word.
 * @what: What it is, for the fault.
 * @max: Largest number that is right.
 * @value: Where to put the number, or the per cent.
 * @percent: Where to put whether it is a share.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_share(const char *word, const char *what, uint32_t max, uint32_t *value,
		    bool *percent, struct ctl_fault *fault)
{
	size_t len = strlen(word);
	char number[NUMBER_LEN];

	*percent = len && word[len - 1] == '%';
	len -= *percent;
	if (len < sizeof(number)) {
		memcpy(number, word, len);
		number[len] = '\0';
		if (number_from(number, value) && *value <= (*percent ? PERCENT_MAX : max))
			return 0;
	}
	return ctl_fault_set(fault, "invalid %s \"%s\" (valid: 0 to %u, or 0%% to %d%%)", what,
			     word, max, PERCENT_MAX);
}

/* A number of 32 bits, decimal or hexadecimal with 0x, which ends at @end. */
static bool mark_from(const char *word, const char *end, uint32_t *value)
{
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
	const char *from = hex ? word + 2 : word;
	size_t len = strspn(from, digits);
	unsigned long long n;

	/* a leading zero might mean octal; 10 digits do not overflow */
	if (!len || len > 10 || from + len != end || (!hex && *from == '0' && len > 1))
		return false;
	n = strtoull(from, NULL, hex ? 16 : 10);
	*value = (uint32_t)n;
	return n <= UINT32_MAX;
}

/**
 * ctl_parse_mark() - Read a firewall mark: V or V/M.
 * @word: The word.
 * @what: What it is, for the fault.
 * @mark: Where to put V.
 * @mask: Where to put M: without it all bits, or none if V is 0.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_mark(const char *word, const char *what, uint32_t *mark, uint32_t *mask,
		   struct ctl_fault *fault)
{
	const char *slash = strchr(word, '/'), *end = word + strlen(word);

	if (!mark_from(word, slash ? slash : end, mark) ||
	    (slash && !mark_from(slash + 1, end, mask)))
		return ctl_fault_set(fault,
				     "invalid %s \"%s\" (valid: V or V/M, as in 0x10/0xff)", what,
				     word);
	if (!slash)
		*mask = *mark ? UINT32_MAX : 0;
	if (*mark & ~*mask)
		return ctl_fault_set(fault,
				     "invalid %s \"%s\": 0x%x has bits outside of the mask 0x%x",
				     what, word, *mark, *mask);
	return 0;
}

/**
 * ctl_parse_text() - Check a text.
 * @word: The text.
 * @what: What it is, for the fault.
 * @max: Bytes that it may have.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_text(const char *word, const char *what, uint32_t max, struct ctl_fault *fault)
{
	size_t len = strlen(word);

	if (len <= max)
		return 0;
	return ctl_fault_set(fault, "the %s has %zu bytes (valid: at most %u bytes)", what, len,
			     max);
}

/**
 * ctl_parse_name() - Check the name of an object.
 * @word: The word.
 * @what: What it names, for the fault.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_name(const char *word, const char *what, struct ctl_fault *fault)
{
	const char *c;

	if (!*word)
		return ctl_fault_set(fault, "the %s name is empty", what);
	if (*word == '-')
		return ctl_fault_set(fault,
				     "invalid %s name \"%s\": it starts with \"-\"; options come before the object",
				     what, word);
	if (!strcmp(word, "help"))
		return ctl_fault_set(fault, "invalid %s name \"help\": this word is a command",
				     what);
	for (c = word; *c; c++) {
		if (isascii((unsigned char)*c) &&
		    (isalnum((unsigned char)*c) || strchr("_.:-", *c)))
			continue;
		return ctl_fault_set(fault,
				     "invalid %s name \"%s\" (valid: letters, digits and _ . : -)",
				     what, word);
	}
	if (c - word > NAME_LEN)
		return ctl_fault_set(fault,
				     "invalid %s name \"%s\": it is longer than %d bytes",
				     what, word, NAME_LEN);
	return 0;
}

/**
 * ctl_parse_dev() - Check the name of a network device.
 * @word: The word.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_dev(const char *word, struct ctl_fault *fault)
{
	const char *c;
	bool good = *word && strcmp(word, ".") && strcmp(word, "..");

	for (c = word; *c; c++)
		if (*c == '/' || *c == ':' || isspace((unsigned char)*c) ||
		    iscntrl((unsigned char)*c))
			good = false;
	if (good && c - word <= DEV_LEN)
		return 0;
	return ctl_fault_set(fault,
			     "invalid device name \"%s\" (valid: 1 to %d bytes without space, \"/\" and \":\")",
			     word, DEV_LEN);
}

static bool addr_from(const char *word, struct ctl_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	return inet_pton(addr->family, word, addr->bytes) == 1;
}

/**
 * ctl_parse_addr() - Read an address.
 * @word: The word.
 * @addr: Where to put it.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_addr(const char *word, struct ctl_addr *addr, struct ctl_fault *fault)
{
	if (addr_from(word, addr))
		return 0;
	return ctl_fault_set(fault, "invalid address \"%s\" (valid: an IPv4 or IPv6 address)",
			     word);
}

/**
 * ctl_parse_span() - Read a range of addresses, ADDR[-ADDR].
 * @word: The word.
 * @first: First address.
 * @last: Last address, the first one when there is only one.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_span(const char *word, struct ctl_addr *first, struct ctl_addr *last,
		   struct ctl_fault *fault)
{
	char copy[SPAN_LEN];
	char *dash;

	if (strlen(word) >= sizeof(copy))
		return ctl_fault_set(fault,
				     "invalid address range \"%s\" (valid: ADDR or ADDR-ADDR)",
				     word);
	strcpy(copy, word);
	dash = strchr(copy, '-');
	if (dash)
		*dash++ = '\0';
	if (!addr_from(copy, first) || (dash && !addr_from(dash, last)))
		return ctl_fault_set(fault,
				     "invalid address range \"%s\" (valid: ADDR or ADDR-ADDR)",
				     word);
	if (!dash)
		*last = *first;
	if (first->family != last->family)
		return ctl_fault_set(fault,
				     "invalid address range \"%s\": it mixes IPv4 and IPv6",
				     word);
	if (memcmp(first->bytes, last->bytes, ctl_addr_len(first)) > 0)
		return ctl_fault_set(fault,
				     "invalid address range \"%s\": the first address is above the last",
				     word);
	return 0;
}

static int read_port(const char *word, const char *text, uint16_t *port, struct ctl_fault *fault)
{
	uint32_t value;

	if (!number_from(text, &value) || value < 1 || value > UINT16_MAX)
		return ctl_fault_set(fault,
				     "invalid port \"%s\" in \"%s\" (valid: 1 to 65535)",
				     text, word);
	*port = (uint16_t)value;
	return 0;
}

static int read_ports(const char *word, char *text, enum ctl_ports ports, struct ctl_host *host,
		      struct ctl_fault *fault)
{
	char *dash = strchr(text, '-');

	if (dash && ports != CTL_PORT_RANGE)
		return ctl_fault_set(fault,
				     "\"%s\" has a port range, but must have a single port",
				     word);
	if (dash)
		*dash++ = '\0';
	if (read_port(word, text, &host->first, fault))
		return -1;
	host->last = host->first;
	if (dash && read_port(word, dash, &host->last, fault))
		return -1;
	if (host->first > host->last)
		return ctl_fault_set(fault,
				     "invalid port range in \"%s\": the first port is above the last",
				     word);
	return 0;
}

/*
 * Cut "ADDR:PORTS", "[ADDR]:PORTS", "[ADDR]" or "ADDR" in two.  What has two colons and no bracket
 * is an IPv6 address alone: nobody could tell where its port begins.
 */
static bool cut_ports(char *text, char **addr, char **ports)
{
	char *end;

	*addr = text;
	*ports = NULL;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || !strchr(text, ':') || strchr(text, ':') > end)
			return false;
		*addr = text + 1;
		*end++ = '\0';
		if (*end == ':')
			*ports = end + 1;
		return *end == ':' || !*end;
	}
	end = strchr(text, ':');
	if (end && end == strrchr(text, ':')) {
		*end = '\0';
		*ports = end + 1;
	}
	return true;
}

/**
 * ctl_parse_host() - Read an address with its ports, ADDR[:PORT[-PORT]].
 * @word: The word; an IPv6 address stands in brackets when a port follows.
 * @ports: Which ports may follow.
 * @host: Where to put it.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_host(const char *word, enum ctl_ports ports, struct ctl_host *host,
		   struct ctl_fault *fault)
{
	static const char *const shape[] = {
		[CTL_PORT_MAY] = "ADDR, ADDR:PORT or [ADDR6]:PORT",
		[CTL_PORT_MUST] = "ADDR:PORT or [ADDR6]:PORT",
		[CTL_PORT_RANGE] = "ADDR, ADDR:PORT[-PORT] or [ADDR6]:PORT[-PORT]",
	};
	char copy[HOST_LEN];
	char *addr, *rest;

	memset(host, 0, sizeof(*host));
	if (strlen(word) >= sizeof(copy))
		return ctl_fault_set(fault,
				     "invalid address \"%s\" (valid: %s)", word, shape[ports]);
	strcpy(copy, word);
	if (!cut_ports(copy, &addr, &rest) || !addr_from(addr, &host->addr))
		return ctl_fault_set(fault,
				     "invalid address \"%s\" (valid: %s)", word, shape[ports]);
	if (rest)
		return read_ports(word, rest, ports, host, fault);
	if (ports == CTL_PORT_MUST)
		return ctl_fault_set(fault, "\"%s\" has no port (valid: %s)", word, shape[ports]);
	return 0;
}

/**
 * ctl_port_forgotten() - Does an IPv6 address look as if its last group was meant as a port?
 * @word: An address without a port, as it was typed.
 * @host: Set to what it would be then; may be NULL.
 *
 * Return: Whether it has no brackets, ends like a port, and is an address without that, too.
 */
bool ctl_port_forgotten(const char *word, struct ctl_host *host)
{
	const char *colon = strrchr(word, ':');
	char text[HOST_LEN + 2];
	struct ctl_fault fault;
	struct ctl_host other;

	if (!colon || strlen(word) >= HOST_LEN)
		return false;
	snprintf(text, sizeof(text), "[%.*s]%s", (int)(colon - word), word, colon);
	return !ctl_parse_host(text, CTL_PORT_MUST, host ? host : &other, &fault);
}

/**
 * ctl_parse_proto() - Read the name of a transport protocol.
 * @word: The word.
 * @proto: IANA number, 0 for any.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_proto(const char *word, uint8_t *proto, struct ctl_fault *fault)
{
	size_t i;

	for (i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (strcmp(word, protos[i].name))
			continue;
		*proto = protos[i].number;
		return 0;
	}
	return ctl_fault_set(fault, "invalid protocol \"%s\" (valid: tcp, udp, sctp, any)", word);
}

/**
 * ctl_proto_name() - Name of a transport protocol.
 * @proto: IANA number, 0 for any.
 *
 * Return: The name, or NULL when it has none here.
 */
const char *ctl_proto_name(uint8_t proto)
{
	size_t i;

	for (i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (protos[i].number == proto)
			return protos[i].name;
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * ctl_parse_key() - Read a hash key.
 * @word: The word: 32 hexadecimal digits.  Never repeated in the fault, for it is secret.
 * @key: Where to put the CTL_KEY_LEN bytes.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_parse_key(const char *word, uint8_t *key, struct ctl_fault *fault)
{
	int high, low;
	size_t i;

	if (strlen(word) != 2 * CTL_KEY_LEN)
		return ctl_fault_set(fault,
				     "the hash-key has %zu characters (valid: %d hexadecimal digits)",
				     strlen(word), 2 * CTL_KEY_LEN);
	for (i = 0; i < CTL_KEY_LEN; i++) {
		high = hex_digit(word[2 * i]);
		low = hex_digit(word[2 * i + 1]);
		if (high < 0 || low < 0)
			return ctl_fault_set(fault,
					     "the hash-key has \"%c\" at position %zu (valid: hexadecimal digits)",
					     word[2 * i + (high < 0 ? 0 : 1)],
					     2 * i + (high < 0 ? 1 : 2));
		key[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}
