/* SPDX-License-Identifier: GPL-2.0-only */
/* The look-up of a virtual address, inline. */
#ifndef _SLB_CONFIG_VIP_SEEK_H
#define _SLB_CONFIG_VIP_SEEK_H

#include <slb/table.h>
#include "config/vip.h"

static __always_inline bool slb_vaddr_has(const struct rhash_head *he, const void *data)
{
	const struct slb_vaddr *vaddr = container_of(he, struct slb_vaddr, node);
	const struct slb_vaddr_key *key = data;

	return slb_addr_equal(&key->addr, &vaddr->key.addr) && key->family == vaddr->key.family;
}

/* slb_vaddr_lookup(), inlined. */
static __always_inline struct slb_vaddr *slb_vaddr_seek(struct slb_net *sn,
							const union nf_inet_addr *addr, u8 family)
{
	struct slb_vaddr_key key = { .addr = *addr, .family = family };
	struct rhash_head *he = slb_table_find(&sn->vaddrs, slb_addr_hash(&key.addr),
					       SLB_ADDR_SEED_MASK, slb_vaddr_has, &key);

	return he ? container_of(he, struct slb_vaddr, node) : NULL;
}

#endif /* _SLB_CONFIG_VIP_SEEK_H */
