// SPDX-License-Identifier: GPL-2.0-only
/* Virtual servers of keepalived.conf become services. */
#include "convert_words.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_MAX	1024	/* addresses of a line */
#define MS		1000
#define LOOP		60000	/* milliseconds, as keepalived has it */
#define TIMEOUT		5000
#define PERSIST		360	/* seconds */

#define NO_SCRIPT	"no scripts are started: \"slbctl monitor\" shows what changes"
#define NO_MAIL		"no mail is sent: there are alerts for Prometheus (contrib/prometheus)"
#define NO_SNMP		"there is no SNMP: see \"slbctl metrics\""
#define NO_ALPHA	"a server whose health is unknown is used, for checks may be missing"

/* Blocks and words outside virtual servers; a "*" stands for the rest of a word. */
static const struct ka_word top_words[] = {
	{ "global_defs", "it is for keepalived itself" },
	{ "vrrp_*",
	  "a VIP moves by routes that relays announce, not by VRRP (Documentation/routes.rst)" },
	{ "garp_group", "there is no VRRP here (Documentation/routes.rst)" },
	{ "static_*", "addresses, routes and rules of the host are not configured here" },
	{ "virtual_routes", "routes of the host are not configured here" },
	{ "bfd_instance", "links have probes of their own, which use BFD (\"slbctl link help\")" },
	{ "track_*", "it is for VRRP, or for FILE_CHECK" },
	{ "SSL", "checks show no certificate, and verify one only with \"verify yes\"" },
	{ "net_namespace*", "see the option -netns" },
	{ "include_check", NULL },
};

/* Words of virtual servers. */
static const struct ka_word service_words[] = {
	{ "omega", NO_SCRIPT },
	{ "ops", CONV_NO_OPS },
	{ "flag-1", NULL },
	{ "sh-fallback", NULL },	/* a server that is down gets no new sessions */
	{ "mh-fallback", NULL },
	{ "flag-3", CONV_NOT_KNOWN },
	{ "persistence_engine", "sessions belong to an address and a port, not to a call" },
	{ "ha_suspend", "a balancer has no addresses of VIPs" },
	{ "hysteresis", "a tier steps back as soon as enough servers of the lower ones work" },
	{ "quorum_up", NO_SCRIPT },
	{ "quorum_down", NO_SCRIPT },
	{ "failover_up", NO_SCRIPT },
	{ "failover_down", NO_SCRIPT },
	{ "ip_family", NULL },
	{ "sorry_server_inhibit", NULL },	/* it keeps its sessions */
	{ "sorry_server_lvs_method", NULL },
	{ "net_mask", NULL },
	{ "nat_mask", NULL },
	{ "smtp_alert", NO_MAIL },
	{ "snmp_name", NO_SNMP },
	{ "inhibit_on_failure", NULL },		/* a server that is down keeps its sessions */
	{ "warmup", NULL },			/* checks do not begin at the same time */
};

/* Words of real servers. */
static const struct ka_word server_words[] = {
	{ "lthreshold", CONV_NO_LOWER },
	{ "notify_up", NO_SCRIPT },
	{ "notify_down", NO_SCRIPT },
	{ "smtp_alert", NO_MAIL },
	{ "snmp_name", NO_SNMP },
	{ "inhibit_on_failure", NULL },
	{ "warmup", NULL },
};

/* ---- words */

/**
 * ka_value() - The value of a word.
 * @conv: The conversion; gets a fault when there is none.
 * @node: The statement.
 *
 * Return: The value, or NULL.
 */
const char *ka_value(struct conv *conv, const struct text_node *node)
{
	if (node->count > 2 || node->block)
		conv_left(conv, CONV_ALL, &node->place, text_words(conv, node, 0),
			  "what stands behind the value is not read: a line has one statement");
	if (node->count > 1)
		return node->word[1];
	conv_fault(conv, &node->place, "\"%s\" needs a value", *node->word);
	return NULL;
}

/* Seconds with decimals, as milliseconds. */
static int read_timer(struct conv *conv, const struct text_node *node, uint32_t *ms)
{
	const char *word = ka_value(conv, node);
	double seconds;
	char *end;

	if (!word)
		return -1;
	seconds = strtod(word, &end);
	if (end == word || *end || !(seconds >= 0) || seconds > UINT32_MAX / MS)
		return conv_fault(conv, &node->place, "invalid %s \"%s\" (valid: seconds)",
				  *node->word, word);
	*ms = (uint32_t)(seconds * MS + 0.5);
	return 0;
}

