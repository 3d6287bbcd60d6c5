// SPDX-License-Identifier: GPL-2.0-only
/* The noun relay explain: which balancer and link a flow goes to, or why it is refused. */
#include "explain.h"

#include <errno.h>
#include <string.h>
#include <linux/slb_relay.h>

static const struct ctl_arg explain_args[] = {
	{ .value = "PROTO", .text = "tcp, udp or sctp.", .kind = CTL_ARG_TRANSPORT,
	  .required = true, .id = { SLB_RELAY_A_FLOW_PROTO } },
	{ .word = "client", .value = "ADDR:PORT", .text = "Address and port of the client.",
	  .kind = CTL_ARG_HOSTPORT, .required = true,
	  .id = { SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_CLIENT_PORT } },
	{ .word = "vip", .value = "ADDR:PORT", .text = "The virtual address and port.",
	  .kind = CTL_ARG_HOSTPORT, .required = true, .source = &ctl_relay_vip,
	  .id = { SLB_RELAY_A_FLOW_VIP, SLB_RELAY_A_FLOW_VIP_PORT } },
};

/**
 * struct vip_match - The most specific VIP of a flow.
 * @request: The request with the flow.
 * @address: Some VIP has the address.
 * @found: Some VIP matches.
 * @any: It is for all protocols.
 * @ports: Number of its ports.
 * @record: The VIP, its attributes in the messages kept.
 */
struct vip_match {
	const struct ctl_request *request;
	bool address;
	bool found;
	bool any;
	uint64_t ports;
	struct ctl_record record;
};

static bool same(const struct nlattr *attr, const struct ctl_request *request, uint8_t id)
{
	const void *wanted;
	size_t len;

	wanted = ctl_request_find(request, id, &len);
	return attr && wanted && mnl_attr_get_payload_len(attr) == len &&
	       !memcmp(mnl_attr_get_payload(attr), wanted, len);
}

/* The kernel prefers fewer ports, then one protocol to all. */
static void match_vip(struct vip_match *match, const struct nlmsghdr *nlh)
{
	uint64_t first = 0, last = UINT16_MAX, proto = 0;
	struct ctl_record record;
	const uint16_t *port;
	bool better;

	ctl_record_read(&record, &ctl_relay_vip, nlh);
	if (!same(record.tb[SLB_RELAY_A_VIP_ADDR], match->request, SLB_RELAY_A_FLOW_VIP))
		return;
	match->address = true;
	ctl_attr_number(record.tb[SLB_RELAY_A_VIP_PROTO], &proto);
	ctl_attr_number(record.tb[SLB_RELAY_A_VIP_PORT_FIRST], &first);
	if (first && !ctl_attr_number(record.tb[SLB_RELAY_A_VIP_PORT_LAST], &last))
		last = first;
	port = ctl_request_find(match->request, SLB_RELAY_A_FLOW_VIP_PORT, NULL);
	if (*port < first || *port > last ||
	    (proto && !same(record.tb[SLB_RELAY_A_VIP_PROTO], match->request,
			    SLB_RELAY_A_FLOW_PROTO)))
		return;
	better = !match->found || last - first < match->ports ||
		 (last - first == match->ports && match->any && proto);
	if (!better)
		return;
	match->found = true;
	match->any = !proto;
	match->ports = last - first;
	match->record = record;
}

static void put_vip(const struct vip_match *match, json_t *json)
{
	char proto[EXPLAIN_TEXT], vip[EXPLAIN_TEXT];

	if (!match->found || !explain_text(&match->record, SLB_RELAY_A_VIP_PROTO, proto) ||
	    !explain_host(&match->record, SLB_RELAY_A_VIP_ADDR, SLB_RELAY_A_VIP_PORT_FIRST,
			  SLB_RELAY_A_VIP_PORT_LAST, vip))
		return;
	if (json)
		json_object_set_new(json, "match", ctl_out_json(&match->record, false));
	else
		printf("    vip %s %s\n", proto, vip);
}

static void put_state(const char *verdict, const char *text, json_t *json)
{
	if (json)
		json_object_set_new(json, "verdict", json_string(verdict));
	else
		puts(text);
}

static bool is_text(const struct ctl_record *record, uint8_t id, const char *wanted)
{
	char text[EXPLAIN_TEXT];

	return explain_text(record, id, text) && !strcmp(text, wanted);
}

