// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: a drop reason, with its count and the last packet. Both families number it alike. */
#include <linux/slb.h>
#include <linux/slb_relay.h>
#include <net/genetlink.h>
#include <slb/flow.h>
#include <slb/nl_drop.h>
#include <slb/probe_vips.h>

static_assert((int)SLB_A_DROP_ID == (int)SLB_RELAY_A_DROP_ID &&
	      (int)SLB_A_DROP_SKB_REASON == (int)SLB_RELAY_A_DROP_SKB_REASON &&
	      (int)SLB_A_DROP_SINCE == (int)SLB_RELAY_A_DROP_SINCE &&
	      (int)SLB_A_DROP_PORT == (int)SLB_RELAY_A_DROP_PORT);
static_assert((int)SLB_A_VIP_DROP_PROTO == (int)SLB_RELAY_A_VIP_DROP_PROTO &&
	      (int)SLB_A_VIP_DROP_PACKETS == (int)SLB_RELAY_A_VIP_DROP_PACKETS);

static int slb_nl_drop_put_dev(struct sk_buff *skb, struct net *net, int ifindex)
{
	const struct net_device *dev;
	int err = 0;

	rcu_read_lock();
	dev = ifindex ? dev_get_by_index_rcu(net, ifindex) : NULL;
	if (dev)
		err = nla_put_string(skb, SLB_A_DROP_DEV, dev->name);
	rcu_read_unlock();
	return err;
}

static int slb_nl_drop_put_last(struct sk_buff *skb, struct net *net,
				const struct slb_drop_last *last)
{
	unsigned int len = last->family == NFPROTO_IPV4 ? sizeof(last->addr.in) :
							  sizeof(last->addr.in6);

	if (nla_put_uint(skb, SLB_A_DROP_SINCE, jiffies64_to_msecs(jiffies - last->when)) ||
	    slb_nl_drop_put_dev(skb, net, last->ifindex))
		return -EMSGSIZE;
	if (!last->family)
		return 0;
	return nla_put_u8(skb, SLB_A_DROP_PROTO, last->proto) ||
	       nla_put(skb, SLB_A_DROP_SOURCE, len, &last->source) ||
	       nla_put(skb, SLB_A_DROP_ADDR, len, &last->addr) ||
	       (last->port && nla_put_u16(skb, SLB_A_DROP_PORT, last->port)) ? -EMSGSIZE : 0;
}

/**
 * slb_nl_drop_put() - put a drop reason
 * @skb: message
 * @net: namespace
 * @drops: its counters
 * @why: the reason, not SLB_OK
 *
 * Return: 0 or -EMSGSIZE.
 */
int slb_nl_drop_put(struct sk_buff *skb, struct net *net, struct slb_drops __percpu *drops,
		    enum slb_drop why)
{
	char word[SLB_DROP_WORD_SIZE];
	struct slb_drop_last last;

	slb_drop_word(word, slb_drop_name(why));
	if (nla_put_u32(skb, SLB_A_DROP_ID, why) || nla_put_string(skb, SLB_A_DROP_NAME, word) ||
	    nla_put_string(skb, SLB_A_DROP_TEXT, slb_drop_text(why)) ||
	    nla_put_string(skb, SLB_A_DROP_SKB_REASON, slb_drop_skb_name(why)) ||
	    nla_put_uint(skb, SLB_A_DROP_PACKETS, slb_drop_count(drops, why)))
		return -EMSGSIZE;
	slb_drop_last(drops, why, &last);
	return last.when ? slb_nl_drop_put_last(skb, net, &last) : 0;
}

/**
 * slb_nl_vip_drop_put() - put the number of packets of a VIP that were dropped for a reason
 * @skb: message
 * @vip: the VIP; all ports if its first port is 0
 * @why: the reason, not SLB_OK
 * @packets: their number
 *
 * Return: 0 or -EMSGSIZE.
 */
int slb_nl_vip_drop_put(struct sk_buff *skb, const struct slb_probe_vip *vip, enum slb_drop why,
			u64 packets)
{
	char word[SLB_DROP_WORD_SIZE];

	slb_drop_word(word, slb_drop_name(why));
	return nla_put_u8(skb, SLB_A_VIP_DROP_PROTO, vip->proto) ||
	       nla_put(skb, SLB_A_VIP_DROP_ADDR, slb_addr_len(vip->family), &vip->addr) ||
	       (vip->first && (nla_put_u16(skb, SLB_A_VIP_DROP_PORT_FIRST, vip->first) ||
			       nla_put_u16(skb, SLB_A_VIP_DROP_PORT_LAST, vip->last))) ||
	       nla_put_string(skb, SLB_A_VIP_DROP_NAME, word) ||
	       nla_put_uint(skb, SLB_A_VIP_DROP_PACKETS, packets) ? -EMSGSIZE : 0;
}
