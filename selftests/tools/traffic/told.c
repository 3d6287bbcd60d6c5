// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections whose server is told the client's address, with data that both ends know.
 *
 *	told serve PORT [proxy] [banner]	accept connections; prints a line when one ends:
 *						"ok|bad ADDR PORT VIP VPORT BYTES WHY"
 *	told call ADDR PORT [options]		open connections one after the other; prints for
 *						each the client's own end: "ok ADDR PORT" or
 *						"bad ADDR PORT WHY"
 *	    count N		how many (1)
 *	    from ADDR-N		bind to N addresses in turn, ADDR the first one
 *	    up BYTES		data to the server (100)
 *	    down BYTES		data from the server (100)
 *	    window BYTES	receive buffer, and largest window
 *	    banner		wait for the server's first words
 *	    pause MS		between the halves of the data
 *	    get			an HTTP request in place of our own
 *	    smtp		an SMTP dialogue, which the server begins
 *	    early		data with the SYN (TCP Fast Open without a cookie)
 *	    abort		close at once, before or after the handshake
 *	told datagrams ADDR PORT COUNT		send that many, one after each answer
 *	told answer PORT [proxy]		answer datagrams; prints the line for each
 *
 * With proxy, a stream has to begin with one PROXY header, version 2, and ADDR and VIP are what it
 * says; without, they are the addresses of the sockets. All data depend on their place in the
 * stream, so bytes that are missing, doubled or in the wrong order are found.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BANNER "220 ready\r\n"
#define CHUNK 65536
/* Seconds without progress after which an end gives up. */
#define PATIENCE 60

/* What the client asks for: so many bytes come, and so many shall go. */
struct request {
	uint32_t up;
	uint32_t down;
};

