/* SPDX-License-Identifier: GPL-2.0-only */
/* How servers learn the addresses of clients: the mode of a session, and the counters. */
#ifndef _SLB_STATE_CLIENT_ADDRESS_H
#define _SLB_STATE_CLIENT_ADDRESS_H

#include <linux/slb.h>
#include <slb/proto.h>
#include "config/group.h"
#include "config/vip.h"
#include "net.h"
#include "state/session.h"

/* Length of a PROXY header, of its CRC32c, and of the option of toa, in bytes. */
#define SLB_PROXY_LEN4 28
#define SLB_PROXY_LEN6 52
#define SLB_PROXY_SUM_LEN 7
#define SLB_PROXY_LEN_MAX (SLB_PROXY_LEN6 + SLB_PROXY_SUM_LEN)
#define SLB_TOA_LEN4 8
#define SLB_TOA_LEN6 20

/* Can servers of this protocol, 0 for any, learn the address in this way? */
static inline bool slb_client_address_fits(u8 mode, u8 proto)
{
	if (mode == SLB_CLIENT_ADDRESS_NONE)
		return true;
	return slb_proto_has(proto, SLB_PROTO_TCP_FLAGS) ||
	       (mode == SLB_CLIENT_ADDRESS_PROXY_V2 && slb_proto_has(proto, SLB_PROTO_DATAGRAMS));
}

/* The mode of a VIP: @mode, an enum slb_vip_client_address, may leave it to @group. */
static __always_inline u8 slb_client_address_of(u8 mode, const struct slb_group *group)
{
	static_assert(SLB_VIP_CLIENT_ADDRESS_TOA == 1 + (int)SLB_CLIENT_ADDRESS_TOA);
	return likely(mode == SLB_VIP_CLIENT_ADDRESS_GROUP) ?
	       READ_ONCE(group->conf.client_address) : mode - 1;
}

/* How the server of a new session learns it. Context: RCU, or the lock. */
static __always_inline u8 slb_vip_client_address(const struct slb_vip *vip,
						 const struct slb_group *group)
{
	return slb_client_address_of(READ_ONCE(vip->client_address), group);
}

/* Bytes that the server gets before the client's data, or among the options of a segment. */
static inline unsigned int slb_client_address_len(const struct slb_net *sn, u8 mode, u8 family)
{
	bool v4 = family == NFPROTO_IPV4;

	if (mode == SLB_CLIENT_ADDRESS_TOA)
		return v4 ? SLB_TOA_LEN4 : SLB_TOA_LEN6;
	return (v4 ? SLB_PROXY_LEN4 : SLB_PROXY_LEN6) +
	       (READ_ONCE(sn->settings.proxy_checksum) ? SLB_PROXY_SUM_LEN : 0);
}

/**
 * slb_client_address_flags() - the flags of a new session whose server learns the client's address
 * @sn: namespace
 * @mode: enum slb_client_address, of the VIP or its group
 * @flow: key of the first packet
 *
 * Return: flags for slb_session.flags; 0 when the protocol does not fit the mode.
 */
static inline unsigned long slb_client_address_flags(const struct slb_net *sn, u8 mode,
						     const struct slb_tuple *flow)
{
	unsigned long flags = BIT(SLB_SESSION_TELLING) |
			      (unsigned long)mode << SLB_SESSION_ADDRESS_AT |
			      (unsigned long)slb_client_address_len(sn, mode, flow->family)
				<< SLB_SESSION_HEADER_AT;

	if (!slb_client_address_fits(mode, flow->proto))
		return 0;
	if (mode == SLB_CLIENT_ADDRESS_TOA)
		return flags;
	if (!slb_proto_has(flow->proto, SLB_PROTO_DATAGRAMS))
		return flags | BIT(SLB_SESSION_SHIFTED);
	return flags | (READ_ONCE(sn->settings.proxy_every) ? SLB_SESSION_EVERY : 0);
}

/*
 * Does a packet of the session take slb_address_tell()? With toa, also when the server knows the
 * address: the session may get another connection.
 */
static __always_inline bool slb_session_tells(const struct slb_session *s)
{
	BUILD_BUG_ON(SLB_CLIENT_ADDRESS_TOA & SLB_CLIENT_ADDRESS_PROXY_V2);
	return READ_ONCE(s->flags) &
	       (BIT(SLB_SESSION_SHIFTED) | BIT(SLB_SESSION_TELLING) |
		(unsigned long)SLB_CLIENT_ADDRESS_TOA << SLB_SESSION_ADDRESS_AT);
}

/* Does a packet of the session need more than its translation? */
static __always_inline bool slb_session_special(const struct slb_session *s)
{
	return READ_ONCE(s->flags) &
	       (BIT(SLB_SESSION_SHIFTED) | BIT(SLB_SESSION_TELLING) | BIT(SLB_SESSION_FWMARKED) |
		(unsigned long)SLB_CLIENT_ADDRESS_TOA << SLB_SESSION_ADDRESS_AT);
}

/* Bytes by which a datagram grows on its way to the server. */
static inline unsigned int slb_session_growth(const struct slb_session *s, enum slb_dir dir)
{
	return dir == SLB_REQUEST && READ_ONCE(s->flags) & BIT(SLB_SESSION_TELLING) &&
	       slb_proto_has(slb_session_proto(s), SLB_PROTO_DATAGRAMS) ? slb_session_header(s) : 0;
}

/**
 * enum slb_address_count - counters of all sessions
 * @SLB_ADDRESS_SENT: headers and options sent
 * @SLB_ADDRESS_AGAIN: headers sent again
 * @SLB_ADDRESS_NO_ROOM: segments without room for an option, datagrams without room for a header
 * @SLB_ADDRESS_FORGED: segments with an option 254 of the client
 * @SLB_ADDRESS_COUNTS: number of counters
 */
enum slb_address_count {
	SLB_ADDRESS_SENT,
	SLB_ADDRESS_AGAIN,
	SLB_ADDRESS_NO_ROOM,
	SLB_ADDRESS_FORGED,
	SLB_ADDRESS_COUNTS,
};

/* The counters on one CPU. */
struct slb_addresses {
	u64 n[SLB_ADDRESS_COUNTS];
};

/* Context: softirq. */
static inline void slb_address_inc(struct slb_net *sn, enum slb_address_count which)
{
	this_cpu_inc(sn->addresses->n[which]);
}

static inline u64 slb_address_total(const struct slb_net *sn, enum slb_address_count which)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(sn->addresses, cpu)->n[which]);
	return sum;
}

#endif /* _SLB_STATE_CLIENT_ADDRESS_H */
