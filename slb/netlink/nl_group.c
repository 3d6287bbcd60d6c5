// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: groups. */
#include "config/group.h"
#include "config/group_set.h"
#include "config/notify.h"
#include "config/sched.h"
#include "config/server.h"
#include "config/server_use.h"
#include "net.h"
#include "netlink/nl.h"
#include "state/client_address.h"
#include "state/purge.h"
#include "state/session.h"

/* A number and a share of servers are two attributes, of which one is there. */
static int slb_nl_group_put_share(struct sk_buff *skb, int n, int percent,
				  const struct slb_share *share)
{
	return nla_put_u32(skb, share->percent ? percent : n, share->n);
}

static int slb_nl_group_put_conf(struct sk_buff *skb, const struct slb_group_conf *conf)
{
	return nla_put_string(skb, SLB_A_GROUP_SCHEDULER, conf->sched->name) ||
	       (conf->sched == &slb_sched_mh &&
		nla_put_u32(skb, SLB_A_GROUP_TABLE_SIZE, conf->table_size)) ||
	       slb_nl_group_put_share(skb, SLB_A_GROUP_MIN_HEALTHY,
				      SLB_A_GROUP_MIN_HEALTHY_PERCENT, &conf->min_healthy) ||
	       nla_put_u8(skb, SLB_A_GROUP_WHEN_NONE, conf->when_none) ||
	       slb_nl_group_put_share(skb, SLB_A_GROUP_TIER_MIN, SLB_A_GROUP_TIER_MIN_PERCENT,
				      &conf->tier_min) ||
	       nla_put_u32(skb, SLB_A_GROUP_SLOW_START, conf->slow_start) ||
	       nla_put_u8(skb, SLB_A_GROUP_CLIENT_ADDRESS, conf->client_address) ||
	       (conf->sched == &slb_sched_mh && nla_put_u8(skb, SLB_A_GROUP_HASH, conf->hash)) ||
	       nla_put_u8(skb, SLB_A_GROUP_OVERFLOW, conf->overflow) ||
	       nla_put_u32(skb, SLB_A_GROUP_PERSIST, conf->persist) ||
	       nla_put_u32(skb, SLB_A_GROUP_PREFIX4, conf->prefix[0]) ||
	       nla_put_u32(skb, SLB_A_GROUP_PREFIX6, conf->prefix[1]) ||
	       (conf->sched->keyed && nla_put_u32(skb, SLB_A_GROUP_HASH_BALANCE_FACTOR,
						  conf->balance_factor)) ? -EMSGSIZE : 0;
}

static int slb_nl_group_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			     const struct slb_nl_msg *msg)
{
	const struct slb_group *group = obj;
	void *hdr = slb_nl_put(skb, msg);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(skb, SLB_A_GROUP_NAME, group->name->text) ||
	    slb_nl_group_put_conf(skb, &group->conf) ||
	    nla_put_u32(skb, SLB_A_GROUP_SERVERS, group->n) ||
	    nla_put_u32(skb, SLB_A_GROUP_USABLE, slb_group_usable(sn, group)) ||
	    nla_put_u32(skb, SLB_A_GROUP_VIPS, group->vips) ||
	    nla_put_u32(skb, SLB_A_GROUP_HEALTHY, slb_use_healthy(group)) ||
	    nla_put_u32(skb, SLB_A_GROUP_ACTIVE_TIER, group->tier)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * slb_nl_address_fits() - can servers of a VIP learn clients' addresses in this way?
 * @info: the request
 * @attr: attribute that is at fault if not
 * @mode: enum slb_client_address, of the VIP or its group
 * @proto: IANA number of the protocol of the VIP, 0 for any
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int slb_nl_address_fits(struct genl_info *info, int attr, u8 mode, u8 proto)
{
	if (slb_client_address_fits(mode, proto))
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[attr],
				"client-address %s is not for VIPs of %s, only for %s",
				mode == SLB_CLIENT_ADDRESS_TOA ? "toa" : "proxy-v2",
				proto ? slb_proto_name(proto) : "any",
				mode == SLB_CLIENT_ADDRESS_TOA ? "tcp" : "tcp and udp");
	return -EOPNOTSUPP;
}

/**
 * slb_notify_group_tier() - send an event: other tiers take new sessions
 * @sn: namespace, lock held
 * @group: the group
 */
void slb_notify_group_tier(struct slb_net *sn, const struct slb_group *group)
{
	slb_nl_notify(sn, group, slb_nl_group_fill, SLB_CMD_GROUP_SET_NTF);
}

