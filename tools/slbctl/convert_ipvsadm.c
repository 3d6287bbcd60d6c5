// SPDX-License-Identifier: GPL-2.0-only
/* Reads what ipvsadm-save -n writes: a line for each virtual service, and one for each server. */
#include "convert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* Options, and the commands among them. */
enum option {
	ADD_SERVICE,
	ADD_SERVER,
	TCP,
	UDP,
	SCTP,
	MARK,
	SCHEDULER,
	SCHED_FLAGS,
	PERSISTENT,
	NETMASK,
	ENGINE,
	ONE_PACKET,
	REAL_SERVER,
	WEIGHT,
	UPPER,
	LOWER,
	NAT,
	DIRECT,
	TUNNEL,
	TUNNEL_WORD,
	TUNNEL_FLAG,
	IPV6,
	NUMERIC,
	OTHER_COMMAND,
};

static const struct {
	const char *brief, *name;
	enum option id;
	int value;	/* 1: a value follows; -1: perhaps */
} options[] = {
	{ "-A", "--add-service", ADD_SERVICE, 0 },
	{ "-a", "--add-server", ADD_SERVER, 0 },
	{ "-t", "--tcp-service", TCP, 1 },
	{ "-u", "--udp-service", UDP, 1 },
	{ "", "--sctp-service", SCTP, 1 },
	{ "-f", "--fwmark-service", MARK, 1 },
	{ "-s", "--scheduler", SCHEDULER, 1 },
	{ "-b", "--sched-flags", SCHED_FLAGS, 1 },
	{ "-p", "--persistent", PERSISTENT, -1 },
	{ "-M", "--netmask", NETMASK, 1 },
	{ "", "--pe", ENGINE, 1 },
	{ "-o", "--ops", ONE_PACKET, 0 },
	{ "-r", "--real-server", REAL_SERVER, 1 },
	{ "-w", "--weight", WEIGHT, 1 },
	{ "-x", "--u-threshold", UPPER, 1 },
	{ "-y", "--l-threshold", LOWER, 1 },
	{ "-m", "--masquerading", NAT, 0 },
	{ "-g", "--gatewaying", DIRECT, 0 },
	{ "-i", "--ipip", TUNNEL, 0 },
	{ "", "--tun-type", TUNNEL_WORD, 1 },
	{ "", "--tun-port", TUNNEL_WORD, 1 },
	{ "", "--tun-nocsum", TUNNEL_FLAG, 0 },
	{ "", "--tun-csum", TUNNEL_FLAG, 0 },
	{ "", "--tun-remcsum", TUNNEL_FLAG, 0 },
	{ "-6", "--ipv6", IPV6, 0 },
	{ "-n", "--numeric", NUMERIC, 0 },
	{ "-C", "--clear", OTHER_COMMAND, 0 },
	{ "-Z", "--zero", OTHER_COMMAND, 0 },
	{ "", "--set", OTHER_COMMAND, 0 },
	{ "", "--start-daemon", OTHER_COMMAND, 0 },
};

/* A line that adds a service or a server. */
struct line {
	struct conv_place place;
	const char *text;
	bool server;
	const char *value[OTHER_COMMAND];	/* by option: "" for those without a value */
	const char *unknown;			/* options that are not known */
	const char *key;			/* the service */
	struct line *servers;			/* of a service */
	struct line **last;
	struct line *next;			/* the next service, or server of it */
};

/* ---- words */

static int find_option(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < CTL_COUNT(options); i++)
		if ((*options[i].brief && !strcmp(options[i].brief, word)) ||
		    (strlen(options[i].name) == len && !strncmp(options[i].name, word, len)))
			return (int)i;
	return -1;
}

/* An option that is not known, with what seems to be its value. */
static void read_unknown(struct conv *conv, struct line *line, struct ctl_words *words)
{
	const char *text = line->unknown ? conv_print(conv, "%s ", line->unknown) : "";

	text = conv_print(conv, "%s%s", text, *words->word);
	while (words->count > 1 && words->word[1][0] != '-') {
		words->word++;
		words->count--;
		text = conv_print(conv, "%s %s", text, *words->word);
	}
	line->unknown = text;
}

static int read_option(struct conv *conv, struct line *line, struct ctl_words *words)
{
	const char *word = *words->word, *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	int at = find_option(word, len), id;

	if (*word != '-')
		return conv_fault(conv, &line->place, "unexpected word \"%s\"", word);
	if (at < 0 || (equals && !options[at].value)) {
		read_unknown(conv, line, words);
		return 0;
	}
	id = options[at].id;
	if (id == OTHER_COMMAND)
		return conv_fault(conv, &line->place, "\"%s\" does not go with -A or -a", word);
	if (id != TUNNEL_WORD && id != TUNNEL_FLAG && line->value[id])
		return conv_fault(conv, &line->place, "\"%s\" is given twice", word);
	line->value[id] = equals ? equals + 1 : "";
	if (!options[at].value || equals ||
	    (options[at].value < 0 && (words->count < 2 || words->word[1][0] == '-')))
		return 0;
	if (words->count < 2)
		return conv_fault(conv, &line->place, "\"%s\" needs a value", word);
	line->value[id] = *++words->word;
	words->count--;
	return 0;
}

