// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both ends of many long-lived flows: a server that echoes numbered messages, a client that sends
 * them at a steady rate on all its flows and counts missing, doubled and moved answers and resets,
 * and a client that opens new connections at a steady rate (steady_arrive.h).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FLOWS_MAX 32768
#define FDS_MAX 65536
#define EVENTS_MAX 128
/* Connections that may be opening at a time; more would only fill queues. */
#define OPENING_MAX 40
/* Patience until the next flow opens, and the largest delay that is made up for, in ms. */
#define OPEN_PATIENCE 20000
#define BEHIND_MAX 100

static const char usage[] =
	"Usage: steady MODE ARG...\n"
	"\n"
	"steady serve PORT\n"
	"  Echoes messages over TCP and UDP, IPv4 and IPv6. Prints \"ready\" when it listens.\n"
	"steady hold PORT SLOW FAST N ADDR TCP UDP [ADDR TCP UDP]...\n"
	"  Opens TCP connections and UDP flows to each address, and sends a message on each every SLOW\n"
	"  milliseconds; on N of them, evenly chosen, every FAST milliseconds. Prints \"ready N\" when\n"
	"  each flow has got an answer. Then it reads commands, one a line, and answers each by one line:\n"
	"  mark        reset the counters -> marked\n"
	"  settle MS   continue until each flow has got an answer to a message sent after this command,\n"
	"              or for MS milliseconds, then print the counters\n"
	"  count       print the counters at once\n"
	"  end         the same, and exit; with 1 if flows were lost, reset or moved since the start\n"
	"  -> flows N answers N lost N reset N moved N gaps N doubled N late N pause MS median MS all MS\n"
	"  lost: flows without an answer (settle), those reset included\n"
	"  moved: answers with another local address, local port or server than the flow's first answer\n"
	"  gaps, doubled, late: datagrams never answered, answered twice, overtaken\n"
	"  pause: the longest wait for an answer on a fast flow, from when the message was first sent\n"
	"  median: the median of the longest waits of the fast flows; all: the longest wait of any flow\n"
	"steady arrive PORT ADDR PERIOD GRACE PATIENCE TIME\n"
	"  Opens a connection every PERIOD milliseconds, sends a message, waits for the echo, and resets\n"
	"  the connection. Prints \"arriving\" after the first echo. A line of input reports an event: TIME\n"
	"  milliseconds later it opens no more connections, and exits when those open are done.\n"
	"  -> before N after N served N refused N late N again N longest MS outage MS\n"
	"  before, after: connections begun before the event, and more than GRACE milliseconds after it\n"
	"  Of those after the event:\n"
	"  served: answered within PATIENCE milliseconds; refused: by a reset or an error; late: neither\n"
	"  again: answered, but after more than one SYN; longest: the longest time until an answer\n"
	"  outage: from the event to the first connection after which all were served\n"
	"  Exits with 1 unless all connections after the event were served at their first SYN.\n";

/* A message. The server adds to it. Both ends are on one machine: host byte order. */
struct message {
	uint32_t seq;
	uint32_t port;		/* of the peer, as the server sees it */
	uint8_t peer[16];
	uint64_t server;	/* a random number of each server */
};

struct flow {
	int fd;
	bool udp;
	bool fast;
	bool open;
	bool reset;
	bool known;		/* first holds the first answer */
	uint32_t sent;		/* number of the last message sent */
	uint32_t got;		/* highest number that came back */
	uint32_t wanted;	/* settle: the message that has to come back */
	double waiting;		/* when the message was sent whose answer is missing; 0: none is */
	double longest;		/* longest wait since the mark, milliseconds */
	uint64_t missing;	/* bit n: the message got - n has not come back */
	size_t have;		/* bytes of a message */
	struct message first;
	struct message in;
};

static struct {
	unsigned long answers, moved, gaps, doubled, late;
} count;

static struct flow flows[FLOWS_MAX];
static unsigned int n_flows, n_opening, n_ready, n_moved_ever;
static int epoll, port;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void read_address(const char *addr, struct sockaddr_storage *to)
{
	struct sockaddr_in *in = (void *)to;
	struct sockaddr_in6 *in6 = (void *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, addr, &in->sin_addr) == 1)
		to->ss_family = AF_INET;
	else if (inet_pton(AF_INET6, addr, &in6->sin6_addr) == 1)
		to->ss_family = AF_INET6;
	else
		errx(2, "invalid address \"%s\"", addr);
	/* the port is at the same place in both families */
	in->sin_port = htons(port);
}

