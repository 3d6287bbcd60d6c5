/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of include/slb/probe.h: links in user space are as alive as a test says. */
#ifndef _SLB_PROBE_H
#define _SLB_PROBE_H

#include <slb/nexthop.h>
#include <slb/sbfd.h>

struct slb_probe;
struct work_struct;
struct slb_probe_conf {
	u32 interval;
};

struct slb_probe_net {
	struct net *net;
	u32 n;
};

#endif /* _SLB_PROBE_H */
