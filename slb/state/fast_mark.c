// SPDX-License-Identifier: GPL-2.0-only
/* Marks of sessions for the fast path, and their generations. */
#include <linux/rtnetlink.h>

#include "config/link.h"
#include "net.h"
#include "state/fast_mark.h"
#include "state/session.h"

/* The upper bits of marks of packets that come in on a link. */
static u16 slb_fast_mark_of(const struct slb_net *sn, u8 slot)
{
	if (slb_fast_since(sn->fast_gen, sn->fast_swept) >= SLB_FAST_GENS - 1)
		return SLB_FAST_NONE;
	return SLB_FAST_PASSED | sn->fast_gen << SLB_FAST_GEN_SHIFT | slot << SLB_FAST_BITS;
}

/**
 * slb_fast_mark_link() - give a link the mark of the generation
 * @sn: namespace
 * @link: the link, in its slot
 */
void slb_fast_mark_link(struct slb_net *sn, struct slb_link *link)
{
	spin_lock(&sn->fast_lock);
	WRITE_ONCE(link->mark, slb_fast_mark_of(sn, link->slot));
	spin_unlock(&sn->fast_lock);
}

/* Context: fast_lock held. */
static void slb_fast_mark_links(struct slb_net *sn)
{
	const struct slb_links *links;
	unsigned int i;

	rcu_read_lock();
	links = rcu_dereference(sn->links);
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			WRITE_ONCE(links->slot[i]->mark, slb_fast_mark_of(sn, i));
	rcu_read_unlock();
}

/**
 * slb_fast_forget() - make all marks void, so every session passes the chains again
 * @sn: namespace; RTNL or its lock is held, so that no link is being published
 *
 * Call it a grace period after a change that requires packets to pass the chains again. Marks of an
 * older generation are void. Generation numbers wrap around, so old marks must be removed before a
 * number is used again. Until that is done, no packet is marked.
 */
void slb_fast_forget(struct slb_net *sn)
{
	u16 old;

	spin_lock(&sn->fast_lock);
	old = slb_fast_since(sn->fast_gen, sn->fast_swept);
	if (old < SLB_FAST_GENS - 1)
		WRITE_ONCE(sn->fast_gen, slb_fast_since(sn->fast_gen + 1, 0));
	slb_fast_mark_links(sn);
	spin_unlock(&sn->fast_lock);
	if (old >= SLB_FAST_GENS / 2)
		queue_work(system_unbound_wq, &sn->fast_sweep);
}

static bool slb_fast_sweep_one(struct slb_net *sn, struct slb_session *s, const void *arg)
{
	u16 gen = READ_ONCE(sn->fast_gen);
	unsigned int dir;

	for (dir = 0; dir < SLB_DIRS; dir++) {
		u16 fast = READ_ONCE(s->fast[dir]);

		if (fast && slb_fast_since(fast >> SLB_FAST_GEN_SHIFT, gen))
			cmpxchg(&s->fast[dir], fast, 0);
	}
	return false;
}

/**
 * slb_fast_sweep() - remove the marks of old generations
 * @work: that of the namespace
 */
void slb_fast_sweep(struct work_struct *work)
{
	struct slb_net *sn = container_of(work, struct slb_net, fast_sweep);
	u16 gen = READ_ONCE(sn->fast_gen);

	/* packets in the hooks may still write marks of the last generation */
	synchronize_net();
	slb_session_walk(sn, slb_fast_sweep_one, NULL);
	/* no link can be published at the same time */
	rtnl_lock();
	spin_lock(&sn->fast_lock);
	sn->fast_swept = gen;
	slb_fast_mark_links(sn);
	spin_unlock(&sn->fast_lock);
	rtnl_unlock();
}

/**
 * slb_fast_note() - note whether a packet of a session has passed every chain
 * @s: session
 * @dir: its direction
 * @in: link on which it came in
 * @out: link on which it went out
 * @passed: it has; false when it was dropped or queued
 *
 * Context: softirq, RCU.
 */
void slb_fast_note(struct slb_session *s, enum slb_dir dir, const struct slb_link *in,
		   const struct slb_link *out, bool passed)
{
	u16 fast = passed ? slb_fast_pair_mark(in, out) : 0;

	if (READ_ONCE(s->fast[dir]) == fast)
		return;
	slb_fast_learn(s, s->side[SLB_REQUEST].tuple.family);
	slb_fast_mark(s, dir, in, out, passed);
}
