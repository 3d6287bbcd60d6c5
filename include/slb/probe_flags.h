/* SPDX-License-Identifier: GPL-2.0-only */
/* Flags in probes of a balancer: what it says of its sessions. */
#ifndef _SLB_PROBE_FLAGS_H
#define _SLB_PROBE_FLAGS_H

#include <slb/probe.h>

void slb_probe_flags_set(struct slb_probe_net *pn, u32 flags);
void slb_probe_flags_hear(struct slb_probe *p, bool restarted);

#endif /* _SLB_PROBE_FLAGS_H */
