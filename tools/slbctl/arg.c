// SPDX-License-Identifier: GPL-2.0-only
/* Converts a word of the command line to attributes of a request. */
#include "nl.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#define VIAS_MAX	15	/* more than the kernel takes, for its text */
#define VIAS_LEN	((VIAS_MAX + 1) * INET6_ADDRSTRLEN)
#define CHOICES_LEN	256	/* all names of an attribute, with commas */

typedef int arg_reader(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		       struct ctl_fault *fault);

/**
 * ctl_request_find() - Find an attribute of a request.
 * @request: The request.
 * @id: Number of the attribute.
 * @len: Where to put its length in bytes; may be NULL.
 *
 * Return: Its payload, or NULL.
 */
const void *ctl_request_find(const struct ctl_request *request, uint8_t id, size_t *len)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, request->nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != id)
			continue;
		if (len)
			*len = mnl_attr_get_payload_len(attr);
		return mnl_attr_get_payload(attr);
	}
	return NULL;
}

/**
 * ctl_arg_given() - Was a word given?
 * @request: The request made so far.
 * @arg: The word.
 *
 * Return: Whether one of its attributes is in the request.
 */
bool ctl_arg_given(const struct ctl_request *request, const struct ctl_arg *arg)
{
	size_t i;

	for (i = 0; i < CTL_COUNT(arg->id); i++)
		if (arg->id[i] && ctl_request_find(request, arg->id[i], NULL))
			return true;
	return false;
}

/**
 * ctl_arg_each() - May a word be given once for each address family?
 * @arg: The word.
 *
 * Return: Whether it may.
 */
bool ctl_arg_each(const struct ctl_arg *arg)
{
	return arg->kind == CTL_ARG_VIA || arg->kind == CTL_ARG_EACH || arg->kind == CTL_ARG_SPAN;
}

/**
 * ctl_same_family() - Refuse two addresses of different families.
 * @call: The command.
 * @one: Attribute of one address.
 * @other: Attribute of the other address.
 * @fault: Says what is wrong.
 *
 * Return: 0, also when one of them is missing, or -1.
 */
int ctl_same_family(const struct ctl_call *call, uint8_t one, uint8_t other,
		    struct ctl_fault *fault)
{
	const struct ctl_attr *attrs = call->noun->object->attrs;
	size_t one_len, other_len;

	if (!ctl_request_find(&call->request, one, &one_len) ||
	    !ctl_request_find(&call->request, other, &other_len) || one_len == other_len)
		return 0;
	return ctl_fault_set(fault,
			     "\"%s\" is IPv%d but \"%s\" is IPv%d: both must have the same family",
			     attrs[one].name, one_len == 4 ? 4 : 6,
			     attrs[other].name, other_len == 4 ? 4 : 6);
}

static int put(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
	       uint8_t id, const void *data, size_t len, struct ctl_fault *fault)
{
	struct ctl_given *given;

	if (request->given_count == CTL_COUNT(request->given) ||
	    ctl_request_put(request, id, data, len))
		return ctl_fault_set(fault, "unexpected words from \"%s\" on", word);
	given = &request->given[request->given_count++];
	given->id = id;
	given->arg = arg;
	given->value = word;
	return 0;
}

static int put_addr(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		    uint8_t id, const struct ctl_addr *addr, struct ctl_fault *fault)
{
	return put(request, arg, word, id, addr->bytes, ctl_addr_len(addr), fault);
}

static int put_port(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		    uint8_t id, uint16_t port, struct ctl_fault *fault)
{
	return port && id ? put(request, arg, word, id, &port, sizeof(port), fault) : 0;
}

static int read_name(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	const char *what = arg->source ? arg->source->name : arg->word;

	if (ctl_parse_name(word, what ? what : request->object->name, fault))
		return -1;
	return put(request, arg, word, arg->id[0], word, strlen(word) + 1, fault);
}

static int read_dev(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		    struct ctl_fault *fault)
{
	if (ctl_parse_dev(word, fault))
		return -1;
	return put(request, arg, word, arg->id[0], word, strlen(word) + 1, fault);
}

static int read_number(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		       struct ctl_fault *fault)
{
	uint32_t value;

	if (ctl_parse_number(word, arg->word, arg->min, arg->max, &value, fault))
		return -1;
	return put(request, arg, word, arg->id[0], &value, sizeof(value), fault);
}

