// SPDX-License-Identifier: GPL-2.0-only
/* VIPs: addresses, the port ranges claimed on each, and the maps that packets are looked up in. */
#include <linux/slab.h>

#include "group.h"
#include "nl.h"
#include "session.h"
#include "vip.h"

/* Spelled out: the table would compare by memcmp(), which is a call. */
static int slb_vaddr_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct slb_vaddr_key *key = arg->key;
	const struct slb_vaddr *vaddr = obj;

	return !slb_addr_equal(&key->addr, &vaddr->key.addr) || key->family != vaddr->key.family;
}

static const struct rhashtable_params slb_vaddr_params = {
	.head_offset = offsetof(struct slb_vaddr, node),
	.key_offset = offsetof(struct slb_vaddr, key),
	.key_len = sizeof(struct slb_vaddr_key),
	.obj_cmpfn = slb_vaddr_cmp,
	.automatic_shrinking = true,
};

static const u8 slb_map_proto[SLB_MAPS] = {
	[SLB_MAP_TCP] = IPPROTO_TCP,
	[SLB_MAP_UDP] = IPPROTO_UDP,
	[SLB_MAP_SCTP] = IPPROTO_SCTP,
};

/**
 * slb_vip_table_init() - a namespace begins without VIPs
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_vip_table_init(struct slb_net *sn)
{
	xa_init_flags(&sn->vips, XA_FLAGS_ALLOC1);
	return rhashtable_init(&sn->vaddrs, &slb_vaddr_params);
}

/**
 * slb_vip_table_exit() - end the tables of VIPs at the end of the namespace
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
 * Context: RCU. slb_vaddr_find() is the quick way to a no.
 *
 * Return: the address or NULL.
 */
struct slb_vaddr *slb_vaddr_lookup(struct slb_net *sn, const union nf_inet_addr *addr, u8 family)
{
	struct slb_vaddr_key key = { .addr = *addr, .family = family };

	return rhashtable_lookup(&sn->vaddrs, &key, slb_vaddr_params);
}

static struct slb_vaddr *slb_vaddr_lookup_locked(struct slb_net *sn,
						 const union nf_inet_addr *addr, u8 family)
{
	struct slb_vaddr *vaddr;

	rcu_read_lock();	/* what the lock protects outlives this */
	vaddr = slb_vaddr_lookup(sn, addr, family);
	rcu_read_unlock();
	return vaddr;
}

static bool slb_vip_usable(struct slb_net *sn, const struct slb_vip *vip)
{
	const struct slb_group *group = slb_dereference(sn, vip->group);

	return slb_dereference(sn, group->set[vip->vaddr->key.family == NFPROTO_IPV6])->n;
}

static void slb_vaddr_count(struct slb_vaddr *vaddr, int by)
{
	WRITE_ONCE(vaddr->n_usable, vaddr->n_usable + by);
}

/**
 * slb_vaddr_turn() - a group has got its first usable server of a family, or lost its last one
 * @group: group; the lock is held
 * @family: address family
 * @by: 1 or -1
 */
void slb_vaddr_turn(const struct slb_group *group, u8 family, int by)
{
	struct slb_vip *vip;

	list_for_each_entry(vip, &group->vip_list, in_group)
		if (vip->vaddr->key.family == family)
			slb_vaddr_count(vip->vaddr, by);
}

/* A VIP uses a group from now on. */
static void slb_vip_join(struct slb_net *sn, struct slb_vip *vip, struct slb_group *group)
{
	rcu_assign_pointer(vip->group, group);
	group->vips++;
	list_add_tail(&vip->in_group, &group->vip_list);
	slb_vaddr_count(vip->vaddr, slb_vip_usable(sn, vip));
}

/* It no longer does; packets that have found the VIP may still look at the group. */
static void slb_vip_part(struct slb_net *sn, struct slb_vip *vip)
{
	slb_vaddr_count(vip->vaddr, -(int)slb_vip_usable(sn, vip));
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
	INIT_LIST_HEAD(&vaddr->vips);
	if (rhashtable_insert_fast(&sn->vaddrs, &vaddr->node, slb_vaddr_params)) {
		kfree(vaddr);
		return NULL;
	}
	slb_near_addr(sn, addr, family, 1);
	return vaddr;
}

/* An address without VIPs goes. */
static void slb_vaddr_put(struct slb_net *sn, struct slb_vaddr *vaddr)
{
	unsigned int i;

	if (vaddr->n)
		return;
	rhashtable_remove_fast(&sn->vaddrs, &vaddr->node, slb_vaddr_params);
	slb_near_addr(sn, &vaddr->key.addr, vaddr->key.family, -1);
	for (i = 0; i < SLB_MAPS; i++)
		if (rcu_access_pointer(vaddr->map[i]))
			kvfree_rcu_mightsleep(slb_dereference(sn, vaddr->map[i]));
	kfree_rcu(vaddr, rcu);
}

