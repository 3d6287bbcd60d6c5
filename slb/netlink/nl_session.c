// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: sessions: dump in linear time, and end those that match a filter. */
#include <linux/slab.h>
#include <slb/forward.h>
#include <slb/nl_walk.h>

#include "config/group.h"
#include "config/link.h"
#include "config/vip.h"
#include "netlink/nl.h"
#include "state/session.h"

/* Sequence number of a dump that nothing has interrupted. */
#define SLB_NL_SEQ_WHOLE 1

/* One end of a session, network order. */
struct slb_nl_end {
	union nf_inet_addr addr;
	__be16 port;
};

/**
 * struct slb_nl_match - a filter of sessions; a missing attribute matches all
 * @has: bits of the given SLB_A_SESSION_*
 * @family: address family, 0 when no address is given
 * @proto: protocol
 * @client: address and port of the client, network order
 * @vip: of the VIP
 * @server: the same of the server
 * @local: the same of the local address
 * @state: protocol state
 * @link: name of the return link; not its slot, which another link may get during a walk
 * @sn: namespace
 * @group: name of the group
 */
struct slb_nl_match {
	unsigned long has;
	u8 family;
	u8 proto;
	struct slb_nl_end client;
	struct slb_nl_end vip;
	struct slb_nl_end server;
	struct slb_nl_end local;
	u32 state;
	char link[SLB_NAME_LEN + 1];
	struct slb_net *sn;
	char group[SLB_NAME_LEN + 1];
};

/* State of a dump. */
struct slb_nl_session_dump {
	struct rhashtable_iter iter;
	struct slb_nl_match match;
};

static bool slb_nl_end_matches(const struct slb_nl_match *m, const struct slb_nl_end *end,
			       int addr_attr, int port_attr, const union nf_inet_addr *addr,
			       __be16 port)
{
	return (!test_bit(addr_attr, &m->has) || slb_addr_equal(&end->addr, addr)) &&
	       (!test_bit(port_attr, &m->has) || end->port == port);
}

/* Context: RCU. */
static bool slb_nl_returns_by(const struct slb_session *s, const struct slb_nl_match *m)
{
	const struct slb_link *link = rcu_dereference(m->sn->links)->slot[s->ret];

	return link && !strcmp(link->name, m->link);
}

/* Context: RCU. */
static const char *slb_nl_session_group(const struct slb_session *s)
{
	return rcu_dereference(s->server->group_name)->text;
}

static bool slb_nl_session_matches(const struct slb_session *s, const void *arg)
{
	const struct slb_tuple *in = &s->side[SLB_REQUEST].tuple;
	const struct slb_tuple *out = &s->side[SLB_REPLY].tuple;
	const struct slb_nl_match *m = arg;

	if (slb_session_ended(m->sn, rcu_dereference(m->sn->links), s))
		return false;
	if (!m->has)
		return true;
	if ((m->family && m->family != in->family) ||
	    (test_bit(SLB_A_SESSION_PROTO, &m->has) && m->proto != in->proto) ||
	    (test_bit(SLB_A_SESSION_STATE, &m->has) && m->state != slb_session_state(s)) ||
	    (test_bit(SLB_A_SESSION_RETURN_LINK, &m->has) && !slb_nl_returns_by(s, m)) ||
	    (test_bit(SLB_A_SESSION_GROUP, &m->has) && strcmp(m->group, slb_nl_session_group(s))))
		return false;
	return slb_nl_end_matches(m, &m->client, SLB_A_SESSION_CLIENT, SLB_A_SESSION_CLIENT_PORT,
				  &in->src, in->sport) &&
	       slb_nl_end_matches(m, &m->vip, SLB_A_SESSION_VIP, SLB_A_SESSION_VIP_PORT,
				  &in->dst, in->dport) &&
	       slb_nl_end_matches(m, &m->server, SLB_A_SESSION_SERVER, SLB_A_SESSION_SERVER_PORT,
				  &out->src, out->sport) &&
	       slb_nl_end_matches(m, &m->local, SLB_A_SESSION_LOCAL, SLB_A_SESSION_LOCAL_PORT,
				  &out->dst, out->dport);
}

