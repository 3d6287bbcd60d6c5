/* SPDX-License-Identifier: GPL-2.0-only */
/* Source addresses of probes. */
#ifndef _SLB_PROBE_SOURCE_H
#define _SLB_PROBE_SOURCE_H

#include <linux/in6.h>
#include <linux/types.h>

struct net;

bool slb_probe_sends4(struct net *net, int ifindex, __be32 self, __be32 to, bool probes);
bool slb_probe_sends6(struct net *net, int ifindex, const struct in6_addr *self, bool probes);
__be32 slb_probe_source4(struct net *net, int ifindex, __be32 to, unsigned int nth);
struct in6_addr slb_probe_source6(struct net *net, int ifindex, const struct in6_addr *to,
				  unsigned int nth);

#endif /* _SLB_PROBE_SOURCE_H */
