/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * talk serve, call and connect: an echo server, and a client that opens many connections, uses them
 * and ends them as commands on its standard input say.
 */

/* What the client sends: a message to be echoed, and a request to end the connection. */
static const char word_echo[] = "echo\n";
static const char word_bye[] = "bye\n";

/* Patience with connections, answers and ends unless a command says otherwise, in milliseconds. */
#define PATIENCE 10000

/* One connection of the client. */
struct call {
	int fd;
	enum { CALL_WAITING, CALL_DONE, CALL_FAILED } state;
};

static struct call calls[CALLS_MAX];
static unsigned int n_calls;

/* ---- server */

static void serve_datagram(int s, ssize_t min)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char text[2048];
	ssize_t n;

	while ((n = recvfrom(s, text, sizeof(text), MSG_DONTWAIT, (void *)&from, &len)) >= 0) {
		/* a client whose answer cannot be sent reports that itself */
		if (n >= min)
			sendto(s, text, n, MSG_DONTWAIT, (void *)&from, len);
		len = sizeof(from);
	}
}

static void serve_connection(int s)
{
	char text[2048];
	ssize_t n = recv(s, text, sizeof(text), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || text[0] == word_bye[0] || send(s, text, n, MSG_NOSIGNAL) < 0)
		close(s);
}

static void serve_accept(int epoll, int listener)
{
	struct epoll_event event = { .events = EPOLLIN };

	while ((event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event))
			err(1, "cannot watch a connection");
}

static int do_serve(int argc, char **argv)
{
	struct epoll_event events[EVENTS_MAX], event = { .events = EPOLLIN };
	int epoll = epoll_create1(0), on = 1, i, n, s;

	read_proto(argv[0]);
	read_address(argv[1], argv[2]);
	s = socket(peer.ss_family, type | SOCK_NONBLOCK, proto);
	if (epoll < 0 || s < 0)
		err(1, "cannot open a socket");
	if (type == SOCK_STREAM)
		setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (void *)&peer, peer_len) || (type == SOCK_STREAM && listen(s, CALLS_MAX)))
		err(1, "cannot listen");
	event.data.fd = s;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, s, &event))
		err(1, "cannot watch the socket");
	print("ready\n");
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS_MAX, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.fd != s)
				serve_connection(events[i].data.fd);
			else if (type == SOCK_STREAM)
				serve_accept(epoll, s);
			else
				serve_datagram(s, argc > 3 ? atoi(argv[3]) : 0);
		}
	}
}

/* ---- client */

/*
 * Wait until every connection from @first on has had its event, or the time is up. @check handles
 * an event, and returns true if the connection needs no other. Return: when the last one was done,
 * in milliseconds after the call.
 */
static long wait_calls(unsigned int first, short events, long patience,
		       bool (*check)(struct call *))
{
	static struct pollfd fds[CALLS_MAX];
	long begin = now_ms(), last = 0;
	unsigned int i, waiting;

	for (;;) {
		for (waiting = 0, i = first; i < n_calls; i++) {
			bool waits = calls[i].state == CALL_WAITING;

			fds[i].fd = waits ? calls[i].fd : -1;
			fds[i].events = events;
			waiting += waits;
		}
		if (!waiting || now_ms() - begin >= patience)
			return last;
		if (poll(fds + first, n_calls - first, patience - (now_ms() - begin)) <= 0)
			continue;
		for (i = first; i < n_calls; i++)
			if (fds[i].fd >= 0 && fds[i].revents && check(&calls[i]))
				last = now_ms() - begin;
	}
}

static bool call_opened(struct call *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	c->state = error ? CALL_FAILED : CALL_DONE;
	return true;
}

