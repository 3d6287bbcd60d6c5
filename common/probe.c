// SPDX-License-Identifier: GPL-2.0-only
/* Liveness of a link: begins with it, follows its changes and its device, ends with it. */
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <slb/probe_fill.h>
#include <slb/probe_state.h>
#include <slb/probe_vips.h>
#include <slb/probe_timer.h>

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
	slb_probe_vips_clear(pn);
	pn->theirs = mine ^ SLB_BFD_MORE_BALANCER ^ SLB_BFD_MORE_RELAY;
	INIT_LIST_HEAD(&pn->all);
	hash_init(pn->by_disc);
	hash_init(pn->by_via);
	spin_lock_init(&pn->sets_lock);
	INIT_DELAYED_WORK(&pn->work, work);
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
	memset(p->config, 0, sizeof(p->config));
	WRITE_ONCE(p->said, 0);
	WRITE_ONCE(p->said_at, 0);
	p->ask = SLB_PROBE_ASK_NOTHING;
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
	bool fresh = !was || slb_probe_moves(p, nh) || slb_probe_reset(p, conf);

	if (p->holding)
		p->hold_until += msecs_to_jiffies(conf->hold) - msecs_to_jiffies(p->conf.hold);
	nh->rank[p->af] = p->nh ? p->nh->rank[p->af] : SLB_NEXTHOP_RANK_NO;
	nh->failed_at[p->af] = p->nh ? p->nh->failed_at[p->af] : jiffies;
	nh->says[p->af] = p->nh ? p->nh->says[p->af] : 0;
	/* without probes nobody will say when it has its sessions */
	nh->behind[p->af] = p->nh && conf->interval ? p->nh->behind[p->af] : SLB_NEXTHOP_CURRENT;
	p->nh = nh;
	p->conf = *conf;
	p->mine = *mine;
	p->on = nh->has[p->af];
	if (was && (fresh || !p->on))
		slb_probe_unhash(p);
	if (!p->on) {
		p->holding = false;
		slb_probe_set_rank(nh, p->af, SLB_NEXTHOP_RANK_NO);
		return;
	}
	if (fresh) {
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
		slb_probe_set_rank(p->nh, p->af, SLB_NEXTHOP_RANK_NO);
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

/*
 * Packets that the device merges by LRO cannot be forwarded. Since Linux 6.15, the events by which
 * a device appears hold a lock of the device, which dev_disable_lro() would take. Lower devices
 * follow.
 */
static void slb_probe_no_lro(struct net_device *dev, bool event)
{
	if (!event) {
		dev_disable_lro(dev);
		return;
	}
	dev->wanted_features &= ~NETIF_F_LRO;
	netdev_update_features(dev);
}

/**
 * slb_probe_device() - update a link after an event of its device
 * @p: liveness of the link, or NULL before it is published
 * @nh: one end of the link
 * @net: namespace
 * @going_down: the device that is about to go down, or NULL
 *
 * Context: RTNL held; from a netdevice notifier, or with @p NULL after a change of configuration.
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
	if (ifindex && nh->ifindex != ifindex)
		slb_probe_no_lro(dev, p);
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
