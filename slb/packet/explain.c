// SPDX-License-Identifier: GPL-2.0-only
/* What the packet path would do with a packet that has not come. It takes and counts nothing. */
#include <slb/forward.h>
#include <slb/owned.h>

#include "config/choose.h"
#include "packet/explain.h"
#include "packet/xmit.h"
#include "state/client_address.h"
#include "state/local.h"
#include "state/session_room.h"

static void slb_explain_refuse(struct slb_explanation *e, enum slb_drop why)
{
	if (!WARN_ON_ONCE(e->n_why == ARRAY_SIZE(e->why)))
		e->why[e->n_why++] = why;
	e->verdict = SLB_VERDICT_REFUSED;
}

/* Does the host have the address, in the VRF of the link that the packet comes in by? */
static bool slb_explain_owns(const struct slb_net *sn, const struct slb_tuple *flow,
			     const struct slb_link *in)
{
	const struct net_device *dev =
		in ? dev_get_by_index_rcu(sn->net, READ_ONCE(in->nh.ifindex)) : NULL;

	return slb_host_owns(sn->net, dev, &flow->dst, flow->family);
}

/* The session of the flow, unless its next packet would end it. */
static const struct slb_session *slb_explain_session(struct slb_net *sn,
						     const struct slb_links *links,
						     const struct slb_tuple *flow)
{
	struct slb_side *side = slb_session_find(sn, flow, slb_flow_hash(flow, &slb_session_key));
	struct slb_session *s = side ? slb_side_session(side) : NULL;

	if (!s || side->tuple.tag != SLB_REQUEST || slb_session_over(sn, s, SLB_REQUEST) ||
	    slb_session_ended(sn, links, s))
		return NULL;
	return s;
}

static void slb_explain_known(const struct slb_links *links, const struct slb_tuple *flow,
			      struct slb_explanation *e)
{
	const struct slb_session *s = e->session;
	enum slb_dir dir;

	e->verdict = SLB_VERDICT_SESSION;
	e->vip = s->vip;
	e->server = s->server;
	e->in = links->slot[READ_ONCE(s->ingress)];
	e->returns = BIT(s->ret);
	e->client_address = slb_session_address(s);
	for (dir = 0; dir < SLB_DIRS; dir++)
		e->out[dir] = slb_xmit_link(links, s, dir, flow->family);
}

/* Would the pool of any live link have a pair for the session? */
static bool slb_explain_port(struct slb_net *sn, const struct slb_links *links,
			     const struct slb_tuple *flow, const struct slb_server *server)
{
	struct slb_tuple reply = {
		.src = server->addr, .sport = server->port ?: flow->dport,
		.proto = flow->proto, .family = flow->family,
	};
	unsigned int i;

	for (i = 0; i < links->end; i++)
		if (links->slot[i] && slb_nexthop_usable(&links->slot[i]->nh, flow->family) &&
		    slb_local_any(sn, links->slot[i], &reply))
			return true;
	return false;
}

/* The links whose local address a new session may get, for each link that it may come in by. */
static u32 slb_explain_returns(const struct slb_links *links, const struct slb_tuple *flow,
			       const struct slb_link *in)
{
	u32 slots = 0;
	unsigned int i;

	if (in)
		return slb_link_choices(links, in, flow->family);
	for (i = 0; i < links->end; i++)
		if (links->slot[i] &&
		    slb_nexthop_rank(&links->slot[i]->nh, flow->family) > SLB_NEXTHOP_RANK_NO)
			slots |= slb_link_choices(links, links->slot[i], flow->family);
	return slots;
}

/* The same without the links over which the server is not reached, see slb_link_around(). */
static u32 slb_explain_around(const struct slb_links *links, const struct slb_tuple *flow,
			      const struct slb_explanation *e)
{
	u32 avoid = READ_ONCE(e->server->avoid), left = e->returns & ~avoid;

	if (left || !e->in || !e->returns)
		return left ?: e->returns;
	return BIT(slb_link_around(links, links->slot[__ffs(e->returns)], e->in, flow->family,
				   avoid, 0)->slot);
}

/* The checks for a new session, in the order of slb_hook_new() and slb_session_new(). */
static void slb_explain_new(struct slb_net *sn, const struct slb_links *links,
			    const struct slb_tuple *flow, struct slb_explanation *e)
{
	const struct slb_group *group = rcu_dereference(e->vip->group);
	struct slb_set *set = rcu_dereference(group->set[flow->family == NFPROTO_IPV6]);
	enum slb_drop why;

	e->verdict = SLB_VERDICT_NEW;
	e->set = set;
	e->client_address = slb_vip_client_address(e->vip, group);
	if (slb_vaddr_find(sn, &flow->src, flow->family) ||
	    !slb_addr_is_host(&flow->src, flow->family))
		slb_explain_refuse(e, SLB_DROP_MARTIAN);
	if (slb_room_full(sn))
		slb_explain_refuse(e, SLB_DROP_SESSION_LIMIT);
	why = slb_policy_refuses(e->vip);
	if (why)
		slb_explain_refuse(e, why);
	if (slb_policy_crowded(sn, e->vip, group, flow))
		slb_explain_refuse(e, SLB_DROP_CLIENT_LIMIT);
	e->returns = slb_explain_returns(links, flow, e->in);
	if (!e->returns)
		slb_explain_refuse(e, SLB_DROP_NO_LINK);
	if (!set || !set->n) {
		slb_explain_refuse(e, SLB_DROP_NO_SERVER);
		return;
	}
	e->server = slb_choose_peek(set, flow);
	if (!e->server) {
		slb_explain_refuse(e, SLB_DROP_SERVER_FULL);
		return;
	}
	e->returns = slb_explain_around(links, flow, e);
	if (e->returns && !slb_explain_port(sn, links, flow, e->server))
		slb_explain_refuse(e, SLB_DROP_NO_PORT);
}

/* The address has no VIP of the packet's protocol and port. */
static void slb_explain_unmatched(const struct slb_net *sn, const struct slb_tuple *flow,
				  bool known, struct slb_explanation *e)
{
	if (slb_explain_owns(sn, flow, e->in))
		e->verdict = SLB_VERDICT_HOST;
	else if (!known || READ_ONCE(sn->settings.unmatched) == SLB_UNMATCHED_ROUTE)
		e->verdict = SLB_VERDICT_FOREIGN;
	else
		slb_explain_refuse(e, SLB_DROP_UNMATCHED);
}

/**
 * slb_explain() - tell what becomes of the first packet of a flow, or of those of its session
 * @sn: namespace
 * @flow: its request key
 * @e: to be filled; its @in is the link that the packet would come in by, or NULL; the rest is zero
 *
 * Decides as the ordinary path does, but changes nothing. Another flow that comes first may change
 * the choice of a scheduler that has no key. Context: RCU.
 */
void slb_explain(struct slb_net *sn, const struct slb_tuple *flow, struct slb_explanation *e)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	const struct slb_vaddr *vaddr = slb_vaddr_lookup(sn, &flow->dst, flow->family);

	e->session = slb_explain_session(sn, links, flow);
	if (e->session) {
		slb_explain_known(links, flow, e);
		return;
	}
	e->vip = vaddr ? slb_vip_find(vaddr, flow->proto, flow->dport) : NULL;
	if (e->vip)
		slb_explain_new(sn, links, flow, e);
	else
		slb_explain_unmatched(sn, flow, vaddr, e);
}
