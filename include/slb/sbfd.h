/* SPDX-License-Identifier: GPL-2.0-only */
/* Seamless BFD (RFC 7880): a session that only one end keeps, and the reflector; pure. */
#ifndef _SLB_SBFD_H
#define _SLB_SBFD_H

#include <slb/bfd.h>

/* Port of reflectors: destination of requests, source of answers (RFC 7881, 4). */
#define SLB_SBFD_PORT 7784
/* Least interval of requests that a reflector accepts, in microseconds. */
#define SLB_SBFD_MIN_RX 10000

/**
 * slb_sbfd_disc() - derive the discriminator of a reflector from its address
 * @addr: address of the reflector, network order: four words; an IPv4 address is the first word and
 *	the others are 0
 *
 * Return: the IPv4 address as a number, or the XOR of the words of an IPv6 address; never 0.
 */
static inline u32 slb_sbfd_disc(const __be32 addr[4])
{
	return ntohl(addr[0] ^ addr[1] ^ addr[2] ^ addr[3]) ?: 1;
}

void slb_sbfd_fill(const struct slb_bfd *b, u32 disc, struct slb_bfd_packet *pkt);
bool slb_sbfd_reflect(const struct slb_bfd_packet *req, unsigned int len, u32 disc, bool works,
		      struct slb_bfd_packet *pkt);
unsigned int slb_sbfd_receive(struct slb_bfd *b, u32 disc, const struct slb_bfd_packet *pkt,
			      unsigned int len);
u64 slb_sbfd_detect(const struct slb_bfd *b);

#endif /* _SLB_SBFD_H */
