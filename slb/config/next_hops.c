// SPDX-License-Identifier: GPL-2.0-only
/* The next hops of a link: they begin with it, follow its changes and device, and end with it. */
#include <linux/slab.h>
#include <slb/probe_hook.h>
#include <slb/probe_view.h>

#include "config/next_hops.h"
#include "net.h"

static_assert(SLB_NEXTHOPS_MAX == SLB_NEXT_HOPS_MAX);

/**
 * slb_next_hops_build() - allocate the next hops of a link that has several
 * @link: complete and checked, not published; nothing happens if it has one
 *
 * Next hop n has the n-th address of each family.
 *
 * Return: 0 or -ENOMEM.
 */
int slb_next_hops_build(struct slb_link *link)
{
	unsigned int n = max(link->vias[0], link->vias[1]), k, i;
	struct slb_nexthops *all;

	if (n <= 1)
		return 0;
	all = kzalloc(struct_size(all, one, n), GFP_KERNEL);
	if (!all)
		return -ENOMEM;
	spin_lock_init(&all->lock);
	all->link = &link->nh;
	all->n = n;
	for (k = 0; k < n; k++) {
		struct slb_nexthop *nh = &all->one[k].nh;

		strscpy(nh->dev_name, link->nh.dev_name, sizeof(nh->dev_name));
		nh->state = SLB_NEXTHOP_NO_DEVICE;
		nh->all = all;
		for (i = 0; i < 2; i++) {
			nh->has[i] = k < link->vias[i];
			if (nh->has[i])
				nh->via[i] = link->via[i][k];
		}
	}
	link->nh.all = all;
	link->nh.several = true;
	return 0;
}

/**
 * slb_next_hops_free() - free the next hops of a link that no packet can reach
 * @link: the link; their liveness has been detached or belongs to another link
 */
void slb_next_hops_free(struct slb_link *link)
{
	slb_next_hops_release(link);
	kfree(link->nh.all);
	link->nh.all = NULL;
}

/* Do two next hops have the same address in as many as @want families? */
static bool slb_next_hops_alike(const struct slb_nexthop *a, const struct slb_nexthop *b,
				unsigned int want)
{
	unsigned int i, alike = 0;

	for (i = 0; i < 2; i++)
		alike += a->has[i] == b->has[i] &&
			 (!a->has[i] || slb_addr_equal(&a->via[i], &b->via[i]));
	return alike >= want;
}

/*
 * For each next hop of @link, find the one of @old whose liveness it goes on with: @from is its
 * number, or -1. Return: how many there are without one.
 */
static unsigned int slb_next_hops_match(const struct slb_link *old, const struct slb_link *link,
					int *from)
{
	unsigned int n = slb_next_hops(link), n_old = slb_next_hops(old), left = n, used = 0, k, j;
	int want, least = n == 1 && n_old == 1 ? 0 : 1;

	memset(from, -1, n * sizeof(*from));
	for (want = 2; want >= least; want--) {
		for (k = 0; k < n; k++) {
			for (j = 0; j < n_old && from[k] < 0; j++) {
				if (used & BIT(j) ||
				    !slb_next_hops_alike(slb_next_hop_of(old, j),
							 slb_next_hop_of(link, k), want))
					continue;
				from[k] = j;
				used |= BIT(j);
				left--;
			}
		}
	}
	return left;
}

