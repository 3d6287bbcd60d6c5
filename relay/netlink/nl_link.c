// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: links. */
#include <slb/address.h>
#include <slb/host.h>
#include <slb/probe_nl.h>
#include <slb/xdp.h>

#include "config/balancer.h"
#include "config/link.h"
#include "config/link_probe.h"
#include "net.h"
#include "netlink/nl.h"
#include "packet/xdp.h"

/**
 * struct rly_nl_link_attrs - the attributes of one family
 * @via: next hop
 * @first: first return address
 * @last: last return address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 */
struct rly_nl_link_attrs {
	int via;
	int first;
	int last;
	u8 family;
};

static const struct rly_nl_link_attrs rly_nl_link_attrs[2] = {
	{ SLB_RELAY_A_LINK_VIA4, SLB_RELAY_A_LINK_RETURN4_FIRST, SLB_RELAY_A_LINK_RETURN4_LAST,
	  NFPROTO_IPV4 },
	{ SLB_RELAY_A_LINK_VIA6, SLB_RELAY_A_LINK_RETURN6_FIRST, SLB_RELAY_A_LINK_RETURN6_LAST,
	  NFPROTO_IPV6 },
};

static int rly_nl_link_via(struct genl_info *info, struct rly_link *link, unsigned int af)
{
	const struct rly_nl_link_attrs *a = &rly_nl_link_attrs[af];
	struct nlattr *attr = info->attrs[a->via];

	if (!attr)
		return 0;
	memset(&link->nh.via[af], 0, sizeof(link->nh.via[af]));
	nla_memcpy(&link->nh.via[af], attr, sizeof(link->nh.via[af]));
	return slb_conf_via(attr, &link->nh.via[af], a->family, info->extack);
}

static int rly_nl_link_range(struct genl_info *info, struct rly_link *link, unsigned int af)
{
	const struct rly_nl_link_attrs *a = &rly_nl_link_attrs[af];
	struct nlattr *first = info->attrs[a->first], *last = info->attrs[a->last];
	int size;

	if (!first && !last)
		return 0;
	if (!first && !slb_nexthop_has(&link->nh, a->family)) {
		NL_SET_ERR_MSG_ATTR(info->extack, last, "the last return address is given without the first");
		return -EINVAL;
	}
	if (first) {
		memset(&link->first[af], 0, sizeof(link->first[af]));
		nla_memcpy(&link->first[af], first, sizeof(link->first[af]));
	}
	memset(&link->last[af], 0, sizeof(link->last[af]));
	nla_memcpy(&link->last[af], last ?: first, sizeof(link->last[af]));
	size = slb_conf_range(first ?: last, &link->first[af], &link->last[af], a->family,
			      SLB_RELAY_RETURN_MAX, info->extack);
	if (size < 0)
		return size;
	/* all packets to these addresses go to the balancer, so the host would get none */
	if (slb_host_own_range(genl_info_net(info), &link->first[af], &link->last[af], a->family,
			       info->extack)) {
		NL_SET_BAD_ATTR(info->extack, first ?: last);
		return -EINVAL;
	}
	return 0;
}

/* Read next hop and return addresses of a family: both or neither. */
static int rly_nl_link_family(struct genl_info *info, struct rly_link *link, unsigned int af)
{
	const struct rly_nl_link_attrs *a = &rly_nl_link_attrs[af];
	bool had = link->nh.has[af];
	int err;

	if (af && (info->attrs[a->via] || info->attrs[a->first] || info->attrs[a->last]) &&
	    !slb_nexthop_ipv6(info->extack))
		return -EAFNOSUPPORT;
	err = rly_nl_link_via(info, link, af) ?: rly_nl_link_range(info, link, af);
	if (err || had)
		return err;
	if (!info->attrs[a->via] != !info->attrs[a->first]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[a->via] ?: info->attrs[a->first],
				    "a next hop (via) needs a range (return) of the same family, and the reverse");
		return -EINVAL;
	}
	link->nh.has[af] = info->attrs[a->via];
	return 0;
}

