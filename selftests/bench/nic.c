// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test module: a network device as a good driver makes it, but without hardware.
 *
 * It is added by "ip link add DEV type nic". Received packets lie in pages of a page pool, one
 * page each, and come to NAPI in polls of 64. XDP is native. Without a program, or when it passes a
 * packet, the page becomes an skb, which goes through GRO. Sent packets are counted, and freed 32
 * at once, as a driver frees them when the card says that they are out. There are no descriptors,
 * no DMA and no interrupts.
 *
 * inject.ko makes the packets: nic_receive() runs the polls.
 */
#include <linux/bpf.h>
#include <linux/bpf_trace.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/page_pool/helpers.h>
#include <net/rtnetlink.h>
#include <net/xdp.h>

#include "nic.h"

/* Half of what NAPI keeps of freed skbs: so none goes back to the slab, at random cost. */
#define NIC_SENT 32

/**
 * struct nic - a device
 * @dev: the device
 * @napi: its receive queue
 * @pool: pages for received packets
 * @rxq: for XDP
 * @prog: the program, or NULL
 * @feed: packets that are to be received, or NULL
 * @left: how many of them
 * @skb: sent packets that are not freed yet
 * @skbs: number of @skb
 * @frame: the same at XDP
 * @frames: number of @frame
 */
struct nic {
	struct net_device *dev;
	struct napi_struct napi;
	struct page_pool *pool;
	struct xdp_rxq_info rxq;
	struct bpf_prog __rcu *prog;
	struct nic_feed *feed;
	u32 left;
	struct sk_buff *skb[NIC_SENT];
	unsigned int skbs;
	struct xdp_frame *frame[NIC_SENT];
	unsigned int frames;
};

/* ---- sending */

/* Who captures packets of the device sees also those that are no skb. */
static void nic_show(struct nic *nic, const struct xdp_frame *frame)
{
	struct sk_buff *skb = netdev_alloc_skb(nic->dev, frame->len);

	if (!skb)
		return;
	skb_put_data(skb, frame->data, frame->len);
	skb_reset_mac_header(skb);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_set_network_header(skb, ETH_HLEN);
	dev_queue_xmit_nit(skb, nic->dev);
	consume_skb(skb);
}

static void nic_free_frames(struct nic *nic)
{
	struct xdp_frame_bulk bulk;
	unsigned int i;

	xdp_frame_bulk_init(&bulk);
	rcu_read_lock();
	for (i = 0; i < nic->frames; i++)
		xdp_return_frame_bulk(nic->frame[i], &bulk);
	xdp_flush_frame_bulk(&bulk);
	rcu_read_unlock();
	nic->frames = 0;
}

static void nic_free_skbs(struct nic *nic, int budget)
{
	unsigned int i;

	for (i = 0; i < nic->skbs; i++)
		napi_consume_skb(nic->skb[i], budget);
	nic->skbs = 0;
}

static void nic_send_frame(struct nic *nic, struct xdp_frame *frame)
{
	if (nic->frames == NIC_SENT)
		nic_free_frames(nic);
	nic->dev->stats.tx_packets++;
	nic->dev->stats.tx_bytes += frame->len;
	nic->frame[nic->frames++] = frame;
}

static int nic_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames, u32 flags)
{
	struct nic *nic = netdev_priv(dev);
	bool seen = dev_nit_active(dev);
	int i;

	for (i = 0; i < n; i++) {
		if (seen)
			nic_show(nic, frames[i]);
		nic_send_frame(nic, frames[i]);
	}
	/* as a driver that has told the card: it will be done soon */
	if (flags & XDP_XMIT_FLUSH)
		nic_free_frames(nic);
	return n;
}