/* Allocate the liveness of @n next hops. */
static int slb_next_hops_prepare(struct slb_net *sn, struct slb_next_hops_spare *spare,
				 unsigned int n)
{
	for (spare->n = 0; spare->n < n; spare->n++) {
		spare->probe[spare->n] = slb_probe_create(&sn->probes);
		if (!spare->probe[spare->n]) {
			slb_next_hops_leave(spare);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * slb_next_hops_inherit() - hand liveness on to the next hops of a changed link
 * @sn: namespace; its lock is held
 * @old: the link as it was; its next hops have no liveness any more
 * @link: the changed link, complete, not published
 * @spare: the liveness of next hops that are gone, for slb_next_hops_leave()
 *
 * A next hop that stays keeps its sessions, wherever it stands in the list. One with a new address
 * in one family keeps that of the other family. A link that had one next hop and has another one
 * keeps the counters.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int slb_next_hops_inherit(struct slb_net *sn, struct slb_link *old, struct slb_link *link,
			  struct slb_next_hops_spare *spare)
{
	int from[SLB_NEXT_HOPS_MAX], err;
	unsigned int k;

	err = slb_next_hops_prepare(sn, spare, slb_next_hops_match(old, link, from));
	if (err)
		return err;
	for (k = 0; k < slb_next_hops(link); k++) {
		struct slb_probe **was = from[k] < 0 ? &spare->probe[--spare->n] :
						       slb_next_hop_probe(old, from[k]);

		*slb_next_hop_probe(link, k) = *was;
		*was = NULL;
	}
	for (k = 0; k < slb_next_hops(old); k++) {
		struct slb_probe **was = slb_next_hop_probe(old, k);

		if (*was)
			spare->probe[spare->n++] = *was;
		*was = NULL;
	}
	return 0;
}

/**
 * slb_next_hops_leave() - end the liveness of next hops that are gone; the relays are told
 * @spare: the liveness
 *
 * Context: configuration lock, may sleep.
 */
void slb_next_hops_leave(struct slb_next_hops_spare *spare)
{
	while (spare->n)
		slb_probe_detach(spare->probe[--spare->n]);
}

/**
 * slb_next_hops_follow() - follow all next hops with probes, or update them after a change
 * @sn: namespace; RTNL and its lock are held
 * @link: the link, each next hop with the liveness that it had before, or without one
 * @mine: range of the link
 *
 * Return: 0 or an error; then nothing has changed. A link that has a liveness cannot fail.
 */
int slb_next_hops_follow(struct slb_net *sn, struct slb_link *link,
			 const struct slb_probe_range *mine)
{
	unsigned int k;
	int err;

	for (k = 0; k < slb_next_hops(link); k++) {
		err = slb_probe_follow(&sn->probes, slb_next_hop_probe(link, k),
				       slb_next_hop(link, k), &link->conf, mine);
		if (err) {
			slb_next_hops_detach(link);
			if (list_empty(&sn->probes.all))
				slb_probe_hooks_off(&sn->probes);
			return err;
		}
	}
	/* the ranks that they had before are not the work of slb_probe_set_rank() */
	for (k = 0; k < 2 && link->nh.all; k++)
		slb_nexthops_sum(link->nh.all, k);
	return 0;
}

/**
 * slb_next_hops_withdraw() - slb_probe_withdraw() for all next hops
 * @link: the link
 * @alone: other links stay
 */
void slb_next_hops_withdraw(struct slb_link *link, bool alone)
{
	unsigned int k;

	for (k = 0; k < slb_next_hops(link); k++)
		if (*slb_next_hop_probe(link, k))
			slb_probe_withdraw(*slb_next_hop_probe(link, k), alone);
}

/**
 * slb_next_hops_detach() - slb_probe_detach() for all next hops
 * @link: the link
 */
void slb_next_hops_detach(struct slb_link *link)
{
	unsigned int k;

	for (k = 0; k < slb_next_hops(link); k++) {
		slb_probe_detach(*slb_next_hop_probe(link, k));
		*slb_next_hop_probe(link, k) = NULL;
	}
}

/**
 * slb_next_hops_device() - slb_probe_device() for all next hops
 * @sn: namespace; RTNL is held
 * @link: the link
 * @published: packets and probes may use it
 * @going_down: the device that is about to go down, or NULL
 *
 * Return: true when state or device changed; then call slb_next_hops_device_end().
 */
bool slb_next_hops_device(struct slb_net *sn, struct slb_link *link, bool published,
			  const struct net_device *going_down)
{
	const struct slb_nexthop *first = slb_next_hop(link, 0);
	bool changed = false;
	unsigned int k;

	for (k = 0; k < slb_next_hops(link); k++)
		changed |= slb_probe_device(published ? *slb_next_hop_probe(link, k) : NULL,
					    slb_next_hop(link, k), sn->net, going_down);
	if (link->nh.all) {
		WRITE_ONCE(link->nh.ifindex, first->ifindex);
		link->nh.state = first->state;
	}
	return changed;
}

/**
 * slb_next_hops_device_end() - slb_probe_device_end() for all next hops
 * @link: the link
 */
void slb_next_hops_device_end(struct slb_link *link)
{
	unsigned int k;

	for (k = 0; k < slb_next_hops(link); k++)
		slb_probe_device_end(slb_next_hop(link, k));
}

/**
 * slb_next_hops_release() - release every reference to the device
 * @link: the link; a grace period without packets over it has passed
 */
void slb_next_hops_release(struct slb_link *link)
{
	unsigned int k;

	for (k = 0; k < slb_next_hops(link); k++)
		slb_nexthop_destroy(slb_next_hop(link, k));
}

/**
 * slb_next_hops_read() - read the liveness of a link from that of all its next hops
 * @link: the link
 * @of: liveness of the next hop that @event is about, or NULL
 * @event: a transition, to get the state at that time; or NULL
 * @view: filled
 */
void slb_next_hops_read(const struct slb_link *link, const struct slb_probe *of,
			const struct slb_probe_event *event, struct slb_probe_view *view)
{
	struct slb_probe_view one;
	unsigned int k;

	for (k = 0; k < slb_next_hops(link); k++) {
		struct slb_probe *probe = slb_next_hop_liveness(link, k);

		slb_probe_read(probe, probe == of ? event : NULL, k ? &one : view);
		if (k)
			slb_probe_view_add(view, &one);
	}
}
