// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: balancers. */
#include "config/balancer.h"
#include "config/heir.h"
#include "config/link.h"
#include "config/link_probe.h"
#include "config/snapshot.h"
#include "net.h"
#include "netlink/nl.h"

static struct rly_balancer *rly_nl_balancer_find(struct rly_net *rn, struct genl_info *info)
{
	const char *name = slb_nl_name(info, SLB_RELAY_A_BALANCER_NAME, "the name of the balancer");
	struct rly_balancer *b;

	if (!name)
		return ERR_PTR(-EINVAL);
	b = rly_balancer_by_name(rn, name);
	if (b)
		return b;
	NL_SET_ERR_MSG_FMT(info->extack, "balancer %s does not exist", name);
	return ERR_PTR(-ENOENT);
}

/* Slots of a balancer in the published snapshot. */
static void rly_nl_balancer_slots(struct rly_net *rn, const struct rly_balancer *b, u32 *slots)
{
	const struct rly_snapshot *snap = rly_dereference(rn, rn->snapshot);
	u32 i;

	slots[0] = 0;
	slots[1] = 0;
	for (i = 0; snap && i < snap->n_members; i++)
		if (snap->member[i].n == b->n)
			memcpy(slots, snap->member[i].n_slots, sizeof(snap->member[i].n_slots));
}

/* The heir that a balancer has now, of the first family of its links. */
static const struct rly_balancer *rly_nl_balancer_heir(struct rly_net *rn,
						       const struct rly_balancer *b)
{
	u32 i;

	for (i = 0; i < b->n_links; i++)
		if (b->link[i]->nh.has[0])
			return rly_heir_of(rn, b, 0);
	return rly_heir_of(rn, b, 1);
}

/* Flows that a balancer has because others are away, whose heir it is. */
static u32 rly_nl_balancer_inherited(struct rly_net *rn, const struct rly_balancer *heir)
{
	const struct rly_balancer *b;
	unsigned long n;
	u32 flows = 0;

	xa_for_each(&rn->balancers, n, b)
		if ((b->away[0] && rly_heir_of(rn, b, 0) == heir) ||
		    (b->away[1] && rly_heir_of(rn, b, 1) == heir))
			flows += rly_balancer_flows(b);
	return flows;
}

static int rly_nl_balancer_put_away(struct sk_buff *skb, const struct rly_balancer *b)
{
	static const int attr[] = { SLB_RELAY_A_BALANCER_AWAY4, SLB_RELAY_A_BALANCER_AWAY6 };
	u64 now = ktime_get_boottime_ns(), since = now;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(attr); i++) {
		if (!b->away[i])
			continue;
		since = min(since, b->away_since[i]);
		if (nla_put_u8(skb, attr[i], 1))
			return -EMSGSIZE;
	}
	if (!b->away[0] && !b->away[1])
		return 0;
	return nla_put_uint(skb, SLB_RELAY_A_BALANCER_AWAY_SINCE,
			    div_u64(now - since, NSEC_PER_MSEC));
}

static int rly_nl_balancer_put_heir(struct sk_buff *skb, struct rly_net *rn,
				    const struct rly_balancer *b)
{
	const struct rly_balancer *heir = rly_nl_balancer_heir(rn, b);

	if (nla_put_string(skb, SLB_RELAY_A_BALANCER_HEIR, rly_heir_name(rn, b)) ||
	    (heir && nla_put_string(skb, SLB_RELAY_A_BALANCER_HEIR_NOW, heir->name)) ||
	    (b->sync == RLY_SYNC_ON && nla_put_u8(skb, SLB_RELAY_A_BALANCER_SYNC, 1)) ||
	    rly_nl_balancer_put_away(skb, b))
		return -EMSGSIZE;
	return nla_put_u32(skb, SLB_RELAY_A_BALANCER_HEIR_FLOWS, rly_nl_balancer_inherited(rn, b));
}

