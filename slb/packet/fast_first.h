/* SPDX-License-Identifier: GPL-2.0-only */
/* First packets on the fast path. */
#ifndef _SLB_PACKET_FAST_FIRST_H
#define _SLB_PACKET_FAST_FIRST_H

#include <slb/fast_parse.h>
#include "net.h"
#include "state/session.h"

unsigned int slb_fast_through4(struct slb_net *sn, struct sk_buff *skb,
			       const struct slb_fast_pkt p, struct slb_link *in,
			       struct slb_session *s, enum slb_dir dir);
unsigned int slb_fast_through6(struct slb_net *sn, struct sk_buff *skb,
			       const struct slb_fast_pkt p, struct slb_link *in,
			       struct slb_session *s, enum slb_dir dir);
unsigned int slb_fast_first4(struct slb_net *sn, struct sk_buff *skb,
			     const struct slb_fast_pkt p, u64 hash);
unsigned int slb_fast_first6(struct slb_net *sn, struct sk_buff *skb,
			     const struct slb_fast_pkt p, u64 hash);

#endif /* _SLB_PACKET_FAST_FIRST_H */
