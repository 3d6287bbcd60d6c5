/* SPDX-License-Identifier: GPL-2.0-only */
/* Which servers of a group take new sessions, and with which part of their weight. */
#ifndef _SLB_CONFIG_SERVER_USE_H
#define _SLB_CONFIG_SERVER_USE_H

#include "config/group.h"

/* The whole weight of a server. */
#define SLB_USE_WHOLE 1000

void slb_use_judge(const struct slb_group *group, u32 n, u8 family, struct slb_use *use);
bool slb_use_serves(const struct slb_server *server, const struct slb_use *use);
bool slb_use_spare(const struct slb_server *server, const struct slb_use *use, u8 tier);
u32 slb_use_part(const struct slb_group *group, const struct slb_server *server,
		 const struct slb_use *use);
bool slb_use_ramps(const struct slb_group *group, const struct slb_server *server);
u32 slb_use_healthy(const struct slb_group *group);
bool slb_use_goes_on(const struct slb_group *group, struct slb_server *server);
void slb_use_update(const struct slb_group *group, const struct slb_use use[2]);

#endif /* _SLB_CONFIG_SERVER_USE_H */
