/* SPDX-License-Identifier: GPL-2.0-only */
/* The live view: what it shows, and its frames. */
#ifndef SLBCTL_TOP_H
#define SLBCTL_TOP_H

#include "rate.h"
#include "sample.h"

#define CTL_TOP_EVENTS	8	/* last events that are kept */
#define CTL_TOP_PARTS	2	/* an object of the balancer, and one of the relay */

/**
 * enum ctl_top_sort - What rows are sorted by.
 * @CTL_TOP_TRAFFIC: Bits per second, the largest first.
 * @CTL_TOP_SESSIONS: Sessions or flows, the largest first.
 * @CTL_TOP_NAME: The order of "show".
 * @CTL_TOP_SORTS: Number of them.
 */
enum ctl_top_sort {
	CTL_TOP_TRAFFIC,
	CTL_TOP_SESSIONS,
	CTL_TOP_NAME,
	CTL_TOP_SORTS,
};

/**
 * struct ctl_top_choice - One of the objects that can be chosen.
 * @name: Its name on the command line; its key is its place, counted from 1.
 * @noun: Its nouns; NULL where a module has none.
 */
struct ctl_top_choice {
	const char *name;
	const struct ctl_noun *noun[CTL_TOP_PARTS];
};

/**
 * struct ctl_top_part - One table of the view.
 * @noun: The noun; NULL when there is none, or the module is not loaded.
 * @last: The latest sample, as it was read.
 * @diff: The difference of the last two.
 * @seconds: Time between these; 0 before there are two.
 */
struct ctl_top_part {
	const struct ctl_noun *noun;
	struct ctl_sample last;
	struct ctl_sample diff;
	double seconds;
};

/**
 * struct ctl_top - The live view.
 * @choice: What is shown.
 * @part: Its tables.
 * @sort: Order of the rows.
 * @interval: Seconds between samples.
 * @frames: Samples still to be shown; 0 for no end.
 * @paused: No samples are taken.
 * @columns: Width of the terminal; 0 when the output is no terminal.
 * @lines: Its height.
 * @event: The last events.
 * @events: Number of all events so far.
 */
struct ctl_top {
	const struct ctl_top_choice *choice;
	struct ctl_top_part part[CTL_TOP_PARTS];
	enum ctl_top_sort sort;
	uint32_t interval;
	uint32_t frames;
	bool paused;
	unsigned int columns;
	unsigned int lines;
	char event[CTL_TOP_EVENTS][160];
	size_t events;
};

void ctl_top_draw(struct ctl_top *top);

#endif
