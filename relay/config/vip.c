// SPDX-License-Identifier: GPL-2.0-only
/* VIPs: add and delete, conflicts between VIPs, and the port maps that packets use. */
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/slb_relay.h>
#include <slb/probe_vips.h>

#include "config/link.h"
#include "config/snapshot.h"
#include "config/usable.h"
#include "config/vip.h"
#include "net.h"
#include "packet/hook.h"
#include "packet/prefilter.h"
#include "packet/vip_match.h"
#include "state/flow.h"
#include "state/reply_cache.h"

static struct kmem_cache *rly_vip_cache;
static struct kmem_cache *rly_vaddr_cache;

/**
 * rly_vip_print() - print a VIP as slbctl does
 * @buf: RLY_VIP_TEXT bytes
 * @id: the VIP
 *
 * Return: @buf.
 */
const char *rly_vip_print(char *buf, const struct rly_vip_id *id)
{
	const char *proto = slb_proto_name(id->proto);
	int len;

	if (id->family == NFPROTO_IPV4)
		len = scnprintf(buf, RLY_VIP_TEXT, "%s %pI4", proto, &id->addr.ip);
	else
		len = scnprintf(buf, RLY_VIP_TEXT, "%s [%pI6c]", proto, &id->addr.in6);
	if (id->first)
		len += scnprintf(buf + len, RLY_VIP_TEXT - len, ":%u", id->first);
	if (id->first && id->last != id->first)
		scnprintf(buf + len, RLY_VIP_TEXT - len, "-%u", id->last);
	return buf;
}

/* The entry of an address under the configuration lock. */
static struct rly_vaddr *rly_vaddr_get(struct rly_net *rn, const union nf_inet_addr *addr,
				       u8 family)
{
	struct rly_vaddr *vaddr;

	lockdep_assert_held(&rn->lock);
	rcu_read_lock();
	vaddr = rly_vaddr_find(rn, addr, family);
	rcu_read_unlock();
	return vaddr;
}

/**
 * rly_vip_by_id() - find a configured VIP
 * @rn: namespace; its lock is held
 * @id: exactly the values that it was added with
 *
 * Return: the VIP or NULL.
 */
struct rly_vip *rly_vip_by_id(struct rly_net *rn, const struct rly_vip_id *id)
{
	struct rly_vaddr *vaddr = rly_vaddr_get(rn, &id->addr, id->family);
	struct slb_claim *claim;

	if (!vaddr)
		return NULL;
	claim = slb_claims_find(&vaddr->claims, id->proto, id->first, id->last);
	return claim ? claim->owner : NULL;
}

/* Is it clear which of two VIPs of one address is more specific? */
static int rly_vip_check(struct rly_vaddr *vaddr, const struct rly_vip_id *id,
			 struct netlink_ext_ack *extack)
{
	const struct slb_claim *other;
	const struct rly_vip *vip;
	char text[RLY_VIP_TEXT];

	other = slb_claims_find(&vaddr->claims, id->proto, id->first, id->last);
	if (other) {
		vip = other->owner;
		NL_SET_ERR_MSG_FMT(extack, "VIP %s already exists", rly_vip_print(text, &vip->id));
		return -EEXIST;
	}
	other = slb_claims_cross(&vaddr->claims, id->proto, id->first, id->last);
	if (!other)
		return 0;
	vip = other->owner;
	NL_SET_ERR_MSG_FMT(extack, "partly overlaps VIP %s", rly_vip_print(text, &vip->id));
	return -EEXIST;
}

static void rly_vip_destroy(struct rly_vip *vip)
{
	free_percpu(vip->stats);
	kfree(vip->drops);
	kmem_cache_free(rly_vip_cache, vip);
}

static void rly_vip_free_rcu(struct rcu_head *rcu)
{
	rly_vip_destroy(container_of(rcu, struct rly_vip, rcu));
}

static struct rly_vip *rly_vip_create(const struct rly_vip_id *id)
{
	struct rly_vip *vip = kmem_cache_zalloc(rly_vip_cache, GFP_KERNEL);

	if (!vip)
		return NULL;
	vip->id = *id;
	vip->claim.proto = id->proto;
	vip->claim.range = (struct slb_range){ .first = id->first, .last = id->last };
	vip->claim.owner = vip;
	vip->asked.last = jiffies - RLY_VIP_NOTE;
	vip->stats = rly_traffic_alloc(RLY_VIP_DIRS);
	if (!vip->stats) {
		kmem_cache_free(rly_vip_cache, vip);
		return NULL;
	}
	return vip;
}

static void rly_vaddr_destroy(struct rly_vaddr *vaddr)
{
	slb_claims_end(&vaddr->claims);
	kmem_cache_free(rly_vaddr_cache, vaddr);
}

