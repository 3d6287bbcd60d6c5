// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: sends a request and gives each message of the answer to the caller. */
#include "nl.h"
#include "dryrun.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>

#define HOLD_LEN	(1024 * 1024)	/* bytes of a dump kept back until it is whole */
#define DUMP_TRIES	4		/* one and three again */

const struct ctl_family ctl_slb = {
	.name = SLB_FAMILY_NAME,
	.module = "slb",
	.prefix = "",
	.version = SLB_FAMILY_VERSION,
	.index = 0,
};

const struct ctl_family ctl_relay = {
	.name = SLB_RELAY_FAMILY_NAME,
	.module = "relay",
	.prefix = "relay ",
	.version = SLB_RELAY_FAMILY_VERSION,
	.index = 1,
};

const struct ctl_family *const ctl_families[CTL_FAMILIES] = { &ctl_slb, &ctl_relay };

static struct {
	struct mnl_socket *socket;
	unsigned int port;
	uint32_t seq;
	bool stop;		/* the caller wants no more messages */
	struct ctl_nl_family family[CTL_FAMILIES];
} nl;

static char nl_buffer[CTL_NL_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));

/* Messages of a dump, kept back while a retry can still replace them all. */
struct held {
	char *bytes;
	size_t used;
	bool interrupted;
	bool streaming;
	ctl_message *message;
	void *data;
};

static int nl_failed(struct ctl_error *error, const char *what)
{
	error->code = errno;
	snprintf(error->text, sizeof(error->text), "%s: %s", what, strerror(errno));
	return -1;
}

static int nl_open(struct ctl_error *error)
{
	int on = 1;

	if (nl.socket)
		return 0;
	nl.socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl.socket)
		return nl_failed(error, "cannot open a netlink socket");
	if (mnl_socket_bind(nl.socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		nl_failed(error, "cannot bind a netlink socket");
		ctl_nl_close();
		return -1;
	}
	/* Both only improve error texts; they are optional. */
	mnl_socket_setsockopt(nl.socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl.socket, NETLINK_CAP_ACK, &on, sizeof(on));
	nl.port = mnl_socket_get_portid(nl.socket);
	return 0;
}

/**
 * ctl_nl_close() - Close the socket and forget the families.
 */
void ctl_nl_close(void)
{
	if (nl.socket)
		mnl_socket_close(nl.socket);
	memset(&nl, 0, sizeof(nl));
}

/**
 * ctl_nl_stop() - Receive no more messages of the dump whose message is being read.
 */
void ctl_nl_stop(void)
{
	nl.stop = true;
}

/* Receives the answer to @sent: 1 when an interrupted dump ended, 0 when all is well, else -1. */
static int receive(const struct nlmsghdr *sent, ctl_message *message, void *data,
		   struct ctl_error *error)
{
	const struct nlmsghdr *nlh;
	int interrupted = 0;
	ssize_t got;
	int left;

	for (;;) {
		got = mnl_socket_recvfrom(nl.socket, nl_buffer, sizeof(nl_buffer));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return nl_failed(error, "cannot receive the answer of the kernel");
		left = (int)got;
		for (nlh = (const void *)nl_buffer; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (!mnl_nlmsg_portid_ok(nlh, nl.port) ||
			    !mnl_nlmsg_seq_ok(nlh, sent->nlmsg_seq))
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				interrupted = 1;
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
				return ctl_nl_end(nlh, sent, error) ? -1 : interrupted;
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && message)
				message(nlh, data);
			if (nl.stop) {
				/* The kernel ends the dump of a socket that is closed. */
				ctl_nl_close();
				return 0;
			}
		}
	}
}

/**
 * ctl_nl_fd() - The socket, for a caller that polls for messages without a request.
 *
 * Return: Its file descriptor, or -1 when it is not open.
 */
int ctl_nl_fd(void)
{
	return nl.socket ? mnl_socket_get_fd(nl.socket) : -1;
}

/**
 * ctl_nl_read() - Receive messages that the kernel sends without a request; may wait for them.
 * @message: Called for each of them.
 * @data: For @message.
 *
 * Return: 0, or -1 with errno.
 */
int ctl_nl_read(ctl_message *message, void *data)
{
	ssize_t got = mnl_socket_recvfrom(nl.socket, nl_buffer, sizeof(nl_buffer));
	const struct nlmsghdr *nlh = (const void *)nl_buffer;
	int left = (int)got;

	if (got < 0)
		return errno == EINTR || errno == ENOBUFS ? 0 : -1;
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
			message(nlh, data);
	return 0;
}

static int transact(struct nlmsghdr *nlh, ctl_message *message, void *data,
		    struct ctl_error *error)
{
	memset(error, 0, sizeof(*error));
	nl.stop = false;
	if (nl_open(error))
		return -1;
	nlh->nlmsg_seq = ++nl.seq;
	nlh->nlmsg_pid = nl.port;
	if (mnl_socket_sendto(nl.socket, nlh, nlh->nlmsg_len) < 0)
		return nl_failed(error, "cannot send a request to the kernel");
	return receive(nlh, message, data, error);
}

static void family_message(const struct nlmsghdr *nlh, void *data)
{
	const char *name;

	ctl_nl_family_read(nlh, &name, data);
}