static struct slb_range slb_vip_range(const struct slb_vip *vip)
{
	return (struct slb_range){
		.first = vip->first,
		.last = vip->last,
		.any = !vip->proto,
		.owner = (void *)vip,
	};
}

/* Put a VIP where it belongs in the order of ranges, so that maps are made without sorting. */
static void slb_vip_enlist(struct slb_vaddr *vaddr, struct slb_vip *vip)
{
	const struct slb_range range = slb_vip_range(vip);
	struct slb_vip *before;

	list_for_each_entry_reverse(before, &vaddr->vips, list) {
		const struct slb_range other = slb_vip_range(before);

		if (slb_range_cmp(&other, &range) <= 0)
			break;
	}
	list_add(&vip->list, &before->list);
	vaddr->n++;
}

static struct slb_portmap *slb_map_create(const struct slb_vaddr *vaddr, u8 proto,
					  struct slb_range *range, const struct slb_range **open)
{
	const struct slb_vip *vip;
	struct slb_portmap *map;
	unsigned int n = 0;

	list_for_each_entry(vip, &vaddr->vips, list)
		if (!vip->proto || vip->proto == proto)
			range[n++] = slb_vip_range(vip);
	map = kvmalloc(struct_size(map, seg, slb_portmap_max(n)), GFP_KERNEL);
	if (map)
		slb_portmap_fill(map, range, n, open);
	return map;
}

/* Replace the maps of an address, of one protocol or of all, by what its list says. */
static int slb_vaddr_publish(struct slb_net *sn, struct slb_vaddr *vaddr, u8 proto)
{
	struct slb_portmap *map[SLB_MAPS] = {}, *old;
	struct slb_range *range = kvmalloc_array(vaddr->n, sizeof(*range), GFP_KERNEL);
	const struct slb_range **open = kvmalloc_array(vaddr->n, sizeof(*open), GFP_KERNEL);
	int err = range && open ? 0 : -ENOMEM;
	unsigned int i;

	for (i = 0; !err && i < SLB_MAPS; i++) {
		if (proto && proto != slb_map_proto[i])
			continue;
		map[i] = slb_map_create(vaddr, slb_map_proto[i], range, open);
		if (!map[i])
			err = -ENOMEM;
	}
	for (i = 0; i < SLB_MAPS; i++) {
		if (err || !map[i]) {
			kvfree(map[i]);
			continue;
		}
		old = slb_dereference(sn, vaddr->map[i]);
		rcu_assign_pointer(vaddr->map[i], map[i]);
		if (old)
			kvfree_rcu_mightsleep(old);
	}
	kvfree(open);
	kvfree(range);
	return err;
}

/**
 * slb_vip_exact() - find a VIP by what it was added with
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
	struct slb_vip *vip;

	if (!vaddr)
		return NULL;
	list_for_each_entry(vip, &vaddr->vips, list)
		if (vip->proto == proto && vip->first == first && vip->last == last)
			return vip;
	return NULL;
}

/* Is there already a VIP that stands in the way of one more? */
static int slb_vip_conflict(const struct slb_vaddr *vaddr, u8 proto, u16 first, u16 last,
			    struct netlink_ext_ack *extack)
{
	const struct slb_range new = { .first = first, .last = last };
	const struct slb_vip *vip;