static void rly_vaddr_free_rcu(struct rcu_head *rcu)
{
	rly_vaddr_destroy(container_of(rcu, struct rly_vaddr, rcu));
}

/* Create an address with its first VIP, and publish it. */
static int rly_vaddr_add(struct rly_net *rn, struct rly_vip *vip)
{
	struct rly_vaddr *vaddr = kmem_cache_zalloc(rly_vaddr_cache, GFP_KERNEL);
	int err;

	if (!vaddr)
		return -ENOMEM;
	vaddr->key.addr = vip->id.addr;
	vaddr->key.family = vip->id.family;
	err = slb_claims_add(&vaddr->claims, &vip->claim);
	if (!err)
		err = rly_vaddr_insert(rn, vaddr);
	if (err) {
		rly_vaddr_destroy(vaddr);
		return err;
	}
	rly_filter_add(rly_dereference(rn, rn->filter), &vaddr->key.addr, vaddr->key.family);
	rly_prefilter_update(rn);
	vip->vaddr = vaddr;
	return 0;
}

static void rly_vaddr_forget(struct rly_net *rn, struct rly_vaddr *vaddr)
{
	rly_vaddr_remove(rn, vaddr);
	call_rcu(&vaddr->rcu, rly_vaddr_free_rcu);
}

static void rly_vaddr_del(struct rly_net *rn, struct rly_vaddr *vaddr)
{
	rly_filter_del(rly_dereference(rn, rn->filter), &vaddr->key.addr, vaddr->key.family);
	rly_prefilter_update(rn);
	rly_vaddr_forget(rn, vaddr);
}

/* The filter and the hooks exist while there is a VIP. */
static int rly_vip_first(struct rly_net *rn)
{
	struct rly_filter *filter = kvzalloc(sizeof(*filter), GFP_KERNEL);
	struct rly_replies *replies = rly_reply_create();
	int err = -ENOMEM;

	if (filter && replies) {
		rtnl_lock();
		err = rly_hook_on(rn);
		rtnl_unlock();
	}
	if (err) {
		kvfree(filter);
		kvfree(replies);
		return err;
	}
	rcu_assign_pointer(rn->filter, filter);
	rcu_assign_pointer(rn->replies, replies);
	rly_flow_net_start(rn);
	return 0;
}

static void rly_vip_last(struct rly_net *rn)
{
	struct rly_filter *filter = rly_dereference(rn, rn->filter);
	struct rly_replies *replies = rly_dereference(rn, rn->replies);

	rtnl_lock();
	rly_hook_off(rn);
	rtnl_unlock();
	RCU_INIT_POINTER(rn->filter, NULL);
	RCU_INIT_POINTER(rn->replies, NULL);
	rly_prefilter_update(rn);
	kvfree_rcu(filter, rcu);
	kvfree_rcu(replies, rcu);
	rly_flow_clear(&rn->flows);
}

/**
 * rly_vip_digested() - what identifies a VIP, as in digests
 * @id: its identity
 *
 * Return: protocol, address and ports.
 */
struct slb_probe_vip rly_vip_digested(const struct rly_vip_id *id)
{
	return (struct slb_probe_vip){
		.addr = id->addr,
		.family = id->family,
		.proto = id->proto,
		.first = id->first,
		.last = id->last,
	};
}

/* Give a VIP its number, and insert it into the claims of its address. */
static int rly_vip_link(struct rly_net *rn, struct rly_vip *vip, struct rly_vaddr *vaddr)
{
	struct slb_probe_vip id = rly_vip_digested(&vip->id);
	int err;

	err = xa_alloc_cyclic(&rn->vips, &vip->n, vip, xa_limit_31b, &rn->next_vip, GFP_KERNEL);
	if (err < 0)
		return err;
	if (vaddr) {
		vip->vaddr = vaddr;
		err = slb_claims_add(&vaddr->claims, &vip->claim);
	} else {
		err = rly_vaddr_add(rn, vip);
	}
	if (err) {
		xa_erase(&rn->vips, vip->n);
		return err;
	}
	vip->vaddr->n_vips++;
	rn->n_vips++;
	slb_probe_vips_add(&rn->probes, &id);
	rly_net_changed(rn);
	return 0;
}

static int rly_vip_insert(struct rly_net *rn, struct rly_vip *vip, struct rly_vaddr *vaddr)
{
	int err;

	rly_net_adds(rn);
	if (!rn->n_vips) {
		err = rly_vip_first(rn);
		if (err)
			return err;
	}
	err = rly_vip_link(rn, vip, vaddr);
	if (err && !rn->n_vips)
		rly_vip_last(rn);
	return err;
}

/**
 * rly_vip_add() - add a VIP
 * @rn: namespace; its lock is held
 * @id: checked by itself
 * @extack: names a conflict
 *
 * Return: the VIP, or an error and nothing has changed.
 */
