// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test module: a device behind which all servers are. It answers each TCP connection request.
 *
 * "ip link add NAME type answer" makes such a device, an Ethernet without ARP. A SYN that leaves by
 * it is answered by a SYN-ACK with the same options, as a server in another machine would; other
 * packets are dropped. The answer comes in after delay_us microseconds, by an interrupt and NAPI,
 * as from a network card that does not moderate its interrupts. 0 is at once, without an interrupt.
 *
 * What the servers and the network do must not count as work of the host that asks. So the module
 * measures how long it takes to look at a packet and to make the answer. Parameters of the module
 * have the sums:
 *
 *   answered   SYNs
 *   resets     RSTs
 *   own_ns     nanoseconds for both; with -icount shift=0 these are instructions
 *
 * While "spin" is 1, a thread turns in a loop when nothing else wants to run, after "chrt -i" has
 * made it the last to be chosen: "spun" counts, and "spinner" is its process ID. What others have
 * cost shows by what it could not count. And the processor is never idle, when the clock may jump.
 *
 * One processor only: nothing here is locked against another one.
 */
#include <linux/etherdevice.h>
#include <linux/hrtimer.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/sched/clock.h>
#include <linux/tcp.h>
#include <linux/unaligned.h>
#include <net/rtnetlink.h>
#include <net/tcp.h>

static ulong answered, resets, own_ns, spun;
static uint delay_us = 500, spin;
static int spinner;
static struct task_struct *spin_task;

module_param(answered, ulong, 0644);
module_param(resets, ulong, 0644);
module_param(own_ns, ulong, 0644);
module_param(spun, ulong, 0644);
module_param(spin, uint, 0644);
module_param(spinner, int, 0444);
module_param(delay_us, uint, 0644);

/* The answers that are on their way, in order. */
struct answer {
	struct net_device *dev;
	struct napi_struct napi;
	struct hrtimer timer;
	struct sk_buff_head queue;
};

/* When an answer comes in; in its control buffer. */
static ktime_t *answer_time(struct sk_buff *skb)
{
	return (ktime_t *)skb->cb;
}

/* Return: the TCP header of a packet, or NULL. */
static struct tcphdr *answer_tcp(struct sk_buff *skb)
{
	u8 *l3 = skb->data + ETH_HLEN;

	if (skb_linearize(skb))
		return NULL;
	if (skb->protocol == htons(ETH_P_IP) && ((struct iphdr *)l3)->protocol == IPPROTO_TCP)
		return (void *)(l3 + 4 * ((struct iphdr *)l3)->ihl);
	if (skb->protocol == htons(ETH_P_IPV6) &&
	    ((struct ipv6hdr *)l3)->nexthdr == IPPROTO_TCP)
		return (void *)(l3 + sizeof(struct ipv6hdr));
	return NULL;
}