/* Both ends of a connection, as text. */
struct ends {
	char addr[INET6_ADDRSTRLEN];
	unsigned int port;
	char vip[INET6_ADDRSTRLEN];
	unsigned int vport;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned char pattern(uint64_t at)
{
	uint64_t x = at * 0x9e3779b97f4a7c15ull;

	return x >> 56 ^ x >> 31;
}

static bool read_all(int fd, void *buf, size_t len)
{
	char *at = buf;
	ssize_t n;

	while (len) {
		n = read(fd, at, len);
		if (n <= 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

static bool write_all(int fd, const void *buf, size_t len)
{
	const char *at = buf;
	ssize_t n;

	while (len) {
		n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

/* Read or write @len bytes of the pattern, from @from on. NULL or what is wrong. */
static const char *flow(int fd, bool out, uint64_t from, uint64_t len)
{
	static unsigned char buf[CHUNK];
	size_t i, n;

	while (len) {
		n = len < CHUNK ? len : CHUNK;
		if (out) {
			for (i = 0; i < n; i++)
				buf[i] = pattern(from + i);
			if (!write_all(fd, buf, n))
				return "cannot write";
		} else {
			if (!read_all(fd, buf, n))
				return "ends early";
			for (i = 0; i < n; i++)
				if (buf[i] != pattern(from + i))
					return "wrong data";
		}
		from += n;
		len -= n;
	}
	return NULL;
}

static void name(const struct sockaddr_in6 *in6, char *addr, unsigned int *port)
{
	const struct sockaddr_in *in = (const void *)in6;

	if (in6->sin6_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, addr, INET6_ADDRSTRLEN);
		*port = ntohs(in->sin_port);
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, in6->sin6_addr.s6_addr + 12, addr, INET6_ADDRSTRLEN);
		*port = ntohs(in6->sin6_port);
	} else {
		inet_ntop(AF_INET6, &in6->sin6_addr, addr, INET6_ADDRSTRLEN);
		*port = ntohs(in6->sin6_port);
	}
}

/* Parse a PROXY header; its length, or 0 when it is none. */
static size_t parse_proxy(const unsigned char *b, size_t len, int transport, struct ends *e)
{
	static const unsigned char sign[] = "\r\n\r\n\0\r\nQUIT\n\x21";
	size_t size, addr;

	if (len < 16 || memcmp(b, sign, 13) || (b[13] & 0xf) != transport)
		return 0;
	addr = b[13] >> 4 == 1 ? 4 : b[13] >> 4 == 2 ? 16 : 0;
	size = 16 + b[14] * 256 + b[15];
	if (!addr || size < 16 + 2 * addr + 4 || size > len)
		return 0;
	inet_ntop(addr == 4 ? AF_INET : AF_INET6, b + 16, e->addr, sizeof(e->addr));
	inet_ntop(addr == 4 ? AF_INET : AF_INET6, b + 16 + addr, e->vip, sizeof(e->vip));
	b += 16 + 2 * addr;
	e->port = b[0] * 256 + b[1];
	e->vport = b[2] * 256 + b[3];
	return size;
}

static bool read_proxy(int fd, struct ends *e)
{
	unsigned char buf[256];
	size_t len;

	if (!read_all(fd, buf, 16))
		return false;
	len = 16 + buf[14] * 256 + buf[15];
	return len <= sizeof(buf) && read_all(fd, buf + 16, len - 16) &&
	       parse_proxy(buf, len, 1, e) == len;
}

static void patience(int fd)
{
	struct timeval tv = { .tv_sec = PATIENCE };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)))
		die("setsockopt");
}

static void serve_one(int fd, bool proxy, bool banner)
{
	struct sockaddr_in6 peer = {}, self = {};
	socklen_t len = sizeof(peer);
	struct request r = {};
	struct ends e = {};
	const char *why = NULL;
	char byte;

	patience(fd);
	/* the client may have reset the connection already */
	if (getpeername(fd, (void *)&peer, &len))
		return;
	len = sizeof(self);
	if (getsockname(fd, (void *)&self, &len))
		die("getsockname");
	name(&peer, e.addr, &e.port);
	name(&self, e.vip, &e.vport);
	if (banner && !write_all(fd, BANNER, strlen(BANNER)))
		why = "cannot write";
	if (!why && proxy && !read_proxy(fd, &e))
		why = "no PROXY header";
	if (!why && !read_all(fd, &r, sizeof(r)))
		why = "no request";
	if (!why)
		why = flow(fd, false, 0, ntohl(r.up));
	if (!why)
		why = flow(fd, true, 1, ntohl(r.down));
	if (!why && read(fd, &byte, 1) != 0)
		why = "more data";
	printf("%s %s %u %s %u %u %s\n", why ? "bad" : "ok", e.addr, e.port, e.vip, e.vport,
	       ntohl(r.up), why ? why : "");
	fflush(stdout);
}

static int listen_on(int port, int type)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int one = 1, zero = 0, fd = socket(AF_INET6, type, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, (void *)&any, sizeof(any)))
		die("bind");
	if (type == SOCK_STREAM && listen(fd, 1024))
		die("listen");
	return fd;
}

static int serve(int port, bool proxy, bool banner)
{
	int fd = listen_on(port, SOCK_STREAM), peer;

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		peer = accept(fd, NULL, NULL);
		if (peer < 0)
			continue;
		if (!fork()) {
			close(fd);
			serve_one(peer, proxy, banner);
			_exit(0);
		}
		close(peer);
	}
}

/* Answer each datagram by what came after its header, to who sent it. */
static void answer(int port, bool proxy)
{
	int fd = listen_on(port, SOCK_DGRAM);
	static unsigned char buf[CHUNK];
	struct sockaddr_in6 peer;
	struct ends e;
	socklen_t len;
	ssize_t n;
	size_t head;

	for (;;) {
		len = sizeof(peer);
		n = recvfrom(fd, buf, sizeof(buf), 0, (void *)&peer, &len);
		if (n < 0)
			continue;
		memset(&e, 0, sizeof(e));
		name(&peer, e.addr, &e.port);
		head = proxy ? parse_proxy(buf, n, 2, &e) : 0;
		printf("%s %s %u %s %u %zd\n", head ? "told" : "plain", e.addr, e.port,
		       head ? e.vip : "-", e.vport, n - (ssize_t)head);
		fflush(stdout);
		sendto(fd, buf + head, n - head, 0, (void *)&peer, len);
	}
}

