// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state for operators: a JSON document for each connection to a Unix socket. Anybody may read
 * it, as monitoring does without root: it has names, addresses and counters, no sessions.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "address.h"
#include "listen.h"

#define BACKLOG		16

static struct dm_watch watch = { .fd = -1 };
static struct sockaddr_un place = { .sun_family = AF_UNIX };

/* ---- the document */

static void put_text(FILE *file, const char *name, const char *text)
{
	const unsigned char *c;

	fprintf(file, "\"%s\":\"", name);
	for (c = (const unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c > '~')
			fputc('?', file);
		else
			fprintf(file, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	}
	fputc('"', file);
}

static void put_bool(FILE *file, const char *name, bool value)
{
	fprintf(file, ",\"%s\":%s", name, value ? "true" : "false");
}

static void put_addr(FILE *file, const struct ctl_addr *addr, uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	put_text(file, "address", dm_addr_text(addr, text, sizeof(text)));
	fprintf(file, ",\"port\":%u", port);
}

static void put_counts(FILE *file, const struct sy_count *count)
{
	int i;

	fprintf(file, ",\"sent\":{\"records\":%" PRIu64 ",\"batches\":%" PRIu64
		",\"bulks\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"lost\":%" PRIu64 "}",
		count->records, count->batches, count->bulks, count->refused, count->lost);
	fprintf(file, ",\"received\":{\"records\":%" PRIu64 ",\"batches\":%" PRIu64
		",\"bulks\":%" PRIu64 ",\"added\":%" PRIu64 ",\"updated\":%" PRIu64
		",\"ended\":%" PRIu64 ",\"swept\":%" PRIu64 ",\"failed\":%" PRIu64 "}",
		count->in_records, count->in_batches, count->in_bulks, count->taken.added,
		count->taken.updated, count->taken.ended, count->swept, count->failed);
	fputs(",\"refused\":{", file);
	for (i = 0; i < SY_REFUSALS; i++)
		fprintf(file, "%s\"%s\":%" PRIu64, i ? "," : "", sy_refusal_names[i],
			count->taken.refused[i]);
	fprintf(file, "},\"connections\":{\"made\":%" PRIu64 ",\"dropped\":%" PRIu64
		",\"invalid\":%" PRIu64 "}", count->connects, count->dropped, count->invalid);
}

static void put_peer(FILE *file, const struct sy_peer *peer)
{
	fputc('{', file);
	put_text(file, "name", peer->node.name);
	fputc(',', file);
	put_addr(file, &peer->node.addr, peer->node.port);
	fputc(',', file);
	put_text(file, "state", sy_state_names[sy_peer_state(peer)]);
	if (*peer->why) {
		fputc(',', file);
		put_text(file, "why", peer->why);
	}
	if (peer->synced)
		fprintf(file, ",\"in_sync\":%" PRIu64, (dm_now() - peer->synced) / 1000);
	if (peer->greeted) {
		fprintf(file, ",\"lag\":%" PRIu64, sy_peer_lag(peer));
		if (sy_role == SY_BALANCER)
			put_bool(file, "heir", sy_peer_is_heir(peer));
		put_bool(file, "vips_differ", peer->hello.vips_id != sy_self.vips_id);
	}
	put_counts(file, &peer->count);
	fputc('}', file);
}

static void put_listener(FILE *file, const struct sy_listen *listener)
{
	fputc('{', file);
	put_addr(file, &listener->address.addr, listener->address.port);
	fputc(',', file);
	put_text(file, "dev", listener->dev);
	if (*listener->why) {
		fputc(',', file);
		put_text(file, "why", listener->why);
	}
	fputc('}', file);
}

/* Do peers that are connected, or in sync, adopt all of a range? */
static bool is_covered(const struct slb_sync_range *range, bool synced)
{
	const struct sy_ranges *by[SY_PEERS_MAX];
	size_t i, count = 0;

	for (i = 0; i < sy_peer_count; i++)
		if (sy_peers[i]->greeted && (!synced || sy_peers[i]->synced))
			by[count++] = &sy_peers[i]->hello.adopted;
	return sy_range_covered(range, by, count);
}

static void put_range(FILE *file, const struct slb_sync_range *range)
{
	char text[2 * INET6_ADDRSTRLEN];

	fputc('{', file);
	put_text(file, "range", sy_range_text(range, text, sizeof(text)));
	put_bool(file, "adopted", is_covered(range, false));
	put_bool(file, "in_sync", is_covered(range, true));
	fputc('}', file);
}

static void put_all(FILE *file)
{
	size_t i;

	fputc('{', file);
	put_text(file, "name", sy_name);
	fputc(',', file);
	put_text(file, "role", sy_role == SY_RELAY ? "relay" : "balancer");
	put_bool(file, "module", sy_self.loaded);
	put_bool(file, "up", sy_self.up);
	put_bool(file, "behind", sy_behind);
	fprintf(file, ",\"sync_wait\":%u,\"strangers\":%" PRIu64, sy_self.wait, sy_strangers);
	fputs(",\"listen\":[", file);
	for (i = 0; i < sy_listen_count; i++) {
		fputs(i ? "," : "", file);
		put_listener(file, &sy_listens[i]);
	}
	fputs("],\"ranges\":[", file);
	for (i = 0; i < sy_self.own.count; i++) {
		fputs(i ? "," : "", file);
		put_range(file, &sy_self.own.range[i]);
	}
	fputs("],\"peers\":[", file);
	for (i = 0; i < sy_peer_count; i++) {
		fputs(i ? "," : "", file);
		put_peer(file, sy_peers[i]);
	}
	fputs("]}\n", file);
}

/* ---- the socket */

/* The document is smaller than the buffer of a socket: nobody can make the daemon wait. */
static void answer(int fd)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		return;
	put_all(file);
	if (!fclose(file))
		send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	free(text);
}

static void status_ready(struct dm_watch *ready, uint32_t events)
{
	int fd = accept4(ready->fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	answer(fd);
	close(fd);
}

/**
 * sy_status_open() - Begin to show the state.
 * @path: The socket; one that an earlier run has left is replaced.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_status_open(const char *path)
{
	int fd;

	if (strlen(path) >= sizeof(place.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(place.sun_path, path);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&place, sizeof(place)) || chmod(path, 0666) ||
	    listen(fd, BACKLOG)) {
		close(fd);
		return -1;
	}
	watch.ready = status_ready;
	return dm_watch_open(&watch, fd, EPOLLIN);
}

/**
 * sy_status_close() - Show the state no longer.
 */
void sy_status_close(void)
{
	dm_watch_close(&watch);
	unlink(place.sun_path);
}
