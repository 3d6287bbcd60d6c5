// SPDX-License-Identifier: GPL-2.0-only
/* The event loop: epoll(7), and a heap of timers whose first one limits the wait. */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "say.h"

#define EVENTS_MAX	128
#define WAIT_MAX	60000	/* milliseconds */
#define GATHER		4	/* milliseconds for which events are gathered when there are many */
#define MANY		8	/* events and timers for which it is worth to gather more */
#define LOOKS_MAX	4	/* after which an event is no longer expected soon */

static struct {
	int epoll;
	bool stop;
	uint64_t now;
	struct epoll_event event[EVENTS_MAX];
	int pending;		/* events that are still to be handled */
	int handled;		/* events and timers, since the loop woke up */
	bool more;		/* there may be more events than were read */
	struct dm_timer **heap;
	size_t count, room;
	struct dm_timer *current;	/* its function runs, and has neither set nor stopped it */
	unsigned int gather;	/* the same when none of them came from epoll */
	bool patient;		/* none did */
	struct pollfd *soon;	/* those of dm_watch_soon(), and room for that of epoll */
	struct dm_watch **soon_watch;
	size_t soon_count, soon_room;
} loop = { .epoll = -1, .gather = GATHER };

static void read_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	loop.now = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/**
 * dm_loop_open() - Make the loop.
 *
 * Return: 0, or -1 with errno set.
 */
int dm_loop_open(void)
{
	read_clock();
	loop.epoll = epoll_create1(EPOLL_CLOEXEC);
	return loop.epoll < 0 ? -1 : 0;
}

/**
 * dm_now() - The time at which the loop last woke up.
 *
 * Return: Milliseconds of the monotonic clock.
 */
uint64_t dm_now(void)
{
	return loop.now;
}

/* ---- file descriptors */

/**
 * dm_watch_open() - Wait for events of a file descriptor.
 * @watch: What waits, with its function.
 * @fd: The file descriptor; the watch owns it, also after a failure.
 * @events: Events of epoll(7).
 *
 * Return: 0, or -1 with errno set.
 */
int dm_watch_open(struct dm_watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	watch->fd = fd;
	return epoll_ctl(loop.epoll, EPOLL_CTL_ADD, fd, &event);
}

/**
 * dm_watch_change() - Wait for other events.
 * @watch: What waits.
 * @events: Events of epoll(7).
 */
