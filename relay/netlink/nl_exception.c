// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink: exceptions, the flows that another relay would not find by the hash.
 *
 * Relays with the same key and configuration send a flow to the same balancer. But a flow stays
 * where it began when balancers are added, drained, reweighted or unreachable for a while: only the
 * relay that has seen it knows. slb-syncd reads these flows by flow-get and tells other relays by
 * flow-add.
 */
#include <slb/flow.h>

#include "config/balancer.h"
#include "net.h"
#include "netlink/nl.h"
#include "netlink/nl_flow.h"
#include "packet/flow_steer.h"
#include "packet/steer.h"
#include "packet/vip_match.h"
#include "state/flow.h"

/**
 * rly_nl_flow_is_exception() - would another relay not find the balancer of a flow by the hash?
 * @rn: namespace
 * @flow: a flow
 *
 * Context: RCU.
 *
 * Return: true when it would not, and the balancer is known and exists.
 */
bool rly_nl_flow_is_exception(struct rly_net *rn, const struct rly_flow *flow)
{
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	const struct rly_member *m, *named;
	u8 family = flow->t.family;
	u64 hash;

	if (!snap || snap->n_members < 2 || rly_flow_doubted(flow) ||
	    rly_flow_expired(&rn->flows, flow) || READ_ONCE(flow->link) == RLY_FLOW_LOST)
		return false;
	hash = slb_flow_hash(&flow->t, &snap->key);
	m = rly_flow_member(snap, flow, hash);
	if (!m)
		return false;
	if (!snap->any[rly_af(family)] ||
	    &snap->member[snap->slot[rly_af(family)][hash % RLY_SLOTS]] != m)
		return true;
	named = rly_steer_holder(snap, hash % RLY_SLOTS);
	return named && named != m;
}

/**
 * struct rly_nl_told - what another relay knows of a flow
 * @t: from client to VIP
 * @state: enum slb_relay_flow_state
 * @idle: time since its last packet, in milliseconds
 * @target: its balancer, and a link of it
 */
struct rly_nl_told {
	struct slb_tuple t;
	u32 state;
	u32 idle;
	struct rly_target target;
};

static int rly_nl_told_parse(struct genl_info *info, struct rly_nl_told *told)
{
	struct nlattr *state = info->attrs[SLB_RELAY_A_FLOW_STATE];
	struct nlattr *idle = info->attrs[SLB_RELAY_A_FLOW_IDLE];
	u8 proto;
	int err;

	err = rly_nl_flow_parse(info, &told->t);
	if (err)
		return err;
	if (!state || !info->attrs[SLB_RELAY_A_FLOW_BALANCER]) {
		NL_SET_ERR_MSG(info->extack, "a flow needs a balancer and a state");
		return -EINVAL;
	}
	proto = told->t.proto;
	told->state = nla_get_u32(state);
	told->idle = idle ? nla_get_u32(idle) : 0;
	if (told->state == slb_proto_flow_first(proto) ||
	    told->state == slb_proto_flow_open(proto) ||
	    told->state == slb_proto_flow_closing(proto))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, state, "the state is one of another protocol");
	return -EINVAL;
}

/* Context: RCU. */
static int rly_nl_told_vip(struct rly_net *rn, struct genl_info *info, const struct slb_tuple *t)
{
	const struct rly_vaddr *vaddr = rly_vaddr_find(rn, &t->dst, t->family);

	if (vaddr && rly_vip_match(vaddr, t->proto, t->dport))
		return 0;
	NL_SET_ERR_MSG(info->extack, "no VIP has this protocol, address and port");
	return -EADDRNOTAVAIL;
}

/* Find the balancer, and a link to it. Context: RCU, and the configuration lock is held. */
static int rly_nl_told_target(struct rly_net *rn, struct genl_info *info, struct rly_nl_told *told)
{
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	struct nlattr *attr = info->attrs[SLB_RELAY_A_FLOW_BALANCER];
	const struct rly_balancer *b = rly_balancer_by_name(rn, nla_data(attr));
	u32 i;

	if (!b) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "balancer %s does not exist",
					(char *)nla_data(attr));
		return -ENOENT;
	}
	for (i = 0; snap && i < snap->n_members; i++) {
		if (snap->member[i].n != b->n)
			continue;
		told->target.hash = slb_flow_hash(&told->t, &snap->key);
		/* a flow may belong to a balancer that cannot be reached at the moment */
		rly_steer_to(&snap->member[i], told->t.family, &told->target);
		if (told->target.link)
			return 0;
	}
	NL_SET_ERR_MSG_ATTR(info->extack, attr, "the balancer has no link");
	return -EHOSTUNREACH;
}

/* Context: RCU, and the configuration lock is held. */
static int rly_nl_told_import(struct rly_net *rn, struct genl_info *info, struct rly_nl_told *told)
{
	u64 timeout = READ_ONCE(rn->flows.timeout[told->state]);
	int err;

	if (told->idle >= timeout * MSEC_PER_SEC) {
		NL_SET_ERR_MSG(info->extack, "the flow has expired");
		return -ESTALE;
	}
	err = rly_flow_import(&rn->flows, &told->t, &told->target, told->state,
			      msecs_to_jiffies(told->idle));
	if (err == -EEXIST)
		NL_SET_ERR_MSG(info->extack, "this relay has seen a later packet of the flow");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "the flow table is full: raise the setting flow-limit");
	return err;
}

int slb_relay_nl_flow_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	struct rly_nl_told told = {};
	int err;

	err = rly_nl_told_parse(info, &told);
	if (err)
		return err;
	mutex_lock(&rn->lock);
	rcu_read_lock();
	err = rly_nl_told_vip(rn, info, &told.t) ?: rly_nl_told_target(rn, info, &told) ?:
	      rly_nl_told_import(rn, info, &told);
	rcu_read_unlock();
	mutex_unlock(&rn->lock);
	return err;
}
