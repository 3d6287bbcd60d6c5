// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server that says what accept() and getpeername() know of its peer.
 *
 * Usage: peers ADDR PORT
 * Listens at ADDR (::, any of both families). Prints "ready". Answers each message of a connection
 * by "ADDR PORT ADDR PORT", of accept() then, and of getpeername() now.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FDS_MAX 4096

static struct sockaddr_in6 accepted[FDS_MAX];

static int put_address(char *text, size_t size, const struct sockaddr_in6 *from)
{
	const struct sockaddr_in *from4 = (const void *)from;
	char addr[INET6_ADDRSTRLEN] = "?";

	if (from->sin6_family == AF_INET6)
		inet_ntop(AF_INET6, &from->sin6_addr, addr, sizeof(addr));
	else
		inet_ntop(AF_INET, &from4->sin_addr, addr, sizeof(addr));
	/* the port is at the same place */
	return snprintf(text, size, "%s %u", addr, ntohs(from->sin6_port));
}

static int listen_at(const char *addr, const char *port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(atoi(port)) };
	struct sockaddr_in any4 = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int ipv6 = inet_pton(AF_INET6, addr, &any.sin6_addr) == 1, off = 0, status;
	int s = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	if (!ipv6 && inet_pton(AF_INET, addr, &any4.sin_addr) != 1)
		errx(2, "invalid address \"%s\"", addr);
	if (ipv6) {
		setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		status = bind(s, (void *)&any, sizeof(any));
	} else {
		status = bind(s, (void *)&any4, sizeof(any4));
	}
	if (status || listen(s, FDS_MAX))
		err(1, "cannot listen at %s %s", addr, port);
	return s;
}

static void take(int epoll, int listener)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sockaddr_in6 from;
	socklen_t size = sizeof(from);

	event.data.fd = accept(listener, (void *)&from, &size);
	if (event.data.fd < 0)
		return;
	if (event.data.fd >= FDS_MAX)
		errx(1, "too many connections");
	accepted[event.data.fd] = from;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event))
		err(1, "cannot watch a connection");
}

static void answer(int s)
{
	struct sockaddr_in6 from;
	socklen_t size = sizeof(from);
	char text[256];
	int at;

	if (recv(s, text, sizeof(text), 0) <= 0 || getpeername(s, (void *)&from, &size)) {
		close(s);
		return;
	}
	at = put_address(text, sizeof(text), &accepted[s]);
	text[at++] = ' ';
	at += put_address(text + at, sizeof(text) - at, &from);
	text[at++] = '\n';
	send(s, text, at, MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0), listener;

	if (argc != 3)
		errx(2, "Usage: peers ADDR PORT");
	listener = listen_at(argv[1], argv[2]);
	event.data.fd = listener;
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event))
		err(1, "cannot watch the socket");
	puts("ready");
	fflush(stdout);
	while (epoll_wait(epoll, &event, 1, -1) == 1 || errno == EINTR) {
		if (event.data.fd == listener)
			take(epoll, listener);
		else
			answer(event.data.fd);
	}
	err(1, "cannot wait");
}
