// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: links. */
#include <linux/slab.h>
#include <linux/sort.h>
#include <slb/address.h>
#include <slb/host.h>
#include <slb/probe_nl.h>
#include <slb/xdp.h>

#include "config/group.h"
#include "config/link.h"
#include "config/next_hops.h"
#include "config/notify.h"
#include "config/vip.h"
#include "net.h"
#include "netlink/nl.h"
#include "netlink/nl_next_hop.h"

/* The attributes of one family of a link. */
static const struct slb_nl_link_attrs {
	u8 family;
	int via, first, last, host, adopt, adopt_last;
	const char *name;
} slb_nl_link_attrs[2] = {
	{ NFPROTO_IPV4, SLB_A_LINK_VIA4, SLB_A_LINK_LOCAL4_FIRST, SLB_A_LINK_LOCAL4_LAST,
	  SLB_A_LINK_HOST4, SLB_A_LINK_ADOPT4_FIRST, SLB_A_LINK_ADOPT4_LAST, "IPv4" },
	{ NFPROTO_IPV6, SLB_A_LINK_VIA6, SLB_A_LINK_LOCAL6_FIRST, SLB_A_LINK_LOCAL6_LAST,
	  SLB_A_LINK_HOST6, SLB_A_LINK_ADOPT6_FIRST, SLB_A_LINK_ADOPT6_LAST, "IPv6" },
};

/**
 * struct slb_nl_pool - pairs of a link that a server uses
 * @server: the server; several groups may have it
 * @used: number of pairs, all protocols together
 */
struct slb_nl_pool {
	const struct slb_server *server;
	u64 used;
};

/* Sort by address and port; servers that keep the VIP's port come first. */
static int slb_nl_pool_cmp(const void *va, const void *vb)
{
	const struct slb_server *a = ((const struct slb_nl_pool *)va)->server;
	const struct slb_server *b = ((const struct slb_nl_pool *)vb)->server;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return slb_addr_cmp(&a->addr, &b->addr, a->family) ?:
	       (int)ntohs(a->port) - (int)ntohs(b->port);
}

static bool slb_nl_pool_same_host(const struct slb_nl_pool *a, const struct slb_nl_pool *b)
{
	return a->server->family == b->server->family &&
	       slb_addr_equal(&a->server->addr, &b->server->addr);
}

/*
 * The largest number of pairs that one address and port uses. Several groups may have the same
 * server. A server that keeps the VIP's port may use pairs of any port.
 */
static u64 slb_nl_pool_most(struct slb_nl_pool *pool, u32 n, u8 family)
{
	u64 most = 0, any = 0, used = 0;
	u32 i;

	sort(pool, n, sizeof(*pool), slb_nl_pool_cmp, NULL);
	for (i = 0; i < n; i++) {
		bool host = i && slb_nl_pool_same_host(&pool[i], &pool[i - 1]);

		if (!host)
			any = 0;
		if (!host || pool[i].server->port != pool[i - 1].server->port)
			used = any;
		used += pool[i].used;
		if (!pool[i].server->port)
			any = used;
		if (pool[i].server->family == family)
			most = max(most, used);
	}
	return most;
}

static u32 slb_nl_pool_fill(struct slb_net *sn, const struct slb_link *link,
			    struct slb_nl_pool *pool)
{
	struct slb_group *group;
	unsigned long id;
	u32 i, n = 0;

	xa_for_each(&sn->group_ids, id, group)
		for (i = 0; i < group->n; i++)
			pool[n++] = (struct slb_nl_pool){
				.server = group->server[i],
				.used = slb_server_ports(group->server[i], link->slot),
			};
	return n;
}

/*
 * Pairs left for the server with the fewest left, all protocols together: a lower bound. Each
 * family has its own pool.
 */
