/* SPDX-License-Identifier: GPL-2.0-only */
/* What both modules must know of a transport protocol. */
#ifndef _SLB_PROTO_DEF_H
#define _SLB_PROTO_DEF_H

#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#endif
#include <linux/slb.h>
#include <linux/slb_relay.h>
#include <slb/packet.h>

/* Bits of slb_session.progress above the enum slb_session_state. */
#define SLB_PROGRESS_STATE 0x00ff
#define SLB_PROGRESS_FIN(dir) (0x0100 << (dir))
#define SLB_PROGRESS_ENDED (SLB_PROGRESS_FIN(SLB_REQUEST) | SLB_PROGRESS_FIN(SLB_REPLY))

/* Properties of a protocol. */
#define SLB_PROTO_TCP_FLAGS BIT(0)	/* its header has TCP's flags, in the 14th byte */
#define SLB_PROTO_RESET BIT(1)		/* an end without the connection answers by a TCP reset */
#define SLB_PROTO_CHUNKS BIT(2)		/* its packets consist of SCTP's chunks */
#define SLB_PROTO_CRC BIT(3)		/* CRC32c over the whole packet, without the addresses */
#define SLB_PROTO_SUM_OPTIONAL BIT(4)	/* checksum 0 means that there is none */
#define SLB_PROTO_DATAGRAMS BIT(5)	/* no packet begins or ends a flow */
#define SLB_PROTO_FAST BIT(6)		/* the fast path handles it */

/**
 * enum slb_tier - the order in which sessions make room for new ones
 * @SLB_TIER_HALF_OPEN: nothing proves that the client exists
 * @SLB_TIER_RESET: the server has refused or aborted it
 * @SLB_TIER_CLOSED: both sides have closed it
 * @SLB_TIER_HALF_CLOSED: one side has closed it, or a forged segment has
 * @SLB_TIERS: established, never makes room; and the number of tiers that do
 */
enum slb_tier {
	SLB_TIER_HALF_OPEN,
	SLB_TIER_RESET,
	SLB_TIER_CLOSED,
	SLB_TIER_HALF_CLOSED,
	SLB_TIERS,
};

/**
 * enum slb_sign - does a client's packet begin, continue or end its flow?
 * @SLB_SIGN_GOES_ON: it continues the flow
 * @SLB_SIGN_BEGINS: it is the first packet
 * @SLB_SIGN_ENDS: the client ends the flow
 * @SLB_SIGN_BREAKS: the client ends the flow and expects no answer
 * @SLB_SIGN_ASKS: it is about the flow, but not a packet of it, as an ICMP error
 * @SLB_SIGN_WOULD: there is no packet: find out where the first one would go
 */
enum slb_sign {
	SLB_SIGN_GOES_ON,
	SLB_SIGN_BEGINS,
	SLB_SIGN_ENDS,
	SLB_SIGN_BREAKS,
	SLB_SIGN_ASKS,
	SLB_SIGN_WOULD,
};

/**
 * struct slb_step - what decides on the next state of a session, besides its present one
 * @p: the packet
 * @dir: its direction
 * @proves: it proves that the client has seen the server's answer, and its checksum is right
 * @expected: slb_session.expected
 */
struct slb_step {
	const struct slb_pkt *p;
	enum slb_dir dir;
	bool proves;
	const u32 *expected;
};

/**
 * struct slb_proto_timeout - the default timeout of a state
 * @state: enum slb_session_state or enum slb_relay_flow_state
 * @seconds: the timeout; 0 ends a list
 */
struct slb_proto_timeout {
	u8 state;
	u32 seconds;
};

/**
 * struct slb_proto - a transport protocol
 * @number: IANA number
 * @name: as slbctl writes it
 * @flags: SLB_PROTO_*
 * @head: bytes of its header that must be present
 * @rewritten: bytes of its header up to the end of what is rewritten
 * @sum_at: offset of a checksum that covers the addresses; 0: it has none
 * @first: slb_session.progress of a session that begins
 * @broken: slb_session.progress when a half-open session is given up
 * @closed: slb_session.progress when another session is given up
 * @settled: by direction, bits of states that a packet of the fast path does not change
 * @begun: bit of the state after a first packet of the fast path, or 0
 * @unproven: bits of states that wait for a proof: further packets do not renew the time stamp
 * @timeout: default timeouts, by enum slb_session_state
 * @flow_first: enum slb_relay_flow_state of a flow that begins
 * @flow_open: the same of one that is known to be under way
 * @flow_closing: the same of one that ends; @flow_open when no packet ends a flow
 * @flow_timeout: as @timeout, by enum slb_relay_flow_state
 * @next: compute slb_session.progress after a packet
 * @starts: may a packet begin a session?
 * @reopens: does a packet that may begin a session replace one with this slb_session.progress?
 * @tier: enum slb_tier of a session with this slb_session.progress
 * @sign: what a packet of a client tells the relay, one of the first four of enum slb_sign
 *
 * One constant for each protocol, in a header of its name, with its functions, all of them pure.
 * Only <slb/proto.h> reads it, so the compiler replaces each member by its value, and calls the
 * functions directly or inlines them.
 */
struct slb_proto {
	const char *name;
	u8 number;
	u8 flags;
	u8 head;
	u8 rewritten;
	u8 sum_at;
	u16 first;
	u16 broken;
	u16 closed;
	u16 settled[SLB_DIRS];
	u16 begun;
	u16 unproven;
	const struct slb_proto_timeout *timeout;
	u8 flow_first;
	u8 flow_open;
	u8 flow_closing;
	const struct slb_proto_timeout *flow_timeout;
	u32 (*next)(u32 progress, const struct slb_step *step);
	bool (*starts)(const struct slb_pkt *p);
	bool (*reopens)(u32 progress);
	enum slb_tier (*tier)(u32 progress);
	enum slb_sign (*sign)(const struct slb_pkt *p);
};

#endif /* _SLB_PROTO_DEF_H */
