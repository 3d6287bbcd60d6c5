// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: flows: find out where one goes; dump known ones, and remove those that match. */
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <slb/flow.h>
#include <slb/forward.h>
#include <slb/nl_walk.h>
#include <slb/parse.h>

#include "config/balancer.h"
#include "config/link.h"
#include "config/vip.h"
#include "net.h"
#include "netlink/nl.h"
#include "netlink/nl_flow.h"
#include "packet/flow_steer.h"
#include "packet/steer.h"
#include "packet/vip_match.h"
#include "state/flow.h"

static int rly_nl_flow_addr(struct genl_info *info, int attr, const char *what,
			    union nf_inet_addr *addr, u8 *family)
{
	int err = slb_nl_addr(info, attr, what, addr, family);

	if (err)
		return err;
	if (slb_addr_is_host(addr, *family))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr], "the address must be a unicast address");
	return -EINVAL;
}

static int rly_nl_flow_port(struct genl_info *info, unsigned int attr, __be16 *port)
{
	if (GENL_REQ_ATTR_CHECK(info, attr)) {
		NL_SET_ERR_MSG(info->extack, "a flow needs a client port and a VIP port");
		return -EINVAL;
	}
	*port = htons(nla_get_u16(info->attrs[attr]));
	return 0;
}

/**
 * rly_nl_flow_parse() - read the 5-tuple of a request
 * @info: the request
 * @t: filled, from client to VIP
 *
 * Return: 0, or -EINVAL with a text.
 */
int rly_nl_flow_parse(struct genl_info *info, struct slb_tuple *t)
{
	struct nlattr *proto = info->attrs[SLB_RELAY_A_FLOW_PROTO];
	u8 family;
	int err;

	memset(t, 0, sizeof(*t));
	if (!proto || !slb_proto_known(nla_get_u8(proto))) {
		NL_SET_ERR_MSG(info->extack, "the protocol of a flow must be TCP, UDP or SCTP");
		return -EINVAL;
	}
	t->proto = nla_get_u8(proto);
	err = rly_nl_flow_addr(info, SLB_RELAY_A_FLOW_CLIENT, "the client", &t->src, &t->family) ?:
	      rly_nl_flow_addr(info, SLB_RELAY_A_FLOW_VIP, "the VIP", &t->dst, &family) ?:
	      rly_nl_flow_port(info, SLB_RELAY_A_FLOW_CLIENT_PORT, &t->sport) ?:
	      rly_nl_flow_port(info, SLB_RELAY_A_FLOW_VIP_PORT, &t->dport);
	if (err)
		return err;
	if (family == t->family)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SLB_RELAY_A_FLOW_VIP],
			    "client and virtual address have different families");
	return -EINVAL;
}

/**
 * struct rly_nl_place - where a flow is
 * @balancer: name of its balancer, or NULL when that is deleted
 * @heir: name of the heir that has it while that is away, or NULL
 * @link: name of its link, or NULL
 * @judged: @exception is known
 * @exception: another relay would not find it by the hash
 */
struct rly_nl_place {
	const char *balancer;
	const char *heir;
	const char *link;
	bool judged;
	bool exception;
};

/* Context: the configuration lock is held; or RCU, and the name of the balancer is not read. */
static struct rly_nl_place rly_nl_flow_place(struct rly_net *rn, const struct rly_flow *flow)
{
	const struct rly_balancer *b = xa_load(&rn->balancers, READ_ONCE(flow->balancer));
	const struct rly_link *link = xa_load(&rn->links, READ_ONCE(flow->link));

	return (struct rly_nl_place) {
		.balancer = b ? b->name : NULL, .link = link ? link->name : NULL,
	};
}

/* Is the balancer of a flow away? Then its heir has it. Context: RCU, the lock is held. */
static void rly_nl_flow_find_heir(struct rly_net *rn, const struct rly_flow *flow,
				  struct rly_nl_place *place)
{
	const struct rly_balancer *b = xa_load(&rn->balancers, READ_ONCE(flow->balancer));
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	u8 family = flow->t.family;
	const struct rly_member *m;
	struct rly_target target;

	if (likely(!b || !b->away[rly_af(family)] || !snap))
		return;
	target.hash = slb_flow_hash(&flow->t, &snap->key);
	m = rly_flow_member(snap, flow, target.hash);
	if (!m || rly_steer_known(snap, m, family, &target) || !target.absent)
		return;
	place->heir = target.member->balancer->name;
	place->link = target.link->name;
}