static int slb_nl_match_end(struct genl_info *info, struct slb_nl_match *m, struct slb_nl_end *end,
			    int addr_attr, int port_attr, const char *what)
{
	u8 family;

	if (info->attrs[port_attr]) {
		end->port = htons(nla_get_u16(info->attrs[port_attr]));
		__set_bit(port_attr, &m->has);
	}
	if (!info->attrs[addr_attr])
		return 0;
	if (slb_nl_addr(info, addr_attr, what, &end->addr, &family))
		return -EINVAL;
	if (!slb_addr_is_host(&end->addr, family)) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[addr_attr],
					"%s must be a unicast address", what);
		return -EINVAL;
	}
	if (m->family && m->family != family) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[addr_attr],
					"%s has a different address family from the others", what);
		return -EINVAL;
	}
	m->family = family;
	__set_bit(addr_attr, &m->has);
	return 0;
}

static int slb_nl_match_proto(struct genl_info *info, struct slb_nl_match *m)
{
	struct nlattr *proto = info->attrs[SLB_A_SESSION_PROTO];

	if (!proto)
		return 0;
	m->proto = nla_get_u8(proto);
	__set_bit(SLB_A_SESSION_PROTO, &m->has);
	if (slb_proto_known(m->proto))
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, proto,
				"invalid protocol %u (valid: tcp, udp, sctp)", m->proto);
	return -EINVAL;
}

/* The policy has checked that there is such a state. */
static void slb_nl_match_state(struct genl_info *info, struct slb_nl_match *m)
{
	struct nlattr *state = info->attrs[SLB_A_SESSION_STATE];

	if (!state)
		return;
	m->state = nla_get_u32(state);
	__set_bit(SLB_A_SESSION_STATE, &m->has);
}

static int slb_nl_match_link(struct slb_net *sn, struct genl_info *info, struct slb_nl_match *m)
{
	struct nlattr *attr = info->attrs[SLB_A_SESSION_RETURN_LINK];
	struct slb_link *link;

	if (!attr)
		return 0;
	link = slb_link_by_name(sn, nla_data(attr));
	if (!link) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, attr, "link %s does not exist",
					(char *)nla_data(attr));
		return -ENOENT;
	}
	strscpy(m->link, link->name, sizeof(m->link));
	__set_bit(SLB_A_SESSION_RETURN_LINK, &m->has);
	return 0;
}

static int slb_nl_match_group(struct slb_net *sn, struct genl_info *info, struct slb_nl_match *m)
{
	struct slb_group *group;

	if (!info->attrs[SLB_A_SESSION_GROUP])
		return 0;
	group = slb_nl_group_find(sn, info, SLB_A_SESSION_GROUP);
	if (IS_ERR(group))
		return PTR_ERR(group);
	strscpy(m->group, group->name->text, sizeof(m->group));
	__set_bit(SLB_A_SESSION_GROUP, &m->has);
	return 0;
}

/* An unknown link or group name is an error, not an empty match. */
static int slb_nl_match_names(struct slb_net *sn, struct genl_info *info, struct slb_nl_match *m)
{
	int err;

	mutex_lock(&sn->lock);
	err = slb_nl_match_link(sn, info, m);
	if (!err)
		err = slb_nl_match_group(sn, info, m);
	mutex_unlock(&sn->lock);
	return err;
}

/* Read the filter of a request. */
static int slb_nl_match_parse(struct slb_net *sn, struct genl_info *info, struct slb_nl_match *m)
{
	memset(m, 0, sizeof(*m));
	m->sn = sn;
	if (!info->attrs)
		return 0;
	if (slb_nl_match_proto(info, m) ||
	    slb_nl_match_end(info, m, &m->client, SLB_A_SESSION_CLIENT, SLB_A_SESSION_CLIENT_PORT,
			     "the address of the client") ||
	    slb_nl_match_end(info, m, &m->vip, SLB_A_SESSION_VIP, SLB_A_SESSION_VIP_PORT,
			     "the address of the VIP") ||
	    slb_nl_match_end(info, m, &m->server, SLB_A_SESSION_SERVER, SLB_A_SESSION_SERVER_PORT,
			     "the address of the server") ||
	    slb_nl_match_end(info, m, &m->local, SLB_A_SESSION_LOCAL, SLB_A_SESSION_LOCAL_PORT,
			     "the local address"))
		return -EINVAL;
	slb_nl_match_state(info, m);
	return slb_nl_match_names(sn, info, m);
}

