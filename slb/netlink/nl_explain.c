// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: explain what becomes of a packet that has not come. */
#include <slb/drop.h>

#include "config/group.h"
#include "config/link.h"
#include "config/vip.h"
#include "net.h"
#include "netlink/nl.h"
#include "packet/explain.h"

/**
 * struct slb_nl_question - what is asked
 * @flow: key of the flow
 * @in: link that its packet comes in by, or NULL
 */
struct slb_nl_question {
	struct slb_tuple flow;
	const struct slb_link *in;
};

static int slb_nl_explain_addr(struct genl_info *info, int addr_attr, int port_attr,
			       const char *what, union nf_inet_addr *addr, __be16 *port,
			       u8 *family)
{
	if (slb_nl_addr(info, addr_attr, what, addr, family))
		return -EINVAL;
	if (GENL_REQ_ATTR_CHECK(info, port_attr)) {
		NL_SET_ERR_MSG(info->extack, "a flow needs a client port and a VIP port");
		return -EINVAL;
	}
	*port = htons(nla_get_u16(info->attrs[port_attr]));
	return 0;
}

static int slb_nl_explain_proto(struct genl_info *info, struct slb_tuple *flow)
{
	if (slb_nl_missing(info, SLB_A_EXPLAIN_PROTO, "the protocol of the flow"))
		return -EINVAL;
	flow->proto = nla_get_u8(info->attrs[SLB_A_EXPLAIN_PROTO]);
	if (slb_proto_known(flow->proto))
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_A_EXPLAIN_PROTO],
				"invalid protocol %u (valid: tcp, udp, sctp)", flow->proto);
	return -EINVAL;
}

static int slb_nl_explain_link(struct slb_net *sn, struct genl_info *info,
			       struct slb_nl_question *q)
{
	struct nlattr *attr = info->attrs[SLB_A_EXPLAIN_INGRESS_LINK];

	if (!attr)
		return 0;
	q->in = slb_link_by_name(sn, nla_data(attr));
	if (q->in)
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "link %s does not exist",
				(char *)nla_data(attr));
	return -ENOENT;
}

static int slb_nl_explain_parse(struct slb_net *sn, struct genl_info *info,
				struct slb_nl_question *q)
{
	struct slb_tuple *flow = &q->flow;
	u8 family;

	if (slb_nl_explain_proto(info, flow) ||
	    slb_nl_explain_addr(info, SLB_A_EXPLAIN_CLIENT, SLB_A_EXPLAIN_CLIENT_PORT,
				"the address of the client", &flow->src, &flow->sport,
				&flow->family) ||
	    slb_nl_explain_addr(info, SLB_A_EXPLAIN_VIP, SLB_A_EXPLAIN_VIP_PORT,
				"the address of the VIP", &flow->dst, &flow->dport, &family))
		return -EINVAL;
	if (family == flow->family)
		return slb_nl_explain_link(sn, info, q);
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SLB_A_EXPLAIN_VIP],
			    "client and virtual address have different families");
	return -EINVAL;
}

static int slb_nl_explain_put_flow(struct sk_buff *skb, const struct slb_tuple *flow)
{
	return nla_put_u8(skb, SLB_A_EXPLAIN_PROTO, flow->proto) ||
	       slb_nl_put_addr(skb, SLB_A_EXPLAIN_CLIENT, &flow->src, flow->family) ||
	       nla_put_u16(skb, SLB_A_EXPLAIN_CLIENT_PORT, ntohs(flow->sport)) ||
	       slb_nl_put_addr(skb, SLB_A_EXPLAIN_VIP, &flow->dst, flow->family) ||
	       nla_put_u16(skb, SLB_A_EXPLAIN_VIP_PORT, ntohs(flow->dport)) ? -EMSGSIZE : 0;
}

/* Context: RCU. */
static int slb_nl_explain_put_vip(struct sk_buff *skb, const struct slb_explanation *e)
{
	const struct slb_group *group;

	if (!e->vip)
		return 0;
	group = rcu_dereference(e->vip->group);
	return nla_put_u8(skb, SLB_A_EXPLAIN_VIP_PROTO, e->vip->claim.proto) ||
	       nla_put_u16(skb, SLB_A_EXPLAIN_VIP_FIRST, e->vip->claim.range.first) ||
	       nla_put_u16(skb, SLB_A_EXPLAIN_VIP_LAST, e->vip->claim.range.last) ||
	       nla_put_string(skb, SLB_A_EXPLAIN_GROUP, group->name->text) ? -EMSGSIZE : 0;
}

static int slb_nl_explain_put_set(struct sk_buff *skb, const struct slb_explanation *e)
{
	const struct slb_set *set = e->set;
	const struct slb_group *group;

	if (!set)
		return 0;
	group = rcu_dereference(e->vip->group);
	return nla_put_string(skb, SLB_A_EXPLAIN_SCHEDULER, READ_ONCE(group->conf.sched)->name) ||
	       nla_put_u32(skb, SLB_A_EXPLAIN_USABLE, set->n) ||
	       (e->server &&
		nla_put_u8(skb, SLB_A_EXPLAIN_FIXED, set->sched->keyed || set->n == 1)) ?
	       -EMSGSIZE : 0;
}