/**
 * slb_nl_group_find() - find the group that a request names
 * @sn: namespace, lock held
 * @info: the request
 * @attr: attribute with the name
 *
 * Return: the group or an ERR_PTR().
 */
struct slb_group *slb_nl_group_find(struct slb_net *sn, struct genl_info *info, int attr)
{
	const char *name = slb_nl_name(info, attr, "the name of the group");
	struct slb_group *group;

	if (!name)
		return ERR_PTR(-EINVAL);
	group = slb_group_find(sn, name);
	if (group)
		return group;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[attr], "group %s does not exist", name);
	return ERR_PTR(-ENOENT);
}

static bool slb_is_prime(u32 n)
{
	u32 i;

	if (n < 2 || !(n & 1))
		return n == 2;
	for (i = 3; i * i <= n; i += 2)
		if (n % i == 0)
			return false;
	return true;
}

static int slb_nl_group_parse_sched(struct genl_info *info, struct slb_group_conf *conf)
{
	struct nlattr *name = info->attrs[SLB_A_GROUP_SCHEDULER];

	if (!name)
		return 0;
	conf->sched = slb_sched_find(nla_data(name));
	if (conf->sched)
		return 0;
	/* cut a long name: an error text has at most 79 bytes */
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, name,
				"invalid scheduler \"%.10s\" (valid: " SLB_SCHED_NAMES ")",
				(char *)nla_data(name));
	return -EINVAL;
}

static int slb_nl_group_parse_size(struct genl_info *info, struct slb_group_conf *conf)
{
	struct nlattr *size = info->attrs[SLB_A_GROUP_TABLE_SIZE];

	if (!size)
		return 0;
	conf->table_size = nla_get_u32(size);
	if (conf->sched != &slb_sched_mh) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, size, "scheduler %s has no table, only mh has",
					conf->sched->name);
		return -EINVAL;
	}
	if (conf->table_size < 3 || conf->table_size > SLB_MH_SIZE_MAX ||
	    !slb_is_prime(conf->table_size)) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, size, "the table size must be a prime from 3 to %d",
					SLB_MH_SIZE_MAX);
		return -EINVAL;
	}
	return 0;
}

static int slb_nl_group_parse_hash(struct genl_info *info, struct slb_group_conf *conf)
{
	struct nlattr *hash = info->attrs[SLB_A_GROUP_HASH];

	if (hash)
		conf->hash = nla_get_u8(hash);
	if (!hash && conf->sched != &slb_sched_mh)
		conf->hash = SLB_GROUP_HASH_FLOW;
	if (conf->hash == SLB_GROUP_HASH_FLOW || conf->sched == &slb_sched_mh)
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, hash, "only scheduler mh has hash, %s has not",
				conf->sched->name);
	return -EINVAL;
}

static int slb_nl_group_parse_balance(struct genl_info *info, struct slb_group_conf *conf)
{
	struct nlattr *factor = info->attrs[SLB_A_GROUP_HASH_BALANCE_FACTOR];

	if (factor)
		conf->balance_factor = nla_get_u32(factor);
	if (!factor && !conf->sched->keyed)
		conf->balance_factor = 0;
	if (conf->balance_factor && !conf->sched->keyed) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, factor,
					"only schedulers sh and mh have hash-balance-factor, %s has not",
					conf->sched->name);
		return -EINVAL;
	}
	if (conf->balance_factor && conf->balance_factor <= 100) {
		NL_SET_ERR_MSG_ATTR(info->extack, factor,
				    "hash-balance-factor is a percentage of the mean, above 100, or 0");
		return -EINVAL;
	}
	return 0;
}

static int slb_nl_group_parse_share(struct genl_info *info, int n, int percent,
				    struct slb_share *share)
{
	struct nlattr **attrs = info->attrs;

	if (attrs[n] && attrs[percent]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[percent],
				    "a number of servers and a share of them exclude each other");
		return -EINVAL;
	}
	if (attrs[n])
		*share = (struct slb_share){ .n = nla_get_u32(attrs[n]) };
	if (attrs[percent])
		*share = (struct slb_share){ .n = nla_get_u32(attrs[percent]), .percent = true };
	return 0;
}

static int slb_nl_group_parse_slow(struct genl_info *info, struct slb_group_conf *conf)
{
	struct nlattr *slow = info->attrs[SLB_A_GROUP_SLOW_START];

	if (slow)
		conf->slow_start = nla_get_u32(slow);
	if (!conf->slow_start || conf->sched->ramped)
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, slow ?: info->attrs[SLB_A_GROUP_SCHEDULER],
				"slow-start would move flows of scheduler %s at each step",
				conf->sched->name);
	return -EINVAL;
}

