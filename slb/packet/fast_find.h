/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path looks up the session of a packet. */
#ifndef _SLB_PACKET_FAST_FIND_H
#define _SLB_PACKET_FAST_FIND_H

#include <slb/fast_parse.h>
#include <slb/table.h>
#include "state/session.h"

static __always_inline bool slb_fast_is4(const struct rhash_head *he, const void *key)
{
	return slb_fast_pkt_is(key, &container_of(he, struct slb_side, node)->tuple, NFPROTO_IPV4);
}

static __always_inline bool slb_fast_is6(const struct rhash_head *he, const void *key)
{
	return slb_fast_pkt_is(key, &container_of(he, struct slb_side, node)->tuple, NFPROTO_IPV6);
}

/* The hash of the flow of a packet. @l3: its IP header. */
static __always_inline u64 slb_fast_hash(const void *l3, const struct slb_fast_pkt *p, u8 family)
{
	return family == NFPROTO_IPV4 ? slb_hash_ipv4(p->addrs, p->rest, &slb_session_key) :
					slb_hash_ipv6(slb_fast_pkt_addrs6(l3), p->rest,
						      &slb_session_key);
}

/* The direction of a session that has a packet, or NULL. @hash: slb_fast_hash(). Context: RCU. */
static __always_inline struct slb_side *slb_fast_find(struct slb_net *sn, const void *l3,
						      const struct slb_fast_pkt *p, u64 hash,
						      u8 family)
{
	struct slb_fast_pkt_key key = {
		.addrs = p->addrs, .rest = p->rest, .addrs6 = slb_fast_pkt_addrs6(l3),
	};
	struct rhash_head *he;

	he = slb_table_find(&sn->sessions, hash, SLB_SESSION_SEED_MASK,
			    family == NFPROTO_IPV4 ? slb_fast_is4 : slb_fast_is6, &key);
	return he ? container_of(he, struct slb_side, node) : NULL;
}

#endif /* _SLB_PACKET_FAST_FIND_H */
