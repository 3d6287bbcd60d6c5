// SPDX-License-Identifier: GPL-2.0-only
/* Sessions that the configuration ends: packets see it at once, a walk later frees them. */
#include <linux/wait.h>

#include "group.h"
#include "link.h"
#include "session.h"
#include "vip.h"

/* Sessions up to which a command waits for the walk: it takes milliseconds. */
#define SLB_PURGE_SMALL 65536
/* But not for longer than this, in jiffies. */
#define SLB_PURGE_PATIENCE HZ

/**
 * slb_session_orphaned() - are the server, the VIP or the local address of a session deleted?
 * @links: all links
 * @s: the session
 *
 * Context: RCU.
 *
 * Return: true when one of them is.
 */
bool slb_session_orphaned(const struct slb_links *links, const struct slb_session *s)
{
	const struct slb_tuple *t = &s->side[SLB_REPLY].tuple;
	const struct slb_link *ret = links->slot[s->ret];

	return READ_ONCE(s->server->dead) || READ_ONCE(s->vip->dead) || !ret ||
	       (!slb_link_owns(ret, &t->dst, t->family) &&
		!slb_link_by_local(links, &t->dst, t->family));
}

/**
 * slb_purge_begin() - from now on, packets ask whether the configuration has ended their session
 * @sn: namespace; its lock is held
 *
 * Before or after what ends sessions is published; slb_purge_start() follows.
 */
void slb_purge_begin(struct slb_net *sn)
{
	lockdep_assert_held(&sn->lock);
	WRITE_ONCE(sn->purge.begun, sn->purge.begun + 1);
}

/**
 * slb_purge_start() - have the sessions freed that the configuration has ended
 * @sn: namespace; its lock is held
 * @any: there are some
 *
 * All that was begun is done by one walk. Marks of the fast path go, as it does not ask. Context: a
 * grace period after slb_purge_begin() and after what ends sessions was published: every packet
 * that has begun since knows both, and all sessions of packets from before are in the table.
 */
void slb_purge_start(struct slb_net *sn, bool any)
{
	lockdep_assert_held(&sn->lock);
	if (!any) {
		/* what was begun before has started, as changes follow one another */
		WRITE_ONCE(sn->purge.begun, sn->purge.due);
		return;
	}
	slb_fast_forget(sn);
	/* pairs with slb_purge_work() */
	smp_store_release(&sn->purge.due, sn->purge.begun);
	queue_work(system_unbound_wq, &sn->purge.work);
}

static bool slb_purge_one(struct slb_net *sn, struct slb_session *s, const void *arg)
{
	return slb_session_orphaned(rcu_dereference(sn->links), s) && slb_session_kill(sn, s);
}

/**
 * slb_purge_work() - free the sessions that the configuration has ended
 * @work: that of the namespace
 */
void slb_purge_work(struct work_struct *work)
{
	struct slb_net *sn = container_of(work, struct slb_net, purge.work);
	/* pairs with slb_purge_start() */
	u32 due = smp_load_acquire(&sn->purge.due);

	slb_session_walk(sn, slb_purge_one, NULL);
	WRITE_ONCE(sn->purge.walked, due);
	wake_up_all(&sn->purge.wait);
	/* A packet may have been faster to end a session: let it finish counting. */
	synchronize_net();
	/* pairs with slb_purge_done(): slots of links may be used again */
	smp_store_release(&sn->purge.done, due);
	wake_up_all(&sn->purge.wait);
}

/**
 * slb_purge_done() - are all sessions freed that ended up to a moment?
 * @sn: namespace
 * @due: slb_net.purge.due, then
 *
 * Return: true when they are, and nothing counts them any more.
 */
bool slb_purge_done(const struct slb_net *sn, u32 due)
{
	/* pairs with slb_purge_work() */
	u32 done = smp_load_acquire(&sn->purge.done);

	return (s32)(done - due) >= 0;
}

/**
 * slb_purge_wait_small() - wait until sessions that have ended are not counted, if they are few
 * @sn: namespace; its lock is not held
 * @due: slb_net.purge.due, when they had ended
 *
 * The next request then shows the right numbers. Where there are many sessions, they are right some
 * seconds later.
 */
void slb_purge_wait_small(struct slb_net *sn, u32 due)
{
	if (atomic_read(&sn->n_sessions) <= SLB_PURGE_SMALL)
		wait_event_killable_timeout(sn->purge.wait,
					    (s32)(READ_ONCE(sn->purge.walked) - due) >= 0,
					    SLB_PURGE_PATIENCE);
}

/**
 * slb_purge_wait() - wait until slb_purge_done()
 * @sn: namespace; RTNL is not held
 * @due: slb_net.purge.due, when sessions had ended
 *
 * Return: 0, or -EINTR when the caller is killed.
 */
int slb_purge_wait(struct slb_net *sn, u32 due)
{
	return wait_event_killable(sn->purge.wait, slb_purge_done(sn, due)) ? -EINTR : 0;
}

/**
 * slb_purge_init() - a namespace begins
 * @sn: namespace
 */
void slb_purge_init(struct slb_net *sn)
{
	INIT_WORK(&sn->purge.work, slb_purge_work);
	init_waitqueue_head(&sn->purge.wait);
}