/**
 * ka_times_word() - Read a word that services, servers and checks have.
 * @conv: The conversion.
 * @node: The statement.
 * @times: Where to put its value.
 *
 * Return: Whether it is one.
 */
bool ka_times_word(struct conv *conv, const struct text_node *node, struct ka_times *times)
{
	const char *name = *node->word, *value;
	uint32_t number;

	if (!strcmp(name, "delay_loop")) {
		read_timer(conv, node, &times->loop);
	} else if (!strcmp(name, "connect_timeout")) {
		read_timer(conv, node, &times->timeout);
	} else if (!strcmp(name, "delay_before_retry")) {
		read_timer(conv, node, &times->delay);
	} else if (!strcmp(name, "virtualhost")) {
		times->host = ka_value(conv, node);
	} else if (!strcmp(name, "retry") || !strcmp(name, "nb_get_retry") ||
		   !strcmp(name, "nb_sock_retry")) {
		value = ka_value(conv, node);
		if (value && !conv_number(conv, &node->place, name, value, 0, UINT16_MAX, &number))
			times->retry = number;
	} else {
		return false;
	}
	return true;
}

static bool matches(const char *pattern, const char *word)
{
	size_t len = strcspn(pattern, "*");

	return pattern[len] ? !strncmp(pattern, word, len) : !strcmp(pattern, word);
}

/* The lines of a block. */
static void comment_block(struct conv *conv, unsigned int wants, const struct text_node *node,
			  unsigned int depth)
{
	const struct text_node *child;

	for (child = node->child; child && conv->want & wants; child = child->next) {
		conv_comment(conv, wants, conv_print(conv, "%*s%s%s", (int)(depth * 4), "",
						     text_words(conv, child, 0),
						     child->block ? " {" : ""));
		if (child->block && depth < 16)
			comment_block(conv, wants, child, depth + 1);
		if (child->block)
			conv_comment(conv, wants, conv_print(conv, "%*s}", (int)(depth * 4), ""));
	}
}

/**
 * ka_block() - Leave out a statement for a reason.
 * @conv: The conversion.
 * @wants: The outputs that would have it.
 * @node: The statement, with its block.
 * @why: The reason.
 */
void ka_block(struct conv *conv, unsigned int wants, const struct text_node *node,
	      const char *why)
{
	if (conv_left(conv, wants, &node->place, text_words(conv, node, 0), "%s", why))
		comment_block(conv, wants, node, 1);
}

static bool is_off(const struct text_node *node)
{
	static const char *const words[] = { "no", "off", "false", "0" };
	size_t i;

	for (i = 0; i < CTL_COUNT(words); i++)
		if (node->count == 2 && !strcmp(node->word[1], words[i]))
			return true;
	return false;
}

/**
 * ka_leave() - Leave out a statement.
 * @conv: The conversion.
 * @wants: The outputs that would have it.
 * @node: The statement, with its block.
 * @words: Words whose reason is known.
 * @count: Number of @words.
 */
void ka_leave(struct conv *conv, unsigned int wants, const struct text_node *node,
	      const struct ka_word *words, size_t count)
{
	const char *why = CONV_NOT_KNOWN;
	size_t i;

	if (**node->word == '@')
		why = "its condition is not decided: add \"id NAME\"";
	if (**node->word == '~')
		why = "lists are not expanded: write the lines out";
	for (i = 0; i < count; i++)
		if (matches(words[i].name, *node->word))
			break;
	if (i < count)
		why = words[i].why;
	if (why && (i == count || !is_off(node)))
		ka_block(conv, wants, node, why);
}

/* ---- addresses */

/* Return: 0 or -1. */
static int read_addr(struct conv *conv, const struct conv_place *place, const char *addr,
		     const char *port, struct ctl_host *host)
{
	struct ctl_fault fault;
	uint32_t number = 0;

	memset(host, 0, sizeof(*host));
	if (ctl_parse_addr(addr, &host->addr, &fault))
		return conv_fault(conv, place, "%s", fault.text);
	if (port && conv_number(conv, place, "port", port, 0, UINT16_MAX, &number))
		return -1;
	host->first = (uint16_t)number;
	host->last = (uint16_t)number;
	return 0;
}

static int read_node_addr(struct conv *conv, const struct text_node *node, int at,
			  struct ctl_host *host)
{
	if (node->count <= at)
		return conv_fault(conv, &node->place, "\"%s\" needs an address", *node->word);
	return read_addr(conv, &node->place, node->word[at],
			 node->count > at + 1 ? node->word[at + 1] : NULL, host);
}

