// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes the simulated kernel of a test, or shows it.
 *
 *	fake FILE init OWN [ADOPTED]	a new one, with these local addresses
 *	fake FILE put FIRST COUNT	own sessions, by their local ports
 *	fake FILE move FIRST COUNT	adopted sessions had a packet here
 *	fake FILE end FIRST COUNT	own sessions end
 *	fake FILE lose			the log is overwritten
 *	fake FILE restart		all sessions are gone, and it lacks them
 *	fake FILE set NAME VALUE	wait, unloaded, behind, down, refuses, vips-id
 *	fake FILE get NAME		the same, and fed, swept, bulks, own, adopted, copies
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake.h"

static struct fake *fake;

static int map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || ftruncate(fd, sizeof(*fake)))
		return -1;
	fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return fake == MAP_FAILED ? -1 : 0;
}

static void set_range(struct slb_sync_range *range, const char *word)
{
	range->family = 4;
	inet_pton(AF_INET, word, range->first);
	inet_pton(AF_INET, word, range->last);
}

static void write_log(const struct slb_sync_record *record, uint8_t what)
{
	struct slb_sync_record *entry = &fake->log[fake->next % FAKE_LOG];

	*entry = *record;
	entry->what = what;
	__atomic_store_n(&fake->next, fake->next + 1, __ATOMIC_RELEASE);
}

static void put(struct fake_session *session, unsigned int port)
{
	struct slb_sync_record *record = &session->record;

	memset(session, 0, sizeof(*session));
	record->family = 4;
	record->proto = 6;
	record->what = SLB_SYNC_STATE;
	record->flags = htons(SLB_SYNC_LIVE);
	memcpy(record->local, fake->own.first, 4);
	record->local_port = htons((uint16_t)port);
	session->used = 1;
	write_log(record, SLB_SYNC_STATE);
}

static void move(struct fake_session *session)
{
	if (!session->used)
		return;
	session->standby = 0;
	session->record.flags = htons(SLB_SYNC_LIVE);
	write_log(&session->record, SLB_SYNC_STATE);
}

static void change(const char *how, unsigned int first, unsigned int count)
{
	for (; count; first++, count--) {
		struct fake_session *own = &fake->session[FAKE_OWN][first];

		if (!strcmp(how, "put")) {
			put(own, first);
		} else if (!strcmp(how, "move")) {
			move(&fake->session[FAKE_ADOPTED][first]);
		} else if (own->used) {
			own->used = 0;
			write_log(&own->record, SLB_SYNC_END);
		}
	}
}

static uint32_t *field(const char *name)
{
	return !strcmp(name, "wait") ? &fake->wait : !strcmp(name, "unloaded") ? &fake->unloaded :
	       !strcmp(name, "behind") ? &fake->behind :
	       !strcmp(name, "down") ? &fake->down : !strcmp(name, "refuses") ? &fake->refuses :
	       !strcmp(name, "vips-id") ? &fake->vips_id : NULL;
}

static unsigned long count(enum fake_table table, int standby)
{
	unsigned long n = 0, i;

	for (i = 0; i < FAKE_PORTS; i++)
		n += fake->session[table][i].used &&
		     (standby < 0 || fake->session[table][i].standby == standby);
	return n;
}

static unsigned long get(const char *name)
{
	const uint32_t *place = field(name);

	if (place)
		return *place;
	return !strcmp(name, "fed") ? fake->fed : !strcmp(name, "swept") ? fake->swept :
	       !strcmp(name, "bulks") ? fake->bulks : !strcmp(name, "own") ? count(FAKE_OWN, -1) :
	       !strcmp(name, "adopted") ? count(FAKE_ADOPTED, -1) : count(FAKE_ADOPTED, 1);
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "", *word = argc > 3 ? argv[3] : NULL;

	if (argc < 3 || map(argv[1]))
		return 1;
	if (!strcmp(how, "init")) {
		memset(fake, 0, sizeof(*fake));
		fake->wait = 30;
		fake->next = 1;
		set_range(&fake->own, word);
		if (argc > 4)
			set_range(&fake->adopted, argv[4]);
	} else if (!strcmp(how, "get")) {
		printf("%lu\n", get(word));
	} else if (!strcmp(how, "set")) {
		*field(word) = (uint32_t)strtoul(argv[4], NULL, 10);
	} else if (!strcmp(how, "lose")) {
		fake->next += FAKE_LOG + 1;
	} else if (!strcmp(how, "restart")) {
		memset(fake->session, 0, sizeof(fake->session));
		fake->behind = 1;
	} else {
		change(how, (unsigned int)atoi(word), (unsigned int)atoi(argv[4]));
	}
	return 0;
}
