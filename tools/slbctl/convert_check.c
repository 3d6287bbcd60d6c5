// SPDX-License-Identifier: GPL-2.0-only
/* Checks of keepalived become those of slb-healthd. */
#include "convert_words.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define SECOND		1000
#define NO_SOURCE	"slb-healthd chooses the path itself: \"slbctl link set NAME host ADDR\""
#define BLANK		"\t\r\n "
#define ADDR		"{addr}"	/* slb-healthd puts the server's address there */
#define SEND_MAX	512	/* bytes that slb-healthd sends */

/* A check while it is read; its words become @type. */
struct checking {
	struct conv *conv;
	const struct text_node *node;
	struct conv_server *server;
	struct ka_times times;
	const char *port;	/* " port N", or "" */
	const char *elsewhere;	/* another address than the server's, or NULL */
};

/* Words of all checks. */
static const struct ka_word check_words[] = {
	{ "bindto", NO_SOURCE },
	{ "bind_to", NO_SOURCE },
	{ "bind_if", NO_SOURCE },
	{ "bind_port", NO_SOURCE },
	{ "fwmark", NO_SOURCE },
	{ "alpha", "a server whose health is unknown is used, for checks may be missing" },
	{ "warmup", NULL },
	{ "log_all_failures", NULL },
	{ "fast_recovery", NULL },	/* each URL is a check of its own */
	{ "enable_sni", NULL },		/* the name in the handshake is that of the request */
	{ "tls_compliant", NULL },
	{ "http_protocol", "slb-healthd chooses the version of HTTP itself" },
	{ "helo_name", "slb-healthd does not speak SMTP" },
	{ "misc_dynamic",
	  "the exit status does not become a weight: \"check GROUP agent\" has percentages" },
	{ "user", "programs run as the user of slb-healthd" },
	{ "min_reply_length", "an answer of any length is good" },
	{ "max_reply_length", "an answer of any length is good" },
	{ "digest", "there is no digest of a page: \"body TEXT\" looks for a text in it" },
	{ "regex*", "there are no regular expressions: \"body TEXT\" looks for a text" },
	{ "username", "slb-healthd does not log in" },
	{ "password", "slb-healthd does not log in" },
};

static void leave(const struct checking *checking, const struct text_node *node)
{
	ka_leave(checking->conv, CONV_HEALTH, node, check_words, CTL_COUNT(check_words));
}

static void leave_check(const struct checking *checking, const char *why)
{
	ka_block(checking->conv, CONV_HEALTH, checking->node, why);
}

/* ---- words of health.conf */

/* A word in quotes, if it needs any.  NULL: it cannot be written. */
static const char *quote(struct conv *conv, const char *word)
{
	char *text = conv_alloc(conv, strlen(word) * 2 + 3), *to = text;
	static const char plain[] = "\\\"\n\t\r", names[] = "\\\"ntr";
	const char *c, *at;

	for (c = word; *c; c++)
		if (iscntrl((unsigned char)*c) && !strchr("\n\t\r", *c))
			return NULL;
	if (*word && *word != '#' && *word != '"' && !strpbrk(word, BLANK))
		return word;
	*to++ = '"';
	for (c = word; *c; c++) {
		at = strchr(plain, *c);
		if (at)
			*to++ = '\\';
		*to++ = at ? names[at - plain] : *c;
	}
	*to = '"';
	return text;
}

static bool is_host(const char *name)
{
	const char *label = name, *c;

	for (c = name; *c; c++) {
		if (*c == '.' && c > label && c - label <= 63)
			label = c + 1;
		else if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
			return false;
	}
	return c > name && c - label <= 63 && c - name <= 253;
}

/* ---- the check as a whole */

