/* SPDX-License-Identifier: GPL-2.0-only */
/* A drop reason in a netlink message. */
#ifndef _SLB_NL_DROP_H
#define _SLB_NL_DROP_H

#include <slb/drop.h>

struct slb_probe_vip;

int slb_nl_drop_put(struct sk_buff *skb, struct net *net, struct slb_drops __percpu *drops,
		    enum slb_drop why);
int slb_nl_vip_drop_put(struct sk_buff *skb, const struct slb_probe_vip *vip, enum slb_drop why,
			u64 packets);

#endif /* _SLB_NL_DROP_H */
