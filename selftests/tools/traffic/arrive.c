// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client that keeps coming: opens a TCP connection every few milliseconds, uses it for one
 * message and leaves, and tells how those fared that came after something had happened.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Connections under way at a time; at 50 a second that is some 20 seconds' worth. */
#define OPEN_MAX 1000
/* What the server of tools/traffic/steady takes for one message, and sends back as long. */
#define MESSAGE 32

static const char usage[] =
	"Usage: arrive ADDR PORT PERIOD GRACE PATIENCE TIME\n"
	"Opens a connection every PERIOD milliseconds, says something, waits for the echo and leaves.\n"
	"Prints \"arriving\" when the first has been answered. A line of input says that it has\n"
	"happened: TIME milliseconds later no more are opened, and PATIENCE after that it is over.\n"
	"-> before N after N served N refused N late N again N longest MS outage MS\n"
	"before, after: connections begun before the line, and more than GRACE milliseconds after it.\n"
	"Of those after: served: answered within PATIENCE; refused: by a reset or an error; late: not\n"
	"answered within PATIENCE; again: answered, but the connection took more than one SYN;\n"
	"longest: to the answer. outage: from the line to the beginning of the first connection after\n"
	"which all were served.\n"
	"Leaves with 1 when not all of those after were served at the first SYN.\n";

struct visit {
	int fd;
	double begun;
	bool sent;
};

static struct visit visits[OPEN_MAX];
static unsigned int n_visits;
static struct sockaddr_storage peer;
static socklen_t peer_len;
static double happened, grace, patience, period, duration;
static double outage, longest;
static unsigned int n_before, n_after, n_served, n_refused, n_late, n_again;
static bool arrived;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void read_peer(const char *addr, int port)
{
	struct sockaddr_in *in = (void *)&peer;
	struct sockaddr_in6 *in6 = (void *)&peer;

	if (inet_pton(AF_INET, addr, &in->sin_addr) == 1) {
		peer.ss_family = AF_INET;
		peer_len = sizeof(*in);
	} else if (inet_pton(AF_INET6, addr, &in6->sin6_addr) == 1) {
		peer.ss_family = AF_INET6;
		peer_len = sizeof(*in6);
	} else {
		errx(2, "\"%s\" is no address", addr);
	}
	/* the port is at the same place in both families */
	in->sin_port = htons(port);
}

static bool judged(const struct visit *v)
{
	return happened && v->begun > happened + grace;
}

static void begin(double now)
{
	struct visit *v = &visits[n_visits];

	if (n_visits == OPEN_MAX)
		errx(1, "too many connections are under way");
	v->fd = socket(peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (v->fd < 0)
		err(1, "cannot open a socket");
	v->begun = now;
	v->sent = false;
	if (connect(v->fd, (void *)&peer, peer_len) && errno != EINPROGRESS)
		err(1, "cannot connect");
	n_visits++;
	n_before += !happened;
	n_after += judged(v);
}

/* Leaves by a reset: it shall leave nothing behind on either end. */
static void leave(struct visit *v)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(v->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(v->fd);
	*v = visits[--n_visits];
}

static void failed(struct visit *v, unsigned int *why)
{
	if (happened && v->begun + period - happened > outage)
		outage = v->begun + period - happened;
	*why += judged(v);
	leave(v);
}

static void served(struct visit *v, double now)
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
	leave(v);
}

static void look(struct visit *v, double now)
{
	char text[MESSAGE] = {};
	ssize_t n;

	if (!v->sent) {
		n = send(v->fd, text, sizeof(text), MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == ENOTCONN))
			return;
		v->sent = n == sizeof(text);
		if (!v->sent)
			failed(v, &n_refused);
		return;
	}
	n = recv(v->fd, text, sizeof(text), 0);
	if (n > 0)
		served(v, now);
	else if (!n || errno != EAGAIN)
		failed(v, &n_refused);
}

/* Let things happen until @due, or until something has. */
static void turn(double due)
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
			errx(1, "nothing has happened");
		happened = now;
	}
	/* from the last on: one that leaves has the last put in its place */
	for (i = n_visits; i-- > 0;) {
		if (fds[i].revents)
			look(&visits[i], now);
		else if (now - visits[i].begun > patience)
			failed(&visits[i], &n_late);
	}
}

int main(int argc, char **argv)
{
	double now, due;

	if (argc != 7) {
		fputs(usage, stderr);
		return 2;
	}
	read_peer(argv[1], atoi(argv[2]));
	period = atof(argv[3]);
	grace = atof(argv[4]);
	patience = atof(argv[5]);
	duration = atof(argv[6]);
	for (due = now_ms(); !happened || now_ms() < happened + duration;) {
		now = now_ms();
		if (now >= due) {
			begin(now);
			/* a machine that stood still does not make up for it */
			due = due + period < now ? now + period : due + period;
		}
		turn(due);
	}
	while (n_visits)
		turn(visits[0].begun + patience);
	printf("before %u after %u served %u refused %u late %u again %u longest %.0f outage %.0f\n",
	       n_before, n_after, n_served, n_refused, n_late, n_again, longest, outage);
	return n_served != n_after || n_again || !n_after;
}
