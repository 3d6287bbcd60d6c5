// SPDX-License-Identifier: GPL-2.0-only
/* What a link does in time: send probes, detect silence, resolve its next hop again. */
#include <linux/random.h>
#include <net/neighbour.h>
#include <slb/probe_fill.h>
#include <slb/probe_state.h>
#include <slb/probe_timer.h>
#include <slb/probe_unusable.h>

/* A timer that is later than this was stalled, and so may be received packets. */
#define SLB_PROBE_LATE (HZ / 50 + 1)
/* Interval between requests for a neighbour that does not answer. */
#define SLB_PROBE_CALL (HZ / 2)
/* Interval between checks for an address: no notifier announces the end of DAD. */
#define SLB_PROBE_BARE (HZ / 20 + 1)

/**
 * slb_probe_pause() - time until the next probe, with jitter (RFC 5880, 6.8.7)
 * @p: liveness of a family
 *
 * Return: jiffies, or 0 when none is sent.
 */
unsigned long slb_probe_pause(const struct slb_probe *p)
{
	u32 interval = slb_bfd_interval(&p->bfd);
	u32 part = p->bfd.mult == 1 ? 15 : 25;

	if (!p->conf.interval || !interval)
		return 0;
	interval = mul_u64_u32_div(interval, 75 + get_random_u32_below(part), 100);
	return max(1UL, usecs_to_jiffies(interval));
}

/* Is there a far end that could fall silent? */
static bool slb_probe_detects(const struct slb_probe *p)
{
	return p->bfd.your_disc != 0;
}

static void slb_probe_sooner(unsigned long *next, bool *any, unsigned long when)
{
	if (!*any || time_before(when, *next))
		*next = when;
	*any = true;
}

/**
 * slb_probe_arm() - start the timer for the next event
 * @p: liveness of a family
 *
 * Context: @p->lock.
 */
void slb_probe_arm(struct slb_probe *p)
{
	unsigned long next = 0;
	bool any = false;

	if (p->gone)
		return;
	if (p->conf.interval) {
		slb_probe_sooner(&next, &any, p->send_at);
		if (slb_probe_detects(p))
			slb_probe_sooner(&next, &any, p->detect_at);
	}
	if (p->holding)
		slb_probe_sooner(&next, &any, p->hold_until);
	if (p->suspect)
		slb_probe_sooner(&next, &any, p->call_at);
	if (p->bare)
		slb_probe_sooner(&next, &any, jiffies + SLB_PROBE_BARE);
	if (!any)
		return;
	p->due = next;
	mod_timer(&p->timer, next);
}

/**
 * slb_probe_next() - send a probe now, and the next one an interval later
 * @p: liveness of a family
 * @out: the probe, for slb_probe_put_out()
 *
 * Context: @p->lock.
 */
void slb_probe_next(struct slb_probe *p, struct slb_probe_out *out)
{
	unsigned long pause = slb_probe_pause(p);

	/* the far end may know this host by another address than the last one */
	if (!slb_probe_vouched(p))
		p->nth++;
	slb_probe_fill(p, out, false);
	p->sent_at = jiffies;
	p->send_at = jiffies + (pause ?: HZ);
	if (p->burst && time_before(jiffies + SLB_PROBE_SOON, p->send_at))
		p->send_at = jiffies + SLB_PROBE_SOON;
}

/* Has the far end fallen silent? Context: @p->lock. */
static void slb_probe_detect(struct slb_probe *p, struct slb_probe_out *out)
{
	if (!p->conf.interval || !slb_probe_detects(p) || time_before(jiffies, p->detect_at) ||
	    !slb_bfd_expire(&p->bfd))
		return;
	p->good = 0;
	if (p->proven)
		p->failed = SLB_NEXTHOP_SILENT;
	/* the far end may still hear us: tell it at once */
	slb_probe_next(p, out);
}

static void slb_probe_calls(struct slb_probe *p, struct slb_probe_out *out)
{
	if (!p->suspect || time_before(jiffies, p->call_at))
		return;
	p->call_at = jiffies + SLB_PROBE_CALL;
	out->call[p->af] = true;
	memcpy(out->via, p->nh->via, sizeof(out->via));
	out->ifindex = p->nh->ifindex;
}

/*
 * When this host was stalled, received packets may have been, too: extend the detection time by as
 * much, but at most by itself.
 */
static void slb_probe_forgive(struct slb_probe *p)
{
	unsigned long late = jiffies - p->due;

	if (late <= SLB_PROBE_LATE || p->late >= p->detect)
		return;
	p->late += min(late, p->detect - p->late);
	p->detect_at += late;
}

/*
 * A neighbour has failed. An administrator may just have deleted the entry, so resolve it again: it
 * is lost when it fails again. A failure earlier than a request can be repeated means that the new
 * entry was deleted, too. Context: @p->lock.
 */
static void slb_probe_neigh_failed(struct slb_probe *p, unsigned long retrans)
{
	if (!p->suspect)
		p->asked = false;
	else if (p->asked && time_after_eq(jiffies, p->asked_at + retrans))
		p->lost = true;
	p->suspect = true;
}

/**
 * slb_probe_neigh_is() - handle the state of the next hop's neighbour entry
 * @p: liveness of a family
 * @state: NUD_*
 * @retrans: jiffies between two requests of the kernel
 *
 * Context: @p->lock.
 */
void slb_probe_neigh_is(struct slb_probe *p, u8 state, unsigned long retrans)
{
	bool lost = p->lost;

	if (state & NUD_FAILED) {
		slb_probe_neigh_failed(p, retrans);
	} else if (state & NUD_VALID) {
		p->lost = false;
		p->suspect = false;
	} else {
		return;
	}
	if (lost && p->lost)
		return;
	p->call_at = jiffies;
	/* another host may have the address now: send a probe at once */
	if (p->conf.shared && state & NUD_VALID && p->bfd.state != SLB_BFD_UP)
		p->send_at = jiffies;
	slb_probe_judge(p);
	slb_probe_arm(p);
}

/* A request for the neighbour was started. If it is valid already, no event will follow. */
static void slb_probe_called(struct slb_probe *p, const struct slb_probe_out *out)
{
	if (likely(!out->call[p->af]))
		return;
	spin_lock(p->lock);
	if (!p->asked || out->began[p->af])
		p->asked_at = jiffies;
	p->asked = true;
	if (out->valid[p->af] && !p->gone && p->on)
		slb_probe_neigh_is(p, NUD_REACHABLE, 0);
	spin_unlock(p->lock);
}

/**
 * slb_probe_tick() - send probes, detect silence, end a hold-down, resolve a neighbour
 * @timer: that of a liveness
 *
 * Context: softirq.
 */
void slb_probe_tick(struct timer_list *timer)
{
	struct slb_probe *p = timer_container_of(p, timer, timer);
	struct slb_probe_out out = {};

	rcu_read_lock();
	spin_lock(p->lock);
	if (!p->gone && p->on) {
		slb_probe_forgive(p);
		if (p->bare)
			slb_probe_look(p);
		slb_probe_detect(p, &out);
		if (p->conf.interval && time_after_eq(jiffies, p->send_at))
			slb_probe_next(p, &out);
		slb_probe_calls(p, &out);
		slb_probe_judge(p);
		slb_probe_arm(p);
	}
	spin_unlock(p->lock);
	slb_probe_put_out(p->pn, &out);
	slb_probe_called(p, &out);
	rcu_read_unlock();
}
