/* SPDX-License-Identifier: GPL-2.0-only */
/* Which VIPs are unusable: relays learn it from probes. */
#ifndef _SLB_CONFIG_VIP_USABLE_H
#define _SLB_CONFIG_VIP_USABLE_H

struct slb_net;
struct slb_vip;

void slb_usable_init(struct slb_net *sn);
void slb_usable_exit(struct slb_net *sn);
void slb_usable_look(struct slb_net *sn);
void slb_usable_turn(struct slb_net *sn, const struct slb_vip *vip);

#endif /* _SLB_CONFIG_VIP_USABLE_H */