static int slb_nl_link_ports_free(struct slb_net *sn, const struct slb_link *link, u64 *free)
{
	u64 ports = slb_ports_count(sn->settings.ports);
	struct slb_nl_pool *pool;
	u32 i, n;

	*free = max(slb_link_pool(link, NFPROTO_IPV4), slb_link_pool(link, NFPROTO_IPV6)) * ports;
	if (!sn->n_servers)
		return 0;
	pool = kvmalloc_array(sn->n_servers, sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return -ENOMEM;
	n = slb_nl_pool_fill(sn, link, pool);
	for (i = 0; i < 2; i++) {
		u64 size = slb_link_pool(link, i ? NFPROTO_IPV6 : NFPROTO_IPV4) * ports;

		/* a link without the family has no pairs for this server */
		if (size)
			*free = min(*free, size - min(size, slb_nl_pool_most(pool, n, i ?
						NFPROTO_IPV6 : NFPROTO_IPV4)));
	}
	kvfree(pool);
	return 0;
}

static int slb_nl_link_put_ports(struct sk_buff *skb, struct slb_net *sn,
				 const struct slb_link *link)
{
	u32 used = slb_traffic_sessions(link->acct->stats);
	u64 free;

	/* without memory to count them, omit the attribute */
	return nla_put_uint(skb, SLB_A_LINK_SESSIONS, used) ||
	       nla_put_uint(skb, SLB_A_LINK_SESSIONS_TOTAL, slb_traffic_total(link->acct->stats)) ||
	       nla_put_uint(skb, SLB_A_LINK_PORTS_USED, used) ||
	       (!slb_nl_link_ports_free(sn, link, &free) &&
		nla_put_uint(skb, SLB_A_LINK_PORTS_FREE, free)) ||
	       nla_put_uint(skb, SLB_A_LINK_PORTS_FAILED, atomic64_read(&link->acct->failed)) ?
	       -EMSGSIZE : 0;
}

static int slb_nl_link_fill_config(struct sk_buff *skb, const struct slb_link *link)
{
	int i;

	if (nla_put_string(skb, SLB_A_LINK_NAME, link->name) ||
	    nla_put_string(skb, SLB_A_LINK_DEV, link->nh.dev_name) ||
	    nla_put_u32(skb, SLB_A_LINK_WEIGHT, link->weight) ||
	    nla_put_u8(skb, SLB_A_LINK_XDP, link->xdp))
		return -EMSGSIZE;
	for (i = 0; i < 2; i++) {
		const struct slb_nl_link_attrs *a = &slb_nl_link_attrs[i];

		if (link->nh.has[i] &&
		    (slb_nl_put_addr(skb, a->via, &link->nh.via[i], a->family) ||
		     slb_nl_next_hop_put_more(skb, link, i) ||
		     slb_nl_put_addr(skb, a->first, &link->first[i], a->family) ||
		     slb_nl_put_addr(skb, a->last, &link->last[i], a->family)))
			return -EMSGSIZE;
		if (link->host_at[i] != U32_MAX &&
		    slb_nl_put_addr(skb, a->host, &link->host[i], a->family))
			return -EMSGSIZE;
		if (link->adopts[i] &&
		    (slb_nl_put_addr(skb, a->adopt, &link->adopt[i], a->family) ||
		     slb_nl_put_addr(skb, a->adopt_last, &link->adopt_last[i], a->family)))
			return -EMSGSIZE;
	}
	return 0;
}

/* A link, and the transition of one of its next hops that an event reports. */
struct slb_nl_link_event {
	const struct slb_link *link;
	unsigned int hop;
	const struct slb_probe_event *event;
};

static int slb_nl_link_fill_event(struct sk_buff *skb, struct slb_net *sn, const void *obj,
				  const struct slb_nl_msg *msg)
{
	const struct slb_nl_link_event *told = obj;
	const struct slb_link *link = told->link;
	struct slb_traffic __percpu *stats = link->acct->stats;
	void *hdr = slb_nl_put(skb, msg);
	struct slb_probe_view view;

	if (!hdr)
		return -EMSGSIZE;
	slb_next_hops_read(link, slb_next_hop_liveness(link, told->hop), told->event, &view);
	if (slb_nl_link_fill_config(skb, link) ||
	    slb_probe_nl_put(skb, SLB_A_LINK_INTERVAL, SLB_A_LINK_STATE4, SLB_A_LINK_FAR_MTU,
			     &link->conf, &view) ||
	    nla_put_u32(skb, SLB_A_LINK_IFINDEX, link->nh.ifindex) ||
	    (link->xdp && nla_put_u8(skb, SLB_A_LINK_XDP_ON, READ_ONCE(link->xdp_on))) ||
	    slb_nl_put_sum(skb, SLB_A_LINK_CLIENT_IN,
			   slb_traffic_read(stats, false, SLB_REQUEST)) ||
	    slb_nl_put_sum(skb, SLB_A_LINK_CLIENT_OUT, slb_traffic_read(stats, true, SLB_REPLY)) ||
	    slb_nl_put_sum(skb, SLB_A_LINK_SERVER_OUT,
			   slb_traffic_read(stats, true, SLB_REQUEST)) ||
	    slb_nl_put_sum(skb, SLB_A_LINK_SERVER_IN, slb_traffic_read(stats, false, SLB_REPLY)) ||
	    slb_nl_link_put_ports(skb, sn, link) ||
	    slb_nl_next_hop_put(skb, link, told->hop, told->event)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int slb_nl_link_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			    const struct slb_nl_msg *msg)
{
	const struct slb_nl_link_event now = { .link = obj };

	return slb_nl_link_fill_event(skb, sn, &now, msg);
}

/**
 * slb_notify_link_del() - send an event: a link was deleted
 * @sn: namespace, lock held
 * @link: the link
 */
void slb_notify_link_del(struct slb_net *sn, const struct slb_link *link)
{
	slb_nl_notify(sn, link, slb_nl_link_fill, SLB_CMD_LINK_DEL_NTF);
}

/**
 * slb_notify_link_event() - send an event: a transition of a link
 * @sn: namespace, lock held
 * @link: the link
 * @hop: number of the next hop
 * @event: the transition
 */
void slb_notify_link_event(struct slb_net *sn, const struct slb_link *link, unsigned int hop,
			   const struct slb_probe_event *event)
{
	const struct slb_nl_link_event told = { .link = link, .hop = hop, .event = event };

	slb_nl_notify(sn, &told, slb_nl_link_fill_event, SLB_CMD_LINK_SET_NTF);
}

static struct slb_link *slb_nl_link_find(struct slb_net *sn, struct genl_info *info)
{
	const char *name = slb_nl_name(info, SLB_A_LINK_NAME, "the name of the link");
	struct slb_link *link;

	if (!name)
		return ERR_PTR(-EINVAL);
	link = slb_link_by_name(sn, name);
	if (link)
		return link;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[SLB_A_LINK_NAME], "link %s does not exist",
				name);
	return ERR_PTR(-ENOENT);
}

/* Read next hop and range of one family, if the request has them. */
static int slb_nl_link_family(struct genl_info *info, struct slb_link *link, int i)
{
	const struct slb_nl_link_attrs *a = &slb_nl_link_attrs[i];
	struct nlattr **attrs = info->attrs;
	int count = slb_nl_next_hop_parse(info, link, i);

	if (count || (!attrs[a->via] && !attrs[a->first] && !attrs[a->last]))
		return count;
	if (i && !slb_nexthop_ipv6(info->extack))
		return -EAFNOSUPPORT;
	if (attrs[a->first]) {
		memset(&link->first[i], 0, sizeof(link->first[i]));
		memcpy(&link->first[i], nla_data(attrs[a->first]), nla_len(attrs[a->first]));
		link->last[i] = link->first[i];
	}
	if (attrs[a->last]) {
		memset(&link->last[i], 0, sizeof(link->last[i]));
		memcpy(&link->last[i], nla_data(attrs[a->last]), nla_len(attrs[a->last]));
	}
	if ((!link->nh.has[i] && (!attrs[a->via] || !attrs[a->first])) ||
	    (attrs[a->last] && !attrs[a->first])) {
		NL_SET_ERR_MSG_FMT(info->extack, "%s needs both a next hop (via) and a range (local)",
				   a->name);
		return -EINVAL;
	}
	count = slb_conf_range(attrs[a->first] ?: attrs[a->via], &link->first[i], &link->last[i],
			       a->family, SLB_LOCAL_MAX, info->extack);
	if (count < 0)
		return count;
	link->count[i] = count;
	link->nh.has[i] = true;
	return 0;
}

/* The place of an address in the link's range. */
static u32 slb_nl_link_place(const struct slb_link *link, const union nf_inet_addr *addr, int i)
{
	return i ? ntohl(addr->ip6[3]) - ntohl(link->first[i].ip6[3]) :
		   ntohl(addr->ip) - ntohl(link->first[i].ip);
}

/* Read the address that sessions leave to the host. It must be in the range, and not alone. */
static int slb_nl_link_host(struct genl_info *info, struct slb_link *link, int i)
{
	const struct slb_nl_link_attrs *a = &slb_nl_link_attrs[i];
	static const union nf_inet_addr none;

	if (info->attrs[a->host]) {
		link->host[i] = none;
		memcpy(&link->host[i], nla_data(info->attrs[a->host]),
		       nla_len(info->attrs[a->host]));
	}
	link->host_at[i] = U32_MAX;
	if (slb_addr_equal(&link->host[i], &none))
		return 0;
	if (!slb_link_owns(link, &link->host[i], a->family) || link->count[i] < 2) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[a->host] ?: info->attrs[a->first],
					"the %s host must be one of several local addresses of the link",
					a->name);
		return -EINVAL;
	}
	link->host_at[i] = slb_nl_link_place(link, &link->host[i], i);
	return 0;
}

