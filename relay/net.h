/* SPDX-License-Identifier: GPL-2.0-only */
/* All state of the relay in one network namespace. */
#ifndef _RLY_NET_H
#define _RLY_NET_H

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <slb/drop.h>
#include <slb/probe.h>
#include <slb/rate.h>
#include <slb/tracer.h>
#include <slb/txn.h>
#include "packet/prefilter.h"
#include "packet/xdp.h"
#include "state/flow.h"
#include "state/hop.h"
#include "state/neigh.h"

struct rly_replies;
struct rly_snapshot;

/**
 * struct rly_former - a deleted balancer, to which flows may still belong
 * @list: in rly_net.former, the latest one last
 * @name: its name
 * @n: its number, which it gets again when it is added again
 */
struct rly_former {
	struct list_head list;
	char name[SLB_RELAY_NAME_LEN + 1];
	u32 n;
};

/**
 * struct rly_net - the relay in one network namespace
 * @net: the namespace
 * @prefilter_devs: bits of devices that a link may use, see rly_prefilter_update()
 * @prefilter: bits of addresses that may be virtual or return addresses, see there
 * @filter: which addresses may be virtual ones; not NULL while there is a VIP
 * @snapshot: balancers and links for the packet path; NULL before the first one
 * @replies: flows from servers that may take the fast path; not NULL while there is a VIP
 * @vaddrs: virtual addresses, each with its VIPs
 * @lock: protects the configuration and the members below. RTNL is taken inside it, never the
 *	reverse: the netdevice notifier runs under RTNL and must not wait for a long change
 * @txns: transactions, and the generation of the configuration
 * @seq: counts changes of the configuration and of where packets go, for consistent dumps and for
 *	marks of flows; never 0; read in softirq
 * @vips: VIPs by number; numbers only grow
 * @balancers: balancers by number; numbers only grow
 * @links: links of all balancers by number; numbers only grow. Writers hold @lock and RTNL, readers
 *	one of them
 * @devices: settings of devices by number; numbers only grow. As @links
 * @probes: liveness of links
 * @hooks: hooks of the ordinary path
 * @ports: devices with the hook of the fast path, under RTNL
 * @hooked: packets of flows are handled; changed under RTNL, read in softirq
 * @halted: rly_net_halt() was called, under RTNL
 * @outdated: building @snapshot failed after a change of links
 * @judge: find out which VIPs are usable: balancers have changed
 * @announce: routes to VIPs may be announced; a setting
 * @former: deleted balancers: struct rly_former, at most SLB_RELAY_BALANCER_MAX
 * @n_former: their number
 * @deleted: jiffies when a balancer or a link was last deleted; read with READ_ONCE in softirq
 * @next_vip: where the next search for a free number starts
 * @next_balancer: the same for balancers
 * @next_link: the same for links
 * @next_device: the same for devices
 * @n_vips: number of VIPs; the hooks are registered while it is not 0
 * @n_balancers: number of balancers
 * @n_links: number of links
 * @n_devices: number of devices with settings
 * @key: key of the flow hash and of the slots; copied into each snapshot
 * @key_random: @key is the initial random key
 * @resets: number of resets in this second
 * @reset_rate: maximum of resets per second; a setting, read with READ_ONCE in softirq
 * @unmatched: enum slb_relay_unmatched: action for packets to a virtual address that match no
 *	VIP; a setting, read with READ_ONCE in softirq
 * @added: jiffies when a VIP, balancer or link was last added; read with READ_ONCE in softirq
 * @settle_after: milliseconds after @added in which the configuration may be incomplete; a setting,
 *	read with READ_ONCE in softirq
 * @fast_path: established flows are handled at the first hook of a device; a setting, changed by
 *	rly_fast_set()
 * @xdp: devices whose packets are handled at XDP
 * @drops: per CPU
 * @flows: the flow table
 * @hops: routes of packets from balancers
 * @neighs: next hops to clients and servers that do not answer
 * @icmp_rate: maximum of ICMP errors to balancers per second and class; a setting, read with
 *	READ_ONCE in softirq
 * @icmp: budgets of ICMP errors, by enum slb_icmp_class
 * @tracers: tracers
 * @traced_hooks: hooks of PREROUTING that look for packets to trace; or the first two of @hooks are
 *	registered
 * @traced: they are, under RTNL
 */
struct rly_net {
	struct net *net;
	DECLARE_BITMAP(prefilter_devs, RLY_PREFILTER_DEVS);
	DECLARE_BITMAP(prefilter, SLB_PREFILTER_SIZE);
	struct rly_filter __rcu *filter;
	struct rly_snapshot __rcu *snapshot;
	struct rly_replies __rcu *replies;
	struct rhashtable vaddrs;
	struct mutex lock;
	struct slb_txns txns;
	u32 seq;
	struct xarray vips;
	struct xarray balancers;
	struct xarray links;
	struct xarray devices;
	struct slb_probe_net probes;
	struct nf_hook_ops hooks[4];
	struct list_head ports;
	bool hooked;
	bool halted;
	bool outdated;
	bool judge;
	bool announce;
	struct list_head former;
	u32 n_former;
	unsigned long deleted;
	u32 next_vip;
	u32 next_balancer;
	u32 next_link;
	u32 next_device;
	u32 n_vips;
	u32 n_balancers;
	u32 n_links;
	u32 n_devices;
	siphash_key_t key;
	bool key_random;
	struct slb_rate resets;
	u32 reset_rate;
	u8 unmatched;
	unsigned long added;
	u32 settle_after;
	bool fast_path;
	struct rly_xdp_devs xdp;
	struct slb_drops __percpu *drops;
	struct rly_flows flows;
	struct rly_hops hops;
	struct rly_neighs neighs;
	u32 icmp_rate;
	struct slb_rate icmp[SLB_ICMP_CLASSES];
	struct slb_tracers tracers;
	struct nf_hook_ops traced_hooks[2];
	bool traced;
};

extern unsigned int rly_net_id;

static inline struct rly_net *rly_net(const struct net *net)
{
	return net_generic(net, rly_net_id);
}

/* An RCU pointer whose writers hold the configuration lock. */
#define rly_dereference(rn, p) rcu_dereference_protected(p, lockdep_is_held(&(rn)->lock))

/* Note that an object is being added, before packets see it. */
static inline void rly_net_adds(struct rly_net *rn)
{
	lockdep_assert_held(&rn->lock);
	WRITE_ONCE(rn->added, jiffies);
}

/* Packets may be steered elsewhere: marks of flows are void, and dumps inconsistent. */
static inline void rly_net_moved(struct rly_net *rn)
{
	lockdep_assert_held(&rn->lock);
	/* pairs with readers of the number, who read the configuration after it */
	smp_store_release(&rn->seq, rn->seq + 1 ?: 1);
}

/* Count a change of the configuration. */
static inline void rly_net_changed(struct rly_net *rn)
{
	slb_txn_changed(&rn->txns);
	rly_net_moved(rn);
}

int rly_net_init(void);
void rly_net_halt(struct rly_net *rn);
void rly_net_withdraw(void);
void rly_net_exit(void);
int rly_net_rekey(struct rly_net *rn, const u8 *bytes);

#endif /* _RLY_NET_H */