/* @retry, @delay: what keepalived takes when nothing is given. */
static void add_check(const struct checking *checking, const char *type, int64_t retry,
		      uint32_t delay)
{
	struct conv_check *check = conv_alloc(checking->conv, sizeof(*check)), **at;
	const struct ka_times *times = &checking->times;

	if (checking->elsewhere) {
		leave_check(checking, conv_print(checking->conv,
						 "connect_ip %s: a check is of the server's own address",
						 checking->elsewhere));
		return;
	}
	for (at = &checking->server->check; *at; at = &(*at)->next)
		if (!strcmp((*at)->type, type))
			return;
	check->place = checking->node->place;
	check->type = type;
	check->interval = times->loop;
	check->timeout = times->timeout;
	check->fast = times->delay == UINT32_MAX ? delay : times->delay;
	check->fall = 1 + (uint32_t)(times->retry < 0 ? retry : times->retry);
	check->command = !strncmp(type, "exec ", 5);
	*at = check;
}

/* Where the check connects to.  Return: whether the word says that. */
static bool read_target(struct checking *checking, const struct text_node *node)
{
	struct conv *conv = checking->conv;
	const char *value;
	struct ctl_fault fault;
	struct ctl_addr addr;
	uint32_t port;

	if (strcmp(*node->word, "connect_port") && strcmp(*node->word, "connect_ip"))
		return false;
	value = ka_value(conv, node);
	if (!value)
		return true;
	if (!strcmp(*node->word, "connect_port")) {
		if (!conv_number(conv, &node->place, "connect_port", value, 1, UINT16_MAX, &port))
			checking->port = port == checking->server->host.first ? "" :
					 conv_print(conv, " port %u", port);
	} else if (ctl_parse_addr(value, &addr, &fault)) {
		conv_fault(conv, &node->place, "%s", fault.text);
	} else if (memcmp(&addr, &checking->server->host.addr, sizeof(addr))) {
		checking->elsewhere = value;
	}
	return true;
}

/* ---- HTTP_GET, SSL_GET */

/* A list of codes and ranges; slb-healthd has one range. */
static const char *read_status(const struct checking *checking, const struct text_node *node)
{
	unsigned int first = 1000, last = 0, a, b;
	int i;

	for (i = 1; i < node->count; i++) {
		const char *word = node->word[i];
		char dash, more;
		int got = sscanf(word, "%3u%c%3u%c", &a, &dash, &b, &more);

		if (got == 1)
			b = a;
		if ((got != 1 && (got != 3 || dash != '-')) || a < 100 || b > 599 || a > b) {
			conv_fault(checking->conv, &node->place, "invalid status_code \"%s\"",
				   word);
			return "";
		}
		first = a < first ? a : first;
		last = b > last ? b : last;
	}
	if (!last) {
		ka_value(checking->conv, node);
		return "";
	}
	if (node->count > 2)
		conv_left(checking->conv, CONV_HEALTH, &node->place,
			  text_words(checking->conv, node, 0),
			  "\"expect\" is one range: all of %u-%u is good", first, last);
	return first == last ? conv_print(checking->conv, " expect %u", first) :
			       conv_print(checking->conv, " expect %u-%u", first, last);
}

/* A regular expression without special characters is a text. */
static const char *read_regex(const struct checking *checking, const struct text_node *url,
			      const struct text_node *node)
{
	const char *value = ka_value(checking->conv, node), *body;
	const struct text_node *other;
	bool plain = value && *value && !strpbrk(value, ".^$*+?()[]{}|\\");

	for (other = url->child; other; other = other->next)
		plain &= strncmp(*other->word, "regex", 5) || other == node;
	body = plain ? quote(checking->conv, value) : NULL;
	if (body)
		return conv_print(checking->conv, " body %s", body);
	leave(checking, node);
	return "";
}

