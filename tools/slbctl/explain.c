// SPDX-License-Identifier: GPL-2.0-only
/* The noun explain: what the balancer does with a flow, and what the nouns on both sides share. */
#include "explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>

static const struct ctl_object ctl_explain = {
	.name = "explain",
	.family = &ctl_slb,
	.attrs = ctl_slb_explain_attrs,
	.attr_count = CTL_COUNT(ctl_slb_explain_attrs),
	.op = { [CTL_GET] = SLB_CMD_EXPLAIN_GET },
};

static const struct ctl_arg explain_args[] = {
	{ .value = "PROTO", .text = "tcp, udp or sctp.", .kind = CTL_ARG_TRANSPORT,
	  .required = true, .id = { SLB_A_EXPLAIN_PROTO } },
	{ .word = "client", .value = "ADDR:PORT", .text = "Address and port of the client.",
	  .kind = CTL_ARG_HOSTPORT, .required = true,
	  .id = { SLB_A_EXPLAIN_CLIENT, SLB_A_EXPLAIN_CLIENT_PORT } },
	{ .word = "vip", .value = "ADDR:PORT", .text = "The virtual address and port.",
	  .kind = CTL_ARG_HOSTPORT, .required = true, .source = &ctl_vip,
	  .id = { SLB_A_EXPLAIN_VIP, SLB_A_EXPLAIN_VIP_PORT } },
	{ .word = "ingress", .value = "NAME",
	  .text = "Link on which the packet comes in. Without it, all are tried.",
	  .kind = CTL_ARG_NAME, .source = &ctl_link, .id = { SLB_A_EXPLAIN_INGRESS_LINK } },
};

/**
 * explain_keep() - Keep a message.  A ctl_message.
 * @nlh: The message.
 * @data: The answer.
 */
void explain_keep(const struct nlmsghdr *nlh, void *data)
{
	struct explain_answer *answer = data;
	struct nlmsghdr *copy = malloc(nlh->nlmsg_len);
	void *grown = realloc(answer->message, (answer->count + 1) * sizeof(*answer->message));

	if (grown)
		answer->message = grown;
	if (!copy || !grown) {
		ctl_say("out of memory");
		exit(CTL_EXIT_WORDS);
	}
	memcpy(copy, nlh, nlh->nlmsg_len);
	answer->message[answer->count++] = copy;
}

/**
 * explain_free() - Forget the messages.
 * @answer: The answer.
 */
void explain_free(struct explain_answer *answer)
{
	while (answer->count)
		free(answer->message[--answer->count]);
	free(answer->message);
	answer->message = NULL;
}

/**
 * explain_dump() - Ask for all objects of a kind.
 * @object: The kind.
 * @answer: Filled; to be freed by explain_free().
 *
 * Return: CTL_EXIT_OK, or the exit status once the fault is reported.
 */
int explain_dump(const struct ctl_object *object, struct explain_answer *answer)
{
	struct ctl_request request;

	ctl_request_init(&request, object, CTL_GET);
	return ctl_object_end(&request, ctl_nl_dump(&request, explain_keep, answer));
}

/**
 * explain_text() - An attribute as text.
 * @record: The object.
 * @id: Number of the attribute.
 * @text: Room for EXPLAIN_TEXT bytes.
 *
 * Return: @text, or NULL when the object does not have it.
 */
const char *explain_text(const struct ctl_record *record, uint8_t id, char *text)
{
	const struct ctl_column column = { .id = { id } };

	return ctl_column_text(record, &column, text, EXPLAIN_TEXT) ? text : NULL;
}

/**
 * explain_host() - An address and its ports as text.
 * @record: The object.
 * @addr: Number of the attribute of the address.
 * @first: That of the port, or of the first port.
 * @last: That of the last port, or 0.
 * @text: Room for EXPLAIN_TEXT bytes.
 *
 * Return: @text, or NULL when the object does not have it.
 */
const char *explain_host(const struct ctl_record *record, uint8_t addr, uint8_t first,
			 uint8_t last, char *text)
{
	const struct ctl_column column = { .form = CTL_FORM_RANGE, .id = { addr, first, last } };

	return ctl_column_text(record, &column, text, EXPLAIN_TEXT) ? text : NULL;
}

