/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints that both modules have. trace.h of each module includes this file and names them. */
#if !defined(_SLB_TRACE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SLB_TRACE_EVENTS_H

#include <linux/if.h>
#include <linux/tracepoint.h>
#include <slb/module.h>
#include <slb/nexthop.h>
#include <slb/reason.h>
#include <slb/trace_text.h>

/* A packet was dropped. @skb: the packet, or NULL when it is freed; @t: its flow key, or NULL */
DECLARE_EVENT_CLASS(slb_drop_class,
	TP_PROTO(const struct sk_buff *skb, const struct slb_tuple *t, unsigned int why),

	TP_ARGS(skb, t, why),

	TP_STRUCT__entry(
		__field(u32, number)
		__array(char, reason, SLB_DROP_WORD_SIZE)
		__array(char, device, IFNAMSIZ)
		__array(char, link, SLB_TRACE_LINK)
		__array(char, protocol, SLB_TRACE_PROTO)
		__array(char, src, SLB_TRACE_ADDR)
		__array(char, dst, SLB_TRACE_ADDR)
	),

	TP_fast_assign(
		struct slb_trace_flow flow;

		slb_trace_flow(&flow, skb, t);
		__entry->number = why;
		slb_trace_drop_word(__entry->reason, why);
		slb_trace_at(__entry->device, __entry->link, skb);
		memcpy(__entry->protocol, flow.protocol, sizeof(flow.protocol));
		memcpy(__entry->src, flow.src, sizeof(flow.src));
		memcpy(__entry->dst, flow.dst, sizeof(flow.dst));
	),

	TP_printk("reason=%s number=%u device=%s link=%s protocol=%s src=%s dst=%s",
		  __entry->reason, __entry->number, __entry->device, __entry->link,
		  __entry->protocol, __entry->src, __entry->dst)
);

/* A link has another state. @nh: its end; @af: 0 IPv4, 1 IPv6; states: enum slb_nexthop_state */
DECLARE_EVENT_CLASS(slb_link_class,
	TP_PROTO(const struct slb_nexthop *nh, u8 af, u8 from, u8 to),

	TP_ARGS(nh, af, from, to),

	TP_STRUCT__entry(
		__array(char, link, SLB_TRACE_LINK)
		__array(char, device, IFNAMSIZ)
		__field(u8, family)
		__array(char, from, SLB_TRACE_WORD)
		__array(char, to, SLB_TRACE_WORD)
	),

	TP_fast_assign(
		slb_module_link_text(__entry->link, nh);
		strscpy(__entry->device, nh->dev_name, IFNAMSIZ);
		__entry->family = af ? 6 : 4;
		strscpy(__entry->from, slb_trace_state(from), SLB_TRACE_WORD);
		strscpy(__entry->to, slb_trace_state(to), SLB_TRACE_WORD);
	),

	TP_printk("link=%s device=%s family=ipv%u from=%s to=%s",
		  __entry->link, __entry->device, __entry->family, __entry->from, __entry->to)
);

#endif /* _SLB_TRACE_EVENTS_H */
