// SPDX-License-Identifier: GPL-2.0-only
/* Targets: when each is checked, and what becomes of the results. */
#include "target.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "server.h"

#define BUCKETS		16384

static struct hd_target *table[BUCKETS];

static const struct hd_kind *const kinds[HD_TYPES] = {
	[HD_TCP] = &hd_kind_tcp,
	[HD_HTTP] = &hd_kind_http,
	[HD_HTTPS] = &hd_kind_http,
	[HD_UDP] = &hd_kind_udp,
	[HD_DNS] = &hd_kind_dns,
	[HD_ICMP] = &hd_kind_icmp,
	[HD_AGENT] = &hd_kind_agent,
	[HD_EXEC] = &hd_kind_exec,
};

/* ---- time */

/**
 * hd_target_plan() - Check a target later.
 * @target: The target; no check of it runs.
 * @at: When, in milliseconds of dm_now(); may be in the past.
 */
void hd_target_plan(struct hd_target *target, uint64_t at)
{
	uint32_t grid = target->check->interval >= 1000 ? HD_GRID : 1;

	if (at < dm_now())
		at = dm_now();
	dm_timer_set(&target->timer, (at + grid - 1) / grid * grid);
}

/* When is something to be done about a check that has not ended? */
static void set_patience(struct hd_target *target)
{
	uint32_t patience = target->check->timeout;

	if (target->check->fast_interval < patience && hd_turns_wait(target))
		patience = target->check->fast_interval;
	dm_timer_set(&target->timer, target->started + patience);
}

/**
 * hd_target_begun() - A check that had to wait begins: its time runs from now on.
 * @target: The target.
 */
void hd_target_begun(struct hd_target *target)
{
	target->started = dm_now();
	set_patience(target);
}

static void start(struct hd_target *target)
{
	target->running = true;
	target->number++;
	target->started = dm_now();
	if (!target->kind->queued)
		set_patience(target);
	target->kind->start(target);
}

static void on_timer(struct dm_timer *timer)
{
	struct hd_target *target = DM_OF(timer, struct hd_target, timer);

	if (!target->running) {
		start(target);
		return;
	}
	if (dm_now() < target->started + target->check->timeout) {
		dm_timer_set(timer, target->started + target->check->timeout);
		hd_turns_late(target);
		return;
	}
	target->kind->stop(target);
	/* A program that hangs says nothing about the server. */
	hd_target_done(target, target->check->type == HD_EXEC ? HD_NOTHING : HD_BAD, "timeout");
}

/**
 * hd_target_look() - Look at once, as something is wrong; unless a check runs.
 * @target: The target.
 */
void hd_target_look(struct hd_target *target)
{
	if (target->running)
		return;
	target->hurried = true;
	dm_timer_set(&target->timer, dm_now());
}

/* ---- results */

static void tell_servers(const struct hd_target *target)
{
	struct hd_use *use;

	for (use = target->uses; use; use = use->next)
		hd_server_judge(use->server);
}

/* Some wait for any good result, to be sure of what they are to say. */
static void tell_waiting(const struct hd_target *target)
{
	struct hd_use *use;

	for (use = target->uses; use; use = use->next)
		if (use->server->waiting)
			hd_server_judge(use->server);
}

static bool share_changed(struct hd_target *target)
{
	uint32_t before = target->share;

	target->share = target->drain ? 0 : target->percent;
	return target->share != before;
}

static void count_unsaid(struct hd_target *target, enum hd_result result)
{
	if (result != HD_NOTHING) {
		target->unsaid = 0;
		return;
	}
	if (!target->unsaid++)
		target->unsaid_since = target->started;
}

/* @why_new: what the check has found is the first reason of the target. */
static void finish(struct hd_target *target, enum hd_result result, bool why_new)
{
	const struct hd_check *check = target->check;
	uint32_t before = target->unsaid;
	bool tell;

	target->running = false;
	dm_watch_close(&target->watch);
	count_unsaid(target, result);
	tell = hd_state_result(&target->state, result, check->rise, check->fall);
	if (result == HD_GOOD)
		target->good_at = target->started;
	if (tell && target->state.health == HD_DOWN)
		target->down_at = dm_now();
	if (share_changed(target) || !before != !target->unsaid)
		tell = true;
	/* It was down before it had this check, perhaps for another reason. */
	if (why_new && target->state.health == HD_DOWN)
		tell = true;
	hd_turns_next(target);
	if (tell)
		tell_servers(target);
	else if (result == HD_GOOD)
		tell_waiting(target);
}

/**
 * hd_target_good() - A check has ended well, and there is nothing to say.
 * @target: The target.
 */
void hd_target_good(struct hd_target *target)
{
	target->why[0] = '\0';
	finish(target, HD_GOOD, false);
}