static int slb_nl_session_put_tuples(struct sk_buff *skb, const struct slb_session *s)
{
	const struct slb_tuple *in = &s->side[SLB_REQUEST].tuple;
	const struct slb_tuple *out = &s->side[SLB_REPLY].tuple;

	return nla_put_u8(skb, SLB_A_SESSION_PROTO, in->proto) ||
	       slb_nl_put_addr(skb, SLB_A_SESSION_CLIENT, &in->src, in->family) ||
	       nla_put_u16(skb, SLB_A_SESSION_CLIENT_PORT, ntohs(in->sport)) ||
	       slb_nl_put_addr(skb, SLB_A_SESSION_VIP, &in->dst, in->family) ||
	       nla_put_u16(skb, SLB_A_SESSION_VIP_PORT, ntohs(in->dport)) ||
	       slb_nl_put_addr(skb, SLB_A_SESSION_SERVER, &out->src, out->family) ||
	       nla_put_u16(skb, SLB_A_SESSION_SERVER_PORT, ntohs(out->sport)) ||
	       slb_nl_put_addr(skb, SLB_A_SESSION_LOCAL, &out->dst, out->family) ||
	       nla_put_u16(skb, SLB_A_SESSION_LOCAL_PORT, ntohs(out->dport)) ?
	       -EMSGSIZE : 0;
}

static int slb_nl_session_put_links(struct sk_buff *skb, struct slb_net *sn,
				    const struct slb_session *s)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	const struct slb_link *in = links->slot[READ_ONCE(s->ingress)], *out = links->slot[s->ret];

	return (in && nla_put_string(skb, SLB_A_SESSION_INGRESS_LINK, in->name)) ||
	       (out && nla_put_string(skb, SLB_A_SESSION_RETURN_LINK, out->name)) ? -EMSGSIZE : 0;
}

static struct slb_sum slb_nl_session_sum(const struct slb_side *side)
{
	return (struct slb_sum){ READ_ONCE(side->packets), READ_ONCE(side->bytes) };
}

