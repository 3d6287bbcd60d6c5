/* SPDX-License-Identifier: GPL-2.0-only */
/* The choice of balancer and link for a packet. */
#ifndef _RLY_STEER_H
#define _RLY_STEER_H

#include <linux/bitops.h>
#include <linux/hash.h>
#include <slb/flow.h>
#include <slb/reason.h>
#include "config/snapshot.h"
#include "packet/prefilter.h"
#include "state/target.h"

struct rly_flow;

/* May this be a return address? */
static inline bool rly_snapshot_maybe(const struct rly_snapshot *snap,
				      const union nf_inet_addr *addr,
				      u8 family)
{
	return test_bit(slb_prefilter_hash(addr, family), snap->prefilter);
}

/* May a link use this device? */
static inline bool rly_snapshot_maybe_dev(const struct rly_snapshot *snap, int ifindex)
{
	return test_bit(rly_prefilter_dev(ifindex), snap->prefilter_devs);
}

/**
 * rly_return_at() - rly_return_find() as an inline function
 * @snap: balancers and links
 * @addr: bytes of the address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6, a compile-time constant
 *
 * Context: RCU.
 *
 * Return: the range that it is in, or NULL.
 */
static __always_inline const struct rly_return *rly_return_at(const struct rly_snapshot *snap,
							      const void *addr, u8 family)
{
	const struct rly_return *ret = snap->ret[rly_af(family)];
	u32 lo = 0, hi = snap->n_returns[rly_af(family)];

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (slb_addr_above(&ret[mid].first, addr, family))
			hi = mid;
		else
			lo = mid + 1;
	}
	if (!lo || slb_addr_above(addr, &ret[lo - 1].last, family))
		return NULL;
	return &ret[lo - 1];
}

enum slb_drop rly_steer_flow(const struct rly_snapshot *snap, const struct slb_tuple *t,
			     struct rly_target *target);
enum slb_drop rly_steer_hash(const struct rly_snapshot *snap, u8 family, struct rly_target *target);
enum slb_drop rly_steer_to(const struct rly_member *member, u8 family, struct rly_target *target);
bool rly_steer_any(const struct rly_snapshot *snap, u8 family);
enum slb_drop rly_steer_last(u8 family, const struct rly_target *target);
bool rly_steer_away(const struct rly_snapshot *snap, const struct rly_member *m, u8 family);
const struct rly_member *rly_steer_heir(const struct rly_snapshot *snap, const struct rly_member *m,
					u8 family);
const struct rly_member *rly_steer_holder(const struct rly_snapshot *snap, u32 slot);
void rly_steer_orphan(const struct rly_snapshot *snap, u8 family, unsigned long within,
		      struct rly_target *target);
enum slb_drop rly_steer_known(const struct rly_snapshot *snap, const struct rly_member *m,
			      u8 family, struct rly_target *target);
bool rly_steer_waits(const struct rly_member *member, u8 family, unsigned long wait);
const struct rly_return *rly_return_find(const struct rly_snapshot *snap,
					 const union nf_inet_addr *addr,
					 u8 family);
enum slb_drop rly_steer_return(const struct rly_snapshot *snap, const struct rly_return *ret,
			       const struct slb_tuple *t, struct rly_target *target);
struct rly_link *rly_steer_ingress(const struct rly_snapshot *snap, int ifindex);
struct rly_link *rly_steer_owner(const struct rly_snapshot *snap, int ifindex,
				 const struct rly_return *ret, u8 family);

#endif /* _RLY_STEER_H */
