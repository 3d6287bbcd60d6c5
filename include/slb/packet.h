/* SPDX-License-Identifier: GPL-2.0-only */
/* The parsed headers of a packet. */
#ifndef _SLB_PACKET_H
#define _SLB_PACKET_H

#include <slb/flow.h>

/* TCP flags, the 14th byte of the header. */
#define SLB_TCP_FIN 0x01
#define SLB_TCP_SYN 0x02
#define SLB_TCP_RST 0x04
#define SLB_TCP_ACK 0x10

/**
 * enum slb_dir - the two directions of a session, and its two keys
 * @SLB_REQUEST: from the client; key client -> VIP
 * @SLB_REPLY: from the server; key server -> local address
 * @SLB_DIRS: number of directions
 */
enum slb_dir {
	SLB_REQUEST,
	SLB_REPLY,
	SLB_DIRS
};

/**
 * enum slb_kind - kind of a packet
 * @SLB_KIND_OTHER: any other packet: the modules do not handle it
 * @SLB_KIND_FLOW: TCP, UDP or SCTP
 * @SLB_KIND_ECHO: an ICMP echo request
 * @SLB_KIND_ERROR: an ICMP error that quotes a TCP, UDP or SCTP packet
 */
enum slb_kind {
	SLB_KIND_OTHER,
	SLB_KIND_FLOW,
	SLB_KIND_ECHO,
	SLB_KIND_ERROR,
};

/**
 * struct slb_hdr - where the headers of one IP packet are
 * @l3: offset of the IP header from skb->data, bytes
 * @l4: offset of the transport header from skb->data, bytes
 * @l4_len: quoted packet only: bytes present from @l4 on
 * @options: it has IPv4 options or IPv6 extension headers
 * @frag: it is a fragment
 * @later: it is a fragment other than the first: there is no transport header
 */
struct slb_hdr {
	u16 l3;
	u16 l4;
	u16 l4_len;
	bool options;
	bool frag;
	bool later;
};

/**
 * struct slb_pkt - the parsed headers of a packet
 * @t: its own flow key; ports only after slb_parse_flow()
 * @h: its headers
 * @kind: enum slb_kind
 * @tcp_flags: SLB_TCP_* of a TCP segment
 * @tcp_data: it carries data
 * @tcp_seq: its sequence number, host order
 * @tcp_ack: its acknowledgment number, host order
 * @sctp_chunk: type of the first chunk of an SCTP packet
 * @sctp_chunks: bits of the types of all its chunks, those below 32
 * @icmp_type: type of an ICMP message
 * @icmp_code: code of an ICMP message
 * @quoted: flow key of the packet that an ICMP error quotes
 * @qh: headers of that packet
 *
 * Holds copies: the sender may still share the packet and change it, so no header field is read
 * twice.
 */
struct slb_pkt {
	struct slb_tuple t;
	struct slb_hdr h;
	u8 kind;
	u8 tcp_flags;
	bool tcp_data;
	u32 tcp_seq;
	u32 tcp_ack;
	u8 sctp_chunk;
	u32 sctp_chunks;
	u8 icmp_type;
	u8 icmp_code;
	struct slb_tuple quoted;
	struct slb_hdr qh;
};

#endif /* _SLB_PACKET_H */