static void read_url(const struct checking *checking, const struct text_node *url,
		     const char *type)
{
	struct conv *conv = checking->conv;
	const char *path = "/", *expect = " expect 200-299", *body = "", *host, *value;
	const struct text_node *node;

	host = checking->times.host;
	for (node = url->child; node; node = node->next) {
		if (!strcmp(*node->word, "path"))
			path = ka_value(conv, node) ?: "/";
		else if (!strcmp(*node->word, "status_code"))
			expect = read_status(checking, node);
		else if (!strcmp(*node->word, "virtualhost"))
			host = ka_value(conv, node);
		else if (!strcmp(*node->word, "regex"))
			body = read_regex(checking, url, node);
		else
			leave(checking, node);
	}
	if (*path != '/' || strpbrk(path, BLANK) || !quote(conv, path)) {
		conv_left(conv, CONV_HEALTH, &url->place, conv_print(conv, "path %s", path),
			  "a path begins with \"/\" and has no space");
		return;
	}
	if (host && !is_host(host))
		conv_left(conv, CONV_HEALTH, &url->place, conv_print(conv, "virtualhost %s", host),
			  "it is not a name alone");
	value = host && is_host(host) ? conv_print(conv, " host %s", host) : "";
	value = conv_print(conv, "%s%s path %s%s%s%s", type, checking->port, path, value, expect,
			   body);
	add_check(checking, value, 1, 3 * SECOND);
}

static void read_http(const struct checking *checking, const char *type)
{
	const struct text_node *node;
	bool any = false;

	for (node = checking->node->child; node; node = node->next) {
		if (strcmp(*node->word, "url"))
			continue;
		read_url(checking, node, type);
		any = true;
	}
	if (!any)
		leave_check(checking, "it has no url");
}

static void read_get(const struct checking *checking)
{
	read_http(checking, "http");
}

static void read_ssl(const struct checking *checking)
{
	read_http(checking, "https");
}

/* ---- the other kinds */

static const struct text_node *find_word(const struct text_node *block, const char *name)
{
	const struct text_node *node;

	for (node = block->child; node; node = node->next)
		if (!strcmp(*node->word, name))
			return node;
	return NULL;
}

static void read_tcp(const struct checking *checking)
{
	add_check(checking, conv_print(checking->conv, "tcp%s", checking->port), 1, SECOND);
}

static void read_ping(const struct checking *checking)
{
	add_check(checking, "icmp", 1, SECOND);
}

static void read_smtp(const struct checking *checking)
{
	const struct text_node *node, *child;
	struct checking host;
	bool any = false;

	for (node = checking->node->child; node; node = node->next) {
		if (strcmp(*node->word, "host"))
			continue;
		host = *checking;
		host.node = node;
		for (child = node->child; child; child = child->next)
			if (!read_target(&host, child) &&
			    !ka_times_word(host.conv, child, &host.times))
				leave(checking, child);
		read_tcp(&host);
		any = true;
	}
	if (!any)
		read_tcp(checking);
	leave_check(checking,
		    "slb-healthd does not speak SMTP and checks TCP; \"exec\" can run check_smtp");
}

static void read_dns(const struct checking *checking)
{
	const struct text_node *name = find_word(checking->node, "name");
	const struct text_node *type = find_word(checking->node, "type");
	const char *value = name ? ka_value(checking->conv, name) : ".";

	if (!value)
		return;
	if (strcmp(value, ".") && !is_host(value)) {
		leave_check(checking, "a query is a host name");
		return;
	}
	if (type && (type->count < 2 || strcmp(type->word[1], "A")))
		conv_left(checking->conv, CONV_HEALTH, &type->place,
			  text_words(checking->conv, type, 0),
			  "a check asks for an address; an answer without one is good, too");
	add_check(checking, conv_print(checking->conv, "dns%s query %s", checking->port, value), 3,
		  checking->times.loop);
}

