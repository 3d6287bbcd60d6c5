/* SPDX-License-Identifier: GPL-2.0-only */
/* Balancers: the hosts that share the traffic of all VIPs, each with its links. */
#ifndef _RLY_BALANCER_H
#define _RLY_BALANCER_H

#include <linux/slb_relay.h>
#include "config/snapshot.h"

struct netlink_ext_ack;
struct rly_net;

/**
 * struct rly_balancer - a balancer; all of it under the configuration lock
 * @name: name, at most SLB_RELAY_NAME_LEN bytes; the slots that it gets depend on it
 * @n: its number in dumps
 * @weight: share of the flows; 0 drains
 * @dead: being removed: no place in the next set
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
	bool dead;
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
				      struct netlink_ext_ack *extack);
int rly_balancer_rename(struct rly_net *rn, struct rly_balancer *b, const char *name,
			struct netlink_ext_ack *extack);
int rly_balancer_set(struct rly_net *rn, struct rly_balancer *b, u32 weight);
int rly_balancer_make_dead(struct rly_net *rn, struct rly_balancer *b);
void rly_balancer_flush(struct rly_net *rn);
void rly_balancer_free(struct rly_balancer *b);
void rly_balancer_rekeyed(struct rly_net *rn);
u32 rly_balancer_links_up(const struct rly_balancer *b);
u32 rly_balancer_flows(const struct rly_balancer *b);

#endif /* _RLY_BALANCER_H */
