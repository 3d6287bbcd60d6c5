/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices with the hook of the fast path. */
#ifndef _SLB_PACKET_FAST_HOOK_H
#define _SLB_PACKET_FAST_HOOK_H

#include <linux/netfilter.h>

#include "net.h"

nf_hookfn *slb_fast_hook_of(bool traced);
int slb_fast_device(struct slb_net *sn, struct net_device *dev, bool gone);
int slb_fast_sync(struct slb_net *sn);
int slb_fast_set(struct slb_net *sn, bool on);

#endif /* _SLB_PACKET_FAST_HOOK_H */