/* Read the addresses that the link adopts; 0 for none. */
static int slb_nl_link_adopt(struct genl_info *info, struct slb_link *link, int i)
{
	const struct slb_nl_link_attrs *a = &slb_nl_link_attrs[i];
	struct nlattr *first = info->attrs[a->adopt], *last = info->attrs[a->adopt_last];
	static const union nf_inet_addr none;
	int count;

	if (!first && !last)
		return 0;
	if (!first) {
		NL_SET_ERR_MSG_ATTR_FMT(info->extack, last, "%s: the first adopted address is missing",
					a->name);
		return -EINVAL;
	}
	link->adopt[i] = none;
	memcpy(&link->adopt[i], nla_data(first), nla_len(first));
	link->adopt_last[i] = link->adopt[i];
	if (last)
		memcpy(&link->adopt_last[i], nla_data(last), nla_len(last));
	link->adopts[i] = 0;
	if (slb_addr_equal(&link->adopt[i], &none) && slb_addr_equal(&link->adopt_last[i], &none))
		return 0;
	count = slb_conf_range(first, &link->adopt[i], &link->adopt_last[i], a->family,
			       SLB_ADOPT_MAX, info->extack);
	if (count < 0)
		return count;
	link->adopts[i] = count;
	return 0;
}

/* Hosts of a subnet of another device would lose their packets to the link. */
static int slb_nl_link_subnet(struct slb_net *sn, struct genl_info *info,
			      const struct slb_link *link, int i)
{
	const struct slb_nl_link_attrs *a = &slb_nl_link_attrs[i];
	struct nlattr *given = info->attrs[a->first] ?: info->attrs[SLB_A_LINK_DEV];

	if (!given || !link->nh.has[i] ||
	    !slb_host_other_subnet(sn->net, link->nh.dev_name, &link->first[i], &link->last[i],
				   a->family, info->extack))
		return 0;
	NL_SET_BAD_ATTR(info->extack, given);
	return -EINVAL;
}

