// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the routes in the table what the relay wants, after the pauses of the configuration. Routes
 * of a daemon before this one are taken over.
 */
#include "routes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "loop.h"
#include "say.h"
#include "table.h"

#define AGAIN	30000	/* milliseconds: what somebody else has changed is put right */
#define SAID_MAX	20	/* changes at a time that are logged one by one */
#define RETRY	1000	/* milliseconds: after an error */

/**
 * struct entry - A prefix that is wanted, or has a route.
 * @prefix: The prefix.
 * @known: The relay has it; else the route is a stray.
 * @usable: A route is wanted.
 * @there: There is one.
 * @since: When @usable last changed, in milliseconds of dm_now().
 * @error: The latest error that has been logged.
 */
struct entry {
	struct ro_prefix prefix;
	bool known;
	bool usable;
	bool there;
	uint64_t since;
	int error;
};

static struct {
	struct ro_config config;
	struct ro_wants have;		/* as read from the table */
	struct entry *entry, *next;	/* in order; @next is of as many */
	size_t count, room;
	bool announce;
	bool read;			/* the table has been read */
	bool followed;			/* so has the relay */
	uint64_t later;			/* when a pause ends */
	size_t there;
	size_t changes;			/* in this pass */
	struct dm_timer again, apply;
	struct dm_limit limit;
} routes;

/* ---- entries */

static int reserve(size_t room)
{
	struct entry *entry, *next;

	if (room <= routes.room)
		return 0;
	entry = reallocarray(routes.entry, room, sizeof(*entry));
	if (!entry)
		return -1;
	routes.entry = entry;
	next = reallocarray(routes.next, room, sizeof(*next));
	if (!next)
		return -1;
	routes.next = next;
	routes.room = room;
	return 0;
}

/* An entry that the relay has, from @was or a new one. */
static struct entry known(const struct ro_want *want, const struct entry *was)
{
	struct entry entry = { .prefix = want->prefix };

	if (was)
		entry = *was;
	/* a new one has been unusable until now, but a route that is there has been usable */
	if (!entry.known && !entry.there)
		entry.usable = false;
	if (!entry.known && entry.there)
		entry.usable = true;
	if (entry.usable != want->usable || !entry.known)
		entry.since = dm_now();
	entry.known = true;
	entry.usable = want->usable;
	return entry;
}

/* Both lists are in order. */
static int merge_wanted(const struct ro_wants *wants)
{
	size_t i = 0, j = 0, count = 0;
	struct entry *swap;

	if (reserve(routes.count + wants->count))
		return -1;
	while (i < routes.count || j < wants->count) {
		int by = i == routes.count ? 1 : j == wants->count ? -1 :
			 ro_prefix_compare(&routes.entry[i].prefix, &wants->want[j].prefix);

		if (by >= 0) {
			routes.next[count++] = known(&wants->want[j++],
						     by ? NULL : &routes.entry[i]);
			i += !by;
			continue;
		}
		if (routes.entry[i].there) {
			routes.next[count] = routes.entry[i];
			routes.next[count].known = false;
			routes.next[count++].usable = false;
		}
		i++;
	}
	swap = routes.entry;
	routes.entry = routes.next;
	routes.next = swap;
	routes.count = count;
	return 0;
}

/* Note which routes there are: after the start, and when somebody may have changed them. */
static int merge_there(void)
{
	size_t i = 0, j = 0, count = 0;
	struct entry *swap;

	if (reserve(routes.count + routes.have.count))
		return -1;
	while (i < routes.count || j < routes.have.count) {
		int by = i == routes.count ? 1 : j == routes.have.count ? -1 :
			 ro_prefix_compare(&routes.entry[i].prefix, &routes.have.want[j].prefix);
		struct entry entry = { 0 };

		if (by <= 0)
			entry = routes.entry[i];
		else
			entry.prefix = routes.have.want[j].prefix;
		entry.there = by >= 0;
		i += by <= 0;
		j += by >= 0;
		routes.next[count++] = entry;
	}
	swap = routes.entry;
	routes.entry = routes.next;
	routes.next = swap;
	routes.count = count;
	return 0;
}

/* ---- changes */

