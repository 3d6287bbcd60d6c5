// SPDX-License-Identifier: GPL-2.0-only
/* Find the VIP of a packet: first its address, then its port. */
#include <linux/rhashtable.h>
#include <slb/table.h>

#include "config/vip.h"
#include "net.h"
#include "packet/vip_match.h"

static u32 rly_vaddr_keyhash(const void *data, u32 len, u32 seed)
{
	const struct rly_vaddr_key *key = data;

	return slb_table_bits(slb_addr_hash(&key->addr), seed, SLB_ADDR_SEED_MASK);
}

static __always_inline bool rly_vaddr_has(const struct rhash_head *he, const void *data)
{
	const struct rly_vaddr *vaddr = container_of(he, struct rly_vaddr, node);
	const struct rly_vaddr_key *key = data;

	return slb_addr_equal(&key->addr, &vaddr->key.addr) && key->family == vaddr->key.family;
}

static int rly_vaddr_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct rly_vaddr *vaddr = obj;

	return !rly_vaddr_has(&vaddr->node, arg->key);
}

static const struct rhashtable_params rly_vaddr_params = {
	.head_offset = offsetof(struct rly_vaddr, node),
	.key_offset = offsetof(struct rly_vaddr, key),
	.key_len = sizeof(struct rly_vaddr_key),
	.hashfn = rly_vaddr_keyhash,
	.obj_cmpfn = rly_vaddr_cmp,
	.automatic_shrinking = true,
};

/**
 * rly_vaddr_find() - is this a virtual address?
 * @rn: namespace
 * @addr: address, network order; unused words zero
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: RCU.
 *
 * Return: what is known of it, or NULL.
 */
struct rly_vaddr *rly_vaddr_find(struct rly_net *rn, const union nf_inet_addr *addr, u8 family)
{
	struct rly_vaddr_key key = { .addr = *addr, .family = family };
	struct rhash_head *he = slb_table_find(&rn->vaddrs, slb_addr_hash(&key.addr),
					       SLB_ADDR_SEED_MASK, rly_vaddr_has, &key);

	return he ? container_of(he, struct rly_vaddr, node) : NULL;
}

/**
 * rly_vip_match() - find the VIP of a port
 * @vaddr: the address
 * @proto: transport protocol
 * @port: network order
 *
 * Context: RCU.
 *
 * Return: the most specific VIP that holds the port, or NULL.
 */
struct rly_vip *rly_vip_match(const struct rly_vaddr *vaddr, u8 proto, __be16 port)
{
	if (!slb_proto_known(proto))
		return NULL;
	return slb_portmap_find(rcu_dereference(vaddr->claims.map[slb_proto_index(proto)]),
				ntohs(port));
}

/**
 * rly_vaddr_insert() - publish a virtual address
 * @rn: namespace
 * @vaddr: the address, its key and ports set
 *
 * Return: 0 or an error.
 */
int rly_vaddr_insert(struct rly_net *rn, struct rly_vaddr *vaddr)
{
	lockdep_assert_held(&rn->lock);
	return rhashtable_insert_fast(&rn->vaddrs, &vaddr->node, rly_vaddr_params);
}

/**
 * rly_vaddr_remove() - the opposite of rly_vaddr_insert()
 * @rn: namespace
 * @vaddr: the address; packets may use it for a grace period
 */
void rly_vaddr_remove(struct rly_net *rn, struct rly_vaddr *vaddr)
{
	lockdep_assert_held(&rn->lock);
	rhashtable_remove_fast(&rn->vaddrs, &vaddr->node, rly_vaddr_params);
}

/**
 * rly_vip_net_init() - initialize the virtual addresses of a namespace
 * @rn: namespace
 *
 * Return: 0 or an error.
 */
int rly_vip_net_init(struct rly_net *rn)
{
	return rhashtable_init(&rn->vaddrs, &rly_vaddr_params);
}
