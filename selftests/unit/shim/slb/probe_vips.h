/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of include/slb/probe_vips.h: there are no probes that could tell of VIPs. */
#ifndef _SLB_PROBE_VIPS_H
#define _SLB_PROBE_VIPS_H

#endif /* _SLB_PROBE_VIPS_H */
