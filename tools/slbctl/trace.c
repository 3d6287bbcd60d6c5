// SPDX-License-Identifier: GPL-2.0-only
/* The command trace on both sides: one line for each packet that matches a filter. */
#include "nl.h"
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define RECEIVE_BUFFER	(4 * 1024 * 1024)	/* bytes that may wait in the kernel */
#define COUNT_DEFAULT	100
#define SECONDS_DEFAULT	10
#define SECONDS_MAX	86400

static const struct ctl_object trace_slb = {
	.name = "trace",
	.family = &ctl_slb,
	.attrs = ctl_slb_trace_attrs,
	.attr_count = CTL_COUNT(ctl_slb_trace_attrs),
	.op = { [CTL_GET] = SLB_CMD_TRACE_NTF, [CTL_ADD] = SLB_CMD_TRACE_START,
		[CTL_DEL] = SLB_CMD_TRACE_STOP },
};

static const struct ctl_object trace_relay = {
	.name = "trace",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_trace_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_trace_attrs),
	.op = { [CTL_GET] = SLB_RELAY_CMD_TRACE_NTF, [CTL_ADD] = SLB_RELAY_CMD_TRACE_START,
		[CTL_DEL] = SLB_RELAY_CMD_TRACE_STOP },
};

_Static_assert((int)SLB_A_TRACE_MAX == (int)SLB_RELAY_A_TRACE_MAX &&
	       (int)SLB_A_TRACE_ANY == (int)SLB_RELAY_A_TRACE_ANY &&
	       (int)SLB_A_TRACE_RESULT == (int)SLB_RELAY_A_TRACE_RESULT &&
	       (int)SLB_TRACE_RESULT_DROPPED == (int)SLB_RELAY_TRACE_RESULT_DROPPED,
	       "both families number the attributes of a trace alike");

/* Words of the command. */
enum word {
	WORD_ANY,
	WORD_PROTO,
	WORD_CLIENT,
	WORD_VIP,
	WORD_SERVER,
	WORD_REASON,
	WORD_COUNT,
	WORD_FOR,
	WORDS
};

static const struct ctl_arg trace_args[WORDS] = {
	[WORD_ANY] = { .word = "any", .value = "",
		.text = "All packets; instead of a filter." },
	[WORD_PROTO] = { .word = "proto", .value = "PROTO", .kind = CTL_ARG_TRANSPORT,
		.text = "Transport protocol: tcp, udp or sctp.", .id = { SLB_A_TRACE_PROTO } },
	[WORD_CLIENT] = { .word = "client", .value = "ADDR[:PORT|/N]", .kind = CTL_ARG_HOST,
		.text = "Address of the client, with its port, or the first N bits of it.",
		.id = { SLB_A_TRACE_CLIENT, SLB_A_TRACE_CLIENT_PORT } },
	[WORD_VIP] = { .word = "vip", .value = "ADDR[:PORT]", .kind = CTL_ARG_HOST,
		.text = "The virtual address.", .id = { SLB_A_TRACE_VIP, SLB_A_TRACE_VIP_PORT } },
	[WORD_SERVER] = { .word = "server", .value = "ADDR[:PORT]", .kind = CTL_ARG_HOST,
		.text = "Address of the server. A relay does not know the server of a client.",
		.id = { SLB_A_TRACE_SERVER, SLB_A_TRACE_SERVER_PORT } },
	[WORD_REASON] = { .word = "reason", .value = "NAME", .kind = CTL_ARG_KINDS,
		.text = "Packets that are dropped for this reason, as drop shows it.",
		.id = { SLB_A_TRACE_REASON } },
	[WORD_COUNT] = { .word = "count", .value = "N", .kind = CTL_ARG_KINDS,
		.text = "End after N packets. Default: 100." },
	[WORD_FOR] = { .word = "for", .value = "SECONDS", .kind = CTL_ARG_KINDS,
		.text = "End after this time. Default: 10." },
};

