/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracers: sockets that want a report of each packet that matches a filter. */
#ifndef _SLB_TRACER_H
#define _SLB_TRACER_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/types.h>
#include <slb/packet.h>
#include <slb/reason.h>
#include <slb/trace_text.h>

struct genl_family;
struct genl_info;
struct net;
struct sk_buff;
struct task_struct;

/* Most tracers of a namespace. */
#define SLB_TRACER_MAX 8
/* Most reports of a tracer in a second. */
#define SLB_TRACER_RATE 1000

/**
 * struct slb_tracers - tracers of a network namespace
 * @list: struct slb_tracer; changed under RTNL, read under RCU
 * @n: their number, under RTNL
 */
struct slb_tracers {
	struct list_head list;
	unsigned int n;
};

/**
 * enum slb_tracer_who - the four ends of a flow
 * @SLB_TRACER_CLIENT: the client
 * @SLB_TRACER_VIP: the virtual address
 * @SLB_TRACER_SERVER: the server
 * @SLB_TRACER_LOCAL: the local address of the balancer, which the server sees
 * @SLB_TRACER_ENDS: their number
 */
enum slb_tracer_who {
	SLB_TRACER_CLIENT,
	SLB_TRACER_VIP,
	SLB_TRACER_SERVER,
	SLB_TRACER_LOCAL,
	SLB_TRACER_ENDS
};

/**
 * struct slb_tracer_end - one end of a flow
 * @addr: its address, network order
 * @port: its port, network order
 */
struct slb_tracer_end {
	union nf_inet_addr addr;
	__be16 port;
};

/**
 * struct slb_traced - a packet that may be traced, and what became of it
 * @p: its parsed headers
 * @dev: name of the device that it came in by
 * @in: name of the link that uses this device, or empty
 * @out: name of the link that it was sent over, or empty
 * @end: the ends of its flow, by enum slb_tracer_who
 * @known: bits of the ends that are known
 * @open: bits of the ends that are known when the packet has been handled
 * @bare: it has no ports that can be read: addresses alone are compared
 * @sound: its headers are sound
 * @proto: transport protocol of its flow
 * @way: enum slb_trace_way
 * @result: enum slb_trace_result
 * @why: why it was dropped, or SLB_OK
 * @length: its length in bytes
 * @matched: a VIP matches it: the next five are valid
 * @matched_proto: protocol of this VIP, 0 for any
 * @first: its first port, host order
 * @last: its last port, host order
 * @group: its group, or NULL
 * @scheduler: the scheduler of the group, or NULL
 * @session: 0 without a session, 1 for a known one, 2 for a new one
 * @ended: why the former session has ended, or NULL
 * @ret: the return link of the session, or NULL
 * @how: how the relay found the balancer, or NULL
 *
 * The texts live as long as the RCU section that the packet is handled in.
 */
struct slb_traced {
	struct slb_pkt p;
	const char *dev;
	char in[SLB_TRACE_LINK];
	char out[SLB_TRACE_LINK];
	struct slb_tracer_end end[SLB_TRACER_ENDS];
	u8 known;
	u8 open;
	bool bare;
	bool sound;
	u8 proto;
	u8 way;
	u8 result;
	u8 why;
	u32 length;
	bool matched;
	u8 matched_proto;
	u16 first;
	u16 last;
	const char *group;
	const char *scheduler;
	u8 session;
	const char *ended;
	const char *ret;
	const char *how;
};

/**
 * struct slb_tracer_record - what tracepoints report of the packet that a CPU handles
 * @task: who handles it
 * @why: why it was dropped, or SLB_OK
 */
struct slb_tracer_record {
	struct task_struct *task;
	u8 why;
};

static inline void slb_tracers_init(struct slb_tracers *tracers)
{
	INIT_LIST_HEAD(&tracers->list);
}

/* Is there a tracer? Context: any; certain under RTNL. */
static inline bool slb_tracers_any(const struct slb_tracers *tracers)
{
	return !list_empty(&tracers->list);
}

/* Set an end of the flow of a packet. */
static inline void slb_traced_set(struct slb_traced *t, enum slb_tracer_who who,
				  const union nf_inet_addr *addr, __be16 port)
{
	t->end[who] = (struct slb_tracer_end){ .addr = *addr, .port = port };
	t->known |= BIT(who);
}

int slb_tracer_start(const struct genl_family *family, u8 cmd, struct genl_info *info);
int slb_tracer_stop(const struct genl_family *family, struct genl_info *info);
void slb_tracers_end(struct net *net);
int slb_tracer_notifier_init(void);
void slb_tracer_notifier_exit(void);
void slb_tracer_exit(void);

void slb_traced_parse(struct slb_traced *t, const struct sk_buff *skb);
bool slb_tracers_match(const struct slb_tracers *tracers, const struct slb_traced *t);
void slb_tracers_send(struct net *net, const struct slb_tracers *tracers, struct slb_traced *t);

struct slb_tracer_record *slb_tracer_record(void);
struct slb_tracer_record *slb_tracer_enter(struct slb_tracer_record *record);
void slb_tracer_leave(struct slb_tracer_record *outer);

#endif /* _SLB_TRACER_H */
