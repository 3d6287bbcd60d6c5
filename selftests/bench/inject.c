// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test module: puts made-up packets into the receive path of a device, tells how long they took.
 *
 * As pktgen's "xmit_mode netif_receive" does, but TCP as well as UDP, with checksums as they come
 * from a device, and with as many flows and virtual addresses as are asked for.
 *
 * One line is written to /proc/inject, words KEY=VALUE, and the result is read from the same open
 * file: "packets N ns N". The device is of the writer's network namespace, the packets are sent by
 * the writer on its CPU.
 *
 *   dev=NAME         the device that they come in by; one of nic.ko gets them as frames
 *   out=NAME         with nic.ko: the device that they leave by
 *   from=ADDR to=ADDR sport=PORT dport=PORT   of flow 0
 *   flows=N          so many flows: packet i is of flow (first + i * stride) % flows
 *   first=N stride=N 0 and 1 when not given
 *   busy=N           only the first N of these have packets, again and again (default: all)
 *   vary=sport|dport which port counts up, flow by flow, for ports=N ports; then the address of
 *                    that end counts up
 *   spread=N         flow f goes to address to + f % spread
 *   proto=udp|tcp
 *   flags=HEX seq=N ack=N   of TCP; seq grows by len when all these flows have had their turn
 *   len=N            bytes of payload
 *   sums=device|soft|none   right and found so by the device; right; UDP without one
 *   shared=1         as pktgen has it by default, the sender keeps a reference: the stack must
 *                    copy what a driver would have given to it
 *   count=N          packets, or
 *   ms=N             so many milliseconds long
 *   at=N             begin when the machine has been up for so many milliseconds
 */
#include <linux/etherdevice.h>
#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>
#include <net/net_namespace.h>

#include "nic.h"

#define INJECT_MAX_LINE 512
#define INJECT_MAX_PACKET 256
#define INJECT_FEED 64	/* packets that a device of nic.ko receives in one go: a poll */

/* What a line of input says, and what follows from it. */
struct inject {
	struct net_device *dev, *out;
	union nf_inet_addr from, to;
	u32 six, tcp, vary_dport, sums;
	u32 sport, dport, flows, ports, first, stride, busy, spread;
	u32 flags, seq, ack, payload;
	u32 count, ms, at, shared;
	unsigned int len, l4;
	__wsum sum;		/* of the transport header and payload, without what varies */
	u8 packet[INJECT_MAX_PACKET] __aligned(4);
};

enum { INJECT_SUMS_DEVICE, INJECT_SUMS_SOFT, INJECT_SUMS_NONE };

enum inject_type { INJECT_NUM, INJECT_HEX, INJECT_ADDR, INJECT_DEV, INJECT_PROTO, INJECT_VARY,
		   INJECT_SUMS };

static const char * const inject_protos[] = { "udp", "tcp" };
static const char * const inject_varies[] = { "sport", "dport" };
static const char * const inject_sums[] = { "device", "soft", "none" };

#define INJECT_KEY(key, member, kind) \
	{ .name = key, .type = kind, .offset = offsetof(struct inject, member) }

static const struct inject_key {
	const char *name;
	enum inject_type type;
	size_t offset;
} inject_keys[] = {
	INJECT_KEY("dev", dev, INJECT_DEV),
	INJECT_KEY("out", out, INJECT_DEV),
	INJECT_KEY("from", from, INJECT_ADDR),
	INJECT_KEY("to", to, INJECT_ADDR),
	INJECT_KEY("sport", sport, INJECT_NUM),
	INJECT_KEY("dport", dport, INJECT_NUM),
	INJECT_KEY("flows", flows, INJECT_NUM),
	INJECT_KEY("ports", ports, INJECT_NUM),
	INJECT_KEY("first", first, INJECT_NUM),
	INJECT_KEY("stride", stride, INJECT_NUM),
	INJECT_KEY("busy", busy, INJECT_NUM),
	INJECT_KEY("spread", spread, INJECT_NUM),
	INJECT_KEY("vary", vary_dport, INJECT_VARY),
	INJECT_KEY("proto", tcp, INJECT_PROTO),
	INJECT_KEY("sums", sums, INJECT_SUMS),
	INJECT_KEY("flags", flags, INJECT_HEX),
	INJECT_KEY("seq", seq, INJECT_NUM),
	INJECT_KEY("ack", ack, INJECT_NUM),
	INJECT_KEY("len", payload, INJECT_NUM),
	INJECT_KEY("count", count, INJECT_NUM),
	INJECT_KEY("ms", ms, INJECT_NUM),
	INJECT_KEY("at", at, INJECT_NUM),
	INJECT_KEY("shared", shared, INJECT_NUM),
};

