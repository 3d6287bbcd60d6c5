// SPDX-License-Identifier: GPL-2.0-only
/* The commands that every object has: add, set, del, flush, show. */
#include "nl.h"
#include "out.h"

#include <inttypes.h>
#include <string.h>

#define NAME_ID	1	/* attribute of the name, in every object that others refer to */

struct listing {
	const struct ctl_object *object;
	const struct ctl_request *match;	/* show only what has these attributes, or NULL */
	uint64_t names;				/* show only these attributes, or all */
	size_t shown;
};

/**
 * ctl_object_begin() - Read the words of a command.
 * @call: The command.
 *
 * Return: CTL_EXIT_OK, or the exit status once the fault is reported.
 */
int ctl_object_begin(struct ctl_call *call)
{
	struct ctl_fault fault;

	if (ctl_words_read(call, &fault))
		return ctl_words_wrong(call->noun, call->command, &fault);
	return CTL_EXIT_OK;
}

/**
 * ctl_object_end() - Report how a request went.
 * @request: The request.
 * @result: What ctl_nl_call() or ctl_nl_dump() returned.
 *
 * Return: Exit status.
 */
int ctl_object_end(const struct ctl_request *request, int result)
{
	if (result < 0)
		return ctl_kernel_refused(request);
	if (result > 0)
		ctl_say("%s%s: changed while being listed; some may be missing or shown twice",
			request->object->family->prefix, request->object->name);
	return CTL_EXIT_OK;
}

/* Say how many sessions or flows a deletion ends. A module that does not count does not answer. */
static void put_ended(const struct nlmsghdr *nlh, void *data)
{
	const struct ctl_object *object = data;
	struct ctl_record record;
	uint64_t count = 0;

	ctl_record_read(&record, object, nlh);
	if (ctl_options.json) {
		ctl_out_begin();
		ctl_out_element(ctl_out_json(&record, true));
		ctl_out_end();
	} else if (ctl_attr_number(record.tb[object->ended], &count) && count) {
		printf("%" PRIu64 " %s%s\n", count,
		       object->family == &ctl_slb ? "session" : "flow",
		       count == 1 ? " ends" : "s end");
	}
}

/**
 * ctl_object_change() - Run add, set, del or flush.
 * @call: The command.
 *
 * Return: Exit status.
 */
int ctl_object_change(struct ctl_call *call)
{
	struct ctl_request *request = &call->request;
	int status = ctl_object_begin(call);
	bool ends;

	if (!status && call->noun->before)
		status = call->noun->before(call);
	if (status)
		return status;
	ends = request->object->ended &&
	       (call->command->verb == CTL_DEL || call->command->verb == CTL_FLUSH);
	if (ends)
		request->nlh->nlmsg_flags |= NLM_F_ECHO;
	status = ctl_object_end(request, ctl_nl_call(request, ends ? put_ended : NULL,
						     (void *)request->object));
	if (!status)
		ctl_kernel_warned(request);
	if (!status && call->noun->after && !ctl_options.dry_run)
		call->noun->after(call);
	return status;
}

struct counted {
	const struct ctl_object *object;
	uint8_t attr;
	uint64_t count;
};

static void read_counted(const struct nlmsghdr *nlh, void *data)
{
	struct counted *counted = data;
	struct ctl_record record;

	ctl_record_read(&record, counted->object, nlh);
	ctl_attr_number(record.tb[counted->attr], &counted->count);
}

/**
 * ctl_object_counted() - Run a command that concerns all that match, and print their number.
 * @call: The command.
 * @attr: The attribute of the answer that has the number.
 * @one: What happened to one of them, for people.
 * @more: The same of several, or of none.
 *
 * Return: Exit status.
 */
int ctl_object_counted(struct ctl_call *call, uint8_t attr, const char *one, const char *more)
{
	struct counted counted = { .object = call->noun->object, .attr = attr };
	int status = ctl_object_begin(call);

	if (status)
		return status;
	status = ctl_object_end(&call->request,
				ctl_nl_call(&call->request, read_counted, &counted));
	if (status || ctl_options.dry_run)
		return status;
	if (ctl_options.json) {
		ctl_out_begin();
		ctl_out_element(json_pack("{s:I}", "count", (json_int_t)counted.count));
		ctl_out_end();
	} else {
		printf("%" PRIu64 " %s\n", counted.count, counted.count == 1 ? one : more);
	}
	return CTL_EXIT_OK;
}

/**
 * ctl_port_warn() - Warn when the port of an IPv6 address that was added seems to be lost in it.
 * @call: The command that was carried out.
 */
