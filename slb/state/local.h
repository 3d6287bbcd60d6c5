/* SPDX-License-Identifier: GPL-2.0-only */
/* Local addresses and ports of sessions. */
#ifndef _SLB_STATE_LOCAL_H
#define _SLB_STATE_LOCAL_H

#include "state/session.h"

int slb_local_assign(struct slb_net *sn, const struct slb_links *links,
		     const struct slb_link *ingress, struct slb_session *s, u32 random);
bool slb_local_any(struct slb_net *sn, const struct slb_link *link, struct slb_tuple *reply);

#endif /* _SLB_STATE_LOCAL_H */
