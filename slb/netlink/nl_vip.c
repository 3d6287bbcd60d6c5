// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: VIPs. */
#include <slb/address.h>
#include <slb/host.h>
#include <slb/nl_drop.h>
#include <slb/parse.h>
#include <slb/probe_vips.h>
#include <slb/vip_drops.h>

#include "config/group.h"
#include "config/link.h"
#include "config/notify.h"
#include "config/vip.h"
#include "netlink/nl.h"
#include "state/client_address.h"

static int slb_nl_vip_fill_ports(struct sk_buff *skb, const struct slb_vip *vip)
{
	if (!vip->claim.range.first)
		return 0;	/* all ports */
	if (nla_put_u16(skb, SLB_A_VIP_PORT_FIRST, vip->claim.range.first))
		return -EMSGSIZE;
	return nla_put_u16(skb, SLB_A_VIP_PORT_LAST, vip->claim.range.last);
}

/* Attributes of timeouts, by enum slb_session_state. */
static const int slb_nl_vip_timeouts[] = {
	[SLB_SESSION_STATE_TCP_SYN] = SLB_A_VIP_TCP_SYN_TIMEOUT,
	[SLB_SESSION_STATE_TCP_SYN_ACK] = SLB_A_VIP_TCP_SYN_TIMEOUT,
	[SLB_SESSION_STATE_TCP_ESTABLISHED] = SLB_A_VIP_TCP_ESTABLISHED_TIMEOUT,
	[SLB_SESSION_STATE_TCP_FIN] = SLB_A_VIP_TCP_FIN_TIMEOUT,
	[SLB_SESSION_STATE_TCP_TIME_WAIT] = SLB_A_VIP_TCP_TIME_WAIT_TIMEOUT,
	[SLB_SESSION_STATE_TCP_CLOSE] = SLB_A_VIP_TCP_CLOSE_TIMEOUT,
	[SLB_SESSION_STATE_UDP_NEW] = SLB_A_VIP_UDP_NEW_TIMEOUT,
	[SLB_SESSION_STATE_UDP] = SLB_A_VIP_UDP_TIMEOUT,
	[SLB_SESSION_STATE_SCTP_INIT] = SLB_A_VIP_SCTP_INIT_TIMEOUT,
	[SLB_SESSION_STATE_SCTP_ESTABLISHED] = SLB_A_VIP_SCTP_ESTABLISHED_TIMEOUT,
	[SLB_SESSION_STATE_SCTP_SHUTDOWN] = SLB_A_VIP_SCTP_SHUTDOWN_TIMEOUT,
};

/* What of its policy differs from the defaults. */
static int slb_nl_vip_put_policy(struct sk_buff *skb, const struct slb_policy_conf *conf)
{
	unsigned int i;

	if ((conf->session_limit &&
	     nla_put_u32(skb, SLB_A_VIP_SESSION_LIMIT, conf->session_limit)) ||
	    (conf->client_limit &&
	     nla_put_u32(skb, SLB_A_VIP_CLIENT_LIMIT, conf->client_limit)) ||
	    (conf->rate_limit && nla_put_u32(skb, SLB_A_VIP_RATE_LIMIT, conf->rate_limit)) ||
	    (conf->refuse && nla_put_u8(skb, SLB_A_VIP_REFUSE, conf->refuse)))
		return -EMSGSIZE;
	if (conf->mark_mask && (nla_put_u32(skb, SLB_A_VIP_MARK, conf->mark) ||
				nla_put_u32(skb, SLB_A_VIP_MARK_MASK, conf->mark_mask)))
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(slb_nl_vip_timeouts); i++)
		if (conf->timeout[i] && i != SLB_SESSION_STATE_TCP_SYN_ACK &&
		    nla_put_u32(skb, slb_nl_vip_timeouts[i], conf->timeout[i]))
			return -EMSGSIZE;
	return 0;
}