static void watch(int fd, uint32_t events, uint64_t data, int op)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	if (epoll_ctl(epoll, op, fd, &event))
		err(1, "cannot watch a socket");
}

/* ---- server */

struct peer {
	struct message in;
	size_t have;
};

static struct peer peers[FDS_MAX];
static uint64_t server_id;

static void sign(struct message *m, const struct sockaddr_in6 *from)
{
	m->port = ntohs(from->sin6_port);
	memcpy(m->peer, &from->sin6_addr, sizeof(m->peer));
	m->server = server_id;
}

static void serve_datagrams(int s)
{
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	struct message m;

	while (recvfrom(s, &m, sizeof(m), 0, (void *)&from, &len) == sizeof(m)) {
		sign(&m, &from);
		/* a client whose answer cannot be sent reports that itself */
		sendto(s, &m, sizeof(m), 0, (void *)&from, len);
		len = sizeof(from);
	}
}

static void serve_connection(int s)
{
	struct peer *p = &peers[s];
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	ssize_t n;

	if (getpeername(s, (void *)&from, &len)) {
		close(s);
		return;
	}
	while ((n = recv(s, (char *)&p->in + p->have, sizeof(p->in) - p->have, 0)) > 0) {
		p->have += n;
		if (p->have < sizeof(p->in))
			continue;
		p->have = 0;
		sign(&p->in, &from);
		send(s, &p->in, sizeof(p->in), MSG_NOSIGNAL);
	}
	if (!n || errno != EAGAIN)
		close(s);
}

static void serve_accept(int listener)
{
	int s, on = 1;

	while ((s = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		if (s >= FDS_MAX)
			errx(1, "too many connections");
		setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		peers[s].have = 0;
		watch(s, EPOLLIN, s, EPOLL_CTL_ADD);
	}
}

static int serve_socket(int type)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int s = socket(AF_INET6, type | SOCK_NONBLOCK, 0), on = 1;

	if (s < 0)
		err(1, "cannot open a socket");
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (void *)&addr, sizeof(addr)) || (type == SOCK_STREAM && listen(s, FLOWS_MAX)))
		err(1, "cannot listen");
	watch(s, EPOLLIN, s, EPOLL_CTL_ADD);
	return s;
}

static int serve(void)
{
	struct epoll_event events[EVENTS_MAX];
	int tcp = serve_socket(SOCK_STREAM), udp = serve_socket(SOCK_DGRAM), i, n;

	if (getrandom(&server_id, sizeof(server_id), 0) != sizeof(server_id))
		err(1, "getrandom");
	puts("ready");
	fflush(stdout);
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS_MAX, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.fd == tcp)
				serve_accept(tcp);
			else if (events[i].data.fd == udp)
				serve_datagrams(udp);
			else
				serve_connection(events[i].data.fd);
		}
	}
}

/* ---- the flows of the client */

static void flow_reset(struct flow *f)
{
	f->reset = true;
	epoll_ctl(epoll, EPOLL_CTL_DEL, f->fd, NULL);
}

static void flow_send(struct flow *f)
{
	struct message m = { .seq = f->sent + 1 };
	ssize_t n;

	if (!f->open || f->reset)
		return;
	n = send(f->fd, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == sizeof(m)) {
		f->sent++;
	} else if (n >= 0) {
		errx(1, "a message was cut");
	} else if (f->udp && errno != EAGAIN) {
		/* an ICMP error for an earlier message; this one was not sent */
		send(f->fd, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT);
		f->sent++;
	} else if (errno != EAGAIN) {
		flow_reset(f);
		return;
	}
	if (!f->waiting)
		f->waiting = now_ms();
}

/* TCP returns all numbers in order, or the program fails. UDP may lose or reorder any. */
static void flow_number(struct flow *f, uint32_t seq)
{
	uint32_t ahead = seq - f->got;

	if (!seq || seq > f->sent)
		errx(1, "an answer to message %u, of %u sent", seq, f->sent);
	if (!f->udp && ahead != 1)
		errx(1, "a stream goes on with message %u after %u", seq, f->got);
	if ((int32_t)ahead > 0) {
		count.gaps += ahead - 1;
		f->missing = ahead < 64 ? f->missing << ahead : 0;
		if (ahead > 1)
			f->missing |= ((ahead < 64 ? 1ULL << ahead : 0) - 1) & ~1ULL;
		f->got = seq;
	} else if (f->got - seq < 64 && f->missing >> (f->got - seq) & 1) {
		f->missing &= ~(1ULL << (f->got - seq));
		count.late++;
		count.gaps--;
	} else {
		count.doubled++;
	}
}

