/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions that the configuration ends. */
#ifndef _SLB_STATE_PURGE_H
#define _SLB_STATE_PURGE_H

#include "state/session.h"

void slb_purge_init(struct slb_net *sn);
void slb_purge_exit(struct slb_net *sn);
void slb_purge_begin(struct slb_net *sn);
void slb_purge_start(struct slb_net *sn, bool any);
void slb_purge_closed(struct slb_net *sn, struct slb_server *server);
void slb_purge_server(struct slb_net *sn, struct slb_server *server);
void slb_purge_vip(struct slb_net *sn, struct slb_vip *vip);
void slb_purge_bury_server(struct slb_net *sn, struct slb_server *server);
void slb_purge_bury_vip(struct slb_net *sn, struct slb_vip *vip);
u32 slb_purge_settle(struct slb_net *sn);
void slb_purge_work(struct work_struct *work);
bool slb_purge_done(const struct slb_net *sn, u32 due);
int slb_purge_wait(struct slb_net *sn, u32 due);
void slb_purge_wait_small(struct slb_net *sn, u32 due);

#endif /* _SLB_STATE_PURGE_H */