/* Context: RCU. */
static int slb_nl_session_fill(struct sk_buff *skb, struct slb_net *sn, const struct slb_session *s,
			       const struct slb_nl_msg *msg)
{
	u32 idle = (u32)jiffies - READ_ONCE(s->used), timeout = slb_session_timeout(sn, s);
	void *hdr = slb_nl_put(skb, msg);

	if (!hdr)
		return -EMSGSIZE;
	if (slb_nl_session_put_tuples(skb, s) || slb_nl_session_put_links(skb, sn, s) ||
	    nla_put_string(skb, SLB_A_SESSION_GROUP, slb_nl_session_group(s)) ||
	    nla_put_u32(skb, SLB_A_SESSION_STATE, slb_session_state(s)) ||
	    nla_put_uint(skb, SLB_A_SESSION_AGE, slb_session_age(s)) ||
	    nla_put_uint(skb, SLB_A_SESSION_EXPIRES,
			 jiffies_to_msecs(timeout - min(idle, timeout))) ||
	    slb_nl_put_sum(skb, SLB_A_SESSION_IN, slb_nl_session_sum(&s->side[SLB_REQUEST])) ||
	    slb_nl_put_sum(skb, SLB_A_SESSION_OUT, slb_nl_session_sum(&s->side[SLB_REPLY])) ||
	    (slb_session_address(s) &&
	     nla_put_u8(skb, SLB_A_SESSION_CLIENT_ADDRESS, slb_session_address(s)))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int slb_nl_session_get_start(struct netlink_callback *cb)
{
	struct genl_info *info = (struct genl_info *)genl_info_dump(cb);
	struct slb_net *sn = slb_net(sock_net(cb->skb->sk));
	struct slb_nl_session_dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);
	int err;

	if (!dump)
		return -ENOMEM;
	err = slb_nl_check_attrs(info);
	if (!err)
		err = slb_nl_match_parse(sn, info, &dump->match);
	if (err) {
		kfree(dump);
		return err;
	}
	rhashtable_walk_enter(&sn->sessions, &dump->iter);
	cb->args[0] = (long)dump;
	cb->seq = SLB_NL_SEQ_WHOLE;
	return 0;
}

int slb_nl_session_get_done(struct netlink_callback *cb)
{
	struct slb_nl_session_dump *dump = (void *)cb->args[0];

	if (!dump)
		return 0;
	rhashtable_walk_exit(&dump->iter);
	kfree(dump);
	return 0;
}

/* Yield the CPU: for a long time no session may match. */
static void slb_nl_session_pause(struct slb_nl_session_dump *dump, struct netlink_callback *cb)
	__must_hold(RCU)
{
	rhashtable_walk_stop(&dump->iter);
	cond_resched();
	slb_nl_walk_resume(&dump->iter, cb);
}

int slb_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_SESSION_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	struct slb_nl_session_dump *dump = (void *)cb->args[0];
	struct slb_side *side;
	u32 seen = 0;

	slb_nl_walk_resume(&dump->iter, cb);
	side = rhashtable_walk_peek(&dump->iter);
	while (side) {
		if (IS_ERR(side))
			/* the table was resized */
			cb->seq++;
		else if (side->tuple.tag == SLB_REPLY &&
			 slb_nl_session_matches(slb_side_session(side), &dump->match) &&
			 slb_nl_session_fill(skb, sn, slb_side_session(side), &msg))
			break;
		if (++seen % 1024 == 0)
			slb_nl_session_pause(dump, cb);
		side = rhashtable_walk_next(&dump->iter);
	}
	rhashtable_walk_stop(&dump->iter);
	/* the flag may be on a message that did not fit: set it in all later ones, too */
	if (cb->seq != SLB_NL_SEQ_WHOLE)
		cb->prev_seq = SLB_NL_SEQ_WHOLE;
	return skb->len;
}

static int slb_nl_session_reply(struct genl_info *info, u32 count)
{
	struct sk_buff *skb = genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
	void *hdr;

	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, &slb_nl_family, 0, info->genlhdr->cmd);
	if (!hdr || nla_put_u32(skb, SLB_A_SESSION_COUNT, count)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* Does the filter name one session, or one of each protocol? */
static bool slb_nl_match_is_one(const struct slb_nl_match *m)
{
	return test_bit(SLB_A_SESSION_CLIENT, &m->has) &&
	       test_bit(SLB_A_SESSION_CLIENT_PORT, &m->has) &&
	       test_bit(SLB_A_SESSION_VIP, &m->has) && test_bit(SLB_A_SESSION_VIP_PORT, &m->has);
}

/*
 * End the session that the filter names, by a lookup instead of a walk. A closing session whose
 * client has opened a new one no longer has its client key, so the lookup does not find it.
 * Return: number of ended sessions.
 */
static u32 slb_nl_session_end_one(struct slb_net *sn, const struct slb_nl_match *m)
{
	struct slb_tuple t = {
		.src = m->client.addr, .sport = m->client.port,
		.dst = m->vip.addr, .dport = m->vip.port,
		.family = m->family,
	};
	struct slb_side *side;
	unsigned int i;
	u32 n = 0;

	rcu_read_lock();
	for (i = 0; (t.proto = slb_proto_at(i)); i++) {
		side = slb_session_find(sn, &t, slb_flow_hash(&t, &slb_session_key));
		if (side && slb_nl_session_matches(slb_side_session(side), m))
			n += slb_session_kill(sn, slb_side_session(side), SLB_END_FLUSHED);
	}
	rcu_read_unlock();
	return n;
}

int slb_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct slb_net *sn = slb_net(genl_info_net(info));
	struct slb_nl_match match;
	int err = slb_nl_match_parse(sn, info, &match);
	u32 n;

	if (err)
		return err;
	n = slb_nl_match_is_one(&match) ? slb_nl_session_end_one(sn, &match) :
					  slb_session_purge(sn, slb_nl_session_matches, &match);
	return slb_nl_session_reply(info, n);
}
