/* SPDX-License-Identifier: GPL-2.0-only */
/* The contents of our probes. */
#ifndef _SLB_PROBE_FILL_H
#define _SLB_PROBE_FILL_H

#include <linux/ktime.h>
#include <slb/probe_send.h>

/* Our clock in probes, microseconds. */
static inline u32 slb_probe_clock(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/* The discriminator that the next hop of a link answers to. */
static inline u32 slb_probe_via_disc(const struct slb_nexthop *nh, u8 af)
{
	return slb_sbfd_disc(nh->via[af].ip6);
}

void slb_probe_fill_range(const struct slb_probe *p, struct slb_bfd_more *more);
void slb_probe_dispatch(struct slb_probe *p, struct slb_probe_out *out, u16 port);
void slb_probe_fill(struct slb_probe *p, struct slb_probe_out *out, bool final);

#endif /* _SLB_PROBE_FILL_H */
