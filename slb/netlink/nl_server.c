// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: servers. */
#include <slb/address.h>
#include <slb/host.h>

#include "config/group.h"
#include "config/link.h"
#include "config/notify.h"
#include "config/server.h"
#include "config/server_life.h"
#include "config/vip.h"
#include "net.h"
#include "netlink/nl.h"

/* @since: slb_server_time() of an event; absent when it has never happened. */
static int slb_nl_server_put_since(struct sk_buff *skb, int attr, unsigned long since)
{
	return since ? nla_put_uint(skb, attr, jiffies64_to_msecs(jiffies - since)) : 0;
}

static int slb_nl_server_put_fault(struct sk_buff *skb, int n, int since,
				   const struct slb_server_fault *fault)
{
	return nla_put_uint(skb, n, atomic64_read(&fault->n)) ?:
	       slb_nl_server_put_since(skb, since, READ_ONCE(fault->last));
}

/* Does it answer new sessions? */
static int slb_nl_server_put_answers(struct sk_buff *skb, const struct slb_server *server)
{
	return slb_nl_server_put_since(skb, SLB_A_SERVER_ANSWERED_SINCE,
				       READ_ONCE(server->answered)) ?:
	       slb_nl_server_put_fault(skb, SLB_A_SERVER_REFUSED, SLB_A_SERVER_REFUSED_SINCE,
				       &server->refused) ?:
	       slb_nl_server_put_fault(skb, SLB_A_SERVER_UNANSWERED,
				       SLB_A_SERVER_UNANSWERED_SINCE, &server->unanswered);
}

/* What the operator wants, and how long that takes. */
static int slb_nl_server_put_conf(struct sk_buff *skb, const struct slb_server *server)
{
	const struct slb_server_conf *conf = &server->conf;
	bool deadline = conf->deadline != SLB_NO_DEADLINE;
	unsigned long left = time_before(jiffies, server->end_at) ? server->end_at - jiffies : 0;

	return nla_put_u32(skb, SLB_A_SERVER_WEIGHT, conf->weight) ||
	       nla_put_u8(skb, SLB_A_SERVER_STATE, conf->state) ||
	       nla_put_u32(skb, SLB_A_SERVER_TIER, conf->tier) ||
	       nla_put_u32(skb, SLB_A_SERVER_SESSION_LIMIT, conf->session_limit) ||
	       (deadline && nla_put_u32(skb, SLB_A_SERVER_DEADLINE, conf->deadline)) ||
	       (deadline && nla_put_uint(skb, SLB_A_SERVER_DEADLINE_LEFT,
					 jiffies64_to_msecs(left))) ? -EMSGSIZE : 0;
}

/* What checks say, and what becomes of new sessions. */
static int slb_nl_server_put_health(struct sk_buff *skb, struct slb_net *sn,
				    const struct slb_server *server)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	const struct slb_server_health *health = &server->health;
	bool drained = server->drained && !slb_server_count(server);
	unsigned int i;

	if (nla_put_u8(skb, SLB_A_SERVER_HEALTH, health->state) ||
	    (*health->why && nla_put_string(skb, SLB_A_SERVER_HEALTH_WHY, health->why)) ||
	    slb_nl_server_put_since(skb, SLB_A_SERVER_HEALTH_SINCE, health->since) ||
	    nla_put_u32(skb, SLB_A_SERVER_HEALTH_PERCENT, 100 - health->cut) ||
	    nla_put_u32(skb, SLB_A_SERVER_EFFECTIVE_WEIGHT, server->effective) ||
	    (drained && nla_put_u8(skb, SLB_A_SERVER_DRAINED, 1)) ||
	    nla_put_uint(skb, SLB_A_SERVER_SESSIONS_CLOSED, atomic_read(&server->idle)))
		return -EMSGSIZE;
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (server->avoid & BIT(i) && links->slot[i] &&
		    nla_put_string(skb, SLB_A_SERVER_LINK_DOWN, links->slot[i]->name))
			return -EMSGSIZE;
	return 0;
}