static bool slb_link_overlaps(const struct slb_link *a, const struct slb_link *b, int i)
{
	u8 family = slb_nl_link_attrs[i].family;

	return slb_addr_cmp(&a->first[i], &b->last[i], family) <= 0 &&
	       slb_addr_cmp(&b->first[i], &a->last[i], family) <= 0;
}

/* Are the addresses of two links distinct in one family? */
static int slb_nl_link_conflict_family(struct genl_info *info, const struct slb_link *link,
				       const struct slb_link *other, int i)
{
	if (!link->nh.has[i] || !other->nh.has[i])
		return 0;
	if (slb_link_overlaps(link, other, i)) {
		NL_SET_ERR_MSG_FMT(info->extack, "local addresses overlap those of link %s",
				   other->name);
		return -EEXIST;
	}
	if (slb_nl_next_hop_owned(link, other, i)) {
		NL_SET_ERR_MSG_FMT(info->extack, "local range contains the next hop (via) of link %s",
				   other->name);
		return -EEXIST;
	}
	if (slb_nl_next_hop_owned(other, link, i)) {
		NL_SET_ERR_MSG_FMT(info->extack, "the next hop (via) is a local address of link %s",
				   other->name);
		return -EEXIST;
	}
	return 0;
}

static int slb_nl_link_conflict_vips(struct slb_net *sn, struct genl_info *info,
				     const struct slb_link *link)
{
	const struct slb_vip *vip;
	unsigned long id;

	xa_for_each(&sn->vips, id, vip) {
		const struct slb_vaddr_key *key = &vip->vaddr->key;

		if (slb_link_owns(link, &key->addr, key->family)) {
			NL_SET_ERR_MSG(info->extack,
				       "the range of local addresses contains the address of a VIP");
			return -EEXIST;
		}
		if (slb_link_leads_to(link, &key->addr, key->family)) {
			NL_SET_ERR_MSG(info->extack, "the next hop (via) is the address of a VIP");
			return -EEXIST;
		}
	}
	return 0;
}

