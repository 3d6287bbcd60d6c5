// SPDX-License-Identifier: GPL-2.0-only
/* Runs the schedule of slb-healthd for one server: time, timers and checks are simulated. */
#include "health_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server.h"

#define ANSWER_AFTER	5	/* milliseconds */
#define TIMERS		(2 * RUN_LINKS)

struct run_link run_links[RUN_LINKS];

static unsigned long long now;
static struct dm_timer *timers[TIMERS];
static struct hd_link links[RUN_LINKS];
static struct hd_use uses[RUN_LINKS];
static struct dm_timer answers[RUN_LINKS];
static struct hd_server server;
static struct hd_check check = {
	.type = HD_TCP, .interval = RUN_INTERVAL, .fast_interval = RUN_FAST, .timeout = RUN_TIMEOUT,
	.rise = RUN_RISE, .fall = RUN_FALL, .key = (char *)"tcp",
};

static struct ctl_addr addr = { .family = AF_INET, .bytes = { 192, 0, 2, 11 } };

/* ---- what the schedule asks for */

uint64_t dm_now(void)
{
	return now;
}

void dm_timer_set(struct dm_timer *timer, uint64_t at)
{
	size_t i;

	timer->at = at;
	for (i = 0; !timer->place && i < TIMERS; i++) {
		if (timers[i])
			continue;
		timers[i] = timer;
		timer->place = i + 1;
	}
	if (!timer->place)
		abort();
}

void dm_timer_stop(struct dm_timer *timer)
{
	if (timer->place)
		timers[timer->place - 1] = NULL;
	timer->place = 0;
}

void dm_watch_close(struct dm_watch *watch)
{
	watch->fd = -1;
}

void hd_server_judge(struct hd_server *judged)
{
	(void)judged;
}

static struct hd_target *target_of(unsigned int link)
{
	return uses[link].target;
}

static void start(struct hd_target *target)
{
	size_t i = (size_t)(target->link - links);
	struct run_link *link = &run_links[i];

	if (link->checks++ && now - link->last > link->longest)
		link->longest = now - link->last;
	link->last = now;
	if (link->answer != RUN_SILENT)
		dm_timer_set(&answers[i], now + ANSWER_AFTER);
}

static void stop(struct hd_target *target)
{
	dm_timer_stop(&answers[target->link - links]);
}

static void on_answer(struct dm_timer *timer)
{
	size_t i = (size_t)(timer - answers);
	struct hd_target *target = uses[i].target;

	target->percent = run_links[i].percent;
	if (run_links[i].answer == RUN_GOOD)
		hd_target_good(target);
	else if (run_links[i].answer == RUN_BAD)
		hd_target_failed(target, ECONNREFUSED);
	else
		hd_target_failed(target, ENETUNREACH);
}

const struct hd_kind hd_kind_tcp = { .start = start, .stop = stop };
const struct hd_kind hd_kind_http, hd_kind_udp, hd_kind_dns, hd_kind_icmp, hd_kind_agent;
const struct hd_kind hd_kind_exec;

/* ---- what tests ask for */

/**
 * run_add() - A link is checked from now on.
 * @link: Its number.
 * @health: What is known of the server over it: u, d or ?.
 */
void run_add(unsigned int link, char health)
{
	enum hd_health known = health == 'u' ? HD_UP : health == 'd' ? HD_DOWN : HD_UNKNOWN;
	struct run_link *run = &run_links[link];

	memset(run, 0, sizeof(*run));
	run->percent = 100;
	run->up = true;
	links[link].up[0] = true;
	answers[link].run = on_answer;
	uses[link].server = &server;
	hd_target_use(hd_target_get(&check, &addr, 80, &links[link], known), &uses[link]);
}

/**
 * run_remove() - A link is checked no more.
 * @link: Its number.
 */
void run_remove(unsigned int link)
{
	hd_target_unuse(&uses[link]);
	uses[link].target = NULL;
}

/**
 * run_begin() - Begin to check a server.
 * @count: Over how many links.
 * @health: What is known of it: u, d or ?.
 */
void run_begin(unsigned int count, char health)
{
	unsigned int i;

	now = 1000000;
	for (i = 0; i < count; i++)
		run_add(i, health);
}

/**
 * run_end() - Check the server no more.
 */
void run_end(void)
{
	unsigned int i;

	for (i = 0; i < RUN_LINKS; i++)
		if (target_of(i))
			run_remove(i);
}

/**
 * run_look() - Connections to the server have failed: look at once.
 */
void run_look(void)
{
	unsigned int i;

	for (i = 0; i < RUN_LINKS; i++)
		if (target_of(i))
			hd_target_look(target_of(i));
}

static struct dm_timer *first_timer(void)
{
	struct dm_timer *first = NULL;
	size_t i;

	for (i = 0; i < TIMERS; i++)
		if (timers[i] && (!first || timers[i]->at < first->at))
			first = timers[i];
	return first;
}

/* Runs the next timer, unless it is later than at @end. */
static bool step(unsigned long long end)
{
	struct dm_timer *timer = first_timer();
	unsigned int i;

	if (!timer || timer->at > end)
		return false;
	for (i = 0; i < RUN_LINKS; i++)
		links[i].up[0] = run_links[i].up;
	now = timer->at > now ? timer->at : now;
	dm_timer_stop(timer);
	timer->run(timer);
	return true;
}

/**
 * run_for() - Let time pass.
 * @ms: How much.
 */
void run_for(unsigned int ms)
{
	unsigned long long end = now + ms;

	while (step(end))
		;
	now = end;
}

/**
 * run_health() - What is known of the server over a link.
 * @link: Its number.
 *
 * Return: u, d or ?.
 */
char run_health(unsigned int link)
{
	return "?ud"[target_of(link)->state.health];
}

/**
 * run_now() - The simulated time.
 *
 * Return: In milliseconds.
 */
unsigned long long run_now(void)
{
	return now;
}

/**
 * run_until() - Let time pass until a link has a health.
 * @link: Its number.
 * @health: The health: u, d or ?.
 * @ms: The most to wait.
 *
 * Return: The milliseconds it took; above @ms when it did not happen.
 */
unsigned long long run_until(unsigned int link, char health, unsigned int ms)
{
	unsigned long long begin = now;

	while (run_health(link) != health)
		if (!step(begin + ms))
			return ms + 1ULL;
	return now - begin;
}
