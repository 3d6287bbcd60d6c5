// SPDX-License-Identifier: GPL-2.0-only
/* How long do device events wait? Sets a device up and down, and prints how long it took. */
#define _GNU_SOURCE
#include <err.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

unsigned int if_nametoindex(const char *name);

static const char usage[] =
	"Usage: stall DEV\n"
	"Sets the device up or down every 10 milliseconds. For each line that it reads it prints\n"
	"\"events N longest MS\": how many changes there were since the last line, and how many\n"
	"milliseconds the slowest took. It leaves at the end of its input.\n";

/* Milliseconds between two changes. */
#define PERIOD 10

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int open_rtnetlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

/* The request is carried out before sendmsg() returns. */
static void set_device(int fd, int ifindex, bool up)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
	} request = {
		.nlh = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.ifi = { .ifi_index = ifindex, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP },
	};
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr error;
		char rest[256];
	} answer;

	if (send(fd, &request, sizeof(request), 0) < 0)
		err(1, "send");
	if (recv(fd, &answer, sizeof(answer), 0) < 0)
		err(1, "recv");
	if (answer.nlh.nlmsg_type == NLMSG_ERROR && answer.error.error)
		errx(1, "the device cannot be changed: %s", strerror(-answer.error.error));
}

int main(int argc, char **argv)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned int ifindex, events = 0;
	double begin, took, longest = 0;
	bool up = false;
	char line[64];
	ssize_t len;
	int fd;

	if (argc != 2) {
		fputs(usage, stderr);
		return 2;
	}
	ifindex = if_nametoindex(argv[1]);
	if (!ifindex)
		err(1, "%s", argv[1]);
	fd = open_rtnetlink();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		begin = now();
		up = !up;
		set_device(fd, ifindex, up);
		took = now() - begin;
		longest = took > longest ? took : longest;
		events++;
		if (poll(&in, 1, PERIOD) <= 0)
			continue;
		len = read(STDIN_FILENO, line, sizeof(line));
		if (len <= 0)
			return 0;
		printf("events %u longest %.1f\n", events, longest);
		events = 0;
		longest = 0;
	}
}
