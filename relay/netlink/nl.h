/* SPDX-License-Identifier: GPL-2.0-only */
/* What the netlink handlers of all objects share. */
#ifndef _RLY_NL_H
#define _RLY_NL_H

#include <net/genetlink.h>
#include "config/notify.h"
#include "netlink/nl_gen.h"
#include "state/stats.h"

/**
 * struct rly_nl_dump - where a dump goes on
 * @next: number of the next object
 */
struct rly_nl_dump {
	unsigned long next;
};

static inline struct rly_nl_dump *rly_nl_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct rly_nl_dump) > sizeof(cb->ctx));
	return (struct rly_nl_dump *)cb->ctx;
}

int rly_nl_empty(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack);
int rly_nl_name(struct genl_info *info, unsigned int attr, const char **name);
int rly_nl_addr(const struct nlattr *attr, union nf_inet_addr *addr, u8 *family,
		struct netlink_ext_ack *extack);
struct sk_buff *rly_nl_event(struct net *net);
void rly_nl_send_event(struct net *net, struct sk_buff *msg, int err);
int rly_nl_reply(struct genl_info *info, struct sk_buff **msg);
void *rly_nl_reply_hdr(struct sk_buff *msg, struct genl_info *info);
int rly_nl_reply_end(struct genl_info *info, struct sk_buff *msg, int err);
void *rly_nl_dump_hdr(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int rly_nl_dump_end(const struct sk_buff *skb, int err);
int rly_nl_put_traffic(struct sk_buff *skb, int attr, const struct rly_traffic __percpu *stats,
		       unsigned int dir);

#endif /* _RLY_NL_H */