static struct {
	struct ctl_request request;
	uint32_t count;		/* packets still to be shown */
	uint32_t seconds;
	uint64_t lost;
	bool failed;		/* nothing more can be written */
} trace;

/* A report of a packet, or the answer to the end of the trace. */
static void trace_message(const struct nlmsghdr *nlh, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct ctl_object *object = data;
	struct ctl_record record;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl))
		return;
	ctl_record_read(&record, object, nlh);
	if (genl->cmd == object->op[CTL_DEL] && record.tb[SLB_A_TRACE_LOST])
		ctl_attr_number(record.tb[SLB_A_TRACE_LOST], &trace.lost);
	if (genl->cmd != object->op[CTL_GET] || !trace.count)
		return;
	ctl_trace_put(&record);
	trace.failed |= ctl_out_flush();
	trace.count--;
}

static int read_prefix(const char *bits, const struct ctl_addr *addr, struct ctl_fault *fault)
{
	uint32_t most = addr->family == AF_INET ? 32 : 128, value;
	uint8_t prefix;

	if (ctl_parse_number(bits, "prefix length", 0, most, &value, fault))
		return -1;
	prefix = (uint8_t)value;
	return ctl_request_put(&trace.request, SLB_A_TRACE_CLIENT_PREFIX, &prefix, sizeof(prefix));
}

/* ADDR[:PORT] or ADDR/N. */
static int read_client(const char *word, struct ctl_fault *fault)
{
	const char *slash = strchr(word, '/');
	struct ctl_addr addr;
	char text[64];

	if (!slash)
		return ctl_arg_read(&trace.request, &trace_args[WORD_CLIENT], word, fault);
	snprintf(text, sizeof(text), "%.*s", (int)(slash - word), word);
	if (ctl_parse_addr(text, &addr, fault) || read_prefix(slash + 1, &addr, fault))
		return -1;
	return ctl_request_put(&trace.request, SLB_A_TRACE_CLIENT, addr.bytes, ctl_addr_len(&addr));
}

static int read_value(enum word id, const char *word, struct ctl_fault *fault)
{
	switch (id) {
	case WORD_CLIENT:
		return read_client(word, fault);
	case WORD_REASON:
		if (!*word || strlen(word) > SLB_NAME_LEN)
			return ctl_fault_set(fault, "invalid reason \"%s\": drop -s names all",
					     word);
		return ctl_request_put(&trace.request, SLB_A_TRACE_REASON, word, strlen(word) + 1);
	case WORD_COUNT:
		return ctl_parse_number(word, "count", 1, UINT32_MAX, &trace.count, fault);
	case WORD_FOR:
		return ctl_parse_number(word, "for", 1, SECONDS_MAX, &trace.seconds, fault);
	default:
		return ctl_arg_read(&trace.request, &trace_args[id], word, fault);
	}
}

static int read_words(struct ctl_words words, struct ctl_fault *fault)
{
	const char *names[WORDS];
	bool given[WORDS] = { false };
	const uint8_t yes = 1;
	int at;

	for (at = 0; at < WORDS; at++)
		names[at] = trace_args[at].word;
	while (words.count) {
		at = ctl_pick(names, WORDS, *words.word, "word", fault);
		if (at < 0)
			return -1;
		if (given[at])
			return ctl_fault_set(fault, "\"%s\" is given twice", names[at]);
		given[at] = true;
		words.word++;
		words.count--;
		if (at == WORD_ANY) {
			ctl_request_put(&trace.request, SLB_A_TRACE_ANY, &yes, sizeof(yes));
			continue;
		}
		if (!words.count)
			return ctl_fault_set(fault, "\"%s\" needs a value: %s", names[at],
					     trace_args[at].value);
		if (read_value((enum word)at, *words.word, fault))
			return -1;
		words.word++;
		words.count--;
	}
	return 0;
}

