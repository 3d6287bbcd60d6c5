// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: VIPs. */
#include <slb/address.h>
#include <slb/host.h>
#include <slb/nl_drop.h>
#include <slb/parse.h>
#include <slb/probe_vips.h>
#include <slb/vip_drops.h>

#include "config/usable.h"
#include "config/vip.h"
#include "net.h"
#include "netlink/nl.h"

static int rly_nl_vip_proto(struct genl_info *info, struct rly_vip_id *id)
{
	if (slb_nl_missing(info, SLB_RELAY_A_VIP_PROTO, "the protocol"))
		return -EINVAL;
	id->proto = nla_get_u8(info->attrs[SLB_RELAY_A_VIP_PROTO]);
	if (!id->proto || slb_proto_known(id->proto))
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_RELAY_A_VIP_PROTO],
				"invalid protocol %u (valid: tcp, udp, sctp, any (0))",
				id->proto);
	return -EINVAL;
}

static int rly_nl_vip_addr(struct genl_info *info, struct rly_vip_id *id)
{
	const char *what = "the address of the VIP";

	return slb_nl_addr(info, SLB_RELAY_A_VIP_ADDR, what, &id->addr, &id->family) ?:
	       slb_conf_addr(info->attrs[SLB_RELAY_A_VIP_ADDR], &id->addr, id->family, what,
			     info->extack);
}

static int rly_nl_vip_ports(struct genl_info *info, struct rly_vip_id *id)
{
	struct nlattr *first = info->attrs[SLB_RELAY_A_VIP_PORT_FIRST];
	struct nlattr *last = info->attrs[SLB_RELAY_A_VIP_PORT_LAST];

	if (!first && !last) {
		id->first = 0;
		id->last = U16_MAX;
		return 0;
	}
	if (!first) {
		NL_SET_ERR_MSG_ATTR(info->extack, last,
				    "the last port is given without the first");
		return -EINVAL;
	}
	id->first = nla_get_u16(first);
	id->last = last ? nla_get_u16(last) : id->first;
	if (!id->first) {
		NL_SET_ERR_MSG_ATTR(info->extack, first,
				    "invalid port 0 (valid: 1 to 65535; omit the ports for all)");
		return -EINVAL;
	}
	if (id->last < id->first) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, last,
					"the last port, %u, is below the first, %u", id->last,
					id->first);
		return -EINVAL;
	}
	return 0;
}

static int rly_nl_vip_id(struct genl_info *info, struct rly_vip_id *id)
{
	memset(id, 0, sizeof(*id));
	return rly_nl_vip_proto(info, id) ?: rly_nl_vip_addr(info, id) ?:
	       rly_nl_vip_ports(info, id);
}

static struct rly_vip *rly_nl_vip_find(struct rly_net *rn, struct genl_info *info)
{
	char text[RLY_VIP_TEXT];
	struct rly_vip_id id;
	struct rly_vip *vip;
	int err = rly_nl_vip_id(info, &id);

	if (err)
		return ERR_PTR(err);
	vip = rly_vip_by_id(rn, &id);
	if (vip)
		return vip;
	NL_SET_ERR_MSG_FMT(info->extack, "VIP %s does not exist", rly_vip_print(text, &id));
	return ERR_PTR(-ENOENT);
}

/* For how long have clients had no answer? */
static int rly_nl_vip_put_asked(struct sk_buff *skb, const struct rly_vip_asked *asked)
{
	unsigned long first = READ_ONCE(asked->first), last = READ_ONCE(asked->last);

	if (!READ_ONCE(asked->waiting))
		return 0;
	return nla_put_uint(skb, SLB_RELAY_A_VIP_NO_ANSWER, jiffies_to_msecs(last - first)) ?:
	       nla_put_uint(skb, SLB_RELAY_A_VIP_NO_ANSWER_SINCE,
			    jiffies64_to_msecs(jiffies - last));
}

static int rly_nl_vip_put_usable(struct sk_buff *skb, const struct rly_vip *vip)
{
	const char *why = rly_usable_text(vip);

	return nla_put_u8(skb, SLB_RELAY_A_VIP_USABLE, !why) ?:
	       why ? nla_put_string(skb, SLB_RELAY_A_VIP_WHY, why) : 0;
}

static int rly_nl_vip_put(struct sk_buff *skb, const struct rly_vip *vip)
{
	const struct rly_vip_id *id = &vip->id;

	if (nla_put_u8(skb, SLB_RELAY_A_VIP_PROTO, id->proto) ||
	    nla_put(skb, SLB_RELAY_A_VIP_ADDR, slb_addr_len(id->family), &id->addr) ||
	    (id->first && nla_put_u16(skb, SLB_RELAY_A_VIP_PORT_FIRST, id->first)) ||
	    (id->first != id->last && id->first &&
	     nla_put_u16(skb, SLB_RELAY_A_VIP_PORT_LAST, id->last)))
		return -EMSGSIZE;
	return rly_nl_put_traffic(skb, SLB_RELAY_A_VIP_IN, vip->stats, RLY_VIP_IN) ?:
	       rly_nl_put_traffic(skb, SLB_RELAY_A_VIP_OUT, vip->stats, RLY_VIP_OUT) ?:
	       rly_nl_vip_put_asked(skb, &vip->asked) ?:
	       rly_nl_vip_put_usable(skb, vip);
}

