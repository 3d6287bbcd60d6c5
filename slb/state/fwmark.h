/* SPDX-License-Identifier: GPL-2.0-only */
/* Firewall marks: which sessions have one; and the flags of new sessions. */
#ifndef _SLB_STATE_FWMARK_H
#define _SLB_STATE_FWMARK_H

#include "config/vip.h"
#include "state/client_address.h"
#include "state/session.h"

/* The flags of a new session of a VIP that its firewall mark adds. Context: RCU. */
static inline unsigned long slb_fwmark_flags(const struct slb_vip *vip)
{
	return slb_policy_marks(rcu_dereference(vip->policy)) ? BIT(SLB_SESSION_FWMARKED) : 0;
}

/* The flags of a new session of a VIP. @mode: enum slb_client_address. Context: RCU. */
static inline unsigned long slb_session_flags(const struct slb_net *sn, const struct slb_vip *vip,
					      u8 mode, const struct slb_tuple *flow)
{
	return slb_fwmark_flags(vip) | (mode ? slb_client_address_flags(sn, mode, flow) : 0);
}

static __always_inline bool slb_session_fwmarked(const struct slb_session *s)
{
	return READ_ONCE(s->flags) & BIT(SLB_SESSION_FWMARKED);
}

void slb_fwmark_changed(struct slb_net *sn, const struct slb_vip *vip);
void slb_fwmark_work(struct work_struct *work);

#endif /* _SLB_STATE_FWMARK_H */
