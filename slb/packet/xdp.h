/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path at XDP. */
#ifndef _SLB_PACKET_XDP_H
#define _SLB_PACKET_XDP_H

#include <linux/types.h>

struct slb_net;
struct xdp_md;

int slb_xdp_packet(struct xdp_md *ctx);
int slb_xdp_init(void);
void slb_xdp_settle(struct slb_net *sn, bool traced);

#endif /* _SLB_PACKET_XDP_H */
