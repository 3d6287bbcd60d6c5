/* SPDX-License-Identifier: GPL-2.0-only */
/* Unusable VIPs in probes: what a balancer says, and what a relay collects. */
#ifndef _SLB_PROBE_UNUSABLE_H
#define _SLB_PROBE_UNUSABLE_H

#include <slb/probe_send.h>
#include <slb/unusable.h>

struct slb_probe_in;

/* Least time between two probes that are sent because the set has changed, in jiffies. */
#define SLB_PROBE_SOON (HZ / 100 + 1)

/**
 * struct slb_unusable_said - the set of unusable VIPs that a balancer's probes carry
 * @rcu: frees it
 * @generation: its generation
 * @n: number of digests; 0 when all VIPs are unusable
 * @digest: digests, host order, ascending
 */
struct slb_unusable_said {
	struct rcu_head rcu;
	u32 generation;
	u32 n;
	u32 digest[] __counted_by(n);
};

void slb_probe_unusable_say(struct slb_probe_net *pn, struct slb_unusable_said *said);
void slb_probe_unusable_fill(struct slb_probe *p, struct slb_probe_out *out);
void slb_probe_unusable_answer(struct slb_probe *p, const struct slb_probe_in *in,
			       struct slb_probe_out *out);
void slb_probe_unusable_hear(struct slb_probe *p, const struct slb_probe_in *in);
const struct slb_unusable_set *slb_probe_unusable_get(struct slb_probe_net *pn, u32 generation);
void slb_probe_unusable_release(struct slb_probe_net *pn, const struct slb_unusable_set *set);
void slb_probe_unusable_clean(struct slb_probe_net *pn);
void slb_probe_unusable_exit(struct slb_probe_net *pn);

#endif /* _SLB_PROBE_UNUSABLE_H */
