/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints of the balancer: dropped packets, sessions and links. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM slb

#if !defined(_SLB_MODULE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SLB_MODULE_TRACE_H

#include <linux/tracepoint.h>
#include <slb/trace_events.h>
#include "state/session.h"
#include "trace_session.h"

DEFINE_EVENT(slb_drop_class, slb_drop,
	TP_PROTO(const struct sk_buff *skb, const struct slb_tuple *t, unsigned int why),
	TP_ARGS(skb, t, why)
);

DEFINE_EVENT(slb_link_class, slb_link,
	TP_PROTO(const struct slb_nexthop *nh, u8 af, u8 from, u8 to),
	TP_ARGS(nh, af, from, to)
);

/* A session begins, is established, or ends. A session that never was in use has no event. */
TRACE_EVENT_CONDITION(slb_session,
	TP_PROTO(const struct slb_session *s, enum slb_trace_event event, enum slb_end why),

	TP_ARGS(s, event, why),

	TP_CONDITION(why != SLB_END_UNUSED),

	TP_STRUCT__entry(
		__array(char, event, SLB_TRACE_WORD)
		__array(char, why, SLB_TRACE_WORD)
		__array(char, protocol, SLB_TRACE_PROTO)
		__array(char, client, SLB_TRACE_ADDR)
		__array(char, vip, SLB_TRACE_ADDR)
		__array(char, local, SLB_TRACE_ADDR)
		__array(char, server, SLB_TRACE_ADDR)
	),

	TP_fast_assign(
		struct slb_trace_flow request;
		struct slb_trace_flow reply;

		slb_trace_flow(&request, NULL, &s->side[SLB_REQUEST].tuple);
		slb_trace_flow(&reply, NULL, &s->side[SLB_REPLY].tuple);
		strscpy(__entry->event, slb_trace_event_name(event), SLB_TRACE_WORD);
		strscpy(__entry->why, slb_trace_end_name(s, why), SLB_TRACE_WORD);
		memcpy(__entry->protocol, request.protocol, SLB_TRACE_PROTO);
		memcpy(__entry->client, request.src, SLB_TRACE_ADDR);
		memcpy(__entry->vip, request.dst, SLB_TRACE_ADDR);
		memcpy(__entry->local, reply.dst, SLB_TRACE_ADDR);
		memcpy(__entry->server, reply.src, SLB_TRACE_ADDR);
	),

	TP_printk("event=%s why=%s protocol=%s client=%s vip=%s local=%s server=%s",
		  __entry->event, __entry->why, __entry->protocol, __entry->client, __entry->vip,
		  __entry->local, __entry->server)
);

#endif /* _SLB_MODULE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
