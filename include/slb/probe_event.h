/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of neighbours and own addresses. */
#ifndef _SLB_PROBE_EVENT_H
#define _SLB_PROBE_EVENT_H

#include <slb/probe.h>

struct in_ifaddr;
struct inet6_ifaddr;

void slb_probe_neigh_event(struct slb_probe_net *pn, const struct neighbour *neigh);
void slb_probe_addr4_event(struct slb_probe_net *pn, const struct in_ifaddr *ifa);
void slb_probe_addr6_event(struct slb_probe_net *pn, const struct inet6_ifaddr *ifa);

#endif /* _SLB_PROBE_EVENT_H */