static int rly_nl_balancer_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn,
				const void *obj)
{
	const struct rly_balancer *b = obj;
	u32 slots[2];

	rly_nl_balancer_slots(rn, b, slots);
	if (!hdr || nla_put_string(skb, SLB_RELAY_A_BALANCER_NAME, b->name) ||
	    nla_put_u32(skb, SLB_RELAY_A_BALANCER_WEIGHT, b->weight) ||
	    nla_put_u32(skb, SLB_RELAY_A_BALANCER_LINKS, b->n_links) ||
	    nla_put_u32(skb, SLB_RELAY_A_BALANCER_LINKS_UP, rly_balancer_links_up(b)) ||
	    nla_put_u32(skb, SLB_RELAY_A_BALANCER_SLOTS4, slots[0]) ||
	    nla_put_u32(skb, SLB_RELAY_A_BALANCER_SLOTS6, slots[1]) ||
	    rly_nl_balancer_put_heir(skb, rn, b)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * rly_notify_balancer() - send an event about a balancer
 * @rn: namespace; its lock is held
 * @b: the balancer
 * @what: what happened
 */
void rly_notify_balancer(struct rly_net *rn, const struct rly_balancer *b, enum rly_event what)
{
	static const u8 cmd[] = {
		[RLY_ADDED] = SLB_RELAY_CMD_BALANCER_ADD_NTF,
		[RLY_CHANGED] = SLB_RELAY_CMD_BALANCER_SET_NTF,
		[RLY_DELETED] = SLB_RELAY_CMD_BALANCER_DEL_NTF,
	};

	rly_nl_notify(rn, b, rly_nl_balancer_fill, cmd[what]);
}

/* The heir in a request, or the one that the balancer has. */
static int rly_nl_balancer_read_heir(struct rly_net *rn, struct genl_info *info, const char *name,
				     struct rly_heir *heir)
{
	if (!info->attrs[SLB_RELAY_A_BALANCER_HEIR])
		return 0;
	if (!slb_nl_name(info, SLB_RELAY_A_BALANCER_HEIR, "the name of the heir"))
		return -EINVAL;
	return rly_heir_find(rn, nla_data(info->attrs[SLB_RELAY_A_BALANCER_HEIR]), name, heir,
			     info->extack);
}

static int rly_nl_balancer_add(struct rly_net *rn, struct genl_info *info)
{
	const char *name = slb_nl_name(info, SLB_RELAY_A_BALANCER_NAME, "the name of the balancer");
	struct nlattr *weight = info->attrs[SLB_RELAY_A_BALANCER_WEIGHT];
	struct rly_heir heir = { .mode = RLY_HEIR_AUTO };
	struct rly_balancer *b;
	int err;

	if (!name)
		return -EINVAL;
	err = rly_nl_balancer_read_heir(rn, info, name, &heir);
	if (err)
		return err;
	b = rly_balancer_add(rn, name, weight ? nla_get_u32(weight) : 1, &heir, info->extack);
	if (IS_ERR(b))
		return PTR_ERR(b);
	rly_notify_balancer(rn, b, RLY_ADDED);
	return 0;
}

static int rly_nl_balancer_rename(struct rly_net *rn, struct genl_info *info,
				  struct rly_balancer *b, const char *name)
{
	struct rly_nl_rename told = {
		.attr = SLB_RELAY_A_BALANCER_NAME, .new_attr = SLB_RELAY_A_BALANCER_NEW_NAME,
		.name = name,
	};
	int err;

	strscpy(told.old, b->name, sizeof(told.old));
	err = rly_balancer_rename(rn, b, name, info->extack);
	if (!err)
		rly_nl_notify(rn, &told, rly_nl_rename_fill, SLB_RELAY_CMD_BALANCER_SET_NTF);
	return err;
}

static int rly_nl_balancer_set(struct rly_net *rn, struct genl_info *info)
{
	struct nlattr *weight = info->attrs[SLB_RELAY_A_BALANCER_WEIGHT];
	struct rly_balancer *b = rly_nl_balancer_find(rn, info);
	struct rly_heir heir;
	const char *name;
	int err = 0;

	if (IS_ERR(b))
		return PTR_ERR(b);
	name = slb_nl_new_name(info, SLB_RELAY_A_BALANCER_NEW_NAME, SLB_RELAY_A_BALANCER_WEIGHT,
			       SLB_RELAY_A_BALANCER_HEIR, "the name of the balancer");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (name)
		return rly_nl_balancer_rename(rn, info, b, name);
	heir = b->heir;
	if (!weight)
		err = slb_nl_changes(info, SLB_RELAY_A_BALANCER_HEIR, SLB_RELAY_A_BALANCER_HEIR);
	err = err ?: rly_nl_balancer_read_heir(rn, info, b->name, &heir) ?:
	      rly_balancer_set(rn, b, weight ? nla_get_u32(weight) : b->weight, &heir);
	if (err)
		return err;
	rly_notify_balancer(rn, b, RLY_CHANGED);
	return 0;
}

/* The second phase of removal, with events: free a balancer with its links. */
static void rly_nl_balancer_bury(struct rly_net *rn, struct rly_balancer *b)
{
	struct rly_link *link;

	while (b->n_links) {
		link = b->link[--b->n_links];
		rly_notify_link(rn, link, RLY_DELETED);
		rly_link_unfollow(rn, link);
		rly_link_free(link);
	}
	rly_notify_balancer(rn, b, RLY_DELETED);
	rly_balancer_free(b);
}

static int rly_nl_balancer_del(struct rly_net *rn, struct genl_info *info, u32 *ended)
{
	struct rly_balancer *b = rly_nl_balancer_find(rn, info);
	int err;

	if (IS_ERR(b))
		return PTR_ERR(b);
	*ended = rly_balancer_flows(b);
	err = rly_balancer_make_dead(rn, b);
	if (err)
		return err;
	rly_nl_balancer_bury(rn, b);
	return 0;
}

static int rly_nl_balancer_flush(struct rly_net *rn, struct genl_info *info, u32 *ended)
{
	struct rly_balancer *b;
	unsigned long n;
	int err = slb_nl_no_attrs(info);

	if (err)
		return err;
	xa_for_each(&rn->balancers, n, b) {
		*ended += rly_balancer_flows(b);
	}
	rly_balancer_flush(rn);
	xa_for_each(&rn->balancers, n, b) {
		/* events about the others must not find it */
		xa_erase(&rn->balancers, n);
		rly_nl_balancer_bury(rn, b);
	}
	xa_destroy(&rn->balancers);
	return 0;
}

static int rly_nl_balancer_get(struct rly_net *rn, struct genl_info *info)
{
	struct rly_balancer *b = rly_nl_balancer_find(rn, info);

	return IS_ERR(b) ? PTR_ERR(b) : rly_nl_reply(info, rn, b, rly_nl_balancer_fill);
}

int slb_relay_nl_balancer_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_balancer_add);
}

int slb_relay_nl_balancer_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_balancer_set);
}

int slb_relay_nl_balancer_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked_end(info, SLB_RELAY_A_BALANCER_FLOWS_ENDED, rly_nl_balancer_del);
}

int slb_relay_nl_balancer_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked_end(info, SLB_RELAY_A_BALANCER_FLOWS_ENDED, rly_nl_balancer_flush);
}

int slb_relay_nl_balancer_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_balancer_get);
}

int slb_relay_nl_balancer_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rly_net *rn = rly_net(sock_net(skb->sk));
	struct rly_nl_dump *dump = rly_nl_dump(cb);
	struct rly_balancer *b;
	unsigned long n;
	int err;

	err = slb_nl_no_attrs(genl_info_dump(cb));
	if (err)
		return err;
	mutex_lock(&rn->lock);
	cb->seq = rn->seq;
	xa_for_each_start(&rn->balancers, n, b, dump->next) {
		err = rly_nl_balancer_fill(skb,
					   rly_nl_dump_hdr(skb, cb, SLB_RELAY_CMD_BALANCER_GET),
					   rn, b);
		if (err)
			break;
		dump->next = n + 1;
	}
	mutex_unlock(&rn->lock);
	return rly_nl_dump_end(skb, err);
}