/* Groups of hexadecimal digits; the last byte of a group may have one.  NULL: no such digits. */
static const char *read_hex(struct conv *conv, const struct text_node *node)
{
	char *text = conv_alloc(conv, SEND_MAX * 2 + 1);
	size_t used = 0, len, at;
	int i;

	for (i = 1; i < node->count; i++) {
		const char *word = node->word[i];

		word += word[0] == '0' && word[1] == 'x' ? 2 : 0;
		len = strspn(word, "0123456789abcdefABCDEF");
		if (word[len] || used + len + 1 > SEND_MAX * 2)
			return NULL;
		for (at = 0; at < len; at++) {
			if (at + 1 == len && at % 2 == 0)
				text[used++] = '0';
			text[used++] = word[at];
		}
	}
	return used ? text : NULL;
}

static void read_udp(const struct checking *checking)
{
	const struct text_node *send = find_word(checking->node, "payload");
	const struct text_node *reply = find_word(checking->node, "require_reply");
	const char *payload = send ? read_hex(checking->conv, send) : NULL;

	if (send && !payload) {
		leave_check(checking, "the payload is no line of hexadecimal digits, or too long");
		return;
	}
	if (!reply) {
		leave_check(checking,
			    "silence is good for keepalived, and bad for \"udp\": add \"check GROUP udp\" if servers answer, or \"icmp\"");
		return;
	}
	if (reply->count > 1)
		conv_left(checking->conv, CONV_HEALTH, &reply->place,
			  text_words(checking->conv, reply, 0), "any answer is good");
	add_check(checking, conv_print(checking->conv, "udp%s%s%s", checking->port,
				       payload ? " send " : "", payload ? payload : ""), 1, SECOND);
}

/* ---- MISC_CHECK */

static bool is_edge(char c, bool six)
{
	return !isalnum((unsigned char)c) && c != '.' && !(six && c == ':');
}

/* The server's address becomes "{addr}", so that servers have one command. */
static char *put_place(struct conv *conv, const char *word, const struct ctl_addr *addr)
{
	bool six = addr->family == AF_INET6;
	char text[INET6_ADDRSTRLEN];
	const char *at;
	size_t len;

	conv_addr_text(addr, text);
	len = strlen(text);
	for (at = strstr(word, text); at; at = strstr(at + 1, text))
		if ((at == word || is_edge(at[-1], six)) && is_edge(at[len], six))
			return conv_print(conv, "%.*s" ADDR "%s", (int)(at - word), word, at + len);
	return conv_print(conv, "%s", word);
}

/* A word for the shell: what it could mistake stands in quotes. */
static const char *shell_word(struct conv *conv, const char *word)
{
	const char *c;

	/* some shells take other braces for lists */
	for (c = word; isalnum((unsigned char)*c) || (*c && strchr("/._:,=+@%{-", *c)); c++) {
		if (*c != '{')
			continue;
		if (strncmp(c, ADDR, strlen(ADDR)))
			break;
		c += strlen(ADDR) - 1;
	}
	if (*word && !*c)
		return word;
	word = conv_print(conv, "%s", word);
	for (c = strchr(word, '\''); c; c = strchr(c + 4, '\'')) {
		size_t at = (size_t)(c - word);

		word = conv_print(conv, "%.*s'\\'%s", (int)at, word, c);
		c = word + at;
	}
	return conv_print(conv, "'%s'", word);
}

/* The words of a command, cut as keepalived does: only quotes hold a word together. */
static const char *shell_line(struct conv *conv, const char *command, const struct ctl_addr *addr)
{
	char *copy = conv_print(conv, "%s", command), *rest = copy, *word;
	const char *line = "";

	for (;;) {
		char end = ' ';

		rest += strspn(rest, " \t");
		if (!*rest)
			return line;
		if (*rest == '\'' || *rest == '"')
			end = *rest++;
		word = rest;
		rest += end == ' ' ? strcspn(rest, " \t") : strcspn(rest, end == '"' ? "\"" : "'");
		if (*rest)
			*rest++ = '\0';
		line = conv_print(conv, "%s%s%s", line, *line ? " " : "",
				  shell_word(conv, put_place(conv, word, addr)));
	}
}

