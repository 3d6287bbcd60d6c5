/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows stay with the balancer that has them when slots change hands. */
#ifndef _RLY_KEEP_H
#define _RLY_KEEP_H

#include <slb/parse.h>
#include "steer.h"

struct rly_net;

/**
 * enum rly_sign - what a packet tells of the life of its flow
 * @RLY_GOES_ON: nothing
 * @RLY_BEGINS: it is the first one
 * @RLY_ENDS: the client ends the flow
 * @RLY_ASKS: it is about the flow, but none of its packets
 * @RLY_WOULD: there is no packet; the question is where the first one would go
 */
enum rly_sign {
	RLY_GOES_ON,
	RLY_BEGINS,
	RLY_ENDS,
	RLY_ASKS,
	RLY_WOULD,
};

enum rly_sign rly_keep_sign(const struct slb_pkt *p);
enum slb_drop rly_keep_flow(struct rly_net *rn, const struct rly_set *set,
			    const struct slb_tuple *t, enum rly_sign sign, struct rly_way *way);

int rly_keep_init(void);
void rly_keep_exit(void);
int rly_keep_net_init(struct rly_net *rn);
void rly_keep_net_stop(struct rly_net *rn);
void rly_keep_net_exit(struct rly_net *rn);
void rly_keep_start(struct rly_net *rn);

#endif /* _RLY_KEEP_H */