static int rly_nl_flow_put_life(struct sk_buff *skb, const struct rly_flows *flows,
				const struct rly_flow *flow)
{
	u32 idle = (u32)jiffies - READ_ONCE(flow->seen), timeout = rly_flow_timeout(flows, flow);

	return nla_put_u32(skb, SLB_RELAY_A_FLOW_STATE, rly_flow_state(flow)) ||
	       nla_put_u32(skb, SLB_RELAY_A_FLOW_IDLE, jiffies_to_msecs(idle)) ||
	       nla_put_uint(skb, SLB_RELAY_A_FLOW_EXPIRES,
			    jiffies_to_msecs(timeout - min(idle, timeout)));
}

/* @flow: its entry in the flow table, or NULL. */
static int rly_nl_flow_fill(struct sk_buff *skb, void *hdr, const struct rly_flows *flows,
			    const struct slb_tuple *t, const struct rly_nl_place *place,
			    const struct rly_flow *flow)
{
	unsigned int len = slb_addr_len(t->family);

	if (!hdr || nla_put_u8(skb, SLB_RELAY_A_FLOW_PROTO, t->proto) ||
	    nla_put(skb, SLB_RELAY_A_FLOW_CLIENT, len, &t->src) ||
	    nla_put_u16(skb, SLB_RELAY_A_FLOW_CLIENT_PORT, ntohs(t->sport)) ||
	    nla_put(skb, SLB_RELAY_A_FLOW_VIP, len, &t->dst) ||
	    nla_put_u16(skb, SLB_RELAY_A_FLOW_VIP_PORT, ntohs(t->dport)) ||
	    (place->balancer &&
	     nla_put_string(skb, SLB_RELAY_A_FLOW_BALANCER, place->balancer)) ||
	    (place->link && nla_put_string(skb, SLB_RELAY_A_FLOW_LINK, place->link)) ||
	    (place->heir && nla_put_string(skb, SLB_RELAY_A_FLOW_HEIR, place->heir)) ||
	    (place->judged &&
	     nla_put_u8(skb, SLB_RELAY_A_FLOW_EXCEPTION, place->exception)) ||
	    (flow && rly_nl_flow_put_life(skb, flows, flow))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Choose balancer and link as the packet path does. */
static int rly_nl_flow_steer(struct rly_net *rn, const struct slb_tuple *t,
			     struct rly_target *target, struct netlink_ext_ack *extack)
{
	const struct rly_vaddr *vaddr;
	enum slb_drop why;
	bool ours;

	rcu_read_lock();
	vaddr = rly_vaddr_find(rn, &t->dst, t->family);
	ours = vaddr && rly_vip_match(vaddr, t->proto, t->dport);
	why = rly_flow_steer(rn, rcu_dereference(rn->snapshot), t, SLB_SIGN_WOULD, target);
	rcu_read_unlock();
	if (!ours) {
		NL_SET_ERR_MSG(extack, "no VIP has this protocol, address and port");
		return -ENOENT;
	}
	if (!why)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "%s", slb_drop_text(why));
	return -EHOSTUNREACH;
}

/* Put the entry of a flow into the reply. Context: the configuration lock is held. */
static int rly_nl_flow_answer(struct rly_net *rn, struct sk_buff *msg, struct genl_info *info,
			      const struct slb_tuple *t, const struct rly_target *target)
{
	const char *name = target->member->balancer->name;
	struct rly_nl_place place = {
		.balancer = target->absent ? target->absent->balancer->name : name,
		.heir = target->absent ? name : NULL,
		.link = target->link->name,
	};
	struct rly_flow *flow;
	int err;

	rcu_read_lock();
	flow = rly_flow_find(&rn->flows, t, target->hash);
	if (flow && rly_flow_expired(&rn->flows, flow))
		flow = NULL;
	place.judged = flow;
	place.exception = flow && rly_nl_flow_is_exception(rn, flow);
	err = rly_nl_flow_fill(msg, rly_nl_reply_hdr(msg, info), &rn->flows, t, &place, flow);
	rcu_read_unlock();
	return err;
}

int slb_relay_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	struct sk_buff *msg = NULL;
	struct slb_tuple t;
	struct rly_target target;
	int err;

	err = rly_nl_flow_parse(info, &t);
	if (err)
		return err;
	/* balancer and link stay while the lock is held */
	mutex_lock(&rn->lock);
	err = rly_nl_flow_steer(rn, &t, &target, info->extack) ?: rly_nl_reply_new(info, &msg);
	if (!err)
		err = rly_nl_flow_answer(rn, msg, info, &t, &target);
	mutex_unlock(&rn->lock);
	return rly_nl_reply_end(info, msg, err);
}

