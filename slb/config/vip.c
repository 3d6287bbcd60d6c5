// SPDX-License-Identifier: GPL-2.0-only
/* VIPs: virtual addresses, the port ranges claimed on each, and the maps that packets use. */
#include <linux/slab.h>
#include <slb/probe_vips.h>
#include <slb/table.h>

#include "config/former.h"
#include "config/group.h"
#include "config/link.h"
#include "config/notify.h"
#include "config/vip_seek.h"
#include "config/vip_usable.h"
#include "packet/hook.h"
#include "packet/prefilter.h"
#include "state/fwmark.h"
#include "state/purge.h"
#include "state/session.h"

static int slb_vaddr_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct slb_vaddr *vaddr = obj;

	return !slb_vaddr_has(&vaddr->node, arg->key);
}

static u32 slb_vaddr_keyhash(const void *data, u32 len, u32 seed)
{
	const struct slb_vaddr_key *key = data;

	return slb_table_bits(slb_addr_hash(&key->addr), seed, SLB_ADDR_SEED_MASK);
}

static const struct rhashtable_params slb_vaddr_params = {
	.head_offset = offsetof(struct slb_vaddr, node),
	.key_offset = offsetof(struct slb_vaddr, key),
	.key_len = sizeof(struct slb_vaddr_key),
	.hashfn = slb_vaddr_keyhash,
	.obj_cmpfn = slb_vaddr_cmp,
	.automatic_shrinking = true,
};

/**
 * slb_vip_table_init() - create the tables of VIPs of a namespace
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_vip_table_init(struct slb_net *sn)
{
	xa_init_flags(&sn->vips, XA_FLAGS_ALLOC1);
	INIT_LIST_HEAD(&sn->former);
	INIT_WORK(&sn->fwmark, slb_fwmark_work);
	return rhashtable_init(&sn->vaddrs, &slb_vaddr_params);
}

/**
 * slb_vip_table_exit() - destroy the tables of VIPs of a namespace
 * @sn: namespace, its VIPs flushed
 */
void slb_vip_table_exit(struct slb_net *sn)
{
	rhashtable_destroy(&sn->vaddrs);
	xa_destroy(&sn->vips);
}

/**
 * slb_vaddr_lookup() - find an address that has VIPs
 * @sn: namespace
 * @addr: address, network order
 * @family: address family
 *
 * Context: RCU. slb_vaddr_find() asks the prefilter first.
 *
 * Return: the address or NULL.
 */
struct slb_vaddr *slb_vaddr_lookup(struct slb_net *sn, const union nf_inet_addr *addr, u8 family)
{
	return slb_vaddr_seek(sn, addr, family);
}

static struct slb_vaddr *slb_vaddr_lookup_locked(struct slb_net *sn,
						 const union nf_inet_addr *addr, u8 family)
{
	struct slb_vaddr *vaddr;

	rcu_read_lock();	/* the configuration lock keeps the result alive after unlock */
	vaddr = slb_vaddr_lookup(sn, addr, family);
	rcu_read_unlock();
	return vaddr;
}

/**
 * slb_vip_usable() - does the group of a VIP have a server that takes a new session?
 * @sn: namespace, lock held
 * @vip: VIP
 *
 * Return: true when the packet path finds one.
 */
bool slb_vip_usable(struct slb_net *sn, const struct slb_vip *vip)
{
	const struct slb_group *group = slb_dereference(sn, vip->group);

	return slb_dereference(sn, group->set[vip->vaddr->key.family == NFPROTO_IPV6])->n;
}

static void slb_vaddr_count(struct slb_vaddr *vaddr, int by)
{
	WRITE_ONCE(vaddr->n_usable, vaddr->n_usable + by);
}

/**
 * slb_vaddr_turn() - count groups with a usable server, by address of their VIPs
 * @sn: namespace, lock held
 * @group: group
 * @family: address family
 * @by: 1 or -1
 */
void slb_vaddr_turn(struct slb_net *sn, const struct slb_group *group, u8 family, int by)
{
	struct slb_vip *vip;

	list_for_each_entry(vip, &group->vip_list, in_group)
		if (vip->vaddr->key.family == family)
			slb_vaddr_count(vip->vaddr, by);
	if (!list_empty(&group->vip_list))
		slb_usable_look(sn);
}