struct rly_vip *rly_vip_add(struct rly_net *rn, const struct rly_vip_id *id,
			    struct netlink_ext_ack *extack)
{
	struct rly_vaddr *vaddr = rly_vaddr_get(rn, &id->addr, id->family);
	struct rly_vip *vip;
	int err;

	if (rn->n_vips >= SLB_RELAY_VIP_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a relay has at most %d VIPs", SLB_RELAY_VIP_MAX);
		return ERR_PTR(-ENOSPC);
	}
	err = vaddr ? rly_vip_check(vaddr, id, extack) :
		      rly_link_check_vip(rn, &id->addr, id->family, extack);
	if (err)
		return ERR_PTR(err);
	vip = rly_vip_create(id);
	if (!vip)
		return ERR_PTR(-ENOMEM);
	err = rly_vip_insert(rn, vip, vaddr);
	if (err) {
		/* no packet has found it yet */
		rly_vip_destroy(vip);
		return ERR_PTR(err);
	}
	vip->usable = rly_usable_judge(rn, vip);
	return vip;
}

/**
 * rly_vip_make_dead() - unpublish a VIP, the first phase of removal
 * @rn: namespace; its lock is held
 * @vip: the VIP; rly_vip_free() follows
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int rly_vip_make_dead(struct rly_net *rn, struct rly_vip *vip)
{
	struct slb_probe_vip id = rly_vip_digested(&vip->id);
	struct rly_vaddr *vaddr = vip->vaddr;

	lockdep_assert_held(&rn->lock);
	if (vaddr->n_vips == 1)
		rly_vaddr_del(rn, vaddr);
	else if (slb_claims_del(&vaddr->claims, &vip->claim))
		return -ENOMEM;
	vaddr->n_vips--;
	xa_erase(&rn->vips, vip->n);
	slb_probe_vips_del(&rn->probes, &id);
	if (!--rn->n_vips)
		rly_vip_last(rn);
	rly_net_changed(rn);
	return 0;
}

/**
 * rly_vip_free() - free a VIP after a grace period, the second phase of removal
 * @vip: from rly_vip_make_dead()
 */
void rly_vip_free(struct rly_vip *vip)
{
	call_rcu(&vip->rcu, rly_vip_free_rcu);
}

/**
 * rly_vip_flush() - remove all VIPs; needs no memory, so it does not fail
 * @rn: namespace; its lock is held
 */
void rly_vip_flush(struct rly_net *rn)
{
	struct rly_vip *vip;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	if (!rn->n_vips)
		return;
	xa_for_each(&rn->vips, n, vip) {
		if (!--vip->vaddr->n_vips)
			rly_vaddr_forget(rn, vip->vaddr);
		cond_resched();
	}
	/*
	 * packets find no VIP any more; before the first one is freed: flows cache VIPs until then
	 */
	rly_net_changed(rn);
	xa_for_each(&rn->vips, n, vip) {
		rly_vip_free(vip);
		cond_resched();
	}
	xa_destroy(&rn->vips);
	rn->n_vips = 0;
	slb_probe_vips_clear(&rn->probes);
	rly_vip_last(rn);
	rly_net_changed(rn);
}

/**
 * rly_vip_net_exit() - free all VIPs of a namespace
 * @rn: namespace; no packet uses it, and its hooks are off
 */
void rly_vip_net_exit(struct rly_net *rn)
{
	struct rly_vip *vip;
	unsigned long n;

	xa_for_each(&rn->vips, n, vip) {
		if (!--vip->vaddr->n_vips)
			rly_vaddr_destroy(vip->vaddr);
		rly_vip_destroy(vip);
	}
	xa_destroy(&rn->vips);
	rhashtable_destroy(&rn->vaddrs);
	kvfree(rcu_dereference_protected(rn->filter, true));
	kvfree(rcu_dereference_protected(rn->replies, true));
}

/**
 * rly_vip_init() - create the slab caches of VIPs and their addresses
 *
 * Return: 0 or an error.
 */
int rly_vip_init(void)
{
	rly_vip_cache = kmem_cache_create("relay_vip", sizeof(struct rly_vip), 0, 0, NULL);
	if (!rly_vip_cache)
		return -ENOMEM;
	rly_vaddr_cache = kmem_cache_create("relay_vaddr", sizeof(struct rly_vaddr), 0, 0, NULL);
	if (!rly_vaddr_cache) {
		kmem_cache_destroy(rly_vip_cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * rly_vip_exit() - destroy the slab caches, after the last RCU callback
 */
void rly_vip_exit(void)
{
	kmem_cache_destroy(rly_vaddr_cache);
	kmem_cache_destroy(rly_vip_cache);
}
