// SPDX-License-Identifier: GPL-2.0-only
/* Checks and encodings that the netlink handlers of all objects share. */
#include <linux/ctype.h>
#include <slb/flow.h>
#include <slb/request.h>

#include "nl.h"

/* Before every operation that takes attributes. */
int slb_relay_nl_check(const struct genl_split_ops *op, struct sk_buff *skb, struct genl_info *info)
{
	return slb_request_check(info);
}

/**
 * rly_nl_empty() - refuse a request that has attributes where none have a meaning
 * @nlh: the request
 * @extack: told so
 *
 * Without a policy nobody looks at attributes; but who sends a filter with a flush or a dump must
 * not be taken to want all.
 *
 * Return: 0 or -EINVAL.
 */
int rly_nl_empty(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	if (nlmsg_attrlen(nlh, GENL_HDRLEN) <= 0)
		return 0;
	NL_SET_ERR_MSG(extack, "this request takes no attributes: it is about all objects");
	return -EINVAL;
}

/**
 * rly_nl_name() - the name of an object
 * @info: the request
 * @attr: attribute that has it; a string, by the policy
 * @name: where to put it; lives as long as the request
 *
 * Return: 0 or -EINVAL, and the sender is told.
 */
int rly_nl_name(struct genl_info *info, unsigned int attr, const char **name)
{
	const char *s;

	if (GENL_REQ_ATTR_CHECK(info, attr)) {
		NL_SET_ERR_MSG(info->extack, "a name is missing");
		return -EINVAL;
	}
	*name = nla_data(info->attrs[attr]);
	if (!**name || **name == '-') {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
				    "a name must not be empty or begin with '-'");
		return -EINVAL;
	}
	for (s = *name; *s; s++) {
		if (isascii(*s) && (isalnum(*s) || strchr("_.:-", *s)))
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
				    "a name is made of letters, digits and _ . : -");
		return -EINVAL;
	}
	return 0;
}

/**
 * rly_nl_addr() - an address of either family
 * @attr: attribute that has it
 * @addr: where to put it; unused words become zero
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6, by the length
 * @extack: told what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int rly_nl_addr(const struct nlattr *attr, union nf_inet_addr *addr, u8 *family,
		struct netlink_ext_ack *extack)
{
	memset(addr, 0, sizeof(*addr));
	if (nla_len(attr) == sizeof(addr->ip)) {
		*family = NFPROTO_IPV4;
	} else if (nla_len(attr) == sizeof(addr->in6)) {
		*family = NFPROTO_IPV6;
	} else {
		NL_SET_ERR_MSG_ATTR(extack, attr, "an address has 4 bytes (IPv4) or 16 (IPv6)");
		return -EINVAL;
	}
	memcpy(addr, nla_data(attr), nla_len(attr));
	return 0;
}

/**
 * rly_nl_put_traffic() - packets and bytes of one direction
 * @skb: message
 * @attr: attribute that nests them
 * @stats: counters
 * @dir: direction
 *
 * Return: 0 or -EMSGSIZE.
 */
int rly_nl_put_traffic(struct sk_buff *skb, int attr, const struct rly_traffic __percpu *stats,
		       unsigned int dir)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	u64 packets, bytes;

	if (!nest)
		return -EMSGSIZE;
	rly_traffic_sum(stats, dir, &packets, &bytes);
	if (nla_put_uint(skb, SLB_RELAY_A_TRAFFIC_PACKETS, packets) ||
	    nla_put_uint(skb, SLB_RELAY_A_TRAFFIC_BYTES, bytes)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* Let listeners know that they missed something. */
static void rly_nl_event_lost(struct net *net)
{
	genl_set_err(&slb_relay_nl_family, net, 0, SLB_RELAY_NLGRP_EVENTS, -ENOBUFS);
}

/**
 * rly_nl_event() - a message for whoever listens to events
 * @net: namespace
 *
 * Return: an empty message, or NULL when nobody listens or memory is short.
 */
struct sk_buff *rly_nl_event(struct net *net)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&slb_relay_nl_family, net, SLB_RELAY_NLGRP_EVENTS))
		return NULL;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		rly_nl_event_lost(net);
	return msg;
}

/**
 * rly_nl_send_event() - send such a message
 * @net: namespace
 * @msg: from rly_nl_event(), filled; consumed
 * @err: 0, or why it could not be filled
 */
void rly_nl_send_event(struct net *net, struct sk_buff *msg, int err)
{
	if (err) {
		nlmsg_free(msg);
		rly_nl_event_lost(net);
		return;
	}
	genlmsg_multicast_netns(&slb_relay_nl_family, net, msg, 0, SLB_RELAY_NLGRP_EVENTS,
				GFP_KERNEL);
}

/**
 * rly_nl_reply() - a message for the answer to a request
 * @info: the request
 * @msg: where to put it
 *
 * Return: 0 or -ENOMEM.
 */
int rly_nl_reply(struct genl_info *info, struct sk_buff **msg)
{
	*msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	return *msg ? 0 : -ENOMEM;
}

/**
 * rly_nl_reply_hdr() - begin the answer
 * @msg: from rly_nl_reply()
 * @info: the request
 *
 * Return: the header, or NULL when there is no room.
 */
void *rly_nl_reply_hdr(struct sk_buff *msg, struct genl_info *info)
{
	return genlmsg_put_reply(msg, info, &slb_relay_nl_family, 0, info->genlhdr->cmd);
}

/**
 * rly_nl_reply_end() - send the answer, or give it up
 * @info: the request
 * @msg: the answer, or NULL; consumed
 * @err: 0, or why there is none
 *
 * Return: what the handler returns.
 */
int rly_nl_reply_end(struct genl_info *info, struct sk_buff *msg, int err)
{
	if (!err)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return err;
}

/**
 * rly_nl_dump_hdr() - begin the next object of a dump
 * @skb: message
 * @cb: the dump; its seq is set
 * @cmd: command
 *
 * Return: the header, or NULL when there is no room.
 */
void *rly_nl_dump_hdr(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				&slb_relay_nl_family, NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/**
 * rly_nl_dump_end() - a message of a dump is full, or there is no more
 * @skb: message
 * @err: 0, or why the last object is not in it
 *
 * Return: what the handler returns.
 */
int rly_nl_dump_end(const struct sk_buff *skb, int err)
{
	return skb->len ? skb->len : err;
}
