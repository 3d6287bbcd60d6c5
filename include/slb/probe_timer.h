/* SPDX-License-Identifier: GPL-2.0-only */
/* What a link does in time: probes, detection times, hold-down, requests for neighbours. */
#ifndef _SLB_PROBE_TIMER_H
#define _SLB_PROBE_TIMER_H

#include <slb/probe_send.h>

unsigned long slb_probe_pause(const struct slb_probe *p);
void slb_probe_arm(struct slb_probe *p);
void slb_probe_next(struct slb_probe *p, struct slb_probe_out *out);
void slb_probe_neigh_is(struct slb_probe *p, u8 state, unsigned long retrans);
void slb_probe_tick(struct timer_list *timer);

#endif /* _SLB_PROBE_TIMER_H */
