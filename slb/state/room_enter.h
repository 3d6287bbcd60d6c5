/* SPDX-License-Identifier: GPL-2.0-only */
/* A new session goes on a list of those that can make room, inline. */
#ifndef _SLB_STATE_ROOM_ENTER_H
#define _SLB_STATE_ROOM_ENTER_H

#include "state/session_room.h"

/**
 * slb_room_enter() - put a new session on the list of its tier
 * @sn: namespace
 * @s: session
 *
 * Packets on other CPUs may have found it already. If one of them has put it on a list, that list
 * is the right one. Context: softirq, RCU.
 */
static __always_inline void slb_room_enter(struct slb_net *sn, struct slb_session *s)
{
	struct slb_room *room = slb_room_of(sn, s);
	enum slb_tier tier;

	spin_lock(&room->lock);
	/* pairs with slb_room_leave(), which runs after this bit is set */
	if (likely(list_empty(&s->room) && !test_bit(SLB_SESSION_DEAD, &s->flags))) {
		tier = slb_room_tier(s);
		if (likely(tier < SLB_TIERS))
			list_add_tail(&s->room, &room->tier[tier]);
	}
	spin_unlock(&room->lock);
}

#endif /* _SLB_STATE_ROOM_ENTER_H */