/* Make a VIP use a group. */
static void slb_vip_join(struct slb_net *sn, struct slb_vip *vip, struct slb_group *group)
{
	rcu_assign_pointer(vip->group, group);
	group->vips++;
	list_add_tail(&vip->in_group, &group->vip_list);
	slb_vaddr_count(vip->vaddr, slb_vip_usable(sn, vip));
	slb_usable_turn(sn, vip);
}

/* Undo that. Packets that have found the VIP may still read the group. */
static void slb_vip_part(struct slb_net *sn, struct slb_vip *vip)
{
	slb_vaddr_count(vip->vaddr, -(int)slb_vip_usable(sn, vip));
	slb_usable_turn(sn, vip);
	list_del(&vip->in_group);
	slb_dereference(sn, vip->group)->vips--;
}

static struct slb_vaddr *slb_vaddr_create(struct slb_net *sn, const union nf_inet_addr *addr,
					  u8 family)
{
	struct slb_vaddr *vaddr = kzalloc(sizeof(*vaddr), GFP_KERNEL);

	if (!vaddr)
		return NULL;
	vaddr->key.addr = *addr;
	vaddr->key.family = family;
	if (rhashtable_insert_fast(&sn->vaddrs, &vaddr->node, slb_vaddr_params)) {
		kfree(vaddr);
		return NULL;
	}
	slb_prefilter_addr(sn, addr, family, 1);
	return vaddr;
}

/* Delete an address. */
static void slb_vaddr_del(struct slb_net *sn, struct slb_vaddr *vaddr)
{
	rhashtable_remove_fast(&sn->vaddrs, &vaddr->node, slb_vaddr_params);
	slb_prefilter_addr(sn, &vaddr->key.addr, vaddr->key.family, -1);
	slb_claims_end(&vaddr->claims);
	kfree_rcu(vaddr, rcu);
}

/* Delete an address without VIPs, unless it is remembered. */
static void slb_vaddr_put(struct slb_net *sn, struct slb_vaddr *vaddr)
{
	if (!vaddr->n && !vaddr->former)
		slb_vaddr_del(sn, vaddr);
}

static void slb_vaddr_unformer(struct slb_net *sn, struct slb_vaddr *vaddr)
{
	list_del(&vaddr->in_former);
	sn->n_former--;
	WRITE_ONCE(vaddr->former, false);
}

/* Forget a remembered address. */
static void slb_vaddr_forget(struct slb_net *sn, struct slb_vaddr *vaddr)
{
	slb_vaddr_unformer(sn, vaddr);
	slb_vaddr_del(sn, vaddr);
}

/*
 * Remember an address whose last VIP is deleted: clients of its sessions may still send, for as
 * long as an established session lasts. Only the latest SLB_VADDR_FORMER_MAX are kept.
 */
static void slb_vaddr_remember(struct slb_net *sn, struct slb_vaddr *vaddr)
{
	slb_claims_end(&vaddr->claims);
	vaddr->claims.root = RB_ROOT_CACHED;
	WRITE_ONCE(vaddr->former, true);
	list_add_tail(&vaddr->in_former, &sn->former);
	if (++sn->n_former > SLB_VADDR_FORMER_MAX) {
		slb_vaddr_forget(sn, list_first_entry(&sn->former, struct slb_vaddr, in_former));
		sn->forgotten++;
	}
	slb_former_hurry(sn);
}

/* A VIP with sessions is deleted: note until when their clients may still send. */
static void slb_vaddr_mourn(const struct slb_net *sn, const struct slb_vip *vip)
{
	const enum slb_session_state established = SLB_SESSION_STATE_TCP_ESTABLISHED;
	struct slb_vaddr *vaddr = vip->vaddr;
	const struct slb_policy *policy;

	if (!slb_traffic_sessions(vip->stats) || sn->settings.on_end != SLB_ON_END_RESET)
		return;
	vaddr->mourns = true;
	policy = slb_dereference(sn, vip->policy);
	vaddr->ended = slb_former_until(sn, policy ? policy->conf.timeout[established] : 0);
}

/* A VIP of the address is deleted. @remember: false when the namespace ends */
static void slb_vaddr_lose(struct slb_net *sn, struct slb_vaddr *vaddr, bool remember)
{
	if (--vaddr->n)
		return;
	if (remember && vaddr->mourns && time_before(jiffies, vaddr->ended))
		slb_vaddr_remember(sn, vaddr);
	else
		slb_vaddr_del(sn, vaddr);
}

