// SPDX-License-Identifier: GPL-2.0-only
/* Over netlink: where a flow goes, the settings, the totals and the drops. */
#include <slb/forward.h>
#include <slb/parse.h>

#include "balancer.h"
#include "keep.h"
#include "link.h"
#include "net.h"
#include "nl.h"
#include "steer.h"
#include "vip.h"

static int rly_nl_flow_addr(struct genl_info *info, unsigned int attr, union nf_inet_addr *addr,
			    u8 *family)
{
	int err;

	if (GENL_REQ_ATTR_CHECK(info, attr)) {
		NL_SET_ERR_MSG(info->extack, "a flow has the address of a client and a virtual one");
		return -EINVAL;
	}
	err = rly_nl_addr(info->attrs[attr], addr, family, info->extack);
	if (err)
		return err;
	if (slb_addr_is_host(addr, *family))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr], "this is no unicast address");
	return -EINVAL;
}

static int rly_nl_flow_port(struct genl_info *info, unsigned int attr, __be16 *port)
{
	if (GENL_REQ_ATTR_CHECK(info, attr)) {
		NL_SET_ERR_MSG(info->extack, "a flow has a port of the client and one of the VIP");
		return -EINVAL;
	}
	*port = htons(nla_get_u16(info->attrs[attr]));
	return 0;
}

static int rly_nl_flow_parse(struct genl_info *info, struct slb_tuple *t)
{
	struct nlattr *proto = info->attrs[SLB_RELAY_A_FLOW_PROTO];
	u8 family;
	int err;

	memset(t, 0, sizeof(*t));
	if (!proto || !slb_proto_has_ports(nla_get_u8(proto))) {
		NL_SET_ERR_MSG(info->extack, "the protocol of a flow is TCP, UDP or SCTP");
		return -EINVAL;
	}
	t->proto = nla_get_u8(proto);
	err = rly_nl_flow_addr(info, SLB_RELAY_A_FLOW_CLIENT, &t->src, &t->family) ?:
	      rly_nl_flow_addr(info, SLB_RELAY_A_FLOW_VIP, &t->dst, &family) ?:
	      rly_nl_flow_port(info, SLB_RELAY_A_FLOW_CLIENT_PORT, &t->sport) ?:
	      rly_nl_flow_port(info, SLB_RELAY_A_FLOW_VIP_PORT, &t->dport);
	if (err)
		return err;
	if (family == t->family)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SLB_RELAY_A_FLOW_VIP],
			    "client and virtual address are of different families");
	return -EINVAL;
}

static int rly_nl_flow_fill(struct sk_buff *skb, void *hdr, const struct slb_tuple *t,
			    const struct rly_way *way)
{
	unsigned int len = slb_addr_len(t->family);

	if (!hdr || nla_put_u8(skb, SLB_RELAY_A_FLOW_PROTO, t->proto) ||
	    nla_put(skb, SLB_RELAY_A_FLOW_CLIENT, len, &t->src) ||
	    nla_put_u16(skb, SLB_RELAY_A_FLOW_CLIENT_PORT, ntohs(t->sport)) ||
	    nla_put(skb, SLB_RELAY_A_FLOW_VIP, len, &t->dst) ||
	    nla_put_u16(skb, SLB_RELAY_A_FLOW_VIP_PORT, ntohs(t->dport)) ||
	    nla_put_string(skb, SLB_RELAY_A_FLOW_BALANCER, way->member->balancer->name) ||
	    nla_put_string(skb, SLB_RELAY_A_FLOW_LINK, way->link->name)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Ask what the packet path would. */
static int rly_nl_flow_steer(struct rly_net *rn, const struct slb_tuple *t, struct rly_way *way,
			     struct netlink_ext_ack *extack)
{
	const struct rly_vaddr *vaddr;
	enum slb_drop why;
	bool ours;

	rcu_read_lock();
	vaddr = rly_vaddr_find(rn, &t->dst, t->family);
	ours = vaddr && rly_vip_match(vaddr, t->proto, t->dport);
	why = rly_keep_flow(rn, rcu_dereference(rn->set), t, RLY_WOULD, way);
	rcu_read_unlock();
	if (!ours) {
		NL_SET_ERR_MSG(extack, "no VIP has this protocol, address and port");
		return -ENOENT;
	}
	if (!why)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "%s", rly_drop_text(why));
	return -EHOSTUNREACH;
}

int slb_relay_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	struct sk_buff *msg = NULL;
	struct slb_tuple t;
	struct rly_way way;
	int err;

	err = rly_nl_flow_parse(info, &t);
	if (err)
		return err;
	/* what the way leads to stays while the lock is held */
	mutex_lock(&rn->lock);
	err = rly_nl_flow_steer(rn, &t, &way, info->extack) ?: rly_nl_reply(info, &msg);
	if (!err)
		err = rly_nl_flow_fill(msg, rly_nl_reply_hdr(msg, info), &t, &way);
	mutex_unlock(&rn->lock);
	return rly_nl_reply_end(info, msg, err);
}

