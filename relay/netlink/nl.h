/* SPDX-License-Identifier: GPL-2.0-only */
/* What the netlink handlers of all objects share. */
#ifndef _RLY_NL_H
#define _RLY_NL_H

#include <net/genetlink.h>
#include <slb/nl_ended.h>
#include <slb/nl_request.h>
#include "config/notify.h"
#include "netlink/nl_gen.h"
#include "state/stats.h"

struct rly_net;

/**
 * struct rly_nl_dump - where a dump continues
 * @next: number of the next object
 * @part: part of it that is next, or 0
 */
struct rly_nl_dump {
	unsigned long next;
	unsigned long part;
};

static inline struct rly_nl_dump *rly_nl_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct rly_nl_dump) > sizeof(cb->ctx));
	return (struct rly_nl_dump *)cb->ctx;
}

/* Puts an object into a message; @hdr is NULL without room. Context: the lock is held. */
typedef int (*rly_nl_fill_t)(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *obj);

/**
 * struct rly_nl_rename - a new name, for rly_nl_rename_fill()
 * @balancer: of a link: the name of its balancer, or NULL
 * @balancer_attr: attribute of that
 * @attr: attribute of the name
 * @new_attr: attribute of the new name
 * @old: the name before
 * @name: the new name
 */
struct rly_nl_rename {
	const char *balancer;
	int balancer_attr;
	int attr;
	int new_attr;
	char old[SLB_RELAY_NAME_LEN + 1];
	const char *name;
};

int rly_nl_locked(struct genl_info *info,
		  int (*change)(struct rly_net *rn, struct genl_info *info));
int rly_nl_locked_end(struct genl_info *info, int attr,
		      int (*end)(struct rly_net *rn, struct genl_info *info, u32 *ended));
int rly_nl_reply(struct genl_info *info, struct rly_net *rn, const void *obj, rly_nl_fill_t fill);
int rly_nl_rename_fill(struct sk_buff *skb, void *hdr, struct rly_net *rn, const void *obj);
void rly_nl_notify(struct rly_net *rn, const void *obj, rly_nl_fill_t fill, u8 cmd);
int rly_nl_reply_new(struct genl_info *info, struct sk_buff **msg);
void *rly_nl_reply_hdr(struct sk_buff *msg, struct genl_info *info);
int rly_nl_reply_end(struct genl_info *info, struct sk_buff *msg, int err);
void *rly_nl_dump_hdr(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int rly_nl_dump_end(const struct sk_buff *skb, int err);
int rly_nl_put_traffic(struct sk_buff *skb, int attr, const struct rly_traffic __percpu *stats,
		       unsigned int dir);

#endif /* _RLY_NL_H */