/**
 * struct rly_nl_match - a filter of flows; a missing attribute matches all
 * @has: bits of the given SLB_RELAY_A_FLOW_*
 * @rn: namespace
 * @family: address family, 0 when no address is given
 * @t: protocol, addresses and ports
 * @balancer: number of the balancer
 * @state: how far the flow has come
 * @exception: flows that are exceptions, or those that are none
 * @link: name of the link; balancers may have links of the same name
 */
struct rly_nl_match {
	unsigned long has;
	struct rly_net *rn;
	u8 family;
	struct slb_tuple t;
	u32 balancer;
	u32 state;
	bool exception;
	char link[SLB_RELAY_NAME_LEN + 1];
};

static bool rly_nl_has(const struct rly_nl_match *m, unsigned int attr)
{
	return test_bit(attr, &m->has);
}

/* Context: RCU. */
static bool rly_nl_flow_matches(const struct rly_flow *flow, const void *arg)
{
	const struct rly_nl_match *m = arg;
	const char *link;

	if (!m->has)
		return true;
	if ((m->family && m->family != flow->t.family) ||
	    (rly_nl_has(m, SLB_RELAY_A_FLOW_PROTO) && m->t.proto != flow->t.proto) ||
	    (rly_nl_has(m, SLB_RELAY_A_FLOW_CLIENT) && !slb_addr_equal(&m->t.src, &flow->t.src)) ||
	    (rly_nl_has(m, SLB_RELAY_A_FLOW_CLIENT_PORT) && m->t.sport != flow->t.sport) ||
	    (rly_nl_has(m, SLB_RELAY_A_FLOW_VIP) && !slb_addr_equal(&m->t.dst, &flow->t.dst)) ||
	    (rly_nl_has(m, SLB_RELAY_A_FLOW_VIP_PORT) && m->t.dport != flow->t.dport) ||
	    (rly_nl_has(m, SLB_RELAY_A_FLOW_STATE) && m->state != rly_flow_state(flow)) ||
	    (rly_nl_has(m, SLB_RELAY_A_FLOW_BALANCER) && m->balancer != READ_ONCE(flow->balancer)))
		return false;
	if (rly_nl_has(m, SLB_RELAY_A_FLOW_LINK)) {
		link = rly_nl_flow_place(m->rn, flow).link;
		if (!link || strcmp(link, m->link))
			return false;
	}
	return !rly_nl_has(m, SLB_RELAY_A_FLOW_EXCEPTION) ||
	       rly_nl_flow_is_exception(m->rn, flow) == m->exception;
}

static int rly_nl_match_end(struct genl_info *info, struct rly_nl_match *m, unsigned int addr_attr,
			    union nf_inet_addr *addr, unsigned int port_attr, __be16 *port)
{
	u8 family;
	int err;

	if (info->attrs[port_attr]) {
		*port = htons(nla_get_u16(info->attrs[port_attr]));
		__set_bit(port_attr, &m->has);
	}
	if (!info->attrs[addr_attr])
		return 0;
	err = rly_nl_flow_addr(info, addr_attr, "the address", addr, &family);
	if (err)
		return err;
	if (m->family && m->family != family) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[addr_attr],
				    "client and virtual address have different families");
		return -EINVAL;
	}
	m->family = family;
	__set_bit(addr_attr, &m->has);
	return 0;
}

static int rly_nl_match_proto(struct genl_info *info, struct rly_nl_match *m)
{
	struct nlattr *proto = info->attrs[SLB_RELAY_A_FLOW_PROTO];

	if (!proto)
		return 0;
	m->t.proto = nla_get_u8(proto);
	__set_bit(SLB_RELAY_A_FLOW_PROTO, &m->has);
	if (slb_proto_known(m->t.proto))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, proto, "the protocol of a flow must be TCP, UDP or SCTP");
	return -EINVAL;
}

