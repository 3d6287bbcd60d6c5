// SPDX-License-Identifier: GPL-2.0-only
/* The digest of balancers and links in probes: it shows that relays have different ones. */
#include <linux/siphash.h>
#include <linux/unaligned.h>

#include "config/balancer.h"
#include "config/digest.h"
#include "config/heir.h"
#include "config/link.h"
#include "net.h"

/* The same on every host: anyone may compute it, and it protects nothing. */
static const siphash_key_t rly_digest_hash = {{ 0x736c62636f6e66, 1 }};

/* What relays must have alike of a balancer or link: of bytes, the same in either byte order. */
struct rly_digest_item {
	char balancer[SLB_RELAY_NAME_LEN + 1];
	char link[SLB_RELAY_NAME_LEN + 1];
	union nf_inet_addr first[2];
	union nf_inet_addr last[2];
	u8 weight[4];
} __aligned(SIPHASH_ALIGNMENT);

/* Device and next hop are the relay's own. */
static u32 rly_digest_link(const struct rly_link *link)
{
	struct rly_digest_item item = {};

	strscpy(item.balancer, link->balancer->name, sizeof(item.balancer));
	strscpy(item.link, link->name, sizeof(item.link));
	memcpy(item.first, link->first, sizeof(item.first));
	memcpy(item.last, link->last, sizeof(item.last));
	put_unaligned_le32(link->weight, item.weight);
	return siphash(&item, sizeof(item), &rly_digest_hash);
}

static u32 rly_digest_balancer(struct rly_net *rn, const struct rly_balancer *b)
{
	struct rly_digest_item item = {};

	strscpy(item.balancer, b->name, sizeof(item.balancer));
	/* the default is as in an older version, which has no heirs */
	if (b->heir.mode != RLY_HEIR_AUTO)
		strscpy(item.link, rly_heir_name(rn, b), sizeof(item.link));
	put_unaligned_le32(b->weight, item.weight);
	return siphash(&item, sizeof(item), &rly_digest_hash);
}

/**
 * rly_digest_update() - compute the digest that our probes carry
 * @rn: namespace; its lock is held
 *
 * The digest of a set is the sum of those of its members, so that their order is of no matter.
 */
void rly_digest_update(struct rly_net *rn)
{
	const struct rly_balancer *b;
	unsigned long n;
	u32 sum = 1, i;

	xa_for_each(&rn->balancers, n, b) {
		if (b->dead)
			continue;
		sum += rly_digest_balancer(rn, b);
		for (i = 0; i < b->n_links; i++)
			sum += rly_digest_link(b->link[i]);
	}
	WRITE_ONCE(rn->probes.config, sum ?: 1);
}
