/* SPDX-License-Identifier: GPL-2.0-only */
/* Helpers that the netlink files of all objects share. */
#ifndef _SLB_NL_H
#define _SLB_NL_H

#include <net/genetlink.h>
#include <net/sock.h>
#include <linux/slb.h>
#include <slb/flow.h>
#include <slb/nl_ended.h>
#include <slb/nl_request.h>
#include "netlink/nl_gen.h"
#include "state/stats.h"

struct slb_group;
struct slb_net;

/**
 * struct slb_nl_msg - destination and header of a message
 * @portid: port of the receiver, 0 for a notification
 * @seq: sequence number of the request
 * @flags: NLM_F_*
 * @cmd: SLB_CMD_*
 * @cb: the dump, or NULL
 */
struct slb_nl_msg {
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
	struct netlink_callback *cb;
};

typedef int (*slb_nl_fill_t)(struct sk_buff *skb, struct slb_net *sn, const void *obj,
			     const struct slb_nl_msg *msg);

/**
 * struct slb_nl_rename - a new name, for slb_nl_rename_fill()
 * @attr: attribute of the name
 * @new_attr: attribute of the new name
 * @old: the name before
 * @name: the new name
 */
struct slb_nl_rename {
	int attr;
	int new_attr;
	char old[SLB_NAME_LEN + 1];
	const char *name;
};

void *slb_nl_put(struct sk_buff *skb, const struct slb_nl_msg *msg);
int slb_nl_put_addr(struct sk_buff *skb, int attr, const union nf_inet_addr *addr, u8 family);
int slb_nl_put_sum(struct sk_buff *skb, int attr, struct slb_sum sum);
int slb_nl_reply(struct genl_info *info, struct slb_net *sn, const void *obj, slb_nl_fill_t fill);
int slb_nl_rename_fill(struct sk_buff *skb, struct slb_net *sn, const void *obj,
		       const struct slb_nl_msg *msg);
void slb_nl_notify(struct slb_net *sn, const void *obj, slb_nl_fill_t fill, u8 cmd);
struct slb_nl_msg slb_nl_dump_msg(struct netlink_callback *cb, u8 cmd);

int slb_nl_locked(struct genl_info *info,
		  int (*change)(struct slb_net *sn, struct genl_info *info));
int slb_nl_locked_one(struct genl_info *info,
		      int (*change)(struct slb_net *sn, struct genl_info *info));
int slb_nl_locked_end(struct genl_info *info, int attr,
		      int (*end)(struct slb_net *sn, struct genl_info *info, u32 *ended));

int slb_nl_address_fits(struct genl_info *info, int attr, u8 mode, u8 proto);
struct slb_group *slb_nl_group_find(struct slb_net *sn, struct genl_info *info, int attr);

#endif /* _SLB_NL_H */