/**
 * ctl_nl_family() - Ask the kernel for a family.
 * @family: The family.
 * @found: Where to put the answer of the kernel.
 * @error: Why it failed; code ENOENT when the module is not loaded.
 *
 * Return: 0 or -1.
 */
int ctl_nl_family(const struct ctl_family *family, struct ctl_nl_family *found,
		  struct ctl_error *error)
{
	struct ctl_nl_family *known = &nl.family[family->index];
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	if (known->id) {
		*found = *known;
		return 0;
	}
	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, family->name);
	memset(found, 0, sizeof(*found));
	if (transact(nlh, family_message, found, error) < 0)
		return -1;
	if (!found->id) {
		error->code = ENOENT;
		return -1;
	}
	*known = *found;
	return 0;
}

static void loaded_message(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_nl_family found;
	bool *loaded = data;
	const char *name;
	size_t i;

	if (ctl_nl_family_read(nlh, &name, &found))
		return;
	for (i = 0; i < CTL_FAMILIES; i++) {
		if (strcmp(ctl_families[i]->name, name))
			continue;
		nl.family[i] = found;
		loaded[i] = true;
	}
}

/**
 * ctl_nl_loaded() - Ask which modules are loaded; to ask for one by its name would load it.
 * @loaded: Where to put the answer for each family.
 * @error: Why it failed.
 *
 * Return: 0 or -1.
 */
int ctl_nl_loaded(bool *loaded, struct ctl_error *error)
{
	char buffer[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	memset(loaded, 0, CTL_FAMILIES * sizeof(*loaded));
	return transact(nlh, loaded_message, loaded, error) < 0 ? -1 : 0;
}

/**
 * ctl_request_init() - Begin a request.
 * @request: The request.
 * @object: Kind of object.
 * @verb: Operation.
 */
void ctl_request_init(struct ctl_request *request, const struct ctl_object *object,
		      enum ctl_verb verb)
{
	struct genlmsghdr *genl;

	memset(request, 0, offsetof(struct ctl_request, buffer));
	request->object = object;
	request->verb = verb;
	request->nlh = mnl_nlmsg_put_header(request->buffer);
	request->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(request->nlh, sizeof(*genl));
	if (object) {
		genl->cmd = object->op[verb];
		genl->version = object->family->version;
	}
}

/**
 * ctl_request_put() - Add an attribute to a request.
 * @request: The request.
 * @id: Number of the attribute.
 * @data: Payload.
 * @len: Bytes of @data.
 *
 * Return: 0, or -1 when the request is full.
 */
int ctl_request_put(struct ctl_request *request, uint8_t id, const void *data, size_t len)
{
	return mnl_attr_put_check(request->nlh, sizeof(request->buffer), id, len, data) ? 0 : -1;
}

static int prepare(struct ctl_request *request)
{
	struct ctl_nl_family found;

	memset(&request->error, 0, sizeof(request->error));
	if (ctl_nl_family(request->object->family, &found, &request->error)) {
		request->error.no_module = request->error.code == ENOENT;
		return -1;
	}
	request->nlh->nlmsg_type = found.id;
	return 0;
}

/**
 * ctl_nl_call() - Send a request other than a dump.
 * @request: The request.
 * @message: Called for each message of the answer; may be NULL.
 * @data: For @message.
 *
 * Return: 0, or -1 with the reason in @request.
 */
int ctl_nl_call(struct ctl_request *request, ctl_message *message, void *data)
{
	if (ctl_options.dry_run) {
		ctl_dry_run(request);
		return 0;
	}
	if (prepare(request))
		return -1;
	return transact(request->nlh, message, data, &request->error) < 0 ? -1 : 0;
}

static void release(struct held *held)
{
	const struct nlmsghdr *nlh = (const void *)held->bytes;
	int left = (int)held->used;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		held->message(nlh, held->data);
	held->used = 0;
}

static void hold(const struct nlmsghdr *nlh, void *data)
{
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);
	struct held *held = data;

	if (!held->streaming && held->used + len > HOLD_LEN) {
		release(held);
		held->streaming = true;
	}
	if (held->streaming) {
		held->message(nlh, held->data);
		return;
	}
	memcpy(held->bytes + held->used, nlh, nlh->nlmsg_len);
	held->used += len;
}

/**
 * ctl_nl_dump() - Ask for all objects.
 * @request: The request, with its attributes.
 * @message: Called for each message of the answer.
 * @data: For @message.
 *
 * A dump during which the objects changed is repeated as long as @message has received nothing
 * of it. A dump that is too large for the buffer goes to @message while it arrives, so memory
 * stays bounded.
 *
 * Return: 0, 1 when the objects changed during the dump, or -1 with the reason in @request.
 */
int ctl_nl_dump(struct ctl_request *request, ctl_message *message, void *data)
{
	struct held held = { .message = message, .data = data };
	int result, tries;

	request->dump = true;
	request->nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (ctl_options.dry_run) {
		ctl_dry_run(request);
		return 0;
	}
	if (prepare(request))
		return -1;
	held.bytes = malloc(HOLD_LEN);
	if (!held.bytes)
		return nl_failed(&request->error, "no memory");
	for (tries = 0; tries < DUMP_TRIES; tries++) {
		held.used = 0;
		result = transact(request->nlh, hold, &held, &request->error);
		if (result <= 0 || held.streaming)
			break;
	}
	if (result >= 0)
		release(&held);
	free(held.bytes);
	return result;
}
