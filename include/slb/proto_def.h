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
 * enum slb_machine - how the state of a session follows from its packets
 * @SLB_MACHINE_NONE: the protocol is unknown
 * @SLB_MACHINE_SEGMENTS: by the flags of TCP
 * @SLB_MACHINE_DATAGRAMS: by the first answer
 * @SLB_MACHINE_CHUNKS: by the chunks of SCTP
 */
enum slb_machine {
	SLB_MACHINE_NONE,
	SLB_MACHINE_SEGMENTS,
	SLB_MACHINE_DATAGRAMS,
	SLB_MACHINE_CHUNKS,
};

/* Most states of a protocol. */
#define SLB_PROTO_STATES 6

/**
 * struct slb_proto - a transport protocol
 * @number: IANA number
 * @name: as slbctl writes it
 * @flags: SLB_PROTO_*
 * @machine: enum slb_machine
 * @head: bytes of its header that must be present
 * @rewritten: bytes of its header up to the end of what is rewritten
 * @sum_at: offset of a checksum that covers the addresses; 0: it has none
 * @first: slb_session.progress of a session that begins
 * @broken: slb_session.progress when a half-open session is given up
 * @closed: slb_session.progress when another session is given up
 * @settled: by direction, bits of states that a packet of the fast path does not change
 * @begun: bit of the state after a first packet of the fast path, or 0
 * @timeout: default timeouts in seconds, by enum slb_session_state; ends with one of 0 seconds
 * @flow_first: enum slb_relay_flow_state of a flow that begins
 * @flow_open: the same of one whose balancer has answered
 * @flow_timeout: as @timeout, by enum slb_relay_flow_state
 *
 * One constant for each protocol, in a header of its name; only <slb/proto.h> reads them, so that
 * the compiler replaces each by its values.
 */
struct slb_proto {
	const char *name;
	u8 number;
	u8 flags;
	u8 machine;
	u8 head;
	u8 rewritten;
	u8 sum_at;
	u16 first;
	u16 broken;
	u16 closed;
	u16 settled[SLB_DIRS];
	u16 begun;
	u8 flow_first;
	u8 flow_open;
	struct slb_proto_timeout {
		u8 state;
		u32 seconds;
	} timeout[SLB_PROTO_STATES + 1], flow_timeout[SLB_PROTO_STATES + 1];
};

#endif /* _SLB_PROTO_DEF_H */