static int slb_nl_server_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			      const struct slb_nl_msg *msg)
{
	const struct slb_server *server = obj;
	void *hdr = slb_nl_put(skb, msg);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(skb, SLB_A_SERVER_GROUP,
			   slb_dereference(sn, server->group_name)->text) ||
	    slb_nl_put_addr(skb, SLB_A_SERVER_ADDR, &server->addr, server->family) ||
	    nla_put_u16(skb, SLB_A_SERVER_PORT, ntohs(server->port)) ||
	    slb_nl_server_put_conf(skb, server) ||
	    slb_nl_server_put_health(skb, sn, server) ||
	    nla_put_uint(skb, SLB_A_SERVER_SESSIONS, slb_server_count(server)) ||
	    nla_put_uint(skb, SLB_A_SERVER_SESSIONS_TOTAL, slb_traffic_total(server->stats)) ||
	    slb_nl_put_sum(skb, SLB_A_SERVER_IN,
			   slb_traffic_read(server->stats, false, SLB_REQUEST)) ||
	    slb_nl_put_sum(skb, SLB_A_SERVER_OUT,
			   slb_traffic_read(server->stats, false, SLB_REPLY)) ||
	    slb_nl_server_put_answers(skb, server)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* The attributes that identify a server. */
struct slb_nl_server_key {
	struct slb_group *group;
	union nf_inet_addr addr;
	__be16 port;
	u8 family;
};

static int slb_nl_server_key(struct slb_net *sn, struct genl_info *info,
			     struct slb_nl_server_key *key)
{
	struct nlattr *port = info->attrs[SLB_A_SERVER_PORT];
	const char *what = "the address of the server";
	int err;

	key->group = slb_nl_group_find(sn, info, SLB_A_SERVER_GROUP);
	if (IS_ERR(key->group))
		return PTR_ERR(key->group);
	key->port = port ? htons(nla_get_u16(port)) : 0;
	err = slb_nl_addr(info, SLB_A_SERVER_ADDR, what, &key->addr, &key->family);
	return err ?: slb_conf_addr(info->attrs[SLB_A_SERVER_ADDR], &key->addr, key->family, what,
				    info->extack);
}

static struct slb_server *slb_nl_server_find(struct slb_net *sn, struct genl_info *info,
					     struct slb_nl_server_key *key)
{
	int err = slb_nl_server_key(sn, info, key);
	struct slb_server *server;

	if (err)
		return ERR_PTR(err);
	server = slb_server_find(sn, key->group, &key->addr, key->port, key->family);
	if (server)
		return server;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_A_SERVER_ADDR],
				"group %s has no such server", key->group->name->text);
	return ERR_PTR(-ENOENT);
}

/* Warn about a server that can hardly be right: packets to it would come back to this host. */
static void slb_nl_server_warn(struct slb_net *sn, struct genl_info *info,
			       const struct slb_nl_server_key *key)
{
	bool virtual;

	rcu_read_lock();
	virtual = slb_vaddr_find(sn, &key->addr, key->family);
	rcu_read_unlock();
	if (virtual)
		NL_SET_ERR_MSG(info->extack, "the server has the address of a VIP");
	else
		slb_host_own_addr(sn->net, &key->addr, key->family, info->extack);
}

/* A deadline is one of draining. A state without a deadline has none. */
static int slb_nl_server_deadline(struct genl_info *info, struct slb_server_conf *conf)
{
	struct nlattr *deadline = info->attrs[SLB_A_SERVER_DEADLINE];

	if (!deadline)
		return 0;
	if (conf->state != SLB_SERVER_STATE_DRAIN) {
		NL_SET_ERR_MSG_ATTR(info->extack, deadline,
				    "only a server that drains (state drain) has a deadline");
		return -EINVAL;
	}
	conf->deadline = nla_get_u32(deadline);
	return 0;
}