static void change(struct entry *entry, bool add)
{
	char text[RO_PREFIX_TEXT];
	int error = ro_table_change(routes.config.table, (uint8_t)routes.config.protocol,
				    &entry->prefix, add);

	if (error && error != entry->error && dm_limit_pass(&routes.limit))
		dm_say(LOG_ERR, "cannot %s the route to %s: %s", add ? "add" : "delete",
		       ro_prefix_text(&entry->prefix, text),
		       error == EEXIST ? "somebody else has one in the table" : strerror(error));
	entry->error = error;
	if (error) {
		if (routes.later > dm_now() + RETRY)
			routes.later = dm_now() + RETRY;
		return;
	}
	entry->there = add;
	if (routes.changes++ < SAID_MAX)
		dm_say(LOG_INFO, "%s %s", add ? "announced" : "withdrawn",
		       ro_prefix_text(&entry->prefix, text));
}

/* When should the route of an entry be changed? */
static uint64_t due(const struct entry *entry, bool wanted)
{
	/* the operator, and an end of the configuration, do not wait */
	if (!entry->known || !routes.announce)
		return 0;
	return entry->since + (wanted ? routes.config.announce_after :
					routes.config.withdraw_after);
}

static void apply(struct entry *entry)
{
	bool wanted = entry->known && entry->usable && routes.announce;
	uint64_t at;

	if (entry->there == wanted)
		return;
	at = due(entry, wanted);
	if (at <= dm_now())
		change(entry, wanted);
	else if (at < routes.later)
		routes.later = at;
}

static void apply_all(void)
{
	size_t i;

	if (!routes.read || !routes.followed)
		return;
	routes.later = UINT64_MAX;
	routes.there = 0;
	routes.changes = 0;
	for (i = 0; i < routes.count; i++) {
		apply(&routes.entry[i]);
		routes.there += routes.entry[i].there;
	}
	if (routes.changes > SAID_MAX)
		dm_say(LOG_INFO, "%zu more routes were changed: %zu are announced",
		       routes.changes - SAID_MAX, routes.there);
	if (routes.later != UINT64_MAX)
		dm_timer_set(&routes.apply, routes.later);
}

static void on_apply(struct dm_timer *timer)
{
	(void)timer;
	apply_all();
}

/* ---- reading */

static int read_table(void)
{
	int error = ro_table_read(routes.config.table, (uint8_t)routes.config.protocol,
				  &routes.have);

	if (!error && merge_there())
		error = ENOMEM;
	if (!error)
		routes.read = true;
	else if (dm_limit_pass(&routes.limit))
		dm_say(LOG_ERR, "cannot read table %u: %s", routes.config.table, strerror(error));
	return error;
}

static void on_again(struct dm_timer *timer)
{
	int error = read_table();

	dm_timer_set(timer, dm_now() + (error ? RETRY : AGAIN));
	if (!error)
		apply_all();
}

/**
 * ro_routes_follow() - Make the routes what the relay wants now.
 * @relay: The relay.
 */
void ro_routes_follow(const struct ro_relay *relay)
{
	bool announce = relay->loaded && relay->announce;

	if (merge_wanted(&relay->wants)) {
		if (dm_limit_pass(&routes.limit))
			dm_say(LOG_ERR, "no memory for %zu prefixes", relay->wants.count);
		return;
	}
	if (routes.followed && relay->loaded && announce != routes.announce)
		dm_say(LOG_NOTICE, "announce is %s", announce ? "yes" : "no: all routes are withdrawn");
	routes.announce = announce;
	routes.followed = true;
	apply_all();
}

/* Delete all routes: the table or the protocol changes. */
static void leave(void)
{
	bool announce = routes.announce;

	routes.announce = false;
	apply_all();
	routes.announce = announce;
}

/**
 * ro_routes_use() - Use another configuration.
 * @config: The configuration.
 *
 * Routes move to another table only when they are gone from the old one.
 */
void ro_routes_use(const struct ro_config *config)
{
	bool moves = config->table != routes.config.table ||
		     config->protocol != routes.config.protocol;

	if (moves)
		leave();
	routes.config = *config;
	if (moves)
		read_table();
	apply_all();
}

/**
 * ro_routes_describe() - All routes in one line.
 * @text: Where to put it.
 * @len: Bytes of @text.
 */
void ro_routes_describe(char *text, size_t len)
{
	size_t i, count = 0;

	for (i = 0; i < routes.count; i++)
		count += routes.entry[i].known;
	snprintf(text, len, "%zu of %zu prefixes announced%s", routes.there, count,
		 routes.announce ? "" : ": announce is no, or the module is not loaded");
}

/**
 * ro_routes_open() - Take over the routes that there are.
 * @config: The configuration.
 *
 * Return: 0, or -1 with errno set.
 */
int ro_routes_open(const struct ro_config *config)
{
	if (ro_table_open())
		return -1;
	routes.config = *config;
	routes.again.run = on_again;
	routes.apply.run = on_apply;
	on_again(&routes.again);
	return 0;
}