/* The name of a drop reason, by its text. */
static void put_refusal(const char *text, json_t *json)
{
	struct explain_answer drops = { 0 };
	char name[EXPLAIN_TEXT] = "?";
	struct ctl_record record;
	size_t i;

	explain_dump(&ctl_relay_drop, &drops);
	for (i = 0; i < drops.count; i++) {
		ctl_record_read(&record, &ctl_relay_drop, drops.message[i]);
		if (is_text(&record, SLB_RELAY_A_DROP_TEXT, text)) {
			explain_text(&record, SLB_RELAY_A_DROP_NAME, name);
			break;
		}
	}
	explain_refused(json, name, text);
	explain_free(&drops);
}

static void read_unmatched(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_record record;

	ctl_record_read(&record, &ctl_relay_setting, nlh);
	ctl_attr_number(record.tb[SLB_RELAY_A_SETTING_UNMATCHED], data);
}

/* No VIP matches: the packet is refused, or left to the routing of the host. */
static void put_unmatched(const struct vip_match *match, json_t *json)
{
	uint64_t unmatched = SLB_RELAY_UNMATCHED_REJECT;
	struct ctl_request request;

	ctl_request_init(&request, &ctl_relay_setting, CTL_GET);
	ctl_nl_call(&request, read_unmatched, &unmatched);
	if (!match->address || unmatched == SLB_RELAY_UNMATCHED_ROUTE) {
		put_state("foreign", "no VIP matches; the packet is left to the routing of this host",
			  json);
		return;
	}
	put_state("refused", "the packet is dropped, unless this host has the address", json);
	put_refusal("The packet has a virtual address, but no VIP has its port or protocol.", json);
}

/* The link of a flow: where its packets go. */
static void put_link(const struct ctl_record *link, bool six, json_t *json)
{
	char dev[EXPLAIN_TEXT], via[EXPLAIN_TEXT], state[EXPLAIN_TEXT];

	if (!explain_text(link, SLB_RELAY_A_LINK_DEV, dev) ||
	    !explain_text(link, six ? SLB_RELAY_A_LINK_VIA6 : SLB_RELAY_A_LINK_VIA4, via) ||
	    !explain_text(link, SLB_RELAY_A_LINK_STATE, state))
		return;
	if (json)
		json_object_set_new(json, "hop", json_pack("{s:s,s:s,s:s}", "dev", dev, "via", via,
							   "state", state));
	else
		printf("    to the balancer by dev %s via %s, state %s\n", dev, via, state);
}

/* A return range of the balancer: what servers send there comes back to it. */
static void put_range(const struct ctl_record *link, bool six, json_t *json)
{
	const struct ctl_column range = {
		.form = CTL_FORM_SPAN,
		.id = { six ? SLB_RELAY_A_LINK_RETURN6_FIRST : SLB_RELAY_A_LINK_RETURN4_FIRST,
			six ? SLB_RELAY_A_LINK_RETURN6_LAST : SLB_RELAY_A_LINK_RETURN4_LAST },
	};
	char name[EXPLAIN_TEXT], text[EXPLAIN_TEXT], state[EXPLAIN_TEXT];

	if (!ctl_column_text(link, &range, text, sizeof(text)) ||
	    !explain_text(link, SLB_RELAY_A_LINK_NAME, name) ||
	    !explain_text(link, SLB_RELAY_A_LINK_STATE, state))
		return;
	if (json)
		json_object_set_new(json_object_get(json, "returns"), name, json_string(text));
	else
		printf("    replies to %s come back to it by link %s, state %s\n", text, name,
		       state);
}

/* The links of the flow's balancer: that of the flow first. */
static void put_links(const struct ctl_record *flow, json_t *json)
{
	bool six = mnl_attr_get_payload_len(flow->tb[SLB_RELAY_A_FLOW_VIP]) == 16;
	char balancer[EXPLAIN_TEXT] = "", name[EXPLAIN_TEXT] = "";
	struct explain_answer links = { 0 };
	struct ctl_record link;
	unsigned int pass;
	size_t i;

	/* while its balancer is away, the packets of the flow go to the heir */
	if (!explain_text(flow, SLB_RELAY_A_FLOW_HEIR, balancer))
		explain_text(flow, SLB_RELAY_A_FLOW_BALANCER, balancer);
	explain_text(flow, SLB_RELAY_A_FLOW_LINK, name);
	if (json)
		json_object_set_new(json, "returns", json_object());
	explain_dump(&ctl_relay_link, &links);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < links.count; i++) {
			ctl_record_read(&link, &ctl_relay_link, links.message[i]);
			if (!is_text(&link, SLB_RELAY_A_LINK_BALANCER, balancer))
				continue;
			if (pass)
				put_range(&link, six, json);
			else if (is_text(&link, SLB_RELAY_A_LINK_NAME, name))
				put_link(&link, six, json);
		}
	}
	explain_free(&links);
}

