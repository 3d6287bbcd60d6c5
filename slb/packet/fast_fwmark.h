/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path of sessions with a firewall mark. */
#ifndef _SLB_PACKET_FAST_FWMARK_H
#define _SLB_PACKET_FAST_FWMARK_H

#include <slb/fast_parse.h>
#include "packet/ctx.h"

unsigned int slb_fast_fwmarked4(struct slb_net *sn, struct sk_buff *skb,
				const struct slb_fast_pkt p, struct slb_link *in,
				struct slb_session *s, enum slb_dir dir);
unsigned int slb_fast_fwmarked6(struct slb_net *sn, struct sk_buff *skb,
				const struct slb_fast_pkt p, struct slb_link *in,
				struct slb_session *s, enum slb_dir dir);
unsigned int slb_fast_fwmarked_first4(struct slb_net *sn, struct sk_buff *skb,
				      const struct slb_fast_pkt p, struct slb_link *in,
				      struct slb_session *s);
unsigned int slb_fast_fwmarked_first6(struct slb_net *sn, struct sk_buff *skb,
				      const struct slb_fast_pkt p, struct slb_link *in,
				      struct slb_session *s);

#endif /* _SLB_PACKET_FAST_FWMARK_H */
