/* SPDX-License-Identifier: GPL-2.0-only */
/* Send packets of sessions. */
#ifndef _SLB_PACKET_XMIT_H
#define _SLB_PACKET_XMIT_H

#include "packet/ctx.h"

unsigned int slb_xmit(const struct slb_ctx *ctx, struct sk_buff *skb, struct slb_side *side);
unsigned int slb_xmit_error(const struct slb_ctx *ctx, struct sk_buff *skb);
bool slb_xmit_own(const struct slb_ctx *ctx, struct sk_buff *skb, const struct sk_buff *cause);
u32 slb_xmit_hash(const struct slb_session *s);
struct slb_link *slb_xmit_link(const struct slb_links *links, const struct slb_session *s,
			       enum slb_dir dir, u8 family);

#endif /* _SLB_PACKET_XMIT_H */
