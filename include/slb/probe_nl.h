/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings and liveness of a link in netlink messages. */
#ifndef _SLB_PROBE_NL_H
#define _SLB_PROBE_NL_H

#include <net/genetlink.h>
#include <slb/probe_view.h>

int slb_probe_nl_parse(struct genl_info *info, int base, struct slb_probe_conf *conf);
int slb_probe_nl_put(struct sk_buff *skb, int base, int state4, int far_mtu,
		     const struct slb_probe_conf *conf, const struct slb_probe_view *view);

#endif /* _SLB_PROBE_NL_H */
