/* SPDX-License-Identifier: GPL-2.0-only */
/* A BFD session in asynchronous mode (RFC 5880): state, received and sent packets; pure. */
#ifndef _SLB_BFD_H
#define _SLB_BFD_H

#ifdef __KERNEL__
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>
#else
#include "kshim.h"
#endif

/* Port of single-hop control packets, and the TTL that proves a single hop (RFC 5881, 4, 5). */
#define SLB_BFD_PORT 3784
#define SLB_BFD_TTL 255
/* The lowest permitted source port. */
#define SLB_BFD_SPORT 49152
/* Least interval while a session is not up, in microseconds (RFC 5880, 6.8.3). */
#define SLB_BFD_SLOW 1000000

enum slb_bfd_state {
	SLB_BFD_ADMIN_DOWN,
	SLB_BFD_DOWN,
	SLB_BFD_INIT,
	SLB_BFD_UP,
};

/* Diagnostics that are sent (RFC 5880, 4.1). */
enum slb_bfd_diag {
	SLB_BFD_DIAG_NONE = 0,
	SLB_BFD_DIAG_EXPIRED = 1,
	SLB_BFD_DIAG_NEIGHBOR = 3,
	SLB_BFD_DIAG_ADMIN = 7,
};

#define SLB_BFD_VERSION 1
/* Bits of the second byte. */
#define SLB_BFD_POLL 0x20
#define SLB_BFD_FINAL 0x10
#define SLB_BFD_AUTH 0x04
#define SLB_BFD_DEMAND 0x02
#define SLB_BFD_MULTIPOINT 0x01

/* The mandatory section of a control packet (RFC 5880, 4.1). */
struct slb_bfd_packet {
	u8 vers_diag;
	u8 flags;
	u8 mult;
	u8 len;
	__be32 my_disc;
	__be32 your_disc;
	__be32 min_tx;
	__be32 min_rx;
	__be32 min_echo_rx;
};

/* Magic numbers of the part that follows our control packets, by sender. */
#define SLB_BFD_MORE_BALANCER 0x534c4221
#define SLB_BFD_MORE_RELAY 0x534c4222

/* What a balancer says of its sessions: bits of slb_bfd_more.flags. Other bits are ignored. */
enum slb_probe_flag {
	/* session sync is on: it has an heir, and can be one */
	SLB_PROBE_SYNC = 1,
	/* it is back, but has not got its old sessions back yet */
	SLB_PROBE_BEHIND = 2,
	/* some of its VIPs are unusable: slb_bfd_more.unusable names them when there is room */
	SLB_PROBE_UNUSABLE = 4,
};

/**
 * struct slb_bfd_more - what the ends of a link tell each other beyond BFD
 * @magic: SLB_BFD_MORE_BALANCER or _RELAY
 * @seq: number of packets that the sender has sent
 * @lost: number of packets that it has missed
 * @stamp: its clock, in microseconds
 * @echo: @stamp of the last packet that it received; 0 when there was none
 * @held: microseconds between that packet's arrival and this one's departure
 * @first4: first IPv4 address of the range tied to the link; 0 without a range
 * @last4: last IPv4 address
 * @first6: first IPv6 address
 * @last6: last IPv6 address
 * @key: slb_probe_key_digest() of the sender's hash key; 0 if nothing depends on the key
 * @mtu: MTU of the sender's device, bytes; 0 if not known
 * @vips: slb_probe_vips() of the sender's VIPs
 * @config: of a relay, slb_probe_config(): digest of its VIPs, balancers and links; of a balancer 0
 * @flags: of a balancer, enum slb_probe_flag; of a relay 0
 * @unusable: of a balancer, generation of its set of unusable VIPs, see unusable.h; of a relay 0
 * @chunk: part of that set that follows this struct; in a request, the part that is wanted
 * @chunks: number of its parts
 * @count: number of digests that follow
 *
 * Follows the control packet in the same datagram, beyond the packet's own length, so other BFD
 * implementations ignore it (RFC 5880, 6.8.6). Network order. New members go to the end: an older
 * version sends fewer, which count as 0.
 */
