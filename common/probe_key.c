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
 * @kept: the last one received, and the one before it
 * @digest: as received, or 0
 * @alone: the link has a single far end, so forget older digests
 *
 * Context: lock of the liveness that has @kept.
 */
void slb_probe_digest_hear(struct slb_probe_digest kept[2], u32 digest, bool alone)
{
	if (digest && kept[0].digest != digest) {
		kept[1] = kept[0];
		kept[0].digest = digest;
		kept[0].since = jiffies;
	}
	if (digest)
		kept[0].at = jiffies;
	if (alone)
		memset(&kept[1], 0, sizeof(kept[1]));
	if (alone && !digest)
		memset(&kept[0], 0, sizeof(kept[0]));
}

static bool slb_probe_digest_fresh(unsigned long when, unsigned long detect)
{
	return time_before(jiffies, when + SLB_PROBE_KEY_AGE + detect);
}

/**
 * slb_probe_digest_both() - do far ends send both of two digests?
 * @a: a digest
 * @b: another one
 *
 * Return: true when each was received after the other one had come, so that none has replaced it.
 */
bool slb_probe_digest_both(const struct slb_probe_digest *a, const struct slb_probe_digest *b)
{
	return a->digest != b->digest && time_before(a->since, b->at) &&
	       time_before(b->since, a->at);
}

/**
 * slb_probe_digest_read() - get the latest digest, and whether far ends send different ones
 * @kept: the last one received, and the one before it
 * @detect: detection time of the session, jiffies
 * @digest: set to the latest one unless it has one, of the link's other family
 *
 * A far end whose configuration changes sends a new digest once. Only several far ends change it
 * twice in a short time. Digests that are too old do not count. Context: lock of the liveness that
 * has @kept.
 *
 * Return: true when far ends have sent different ones.
 */
bool slb_probe_digest_read(const struct slb_probe_digest kept[2], unsigned long detect,
			   struct slb_probe_digest *digest)
{
	bool differ = kept[1].digest && slb_probe_digest_fresh(kept[1].since, detect);

	if (!kept[0].digest || !slb_probe_digest_fresh(kept[0].at, detect))
		return false;
	if (digest->digest)
		return differ || slb_probe_digest_both(digest, &kept[0]);
	*digest = kept[0];
	return differ;
}