void ctl_port_warn(const struct ctl_call *call)
{
	const struct ctl_request *request = &call->request;
	struct ctl_host host;
	size_t i;

	for (i = 0; call->command->verb == CTL_ADD && i < request->given_count; i++) {
		const char *word = request->given[i].value;

		if ((request->given[i].arg->kind != CTL_ARG_HOST &&
		     request->given[i].arg->kind != CTL_ARG_RANGE) ||
		    !ctl_port_forgotten(word, &host))
			continue;
		ctl_say("warning: %s has no port, so all of it is the address: write [%.*s]:%u for port %u, or [%s]",
			word, (int)(strrchr(word, ':') - word), word, host.first, host.first,
			word);
		return;
	}
}

/**
 * ctl_record_matches() - Has an object the attributes of a request?
 * @record: The object.
 * @match: The request.
 *
 * Return: Whether it has all of them.
 */
bool ctl_record_matches(const struct ctl_record *record, const struct ctl_request *match)
{
	const void *wanted;
	size_t len, i;

	for (i = 0; i < record->object->attr_count; i++) {
		wanted = ctl_request_find(match, (uint8_t)i, &len);
		if (!wanted)
			continue;
		if (!record->tb[i] || mnl_attr_get_payload_len(record->tb[i]) != len ||
		    memcmp(mnl_attr_get_payload(record->tb[i]), wanted, len))
			return false;
	}
	return true;
}

static void show_message(const struct nlmsghdr *nlh, void *data)
{
	struct listing *listing = data;
	struct ctl_record record;
	size_t i;

	ctl_record_read(&record, listing->object, nlh);
	if (listing->match && !ctl_record_matches(&record, listing->match))
		return;
	listing->shown++;
	for (i = 0; listing->names && i < listing->object->attr_count; i++)
		if (!(listing->names >> i & 1))
			record.tb[i] = NULL;
	ctl_out_record(&record);
}

/**
 * ctl_object_missing() - Nothing matched: is it because what the words name does not exist?
 * @call: The command; its words are read.
 * @request: Where to make a request for it.
 *
 * Return: 0, or -1 with the reason in @request.
 */
int ctl_object_missing(struct ctl_call *call, struct ctl_request *request)
{
	const struct ctl_arg *arg = ctl_arg_place(call->noun, call->command, 0);
	const void *name;
	size_t len;

	if (!arg || !arg->source)
		return 0;
	name = ctl_request_find(&call->request, arg->id[0], &len);
	ctl_request_init(request, arg->source, CTL_GET);
	snprintf(request->key, sizeof(request->key), "%s", call->request.key);
	if (!name || ctl_request_put(request, NAME_ID, name, len))
		return 0;
	return ctl_nl_call(request, NULL, NULL);
}

static int show_some(struct ctl_call *call, struct listing *listing)
{
	struct ctl_request request;
	int result;

	ctl_request_init(&request, call->noun->object, CTL_GET);
	listing->match = &call->request;
	result = ctl_nl_dump(&request, show_message, listing);
	if (!result && !listing->shown && !ctl_options.dry_run)
		result = ctl_object_missing(call, &request);
	ctl_out_end();
	return ctl_object_end(&request, result);
}

/**
 * ctl_object_list() - Ask for objects and write them.
 * @call: The command; its words are read.
 * @one: The words name one object; else those that match them are meant.
 *
 * Return: Exit status.
 */
int ctl_object_list(struct ctl_call *call, bool one)
{
	struct listing listing = { .object = call->noun->object, .names = call->names };
	int result;

	if (call->view.count || (call->view.limit && !one))
		return ctl_view_list(call);
	ctl_out_begin();
	if (one)
		result = ctl_nl_call(&call->request, show_message, &listing);
	else
		result = ctl_nl_dump(&call->request, show_message, &listing);
	ctl_out_end();
	return ctl_object_end(&call->request, result);
}

/**
 * ctl_object_show() - Run show.
 * @call: The command.
 *
 * Return: Exit status.
 */
int ctl_object_show(struct ctl_call *call)
{
	struct listing listing = { .object = call->noun->object, .names = call->names };
	int status = ctl_object_begin(call);
	bool one;

	if (status)
		return status;
	if (call->view.rate)
		return ctl_rate_show(call);
	if (call->command->take == CTL_TAKE_ANY)
		return ctl_object_list(call, false);
	one = call->command->take == CTL_TAKE_ALL || listing.object->listing;
	if (call->places && !ctl_arg_place(call->noun, call->command, call->places))
		one = true;
	if (!call->places || one)
		return ctl_object_list(call, one);
	ctl_out_begin();
	return show_some(call, &listing);
}
