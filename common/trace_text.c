// SPDX-License-Identifier: GPL-2.0-only
/* Texts of the tracepoints. They are made only while a tracepoint is enabled. */
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/skbuff.h>
#include <linux/slb.h>
#include <slb/drop.h>
#include <slb/module.h>
#include <slb/nexthop.h>
#include <slb/parse.h>
#include <slb/proto.h>
#include <slb/trace_text.h>

static void slb_trace_addr(char *text, const union nf_inet_addr *addr, __be16 port, u8 family)
{
	if (family == NFPROTO_IPV4)
		snprintf(text, SLB_TRACE_ADDR, "%pI4:%u", &addr->ip, ntohs(port));
	else
		snprintf(text, SLB_TRACE_ADDR, "[%pI6c]:%u", &addr->in6, ntohs(port));
}

static void slb_trace_proto(char *text, u8 number)
{
	if (slb_proto_known(number))
		strscpy(text, slb_proto_name(number), SLB_TRACE_PROTO);
	else if (number == IPPROTO_ICMP || number == IPPROTO_ICMPV6)
		strscpy(text, number == IPPROTO_ICMP ? "icmp" : "icmpv6", SLB_TRACE_PROTO);
	else
		snprintf(text, SLB_TRACE_PROTO, "%u", number);
}

/* Read the flow key of a packet as far as it has one. False when it is not an IP packet. */
static bool slb_trace_parse(struct slb_tuple *t, const struct sk_buff *skb)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? NFPROTO_IPV4 :
		    skb->protocol == htons(ETH_P_IPV6) ? NFPROTO_IPV6 : NFPROTO_UNSPEC;
	int off = skb_network_offset(skb), l4 = 0;
	const __be16 *ports = NULL;
	__be16 buf[2];
	bool later = false;

	*t = (struct slb_tuple){ .family = family };
	if (family == NFPROTO_IPV4) {
		const struct iphdr *ip;
		struct iphdr head;

		ip = skb_header_pointer(skb, off, sizeof(head), &head);
		if (!ip)
			return false;
		t->src.ip = ip->saddr;
		t->dst.ip = ip->daddr;
		t->proto = ip->protocol;
		later = ip->frag_off & htons(IP_OFFSET);
		l4 = off + ip->ihl * 4;
	} else if (family == NFPROTO_IPV6) {
		const struct ipv6hdr *ip;
		struct ipv6hdr head;
		__be16 frag = 0;

		ip = skb_header_pointer(skb, off, sizeof(head), &head);
		if (!ip)
			return false;
		t->src.in6 = ip->saddr;
		t->dst.in6 = ip->daddr;
		t->proto = ip->nexthdr;
		l4 = ipv6_skip_exthdr(skb, off + sizeof(head), &t->proto, &frag);
		later = l4 < 0 || frag & htons(IP6_OFFSET);
	} else {
		return false;
	}
	if (!later && slb_proto_known(t->proto))
		ports = skb_header_pointer(skb, l4, sizeof(buf), buf);
	if (ports) {
		t->sport = ports[0];
		t->dport = ports[1];
	}
	return true;
}

/**
 * slb_trace_flow() - the flow of a packet as text
 * @flow: set to it
 * @skb: the packet, its network header set; or NULL when it is freed
 * @t: its flow key, or NULL to read the packet
 */
void slb_trace_flow(struct slb_trace_flow *flow, const struct sk_buff *skb,
		    const struct slb_tuple *t)
{
	struct slb_tuple parsed;

	/* the buffer of a trace shows all bytes */
	memset(flow, 0, sizeof(*flow));
	if (!t && skb && slb_trace_parse(&parsed, skb))
		t = &parsed;
	if (!t) {
		strscpy(flow->protocol, "-", sizeof(flow->protocol));
		strscpy(flow->src, "-", sizeof(flow->src));
		strscpy(flow->dst, "-", sizeof(flow->dst));
		return;
	}
	slb_trace_proto(flow->protocol, t->proto);
	slb_trace_addr(flow->src, &t->src, t->sport, t->family);
	slb_trace_addr(flow->dst, &t->dst, t->dport, t->family);
}

/**
 * slb_trace_drop_word() - the name of a drop reason as slbctl writes it
 * @word: set to it, SLB_DROP_WORD_SIZE bytes
 * @why: enum slb_drop, not SLB_OK
 */
void slb_trace_drop_word(char *word, unsigned int why)
{
	slb_drop_word(word, slb_drop_name(why));
}

/**
 * slb_trace_at() - the device of a packet, and the link that uses it
 * @device: set to the name of the device, IFNAMSIZ bytes; "-" when it is not known
 * @link: set to the name of the link, SLB_TRACE_LINK bytes; "-" when no link uses the device
 * @skb: the packet, or NULL
 *
 * Context: RCU.
 */
void slb_trace_at(char *device, char *link, const struct sk_buff *skb)
{
	const struct net_device *dev = skb ? skb->dev : NULL;
	const struct slb_nexthop *nh = dev ? slb_module_nexthop(dev) : NULL;

	strscpy(device, dev ? dev->name : "-", IFNAMSIZ);
	if (nh)
		slb_module_link_text(link, nh);
	else
		strscpy(link, "-", SLB_TRACE_LINK);
}

/**
 * slb_trace_state() - the name of the state of a link, as slbctl writes it
 * @state: enum slb_nexthop_state
 *
 * Return: the name.
 */
const char *slb_trace_state(u8 state)
{
	static const char *const names[] = {
		[SLB_NEXTHOP_UP] = "up",
		[SLB_NEXTHOP_NO_DEVICE] = "no-device",
		[SLB_NEXTHOP_ADMIN_DOWN] = "admin-down",
		[SLB_NEXTHOP_NO_CARRIER] = "no-carrier",
		[SLB_NEXTHOP_NO_NEIGHBOR] = "no-neighbor",
		[SLB_NEXTHOP_SILENT] = "silent",
		[SLB_NEXTHOP_UNHEARD] = "unheard",
		[SLB_NEXTHOP_WITHDRAWN] = "withdrawn",
		[SLB_NEXTHOP_HELD] = "held",
		[SLB_NEXTHOP_NO_ADDRESS] = "no-address",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "-";
}