/* The option that names the service. */
static int find_service(struct conv *conv, struct line *line)
{
	static const enum option kinds[] = { TCP, UDP, SCTP, MARK };
	static const char *const names[] = { "tcp", "udp", "sctp", "mark" };
	size_t i;

	for (i = 0; i < CTL_COUNT(kinds); i++) {
		if (!line->value[kinds[i]])
			continue;
		if (line->key)
			return conv_fault(conv, &line->place, "a line has one service");
		line->key = conv_print(conv, "%s %s", names[i], line->value[kinds[i]]);
	}
	if (!line->key)
		return conv_fault(conv, &line->place,
				  "the service is missing (valid: -t, -u, --sctp-service, -f)");
	if (line->server && !line->value[REAL_SERVER])
		return conv_fault(conv, &line->place, "\"-r ADDR:PORT\" is missing");
	return 0;
}

/* A server goes to its service. */
static void add_line(struct conv *conv, struct line *line, struct line ***services)
{
	struct line *service = conv_owner(conv, line->key);

	if (!line->server && service) {
		conv_fault(conv, &line->place, "service %s is there twice, also at line %u",
			   line->key, service->place.line);
	} else if (!line->server) {
		conv_claim(conv, line->key, line);
		line->last = &line->servers;
		**services = line;
		*services = &line->next;
	} else if (!service) {
		conv_fault(conv, &line->place, "there is no service %s before its server",
			   line->key);
	} else {
		*service->last = line;
		service->last = &line->next;
	}
}

/* Return: the line, or NULL when it adds nothing. */
static struct line *read_line(struct conv *conv, const struct conv_place *place, const char *from)
{
	char *text = conv_print(conv, "%s", from);	/* its words stay there */
	struct line *line = conv_alloc(conv, sizeof(*line));
	char *list[CTL_LINE_WORDS];
	struct ctl_words words;
	struct ctl_fault fault;
	int at;

	line->place = *place;
	line->text = from;
	if (ctl_line_words(text, strlen(text), list, &words, &fault)) {
		conv_fault(conv, place, "%s", fault.text);
		return NULL;
	}
	if (words.count && !strcmp(*words.word, "ipvsadm")) {
		words.word++;
		words.count--;
	}
	if (!words.count)
		return NULL;
	at = find_option(*words.word, strlen(*words.word));
	if (**words.word != '-') {
		conv_fault(conv, place,
			   "invalid line \"%.80s\" (valid: what \"ipvsadm-save -n\" writes: -A or -a, and options)",
			   line->text);
		return NULL;
	}
	if (at < 0 || (options[at].id != ADD_SERVICE && options[at].id != ADD_SERVER)) {
		conv_left(conv, CONV_CONFIG, place, line->text,
			  "it adds no service and no server; slb-syncd copies sessions to other balancers");
		return NULL;
	}
	line->server = options[at].id == ADD_SERVER;
	for (words.word++, words.count--; words.count; words.word++, words.count--)
		if (read_option(conv, line, &words))
			return NULL;
	return find_service(conv, line) ? NULL : line;
}

static struct line *read_lines(struct conv *conv, FILE *file)
{
	struct conv_place place = { .path = conv->path };
	struct line *first = NULL, **last = &first, *line;
	char text[CTL_LINE_LEN + 1];
	bool empty;
	ssize_t len;

	while ((len = ctl_line_read(file, text)) != -1) {
		place.line++;
		if (len < 0 || strlen(text) != (size_t)len) {
			conv_fault(conv, &place, len < 0 ? "the line is too long" :
							   "the line has a NUL byte");
			return NULL;
		}
		line = read_line(conv, &place, conv_print(conv, "%s", text));
		if (line)
			add_line(conv, line, &last);
		if (feof(file))
			conv_fault(conv, &place, "the file is cut off: its last line has no end");
	}
	empty = !place.line;
	place.line += empty;
	if (ferror(file))
		conv_fault(conv, &place, "cannot be read to its end: %s", strerror(errno));
	else if (empty)
		conv_fault(conv, &place, "the file is empty");
	return first;
}

/* ---- values */

/* Port 0 means all ports.  Names are refused: what they mean depends on the host. */
static int read_host(struct conv *conv, const struct line *line, const char *word,
		     struct ctl_host *host)
{
	size_t len = strlen(word);
	struct ctl_fault fault;
	char copy[80];

