// SPDX-License-Identifier: GPL-2.0-only
/* Balancers: add, change, delete. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "config/balancer.h"
#include "config/digest.h"
#include "config/heir.h"
#include "config/link.h"
#include "config/snapshot.h"
#include "config/usable.h"
#include "net.h"
#include "packet/xdp.h"

static struct kmem_cache *rly_balancer_cache;

/**
 * rly_balancer_by_name() - find a balancer
 * @rn: namespace; its lock is held
 * @name: name
 *
 * Return: the balancer or NULL.
 */
struct rly_balancer *rly_balancer_by_name(struct rly_net *rn, const char *name)
{
	struct rly_balancer *b;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	xa_for_each(&rn->balancers, n, b)
		if (!strcmp(b->name, name))
			return b;
	return NULL;
}

static struct rly_former *rly_former_find(struct rly_net *rn, const char *name)
{
	struct rly_former *f;

	lockdep_assert_held(&rn->lock);
	list_for_each_entry(f, &rn->former, list)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static void rly_former_forget(struct rly_net *rn, struct rly_former *f)
{
	list_del(&f->list);
	rn->n_former--;
	kfree(f);
}

/* Another balancer has the name now. */
static void rly_former_forget_name(struct rly_net *rn, const char *name)
{
	struct rly_former *f = rly_former_find(rn, name);

	if (f)
		rly_former_forget(rn, f);
}

/*
 * Remember the number of a deleted balancer. Flows know it by number, so they go on when it is
 * added again, for example when a configuration is reloaded. Without memory it gets a new number.
 */
static void rly_former_remember(struct rly_net *rn, const struct rly_balancer *b)
{
	struct rly_former *f = kmalloc(sizeof(*f), GFP_KERNEL | __GFP_NOWARN);

	if (!f)
		return;
	strscpy(f->name, b->name, sizeof(f->name));
	f->n = b->n;
	list_add_tail(&f->list, &rn->former);
	if (++rn->n_former > SLB_RELAY_BALANCER_MAX)
		rly_former_forget(rn, list_first_entry(&rn->former, struct rly_former, list));
}

/* Choose the number of a balancer: the one that it had before, or a new one. */
static int rly_balancer_number(struct rly_net *rn, struct rly_balancer *b)
{
	const struct rly_former *f = rly_former_find(rn, b->name);
	int err;

	if (f) {
		b->n = f->n;
		err = xa_insert(&rn->balancers, b->n, b, GFP_KERNEL);
		/* another balancer has it: numbers have wrapped since */
		if (err != -EBUSY)
			return err;
	}
	return xa_alloc_cyclic(&rn->balancers, &b->n, b, xa_limit_31b, &rn->next_balancer,
			       GFP_KERNEL);
}

static int rly_balancer_free_name(struct rly_net *rn, const char *name,
				  struct netlink_ext_ack *extack)
{
	if (!rly_balancer_by_name(rn, name))
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "balancer %s already exists", name);
	return -EEXIST;
}

/**
 * rly_balancer_add() - add a balancer; it gets no flows before it has a link
 * @rn: namespace; its lock is held
 * @name: a valid name
 * @weight: share of the flows
 * @heir: its heir
 * @extack: gets the text of an error
 *
 * Return: the balancer or an error.
 */
struct rly_balancer *rly_balancer_add(struct rly_net *rn, const char *name, u32 weight,
				      const struct rly_heir *heir,
				      struct netlink_ext_ack *extack)
{
	struct rly_balancer *b;
	int err;

	err = rly_balancer_free_name(rn, name, extack);
	if (err)
		return ERR_PTR(err);
	if (rn->n_balancers >= SLB_RELAY_BALANCER_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a relay has at most %d balancers",
				   SLB_RELAY_BALANCER_MAX);
		return ERR_PTR(-ENOSPC);
	}
	b = kmem_cache_zalloc(rly_balancer_cache, GFP_KERNEL);
	if (!b)
		return ERR_PTR(-ENOMEM);
	strscpy(b->name, name, sizeof(b->name));
	b->weight = weight;
	b->heir = *heir;
	b->stale = true;
	b->bare_at = jiffies;
	err = rly_balancer_number(rn, b);
	if (err < 0) {
		rly_balancer_free(b);
		return ERR_PTR(err);
	}
	rn->n_balancers++;
	rly_net_adds(rn);
	err = rly_snapshot_publish(rn);
	if (err) {
		rn->n_balancers--;
		xa_erase(&rn->balancers, b->n);
		rly_balancer_free(b);
		return ERR_PTR(err);
	}
	rly_former_forget_name(rn, name);
	rly_net_changed(rn);
	return b;
}

/**
 * rly_balancer_set() - change weight and heir of a balancer
 * @rn: namespace; its lock is held
 * @b: the balancer
 * @weight: new weight
 * @heir: new heir
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int rly_balancer_set(struct rly_net *rn, struct rly_balancer *b, u32 weight,
		     const struct rly_heir *heir)
{
	struct rly_heir was_heir = b->heir;
	u32 was = b->weight;
	int err;

	lockdep_assert_held(&rn->lock);
	b->weight = weight;
	b->heir = *heir;
	err = rly_snapshot_publish(rn);
	if (err) {
		b->weight = was;
		b->heir = was_heir;
		return err;
	}
	rly_net_changed(rn);
	return 0;
}

/**
 * rly_balancer_rename() - change the name of a balancer
 * @rn: namespace; its lock is held
 * @b: the balancer
 * @name: a valid name
 * @extack: gets the text of an error
 *
 * Flows know the balancer by its number, so they stay with it. The slots that it and its links get
 * depend on the name: other new flows go there than before.
 *
 * Return: 0, or an error with nothing changed.
 */
