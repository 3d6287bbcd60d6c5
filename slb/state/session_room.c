// SPDX-License-Identifier: GPL-2.0-only
/* Sessions that make room for new ones: by tier, and the oldest first. */
#include "state/session.h"
#include "state/session_room.h"

/* Most sessions of a list to check, and to end, for one new session: softirq must be short. */
#define SLB_ROOM_LOOKS 8
#define SLB_ROOM_ENDS 4

/**
 * slb_room_init() - initialize the lists of a namespace
 * @sn: namespace
 */
void slb_room_init(struct slb_net *sn)
{
	unsigned int i, tier;

	for (i = 0; i < SLB_ROOMS; i++) {
		spin_lock_init(&sn->rooms[i].lock);
		for (tier = 0; tier < SLB_TIERS; tier++)
			INIT_LIST_HEAD(&sn->rooms[i].tier[tier]);
	}
}

/* Number of lists that sessions can be on. */
static unsigned int slb_rooms(void)
{
	return min_t(unsigned int, nr_cpu_ids, SLB_ROOMS);
}

/* Is a session closed or refused, so that it hardly loads its server? */
static bool slb_room_idle(const struct slb_session *s, enum slb_tier tier)
{
	return tier == SLB_TIER_RESET || tier == SLB_TIER_CLOSED ||
	       (tier == SLB_TIER_HALF_OPEN && test_bit(SLB_SESSION_REFUSED, &s->flags));
}

/* Count it so at its server, or no longer. Context: lock of its lists. */
static void slb_room_count(struct slb_session *s, bool idle)
{
	if (idle == test_bit(SLB_SESSION_IDLE, &s->flags))
		return;
	change_bit(SLB_SESSION_IDLE, &s->flags);
	atomic_add(idle ? 1 : -1, &s->server->idle);
}

/**
 * slb_room_update() - move a session to the list of its new tier
 * @sn: namespace
 * @s: session
 *
 * If several CPUs do this, the last one moves it to the list of its latest state.
 * Context: softirq, RCU.
 */
void slb_room_update(struct slb_net *sn, struct slb_session *s)
{
	struct slb_room *room = slb_room_of(sn, s);
	enum slb_tier tier;

	spin_lock(&room->lock);
	/* pairs with slb_room_leave(), which runs after this bit is set */
	if (likely(!test_bit(SLB_SESSION_DEAD, &s->flags))) {
		tier = slb_room_tier(s);
		list_del_init(&s->room);
		if (tier < SLB_TIERS)
			list_add_tail(&s->room, &room->tier[tier]);
		slb_room_count(s, slb_room_idle(s, tier));
	}
	spin_unlock(&room->lock);
}

/**
 * slb_room_leave() - remove an ended session from its list
 * @sn: namespace
 * @s: session with SLB_SESSION_DEAD set, so it is not put on a list again
 *
 * Context: any, RCU.
 */
void slb_room_leave(struct slb_net *sn, struct slb_session *s)
{
	struct slb_room *room = slb_room_of(sn, s);

	spin_lock_bh(&room->lock);
	list_del_init(&s->room);
	slb_room_count(s, false);
	spin_unlock_bh(&room->lock);
}

/**
 * slb_room_yield() - end a session to make room, if its state still allows that
 * @sn: namespace
 * @s: session
 *
 * Context: softirq, RCU.
 *
 * Return: true when this call ended it.
 */
bool slb_room_yield(struct slb_net *sn, struct slb_session *s)
{
	enum slb_tier tier;

	if (!slb_session_yields(s, &tier) || !slb_session_kill(sn, s, SLB_END_YIELDED))
		return false;
	atomic64_inc(&sn->yielded);
	return true;
}

/*
 * Find the first session of a list that may make room. If its time stamp was renewed since it was
 * put on the list, move it to the end.
 */
static struct slb_session *slb_room_first(struct slb_room *room, enum slb_tier tier)
{
	struct list_head *list = &room->tier[tier];
	struct slb_session *s = NULL, *next;
	unsigned int looks = SLB_ROOM_LOOKS;
	enum slb_tier now;

	if (list_empty(list))
		return NULL;
	spin_lock(&room->lock);
	while (looks--) {
		s = list_first_entry_or_null(list, struct slb_session, room);
		if (!s || list_is_last(&s->room, list))
			break;
		next = list_next_entry(s, room);
		if ((s32)(READ_ONCE(next->used) - READ_ONCE(s->used)) >= 0)
			break;
		list_move_tail(&s->room, list);
	}
	if (s && !slb_session_yields(s, &now))
		s = NULL;
	spin_unlock(&room->lock);
	return s;
}

/* The least recently used session of the lowest tier that has one, or NULL. */
static struct slb_session *slb_room_victim(struct slb_net *sn)
{
	struct slb_session *s, *oldest = NULL;
	enum slb_tier tier;
	unsigned int i;

	for (tier = 0; tier < SLB_TIERS && !oldest; tier++) {
		for (i = 0; i < slb_rooms(); i++) {
			s = slb_room_first(&sn->rooms[i], tier);
			if (s && (!oldest || (s32)(s->used - oldest->used) < 0))
				oldest = s;
		}
	}
	return oldest;
}

/**
 * slb_room_make() - make room at the limit
 * @sn: namespace
 *
 * After the limit was lowered, more than one session must end. Context: softirq, RCU.
 *
 * Return: true when there is room; otherwise the refusal is counted.
 */
bool slb_room_make(struct slb_net *sn)
{
	struct slb_session *s;
	unsigned int ends;

	for (ends = 0; ends < SLB_ROOM_ENDS; ends++) {
		s = slb_room_victim(sn);
		if (!s)
			break;
		slb_room_yield(sn, s);
		if (slb_count_below(&sn->count))
			return true;
	}
	atomic64_inc(&sn->refused);
	return false;
}

/**
 * slb_room_full() - would slb_room_has() refuse another session?
 * @sn: namespace
 *
 * Ends and counts nothing. Context: RCU.
 *
 * Return: true at the limit, if no session is on the lists of those that can make room.
 */
bool slb_room_full(const struct slb_net *sn)
{
	enum slb_tier tier;
	unsigned int i;

	if (slb_count_below(&sn->count))
		return false;
	for (i = 0; i < slb_rooms(); i++)
		for (tier = 0; tier < SLB_TIERS; tier++)
			if (!list_empty(&sn->rooms[i].tier[tier]))
				return false;
	return true;
}