static int inject_word(const char *value, const char * const *words, size_t n, u32 *to)
{
	int i = match_string(words, n, value);

	if (i < 0)
		return i;
	*to = i;
	return 0;
}

static int inject_addr(struct inject *in, const char *value, union nf_inet_addr *to)
{
	in->six = !!strchr(value, ':');
	if (in->six)
		return in6_pton(value, -1, to->in6.s6_addr, -1, NULL) ? 0 : -EINVAL;
	return in4_pton(value, -1, (u8 *)&to->ip, -1, NULL) ? 0 : -EINVAL;
}

static int inject_dev(const char *value, struct net_device **to)
{
	if (*to)
		return -EEXIST;
	*to = dev_get_by_name(current->nsproxy->net_ns, value);
	return *to ? 0 : -ENODEV;
}

static int inject_value(struct inject *in, const struct inject_key *key, const char *value)
{
	void *to = (void *)in + key->offset;

	switch (key->type) {
	case INJECT_NUM:
		return kstrtou32(value, 10, to);
	case INJECT_HEX:
		return kstrtou32(value, 16, to);
	case INJECT_ADDR:
		return inject_addr(in, value, to);
	case INJECT_PROTO:
		return inject_word(value, inject_protos, ARRAY_SIZE(inject_protos), to);
	case INJECT_VARY:
		return inject_word(value, inject_varies, ARRAY_SIZE(inject_varies), to);
	case INJECT_SUMS:
		return inject_word(value, inject_sums, ARRAY_SIZE(inject_sums), to);
	case INJECT_DEV:
		return inject_dev(value, to);
	}
	return -EINVAL;
}

static int inject_parse(struct inject *in, char *line)
{
	char *word, *value;
	int err = 0;

	while (!err && (word = strsep(&line, "\n "))) {
		size_t i;

		if (!*word)
			continue;
		value = strchr(word, '=');
		if (!value)
			return -EINVAL;
		*value++ = '\0';
		err = -ENOENT;
		for (i = 0; i < ARRAY_SIZE(inject_keys); i++)
			if (!strcmp(word, inject_keys[i].name))
				err = inject_value(in, &inject_keys[i], value);
	}
	if (err)
		return err;
	if (!in->dev || !in->flows || !in->ports || !in->spread || in->payload > 128)
		return -EINVAL;
	return !in->count == !in->ms ? -EINVAL : 0;
}

/* The packet that all others are copies of; what varies is 0. */
static void inject_template(struct inject *in)
{
	unsigned int l3 = in->six ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	unsigned int l4 = in->tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr);
	struct ethhdr *eth = (void *)in->packet;
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct iphdr *ip = (void *)(eth + 1);

	ether_addr_copy(eth->h_dest, in->dev->dev_addr);
	eth_zero_addr(eth->h_source);
	eth->h_source[0] = 2;
	eth->h_proto = htons(in->six ? ETH_P_IPV6 : ETH_P_IP);
	if (in->six) {
		ip6->version = 6;
		ip6->payload_len = htons(l4 + in->payload);
		ip6->nexthdr = in->tcp ? IPPROTO_TCP : IPPROTO_UDP;
		ip6->hop_limit = 64;
	} else {
		ip->version = 4;
		ip->ihl = 5;
		ip->tot_len = htons(l3 + l4 + in->payload);
		ip->frag_off = htons(IP_DF);
		ip->ttl = 64;
		ip->protocol = in->tcp ? IPPROTO_TCP : IPPROTO_UDP;
	}
	in->l4 = ETH_HLEN + l3;
	in->len = in->l4 + l4 + in->payload;
	if (in->tcp) {
		struct tcphdr *tcp = (void *)in->packet + in->l4;

		tcp->ack_seq = htonl(in->ack);
		tcp->doff = sizeof(*tcp) / 4;
		tcp->window = htons(0xffff);
		((u8 *)tcp)[13] = in->flags;
	} else {
		struct udphdr *udp = (void *)in->packet + in->l4;

		udp->len = htons(l4 + in->payload);
	}
	memset(in->packet + in->l4 + l4, 0x5a, in->payload);
	in->sum = csum_partial(in->packet + in->l4, in->len - in->l4, 0);
}

