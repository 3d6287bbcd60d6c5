/* SPDX-License-Identifier: GPL-2.0-only */
/* Servers of a group. */
#ifndef _SLB_CONFIG_SERVER_H
#define _SLB_CONFIG_SERVER_H

#include "config/group.h"

int slb_server_table_init(struct slb_net *sn);
void slb_server_table_exit(struct slb_net *sn);
struct slb_server *slb_server_find(struct slb_net *sn, const struct slb_group *group,
				   const union nf_inet_addr *addr, __be16 port, u8 family);
int slb_server_add(struct slb_net *sn, struct slb_group *group, const union nf_inet_addr *addr,
		   __be16 port, u8 family, const struct slb_server_conf *conf);
int slb_server_set(struct slb_net *sn, struct slb_group *group, struct slb_server *server,
		   const struct slb_server_conf *conf, bool again);
int slb_server_del(struct slb_net *sn, struct slb_group *group, struct slb_server *server);
void slb_server_doom(struct slb_net *sn, struct slb_group *group);
u32 slb_server_sessions(struct slb_net *sn, const struct slb_group *which);
void slb_server_bury(struct slb_net *sn, struct slb_group *group);
int slb_server_flush(struct slb_net *sn, struct slb_group *which);
struct slb_server *slb_server_live(struct slb_net *sn, const struct slb_server_key *key);
bool slb_server_any(const struct slb_group *group, u8 family);
void slb_server_free(struct slb_server *server);

/**
 * slb_server_pick() - choose the server of a new session (claim a)
 * @group: group of the VIP
 * @flow: request key of the session
 *
 * Context: softirq, RCU.
 *
 * Return: a server, or NULL when none is usable, or all are full.
 */
static __always_inline struct slb_server *slb_server_pick(const struct slb_group *group,
							  const struct slb_tuple *flow)
{
	struct slb_set *set = rcu_dereference(group->set[flow->family == NFPROTO_IPV6]);

	if (!set || !set->n)
		return NULL;
	return set->pick(set, flow);
}

#endif /* _SLB_CONFIG_SERVER_H */