/* Hosts of a subnet of another device would lose their packets to the balancer. */
static int rly_nl_link_subnet(struct genl_info *info, const struct rly_link *link, unsigned int af)
{
	const struct rly_nl_link_attrs *a = &rly_nl_link_attrs[af];
	struct nlattr *given = info->attrs[a->first] ?: info->attrs[a->last] ?:
			       info->attrs[SLB_RELAY_A_LINK_DEV];

	if (!given || !link->nh.has[af] ||
	    !slb_host_other_subnet(genl_info_net(info), link->nh.dev_name, &link->first[af],
				   &link->last[af], a->family, info->extack))
		return 0;
	NL_SET_BAD_ATTR(info->extack, given);
	return -EINVAL;
}

/* Does the changed or new @link conflict with another link, a VIP or a subnet? */
static int rly_nl_link_conflict(struct rly_net *rn, struct genl_info *info,
				const struct rly_link *link, const struct rly_link *old)
{
	return rly_link_check(rn, link, old, info->extack) ?: rly_nl_link_subnet(info, link, 0) ?:
	       rly_nl_link_subnet(info, link, 1);
}

/* Warn about a next hop of the request that can hardly be right. */
static void rly_nl_link_warn(struct genl_info *info, const struct rly_link *link)
{
	unsigned int af;

	for (af = 0; af < ARRAY_SIZE(rly_nl_link_attrs); af++) {
		const struct rly_nl_link_attrs *a = &rly_nl_link_attrs[af];

		if ((info->attrs[a->via] || info->attrs[SLB_RELAY_A_LINK_DEV]) &&
		    link->nh.has[af] &&
		    slb_host_odd_via(genl_info_net(info), link->nh.dev_name, &link->nh.via[af],
				     a->family, info->extack))
			return;
	}
}

/* At XDP the packets of VLANs above the device would look like its own. */
static int rly_nl_link_xdp(struct genl_info *info, const struct rly_link *link)
{
	struct nlattr *given = info->attrs[SLB_RELAY_A_LINK_XDP] ?:
			       info->attrs[SLB_RELAY_A_LINK_DEV];

	return given && link->xdp ?
	       slb_xdp_check(genl_info_net(info), link->nh.dev_name, given, info->extack) : 0;
}

/* Copy the given attributes; others keep their values. */
static int rly_nl_link_parse(struct genl_info *info, struct rly_link *link)
{
	struct nlattr *weight = info->attrs[SLB_RELAY_A_LINK_WEIGHT];
	struct nlattr *dev = info->attrs[SLB_RELAY_A_LINK_DEV];
	struct nlattr *xdp = info->attrs[SLB_RELAY_A_LINK_XDP];
	int err = 0;

	if (dev)
		err = slb_conf_dev(genl_info_net(info), dev, link->nh.dev_name, info->extack);
	err = err ?: rly_nl_link_family(info, link, 0) ?: rly_nl_link_family(info, link, 1);
	if (err)
		return err;
	if (weight)
		link->weight = nla_get_u32(weight);
	if (xdp)
		link->xdp = nla_get_u8(xdp);
	return slb_probe_nl_parse(info, SLB_RELAY_A_LINK_INTERVAL, &link->conf) ?:
	       rly_nl_link_xdp(info, link);
}

static int rly_nl_link_complete(struct genl_info *info, const struct rly_link *link)
{
	if (!link->nh.dev_name[0])
		return slb_nl_missing(info, SLB_RELAY_A_LINK_DEV, "the device (dev)");
	if (!link->nh.has[0] && !link->nh.has[1]) {
		NL_SET_ERR_MSG(info->extack,
			       "a link needs a next hop (via) and a range (return) of at least one family");
		return -EINVAL;
	}
	return 0;
}

/* The balancer of the link that a request names. Reads both names. */
static struct rly_balancer *rly_nl_link_balancer(struct rly_net *rn, struct genl_info *info)
{
	const char *name = slb_nl_name(info, SLB_RELAY_A_LINK_BALANCER, "the name of the balancer");
	struct rly_balancer *b;

