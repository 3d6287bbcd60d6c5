/* SPDX-License-Identifier: GPL-2.0-only */
/* Stand-ins for what sends packets of our own: each has a route, and is kept for the test. */
#ifndef _KSHIM_SEND_H
#define _KSHIM_SEND_H

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "kshim_object.h"

#define TC_PRIO_CONTROL 7
#define IP_CT_UNTRACKED 7
#define NUD_VALID (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

struct net;

struct dst_entry {
	int error;
	struct net_device *dev;
};

struct rtable {
	struct dst_entry dst;
	u8 rt_type;
};

struct fib6_info {
	struct {
		struct in6_addr addr;
		int plen;
	} fib6_prefsrc;
};

struct rt6_info {
	struct dst_entry dst;
	struct fib6_info *from;
};

struct flowi4 {
	int flowi4_oif;
	u8 flowi4_proto;
	__be32 saddr;
	__be32 daddr;
};

struct flowi6 {
	int flowi6_oif;
	u8 flowi6_proto;
	struct in6_addr saddr;
	struct in6_addr daddr;
};

struct neigh_table {
	unsigned int events;
};

struct neighbour {
	struct neigh_table *table;
	u8 nud_state;
};

/* The one device, route and next hop; and the packet that was sent last. */
static struct net_device sim_dev = { .ifindex = 7 };
static struct rtable sim_route = { .dst.dev = &sim_dev, .rt_type = RTN_UNICAST };
static struct fib6_info sim_from;
static struct rt6_info sim_route6 = { .dst.dev = &sim_dev, .from = &sim_from };
static struct neigh_table arp_tbl, nd_tbl;
static struct neighbour sim_neigh;
static struct sk_buff *sim_sent;

static inline void skb_put_data(struct sk_buff *skb, const void *data, unsigned int len)
{
	memcpy(skb_put(skb, len), data, len);
}

#define skb_reset_transport_header(skb) skb_set_transport_header(skb, 0)
#define skb_reset_network_header(skb) skb_set_network_header(skb, 0)
#define nf_ct_set(skb, ct, info) ((void)(skb))
#define skb_dst_set(skb, dst) ((void)(skb), (void)(dst))
#define ip_rt_put(rt) ((void)(rt))
#define dst_release(dst) ((void)(dst))
#define neigh_release(neigh) ((void)(neigh))

static inline struct rtable *ip_route_output_key(struct net *net, struct flowi4 *fl4)
{
	return &sim_route;
}

static inline struct dst_entry *ip6_route_output(struct net *net, void *sk, struct flowi6 *fl6)
{
	return &sim_route6.dst;
}

#define dst_rt6_info(dst) container_of(dst, struct rt6_info, dst)

static inline bool ipv6_addr_any(const struct in6_addr *addr)
{
	static const struct in6_addr any;

	return !memcmp(addr, &any, sizeof(any));
}

static inline int ipv6_dev_get_saddr(struct net *net, struct net_device *dev,
				     const struct in6_addr *daddr, int prefs,
				     struct in6_addr *saddr)
{
	memset(saddr, 0x5a, sizeof(*saddr));
	return 0;
}

static inline void ip6_flow_hdr(struct ipv6hdr *ip, unsigned int tclass, __be32 label)
{
	__be32 word = htonl(0x60000000 | tclass << 20);

	memcpy(ip, &word, sizeof(word));
}

static inline void ip_local_out(struct net *net, void *sk, struct sk_buff *skb)
{
	struct iphdr *ip = ip_hdr(skb);

	/* as IP does with what it sends */
	ip->tot_len = htons(skb->len);
	ip_send_check(ip);
	sim_sent = skb;
}

static inline void ip6_local_out(struct net *net, void *sk, struct sk_buff *skb)
{
	sim_sent = skb;
}

static inline struct net_device *dev_get_by_index_rcu(struct net *net, int ifindex)
{
	return ifindex == sim_dev.ifindex ? &sim_dev : NULL;
}

/* The device of a VRF by which a packet came in: none. */
static inline int inet_sdif(const struct sk_buff *skb)
{
	return 0;
}

static inline int inet6_sdif(const struct sk_buff *skb)
{
	return 0;
}

static inline struct neighbour *neigh_lookup(struct neigh_table *table, const void *key,
					     struct net_device *dev)
{
	return NULL;
}

static inline struct neighbour *neigh_create(struct neigh_table *table, const void *key,
					     struct net_device *dev)
{
	sim_neigh.table = table;
	return &sim_neigh;
}

static inline void neigh_event_send(struct neighbour *neigh, struct sk_buff *skb)
{
	neigh->table->events++;
}

#endif /* _KSHIM_SEND_H */