/**
 * slb_vip_exact() - find a VIP by exactly the values it was added with
 * @sn: namespace, lock held
 * @addr: address, network order
 * @family: address family
 * @proto: protocol or 0
 * @first: first port, host order
 * @last: last port, host order
 *
 * Return: the VIP or NULL.
 */
struct slb_vip *slb_vip_exact(struct slb_net *sn, const union nf_inet_addr *addr, u8 family,
			      u8 proto, u16 first, u16 last)
{
	struct slb_vaddr *vaddr = slb_vaddr_lookup_locked(sn, addr, family);
	struct slb_claim *claim;

	if (!vaddr)
		return NULL;
	claim = slb_claims_find(&vaddr->claims, proto, first, last);
	return claim ? claim->owner : NULL;
}

/* Does a VIP conflict with a new one? */
static int slb_vip_conflict(struct slb_vaddr *vaddr, u8 proto, u16 first, u16 last,
			    struct netlink_ext_ack *extack)
{
	const struct slb_claim *other;

	if (slb_claims_find(&vaddr->claims, proto, first, last)) {
		NL_SET_ERR_MSG(extack, "the VIP already exists");
		return -EEXIST;
	}
	other = slb_claims_cross(&vaddr->claims, proto, first, last);
	if (!other)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "ports %u-%u partly overlap ports %u-%u of another VIP",
			   first, last, other->range.first, other->range.last);
	return -EEXIST;
}

static void slb_vip_free_rcu(struct rcu_head *rcu)
{
	struct slb_vip *vip = container_of(rcu, struct slb_vip, rcu);

	free_percpu(vip->stats);
	kfree(rcu_dereference_raw(vip->policy));
	kfree(vip->drops);
	kfree(vip);
}

/**
 * slb_vip_free() - free a VIP after a grace period
 * @vip: VIP, in no map and no list, that no session counts at
 *
 * Context: any.
 */
void slb_vip_free(struct slb_vip *vip)
{
	call_rcu(&vip->rcu, slb_vip_free_rcu);
}

static struct slb_vip *slb_vip_create(u8 proto, u16 first, u16 last, struct slb_group *group)
{
	struct slb_vip *vip = kzalloc(sizeof(*vip), GFP_KERNEL);

	if (!vip)
		return NULL;
	vip->stats = slb_traffic_alloc(SLB_TRAFFIC_OF_VIP);
	if (!vip->stats) {
		kfree(vip);
		return NULL;
	}
	vip->claim.proto = proto;
	vip->claim.range = (struct slb_range){ .first = first, .last = last };
	vip->claim.owner = vip;
	RCU_INIT_POINTER(vip->group, group);
	return vip;
}

