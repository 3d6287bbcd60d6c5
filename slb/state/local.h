/* SPDX-License-Identifier: GPL-2.0-only */
/* Local addresses and ports of sessions. */
#ifndef _SLB_STATE_LOCAL_H
#define _SLB_STATE_LOCAL_H

#include "config/link.h"
#include "state/session.h"

int slb_local_find(struct slb_net *sn, const struct slb_links *links,
		   const struct slb_link *ingress, struct slb_session *s, u32 range, u32 random,
		   struct slb_session *holder);
bool slb_local_any(struct slb_net *sn, const struct slb_link *link, struct slb_tuple *reply);

/* The @n-th address for sessions of a link's range, which has at most SLB_LOCAL_MAX. */
static __always_inline void slb_local_addr(union nf_inet_addr *addr, const struct slb_link *link,
					   u8 family, u32 n)
{
	/* the host's own address is left out */
	n += n >= link->host_at[family == NFPROTO_IPV6];
	if (family == NFPROTO_IPV4) {
		addr->ip = htonl(ntohl(link->first[0].ip) + n);
	} else {
		*addr = link->first[1];
		addr->ip6[3] = htonl(ntohl(addr->ip6[3]) + n);
	}
}

/* Number of pairs in a pool. */
static __always_inline u32 slb_local_total(const struct slb_link *link, u8 family, u32 range)
{
	return slb_link_pool(link, family) * slb_ports_count(range);
}

/* Set the local address and port of a reply key: the @at-th pair of a link's pool. */
static __always_inline void slb_local_point(struct slb_tuple *reply, const struct slb_link *link,
					    u32 range, u32 at)
{
	u32 ports = slb_ports_count(range);

	slb_local_addr(&reply->dst, link, reply->family, at / ports);
	reply->dport = htons(slb_ports_first(range) + at % ports);
}

/**
 * slb_local_assign() - give a session a local address and port, and insert its reply key
 * @sn: namespace
 * @links: all links
 * @ingress: link on which the session's first packet came in
 * @s: session with its return link and the rest of its reply tuple set, and counted
 * @random: 32 random bits that no other choice uses
 * @insert: slb_session_insert(); inlined
 *
 * The session table is the pool: a pair is free for a server when the reply key (protocol, server,
 * pair) is not in the table. So one pair serves many servers, and no server gets it twice. Removing
 * the key frees the pair.
 *
 * When no free pair of the return link is found, the other live links' pools come next, then the
 * pair of a session that is not established, then the ingress link's pool, and last those of
 * drained links. So a session may use one link both ways before a connection is refused.
 * Context: softirq, RCU.
 *
 * Return: 0, -EADDRNOTAVAIL when none was found, or another error of the table.
 */
static __always_inline int
slb_local_assign(struct slb_net *sn, const struct slb_links *links, const struct slb_link *ingress,
		 struct slb_session *s, u32 random,
		 struct slb_session *(*insert)(struct slb_net *sn, struct slb_session *s))
{
	const struct slb_link *link = links->slot[s->ret];
	u32 range = READ_ONCE(sn->settings.ports);
	struct slb_tuple *reply = &s->side[SLB_REPLY].tuple;
	u32 total = slb_local_total(link, reply->family, range);
	struct slb_session *holder = NULL;

	if (likely(total)) {
		slb_local_point(reply, link, range, reciprocal_scale(random, total));
		holder = insert(sn, s);
		if (likely(!holder))
			return 0;
		if (IS_ERR(holder))
			return PTR_ERR(holder);
	}
	return slb_local_find(sn, links, ingress, s, range, random, holder);
}

#endif /* _SLB_STATE_LOCAL_H */
