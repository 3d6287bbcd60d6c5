/* SPDX-License-Identifier: GPL-2.0-only */
/* Find the VIP of a packet. */
#ifndef _RLY_PACKET_VIP_MATCH_H
#define _RLY_PACKET_VIP_MATCH_H

#include "config/vip.h"

struct rly_vaddr *rly_vaddr_find(struct rly_net *rn, const union nf_inet_addr *addr, u8 family);
struct rly_vip *rly_vip_match(const struct rly_vaddr *vaddr, u8 proto, __be16 port);
int rly_vaddr_insert(struct rly_net *rn, struct rly_vaddr *vaddr);
void rly_vaddr_remove(struct rly_net *rn, struct rly_vaddr *vaddr);
int rly_vip_net_init(struct rly_net *rn);

#endif /* _RLY_PACKET_VIP_MATCH_H */