/* Can all VIPs that leave the choice to the group tell servers the address in this way? */
static int slb_nl_group_address_fits(struct genl_info *info, const struct slb_group *group, u8 mode)
{
	const struct slb_vip *vip;
	int err;

	list_for_each_entry(vip, &group->vip_list, in_group) {
		if (vip->client_address != SLB_VIP_CLIENT_ADDRESS_GROUP)
			continue;
		err = slb_nl_address_fits(info, SLB_A_GROUP_CLIENT_ADDRESS, mode, vip->claim.proto);
		if (err)
			return err;
	}
	return 0;
}

/* Read what the request says of a group. */
static int slb_nl_group_parse(struct genl_info *info, struct slb_group_conf *conf)
{
	if (info->attrs[SLB_A_GROUP_WHEN_NONE])
		conf->when_none = nla_get_u8(info->attrs[SLB_A_GROUP_WHEN_NONE]);
	if (info->attrs[SLB_A_GROUP_CLIENT_ADDRESS])
		conf->client_address = nla_get_u8(info->attrs[SLB_A_GROUP_CLIENT_ADDRESS]);
	if (info->attrs[SLB_A_GROUP_OVERFLOW])
		conf->overflow = nla_get_u8(info->attrs[SLB_A_GROUP_OVERFLOW]);
	if (info->attrs[SLB_A_GROUP_PERSIST])
		conf->persist = nla_get_u32(info->attrs[SLB_A_GROUP_PERSIST]);
	if (info->attrs[SLB_A_GROUP_PREFIX4])
		conf->prefix[0] = nla_get_u32(info->attrs[SLB_A_GROUP_PREFIX4]);
	if (info->attrs[SLB_A_GROUP_PREFIX6])
		conf->prefix[1] = nla_get_u32(info->attrs[SLB_A_GROUP_PREFIX6]);
	return slb_nl_group_parse_sched(info, conf) ?: slb_nl_group_parse_size(info, conf) ?:
	       slb_nl_group_parse_hash(info, conf) ?: slb_nl_group_parse_balance(info, conf) ?:
	       slb_nl_group_parse_share(info, SLB_A_GROUP_MIN_HEALTHY,
					SLB_A_GROUP_MIN_HEALTHY_PERCENT, &conf->min_healthy) ?:
	       slb_nl_group_parse_share(info, SLB_A_GROUP_TIER_MIN, SLB_A_GROUP_TIER_MIN_PERCENT,
					&conf->tier_min) ?:
	       slb_nl_group_parse_slow(info, conf);
}

static int slb_nl_group_free_name(struct slb_net *sn, struct genl_info *info, int attr,
				  const char *name)
{
	if (!slb_group_find(sn, name))
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[attr], "group %s already exists", name);
	return -EEXIST;
}

static int slb_nl_group_add(struct slb_net *sn, struct genl_info *info)
{
	const char *name = slb_nl_name(info, SLB_A_GROUP_NAME, "the name of the group");
	struct slb_group_conf conf = {
		.sched = &slb_sched_rr, .table_size = SLB_MH_SIZE_DEFAULT,
		.min_healthy = { .n = 1 }, .tier_min = { .n = 1 }, .prefix = { 32, 64 },
	};
	int err;

	if (!name)
		return -EINVAL;
	err = slb_nl_group_free_name(sn, info, SLB_A_GROUP_NAME, name);
	if (!err)
		err = slb_nl_group_parse(info, &conf);
	if (!err)
		err = slb_group_add(sn, name, &conf);
	if (err)
		return err;
	slb_nl_notify(sn, slb_group_find(sn, name), slb_nl_group_fill, SLB_CMD_GROUP_ADD_NTF);
	return 0;
}

static int slb_nl_group_rename(struct slb_net *sn, struct genl_info *info, struct slb_group *group,
			       const char *name)
{
	struct slb_nl_rename told = {
		.attr = SLB_A_GROUP_NAME, .new_attr = SLB_A_GROUP_NEW_NAME, .name = name,
	};
	int err = slb_nl_group_free_name(sn, info, SLB_A_GROUP_NEW_NAME, name);

	strscpy(told.old, group->name->text, sizeof(told.old));
	if (!err)
		err = slb_group_rename(sn, group, name);
	if (!err)
		slb_nl_notify(sn, &told, slb_nl_rename_fill, SLB_CMD_GROUP_SET_NTF);
	return err;
}