int rly_balancer_rename(struct rly_net *rn, struct rly_balancer *b, const char *name,
			struct netlink_ext_ack *extack)
{
	int err = rly_balancer_free_name(rn, name, extack);
	struct rly_snapshot *snap;

	lockdep_assert_held(&rn->lock);
	if (err)
		return err;
	snap = rly_snapshot_reserve(rn);
	if (!snap)
		return -ENOMEM;
	strscpy(b->name, name, sizeof(b->name));
	b->stale = true;
	rly_snapshot_publish_reserved(rn, snap);
	rly_former_forget_name(rn, name);
	rly_net_changed(rn);
	return 0;
}

/**
 * rly_balancer_make_dead() - unpublish a balancer, the first phase of removal
 * @rn: namespace; its lock is held
 * @b: the balancer; the caller frees its links and then the balancer
 *
 * A probe tells the balancer first, which then has a grace period to move its packets elsewhere.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int rly_balancer_make_dead(struct rly_net *rn, struct rly_balancer *b)
{
	struct rly_snapshot *snap = rly_snapshot_reserve(rn);
	u32 i;

	lockdep_assert_held(&rn->lock);
	if (!snap)
		return -ENOMEM;
	/* before packets no longer find it */
	WRITE_ONCE(rn->deleted, jiffies);
	for (i = 0; i < b->n_links; i++)
		slb_probe_withdraw(b->link[i]->probe, true);
	if (b->n_links)
		synchronize_net();
	b->dead = true;
	rn->n_balancers--;
	rly_usable_forget(rn, b);
	rly_heir_forget(rn, b);
	rly_snapshot_publish_reserved(rn, snap);
	rly_former_remember(rn, b);
	xa_erase(&rn->balancers, b->n);
	rtnl_lock();
	for (i = 0; i < b->n_links; i++)
		xa_erase(&rn->links, b->link[i]->n);
	rly_xdp_changed(rn);
	rtnl_unlock();
	rn->n_links -= b->n_links;
	rly_net_changed(rn);
	return 0;
}

/**
 * rly_balancer_flush() - unpublish all balancers, the first phase of removal; needs no memory
 * @rn: namespace; its lock is held
 *
 * The caller frees the links of each balancer and then the balancers.
 */
void rly_balancer_flush(struct rly_net *rn)
{
	struct rly_balancer *b;
	unsigned long n;

	WRITE_ONCE(rn->deleted, jiffies);
	if (rn->n_links) {
		rly_link_withdraw(rn);
		synchronize_net();
	}
	rly_snapshot_clear(rn);
	xa_for_each(&rn->balancers, n, b) {
		rly_former_remember(rn, b);
		rly_usable_forget(rn, b);
		b->dead = true;
	}
	rly_digest_update(rn);
	rly_usable_look(rn);
	rtnl_lock();
	xa_destroy(&rn->links);
	rly_xdp_changed(rn);
	rtnl_unlock();
	rn->n_balancers = 0;
	rn->n_links = 0;
	rly_net_changed(rn);
}

static void rly_balancer_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(rly_balancer_cache, container_of(rcu, struct rly_balancer, rcu));
}

/**
 * rly_balancer_free() - free a balancer that is in no set
 * @b: the balancer, without links
 *
 * Packets read its name while they are traced.
 */
void rly_balancer_free(struct rly_balancer *b)
{
	call_rcu(&b->rcu, rly_balancer_free_rcu);
}

/**
 * rly_balancer_links_up() - count the links that carry packets
 * @b: the balancer; the configuration lock is held
 *
 * Return: their number.
 */
u32 rly_balancer_links_up(const struct rly_balancer *b)
{
	u32 i, up = 0;

	for (i = 0; i < b->n_links; i++)
		up += slb_nexthop_passable(&b->link[i]->nh, NFPROTO_IPV4) ||
		      slb_nexthop_passable(&b->link[i]->nh, NFPROTO_IPV6);
	return up;
}

/**
 * rly_balancer_flows() - count the known flows of a balancer
 * @b: the balancer; the configuration lock is held
 *
 * Return: their number; packets change it meanwhile.
 */
u32 rly_balancer_flows(const struct rly_balancer *b)
{
	u32 i, n = 0;

	for (i = 0; i < b->n_links; i++)
		n += rly_link_flows(b->link[i]);
	return n;
}

/**
 * rly_balancer_rekeyed() - mark all tables of slots as stale: the key has changed
 * @rn: namespace; its lock is held
 */
void rly_balancer_rekeyed(struct rly_net *rn)
{
	struct rly_balancer *b;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	xa_for_each(&rn->balancers, n, b)
		b->stale = true;
}

/**
 * rly_balancer_net_exit() - free all balancers
 * @rn: namespace; no packet uses it, and its links are gone
 */
void rly_balancer_net_exit(struct rly_net *rn)
{
	struct rly_former *f, *next;
	struct rly_balancer *b;
	unsigned long n;

	xa_for_each(&rn->balancers, n, b)
		rly_balancer_free(b);
	xa_destroy(&rn->balancers);
	list_for_each_entry_safe(f, next, &rn->former, list)
		kfree(f);
}

/**
 * rly_balancer_init() - create the slab cache of balancers
 *
 * Return: 0 or an error.
 */
int rly_balancer_init(void)
{
	rly_balancer_cache = kmem_cache_create("relay_balancer", sizeof(struct rly_balancer), 0, 0,
					       NULL);
	return rly_balancer_cache ? 0 : -ENOMEM;
}

/**
 * rly_balancer_exit() - destroy the slab cache of balancers
 */
void rly_balancer_exit(void)
{
	kmem_cache_destroy(rly_balancer_cache);
}
