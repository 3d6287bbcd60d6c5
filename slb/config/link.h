/* SPDX-License-Identifier: GPL-2.0-only */
/* Links: the connections of the balancer to the relay. */
#ifndef _SLB_LINK_H
#define _SLB_LINK_H

#include <linux/slb.h>
#include <slb/probe.h>
#include "state/stats.h"

struct slb_net;

/**
 * struct slb_link_acct - counters of a link; survive changes of the link
 * @stats: packets and bytes, from and to clients and servers; sessions with a local address of the
 *	link, and so pairs of address and port in use
 * @failed: sessions refused because no pair was found
 */
struct slb_link_acct {
	struct slb_traffic __percpu *stats;
	atomic64_t failed;
};

/**
 * struct slb_link - a link, immutable except @mark, @xdp_on, @xdp_tx and parts of @nh
 * @nh: device and next hop; of several next hops their summary
 * @name: name, at most SLB_NAME_LEN bytes
 * @slot: its place in struct slb_links
 * @mark: upper bits of the marks of packets that come in on it, see SLB_FAST_PASSED; written under
 *	slb_net.fast_lock, read with READ_ONCE in softirq
 * @xdp: packets that come in on it may be handled at XDP
 * @xdp_on: they are, if a program on the device calls slb_xdp_packet(); written under RTNL, read
 *	with READ_ONCE in softirq
 * @xdp_tx: slb_xdp_can_tx() of its device; as @xdp_on
 * @weight: share of new sessions; 0 drains
 * @first: first local address, by family
 * @last: last local address, by family
 * @count: number of local addresses; 0 when the link does not carry the family
 * @host: the local address that sessions leave to the host, by family; zero: none
 * @host_at: its place in the range, or U32_MAX
 * @adopt: first of other balancers' local addresses that it adopts, by family
 * @adopt_last: last one
 * @adopts: their number, by family; 0 for none
 * @acct: counters, passed on to a changed link
 * @via: next hops, by family; the n-th of each belongs to the n-th relay
 * @vias: their number, by family
 * @probe: liveness, passed on, too; NULL when there are several next hops, each of which has one
 * @conf: settings of the probes
 * @rcu: frees it
 */
struct slb_link {
	struct slb_nexthop nh;
	char name[SLB_NAME_LEN + 1];
	u8 slot;
	u16 mark;
	bool xdp;
	bool xdp_on;
	bool xdp_tx;
	u32 weight;
	union nf_inet_addr first[2];
	union nf_inet_addr last[2];
	u32 count[2];
	union nf_inet_addr host[2];
	u32 host_at[2];
	union nf_inet_addr adopt[2];
	union nf_inet_addr adopt_last[2];
	u32 adopts[2];
	struct slb_link_acct *acct;
	union nf_inet_addr via[2][SLB_NEXT_HOPS_MAX];
	u8 vias[2];
	struct slb_probe *probe;
	struct slb_probe_conf conf;
	struct rcu_head rcu;
};

/**
 * struct slb_links - snapshot of all links of a namespace
 * @rcu: frees it
 * @end: number of the last used slot plus one
 * @slot: by slot; sessions know links by slot
 */
struct slb_links {
	struct rcu_head rcu;
	u32 end;
	struct slb_link *slot[SLB_LINK_MAX];
};

struct slb_link *slb_link_by_name(struct slb_net *sn, const char *name);
struct slb_link *slb_link_create(const char *name);
void slb_link_destroy(struct slb_link *link);
int slb_link_publish(struct slb_net *sn, struct slb_link *link, struct netlink_ext_ack *extack);
int slb_link_replace(struct slb_net *sn, struct slb_link *old, struct slb_link *link);
int slb_link_unlink(struct slb_net *sn, const struct slb_link *which);
void slb_link_withdraw(struct slb_net *sn);
void slb_link_forget(struct slb_net *sn);
void slb_link_detach(struct slb_net *sn);
int slb_link_notifier_init(void);
void slb_link_notifier_exit(void);

/* Is @addr one of @count addresses from @first on? */
static inline bool slb_local_in(const union nf_inet_addr *first, u32 count,
				const union nf_inet_addr *addr, u8 family)
{
	if (family == NFPROTO_IPV4)
		return ntohl(addr->ip) - ntohl(first->ip) < count;
	return !((addr->all[0] ^ first->all[0]) | (addr->all[1] ^ first->all[1]) |
		 (addr->all[2] ^ first->all[2])) &&
	       ntohl(addr->ip6[3]) - ntohl(first->ip6[3]) < count;
}

/* Is @addr one of the link's local addresses? */
static inline bool slb_link_owns(const struct slb_link *link, const union nf_inet_addr *addr,
				 u8 family)
{
	if (family == NFPROTO_IPV4)
		return slb_local_in(&link->first[0], link->count[0], addr, NFPROTO_IPV4);
	return slb_local_in(&link->first[1], link->count[1], addr, NFPROTO_IPV6);
}

/* Is @addr a next hop of the link? */
static inline bool slb_link_leads_to(const struct slb_link *link, const union nf_inet_addr *addr,
				     u8 family)
{
	unsigned int i = family == NFPROTO_IPV6, k;

	for (k = 0; k < link->vias[i]; k++)
		if (slb_addr_equal(&link->via[i][k], addr))
			return true;
	return false;
}

/* Number of local addresses for sessions. */
static inline u32 slb_link_pool(const struct slb_link *link, u8 family)
{
	unsigned int i = family == NFPROTO_IPV6;

	return link->count[i] - (link->host_at[i] != U32_MAX);
}

/* Find the link with a local address, or NULL. Context: RCU. */
static inline struct slb_link *slb_link_by_local(const struct slb_links *links,
						 const union nf_inet_addr *addr, u8 family)
{
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++) {
		struct slb_link *link = links->slot[i];

		if (link && slb_link_owns(link, addr, family))
			return link;
	}
	return NULL;
}

/* Is @addr one of the addresses that the link adopts? */
static inline bool slb_link_adopts(const struct slb_link *link, const union nf_inet_addr *addr,
				   u8 family)
{
	unsigned int i = family == NFPROTO_IPV6;

	return slb_local_in(&link->adopt[i], link->adopts[i], addr, family);
}

/* Find the link that adopts a local address of another balancer, or NULL. Context: RCU. */
static inline struct slb_link *slb_link_by_adopted(const struct slb_links *links,
						   const union nf_inet_addr *addr, u8 family)
{
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++) {
		struct slb_link *link = links->slot[i];

		if (link && slb_link_adopts(link, addr, family))
			return link;
	}
	return NULL;
}

struct slb_link *slb_link_usable(const struct slb_links *links, u8 slot, u8 family, u32 hash);
struct slb_link *slb_link_around(const struct slb_links *links, struct slb_link *chosen,
				 const struct slb_link *ingress, u8 family, u32 avoid, u32 hash);
u32 slb_link_choices(const struct slb_links *links, const struct slb_link *ingress, u8 family);

#endif /* _SLB_LINK_H */
