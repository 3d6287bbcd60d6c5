/* SPDX-License-Identifier: GPL-2.0-only */
/* Prefilter: may a packet be ours? */
#ifndef _SLB_PACKET_PREFILTER_H
#define _SLB_PACKET_PREFILTER_H

#include "net.h"

int slb_prefilter_init(struct slb_net *sn);
void slb_prefilter_exit(struct slb_net *sn);
void slb_prefilter_addr(struct slb_net *sn, const union nf_inet_addr *addr, u8 family, int by);
void slb_prefilter_range(struct slb_net *sn, const union nf_inet_addr *first, u32 count, u8 family,
			 int by);
void slb_prefilter_link(struct slb_net *sn, const struct slb_link *link, int by);

#endif /* _SLB_PACKET_PREFILTER_H */
