/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * talk idle: both ends of idle TCP connections. Each end asks the other on command, and learns by
 * the answer what has become of the connection.
 */

/* Patience with answers unless a command says otherwise, in milliseconds. */
#define IDLE_PATIENCE 3000
#define IDLE_TARGETS_MAX 8
#define QUESTION '?'
#define ANSWER '!'

static const char question = QUESTION, answer = ANSWER;

static struct idle {
	int fd;
	bool waiting;		/* for an answer */
} idles[CALLS_MAX];
static unsigned int n_idles, n_idle_answered, n_idle_reset;
static int idle_listener = -1;

static struct {
	struct sockaddr_storage addr;
	socklen_t len;
} idle_targets[IDLE_TARGETS_MAX];

static void idle_add(int s)
{
	int on = 1;

	if (n_idles == CALLS_MAX)
		errx(1, "too many connections");
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	idles[n_idles++] = (struct idle){ .fd = s };
}

/* Moves the last connection to the place of @c. */
static void idle_forget(struct idle *c, bool reset)
{
	n_idle_reset += reset;
	close(c->fd);
	*c = idles[--n_idles];
}

static void idle_receive(struct idle *c)
{
	char text[LINE_MAX_LEN];
	ssize_t n = recv(c->fd, text, sizeof(text), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || (memchr(text, QUESTION, n) &&
		       send(c->fd, &answer, 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)) {
		idle_forget(c, n != 0);
	} else if (c->waiting && memchr(text, ANSWER, n)) {
		c->waiting = false;
		n_idle_answered++;
	}
}

static void idle_accept(void)
{
	int s;

	while ((s = accept4(idle_listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		idle_add(s);
}

/* Wait for events at most @patience milliseconds (-1: for ever). Return: true if input is there. */
static bool idle_turn(long patience, bool input)
{
	static struct pollfd fds[CALLS_MAX + 2];
	unsigned int i, n = n_idles;

	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){ idles[i].fd, POLLIN, 0 };
	fds[n] = (struct pollfd){ idle_listener, POLLIN, 0 };
	fds[n + 1] = (struct pollfd){ input ? STDIN_FILENO : -1, POLLIN, 0 };
	if (poll(fds, n + 2, patience) < 0)
		err(1, "cannot wait");
	/* from the last one on: a forgotten connection is replaced by the last one */
	for (i = n; i-- > 0;)
		if (fds[i].revents)
			idle_receive(&idles[i]);
	if (fds[n].revents)
		idle_accept();
	return fds[n + 1].revents;
}

static unsigned int idle_waiting(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_idles; i++)
		n += idles[i].waiting;
	return n;
}

static void idle_say(long patience)
{
	long now = now_ms(), end = now + patience;
	unsigned int i;

	n_idle_answered = 0;
	n_idle_reset = 0;
	for (i = n_idles; i-- > 0;) {
		idles[i].waiting = true;
		if (send(idles[i].fd, &question, 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			idle_forget(&idles[i], true);
	}
	while (idle_waiting() && (now = now_ms()) < end)
		idle_turn(end - now, false);
	print("answered %u reset %u silent %u\n", n_idle_answered, n_idle_reset, idle_waiting());
}

/* Open @n connections to target @i, one by one. Return: false if one failed. */
static bool idle_open(unsigned int i, unsigned int n, long patience)
{
	struct timeval timeout = { patience / 1000, patience % 1000 * 1000 };

	while (n--) {
		int s = socket(idle_targets[i].addr.ss_family, SOCK_STREAM, 0);

		if (s < 0)
			err(1, "cannot open a socket");
		/* limits connect(), too */
		setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
		if (connect(s, (void *)&idle_targets[i].addr, idle_targets[i].len)) {
			warn("cannot connect");
			close(s);
			return false;
		}
		idle_add(s);
	}
	return true;
}

static void idle_command(const char *line, unsigned int n_targets, long patience)
{
	unsigned int i, n, before = n_idles;
	long said;

	if (!strncmp(line, "say", 3)) {
		idle_say(sscanf(line, "say %ld", &said) == 1 ? said : patience);
	} else if (sscanf(line, "open %u", &n) == 1) {
		for (i = 0; i < n_targets && idle_open(i, n, patience); i++)
			;
		print("opened %u\n", n_idles - before);
	} else if (!strcmp(line, "close")) {
		while (n_idles)
			idle_forget(&idles[0], false);
		print("closed %u\n", before);
	} else {
		print("invalid command \"%s\"\n", line);
	}
}

static void idle_listen(void)
{
	int on = 1;

	idle_listener = socket(peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (idle_listener < 0)
		err(1, "cannot open a socket");
	setsockopt(idle_listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(idle_listener, (void *)&peer, peer_len) || listen(idle_listener, CALLS_MAX))
		err(1, "cannot listen");
}

static int do_idle(int argc, char **argv)
{
	const char *slowness = getenv("SLB_SLOWNESS");
	long patience = IDLE_PATIENCE * (slowness ? atol(slowness) : 1);
	unsigned int i, n_targets = (argc - 1) / 2;
	char line[LINE_MAX_LEN];

	if (argc % 2 == 0 || n_targets > IDLE_TARGETS_MAX)
		errx(2, "an ADDR needs an N, and there are at most %d", IDLE_TARGETS_MAX);
	read_address("::", argv[0]);
	if (!n_targets)
		idle_listen();
	for (i = 0; i < n_targets; i++) {
		read_address(argv[1 + 2 * i], argv[0]);
		idle_targets[i].addr = peer;
		idle_targets[i].len = peer_len;
		if (!idle_open(i, atoi(argv[2 + 2 * i]), patience))
			return 1;
	}
	print("ready %u\n", n_idles);
	/* a line that stdio has read ahead would not wake poll() */
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		if (!idle_turn(-1, true))
			continue;
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		line[strcspn(line, "\n")] = 0;
		idle_command(line, n_targets, patience);
	}
}
