// SPDX-License-Identifier: GPL-2.0-only
/* The command top: a live view in a terminal, a stream of JSON, or one frame in a pipe. */
#include "top.h"
#include "monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define INTERVAL_MAX	3600
#define MOMENT		100	/* milliseconds */

static const struct ctl_top_choice choices[] = {
	{ "link", { &ctl_noun_link, &ctl_noun_relay_link } },
	{ "vip", { &ctl_noun_vip, &ctl_noun_relay_vip } },
	{ "server", { &ctl_noun_server, NULL } },
	{ "balancer", { NULL, &ctl_noun_balancer } },
};

/* Steps of the keys + and -. */
static const uint32_t intervals[] = { 1, 2, 5, 10, 30, 60 };

static struct ctl_top top;
static struct termios modes_before;
static bool full_screen;

static void leave_screen(void)
{
	if (!full_screen)
		return;
	full_screen = false;
	fputs("\033[?25h\033[?1049l", stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &modes_before);
}

static void enter_screen(void)
{
	struct termios modes;

	tcgetattr(STDIN_FILENO, &modes_before);
	modes = modes_before;
	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	fputs("\033[?1049h\033[?25l", stdout);
	full_screen = true;
}

static void read_size(void)
{
	struct winsize size = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	top.columns = size.ws_col ? size.ws_col : 80;
	top.lines = size.ws_row ? size.ws_row : 24;
}

static void add_event(const char *text)
{
	snprintf(top.event[top.events % CTL_TOP_EVENTS], sizeof(top.event[0]), "%s", text);
	top.events++;
}

static void drop_parts(void)
{
	size_t i;

	for (i = 0; i < CTL_TOP_PARTS; i++) {
		ctl_sample_free(&top.part[i].last);
		ctl_sample_free(&top.part[i].diff);
		memset(&top.part[i], 0, sizeof(top.part[i]));
	}
}

static void choose(size_t choice)
{
	size_t i;

	drop_parts();
	top.choice = &choices[choice];
	for (i = 0; i < CTL_TOP_PARTS; i++)
		top.part[i].noun = choices[choice].noun[i];
}

/* Another sample of a table; without its module there is none. */
static int sample_part(struct ctl_top_part *part)
{
	struct ctl_sample now = { .noun = part->noun };
	int result = ctl_sample_take(&now);

	if (result < 0 && !now.request.error.no_module) {
		/* The module was unloaded, or loaded again with another number of its family. */
		ctl_nl_close();
		ctl_sample_free(&now);
		result = ctl_sample_take(&now);
	}
	ctl_sample_free(&part->diff);
	part->seconds = 0;
	if (result < 0) {
		ctl_sample_free(&now);
		ctl_sample_free(&part->last);
		memset(&part->last, 0, sizeof(part->last));
		return now.request.error.no_module ? 0 : ctl_object_end(&now.request, result);
	}
	if (part->last.noun && !ctl_sample_copy(&now, &part->diff))
		part->seconds = ctl_sample_diff(&part->diff, &part->last);
	ctl_sample_free(&part->last);
	part->last = now;
	return 0;
}

static int sample_all(void)
{
	size_t i;

	for (i = 0; i < CTL_TOP_PARTS; i++)
		if (top.part[i].noun && sample_part(&top.part[i]))
			return CTL_EXIT_KERNEL;
	return CTL_EXIT_OK;
}

/* Has some table two samples? */
static bool has_rates(void)
{
	return top.part[0].seconds > 0 || top.part[1].seconds > 0;
}

static json_t *part_json(const struct ctl_top_part *part)
{
	const char *names[CTL_METERS_MAX];
	size_t count = ctl_meter_names(part->noun, names), i;
	bool relay = part->noun->family == &ctl_relay;
	json_t *list = json_array(), *json;

	for (i = 0; i < part->diff.count; i++) {
		const struct ctl_item *item = &part->diff.item[i];

		json = ctl_rate_json(item, names, count, part->seconds);
		if (*item->state)
			json_object_set_new(json, "state", json_string(item->state));
		json_object_set_new(json, relay ? "flows" : "sessions",
				    json_integer((json_int_t)item->current));
		json_array_append_new(list, json);
	}
	return list;
}

static void put_json(void)
{
	json_t *json = json_object();
	char key[32], now[64];
	size_t i;

	ctl_now_text(now, sizeof(now));
	json_object_set_new(json, "time", json_string(now));
	for (i = 0; i < CTL_TOP_PARTS; i++) {
		const struct ctl_top_part *part = &top.part[i];

		if (!part->noun || !(part->seconds > 0))
			continue;
		snprintf(key, sizeof(key), "%s%s",
			 part->noun->family == &ctl_relay ? "relay_" : "", part->noun->name);
		json_object_set_new(json, key, part_json(part));
	}
	ctl_json_put(json);
	putchar('\n');
	fflush(stdout);
}

static void show(void)
{
	if (ctl_options.json && has_rates())
		put_json();
	else if (!ctl_options.json && (has_rates() || top.columns))
		ctl_top_draw(&top);
}

static void change_interval(int step)
{
	size_t i = 0;

	while (i + 1 < CTL_COUNT(intervals) && intervals[i] < top.interval)
		i++;
	if (step > 0 && i + 1 < CTL_COUNT(intervals))
		top.interval = intervals[i + 1];
	else if (step < 0 && i)
		top.interval = intervals[i - 1];
}

