/* SPDX-License-Identifier: GPL-2.0-only */
/* Do the hash keys of several relays, or of several balancers, agree? What probes tell of them. */
#ifndef _SLB_PROBE_KEY_H
#define _SLB_PROBE_KEY_H

#include <linux/siphash.h>
#include <slb/probe.h>

/* Digests that were not heard again for so long are forgotten, beyond the detection time. */
#define SLB_PROBE_KEY_AGE (3 * HZ)

/**
 * slb_probe_key_digest() - what probes tell of a hash key
 * @key: the key
 * @mine: SLB_BFD_MORE_BALANCER or _RELAY: the two kinds of module use a key for different things
 *
 * Two hosts compare it to find that their keys differ. It is short, so that of a key that can be
 * guessed it does not say for certain which one it is.
 *
 * Return: not 0.
 */
static inline u32 slb_probe_key_digest(const siphash_key_t *key, u32 mine)
{
	return (u32)siphash_2u32(mine, 0x6b657931, key) ?: 1;
}

/**
 * slb_probe_key_set() - what our probes tell of our key from now on
 * @pn: all of the namespace
 * @key: the key, or NULL when nothing depends on it
 */
static inline void slb_probe_key_set(struct slb_probe_net *pn, const siphash_key_t *key)
{
	WRITE_ONCE(pn->key, key ? slb_probe_key_digest(key, pn->mine) : 0);
}

/*
 * A far end tells of its key. @alone: there is no other one on this link, so forget what was told
 * before. Context: @p->lock.
 */
static inline void slb_probe_key_hear(struct slb_probe *p, u32 digest, bool alone)
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

/* Return: digest @i of those heard last, or 0. Context: @p->lock. */
static inline u32 slb_probe_key_at(const struct slb_probe *p, unsigned int i)
{
	unsigned long until = p->key[i].at + SLB_PROBE_KEY_AGE + p->detect;

	return time_before(jiffies, until) ? p->key[i].digest : 0;
}

#endif /* _SLB_PROBE_KEY_H */