static int slb_nl_vip_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			   const struct slb_nl_msg *msg)
{
	const struct slb_vip *vip = obj;
	const struct slb_vaddr_key *key = &vip->vaddr->key;
	const struct slb_policy *policy = slb_dereference(sn, vip->policy);
	void *hdr = slb_nl_put(skb, msg);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u8(skb, SLB_A_VIP_PROTO, vip->claim.proto) ||
	    slb_nl_put_addr(skb, SLB_A_VIP_ADDR, &key->addr, key->family) ||
	    slb_nl_vip_fill_ports(skb, vip) ||
	    nla_put_string(skb, SLB_A_VIP_GROUP, slb_dereference(sn, vip->group)->name->text) ||
	    (vip->client_address != SLB_VIP_CLIENT_ADDRESS_GROUP &&
	     nla_put_u8(skb, SLB_A_VIP_CLIENT_ADDRESS, vip->client_address)) ||
	    (policy && slb_nl_vip_put_policy(skb, &policy->conf)) ||
	    nla_put_uint(skb, SLB_A_VIP_SESSIONS, slb_traffic_sessions(vip->stats)) ||
	    nla_put_uint(skb, SLB_A_VIP_SESSIONS_TOTAL, slb_traffic_total(vip->stats)) ||
	    slb_nl_put_sum(skb, SLB_A_VIP_IN, slb_traffic_read(vip->stats, false, SLB_REQUEST)) ||
	    slb_nl_put_sum(skb, SLB_A_VIP_OUT, slb_traffic_read(vip->stats, false, SLB_REPLY))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * slb_notify_vip_del() - send an event: a VIP was deleted
 * @sn: namespace
 * @vip: the VIP
 */
void slb_notify_vip_del(struct slb_net *sn, const struct slb_vip *vip)
{
	slb_nl_notify(sn, vip, slb_nl_vip_fill, SLB_CMD_VIP_DEL_NTF);
}

/* The attributes that identify a VIP. */
struct slb_nl_vip_key {
	union nf_inet_addr addr;
	u8 family;
	u8 proto;
	u16 first;
	u16 last;
};

static int slb_nl_vip_ports(struct genl_info *info, struct slb_nl_vip_key *key)
{
	struct nlattr *first = info->attrs[SLB_A_VIP_PORT_FIRST];
	struct nlattr *last = info->attrs[SLB_A_VIP_PORT_LAST];

	if (!first && !last) {
		key->first = 0;
		key->last = U16_MAX;
		return 0;
	}
	if (!first) {
		NL_SET_ERR_MSG_ATTR(info->extack, last, "the last port is given without the first");
		return -EINVAL;
	}
	key->first = nla_get_u16(first);
	key->last = last ? nla_get_u16(last) : key->first;
	if (!key->first || key->last < key->first) {
		NL_SET_ERR_MSG_ATTR(info->extack, first,
				    "ports must be 1 to 65535 in ascending order; omit them for all ports");
		return -EINVAL;
	}
	return 0;
}

static int slb_nl_vip_key(struct genl_info *info, struct slb_nl_vip_key *key)
{
	struct nlattr *proto = info->attrs[SLB_A_VIP_PROTO];
	const char *what = "the address of the VIP";
	int err;

	if (slb_nl_missing(info, SLB_A_VIP_PROTO, "the protocol"))
		return -EINVAL;
	key->proto = nla_get_u8(proto);
	if (key->proto && !slb_proto_known(key->proto)) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, proto,
					"invalid protocol %u (valid: tcp, udp, sctp, any (0))",
					key->proto);
		return -EINVAL;
	}
	err = slb_nl_addr(info, SLB_A_VIP_ADDR, what, &key->addr, &key->family) ?:
	      slb_conf_addr(info->attrs[SLB_A_VIP_ADDR], &key->addr, key->family, what,
			    info->extack);
	return err ?: slb_nl_vip_ports(info, key);
}

static struct slb_vip *slb_nl_vip_find(struct slb_net *sn, struct genl_info *info)
{
	struct slb_nl_vip_key key;
	struct slb_vip *vip;
	int err = slb_nl_vip_key(info, &key);

	if (err)
		return ERR_PTR(err);
	vip = slb_vip_exact(sn, &key.addr, key.family, key.proto, key.first, key.last);
	if (vip)
		return vip;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[SLB_A_VIP_ADDR],
			    "a VIP with this protocol, address and ports does not exist");
	return ERR_PTR(-ENOENT);
}

/* Does a link use the address? */
static int slb_nl_vip_conflict(struct slb_net *sn, struct genl_info *info,
			       const struct slb_nl_vip_key *key)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++) {
		const struct slb_link *link = links->slot[i];

		if (link && slb_link_owns(link, &key->addr, key->family)) {
			NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_A_VIP_ADDR],
						"the address is a local address of link %s",
						link->name);
			return -EEXIST;
		}
		if (link && slb_link_leads_to(link, &key->addr, key->family)) {
			NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_A_VIP_ADDR],
						"the address is the next hop (via) of link %s",
						link->name);
			return -EEXIST;
		}
	}
	return 0;
}

