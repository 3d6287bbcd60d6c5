// SPDX-License-Identifier: GPL-2.0-only
/* The noun wait: waits until a server has few sessions, or a health. */
#include "nl.h"
#include "out.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define POLL_NS	200000000L	/* between two looks at the server */

/*
 * The words fill attributes of a request that is not sent: the number of sessions, the health, and
 * the timeout in the place of a deadline.
 */
#define WAIT_TIMEOUT	SLB_A_SERVER_DEADLINE

static const struct ctl_arg wait_args[] = {
	{ .value = "GROUP", .kind = CTL_ARG_NAME, .id = { SLB_A_SERVER_GROUP },
	  .source = &ctl_group },
	{ .value = "ADDR[:PORT]", .text = "Address of the server.", .kind = CTL_ARG_HOST,
	  .source = &ctl_server, .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } },
	{ .word = "sessions", .value = "N", .text = "Until it has at most so many sessions.",
	  .kind = CTL_ARG_NUMBER, .max = UINT32_MAX, .id = { SLB_A_SERVER_SESSIONS } },
	{ .word = "health", .value = "unknown|up|down", .text = "Until it has this health.",
	  .kind = CTL_ARG_CHOICE, .id = { SLB_A_SERVER_HEALTH } },
	{ .word = "timeout", .value = "SECONDS", .text = "Not longer than this; without an end by default.",
	  .kind = CTL_ARG_NUMBER, .max = SLB_TIMEOUT_MAX, .id = { WAIT_TIMEOUT } },
};

/* What a server has now. */
struct look {
	uint64_t sessions;
	uint64_t health;
};

static void read_server(const struct nlmsghdr *nlh, void *data)
{
	struct look *look = data;
	struct ctl_record record;

	ctl_record_read(&record, &ctl_server, nlh);
	ctl_attr_number(record.tb[SLB_A_SERVER_SESSIONS], &look->sessions);
	ctl_attr_number(record.tb[SLB_A_SERVER_HEALTH], &look->health);
}

/* Without an answer to an attribute, the server has none of it. */
static int look_at(const struct ctl_request *words, struct look *look)
{
	static const uint8_t keys[] = { SLB_A_SERVER_GROUP, SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT };
	struct ctl_request request;
	const void *data;
	size_t len, i;

	memset(look, 0, sizeof(*look));
	ctl_request_init(&request, &ctl_server, CTL_GET);
	snprintf(request.key, sizeof(request.key), "%s", words->key);
	for (i = 0; i < CTL_COUNT(keys); i++) {
		data = ctl_request_find(words, keys[i], &len);
		if (data && ctl_request_put(&request, keys[i], data, len))
			return CTL_EXIT_WORDS;
	}
	if (!ctl_nl_call(&request, read_server, look))
		return CTL_EXIT_OK;
	ctl_kernel_refused(&request);
	return request.error.code == ENOENT && !request.error.no_module ? CTL_EXIT_WORDS :
									  CTL_EXIT_KERNEL;
}

static uint32_t number_of(const struct ctl_request *words, uint8_t id)
{
	const void *data = ctl_request_find(words, id, NULL);
	uint32_t value = 0;

	if (data)
		memcpy(&value, data, sizeof(value));
	return value;
}

static bool reached(const struct ctl_request *words, const struct look *look)
{
	const uint8_t *health = ctl_request_find(words, SLB_A_SERVER_HEALTH, NULL);

	if (health && *health != look->health)
		return false;
	return !ctl_request_find(words, SLB_A_SERVER_SESSIONS, NULL) ||
	       look->sessions <= number_of(words, SLB_A_SERVER_SESSIONS);
}

static bool is_over(const struct ctl_request *words, const struct timespec *begun)
{
	uint32_t timeout = number_of(words, WAIT_TIMEOUT);
	struct timespec now;
	time_t seconds;

	if (!ctl_request_find(words, WAIT_TIMEOUT, NULL))
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	seconds = now.tv_sec - begun->tv_sec - (now.tv_nsec < begun->tv_nsec);
	return seconds >= (time_t)timeout;
}

static int too_late(const struct ctl_request *words, const struct look *look)
{
	const struct ctl_attr *health = &ctl_server.attrs[SLB_A_SERVER_HEALTH];

	ctl_say("server %s: after %" PRIu32 " s it has %" PRIu64 " sessions and health %s",
		words->key, number_of(words, WAIT_TIMEOUT), look->sessions,
		look->health < health->count ? health->names[look->health] : "?");
	return CTL_EXIT_LATE;
}

static int wait_run(struct ctl_call *call)
{
	const struct timespec pause = { .tv_nsec = POLL_NS };
	int status = ctl_object_begin(call);
	struct timespec begun;
	struct look look;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	while (!status) {
		status = look_at(&call->request, &look);
		if (status || ctl_options.dry_run || reached(&call->request, &look))
			break;
		if (is_over(&call->request, &begun))
			return too_late(&call->request, &look);
		nanosleep(&pause, NULL);
	}
	return status;
}

static int wait_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	if (ctl_request_find(&call->request, SLB_A_SERVER_SESSIONS, NULL) ||
	    ctl_request_find(&call->request, SLB_A_SERVER_HEALTH, NULL))
		return 0;
	return ctl_fault_set(fault, "\"sessions N\" or \"health HEALTH\" is missing");
}

static const struct ctl_command wait_commands[] = {
	{ "server", CTL_TAKE_ALL, CTL_GET, wait_run,
	  "wait until a server has few sessions, or a health" },
};

const struct ctl_noun ctl_noun_wait = {
	.name = "wait",
	.family = &ctl_slb,
	.object = &ctl_server,
	.args = wait_args,
	.arg_count = CTL_COUNT(wait_args),
	.commands = wait_commands,
	.command_count = CTL_COUNT(wait_commands),
	.check = wait_check,
	.text = "wait for a state of a server",
};