/* The last address of a range: a whole one, or the end of one. */
static int read_last(struct conv *conv, const struct conv_place *place, const char *word,
		     const struct ctl_addr *first, struct ctl_addr *last)
{
	bool four = first->family == AF_INET;
	struct ctl_fault fault;
	unsigned long value;
	char *end;

	if (strpbrk(word, ".:")) {
		if (ctl_parse_addr(word, last, &fault))
			return conv_fault(conv, place, "%s", fault.text);
		return 0;
	}
	*last = *first;
	value = strtoul(word, &end, four ? 10 : 16);
	if (!*word || *end || value > (four ? 0xff : 0xffff))
		return conv_fault(conv, place, "invalid end of a range \"%s\"", word);
	if (four) {
		last->bytes[3] = (uint8_t)value;
	} else {
		last->bytes[14] = (uint8_t)(value >> 8);
		last->bytes[15] = (uint8_t)value;
	}
	return 0;
}

/* ADDR/BITS. */
static int read_prefix(struct conv *conv, const struct conv_place *place, const char *word,
		       struct ctl_addr *first, struct ctl_addr *last)
{
	uint32_t size = (uint32_t)ctl_addr_len(first) * 8, bits, i;

	if (conv_number(conv, place, "prefix length", word, 0, size, &bits))
		return -1;
	*last = *first;
	for (i = bits; i < size; i++) {
		first->bytes[i / 8] &= (uint8_t)~(0x80 >> i % 8);
		last->bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	return 0;
}

static void next_addr(struct ctl_addr *addr)
{
	size_t i = ctl_addr_len(addr);

	while (i-- && !++addr->bytes[i])
		;
}

static int read_range(struct conv *conv, const struct text_node *node, struct ctl_host *first,
		      struct ctl_addr *last)
{
	char *addr = conv_print(conv, "%s", *node->word);
	char *rest = addr + strcspn(addr, "-/"), mark = *rest;

	if (mark)
		*rest++ = '\0';
	if (read_addr(conv, &node->place, addr, node->count > 1 ? node->word[1] : NULL, first))
		return -1;
	*last = first->addr;
	if (mark == '-' && read_last(conv, &node->place, rest, &first->addr, last))
		return -1;
	if (mark == '/' && read_prefix(conv, &node->place, rest, &first->addr, last))
		return -1;
	if (last->family != first->addr.family ||
	    memcmp(last->bytes, first->addr.bytes, ctl_addr_len(last)) < 0)
		return conv_fault(conv, &node->place, "invalid range \"%s\"", *node->word);
	return 0;
}

/* A line of a virtual_server_group: ADDR PORT, or a range of addresses. */
static void add_range(struct conv *conv, struct conv_service *service,
		      const struct text_node *node)
{
	struct ctl_addr last;
	struct ctl_host host;
	uint32_t n;

	if (!strcmp(*node->word, "fwmark")) {
		ka_block(conv, CONV_VIPS, node, CONV_NO_MARK);
		return;
	}
	if (strchr("@~", **node->word)) {
		ka_leave(conv, CONV_VIPS, node, NULL, 0);
		return;
	}
	if (read_range(conv, node, &host, &last))
		return;
	for (n = 0; n < RANGE_MAX; n++) {
		conv_add_vip(conv, service, &node->place, &host);
		if (!memcmp(host.addr.bytes, last.bytes, ctl_addr_len(&last)))
			return;
		next_addr(&host.addr);
	}
	conv_left(conv, CONV_VIPS, &node->place, text_words(conv, node, 0),
		  "of a range, the first %d addresses are taken", RANGE_MAX);
}

static const struct text_node *find_group(const struct text *text, const char *name)
{
	const struct text_node *node;

	for (node = text->root.child; node; node = node->next)
		if (node->count == 2 && !strcmp(*node->word, "virtual_server_group") &&
		    !strcmp(node->word[1], name))
			return node;
	return NULL;
}

static int read_group(struct conv *conv, const struct text *text, const struct text_node *node,
		      struct conv_service *service)
{
	const char *name = node->count > 2 ? node->word[2] : "";
	const struct text_node *group = find_group(text, name), *child;