	if (!name || !slb_nl_name(info, SLB_RELAY_A_LINK_NAME, "the name of the link"))
		return ERR_PTR(-EINVAL);
	b = rly_balancer_by_name(rn, name);
	if (b)
		return b;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_RELAY_A_LINK_BALANCER],
				"balancer %s does not exist", name);
	return ERR_PTR(-ENOENT);
}

static struct rly_link *rly_nl_link_find(struct rly_net *rn, struct genl_info *info)
{
	struct rly_balancer *b = rly_nl_link_balancer(rn, info);
	struct nlattr *name = info->attrs[SLB_RELAY_A_LINK_NAME];
	struct rly_link *link;

	if (IS_ERR(b))
		return ERR_CAST(b);
	link = rly_link_by_name(b, nla_data(name));
	if (link)
		return link;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, name, "no link %s at %s", (char *)nla_data(name),
				b->name);
	return ERR_PTR(-ENOENT);
}

static int rly_nl_link_put_family(struct sk_buff *skb, const struct rly_link *link, unsigned int af)
{
	const struct rly_nl_link_attrs *a = &rly_nl_link_attrs[af];
	int len = slb_addr_len(a->family);

	if (!link->nh.has[af])
		return 0;
	if (nla_put(skb, a->via, len, &link->nh.via[af]) ||
	    nla_put(skb, a->first, len, &link->first[af]) ||
	    nla_put(skb, a->last, len, &link->last[af]))
		return -EMSGSIZE;
	return 0;
}

static int rly_nl_link_put_stats(struct sk_buff *skb, const struct rly_link *link)
{
	static const int attr[RLY_LINK_DIRS] = {
		[RLY_CLIENT_IN] = SLB_RELAY_A_LINK_CLIENT_IN,
		[RLY_CLIENT_OUT] = SLB_RELAY_A_LINK_CLIENT_OUT,
		[RLY_SERVER_OUT] = SLB_RELAY_A_LINK_SERVER_OUT,
		[RLY_SERVER_IN] = SLB_RELAY_A_LINK_SERVER_IN,
	};
	unsigned int dir;
	int err = 0;

	for (dir = 0; dir < RLY_LINK_DIRS && !err; dir++)
		err = rly_nl_put_traffic(skb, attr[dir], link->stats, dir);
	return err;
}

static int rly_nl_link_put_xdp(struct sk_buff *skb, const struct rly_net *rn,
			       const struct rly_link *link)
{
	bool on = link->nh.ifindex && rly_xdp_dev(&rn->xdp, link->nh.ifindex);

	if (nla_put_u8(skb, SLB_RELAY_A_LINK_XDP, link->xdp))
		return -EMSGSIZE;
	return link->xdp ? nla_put_u8(skb, SLB_RELAY_A_LINK_XDP_ON, on) : 0;
}

/* A link and the transition that an event reports. */
struct rly_nl_link_event {
	const struct rly_link *link;
	const struct slb_probe_event *event;
};

