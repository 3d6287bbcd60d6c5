/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the schedule of slb-healthd for one server, in simulated time. */
#ifndef HEALTH_RUN_H
#define HEALTH_RUN_H

#include <stdbool.h>

/* Milliseconds of the simulated check, and results that make a link up and down. */
#define RUN_INTERVAL	2000
#define RUN_FAST	500
#define RUN_TIMEOUT	1000
#define RUN_RISE	2
#define RUN_FALL	3
#define RUN_LINKS	3
/* The longest time between checks: with jitter, a tick of the grid, and what a check takes. */
#define RUN_LATE(ms)	((ms) * 11 / 10 + 32)

/**
 * enum run_answer - What checks over a link find.
 * @RUN_GOOD: The server works.
 * @RUN_BAD: It refuses.
 * @RUN_SILENT: It does not answer.
 * @RUN_NOTHING: The check cannot be sent.
 */
enum run_answer {
	RUN_GOOD,
	RUN_BAD,
	RUN_SILENT,
	RUN_NOTHING,
};

/**
 * struct run_link - A link, and what happened over it.
 * @answer: What checks find from now on.
 * @percent: The share of its weight that the server's agent says.
 * @up: Is the link itself up?
 * @checks: Number of checks that began.
 * @last: When the last one began.
 * @longest: The longest time between two of them, since it was last set to 0.
 */
struct run_link {
	enum run_answer answer;
	unsigned int percent;
	bool up;
	unsigned int checks;
	unsigned long long last;
	unsigned long long longest;
};

extern struct run_link run_links[RUN_LINKS];

void run_begin(unsigned int links, char health);
void run_add(unsigned int link, char health);
void run_remove(unsigned int link);
void run_look(void);
void run_for(unsigned int ms);
void run_end(void);
char run_health(unsigned int link);
unsigned long long run_now(void);
unsigned long long run_until(unsigned int link, char health, unsigned int ms);

#endif