static void flow_answer(struct flow *f)
{
	double now = now_ms();

	flow_number(f, f->in.seq);
	count.answers++;
	if (f->waiting && now - f->waiting > f->longest)
		f->longest = now - f->waiting;
	/* later messages of the stream follow: wait for the next one from now on */
	f->waiting = f->got == f->sent ? 0 : now;
	if (!f->known) {
		f->first = f->in;
		f->known = true;
		n_ready++;
	} else if (f->in.server != f->first.server || f->in.port != f->first.port ||
		   memcmp(f->in.peer, f->first.peer, sizeof(f->in.peer))) {
		count.moved++;
		n_moved_ever++;
	}
}

static void flow_receive(struct flow *f)
{
	ssize_t n;

	while ((n = recv(f->fd, (char *)&f->in + f->have, sizeof(f->in) - f->have,
			 MSG_DONTWAIT)) > 0) {
		f->have += n;
		if (f->have < sizeof(f->in))
			continue;
		f->have = 0;
		flow_answer(f);
	}
	if (!f->udp && (!n || errno != EAGAIN))
		flow_reset(f);
}

static void flow_opened(struct flow *f)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error)
		errx(1, "cannot connect: %s", strerror(error));
	f->open = true;
	n_opening--;
	watch(f->fd, EPOLLIN, f - flows, EPOLL_CTL_MOD);
	flow_send(f);
}

static void flow_open(struct flow *f, const struct sockaddr_storage *to)
{
	int on = 1;

	f->fd = socket(to->ss_family, (f->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0);
	if (f->fd < 0)
		err(1, "cannot open a socket");
	if (!f->udp)
		setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(f->fd, (void *)to, sizeof(*to)) && errno != EINPROGRESS)
		err(1, "cannot connect");
	n_opening++;
	watch(f->fd, EPOLLOUT, f - flows, EPOLL_CTL_ADD);
}

/* ---- the schedule of messages */

/* A ring of flows that send in turn, each once in a period. */
static struct ring {
	struct flow *flow[FLOWS_MAX];
	unsigned int n, next;
	double pause, due;
} slow, fast;

static void ring_start(struct ring *r, double period)
{
	r->pause = r->n ? period / r->n : 1e9;
	r->due = now_ms();
}

static void ring_run(struct ring *r, double now)
{
	/* do not make up for messages of a time when the machine stood still */
	if (now - r->due > BEHIND_MAX)
		r->due = now;
	while (r->n && r->due <= now) {
		flow_send(r->flow[r->next++ % r->n]);
		r->due += r->pause;
	}
}

static bool console_ready;

/* Handle events until the next message is due, for 50 ms at most; send what is due. */
static void turn(void)
{
	struct epoll_event events[EVENTS_MAX];
	double now = now_ms(), due = slow.due < fast.due ? slow.due : fast.due;
	int i, n, wait = due <= now ? 0 : due - now < 50 ? (int)(due - now) + 1 : 50;

	n = epoll_wait(epoll, events, EVENTS_MAX, wait);
	for (i = 0; i < n; i++) {
		struct flow *f = &flows[events[i].data.u64];

		if (events[i].data.u64 >= n_flows)
			console_ready = true;
		else if (!f->open)
			flow_opened(f);
		else
			flow_receive(f);
	}
	now = now_ms();
	ring_run(&slow, now);
	ring_run(&fast, now);
}

/* ---- the client */

static void plan(char **argv)
{
	struct sockaddr_storage to;
	unsigned int tcp = atoi(argv[1]), n = tcp + atoi(argv[2]), i;
	double begin;

	read_address(argv[0], &to);
	for (i = 0; i < n; i++) {
		if (n_flows == FLOWS_MAX)
			errx(2, "too many flows");
		flows[n_flows].udp = i >= tcp;
		flow_open(&flows[n_flows++], &to);
		begin = now_ms();
		while (n_opening >= OPENING_MAX) {
			turn();
			if (now_ms() - begin > OPEN_PATIENCE)
				errx(1, "%u flows do not open", n_opening);
		}
	}
}

/* Choose the fast flows evenly, so that each kind of flow is among them. */
static void share_rings(unsigned int n_fast, double slow_period, double fast_period)
{
	unsigned int i;

	for (i = 0; i < n_flows; i++) {
		struct flow *f = &flows[i];
		struct ring *r;

		f->fast = (uint64_t)(i + 1) * n_fast / n_flows != (uint64_t)i * n_fast / n_flows;
		r = f->fast ? &fast : &slow;
		r->flow[r->n++] = f;
	}
	ring_start(&slow, slow_period);
	ring_start(&fast, fast_period);
}

