/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steady arrive: opens a TCP connection every few milliseconds, sends one message and resets it.
 * Counts how connections fared that were opened after an event.
 */
#include <poll.h>

/* Open connections at a time; at 50 a second, those of 20 seconds. */
#define OPEN_MAX 1000

struct visit {
	int fd;
	double begun;
	bool sent;
};

static struct visit visits[OPEN_MAX];
static unsigned int n_visits;
static struct sockaddr_storage goal;
static double happened, grace, patience, period, duration;
static double outage, longest;
static unsigned int n_before, n_after, n_served, n_refused, n_late, n_again;
static bool arrived;

static bool judged(const struct visit *v)
{
	return happened && v->begun > happened + grace;
}

static void visit_begin(double now)
{
	struct visit *v = &visits[n_visits];

	if (n_visits == OPEN_MAX)
		errx(1, "too many open connections");
	v->fd = socket(goal.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (v->fd < 0)
		err(1, "cannot open a socket");
	v->begun = now;
	v->sent = false;
	if (connect(v->fd, (void *)&goal, sizeof(goal)) && errno != EINPROGRESS)
		err(1, "cannot connect");
	n_visits++;
	n_before += !happened;
	n_after += judged(v);
}

/* Ends by a reset, which leaves no state on either end. */
static void visit_leave(struct visit *v)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(v->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(v->fd);
	*v = visits[--n_visits];
}

static void visit_failed(struct visit *v, unsigned int *why)
{
	if (happened && v->begun + period - happened > outage)
		outage = v->begun + period - happened;
	*why += judged(v);
	visit_leave(v);
}

static void visit_served(struct visit *v, double now)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	getsockopt(v->fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	if (!arrived) {
		puts("arriving");
		fflush(stdout);
	}
	arrived = true;
	if (judged(v)) {
		n_served++;
		n_again += info.tcpi_total_retrans > 0;
		longest = now - v->begun > longest ? now - v->begun : longest;
	}
	visit_leave(v);
}

static void visit_look(struct visit *v, double now)
{
	char text[sizeof(struct message)] = {};
	ssize_t n;

	if (!v->sent) {
		n = send(v->fd, text, sizeof(text), MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == ENOTCONN))
			return;
		v->sent = n == sizeof(text);
		if (!v->sent)
			visit_failed(v, &n_refused);
		return;
	}
	n = recv(v->fd, text, sizeof(text), 0);
	if (n > 0)
		visit_served(v, now);
	else if (!n || errno != EAGAIN)
		visit_failed(v, &n_refused);
}

/* Handle events until @due, or once. */
static void visits_turn(double due)
{
	static struct pollfd fds[OPEN_MAX + 1];
	double now = now_ms();
	char line[64];
	unsigned int i;

	for (i = 0; i < n_visits; i++)
		fds[i] = (struct pollfd){ visits[i].fd, visits[i].sent ? POLLIN : POLLOUT, 0 };
	fds[n_visits] = (struct pollfd){ happened ? -1 : STDIN_FILENO, POLLIN, 0 };
	if (poll(fds, n_visits + 1, due > now ? (int)(due - now) + 1 : 0) < 0)
		err(1, "cannot wait");
	now = now_ms();
	if (fds[n_visits].revents) {
		if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
			errx(1, "the input ended without an event");
		happened = now;
	}
	/* from the last one on: a connection that ends is replaced by the last one */
	for (i = n_visits; i-- > 0;) {
		if (fds[i].revents)
			visit_look(&visits[i], now);
		else if (now - visits[i].begun > patience)
			visit_failed(&visits[i], &n_late);
	}
}

static int arrive(char **argv)
{
	double now, due;

	read_address(argv[0], &goal);
	period = atof(argv[1]);
	grace = atof(argv[2]);
	patience = atof(argv[3]);
	duration = atof(argv[4]);
	for (due = now_ms(); !happened || now_ms() < happened + duration;) {
		now = now_ms();
		if (now >= due) {
			visit_begin(now);
			/* do not make up for a time when the machine stood still */
			due = due + period < now ? now + period : due + period;
		}
		visits_turn(due);
	}
	while (n_visits)
		visits_turn(visits[0].begun + patience);
	printf("before %u after %u served %u refused %u late %u again %u", n_before, n_after,
	       n_served, n_refused, n_late, n_again);
	printf(" longest %.0f outage %.0f\n", longest, outage);
	return n_served != n_after || n_again || !n_after;
}