static int rly_nl_link_fill_event(struct sk_buff *skb, void *hdr, struct rly_net *rn,
				  const void *obj)
{
	const struct rly_nl_link_event *told = obj;
	const struct rly_link *link = told->link;
	struct slb_probe_view view;

	slb_probe_read(link->probe, told->event, &view);
	if (!hdr || nla_put_string(skb, SLB_RELAY_A_LINK_BALANCER, link->balancer->name) ||
	    nla_put_string(skb, SLB_RELAY_A_LINK_NAME, link->name) ||
	    nla_put_string(skb, SLB_RELAY_A_LINK_DEV, link->nh.dev_name) ||
	    rly_nl_link_put_family(skb, link, 0) || rly_nl_link_put_family(skb, link, 1) ||
	    nla_put_u32(skb, SLB_RELAY_A_LINK_WEIGHT, link->weight) ||
	    slb_probe_nl_put(skb, SLB_RELAY_A_LINK_INTERVAL, SLB_RELAY_A_LINK_STATE4,
			     SLB_RELAY_A_LINK_FAR_MTU, &link->conf, &view) ||
	    nla_put_u32(skb, SLB_RELAY_A_LINK_IFINDEX, link->nh.ifindex) ||
	    rly_nl_link_put_stats(skb, link) ||
	    nla_put_uint(skb, SLB_RELAY_A_LINK_FLOWS, rly_link_flows(link)) ||
	    rly_nl_link_put_xdp(skb, rn, link)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int rly_nl_link_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *obj)
{
	const struct rly_nl_link_event now = { .link = obj };

	return rly_nl_link_fill_event(skb, hdr, rn, &now);
}

/**
 * rly_notify_link_event() - send an event: a transition of a link
 * @rn: namespace; its lock is held
 * @link: the link
 * @event: the transition
 */
void rly_notify_link_event(struct rly_net *rn, const struct rly_link *link,
			   const struct slb_probe_event *event)
{
	const struct rly_nl_link_event told = { .link = link, .event = event };

	rly_nl_notify(rn, &told, rly_nl_link_fill_event, SLB_RELAY_CMD_LINK_SET_NTF);
}

/**
 * rly_notify_link() - send an event about a link
 * @rn: namespace; its lock is held
 * @link: the link
 * @what: what happened
 */
void rly_notify_link(struct rly_net *rn, const struct rly_link *link, enum rly_event what)
{
	static const u8 cmd[] = {
		[RLY_ADDED] = SLB_RELAY_CMD_LINK_ADD_NTF,
		[RLY_CHANGED] = SLB_RELAY_CMD_LINK_SET_NTF,
		[RLY_DELETED] = SLB_RELAY_CMD_LINK_DEL_NTF,
	};

	rly_nl_notify(rn, link, rly_nl_link_fill, cmd[what]);
}

static int rly_nl_link_free_name(const struct rly_balancer *b, struct genl_info *info, int attr,
				 const char *name)
{
	if (!rly_link_by_name(b, name))
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[attr], "%s already has %s", b->name,
				name);
	return -EEXIST;
}

/* Create, check and publish a link of a balancer. On an error nothing has changed. */
static int rly_nl_link_add(struct rly_net *rn, struct genl_info *info)
{
	struct rly_balancer *b = rly_nl_link_balancer(rn, info);
	struct rly_link *link;
	const char *name;
	int err;

	if (IS_ERR(b))
		return PTR_ERR(b);
	name = nla_data(info->attrs[SLB_RELAY_A_LINK_NAME]);
	err = rly_nl_link_free_name(b, info, SLB_RELAY_A_LINK_NAME, name);
	if (err)
		return err;
	link = rly_link_create(b, name);
	if (!link)
		return -ENOMEM;
	err = rly_nl_link_parse(info, link) ?: rly_nl_link_complete(info, link) ?:
	      rly_nl_link_conflict(rn, info, link, NULL) ?: rly_link_add(rn, link, info->extack);
	if (err) {
		/* no packet has found it yet */
		rly_link_destroy(link);
		return err;
	}
	rly_notify_link(rn, link, RLY_ADDED);
	rly_nl_link_warn(info, link);
	return 0;
}

/* Flows know a link by its number, so they stay. The slots of new ones depend on the name. */
static int rly_nl_link_rename(struct rly_net *rn, struct genl_info *info, struct rly_link *old,
			      const char *name)
{
	struct rly_nl_rename told = {
		.balancer = old->balancer->name, .balancer_attr = SLB_RELAY_A_LINK_BALANCER,
		.attr = SLB_RELAY_A_LINK_NAME, .new_attr = SLB_RELAY_A_LINK_NEW_NAME, .name = name,
	};
	int err = rly_nl_link_free_name(old->balancer, info, SLB_RELAY_A_LINK_NEW_NAME, name);
	struct rly_link *link;

	if (err)
		return err;
	strscpy(told.old, old->name, sizeof(told.old));
	link = rly_link_copy(old);
	if (!link)
		return -ENOMEM;
	strscpy(link->name, name, sizeof(link->name));
	err = rly_link_replace(rn, old, link);
	if (err) {
		rly_link_destroy(link);
		return err;
	}
	rly_nl_notify(rn, &told, rly_nl_rename_fill, SLB_RELAY_CMD_LINK_SET_NTF);
	return 0;
}

