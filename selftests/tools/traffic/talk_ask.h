/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * talk name and talk ask: a server that answers with its name and with the address and port that it
 * sees, over every protocol and both families, and a client that asks it over many flows.
 */

/* Patience with each step of a flow, in seconds. */
#define ASK_TIMEOUT 5
#define NAME_FDS_MAX 4096

static const char word_who[] = "who?\n";

/* ---- server */

static const char *server_name;
static struct sockaddr_storage name_peers[NAME_FDS_MAX];

/*
 * The address that this host uses towards @to, or the unspecified one if there is no route. SCTP
 * announces all addresses that a socket may use, and the peer tries them: so bind to one.
 */
static void own_address(const struct sockaddr_storage *to, struct sockaddr_storage *own)
{
	socklen_t len = peer_len;
	int s = socket(to->ss_family, SOCK_DGRAM, 0);

	if (s < 0)
		err(1, "cannot open a socket");
	memset(own, 0, sizeof(*own));
	if (!connect(s, (const void *)to, len))
		getsockname(s, (void *)own, &len);
	own->ss_family = to->ss_family;
	set_port(own, 0);
	close(s);
}

static int name_socket(const char *proto_name, const char *any, const char *far,
		       const char *service)
{
	struct sockaddr_storage own;
	int s, on = 1;

	read_proto(proto_name);
	read_address(any, service);
	s = socket(peer.ss_family, type | SOCK_NONBLOCK, proto);
	/* a kernel without SCTP */
	if (s < 0)
		return -1;
	own = peer;
	if (proto == IPPROTO_SCTP) {
		read_address(far, service);
		own_address(&peer, &own);
		set_port(&own, atoi(service));
	}
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (own.ss_family == AF_INET6)
		setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(s, (void *)&own, peer_len) || (type == SOCK_STREAM && listen(s, CALLS_MAX)))
		err(1, "cannot listen: %s %s", proto_name, any);
	return s;
}

static size_t name_text(char *text, size_t size, const struct sockaddr_storage *from)
{
	char addr[INET6_ADDRSTRLEN];

	return snprintf(text, size, "%s %s %u\n", server_name, address_text(from, addr),
			get_port(from));
}

static void name_datagrams(int s)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char text[2048];

	while (recvfrom(s, text, sizeof(text), MSG_DONTWAIT, (void *)&from, &len) >= 0) {
		sendto(s, text, name_text(text, sizeof(text), &from), MSG_DONTWAIT, (void *)&from,
		       len);
		len = sizeof(from);
	}
}

static void name_connection(int s)
{
	char text[2048];
	ssize_t n = recv(s, text, sizeof(text), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0)
		n = send(s, text, name_text(text, sizeof(text), &name_peers[s]), MSG_NOSIGNAL);
	if (n <= 0)
		close(s);
}

static void name_accept(int epoll, int listener)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	int s;

	while ((s = accept4(listener, (void *)&from, &len, SOCK_NONBLOCK)) >= 0) {
		if (s >= NAME_FDS_MAX)
			errx(1, "too many connections");
		name_peers[s] = from;
		event.data.fd = s;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, s, &event))
			err(1, "cannot watch a connection");
		len = sizeof(from);
	}
}

static int do_name(int argc, char **argv)
{
	static const char *const protos[] = { "tcp", "udp", "sctp" };
	struct epoll_event events[EVENTS_MAX];
	enum { OTHER, STREAM, DATAGRAM } kinds[NAME_FDS_MAX] = {};
	int epoll = epoll_create1(0), i, n, s;

	(void)argc;
	server_name = argv[0];
	for (i = 0; i < 6; i++) {
		s = i % 2 ? name_socket(protos[i / 2], "::", "2001:db8::1", argv[1]) :
			    name_socket(protos[i / 2], "0.0.0.0", "192.0.2.1", argv[1]);
		if (s < 0)
			continue;
		kinds[s] = type == SOCK_STREAM ? STREAM : DATAGRAM;
		events[0] = (struct epoll_event){ .events = EPOLLIN, .data.fd = s };
		if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, s, events))
			err(1, "cannot watch a socket");
	}
	print("ready\n");
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS_MAX, -1);
		for (i = 0; i < n; i++) {
			s = events[i].data.fd;
			if (kinds[s] == STREAM)
				name_accept(epoll, s);
			else if (kinds[s] == DATAGRAM)
				name_datagrams(s);
			else
				name_connection(s);
		}
	}
}

/* ---- client */

/* Return: false if a step failed; errno says why. */
static bool ask_one(int s)
{
	struct timeval timeout = { .tv_sec = ASK_TIMEOUT };
	struct sockaddr_storage own = { .ss_family = peer.ss_family };
	socklen_t len = sizeof(own);
	char text[256];
	ssize_t n;

	/* SO_SNDTIMEO limits connect(), too */
	setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (proto == IPPROTO_SCTP) {
		own_address(&peer, &own);
		if (bind(s, (void *)&own, peer_len))
			return false;
	}
	if (connect(s, (void *)&peer, peer_len) || getsockname(s, (void *)&own, &len) ||
	    send(s, word_who, sizeof(word_who) - 1, MSG_NOSIGNAL) < 0)
		return false;
	n = recv(s, text, sizeof(text) - 1, 0);
	/* the server ends nothing by itself */
	if (!n)
		errno = ECONNRESET;
	if (n <= 0)
		return false;
	text[n] = 0;
	print("%u %s", get_port(&own), text);
	return true;
}

/* Return: flows that failed. */
static unsigned int ask_many(const char *what, unsigned int count)
{
	unsigned int i, failed = 0;
	int fds[CALLS_MAX];

	/* Close none before the last: the kernel could choose its port again, for the same flow. */
	for (i = 0; i < count; i++) {
		fds[i] = socket(peer.ss_family, type, proto);
		if (fds[i] >= 0 && ask_one(fds[i]))
			continue;
		/* what expired timers of sockets return */
		if (errno == EAGAIN || errno == EINPROGRESS)
			errno = ETIMEDOUT;
		warn("%s", what);
		failed++;
	}
	for (i = 0; i < count; i++)
		close(fds[i]);
	return failed;
}

static int do_ask(int argc, char **argv)
{
	unsigned int count = atoi(argv[3]), failed = 0;
	char *proto_name, *protos_left, *addr, *addrs_left, what[128];

	(void)argc;
	if (count > CALLS_MAX)
		errx(2, "at most %d flows", CALLS_MAX);
	for (proto_name = strtok_r(argv[0], ",", &protos_left); proto_name;
	     proto_name = strtok_r(NULL, ",", &protos_left)) {
		char *addrs = strdupa(argv[1]);

		read_proto(proto_name);
		for (addr = strtok_r(addrs, ",", &addrs_left); addr;
		     addr = strtok_r(NULL, ",", &addrs_left)) {
			read_address(addr, argv[2]);
			snprintf(what, sizeof(what), "%s %s %s", proto_name, addr, argv[2]);
			failed += ask_many(what, count);
		}
	}
	return failed != 0;
}