/* The kernel has chosen balancer and link. */
static void put_place(const struct ctl_record *flow, json_t *json)
{
	char balancer[EXPLAIN_TEXT] = "?", link[EXPLAIN_TEXT] = "?", heir[EXPLAIN_TEXT];
	char state[EXPLAIN_TEXT], expires[EXPLAIN_TEXT], text[EXPLAIN_TEXT * 4];
	bool known = explain_text(flow, SLB_RELAY_A_FLOW_STATE, state) &&
		     explain_text(flow, SLB_RELAY_A_FLOW_EXPIRES, expires);

	explain_text(flow, SLB_RELAY_A_FLOW_BALANCER, balancer);
	explain_text(flow, SLB_RELAY_A_FLOW_LINK, link);
	if (known)
		snprintf(text, sizeof(text), "a known flow, state %s expires %s", state, expires);
	else
		snprintf(text, sizeof(text), "a new flow: the hash of the flow chooses");
	put_state(known ? "known" : "new", text, json);
	if (json)
		return;
	if (explain_text(flow, SLB_RELAY_A_FLOW_HEIR, heir))
		printf("    balancer %s is away, its heir %s has the flow: link %s\n", balancer,
		       heir, link);
	else
		printf("    balancer %s link %s\n", balancer, link);
}

/* The flow, from the request. */
static void put_flow(const struct ctl_request *request, json_t *json)
{
	struct ctl_record record;
	char proto[EXPLAIN_TEXT], client[EXPLAIN_TEXT], vip[EXPLAIN_TEXT];

	ctl_record_read(&record, request->object, request->nlh);
	if (json) {
		json_t *flow = ctl_out_json(&record, false);

		json_object_update(json, flow);
		json_decref(flow);
	} else if (explain_text(&record, SLB_RELAY_A_FLOW_PROTO, proto) &&
		   explain_host(&record, SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_CLIENT_PORT, 0,
				client) &&
		   explain_host(&record, SLB_RELAY_A_FLOW_VIP, SLB_RELAY_A_FLOW_VIP_PORT, 0, vip)) {
		printf("%s client %s vip %s: ", proto, client, vip);
	}
}

static void explain(const struct ctl_request *request, const struct vip_match *match,
		    const struct nlmsghdr *nlh)
{
	json_t *json = ctl_options.json ? json_object() : NULL, *more;
	struct ctl_record flow;

	put_flow(request, json);
	if (nlh) {
		ctl_record_read(&flow, request->object, nlh);
		if (json) {
			more = ctl_out_json(&flow, false);
			json_object_update(json, more);
			json_decref(more);
		}
		put_place(&flow, json);
	} else if (!match->found) {
		put_unmatched(match, json);
	} else {
		put_state("refused", "the packet is dropped", json);
	}
	put_vip(match, json);
	if (nlh)
		put_links(&flow, json);
	else if (match->found)
		put_refusal(request->error.text, json);
	if (json) {
		ctl_out_begin();
		ctl_out_element(json);
		ctl_out_end();
	}
}

static int explain_run(struct ctl_call *call)
{
	struct explain_answer vips = { 0 }, flow = { 0 };
	struct vip_match match = { .request = &call->request };
	int status = ctl_object_begin(call), result;
	size_t i;

	if (!status)
		status = explain_dump(&ctl_relay_vip, &vips);
	if (status)
		return status;
	for (i = 0; i < vips.count; i++)
		match_vip(&match, vips.message[i]);
	result = ctl_nl_call(&call->request, explain_keep, &flow);
	/* the kernel's refusal of the flow is what is to be explained */
	if (result && call->request.error.code != ENOENT &&
	    call->request.error.code != EHOSTUNREACH)
		status = ctl_object_end(&call->request, result);
	else if (!ctl_options.dry_run)
		explain(&call->request, &match, flow.count ? flow.message[0] : NULL);
	explain_free(&flow);
	explain_free(&vips);
	return status;
}

static int explain_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	return ctl_same_family(call, SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_VIP, fault);
}

static const struct ctl_command explain_commands[] = {
	{ "explain", CTL_TAKE_ALL, CTL_GET, explain_run,
	  "tell which balancer and link a flow goes to, or why it is refused" },
};

const struct ctl_noun ctl_noun_relay_explain = {
	.name = "explain",
	.family = &ctl_relay,
	.object = &ctl_flow,
	.args = explain_args,
	.arg_count = CTL_COUNT(explain_args),
	.commands = explain_commands,
	.command_count = CTL_COUNT(explain_commands),
	.bare = true,
	.check = explain_check,
	.text = "what becomes of a flow, and why",
};
