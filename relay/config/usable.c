// SPDX-License-Identifier: GPL-2.0-only
/* Which VIPs are usable: a balancer is up that has a server for the VIP. */
#include <slb/probe_unusable.h>
#include <slb/probe_vips.h>

#include "config/balancer.h"
#include "config/link.h"
#include "config/notify.h"
#include "config/usable.h"
#include "config/vip.h"
#include "net.h"

/**
 * struct rly_voters - what the balancers that are up say of a VIP
 * @up: number of them
 * @able: number of those whose group has a server for it
 */
struct rly_voters {
	u32 up;
	u32 able;
};

static bool rly_usable_at(const struct rly_balancer *b, u32 digest)
{
	if (b->generation == SLB_UNUSABLE_NONE)
		return true;
	return b->unusable && !slb_unusable_has(b->unusable, digest);
}

/**
 * rly_usable_judge() - is a VIP usable?
 * @rn: namespace; its lock is held
 * @vip: the VIP
 *
 * Balancers that are drained count only when all are: they get no new flows.
 *
 * Return: enum rly_usable.
 */
u8 rly_usable_judge(struct rly_net *rn, const struct rly_vip *vip)
{
	const struct slb_probe_vip id = rly_vip_digested(&vip->id);
	bool one = vip->id.family == NFPROTO_IPV6;
	u32 digest = slb_probe_vips_digest(&id);
	struct rly_voters voters[2] = {}, *voted;
	struct rly_balancer *b;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	xa_for_each(&rn->balancers, n, b) {
		struct rly_voters *v = &voters[!b->weight];

		if (!b->up[one])
			continue;
		v->up++;
		v->able += rly_usable_at(b, digest);
	}
	voted = &voters[!voters[0].up];
	if (!voted->up)
		return RLY_USABLE_NO_BALANCER;
	return voted->able ? RLY_USABLE : RLY_USABLE_NO_SERVER;
}

/* The family of a balancer's links that carries packets and has heard a probe last, or NULL. */
static const struct slb_probe *rly_usable_latest(const struct rly_balancer *b)
{
	const struct slb_probe *latest = NULL;
	u32 i;

	for (i = 0; i < 2 * b->n_links; i++) {
		const struct rly_link *link = b->link[i / 2];
		const struct slb_probe *p = link->probe;

		if (!p || !slb_nexthop_passable(&link->nh, i % 2 ? NFPROTO_IPV6 : NFPROTO_IPV4))
			continue;
		p = i % 2 ? p->twin : p;
		if (!READ_ONCE(p->said_at))
			continue;
		if (!latest || time_after(READ_ONCE(p->said_at), READ_ONCE(latest->said_at)))
			latest = p;
	}
	return latest;
}

/* Take over the set that a balancer says. It keeps the last one until that is complete. */
static void rly_usable_hear(struct rly_net *rn, struct rly_balancer *b)
{
	const struct slb_probe *latest = rly_usable_latest(b);
	const struct slb_unusable_set *set = NULL;
	u32 generation;

	generation = latest ? READ_ONCE(latest->said) : SLB_UNUSABLE_NONE;
	if (generation == b->generation)
		return;
	if (generation != SLB_UNUSABLE_NONE && generation != SLB_UNUSABLE_ALL) {
		set = slb_probe_unusable_get(&rn->probes, generation);
		if (!set)
			return;
	}
	slb_probe_unusable_release(&rn->probes, b->unusable);
	b->unusable = set;
	b->generation = generation;
	rn->judge = true;
}

static void rly_usable_balancer(struct rly_net *rn, struct rly_balancer *b)
{
	bool up[2] = {};
	u32 i;

	for (i = 0; i < b->n_links; i++) {
		up[0] |= slb_nexthop_passable(&b->link[i]->nh, NFPROTO_IPV4);
		up[1] |= slb_nexthop_passable(&b->link[i]->nh, NFPROTO_IPV6);
	}
	if (up[0] != b->up[0] || up[1] != b->up[1]) {
		memcpy(b->up, up, sizeof(up));
		rn->judge = true;
	}
	rly_usable_hear(rn, b);
}

/**
 * rly_usable_update() - find out which VIPs are usable, and send events
 * @rn: namespace; its lock is held
 *
 * Looks at VIPs only when balancers have changed.
 */
void rly_usable_update(struct rly_net *rn)
{
	struct rly_balancer *b;
	struct rly_vip *vip;
	unsigned long n;
	u8 usable;

	lockdep_assert_held(&rn->lock);
	xa_for_each(&rn->balancers, n, b)
		rly_usable_balancer(rn, b);
	slb_probe_unusable_clean(&rn->probes);
	if (!rn->judge)
		return;
	rn->judge = false;
	xa_for_each(&rn->vips, n, vip) {
		usable = rly_usable_judge(rn, vip);
		if (usable == vip->usable)
			continue;
		vip->usable = usable;
		rly_notify_vip(rn, vip, RLY_CHANGED);
		cond_resched();
	}
}

/**
 * rly_usable_look() - balancers or links were configured: find out soon which VIPs are usable
 * @rn: namespace; its lock is held
 */
void rly_usable_look(struct rly_net *rn)
{
	rn->judge = true;
	mod_delayed_work(system_wq, &rn->probes.work, 0);
}

/**
 * rly_usable_forget() - a balancer is removed: release its set
 * @rn: namespace; its lock is held
 * @b: the balancer
 */
void rly_usable_forget(struct rly_net *rn, struct rly_balancer *b)
{
	slb_probe_unusable_release(&rn->probes, b->unusable);
	b->unusable = NULL;
	b->generation = SLB_UNUSABLE_NONE;
}

/**
 * rly_usable_text() - why is a VIP not usable?
 * @vip: the VIP; the configuration lock is held
 *
 * Return: a text, or NULL when it is usable.
 */
const char *rly_usable_text(const struct rly_vip *vip)
{
	bool one = vip->id.family == NFPROTO_IPV6;

	switch (vip->usable) {
	case RLY_USABLE:
		return NULL;
	case RLY_USABLE_NO_SERVER:
		return "no balancer has a usable server";
	}
	return one ? "no balancer is up for IPv6" : "no balancer is up for IPv4";
}
