// SPDX-License-Identifier: GPL-2.0-only
/* Sessions that the configuration ends: packets notice at once, a walk frees them later. */
#include <linux/wait.h>

#include "config/group.h"
#include "config/link.h"
#include "config/server.h"
#include "config/vip.h"
#include "state/fast_mark.h"
#include "state/purge.h"
#include "state/session.h"

/* Up to this number of sessions, a command waits for the walk, which takes milliseconds. */
#define SLB_PURGE_SMALL 65536
/* The longest such wait, in jiffies. */
#define SLB_PURGE_PATIENCE HZ
/* When to look again whether the sessions of deleted servers and VIPs have ended, in jiffies. */
#define SLB_PURGE_REAP (HZ / 10)

/**
 * slb_session_orphaned() - is the server, the VIP or the local address of a session deleted?
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
		!slb_link_by_local(links, &t->dst, t->family) &&
		!slb_link_by_adopted(links, &t->dst, t->family));
}

/**
 * slb_purge_begin() - have packets check whether the configuration has ended their session
 * @sn: namespace; its lock is held
 *
 * Call it before or after the change that ends sessions is published. slb_purge_start() follows.
 */
void slb_purge_begin(struct slb_net *sn)
{
	lockdep_assert_held(&sn->lock);
	WRITE_ONCE(sn->purge.begun, sn->purge.begun + 1);
}

/* Nothing that packets may still see waits for slb_purge_settle(). */
static bool slb_purge_settled(const struct slb_net *sn)
{
	return list_empty(&sn->purge.servers) && list_empty(&sn->purge.vips) && !sn->purge.closed;
}

/**
 * slb_purge_start() - start the walk that frees the sessions that the configuration has ended
 * @sn: namespace; its lock is held
 * @any: there are some
 *
 * One walk serves all changes so far. The fast path does not check sessions, so its marks become
 * void. Context: a grace period after slb_purge_begin() and after the change was published: packets
 * since then see both, and the sessions of earlier packets are in the table.
 */
void slb_purge_start(struct slb_net *sn, bool any)
{
	lockdep_assert_held(&sn->lock);
	if (!any) {
		/* changes are serialized: an earlier purge has started, or waits to be settled */
		if (slb_purge_settled(sn))
			WRITE_ONCE(sn->purge.begun, sn->purge.due);
		return;
	}
	slb_fast_forget(sn);
	/* pairs with slb_purge_work() */
	smp_store_release(&sn->purge.due, sn->purge.begun);
	queue_work(system_unbound_wq, &sn->purge.work);
}

/**
 * slb_purge_server() - end the sessions of a server that was deleted
 * @sn: namespace; its lock is held
 * @server: server, in no set; slb_purge_settle(), which follows, releases its group's reference
 */
void slb_purge_server(struct slb_net *sn, struct slb_server *server)
{
	slb_purge_begin(sn);
	WRITE_ONCE(server->dead, true);
	list_add_tail(&server->leaving, &sn->purge.servers);
}

/**
 * slb_purge_closed() - end the sessions of a server that stays
 * @sn: namespace; its lock is held
 * @server: server, drained; slb_purge_settle() follows
 */
void slb_purge_closed(struct slb_net *sn, struct slb_server *server)
{
	slb_purge_begin(sn);
	WRITE_ONCE(server->dead, true);
	sn->purge.closed = true;
}

/**
 * slb_purge_vip() - end the sessions of a VIP that was deleted
 * @sn: namespace; its lock is held
 * @vip: VIP, in no map and in no list of a group; the configuration's reference is released by
 *	slb_purge_settle(), which follows
 */
void slb_purge_vip(struct slb_net *sn, struct slb_vip *vip)
{
	slb_purge_begin(sn);
	WRITE_ONCE(vip->dead, true);
	list_add_tail(&vip->in_group, &sn->purge.vips);
}

/**
 * slb_purge_bury_server() - free a server that was deleted, or as soon as its sessions have ended
 * @sn: namespace; its lock is held
 * @server: server, for a grace period in no set: no new session can have it
 */
void slb_purge_bury_server(struct slb_net *sn, struct slb_server *server)
{
	lockdep_assert_held(&sn->lock);
	if (!slb_server_count(server)) {
		slb_server_free(server);
		return;
	}
	list_add_tail(&server->leaving, &sn->purge.graves.servers);
	queue_delayed_work(system_unbound_wq, &sn->purge.reap, SLB_PURGE_REAP);
}

/**
 * slb_purge_bury_vip() - free a VIP that was deleted, or as soon as its sessions have ended
 * @sn: namespace; its lock is held
 * @vip: VIP, for a grace period in no map: no new session can have it
 */
void slb_purge_bury_vip(struct slb_net *sn, struct slb_vip *vip)
{
	lockdep_assert_held(&sn->lock);
	if (!slb_traffic_sessions(vip->stats)) {
		slb_vip_free(vip);
		return;
	}
	list_add_tail(&vip->in_group, &sn->purge.graves.vips);
	queue_delayed_work(system_unbound_wq, &sn->purge.reap, SLB_PURGE_REAP);
}

