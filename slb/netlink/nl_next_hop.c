// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the next hops of links. */
#include <slb/address.h>
#include <slb/probe_view.h>

#include "config/next_hops.h"
#include "net.h"
#include "netlink/nl.h"
#include "netlink/nl_next_hop.h"

/* The attributes of one family of a link's next hops. */
static const struct slb_nl_next_hop_attrs {
	u8 family;
	u8 len;
	int via, more;
	const char *name;
} slb_nl_next_hop_attrs[2] = {
	{ NFPROTO_IPV4, sizeof(__be32), SLB_A_LINK_VIA4, SLB_A_LINK_VIA4_MORE, "IPv4" },
	{ NFPROTO_IPV6, sizeof(struct in6_addr), SLB_A_LINK_VIA6, SLB_A_LINK_VIA6_MORE, "IPv6" },
};

/* Return: how many addresses follow the first one, or an error. */
static int slb_nl_next_hop_count(struct genl_info *info, int i)
{
	const struct slb_nl_next_hop_attrs *a = &slb_nl_next_hop_attrs[i];
	struct nlattr *more = info->attrs[a->more];
	int n = more ? nla_len(more) / a->len : 0;

	if (!more)
		return 0;
	if (!info->attrs[a->via]) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, more,
					"%s: the first next hop (via) is missing", a->name);
		return -EINVAL;
	}
	if (!n || nla_len(more) % a->len) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, more,
					"%s: further next hops (via) must have %u bytes each",
					a->name, a->len);
		return -EINVAL;
	}
	if (n >= SLB_NEXT_HOPS_MAX) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, more,
					"a link has at most %d next hops (via) of %s",
					SLB_NEXT_HOPS_MAX, a->name);
		return -EINVAL;
	}
	return n;
}

/**
 * slb_nl_next_hop_parse() - read the next hops of one family, if the request has any
 * @info: the request
 * @link: the link; a request with next hops replaces all of the family
 * @i: family: 0 IPv4, 1 IPv6
 *
 * Return: 0, or -EINVAL with a text.
 */
int slb_nl_next_hop_parse(struct genl_info *info, struct slb_link *link, int i)
{
	const struct slb_nl_next_hop_attrs *a = &slb_nl_next_hop_attrs[i];
	int more = slb_nl_next_hop_count(info, i), k;

	if (more < 0 || !info->attrs[a->via])
		return min(more, 0);
	memset(link->via[i], 0, sizeof(link->via[i]));
	memcpy(&link->via[i][0], nla_data(info->attrs[a->via]), a->len);
	for (k = 0; k < more; k++)
		memcpy(&link->via[i][k + 1], nla_data(info->attrs[a->more]) + k * a->len, a->len);
	link->vias[i] = more + 1;
	link->nh.via[i] = link->via[i][0];
	return 0;
}

static int slb_nl_next_hop_twice(struct genl_info *info, const union nf_inet_addr *via, int i)
{
	struct nlattr *more = info->attrs[slb_nl_next_hop_attrs[i].more];

	if (i)
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, more,
					"the next hop (via) %pI6c is given twice", &via->in6);
	else
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, more,
					"the next hop (via) %pI4 is given twice", &via->ip);
	return -EINVAL;
}

/**
 * slb_nl_next_hop_check() - check the next hops of one family
 * @info: the request
 * @link: the link, complete
 * @i: family: 0 IPv4, 1 IPv6
 *
 * A next hop may be link-local. It must be a unicast address and not a local address, and stand in
 * the list once.
 *
 * Return: 0, or -EINVAL with a text.
 */
int slb_nl_next_hop_check(struct genl_info *info, const struct slb_link *link, int i)
{
	const struct slb_nl_next_hop_attrs *a = &slb_nl_next_hop_attrs[i];
	int k, j, err;

	for (k = 0; k < link->vias[i]; k++) {
		const union nf_inet_addr *via = &link->via[i][k];
		struct nlattr *attr = info->attrs[k ? a->more : a->via];

		err = slb_conf_via(attr, via, a->family, info->extack);
		if (err)
			return err;
		if (slb_link_owns(link, via, a->family)) {
			NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr,
						"the %s next hop (via) is one of the link's own local addresses",
						a->name);
			return -EINVAL;
		}
		for (j = 0; j < k; j++)
			if (slb_addr_equal(&link->via[i][j], via))
				return slb_nl_next_hop_twice(info, via, i);
	}
	return 0;
}

/**
 * slb_nl_next_hop_owned() - is a next hop of one link a local address of another?
 * @link: the link with the local addresses
 * @other: the link with the next hops
 * @i: family: 0 IPv4, 1 IPv6
 *
 * Return: true when one is.
 */
bool slb_nl_next_hop_owned(const struct slb_link *link, const struct slb_link *other, int i)
{
	unsigned int k;

	for (k = 0; k < other->vias[i]; k++)
		if (slb_link_owns(link, &other->via[i][k], slb_nl_next_hop_attrs[i].family))
			return true;
	return false;
}

