// SPDX-License-Identifier: GPL-2.0-only
/* The noun link on both sides: one body, two tables of attribute numbers. */
#include "nl_gen.h"

/* Settings of the probes, if not the default. */
#define LINK_UNUSUAL(name, value, attr) \
	{ .word = (name), .form = CTL_FORM_UNUSUAL, .preset = (value), .id = { attr } }

/* Only a balancer has an address of the range for itself. */
#define LINK_HOST(id_, none) { .word = "host", .form = CTL_FORM_UNUSUAL, .preset = (none), \
			       .id = { SLB_A_LINK_HOST##id_ } },
#define LINK_NO_HOST(id_, none)

/* A balancer's link may have several next hops. */
#define LINK_VIAS(P, n) { .word = "via", .preset = "", .form = CTL_FORM_ADDRS, \
			  .id = { P##VIA##n, P##VIA##n##_MORE } },
#define LINK_VIA(P, n) { .word = "via", .preset = "", .id = { P##VIA##n } },

/* Nor does the relay adopt addresses. */
#define LINK_ADOPT(n, none) \
	{ .word = "adopt", .preset = (none), .form = CTL_FORM_SPAN, \
	  .id = { SLB_A_LINK_ADOPT##n##_FIRST, SLB_A_LINK_ADOPT##n##_LAST } },
#define LINK_NO_ADOPT(n, none)

/*
 * P: prefix of the attribute numbers; R: LOCAL or RETURN; r: the same as a word; VIA: next hops;
 * HOST, ADOPT: what comes behind the range.
 */
#define LINK_COLUMNS(P, R, r, VIA, HOST, ADOPT) \
	{ .id = { P##NAME } }, \
	{ .word = "dev", .id = { P##DEV } }, \
	VIA(P, 4) \
	{ .word = r, .preset = "", .form = CTL_FORM_SPAN, .id = { P##R##4_FIRST, P##R##4_LAST } }, \
	HOST(4, "0.0.0.0") \
	ADOPT(4, "0.0.0.0") \
	VIA(P, 6) \
	{ .word = r, .preset = "", .form = CTL_FORM_SPAN, .id = { P##R##6_FIRST, P##R##6_LAST } }, \
	HOST(6, "::") \
	ADOPT(6, "::") \
	{ .word = "weight", .preset = "1", .id = { P##WEIGHT } }, \
	LINK_UNUSUAL("interval", "100", P##INTERVAL), LINK_UNUSUAL("misses", "3", P##MISSES), \
	LINK_UNUSUAL("recover", "3", P##RECOVER), LINK_UNUSUAL("hold", "1000", P##HOLD), \
	LINK_UNUSUAL("shared", "no", P##SHARED), \
	LINK_UNUSUAL("xdp", "no", P##XDP), \
	{ .word = "name", .place = CTL_PLACE_STATE, .line = 1, .id = { P##NEW_NAME } }, \
	{ .word = "state", .place = CTL_PLACE_STATE, .line = 1, .id = { P##STATE } }, \
	{ .word = "state4", .place = CTL_PLACE_STATE, .line = 1, .id = { P##STATE4 } }, \
	{ .word = "state6", .place = CTL_PLACE_STATE, .line = 1, .id = { P##STATE6 } }, \
	{ .word = "client-in", .place = CTL_PLACE_OWN, .id = { P##CLIENT_IN } }, \
	{ .word = "client-out", .place = CTL_PLACE_OWN, .id = { P##CLIENT_OUT } }, \
	{ .word = "server-out", .place = CTL_PLACE_OWN, .id = { P##SERVER_OUT } }, \
	{ .word = "server-in", .place = CTL_PLACE_OWN, .id = { P##SERVER_IN } }, \
	{ .word = "unreachable4", .place = CTL_PLACE_STATE, .line = 1, \
	  .id = { P##UNREACHABLE4 } }, \
	{ .word = "unreachable6", .place = CTL_PLACE_STATE, .line = 1, \
	  .id = { P##UNREACHABLE6 } }, \
	{ .word = "range-differs", .place = CTL_PLACE_STATE, .line = 1, \
	  .id = { P##RANGE_DIFFERS } }, \
	{ .word = "keys-differ", .place = CTL_PLACE_STATE, .line = 1, .id = { P##KEYS_DIFFER } }, \
	{ .word = "vips-differ", .place = CTL_PLACE_STATE, .line = 1, .id = { P##VIPS_DIFFER } }, \
	{ .word = "since", .place = CTL_PLACE_STAT, .line = 1, .id = { P##SINCE } }, \
	{ .word = "downs", .place = CTL_PLACE_STAT, .line = 1, .id = { P##DOWNS } }, \
	{ .word = "last-down", .place = CTL_PLACE_STAT, .line = 1, .id = { P##LAST_DOWN } }, \
	{ .word = "last-down-since", .place = CTL_PLACE_STAT, .line = 1, \
	  .id = { P##LAST_DOWN_SINCE } }, \
	{ .word = "probe", .place = CTL_PLACE_OWN, .line = 1, .id = { P##PROBE } }, \
	{ .word = "interval", .place = CTL_PLACE_STAT, .line = 2, .id = { P##INTERVAL } }, \
	{ .word = "misses", .place = CTL_PLACE_STAT, .line = 2, .id = { P##MISSES } }, \
	{ .word = "recover", .place = CTL_PLACE_STAT, .line = 2, .id = { P##RECOVER } }, \
	{ .word = "hold", .place = CTL_PLACE_STAT, .line = 2, .id = { P##HOLD } }, \
	{ .word = "shared", .place = CTL_PLACE_STAT, .line = 2, .id = { P##SHARED } }, \
	{ .word = "rtt-us", .place = CTL_PLACE_STAT, .line = 3, .id = { P##RTT_US } }, \
	{ .word = "rtt-min-us", .place = CTL_PLACE_STAT, .line = 3, .id = { P##RTT_MIN_US } }, \
	{ .word = "probes-out", .place = CTL_PLACE_STAT, .line = 3, .id = { P##PROBES_OUT } }, \
	{ .word = "probes-in", .place = CTL_PLACE_STAT, .line = 3, .id = { P##PROBES_IN } }, \
	{ .word = "lost-out", .place = CTL_PLACE_STAT, .line = 3, .id = { P##LOST_OUT } }, \
	{ .word = "lost-in", .place = CTL_PLACE_STAT, .line = 3, .id = { P##LOST_IN } }, \
	{ .word = "loss-out", .place = CTL_PLACE_STAT, .line = 3, .id = { P##LOSS_OUT } }, \
	{ .word = "loss-in", .place = CTL_PLACE_STAT, .line = 3, .id = { P##LOSS_IN } }, \
	{ .word = "far-mtu", .place = CTL_PLACE_STAT, .line = 4, .id = { P##FAR_MTU } }, \
	{ .word = "far-key", .place = CTL_PLACE_STAT, .line = 4, .id = { P##FAR_KEY } }, \
	{ .word = "far", .place = CTL_PLACE_STAT, .line = 4, .form = CTL_FORM_SPAN, \
	  .id = { P##FAR4_FIRST, P##FAR4_LAST } }, \
	{ .word = "far", .place = CTL_PLACE_STAT, .line = 4, .form = CTL_FORM_SPAN, \
	  .id = { P##FAR6_FIRST, P##FAR6_LAST } }, \
	{ .word = "ifindex", .place = CTL_PLACE_STAT, .line = 2, .always = true, \
	  .id = { P##IFINDEX } }

/* value, text and more: of next hops */
#define LINK_ARGS(P, R, r, value_, text_, more...) \
	{ .word = "dev", .value = "DEV", .kind = CTL_ARG_DEV, .required = true, \
	  .id = { P##DEV } }, \
	{ .word = "via", .value = value_, .text = text_, .kind = CTL_ARG_VIA, .required = true, \
	  .id = { P##VIA4, P##VIA6, ##more } }, \
	{ .word = r, .value = "ADDR[-ADDR]", \
	  .text = "Range of source addresses tied to the link; both ends have the same.", \
	  .kind = CTL_ARG_SPAN, .required = true, \
	  .id = { P##R##4_FIRST, P##R##4_LAST, P##R##6_FIRST, P##R##6_LAST } }

static const struct ctl_column link_columns[] = {
	LINK_COLUMNS(SLB_A_LINK_, LOCAL, "local", LINK_VIAS, LINK_HOST, LINK_ADOPT),
	{ .word = "xdp", .place = CTL_PLACE_STAT, .line = 2, .id = { SLB_A_LINK_XDP } },
	{ .word = "xdp-on", .place = CTL_PLACE_STATE, .line = 1, .id = { SLB_A_LINK_XDP_ON } },
	{ .word = "changed-via", .place = CTL_PLACE_STATE, .line = 1,
	  .id = { SLB_A_LINK_CHANGED_VIA4 } },
	{ .word = "changed-via", .place = CTL_PLACE_STATE, .line = 1,
	  .id = { SLB_A_LINK_CHANGED_VIA6 } },
	{ .word = "changed-state", .place = CTL_PLACE_STATE, .line = 1,
	  .id = { SLB_A_LINK_CHANGED_STATE } },
	{ .word = "next-hop", .place = CTL_PLACE_OWN, .always = true,
	  .id = { SLB_A_LINK_NEXT_HOP } },
	{ .word = "configs-differ", .place = CTL_PLACE_STATE, .line = 1,
	  .id = { SLB_A_LINK_CONFIGS_DIFFER } },
	{ .word = "far-config", .place = CTL_PLACE_STAT, .line = 4,
	  .id = { SLB_A_LINK_FAR_CONFIG } },
	{ .word = "sessions", .place = CTL_PLACE_STAT, .line = 5, .id = { SLB_A_LINK_SESSIONS } },
	{ .word = "total", .place = CTL_PLACE_STAT, .line = 5,
	  .id = { SLB_A_LINK_SESSIONS_TOTAL } },
	{ .word = "ports-used", .place = CTL_PLACE_STAT, .line = 5,
	  .id = { SLB_A_LINK_PORTS_USED } },
	{ .word = "ports-free", .place = CTL_PLACE_STAT, .line = 5,
	  .id = { SLB_A_LINK_PORTS_FREE } },
	{ .word = "ports-failed", .place = CTL_PLACE_STAT, .line = 5,
	  .id = { SLB_A_LINK_PORTS_FAILED } },
};

static const struct ctl_column relay_link_columns[] = {
	{ .id = { SLB_RELAY_A_LINK_BALANCER } },
	LINK_COLUMNS(SLB_RELAY_A_LINK_, RETURN, "return", LINK_VIA, LINK_NO_HOST, LINK_NO_ADOPT),
	{ .word = "xdp", .place = CTL_PLACE_STAT, .line = 2, .id = { SLB_RELAY_A_LINK_XDP } },
	{ .word = "xdp-on", .place = CTL_PLACE_STATE, .line = 1,
	  .id = { SLB_RELAY_A_LINK_XDP_ON } },
	{ .word = "flows", .place = CTL_PLACE_STAT, .line = 5, .id = { SLB_RELAY_A_LINK_FLOWS } },
};

static const struct ctl_arg link_args[] = {
	{ .value = "NAME", .kind = CTL_ARG_NAME, .id = { SLB_A_LINK_NAME }, .source = &ctl_link },
	LINK_ARGS(SLB_A_LINK_, LOCAL, "local", "ADDR[,ADDR...]",
		  "Next hops on the device: the relays, on each link in the same order. Once for each family, with its range.",
		  SLB_A_LINK_VIA4_MORE, SLB_A_LINK_VIA6_MORE),
	{ .word = "host", .value = "ADDR",
	  .text = "Address of the range that sessions leave to this host, for checks of servers over the link. Once for each family; \"none\" for neither, the default.",
	  .kind = CTL_ARG_EACH, .id = { SLB_A_LINK_HOST4, SLB_A_LINK_HOST6 } },
	{ .word = "adopt", .value = "ADDR[-ADDR]",
	  .text = "Local addresses of other balancers for which this one serves sessions when they are gone. Once for each family; \"none\" for neither, the default.",
	  .kind = CTL_ARG_SPAN,
	  .id = { SLB_A_LINK_ADOPT4_FIRST, SLB_A_LINK_ADOPT4_LAST, SLB_A_LINK_ADOPT6_FIRST,
		  SLB_A_LINK_ADOPT6_LAST } },
	CTL_SLB_LINK_ARGS,
	{ .word = "name", .value = "NEW", .text = CTL_RENAMES, .kind = CTL_ARG_NAME,
	  .only_set = true,
	  .id = { SLB_A_LINK_NEW_NAME } },
};

static const struct ctl_arg relay_link_args[] = {
	{ .value = "BALANCER", .kind = CTL_ARG_NAME, .id = { SLB_RELAY_A_LINK_BALANCER },
	  .source = &ctl_balancer },
	{ .value = "NAME", .kind = CTL_ARG_NAME, .id = { SLB_RELAY_A_LINK_NAME },
	  .source = &ctl_relay_link },
	LINK_ARGS(SLB_RELAY_A_LINK_, RETURN, "return", "ADDR",
		  "Next hop on the device. Once for each family, with its range."),
	CTL_SLB_RELAY_LINK_ARGS,
	{ .word = "name", .value = "NEW", .text = CTL_RENAMES, .kind = CTL_ARG_NAME,
	  .only_set = true,
	  .id = { SLB_RELAY_A_LINK_NEW_NAME } },
};

const struct ctl_object ctl_link = {
	.name = "link",
	.family = &ctl_slb,
	.attrs = ctl_slb_link_attrs,
	.attr_count = CTL_COUNT(ctl_slb_link_attrs),
	.columns = link_columns,
	.column_count = CTL_COUNT(link_columns),
	.block = 5,
	.op = {
		[CTL_GET] = SLB_CMD_LINK_GET,
		[CTL_ADD] = SLB_CMD_LINK_ADD,
		[CTL_SET] = SLB_CMD_LINK_SET,
		[CTL_DEL] = SLB_CMD_LINK_DEL,
		[CTL_FLUSH] = SLB_CMD_LINK_FLUSH,
		[CTL_ADD_NTF] = SLB_CMD_LINK_ADD_NTF,
		[CTL_SET_NTF] = SLB_CMD_LINK_SET_NTF,
		[CTL_DEL_NTF] = SLB_CMD_LINK_DEL_NTF,
	},
	.ended = SLB_A_LINK_SESSIONS_ENDED,
};

const struct ctl_object ctl_relay_link = {
	.name = "link",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_link_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_link_attrs),
	.columns = relay_link_columns,
	.column_count = CTL_COUNT(relay_link_columns),
	.block = 5,
	.op = {
		[CTL_GET] = SLB_RELAY_CMD_LINK_GET,
		[CTL_ADD] = SLB_RELAY_CMD_LINK_ADD,
		[CTL_SET] = SLB_RELAY_CMD_LINK_SET,
		[CTL_DEL] = SLB_RELAY_CMD_LINK_DEL,
		[CTL_FLUSH] = SLB_RELAY_CMD_LINK_FLUSH,
		[CTL_ADD_NTF] = SLB_RELAY_CMD_LINK_ADD_NTF,
		[CTL_SET_NTF] = SLB_RELAY_CMD_LINK_SET_NTF,
		[CTL_DEL_NTF] = SLB_RELAY_CMD_LINK_DEL_NTF,
	},
	.ended = SLB_RELAY_A_LINK_FLOWS_ENDED,
};

static bool given(const struct ctl_call *call, uint8_t id)
{
	return ctl_request_find(&call->request, id, NULL);
}

/* Find a via without its range, or a range without its via. */
static const char *pair_text(const struct ctl_call *call, const struct ctl_arg *via,
			     const struct ctl_arg *range, char *text, size_t len)
{
	bool via4 = given(call, via->id[0]), via6 = given(call, via->id[1]);
	bool range4 = given(call, range->id[0]), range6 = given(call, range->id[2]);

	if (via4 != range4 && via6 != range6)
		snprintf(text, len, "\"%s\" is IPv%d but \"%s\" is IPv%d", via->word, via4 ? 4 : 6,
			 range->word, range4 ? 4 : 6);
	else
		snprintf(text, len, "IPv%d has \"%s\" without \"%s\"", via4 != range4 ? 4 : 6,
			 (via4 != range4 ? via4 : via6) ? via->word : range->word,
			 (via4 != range4 ? via4 : via6) ? range->word : via->word);
	return text;
}

static int link_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	const struct ctl_arg *via = call->noun->args, *range;
	char text[128];

	/* "set" keeps attributes that are not given. */
	if (call->command->verb != CTL_ADD)
		return 0;
	while (via->kind != CTL_ARG_VIA)
		via++;
	range = via + 1;
	if (given(call, via->id[0]) == given(call, range->id[0]) &&
	    given(call, via->id[1]) == given(call, range->id[2]))
		return 0;
	return ctl_fault_set(fault, "%s: \"%s\" and \"%s\" of one family belong together",
			     pair_text(call, via, range, text, sizeof(text)), via->word,
			     range->word);
}

static const struct ctl_command link_commands[] = {
	{ "add", CTL_TAKE_ALL, CTL_ADD, ctl_object_change, "add a link" },
	{ "replace", CTL_TAKE_ALL, CTL_ADD, ctl_object_replace,
	  "add a link, or make it what the words say" },
	{ "set", CTL_TAKE_SOME, CTL_SET, ctl_object_change, "change the given attributes" },
	{ "del", CTL_TAKE_KEY, CTL_DEL, ctl_object_change, "delete a link" },
	{ "flush", CTL_TAKE_NOTHING, CTL_FLUSH, ctl_object_change, "delete all links" },
	{ "show", CTL_TAKE_PART, CTL_GET, ctl_object_show, "show links" },
};

const struct ctl_noun ctl_noun_link = {
	.name = "link",
	.family = &ctl_slb,
	.object = &ctl_link,
	.args = link_args,
	.arg_count = CTL_COUNT(link_args),
	.views = ctl_views_rate,
	.view_count = CTL_VIEWS_RATE,
	.commands = link_commands,
	.command_count = CTL_COUNT(link_commands),
	.check = link_check,
	.before = ctl_xdp_begin,
	.after = ctl_xdp_after,
	.text = "connections of this balancer to the relay",
};

const struct ctl_noun ctl_noun_relay_link = {
	.name = "link",
	.family = &ctl_relay,
	.object = &ctl_relay_link,
	.args = relay_link_args,
	.arg_count = CTL_COUNT(relay_link_args),
	.views = ctl_views_rate,
	.view_count = CTL_VIEWS_RATE,
	.commands = link_commands,
	.command_count = CTL_COUNT(link_commands),
	.check = link_check,
	.before = ctl_xdp_begin,
	.after = ctl_xdp_after,
	.text = "links of the balancers, seen from this relay",
};
