// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers one HTTP request for metrics on standard input and output, as inetd or systemd passes a
 * connection.
 *
 * Of the request only the first line and the field Accept are read, with a limit of length and
 * time. The end of the answer is that of the connection.
 */
#include "metrics.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_LEN	8192	/* bytes of a request without its body */
#define READ_MS		5000	/* time to send them in */
#define WRITE_S		10	/* time in which a part of the answer must be taken */

static const char text_type[] = "text/plain; version=0.0.4; charset=utf-8";
static const char open_type[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static bool head_ends(const char *head)
{
	return strstr(head, "\r\n\r\n") || strstr(head, "\n\n");
}

/* Return: 0 when the head is complete, the status to answer with, or -1: there is nobody. */
static int read_head(char *head)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t end = now_ms() + READ_MS, left;
	size_t used = 0;
	ssize_t got;

	head[0] = '\0';
	while (!head_ends(head)) {
		left = end - now_ms();
		if (left <= 0 || poll(&fd, 1, (int)left) == 0)
			return 408;
		if (used == HEAD_LEN)
			return 431;
		got = read(STDIN_FILENO, head + used, HEAD_LEN - used);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return used ? 400 : -1;
		used += (size_t)got;
		head[used] = '\0';
		if (memchr(head, '\0', used))
			return 400;
	}
	return 0;
}

/* Splits the first line; what follows a question mark in the path is ignored. */
static int read_line(char *head, bool *body)
{
	char *path = strchr(head, ' '), *version;
	size_t len;

	head[strcspn(head, "\r\n")] = '\0';
	if (!path || path > head + strlen(head))
		return 400;
	*path++ = '\0';
	version = strchr(path, ' ');
	if (!version || strncmp(version, " HTTP/1.", strlen(" HTTP/1.")))
		return 400;
	*version = '\0';
	len = strcspn(path, "?");
	if (len != strlen("/metrics") || strncmp(path, "/metrics", len))
		return 404;
	*body = strcmp(head, "HEAD");
	return strcmp(head, "GET") && *body ? 405 : 0;
}

/* Does a field Accept have OpenMetrics in it? */
static bool accepts_open(const char *fields)
{
	static const char name[] = "\naccept:", type[] = "application/openmetrics-text";
	const char *line, *at;

	for (line = strchr(fields, '\n'); line; line = strchr(line + 1, '\n')) {
		if (strncasecmp(line, name, strlen(name)))
			continue;
		for (at = line + 1; *at && *at != '\n'; at++)
			if (!strncasecmp(at, type, strlen(type)))
				return true;
	}
	return false;
}

static void answer(int code, const char *text, const char *type)
{
	printf("HTTP/1.0 %d %s\r\nContent-Type: %s\r\nConnection: close\r\n%s\r\n", code, text,
	       type, code == 405 ? "Allow: GET, HEAD\r\n" : "");
}

static const char *reason(int code)
{
	switch (code) {
	case 400: return "Bad Request";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 408: return "Request Timeout";
	case 431: return "Request Header Fields Too Large";
	default: return "Service Unavailable";
	}
}

static int refuse(int code)
{
	answer(code, reason(code), "text/plain; charset=utf-8");
	printf("%s\n", code == 404 ? "The metrics are at /metrics." : reason(code));
	return CTL_EXIT_OK;
}

/**
 * metrics_http() - Answer one request.
 * @set: Which metrics are wanted.
 *
 * Return: Exit status; 0 when the client was at fault.
 */
int metrics_http(struct metric_set *set)
{
	static char head[HEAD_LEN + 1];
	struct timeval patience = { .tv_sec = WRITE_S };
	bool body = true;
	int status, code;
	char *fields;

	/* fails when it is no socket */
	setsockopt(STDOUT_FILENO, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	code = read_head(head);
	if (code < 0)
		return CTL_EXIT_OK;
	fields = strchr(head, '\n');
	set->open = !code && accepts_open(fields);
	if (!code)
		code = read_line(head, &body);
	if (code)
		return refuse(code);
	status = metrics_gather(set);
	if (status) {
		refuse(503);
	} else {
		answer(200, "OK", set->open ? open_type : text_type);
		if (body)
			metrics_put(stdout, set);
	}
	metrics_free(set);
	return status;
}
