// SPDX-License-Identifier: GPL-2.0-only
/* Digests in probes: have both ends the same VIPs, and all relays the same configuration? */
#include <linux/siphash.h>
#include <slb/probe_vips.h>

/* The same on every host: anyone may compute it, and it protects nothing. */
static const siphash_key_t slb_probe_vips_hash = {{ 0x736c6276697073, 1 }};

/**
 * slb_probe_vips_digest() - the digest of one VIP
 * @vip: the VIP
 *
 * Return: a digest of bytes, so that it is the same in either byte order.
 */
u32 slb_probe_vips_digest(const struct slb_probe_vip *vip)
{
	u8 bytes[sizeof(vip->addr) + 6] __aligned(SIPHASH_ALIGNMENT);

	memcpy(bytes, &vip->addr, sizeof(vip->addr));
	bytes[16] = vip->family;
	bytes[17] = vip->proto;
	bytes[18] = vip->first;
	bytes[19] = vip->first >> 8;
	bytes[20] = vip->last;
	bytes[21] = vip->last >> 8;
	return siphash(bytes, sizeof(bytes), &slb_probe_vips_hash);
}

/**
 * slb_probe_vips_add() - a VIP was added: change the digest that our probes carry
 * @pn: probes of the namespace
 * @vip: the VIP
 *
 * The digest of a set is the sum of those of its VIPs, so that their order is of no matter.
 * Context: configuration lock.
 */
void slb_probe_vips_add(struct slb_probe_net *pn, const struct slb_probe_vip *vip)
{
	WRITE_ONCE(pn->vips, pn->vips + slb_probe_vips_digest(vip));
}

/**
 * slb_probe_vips_del() - a VIP was deleted: undo slb_probe_vips_add()
 * @pn: probes of the namespace
 * @vip: the VIP
 *
 * Context: configuration lock.
 */
void slb_probe_vips_del(struct slb_probe_net *pn, const struct slb_probe_vip *vip)
{
	WRITE_ONCE(pn->vips, pn->vips - slb_probe_vips_digest(vip));
}

/**
 * slb_probe_vips_clear() - all VIPs were deleted
 * @pn: probes of the namespace
 *
 * Context: configuration lock, or before the probes begin.
 */
void slb_probe_vips_clear(struct slb_probe_net *pn)
{
	WRITE_ONCE(pn->vips, SLB_PROBE_NO_VIPS);
}

/**
 * slb_probe_vips() - the digest of our VIPs
 * @pn: probes of the namespace
 *
 * Return: the digest, never 0: a far end of an older version sends 0.
 */
u32 slb_probe_vips(const struct slb_probe_net *pn)
{
	return READ_ONCE(pn->vips) ?: SLB_PROBE_NO_VIPS;
}

/**
 * slb_probe_config() - the digest of all that relays must have alike
 * @pn: probes of the namespace
 *
 * Return: the digest of our VIPs, balancers and links, never 0; on a balancer 0.
 */
u32 slb_probe_config(const struct slb_probe_net *pn)
{
	u32 config = READ_ONCE(pn->config);

	return config ? (config + slb_probe_vips(pn)) ?: 1 : 0;
}
