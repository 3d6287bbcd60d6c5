/* SPDX-License-Identifier: GPL-2.0-only */
/* The next hops of links in netlink messages. */
#ifndef _SLB_NL_NEXT_HOP_H
#define _SLB_NL_NEXT_HOP_H

#include <net/genetlink.h>
#include "config/link.h"

struct slb_probe_event;

int slb_nl_next_hop_parse(struct genl_info *info, struct slb_link *link, int i);
int slb_nl_next_hop_check(struct genl_info *info, const struct slb_link *link, int i);
bool slb_nl_next_hop_owned(const struct slb_link *link, const struct slb_link *other, int i);
int slb_nl_next_hop_put_more(struct sk_buff *skb, const struct slb_link *link, int i);
int slb_nl_next_hop_put(struct sk_buff *skb, const struct slb_link *link, unsigned int hop,
			const struct slb_probe_event *event);

#endif /* _SLB_NL_NEXT_HOP_H */
