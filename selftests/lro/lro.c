// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test module: packets that a device receives look as if its driver had merged them by LRO.
 *
 * insmod lro.ko devices=NAME[,NAME], in their namespace. They must not be deleted before the module
 * is removed. Packets of more than 500 bytes get the size of a segment without a type of
 * GSO, and their end lies in a page, as with drivers that merge. No other means does this: packets
 * of tun, packet sockets and BPF programs always have a type.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

/* In bytes: shorter packets stay what they are, and of longer ones, so much lies in a page. */
#define LRO_MIN 500
#define LRO_IN_PAGE 100

static char *devices[2];
static int count;
module_param_array(devices, charp, &count, 0);
MODULE_PARM_DESC(devices, "names of the devices");

static struct net *lro_net;

static unsigned int lro_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct page *page;

	if (skb->len < LRO_MIN || skb_is_gso(skb) || skb_linearize_cow(skb))
		return NF_ACCEPT;
	/* as received: its memory is not the sender's */
	skb_orphan(skb);
	page = alloc_page(GFP_ATOMIC);
	if (!page)
		return NF_ACCEPT;
	memcpy(page_address(page), skb_tail_pointer(skb) - LRO_IN_PAGE, LRO_IN_PAGE);
	skb_trim(skb, skb->len - LRO_IN_PAGE);
	skb_add_rx_frag(skb, 0, page, 0, LRO_IN_PAGE, PAGE_SIZE);
	skb_shinfo(skb)->gso_size = skb->len / 2;
	skb_shinfo(skb)->gso_segs = 2;
	return NF_ACCEPT;
}

#define LRO_OPS { \
	.hook		= lro_hook, \
	.pf		= NFPROTO_NETDEV, \
	.hooknum	= NF_NETDEV_INGRESS, \
	/* before the fast path */ \
	.priority	= INT_MIN, \
}

static struct nf_hook_ops lro_ops[] = { LRO_OPS, LRO_OPS };

static int lro_find_devices(void)
{
	int i;

	for (i = 0; i < count; i++) {
		lro_ops[i].dev = __dev_get_by_name(lro_net, devices[i]);
		if (!lro_ops[i].dev)
			return -ENODEV;
	}
	return 0;
}

static int __init lro_init(void)
{
	int err;

	lro_net = get_net(current->nsproxy->net_ns);
	rtnl_lock();
	err = lro_find_devices();
	if (!err)
		err = nf_register_net_hooks(lro_net, lro_ops, count);
	rtnl_unlock();
	if (err)
		put_net(lro_net);
	return err;
}

static void __exit lro_exit(void)
{
	nf_unregister_net_hooks(lro_net, lro_ops, count);
	put_net(lro_net);
}

module_init(lro_init);
module_exit(lro_exit);
MODULE_DESCRIPTION("Test module: packets as merged by LRO");
MODULE_LICENSE("GPL");
