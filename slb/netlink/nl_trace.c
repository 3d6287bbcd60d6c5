// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: tracing packets, which common/tracer.c does. */
#include <slb/tracer.h>

#include "netlink/nl.h"

int slb_nl_trace_start_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_tracer_start(&slb_nl_family, SLB_CMD_TRACE_NTF, info);
}

int slb_nl_trace_stop_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_tracer_stop(&slb_nl_family, info);
}