/* Read what the request says of a server. */
static int slb_nl_server_parse(struct genl_info *info, struct slb_server_conf *conf)
{
	struct nlattr **attrs = info->attrs;

	if (attrs[SLB_A_SERVER_WEIGHT])
		conf->weight = nla_get_u32(attrs[SLB_A_SERVER_WEIGHT]);
	if (attrs[SLB_A_SERVER_TIER])
		conf->tier = nla_get_u32(attrs[SLB_A_SERVER_TIER]);
	if (attrs[SLB_A_SERVER_SESSION_LIMIT])
		conf->session_limit = nla_get_u32(attrs[SLB_A_SERVER_SESSION_LIMIT]);
	if (attrs[SLB_A_SERVER_STATE]) {
		conf->state = nla_get_u8(attrs[SLB_A_SERVER_STATE]);
		conf->deadline = SLB_NO_DEADLINE;
	}
	return slb_nl_server_deadline(info, conf);
}

static int slb_nl_server_add(struct slb_net *sn, struct genl_info *info)
{
	struct slb_server_conf conf = { .weight = 1, .deadline = SLB_NO_DEADLINE };
	struct slb_nl_server_key key;
	int err = slb_nl_server_key(sn, info, &key);

	if (err)
		return err;
	if (slb_server_find(sn, key.group, &key.addr, key.port, key.family)) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_A_SERVER_ADDR],
					"group %s already has this server", key.group->name->text);
		return -EEXIST;
	}
	if (key.group->n >= SLB_SERVER_MAX) {
		NL_SET_ERR_MSG_FMT(info->extack, "a group has at most %d servers", SLB_SERVER_MAX);
		return -ENOSPC;
	}
	err = slb_nl_server_parse(info, &conf);
	if (!err)
		err = slb_server_add(sn, key.group, &key.addr, key.port, key.family, &conf);
	if (err)
		return err;
	slb_nl_notify(sn, key.group->server[key.group->n - 1], slb_nl_server_fill,
		      SLB_CMD_SERVER_ADD_NTF);
	slb_nl_server_warn(sn, info, &key);
	return 0;
}

static int slb_nl_server_set(struct slb_net *sn, struct genl_info *info)
{
	bool again = info->attrs[SLB_A_SERVER_STATE] || info->attrs[SLB_A_SERVER_DEADLINE];
	struct slb_server_conf conf;
	struct slb_nl_server_key key;
	struct slb_server *server = slb_nl_server_find(sn, info, &key);
	int err;

	if (IS_ERR(server))
		return PTR_ERR(server);
	conf = server->conf;
	err = slb_nl_changes(info, SLB_A_SERVER_WEIGHT, SLB_A_SERVER_SESSION_LIMIT) ?:
	      slb_nl_server_parse(info, &conf);
	if (!err)
		err = slb_server_set(sn, key.group, server, &conf, again);
	if (err)
		return err;
	slb_nl_notify(sn, server, slb_nl_server_fill, SLB_CMD_SERVER_SET_NTF);
	return 0;
}

static int slb_nl_server_del(struct slb_net *sn, struct genl_info *info, u32 *ended)
{
	struct slb_nl_server_key key;
	struct slb_server *server = slb_nl_server_find(sn, info, &key);

	if (IS_ERR(server))
		return PTR_ERR(server);
	*ended = slb_server_count(server);
	return slb_server_del(sn, key.group, server);
}

/**
 * slb_notify_server_set() - send an event: a server has changed by itself
 * @sn: namespace, lock held
 * @server: the server
 */
void slb_notify_server_set(struct slb_net *sn, const struct slb_server *server)
{
	slb_nl_notify(sn, server, slb_nl_server_fill, SLB_CMD_SERVER_SET_NTF);
}

/**
 * slb_notify_server_suspect() - send an event: connections to a server have failed
 * @sn: namespace, lock held
 * @server: the server
 */
void slb_notify_server_suspect(struct slb_net *sn, const struct slb_server *server)
{
	slb_nl_notify(sn, server, slb_nl_server_fill, SLB_CMD_SERVER_SUSPECT_NTF);
}

/**
 * slb_notify_server_del() - send an event: a server was deleted
 * @sn: namespace
 * @server: the server
 */
void slb_notify_server_del(struct slb_net *sn, const struct slb_server *server)
{
	slb_nl_notify(sn, server, slb_nl_server_fill, SLB_CMD_SERVER_DEL_NTF);
}