/* The timestamp of the request is the echo of the answer. */
static void answer_options(struct tcphdr *th)
{
	u8 *at = (u8 *)(th + 1), *end = (u8 *)th + 4 * th->doff;

	while (at < end && *at != TCPOPT_EOL) {
		if (*at == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (*at == TCPOPT_TIMESTAMP) {
			put_unaligned(get_unaligned((u32 *)(at + 2)), (u32 *)(at + 6));
			return;
		}
		at += max_t(u8, at[1], 2);
	}
}

/* The request with addresses, ports and what else differs changed. Checksums are found right. */
static struct sk_buff *answer_make(struct net_device *dev, const struct sk_buff *skb, u32 l4)
{
	struct sk_buff *reply = netdev_alloc_skb_ip_align(dev, skb->len);
	struct ethhdr *eth;
	struct tcphdr *th;

	if (!reply)
		return NULL;
	skb_put_data(reply, skb->data, skb->len);
	eth = (void *)reply->data;
	ether_addr_copy(eth->h_source, ((struct ethhdr *)skb->data)->h_dest);
	ether_addr_copy(eth->h_dest, dev->dev_addr);
	if (skb->protocol == htons(ETH_P_IP)) {
		struct iphdr *iph = (void *)(eth + 1);

		swap(iph->saddr, iph->daddr);
	} else {
		struct ipv6hdr *ip6h = (void *)(eth + 1);

		swap(ip6h->saddr, ip6h->daddr);
	}
	th = (void *)(reply->data + l4);
	swap(th->source, th->dest);
	th->ack_seq = htonl(ntohl(th->seq) + 1);
	th->seq = htonl(hash_32(ntohl(th->seq), 32));
	th->ack = 1;
	answer_options(th);
	reply->ip_summed = CHECKSUM_UNNECESSARY;
	return reply;
}

/* The timer stands for the network: to set it is no work of the host. */
static void answer_arm(struct answer *to, struct sk_buff *first)
{
	u64 begin = local_clock();

	hrtimer_start(&to->timer, *answer_time(first), HRTIMER_MODE_ABS_HARD);
	own_ns += local_clock() - begin;
}

static void answer_send(struct answer *to, struct sk_buff *reply)
{
	if (!delay_us) {
		reply->protocol = eth_type_trans(reply, to->dev);
		netif_rx(reply);
		return;
	}
	*answer_time(reply) = ktime_add_us(ktime_get(), delay_us);
	skb_queue_tail(&to->queue, reply);
	if (skb_queue_len(&to->queue) == 1)
		answer_arm(to, reply);
}

static netdev_tx_t answer_xmit(struct sk_buff *skb, struct net_device *dev)
{
	u64 begin = local_clock();
	struct tcphdr *th = answer_tcp(skb);
	struct sk_buff *reply = NULL;

	if (th && th->syn && !th->ack)
		reply = answer_make(dev, skb, (u8 *)th - skb->data);
	if (reply)
		answered++;
	else if (th && th->rst)
		resets++;
	own_ns += local_clock() - begin;
	if (reply)
		answer_send(netdev_priv(dev), reply);
	consume_skb(skb);
	return NETDEV_TX_OK;
}

static enum hrtimer_restart answer_interrupt(struct hrtimer *timer)
{
	struct answer *to = container_of(timer, struct answer, timer);

	napi_schedule(&to->napi);
	return HRTIMER_NORESTART;
}

static int answer_poll(struct napi_struct *napi, int budget)
{
	struct answer *to = container_of(napi, struct answer, napi);
	ktime_t now = ktime_get();
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = skb_peek(&to->queue)) && *answer_time(skb) <= now) {
		skb = skb_dequeue(&to->queue);
		skb->protocol = eth_type_trans(skb, to->dev);
		memset(skb->cb, 0, sizeof(skb->cb));
		napi_gro_receive(napi, skb);
		done++;
	}
	if (done < budget && napi_complete_done(napi, done)) {
		skb = skb_peek(&to->queue);
		if (skb)
			answer_arm(to, skb);
	}
	return done;
}

static int answer_open(struct net_device *dev)
{
	struct answer *to = netdev_priv(dev);

	napi_enable(&to->napi);
	return 0;
}

static int answer_stop(struct net_device *dev)
{
	struct answer *to = netdev_priv(dev);

	hrtimer_cancel(&to->timer);
	napi_disable(&to->napi);
	skb_queue_purge(&to->queue);
	return 0;
}

static const struct net_device_ops answer_ops = {
	.ndo_open		= answer_open,
	.ndo_stop		= answer_stop,
	.ndo_start_xmit		= answer_xmit,
	.ndo_set_mac_address	= eth_mac_addr,
};

static void answer_setup(struct net_device *dev)
{
	struct answer *to = netdev_priv(dev);

	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &answer_ops;
	dev->needs_free_netdev = true;
	dev->flags |= IFF_NOARP;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->features |= NETIF_F_HW_CSUM | NETIF_F_SG;
	dev->hw_features |= dev->features;
	to->dev = dev;
	skb_queue_head_init(&to->queue);
	hrtimer_init(&to->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	to->timer.function = answer_interrupt;
	netif_napi_add(dev, &to->napi, answer_poll);
}

static struct rtnl_link_ops answer_link_ops = {
	.kind		= "answer",
	.priv_size	= sizeof(struct answer),
	.setup		= answer_setup,
};

static int answer_spin(void *unused)
{
	while (!kthread_should_stop()) {
		if (!READ_ONCE(spin)) {
			schedule_timeout_interruptible(HZ / 50);
			continue;
		}
		WRITE_ONCE(spun, spun + 1);
		cond_resched();
	}
	return 0;
}

static int __init answer_init(void)
{
	int err = rtnl_link_register(&answer_link_ops);

	if (err)
		return err;
	spin_task = kthread_run(answer_spin, NULL, "answer_spin");
	if (IS_ERR(spin_task)) {
		rtnl_link_unregister(&answer_link_ops);
		return PTR_ERR(spin_task);
	}
	spinner = task_pid_nr(spin_task);
	return 0;
}

static void __exit answer_exit(void)
{
	kthread_stop(spin_task);
	rtnl_link_unregister(&answer_link_ops);
}

module_init(answer_init);
module_exit(answer_exit);
MODULE_DESCRIPTION("Test device that answers TCP connection requests");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK("answer");
