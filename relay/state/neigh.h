/* SPDX-License-Identifier: GPL-2.0-only */
/* Clients and servers, or routers towards them, that do not answer ARP or neighbour discovery. */
#ifndef _RLY_NEIGH_H
#define _RLY_NEIGH_H

#include <linux/bitmap.h>
#include <linux/compiler.h>
#include <linux/types.h>

struct dst_entry;
struct slb_pkt;

/* Number of bits for neighbours; a collision costs a lookup. */
#define RLY_NEIGH_BITS 1024

/**
 * struct rly_neighs - neighbours that have not answered
 * @any: there was such a neighbour; read with READ_ONCE
 * @lost: a bit for the hash of each neighbour that has failed and not answered since
 */
struct rly_neighs {
	bool any;
	DECLARE_BITMAP(lost, RLY_NEIGH_BITS);
};

int rly_neigh_init(void);
void rly_neigh_exit(void);
bool rly_neigh_failed(const struct rly_neighs *neighs, const struct dst_entry *dst,
		      const struct slb_pkt *p);

/**
 * rly_neigh_lost() - has the next hop of a packet failed to answer?
 * @neighs: neighbours of the namespace
 * @dst: route of the packet
 * @p: the packet
 *
 * Context: softirq, RCU.
 *
 * Return: true when it failed, and has not answered since.
 */
static inline bool rly_neigh_lost(const struct rly_neighs *neighs, const struct dst_entry *dst,
				  const struct slb_pkt *p)
{
	return unlikely(READ_ONCE(neighs->any)) && rly_neigh_failed(neighs, dst, p);
}

#endif /* _RLY_NEIGH_H */
