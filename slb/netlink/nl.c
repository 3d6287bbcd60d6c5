// SPDX-License-Identifier: GPL-2.0-only
/* Helpers that the netlink handlers of all objects share. */
#include <slb/nl_request.h>

#include "config/group.h"
#include "net.h"
#include "netlink/nl.h"
#include "state/purge.h"
#include "state/session.h"

/**
 * slb_nl_put() - put the header of a message
 * @skb: buffer
 * @msg: its destination
 *
 * Return: the header, for genlmsg_end(), or NULL without room.
 */
void *slb_nl_put(struct sk_buff *skb, const struct slb_nl_msg *msg)
{
	void *hdr = genlmsg_put(skb, msg->portid, msg->seq, &slb_nl_family, msg->flags, msg->cmd);

	if (hdr && msg->cb)
		genl_dump_check_consistent(msg->cb, hdr);
	return hdr;
}

/**
 * slb_nl_put_addr() - add an address of 4 or 16 bytes
 * @skb: where
 * @attr: attribute
 * @addr: address, network order
 * @family: address family
 *
 * Return: 0 or -EMSGSIZE.
 */
int slb_nl_put_addr(struct sk_buff *skb, int attr, const union nf_inet_addr *addr, u8 family)
{
	return nla_put(skb, attr, slb_addr_len(family), addr);
}

/**
 * slb_nl_put_sum() - add a nested counter
 * @skb: where
 * @attr: attribute
 * @sum: the counter
 *
 * Return: 0 or -EMSGSIZE.
 */
int slb_nl_put_sum(struct sk_buff *skb, int attr, struct slb_sum sum)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest || nla_put_uint(skb, SLB_A_TRAFFIC_PACKETS, sum.packets) ||
	    nla_put_uint(skb, SLB_A_TRAFFIC_BYTES, sum.bytes))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * slb_nl_reply() - answer a request with an object
 * @info: the request
 * @sn: namespace
 * @obj: the object
 * @fill: puts the attributes of the object
 *
 * Return: 0 or an error.
 */
int slb_nl_reply(struct genl_info *info, struct slb_net *sn, const void *obj, slb_nl_fill_t fill)
{
	const struct slb_nl_msg msg = {
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = info->genlhdr->cmd,
	};
	struct sk_buff *skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	int err;

	if (!skb)
		return -ENOMEM;
	err = fill(skb, sn, obj, &msg);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return genlmsg_reply(skb, info);
}

/**
 * slb_nl_notify() - send an event about a change
 * @sn: namespace, lock held
 * @obj: the object
 * @fill: puts the attributes of the object
 * @cmd: SLB_CMD_*_NTF
 */
void slb_nl_notify(struct slb_net *sn, const void *obj, slb_nl_fill_t fill, u8 cmd)
{
	const struct slb_nl_msg msg = { .cmd = cmd };
	struct sk_buff *skb;

	if (!genl_has_listeners(&slb_nl_family, sn->net, SLB_NLGRP_EVENTS))
		return;
	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb || fill(skb, sn, obj, &msg)) {
		nlmsg_free(skb);
		/* tell listeners that they have missed an event */
		genl_set_err(&slb_nl_family, sn->net, 0, SLB_NLGRP_EVENTS, -ENOBUFS);
		return;
	}
	genlmsg_multicast_netns(&slb_nl_family, sn->net, skb, 0, SLB_NLGRP_EVENTS, GFP_KERNEL);
}

/**
 * slb_nl_rename_fill() - put the event about an object that has got another name
 * @skb: buffer
 * @sn: namespace, lock held
 * @obj: struct slb_nl_rename
 * @msg: its destination
 *
 * Return: 0 or -EMSGSIZE.
 */
int slb_nl_rename_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
		       const struct slb_nl_msg *msg)
{
	const struct slb_nl_rename *rename = obj;
	void *hdr = slb_nl_put(skb, msg);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(skb, rename->attr, rename->old) ||
	    nla_put_string(skb, rename->new_attr, rename->name)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * slb_nl_dump_msg() - the destination of the messages of a dump
 * @cb: the dump
 * @cmd: their command
 *
 * Return: the destination, for slb_nl_put().
 */
struct slb_nl_msg slb_nl_dump_msg(struct netlink_callback *cb, u8 cmd)
{
	return (struct slb_nl_msg){
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = cmd,
		.cb = cb,
	};
}

/* Runs before every operation that takes attributes. */
int slb_nl_check(const struct genl_split_ops *op, struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_check_attrs(info);
}

/* Return: slb_net.purge.due, for slb_nl_unlock(). */
static u32 slb_nl_lock(struct slb_net *sn, bool settle)
{
	mutex_lock(&sn->lock);
	if (settle)
		slb_group_settle(sn);
	return sn->purge.due;
}

/* Wait for the sessions that have ended since slb_nl_lock(), too. */
static void slb_nl_unlock(struct slb_net *sn, u32 was)
{
	u32 due = sn->purge.due;

	mutex_unlock(&sn->lock);
	if (due != was)
		slb_purge_wait_small(sn, due);
}

static int slb_nl_change(struct genl_info *info, bool settle,
			 int (*change)(struct slb_net *sn, struct genl_info *info))
{
	struct slb_net *sn = slb_net(genl_info_net(info));
	u32 was = slb_nl_lock(sn, settle);
	int err = change(sn, info);

	slb_nl_unlock(sn, was);
	return err;
}

/**
 * slb_nl_locked() - execute a request under the configuration lock
 * @info: the request
 * @change: what to do
 *
 * Return: what @change returns.
 */
int slb_nl_locked(struct genl_info *info,
		  int (*change)(struct slb_net *sn, struct genl_info *info))
{
	return slb_nl_change(info, true, change);
}

/**
 * slb_nl_locked_one() - the same for a change that may be one of many, see slb_group_change()
 * @info: the request
 * @change: what to do
 *
 * Return: what @change returns.
 */
int slb_nl_locked_one(struct genl_info *info,
		      int (*change)(struct slb_net *sn, struct genl_info *info))
{
	return slb_nl_change(info, false, change);
}

/**
 * slb_nl_locked_end() - the same for a deletion, which tells how many sessions it ends
 * @info: the request
 * @attr: attribute of the answer for their number
 * @end: what to do; sets @ended to about that number
 *
 * Return: what @end returns, or -ENOMEM with nothing changed.
 */
int slb_nl_locked_end(struct genl_info *info, int attr,
		      int (*end)(struct slb_net *sn, struct genl_info *info, u32 *ended))
{
	struct slb_net *sn = slb_net(genl_info_net(info));
	struct slb_nl_ended ended;
	int err = slb_nl_ended_new(info, &ended);
	u32 was;

	if (err)
		return err;
	was = slb_nl_lock(sn, true);
	err = end(sn, info, &ended.n);
	slb_nl_unlock(sn, was);
	return slb_nl_ended_send(&slb_nl_family, info, &ended, attr, err);
}