struct call {
	struct addrinfo *to;
	struct sockaddr_in6 from;
	unsigned int froms;
	unsigned int count;
	uint64_t up;
	uint64_t down;
	int window;
	unsigned int pause;
	bool banner;
	bool get;
	bool smtp;
	bool early;
	bool abort;
};

static const char *get(int fd)
{
	static const char ask[] = "GET / HTTP/1.0\r\n\r\n";
	char buf[4096];
	ssize_t n, sum = 0;

	if (!write_all(fd, ask, strlen(ask)))
		return "cannot write";
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		sum += n;
	return n < 0 ? "cannot read" : sum < 12 || memcmp(buf, "HTTP/", 5) ? "no answer" : NULL;
}

static const char *smtp(int fd)
{
	char buf[512];
	ssize_t n;

	if (read(fd, buf, 4) != 4 || memcmp(buf, "220 ", 4))
		return "no greeting";
	while ((n = read(fd, buf, sizeof(buf))) > 0 && buf[n - 1] != '\n')
		;
	if (n <= 0 || !write_all(fd, "QUIT\r\n", 6))
		return "cannot write";
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	return n < 0 ? "cannot read" : NULL;
}

static const char *talk(int fd, const struct call *c)
{
	struct request r = { htonl(c->up), htonl(c->down) };
	char buf[sizeof(BANNER)];
	const char *why;

	if (c->banner &&
	    (!read_all(fd, buf, strlen(BANNER)) || memcmp(buf, BANNER, strlen(BANNER))))
		return "no banner";
	if (c->get)
		return get(fd);
	if (c->smtp)
		return smtp(fd);
	if (!c->early && !write_all(fd, &r, sizeof(r)))
		return "cannot write";
	why = flow(fd, true, 0, c->up / 2);
	if (c->pause)
		usleep(c->pause * 1000);
	if (!why)
		why = flow(fd, true, c->up / 2, c->up - c->up / 2);
	if (!why)
		why = flow(fd, false, 1, c->down);
	return why;
}

/* Bind to the address number @n after the first one. */
static void bind_from(int fd, const struct call *c, unsigned int n)
{
	struct sockaddr_in6 from = c->from;
	struct sockaddr_in *in = (void *)&from;

	if (from.sin6_family == AF_INET)
		in->sin_addr.s_addr = htonl(ntohl(in->sin_addr.s_addr) + n);
	else
		from.sin6_addr.s6_addr[15] += n;
	if (bind(fd, (void *)&from, c->to->ai_addrlen))
		die("bind");
}

/* Open the connection. NULL or what is wrong. */
static const char *open_to(int fd, const struct call *c)
{
	struct request r = { htonl(c->up), htonl(c->down) };

	if (c->abort) {
		struct linger now = { .l_onoff = 1 };

		fcntl(fd, F_SETFL, O_NONBLOCK);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		connect(fd, c->to->ai_addr, c->to->ai_addrlen);
		usleep(c->pause * 1000);
		return NULL;
	}
	if (c->early)
		return sendto(fd, &r, sizeof(r), MSG_FASTOPEN, c->to->ai_addr,
			      c->to->ai_addrlen) == sizeof(r) ? NULL : strerror(errno);
	return connect(fd, c->to->ai_addr, c->to->ai_addrlen) ? strerror(errno) : NULL;
}

static bool call_one(const struct call *c, unsigned int n)
{
	int one = 1, fd = socket(c->to->ai_family, SOCK_STREAM, 0);
	struct sockaddr_in6 self = {};
	socklen_t len = sizeof(self);
	struct ends e = {};
	const char *why;

	if (fd < 0)
		die("socket");
	patience(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (c->window &&
	    (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &c->window, sizeof(c->window)) ||
	     setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &c->window, sizeof(c->window))))
		die("setsockopt");
	if (c->froms)
		bind_from(fd, c, n % c->froms);
	why = open_to(fd, c);
	getsockname(fd, (void *)&self, &len);
	name(&self, e.addr, &e.port);
	if (!why && !c->abort)
		why = talk(fd, c);
	printf("%s %s %u %s\n", why ? "bad" : "ok", e.addr, e.port, why ? why : "");
	close(fd);
	return !why;
}

