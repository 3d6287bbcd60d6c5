/* SPDX-License-Identifier: GPL-2.0-only */
/* Balancers: the hosts that share the traffic of all VIPs, each with its links. */
#ifndef _RLY_BALANCER_H
#define _RLY_BALANCER_H

#include <linux/slb_relay.h>
#include "config/snapshot.h"

struct netlink_ext_ack;
struct rly_net;
struct slb_unusable_set;

/* Who is the heir of a balancer? */
enum rly_heir_mode {
	RLY_HEIR_AUTO,		/* the next balancer, by number in a ring, with session sync */
	RLY_HEIR_NONE,
	RLY_HEIR_NAMED,
};

/**
 * struct rly_heir - the configured heir of a balancer
 * @mode: enum rly_heir_mode
 * @n: number of the balancer when it is RLY_HEIR_NAMED
 */
struct rly_heir {
	u8 mode;
	u32 n;
};

/* Is session sync on at a balancer? */
enum rly_sync {
	RLY_SYNC_UNKNOWN,	/* no probe of it has come */
	RLY_SYNC_OFF,
	RLY_SYNC_ON,
};

/**
 * struct rly_balancer - a balancer; under the configuration lock
 * @name: name, at most SLB_RELAY_NAME_LEN bytes; the slots that it gets depend on it
 * @n: its number in dumps
 * @weight: share of the flows; 0 drains
 * @heir: its heir as configured
 * @sync: enum rly_sync, when the last snapshot was built
 * @away: its heir has its flows and return ranges, by family; read with READ_ONCE in softirq
 * @away_since: when @away was set, nanoseconds since boot
 * @away_changed: an event about @away is due
 * @dead: being removed: no place in the next set
 * @up: a link of the family carries packets, by family, as @unusable
 * @unusable: its set of unusable VIPs, or NULL: see @generation
 * @generation: of that set; SLB_UNUSABLE_NONE or SLB_UNUSABLE_ALL without one
 * @stale: @table does not fit the links any more
 * @bare_at: jiffies when it lost its last link, or was added
 * @n_links: number of links
 * @link: its links, in the order in which they were added
 * @rcu: frees it
 * @table: which link takes which slot, by family
 */
struct rly_balancer {
	char name[SLB_RELAY_NAME_LEN + 1];
	u32 n;
	u32 weight;
	struct rly_heir heir;
	u8 sync;
	bool away[2];
	u64 away_since[2];
	bool away_changed;
	bool dead;
	bool up[2];
	const struct slb_unusable_set *unusable;
	u32 generation;
	bool stale;
	unsigned long bare_at;
	u32 n_links;
	struct rly_link *link[SLB_RELAY_LINK_MAX];
	struct rcu_head rcu;
	u8 table[2][RLY_LINK_SLOTS];
};

int rly_balancer_init(void);
void rly_balancer_exit(void);
void rly_balancer_net_exit(struct rly_net *rn);
struct rly_balancer *rly_balancer_by_name(struct rly_net *rn, const char *name);
struct rly_balancer *rly_balancer_add(struct rly_net *rn, const char *name, u32 weight,
				      const struct rly_heir *heir,
				      struct netlink_ext_ack *extack);
int rly_balancer_rename(struct rly_net *rn, struct rly_balancer *b, const char *name,
			struct netlink_ext_ack *extack);
int rly_balancer_set(struct rly_net *rn, struct rly_balancer *b, u32 weight,
		     const struct rly_heir *heir);
int rly_balancer_make_dead(struct rly_net *rn, struct rly_balancer *b);
void rly_balancer_flush(struct rly_net *rn);
void rly_balancer_free(struct rly_balancer *b);
void rly_balancer_rekeyed(struct rly_net *rn);
u32 rly_balancer_links_up(const struct rly_balancer *b);
u32 rly_balancer_flows(const struct rly_balancer *b);

#endif /* _RLY_BALANCER_H */
