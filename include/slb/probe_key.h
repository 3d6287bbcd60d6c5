/* SPDX-License-Identifier: GPL-2.0-only */
/* Digests of hash keys in probes: they show whether keys of several relays or balancers differ. */
#ifndef _SLB_PROBE_KEY_H
#define _SLB_PROBE_KEY_H

#include <linux/siphash.h>
#include <slb/probe.h>

u32 slb_probe_key_digest(const siphash_key_t *key, u32 mine);
void slb_probe_key_set(struct slb_probe_net *pn, const siphash_key_t *key);
void slb_probe_key_hear(struct slb_probe *p, u32 digest, bool alone);
u32 slb_probe_key_at(const struct slb_probe *p, unsigned int i);

#endif /* _SLB_PROBE_KEY_H */
