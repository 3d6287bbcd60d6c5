// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: groups. */
#include "config/group.h"
#include "config/group_set.h"
#include "config/sched.h"
#include "config/server.h"
#include "net.h"
#include "netlink/nl.h"
#include "state/purge.h"
#include "state/session.h"

static int slb_nl_group_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			     const struct slb_nl_msg *msg)
{
	const struct slb_group *group = obj;
	void *hdr = slb_nl_put(skb, msg);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(skb, SLB_A_GROUP_NAME, group->name->text) ||
	    nla_put_string(skb, SLB_A_GROUP_SCHEDULER, group->sched->name) ||
	    (group->sched == &slb_sched_mh &&
	     nla_put_u32(skb, SLB_A_GROUP_TABLE_SIZE, group->table_size)) ||
	    nla_put_u32(skb, SLB_A_GROUP_SERVERS, group->n) ||
	    nla_put_u32(skb, SLB_A_GROUP_USABLE, slb_group_usable(sn, group)) ||
	    nla_put_u32(skb, SLB_A_GROUP_VIPS, group->vips)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
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

/* Read the scheduler and the size of its table, if the request has them. */
static int slb_nl_group_parse(struct genl_info *info, const struct slb_sched **sched,
			      u32 *table_size)
{
	struct nlattr *name = info->attrs[SLB_A_GROUP_SCHEDULER];
	struct nlattr *size = info->attrs[SLB_A_GROUP_TABLE_SIZE];

	if (name) {
		*sched = slb_sched_find(nla_data(name));
		if (!*sched) {
			/* cut a long name: an error text has at most 79 bytes */
			NL_SET_ERR_MSG_ATTR_FMT(info->extack, name,
						"invalid scheduler \"%.20s\" (valid: "
						SLB_SCHED_NAMES ")", (char *)nla_data(name));
			return -EINVAL;
		}
	}
	if (!size)
		return 0;
	*table_size = nla_get_u32(size);
	if (*sched != &slb_sched_mh) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, size, "scheduler %s has no table, only mh has",
					(*sched)->name);
		return -EINVAL;
	}
	if (*table_size < 3 || *table_size > SLB_MH_SIZE_MAX || !slb_is_prime(*table_size)) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, size, "the table size must be a prime from 3 to %d",
					SLB_MH_SIZE_MAX);
		return -EINVAL;
	}
	return 0;
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
	const struct slb_sched *sched = &slb_sched_rr;
	u32 table_size = SLB_MH_SIZE_DEFAULT;
	int err;

	if (!name)
		return -EINVAL;
	err = slb_nl_group_free_name(sn, info, SLB_A_GROUP_NAME, name);
	if (!err)
		err = slb_nl_group_parse(info, &sched, &table_size);
	if (!err)
		err = slb_group_add(sn, name, sched, table_size);
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
	const struct slb_sched *sched;
	const char *name;
	u32 table_size;
	int err;

	if (IS_ERR(group))
		return PTR_ERR(group);
	name = slb_nl_new_name(info, SLB_A_GROUP_NEW_NAME, SLB_A_GROUP_SCHEDULER,
			       SLB_A_GROUP_TABLE_SIZE, "the name of the group");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (name)
		return slb_nl_group_rename(sn, info, group, name);
	sched = group->sched;
	table_size = group->table_size;
	err = slb_nl_changes(info, SLB_A_GROUP_SCHEDULER, SLB_A_GROUP_TABLE_SIZE);
	if (!err)
		err = slb_nl_group_parse(info, &sched, &table_size);
	if (!err)
		err = slb_group_set(sn, group, sched, table_size);
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
		slb_purge_start(sn, atomic_read(&sn->n_sessions));
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
