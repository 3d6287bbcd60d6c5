/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that tell servers the addresses of clients. */
#ifndef _SLB_PACKET_CLIENT_ADDRESS_H
#define _SLB_PACKET_CLIENT_ADDRESS_H

#include "packet/ctx.h"

/**
 * struct slb_way - where a packet goes
 * @out: the link
 * @dst: route over it, borrowed
 * @to: its new tuple
 */
struct slb_way {
	struct slb_link *out;
	struct dst_entry *dst;
	const struct slb_tuple *to;
};

enum slb_drop slb_address_tell(const struct slb_ctx *ctx, struct sk_buff **skb,
			       struct slb_session *s, enum slb_dir dir, const struct slb_way *way);
u32 slb_address_quoted_seq(struct slb_session *s, enum slb_dir dir, u32 seq);

#endif /* _SLB_PACKET_CLIENT_ADDRESS_H */
