/* SPDX-License-Identifier: GPL-2.0-only */
/* What a VIP asks of new sessions, and how long its sessions last. */
#ifndef _SLB_CONFIG_POLICY_H
#define _SLB_CONFIG_POLICY_H

#include <linux/rcupdate.h>
#include <linux/slb.h>
#include <slb/flow.h>
#include <slb/rate.h>
#include <slb/reason.h>

struct slb_group;
struct slb_net;
struct slb_vip;

/**
 * struct slb_policy_conf - what the operator wants of a VIP, beyond the defaults, which are all 0
 * @session_limit: most sessions; 0: no limit
 * @client_limit: most sessions of the clients of a prefix; 0: no limit
 * @rate_limit: most new sessions per second; 0: no limit
 * @refuse: enum slb_vip_refuse: the answer to a packet that gets no session
 * @timeout: by enum slb_session_state, in seconds; 0: that of the namespace
 * @mark: firewall mark of the packets of its sessions, no bit of it outside of @mark_mask
 * @mark_mask: the bits that it replaces; 0: packets keep theirs
 */
struct slb_policy_conf {
	u32 session_limit;
	u32 client_limit;
	u32 rate_limit;
	u32 refuse;
	u32 timeout[SLB_SESSION_STATE_SCTP_SHUTDOWN + 1];
	u32 mark;
	u32 mark_mask;
};

/**
 * struct slb_policy - the policy of a VIP; replaced when it changes, read under RCU
 * @conf: what the operator wants
 * @rate: new sessions in this second
 * @rcu: frees it
 */
struct slb_policy {
	struct slb_policy_conf conf;
	struct slb_rate rate;
	struct rcu_head rcu;
};

int slb_policy_create(const struct slb_policy_conf *conf, struct slb_policy **policy);
enum slb_drop slb_policy_refuses(const struct slb_vip *vip);
enum slb_drop slb_policy_counts(struct slb_net *sn, const struct slb_vip *vip,
				const struct slb_group *group, struct slb_tuple *flow, bool copy);
bool slb_policy_crowded(struct slb_net *sn, const struct slb_vip *vip,
			const struct slb_group *group, const struct slb_tuple *flow);
enum slb_drop slb_policy_admits(const struct slb_vip *vip);
u8 slb_policy_answer(const struct slb_vip *vip);

/* The firewall mark of a packet that has come with @mark. @policy may be NULL. */
static inline u32 slb_policy_mark(const struct slb_policy *policy, u32 mark)
{
	return policy ? (mark & ~policy->conf.mark_mask) | policy->conf.mark : mark;
}

/* Do packets get a firewall mark? @policy may be NULL. */
static inline bool slb_policy_marks(const struct slb_policy *policy)
{
	return policy && policy->conf.mark_mask;
}

#endif /* _SLB_CONFIG_POLICY_H */
