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
bool slb_room_make(struct slb_net *sn);
bool slb_room_full(const struct slb_net *sn);

/**
 * slb_room_has() - is there room for one more session, or can one make room?
 * @sn: namespace
 *
 * Context: softirq, RCU.
 *
 * Return: true when there is; otherwise the refusal is counted.
 */
static __always_inline bool slb_room_has(struct slb_net *sn)
{
	return likely(slb_count_below(&sn->count)) || slb_room_make(sn);
}

#endif /* _SLB_STATE_SESSION_ROOM_H */