	snprintf(copy, sizeof(copy), "%s", word);
	if (len > 2 && len < sizeof(copy) && !strcmp(word + len - 2, ":0") &&
	    (word[len - 3] == ']' || strchr(word, ':') == word + len - 2))
		copy[len - 2] = '\0';
	if (!ctl_parse_host(copy, CTL_PORT_MAY, host, &fault))
		return 0;
	return conv_fault(conv, &line->place, "%s%s", fault.text,
			  strpbrk(word, "ghijklmnopqrstuvwxyz") ?
			  ": \"ipvsadm-save -n\" writes numbers instead of names" : "");
}

static int read_mask(struct conv *conv, const struct line *line, struct conv_service *service)
{
	const char *word = line->value[NETMASK];

	if (!word)
		return 0;
	if (service->vip->host.addr.family == AF_INET)
		return conv_netmask(conv, &line->place, word, &service->prefix4);
	return conv_number(conv, &line->place, "netmask", word, 1, 128, &service->prefix6);
}

static void leave_option(struct conv *conv, const struct line *line, enum option id,
			 const char *name, const char *why)
{
	const char *value = line->value[id];

	if (value)
		conv_left(conv, CONV_CONFIG, &line->place,
			  conv_print(conv, "%s%s%s", name, *value ? " " : "", value), "%s", why);
}

static void read_flags(struct conv *conv, const struct line *line, struct conv_service *service)
{
	const char *flags = line->value[SCHED_FLAGS];

	if (!flags)
		return;
	service->ports = strstr(flags, "sh-port") || strstr(flags, "mh-port") ||
			 strstr(flags, "flag-2");
	if (strstr(flags, "fallback") || strstr(flags, "flag-1"))
		conv_note(conv, CONV_CONFIG, &line->place,
			  "fallback is what every scheduler does: a server that is down gets no new sessions");
	if (strstr(flags, "flag-3"))
		leave_option(conv, line, SCHED_FLAGS, "-b", CONV_NOT_KNOWN);
}

static void read_server(struct conv *conv, const struct line *line, struct conv_service *service)
{
	struct ctl_host host;
	struct conv_server *server;

	if (read_host(conv, line, line->value[REAL_SERVER], &host))
		return;
	server = conv_add_server(conv, service);
	server->place = line->place;
	server->host = host;
	server->method = line->value[NAT] ? CONV_NAT :
			 line->value[TUNNEL] ? CONV_TUNNEL : CONV_DIRECT;
	if (line->value[WEIGHT])
		conv_number(conv, &line->place, "weight", line->value[WEIGHT], 0, UINT16_MAX,
			    &server->weight);
	if (line->value[UPPER])
		conv_number(conv, &line->place, "upper threshold", line->value[UPPER], 0,
			    UINT32_MAX, &server->limit);
	if (line->value[LOWER] && strcmp(line->value[LOWER], "0"))
		leave_option(conv, line, LOWER, "-y", CONV_NO_LOWER);
	if (line->unknown)
		conv_left(conv, CONV_CONFIG, &line->place, line->unknown, CONV_NOT_KNOWN);
}

static void leave_service(struct conv *conv, const struct line *line)
{
	const struct line *server;

	conv->services++;
	conv_left(conv, CONV_VIPS, &line->place, line->text, CONV_NO_MARK);
	for (server = line->servers; server; server = server->next)
		conv_comment(conv, CONV_CONFIG, server->text);
}

/* A service and all its servers. */
static void put_service(struct conv *conv, const struct line *line)
{
	struct conv_service *service;
	const struct line *server;
	struct ctl_host host;

	if (line->value[MARK]) {
		leave_service(conv, line);
		return;
	}
	if (read_host(conv, line, strchr(line->key, ' ') + 1, &host))
		return;
	service = conv_begin(conv, &line->place, line->text);
	conv_add_vip(conv, service, &line->place, &host);
	service->proto = line->value[UDP] ? "udp" : line->value[SCTP] ? "sctp" : "tcp";
	if (line->value[SCHEDULER])
		service->scheduler = line->value[SCHEDULER];
	read_flags(conv, line, service);
	if (line->value[PERSISTENT])
		service->persist = 300;
	if (line->value[PERSISTENT] && *line->value[PERSISTENT])
		conv_number(conv, &line->place, "persistence", line->value[PERSISTENT], 1,
			    UINT32_MAX, &service->persist);
	if (read_mask(conv, line, service))
		return;
	leave_option(conv, line, ENGINE, "--pe", "sessions belong to an address and a port, not to a call");
	leave_option(conv, line, ONE_PACKET, "-o", CONV_NO_OPS);
	if (line->unknown)
		conv_left(conv, CONV_CONFIG, &line->place, line->unknown, CONV_NOT_KNOWN);
	for (server = line->servers; server; server = server->next)
		read_server(conv, server, service);
	conv_service(conv, service);
}

/**
 * conv_ipvsadm() - Convert what ipvsadm-save -n writes.
 * @conv: The conversion.
 * @file: The file.
 */
void conv_ipvsadm(struct conv *conv, FILE *file)
{
	const struct line *line;

	for (line = read_lines(conv, file); line; line = line->next)
		put_service(conv, line);
}