void dm_watch_change(struct dm_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	epoll_ctl(loop.epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

/* Events that epoll has reported, but that nobody has handled. */
static void drop_events(const struct dm_watch *watch)
{
	int i;

	for (i = 0; i < loop.pending; i++)
		if (loop.event[i].data.ptr == watch)
			loop.event[i].data.ptr = NULL;
}

/* ---- file descriptors whose event is expected soon */

static int soon_make_room(void)
{
	size_t room = loop.soon_room ? loop.soon_room * 2 : 64;
	struct dm_watch **watch;
	struct pollfd *soon;

	if (loop.soon_count + 1 < loop.soon_room)
		return 0;
	soon = realloc(loop.soon, room * sizeof(*soon));
	if (!soon)
		return -1;
	loop.soon = soon;
	watch = realloc(loop.soon_watch, room * sizeof(*watch));
	if (!watch)
		return -1;
	loop.soon_watch = watch;
	loop.soon_room = room;
	return 0;
}

static void soon_remove(struct dm_watch *watch)
{
	size_t place = watch->soon, last = loop.soon_count;

	if (!place)
		return;
	watch->soon = 0;
	loop.soon_count--;
	if (place == last)
		return;
	loop.soon[place - 1] = loop.soon[last - 1];
	loop.soon_watch[place - 1] = loop.soon_watch[last - 1];
	loop.soon_watch[place - 1]->soon = place;
}

/* It takes longer: to look again and again would cost more. */
static void soon_move(struct dm_watch *watch)
{
	struct epoll_event event = {
		.events = (uint32_t)loop.soon[watch->soon - 1].events, .data.ptr = watch,
	};

	soon_remove(watch);
	watch->moved = !epoll_ctl(loop.epoll, EPOLL_CTL_ADD, watch->fd, &event);
}

/**
 * dm_watch_soon() - Wait for one event of a file descriptor, which is expected soon.
 * @watch: What waits, with its function and its file descriptor.
 * @events: Events of epoll(7), of those that poll(2) has, too.
 *
 * To be told of an event by epoll costs more than to look whether it is there, if it is. Nothing
 * waits any more when the function is called.
 *
 * Return: 0, or -1 with errno set.
 */
int dm_watch_soon(struct dm_watch *watch, uint32_t events)
{
	if (soon_make_room())
		return -1;
	watch->looks = 0;
	watch->soon = ++loop.soon_count;
	loop.soon[watch->soon - 1] = (struct pollfd){ .fd = watch->fd, .events = (short)events };
	loop.soon_watch[watch->soon - 1] = watch;
	return 0;
}

/**
 * dm_watch_rest() - Wait no more for what dm_watch_soon() was to wait for.
 * @watch: What waits; its file descriptor stays open. Its function may call this, nobody else while
 *         events are handled.
 */
void dm_watch_rest(struct dm_watch *watch)
{
	soon_remove(watch);
	if (watch->moved)
		epoll_ctl(loop.epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->moved = false;
}

/* Adds those that have an event to @count events. Return: how many there are then. */
static int soon_take(int count)
{
	size_t i;

	for (i = loop.soon_count; i && count < EVENTS_MAX; i--) {
		struct dm_watch *watch = loop.soon_watch[i - 1];
		uint32_t events = (uint32_t)loop.soon[i - 1].revents;

		if (events) {
			soon_remove(watch);
			loop.event[count++] = (struct epoll_event){
				.events = events, .data.ptr = watch,
			};
		} else if (++watch->looks == LOOKS_MAX) {
			soon_move(watch);
		}
	}
	return count;
}

/* ---- the end of a wait */

/**
 * dm_watch_forget() - Wait no more for a file descriptor that somebody else closes.
 * @watch: What waits.
 */
void dm_watch_forget(struct dm_watch *watch)
{
	if (watch->fd < 0)
		return;
	if (!watch->soon)
		epoll_ctl(loop.epoll, EPOLL_CTL_DEL, watch->fd, NULL);
	soon_remove(watch);
	watch->moved = false;
	watch->fd = -1;
	drop_events(watch);
}

/**
 * dm_watch_close() - Close a file descriptor.
 * @watch: What waits for it; may be closed already.
 */
void dm_watch_close(struct dm_watch *watch)
{
	if (watch->fd < 0)
		return;
	close(watch->fd);
	soon_remove(watch);
	watch->moved = false;
	watch->fd = -1;
	drop_events(watch);
}

/* ---- timers: the first one is at the top of the heap */

static void put(struct dm_timer *timer, size_t place)
{
	loop.heap[place - 1] = timer;
	timer->place = place;
}

static void move_up(struct dm_timer *timer, size_t place)
{
	while (place > 1 && loop.heap[place / 2 - 1]->at > timer->at) {
		put(loop.heap[place / 2 - 1], place);
		place /= 2;
	}
	put(timer, place);
}

static void move_down(struct dm_timer *timer, size_t place)
{
	size_t child;

	while ((child = place * 2) <= loop.count) {
		if (child < loop.count && loop.heap[child]->at < loop.heap[child - 1]->at)
			child++;
		if (loop.heap[child - 1]->at >= timer->at)
			break;
		put(loop.heap[child - 1], place);
		place = child;
	}
	put(timer, place);
}

/**
 * dm_timer_stop() - Do not call the function of a timer.
 * @timer: The timer; need not be set.
 */
void dm_timer_stop(struct dm_timer *timer)
{
	size_t place = timer->place;
	struct dm_timer *last;

	if (!place)
		return;
	if (loop.current == timer)
		loop.current = NULL;
	timer->place = 0;
	last = loop.heap[--loop.count];
	if (last == timer)
		return;
	if (place > 1 && loop.heap[place / 2 - 1]->at > last->at)
		move_up(last, place);
	else
		move_down(last, place);
}

static void make_room(void)
{
	if (loop.count < loop.room)
		return;
	loop.room = loop.room ? loop.room * 2 : 256;
	loop.heap = realloc(loop.heap, loop.room * sizeof(*loop.heap));
	if (!loop.heap) {
		dm_say(LOG_CRIT, "no memory");
		abort();
	}
}

/**
 * dm_timer_set() - Call a function later.
 * @timer: The timer, with its function; may be set already.
 * @at: When, in milliseconds of dm_now().
 */
void dm_timer_set(struct dm_timer *timer, uint64_t at)
{
	bool earlier = at < timer->at;

	if (loop.current == timer)
		loop.current = NULL;
	timer->at = at;
	if (!timer->place) {
		make_room();
		move_up(timer, ++loop.count);
	} else if (earlier) {
		move_up(timer, timer->place);
	} else {
		move_down(timer, timer->place);
	}
}

static void run_timers(void)
{
	while (loop.count && loop.heap[0]->at <= loop.now) {
		struct dm_timer *timer = loop.heap[0];

		/* most functions set their timer again: it stays in the heap till then */
		loop.current = timer;
		timer->run(timer);
		if (loop.current == timer)
			dm_timer_stop(timer);
		loop.handled++;
	}
}

static int next_wait(void)
{
	uint64_t at;

	if (!loop.count)
		return WAIT_MAX;
	at = loop.heap[0]->at;
	if (at <= loop.now)
		return 0;
	return at - loop.now < WAIT_MAX ? (int)(at - loop.now) : WAIT_MAX;
}

/* ---- the loop */

/*
 * To wake up costs more than to handle an event. Where much happens, it is for all events of some
 * milliseconds. That adds little to what checks take, and no check times out by it: events are
 * handled before timers.
 */
static void gather(void)
{
	unsigned int time = loop.patient ? loop.gather : GATHER;
	uint64_t at = (loop.now / time + 1) * time;
	struct timespec until = {
		.tv_sec = (time_t)(at / 1000),
		.tv_nsec = (long)(at % 1000) * 1000000,
	};

	if (loop.handled >= MANY && !loop.more)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	loop.handled = 0;
}

static void handle_events(int count)
{
	int i;

	loop.pending = count;
	for (i = 0; i < count; i++) {
		struct dm_watch *watch = loop.event[i].data.ptr;

		if (watch)
			watch->ready(watch, loop.event[i].events);
	}
	loop.pending = 0;
	loop.handled += count;
}

/**
 * dm_loop_stop() - Return from dm_loop_run().
 */
void dm_loop_stop(void)
{
	loop.stop = true;
}

/**
 * dm_loop_gather() - Set for how long events of dm_watch_soon() and timers are gathered.
 * @ms: Milliseconds, 4 by default. Handling begins at multiples of it.
 *
 * Other events may be steps of a longer conversation, so these are gathered for 4 ms only.
 */
void dm_loop_gather(unsigned int ms)
{
	loop.gather = ms;
}

/* Return: how many events there are, or -1 with errno set. */
static int wait_for_events(void)
{
	size_t count = loop.soon_count;
	int got = 0;

	if (!count) {
		got = epoll_wait(loop.epoll, loop.event, EVENTS_MAX, next_wait());
		loop.patient = got <= 0;
		return got;
	}
	/* the last one: when others have events already, the kernel does not make it wait */
	loop.soon[count] = (struct pollfd){ .fd = loop.epoll, .events = POLLIN };
	if (poll(loop.soon, count + 1, next_wait()) < 0)
		return -1;
	if (loop.soon[count].revents)
		got = epoll_wait(loop.epoll, loop.event, EVENTS_MAX, 0);
	loop.patient = got <= 0;
	return got < 0 ? got : soon_take(got);
}

/**
 * dm_loop_run() - Handle events and timers until dm_loop_stop() is called.
 * @before_wait: Called before each wait.
 */
void dm_loop_run(void (*before_wait)(void))
{
	int count;

	while (!loop.stop) {
		before_wait();
		gather();
		count = wait_for_events();
		if (count < 0 && errno != EINTR) {
			dm_say(LOG_CRIT, "epoll: %m");
			return;
		}
		read_clock();
		loop.more = count == EVENTS_MAX;
		handle_events(count > 0 ? count : 0);
		run_timers();
	}
}
