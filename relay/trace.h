/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of the relay: dropped packets, links, and where packets are steered to. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM relay

#if !defined(_RLY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _RLY_TRACE_H

#include <linux/slb_relay.h>
#include <linux/tracepoint.h>
#include <slb/trace_events.h>
#include "state/target.h"
#include "trace_target.h"

DEFINE_EVENT(slb_drop_class, relay_drop,
	TP_PROTO(const struct sk_buff *skb, const struct slb_tuple *t, unsigned int why),
	TP_ARGS(skb, t, why)
);

DEFINE_EVENT(slb_link_class, relay_link,
	TP_PROTO(const struct slb_nexthop *nh, u8 af, u8 from, u8 to),
	TP_ARGS(nh, af, from, to)
);

/* A packet that takes the ordinary path gets a balancer and a link. @t: its flow key */
TRACE_EVENT(relay_steer,
	TP_PROTO(const struct slb_tuple *t, const struct rly_target *target),

	TP_ARGS(t, target),

	TP_STRUCT__entry(
		__array(char, balancer, SLB_RELAY_NAME_LEN + 1)
		__array(char, link, SLB_RELAY_NAME_LEN + 1)
		__array(char, why, SLB_TRACE_WORD)
		__array(char, protocol, SLB_TRACE_PROTO)
		__array(char, src, SLB_TRACE_ADDR)
		__array(char, dst, SLB_TRACE_ADDR)
		__array(char, away, SLB_RELAY_NAME_LEN + 1)
	),

	TP_fast_assign(
		struct slb_trace_flow flow;

		slb_trace_flow(&flow, NULL, t);
		rly_trace_target(__entry->balancer, __entry->link, __entry->away, target);
		strscpy(__entry->why, rly_trace_how(target->how), SLB_TRACE_WORD);
		memcpy(__entry->protocol, flow.protocol, sizeof(flow.protocol));
		memcpy(__entry->src, flow.src, sizeof(flow.src));
		memcpy(__entry->dst, flow.dst, sizeof(flow.dst));
	),

	TP_printk("balancer=%s link=%s why=%s protocol=%s src=%s dst=%s away=%s",
		  __entry->balancer, __entry->link, __entry->why, __entry->protocol, __entry->src,
		  __entry->dst, __entry->away)
);

#endif /* _RLY_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