	if (!group)
		return conv_fault(conv, &node->place, "virtual_server_group \"%s\" does not exist",
				  name);
	for (child = group->child; child; child = child->next)
		add_range(conv, service, child);
	service->name = name;
	return 0;
}

/* ---- servers */

/* A virtual server while it is read. */
struct reading {
	struct conv *conv;
	struct conv_service *service;
	struct ka_times times;
	enum conv_method method;
	enum conv_method sorry;	/* of the sorry server */
};

static bool is_method(const char *name)
{
	return !strcmp(name, "lvs_method") || !strcmp(name, "lb_kind");
}

static void read_method(struct conv *conv, const struct text_node *node, enum conv_method *method)
{
	/* the kind of a tunnel can follow */
	const char *value = node->count > 1 ? node->word[1] : ka_value(conv, node);

	if (!value)
		return;
	if (!strcasecmp(value, "NAT"))
		*method = CONV_NAT;
	else if (!strcasecmp(value, "DR"))
		*method = CONV_DIRECT;
	else if (!strcasecmp(value, "TUN") || !strcasecmp(value, "GRE"))
		*method = CONV_TUNNEL;
	else
		conv_fault(conv, &node->place, "invalid %s \"%s\" (valid: NAT, DR, TUN)",
			   *node->word, value);
}

static void read_server_word(struct reading *reading, const struct text_node *node,
			     struct conv_server *server)
{
	struct conv *conv = reading->conv;
	const char *name = *node->word;
	bool weight = !strcmp(name, "weight");

	if (weight || !strcmp(name, "uthreshold")) {
		const char *value = ka_value(conv, node);

		if (value)
			conv_number(conv, &node->place, name, value, 0,
				    weight ? UINT16_MAX : UINT32_MAX,
				    weight ? &server->weight : &server->limit);
	} else if (is_method(name)) {
		read_method(conv, node, &server->method);
	} else if (!strcmp(name, "alpha")) {
		if (!is_off(node))
			conv_left(conv, CONV_HEALTH, &node->place, name, NO_ALPHA);
	} else {
		ka_leave(conv, CONV_CONFIG, node, server_words, CTL_COUNT(server_words));
	}
}

static void read_server(struct reading *reading, const struct text_node *node,
			enum conv_role role)
{
	struct conv *conv = reading->conv;
	struct ka_times times = reading->times;
	struct conv_server *server;
	struct text_node *child;
	struct ctl_host host;

