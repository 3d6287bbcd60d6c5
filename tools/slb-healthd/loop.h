/* SPDX-License-Identifier: GPL-2.0-only */
/* The event loop: file descriptors and timers. */
#ifndef HEALTHD_LOOP_H
#define HEALTHD_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/* The structure that has @member at @pointer. */
#define HD_OF(pointer, type, member) \
	((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/**
 * struct hd_watch - A file descriptor of the loop.
 * @fd: It, or -1.
 * @ready: Called with the events of epoll(7).
 */
struct hd_watch {
	int fd;
	void (*ready)(struct hd_watch *watch, uint32_t events);
};

/**
 * struct hd_timer - Calls a function once.
 * @at: When, in milliseconds of hd_now().
 * @place: Index in the heap, counted from 1; 0: not set.
 * @run: The function.
 */
struct hd_timer {
	uint64_t at;
	size_t place;
	void (*run)(struct hd_timer *timer);
};

int hd_loop_open(void);
void hd_loop_run(void (*before_wait)(void));
void hd_loop_stop(void);
uint64_t hd_now(void);

int hd_watch_open(struct hd_watch *watch, int fd, uint32_t events);
void hd_watch_change(struct hd_watch *watch, uint32_t events);
void hd_watch_forget(struct hd_watch *watch);
void hd_watch_close(struct hd_watch *watch);

void hd_timer_set(struct hd_timer *timer, uint64_t at);
void hd_timer_stop(struct hd_timer *timer);

#endif