static __always_inline void inject_add(union nf_inet_addr *addr, bool six, u32 n)
{
	__be32 *last = six ? &addr->ip6[3] : &addr->ip;

	*last = htonl(ntohl(*last) + n);
}

/* Addresses and checksums; sum: of the transport header and payload. */
static __always_inline void inject_finish(const struct inject *in, u8 *packet, u32 from, u32 to,
					  __wsum sum)
{
	union nf_inet_addr src = in->from, dst = in->to;
	unsigned int len = in->len - in->l4;
	u8 proto = in->tcp ? IPPROTO_TCP : IPPROTO_UDP;
	__sum16 check;

	inject_add(&src, in->six, from);
	inject_add(&dst, in->six, to);
	if (in->six) {
		struct ipv6hdr *ip6 = (void *)packet + ETH_HLEN;

		ip6->saddr = src.in6;
		ip6->daddr = dst.in6;
		check = csum_ipv6_magic(&src.in6, &dst.in6, len, proto, sum);
	} else {
		struct iphdr *ip = (void *)packet + ETH_HLEN;

		ip->saddr = src.ip;
		ip->daddr = dst.ip;
		ip->check = ip_fast_csum(ip, 5);
		check = csum_tcpudp_magic(src.ip, dst.ip, len, proto, sum);
	}
	if (in->tcp)
		((struct tcphdr *)(packet + in->l4))->check = check;
	else if (in->sums != INJECT_SUMS_NONE)
		((struct udphdr *)(packet + in->l4))->check = check ?: CSUM_MANGLED_0;
}

static __always_inline void inject_write_frame(const struct inject *in, u8 *frame, u32 flow,
					       u32 round)
{
	u32 port = flow % in->ports, net = flow / in->ports;
	__wsum sum = in->sum;
	__be16 *ports;

	memcpy(frame, in->packet, in->len);
	ports = (void *)frame + in->l4;
	ports[0] = htons(in->sport + (in->vary_dport ? 0 : port));
	ports[1] = htons(in->dport + (in->vary_dport ? port : 0));
	sum = csum_add(sum, *(__force __wsum *)ports);
	if (in->tcp) {
		struct tcphdr *tcp = (void *)ports;

		tcp->seq = htonl(in->seq + round * in->payload);
		sum = csum_add(sum, (__force __wsum)tcp->seq);
	}
	inject_finish(in, frame, in->vary_dport ? 0 : net,
		      (in->vary_dport ? net : 0) + flow % in->spread, sum);
}

/* As a driver hands it over; room and headroom are those of pktgen. */
static struct sk_buff *inject_build(const struct inject *in, u32 flow, u32 round)
{
	unsigned int room = LL_RESERVED_SPACE(in->dev);
	struct sk_buff *skb = __netdev_alloc_skb(in->dev, in->len + 64 + room, GFP_NOWAIT);

	if (unlikely(!skb))
		return NULL;
	skb_reserve(skb, room);
	skb_push(skb, ETH_HLEN);
	skb_put(skb, in->len - ETH_HLEN);
	inject_write_frame(in, skb->data, flow, round);
	skb->ip_summed = in->sums == INJECT_SUMS_DEVICE ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE;
	skb->protocol = eth_type_trans(skb, in->dev);
	return skb;
}

/* Other tasks get their turn; returns how long it was, which is not the packets'. */
static u64 inject_yield(void)
{
	u64 start = ktime_get_ns();

	schedule();
	return ktime_get_ns() - start;
}

static u64 inject_loop(const struct inject *in, u32 *sent)
{
	u64 idle = 0, start = ktime_get_ns(), end = start + in->ms * (u64)NSEC_PER_MSEC;
	u32 flow = in->first % in->flows, round = 0, turn = 0, n = 0;

	while (in->ms ? n % 64 || ktime_get_ns() < end : n < in->count) {
		struct sk_buff *skb = inject_build(in, flow, round);

		if (unlikely(!skb))
			break;
		if (in->shared)
			skb_get(skb);
		local_bh_disable();
		netif_receive_skb(skb);
		local_bh_enable();
		if (in->shared)
			consume_skb(skb);
		n++;
		flow += in->stride;
		if (flow >= in->flows)
			flow -= in->flows;
		if (++turn == in->busy) {
			turn = 0;
			round++;
			flow = in->first % in->flows;
		}
		if (need_resched())
			idle += inject_yield();
		if (unlikely(signal_pending(current)))
			break;
	}
	*sent = n;
	return ktime_get_ns() - start - idle;
}