static int read_share(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		      struct ctl_fault *fault)
{
	uint32_t value;
	bool percent;

	if (ctl_parse_share(word, arg->word, arg->max, &value, &percent, fault))
		return -1;
	return put(request, arg, word, arg->id[percent], &value, sizeof(value), fault);
}

static int read_mark(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	uint32_t mark, mask;

	if (ctl_parse_mark(word, arg->word, &mark, &mask, fault) ||
	    put(request, arg, word, arg->id[0], &mark, sizeof(mark), fault))
		return -1;
	return put(request, arg, word, arg->id[1], &mask, sizeof(mask), fault);
}

static int read_text(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	if (ctl_parse_text(word, arg->word, arg->max, fault))
		return -1;
	return put(request, arg, word, arg->id[0], word, strlen(word) + 1, fault);
}

static int read_short(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		      struct ctl_fault *fault)
{
	uint32_t value;
	uint16_t half;

	if (ctl_parse_number(word, arg->word, arg->min, arg->max, &value, fault))
		return -1;
	half = (uint16_t)value;
	return put(request, arg, word, arg->id[0], &half, sizeof(half), fault);
}

static int read_proto(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		      struct ctl_fault *fault)
{
	uint8_t proto;

	if (ctl_parse_proto(word, &proto, fault))
		return -1;
	if (!proto && arg->kind == CTL_ARG_TRANSPORT)
		return ctl_fault_set(fault,
				     "invalid protocol \"%s\" (valid: tcp, udp, sctp)",
				     word);
	return put(request, arg, word, arg->id[0], &proto, sizeof(proto), fault);
}

static int refuse_twice(const struct ctl_request *request, const struct ctl_arg *arg,
			const struct ctl_addr *addr, uint8_t id, struct ctl_fault *fault)
{
	if (!ctl_request_find(request, id, NULL))
		return 0;
	return ctl_fault_set(fault, "\"%s\" is given twice for %s", arg->word,
			     ctl_addr_family(addr));
}

/* Several addresses of one family, with commas: the first one, and the list of the others. */
static int read_vias(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	uint8_t list[VIAS_MAX * sizeof(struct in6_addr)];
	char copy[VIAS_LEN], *text, *rest = copy;
	struct ctl_addr first = {}, addr;
	size_t used = 0, len = 0;
	unsigned int n = 0;

	snprintf(copy, sizeof(copy), "%s", word);
	while ((text = strsep(&rest, ","))) {
		if (ctl_parse_addr(text, &addr, fault))
			return -1;
		if (!n++) {
			first = addr;
			len = ctl_addr_len(&first);
			continue;
		}
		if (addr.family != first.family)
			return ctl_fault_set(fault,
					     "\"%s\" has addresses of both families: give \"%s\" once for each",
					     word, arg->word);
		if (used + len > sizeof(list))
			return ctl_fault_set(fault, "\"%s\" has too many addresses", word);
		memcpy(list + used, addr.bytes, len);
		used += len;
	}
	n = first.family == AF_INET ? 0 : 1;
	if (refuse_twice(request, arg, &first, arg->id[n], fault) ||
	    put_addr(request, arg, word, arg->id[n], &first, fault))
		return -1;
	return put(request, arg, word, arg->id[n + 2], list, used, fault);
}

static int read_via(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		    struct ctl_fault *fault)
{
	struct ctl_addr addr;
	uint8_t id;

	if (arg->id[2] && strchr(word, ','))
		return read_vias(request, arg, word, fault);
	if (ctl_parse_addr(word, &addr, fault))
		return -1;
	id = arg->id[addr.family == AF_INET ? 0 : 1];
	if (refuse_twice(request, arg, &addr, id, fault))
		return -1;
	return put_addr(request, arg, word, id, &addr, fault);
}

/* "none" is the address without a bit, in both families. */
static int read_none(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	struct ctl_addr four = { .family = AF_INET }, six = { .family = AF_INET6 };
	uint8_t id4 = arg->id[0], id6 = arg->id[arg->kind == CTL_ARG_SPAN ? 2 : 1];

	if (refuse_twice(request, arg, &four, id4, fault) ||
	    refuse_twice(request, arg, &six, id6, fault) ||
	    put_addr(request, arg, word, id4, &four, fault))
		return -1;
	return put_addr(request, arg, word, id6, &six, fault);
}

static int read_each(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	return strcmp(word, "none") ? read_via(request, arg, word, fault) :
				      read_none(request, arg, word, fault);
}

