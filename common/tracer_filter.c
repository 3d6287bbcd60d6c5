// SPDX-License-Identifier: GPL-2.0-only
/* The filter of a tracer: read from a request, and compared with packets. */
#include <linux/slb.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <slb/drop.h>
#include <slb/nl_request.h>
#include <slb/proto.h>
#include <slb/tracer_filter.h>

static const struct {
	u8 addr;
	u8 port;
	const char *what;
} slb_tracer_attrs[] = {
	[SLB_TRACER_CLIENT] = { SLB_A_TRACE_CLIENT, SLB_A_TRACE_CLIENT_PORT,
				"the address of the client" },
	[SLB_TRACER_VIP] = { SLB_A_TRACE_VIP, SLB_A_TRACE_VIP_PORT, "the address of the VIP" },
	[SLB_TRACER_SERVER] = { SLB_A_TRACE_SERVER, SLB_A_TRACE_SERVER_PORT,
				"the address of the server" },
};

static int slb_tracer_read_proto(struct slb_tracer *tracer, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[SLB_A_TRACE_PROTO];

	if (!attr)
		return 0;
	tracer->proto = nla_get_u8(attr);
	if (slb_proto_known(tracer->proto))
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "invalid protocol %u (valid: TCP, UDP, SCTP)",
				tracer->proto);
	return -EINVAL;
}

static int slb_tracer_read_end(struct slb_tracer *tracer, enum slb_tracer_who who,
			       struct genl_info *info)
{
	const struct nlattr *port = info->attrs[slb_tracer_attrs[who].port];
	struct slb_tracer_want *want = &tracer->want[who];
	u8 attr = slb_tracer_attrs[who].addr;

	if (info->attrs[attr]) {
		if (slb_nl_addr(info, attr, slb_tracer_attrs[who].what, &want->is.addr,
				&want->family))
			return -EINVAL;
		want->prefix = 8 * slb_addr_len(want->family);
	}
	if (port) {
		want->is.port = htons(nla_get_u16(port));
		want->has_port = true;
	}
	return 0;
}

static int slb_tracer_read_prefix(struct slb_tracer *tracer, struct genl_info *info)
{
	struct slb_tracer_want *want = &tracer->want[SLB_TRACER_CLIENT];
	const struct nlattr *attr = info->attrs[SLB_A_TRACE_CLIENT_PREFIX];

	if (!attr)
		return 0;
	if (!want->family) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "a prefix needs the address of the client");
		return -EINVAL;
	}
	if (nla_get_u8(attr) > want->prefix) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "invalid prefix length %u (valid: 0-%u)",
					nla_get_u8(attr), want->prefix);
		return -EINVAL;
	}
	want->prefix = nla_get_u8(attr);
	return 0;
}

static int slb_tracer_read_reason(struct slb_tracer *tracer, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[SLB_A_TRACE_REASON];
	char word[SLB_DROP_WORD_SIZE];
	u8 why;

	if (!attr)
		return 0;
	for (why = SLB_OK + 1; why < SLB_DROP_MAX; why++) {
		slb_drop_word(word, slb_drop_name(why));
		if (nla_strcmp(attr, word))
			continue;
		tracer->why = why;
		return 0;
	}
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "invalid drop reason: drop-get names those that are");
	return -EINVAL;
}

/* All packets are traced only if the request says so. */
static int slb_tracer_read_any(struct genl_info *info)
{
	const struct nlattr *any = info->attrs[SLB_A_TRACE_ANY];
	bool all = any && nla_get_u8(any), some = false;
	unsigned int attr;

	for (attr = SLB_A_TRACE_PROTO; attr < SLB_A_TRACE_ANY; attr++)
		some |= !!info->attrs[attr];
	if (all == !some)
		return 0;
	if (all)
		NL_SET_ERR_MSG(info->extack, "\"any\" takes no filter beside it");
	else
		NL_SET_ERR_MSG(info->extack, "no filter is given; \"any\" traces all packets");
	return -EINVAL;
}

/**
 * slb_tracer_read() - read the filter of a request
 * @tracer: filled; all zeros before
 * @info: the request
 *
 * Return: 0, or -EINVAL with a text.
 */
int slb_tracer_read(struct slb_tracer *tracer, struct genl_info *info)
{
	enum slb_tracer_who who;
	int err = slb_tracer_read_any(info) ?: slb_tracer_read_proto(tracer, info);
	u8 family = 0;

	for (who = SLB_TRACER_CLIENT; !err && who <= SLB_TRACER_SERVER; who++) {
		err = slb_tracer_read_end(tracer, who, info);
		if (err || !tracer->want[who].family)
			continue;
		if (family && tracer->want[who].family != family) {
			NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[slb_tracer_attrs[who].addr],
					    "the addresses are of different families");
			err = -EINVAL;
		}
		family = tracer->want[who].family;
	}
	return err ?: slb_tracer_read_prefix(tracer, info) ?: slb_tracer_read_reason(tracer, info);
}

static bool slb_tracer_addr_matches(const struct slb_tracer_want *want,
				    const union nf_inet_addr *addr, u8 family)
{
	if (want->family != family)
		return false;
	if (family == NFPROTO_IPV6)
		return ipv6_prefix_equal(&want->is.addr.in6, &addr->in6, want->prefix);
	return !want->prefix ||
	       !((want->is.addr.ip ^ addr->ip) & htonl(~0U << (32 - want->prefix)));
}

static bool slb_tracer_end_matches(const struct slb_tracer_want *want, const struct slb_traced *t,
				   enum slb_tracer_who who, bool handled)
{
	if (!want->family && !want->has_port)
		return true;
	if (!(t->known & BIT(who)))
		return !handled && t->open & BIT(who);
	if (want->family && !slb_tracer_addr_matches(want, &t->end[who].addr, t->p.t.family))
		return false;
	return !want->has_port || t->bare || want->is.port == t->end[who].port;
}

/**
 * slb_tracer_matches() - does a packet match a filter?
 * @tracer: with the filter
 * @t: the packet
 * @handled: it has been handled; before, what is not known yet may match
 *
 * A packet without ports matches by its addresses. Context: any.
 *
 * Return: true if it does.
 */
bool slb_tracer_matches(const struct slb_tracer *tracer, const struct slb_traced *t, bool handled)
{
	enum slb_tracer_who who;

	if (handled && tracer->why && tracer->why != t->why)
		return false;
	if (tracer->proto && tracer->proto != t->proto && !(t->bare && t->p.h.frag))
		return false;
	for (who = SLB_TRACER_CLIENT; who <= SLB_TRACER_SERVER; who++)
		if (!slb_tracer_end_matches(&tracer->want[who], t, who, handled))
			return false;
	return true;
}
