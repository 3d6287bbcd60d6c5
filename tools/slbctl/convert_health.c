// SPDX-License-Identifier: GPL-2.0-only
/* Checks of servers become lines of health.conf, which are for all servers of a group. */
#include "convert.h"

#include <string.h>

#define MS_MIN		10
#define MS_MAX		3600000
#define TIMES_MAX	1000

static struct conv_check *find(const struct conv_server *server, const char *type)
{
	struct conv_check *check;

	for (check = server->check; check; check = check->next)
		if (!strcmp(check->type, type))
			return check;
	return NULL;
}

/* Servers that say sorry are not checked by IPVS's daemons. */
static void count_servers(const struct conv_service *service, const char *type, uint32_t *all,
			  uint32_t *checked)
{
	const struct conv_server *server;
	struct conv_check *check;

	*all = 0;
	*checked = 0;
	for (server = service->server; server; server = server->next) {
		if (server->role == CONV_SORRY)
			continue;
		++*all;
		check = find(server, type);
		if (!check)
			continue;
		check->done = true;
		++*checked;
	}
}

static uint32_t within(uint32_t value, uint32_t min, uint32_t max)
{
	return value < min ? min : value > max ? max : value;
}

static const char *times(struct conv *conv, const struct conv_check *check)
{
	uint32_t interval = within(check->interval, MS_MIN, MS_MAX);
	uint32_t timeout = within(check->timeout, 1, interval);
	uint32_t fast = within(check->fast, MS_MIN, interval);

	if (timeout != check->timeout)
		conv_note(conv, CONV_HEALTH, &check->place,
			  "a timeout is at most the interval: %u ms instead of %u ms", timeout,
			  check->timeout);
	return conv_print(conv, "interval %u fast-interval %u timeout %u rise 1 fall %u", interval,
			  fast, timeout, within(check->fall, 1, TIMES_MAX));
}

static bool same_times(const struct conv_service *service, const struct conv_check *check)
{
	const struct conv_server *server;
	const struct conv_check *other;

	for (server = service->server; server; server = server->next) {
		other = find(server, check->type);
		if (other && (other->interval != check->interval || other->fast != check->fast ||
			      other->timeout != check->timeout || other->fall != check->fall))
			return false;
	}
	return true;
}

static void put_check(struct conv *conv, const struct conv_service *service,
		      const struct conv_check *check, const char *group)
{
	const char *when = times(conv, check), *line;
	uint32_t all, checked;

	line = check->command ? conv_print(conv, "check %s %s %s", group, when, check->type) :
				conv_print(conv, "check %s %s %s", group, check->type, when);
	count_servers(service, check->type, &all, &checked);
	if (checked < all) {
		conv_left(conv, CONV_HEALTH, &check->place, check->type,
			  "%u of %u servers have it, and a check is for all of a group. For all it is:",
			  checked, all);
		fprintf(conv->out, "#%s\n", line);
		return;
	}
	if (!same_times(service, check))
		conv_note(conv, CONV_HEALTH, &check->place,
			  "other servers have other times: a group has those of its first server");
	fprintf(conv->out, "%s\n", line);
}

static void note_sorry(struct conv *conv, const struct conv_service *service)
{
	const struct conv_server *server;

	for (server = service->server; server; server = server->next)
		if (server->role == CONV_SORRY)
			break;
	if (!server || conv->sorry)
		return;
	conv->sorry = true;
	conv_note(conv, CONV_HEALTH, &server->place,
		  "a sorry server belongs to the group: it has to pass the checks, too");
}

/**
 * conv_checks() - Write the checks of a service.
 * @conv: The conversion.
 * @service: The service.
 * @group: Name of its group.
 */
void conv_checks(struct conv *conv, const struct conv_service *service, const char *group)
{
	const struct conv_server *server;
	const struct conv_check *check;
	bool any = false;

	for (server = service->server; server; server = server->next) {
		for (check = server->check; check; check = check->next) {
			if (!check->done)
				put_check(conv, service, check, group);
			any = true;
		}
	}
	if (any)
		note_sorry(conv, service);
}