/* Signals are read like reports, so that a flood of reports cannot keep them waiting. */
static int signal_fd(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	fd = signalfd(-1, &signals, SFD_CLOEXEC);
	/* without it they end the program, as they should */
	if (fd >= 0)
		sigprocmask(SIG_BLOCK, &signals, NULL);
	return fd;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Return: exit status. */
static int watch(const struct ctl_object *object)
{
	struct pollfd fds[] = {
		{ .fd = signal_fd(), .events = POLLIN },
		{ .fd = ctl_nl_fd(), .events = POLLIN },
	};
	int64_t due = now_ms() + (int64_t)trace.seconds * 1000, left;
	int status = CTL_EXIT_OK;

	while (trace.count && !status && (left = due - now_ms()) > 0) {
		if (poll(fds, CTL_COUNT(fds), (int)left) <= 0)
			continue;
		if (fds[0].revents)
			break;
		if (fds[1].revents && ctl_nl_read(trace_message, (void *)object)) {
			ctl_say("trace: cannot receive reports: %s", strerror(errno));
			status = CTL_EXIT_WORDS;
		}
		if (trace.failed) {
			ctl_say("trace: cannot write the output: %s", strerror(errno));
			status = CTL_EXIT_WORDS;
		}
	}
	if (fds[0].fd >= 0)
		close(fds[0].fd);
	return status;
}

/* A burst of reports must neither be lost nor make the socket unusable. */
static int prepare_socket(const struct ctl_object *object)
{
	int size = RECEIVE_BUFFER, on = 1, fd;
	struct ctl_nl_family found;

	if (ctl_nl_family(object->family, &found, &trace.request.error)) {
		trace.request.error.no_module = trace.request.error.code == ENOENT;
		return ctl_kernel_refused(&trace.request);
	}
	fd = ctl_nl_fd();
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	return CTL_EXIT_OK;
}

static int follow(const struct ctl_object *object)
{
	int status = prepare_socket(object);

	if (status)
		return status;
	if (ctl_nl_call(&trace.request, trace_message, (void *)object))
		return ctl_kernel_refused(&trace.request);
	status = watch(object);
	ctl_request_init(&trace.request, object, CTL_DEL);
	if (ctl_nl_call(&trace.request, trace_message, (void *)object) && !status)
		status = ctl_kernel_refused(&trace.request);
	if (trace.lost)
		ctl_say("trace: %" PRIu64 " packets that match were too many to be shown",
			trace.lost);
	return status;
}

static int run(const struct ctl_noun *noun, struct ctl_words words)
{
	struct ctl_fault fault;
	int status;

	memset(&trace, 0, sizeof(trace));
	trace.count = COUNT_DEFAULT;
	trace.seconds = SECONDS_DEFAULT;
	ctl_request_init(&trace.request, noun->object, CTL_ADD);
	if (read_words(words, &fault))
		return ctl_words_wrong(noun, NULL, &fault);
	if (ctl_options.dry_run)
		return CTL_EXIT_OK;
	status = follow(noun->object);
	/* the options of the socket are for reports only */
	ctl_nl_close();
	return status;
}

static int run_slb(struct ctl_words words)
{
	return run(&ctl_noun_trace, words);
}

static int run_relay(struct ctl_words words)
{
	return run(&ctl_noun_relay_trace, words);
}

#define USAGE " {any | FILTER ...} [count N] [for SECONDS]"

const struct ctl_noun ctl_noun_trace = {
	.name = "trace",
	.family = &ctl_slb,
	.object = &trace_slb,
	.args = trace_args,
	.arg_count = CTL_COUNT(trace_args),
	.run = run_slb,
	.usage = USAGE,
	.text = "packets that match, with each step and why they are dropped",
};

const struct ctl_noun ctl_noun_relay_trace = {
	.name = "trace",
	.family = &ctl_relay,
	.object = &trace_relay,
	.args = trace_args,
	.arg_count = CTL_COUNT(trace_args),
	.run = run_relay,
	.usage = USAGE,
	.text = "packets that match, with each step and why they are dropped",
};
