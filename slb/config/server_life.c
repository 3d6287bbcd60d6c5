// SPDX-License-Identifier: GPL-2.0-only
/* What happens to servers by time: deadlines, health that expires, slow start, events. */
#include <linux/workqueue.h>

#include "config/group.h"
#include "config/notify.h"
#include "config/server_life.h"
#include "config/server_use.h"
#include "net.h"
#include "state/purge.h"

/* A change is handled after this delay, in jiffies: many changes may come together. */
#define SLB_LIFE_PAUSE (HZ / 20)
/* How often to look whether a drained server has lost its last session, in jiffies. */
#define SLB_LIFE_LOOK HZ
/* Steps of a slow start, and the shortest and the longest step, in jiffies. */
#define SLB_LIFE_STEPS 40
#define SLB_LIFE_STEP_MIN (HZ / 10)
#define SLB_LIFE_STEP_MAX (10 * HZ)
/* Failed connections of a server are reported together: after this delay, in jiffies. */
#define SLB_LIFE_SUSPECT (HZ / 4)
/* The shortest time between two reports about a server, in jiffies. */
#define SLB_LIFE_SUSPECT_PAUSE HZ

/* Look at @when or before, in jiffies. Context: lock held. */
static void slb_life_at(struct slb_net *sn, unsigned long when)
{
	unsigned long now = jiffies;

	if (delayed_work_pending(&sn->life) && !time_before(when, sn->life_at))
		return;
	sn->life_at = when;
	mod_delayed_work(system_power_efficient_wq, &sn->life,
			 time_after(when, now) ? when - now : 0);
}

/**
 * slb_life_start() - a change may have consequences later: compute when
 * @sn: namespace, lock held
 */
void slb_life_start(struct slb_net *sn)
{
	slb_life_at(sn, jiffies + SLB_LIFE_PAUSE);
}

static bool slb_life_has_deadline(const struct slb_server *server)
{
	return server->conf.state == SLB_SERVER_STATE_DRAIN &&
	       server->conf.deadline != SLB_NO_DEADLINE;
}

/**
 * slb_life_drain() - carry out the state of a server that the operator has set
 * @sn: namespace, lock held
 * @server: server
 *
 * A server in maintenance is closed; slb_purge_settle() follows. One that drains is closed at its
 * deadline.
 */
void slb_life_drain(struct slb_net *sn, struct slb_server *server)
{
	server->end_at = jiffies;
	if (slb_life_has_deadline(server))
		server->end_at += server->conf.deadline * HZ;
	if (server->conf.state == SLB_SERVER_STATE_MAINT)
		slb_purge_closed(sn, server);
	else
		WRITE_ONCE(server->dead, false);
	slb_life_start(sn);
}

/* Close a server whose deadline has come. Return: when to look again, @next or sooner. */
static unsigned long slb_life_deadline(struct slb_net *sn, struct slb_server *server,
				       unsigned long next)
{
	if (!slb_life_has_deadline(server) || server->dead)
		return next;
	if (time_before(jiffies, server->end_at))
		return time_before(server->end_at, next) ? server->end_at : next;
	slb_purge_closed(sn, server);
	slb_notify_server_set(sn, server);
	return next;
}

/* Has the server health that can expire? */
static bool slb_life_checked(const struct slb_server *server)
{
	return server->health.state != SLB_HEALTH_UNKNOWN || server->health.cut || server->avoid;
}

/* Forget health that nobody has confirmed. Return: as above. */
static unsigned long slb_life_health(struct slb_net *sn, struct slb_group *group,
				     struct slb_server *server, unsigned long next)
{
	unsigned long end = server->health.at + sn->settings.health_ttl * HZ;
	struct slb_server_health unknown = { .state = SLB_HEALTH_UNKNOWN };

	if (!slb_life_checked(server))
		return next;
	if (time_before(jiffies, end))
		return time_before(end, next) ? end : next;
	strscpy(unknown.why, "not confirmed in time", sizeof(unknown.why));
	WRITE_ONCE(server->avoid, 0);
	slb_life_hear(sn, group, server, &unknown);
	return next;
}

/* Send the event that a drained server has no session left. Return: as above. */
static unsigned long slb_life_drained(struct slb_net *sn, struct slb_server *server,
				      unsigned long next)
{
	unsigned long look = jiffies + SLB_LIFE_LOOK;

	if (!server->drained || server->reported)
		return next;
	if (slb_server_count(server))
		return time_before(look, next) ? look : next;
	server->reported = true;
	slb_notify_server_set(sn, server);
	return next;
}

/* Set the weights of servers in their slow start. Return: as above. */
static unsigned long slb_life_step(struct slb_net *sn, struct slb_group *group, unsigned long next)
{
	unsigned long step = clamp_t(unsigned long, group->conf.slow_start * HZ / SLB_LIFE_STEPS,
				     SLB_LIFE_STEP_MIN, SLB_LIFE_STEP_MAX);

	if (!group->ramping)
		return next;
	if (time_after_eq(jiffies, group->stepped + step))
		slb_group_refresh(sn, group);
	step += group->stepped;
	return time_before(step, next) ? step : next;
}

