/* SPDX-License-Identifier: GPL-2.0-only */
/* Heirs: which balancer takes the flows of another one, and while which are away. */
#ifndef _RLY_HEIR_H
#define _RLY_HEIR_H

#include <linux/limits.h>
#include "config/balancer.h"

/* No balancer will be away by the passing of time alone. */
#define RLY_AWAY_NEVER ULONG_MAX

int rly_heir_find(struct rly_net *rn, const char *name, const char *self, struct rly_heir *heir,
		  struct netlink_ext_ack *extack);
const char *rly_heir_name(struct rly_net *rn, const struct rly_balancer *b);
struct rly_balancer *rly_heir_of(struct rly_net *rn, const struct rly_balancer *b,
				 unsigned int af);
void rly_heir_forget(struct rly_net *rn, const struct rly_balancer *gone);
void rly_heir_sync(struct rly_net *rn);
bool rly_away_update(struct rly_net *rn, unsigned long *next);
void rly_away_look(struct rly_net *rn);

#endif /* _RLY_HEIR_H */