/* Return: whether to go on. */
static bool handle_key(char key)
{
	switch (key) {
	case 'q':
		return false;
	case ' ':
	case 'p':
		top.paused = !top.paused;
		break;
	case '+':
	case '-':
		change_interval(key == '+' ? 1 : -1);
		break;
	case 's':
		top.sort = (top.sort + 1) % CTL_TOP_SORTS;
		break;
	case '1':
	case '2':
	case '3':
	case '4':
		choose((size_t)(key - '1'));
		sample_all();
		break;
	}
	show();
	return true;
}

static bool read_keys(void)
{
	char keys[16];
	ssize_t got = read(STDIN_FILENO, keys, sizeof(keys)), i;

	for (i = 0; i < got; i++)
		if (!handle_key(keys[i]))
			return false;
	/* The terminal is gone. */
	return got > 0 || (got < 0 && errno == EINTR);
}

/* Return: whether to go on. */
static bool read_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo == SIGTSTP && full_screen) {
		leave_screen();
		kill(getpid(), SIGSTOP);
		enter_screen();
	} else if (info.ssi_signo != SIGWINCH) {
		return false;
	}
	if (top.columns) {
		read_size();
		fputs("\033[2J", stdout);
		show();
	}
	return true;
}

static int signal_fd(void)
{
	static const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP };
	sigset_t signals;
	size_t i;
	int fd;

	sigemptyset(&signals);
	for (i = 0; i < CTL_COUNT(wanted); i++)
		sigaddset(&signals, wanted[i]);
	if (!full_screen)
		sigdelset(&signals, SIGTSTP);
	fd = signalfd(-1, &signals, SFD_CLOEXEC);
	/* without it they end the program, as they should */
	if (fd >= 0)
		sigprocmask(SIG_BLOCK, &signals, NULL);
	return fd;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Takes a sample and shows it; *done when no more are wanted. */
static int next_frame(bool *done)
{
	int status = top.paused ? CTL_EXIT_OK : sample_all();
	bool rates = has_rates();

	if (status)
		return status;
	show();
	*done = top.frames && rates && !--top.frames;
	if (!top.part[0].last.noun && !top.part[1].last.noun && !top.columns) {
		ctl_say("top: there is no %s to show: its module is not loaded", top.choice->name);
		return CTL_EXIT_KERNEL;
	}
	return CTL_EXIT_OK;
}

static int loop(int signals)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = ctl_monitor_fd(), .events = POLLIN },
		{ .fd = full_screen ? STDIN_FILENO : -1, .events = POLLIN },
	};
	int64_t due = now_ms(), left;
	int status = CTL_EXIT_OK, ready;
	bool done = false, stale = false;

	while (!status && !done) {
		left = due - now_ms();
		if (left <= 0) {
			status = next_frame(&done);
			due = now_ms() + (int64_t)top.interval * 1000;
			stale = false;
			continue;
		}
		/* Events are shown when no more come for a moment. */
		ready = poll(fds, CTL_COUNT(fds), (int)(stale && left > MOMENT ? MOMENT : left));
		if (!ready && stale) {
			show();
			stale = false;
		}
		if (ready <= 0)
			continue;
		if (fds[0].revents && !read_signal(signals))
			break;
		if (fds[1].revents) {
			if (ctl_monitor_read())
				status = CTL_EXIT_WORDS;
			stale = top.columns;
		}
		if (fds[2].revents && !read_keys())
			break;
		if (due > now_ms() + (int64_t)top.interval * 1000)
			due = now_ms() + (int64_t)top.interval * 1000;
	}
	if (stale)
		show();
	return status;
}

static int read_number(struct ctl_words *words, const char *name, uint32_t max, uint32_t *value,
		       struct ctl_fault *fault)
{
	if (words->count < 2)
		return ctl_fault_set(fault, "\"%s\" needs a value: N", name);
	if (ctl_parse_number(words->word[1], name, 1, max, value, fault))
		return -1;
	words->word += 2;
	words->count -= 2;
	return 0;
}

static int read_words(struct ctl_words words, struct ctl_fault *fault)
{
	static const char *const names[] = { "link", "vip", "server", "balancer", "interval",
					     "count" };
	bool chosen = false;
	int at;

	choose(0);
	while (words.count) {
		at = ctl_pick(names, CTL_COUNT(names), *words.word, "word", fault);
		if (at < 0)
			return -1;
		if ((size_t)at >= CTL_COUNT(choices)) {
			bool count = !strcmp(names[at], "count");

			if (read_number(&words, names[at], count ? UINT32_MAX : INTERVAL_MAX,
					count ? &top.frames : &top.interval, fault))
				return -1;
			continue;
		}
		if (chosen)
			return ctl_fault_set(fault, "unexpected word \"%s\"", *words.word);
		chosen = true;
		choose((size_t)at);
		words.word++;
		words.count--;
	}
	return 0;
}

static int top_run(struct ctl_words words)
{
	struct ctl_fault fault;
	int signals, status;

	memset(&top, 0, sizeof(top));
	top.interval = 1;
	if (read_words(words, &fault))
		return ctl_words_wrong(&ctl_noun_top, NULL, &fault);
	if (ctl_options.dry_run)
		return CTL_EXIT_OK;
	status = ctl_monitor_open("top", add_event);
	if (status)
		return status;
	if (!ctl_options.json && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO)) {
		enter_screen();
		read_size();
	} else if (!ctl_options.json && !top.frames) {
		top.frames = 1;
	}
	signals = signal_fd();
	status = loop(signals);
	leave_screen();
	if (signals >= 0)
		close(signals);
	ctl_monitor_close();
	drop_parts();
	return status;
}

const struct ctl_noun ctl_noun_top = {
	.name = "top",
	.run = top_run,
	.usage = " [link|vip|server|balancer] [interval SECONDS] [count N]",
	.text = "live view of rates, sessions, states and events",
};
