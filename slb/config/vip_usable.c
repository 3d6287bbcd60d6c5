// SPDX-License-Identifier: GPL-2.0-only
/* Which VIPs have no server for new sessions: computed after changes, and put into probes. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <slb/probe_unusable.h>
#include <slb/probe_vips.h>

#include "config/vip.h"
#include "config/vip_usable.h"
#include "net.h"

/* Least jiffies between two looks at all VIPs: many changes may come together. */
#define SLB_USABLE_PAUSE (HZ / 20)

static int slb_usable_order(const void *a, const void *b)
{
	const u32 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* VIPs may have equal digests. Return: how many different ones there are. */
static u32 slb_usable_unique(u32 *digests, u32 n)
{
	u32 i, unique = 0;

	for (i = 0; i < n; i++)
		if (!i || digests[i] != digests[i - 1])
			digests[unique++] = digests[i];
	return unique;
}

static u32 slb_usable_count(struct slb_net *sn)
{
	struct slb_vip *vip;
	unsigned long id;
	u32 n = 0;

	xa_for_each(&sn->vips, id, vip) {
		n += !slb_vip_usable(sn, vip);
		cond_resched();
	}
	return n;
}

/* Find the digests of the unusable VIPs, which are @n. */
static struct slb_unusable_said *slb_usable_collect(struct slb_net *sn, u32 n)
{
	struct slb_unusable_said *said = kvzalloc(struct_size(said, digest, n), GFP_KERNEL);
	struct slb_probe_vip vip_id;
	struct slb_vip *vip;
	unsigned long id;
	u32 at = 0;

	if (!said)
		return NULL;
	said->n = n;
	xa_for_each(&sn->vips, id, vip) {
		if (slb_vip_usable(sn, vip))
			continue;
		vip_id = slb_vip_id(vip);
		said->digest[at++] = slb_probe_vips_digest(&vip_id);
		cond_resched();
	}
	sort(said->digest, n, sizeof(*said->digest), slb_usable_order, NULL);
	said->n = slb_usable_unique(said->digest, n);
	sn->n_untold = said->n > SLB_UNUSABLE_MAX ? said->n - SLB_UNUSABLE_MAX : 0;
	said->n = min(said->n, SLB_UNUSABLE_MAX);
	said->generation = slb_unusable_generation(said->digest, said->n);
	return said;
}

/* Put the set into probes. Return: 0 or -ENOMEM. */
static int slb_usable_say(struct slb_net *sn)
{
	struct slb_unusable_said *said = NULL;
	u32 n = slb_usable_count(sn);

	sn->n_unusable = n;
	if (n && n == sn->n_vips) {
		said = kvzalloc(sizeof(*said), GFP_KERNEL);
		if (!said)
			return -ENOMEM;
		said->generation = SLB_UNUSABLE_ALL;
		sn->n_untold = 0;
	} else if (n) {
		said = slb_usable_collect(sn, n);
		if (!said)
			return -ENOMEM;
	} else {
		sn->n_untold = 0;
	}
	slb_probe_unusable_say(&sn->probes, said);
	return 0;
}

static void slb_usable_work(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, usable);

	mutex_lock(&sn->lock);
	sn->usable_at = jiffies;
	if (slb_usable_say(sn))
		queue_delayed_work(system_wq, &sn->usable, HZ);
	mutex_unlock(&sn->lock);
}

/**
 * slb_usable_look() - a VIP may have become usable or unusable: find out soon, and tell relays
 * @sn: namespace, lock held
 */
void slb_usable_look(struct slb_net *sn)
{
	unsigned long at = sn->usable_at + SLB_USABLE_PAUSE, now = jiffies;

	if (!delayed_work_pending(&sn->usable))
		queue_delayed_work(system_wq, &sn->usable, time_before(now, at) ? at - now : 0);
}

/**
 * slb_usable_turn() - a VIP begins or ends to use its group
 * @sn: namespace, lock held
 * @vip: VIP
 *
 * While all VIPs are usable, another usable one changes nothing.
 */
void slb_usable_turn(struct slb_net *sn, const struct slb_vip *vip)
{
	if (sn->n_unusable || !slb_vip_usable(sn, vip))
		slb_usable_look(sn);
}

/**
 * slb_usable_init() - prepare a namespace
 * @sn: namespace
 */
void slb_usable_init(struct slb_net *sn)
{
	INIT_DELAYED_WORK(&sn->usable, slb_usable_work);
	sn->usable_at = jiffies - SLB_USABLE_PAUSE;
}

/**
 * slb_usable_exit() - tell relays nothing more
 * @sn: namespace; its VIPs are gone
 */
void slb_usable_exit(struct slb_net *sn)
{
	cancel_delayed_work_sync(&sn->usable);
}