static int rly_nl_vip_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *vip)
{
	if (!hdr || rly_nl_vip_put(skb, vip)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * rly_notify_vip() - send an event: a VIP was added or deleted, or has become usable or unusable
 * @rn: namespace; its lock is held
 * @vip: the VIP
 * @what: what happened
 */
void rly_notify_vip(struct rly_net *rn, const struct rly_vip *vip, enum rly_event what)
{
	static const u8 cmd[] = {
		[RLY_ADDED] = SLB_RELAY_CMD_VIP_ADD_NTF,
		[RLY_CHANGED] = SLB_RELAY_CMD_VIP_SET_NTF,
		[RLY_DELETED] = SLB_RELAY_CMD_VIP_DEL_NTF,
	};

	rly_nl_notify(rn, vip, rly_nl_vip_fill, cmd[what]);
}

static int rly_nl_vip_add(struct rly_net *rn, struct genl_info *info)
{
	struct rly_vip_id id;
	struct rly_vip *vip;
	int err = rly_nl_vip_id(info, &id);

	if (err)
		return err;
	vip = rly_vip_add(rn, &id, info->extack);
	if (IS_ERR(vip))
		return PTR_ERR(vip);
	rly_notify_vip(rn, vip, RLY_ADDED);
	slb_host_own_addr(rn->net, &id.addr, id.family, info->extack);
	return 0;
}

static int rly_nl_vip_del(struct rly_net *rn, struct genl_info *info)
{
	struct rly_vip *vip = rly_nl_vip_find(rn, info);
	int err = IS_ERR(vip) ? PTR_ERR(vip) : rly_vip_make_dead(rn, vip);

	if (err)
		return err;
	rly_notify_vip(rn, vip, RLY_DELETED);
	rly_vip_free(vip);
	return 0;
}

static int rly_nl_vip_flush(struct rly_net *rn, struct genl_info *info)
{
	struct rly_vip *vip;
	unsigned long n;
	int err = slb_nl_no_attrs(info);

	if (err)
		return err;
	xa_for_each(&rn->vips, n, vip)
		rly_notify_vip(rn, vip, RLY_DELETED);
	rly_vip_flush(rn);
	return 0;
}

static int rly_nl_vip_get(struct rly_net *rn, struct genl_info *info)
{
	struct rly_vip *vip = rly_nl_vip_find(rn, info);

	return IS_ERR(vip) ? PTR_ERR(vip) : rly_nl_reply(info, rn, vip, rly_nl_vip_fill);
}

int slb_relay_nl_vip_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_vip_add);
}

int slb_relay_nl_vip_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_vip_del);
}

int slb_relay_nl_vip_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_vip_flush);
}

int slb_relay_nl_vip_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_vip_get);
}

int slb_relay_nl_vip_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rly_net *rn = rly_net(sock_net(skb->sk));
	struct rly_nl_dump *dump = rly_nl_dump(cb);
	struct rly_vip *vip;
	unsigned long n;
	int err;

	err = slb_nl_no_attrs(genl_info_dump(cb));
	if (err)
		return err;
	mutex_lock(&rn->lock);
	cb->seq = rn->seq;
	xa_for_each_start(&rn->vips, n, vip, dump->next) {
		err = rly_nl_vip_fill(skb, rly_nl_dump_hdr(skb, cb, SLB_RELAY_CMD_VIP_GET), rn,
				      vip);
		if (err)
			break;
		dump->next = n + 1;
	}
	mutex_unlock(&rn->lock);
	return rly_nl_dump_end(skb, err);
}

/* Put the reasons that have dropped packets of a VIP, from @dump->part on. */
static int rly_nl_vip_drops_fill(struct sk_buff *skb, struct netlink_callback *cb,
				 const struct rly_vip *vip, struct rly_nl_dump *dump)
{
	const struct slb_vip_drops *drops = READ_ONCE(vip->drops);
	const struct slb_probe_vip id = rly_vip_digested(&vip->id);
	void *hdr;
	u64 n;

	for (dump->part = dump->part ?: SLB_OK + 1; dump->part < SLB_DROP_MAX; dump->part++) {
		n = slb_vip_drops_count(drops, dump->part);
		if (!n)
			continue;
		hdr = rly_nl_dump_hdr(skb, cb, SLB_RELAY_CMD_VIP_DROP_GET);
		if (!hdr)
			return -EMSGSIZE;
		if (slb_nl_vip_drop_put(skb, &id, dump->part, n)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
	}
	return 0;
}

int slb_relay_nl_vip_drop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rly_net *rn = rly_net(sock_net(skb->sk));
	struct rly_nl_dump *dump = rly_nl_dump(cb);
	struct rly_vip *vip;
	unsigned long n;
	int err;

	err = slb_nl_no_attrs(genl_info_dump(cb));
	if (err)
		return err;
	mutex_lock(&rn->lock);
	cb->seq = rn->seq;
	xa_for_each_start(&rn->vips, n, vip, dump->next) {
		if (n != dump->next)
			dump->part = 0;
		dump->next = n;
		err = rly_nl_vip_drops_fill(skb, cb, vip, dump);
		if (err)
			break;
		dump->next = n + 1;
		dump->part = 0;
	}
	mutex_unlock(&rn->lock);
	return rly_nl_dump_end(skb, err);
}
