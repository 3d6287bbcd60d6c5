// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opens sockets in network namespaces on behalf of a program that cannot enter them itself.
 *
 * Usage: netns_socket FD
 * FD is one end of a pair of SOCK_SEQPACKET sockets. Each request is "NETNS-FILE FAMILY TYPE
 * PROTOCOL" in words and decimal numbers; the answer is the decimal errno, and with 0 comes the
 * socket as SCM_RIGHTS. Ends when the other end is closed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns a socket, or the negative errno. */
static int open_socket(const char *netns, int family, int type, int protocol)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET)) {
		int error = errno;

		close(fd);
		return -error;
	}
	close(fd);
	fd = socket(family, type | SOCK_CLOEXEC, protocol);
	return fd < 0 ? -errno : fd;
}

static int answer(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "";
	char text[16];
	struct iovec iov = { .iov_base = text };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	iov.iov_len = snprintf(text, sizeof(text), "%d", fd < 0 ? -fd : 0);
	if (fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	return sendmsg(to, &msg, 0) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	int control, family, type, protocol, fd;
	char request[512], netns[256];
	ssize_t len;

	if (argc != 2)
		errx(2, "Usage: netns_socket FD");
	control = atoi(argv[1]);
	while ((len = recv(control, request, sizeof(request) - 1, 0)) > 0) {
		request[len] = '\0';
		fd = -EINVAL;
		if (sscanf(request, "%255s %d %d %d", netns, &family, &type, &protocol) == 4)
			fd = open_socket(netns, family, type, protocol);
		if (answer(control, fd))
			err(1, "sendmsg");
		if (fd >= 0)
			close(fd);
	}
	return len < 0;
}