static int slb_nl_server_flush(struct slb_net *sn, struct genl_info *info, u32 *ended)
{
	struct slb_group *group = NULL;

	if (info->attrs[SLB_A_SERVER_GROUP]) {
		group = slb_nl_group_find(sn, info, SLB_A_SERVER_GROUP);
		if (IS_ERR(group))
			return PTR_ERR(group);
	}
	*ended = slb_server_sessions(sn, group);
	return slb_server_flush(sn, group);
}

/* What a check has found over one link. */
static int slb_nl_health_path(struct slb_net *sn, struct genl_info *info, struct slb_server *server)
{
	const char *name = slb_nl_name(info, SLB_A_SERVER_LINK, "the name of the link");
	const struct slb_link *link = name ? slb_link_by_name(sn, name) : NULL;

	if (!name)
		return -EINVAL;
	if (!link) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_A_SERVER_LINK],
					"link %s does not exist", name);
		return -ENOENT;
	}
	if (info->attrs[SLB_A_SERVER_HEALTH_PERCENT] || info->attrs[SLB_A_SERVER_HEALTH_WHY]) {
		NL_SET_ERR_MSG(info->extack, "health over a link has neither a reason nor a percentage");
		return -EINVAL;
	}
	slb_life_path(sn, server, link->slot,
		      nla_get_u8(info->attrs[SLB_A_SERVER_HEALTH]) != SLB_HEALTH_DOWN);
	return 0;
}

static int slb_nl_health_set(struct slb_net *sn, struct genl_info *info)
{
	struct nlattr *percent = info->attrs[SLB_A_SERVER_HEALTH_PERCENT];
	struct nlattr *why = info->attrs[SLB_A_SERVER_HEALTH_WHY];
	struct slb_server_health said = {};
	struct slb_nl_server_key key;
	struct slb_server *server = slb_nl_server_find(sn, info, &key);

	if (IS_ERR(server))
		return PTR_ERR(server);
	if (slb_nl_missing(info, SLB_A_SERVER_HEALTH, "the health"))
		return -EINVAL;
	if (info->attrs[SLB_A_SERVER_LINK])
		return slb_nl_health_path(sn, info, server);
	said.state = nla_get_u8(info->attrs[SLB_A_SERVER_HEALTH]);
	said.cut = percent ? 100 - nla_get_u32(percent) : 0;
	if (why)
		nla_strscpy(said.why, why, sizeof(said.why));
	slb_life_hear(sn, key.group, server, &said);
	return 0;
}

static int slb_nl_server_get(struct slb_net *sn, struct genl_info *info)
{
	struct slb_nl_server_key key;
	struct slb_server *server = slb_nl_server_find(sn, info, &key);

	return IS_ERR(server) ? PTR_ERR(server) :
				slb_nl_reply(info, sn, server, slb_nl_server_fill);
}

int slb_nl_server_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_one(info, slb_nl_server_add);
}

int slb_nl_server_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_one(info, slb_nl_server_set);
}

int slb_nl_server_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_end(info, SLB_A_SERVER_SESSIONS_ENDED, slb_nl_server_del);
}

int slb_nl_server_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_end(info, SLB_A_SERVER_SESSIONS_ENDED, slb_nl_server_flush);
}

int slb_nl_health_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_one(info, slb_nl_health_set);
}

int slb_nl_server_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_server_get);
}

int slb_nl_server_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_SERVER_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	struct slb_group *group;
	unsigned long id;
	bool full = false;
	int err = slb_nl_no_attrs(genl_info_dump(cb));

	if (err)
		return err;
	mutex_lock(&sn->lock);
	cb->seq = sn->txns.generation;
	xa_for_each_start(&sn->group_ids, id, group, cb->args[0]) {
		/* args[1]: index in the group where the last message ended */
		if (id != cb->args[0])
			cb->args[1] = 0;
		for (cb->args[0] = id; !full && cb->args[1] < group->n; cb->args[1] += !full)
			full = slb_nl_server_fill(skb, sn, group->server[cb->args[1]], &msg);
		if (full)
			break;
		cb->args[0] = id + 1;
		cb->args[1] = 0;
	}
	mutex_unlock(&sn->lock);
	return skb->len;
}