static netdev_tx_t nic_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);

	if (nic->skbs == NIC_SENT)
		nic_free_skbs(nic, NIC_SENT);
	dev->stats.tx_packets++;
	dev->stats.tx_bytes += skb->len;
	nic->skb[nic->skbs++] = skb;
	if (!netdev_xmit_more() && !in_serving_softirq())
		nic_free_skbs(nic, 0);
	return NETDEV_TX_OK;
}

/* ---- receiving */

static void nic_pass(struct nic *nic, const struct xdp_buff *xdp)
{
	struct sk_buff *skb = napi_build_skb(xdp->data_hard_start, PAGE_SIZE);

	if (unlikely(!skb)) {
		page_pool_put_full_page(nic->pool, virt_to_head_page(xdp->data), true);
		return;
	}
	skb_mark_for_recycle(skb);
	skb_reserve(skb, xdp->data - xdp->data_hard_start);
	__skb_put(skb, xdp->data_end - xdp->data);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->protocol = eth_type_trans(skb, nic->dev);
	napi_gro_receive(&nic->napi, skb);
}

static void nic_xdp(struct nic *nic, struct bpf_prog *prog, struct xdp_buff *xdp)
{
	struct xdp_frame *frame;
	u32 act = bpf_prog_run_xdp(prog, xdp);

	switch (act) {
	case XDP_PASS:
		nic_pass(nic, xdp);
		return;
	case XDP_TX:
		frame = xdp_convert_buff_to_frame(xdp);
		if (likely(frame)) {
			if (dev_nit_active(nic->dev))
				nic_show(nic, frame);
			nic_send_frame(nic, frame);
			return;
		}
		break;
	case XDP_REDIRECT:
		if (likely(!xdp_do_redirect(nic->dev, xdp, prog)))
			return;
		break;
	default:
		break;
	}
	page_pool_put_full_page(nic->pool, virt_to_head_page(xdp->data), true);
}

/* As a card writes it, in whole cache lines; of constant size, so that it costs little. */
static void nic_copy(u8 *to, const u8 *from, u32 size)
{
	u32 at;

	for (at = 0; at < size; at += NIC_LINE)
		memcpy(to + at, from + at, NIC_LINE);
}

static void nic_one(struct nic *nic, struct bpf_prog *prog)
{
	struct nic_feed *feed = nic->feed;
	struct page *page = page_pool_dev_alloc_pages(nic->pool);
	struct xdp_buff xdp;

	if (unlikely(!page))
		return;
	xdp_init_buff(&xdp, PAGE_SIZE, &nic->rxq);
	xdp_prepare_buff(&xdp, page_address(page), XDP_PACKET_HEADROOM, feed->len, false);
	nic_copy(xdp.data, feed->frame + feed->next * feed->size, feed->size);
	feed->next = feed->next + 1 == feed->n ? 0 : feed->next + 1;
	nic->dev->stats.rx_packets++;
	if (prog)
		nic_xdp(nic, prog, &xdp);
	else
		nic_pass(nic, &xdp);
}

static int nic_poll(struct napi_struct *napi, int budget)
{
	struct nic *nic = container_of(napi, struct nic, napi);
	struct bpf_prog *prog;
	int done = 0;

	rcu_read_lock();
	prog = rcu_dereference(nic->prog);
	for (; done < budget && nic->left; done++, nic->left--)
		nic_one(nic, prog);
	rcu_read_unlock();
	if (prog)
		xdp_do_flush();
	if (nic->frames)
		nic_free_frames(nic);
	if (done < budget)
		napi_complete_done(napi, done);
	/* what went out by the other one, too: it has no poll of its own */
	if (nic->feed->out)
		nic_free_skbs(netdev_priv(nic->feed->out), budget);
	return done;
}

/**
 * nic_receive() - a device receives packets
 * @dev: the device
 * @feed: the packets
 * @n: how many, again and again the same
 *
 * Context: process. Returns when all have been handled.
 *
 * Return: 0, or -ENODEV when it is no device of this kind, or is down.
 */
