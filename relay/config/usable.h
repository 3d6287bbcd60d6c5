/* SPDX-License-Identifier: GPL-2.0-only */
/* Which VIPs are usable: routes to others are not announced. */
#ifndef _RLY_USABLE_H
#define _RLY_USABLE_H

#include <linux/types.h>

struct rly_balancer;
struct rly_net;
struct rly_vip;

/* Is a VIP usable, or why not? */
enum rly_usable {
	RLY_USABLE,
	RLY_USABLE_NO_BALANCER,
	RLY_USABLE_NO_SERVER,
};

u8 rly_usable_judge(struct rly_net *rn, const struct rly_vip *vip);
void rly_usable_update(struct rly_net *rn);
void rly_usable_look(struct rly_net *rn);
void rly_usable_forget(struct rly_net *rn, struct rly_balancer *b);
const char *rly_usable_text(const struct rly_vip *vip);

#endif /* _RLY_USABLE_H */