static bool call_answered(struct call *c)
{
	char text[64];
	ssize_t n = recv(c->fd, text, sizeof(text), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return false;
	c->state = n == sizeof(word_echo) - 1 ? CALL_DONE : CALL_FAILED;
	return true;
}

static bool call_ended(struct call *c)
{
	char text[64];
	ssize_t n = recv(c->fd, text, sizeof(text), MSG_DONTWAIT);

	if (n > 0 || (n < 0 && errno == EAGAIN))
		return false;
	c->state = CALL_DONE;
	return true;
}

static unsigned int count_calls(unsigned int first, int state)
{
	unsigned int i, n = 0;

	for (i = first; i < n_calls; i++)
		n += calls[i].state == (unsigned int)state;
	return n;
}

static int call_socket(unsigned int port)
{
	struct sockaddr_storage from = { .ss_family = peer.ss_family };
	int s = socket(peer.ss_family, type | SOCK_NONBLOCK, proto), on = 1;

	if (s < 0)
		err(1, "cannot open a socket");
	/*
	 * No SO_REUSEADDR when the kernel chooses the port: it might choose the port of another UDP
	 * socket of this process, and the two flows would be one.
	 */
	if (!port)
		return s;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	set_port(&from, port);
	if (bind(s, (void *)&from, peer_len))
		err(1, "cannot use port %u", port);
	return s;
}

/* Return: how many were opened. */
static unsigned int open_calls(unsigned int n, unsigned int port, long patience, long *slowest)
{
	unsigned int i, opened, first = n_calls;

	for (i = 0; i < n && n_calls < CALLS_MAX; i++) {
		struct call *c = &calls[n_calls++];

		c->fd = call_socket(port ? port + i : 0);
		c->state = CALL_WAITING;
		if (connect(c->fd, (void *)&peer, peer_len) && errno != EINPROGRESS)
			c->state = CALL_FAILED;
	}
	*slowest = wait_calls(first, POLLOUT, patience, call_opened);
	opened = count_calls(first, CALL_DONE);
	/* forget those that failed */
	for (i = n = first; i < n_calls; i++) {
		if (calls[i].state == CALL_DONE)
			calls[n++] = calls[i];
		else
			close(calls[i].fd);
	}
	n_calls = n;
	return opened;
}

static void do_open(unsigned int n, unsigned int port, long patience)
{
	long slowest;
	unsigned int opened = open_calls(n, port, patience, &slowest);

	print("opened %u failed %u slowest %ld\n", opened, n - opened, slowest);
}

static void send_calls(const char *word, size_t len)
{
	unsigned int i;

	for (i = 0; i < n_calls; i++)
		calls[i].state = send(calls[i].fd, word, len, MSG_NOSIGNAL) < 0 ? CALL_FAILED :
										 CALL_WAITING;
}

static void do_say(long patience)
{
	send_calls(word_echo, sizeof(word_echo) - 1);
	wait_calls(0, POLLIN, patience, call_answered);
	print("answered %u refused %u of %u\n", count_calls(0, CALL_DONE),
	      count_calls(0, CALL_FAILED), n_calls);
}

/* Return: how many were open. */
static unsigned int close_calls(bool reset)
{
	struct linger linger = { .l_onoff = 1 };
	unsigned int i, n = n_calls;

	for (i = 0; i < n; i++) {
		if (reset)
			setsockopt(calls[i].fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		close(calls[i].fd);
	}
	n_calls = 0;
	return n;
}

static unsigned int end_calls(void)
{
	send_calls(word_bye, sizeof(word_bye) - 1);
	wait_calls(0, POLLIN, PATIENCE, call_ended);
	return close_calls(false);
}

static int do_connect(int argc, char **argv)
{
	long slowest;

	read_proto(argv[0]);
	read_address(argv[1], argv[2]);
	return open_calls(1, 0, argc > 3 ? atol(argv[3]) : PATIENCE, &slowest) != 1;
}

static void do_turns(unsigned int n)
{
	unsigned int i, opened = 0;
	long took, slowest = 0;

	for (i = 0; i < n; i++) {
		opened += open_calls(1, 0, PATIENCE, &took);
		slowest = took > slowest ? took : slowest;
		end_calls();
	}
	print("opened %u failed %u slowest %ld\n", opened, n - opened, slowest);
}

static int do_call(int argc, char **argv)
{
	char line[LINE_MAX_LEN], word[16];

	(void)argc;
	read_proto(argv[0]);
	read_address(argv[1], argv[2]);
	while (fgets(line, sizeof(line), stdin)) {
		unsigned int n = 0, port = 0;
		long patience = PATIENCE;

		if (sscanf(line, "%15s", word) != 1)
			continue;
		if (!strcmp(word, "open") &&
		    sscanf(line, "%*s %u %u %ld", &n, &port, &patience) > 0)
			do_open(n, port, patience);
		else if (!strcmp(word, "say"))
			do_say(sscanf(line, "%*s %ld", &patience) == 1 ? patience : PATIENCE);
		else if (!strcmp(word, "bye"))
			print("closed %u\n", end_calls());
		else if (!strcmp(word, "turns") && sscanf(line, "%*s %u", &n) == 1)
			do_turns(n);
		else if (!strcmp(word, "close") || !strcmp(word, "reset"))
			print("closed %u\n", close_calls(word[0] == 'r'));
		else
			print("invalid command \"%s\"\n", word);
	}
	return 0;
}
