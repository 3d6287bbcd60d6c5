/* SPDX-License-Identifier: GPL-2.0-only */
/* The event loop: file descriptors and timers. */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/* The structure that has @member at @pointer. */
#define DM_OF(pointer, type, member) \
	((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/**
 * struct dm_watch - A file descriptor of the loop.
 * @fd: It, or -1.
 * @ready: Called with the events of epoll(7).
 * @soon: Its place among those of dm_watch_soon(), counted from 1; 0: it is none of them.
 * @looks: How often it had no event there.
 * @moved: epoll waits for it now.
 */
struct dm_watch {
	int fd;
	void (*ready)(struct dm_watch *watch, uint32_t events);
	size_t soon;
	unsigned int looks;
	bool moved;
};

/**
 * struct dm_timer - Calls a function once.
 * @at: When, in milliseconds of dm_now().
 * @place: Index in the heap, counted from 1; 0: not set.
 * @run: The function.
 */
struct dm_timer {
	uint64_t at;
	size_t place;
	void (*run)(struct dm_timer *timer);
};

int dm_loop_open(void);
void dm_loop_run(void (*before_wait)(void));
void dm_loop_stop(void);
void dm_loop_gather(unsigned int ms);
uint64_t dm_now(void);

int dm_watch_open(struct dm_watch *watch, int fd, uint32_t events);
int dm_watch_soon(struct dm_watch *watch, uint32_t events);
void dm_watch_rest(struct dm_watch *watch);
void dm_watch_change(struct dm_watch *watch, uint32_t events);
void dm_watch_forget(struct dm_watch *watch);
void dm_watch_close(struct dm_watch *watch);

void dm_timer_set(struct dm_timer *timer, uint64_t at);
void dm_timer_stop(struct dm_timer *timer);

#endif
