// SPDX-License-Identifier: GPL-2.0-only
/* Frames of the live view: tables with rates and shares, and the last events. */
#include "top.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PLAIN_WIDTH	100	/* when the output is no terminal */
#define BAR		10
#define STATE_WIDTH	11
#define OTHERS_WIDTH	60	/* of all columns but the name and the state */
#define EVENTS_SHOWN	5

#define RED	"\033[31m"
#define GREEN	"\033[32m"
#define YELLOW	"\033[33m"
#define BOLD	"\033[1m"
#define REVERSE	"\033[7m"

/* What is being drawn: no line is wider than the terminal, and there are no more than it has. */
static struct {
	bool terminal;
	size_t width;
	size_t used;	/* columns of the current line */
	size_t left;	/* lines below the current one */
} frame;

static void __attribute__((format(printf, 2, 3))) put(const char *colour, const char *format, ...)
{
	char text[256];
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = strlen(text);
	if (len > frame.width - frame.used)
		len = frame.width - frame.used;
	frame.used += len;
	if (frame.terminal && colour && len)
		printf("%s%.*s\033[0m", colour, (int)len, text);
	else
		printf("%.*s", (int)len, text);
}

/* The last line has no newline: a terminal would scroll. */
static void end_line(void)
{
	if (frame.terminal)
		fputs("\033[K", stdout);
	if (frame.left || !frame.terminal)
		fputs(frame.terminal ? "\r\n" : "\n", stdout);
	frame.used = 0;
	if (frame.left)
		frame.left--;
}

static const char *state_colour(const char *state)
{
	if (!strcmp(state, "up"))
		return GREEN;
	/* what the operator wants is no fault */
	return strcmp(state, "held") && strcmp(state, "drain") && strcmp(state, "maint") ? RED :
											   YELLOW;
}

/* Both directions into this host, and out of it. */
static void add_up(const struct ctl_item *item, const char *const *names, size_t count,
		   struct ctl_meter *in, struct ctl_meter *out, uint64_t *sessions)
{
	size_t i, len;

	memset(in, 0, sizeof(*in));
	memset(out, 0, sizeof(*out));
	*sessions = 0;
	for (i = 0; i < count; i++) {
		struct ctl_meter *to;

		if (!strcmp(names[i], "sessions")) {
			*sessions = item->meter[i].packets;
			continue;
		}
		len = strlen(names[i]);
		to = len >= 3 && !strcmp(names[i] + len - 3, "out") ? out : in;
		to->packets += item->meter[i].packets;
		to->bytes += item->meter[i].bytes;
	}
}

static uint64_t traffic_of(const struct ctl_item *item)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < CTL_METERS_MAX; i++)
		bytes += item->meter[i].bytes;
	return bytes;
}

static int by_order(const struct ctl_item *a, const struct ctl_item *b)
{
	return (a->order > b->order) - (a->order < b->order);
}

static int by_traffic(const void *one, const void *other)
{
	const uint64_t a = traffic_of(one), b = traffic_of(other);

	return a == b ? by_order(one, other) : (a < b) - (a > b);
}

static int by_sessions(const void *one, const void *other)
{
	const uint64_t a = ((const struct ctl_item *)one)->current;
	const uint64_t b = ((const struct ctl_item *)other)->current;

	return a == b ? by_order(one, other) : (a < b) - (a > b);
}

static int by_name(const void *one, const void *other)
{
	return by_order(one, other);
}

static int (*const compare[CTL_TOP_SORTS])(const void *one, const void *other) = {
	[CTL_TOP_TRAFFIC] = by_traffic,
	[CTL_TOP_SESSIONS] = by_sessions,
	[CTL_TOP_NAME] = by_name,
};

static const char *const sort_names[CTL_TOP_SORTS] = {
	[CTL_TOP_TRAFFIC] = "traffic",
	[CTL_TOP_SESSIONS] = "sessions",
	[CTL_TOP_NAME] = "name",
};

/* What the rows of a table have in common. */
struct layout {
	int name;	/* width of the names */
	bool states;
	uint64_t all;	/* bytes of all rows */
};

static struct layout lay_out(const struct ctl_sample *diff)
{
	struct layout layout = { .name = sizeof("balancer") - 1 };
	int others;
	size_t i;

	for (i = 0; i < diff->count; i++) {
		const struct ctl_item *item = &diff->item[i];

		layout.all += traffic_of(item);
		layout.states |= *item->state != '\0';
		if ((int)strlen(item->key) > layout.name)
			layout.name = (int)strlen(item->key);
	}
	others = OTHERS_WIDTH + (layout.states ? STATE_WIDTH : 0);
	if (layout.name + others > (int)frame.width && (int)frame.width > others)
		layout.name = (int)frame.width - others;
	return layout;
}

