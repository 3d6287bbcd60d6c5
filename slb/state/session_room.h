/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions that make room for new ones. */
#ifndef _SLB_STATE_SESSION_ROOM_H
#define _SLB_STATE_SESSION_ROOM_H

#include "state/session.h"

void slb_room_init(struct slb_net *sn);
void slb_room_update(struct slb_net *sn, struct slb_session *s);
void slb_room_leave(struct slb_net *sn, struct slb_session *s);
bool slb_room_yield(struct slb_net *sn, struct slb_session *s);
bool slb_room_make(struct slb_net *sn);
bool slb_room_full(const struct slb_net *sn);

/* The lists of a session: those of the CPU that has created it. */
static inline struct slb_room *slb_room_of(struct slb_net *sn, const struct slb_session *s)
{
	return &sn->rooms[s->room_of];
}

static inline enum slb_tier slb_room_tier(const struct slb_session *s)
{
	return slb_session_tier(s, READ_ONCE(s->progress));
}

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