/**
 * hd_target_done() - A check has ended.
 * @target: The target.
 * @result: What the check has found.
 * @format: Why, as for printf(); empty when there is nothing to say.
 */
void hd_target_done(struct hd_target *target, enum hd_result result, const char *format, ...)
{
	bool why_new = !*target->why;
	va_list args;

	va_start(args, format);
	vsnprintf(target->why, sizeof(target->why), format, args);
	va_end(args);
	finish(target, result, why_new);
}

/**
 * hd_target_failed() - A check could not begin, or its connection failed.
 * @target: The target.
 * @error: Positive errno.
 *
 * A fault of this host, such as a missing route, says nothing about the server.
 */
void hd_target_failed(struct hd_target *target, int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case EPIPE:
	case EPROTO:
	case ETIMEDOUT:
		hd_target_done(target, HD_BAD, "%s", strerror(error));
		return;
	}
	hd_target_done(target, HD_NOTHING, "cannot check: %s", strerror(error));
}

/* ---- the table */

static size_t bucket(const struct hd_check *check, const struct ctl_addr *addr, uint16_t port)
{
	size_t hash = 14695981039346656037UL, i;
	const char *c;

	for (c = check->key; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211UL;
	for (i = 0; i < ctl_addr_len(addr); i++)
		hash = (hash ^ addr->bytes[i]) * 1099511628211UL;
	hash = (hash ^ port) * 1099511628211UL;
	return (hash ^ hash >> 32) % BUCKETS;
}

/* They may differ by their links. */
static bool is_like(const struct hd_target *target, const struct hd_check *check,
		    const struct ctl_addr *addr, uint16_t port)
{
	return target->port == port && target->addr.family == addr->family &&
	       !memcmp(target->addr.bytes, addr->bytes, sizeof(addr->bytes)) &&
	       !strcmp(target->check->key, check->key);
}

static struct hd_target *make(const struct hd_check *check, const struct ctl_addr *addr,
			      uint16_t port, const struct hd_link *link, enum hd_health health)
{
	struct hd_target *target = calloc(1, sizeof(*target));

	if (!target)
		return NULL;
	target->check = check;
	target->kind = kinds[check->type];
	target->link = link;
	target->addr = *addr;
	target->port = port;
	target->percent = 100;
	target->share = 100;
	target->watch.fd = -1;
	target->timer.run = on_timer;
	target->number = (uint16_t)random();
	hd_state_init(&target->state, health);
	return target;
}

/**
 * hd_target_get() - Find or make a target.
 * @check: How to check it. A target that is there takes this equal one instead of its own.
 * @addr: The address.
 * @port: The port.
 * @link: Over which link, or NULL.
 * @health: What a new one is taken for, until checks show something else.
 *
 * A new target is first checked within its interval.
 *
 * Return: The target, or NULL without memory.
 */
struct hd_target *hd_target_get(const struct hd_check *check, const struct ctl_addr *addr,
				uint16_t port, const struct hd_link *link,
				enum hd_health health)
{
	struct hd_target **at = &table[bucket(check, addr, port)], *target, *other = NULL;
	uint32_t spread = health == HD_UNKNOWN ? check->fast_interval : check->interval;

	for (target = *at; target; target = target->next) {
		if (!is_like(target, check, addr, port))
			continue;
		other = target;
		if (target->link != link)
			continue;
		target->check = check;
		return target;
	}
	target = make(check, addr, port, link, health);
	if (!target)
		return NULL;
	target->next = *at;
	*at = target;
	hd_turns_join(target, other);
	hd_target_plan(target, dm_now() + (uint32_t)random() % spread);
	return target;
}

/**
 * hd_target_use() - Let the health of a server depend on a target.
 * @target: The target.
 * @use: The server.
 */
void hd_target_use(struct hd_target *target, struct hd_use *use)
{
	use->target = target;
	use->next = target->uses;
	target->uses = use;
}

static void drop(struct hd_target *target)
{
	struct hd_target **at = &table[bucket(target->check, &target->addr, target->port)];

	while (*at != target)
		at = &(*at)->next;
	*at = target->next;
	hd_turns_leave(target);
	if (target->running)
		target->kind->stop(target);
	dm_watch_close(&target->watch);
	dm_timer_stop(&target->timer);
	if (target->kind->drop)
		target->kind->drop(target);
	free(target);
}

/**
 * hd_target_unuse() - Let the health of a server depend on a target no more.
 * @use: The server. The target of the last one is freed.
 */
void hd_target_unuse(struct hd_use *use)
{
	struct hd_use **at = &use->target->uses;

	while (*at != use)
		at = &(*at)->next;
	*at = use->next;
	if (!use->target->uses)
		drop(use->target);
}
