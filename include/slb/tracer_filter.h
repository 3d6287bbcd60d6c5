/* SPDX-License-Identifier: GPL-2.0-only */
/* A tracer: its socket, its filter and its limits. */
#ifndef _SLB_TRACER_FILTER_H
#define _SLB_TRACER_FILTER_H

#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <slb/rate.h>
#include <slb/tracer.h>

/**
 * struct slb_tracer_want - what a filter demands of an end of a flow
 * @is: the end
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6; 0: any address
 * @prefix: number of bits that are compared
 * @has_port: the port is compared
 */
struct slb_tracer_want {
	struct slb_tracer_end is;
	u8 family;
	u8 prefix;
	bool has_port;
};

/**
 * struct slb_tracer - a socket that traces packets; immutable but for the counters
 * @list: in slb_tracers.list
 * @portid: address of the socket
 * @family: family of its messages
 * @cmd: command of its messages
 * @proto: transport protocol, or 0 for any
 * @want: by enum slb_tracer_who
 * @why: drop reason, or SLB_OK for all packets
 * @rate: reports in this second
 * @number: packets that matched
 * @lost: those of them that were not reported
 * @rcu: frees it
 */
struct slb_tracer {
	struct list_head list;
	u32 portid;
	const struct genl_family *family;
	u8 cmd;
	u8 proto;
	struct slb_tracer_want want[SLB_TRACER_ENDS];
	u8 why;
	struct slb_rate rate;
	atomic64_t number;
	atomic64_t lost;
	struct rcu_head rcu;
};

int slb_tracer_read(struct slb_tracer *tracer, struct genl_info *info);
bool slb_tracer_matches(const struct slb_tracer *tracer, const struct slb_traced *t, bool handled);
void slb_tracer_report(struct net *net, struct slb_tracer *tracer, const struct slb_traced *t);

#endif /* _SLB_TRACER_FILTER_H */