static int slb_nl_group_set(struct slb_net *sn, struct genl_info *info)
{
	struct slb_group *group = slb_nl_group_find(sn, info, SLB_A_GROUP_NAME);
	struct slb_group_conf conf;
	const char *name;
	int err;

	if (IS_ERR(group))
		return PTR_ERR(group);
	name = slb_nl_new_name(info, SLB_A_GROUP_NEW_NAME, SLB_A_GROUP_SCHEDULER,
			       SLB_A_GROUP_PREFIX6, "the name of the group");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (name)
		return slb_nl_group_rename(sn, info, group, name);
	conf = group->conf;
	err = slb_nl_changes(info, SLB_A_GROUP_SCHEDULER, SLB_A_GROUP_HASH_BALANCE_FACTOR);
	if (!err)
		err = slb_nl_group_parse(info, &conf);
	if (!err)
		err = slb_nl_group_address_fits(info, group, conf.client_address);
	if (!err)
		err = slb_group_set(sn, group, &conf);
	if (err)
		return err;
	slb_nl_notify(sn, group, slb_nl_group_fill, SLB_CMD_GROUP_SET_NTF);
	return 0;
}

static int slb_nl_group_unused(const struct slb_group *group, struct genl_info *info)
{
	if (!group->vips)
		return 0;
	NL_SET_ERR_MSG_FMT(info->extack, "%u VIP(s) use group %s: delete them first",
			   group->vips, group->name->text);
	return -EBUSY;
}

/*
 * Free a group. No VIP uses it, its servers are marked as deleted, and a grace period has passed: a
 * packet that found the group before its VIP moved has created its session. This needs no memory.
 */
static void slb_nl_group_remove(struct slb_net *sn, struct slb_group *group)
{
	slb_server_bury(sn, group);
	slb_nl_notify(sn, group, slb_nl_group_fill, SLB_CMD_GROUP_DEL_NTF);
	slb_group_del(sn, group);
}

static int slb_nl_group_del(struct slb_net *sn, struct genl_info *info, u32 *ended)
{
	struct slb_group *group = slb_nl_group_find(sn, info, SLB_A_GROUP_NAME);
	int err = IS_ERR(group) ? PTR_ERR(group) : slb_nl_group_unused(group, info);

	if (err)
		return err;
	if (group->n) {
		slb_server_doom(sn, group);
		synchronize_net();
		*ended = slb_server_sessions(sn, group);
		slb_purge_start(sn, *ended);
	}
	slb_nl_group_remove(sn, group);
	return 0;
}

static int slb_nl_group_flush(struct slb_net *sn, struct genl_info *info)
{
	struct slb_group *group;
	unsigned long id;
	int err = slb_nl_no_attrs(info);

	xa_for_each(&sn->group_ids, id, group)
		if (!err)
			err = slb_nl_group_unused(group, info);
	if (err)
		return err;
	if (sn->n_servers) {
		xa_for_each(&sn->group_ids, id, group)
			slb_server_doom(sn, group);
		synchronize_net();
		slb_purge_start(sn, slb_count_read(&sn->count));
	}
	xa_for_each(&sn->group_ids, id, group)
		slb_nl_group_remove(sn, group);
	return 0;
}

int slb_nl_group_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_group_add);
}

int slb_nl_group_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_group_set);
}

int slb_nl_group_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_end(info, SLB_A_GROUP_SESSIONS_ENDED, slb_nl_group_del);
}

int slb_nl_group_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_group_flush);
}

static int slb_nl_group_get(struct slb_net *sn, struct genl_info *info)
{
	struct slb_group *group = slb_nl_group_find(sn, info, SLB_A_GROUP_NAME);

	return IS_ERR(group) ? PTR_ERR(group) : slb_nl_reply(info, sn, group, slb_nl_group_fill);
}

int slb_nl_group_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_group_get);
}

int slb_nl_group_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_GROUP_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	struct slb_group *group;
	unsigned long id;
	int err = slb_nl_no_attrs(genl_info_dump(cb));

	if (err)
		return err;
	mutex_lock(&sn->lock);
	slb_group_settle(sn);
	cb->seq = sn->txns.generation;
	xa_for_each_start(&sn->group_ids, id, group, cb->args[0]) {
		if (slb_nl_group_fill(skb, sn, group, &msg))
			break;
		cb->args[0] = id + 1;
	}
	mutex_unlock(&sn->lock);
	return skb->len;
}
