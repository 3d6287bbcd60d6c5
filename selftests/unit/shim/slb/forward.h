/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of include/slb/forward.h: every packet may be forwarded. */
#ifndef _SLB_FORWARD_H
#define _SLB_FORWARD_H

#include <slb/reason.h>

static inline enum slb_drop slb_forward_check(const struct sk_buff *skb,
					      const union nf_inet_addr *src, u8 family)
{
	return SLB_OK;
}

#endif /* _SLB_FORWARD_H */
