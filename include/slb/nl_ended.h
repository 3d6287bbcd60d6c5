/* SPDX-License-Identifier: GPL-2.0-only */
/* The answer to a deletion: how many sessions or flows it ends. */
#ifndef _SLB_NL_ENDED_H
#define _SLB_NL_ENDED_H

#include <linux/types.h>

struct genl_family;
struct genl_info;
struct sk_buff;

/**
 * struct slb_nl_ended - how many sessions or flows a deletion ends
 * @skb: the answer, or NULL when nobody has asked
 * @n: their number, as the deletion found it: packets go on to create and to end some meanwhile
 */
struct slb_nl_ended {
	struct sk_buff *skb;
	u32 n;
};

int slb_nl_ended_new(const struct genl_info *info, struct slb_nl_ended *ended);
int slb_nl_ended_send(const struct genl_family *family, struct genl_info *info,
		      const struct slb_nl_ended *ended, int attr, int err);

#endif /* _SLB_NL_ENDED_H */
