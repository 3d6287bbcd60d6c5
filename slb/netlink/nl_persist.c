// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: dump the clients that return to their server, and forget those that match. */
#include <linux/slab.h>
#include <net/ipv6.h>
#include <slb/forward.h>
#include <slb/nl_walk.h>

#include "config/group.h"
#include "net.h"
#include "netlink/nl.h"
#include "state/persist.h"

/* Sequence number of a dump that nothing has interrupted. */
#define SLB_NL_PERSIST_SEQ_WHOLE 1

/**
 * struct slb_nl_persist_match - a filter of entries
 * @group: number of the group; 0: any
 * @client: address in the prefix, network order
 * @family: its address family; 0: any
 */
struct slb_nl_persist_match {
	u32 group;
	union nf_inet_addr client;
	u8 family;
};

/* State of a dump. */
struct slb_nl_persist_dump {
	struct rhashtable_iter iter;
	struct slb_nl_persist_match match;
};

static bool slb_nl_persist_matches(const struct slb_persist_key *key,
				   const struct slb_nl_persist_match *m)
{
	if (m->group && m->group != key->group)
		return false;
	if (!m->family)
		return true;
	if (key->family != m->family)
		return false;
	if (key->family == NFPROTO_IPV4)
		return !((key->prefix.ip ^ m->client.ip) & inet_make_mask(key->len));
	return ipv6_prefix_equal(&key->prefix.in6, &m->client.in6, key->len);
}

/* For slb_persist_purge(). */
static bool slb_nl_persist_goes(struct slb_net *sn, struct slb_persist *p, const void *arg)
{
	return slb_nl_persist_matches(&p->key, arg) && !slb_persist_over(sn, p);
}

static int slb_nl_persist_parse(struct slb_net *sn, struct genl_info *info,
				struct slb_nl_persist_match *m)
{
	const struct slb_group *group;
	int err = 0;

	if (!info->attrs)
		return 0;
	if (info->attrs[SLB_A_PERSIST_CLIENT]) {
		err = slb_nl_addr(info, SLB_A_PERSIST_CLIENT, "the address of the client",
				  &m->client, &m->family);
		if (err)
			return err;
	}
	if (!info->attrs[SLB_A_PERSIST_GROUP])
		return 0;
	mutex_lock(&sn->lock);
	group = slb_nl_group_find(sn, info, SLB_A_PERSIST_GROUP);
	if (IS_ERR(group))
		err = PTR_ERR(group);
	else
		m->group = group->id;
	mutex_unlock(&sn->lock);
	return err;
}

/* An entry that is over, or whose server is deleted, has nothing to say. Context: RCU. */
static int slb_nl_persist_fill(struct sk_buff *skb, struct slb_net *sn, struct slb_persist *p,
			       const struct slb_nl_msg *msg)
{
	const struct slb_server *server = NULL;
	u32 left;
	void *hdr;

	spin_lock_bh(&p->lock);
	if (!slb_persist_over(sn, p))
		server = slb_persist_server(sn, p);
	left = p->life - ((u32)jiffies - p->used);
	spin_unlock_bh(&p->lock);
	if (!server)
		return 0;
	hdr = slb_nl_put(skb, msg);
	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_string(skb, SLB_A_PERSIST_GROUP, rcu_dereference(server->group_name)->text) ||
	    slb_nl_put_addr(skb, SLB_A_PERSIST_CLIENT, &p->key.prefix, p->key.family) ||
	    nla_put_u8(skb, SLB_A_PERSIST_PREFIX_LENGTH, p->key.len) ||
	    slb_nl_put_addr(skb, SLB_A_PERSIST_SERVER, &server->addr, server->family) ||
	    nla_put_u16(skb, SLB_A_PERSIST_SERVER_PORT, ntohs(server->port)) ||
	    nla_put_uint(skb, SLB_A_PERSIST_EXPIRES, jiffies_to_msecs(left))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int slb_nl_persist_get_start(struct netlink_callback *cb)
{
	struct genl_info *info = (struct genl_info *)genl_info_dump(cb);
	struct slb_net *sn = slb_net(sock_net(cb->skb->sk));
	struct slb_nl_persist_dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	int err;

	if (!dump)
		return -ENOMEM;
	err = slb_nl_check_attrs(info);
	if (!err)
		err = slb_nl_persist_parse(sn, info, &dump->match);
	if (err) {
		kfree(dump);
		return err;
	}
	rhashtable_walk_enter(&sn->persists.table, &dump->iter);
	cb->args[0] = (long)dump;
	cb->seq = SLB_NL_PERSIST_SEQ_WHOLE;
	return 0;
}

int slb_nl_persist_get_done(struct netlink_callback *cb)
{
	struct slb_nl_persist_dump *dump = (void *)cb->args[0];

	if (!dump)
		return 0;
	rhashtable_walk_exit(&dump->iter);
	kfree(dump);
	return 0;
}

int slb_nl_persist_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_PERSIST_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	struct slb_nl_persist_dump *dump = (void *)cb->args[0];
	struct slb_persist *p;
	u32 seen = 0;

	slb_nl_walk_resume(&dump->iter, cb);
	p = rhashtable_walk_peek(&dump->iter);
	while (p) {
		if (IS_ERR(p))
			/* the table was resized */
			cb->seq++;
		else if (slb_nl_persist_matches(&p->key, &dump->match) &&
			 slb_nl_persist_fill(skb, sn, p, &msg))
			break;
		if (++seen % 1024 == 0) {
			rhashtable_walk_stop(&dump->iter);
			cond_resched();
			slb_nl_walk_resume(&dump->iter, cb);
		}
		p = rhashtable_walk_next(&dump->iter);
	}
	rhashtable_walk_stop(&dump->iter);
	/* the flag may be on a message that did not fit: set it in all later ones, too */
	if (cb->seq != SLB_NL_PERSIST_SEQ_WHOLE)
		cb->prev_seq = SLB_NL_PERSIST_SEQ_WHOLE;
	return skb->len;
}

static int slb_nl_persist_reply(struct genl_info *info, u32 count)
{
	struct sk_buff *skb = genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
	void *hdr;

	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, &slb_nl_family, 0, info->genlhdr->cmd);
	if (!hdr || nla_put_u32(skb, SLB_A_PERSIST_COUNT, count)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

int slb_nl_persist_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct slb_net *sn = slb_net(genl_info_net(info));
	struct slb_nl_persist_match match = {};
	int err = slb_nl_persist_parse(sn, info, &match);

	if (err)
		return err;
	return slb_nl_persist_reply(info, slb_persist_purge(sn, slb_nl_persist_goes, &match));
}
