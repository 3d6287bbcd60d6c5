// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: settings of devices towards clients and servers. */
#include <linux/slab.h>
#include <slb/address.h>
#include <slb/xdp.h>

#include "config/device.h"
#include "net.h"
#include "netlink/nl.h"
#include "packet/xdp.h"

static struct rly_device *rly_nl_device_find(struct rly_net *rn, struct genl_info *info)
{
	struct rly_device *device;
	const char *name;

	if (slb_nl_missing(info, SLB_RELAY_A_DEVICE_DEV, "the device (dev)"))
		return ERR_PTR(-EINVAL);
	name = nla_data(info->attrs[SLB_RELAY_A_DEVICE_DEV]);
	device = rly_device_by_name(rn, name);
	if (device)
		return device;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_RELAY_A_DEVICE_DEV],
				"device %s has no settings", name);
	return ERR_PTR(-ENOENT);
}

/* The index of a device, or 0; and are its packets handled at XDP? */
static int rly_nl_device_index(struct rly_net *rn, const struct rly_device *device, bool *xdp_on)
{
	const struct net_device *dev;
	int ifindex;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(rn->net, device->name);
	ifindex = dev ? dev->ifindex : 0;
	rcu_read_unlock();
	*xdp_on = ifindex && rly_xdp_dev(&rn->xdp, ifindex);
	return ifindex;
}

static int rly_nl_device_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *obj)
{
	const struct rly_device *device = obj;
	bool xdp_on;
	int ifindex = rly_nl_device_index(rn, device, &xdp_on);

	if (!hdr || nla_put_string(skb, SLB_RELAY_A_DEVICE_DEV, device->name) ||
	    nla_put_u8(skb, SLB_RELAY_A_DEVICE_XDP, device->xdp) ||
	    (device->xdp && nla_put_u8(skb, SLB_RELAY_A_DEVICE_XDP_ON, xdp_on)) ||
	    nla_put_u32(skb, SLB_RELAY_A_DEVICE_IFINDEX, ifindex)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int rly_nl_device_xdp(struct genl_info *info, const char *name, bool *xdp)
{
	struct nlattr *attr = info->attrs[SLB_RELAY_A_DEVICE_XDP];

	if (!attr)
		return 0;
	*xdp = nla_get_u8(attr);
	return *xdp ? slb_xdp_check(genl_info_net(info), name, attr, info->extack) : 0;
}

static int rly_nl_device_add(struct rly_net *rn, struct genl_info *info)
{
	struct rly_device *device;
	char name[IFNAMSIZ];
	bool xdp = false;
	int err;

	err = slb_nl_missing(info, SLB_RELAY_A_DEVICE_DEV, "the device (dev)") ?:
	      slb_conf_dev(rn->net, info->attrs[SLB_RELAY_A_DEVICE_DEV], name, info->extack) ?:
	      rly_nl_device_xdp(info, name, &xdp);
	if (err)
		return err;
	device = rly_device_add(rn, name, xdp, info->extack);
	if (IS_ERR(device))
		return PTR_ERR(device);
	rly_nl_notify(rn, device, rly_nl_device_fill, SLB_RELAY_CMD_DEVICE_ADD_NTF);
	return 0;
}

static int rly_nl_device_set(struct rly_net *rn, struct genl_info *info)
{
	struct rly_device *device = rly_nl_device_find(rn, info);
	bool xdp;
	int err;

	if (IS_ERR(device))
		return PTR_ERR(device);
	xdp = device->xdp;
	err = slb_nl_changes(info, SLB_RELAY_A_DEVICE_XDP, SLB_RELAY_A_DEVICE_XDP) ?:
	      rly_nl_device_xdp(info, device->name, &xdp);
	if (err)
		return err;
	rly_device_set(rn, device, xdp);
	rly_nl_notify(rn, device, rly_nl_device_fill, SLB_RELAY_CMD_DEVICE_SET_NTF);
	return 0;
}

static void rly_nl_device_end(struct rly_net *rn, struct rly_device *device)
{
	rly_device_del(rn, device);
	rly_nl_notify(rn, device, rly_nl_device_fill, SLB_RELAY_CMD_DEVICE_DEL_NTF);
	kfree(device);
}

static int rly_nl_device_del(struct rly_net *rn, struct genl_info *info)
{
	struct rly_device *device = rly_nl_device_find(rn, info);

	if (IS_ERR(device))
		return PTR_ERR(device);
	rly_nl_device_end(rn, device);
	return 0;
}

static int rly_nl_device_flush(struct rly_net *rn, struct genl_info *info)
{
	struct rly_device *device;
	unsigned long n;
	int err = slb_nl_no_attrs(info);

	if (err)
		return err;
	xa_for_each(&rn->devices, n, device)
		rly_nl_device_end(rn, device);
	return 0;
}

static int rly_nl_device_get(struct rly_net *rn, struct genl_info *info)
{
	struct rly_device *device = rly_nl_device_find(rn, info);

	return IS_ERR(device) ? PTR_ERR(device) :
				rly_nl_reply(info, rn, device, rly_nl_device_fill);
}

int slb_relay_nl_device_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_device_add);
}

int slb_relay_nl_device_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_device_set);
}

int slb_relay_nl_device_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_device_del);
}

int slb_relay_nl_device_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_device_flush);
}

int slb_relay_nl_device_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return rly_nl_locked(info, rly_nl_device_get);
}

int slb_relay_nl_device_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rly_net *rn = rly_net(sock_net(skb->sk));
	struct rly_nl_dump *dump = rly_nl_dump(cb);
	struct rly_device *device;
	unsigned long n;
	int err;

	err = slb_nl_no_attrs(genl_info_dump(cb));
	if (err)
		return err;
	mutex_lock(&rn->lock);
	cb->seq = rn->seq;
	xa_for_each_start(&rn->devices, n, device, dump->next) {
		err = rly_nl_device_fill(skb, rly_nl_dump_hdr(skb, cb, SLB_RELAY_CMD_DEVICE_GET),
					 rn, device);
		if (err)
			break;
		dump->next = n + 1;
	}
	mutex_unlock(&rn->lock);
	return rly_nl_dump_end(skb, err);
}