/* Make a VIP what the operator wants. Its sessions go on. Return: 0 or -ENOMEM, nothing changed. */
static int slb_vip_adopt(struct slb_net *sn, struct slb_vip *vip, const struct slb_vip_conf *conf)
{
	struct slb_policy *policy, *old = slb_dereference(sn, vip->policy);
	int err = slb_policy_create(&conf->policy, &policy);

	if (err)
		return err;
	if (old && policy) {
		/* a change of another word is no new second */
		policy->rate.second = READ_ONCE(old->rate.second);
		atomic_set(&policy->rate.spent, atomic_read(&old->rate.spent));
	}
	WRITE_ONCE(vip->client_address, conf->client_address);
	rcu_assign_pointer(vip->policy, policy);
	WRITE_ONCE(vip->special,
		   policy || conf->client_address != SLB_VIP_CLIENT_ADDRESS_GROUP);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/**
 * slb_vip_id() - what identifies a VIP
 * @vip: VIP
 *
 * Context: configuration lock.
 *
 * Return: protocol, address and ports.
 */
struct slb_probe_vip slb_vip_id(const struct slb_vip *vip)
{
	return (struct slb_probe_vip){
		.addr = vip->vaddr->key.addr,
		.family = vip->vaddr->key.family,
		.proto = vip->claim.proto,
		.first = vip->claim.range.first,
		.last = vip->claim.range.last,
	};
}

static int slb_vip_link(struct slb_vaddr *vaddr, struct slb_vip *vip)
{
	int err = slb_claims_add(&vaddr->claims, &vip->claim);

	if (err)
		return err;
	vip->vaddr = vaddr;
	vaddr->n++;
	return 0;
}

static int slb_vip_first(struct slb_net *sn)
{
	int err;

	rtnl_lock();
	err = slb_hook_on(sn);
	rtnl_unlock();
	return err;
}

/*
 * No VIP is left. The hooks stay for remembered addresses while a link is there: without one no
 * packet to them comes in.
 */
static void slb_vip_last(struct slb_net *sn)
{
	struct slb_vaddr *vaddr, *next;

	if (sn->n_former && slb_dereference(sn, sn->links)->end)
		return;
	list_for_each_entry_safe(vaddr, next, &sn->former, in_former)
		slb_vaddr_forget(sn, vaddr);
	rtnl_lock();
	slb_hook_off(sn);
	rtnl_unlock();
}

/**
 * slb_vip_unlinked() - the last link is gone
 * @sn: namespace, lock held, RTNL not held
 */
void slb_vip_unlinked(struct slb_net *sn)
{
	if (!sn->n_vips)
		slb_vip_last(sn);
}

/**
 * slb_vip_add() - add a VIP; the first one registers the hooks
 * @sn: namespace, lock held
 * @addr: address, network order
 * @family: address family
 * @proto: protocol, or 0 for all
 * @first: first port, host order
 * @last: last port, host order
 * @group: group
 * @conf: what else the operator wants, fit for @proto
 * @extack: gets the text of an error
 *
 * Return: 0, or an error with nothing changed.
 */
int slb_vip_add(struct slb_net *sn, const union nf_inet_addr *addr, u8 family, u8 proto,
		u16 first, u16 last, struct slb_group *group, const struct slb_vip_conf *conf,
		struct netlink_ext_ack *extack)
{
	struct slb_vaddr *vaddr = slb_vaddr_lookup_locked(sn, addr, family);
	struct slb_probe_vip id;
	struct slb_vip *vip;
	int err;

	if (sn->n_vips >= SLB_VIP_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a namespace has at most %d VIPs", SLB_VIP_MAX);
		return -ENOSPC;
	}
	if (vaddr) {
		err = slb_vip_conflict(vaddr, proto, first, last, extack);
		if (err)
			return err;
	} else {
		vaddr = slb_vaddr_create(sn, addr, family);
		if (!vaddr)
			return -ENOMEM;
	}
	err = -ENOMEM;
	vip = slb_vip_create(proto, first, last, group);
	if (!vip)
		goto put_vaddr;
	err = slb_vip_adopt(sn, vip, conf);
	if (err)
		goto free;
	err = xa_alloc(&sn->vips, &vip->id, vip, xa_limit_31b, GFP_KERNEL);
	if (err)
		goto free;
	if (!sn->n_vips) {
		err = slb_vip_first(sn);
		if (err)
			goto erase;
	}
	err = slb_vip_link(vaddr, vip);
	if (err)
		goto hook_off;
	sn->n_vips++;
	id = slb_vip_id(vip);
	slb_probe_vips_add(&sn->probes, &id);
	if (vaddr->former)
		slb_vaddr_unformer(sn, vaddr);
	slb_vip_join(sn, vip, group);
	slb_net_changed(sn);
	return 0;
hook_off:
	if (!sn->n_vips)
		slb_vip_last(sn);
erase:
	xa_erase(&sn->vips, vip->id);
free:
	slb_vip_free_rcu(&vip->rcu);
put_vaddr:
	slb_vaddr_put(sn, vaddr);
	return err;
}

/**
 * slb_vip_conf() - what the operator wants of a VIP
 * @sn: namespace, lock held
 * @vip: VIP
 *
 * Return: that, without its group.
 */
struct slb_vip_conf slb_vip_conf(const struct slb_net *sn, const struct slb_vip *vip)
{
	const struct slb_policy *policy = slb_dereference(sn, vip->policy);
	struct slb_vip_conf conf = { .client_address = vip->client_address };

	if (policy)
		conf.policy = policy->conf;
	return conf;
}

/**
 * slb_vip_set() - change a VIP
 * @sn: namespace, lock held
 * @vip: VIP
 * @group: its group; sessions stay with their servers
 * @conf: what else the operator wants, fit for its protocol
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_vip_set(struct slb_net *sn, struct slb_vip *vip, struct slb_group *group,
		const struct slb_vip_conf *conf)
{
	const struct slb_policy_conf old = slb_vip_conf(sn, vip).policy;
	int err = slb_vip_adopt(sn, vip, conf);

	if (err)
		return err;
	if (old.mark != conf->policy.mark || old.mark_mask != conf->policy.mark_mask)
		slb_fwmark_changed(sn, vip);
	if (group != slb_dereference(sn, vip->group)) {
		slb_vip_part(sn, vip);
		slb_vip_join(sn, vip, group);
	}
	slb_net_changed(sn);
	return 0;
}

static void slb_vip_gone(struct slb_net *sn, struct slb_vip *vip)
{
	xa_erase(&sn->vips, vip->id);
	sn->n_vips--;
	slb_net_changed(sn);
}

/* A grace period after it has left its map. */
static void slb_vip_forget(struct slb_net *sn, struct slb_vip *vip)
{
	slb_vip_gone(sn, vip);
	slb_purge_bury_vip(sn, vip);
}

/**
 * slb_vip_del() - delete a VIP and end its sessions; the last one unregisters the hooks
 * @sn: namespace, lock held
 * @vip: VIP
 *
 * slb_purge_settle() follows.
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_vip_del(struct slb_net *sn, struct slb_vip *vip)
{
	struct slb_vaddr *vaddr = vip->vaddr;
	struct slb_probe_vip id;
	int err = vaddr->n > 1 ? slb_claims_del(&vaddr->claims, &vip->claim) : 0;

	if (err)
		return err;
	slb_notify_vip_del(sn, vip);
	id = slb_vip_id(vip);
	slb_probe_vips_del(&sn->probes, &id);
	slb_vip_part(sn, vip);
	slb_vaddr_mourn(sn, vip);
	slb_vaddr_lose(sn, vaddr, true);
	if (sn->n_vips == 1)
		slb_vip_last(sn);
	slb_vip_gone(sn, vip);
	slb_purge_vip(sn, vip);
	return 0;
}

/**
 * slb_vaddr_expire() - forget remembered addresses whose time has passed
 * @sn: namespace, lock held
 *
 * Return: jiffies until the next one expires, or MAX_JIFFY_OFFSET when there is none.
 */
unsigned long slb_vaddr_expire(struct slb_net *sn)
{
	unsigned long wait = MAX_JIFFY_OFFSET;
	struct slb_vaddr *vaddr, *next;
	bool any = sn->n_former;

	list_for_each_entry_safe(vaddr, next, &sn->former, in_former) {
		if (time_before(jiffies, vaddr->ended))
			wait = min(wait, vaddr->ended - jiffies);
		else
			slb_vaddr_forget(sn, vaddr);
	}
	if (any && !sn->n_vips)
		slb_vip_last(sn);
	return wait;
}

/**
 * slb_vip_flush() - delete all VIPs and end all sessions
 * @sn: namespace, lock held
 * @remember: remember addresses that had sessions; false when the namespace ends
 */
void slb_vip_flush(struct slb_net *sn, bool remember)
{
	struct slb_vaddr *vaddr, *next;
	struct slb_vip *vip;
	unsigned long id;

	list_for_each_entry_safe(vaddr, next, &sn->former, in_former)
		if (!remember)
			slb_vaddr_forget(sn, vaddr);
	if (!sn->n_vips)
		return;
	slb_purge_begin(sn);
	xa_for_each(&sn->vips, id, vip) {
		WRITE_ONCE(vip->dead, true);
		slb_notify_vip_del(sn, vip);
		slb_vip_part(sn, vip);
		if (remember)
			slb_vaddr_mourn(sn, vip);
		slb_vaddr_lose(sn, vip->vaddr, remember);
		cond_resched();
	}
	slb_probe_vips_clear(&sn->probes);
	slb_vip_last(sn);
	/* after the grace period, packets that saw a former map have created their sessions */
	synchronize_net();
	slb_purge_start(sn, slb_count_read(&sn->count));
	xa_for_each(&sn->vips, id, vip) {
		slb_vip_forget(sn, vip);
		cond_resched();
	}
}