struct slb_bfd_more {
	__be32 magic;
	__be32 seq;
	__be32 lost;
	__be32 stamp;
	__be32 echo;
	__be32 held;
	__be32 first4;
	__be32 last4;
	__be32 first6[4];
	__be32 last6[4];
	__be32 key;
	__be32 mtu;
	__be32 vips;
	__be32 config;
	__be32 flags;
	__be32 unusable;
	u8 chunk;
	u8 chunks;
	__be16 count;
};

/* A datagram of ours. Digests of unusable VIPs may follow. */
struct slb_bfd_frame {
	struct slb_bfd_packet pkt;
	struct slb_bfd_more more;
};

/* Length of a datagram of the first version, which ends before the digest of the key, bytes. */
#define SLB_BFD_FRAME_MIN offsetof(struct slb_bfd_frame, more.key)
/* Length of a datagram that says nothing about unusable VIPs, bytes. */
#define SLB_BFD_FRAME_SHORT offsetof(struct slb_bfd_frame, more.unusable)

/**
 * slb_bfd_frame_len() - how much of a datagram both ends know
 * @len: length of a datagram of the far end, bytes, at least SLB_BFD_FRAME_MIN
 *
 * Return: bytes of struct slb_bfd_frame, whole members.
 */
static inline unsigned int slb_bfd_frame_len(unsigned int len)
{
	return min_t(unsigned int, len, sizeof(struct slb_bfd_frame)) & ~(sizeof(__be32) - 1);
}

/**
 * struct slb_bfd - one end of a session
 * @state: enum slb_bfd_state
 * @diag: reason of the last change of state, enum slb_bfd_diag
 * @remote_state: state that the other end last sent
 * @remote_diag: diagnostic that the other end last sent
 * @mult: our detection multiplier
 * @remote_mult: detection multiplier of the other end
 * @poll: a poll sequence is in progress: P is set until F comes
 * @my_disc: our discriminator, not 0, random
 * @your_disc: the other end's discriminator, 0 while unknown
 * @min_tx: our desired transmit interval, microseconds; used once the session is up
 * @min_rx: our required receive interval, microseconds
 * @remote_min_tx: desired transmit interval of the other end, microseconds
 * @remote_min_rx: required receive interval of the other end, microseconds
 */
struct slb_bfd {
	u8 state;
	u8 diag;
	u8 remote_state;
	u8 remote_diag;
	u8 mult;
	u8 remote_mult;
	bool poll;
	u32 my_disc;
	u32 your_disc;
	u32 min_tx;
	u32 min_rx;
	u32 remote_min_tx;
	u32 remote_min_rx;
};

/* What the caller must do after a packet was received. */
enum slb_bfd_todo {
	SLB_BFD_IGNORED = 0,
	SLB_BFD_TAKEN = 1,	/* restart the detection time */
	SLB_BFD_CHANGED = 2,	/* the state changed: tell the other end at once */
	SLB_BFD_ANSWER = 4,	/* send a packet with F at once */
	SLB_BFD_POLLED = 8,	/* our poll was answered */
};

void slb_bfd_init(struct slb_bfd *b, u32 disc, u32 interval, u8 mult);
bool slb_bfd_sound(const struct slb_bfd_packet *pkt, unsigned int len);
u32 slb_bfd_min_tx(const struct slb_bfd *b);
u32 slb_bfd_interval(const struct slb_bfd *b);
u64 slb_bfd_detect(const struct slb_bfd *b);
void slb_bfd_fill(const struct slb_bfd *b, struct slb_bfd_packet *pkt, bool final);
unsigned int slb_bfd_receive(struct slb_bfd *b, const struct slb_bfd_packet *pkt, unsigned int len);
bool slb_bfd_expire(struct slb_bfd *b);

#endif /* _SLB_BFD_H */
