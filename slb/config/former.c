// SPDX-License-Identifier: GPL-2.0-only
/* Remembered local addresses: servers of ended sessions may still send to them. */
#include <linux/rculist.h>
#include <linux/slab.h>

#include "config/former.h"
#include "config/link.h"
#include "config/vip.h"
#include "packet/prefilter.h"

static void slb_former_forget(struct slb_net *sn, struct slb_former *f)
{
	slb_prefilter_range(sn, &f->first, f->count, f->family, -1);
	list_del_rcu(&f->list);
	sn->n_locals--;
	kfree_rcu(f, rcu);
}

/* Without memory the range counts as forgotten: its servers get no resets. */
static void slb_former_add_range(struct slb_net *sn, const union nf_inet_addr *first, u32 count,
				 u8 family)
{
	struct slb_former *f = kmalloc(sizeof(*f), GFP_KERNEL | __GFP_NOWARN);

	if (!f) {
		sn->forgotten++;
		return;
	}
	f->first = *first;
	f->count = count;
	f->family = family;
	f->ended = slb_former_until(sn, 0);
	slb_prefilter_range(sn, first, count, family, 1);
	list_add_tail_rcu(&f->list, &sn->locals);
	if (++sn->n_locals > SLB_FORMER_MAX) {
		slb_former_forget(sn, list_first_entry(&sn->locals, struct slb_former, list));
		sn->forgotten++;
	}
}

/**
 * slb_former_add() - remember the local addresses that a link with sessions loses
 * @sn: namespace, lock held
 * @old: the present link
 * @link: the link that replaces it, or NULL
 *
 * Call it before packets see the change. Addresses of links have precedence over remembered ones.
 */
void slb_former_add(struct slb_net *sn, const struct slb_link *old, const struct slb_link *link)
{
	int i;

	if (!slb_traffic_sessions(old->acct->stats) || sn->settings.on_end != SLB_ON_END_RESET)
		return;
	for (i = 0; i < 2; i++)
		if (old->count[i] && (!link || link->count[i] != old->count[i] ||
				      !slb_addr_equal(&link->first[i], &old->first[i])))
			slb_former_add_range(sn, &old->first[i], old->count[i],
					     i ? NFPROTO_IPV6 : NFPROTO_IPV4);
	slb_former_hurry(sn);
}

/**
 * slb_former_find() - is this a remembered local address?
 * @sn: namespace
 * @addr: address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: RCU.
 *
 * Return: true when it is.
 */
bool slb_former_find(const struct slb_net *sn, const union nf_inet_addr *addr, u8 family)
{
	const struct slb_former *f;

	list_for_each_entry_rcu(f, &sn->locals, list)
		if (f->family == family && slb_local_in(&f->first, f->count, addr, family))
			return true;
	return false;
}

/* Forget expired ranges. Return: jiffies until the next one expires. */
static unsigned long slb_former_expire(struct slb_net *sn)
{
	unsigned long wait = MAX_JIFFY_OFFSET;
	struct slb_former *f, *next;

	list_for_each_entry_safe(f, next, &sn->locals, list) {
		if (time_before(jiffies, f->ended))
			wait = min(wait, f->ended - jiffies);
		else
			slb_former_forget(sn, f);
	}
	return wait;
}

static void slb_former_work(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, forget);
	unsigned long wait;

	mutex_lock(&sn->lock);
	wait = min(slb_vaddr_expire(sn), slb_former_expire(sn));
	if (wait != MAX_JIFFY_OFFSET)
		mod_delayed_work(system_wq, &sn->forget, wait);
	mutex_unlock(&sn->lock);
}

/**
 * slb_former_hurry() - schedule the expiry of remembered addresses
 * @sn: namespace, lock held
 */
void slb_former_hurry(struct slb_net *sn)
{
	lockdep_assert_held(&sn->lock);
	mod_delayed_work(system_wq, &sn->forget, 0);
}

/**
 * slb_former_flush() - forget all ranges at the end of a namespace
 * @sn: namespace, lock held
 */
void slb_former_flush(struct slb_net *sn)
{
	struct slb_former *f, *next;

	list_for_each_entry_safe(f, next, &sn->locals, list)
		slb_former_forget(sn, f);
}

/**
 * slb_former_init() - initialize the remembered addresses of a namespace
 * @sn: namespace
 */
void slb_former_init(struct slb_net *sn)
{
	INIT_LIST_HEAD(&sn->locals);
	INIT_DELAYED_WORK(&sn->forget, slb_former_work);
}
