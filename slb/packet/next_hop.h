/* SPDX-License-Identifier: GPL-2.0-only */
/* Links with several next hops: which one a packet goes to. */
#ifndef _SLB_PACKET_NEXT_HOP_H
#define _SLB_PACKET_NEXT_HOP_H

#include "packet/ctx.h"

/* What slb_fast_xmit() has to do with a packet, as bits. */
#define SLB_NEXT_HOP_ASK BIT(0)
#define SLB_NEXT_HOP_SHIFTED BIT(1)

struct dst_entry *slb_next_hop_dst(const struct slb_ctx *ctx, struct slb_link *out,
				   const struct sk_buff *cause, u32 hash);
unsigned int slb_next_hop_fast4(struct slb_net *sn, struct sk_buff *skb, u8 proto,
				struct slb_link *in, struct slb_link *out, struct slb_session *s,
				enum slb_dir dir, u8 how);
unsigned int slb_next_hop_fast6(struct slb_net *sn, struct sk_buff *skb, u8 proto,
				struct slb_link *in, struct slb_link *out, struct slb_session *s,
				enum slb_dir dir, u8 how);
struct slb_egress *slb_next_hop_egress(struct slb_net *sn, struct slb_link *in,
				       struct slb_link *out, u64 mac, const struct slb_session *s,
				       u8 family);

#endif /* _SLB_PACKET_NEXT_HOP_H */
