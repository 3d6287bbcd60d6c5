/* SPDX-License-Identifier: GPL-2.0-only */
/* Links of balancers, seen from the relay: device, next hop and return addresses. */
#ifndef _RLY_LINK_H
#define _RLY_LINK_H

#include <linux/slb_relay.h>
#include <slb/probe.h>
#include "state/stats.h"

struct netlink_ext_ack;
struct rly_balancer;
struct rly_net;

/**
 * struct rly_link_built - what the snapshot in use was built from
 * @ifindex: rly_link.nh.ifindex
 * @mtu: rly_link.mtu
 * @rank: rly_link.nh.pass
 * @state: rly_link.nh.state
 * @behind: rly_link.nh.behind
 * @says: rly_link.nh.says
 */
struct rly_link_built {
	int ifindex;
	u32 mtu;
	u8 rank[2];
	u8 state;
	u8 behind[2];
	u32 says[2];
};

/**
 * struct rly_link - a link; the packet path sees it through a snapshot
 * @nh: device and next hop
 * @stats: traffic, by RLY_CLIENT_IN ...; passed on when a changed link replaces this one
 * @flows: number of known flows of this link, by CPU: only the sum counts; passed on, too
 * @probe: its liveness; passed on, too
 * @conf: settings of the probes
 * @name: name, at most SLB_RELAY_NAME_LEN bytes, unique among the links of the balancer
 * @n: its number in dumps
 * @balancer: its balancer
 * @weight: share of the flows of the balancer; 0 drains
 * @xdp: packets that come in on it may be handled at XDP
 * @built: the link as the snapshot in use has it
 * @mtu: MTU of the device, in bytes; 0 without a device; under RTNL, read with READ_ONCE
 * @replaced: another link has @stats and @flows now, so this one does not free them
 * @first: first return address, by family
 * @last: last one
 * @rcu: frees it
 *
 * Immutable but for @built and @replaced, which change under the configuration lock, @mtu and the
 * device in @nh, which change under RTNL, and @nh.pass, which changes under the lock of @probe.
 */
struct rly_link {
	struct slb_nexthop nh;
	struct rly_traffic __percpu *stats;
	int __percpu *flows;
	struct slb_probe *probe;
	struct slb_probe_conf conf;
	char name[SLB_RELAY_NAME_LEN + 1];
	u32 n;
	struct rly_balancer *balancer;
	u32 weight;
	bool xdp;
	struct rly_link_built built;
	u32 mtu;
	bool replaced;
	union nf_inet_addr first[2];
	union nf_inet_addr last[2];
	struct rcu_head rcu;
};

/**
 * rly_link_flows() - number of known flows of a link
 * @link: link
 *
 * Return: their number.
 */
static inline u32 rly_link_flows(const struct rly_link *link)
{
	int cpu, n = 0;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(*per_cpu_ptr(link->flows, cpu));
	return max(n, 0);
}

int rly_link_init(void);
void rly_link_exit(void);
int rly_link_notifier_init(void);
void rly_link_notifier_exit(void);

struct rly_link *rly_link_by_name(const struct rly_balancer *b, const char *name);
struct rly_link *rly_link_create(struct rly_balancer *b, const char *name);
struct rly_link *rly_link_copy(const struct rly_link *old);
void rly_link_destroy(struct rly_link *link);
int rly_link_check(struct rly_net *rn, const struct rly_link *link, const struct rly_link *old,
		   struct netlink_ext_ack *extack);
int rly_link_check_vip(struct rly_net *rn, const union nf_inet_addr *addr, u8 family,
		       struct netlink_ext_ack *extack);
int rly_link_add(struct rly_net *rn, struct rly_link *link, struct netlink_ext_ack *extack);
int rly_link_replace(struct rly_net *rn, struct rly_link *old, struct rly_link *link);
int rly_link_make_dead(struct rly_net *rn, struct rly_link *link);
void rly_link_withdraw(struct rly_net *rn);
void rly_link_forget(struct rly_net *rn);
void rly_link_flush(struct rly_net *rn);
void rly_link_free(struct rly_link *link);

#endif /* _RLY_LINK_H */
