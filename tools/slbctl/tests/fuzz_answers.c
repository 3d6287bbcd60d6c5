// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: any command line, and any answers of the kernel to it.
 *
 * An input begins with a line of words. Then come datagrams, each with a type, flags, a command, a
 * length, and attributes of so many bytes. The functions of libmnl that open sockets are here.
 */
#include "fuzz.h"
#include "ctl.h"

#include <errno.h>
#include <jansson.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>

#define SLB_ID		100
#define RELAY_ID	101
#define PORT_ID		4711
#define WORDS_MAX	24
#define LINE_MAX_LEN	512
#define ANSWERS_MAX	64

struct mnl_socket {
	int fd;
	bool asked;
	bool controller;	/* the last request was for a family */
	uint32_t seq;
};

/* What is left of the input, and how many datagrams were made of it. */
static const uint8_t *input;
static size_t input_len;
static unsigned int answers;

/* The option and what follows would reach out of this program. */
static bool reaches_out(const char *word)
{
	return *word == '-' && (strchr(word, 'n') == word + 1 || strchr(word, 'b') == word + 1 ||
				!strncmp(word, "--n", 3) || !strncmp(word, "--b", 3));
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *socket = calloc(1, sizeof(*socket));

	(void)bus;
	(void)flags;
	if (socket)
		socket->fd = eventfd(1, EFD_CLOEXEC);
	return socket;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid)
{
	(void)socket;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *socket, int type, void *data, socklen_t len)
{
	(void)socket;
	(void)type;
	(void)data;
	(void)len;
	return 0;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return PORT_ID;
}

int mnl_socket_get_fd(const struct mnl_socket *socket)
{
	return socket->fd;
}

int mnl_socket_close(struct mnl_socket *socket)
{
	close(socket->fd);
	free(socket);
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *message, size_t len)
{
	struct mnl_socket *own = (struct mnl_socket *)socket;
	const struct nlmsghdr *nlh = message;

	own->asked = true;
	own->controller = nlh->nlmsg_type == GENL_ID_CTRL;
	own->seq = nlh->nlmsg_seq;
	return (ssize_t)len;
}

static ssize_t end(struct nlmsghdr *nlh)
{
	struct nlmsgerr err = { .error = 0 };

	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(err)), &err, sizeof(err));
	return nlh->nlmsg_len;
}

/* Families are there, so that there is something to be answered. */
static ssize_t put_family(struct nlmsghdr *nlh)
{
	struct nlmsghdr *last;
	struct genlmsghdr *genl;

	nlh->nlmsg_type = GENL_ID_CTRL;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_NEWFAMILY;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, SLB_FAMILY_NAME);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, SLB_ID);
	last = mnl_nlmsg_put_header((char *)nlh + nlh->nlmsg_len);
	last->nlmsg_type = NLMSG_ERROR;
	last->nlmsg_seq = nlh->nlmsg_seq;
	last->nlmsg_pid = nlh->nlmsg_pid;
	return (ssize_t)nlh->nlmsg_len + end(last);
}

/* The next datagram of the input; returns its length. */
static ssize_t put_input(struct nlmsghdr *nlh, size_t room)
{
	static const uint16_t types[] = {
		NLMSG_ERROR, NLMSG_DONE, GENL_ID_CTRL, SLB_ID, RELAY_ID, NLMSG_NOOP,
	};
	size_t len = input[3] * 4u + input[1] % 4;

	nlh->nlmsg_type = types[input[0] % CTL_COUNT(types)];
	nlh->nlmsg_flags = input[1] & 0x80 ? NLM_F_MULTI | NLM_F_DUMP_INTR : NLM_F_MULTI;
	if (input[1] & 0x40)
		nlh->nlmsg_flags |= NLM_F_CAPPED | NLM_F_ACK_TLVS;
	if (nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
		struct genlmsghdr *genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));

		genl->cmd = input[2];
	}
	input += 4;
	input_len -= 4;
	if (len > input_len)
		len = input_len;
	if (len > room - nlh->nlmsg_len)
		len = room - nlh->nlmsg_len;
	memcpy((char *)nlh + nlh->nlmsg_len, input, len);
	input += len;
	input_len -= len;
	nlh->nlmsg_len += len;
	return nlh->nlmsg_len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	if (socket->asked) {
		nlh->nlmsg_seq = socket->seq;
		nlh->nlmsg_pid = PORT_ID;
	}
	if (socket->controller)
		return put_family(nlh);
	if (++answers > ANSWERS_MAX || input_len < 4) {
		errno = ECONNREFUSED;
		return -1;
	}
	return put_input(nlh, len);
}

/* Nobody waits for a change that is in the input already. */
int nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	return 0;
}

int slbctl_main(int argc, char **argv);

/* Whatever the kernel says, JSON is JSON, and text steers no terminal. */
static void check_output(const char *text, size_t len, int status)
{
	size_t i;

	if (status < CTL_EXIT_OK || status > CTL_EXIT_LATE)
		abort();
	if (ctl_options.json && !status && len && (*text == '[' || *text == '{')) {
		json_t *json = json_loadb(text, len, JSON_DISABLE_EOF_CHECK, NULL);

		if (!json)
			abort();
		json_decref(json);
	}
	for (i = 0; i < len && !ctl_options.colour; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n') || text[i] == 0x7f)
			abort();
}

static void run(char *line)
{
	char *argv[WORDS_MAX + 2] = { (char *)"slbctl" }, *word, *next = line, *text = NULL;
	FILE *real = stdout;
	size_t len = 0;
	int argc = 1, status;

	while ((word = strsep(&next, " ")) && argc <= WORDS_MAX) {
		if (reaches_out(word))
			return;
		argv[argc++] = word;
	}
	stdout = open_memstream(&text, &len);
	if (!stdout)
		abort();
	memset(&ctl_options, 0, sizeof(ctl_options));
	status = slbctl_main(argc, argv);
	fclose(stdout);
	stdout = real;
	check_output(text, len, status);
	free(text);
}

/**
 * LLVMFuzzerTestOneInput() - Run one command line with the answers that follow it.
 * @data: The input.
 * @size: Its length.
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = memchr(data, '\n', size);
	size_t len = newline ? (size_t)(newline - data) : size;
	char line[LINE_MAX_LEN];

	if (len >= sizeof(line) || memchr(data, '\0', len))
		return 0;
	memcpy(line, data, len);
	line[len] = '\0';
	input = newline ? newline + 1 : data + size;
	input_len = size - (size_t)(input - data);
	answers = 0;
	run(line);
	return 0;
}
