// SPDX-License-Identifier: GPL-2.0-only
/* Copies of other balancers' sessions, and whether this balancer has its own sessions back. */
#include <linux/rculist.h>
#include <linux/slab.h>
#include <slb/probe_flags.h>

#include "config/link.h"
#include "state/sync.h"
#include "state/sync_log.h"

/* Jiffies after which a balancer that was not heard of may be dead: it is fed each second. */
#define SLB_SYNC_LIVES (5 * HZ)

/**
 * slb_sync_claim() - a packet has come for a copy: this balancer serves the session now
 * @sn: namespace
 * @s: session
 *
 * Its balancer learns that when it is back. Context: softirq, RCU.
 */
void slb_sync_claim(struct slb_net *sn, struct slb_session *s)
{
	WRITE_ONCE(s->used, (u32)jiffies);
	/* the time before the flag: see slb_session_expired() */
	if (!test_and_clear_bit(SLB_SESSION_STANDBY, &s->flags))
		return;
	atomic_dec(&sn->sync.standby);
	slb_sync_note(sn, s);
}

/**
 * slb_sync_gone() - a session has ended that others know, or that is a copy
 * @sn: namespace
 * @s: session, with SLB_SESSION_DEAD set
 *
 * Context: any, RCU.
 */
void slb_sync_gone(struct slb_net *sn, struct slb_session *s)
{
	struct slb_sync_log *log = rcu_dereference(sn->sync.log);

	if (test_and_clear_bit(SLB_SESSION_STANDBY, &s->flags)) {
		atomic_dec(&sn->sync.standby);
		return;
	}
	if (!log || !test_and_clear_bit(SLB_SESSION_SYNCED, &s->flags))
		return;
	local_bh_disable();
	slb_sync_log_write(log, &s->side[SLB_REPLY].tuple, true);
	local_bh_enable();
}

static bool slb_sync_fed_has(const struct slb_sync_fed *fed, const union nf_inet_addr *addr,
			     u8 family)
{
	return fed->family == family && slb_addr_cmp(&fed->first, addr, family) <= 0 &&
	       slb_addr_cmp(addr, &fed->last, family) <= 0;
}

/**
 * slb_sync_expired() - has a copy expired?
 * @sn: namespace
 * @s: session with SLB_SESSION_STANDBY
 *
 * Its packets go to its balancer, so its time begins when that one is heard of no more. Context:
 * RCU.
 *
 * Return: true when it has.
 */
bool slb_sync_expired(const struct slb_net *sn, const struct slb_session *s)
{
	const struct slb_tuple *t = &s->side[SLB_REPLY].tuple;
	u32 since = READ_ONCE(s->used);
	const struct slb_sync_fed *fed;

	list_for_each_entry_rcu(fed, &sn->sync.fed, list) {
		u32 when = READ_ONCE(fed->when);

		if (slb_sync_fed_has(fed, &t->dst, t->family) && (s32)(when - since) > 0)
			since = when;
	}
	return (s32)((u32)jiffies - since) > (s32)slb_session_timeout(sn, s);
}

static struct slb_sync_fed *slb_sync_fed_find(struct slb_net *sn, const struct slb_sync_fed *like)
{
	struct slb_sync_fed *fed;

	list_for_each_entry(fed, &sn->sync.fed, list)
		if (fed->family == like->family && slb_addr_equal(&fed->first, &like->first) &&
		    slb_addr_equal(&fed->last, &like->last))
			return fed;
	return NULL;
}

static void slb_sync_fed_forget(struct slb_net *sn, struct slb_sync_fed *fed)
{
	list_del_rcu(&fed->list);
	sn->sync.n_fed--;
	kfree_rcu(fed, rcu);
}

/* Forget the range that was fed longest ago. That of a balancer that lives is missed. */
static void slb_sync_fed_shrink(struct slb_net *sn)
{
	struct slb_sync_fed *fed, *oldest = NULL;

	list_for_each_entry(fed, &sn->sync.fed, list)
		if (!oldest || (s32)(fed->when - oldest->when) < 0)
			oldest = fed;
	if (!oldest)
		return;
	if ((u32)jiffies - oldest->when < SLB_SYNC_LIVES)
		sn->sync.forgotten++;
	slb_sync_fed_forget(sn, oldest);
}

static int slb_sync_feed_one(struct slb_net *sn, const struct slb_sync_range *range)
{
	struct slb_sync_fed like = { .family = slb_sync_family(range->family) }, *fed;

	if (!like.family)
		return -EINVAL;
	slb_sync_addr(&like.first, range->first, like.family);
	slb_sync_addr(&like.last, range->last, like.family);
	fed = slb_sync_fed_find(sn, &like);
	if (fed) {
		WRITE_ONCE(fed->when, (u32)jiffies);
		return 0;
	}
	fed = kmemdup(&like, sizeof(like), GFP_KERNEL);
	if (!fed)
		return -ENOMEM;
	if (sn->sync.n_fed >= SLB_SYNC_FED_MAX)
		slb_sync_fed_shrink(sn);
	fed->when = (u32)jiffies;
	list_add_tail_rcu(&fed->list, &sn->sync.fed);
	sn->sync.n_fed++;
	return 0;
}

/**
 * slb_sync_feed() - the balancer with these local addresses lives, so its sessions do, too
 * @sn: namespace; its lock is held
 * @ranges: its ranges
 * @n: their number
 *
 * Return: 0, -EINVAL for an unknown family, or -ENOMEM.
 */
int slb_sync_feed(struct slb_net *sn, const struct slb_sync_range *ranges, u32 n)
{
	int err = 0;
	u32 i;

	lockdep_assert_held(&sn->lock);
	for (i = 0; !err && i < n; i++)
		err = slb_sync_feed_one(sn, &ranges[i]);
	return err;
}