static void put_rate(double value, const char *unit)
{
	char text[16];

	ctl_rate_text(value, text, sizeof(text));
	put(NULL, " %6s%s", text, unit);
}

static void put_row(const struct ctl_top_part *part, const struct ctl_item *item,
		    const struct layout *layout)
{
	const char *names[CTL_METERS_MAX];
	size_t count = ctl_meter_names(part->noun, names);
	struct ctl_meter in, out;
	uint64_t sessions;
	double share;
	char bar[BAR + 1];

	add_up(item, names, count, &in, &out, &sessions);
	share = layout->all ? (double)traffic_of(item) / (double)layout->all : 0;
	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)(share * BAR + 0.5));
	bar[BAR] = '\0';
	put(BOLD, "%-*.*s", layout->name, layout->name, item->key);
	if (layout->states)
		put(state_colour(item->state), " %-10.10s", item->state);
	put(NULL, " %8llu", (unsigned long long)item->current);
	put_rate((double)sessions / part->seconds, "");
	put_rate((double)in.packets / part->seconds, "");
	put_rate((double)in.bytes * 8 / part->seconds, "");
	put_rate((double)out.packets / part->seconds, "");
	put_rate((double)out.bytes * 8 / part->seconds, "");
	put(GREEN, " %s", bar);
	put(NULL, " %3.0f%%", share * 100);
	end_line();
}

static void put_part(const struct ctl_top *top, struct ctl_top_part *part, size_t room)
{
	const struct layout layout = lay_out(&part->diff);
	bool relay = part->noun->family == &ctl_relay;
	struct ctl_sample *diff = &part->diff;
	size_t i;

	put(REVERSE, "%-*.*s%s %8s %6s %6s %6s %6s %6s %-*s", layout.name, layout.name,
	    relay ? "relay" : "balancer", layout.states ? " STATE     " : "",
	    relay ? "FLOWS" : "SESSIONS", "NEW/s", "IN p/s", "bit/s", "OUTp/s", "bit/s", BAR + 5,
	    "SHARE");
	end_line();
	if (diff->count)
		qsort(diff->item, diff->count, sizeof(*diff->item), compare[top->sort]);
	for (i = 0; i < diff->count && i < room; i++)
		put_row(part, &diff->item[i], &layout);
	if (i < diff->count) {
		put(NULL, "... %zu more", diff->count - i);
		end_line();
	}
}

static void put_events(const struct ctl_top *top)
{
	size_t shown = top->events < EVENTS_SHOWN ? top->events : EVENTS_SHOWN, i;

	for (i = top->events - shown; i < top->events && frame.left > 1; i++) {
		put(NULL, "%s", top->event[i % CTL_TOP_EVENTS]);
		end_line();
	}
}

/* Rows for each table: what the header, the events and the keys leave. */
static size_t rows_each(const struct ctl_top *top)
{
	size_t events = top->events < EVENTS_SHOWN ? top->events : EVENTS_SHOWN;
	size_t tables = 0, i;

	if (!frame.terminal)
		return SIZE_MAX;
	for (i = 0; i < CTL_TOP_PARTS; i++)
		tables += top->part[i].noun && top->part[i].seconds > 0;
	/* The title and the keys; of each table its header, and how many rows are left out. */
	if (!tables || top->lines < 2 + events + 3 * tables)
		return 1;
	return (top->lines - 2 - events) / tables - 2;
}

/**
 * ctl_top_draw() - Write a frame.
 * @top: The view.
 */
void ctl_top_draw(struct ctl_top *top)
{
	time_t now = time(NULL);
	struct tm parts;
	char clock[16];
	size_t i;

	frame.terminal = top->columns;
	frame.width = top->columns ? top->columns : PLAIN_WIDTH;
	frame.left = top->lines ? top->lines - 1 : SIZE_MAX;
	frame.used = 0;
	localtime_r(&now, &parts);
	strftime(clock, sizeof(clock), "%H:%M:%S", &parts);
	if (frame.terminal)
		fputs("\033[H", stdout);
	put(BOLD, "slbctl top %s", top->choice->name);
	put(NULL, "  %s  every %us  by %s", clock, top->interval, sort_names[top->sort]);
	put(YELLOW, "%s", top->paused ? "  paused" : "");
	end_line();
	for (i = 0; i < CTL_TOP_PARTS; i++)
		if (top->part[i].noun && top->part[i].seconds > 0)
			put_part(top, &top->part[i], rows_each(top));
	put_events(top);
	if (frame.terminal) {
		put(NULL, "1 link  2 vip  3 server  4 balancer  s sort  p pause  +/- interval  q quit");
		fputs("\033[K\033[J", stdout);
	}
	fflush(stdout);
}