/* The first datagrams may be lost like any other: the flows go on sending. */
static void wait_ready(void)
{
	double begin = now_ms();
	unsigned int ready;

	while (n_ready < n_flows) {
		ready = n_ready;
		turn();
		if (n_ready != ready)
			begin = now_ms();
		if (now_ms() - begin > OPEN_PATIENCE)
			errx(1, "only %u of %u flows are answered", n_ready, n_flows);
	}
	printf("ready %u\n", n_flows);
	fflush(stdout);
}

static void mark(void)
{
	unsigned int i;

	memset(&count, 0, sizeof(count));
	for (i = 0; i < n_flows; i++)
		flows[i].longest = 0;
}

static bool flow_settled(const struct flow *f)
{
	return f->reset || (int32_t)(f->got - f->wanted) >= 0;
}

/* Send at the usual rate: each flow's turn comes within a period. */
static void settle(double patience)
{
	double begin = now_ms();
	unsigned int i;

	for (i = 0; i < n_flows; i++)
		flows[i].wanted = flows[i].sent + 1;
	/* a flow that has settled stays so: those before i have */
	for (i = 0; i < n_flows && now_ms() - begin < patience; turn())
		while (i < n_flows && flow_settled(&flows[i]))
			i++;
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A wait that has not ended counts until now. */
static double flow_longest(const struct flow *f)
{
	double wait = f->waiting && !f->reset ? now_ms() - f->waiting : 0;

	return wait > f->longest ? wait : f->longest;
}

/* Return: number of lost flows. */
static unsigned int print_counters(void)
{
	static double longest[FLOWS_MAX];
	unsigned int i, n = 0, lost = 0, reset = 0;
	double all = 0;

	for (i = 0; i < n_flows; i++) {
		double wait = flow_longest(&flows[i]);

		lost += flows[i].reset || !flow_settled(&flows[i]);
		reset += flows[i].reset;
		if (flows[i].fast)
			longest[n++] = wait;
		all = wait > all ? wait : all;
	}
	qsort(longest, n, sizeof(longest[0]), by_number);
	printf("flows %u answers %lu lost %u reset %u moved %lu", n_flows, count.answers, lost,
	       reset, count.moved);
	printf(" gaps %lu doubled %lu late %lu", count.gaps, count.doubled, count.late);
	printf(" pause %.0f median %.0f all %.0f\n", n ? longest[n - 1] : all,
	       n ? longest[n / 2] : all, all);
	fflush(stdout);
	return lost;
}

/* Return: false on the command to exit. */
static bool run_command(const char *line)
{
	double patience;

	if (!strcmp(line, "mark\n")) {
		mark();
		puts("marked");
		fflush(stdout);
	} else if (sscanf(line, "settle %lf", &patience) == 1) {
		settle(patience);
		print_counters();
	} else if (!strcmp(line, "count\n")) {
		print_counters();
	} else if (strcmp(line, "end\n")) {
		printf("invalid command \"%.*s\"\n", (int)strcspn(line, "\n"), line);
		fflush(stdout);
	}
	return strcmp(line, "end\n");
}

static int hold(int argc, char **argv)
{
	char line[128];
	int i;

	/* no flow is in a ring yet: no message is due */
	slow.due = 1e18;
	fast.due = 1e18;
	for (i = 3; i + 2 < argc; i += 3)
		plan(argv + i);
	share_rings(atoi(argv[2]), atof(argv[0]), atof(argv[1]));
	wait_ready();
	setvbuf(stdin, NULL, _IONBF, 0);
	watch(STDIN_FILENO, EPOLLIN, FLOWS_MAX, EPOLL_CTL_ADD);
	for (;;) {
		turn();
		if (!console_ready)
			continue;
		console_ready = false;
		if (!fgets(line, sizeof(line), stdin) || !run_command(line))
			break;
	}
	return print_counters() || n_moved_ever;
}

#include "steady_arrive.h"

int main(int argc, char **argv)
{
	struct rlimit files = { FDS_MAX, FDS_MAX };
	bool serves = argc == 3 && !strcmp(argv[1], "serve");
	bool arrives = argc == 8 && !strcmp(argv[1], "arrive");

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return 0;
	}
	if (!serves && !arrives && (argc < 9 || argc % 3 || strcmp(argv[1], "hold"))) {
		fputs(usage, stderr);
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	epoll = epoll_create1(0);
	if (epoll < 0)
		err(1, "epoll_create1");
	port = atoi(argv[2]);
	if (arrives)
		return arrive(argv + 3);
	return serves ? serve() : hold(argc - 3, argv + 3);
}