/**
 * struct slb_sync_swept - which copies a sweep ends
 * @ranges: those with these local addresses
 * @n: number of ranges
 * @epoch: and without this mark
 */
struct slb_sync_swept {
	const struct slb_sync_range *ranges;
	u32 n;
	u32 epoch;
};

static bool slb_sync_sweeps(const struct slb_session *s, const void *arg)
{
	const struct slb_tuple *t = &s->side[SLB_REPLY].tuple;
	const struct slb_sync_swept *swept = arg;
	u32 i;

	if (!test_bit(SLB_SESSION_STANDBY, &s->flags) || READ_ONCE(s->expected) == swept->epoch)
		return false;
	for (i = 0; i < swept->n; i++) {
		struct slb_sync_fed fed = { .family = slb_sync_family(swept->ranges[i].family) };

		slb_sync_addr(&fed.first, swept->ranges[i].first, fed.family);
		slb_sync_addr(&fed.last, swept->ranges[i].last, fed.family);
		if (slb_sync_fed_has(&fed, &t->dst, t->family))
			return true;
	}
	return false;
}

/**
 * slb_sync_sweep() - end the copies that a run over all sessions of a balancer has not named
 * @sn: namespace
 * @ranges: local addresses of that balancer, of known families
 * @n: number of ranges
 * @epoch: mark of the run
 *
 * Context: process, may sleep.
 *
 * Return: their number.
 */
u32 slb_sync_sweep(struct slb_net *sn, const struct slb_sync_range *ranges, u32 n, u32 epoch)
{
	const struct slb_sync_swept swept = { .ranges = ranges, .n = n, .epoch = epoch };

	return slb_session_purge(sn, slb_sync_sweeps, &swept);
}

/* Tell the relays by probes. */
static void slb_sync_tell(struct slb_net *sn)
{
	bool on = rcu_access_pointer(sn->sync.log);

	slb_probe_flags_set(&sn->probes, (on ? SLB_PROBE_SYNC : 0) |
			    (on && sn->sync.behind ? SLB_PROBE_BEHIND : 0));
}

/* Wait no longer for sessions that do not come. */
static void slb_sync_waited(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, sync.wait);

	mutex_lock(&sn->lock);
	slb_sync_behind(sn, false);
	mutex_unlock(&sn->lock);
}

/* No packets came while no link worked: the heir may have served sessions of this balancer. */
static void slb_sync_begin(struct slb_net *sn)
{
	WRITE_ONCE(sn->sync.behind, true);
	if (sn->sync.cut)
		cancel_delayed_work(&sn->sync.wait);
	else
		mod_delayed_work(system_wq, &sn->sync.wait, sn->settings.sync_wait * HZ);
	slb_sync_tell(sn);
}

static bool slb_sync_any_link(struct slb_net *sn)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	unsigned int i;

	for (i = 0; i < links->end; i++)
		if (links->slot[i] &&
		    (slb_nexthop_passable(&links->slot[i]->nh, NFPROTO_IPV4) ||
		     slb_nexthop_passable(&links->slot[i]->nh, NFPROTO_IPV6)))
			return true;
	return false;
}

/**
 * slb_sync_links() - links have changed their state
 * @sn: namespace; its lock is held
 */
void slb_sync_links(struct slb_net *sn)
{
	bool was = sn->sync.cut;

	lockdep_assert_held(&sn->lock);
	sn->sync.cut = !slb_sync_any_link(sn);
	if (!rcu_access_pointer(sn->sync.log) || sn->sync.cut == was)
		return;
	/* when all have failed: at once, as the first probe over a link that is back must say it */
	if (sn->sync.cut || sn->sync.behind)
		slb_sync_begin(sn);
}

/**
 * slb_sync_behind() - this balancer has its sessions back, or wants to be spared until it has
 * @sn: namespace; its lock is held
 * @behind: it has not
 */
void slb_sync_behind(struct slb_net *sn, bool behind)
{
	lockdep_assert_held(&sn->lock);
	if (behind) {
		slb_sync_begin(sn);
		return;
	}
	cancel_delayed_work(&sn->sync.wait);
	WRITE_ONCE(sn->sync.behind, false);
	slb_sync_tell(sn);
}

/**
 * slb_sync_switch() - sync was switched on or off, or its time has changed
 * @sn: namespace; its lock is held, and its log is there or gone
 * @wait: slb_settings.sync_wait before
 */
void slb_sync_switch(struct slb_net *sn, u32 wait)
{
	lockdep_assert_held(&sn->lock);
	if (sn->settings.sync_wait == wait)
		return;
	sn->sync.cut = !slb_sync_any_link(sn);
	if (!sn->settings.sync_wait)
		slb_sync_behind(sn, false);
	else if (!wait || sn->sync.behind)
		slb_sync_begin(sn);
}

/**
 * slb_sync_init() - prepare what a namespace exchanges: nothing
 * @sn: namespace
 */
void slb_sync_init(struct slb_net *sn)
{
	INIT_LIST_HEAD(&sn->sync.fed);
	INIT_DELAYED_WORK(&sn->sync.wait, slb_sync_waited);
	sn->sync.cut = true;
}

/**
 * slb_sync_exit() - free it
 * @sn: namespace; no packet and no request uses it
 */
void slb_sync_exit(struct slb_net *sn)
{
	struct slb_sync_fed *fed, *next;

	cancel_delayed_work_sync(&sn->sync.wait);
	list_for_each_entry_safe(fed, next, &sn->sync.fed, list)
		kfree(fed);
	kvfree(rcu_dereference_raw(sn->sync.log));
}
