// SPDX-License-Identifier: GPL-2.0-only
/* Digests of hash keys in probes: they show whether keys of several relays or balancers differ. */
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
 * slb_probe_key_hear() - store the digest of a far end
 * @p: liveness of a family
 * @digest: as received, or 0
 * @alone: the link has a single far end, so forget older digests
 *
 * Context: @p->lock.
 */
void slb_probe_key_hear(struct slb_probe *p, u32 digest, bool alone)
{
	if (alone)
		memset(p->key, 0, sizeof(p->key));
	if (!digest)
		return;
	if (p->key[0].digest != digest)
		p->key[1] = p->key[0];
	p->key[0].digest = digest;
	p->key[0].at = jiffies;
}

/**
 * slb_probe_key_at() - get one of the latest two digests
 * @p: liveness of a family
 * @i: 0 for the last one, 1 for another one
 *
 * Context: @p->lock.
 *
 * Return: the digest, or 0 when there is none or it is too old.
 */
u32 slb_probe_key_at(const struct slb_probe *p, unsigned int i)
{
	unsigned long until = p->key[i].at + SLB_PROBE_KEY_AGE + p->detect;

	return time_before(jiffies, until) ? p->key[i].digest : 0;
}