	if (read_node_addr(conv, node, 1, &host))
		return;
	server = conv_add_server(conv, reading->service);
	server->place = node->place;
	server->host = host;
	server->role = role;
	server->method = role == CONV_SORRY ? reading->sorry : reading->method;
	/* first what its checks have from it */
	for (child = node->child; child; child = child->next)
		child->used = ka_times_word(conv, child, &times);
	for (child = node->child; child; child = child->next)
		if (!child->used && !ka_check(conv, child, server, &times))
			read_server_word(reading, child, server);
}

/* ---- virtual servers */

static void read_protocol(struct reading *reading, const struct text_node *node)
{
	static const char *const protos[] = { "tcp", "udp", "sctp" };
	const char *value = ka_value(reading->conv, node);
	size_t i;

	for (i = 0; value && i < CTL_COUNT(protos); i++) {
		if (strcasecmp(value, protos[i]))
			continue;
		reading->service->proto = protos[i];
		return;
	}
	if (value)
		conv_fault(reading->conv, &node->place,
			   "invalid protocol \"%s\" (valid: TCP, UDP, SCTP)", value);
}

static void read_mask(struct reading *reading, const struct text_node *node)
{
	const char *value = ka_value(reading->conv, node);
	struct conv_service *service = reading->service;

	if (!value)
		return;
	if (strchr(value, '.'))
		conv_netmask(reading->conv, &node->place, value, &service->prefix4);
	else
		conv_number(reading->conv, &node->place, *node->word, value, 1, 128,
			    &service->prefix6);
}

static void read_share(struct reading *reading, const struct text_node *node, uint32_t min,
		       uint32_t max, uint32_t *to)
{
	const char *value = ka_value(reading->conv, node);

	if (value)
		conv_number(reading->conv, &node->place, *node->word, value, min, max, to);
}

static void read_scheduler(struct reading *reading, const struct text_node *node)
{
	reading->service->scheduler_at = node->place;
	reading->service->scheduler = ka_value(reading->conv, node) ?: "";
}

/* Words with a value that is one of the service.  Return: whether it is one. */
static bool read_value(struct reading *reading, const struct text_node *node)
{
	struct conv_service *service = reading->service;
	const char *name = *node->word;

	if (!strncmp(name, "persistence_timeout", 19))
		service->persist_at = node->place;
	if (!strcmp(name, "quorum"))
		service->quorum_at = node->place;
	if (!strcmp(name, "lvs_sched") || !strcmp(name, "lb_algo"))
		read_scheduler(reading, node);
	else if (!strcmp(name, "protocol"))
		read_protocol(reading, node);
	else if (!strcmp(name, "persistence_granularity"))
		read_mask(reading, node);
	else if (!strcmp(name, "persistence_timeout") && node->count == 1)
		service->persist = PERSIST;
	else if (!strcmp(name, "persistence_timeout"))
		read_share(reading, node, 0, UINT32_MAX, &service->persist);
	else if (!strcmp(name, "quorum"))
		read_share(reading, node, 1, UINT16_MAX, &service->quorum);
	else if (!strcmp(name, "failover_threshold"))
		read_share(reading, node, 1, 100, &service->failover);
	else if (!strcmp(name, "sh-port") || !strcmp(name, "mh-port") || !strcmp(name, "flag-2"))
		service->ports = true;
	else
		return false;
	return true;
}

/* What others need comes first: times and methods of servers, the protocol. */
static void read_first(struct reading *reading, const struct text_node *node)
{
	struct text_node *child;

	for (child = node->child; child; child = child->next) {
		child->used = true;
		if (is_method(*child->word))
			read_method(reading->conv, child, &reading->method);
		else if (!ka_times_word(reading->conv, child, &reading->times))
			child->used = read_value(reading, child);
	}
	reading->sorry = reading->method;
	for (child = node->child; child; child = child->next)
		if (!strcmp(*child->word, "sorry_server_lvs_method"))
			read_method(reading->conv, child, &reading->sorry);
}

static void read_rest(struct reading *reading, const struct text_node *node)
{
	const struct text_node *child;

	for (child = node->child; child; child = child->next) {
		const char *name = *child->word;

		if (child->used)
			continue;
		if (!strcmp(name, "real_server"))
			read_server(reading, child, CONV_REAL);
		else if (!strcmp(name, "backup_real_server"))
			read_server(reading, child, CONV_BACKUP);
		else if (!strcmp(name, "sorry_server"))
			read_server(reading, child, CONV_SORRY);
		else if (strcmp(name, "alpha"))
			ka_leave(reading->conv, CONV_CONFIG, child, service_words,
				 CTL_COUNT(service_words));
		else if (!is_off(child))
			conv_left(reading->conv, CONV_HEALTH, &child->place, name, NO_ALPHA);
	}
}

static void read_virtual(struct conv *conv, const struct text *text, const struct text_node *node)
{
	struct reading reading = {
		.conv = conv,
		.times = { .timeout = TIMEOUT, .retry = -1, .loop = LOOP, .delay = UINT32_MAX },
	};
	struct ctl_host host;

	if (node->count > 1 && !strcmp(node->word[1], "fwmark")) {
		conv->services++;
		ka_block(conv, CONV_ALL, node, CONV_NO_MARK);
		return;
	}
	reading.service = conv_begin(conv, &node->place, text_words(conv, node, 0));
	if (node->count > 1 && !strcmp(node->word[1], "group")) {
		if (read_group(conv, text, node, reading.service))
			return;
	} else {
		if (read_node_addr(conv, node, 1, &host))
			return;
		conv_add_vip(conv, reading.service, &node->place, &host);
	}
	read_first(&reading, node);
	read_rest(&reading, node);
	conv_service(conv, reading.service);
}

static bool is_used(const struct text *text, const struct text_node *group)
{
	const struct text_node *node;

	for (node = text->root.child; node; node = node->next)
		if (node->count > 2 && group->count > 1 && !strcmp(*node->word, "virtual_server") &&
		    !strcmp(node->word[1], "group") && !strcmp(node->word[2], group->word[1]))
			return true;
	return false;
}

/**
 * conv_keepalived() - Convert a configuration of keepalived.
 * @conv: The conversion.
 * @file: The file.
 */
void conv_keepalived(struct conv *conv, FILE *file)
{
	struct text text = { .conv = conv };
	struct conv_place place = { .path = conv->path, .line = 1 };
	const struct text_node *node;

	text.root.last = &text.root.child;
	text.at = &text.root;
	text_read(&text, file, conv->path);
	if (!text.root.child && !conv->faults)
		conv_fault(conv, &place, "there is no statement in the file");
	for (node = conv->faults ? NULL : text.root.child; node; node = node->next) {
		if (!strcmp(*node->word, "virtual_server"))
			read_virtual(conv, &text, node);
		else if (strcmp(*node->word, "virtual_server_group"))
			ka_leave(conv, CONV_CONFIG, node, top_words, CTL_COUNT(top_words));
		else if (!is_used(&text, node))
			ka_block(conv, CONV_CONFIG, node, "no virtual_server uses it");
	}
}