static int read_span(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	struct ctl_addr first, last;
	const uint8_t *id;

	if (!arg->required && !strcmp(word, "none"))
		return read_none(request, arg, word, fault);
	if (ctl_parse_span(word, &first, &last, fault))
		return -1;
	id = &arg->id[first.family == AF_INET ? 0 : 2];
	if (refuse_twice(request, arg, &first, id[0], fault) ||
	    put_addr(request, arg, word, id[0], &first, fault))
		return -1;
	return put_addr(request, arg, word, id[1], &last, fault);
}

static int read_host(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	enum ctl_ports ports = CTL_PORT_MAY;
	struct ctl_host host;

	if (arg->kind == CTL_ARG_HOSTPORT)
		ports = CTL_PORT_MUST;
	if (arg->kind == CTL_ARG_RANGE)
		ports = CTL_PORT_RANGE;
	if (ctl_parse_host(word, ports, &host, fault) ||
	    put_addr(request, arg, word, arg->id[0], &host.addr, fault) ||
	    put_port(request, arg, word, arg->id[1], host.first, fault))
		return -1;
	return put_port(request, arg, word, arg->id[2], host.last, fault);
}

static int read_key(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		    struct ctl_fault *fault)
{
	uint8_t key[CTL_KEY_LEN];

	if (ctl_parse_key(word, key, fault))
		return -1;
	return put(request, arg, arg->value, arg->id[0], key, sizeof(key), fault);
}

static int read_bool(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		     struct ctl_fault *fault)
{
	uint8_t value = !strcmp(word, "yes");

	if (!value && strcmp(word, "no"))
		return ctl_fault_set(fault, "invalid %s \"%s\" (valid: yes, no)", arg->word, word);
	return put(request, arg, word, arg->id[0], &value, sizeof(value), fault);
}

static int read_choice(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		       struct ctl_fault *fault)
{
	const struct ctl_attr *attr = &request->object->attrs[arg->id[0]];
	size_t width = arg->kind == CTL_ARG_STATE ? sizeof(uint32_t) : sizeof(uint8_t);
	char valid[CHOICES_LEN] = "";
	uint32_t value;

	for (value = 0; value < attr->count; value++) {
		const uint8_t octet = (uint8_t)value;
		size_t len = strlen(valid);

		if (!strcmp(word, attr->names[value]))
			return put(request, arg, word, arg->id[0],
				   width > sizeof(octet) ? (const void *)&value : &octet, width,
				   fault);
		snprintf(valid + len, sizeof(valid) - len, "%s%s", len ? ", " : "",
			 attr->names[value]);
	}
	return ctl_fault_set(fault, "invalid %s \"%s\" (valid: %s)", arg->word ?: attr->name, word,
			     valid);
}

static arg_reader *const readers[CTL_ARG_KINDS] = {
	[CTL_ARG_NAME] = read_name,
	[CTL_ARG_WORD] = read_name,
	[CTL_ARG_DEV] = read_dev,
	[CTL_ARG_NUMBER] = read_number,
	[CTL_ARG_SHARE] = read_share,
	[CTL_ARG_MARK] = read_mark,
	[CTL_ARG_SHORT] = read_short,
	[CTL_ARG_PROTO] = read_proto,
	[CTL_ARG_TRANSPORT] = read_proto,
	[CTL_ARG_VIA] = read_via,
	[CTL_ARG_EACH] = read_each,
	[CTL_ARG_SPAN] = read_span,
	[CTL_ARG_HOST] = read_host,
	[CTL_ARG_HOSTPORT] = read_host,
	[CTL_ARG_RANGE] = read_host,
	[CTL_ARG_KEY] = read_key,
	[CTL_ARG_BOOL] = read_bool,
	[CTL_ARG_TEXT] = read_text,
	[CTL_ARG_CHOICE] = read_choice,
	[CTL_ARG_STATE] = read_choice,
};

/**
 * ctl_arg_read() - Read a word into a request.
 * @request: The request.
 * @arg: What the word is.
 * @word: The word.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_arg_read(struct ctl_request *request, const struct ctl_arg *arg, const char *word,
		 struct ctl_fault *fault)
{
	if (!ctl_arg_each(arg) && ctl_arg_given(request, arg))
		return ctl_fault_set(fault, "\"%s\" is given twice", arg->word);
	return readers[arg->kind](request, arg, word, fault);
}