/**
 * explain_refused() - Add a reason to refuse, to JSON or as a line of text.
 * @json: The object, or NULL for text.
 * @name: Name of the reason.
 * @text: Its description.
 */
void explain_refused(json_t *json, const char *name, const char *text)
{
	json_t *list = json ? json_object_get(json, "refusals") : NULL;

	if (!json) {
		printf("    refused by %s: %s\n", name, text);
		return;
	}
	if (!list) {
		list = json_array();
		json_object_set_new(json, "refusals", list);
	}
	json_array_append_new(list, json_pack("{s:s,s:s}", "name", name, "text", text));
}

static void refusals(const struct nlmsghdr *nlh, json_t *json)
{
	char name[EXPLAIN_TEXT], text[EXPLAIN_TEXT];
	const struct nlattr *attr, *part;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != SLB_A_EXPLAIN_REFUSAL)
			continue;
		name[0] = '\0';
		text[0] = '\0';
		mnl_attr_for_each_nested(part, attr) {
			if (mnl_attr_get_type(part) == SLB_A_REFUSAL_NAME)
				ctl_attr_string(part, name, sizeof(name));
			if (mnl_attr_get_type(part) == SLB_A_REFUSAL_TEXT)
				ctl_attr_string(part, text, sizeof(text));
		}
		explain_refused(json, name, text);
	}
}

/* Calls @visit for the name of each return link. */
static void returns(const struct nlmsghdr *nlh, void (*visit)(const char *name, void *data),
		    void *data)
{
	char name[EXPLAIN_TEXT];
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != SLB_A_EXPLAIN_RETURN_LINK)
			continue;
		ctl_attr_string(attr, name, sizeof(name));
		visit(name, data);
	}
}

static void put_return(const char *name, void *data)
{
	bool *any = data;

	printf("%s%s", *any ? " or " : "", name);
	*any = true;
}

static void append_return(const char *name, void *data)
{
	json_array_append_new(data, json_string(name));
}

/* The device and next hop of a link, from all links. */
static const struct ctl_record *link_of(const struct explain_answer *links, const char *name,
					struct ctl_record *record)
{
	char text[EXPLAIN_TEXT];
	size_t i;

	for (i = 0; i < links->count; i++) {
		ctl_record_read(record, &ctl_link, links->message[i]);
		if (explain_text(record, SLB_A_LINK_NAME, text) && !strcmp(text, name))
			return record;
	}
	return NULL;
}

/* The next hops of a link: packets go back to the one that they came from. */
static const struct ctl_column link_vias[] = {
	{ .form = CTL_FORM_ADDRS, .id = { SLB_A_LINK_VIA4, SLB_A_LINK_VIA4_MORE } },
	{ .form = CTL_FORM_ADDRS, .id = { SLB_A_LINK_VIA6, SLB_A_LINK_VIA6_MORE } },
};

/* One hop of a session's packets: the link by which they leave. */
static void put_hop(const struct ctl_record *record, const struct explain_answer *links, uint8_t id,
		    json_t *json, const char *to)
{
	bool six = mnl_attr_get_payload_len(record->tb[SLB_A_EXPLAIN_VIP]) == 16;
	char name[EXPLAIN_TEXT], dev[EXPLAIN_TEXT], via[2 * EXPLAIN_TEXT];
	struct ctl_record link;

	if (!explain_text(record, id, name)) {
		if (!json)
			printf("    to the %s: no link carries packets\n", to);
		return;
	}
	if (!link_of(links, name, &link) || !explain_text(&link, SLB_A_LINK_DEV, dev) ||
	    !ctl_column_text(&link, &link_vias[six], via, sizeof(via)))
		return;
	if (json)
		json_object_set_new(json, to, json_pack("{s:s,s:s,s:s}", "link", name, "dev", dev,
							"via", via));
	else
		printf("    to the %s by link %s, dev %s via %s\n", to, name, dev, via);
}

