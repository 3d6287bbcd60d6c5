/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/slb.yaml */
/* scripts/regen-tables */

#ifndef _SLB_CONFIG_SCHED_GEN_H
#define _SLB_CONFIG_SCHED_GEN_H

#define SLB_SCHEDS(X) X(rr), X(wrr), X(lc), X(wlc), X(sed), X(nq), X(p2c), X(sh), X(mh)
#define SLB_SCHED_NAMES "rr, wrr, lc, wlc, sed, nq, p2c, sh, mh"

#endif /* _SLB_CONFIG_SCHED_GEN_H */