static void read_misc(const struct checking *checking)
{
	const struct text_node *path = find_word(checking->node, "misc_path");
	const struct text_node *dynamic = find_word(checking->node, "misc_dynamic");
	const struct text_node *timeout = find_word(checking->node, "misc_timeout");
	struct checking misc = *checking;
	const char *line;
	uint32_t seconds;

	misc.times.timeout = misc.times.loop;
	if (timeout && ka_value(misc.conv, timeout) &&
	    !conv_number(misc.conv, &timeout->place, "misc_timeout", timeout->word[1], 1, 3600,
			 &seconds))
		misc.times.timeout = seconds * SECOND;
	if (!path || path->count < 2) {
		leave_check(checking, "it has no misc_path");
		return;
	}
	line = path->word[1];
	if (path->count > 2)
		line = conv_print(misc.conv, "%s %s", line, text_words(misc.conv, path, 2));
	line = shell_line(misc.conv, line, &misc.server->host.addr);
	if (*line != '/') {
		leave_check(checking, "a program is an absolute path");
		return;
	}
	/* for keepalived, 1 is bad, and with misc_dynamic only 1 */
	line = dynamic ? conv_print(misc.conv, "%s; [ $? -ne 1 ] || exit 2", line) :
			 conv_print(misc.conv, "%s || exit 2", line);
	line = quote(misc.conv, line);
	if (line)
		add_check(&misc, conv_print(misc.conv, "exec /bin/sh -c %s", line), 0, SECOND);
	else
		leave_check(checking, "the command has characters that control a terminal");
}

/* ---- kinds */

static const struct kind {
	const char *name;
	void (*read)(const struct checking *checking);
	const char *why;	/* there is none of this kind */
	const char *words[5];	/* that @read looks at */
} kinds[] = {
	{ "HTTP_GET", read_get, NULL, { "url" } },
	{ "SSL_GET", read_ssl, NULL, { "url" } },
	{ "TCP_CHECK", read_tcp, NULL, {} },
	{ "SMTP_CHECK", read_smtp, NULL, { "host" } },
	{ "DNS_CHECK", read_dns, NULL, { "name", "type" } },
	{ "UDP_CHECK", read_udp, NULL, { "payload", "require_reply" } },
	{ "PING_CHECK", read_ping, NULL, {} },
	{ "MISC_CHECK", read_misc, NULL, { "misc_path", "misc_timeout" } },
	{ "FILE_CHECK", NULL,
	  "there is no check of a file; \"slbctl health set\" in a script sets a percentage", {} },
	{ "BFD_CHECK", NULL,
	  "there is no BFD with servers; links have it (\"slbctl link help\")", {} },
};

static bool looks_at(const struct kind *kind, const char *word)
{
	size_t i;

	for (i = 0; i < CTL_COUNT(kind->words) && kind->words[i]; i++)
		if (!strcmp(kind->words[i], word))
			return true;
	return false;
}

/**
 * ka_check() - Read a check of a server.
 * @conv: The conversion.
 * @node: The statement.
 * @server: The server.
 * @times: Times of the server.
 *
 * Return: false if the statement is no check.
 */
bool ka_check(struct conv *conv, const struct text_node *node, struct conv_server *server,
	      const struct ka_times *times)
{
	struct checking checking = {
		.conv = conv, .node = node, .server = server, .times = *times, .port = "",
	};
	const struct text_node *child;
	size_t i;

	for (i = 0; i < CTL_COUNT(kinds); i++)
		if (!strcmp(kinds[i].name, *node->word))
			break;
	if (i == CTL_COUNT(kinds))
		return false;
	if (!kinds[i].read) {
		ka_block(conv, CONV_HEALTH, node, kinds[i].why);
		return true;
	}
	for (child = node->child; child; child = child->next)
		if (!looks_at(&kinds[i], *child->word) &&
		    !ka_times_word(conv, child, &checking.times) &&
		    !read_target(&checking, child))
			leave(&checking, child);
	kinds[i].read(&checking);
	return true;
}
