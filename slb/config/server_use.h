/* SPDX-License-Identifier: GPL-2.0-only */
/* Which servers of a group take new sessions, and with which part of their weight. */
#ifndef _SLB_CONFIG_SERVER_USE_H
#define _SLB_CONFIG_SERVER_USE_H

#include "config/group.h"

/* The whole weight of a server. */
#define SLB_USE_WHOLE 1000

/**
 * struct slb_use - how the servers of one family are used
 * @healthy: number of servers that could serve and that no check calls down
 * @trust: health counts, else all servers serve
 * @refuse: too few are healthy: new sessions are refused
 * @tier: highest tier that takes new sessions
 * @scaled: a server gets a part of its weight
 * @even: all servers that serve are in their slow start, so none is scaled for it
 */
struct slb_use {
	u32 healthy;
	bool trust;
	bool refuse;
	u8 tier;
	bool scaled;
	bool even;
};

void slb_use_judge(const struct slb_group *group, u32 n, u8 family, struct slb_use *use);
bool slb_use_serves(const struct slb_server *server, const struct slb_use *use);
u32 slb_use_part(const struct slb_group *group, const struct slb_server *server,
		 const struct slb_use *use);
bool slb_use_ramps(const struct slb_group *group, const struct slb_server *server);
u32 slb_use_healthy(const struct slb_group *group);
void slb_use_update(struct slb_group *group);

#endif /* _SLB_CONFIG_SERVER_USE_H */