static void put_hops(const struct ctl_record *record, json_t *json)
{
	struct explain_answer links = { 0 };
	json_t *hops = json ? json_object() : NULL;

	if (!explain_dump(&ctl_link, &links)) {
		put_hop(record, &links, SLB_A_EXPLAIN_SERVER_LINK, hops, "server");
		put_hop(record, &links, SLB_A_EXPLAIN_CLIENT_LINK, hops, "client");
	}
	if (json)
		json_object_set_new(json, "hops", hops);
	explain_free(&links);
}

/* What stands behind the flow, by the verdict. */
static void put_verdict(const struct ctl_record *record)
{
	char state[EXPLAIN_TEXT], expires[EXPLAIN_TEXT];
	uint64_t verdict = 0;

	ctl_attr_number(record->tb[SLB_A_EXPLAIN_VERDICT], &verdict);
	switch (verdict) {
	case SLB_VERDICT_SESSION:
		if (explain_text(record, SLB_A_EXPLAIN_STATE, state) &&
		    explain_text(record, SLB_A_EXPLAIN_EXPIRES, expires))
			printf("a session, state %s expires %s\n", state, expires);
		break;
	case SLB_VERDICT_NEW:
		puts("the packet starts a session");
		break;
	case SLB_VERDICT_REFUSED:
		puts("the packet is dropped");
		break;
	case SLB_VERDICT_HOST:
		puts("no VIP matches; this host has the address and gets the packet");
		break;
	default:
		puts("no VIP matches; the packet is left to the routing of this host");
	}
}

static void put_vip(const struct ctl_record *record)
{
	char proto[EXPLAIN_TEXT], vip[EXPLAIN_TEXT], group[EXPLAIN_TEXT];
	char sched[EXPLAIN_TEXT], usable[EXPLAIN_TEXT];

	if (!explain_text(record, SLB_A_EXPLAIN_VIP_PROTO, proto) ||
	    !explain_host(record, SLB_A_EXPLAIN_VIP, SLB_A_EXPLAIN_VIP_FIRST,
			  SLB_A_EXPLAIN_VIP_LAST, vip) ||
	    !explain_text(record, SLB_A_EXPLAIN_GROUP, group))
		return;
	printf("    vip %s %s group %s", proto, vip, group);
	if (explain_text(record, SLB_A_EXPLAIN_SCHEDULER, sched) &&
	    explain_text(record, SLB_A_EXPLAIN_USABLE, usable))
		printf(" scheduler %s usable %s", sched, usable);
	putchar('\n');
}

static void put_server(const struct ctl_record *record)
{
	char server[EXPLAIN_TEXT], local[EXPLAIN_TEXT], mode[EXPLAIN_TEXT];
	uint64_t fixed;

	if (!explain_host(record, SLB_A_EXPLAIN_SERVER, SLB_A_EXPLAIN_SERVER_PORT, 0, server))
		return;
	printf("    server %s", server);
	if (explain_host(record, SLB_A_EXPLAIN_LOCAL, SLB_A_EXPLAIN_LOCAL_PORT, 0, local))
		printf(" local %s", local);
	else if (ctl_attr_number(record->tb[SLB_A_EXPLAIN_FIXED], &fixed) && fixed)
		fputs(" for this flow, whatever other flows do", stdout);
	else
		fputs(" if no other flow comes first", stdout);
	putchar('\n');
	if (explain_text(record, SLB_A_EXPLAIN_CLIENT_ADDRESS, mode))
		printf("    the server learns the client's address by %s\n", mode);
}

/* The return links of a packet that comes in on one link. */
static void put_returns(const struct nlmsghdr *nlh, const char *ingress, json_t *json)
{
	json_t *list = json ? json_array() : NULL;
	bool any = false;

	if (json) {
		returns(nlh, append_return, list);
		json_object_set_new(json, ingress, list);
		return;
	}
	printf("    in by link %s: return link ", ingress);
	returns(nlh, put_return, &any);
	puts(any ? "" : "none");
}

