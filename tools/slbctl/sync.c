// SPDX-License-Identifier: GPL-2.0-only
/* The noun sync: what slb-syncd shows of itself over its Unix socket. */
#include "sync.h"
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "../common/sync_status.h"

#define ANSWER_MAX	(256 * 1024)	/* bytes of the document, far more than it has */
#define ANSWER_TIME	2		/* seconds */

/* ---- the document */

static int open_socket(const char *path)
{
	struct timeval time = { .tv_sec = ANSWER_TIME };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
	if (!connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	return -1;
}

static json_t *read_document(int fd, char *why, size_t len)
{
	char *text = malloc(ANSWER_MAX);
	size_t used = 0;
	json_t *document;
	ssize_t got = 0;
	json_error_t error;

	if (!text)
		return NULL;
	while (used < ANSWER_MAX && (got = read(fd, text + used, ANSWER_MAX - used)) > 0)
		used += (size_t)got;
	document = json_loadb(text, used, 0, &error);
	free(text);
	if (json_is_object(document))
		return document;
	snprintf(why, len, "slb-syncd does not answer as it should");
	json_decref(document);
	return NULL;
}

/**
 * ctl_sync_read() - Ask slb-syncd for its state.
 * @why: Says why there is no answer.
 * @len: Bytes of @why.
 *
 * Return: The document, or NULL.
 */
json_t *ctl_sync_read(char *why, size_t len)
{
	const char *path = getenv("SLB_SYNC_SOCKET");
	json_t *document;
	int fd;

	if (!path)
		path = SLB_SYNC_SOCKET;
	fd = open_socket(path);
	if (fd < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			snprintf(why, len, "slb-syncd does not run");
		else
			snprintf(why, len, "cannot ask slb-syncd at %s: %s", path,
				 strerror(errno));
		return NULL;
	}
	document = read_document(fd, why, len);
	close(fd);
	return document;
}

/**
 * ctl_sync_text() - A text of the document.
 * @object: A part of it.
 * @name: The name of the text.
 *
 * Return: The text, or "".
 */
const char *ctl_sync_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name)) ?: "";
}

/**
 * ctl_sync_number() - A number of the document.
 * @object: A part of it.
 * @name: The name of the number.
 *
 * Return: The number, or 0.
 */
json_int_t ctl_sync_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/**
 * ctl_sync_is() - Is something of the document true?
 * @object: A part of it.
 * @name: Its name.
 *
 * Return: Whether it is there, and true.
 */
bool ctl_sync_is(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* ---- text */

static void put_escaped(const char *text)
{
	char escaped[1024];

	ctl_escape(text, escaped, sizeof(escaped));
	fputs(escaped, stdout);
}

/* Lines of a block on a terminal, words of a line elsewhere. */
static void put_gap(void)
{
	fputs(ctl_out_terminal() ? "\n    " : " ", stdout);
}

static void put_host(const json_t *object)
{
	const char *addr = ctl_sync_text(object, "address");
	bool six = strchr(addr, ':');

	fputs(six ? "[" : "", stdout);
	put_escaped(addr);
	printf("%s:%" JSON_INTEGER_FORMAT, six ? "]" : "", ctl_sync_number(object, "port"));
}

static void put_why(const json_t *object)
{
	const char *why = ctl_sync_text(object, "why");

	if (!*why)
		return;
	fputs(" why \"", stdout);
	put_escaped(why);
	putchar('"');
}

/* All numbers of a part: "sent records 5 batches 1". */
static void put_numbers(const json_t *object, const char *part, bool zeros)
{
	json_t *numbers = json_object_get(object, part), *value;
	bool begun = false;
	const char *name;

	json_object_foreach(numbers, name, value) {
		if (!json_is_integer(value) || (!zeros && !json_integer_value(value)))
			continue;
		if (!begun) {
			put_gap();
			fputs(part, stdout);
		}
		begun = true;
		putchar(' ');
		put_escaped(name);
		printf(" %" JSON_INTEGER_FORMAT, json_integer_value(value));
	}
}

static void put_peer(const json_t *peer)
{
	put_escaped(ctl_sync_text(peer, "name"));
	putchar(' ');
	put_host(peer);
	put_gap();
	fputs("state ", stdout);
	put_escaped(ctl_sync_text(peer, "state"));
	put_why(peer);
	if (json_object_get(peer, "in_sync"))
		printf(" since %" JSON_INTEGER_FORMAT, ctl_sync_number(peer, "in_sync"));
	if (json_object_get(peer, "lag"))
		printf(" lag %" JSON_INTEGER_FORMAT, ctl_sync_number(peer, "lag"));
	/* relays have none */
	if (json_object_get(peer, "heir"))
		printf(" heir %s", ctl_sync_is(peer, "heir") ? "yes" : "no");
	if (ctl_sync_is(peer, "vips_differ"))
		fputs(" vips-differ yes", stdout);
	put_numbers(peer, "sent", true);
	put_numbers(peer, "received", true);
	put_numbers(peer, "refused", ctl_options.stats);
	put_numbers(peer, "connections", true);
	putchar('\n');
}

static void put_self(const json_t *document)
{
	put_escaped(ctl_sync_text(document, "name"));
	printf(" module %s sync-wait %" JSON_INTEGER_FORMAT " behind %s strangers %"
	       JSON_INTEGER_FORMAT "\n", ctl_sync_is(document, "module") ? "yes" : "no",
	       ctl_sync_number(document, "sync_wait"),
	       ctl_sync_is(document, "behind") ? "yes" : "no",
	       ctl_sync_number(document, "strangers"));
}

static void put_text(const json_t *document)
{
	json_t *entry;
	size_t i;

	if (ctl_options.stats)
		put_self(document);
	json_array_foreach(json_object_get(document, "listen"), i, entry) {
		if (!*ctl_sync_text(entry, "why"))
			continue;
		fputs("listen ", stdout);
		put_host(entry);
		put_why(entry);
		putchar('\n');
	}
	json_array_foreach(json_object_get(document, "peers"), i, entry)
		put_peer(entry);
}

/* ---- the command */

static int sync_show(struct ctl_call *call)
{
	int status = ctl_object_begin(call);
	json_t *document;
	char why[256];

	if (status || ctl_options.dry_run)
		return status;
	document = ctl_sync_read(why, sizeof(why));
	if (!document) {
		ctl_say("sync: %s", why);
		return CTL_EXIT_WORDS;
	}
	if (ctl_options.json) {
		ctl_out_begin();
		ctl_out_element(document);
		ctl_out_end();
		return CTL_EXIT_OK;
	}
	put_text(document);
	json_decref(document);
	return CTL_EXIT_OK;
}

static const struct ctl_command sync_commands[] = {
	{ "show", CTL_TAKE_NOTHING, CTL_GET, sync_show, "show the peers of slb-syncd" },
};

const struct ctl_noun ctl_noun_sync = {
	.name = "sync",
	.family = &ctl_slb,
	.object = &ctl_status,
	.commands = sync_commands,
	.command_count = CTL_COUNT(sync_commands),
	.also = true,
	.text = "copies of sessions at other balancers",
};
