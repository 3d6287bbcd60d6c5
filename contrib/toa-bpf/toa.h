/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF programs and slb-toa share: the layout of the maps. */
#ifndef SLB_TOA_H
#define SLB_TOA_H

#include <linux/types.h>

/* Prefixes that can be trusted at a time. */
#define TOA_PREFIXES_MAX 1024

/* Indexes of the map "counters", by connections. */
#define TOA_COUNTERS(X) \
	X(CONNECTIONS, connections) \
	X(FOUND, found) \
	X(UNTRUSTED, untrusted) \
	X(MALFORMED, malformed) \
	X(FAILED, failed)

enum toa_counter {
#define X(NAME, name) TOA_##NAME,
	TOA_COUNTERS(X)
#undef X
	TOA_COUNTERS_END
};

/**
 * struct toa_prefix - key of the map "trusted", the prefixes of the balancers
 * @bits: length of the prefix, with the 32 bits of @family
 * @family: AF_INET or AF_INET6, so that ::/0 does not cover IPv4
 * @addr: network order; of IPv4, the first four bytes
 */
struct toa_prefix {
	__u32 bits;
	__u32 family;
	__u8 addr[16];
};

#define TOA_FAMILY_BITS 32

/**
 * struct toa_peer - value of the map "peers", kept in the socket
 * @addr: the client's address in network order; of IPv4, as ::ffff:ADDRESS
 * @port: its port in network order; 0 while the option is waited for
 * @unused: 0
 */
struct toa_peer {
	__u32 addr[4];
	__u16 port;
	__u16 unused;
};

#endif