/* Read the firewall mark. Without a mask it replaces all bits, or none if it is 0. */
static int slb_nl_vip_parse_mark(struct genl_info *info, struct slb_policy_conf *conf)
{
	struct nlattr *mark = info->attrs[SLB_A_VIP_MARK];
	struct nlattr *mask = info->attrs[SLB_A_VIP_MARK_MASK];

	if (!mark && !mask)
		return 0;
	if (!mark) {
		NL_SET_ERR_MSG_ATTR(info->extack, mask, "mark-mask is given without mark");
		return -EINVAL;
	}
	conf->mark = nla_get_u32(mark);
	conf->mark_mask = mask ? nla_get_u32(mask) : conf->mark ? U32_MAX : 0;
	if (conf->mark & ~conf->mark_mask) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, mark,
					"mark 0x%x has bits outside of its mask 0x%x", conf->mark,
					conf->mark_mask);
		return -EINVAL;
	}
	return 0;
}

/* Read what the request says of a VIP, and check that it fits the protocol. */
static int slb_nl_vip_parse(struct genl_info *info, u8 proto, const struct slb_group *group,
			    struct slb_vip_conf *conf)
{
	struct nlattr **attrs = info->attrs, *address = attrs[SLB_A_VIP_CLIENT_ADDRESS];
	int err = slb_nl_vip_parse_mark(info, &conf->policy);
	unsigned int i;

	if (err)
		return err;

	if (address)
		conf->client_address = nla_get_u8(address);
	if (attrs[SLB_A_VIP_SESSION_LIMIT])
		conf->policy.session_limit = nla_get_u32(attrs[SLB_A_VIP_SESSION_LIMIT]);
	if (attrs[SLB_A_VIP_CLIENT_LIMIT])
		conf->policy.client_limit = nla_get_u32(attrs[SLB_A_VIP_CLIENT_LIMIT]);
	if (attrs[SLB_A_VIP_RATE_LIMIT])
		conf->policy.rate_limit = nla_get_u32(attrs[SLB_A_VIP_RATE_LIMIT]);
	if (attrs[SLB_A_VIP_REFUSE])
		conf->policy.refuse = nla_get_u8(attrs[SLB_A_VIP_REFUSE]);
	for (i = 0; i < ARRAY_SIZE(slb_nl_vip_timeouts); i++)
		if (attrs[slb_nl_vip_timeouts[i]])
			conf->policy.timeout[i] = nla_get_u32(attrs[slb_nl_vip_timeouts[i]]);
	return slb_nl_address_fits(info, address ? SLB_A_VIP_CLIENT_ADDRESS : SLB_A_VIP_GROUP,
				   slb_client_address_of(conf->client_address, group), proto);
}

static int slb_nl_vip_add(struct slb_net *sn, struct genl_info *info)
{
	struct slb_vip_conf conf = { .client_address = SLB_VIP_CLIENT_ADDRESS_GROUP };
	struct slb_nl_vip_key key;
	struct slb_group *group;
	int err = slb_nl_vip_key(info, &key);

	if (err)
		return err;
	group = slb_nl_group_find(sn, info, SLB_A_VIP_GROUP);
	if (IS_ERR(group))
		return PTR_ERR(group);
	err = slb_nl_vip_parse(info, key.proto, group, &conf) ?:
	      slb_nl_vip_conflict(sn, info, &key);
	if (err)
		return err;
	err = slb_vip_add(sn, &key.addr, key.family, key.proto, key.first, key.last, group, &conf,
			  info->extack);
	if (err)
		return err;
	slb_nl_notify(sn, slb_vip_exact(sn, &key.addr, key.family, key.proto, key.first, key.last),
		      slb_nl_vip_fill, SLB_CMD_VIP_ADD_NTF);
	slb_host_own_addr(sn->net, &key.addr, key.family, info->extack);
	return 0;
}