/* Replace a link by a changed copy. On an error nothing has changed. */
static int rly_nl_link_set(struct rly_net *rn, struct genl_info *info)
{
	struct rly_link *link, *old = rly_nl_link_find(rn, info);
	const char *name;
	int err;

	if (IS_ERR(old))
		return PTR_ERR(old);
	name = slb_nl_new_name(info, SLB_RELAY_A_LINK_NEW_NAME, SLB_RELAY_A_LINK_DEV,
			       SLB_RELAY_A_LINK_SHARED, "the name of the link");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (name)
		return rly_nl_link_rename(rn, info, old, name);
	if (!info->attrs[SLB_RELAY_A_LINK_XDP]) {
		err = slb_nl_changes(info, SLB_RELAY_A_LINK_DEV, SLB_RELAY_A_LINK_SHARED);
		if (err)
			return err;
	}
	link = rly_link_copy(old);
	if (!link)
		return -ENOMEM;
	err = rly_nl_link_parse(info, link) ?: rly_nl_link_conflict(rn, info, link, old) ?:
	      rly_link_replace(rn, old, link);
	if (err) {
		rly_link_destroy(link);
		return err;
	}
	rly_notify_link(rn, link, RLY_CHANGED);
	rly_nl_link_warn(info, link);
	return 0;
}

/* The flows of a link go on over another one of its balancer. Those of the last link end. */
static int rly_nl_link_del(struct rly_net *rn, struct genl_info *info, u32 *ended)
{
	struct rly_link *link = rly_nl_link_find(rn, info);
	int err;

	if (IS_ERR(link))
		return PTR_ERR(link);
	*ended = link->balancer->n_links == 1 ? rly_balancer_flows(link->balancer) : 0;
	err = rly_link_make_dead(rn, link);
	if (err)
		return err;
	rly_notify_link(rn, link, RLY_DELETED);
	rly_link_unfollow(rn, link);
	rly_link_free(link);
	return 0;
}

static int rly_nl_link_flush(struct rly_net *rn, struct genl_info *info, u32 *ended)
{
	struct rly_link *link;
	unsigned long n;
	int err = slb_nl_no_attrs(info);

	if (err)
		return err;
	xa_for_each(&rn->links, n, link) {
		*ended += rly_link_flows(link);
		rly_notify_link(rn, link, RLY_DELETED);
	}
	rly_link_flush(rn);
	return 0;
}

static int rly_nl_link_get(struct rly_net *rn, struct genl_info *info)
{
	struct rly_link *link = rly_nl_link_find(rn, info);

	return IS_ERR(link) ? PTR_ERR(link) : rly_nl_reply(info, rn, link, rly_nl_link_fill);
}

int slb_relay_nl_link_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_link_add);
}

int slb_relay_nl_link_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_link_set);
}

int slb_relay_nl_link_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked_end(info, SLB_RELAY_A_LINK_FLOWS_ENDED, rly_nl_link_del);
}

int slb_relay_nl_link_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked_end(info, SLB_RELAY_A_LINK_FLOWS_ENDED, rly_nl_link_flush);
}

int slb_relay_nl_link_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_link_get);
}

int slb_relay_nl_link_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rly_net *rn = rly_net(sock_net(skb->sk));
	struct rly_nl_dump *dump = rly_nl_dump(cb);
	struct rly_link *link;
	unsigned long n;
	int err;

	err = slb_nl_no_attrs(genl_info_dump(cb));
	if (err)
		return err;
	mutex_lock(&rn->lock);
	cb->seq = rn->seq;
	xa_for_each_start(&rn->links, n, link, dump->next) {
		err = rly_nl_link_fill(skb, rly_nl_dump_hdr(skb, cb, SLB_RELAY_CMD_LINK_GET), rn,
				       link);
		if (err)
			break;
		dump->next = n + 1;
	}
	mutex_unlock(&rn->lock);
	return rly_nl_dump_end(skb, err);
}