/* Free what has no session any more; look again later for the others. */
static void slb_purge_reap(struct slb_net *sn)
{
	struct slb_server *server, *next_server;
	struct slb_vip *vip, *next_vip;
	LIST_HEAD(servers);
	LIST_HEAD(vips);

	mutex_lock(&sn->lock);
	list_splice_init(&sn->purge.graves.servers, &servers);
	list_splice_init(&sn->purge.graves.vips, &vips);
	list_for_each_entry_safe(server, next_server, &servers, leaving) {
		list_del(&server->leaving);
		slb_purge_bury_server(sn, server);
	}
	list_for_each_entry_safe(vip, next_vip, &vips, in_group) {
		list_del(&vip->in_group);
		slb_purge_bury_vip(sn, vip);
		cond_resched();
	}
	mutex_unlock(&sn->lock);
}

static void slb_purge_reap_work(struct work_struct *work)
{
	slb_purge_reap(container_of(to_delayed_work(work), struct slb_net, purge.reap));
}

/**
 * slb_purge_settle() - let go of the servers and VIPs that were deleted
 * @sn: namespace; its lock is held
 *
 * Many of them share one grace period, so a transaction calls it once. After that period the
 * packets that saw them have created their sessions. Context: process.
 *
 * Return: slb_net.purge.due.
 */
u32 slb_purge_settle(struct slb_net *sn)
{
	struct slb_server *server, *next_server;
	struct slb_vip *vip, *next_vip;
	bool any = sn->purge.closed;

	lockdep_assert_held(&sn->lock);
	if (slb_purge_settled(sn))
		return sn->purge.due;
	/* no packet may choose a closed server after the walk; without memory, settle later */
	if (sn->purge.closed)
		slb_group_settle(sn);
	sn->purge.closed = sn->purge.closed && sn->n_stale;
	/* a walk may have begun since that did not see the last sessions */
	slb_purge_begin(sn);
	synchronize_net();
	list_for_each_entry_safe(server, next_server, &sn->purge.servers, leaving) {
		any |= slb_server_count(server);
		list_del(&server->leaving);
		slb_purge_bury_server(sn, server);
	}
	list_for_each_entry_safe(vip, next_vip, &sn->purge.vips, in_group) {
		any |= slb_traffic_sessions(vip->stats);
		list_del(&vip->in_group);
		slb_purge_bury_vip(sn, vip);
		cond_resched();
	}
	slb_purge_start(sn, any);
	return sn->purge.due;
}

static bool slb_purge_one(struct slb_net *sn, struct slb_session *s, const void *arg)
{
	return slb_session_orphaned(rcu_dereference(sn->links), s) &&
	       slb_session_kill(sn, s, SLB_END_DELETED);
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
	/* A packet may have ended a session first: wait until it has updated the counters. */
	synchronize_net();
	/* pairs with slb_purge_done(): slots of links may be reused */
	smp_store_release(&sn->purge.done, due);
	wake_up_all(&sn->purge.wait);
	mod_delayed_work(system_unbound_wq, &sn->purge.reap, 0);
}

/**
 * slb_purge_done() - are the sessions freed that ended up to a certain moment?
 * @sn: namespace
 * @due: slb_net.purge.due at that moment
 *
 * Return: true when they are, and no counter includes them.
 */
bool slb_purge_done(const struct slb_net *sn, u32 due)
{
	/* pairs with slb_purge_work() */
	u32 done = smp_load_acquire(&sn->purge.done);

	return (s32)(done - due) >= 0;
}

/**
 * slb_purge_wait_small() - wait until the counters are right, unless there are many sessions
 * @sn: namespace; its lock is not held
 * @due: slb_net.purge.due at the moment when the sessions ended
 *
 * The next request then shows the right numbers. With many sessions that takes some seconds more.
 */
void slb_purge_wait_small(struct slb_net *sn, u32 due)
{
	if (slb_count_read(&sn->count) <= SLB_PURGE_SMALL)
		wait_event_killable_timeout(sn->purge.wait,
					    (s32)(READ_ONCE(sn->purge.walked) - due) >= 0,
					    SLB_PURGE_PATIENCE);
}

/**
 * slb_purge_wait() - wait until slb_purge_done()
 * @sn: namespace; RTNL is not held
 * @due: slb_net.purge.due at the moment when the sessions ended
 *
 * Return: 0, or -EINTR when the caller is killed.
 */
int slb_purge_wait(struct slb_net *sn, u32 due)
{
	return wait_event_killable(sn->purge.wait, slb_purge_done(sn, due)) ? -EINTR : 0;
}

/**
 * slb_purge_init() - prepare the purges of a namespace
 * @sn: namespace
 */
void slb_purge_init(struct slb_net *sn)
{
	INIT_WORK(&sn->purge.work, slb_purge_work);
	init_waitqueue_head(&sn->purge.wait);
	INIT_LIST_HEAD(&sn->purge.servers);
	INIT_LIST_HEAD(&sn->purge.vips);
	INIT_LIST_HEAD(&sn->purge.graves.servers);
	INIT_LIST_HEAD(&sn->purge.graves.vips);
	INIT_DELAYED_WORK(&sn->purge.reap, slb_purge_reap_work);
}

/**
 * slb_purge_exit() - end the purges of a namespace; all sessions end
 * @sn: namespace; no VIP is left, and nothing changes the configuration any more
 */
void slb_purge_exit(struct slb_net *sn)
{
	flush_work(&sn->purge.work);
	cancel_delayed_work_sync(&sn->purge.reap);
	slb_purge_reap(sn);
	/* none is left, and so none is queued again */
	WARN_ON_ONCE(!list_empty(&sn->purge.graves.servers) ||
		     !list_empty(&sn->purge.graves.vips));
	cancel_delayed_work_sync(&sn->purge.reap);
}
