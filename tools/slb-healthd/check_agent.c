// SPDX-License-Identifier: GPL-2.0-only
/* Checks by an agent on the server: one line with the words of HAProxy's agent-check. */
#include "target.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "address.h"

#define LINE_LEN	256

/* What a line says. */
struct speech {
	bool down;
	bool said;		/* has a word that is known */
	char word[16];
	const char *reason;	/* after "#" */
};

static void read_percent(struct hd_target *target, const char *word, struct speech *speech)
{
	char *end;
	unsigned long percent = strtoul(word, &end, 10);

	if (end == word || strcmp(end, "%"))
		return;
	target->percent = percent > 100 ? 100 : (uint32_t)percent;
	speech->said = true;
}

static void read_word(struct hd_target *target, const char *word, struct speech *speech)
{
	static const char *const drains[] = { "drain", "maint" };
	static const char *const downs[] = { "down", "stopped", "fail" };
	size_t i;

	for (i = 0; i < sizeof(downs) / sizeof(downs[0]); i++) {
		if (strcasecmp(word, downs[i]))
			continue;
		speech->down = true;
		speech->said = true;
		snprintf(speech->word, sizeof(speech->word), "%s", downs[i]);
	}
	for (i = 0; i < sizeof(drains) / sizeof(drains[0]); i++) {
		if (strcasecmp(word, drains[i]))
			continue;
		target->drain = drains[i];
		speech->said = true;
	}
	if (!strcasecmp(word, "up") || !strcasecmp(word, "ready")) {
		/* Ready is what ends drain and maint; up says that the server works. */
		if (!strcasecmp(word, "ready"))
			target->drain = NULL;
		speech->said = true;
	}
	if (isdigit((unsigned char)*word))
		read_percent(target, word, speech);
}

static void read_line(struct hd_target *target, char *line)
{
	struct speech speech = { .reason = "" };
	char *word, *rest = line;
	uint32_t before = target->percent;

	line[strcspn(line, "\r\n")] = '\0';
	word = strchr(line, '#');
	if (word) {
		*word++ = '\0';
		speech.reason = word + strspn(word, " \t");
	}
	while ((word = strtok_r(rest, " \t,;", &rest)))
		read_word(target, word, &speech);
	if (!speech.said) {
		target->percent = before;
		hd_target_done(target, HD_NOTHING, "the line has no word that is known");
		return;
	}
	if (speech.down)
		hd_target_done(target, HD_BAD, "%s%s%s", speech.word, *speech.reason ? ": " : "",
			       speech.reason);
	else
		hd_target_done(target, HD_GOOD, "%s", target->drain ? target->drain : "");
}

/* A line without an end, from an agent that closes the connection after it, counts. */
static void agent_read(struct hd_target *target)
{
	char line[LINE_LEN + 1];
	ssize_t len = recv(target->watch.fd, line, LINE_LEN, MSG_PEEK);

	if (len < 0) {
		if (errno != EAGAIN)
			hd_target_failed(target, errno);
		return;
	}
	line[len] = '\0';
	if (!len) {
		hd_target_done(target, HD_BAD, "the agent says nothing");
	} else if (strchr(line, '\n') || len == LINE_LEN || target->own) {
		target->own = NULL;
		read_line(target, line);
	}
}

static void agent_ready(struct dm_watch *watch, uint32_t events)
{
	struct hd_target *target = DM_OF(watch, struct hd_target, watch);
	int error = events & EPOLLERR ? dm_socket_error(watch->fd) : 0;

	if (error) {
		hd_target_failed(target, error);
		return;
	}
	/* Not NULL: all that comes has come. */
	target->own = events & (EPOLLRDHUP | EPOLLHUP) ? target : NULL;
	agent_read(target);
}

static void agent_start(struct hd_target *target)
{
	target->watch.ready = agent_ready;
	target->own = NULL;
	/* Edges: what is only peeked at stays readable. */
	if (hd_target_connect(target, SOCK_STREAM, 0, EPOLLIN | EPOLLRDHUP | EPOLLET))
		hd_target_failed(target, errno);
}

static void agent_stop(struct hd_target *target)
{
	dm_watch_close(&target->watch);
}

const struct hd_kind hd_kind_agent = {
	.start = agent_start,
	.stop = agent_stop,
};
