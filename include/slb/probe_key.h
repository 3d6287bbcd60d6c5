/* SPDX-License-Identifier: GPL-2.0-only */
/* Digests in probes: they show whether far ends have different keys or configurations. */
#ifndef _SLB_PROBE_KEY_H
#define _SLB_PROBE_KEY_H

#include <linux/siphash.h>
#include <slb/probe.h>

u32 slb_probe_key_digest(const siphash_key_t *key, u32 mine);
void slb_probe_key_set(struct slb_probe_net *pn, const siphash_key_t *key);
void slb_probe_digest_hear(struct slb_probe_digest kept[2], u32 digest, bool alone);
bool slb_probe_digest_both(const struct slb_probe_digest *a, const struct slb_probe_digest *b);
bool slb_probe_digest_read(const struct slb_probe_digest kept[2], unsigned long detect,
			   struct slb_probe_digest *digest);

#endif /* _SLB_PROBE_KEY_H */
