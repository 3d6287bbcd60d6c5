/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of shifted sessions on the fast path. */
#ifndef _SLB_PACKET_FAST_SHIFT_H
#define _SLB_PACKET_FAST_SHIFT_H

#include <slb/fast_parse.h>
#include "state/session.h"

unsigned int slb_fast_shifted4(struct slb_net *sn, struct sk_buff *skb, struct slb_link *in,
			       struct slb_session *s, enum slb_dir dir);
unsigned int slb_fast_shifted6(struct slb_net *sn, struct sk_buff *skb, struct slb_link *in,
			       struct slb_session *s, enum slb_dir dir);
unsigned int slb_fast_shifted_fwmarked(struct slb_net *sn, struct sk_buff *skb,
				       struct slb_link *in, struct slb_session *s,
				       enum slb_dir dir, u8 family);

#endif /* _SLB_PACKET_FAST_SHIFT_H */
