// SPDX-License-Identifier: GPL-2.0-only
/* The policy of a VIP: limits of its sessions, and what is told to clients that get none. */
#include <linux/slab.h>
#include <linux/string.h>

#include "config/group.h"
#include "config/policy.h"
#include "config/vip.h"
#include "state/clients.h"

/* How often a session looks for a place that no other CPU takes in the same moment. */
#define SLB_POLICY_TRIES 8

/**
 * slb_policy_create() - make a policy
 * @conf: what the operator wants
 * @policy: set to the policy, or to NULL when nothing differs from the defaults
 *
 * Context: process.
 *
 * Return: 0 or -ENOMEM.
 */
int slb_policy_create(const struct slb_policy_conf *conf, struct slb_policy **policy)
{
	*policy = NULL;
	if (!memchr_inv(conf, 0, sizeof(*conf)))
		return 0;
	*policy = kzalloc(sizeof(**policy), GFP_KERNEL);
	if (!*policy)
		return -ENOMEM;
	(*policy)->conf = *conf;
	return 0;
}

/**
 * slb_policy_refuses() - has a VIP as many sessions as it may have?
 * @vip: VIP
 *
 * Context: RCU.
 *
 * Return: the drop reason, or SLB_OK.
 */
enum slb_drop slb_policy_refuses(const struct slb_vip *vip)
{
	const struct slb_policy *policy = rcu_dereference(vip->policy);

	if (policy && policy->conf.session_limit &&
	    slb_traffic_sessions(vip->stats) >= policy->conf.session_limit)
		return SLB_DROP_VIP_LIMIT;
	return SLB_OK;
}

/* Length of the prefix whose clients have a limit together, in bits. */
static u8 slb_policy_prefix(const struct slb_group *group, u8 family)
{
	return READ_ONCE(group->conf.prefix[family == NFPROTO_IPV6]);
}

/**
 * slb_policy_counts() - count a new session as one of its clients, if the VIP wants that
 * @sn: namespace
 * @vip: its VIP
 * @group: the group of that
 * @flow: request key; its note is set to the length of the prefix, or stays 0: not counted
 * @copy: it is another balancer's: it is counted, but never one too many
 *
 * slb_clients_leave() is to undo it, once. Context: softirq or BH disabled, RCU.
 *
 * Return: the drop reason, with nothing counted; or SLB_OK.
 */
enum slb_drop slb_policy_counts(struct slb_net *sn, const struct slb_vip *vip,
				const struct slb_group *group, struct slb_tuple *flow, bool copy)
{
	const struct slb_policy *policy = rcu_dereference(vip->policy);
	u8 len = slb_policy_prefix(group, flow->family);
	enum slb_drop why;

	if (!policy || !policy->conf.client_limit)
		return SLB_OK;
	why = slb_clients_enter(sn, vip, flow, len, copy ? U32_MAX : policy->conf.client_limit);
	if (!why)
		flow->note = len;
	return why;
}

/**
 * slb_policy_crowded() - would slb_policy_counts() refuse a new session at the limit?
 * @sn: namespace
 * @vip: its VIP
 * @group: the group of that
 * @flow: request key
 *
 * Context: RCU.
 *
 * Return: true when its clients have as many as they may.
 */
bool slb_policy_crowded(struct slb_net *sn, const struct slb_vip *vip,
			const struct slb_group *group, const struct slb_tuple *flow)
{
	const struct slb_policy *policy = rcu_dereference(vip->policy);

	return policy && policy->conf.client_limit &&
	       slb_clients_sessions(sn, vip, flow, slb_policy_prefix(group, flow->family)) >=
	       policy->conf.client_limit;
}

/*
 * Has a VIP one session too many, now that another one is counted? Of CPUs that add sessions in the
 * same moment at least one sees all of them.
 */
static bool slb_policy_exceeded(const struct slb_vip *vip, const struct slb_policy *policy)
{
	smp_mb();	/* pairs with itself: our session is counted before the sum is taken */
	return slb_traffic_sessions(vip->stats) > policy->conf.session_limit;
}

/**
 * slb_policy_admits() - may a session begin that is counted, but in no table yet?
 * @vip: its VIP
 *
 * When several CPUs add one in the same moment, each takes it back and looks again. The session is
 * counted afterwards, too. Context: softirq, RCU.
 *
 * Return: the drop reason, or SLB_OK.
 */
enum slb_drop slb_policy_admits(const struct slb_vip *vip)
{
	struct slb_policy *policy = rcu_dereference(vip->policy);
	enum slb_drop why = SLB_OK;
	unsigned int i;

	if (!policy)
		return SLB_OK;
	for (i = 0; policy->conf.session_limit && !why && slb_policy_exceeded(vip, policy); i++) {
		this_cpu_dec(vip->stats->sessions);
		why = i < SLB_POLICY_TRIES ? slb_policy_refuses(vip) : SLB_DROP_VIP_LIMIT;
		this_cpu_inc(vip->stats->sessions);
	}
	/* the last question, as it counts the session */
	if (!why && policy->conf.rate_limit &&
	    !slb_rate_allows(&policy->rate, policy->conf.rate_limit))
		why = SLB_DROP_VIP_RATE;
	return why;
}

/**
 * slb_policy_answer() - what is told to the client of a packet that gets no session
 * @vip: VIP
 *
 * Context: RCU.
 *
 * Return: enum slb_vip_refuse.
 */
u8 slb_policy_answer(const struct slb_vip *vip)
{
	const struct slb_policy *policy = rcu_dereference(vip->policy);

	return policy ? policy->conf.refuse : SLB_VIP_REFUSE_UNREACHABLE;
}