static struct addrinfo *resolve(const char *addr, const char *port, int type)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = type }, *to;

	if (getaddrinfo(addr, port, &hints, &to)) {
		fprintf(stderr, "told: no address: %s\n", addr);
		exit(2);
	}
	return to;
}

static unsigned long number(char **argv, int *i)
{
	if (!argv[*i + 1]) {
		fprintf(stderr, "told: no number after %s\n", argv[*i]);
		exit(2);
	}
	return strtoul(argv[++*i], NULL, 10);
}

static void from(struct call *c, char *text)
{
	char *dash = strchr(text, '-');

	c->froms = dash ? atoi(dash + 1) : 1;
	if (dash)
		*dash = 0;
	memcpy(&c->from, resolve(text, "0", SOCK_STREAM)->ai_addr, c->to->ai_addrlen);
}

static int call(int argc, char **argv)
{
	struct call c = { .count = 1, .up = 100, .down = 100 };
	unsigned int n;
	int i, bad = 0;

	c.to = resolve(argv[2], argv[3], SOCK_STREAM);
	for (i = 4; i < argc; i++) {
		if (!strcmp(argv[i], "count")) {
			c.count = number(argv, &i);
		} else if (!strcmp(argv[i], "up")) {
			c.up = number(argv, &i);
		} else if (!strcmp(argv[i], "down")) {
			c.down = number(argv, &i);
		} else if (!strcmp(argv[i], "window")) {
			c.window = number(argv, &i);
		} else if (!strcmp(argv[i], "pause")) {
			c.pause = number(argv, &i);
		} else if (!strcmp(argv[i], "banner")) {
			c.banner = true;
		} else if (!strcmp(argv[i], "get")) {
			c.get = true;
		} else if (!strcmp(argv[i], "smtp")) {
			c.smtp = true;
		} else if (!strcmp(argv[i], "early")) {
			c.early = true;
		} else if (!strcmp(argv[i], "abort")) {
			c.abort = true;
		} else if (!strcmp(argv[i], "from") && argv[i + 1]) {
			from(&c, argv[++i]);
		} else {
			fprintf(stderr, "told: what is %s?\n", argv[i]);
			return 2;
		}
	}
	for (n = 0; n < c.count; n++)
		bad += !call_one(&c, n);
	return bad ? 1 : 0;
}

static int datagrams(char **argv)
{
	struct addrinfo *to = resolve(argv[2], argv[3], SOCK_DGRAM);
	int i, count = atoi(argv[4]), fd = socket(to->ai_family, SOCK_DGRAM, 0), good = 0;
	struct timeval tv = { .tv_sec = 2 };
	char text[32], back[32];
	struct sockaddr_in6 self = {};
	socklen_t len = sizeof(self);
	struct ends e;

	if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen))
		die("connect");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	getsockname(fd, (void *)&self, &len);
	name(&self, e.addr, &e.port);
	for (i = 0; i < count; i++) {
		int n = snprintf(text, sizeof(text), "datagram %d", i);

		if (send(fd, text, n, 0) == n && recv(fd, back, sizeof(back), 0) == n &&
		    !memcmp(text, back, n))
			good++;
	}
	printf("%s %s %u %d\n", good == count ? "ok" : "bad", e.addr, e.port, good);
	return good != count;
}

int main(int argc, char **argv)
{
	bool proxy = false, banner = false;
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 3; i < argc; i++) {
		proxy |= !strcmp(argv[i], "proxy");
		banner |= !strcmp(argv[i], "banner");
	}
	if (argc >= 3 && !strcmp(argv[1], "serve"))
		return serve(atoi(argv[2]), proxy, banner);
	if (argc >= 3 && !strcmp(argv[1], "answer"))
		answer(atoi(argv[2]), proxy);
	if (argc >= 4 && !strcmp(argv[1], "call"))
		return call(argc, argv);
	if (argc == 5 && !strcmp(argv[1], "datagrams"))
		return datagrams(argv);
	fputs("usage: told serve|answer|call|datagrams ..., see told.c\n", stderr);
	return 2;
}