/* Does the changed or new @link conflict with another link or a VIP? */
static int slb_nl_link_conflict(struct slb_net *sn, struct genl_info *info,
				const struct slb_link *link, const struct slb_link *old)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	int i, err;

	for (i = 0; i < SLB_LINK_MAX; i++) {
		const struct slb_link *other = links->slot[i];

		if (!other || other == old)
			continue;
		if (!strcmp(other->nh.dev_name, link->nh.dev_name)) {
			NL_SET_ERR_MSG_FMT(info->extack, "device %s belongs to link %s",
					   link->nh.dev_name, other->name);
			return -EEXIST;
		}
		err = slb_nl_link_conflict_family(info, link, other, 0);
		if (!err)
			err = slb_nl_link_conflict_family(info, link, other, 1);
		if (err)
			return err;
	}
	return slb_nl_link_conflict_vips(sn, info, link);
}

/* At XDP the packets of VLANs above the device would look like its own. */
static int slb_nl_link_xdp(struct slb_net *sn, struct genl_info *info, const struct slb_link *link)
{
	struct nlattr *given = info->attrs[SLB_A_LINK_XDP] ?: info->attrs[SLB_A_LINK_DEV];

	return given && link->xdp ?
	       slb_xdp_check(sn->net, link->nh.dev_name, given, info->extack) : 0;
}

/* Read and check the attributes of @link in a request; @old: the present link, or NULL. */
static int slb_nl_link_parse(struct slb_net *sn, struct genl_info *info, struct slb_link *link,
			     const struct slb_link *old)
{
	struct nlattr **attrs = info->attrs;
	int i, err;

	if (attrs[SLB_A_LINK_DEV]) {
		err = slb_conf_dev(sn->net, attrs[SLB_A_LINK_DEV], link->nh.dev_name,
				   info->extack);
		if (err)
			return err;
	}
	if (attrs[SLB_A_LINK_WEIGHT])
		link->weight = nla_get_u32(attrs[SLB_A_LINK_WEIGHT]);
	if (attrs[SLB_A_LINK_XDP])
		link->xdp = nla_get_u8(attrs[SLB_A_LINK_XDP]);
	err = slb_probe_nl_parse(info, SLB_A_LINK_INTERVAL, &link->conf);
	if (err)
		return err;
	for (i = 0; i < 2; i++) {
		err = slb_nl_link_family(info, link, i) ?: slb_nl_next_hop_check(info, link, i) ?:
		      slb_nl_link_host(info, link, i) ?: slb_nl_link_adopt(info, link, i);
		if (err)
			return err;
	}
	if (!link->nh.has[0] && !link->nh.has[1]) {
		NL_SET_ERR_MSG(info->extack,
			       "a link needs a next hop (via) and a range (local) of at least one family");
		return -EINVAL;
	}
	return slb_nl_link_conflict(sn, info, link, old) ?:
	       slb_nl_link_subnet(sn, info, link, 0) ?: slb_nl_link_subnet(sn, info, link, 1) ?:
	       slb_nl_link_xdp(sn, info, link);
}

