/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to servers by time. */
#ifndef _SLB_CONFIG_SERVER_LIFE_H
#define _SLB_CONFIG_SERVER_LIFE_H

#include "config/group.h"

void slb_life_init(struct slb_net *sn);
void slb_life_exit(struct slb_net *sn);
void slb_life_start(struct slb_net *sn);
void slb_life_drain(struct slb_net *sn, struct slb_server *server);
void slb_life_hear(struct slb_net *sn, struct slb_group *group, struct slb_server *server,
		   const struct slb_server_health *said);
void slb_life_path(struct slb_net *sn, struct slb_server *server, u8 slot, bool reached);
void slb_life_forget_link(struct slb_net *sn, u8 slot);
void slb_server_failed(struct slb_net *sn, struct slb_server *server,
		       struct slb_server_fault *fault);

#endif /* _SLB_CONFIG_SERVER_LIFE_H */