/* The policy has checked the values. */
static void rly_nl_match_state(struct genl_info *info, struct rly_nl_match *m)
{
	struct nlattr *state = info->attrs[SLB_RELAY_A_FLOW_STATE];
	struct nlattr *exception = info->attrs[SLB_RELAY_A_FLOW_EXCEPTION];

	if (state) {
		m->state = nla_get_u32(state);
		__set_bit(SLB_RELAY_A_FLOW_STATE, &m->has);
	}
	if (exception) {
		m->exception = nla_get_u8(exception);
		__set_bit(SLB_RELAY_A_FLOW_EXCEPTION, &m->has);
	}
}

static int rly_nl_match_balancer(struct rly_net *rn, struct genl_info *info,
				 struct rly_nl_match *m)
{
	struct nlattr *attr = info->attrs[SLB_RELAY_A_FLOW_BALANCER];
	const struct rly_balancer *b;

	if (!attr)
		return 0;
	b = rly_balancer_by_name(rn, nla_data(attr));
	if (!b) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "balancer %s does not exist",
					(char *)nla_data(attr));
		return -ENOENT;
	}
	m->balancer = b->n;
	__set_bit(SLB_RELAY_A_FLOW_BALANCER, &m->has);
	return 0;
}

static int rly_nl_match_link(struct rly_net *rn, struct genl_info *info, struct rly_nl_match *m)
{
	struct nlattr *attr = info->attrs[SLB_RELAY_A_FLOW_LINK];
	const struct rly_link *link;
	unsigned long n;

	if (!attr)
		return 0;
	nla_strscpy(m->link, attr, sizeof(m->link));
	__set_bit(SLB_RELAY_A_FLOW_LINK, &m->has);
	xa_for_each(&rn->links, n, link)
		if (!strcmp(link->name, m->link) &&
		    (!rly_nl_has(m, SLB_RELAY_A_FLOW_BALANCER) || link->balancer->n == m->balancer))
			return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "link %s does not exist", m->link);
	return -ENOENT;
}

/* Read the filter of a request. An unknown link or balancer name is an error. */
static int rly_nl_match_parse(struct rly_net *rn, struct genl_info *info, struct rly_nl_match *m)
{
	int err;

	memset(m, 0, sizeof(*m));
	m->rn = rn;
	if (!info->attrs)
		return 0;
	err = rly_nl_match_proto(info, m) ?:
	      rly_nl_match_end(info, m, SLB_RELAY_A_FLOW_CLIENT, &m->t.src,
			       SLB_RELAY_A_FLOW_CLIENT_PORT, &m->t.sport) ?:
	      rly_nl_match_end(info, m, SLB_RELAY_A_FLOW_VIP, &m->t.dst,
			       SLB_RELAY_A_FLOW_VIP_PORT, &m->t.dport);
	if (err)
		return err;
	rly_nl_match_state(info, m);
	mutex_lock(&rn->lock);
	err = rly_nl_match_balancer(rn, info, m) ?: rly_nl_match_link(rn, info, m);
	mutex_unlock(&rn->lock);
	return err;
}

/* Sequence number of a dump that nothing has interrupted. */
#define RLY_NL_SEQ_WHOLE 1

/* State of a dump. */
struct rly_nl_flow_dump {
	struct rhashtable_iter iter;
	struct rly_nl_match match;
};

int slb_relay_nl_flow_get_start(struct netlink_callback *cb)
{
	struct genl_info *info = (struct genl_info *)genl_info_dump(cb);
	struct rly_net *rn = rly_net(sock_net(cb->skb->sk));
	struct rly_nl_flow_dump *dump;
	int err;

	dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	if (!dump)
		return -ENOMEM;
	err = slb_nl_check_attrs(info) ?: rly_nl_match_parse(rn, info, &dump->match);
	if (err) {
		kfree(dump);
		return err;
	}
	rhashtable_walk_enter(&rn->flows.table, &dump->iter);
	cb->args[0] = (long)dump;
	cb->seq = RLY_NL_SEQ_WHOLE;
	return 0;
}

int slb_relay_nl_flow_get_done(struct netlink_callback *cb)
{
	struct rly_nl_flow_dump *dump = (void *)cb->args[0];

	if (!dump)
		return 0;
	rhashtable_walk_exit(&dump->iter);
	kfree(dump);
	return 0;
}

