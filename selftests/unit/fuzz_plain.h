/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzzers of the fast path share: packets as a device gives them. */
#ifndef _FUZZ_PLAIN_H
#define _FUZZ_PLAIN_H

#include "fuzz.h"

/* Of struct fuzz_how.more: what an input says of the packet. */
enum {
	MORE_BITS,	/* BITS_* */
	MORE_PADDING,	/* bytes behind its end */
	MORE_OWN,	/* each target's own */
};

#define BITS_OTHERHOST 0x01
#define BITS_VLAN 0x02
#define BITS_GSO 0x04
#define BITS_SHARED 0x08
#define BITS_SOUND 0x10	/* put in what the length and an IPv4 header's checksum should be */

#define FUZZ_PLAIN_MAX (FUZZ_INPUT_MAX + 64)

struct sk_buff *fuzz_plain_skb(const struct fuzz_packet *k, u8 *bytes);
unsigned int fuzz_naive_plain(const u8 *bytes, unsigned int len, const struct fuzz_packet *k,
			      unsigned int headlen);
struct fuzz_how fuzz_any_plain(struct packet *k);

#endif /* _FUZZ_PLAIN_H */
