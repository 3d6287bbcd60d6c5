/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path of the balancer. */
#ifndef _SLB_PACKET_FAST_H
#define _SLB_PACKET_FAST_H

#include "net.h"
#include "packet/ctx.h"

unsigned int slb_fast_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
void slb_fast_note(struct slb_session *s, enum slb_dir dir, const struct slb_link *in,
		   const struct slb_link *out, bool passed);

#endif /* _SLB_PACKET_FAST_H */