/* The same for each link, as the request names none. */
static void put_each(const struct ctl_request *request, json_t *json)
{
	struct explain_answer links = { 0 }, answer = { 0 };
	struct ctl_record record;
	struct ctl_request one;
	char name[EXPLAIN_TEXT];
	size_t i;

	if (explain_dump(&ctl_link, &links))
		return;
	for (i = 0; i < links.count; i++) {
		ctl_record_read(&record, &ctl_link, links.message[i]);
		if (!explain_text(&record, SLB_A_LINK_NAME, name))
			continue;
		one = *request;
		one.nlh = (struct nlmsghdr *)one.buffer;
		if (!ctl_request_put(&one, SLB_A_EXPLAIN_INGRESS_LINK, name, strlen(name) + 1) &&
		    !ctl_nl_call(&one, explain_keep, &answer) && answer.count)
			put_returns(answer.message[0], name, json);
		explain_free(&answer);
	}
	explain_free(&links);
}

static void put_ingress(const struct ctl_request *request, const struct nlmsghdr *nlh,
			const struct ctl_record *record, json_t *json)
{
	json_t *list = json ? json_object() : NULL;
	char ingress[EXPLAIN_TEXT];

	if (explain_text(record, SLB_A_EXPLAIN_INGRESS_LINK, ingress))
		put_returns(nlh, ingress, list);
	else
		put_each(request, list);
	if (json)
		json_object_set_new(json, "return_links", list);
}

static void put_flow(const struct ctl_record *record)
{
	char proto[EXPLAIN_TEXT], client[EXPLAIN_TEXT], vip[EXPLAIN_TEXT];

	if (explain_text(record, SLB_A_EXPLAIN_PROTO, proto) &&
	    explain_host(record, SLB_A_EXPLAIN_CLIENT, SLB_A_EXPLAIN_CLIENT_PORT, 0, client) &&
	    explain_host(record, SLB_A_EXPLAIN_VIP, SLB_A_EXPLAIN_VIP_PORT, 0, vip))
		printf("%s client %s vip %s: ", proto, client, vip);
}

static void explain(const struct ctl_request *request, const struct nlmsghdr *nlh)
{
	struct ctl_record record;
	uint64_t verdict = 0;
	json_t *json = NULL;

	ctl_record_read(&record, &ctl_explain, nlh);
	ctl_attr_number(record.tb[SLB_A_EXPLAIN_VERDICT], &verdict);
	if (ctl_options.json) {
		json = ctl_out_json(&record, true);
		/* it holds one of several */
		json_object_del(json, "return_link");
	} else {
		put_flow(&record);
		put_verdict(&record);
		put_vip(&record);
		put_server(&record);
	}
	if (record.tb[SLB_A_EXPLAIN_VIP_PROTO])
		put_ingress(request, nlh, &record, json);
	if (verdict == SLB_VERDICT_SESSION)
		put_hops(&record, json);
	refusals(nlh, json);
	if (verdict == SLB_VERDICT_REFUSED && record.tb[SLB_A_EXPLAIN_GROUP] &&
	    record.tb[SLB_A_EXPLAIN_VIP] && !record.tb[SLB_A_EXPLAIN_SERVER])
		explain_servers(&record, json);
	if (json) {
		ctl_out_begin();
		ctl_out_element(json);
		ctl_out_end();
	}
}

static int explain_run(struct ctl_call *call)
{
	struct explain_answer answer = { 0 };
	int status = ctl_object_begin(call);

	if (status)
		return status;
	status = ctl_object_end(&call->request,
				ctl_nl_call(&call->request, explain_keep, &answer));
	if (!status && answer.count)
		explain(&call->request, answer.message[0]);
	explain_free(&answer);
	return status;
}

static int explain_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	return ctl_same_family(call, SLB_A_EXPLAIN_CLIENT, SLB_A_EXPLAIN_VIP, fault);
}

static const struct ctl_command explain_commands[] = {
	{ "explain", CTL_TAKE_ALL, CTL_GET, explain_run,
	  "tell which server and links a flow has or would get, or why it is refused" },
};

const struct ctl_noun ctl_noun_explain = {
	.name = "explain",
	.family = &ctl_slb,
	.object = &ctl_explain,
	.args = explain_args,
	.arg_count = CTL_COUNT(explain_args),
	.commands = explain_commands,
	.command_count = CTL_COUNT(explain_commands),
	.bare = true,
	.check = explain_check,
	.text = "what becomes of a flow, and why",
};