int nic_receive(struct net_device *dev, struct nic_feed *feed, u32 n)
{
	struct nic *nic = netdev_priv(dev);

	if (!nic_is(dev) || !netif_running(dev) || (feed->out && !nic_is(feed->out)))
		return -ENODEV;
	nic->feed = feed;
	nic->left = n;
	local_bh_disable();
	napi_schedule(&nic->napi);
	local_bh_enable();
	/* when another task waits, softirqs end early: it does not get its turn here */
	while (READ_ONCE(nic->left) || test_bit(NAPI_STATE_SCHED, &nic->napi.state)) {
		local_bh_disable();
		local_bh_enable();
	}
	return 0;
}
EXPORT_SYMBOL_GPL(nic_receive);

/* ---- the device */

static int nic_open(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);
	struct page_pool_params params = {
		.pool_size = 1024, .nid = NUMA_NO_NODE, .napi = &nic->napi,
	};
	int err;

	nic->pool = page_pool_create(&params);
	if (IS_ERR(nic->pool))
		return PTR_ERR(nic->pool);
	err = xdp_rxq_info_reg(&nic->rxq, dev, 0, 0);
	if (err)
		goto destroy;
	err = xdp_rxq_info_reg_mem_model(&nic->rxq, MEM_TYPE_PAGE_POOL, nic->pool);
	if (err)
		goto unreg;
	napi_enable(&nic->napi);
	netif_start_queue(dev);
	return 0;
unreg:
	xdp_rxq_info_unreg(&nic->rxq);
destroy:
	page_pool_destroy(nic->pool);
	return err;
}

static int nic_stop(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);

	netif_stop_queue(dev);
	napi_disable(&nic->napi);
	nic_free_frames(nic);
	nic_free_skbs(nic, 0);
	xdp_rxq_info_unreg(&nic->rxq);
	page_pool_destroy(nic->pool);
	return 0;
}

static int nic_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct nic *nic = netdev_priv(dev);
	struct bpf_prog *old;

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	old = rtnl_dereference(nic->prog);
	rcu_assign_pointer(nic->prog, bpf->prog);
	if (old)
		bpf_prog_put(old);
	return 0;
}

static const struct net_device_ops nic_ops = {
	.ndo_open		= nic_open,
	.ndo_stop		= nic_stop,
	.ndo_start_xmit		= nic_start_xmit,
	.ndo_bpf		= nic_bpf,
	.ndo_xdp_xmit		= nic_xdp_xmit,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
};

/**
 * nic_is() - is it a device of this kind?
 * @dev: the device
 *
 * Return: whether it is.
 */
bool nic_is(const struct net_device *dev)
{
	return dev->netdev_ops == &nic_ops;
}
EXPORT_SYMBOL_GPL(nic_is);

static void nic_setup(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);

	ether_setup(dev);
	nic->dev = dev;
	dev->netdev_ops = &nic_ops;
	dev->needs_free_netdev = true;
	/* as the dummy devices of the other benchmarks: nothing is sent but what is measured */
	dev->flags = (dev->flags & ~IFF_MULTICAST) | IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->lltx = true;
	dev->xdp_features = NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT |
			    NETDEV_XDP_ACT_NDO_XMIT;
	dev->hw_features = NETIF_F_RXCSUM;
	dev->features |= dev->hw_features;
	eth_hw_addr_random(dev);
	netif_napi_add(dev, &nic->napi, nic_poll);
}

static struct rtnl_link_ops nic_link_ops __read_mostly = {
	.kind		= "nic",
	.priv_size	= sizeof(struct nic),
	.setup		= nic_setup,
};

static int __init nic_init(void)
{
	return rtnl_link_register(&nic_link_ops);
}

static void __exit nic_exit(void)
{
	rtnl_link_unregister(&nic_link_ops);
}

module_init(nic_init);
module_exit(nic_exit);
MODULE_DESCRIPTION("Test device: what a good driver does");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK("nic");
