/* SPDX-License-Identifier: GPL-2.0-only */
/* What the netlink handlers of flows share. */
#ifndef _RLY_NL_FLOW_H
#define _RLY_NL_FLOW_H

#include <linux/types.h>

struct genl_info;
struct rly_flow;
struct rly_net;
struct slb_tuple;

int rly_nl_flow_parse(struct genl_info *info, struct slb_tuple *t);
bool rly_nl_flow_is_exception(struct rly_net *rn, const struct rly_flow *flow);

#endif /* _RLY_NL_FLOW_H */