/**
 * slb_nl_next_hop_put_more() - put the next hops of one family after the first one
 * @skb: message
 * @link: the link
 * @i: family: 0 IPv4, 1 IPv6
 *
 * Return: 0 or -EMSGSIZE.
 */
int slb_nl_next_hop_put_more(struct sk_buff *skb, const struct slb_link *link, int i)
{
	const struct slb_nl_next_hop_attrs *a = &slb_nl_next_hop_attrs[i];
	struct nlattr *list;
	int k;

	if (link->vias[i] < 2)
		return 0;
	list = nla_reserve(skb, a->more, (link->vias[i] - 1) * a->len);
	if (!list)
		return -EMSGSIZE;
	for (k = 1; k < link->vias[i]; k++)
		memcpy(nla_data(list) + (k - 1) * a->len, &link->via[i][k], a->len);
	return 0;
}

static int slb_nl_next_hop_put_state(struct sk_buff *skb, const struct slb_nexthop *nh,
				     const struct slb_probe_view *view)
{
	int i;

	for (i = 0; i < 2; i++) {
		u8 family = slb_nl_next_hop_attrs[i].family;

		if (nh->has[i] &&
		    slb_nl_put_addr(skb, SLB_A_NEXT_HOP_VIA4 + i, &nh->via[i], family))
			return -EMSGSIZE;
		if (nh->has[i] && view->family[i] != view->state &&
		    nla_put_u32(skb, SLB_A_NEXT_HOP_STATE4 + i, view->family[i]))
			return -EMSGSIZE;
	}
	return nla_put_u32(skb, SLB_A_NEXT_HOP_STATE, view->state) ||
	       nla_put_uint(skb, SLB_A_NEXT_HOP_SINCE, view->since_ms) ||
	       nla_put_uint(skb, SLB_A_NEXT_HOP_DOWNS, view->downs) ||
	       (view->downs &&
		(nla_put_u32(skb, SLB_A_NEXT_HOP_LAST_DOWN, view->why) ||
		 nla_put_uint(skb, SLB_A_NEXT_HOP_LAST_DOWN_SINCE, view->why_ms))) ?
	       -EMSGSIZE : 0;
}

static int slb_nl_next_hop_put_probes(struct sk_buff *skb, const struct slb_probe_view *view)
{
	return nla_put_u32(skb, SLB_A_NEXT_HOP_PROBE, view->bfd) ||
	       (view->rtt && (nla_put_u32(skb, SLB_A_NEXT_HOP_RTT_US, view->rtt) ||
			      nla_put_u32(skb, SLB_A_NEXT_HOP_RTT_MIN_US, view->rtt_min))) ||
	       nla_put_uint(skb, SLB_A_NEXT_HOP_PROBES_OUT, view->sent) ||
	       nla_put_uint(skb, SLB_A_NEXT_HOP_PROBES_IN, view->received) ||
	       nla_put_uint(skb, SLB_A_NEXT_HOP_LOST_OUT, view->lost_out) ||
	       nla_put_uint(skb, SLB_A_NEXT_HOP_LOST_IN, view->lost_in) ||
	       (view->loss_out && nla_put_u32(skb, SLB_A_NEXT_HOP_LOSS_OUT, view->loss_out)) ||
	       (view->loss_in && nla_put_u32(skb, SLB_A_NEXT_HOP_LOSS_IN, view->loss_in)) ?
	       -EMSGSIZE : 0;
}

/* What an event reports. */
static int slb_nl_next_hop_put_changed(struct sk_buff *skb, const struct slb_nexthop *nh,
				       const struct slb_probe_event *event)
{
	int i;

	for (i = 0; i < 2; i++)
		if (event->has[i] &&
		    slb_nl_put_addr(skb, SLB_A_LINK_CHANGED_VIA4 + i, &nh->via[i],
				    slb_nl_next_hop_attrs[i].family))
			return -EMSGSIZE;
	return nla_put_u32(skb, SLB_A_LINK_CHANGED_STATE, event->state);
}

/**
 * slb_nl_next_hop_put() - put each of several next hops
 * @skb: message
 * @link: the link; nothing is put if it has one next hop
 * @hop: number of the next hop that @event is about
 * @event: the transition that is told of, or NULL for what is now
 *
 * Return: 0 or -EMSGSIZE.
 */
int slb_nl_next_hop_put(struct sk_buff *skb, const struct slb_link *link, unsigned int hop,
			const struct slb_probe_event *event)
{
	struct slb_probe_view view;
	unsigned int k;

	if (!link->nh.several)
		return 0;
	for (k = 0; k < slb_next_hops(link); k++) {
		struct nlattr *nest = nla_nest_start(skb, SLB_A_LINK_NEXT_HOP);

		slb_probe_read(slb_next_hop_liveness(link, k), k == hop ? event : NULL, &view);
		if (!nest || slb_nl_next_hop_put_state(skb, slb_next_hop_of(link, k), &view) ||
		    slb_nl_next_hop_put_probes(skb, &view))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return event ? slb_nl_next_hop_put_changed(skb, slb_next_hop_of(link, hop), event) : 0;
}
