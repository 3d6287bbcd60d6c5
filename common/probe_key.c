// SPDX-License-Identifier: GPL-2.0-only
/* Digests in probes: they show whether far ends have different keys or configurations. */
#include <linux/siphash.h>
#include <slb/probe_key.h>

/* A digest that was not received again for this long, plus the detection time, is forgotten. */
#define SLB_PROBE_KEY_AGE (3 * HZ)

/**
 * slb_probe_key_digest() - compute the digest of a hash key
 * @key: the key
 * @mine: SLB_BFD_MORE_BALANCER or _RELAY: the two modules use their keys for different things
 *
 * Hosts compare digests to find that their keys differ. A digest is short, so that many keys have
 * it: a guessed key is not confirmed for certain.
 *
 * Return: the digest, never 0.
 */
u32 slb_probe_key_digest(const siphash_key_t *key, u32 mine)
{
	return (u32)siphash_2u32(mine, 0x6b657931, key) ?: 1;
}

/**
 * slb_probe_key_set() - set the digest that our probes carry
 * @pn: probes of the namespace
 * @key: our hash key, or NULL when nothing depends on it
 */
void slb_probe_key_set(struct slb_probe_net *pn, const siphash_key_t *key)
{
	WRITE_ONCE(pn->key, key ? slb_probe_key_digest(key, pn->mine) : 0);
}

/**
 * slb_probe_digest_hear() - store a digest of a far end
 * @kept: the last one received, and another one
 * @digest: as received, or 0
 * @alone: the link has a single far end, so forget older digests
 *
 * Context: lock of the liveness that has @kept.
 */
void slb_probe_digest_hear(struct slb_probe_digest kept[2], u32 digest, bool alone)
{
	if (alone)
		memset(kept, 0, 2 * sizeof(*kept));
	if (!digest)
		return;
	if (kept[0].digest != digest)
		kept[1] = kept[0];
	kept[0].digest = digest;
	kept[0].at = jiffies;
}

/**
 * slb_probe_digest_read() - get the latest digest, and whether another one was received
 * @kept: the last one received, and another one
 * @detect: detection time of the session, jiffies
 * @digest: set to the latest one unless it is set already
 *
 * Digests that are too old do not count. Context: lock of the liveness that has @kept.
 *
 * Return: true when one differs from @digest.
 */
bool slb_probe_digest_read(const struct slb_probe_digest kept[2], unsigned long detect,
			   u32 *digest)
{
	bool differ = false;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!kept[i].digest ||
		    !time_before(jiffies, kept[i].at + SLB_PROBE_KEY_AGE + detect))
			continue;
		differ |= *digest && kept[i].digest != *digest;
		*digest = *digest ?: kept[i].digest;
	}
	return differ;
}
