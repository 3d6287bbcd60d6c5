/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path at XDP: which devices have it. */
#ifndef _RLY_XDP_H
#define _RLY_XDP_H

#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>

struct rly_net;
struct xdp_md;

/* Slots of the set of devices, a power of two. At most half of them are used. */
#define RLY_XDP_SLOTS	512u
#define RLY_XDP_DEVS	(RLY_XDP_SLOTS / 2)

/* In a slot, beside the index of a device: it can send a packet back by XDP_TX. */
#define RLY_XDP_TX	BIT(31)

/**
 * struct rly_xdp_devs - the devices whose packets are handled at XDP: a hash table of their indices
 * @slot: 0, or an index and RLY_XDP_TX; those that share a slot are in the next ones
 *
 * Written under RTNL, read by packets at any time: one that misses its device meanwhile is passed.
 */
struct rly_xdp_devs {
	u32 slot[RLY_XDP_SLOTS];
};

/**
 * rly_xdp_dev() - look up a device
 * @devs: the set
 * @ifindex: index of the device
 *
 * Return: its slot's content, or 0 when packets of the device are not handled at XDP.
 */
static __always_inline u32 rly_xdp_dev(const struct rly_xdp_devs *devs, u32 ifindex)
{
	u32 i, word;

	/* there is always an empty slot */
	for (i = ifindex; ; i++) {
		word = READ_ONCE(devs->slot[i % RLY_XDP_SLOTS]);
		if (likely((word & ~RLY_XDP_TX) == ifindex) || !word)
			return word;
	}
}

int slb_relay_xdp_packet(struct xdp_md *ctx);
int rly_xdp_init(void);
void rly_xdp_settle(struct rly_net *rn, bool traced);
void rly_xdp_changed(struct rly_net *rn);

#endif /* _RLY_XDP_H */
