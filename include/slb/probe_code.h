/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The code of probe.h: sessions and states of links. Received probes are in probe_in.h.
 */
#ifndef _SLB_PROBE_CODE_H
#define _SLB_PROBE_CODE_H

#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <slb/probe_wire.h>

/* A timer that is later than this was stalled, and so may be received packets. */
#define SLB_PROBE_LATE (HZ / 50 + 1)
/* Interval between requests for a neighbour that does not answer. */
#define SLB_PROBE_CALL (HZ / 2)
/* Interval between checks for an address: no notifier announces the end of DAD. */
#define SLB_PROBE_BARE (HZ / 20 + 1)
/* A new measurement changes the mean round-trip time by 1 / this. */
#define SLB_PROBE_RTT_PART 8

static u32 slb_probe_clock(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/**
 * slb_probe_net_init() - initialize the probes of a namespace
 * @pn: probes of the namespace
 * @net: the namespace
 * @mine: SLB_BFD_MORE_BALANCER or _RELAY: the kind of this end; both may be on one host
 * @work: runs after transitions
 */
void slb_probe_net_init(struct slb_probe_net *pn, struct net *net, u32 mine, work_func_t work)
{
	pn->net = net;
	pn->mine = mine;
	pn->theirs = mine ^ SLB_BFD_MORE_BALANCER ^ SLB_BFD_MORE_RELAY;
	INIT_LIST_HEAD(&pn->all);
	hash_init(pn->by_disc);
	hash_init(pn->by_via);
	INIT_DELAYED_WORK(&pn->work, work);
}

static bool slb_probe_in_use(u8 state)
{
	return state == SLB_NEXTHOP_UP || state == SLB_NEXTHOP_HELD;
}

static void slb_probe_enter(struct slb_probe *p, u8 state)
{
	struct slb_probe_event *event = &p->event[p->n_events++ % SLB_PROBE_EVENTS];
	bool was_used = slb_probe_in_use(p->state);

	p->since = ktime_get_boottime_ns();
	event->state = state;
	event->when = p->since;
	if (was_used && !slb_probe_in_use(state)) {
		p->why = state;
		p->why_at = p->since;
		p->downs++;
	}
	p->state = state;
	p->was_up |= state == SLB_NEXTHOP_UP;
}

/* The state of the link without hold-down: usable, or why not. */
static u8 slb_probe_verdict(const struct slb_probe *p)
{
	if (p->nh->state != SLB_NEXTHOP_UP)
		return p->nh->state;
	if (p->bare)
		return SLB_NEXTHOP_NO_ADDRESS;
	if (p->failed != SLB_NEXTHOP_UP)
		return p->failed;
	return p->lost ? SLB_NEXTHOP_NO_NEIGHBOR : SLB_NEXTHOP_UP;
}

/* Apply the hold-down to @state: a link that comes back is held first. */
static u8 slb_probe_hold(struct slb_probe *p, u8 state)
{
	if (state != SLB_NEXTHOP_UP) {
		p->holding = false;
		return state;
	}
	if (p->was_up && p->conf.hold && p->state != SLB_NEXTHOP_UP &&
	    p->state != SLB_NEXTHOP_HELD) {
		p->holding = true;
		p->hold_until = jiffies + msecs_to_jiffies(p->conf.hold);
	}
	if (p->holding && time_before(jiffies, p->hold_until))
		return SLB_NEXTHOP_HELD;
	p->holding = false;
	return SLB_NEXTHOP_UP;
}

/* Has the far end ever answered? Without probes every link counts as proven. */
static bool slb_probe_vouched(const struct slb_probe *p)
{
	return !p->conf.interval || p->proven || p->declined;
}

/*
 * A family in which the far end has never answered cannot fail by itself: the far end may be an
 * older version, which sends probes in one family only. It is as good as the other family.
 */
static u8 slb_probe_hope(const struct slb_probe *p)
{
	const struct slb_probe *twin = p->twin;

	if (twin->on && twin->proven && !slb_probe_in_use(twin->state))
		return SLB_NEXTHOP_PASS_FAILED;
	return p->state == SLB_NEXTHOP_UP ? SLB_NEXTHOP_PASS_UNPROVEN : SLB_NEXTHOP_PASS_UNSURE;
}

/*
 * The rank of the family by its state. A balancer that has withdrawn a link takes no packets over
 * it; a relay may still route them. Context: @p->lock.
 */
static u8 slb_probe_pass(const struct slb_probe *p)
{
	if (!p->on || p->nh->state != SLB_NEXTHOP_UP ||
	    (p->state == SLB_NEXTHOP_WITHDRAWN && p->pn->mine == SLB_BFD_MORE_RELAY))
		return SLB_NEXTHOP_PASS_NO;
	if (!slb_probe_in_use(p->state))
		return SLB_NEXTHOP_PASS_FAILED;
	if (!slb_probe_vouched(p))
		return slb_probe_hope(p);
	return p->state == SLB_NEXTHOP_UP ? SLB_NEXTHOP_PASS_YES : SLB_NEXTHOP_PASS_HELD;
}

/* Return: true when it has changed. Context: @p->lock. */
static bool slb_probe_set_pass(struct slb_nexthop *nh, unsigned int i, u8 pass)
{
	if (pass == nh->pass[i])
		return false;
	if (pass < SLB_NEXTHOP_PASS_UNSURE && nh->pass[i] >= SLB_NEXTHOP_PASS_UNSURE)
		WRITE_ONCE(nh->failed_at[i], jiffies);
	WRITE_ONCE(nh->pass[i], pass);
	return true;
}

/* Compute state and rank. Context: @p->lock. */
static void slb_probe_judge(struct slb_probe *p)
{
	u8 state = slb_probe_hold(p, slb_probe_verdict(p));
	struct slb_probe *twin = p->twin;
	bool changed = state != p->state;

	if (p->gone)
		return;
	if (changed)
		slb_probe_enter(p, state);
	changed |= slb_probe_set_pass(p->nh, p->af, slb_probe_pass(p));
	/* an unproven family fails with the other one, see slb_probe_hope() */
	if (twin->on && !slb_probe_vouched(twin))
		changed |= slb_probe_set_pass(p->nh, twin->af, slb_probe_pass(twin));
	if (changed)
		mod_delayed_work(system_wq, &p->pn->work, 0);
}

/* Is there an address to send from? Context: @p->lock, RCU. */
static void slb_probe_look(struct slb_probe *p)
{
	const union nf_inet_addr *via = &p->nh->via[p->af];
	bool was = p->bare;

	/* without probes no address is needed: a router can forward without one */
	p->bare = p->nh->state == SLB_NEXTHOP_UP &&
		  !(p->af ? slb_probe_sends6(p->pn->net, p->nh->ifindex, &p->self.in6,
					     p->conf.interval) :
			    slb_probe_sends4(p->pn->net, p->nh->ifindex, p->self.ip, via->ip,
					     p->conf.interval));
	/* the far end may have waited for this */
	if (was && !p->bare)
		p->send_at = jiffies;
}

static void slb_probe_fill_range(const struct slb_probe *p, struct slb_bfd_more *more)
{
	*more = (struct slb_bfd_more){
		.magic = htonl(p->pn->mine),
		.stamp = htonl(slb_probe_clock()),
		.first4 = p->mine.first[0].ip,
		.last4 = p->mine.last[0].ip,
		.key = htonl(READ_ONCE(p->pn->key)),
	};
	memcpy(more->first6, &p->mine.first[1], sizeof(more->first6));
	memcpy(more->last6, &p->mine.last[1], sizeof(more->last6));
}

static void slb_probe_fill_more(struct slb_probe *p, struct slb_bfd_more *more)
{
	p->sent++;
	slb_probe_fill_range(p, more);
	more->seq = htonl((u32)p->sent);
	more->lost = htonl((u32)p->lost_in);
	if (!p->theirs.stamp)
		return;
	more->echo = p->theirs.stamp;
	more->held = htonl(ntohl(more->stamp) - p->heard_at);
}

/* The discriminator that the next hop of a link answers to. */
static u32 slb_probe_via_disc(const struct slb_nexthop *nh, u8 af)
{
	return slb_sbfd_disc(nh->via[af].ip6);
}

/* Address a packet to the next hop. Context: @p->lock. */
static void slb_probe_dispatch(struct slb_probe *p, struct slb_probe_out *out, u16 port)
{
	slb_probe_fill_more(p, &out->frame.more);
	out->send = true;
	out->len = sizeof(out->frame);
	out->af = p->af;
	out->ifindex = p->nh->ifindex;
	out->from = p->self;
	out->nth = p->nth;
	out->to = p->nh->via[p->af];
	out->sport = htons(SLB_BFD_SPORT);
	out->dport = htons(port);
}

/* Prepare a probe. Context: @p->lock. */
static void slb_probe_fill(struct slb_probe *p, struct slb_probe_out *out, bool final)
{
	if (p->nh->state != SLB_NEXTHOP_UP)
		return;
	if (p->conf.shared)
		slb_sbfd_fill(&p->bfd, slb_probe_via_disc(p->nh, p->af), &out->frame.pkt);
	else
		slb_bfd_fill(&p->bfd, &out->frame.pkt, final);
	slb_probe_dispatch(p, out, p->conf.shared ? SLB_SBFD_PORT : SLB_BFD_PORT);
}

/* Jiffies until the next probe, with jitter (RFC 5880, 6.8.7); 0: none. */
static unsigned long slb_probe_pause(const struct slb_probe *p)
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

/* Arm the timer for the next event. Context: @p->lock. */
static void slb_probe_arm(struct slb_probe *p)
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

/* Send a probe now, and the next one an interval later. Context: @p->lock. */
static void slb_probe_next(struct slb_probe *p, struct slb_probe_out *out)
{
	unsigned long pause = slb_probe_pause(p);

	/* the far end may know this host by another address than the last one */
	if (!slb_probe_vouched(p))
		p->nth++;
	slb_probe_fill(p, out, false);
	p->send_at = jiffies + (pause ?: HZ);
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

/* @retrans: jiffies between two requests of the kernel. Context: @p->lock. */
static void slb_probe_neigh_is(struct slb_probe *p, u8 state, unsigned long retrans)
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

static void slb_probe_tick(struct timer_list *timer)
{
	struct slb_probe *p = from_timer(p, timer, timer);
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

static struct slb_probe *slb_probe_alloc(struct slb_probe_net *pn, u8 af)
{
	struct slb_probe *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->pn = pn;
	p->af = af;
	p->lock = &p->room;
	spin_lock_init(&p->room);
	timer_setup(&p->timer, slb_probe_tick, 0);
	p->state = SLB_NEXTHOP_NO_DEVICE;
	p->told = p->state;
	p->since = ktime_get_boottime_ns();
	return p;
}

/**
 * slb_probe_create() - allocate the liveness of a new link
 * @pn: probes of the namespace
 *
 * Return: for slb_probe_attach(), or NULL; slb_probe_detach() frees it.
 */
struct slb_probe *slb_probe_create(struct slb_probe_net *pn)
{
	struct slb_probe *p = slb_probe_alloc(pn, 0), *twin;

	if (!p)
		return NULL;
	twin = slb_probe_alloc(pn, 1);
	if (!twin) {
		kfree(p);
		return NULL;
	}
	p->twin = twin;
	twin->twin = p;
	twin->lock = p->lock;
	return p;
}

/* Reset what is known about the next hop. */
static void slb_probe_meet(struct slb_probe *p)
{
	p->lost = false;
	p->suspect = false;
}

/* Start a session with a random, unique discriminator. */
static void slb_probe_begin(struct slb_probe *p)
{
	struct slb_probe *other;
	u32 disc;

	do {
		disc = get_random_u32();
		hash_for_each_possible(p->pn->by_disc, other, by_disc, disc)
			if (other->bfd.my_disc == disc)
				disc = 0;
	} while (!disc);
	slb_bfd_init(&p->bfd, disc, p->conf.interval * USEC_PER_MSEC, p->conf.misses);
	p->proven = false;
	p->declined = false;
	p->nth = U8_MAX;
	p->failed = SLB_NEXTHOP_UP;
	memset(&p->theirs, 0, sizeof(p->theirs));
	memset(&p->self, 0, sizeof(p->self));
	memset(p->key, 0, sizeof(p->key));
	slb_probe_meet(p);
	p->rtt = 0;
	p->rtt_min = 0;
	p->send_at = jiffies;
}

static void slb_probe_unhash(struct slb_probe *p)
{
	hash_del_rcu(&p->by_disc);
	hash_del_rcu(&p->by_via);
}

static bool slb_probe_moves(const struct slb_probe *p, const struct slb_nexthop *nh)
{
	return strcmp(p->nh->dev_name, nh->dev_name) ||
	       !slb_addr_equal(&p->nh->via[p->af], &nh->via[p->af]);
}

static bool slb_probe_reset(const struct slb_probe *p, const struct slb_probe_conf *conf)
{
	return !conf->interval || !p->conf.interval || conf->shared != p->conf.shared;
}

/* Change the settings of the session. Context: @p->lock. */
static void slb_probe_adjust(struct slb_probe *p)
{
	p->bfd.min_tx = p->conf.interval * USEC_PER_MSEC;
	p->bfd.min_rx = p->bfd.min_tx;
	p->bfd.mult = p->conf.misses;
	p->bfd.poll = p->bfd.state == SLB_BFD_UP && !p->conf.shared;
	p->send_at = jiffies;
}

/* Context: @p->lock. */
static void slb_probe_attach_family(struct slb_probe *p, struct slb_nexthop *nh,
				    const struct slb_probe_conf *conf,
				    const struct slb_probe_range *mine)
{
	bool was = p->on, told = p->n_events == p->n_told;
	bool anew = !was || slb_probe_moves(p, nh) || slb_probe_reset(p, conf);

	if (p->holding)
		p->hold_until += msecs_to_jiffies(conf->hold) - msecs_to_jiffies(p->conf.hold);
	nh->pass[p->af] = p->nh ? p->nh->pass[p->af] : SLB_NEXTHOP_PASS_NO;
	nh->failed_at[p->af] = p->nh ? p->nh->failed_at[p->af] : jiffies;
	p->nh = nh;
	p->conf = *conf;
	p->mine = *mine;
	p->on = nh->has[p->af];
	if (was && (anew || !p->on))
		slb_probe_unhash(p);
	if (!p->on) {
		p->holding = false;
		slb_probe_set_pass(nh, p->af, SLB_NEXTHOP_PASS_NO);
		return;
	}
	if (anew) {
		slb_probe_begin(p);
		hash_add_rcu(p->pn->by_disc, &p->by_disc, p->bfd.my_disc);
		hash_add_rcu(p->pn->by_via, &p->by_via, slb_probe_via_disc(nh, p->af));
	} else {
		slb_probe_adjust(p);
	}
	slb_probe_look(p);
	slb_probe_judge(p);
	/* the event about the change of the link has its state */
	if (told) {
		p->n_told = p->n_events;
		p->told = p->state;
	}
	slb_probe_arm(p);
}

/**
 * slb_probe_attach() - start the probes of a link, or continue them after a change
 * @p: its liveness
 * @nh: this end of the link; slb_probe_device() has been called
 * @conf: settings
 * @mine: our range
 *
 * Context: configuration lock. @nh must not be freed before a grace period after it was replaced.
 */
void slb_probe_attach(struct slb_probe *p, struct slb_nexthop *nh,
		      const struct slb_probe_conf *conf, const struct slb_probe_range *mine)
{
	bool fresh = !p->nh;

	rcu_read_lock();
	spin_lock_bh(p->lock);
	slb_probe_attach_family(p, nh, conf, mine);
	slb_probe_attach_family(p->twin, nh, conf, mine);
	spin_unlock_bh(p->lock);
	rcu_read_unlock();
	if (!fresh)
		return;
	list_add_tail_rcu(&p->node, &p->pn->all);
	list_add_tail_rcu(&p->twin->node, &p->pn->all);
}

/* Context: @p->lock. */
static void slb_probe_end(struct slb_probe *p, struct slb_probe_out *out, bool alone)
{
	if (p->gone)
		return;
	p->gone = true;
	if (!p->nh || !p->on)
		return;
	if (alone)
		slb_probe_set_pass(p->nh, p->af, SLB_NEXTHOP_PASS_NO);
	/* a reflector keeps no session */
	if (p->conf.interval && !p->conf.shared && p->proven) {
		p->bfd.state = SLB_BFD_ADMIN_DOWN;
		p->bfd.diag = SLB_BFD_DIAG_ADMIN;
		slb_probe_fill(p, out, false);
	}
}

/**
 * slb_probe_withdraw() - tell the far end that the link goes
 * @p: its liveness
 * @alone: other links stay, so send no more packets over this one. When all links go, packets use
 *	them to the end
 *
 * Packets that come in over the link are still handled: the far end needs time to react. Context:
 * configuration lock or RTNL, may sleep. May be called again.
 */
void slb_probe_withdraw(struct slb_probe *p, bool alone)
{
	struct slb_probe_out out4 = {}, out6 = {};

	rcu_read_lock();
	spin_lock_bh(p->lock);
	slb_probe_end(p, &out4, alone);
	slb_probe_end(p->twin, &out6, alone);
	spin_unlock(p->lock);
	slb_probe_put_out(p->pn, &out4);
	slb_probe_put_out(p->pn, &out6);
	local_bh_enable();
	rcu_read_unlock();
	timer_shutdown_sync(&p->timer);
	timer_shutdown_sync(&p->twin->timer);
}

static void slb_probe_forget(struct slb_probe *p)
{
	if (p->nh)
		list_del_rcu(&p->node);
	if (p->on)
		slb_probe_unhash(p);
}

/**
 * slb_probe_detach() - end the probes of a deleted link; withdraws it first, unless that is done
 * @p: its liveness, or NULL; freed after a grace period
 *
 * Context: configuration lock, may sleep.
 */
void slb_probe_detach(struct slb_probe *p)
{
	if (!p)
		return;
	slb_probe_withdraw(p, true);
	slb_probe_forget(p);
	slb_probe_forget(p->twin);
	/* readers that have found one of them use the lock of both until the grace period ends */
	kfree_rcu(p->twin, rcu);
	kfree_rcu(p, rcu);
}

static u8 slb_probe_dev_state(const struct net_device *dev, const struct net_device *going_down)
{
	if (!dev || dev->reg_state != NETREG_REGISTERED)
		return SLB_NEXTHOP_NO_DEVICE;
	if (dev == going_down || !(dev->flags & IFF_UP))
		return SLB_NEXTHOP_ADMIN_DOWN;
	return netif_carrier_ok(dev) ? SLB_NEXTHOP_UP : SLB_NEXTHOP_NO_CARRIER;
}

/* Context: @p->lock. */
static void slb_probe_device_family(struct slb_probe *p, bool came_up)
{
	if (!p->on)
		return;
	slb_probe_meet(p);
	slb_probe_look(p);
	/* it is used again after one probe of the far end */
	if (came_up && p->proven && p->failed == SLB_NEXTHOP_UP && p->conf.interval) {
		p->failed = SLB_NEXTHOP_SILENT;
		p->good = p->conf.recover - 1;
	}
	p->send_at = jiffies;
	slb_probe_judge(p);
	slb_probe_arm(p);
}

static void slb_probe_device_is(struct slb_probe *p, struct slb_nexthop *nh, int ifindex, u8 state)
{
	bool came_up = nh->state != SLB_NEXTHOP_UP && state == SLB_NEXTHOP_UP;

	rcu_read_lock();
	spin_lock_bh(p->lock);
	WRITE_ONCE(nh->ifindex, ifindex);
	nh->state = state;
	slb_probe_device_family(p, came_up);
	slb_probe_device_family(p->twin, came_up);
	spin_unlock_bh(p->lock);
	rcu_read_unlock();
}

/**
 * slb_probe_device() - update a link after an event of its device
 * @p: liveness of the link, or NULL before it is published
 * @nh: one end of the link
 * @net: namespace
 * @going_down: the device that is about to go down, or NULL
 *
 * Context: RTNL held; from a netdevice notifier or after a change of configuration.
 *
 * Return: true when state or device changed; then call slb_probe_device_end().
 */
bool slb_probe_device(struct slb_probe *p, struct slb_nexthop *nh, struct net *net,
		      const struct net_device *going_down)
{
	struct net_device *dev = __dev_get_by_name(net, nh->dev_name);
	u8 state = slb_probe_dev_state(dev, going_down);
	int ifindex = state == SLB_NEXTHOP_NO_DEVICE ? 0 : dev->ifindex;

	ASSERT_RTNL();
	if (nh->ifindex == ifindex && nh->state == state)
		return false;
	/* packets that the device merges by LRO cannot be forwarded */
	if (ifindex && nh->ifindex != ifindex)
		dev_disable_lro(dev);
	if (p) {
		slb_probe_device_is(p, nh, ifindex, state);
	} else {
		nh->ifindex = ifindex;
		nh->state = state;
	}
	nh->outdated = true;
	return true;
}

/**
 * slb_probe_device_end() - release the former device's route and neighbour, the second phase
 * @nh: one end of the link
 *
 * Context: RTNL held. If the link was in use, a grace period must have passed: packets that saw the
 * device up may have cached a route.
 */
void slb_probe_device_end(struct slb_nexthop *nh)
{
	if (!nh->outdated)
		return;
	nh->outdated = false;
	slb_nexthop_destroy(nh);
}

#endif /* _SLB_PROBE_CODE_H */