/*
 * Warn about what can hardly be right: the host has a local address of the request (packets of no
 * session go to the host), or the next hop is odd.
 */
static void slb_nl_link_warn(struct slb_net *sn, struct genl_info *info,
			     const struct slb_link *link)
{
	struct nlattr **attrs = info->attrs;
	int i, k;

	for (i = 0; i < 2; i++) {
		const struct slb_nl_link_attrs *a = &slb_nl_link_attrs[i];

		if (attrs[a->first] &&
		    slb_host_own_range(sn->net, &link->first[i], &link->last[i], a->family,
				       info->extack))
			return;
		for (k = 0; (attrs[a->via] || attrs[SLB_A_LINK_DEV]) && k < link->vias[i]; k++)
			if (slb_host_odd_via(sn->net, link->nh.dev_name, &link->via[i][k],
					     a->family, info->extack))
				return;
	}
}

static int slb_nl_link_free_name(struct slb_net *sn, struct genl_info *info, int attr,
				 const char *name)
{
	if (!slb_link_by_name(sn, name))
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(info->extack, info->attrs[attr], "link %s already exists", name);
	return -EEXIST;
}

static int slb_nl_link_add(struct slb_net *sn, struct genl_info *info)
{
	const char *name = slb_nl_name(info, SLB_A_LINK_NAME, "the name of the link");
	struct slb_link *link;
	int err;

	if (!name || slb_nl_missing(info, SLB_A_LINK_DEV, "the device (dev)"))
		return -EINVAL;
	err = slb_nl_link_free_name(sn, info, SLB_A_LINK_NAME, name);
	if (err)
		return err;
	link = slb_link_create(name);
	if (!link)
		return -ENOMEM;
	err = slb_nl_link_parse(sn, info, link, NULL);
	if (!err)
		err = slb_link_publish(sn, link, info->extack);
	if (err) {
		slb_link_destroy(link);
		return err;
	}
	slb_nl_notify(sn, link, slb_nl_link_fill, SLB_CMD_LINK_ADD_NTF);
	slb_nl_link_warn(sn, info, link);
	return 0;
}

/* A copy of a link with a name, to change the copy and replace the link by it; or NULL. */
static struct slb_link *slb_nl_link_copy(const struct slb_link *old, const char *name)
{
	struct slb_link *link = slb_link_create(name);
	int i;

	if (!link)
		return NULL;
	strscpy(link->nh.dev_name, old->nh.dev_name, sizeof(link->nh.dev_name));
	link->weight = old->weight;
	link->xdp = old->xdp;
	link->conf = old->conf;
	for (i = 0; i < 2; i++) {
		link->nh.has[i] = old->nh.has[i];
		link->nh.via[i] = old->nh.via[i];
		link->vias[i] = old->vias[i];
		memcpy(link->via[i], old->via[i], sizeof(link->via[i]));
		link->first[i] = old->first[i];
		link->last[i] = old->last[i];
		link->count[i] = old->count[i];
		link->host[i] = old->host[i];
		link->host_at[i] = old->host_at[i];
		link->adopt[i] = old->adopt[i];
		link->adopt_last[i] = old->adopt_last[i];
		link->adopts[i] = old->adopts[i];
	}
	return link;
}

