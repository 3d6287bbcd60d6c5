/* SPDX-License-Identifier: GPL-2.0-only */
/* VIPs and virtual addresses. */
#ifndef _SLB_VIP_H
#define _SLB_VIP_H

#include <linux/list.h>
#include <linux/rhashtable.h>
#include <slb/flow.h>
#include <slb/claims.h>
#include "config/policy.h"
#include "net.h"
#include "state/stats.h"

struct slb_group;
struct slb_probe_vip;
struct slb_vip_drops;

/* Most remembered addresses without VIPs. */
#define SLB_VADDR_FORMER_MAX 256

/**
 * struct slb_vaddr - a virtual address
 * @node: in the table of virtual addresses
 * @key: its key there
 * @n_usable: number of its VIPs with a usable server; read with READ_ONCE in softirq
 * @claims: port ranges of its VIPs
 * @n: number of its VIPs, under the lock
 * @ended: when it may be forgotten, jiffies; valid with @mourns, under the lock
 * @mourns: a VIP with sessions was deleted; under the lock
 * @former: remembered, without a VIP; read with READ_ONCE in softirq
 * @in_former: in slb_net.former while it is @former, under the lock
 * @rcu: frees it
 */
struct slb_vaddr {
	struct rhash_head node;
	struct slb_vaddr_key {
		union nf_inet_addr addr;
		u32 family;
	} key;
	u32 n_usable;
	struct slb_claims claims;
	u32 n;
	unsigned long ended;
	bool mourns;
	bool former;
	struct list_head in_former;
	struct rcu_head rcu;
};

/**
 * struct slb_vip_conf - what the operator wants of a VIP, apart from its group
 * @client_address: enum slb_vip_client_address of new sessions, fit for its protocol
 * @policy: its policy
 */
struct slb_vip_conf {
	u8 client_address;
	struct slb_policy_conf policy;
};

/**
 * struct slb_vip - a VIP: protocol and ports of a virtual address, served by a group
 * @in_group: in the list of @group; once it is deleted in slb_purge.vips, and in
 *	slb_purge.graves.vips then; under the lock
 * @rcu: frees it
 * @vaddr: its address, under the lock
 * @id: number, for dumps
 * @claim: its protocol and ports, in @vaddr's claims
 * @dead: it is deleted, so its sessions have ended
 * @special: new sessions need more than a server: @client_address or @policy says so
 * @client_address: enum slb_vip_client_address of new sessions
 * @policy: its policy, or NULL
 * @group: its group
 * @stats: packets, bytes and sessions
 * @drops: dropped packets, or NULL
 */
struct slb_vip {
	union {
		struct list_head in_group;
		struct rcu_head rcu;
	};
	struct slb_vaddr *vaddr;
	u32 id;
	struct slb_claim claim;
	bool dead;
	u8 special;
	u8 client_address;
	struct slb_policy __rcu *policy;
	struct slb_group __rcu *group;
	struct slb_traffic __percpu *stats;
	struct slb_vip_drops *drops;
};

int slb_vip_table_init(struct slb_net *sn);
void slb_vip_table_exit(struct slb_net *sn);

struct slb_vaddr *slb_vaddr_lookup(struct slb_net *sn, const union nf_inet_addr *addr, u8 family);
void slb_vaddr_turn(struct slb_net *sn, const struct slb_group *group, u8 family, int by);
bool slb_vip_usable(struct slb_net *sn, const struct slb_vip *vip);

struct slb_vip *slb_vip_exact(struct slb_net *sn, const union nf_inet_addr *addr, u8 family,
			      u8 proto, u16 first, u16 last);
int slb_vip_add(struct slb_net *sn, const union nf_inet_addr *addr, u8 family, u8 proto,
		u16 first, u16 last, struct slb_group *group, const struct slb_vip_conf *conf,
		struct netlink_ext_ack *extack);
int slb_vip_set(struct slb_net *sn, struct slb_vip *vip, struct slb_group *group,
		const struct slb_vip_conf *conf);
struct slb_vip_conf slb_vip_conf(const struct slb_net *sn, const struct slb_vip *vip);
int slb_vip_del(struct slb_net *sn, struct slb_vip *vip);
void slb_vip_flush(struct slb_net *sn, bool remember);
void slb_vip_unlinked(struct slb_net *sn);
unsigned long slb_vaddr_expire(struct slb_net *sn);
void slb_vip_free(struct slb_vip *vip);
struct slb_probe_vip slb_vip_id(const struct slb_vip *vip);

/**
 * slb_vaddr_find() - is this a virtual address?
 * @sn: namespace
 * @addr: address, network order
 * @family: address family
 *
 * Asks the prefilter first. Context: RCU.
 *
 * Return: the address or NULL.
 */
static inline struct slb_vaddr *slb_vaddr_find(struct slb_net *sn, const union nf_inet_addr *addr,
					       u8 family)
{
	struct slb_vaddr *vaddr;

	if (likely(!test_bit(slb_prefilter_hash(addr, family), sn->prefilter)))
		return NULL;
	vaddr = slb_vaddr_lookup(sn, addr, family);
	return vaddr && !READ_ONCE(vaddr->former) ? vaddr : NULL;
}

/* Find the VIP of a port, or NULL. Context: RCU. */
static inline struct slb_vip *slb_vip_find(const struct slb_vaddr *vaddr, u8 proto, __be16 port)
{
	return slb_portmap_find(rcu_dereference(vaddr->claims.map[slb_proto_index(proto)]),
				ntohs(port));
}

#endif /* _SLB_VIP_H */