	list_for_each_entry(vip, &vaddr->vips, list) {
		const struct slb_range old = { .first = vip->first, .last = vip->last };

		if (vip->proto && proto && vip->proto != proto)
			continue;
		if (vip->proto == proto && vip->first == first && vip->last == last) {
			NL_SET_ERR_MSG(extack, "the VIP exists already");
			return -EEXIST;
		}
		if (slb_range_crosses(&new, &old)) {
			NL_SET_ERR_MSG_FMT(extack,
					   "ports %u-%u cross ports %u-%u of another VIP; they may nest",
					   first, last, vip->first, vip->last);
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * slb_vip_put() - give back a reference
 * @vip: VIP
 *
 * The last one is given back after a grace period without the VIP in any map. Context: any.
 */
void slb_vip_put(struct slb_vip *vip)
{
	if (!refcount_dec_and_test(&vip->ref))
		return;
	free_percpu(vip->stats);
	kfree(vip);
}

static struct slb_vip *slb_vip_create(u8 proto, u16 first, u16 last, struct slb_group *group)
{
	struct slb_vip *vip = kzalloc(sizeof(*vip), GFP_KERNEL);

	if (!vip)
		return NULL;
	vip->stats = netdev_alloc_pcpu_stats(struct slb_traffic);
	if (!vip->stats) {
		kfree(vip);
		return NULL;
	}
	refcount_set(&vip->ref, 1);
	vip->proto = proto;
	vip->first = first;
	vip->last = last;
	RCU_INIT_POINTER(vip->group, group);
	return vip;
}

static int slb_vip_link(struct slb_net *sn, struct slb_vaddr *vaddr, struct slb_vip *vip)
{
	int err;

	slb_vip_enlist(vaddr, vip);
	vip->vaddr = vaddr;
	err = slb_vaddr_publish(sn, vaddr, vip->proto);
	if (err) {
		list_del(&vip->list);
		vaddr->n--;
	}
	return err;
}

static int slb_vip_first(struct slb_net *sn)
{
	int err;

	rtnl_lock();
	err = slb_hook_on(sn);
	rtnl_unlock();
	return err;
}

static void slb_vip_last(struct slb_net *sn)
{
	rtnl_lock();
	slb_hook_off(sn);
	rtnl_unlock();
}

/**
 * slb_vip_add() - add a VIP; the first one puts the hooks in
 * @sn: namespace, lock held
 * @addr: address, network order
 * @family: address family
 * @proto: protocol, or 0 for all
 * @first: first port, host order
 * @last: last port, host order
 * @group: group
 * @extack: told why not
 *
 * Return: 0, or an error with nothing changed.
 */
int slb_vip_add(struct slb_net *sn, const union nf_inet_addr *addr, u8 family, u8 proto,
		u16 first, u16 last, struct slb_group *group, struct netlink_ext_ack *extack)
{
	struct slb_vaddr *vaddr = slb_vaddr_lookup_locked(sn, addr, family);
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
	err = xa_alloc(&sn->vips, &vip->id, vip, xa_limit_31b, GFP_KERNEL);
	if (err)
		goto free;
	if (!sn->n_vips) {
		err = slb_vip_first(sn);
		if (err)
			goto erase;
	}
	err = slb_vip_link(sn, vaddr, vip);
	if (err)
		goto hook_off;
	sn->n_vips++;
	slb_vip_join(sn, vip, group);
	return 0;
hook_off:
	if (!sn->n_vips)
		slb_vip_last(sn);
erase:
	xa_erase(&sn->vips, vip->id);
free:
	slb_vip_put(vip);
put_vaddr:
	slb_vaddr_put(sn, vaddr);
	return err;
}

/**
 * slb_vip_set() - move a VIP to another group
 * @sn: namespace, lock held
 * @vip: VIP
 * @group: its new group; sessions stay with their servers
 */
void slb_vip_set(struct slb_net *sn, struct slb_vip *vip, struct slb_group *group)
{
	slb_vip_part(sn, vip);
	slb_vip_join(sn, vip, group);
}

static void slb_vip_forget(struct slb_net *sn, struct slb_vip *vip)
{
	xa_erase(&sn->vips, vip->id);
	sn->n_vips--;
	sn->seq++;
	slb_vip_put(vip);
}

/**
 * slb_vip_del() - delete a VIP and end its sessions; the last one takes the hooks out
 * @sn: namespace, lock held
 * @vip: VIP
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_vip_del(struct slb_net *sn, struct slb_vip *vip)
{
	struct slb_vaddr *vaddr = vip->vaddr;
	int err;

	list_del(&vip->list);
	vaddr->n--;
	err = vaddr->n ? slb_vaddr_publish(sn, vaddr, vip->proto) : 0;
	if (err) {
		slb_vip_enlist(vaddr, vip);
		return err;
	}
	slb_nl_vip_notify_del(sn, vip);
	slb_vip_part(sn, vip);
	slb_vaddr_put(sn, vaddr);
	if (sn->n_vips == 1)
		slb_vip_last(sn);
	slb_purge_begin(sn);
	WRITE_ONCE(vip->dead, true);
	/* packets that saw the VIP in the old map have made their sessions by then */
	synchronize_net();
	slb_purge_start(sn, atomic_read(&vip->sessions));
	slb_vip_forget(sn, vip);
	return 0;
}

/**
 * slb_vip_flush() - delete all VIPs and sessions, take the hooks out
 * @sn: namespace, lock held
 */
void slb_vip_flush(struct slb_net *sn)
{
	struct slb_vip *vip;
	unsigned long id;

	if (!sn->n_vips)
		return;
	slb_vip_last(sn);
	slb_purge_begin(sn);
	xa_for_each(&sn->vips, id, vip)
		WRITE_ONCE(vip->dead, true);
	synchronize_net();
	slb_purge_start(sn, atomic_read(&sn->n_sessions));
	xa_for_each(&sn->vips, id, vip) {
		struct slb_vaddr *vaddr = vip->vaddr;

		slb_nl_vip_notify_del(sn, vip);
		slb_vip_part(sn, vip);
		list_del(&vip->list);
		vaddr->n--;
		slb_vaddr_put(sn, vaddr);
		slb_vip_forget(sn, vip);
		cond_resched();
	}
}