static unsigned long slb_life_group(struct slb_net *sn, struct slb_group *group, unsigned long next)
{
	u32 i;

	for (i = 0; i < group->n; i++) {
		struct slb_server *server = group->server[i];

		next = slb_life_deadline(sn, server, next);
		next = slb_life_health(sn, group, server, next);
		next = slb_life_drained(sn, server, next);
	}
	return slb_life_step(sn, group, next);
}

static void slb_life_work(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, life);
	unsigned long id, never, next;
	struct slb_group *group;

	mutex_lock(&sn->lock);
	never = jiffies + MAX_JIFFY_OFFSET;
	next = never;
	xa_for_each(&sn->group_ids, id, group) {
		next = slb_life_group(sn, group, next);
		cond_resched();
	}
	slb_purge_settle(sn);
	if (next != never)
		slb_life_at(sn, next);
	mutex_unlock(&sn->lock);
}

/**
 * slb_life_hear() - store the health of a server
 * @sn: namespace, lock held
 * @group: its group
 * @server: server
 * @said: health that a check has found; its @at and @since are ignored
 */
void slb_life_hear(struct slb_net *sn, struct slb_group *group, struct slb_server *server,
		   const struct slb_server_health *said)
{
	struct slb_server_health *health = &server->health;
	bool turned = health->state != said->state || health->cut != said->cut;
	bool changed = turned || strcmp(health->why, said->why);

	if (health->state != said->state)
		health->since = slb_server_time();
	health->state = said->state;
	health->cut = said->cut;
	health->at = jiffies;
	memcpy(health->why, said->why, sizeof(health->why));
	if (turned)
		slb_group_refresh(sn, group);
	if (changed)
		slb_notify_server_set(sn, server);
	slb_life_at(sn, turned ? jiffies + SLB_LIFE_PAUSE :
				 health->at + sn->settings.health_ttl * HZ);
}

/**
 * slb_life_path() - store whether checks reach a server over a link
 * @sn: namespace, lock held
 * @server: server
 * @slot: slot of the link
 * @reached: they reach it
 */
void slb_life_path(struct slb_net *sn, struct slb_server *server, u8 slot, bool reached)
{
	u32 avoid = reached ? server->avoid & ~BIT(slot) : server->avoid | BIT(slot);
	bool changed = avoid != server->avoid;

	WRITE_ONCE(server->avoid, avoid);
	server->health.at = jiffies;
	if (changed)
		slb_notify_server_set(sn, server);
	slb_life_at(sn, server->health.at + sn->settings.health_ttl * HZ);
}

/**
 * slb_life_forget_link() - forget which servers checks do not reach over a link
 * @sn: namespace, lock held
 * @slot: slot of the link, which another link gets
 */
void slb_life_forget_link(struct slb_net *sn, u8 slot)
{
	struct slb_group *group;
	unsigned long id;
	u32 i;

	xa_for_each(&sn->group_ids, id, group)
		for (i = 0; i < group->n; i++)
			WRITE_ONCE(group->server[i]->avoid, group->server[i]->avoid & ~BIT(slot));
}

/**
 * slb_server_failed() - a connection to a server failed
 * @sn: namespace
 * @server: server
 * @fault: how: one of its members
 *
 * The event server-suspect-ntf follows soon, so that a checker looks at the server at once.
 * Context: softirq, RCU.
 */
void slb_server_failed(struct slb_net *sn, struct slb_server *server,
		       struct slb_server_fault *fault)
{
	atomic64_inc(&fault->n);
	WRITE_ONCE(fault->last, slb_server_time());
	WRITE_ONCE(server->suspect, true);
	if (!delayed_work_pending(&sn->suspicion))
		queue_delayed_work(system_power_efficient_wq, &sn->suspicion, SLB_LIFE_SUSPECT);
}

/* Report a server whose connections have failed. Return: true when that has to wait. */
static bool slb_life_report_failed(struct slb_net *sn, struct slb_server *server)
{
	if (!READ_ONCE(server->suspect))
		return false;
	if (server->suspected && time_before(jiffies, server->suspected + SLB_LIFE_SUSPECT_PAUSE))
		return true;
	WRITE_ONCE(server->suspect, false);
	server->suspected = slb_server_time();
	slb_notify_server_suspect(sn, server);
	return false;
}

static void slb_life_suspicion(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, suspicion);
	struct slb_group *group;
	bool again = false;
	unsigned long id;
	u32 i;

	mutex_lock(&sn->lock);
	xa_for_each(&sn->group_ids, id, group)
		for (i = 0; i < group->n; i++)
			again |= slb_life_report_failed(sn, group->server[i]);
	mutex_unlock(&sn->lock);
	if (again)
		queue_delayed_work(system_power_efficient_wq, &sn->suspicion, SLB_LIFE_SUSPECT);
}

/**
 * slb_life_init() - prepare a namespace
 * @sn: namespace
 */
void slb_life_init(struct slb_net *sn)
{
	INIT_DELAYED_WORK(&sn->life, slb_life_work);
	INIT_DELAYED_WORK(&sn->suspicion, slb_life_suspicion);
}

/**
 * slb_life_exit() - nothing happens any more
 * @sn: namespace; no request and no packet comes any more
 */
void slb_life_exit(struct slb_net *sn)
{
	cancel_delayed_work_sync(&sn->life);
	cancel_delayed_work_sync(&sn->suspicion);
}
