/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks that receive probes, and notifiers of neighbours and addresses. */
#ifndef _SLB_PROBE_HOOK_H
#define _SLB_PROBE_HOOK_H

#include <slb/probe.h>

int slb_probe_follow(struct slb_probe_net *pn, struct slb_probe **probe, struct slb_nexthop *nh,
		     const struct slb_probe_conf *conf, const struct slb_probe_range *mine);
void slb_probe_hooks_off(struct slb_probe_net *pn);
int slb_probe_notifier_init(void);
void slb_probe_notifier_exit(void);

#endif /* _SLB_PROBE_HOOK_H */
