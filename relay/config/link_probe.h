/* SPDX-License-Identifier: GPL-2.0-only */
/* Links and their liveness. */
#ifndef _RLY_CONFIG_LINK_PROBE_H
#define _RLY_CONFIG_LINK_PROBE_H

#include "config/link.h"

int rly_link_follow(struct rly_net *rn, struct rly_link *link);
void rly_link_unfollow(struct rly_net *rn, struct rly_link *link);
void rly_probe_work(struct work_struct *work);

#endif /* _RLY_CONFIG_LINK_PROBE_H */
