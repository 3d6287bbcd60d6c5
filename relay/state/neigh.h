/* SPDX-License-Identifier: GPL-2.0-only */
/* Clients and servers, or routers towards them, that do not answer ARP or neighbour discovery. */
#ifndef _RLY_NEIGH_H
#define _RLY_NEIGH_H

#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

struct dst_entry;
struct slb_pkt;

/* Number of bits for neighbours. */
#define RLY_NEIGH_ORDER 12
#define RLY_NEIGH_BITS (1u << RLY_NEIGH_ORDER)
/* Most packets that wait for neighbours, and most that wait for their ICMP errors. */
#define RLY_NEIGH_WAITING 64
/*
 * How long a packet waits, in jiffies. The kernel asks for three seconds by default. It does not
 * ask at all if a firewall drops the packet.
 */
#define RLY_NEIGH_AGE (30 * HZ)

/**
 * struct rly_neighs - neighbours that have not answered
 * @known: a bit for the hash of each neighbour that was seen to be valid
 * @lost: a bit for the hash of each neighbour that has failed and not answered since
 * @waiting: copies of packets whose neighbours are asked for their link-layer addresses
 * @failed: those whose neighbours did not answer
 * @work: sends ICMP errors about @failed, and ends what waits for too long
 */
struct rly_neighs {
	DECLARE_BITMAP(known, RLY_NEIGH_BITS);
	DECLARE_BITMAP(lost, RLY_NEIGH_BITS);
	struct sk_buff_head waiting;
	struct sk_buff_head failed;
	struct delayed_work work;
};

/* Bit of the neighbour on a device. @word: the last 32 bits of its address */
static inline u32 rly_neigh_bit(int ifindex, u32 word)
{
	return hash_32(word ^ (u32)ifindex << 16, RLY_NEIGH_ORDER);
}

/* Is there nothing to do for packets to this neighbour? */
static inline bool rly_neigh_known(const struct rly_neighs *neighs, u32 bit)
{
	return test_bit(bit, neighs->known);
}

int rly_neigh_init(void);
void rly_neigh_exit(void);
void rly_neigh_net_init(struct rly_neighs *neighs, work_func_t work);
void rly_neigh_net_stop(struct rly_neighs *neighs);
bool rly_neigh_ask(struct rly_neighs *neighs, struct sk_buff *skb, const struct dst_entry *dst,
		   const struct slb_pkt *p);
struct sk_buff *rly_neigh_failed(struct rly_neighs *neighs, int *iif);
void rly_neigh_expire(struct rly_neighs *neighs);

#endif /* _RLY_NEIGH_H */
