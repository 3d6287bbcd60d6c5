/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tracepoints of both modules record: as text, so that filters and tools read it as is. */
#ifndef _SLB_TRACE_TEXT_H
#define _SLB_TRACE_TEXT_H

#include <linux/types.h>

struct net_device;
struct sk_buff;
struct slb_nexthop;
struct slb_tuple;

/* Sizes of texts, with the final zero: [IPv6 address]:port, protocol, link of a balancer, state. */
#define SLB_TRACE_ADDR 48
#define SLB_TRACE_PROTO 8
#define SLB_TRACE_LINK 64
#define SLB_TRACE_WORD 16

/**
 * struct slb_trace_flow - a flow in a trace
 * @protocol: name of the transport protocol, or its number
 * @src: source address and port
 * @dst: destination address and port
 *
 * All are "-" when the flow is not known, and the ports are 0 when they are not.
 */
struct slb_trace_flow {
	char protocol[SLB_TRACE_PROTO];
	char src[SLB_TRACE_ADDR];
	char dst[SLB_TRACE_ADDR];
};

void slb_trace_flow(struct slb_trace_flow *flow, const struct sk_buff *skb,
		    const struct slb_tuple *t);
void slb_trace_drop_word(char *word, unsigned int why);
void slb_trace_at(char *device, char *link, const struct sk_buff *skb);
const char *slb_trace_state(u8 state);

#endif /* _SLB_TRACE_TEXT_H */