/* Sessions know the slot of a link and its addresses, not its name. */
static int slb_nl_link_rename(struct slb_net *sn, struct genl_info *info, struct slb_link *old,
			      const char *name)
{
	struct slb_nl_rename told = {
		.attr = SLB_A_LINK_NAME, .new_attr = SLB_A_LINK_NEW_NAME, .name = name,
	};
	int err = slb_nl_link_free_name(sn, info, SLB_A_LINK_NEW_NAME, name);
	struct slb_link *link;

	if (err)
		return err;
	strscpy(told.old, old->name, sizeof(told.old));
	link = slb_nl_link_copy(old, name);
	if (!link)
		return -ENOMEM;
	err = slb_link_replace(sn, old, link);
	if (err) {
		slb_link_destroy(link);
		return err;
	}
	slb_nl_notify(sn, &told, slb_nl_rename_fill, SLB_CMD_LINK_SET_NTF);
	return 0;
}

static int slb_nl_link_set(struct slb_net *sn, struct genl_info *info)
{
	struct slb_link *link, *old = slb_nl_link_find(sn, info);
	const char *name;
	int err;

	if (IS_ERR(old))
		return PTR_ERR(old);
	name = slb_nl_new_name(info, SLB_A_LINK_NEW_NAME, SLB_A_LINK_DEV, SLB_A_LINK_XDP,
			       "the name of the link");
	if (IS_ERR(name))
		return PTR_ERR(name);
	if (name)
		return slb_nl_link_rename(sn, info, old, name);
	link = slb_nl_link_copy(old, old->name);
	if (!link)
		return -ENOMEM;
	err = slb_nl_changes(info, SLB_A_LINK_DEV, SLB_A_LINK_XDP);
	if (!err)
		err = slb_nl_link_parse(sn, info, link, old);
	if (!err)
		err = slb_link_replace(sn, old, link);
	if (err) {
		slb_link_destroy(link);
		return err;
	}
	slb_nl_notify(sn, link, slb_nl_link_fill, SLB_CMD_LINK_SET_NTF);
	slb_nl_link_warn(sn, info, link);
	return 0;
}

static int slb_nl_link_del(struct slb_net *sn, struct genl_info *info, u32 *ended)
{
	struct slb_link *link = slb_nl_link_find(sn, info);

	if (IS_ERR(link))
		return PTR_ERR(link);
	*ended = slb_traffic_sessions(link->acct->stats);
	return slb_link_unlink(sn, link);
}

static int slb_nl_link_flush(struct slb_net *sn, struct genl_info *info, u32 *ended)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	int i, err = slb_nl_no_attrs(info);

	if (err)
		return err;
	for (i = 0; i < SLB_LINK_MAX; i++)
		*ended += links->slot[i] ?
			  slb_traffic_sessions(links->slot[i]->acct->stats) : 0;
	return slb_link_unlink(sn, NULL);
}

int slb_nl_link_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_link_add);
}

int slb_nl_link_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked(info, slb_nl_link_set);
}

int slb_nl_link_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_end(info, SLB_A_LINK_SESSIONS_ENDED, slb_nl_link_del);
}

int slb_nl_link_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_nl_locked_end(info, SLB_A_LINK_SESSIONS_ENDED, slb_nl_link_flush);
}

int slb_nl_link_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct slb_net *sn = slb_net(genl_info_net(info));
	struct slb_link *link;
	int err;

	mutex_lock(&sn->lock);
	link = slb_nl_link_find(sn, info);
	err = IS_ERR(link) ? PTR_ERR(link) : slb_nl_reply(info, sn, link, slb_nl_link_fill);
	mutex_unlock(&sn->lock);
	return err;
}

int slb_nl_link_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct slb_nl_msg msg = slb_nl_dump_msg(cb, SLB_CMD_LINK_GET);
	struct slb_net *sn = slb_net(sock_net(skb->sk));
	const struct slb_links *links;
	int err = slb_nl_no_attrs(genl_info_dump(cb));

	if (err)
		return err;
	mutex_lock(&sn->lock);
	cb->seq = sn->txns.generation;
	links = slb_dereference(sn, sn->links);
	for (; cb->args[0] < SLB_LINK_MAX; cb->args[0]++) {
		const struct slb_link *link = links->slot[cb->args[0]];

		if (link && slb_nl_link_fill(skb, sn, link, &msg))
			break;
	}
	mutex_unlock(&sn->lock);
	return skb->len;
}
