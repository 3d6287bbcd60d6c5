/* SPDX-License-Identifier: GPL-2.0-only */
/* Links and their liveness. */
#ifndef _SLB_CONFIG_LINK_PROBE_H
#define _SLB_CONFIG_LINK_PROBE_H

#include "config/link.h"

int slb_link_follow(struct slb_net *sn, struct slb_link *link);
void slb_link_unfollow(struct slb_net *sn, struct slb_link *link);
void slb_probe_work(struct work_struct *work);

#endif /* _SLB_CONFIG_LINK_PROBE_H */