/* Context: RCU, and the configuration lock is held. */
static int rly_nl_flow_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
				const struct rly_nl_match *m, const struct rly_flow *flow)
{
	struct rly_net *rn = m->rn;
	struct rly_nl_place place = rly_nl_flow_place(rn, flow);

	/* only when asked for: it takes a hash for each flow */
	place.judged = rly_nl_has(m, SLB_RELAY_A_FLOW_EXCEPTION);
	place.exception = m->exception;
	rly_nl_flow_find_heir(rn, flow, &place);
	return rly_nl_flow_fill(skb, rly_nl_dump_hdr(skb, cb, SLB_RELAY_CMD_FLOW_GET), &rn->flows,
				&flow->t, &place, flow);
}

/*
 * Yield the lock and the CPU: for a long time no flow may match, and a task that waits for the lock
 * may hold RTNL. Context: the configuration lock is held.
 */
static void rly_nl_flow_pause(struct rly_net *rn, struct rly_nl_flow_dump *dump,
			      struct netlink_callback *cb)
	__must_hold(RCU)
{
	rhashtable_walk_stop(&dump->iter);
	mutex_unlock(&rn->lock);
	cond_resched();
	mutex_lock(&rn->lock);
	slb_nl_walk_resume(&dump->iter, cb);
}

int slb_relay_nl_flow_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rly_net *rn = rly_net(sock_net(skb->sk));
	struct rly_nl_flow_dump *dump = (void *)cb->args[0];
	struct rly_flow *flow;
	u32 seen = 0;

	mutex_lock(&rn->lock);
	slb_nl_walk_resume(&dump->iter, cb);
	flow = rhashtable_walk_peek(&dump->iter);
	while (flow) {
		if (IS_ERR(flow))
			/* the table was resized */
			cb->seq++;
		else if (rly_nl_flow_matches(flow, &dump->match) &&
			 rly_nl_flow_dump_one(skb, cb, &dump->match, flow))
			break;
		if (++seen % 1024 == 0)
			rly_nl_flow_pause(rn, dump, cb);
		flow = rhashtable_walk_next(&dump->iter);
	}
	rhashtable_walk_stop(&dump->iter);
	mutex_unlock(&rn->lock);
	/* the flag may be on a message that did not fit: set it in all later ones, too */
	if (cb->seq != RLY_NL_SEQ_WHOLE)
		cb->prev_seq = RLY_NL_SEQ_WHOLE;
	return skb->len;
}

/* Does the filter name one flow, or one of each protocol? */
static bool rly_nl_match_is_one(const struct rly_nl_match *m)
{
	return rly_nl_has(m, SLB_RELAY_A_FLOW_CLIENT) &&
	       rly_nl_has(m, SLB_RELAY_A_FLOW_CLIENT_PORT) && rly_nl_has(m, SLB_RELAY_A_FLOW_VIP) &&
	       rly_nl_has(m, SLB_RELAY_A_FLOW_VIP_PORT);
}

/* Remove the flow that the filter names, by a lookup. Return: number of removed flows. */
static u32 rly_nl_flow_purge_one(struct rly_net *rn, const struct rly_nl_match *m)
{
	const struct rly_snapshot *snap;
	struct slb_tuple t = m->t;
	struct rly_flow *flow;
	unsigned int i;
	u32 n = 0;

	t.family = m->family;
	rcu_read_lock();
	snap = rcu_dereference(rn->snapshot);
	for (i = 0; snap && (t.proto = slb_proto_at(i)); i++) {
		flow = rly_flow_find(&rn->flows, &t, slb_flow_hash(&t, &snap->key));
		if (flow && rly_nl_flow_matches(flow, m))
			n += rly_flow_purge_one(&rn->flows, flow);
	}
	rcu_read_unlock();
	return n;
}

int slb_relay_nl_flow_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	struct rly_nl_match match;
	struct sk_buff *msg;
	void *hdr;
	u32 n;
	int err;

	err = rly_nl_match_parse(rn, info, &match) ?: rly_nl_reply_new(info, &msg);
	if (err)
		return err;
	hdr = rly_nl_reply_hdr(msg, info);
	n = rly_nl_match_is_one(&match) ? rly_nl_flow_purge_one(rn, &match) :
					  rly_flow_purge(&rn->flows, rly_nl_flow_matches, &match);
	err = !hdr || nla_put_u32(msg, SLB_RELAY_A_FLOW_COUNT, n) ? -EMSGSIZE : 0;
	if (!err)
		genlmsg_end(msg, hdr);
	return rly_nl_reply_end(info, msg, err);
}
