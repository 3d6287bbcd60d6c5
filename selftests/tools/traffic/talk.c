// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections and conversations over ordinary sockets: both ends of each. A mode is a word on the
 * command line and a header of its own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX 4096
#define EVENTS_MAX 64
#define LINE_MAX_LEN 128

static const char usage[] =
	"Usage: talk MODE ARG...\n"
	"PROTO is tcp, udp or sctp. Servers print \"ready\" when they listen. Clients that read\n"
	"commands take one a line, and answer each by one line.\n"
	"\n"
	"talk serve PROTO ADDR PORT [MIN]\n"
	"  Echoes what it receives, at this address (::, any of both families), but no datagrams of\n"
	"  less than MIN bytes.\n"
	"talk connect PROTO ADDR PORT [MS]\n"
	"  Opens one connection; exits with 1 when that fails, or takes longer.\n"
	"talk call PROTO ADDR PORT\n"
	"  Opens many connections to such a server, by commands:\n"
	"  open N [PORT [MS]]  open N more connections, from PORT on (0: any), and wait for them\n"
	"                      -> opened N failed N slowest MS\n"
	"  say [MS]            send on each and wait for the echoes\n"
	"                      -> answered N refused N of N\n"
	"  bye                 ask the server to end each, wait for it, then close -> closed N\n"
	"  turns N             open N in turn, and end each as bye does; not while others are open\n"
	"                      -> opened N failed N slowest MS\n"
	"  close               close each connection -> closed N\n"
	"  reset               end each connection by RST or ABORT -> closed N\n"
	"\n"
	"talk name NAME PORT\n"
	"  Answers \"NAME ADDR PORT\" (of the peer) to each message, over all protocols and families.\n"
	"talk ask PROTO[,...] ADDR[,...] PORT COUNT\n"
	"  Asks such a server COUNT times over each protocol at each address, in a flow each. Prints\n"
	"  \"OWN-PORT NAME PEER-ADDR PEER-PORT\" for each answer; exits with 1 unless all came.\n"
	"\n"
	"talk idle PORT [ADDR N]...\n"
	"  One end of idle TCP connections: opens N to each ADDR, or listens if there is none. Prints\n"
	"  \"ready N\". An end that is asked answers. Commands:\n"
	"  say [MS]            ask on each connection, and forget those that were reset. MS to wait for\n"
	"                      answers: 3000, times SLB_SLOWNESS -> answered N reset N silent N\n"
	"  open N              open N more to each ADDR -> opened N\n"
	"  close               close each connection -> closed N\n"
	"\n"
	"talk errors PORT ADDR...\n"
	"  Sends UDP to a closed port of each ADDR with a TTL of 1, 2, 3, ... until an ICMP error says\n"
	"  that the port is closed. Prints \"TTL TYPE/CODE SENDER\" for each error; exits with 1 when\n"
	"  one is missing.\n"
	"\n"
	"talk stamps\n"
	"  Has a socket that requests time stamps, so that the kernel stamps each packet on arrival.\n"
	"  Prints \"ready\".\n";

static int type, proto;
static struct sockaddr_storage peer;
static socklen_t peer_len;

static void __attribute__((format(printf, 1, 2))) print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fflush(stdout);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static void read_proto(const char *name)
{
	if (!strcmp(name, "udp")) {
		type = SOCK_DGRAM;
		proto = IPPROTO_UDP;
	} else if (!strcmp(name, "tcp") || !strcmp(name, "sctp")) {
		type = SOCK_STREAM;
		proto = name[0] == 't' ? IPPROTO_TCP : IPPROTO_SCTP;
	} else {
		errx(2, "invalid protocol \"%s\" (valid: tcp, udp, sctp)", name);
	}
}

/* Sets @peer. */
static void read_address(const char *addr, const char *port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *found;
	int error;

	hints.ai_socktype = SOCK_STREAM;
	error = getaddrinfo(addr, port, &hints, &found);
	if (error)
		errx(2, "%s %s: %s", addr, port, gai_strerror(error));
	memcpy(&peer, found->ai_addr, found->ai_addrlen);
	peer_len = found->ai_addrlen;
	freeaddrinfo(found);
}

/* The port is at the same place in both families. */
static void set_port(struct sockaddr_storage *addr, unsigned int port)
{
	((struct sockaddr_in *)addr)->sin_port = htons(port);
}

static unsigned int get_port(const struct sockaddr_storage *addr)
{
	return ntohs(((const struct sockaddr_in *)addr)->sin_port);
}

static const char *address_text(const struct sockaddr_storage *addr, char *text)
{
	const void *bytes = addr->ss_family == AF_INET6 ?
		(const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr :
		(const void *)&((const struct sockaddr_in *)addr)->sin_addr;

	return inet_ntop(addr->ss_family, bytes, text, INET6_ADDRSTRLEN);
}

#include "talk_call.h"
#include "talk_ask.h"
#include "talk_idle.h"
#include "talk_errors.h"

/* While a socket requests time stamps, the kernel stamps every packet on arrival. */
static int do_stamps(int argc, char **argv)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	(void)argc;
	(void)argv;
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
		err(1, "cannot request time stamps");
	print("ready\n");
	for (;;)
		pause();
}

static const struct mode {
	const char *name;
	int args_min, args_max;
	int (*run)(int argc, char **argv);
} modes[] = {
	{ "serve", 3, 4, do_serve },
	{ "connect", 3, 4, do_connect },
	{ "call", 3, 3, do_call },
	{ "name", 2, 2, do_name },
	{ "ask", 4, 4, do_ask },
	{ "idle", 1, 1 + 2 * IDLE_TARGETS_MAX, do_idle },
	{ "stamps", 0, 0, do_stamps },
	{ "errors", 2, 16, do_errors },
};

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return 0;
	}
	for (i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		const struct mode *m = &modes[i];

		if (!strcmp(argv[1], m->name) && argc - 2 >= m->args_min && argc - 2 <= m->args_max)
			return m->run(argc - 2, argv + 2);
	}
	fputs(usage, stderr);
	return 2;
}