static int slb_nl_explain_put_server(struct sk_buff *skb, const struct slb_tuple *flow,
				     const struct slb_explanation *e)
{
	const struct slb_server *server = e->server;

	if (!server)
		return 0;
	return slb_nl_put_addr(skb, SLB_A_EXPLAIN_SERVER, &server->addr, server->family) ||
	       nla_put_u16(skb, SLB_A_EXPLAIN_SERVER_PORT, ntohs(server->port ?: flow->dport)) ?
	       -EMSGSIZE : 0;
}

static int slb_nl_explain_put_link(struct sk_buff *skb, int attr, const struct slb_link *link)
{
	return link ? nla_put_string(skb, attr, link->name) : 0;
}

/* Context: RCU. */
static int slb_nl_explain_put_links(struct sk_buff *skb, struct slb_net *sn,
				    const struct slb_explanation *e)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++)
		if (e->returns & BIT(i) &&
		    slb_nl_explain_put_link(skb, SLB_A_EXPLAIN_RETURN_LINK, links->slot[i]))
			return -EMSGSIZE;
	return slb_nl_explain_put_link(skb, SLB_A_EXPLAIN_INGRESS_LINK, e->in) ?:
	       slb_nl_explain_put_link(skb, SLB_A_EXPLAIN_SERVER_LINK, e->out[SLB_REQUEST]) ?:
	       slb_nl_explain_put_link(skb, SLB_A_EXPLAIN_CLIENT_LINK, e->out[SLB_REPLY]);
}

static int slb_nl_explain_put_session(struct sk_buff *skb, const struct slb_net *sn,
				      const struct slb_session *s)
{
	const struct slb_tuple *reply;
	u32 idle, timeout;

	if (!s)
		return 0;
	reply = &s->side[SLB_REPLY].tuple;
	idle = (u32)jiffies - READ_ONCE(s->used);
	timeout = slb_session_timeout(sn, s);
	return slb_nl_put_addr(skb, SLB_A_EXPLAIN_LOCAL, &reply->dst, reply->family) ||
	       nla_put_u16(skb, SLB_A_EXPLAIN_LOCAL_PORT, ntohs(reply->dport)) ||
	       nla_put_u32(skb, SLB_A_EXPLAIN_STATE, slb_session_state(s)) ||
	       nla_put_uint(skb, SLB_A_EXPLAIN_EXPIRES,
			    jiffies_to_msecs(timeout - min(idle, timeout))) ? -EMSGSIZE : 0;
}

static int slb_nl_explain_put_refusal(struct sk_buff *skb, enum slb_drop why)
{
	struct nlattr *nest = nla_nest_start(skb, SLB_A_EXPLAIN_REFUSAL);
	char word[SLB_DROP_WORD_SIZE];

	slb_drop_word(word, slb_drop_name(why));
	if (!nest || nla_put_u32(skb, SLB_A_REFUSAL_ID, why) ||
	    nla_put_string(skb, SLB_A_REFUSAL_NAME, word) ||
	    nla_put_string(skb, SLB_A_REFUSAL_TEXT, slb_drop_text(why)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Context: RCU. */
static int slb_nl_explain_put(struct sk_buff *skb, struct slb_net *sn,
			      const struct slb_nl_question *q)
{
	struct slb_explanation e = { .in = q->in };
	unsigned int i;

	slb_explain(sn, &q->flow, &e);
	if (slb_nl_explain_put_flow(skb, &q->flow) ||
	    nla_put_u32(skb, SLB_A_EXPLAIN_VERDICT, e.verdict) ||
	    slb_nl_explain_put_vip(skb, &e) || slb_nl_explain_put_set(skb, &e) ||
	    slb_nl_explain_put_server(skb, &q->flow, &e) ||
	    slb_nl_explain_put_links(skb, sn, &e) ||
	    slb_nl_explain_put_session(skb, sn, e.session))
		return -EMSGSIZE;
	for (i = 0; i < e.n_why; i++)
		if (slb_nl_explain_put_refusal(skb, e.why[i]))
			return -EMSGSIZE;
	return e.client_address ?
	       nla_put_u8(skb, SLB_A_EXPLAIN_CLIENT_ADDRESS, e.client_address) : 0;
}

static int slb_nl_explain_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			       const struct slb_nl_msg *msg)
{
	void *hdr = slb_nl_put(skb, msg);
	int err;

	if (!hdr)
		return -EMSGSIZE;
	rcu_read_lock();
	err = slb_nl_explain_put(skb, sn, obj);
	rcu_read_unlock();
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return err;
}

int slb_nl_explain_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct slb_net *sn = slb_net(genl_info_net(info));
	struct slb_nl_question q = {};
	int err;

	/* the link stays while the lock is held */
	mutex_lock(&sn->lock);
	err = slb_nl_explain_parse(sn, info, &q) ?: slb_nl_reply(info, sn, &q, slb_nl_explain_fill);
	mutex_unlock(&sn->lock);
	return err;
}