/* The frame of each flow, made beforehand: a card makes none. */
static u8 *inject_frames(const struct inject *in, u32 n, u32 size)
{
	u8 *frames = kvcalloc(n, size, GFP_KERNEL);
	u32 flow = in->first % in->flows, i;

	for (i = 0; frames && i < n; i++) {
		inject_write_frame(in, frames + i * size, flow, 0);
		flow += in->stride;
		if (flow >= in->flows)
			flow -= in->flows;
	}
	return frames;
}

/* A device of nic.ko receives them. */
static int inject_feed(const struct inject *in, u32 *sent, u64 *took)
{
	u32 size = ALIGN(in->len, NIC_LINE), n = min(in->busy, in->count), part;
	struct nic_feed feed = { .n = n, .size = size, .len = in->len, .out = in->out };
	u64 start, idle = 0;
	u8 *frames;
	int err = 0;

	if (!n)
		return -EINVAL;
	frames = inject_frames(in, n, size);
	if (!frames)
		return -ENOMEM;
	feed.frame = frames;
	start = ktime_get_ns();
	for (*sent = 0; !err && *sent < in->count; *sent += part) {
		part = min_t(u32, in->count - *sent, INJECT_FEED);
		err = nic_receive(in->dev, &feed, part);
		if (need_resched())
			idle += inject_yield();
	}
	*took = ktime_get_ns() - start - idle;
	kvfree(frames);
	return err;
}

/* A result is kept for the reader of the same open file. */
static ssize_t inject_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct inject *in;
	char *line, *result;
	u32 sent;
	u64 took;
	int err;

	if (len > INJECT_MAX_LINE)
		return -E2BIG;
	line = memdup_user_nul(buf, len);
	if (IS_ERR(line))
		return PTR_ERR(line);
	in = kzalloc(sizeof(*in), GFP_KERNEL);
	err = -ENOMEM;
	if (!in)
		goto free_line;
	in->flows = 1;
	in->stride = 1;
	in->ports = 60000;
	in->spread = 1;
	err = inject_parse(in, line);
	if (err)
		goto free_in;
	in->stride %= in->flows;
	if (!in->busy || in->busy > in->flows)
		in->busy = in->flows;
	inject_template(in);
	while (ktime_get_boottime_ns() < in->at * (u64)NSEC_PER_MSEC)
		cpu_relax();
	if (nic_is(in->dev))
		err = inject_feed(in, &sent, &took);
	else
		took = inject_loop(in, &sent);
	if (err)
		goto free_in;
	result = kasprintf(GFP_KERNEL, "packets %u ns %llu\n", sent, took);
	err = result ? len : -ENOMEM;
	kfree(file->private_data);
	file->private_data = result;
free_in:
	dev_put(in->dev);
	dev_put(in->out);
	kfree(in);
free_line:
	kfree(line);
	return err;
}

static ssize_t inject_read(struct file *file, char __user *buf, size_t len, loff_t *pos)
{
	char *result = file->private_data;
	size_t n;

	if (!result)
		return 0;
	n = min(len, strlen(result));
	if (copy_to_user(buf, result, n))
		return -EFAULT;
	file->private_data = NULL;
	kfree(result);
	return n;
}

static int inject_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static int inject_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct proc_ops inject_ops = {
	.proc_open	= inject_open,
	.proc_read	= inject_read,
	.proc_write	= inject_write,
	.proc_release	= inject_release,
	.proc_lseek	= noop_llseek,
};

static int __init inject_init(void)
{
	return proc_create("inject", 0600, NULL, &inject_ops) ? 0 : -ENOMEM;
}

static void __exit inject_exit(void)
{
	remove_proc_entry("inject", NULL);
}

module_init(inject_init);
module_exit(inject_exit);
MODULE_DESCRIPTION("Test traffic into the receive path of a device");
MODULE_LICENSE("GPL");