static int slb_nl_vip_set(struct slb_net *sn, struct genl_info *info)
{
	struct slb_vip *vip = slb_nl_vip_find(sn, info);
	struct slb_vip_conf conf;
	struct slb_group *group;
	int err;

	if (IS_ERR(vip))
		return PTR_ERR(vip);
	err = slb_nl_changes(info, SLB_A_VIP_GROUP, SLB_A_VIP_MARK_MASK);
	if (err)
		return err;
	group = info->attrs[SLB_A_VIP_GROUP] ? slb_nl_group_find(sn, info, SLB_A_VIP_GROUP) :
					       slb_dereference(sn, vip->group);
	if (IS_ERR(group))
		return PTR_ERR(group);
	conf = slb_vip_conf(sn, vip);
	err = slb_nl_vip_parse(info, vip->claim.proto, group, &conf);
	if (!err)
		err = slb_vip_set(sn, vip, group, &conf);
	if (err)
		return err;
	slb_nl_notify(sn, vip, slb_nl_vip_fill, SLB_CMD_VIP_SET_NTF);
	return 0;
}

static int slb_nl_vip_del(struct slb_net *sn, struct genl_info *info, u32 *ended)
{
	struct slb_vip *vip = slb_nl_vip_find(sn, info);

	if (IS_ERR(vip))
		return PTR_ERR(vip);
	*ended = slb_traffic_sessions(vip->stats);
	return slb_vip_del(sn, vip);
}

static int slb_nl_vip_flush(struct slb_net *sn, struct genl_info *info, u32 *ended)
{
	int err = slb_nl_no_attrs(info);
	struct slb_vip *vip;
	unsigned long id;

	if (err)
		return err;
	xa_for_each(&sn->vips, id, vip) {
		*ended += slb_traffic_sessions(vip->stats);
	}
	slb_vip_flush(sn, true);
	return 0;
}

static int slb_nl_vip_get(struct slb_net *sn, struct genl_info *info)
{
	struct slb_vip *vip = slb_nl_vip_find(sn, info);

	return IS_ERR(vip) ? PTR_ERR(vip) : slb_nl_reply(info, sn, vip, slb_nl_vip_fill);
}

int slb_nl_vip_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_vip_add);
}

int slb_nl_vip_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_vip_set);
}

int slb_nl_vip_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_end(info, SLB_A_VIP_SESSIONS_ENDED, slb_nl_vip_del);
}

int slb_nl_vip_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_end(info, SLB_A_VIP_SESSIONS_ENDED, slb_nl_vip_flush);
}

int slb_nl_vip_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_vip_get);
}

int slb_nl_vip_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_VIP_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	struct slb_vip *vip;
	unsigned long id;
	int err = slb_nl_no_attrs(genl_info_dump(cb));

	if (err)
		return err;
	mutex_lock(&sn->lock);
	cb->seq = sn->txns.generation;
	xa_for_each_start(&sn->vips, id, vip, cb->args[0]) {
		if (slb_nl_vip_fill(skb, sn, vip, &msg))
			break;
		cb->args[0] = id + 1;
	}
	mutex_unlock(&sn->lock);
	return skb->len;
}

/*
 * Put the reasons that have dropped packets of a VIP, from @next on. Without room, @next is the
 * first one that is missing.
 */
static int slb_nl_vip_drops_fill(struct sk_buff *skb, const struct slb_vip *vip,
				 const struct slb_nl_msg *msg, long *next)
{
	const struct slb_vip_drops *drops = READ_ONCE(vip->drops);
	const struct slb_probe_vip id = slb_vip_id(vip);
	void *hdr;
	u64 n;

	for (*next = *next ?: SLB_OK + 1; *next < SLB_DROP_MAX; ++*next) {
		n = slb_vip_drops_count(drops, *next);
		if (!n)
			continue;
		hdr = slb_nl_put(skb, msg);
		if (!hdr)
			return -EMSGSIZE;
		if (slb_nl_vip_drop_put(skb, &id, *next, n)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
	}
	return 0;
}

int slb_nl_vip_drop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_VIP_DROP_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	struct slb_vip *vip;
	unsigned long id;
	int err = slb_nl_no_attrs(genl_info_dump(cb));

	if (err)
		return err;
	mutex_lock(&sn->lock);
	cb->seq = sn->txns.generation;
	xa_for_each_start(&sn->vips, id, vip, cb->args[0]) {
		if (id != cb->args[0])
			cb->args[1] = 0;
		cb->args[0] = id;
		if (slb_nl_vip_drops_fill(skb, vip, &msg, &cb->args[1]))
			break;
		cb->args[0] = id + 1;
		cb->args[1] = 0;
	}
	mutex_unlock(&sn->lock);
	return skb->len;
}
