/* SPDX-License-Identifier: GPL-2.0-only */
/* Replaces include/slb/probe_vips.h: unit tests send no probes. */
#ifndef _SLB_PROBE_VIPS_H
#define _SLB_PROBE_VIPS_H

#endif /* _SLB_PROBE_VIPS_H */
