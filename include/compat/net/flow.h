/* SPDX-License-Identifier: GPL-2.0-only */
/* Since Linux 6.17, the key of an IPv4 lookup has the DSCP in a type of its own. */
#ifndef _SLB_COMPAT_FLOW_H
#define _SLB_COMPAT_FLOW_H

#include_next <net/flow.h>
#include <net/inet_dscp.h>

static inline void slb_compat_flowi4_dscp(struct flowi4 *fl4, dscp_t dscp)
{
#ifdef flowi4_tos
	fl4->flowi4_tos = inet_dscp_to_dsfield(dscp);
#else
	fl4->flowi4_dscp = dscp;
#endif
}

#endif /* _SLB_COMPAT_FLOW_H */
