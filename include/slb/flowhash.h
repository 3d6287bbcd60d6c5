/* SPDX-License-Identifier: GPL-2.0-only */
/* The keyed hash of a flow on which all relays with the same key agree. */
#ifndef _SLB_FLOWHASH_H
#define _SLB_FLOWHASH_H

#ifdef __KERNEL__
#include <linux/siphash.h>
#endif
#include <slb/flow.h>

/**
 * rly_flow_hash() - hash the flow key of a packet from a client to a VIP
 * @t: from client to VIP; its tag does not count
 * @key: secret, so that nobody outside can aim flows at one balancer
 *
 * All 64 bits are independent: each choice that a relay makes takes bits of its own. The result
 * does not depend on the byte order of the machine.
 *
 * Return: the hash.
 */
static inline u64 rly_flow_hash(const struct slb_tuple *t, const siphash_key_t *key)
{
	if (t->family == NFPROTO_IPV4)
		return siphash_2u64((u64)ntohl(t->src.ip) << 32 | ntohl(t->dst.ip),
				    (u64)ntohs(t->sport) << 32 | (u32)ntohs(t->dport) << 16 |
				    t->proto, key);
	return siphash(t, offsetof(struct slb_tuple, tag), key);
}

#endif /* _SLB_FLOWHASH_H */
