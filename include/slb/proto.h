/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of transport protocols, and lookups that the compiler reduces to comparisons. */
#ifndef _SLB_PROTO_H
#define _SLB_PROTO_H

#include <slb/proto_sctp.h>
#include <slb/proto_tcp.h>
#include <slb/proto_udp.h>

/* The protocols, the most frequent one first: a new one is a header and a line here. */
#define SLB_PROTOS(X, number, field, none)	\
	X(tcp, number, field,			\
	X(udp, number, field,			\
	X(sctp, number, field, none)))

#define SLB_PROTO_PICK(proto, n, field, rest)	\
	((n) == slb_proto_##proto.number ? slb_proto_##proto.field : (rest))
#define SLB_PROTO_FAST_PICK(proto, n, field, rest)				\
	((slb_proto_##proto.flags & SLB_PROTO_FAST) && (n) == slb_proto_##proto.number ?	\
	 slb_proto_##proto.field : (rest))
#define SLB_PROTO_FAST_LAST(proto, n, field, rest)				\
	((rest) ?: slb_proto_##proto.flags & SLB_PROTO_FAST ? slb_proto_##proto.field : 0)
#define SLB_PROTO_ANY(proto, n, flag, rest)	\
	(((slb_proto_##proto.flags & (flag)) && (n) == slb_proto_##proto.number) || (rest))
#define SLB_PROTO_FAST_ANY(proto, n, flag, rest)	\
	(((slb_proto_##proto.flags & SLB_PROTO_FAST) && (slb_proto_##proto.flags & (flag)) &&	\
	  (n) == slb_proto_##proto.number) || (rest))
#define SLB_PROTO_RANK(proto, n, field, rest) ((n) == slb_proto_##proto.number ? 0 : 1 + (rest))
#define SLB_PROTO_ONE(proto, n, field, rest) (1 + (rest))
#define SLB_PROTO_OR(proto, n, field, rest) (slb_proto_##proto.field | (rest))
#define SLB_PROTO_LIST(proto, n, field, rest) slb_proto_##proto.field, rest

/* How many there are. */
#define SLB_PROTO_COUNT SLB_PROTOS(SLB_PROTO_ONE, _, _, 0)

/* Position of a protocol in the table; SLB_PROTO_COUNT when it is unknown. */
static __always_inline unsigned int slb_proto_index(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_RANK, number, _, 0);
}

/* Is it one of the protocols? All of them have ports in the first four bytes. */
static __always_inline bool slb_proto_known(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, number, 0);
}

/* Does it have one of these SLB_PROTO_* flags? False for an unknown protocol. */
static __always_inline bool slb_proto_has(u8 number, u8 flags)
{
	return SLB_PROTOS(SLB_PROTO_ANY, number, flags, false);
}

/* The other fields by number; 0 for an unknown protocol. */
static __always_inline unsigned int slb_proto_head(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, head, 0);
}

static __always_inline unsigned int slb_proto_rewritten(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, rewritten, 0);
}

static __always_inline unsigned int slb_proto_sum_at(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, sum_at, 0);
}

static __always_inline u16 slb_proto_first(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, first, 0);
}

static __always_inline u16 slb_proto_broken(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, broken, 0);
}

static __always_inline u16 slb_proto_closed(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, closed, 0);
}

static __always_inline u8 slb_proto_flow_first(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, flow_first, 0);
}

static __always_inline u8 slb_proto_flow_open(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, flow_open, 0);
}

static __always_inline u8 slb_proto_flow_closing(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, flow_closing, 0);
}

/* The functions by number; a session of an unknown protocol neither begins nor changes. */
static __always_inline u32 slb_proto_next(u8 number, u32 progress, const struct slb_step *step)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, next(progress, step), progress);
}

static __always_inline bool slb_proto_starts(u8 number, const struct slb_pkt *p)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, starts(p), false);
}

static __always_inline bool slb_proto_reopens(u8 number, u32 progress)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, reopens(progress), false);
}

static __always_inline enum slb_tier slb_proto_tier(u8 number, u32 progress)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, tier(progress), SLB_TIERS);
}

static __always_inline enum slb_sign slb_proto_sign(u8 number, const struct slb_pkt *p)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, sign(p), SLB_SIGN_GOES_ON);
}

/* States of a session after a first packet of the fast path, as bits. */
static __always_inline u16 slb_proto_begun(void)
{
	return SLB_PROTOS(SLB_PROTO_OR, _, begun, 0);
}

/* States that wait for a proof, as bits. */
static __always_inline u16 slb_proto_unproven(void)
{
	return SLB_PROTOS(SLB_PROTO_OR, _, unproven, 0);
}

/**
 * slb_proto_at() - iterate over the protocols
 * @index: from 0
 *
 * Return: number of the protocol, or 0 after the last one.
 */
static inline u8 slb_proto_at(unsigned int index)
{
	const u8 all[] = { SLB_PROTOS(SLB_PROTO_LIST, _, number, 0) };

	return index < ARRAY_SIZE(all) ? all[index] : 0;
}

/* Name of a protocol, or "any" for 0. */
static inline const char *slb_proto_name(u8 number)
{
	return SLB_PROTOS(SLB_PROTO_PICK, number, name, "any");
}

/* Does the protocol have the state, an enum slb_session_state? */
static inline bool slb_proto_has_state(u8 number, u8 state)
{
	const struct slb_proto_timeout *t = SLB_PROTOS(SLB_PROTO_PICK, number, timeout, NULL);

	for (; t && t->seconds; t++)
		if (t->state == state)
			return true;
	return false;
}

/* Set the default timeouts of all states, by enum slb_session_state or slb_relay_flow_state. */
static inline void slb_proto_timeouts(u32 *timeout, bool flows)
{
	const struct slb_proto_timeout *const all[] = {
		SLB_PROTOS(SLB_PROTO_LIST, _, timeout, NULL)
	};
	const struct slb_proto_timeout *const all_flows[] = {
		SLB_PROTOS(SLB_PROTO_LIST, _, flow_timeout, NULL)
	};
	const struct slb_proto_timeout *t;
	unsigned int i;

	for (i = 0; i < SLB_PROTO_COUNT; i++)
		for (t = flows ? all_flows[i] : all[i]; t->seconds; t++)
			timeout[t->state] = t->seconds;
}

#endif /* _SLB_PROTO_H */
