// SPDX-License-Identifier: GPL-2.0-only
/* Heirs: which balancer takes the flows of another one, and while which are away. */
#include <linux/netlink.h>

#include "config/heir.h"
#include "config/link.h"
#include "net.h"

/**
 * rly_heir_find() - read the heir of a balancer
 * @rn: namespace; its lock is held
 * @name: name of a balancer, "auto" or "none"
 * @self: name of the balancer whose heir it is
 * @heir: filled
 * @extack: gets the text of an error
 *
 * Return: 0 or an error.
 */
int rly_heir_find(struct rly_net *rn, const char *name, const char *self, struct rly_heir *heir,
		  struct netlink_ext_ack *extack)
{
	const struct rly_balancer *b;

	*heir = (struct rly_heir){ .mode = RLY_HEIR_AUTO };
	if (!strcmp(name, "auto"))
		return 0;
	heir->mode = RLY_HEIR_NONE;
	if (!strcmp(name, "none"))
		return 0;
	if (!strcmp(name, self)) {
		NL_SET_ERR_MSG_FMT(extack, "balancer %s cannot be its own heir", name);
		return -EINVAL;
	}
	b = rly_balancer_by_name(rn, name);
	if (!b) {
		NL_SET_ERR_MSG_FMT(extack, "balancer %s does not exist", name);
		return -ENOENT;
	}
	*heir = (struct rly_heir){ .mode = RLY_HEIR_NAMED, .n = b->n };
	return 0;
}

/**
 * rly_heir_name() - the heir of a balancer as configured
 * @rn: namespace; its lock is held
 * @b: the balancer
 *
 * Return: what rly_heir_find() reads.
 */
const char *rly_heir_name(struct rly_net *rn, const struct rly_balancer *b)
{
	const struct rly_balancer *heir;

	lockdep_assert_held(&rn->lock);
	if (b->heir.mode == RLY_HEIR_NONE)
		return "none";
	heir = b->heir.mode == RLY_HEIR_NAMED ? xa_load(&rn->balancers, b->heir.n) : NULL;
	return heir ? heir->name : "auto";
}

/**
 * rly_heir_forget() - a balancer is deleted: others whose heir it was choose one by themselves
 * @rn: namespace; its lock is held
 * @gone: the balancer
 */
void rly_heir_forget(struct rly_net *rn, const struct rly_balancer *gone)
{
	struct rly_balancer *b;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	xa_for_each(&rn->balancers, n, b)
		if (b->heir.mode == RLY_HEIR_NAMED && b->heir.n == gone->n)
			b->heir.mode = RLY_HEIR_AUTO;
}

/*
 * What do the last probes of a balancer say? Those of links that carry packets count; without such
 * a link all do, as a balancer that has died had what it said last.
 */
static enum rly_sync rly_balancer_sync(const struct rly_balancer *b)
{
	enum rly_sync sync = RLY_SYNC_UNKNOWN;
	bool live = false, passes;
	u32 i, says;

	for (i = 0; i < 2 * b->n_links; i++) {
		const struct slb_nexthop *nh = &b->link[i / 2]->nh;

		says = READ_ONCE(nh->says[i % 2]);
		if (!(says & SLB_NEXTHOP_HEARD))
			continue;
		passes = slb_nexthop_passable(nh, i % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4);
		if (live && !passes)
			continue;
		if (passes && !live)
			sync = RLY_SYNC_OFF;
		live = passes;
		sync = says & SLB_PROBE_SYNC ? RLY_SYNC_ON : max(sync, RLY_SYNC_OFF);
	}
	return sync;
}

/**
 * rly_heir_sync() - note which balancers have session sync on
 * @rn: namespace; its lock is held
 */
void rly_heir_sync(struct rly_net *rn)
{
	struct rly_balancer *b;
	unsigned long n;

	xa_for_each(&rn->balancers, n, b)
		b->sync = rly_balancer_sync(b);
}

/* The next balancer with session sync, by number in a ring. */
static struct rly_balancer *rly_heir_next(struct rly_net *rn, const struct rly_balancer *b,
					  unsigned int af)
{
	struct rly_balancer *other, *first = NULL;
	unsigned long n;

	/* without session sync nobody has its sessions */
	if (b->sync == RLY_SYNC_OFF)
		return NULL;
	xa_for_each(&rn->balancers, n, other) {
		if (other == b || other->dead || other->sync != RLY_SYNC_ON || other->away[af])
			continue;
		if (other->n > b->n)
			return other;
		if (!first)
			first = other;
	}
	return first;
}

/**
 * rly_heir_of() - the balancer that takes the flows of another one while that is away
 * @rn: namespace; its lock is held, and rly_heir_sync() was called
 * @b: the other one
 * @af: family: 0 IPv4, 1 IPv6
 *
 * Return: the heir, or NULL.
 */
struct rly_balancer *rly_heir_of(struct rly_net *rn, const struct rly_balancer *b, unsigned int af)
{
	struct rly_balancer *heir;

	switch (b->heir.mode) {
	case RLY_HEIR_NONE:
		return NULL;
	case RLY_HEIR_NAMED:
		heir = xa_load(&rn->balancers, b->heir.n);
		if (heir)
			return heir->dead ? NULL : heir;
		break;
	}
	return rly_heir_next(rn, b, af);
}

/*
 * Is a balancer away from now on? The packet path decides in the same way, see rly_steer_away().
 * @next: lowered to the jiffies until it will be, if nothing happens.
 */
static bool rly_away_now(const struct rly_net *rn, const struct rly_balancer *b, unsigned int af,
			 unsigned long *next)
{
	unsigned long wait = msecs_to_jiffies(rn->flows.dead_after), since, gone = 0;
	bool has = false, any = false, behind = false;
	u32 i;

	for (i = 0; i < b->n_links; i++) {
		const struct slb_nexthop *nh = &b->link[i]->nh;

		if (!nh->has[af])
			continue;
		since = jiffies - READ_ONCE(nh->failed_at[af]);
		gone = has ? min(gone, since) : since;
		has = true;
		if (!slb_nexthop_passable(nh, af ? NFPROTO_IPV6 : NFPROTO_IPV4))
			continue;
		any = true;
		if (READ_ONCE(nh->behind[af]) == SLB_NEXTHOP_RESTARTED)
			return true;
		behind |= READ_ONCE(nh->behind[af]) != SLB_NEXTHOP_CURRENT;
	}
	if (any)
		return behind && b->away[af];
	/* nobody can have its sessions: that its links are down says all */
	if (!has || (b->sync != RLY_SYNC_ON && b->heir.mode != RLY_HEIR_NAMED))
		return false;
	if (b->away[af] || gone >= wait)
		return true;
	*next = min(*next, wait - gone);
	return false;
}

/**
 * rly_away_update() - find out which balancers are away
 * @rn: namespace; its lock is held
 * @next: lowered to the jiffies until it has to be called again, if nothing happens
 *
 * Return: true when that has changed: then the snapshot must be built again.
 */
bool rly_away_update(struct rly_net *rn, unsigned long *next)
{
	struct rly_balancer *b;
	bool changed = false;
	unsigned int af;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	xa_for_each(&rn->balancers, n, b) {
		for (af = 0; af < 2; af++) {
			bool away = rly_away_now(rn, b, af, next);

			if (away == b->away[af])
				continue;
			WRITE_ONCE(b->away[af], away);
			b->away_since[af] = ktime_get_boottime_ns();
			b->away_changed = true;
			changed = true;
		}
	}
	return changed;
}
