/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Records of sessions that balancers exchange: the attribute "records" of sync-get and sync-add. */
#ifndef _UAPI_LINUX_SLB_SYNC_H
#define _UAPI_LINUX_SLB_SYNC_H

#include <linux/types.h>

/* Version of struct slb_sync_record; changes with its layout or meaning. */
#define SLB_SYNC_VERSION 1

/* Most records in one message of either direction. */
#define SLB_SYNC_RECORDS_MAX 512

/**
 * enum slb_sync_what - kinds of records
 * @SLB_SYNC_STATE: a session exists; all fields are valid
 * @SLB_SYNC_END: a session has ended; only family, proto and the ends local and server are valid
 */
enum slb_sync_what {
	SLB_SYNC_STATE = 1,
	SLB_SYNC_END = 2,
};

/* Bits of slb_sync_record.flags. */
#define SLB_SYNC_LIVE (1 << 0)		/* the sender serves it: it is no copy of another's session */
#define SLB_SYNC_TELLING (1 << 1)	/* the server does not know the client's address yet */
#define SLB_SYNC_EVERY (1 << 2)		/* each datagram gets a PROXY header */
#define SLB_SYNC_KNOWN (1 << 3)		/* first is valid */
#define SLB_SYNC_TOLD (1 << 4)		/* the PROXY header was sent */

/**
 * struct slb_sync_record - a session; numbers in network byte order
 * @family: 4 or 6; IPv4 addresses are in the first word
 * @proto: transport protocol, IANA number
 * @what: enum slb_sync_what
 * @state: enum slb_session_state
 * @flags: SLB_SYNC_*
 * @fins: which sides have closed: bit 0 the client, bit 1 the server
 * @address: how the server learns the client's address, enum slb_client_address
 * @client: address of the client
 * @vip: virtual address
 * @local: local address of the balancer that created the session
 * @server: address of the server
 * @client_port: port of the client
 * @vip_port: port of the VIP
 * @local_port: port of the local address
 * @server_port: port of the server
 * @age: age, in sixteenths of a second
 * @idle: time since its last packet, milliseconds
 * @first: sequence number of the client's first byte behind a PROXY header
 * @header: length of that header, or of the option of toa, bytes
 * @scale: window scale of the server
 * @reserved: 0
 */
struct slb_sync_record {
	__u8 family;
	__u8 proto;
	__u8 what;
	__u8 state;
	__be16 flags;
	__u8 fins;
	__u8 address;
	__be32 client[4];
	__be32 vip[4];
	__be32 local[4];
	__be32 server[4];
	__be16 client_port;
	__be16 vip_port;
	__be16 local_port;
	__be16 server_port;
	__be32 age;
	__be32 idle;
	__be32 first;
	__u8 header;
	__u8 scale;
	__be16 reserved;
};

/**
 * struct slb_sync_range - a range of local addresses
 * @family: 4 or 6; IPv4 addresses are in the first word
 * @reserved: 0
 * @first: first address, network order
 * @last: last one
 */
struct slb_sync_range {
	__u8 family;
	__u8 reserved[3];
	__be32 first[4];
	__be32 last[4];
};

#endif /* _UAPI_LINUX_SLB_SYNC_H */
