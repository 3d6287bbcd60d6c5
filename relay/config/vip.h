/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual IPs (VIPs). */
#ifndef _RLY_VIP_H
#define _RLY_VIP_H

#include <linux/jiffies.h>
#include <linux/rhashtable-types.h>
#include <slb/claims.h>
#include <slb/flow.h>
#include "state/stats.h"

struct netlink_ext_ack;
struct slb_probe_vip;
struct slb_vip_drops;
struct rly_net;

/* Size of the buffer of rly_vip_print(). */
#define RLY_VIP_TEXT 64

/**
 * struct rly_vip_id - the identity of a VIP
 * @addr: virtual address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @proto: protocol number, or 0 for all
 * @first: first port, host order
 * @last: last port, host order; 0 to 65535 stands for all ports
 */
struct rly_vip_id {
	union nf_inet_addr addr;
	u8 family;
	u8 proto;
	u16 first;
	u16 last;
};

/**
 * struct rly_vip_asked - do answers come back from a VIP?
 * @first: jiffies of the first packet from a client since the last answer
 * @last: jiffies of the last one
 * @waiting: there was no answer since
 *
 * All are written a few times a second at most, and for a flow on the fast path once a second. So
 * an answer may be noted late.
 */
struct rly_vip_asked {
	unsigned long first;
	unsigned long last;
	bool waiting;
};

/**
 * struct rly_vip - a virtual IP
 * @stats: traffic, by RLY_VIP_*
 * @asked: packets that want an answer, and whether there was one
 * @id: its identity
 * @n: its number in dumps
 * @vaddr: its address
 * @claim: its protocol and ports, in the claims of @vaddr
 * @drops: dropped packets, or NULL
 * @usable: enum rly_usable; under the configuration lock
 * @rcu: frees it
 */
struct rly_vip {
	struct rly_traffic __percpu *stats;
	struct rly_vip_asked asked;
	struct rly_vip_id id;
	u32 n;
	struct rly_vaddr *vaddr;
	struct slb_claim claim;
	struct slb_vip_drops *drops;
	u8 usable;
	struct rcu_head rcu;
};

/**
 * struct rly_vaddr_key - lookup key of a virtual address
 * @addr: the address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 */
struct rly_vaddr_key {
	union nf_inet_addr addr;
	u32 family;
};

/**
 * struct rly_vaddr - a virtual address
 * @node: in the table of virtual addresses
 * @key: family and address
 * @claims: port ranges of its VIPs
 * @n_vips: number of its VIPs; under the configuration lock
 * @rcu: frees it
 */
struct rly_vaddr {
	struct rhash_head node;
	struct rly_vaddr_key key;
	struct slb_claims claims;
	u32 n_vips;
	struct rcu_head rcu;
};

/* How often the times of a VIP are written at most, in jiffies. */
#define RLY_VIP_NOTE (HZ / 8)
/* A client that was silent for longer does not wait for an answer, in jiffies. */
#define RLY_VIP_PATIENCE (5 * HZ)

/* A packet that wants an answer goes to a balancer. Context: softirq, RCU. */
static inline void rly_vip_ask(struct rly_vip *vip)
{
	unsigned long now = jiffies, idle = now - READ_ONCE(vip->asked.last);

	if (idle < RLY_VIP_NOTE)
		return;
	if (!READ_ONCE(vip->asked.waiting) || idle > RLY_VIP_PATIENCE)
		WRITE_ONCE(vip->asked.first, now);
	WRITE_ONCE(vip->asked.last, now);
	WRITE_ONCE(vip->asked.waiting, true);
}

/* A packet goes to a client. Context: softirq, RCU. */
static inline void rly_vip_answer(struct rly_vip *vip)
{
	if (READ_ONCE(vip->asked.waiting))
		WRITE_ONCE(vip->asked.waiting, false);
}

int rly_vip_init(void);
void rly_vip_exit(void);
void rly_vip_net_exit(struct rly_net *rn);
struct rly_vip *rly_vip_by_id(struct rly_net *rn, const struct rly_vip_id *id);
struct rly_vip *rly_vip_add(struct rly_net *rn, const struct rly_vip_id *id,
			    struct netlink_ext_ack *extack);
int rly_vip_make_dead(struct rly_net *rn, struct rly_vip *vip);
void rly_vip_free(struct rly_vip *vip);
void rly_vip_flush(struct rly_net *rn);
const char *rly_vip_print(char *buf, const struct rly_vip_id *id);
struct slb_probe_vip rly_vip_digested(const struct rly_vip_id *id);

#endif /* _RLY_VIP_H */
