// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: tracing packets, which common/tracer.c does. */
#include <linux/slb.h>
#include <slb/tracer.h>

#include "netlink/nl.h"

/* common/ has the numbers of the other module */
static_assert((int)SLB_RELAY_A_TRACE_PROTO == SLB_A_TRACE_PROTO);
static_assert((int)SLB_RELAY_A_TRACE_REASON == SLB_A_TRACE_REASON);
static_assert((int)SLB_RELAY_A_TRACE_ANY == SLB_A_TRACE_ANY);
static_assert((int)SLB_RELAY_A_TRACE_DST_PORT == SLB_A_TRACE_DST_PORT);
static_assert((int)SLB_RELAY_A_TRACE_LOCAL == SLB_A_TRACE_LOCAL);
static_assert((int)SLB_RELAY_A_TRACE_OUT_LINK == SLB_A_TRACE_OUT_LINK);
static_assert((int)SLB_RELAY_A_TRACE_TEXT == SLB_A_TRACE_TEXT);
static_assert((int)SLB_RELAY_A_TRACE_MAX == SLB_A_TRACE_MAX);
static_assert((int)SLB_RELAY_TRACE_KIND_FRAGMENT == SLB_TRACE_KIND_FRAGMENT);
static_assert((int)SLB_RELAY_TRACE_WAY_FROM_LOCAL == SLB_TRACE_WAY_FROM_LOCAL);
static_assert((int)SLB_RELAY_TRACE_RESULT_DROPPED == SLB_TRACE_RESULT_DROPPED);

/* The relay sees client and VIP of a packet, or the server, but not which belong together. */
static int rly_nl_trace_check(struct genl_info *info)
{
	if ((!info->attrs[SLB_RELAY_A_TRACE_SERVER] &&
	     !info->attrs[SLB_RELAY_A_TRACE_SERVER_PORT]) ||
	    (!info->attrs[SLB_RELAY_A_TRACE_CLIENT] &&
	     !info->attrs[SLB_RELAY_A_TRACE_CLIENT_PORT] &&
	     !info->attrs[SLB_RELAY_A_TRACE_VIP] && !info->attrs[SLB_RELAY_A_TRACE_VIP_PORT]))
		return 0;
	NL_SET_ERR_MSG(info->extack,
		       "the relay does not know the server of a client: give one of them");
	return -EINVAL;
}

int slb_relay_nl_trace_start_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err = rly_nl_trace_check(info);

	if (err)
		return err;
	return slb_tracer_start(&slb_relay_nl_family, SLB_RELAY_CMD_TRACE_NTF, info);
}

int slb_relay_nl_trace_stop_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_tracer_stop(&slb_relay_nl_family, info);
}