int slb_relay_nl_setting_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	struct nlattr *limit = info->attrs[SLB_RELAY_A_SETTING_FLOW_LIMIT];
	struct nlattr *key = info->attrs[SLB_RELAY_A_SETTING_HASH_KEY];
	int err;

	if (!key && !limit) {
		NL_SET_ERR_MSG(info->extack, "nothing to change: give a hash key or a flow limit");
		return -EINVAL;
	}
	if (key) {
		err = rly_net_rekey(rn, nla_data(key));
		if (err)
			return err;
	}
	if (limit)
		WRITE_ONCE(rn->flow_limit, nla_get_u32(limit));
	return 0;
}

static int rly_nl_status_fill(struct sk_buff *skb, void *hdr, const struct rly_net *rn)
{
	if (!hdr || nla_put_u32(skb, SLB_RELAY_A_STATUS_VIPS, rn->n_vips) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_BALANCERS, rn->n_balancers) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_LINKS, rn->n_links) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_SLOTS, RLY_SLOTS) ||
	    nla_put_u8(skb, SLB_RELAY_A_STATUS_KEY_RANDOM, rn->key_random) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_FLOWS, atomic_read(&rn->n_flows)) ||
	    nla_put_u32(skb, SLB_RELAY_A_STATUS_FLOW_LIMIT, READ_ONCE(rn->flow_limit))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int slb_relay_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct rly_net *rn = rly_net(genl_info_net(info));
	struct sk_buff *msg;
	int err;

	err = rly_nl_empty(info->nlhdr, info->extack) ?: rly_nl_reply(info, &msg);
	if (err)
		return err;
	mutex_lock(&rn->lock);
	err = rly_nl_status_fill(msg, rly_nl_reply_hdr(msg, info), rn);
	mutex_unlock(&rn->lock);
	return rly_nl_reply_end(info, msg, err);
}

static int rly_nl_drop_fill(struct sk_buff *skb, void *hdr, const struct rly_net *rn,
			    enum slb_drop why)
{
	char word[SLB_DROP_WORD_SIZE];

	slb_drop_word(word, rly_drop_name(why));
	if (!hdr || nla_put_u32(skb, SLB_RELAY_A_DROP_ID, why) ||
	    nla_put_string(skb, SLB_RELAY_A_DROP_NAME, word) ||
	    nla_put_string(skb, SLB_RELAY_A_DROP_TEXT, rly_drop_text(why)) ||
	    nla_put_uint(skb, SLB_RELAY_A_DROP_PACKETS, rly_drop_count(rn, why))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int slb_relay_nl_drop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct rly_net *rn = rly_net(sock_net(skb->sk));
	struct rly_nl_dump *dump = rly_nl_dump(cb);
	int err;

	err = rly_nl_empty(cb->nlh, cb->extack);
	if (err)
		return err;
	/* the list is part of the module, so that it is always consistent */
	for (dump->next = max(dump->next, 1ul); dump->next < SLB_DROP_MAX; dump->next++) {
		err = rly_nl_drop_fill(skb, rly_nl_dump_hdr(skb, cb, SLB_RELAY_CMD_DROP_GET), rn,
				       dump->next);
		if (err)
			break;
	}
	return rly_nl_dump_end(skb, err);
}
