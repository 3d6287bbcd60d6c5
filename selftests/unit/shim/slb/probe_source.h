/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of include/slb/probe_source.h: there are addresses, and the route selects one. */
#ifndef _SLB_PROBE_SOURCE_H
#define _SLB_PROBE_SOURCE_H

#define slb_probe_sends4(net, ifindex, self, to, probes) true
#define slb_probe_sends6(net, ifindex, self, probes) true
#define slb_probe_source4(net, ifindex, to, nth) 0
#define slb_probe_source6(net, ifindex, to, nth) ((struct in6_addr) {})

#endif /* _SLB_PROBE_SOURCE_H */
