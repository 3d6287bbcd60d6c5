/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions that make room for new ones. */
#ifndef _SLB_STATE_SESSION_ROOM_H
#define _SLB_STATE_SESSION_ROOM_H

#include "state/session.h"

void slb_room_init(struct slb_net *sn);
void slb_room_enter(struct slb_net *sn, struct slb_session *s);
void slb_room_update(struct slb_net *sn, struct slb_session *s);
void slb_room_leave(struct slb_net *sn, struct slb_session *s);
bool slb_room_yield(struct slb_net *sn, struct slb_session *s);
bool slb_room_has(struct slb_net *sn);
bool slb_room_full(const struct slb_net *sn);

#endif /* _SLB_STATE_SESSION_ROOM_H */
