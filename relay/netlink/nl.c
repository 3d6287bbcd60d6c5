// SPDX-License-Identifier: GPL-2.0-only
/* Helpers that the netlink handlers of all objects share. */
#include <slb/flow.h>

#include "net.h"
#include "netlink/nl.h"

/* Runs before every operation that takes attributes. */
int slb_relay_nl_check(const struct genl_split_ops *op, struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_check_attrs(info);
}

/**
 * rly_nl_put_traffic() - put packets and bytes of one direction
 * @skb: message
 * @attr: the nest
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

/**
 * rly_nl_locked() - execute a request under the configuration lock
 * @info: the request
 * @change: what to do
 *
 * Return: what @change returns.
 */
int rly_nl_locked(struct genl_info *info,
		  int (*change)(struct rly_net *rn, struct genl_info *info))
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	int err;

	mutex_lock(&rn->lock);
	err = change(rn, info);
	mutex_unlock(&rn->lock);
	return err;
}

/**
 * rly_nl_locked_end() - the same for a deletion, which tells how many flows it ends
 * @info: the request
 * @attr: attribute of the answer for their number
 * @end: what to do; sets @ended to about that number
 *
 * Return: what @end returns, or -ENOMEM with nothing changed.
 */
int rly_nl_locked_end(struct genl_info *info, int attr,
		      int (*end)(struct rly_net *rn, struct genl_info *info, u32 *ended))
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	struct slb_nl_ended ended;
	int err = slb_nl_ended_new(info, &ended);

	if (err)
		return err;
	mutex_lock(&rn->lock);
	err = end(rn, info, &ended.n);
	mutex_unlock(&rn->lock);
	return slb_nl_ended_send(&slb_relay_nl_family, info, &ended, attr, err);
}

/**
 * rly_nl_notify() - send an event about a change
 * @rn: namespace, lock held
 * @obj: the object
 * @fill: puts the attributes of the object
 * @cmd: SLB_RELAY_CMD_*_NTF
 */
void rly_nl_notify(struct rly_net *rn, const void *obj, rly_nl_fill_t fill, u8 cmd)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&slb_relay_nl_family, rn->net, SLB_RELAY_NLGRP_EVENTS))
		return;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg || fill(msg, genlmsg_put(msg, 0, 0, &slb_relay_nl_family, 0, cmd), rn, obj)) {
		nlmsg_free(msg);
		/* tell listeners that they have missed an event */
		genl_set_err(&slb_relay_nl_family, rn->net, 0, SLB_RELAY_NLGRP_EVENTS, -ENOBUFS);
		return;
	}
	genlmsg_multicast_netns(&slb_relay_nl_family, rn->net, msg, 0, SLB_RELAY_NLGRP_EVENTS,
				GFP_KERNEL);
}

/**
 * rly_nl_rename_fill() - put the event about an object that has got another name
 * @skb: message
 * @hdr: its header, or NULL without room
 * @rn: namespace, lock held
 * @obj: struct rly_nl_rename
 *
 * Return: 0 or -EMSGSIZE.
 */
int rly_nl_rename_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *obj)
{
	const struct rly_nl_rename *rename = obj;

	if (!hdr ||
	    (rename->balancer && nla_put_string(skb, rename->balancer_attr, rename->balancer)) ||
	    nla_put_string(skb, rename->attr, rename->old) ||
	    nla_put_string(skb, rename->new_attr, rename->name)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * rly_nl_reply_new() - allocate the reply to a request
 * @info: the request
 * @msg: set to the message
 *
 * Return: 0 or -ENOMEM.
 */
int rly_nl_reply_new(struct genl_info *info, struct sk_buff **msg)
{
	*msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	return *msg ? 0 : -ENOMEM;
}

/**
 * rly_nl_reply_hdr() - put the header of a reply
 * @msg: from rly_nl_reply_new()
 * @info: the request
 *
 * Return: the header, or NULL without room.
 */
void *rly_nl_reply_hdr(struct sk_buff *msg, struct genl_info *info)
{
	return genlmsg_put_reply(msg, info, &slb_relay_nl_family, 0, info->genlhdr->cmd);
}

/**
 * rly_nl_reply_end() - send the reply, or free it after an error
 * @info: the request
 * @msg: the reply, or NULL; consumed
 * @err: 0, or an error
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
 * rly_nl_reply() - answer a request with an object
 * @info: the request
 * @rn: namespace, lock held
 * @obj: the object
 * @fill: puts the attributes of the object
 *
 * Return: 0 or an error.
 */
int rly_nl_reply(struct genl_info *info, struct rly_net *rn, const void *obj, rly_nl_fill_t fill)
{
	struct sk_buff *msg;
	int err = rly_nl_reply_new(info, &msg);

	if (err)
		return err;
	return rly_nl_reply_end(info, msg, fill(msg, rly_nl_reply_hdr(msg, info), rn, obj));
}

/**
 * rly_nl_dump_hdr() - put the header of the next object of a dump
 * @skb: message
 * @cb: the dump; its seq is set
 * @cmd: command
 *
 * Return: the header, or NULL without room.
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
 * rly_nl_dump_end() - end a message of a dump: it is full, or there are no more objects
 * @skb: message
 * @err: 0, or the error of the last object
 *
 * Return: what the handler returns.
 */
int rly_nl_dump_end(const struct sk_buff *skb, int err)
{
	return skb->len ? skb->len : err;
}
