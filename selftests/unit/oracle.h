/* SPDX-License-Identifier: GPL-2.0-only */
/* Holds the packet core against the naive one, a packet at a time: for tests and fuzzing. */
#ifndef _ORACLE_H
#define _ORACLE_H

#include "naive.h"
#include "unit.h"

/* With CHECKSUM_PARTIAL: what a device is to sum is a packet inside; and is to be segmented. */
#define ORACLE_INSIDE 0x04
#define ORACLE_SEGMENTS 0x08

bool oracle_set_summed(struct sk_buff *skb, u8 summed, unsigned int l4);
enum slb_drop oracle_parse(const u8 *bytes, unsigned int len, unsigned int l3,
			   unsigned int headlen, u8 family, struct naive_result *r);
enum slb_drop oracle_nat(const u8 *bytes, const struct naive_result *r, unsigned int headlen,
			 const struct slb_tuple *to, u8 summed);
enum slb_drop oracle_nat_error(const u8 *bytes, const struct naive_result *r,
			       unsigned int headlen, const struct slb_tuple *to, u8 ip_summed);
void oracle_nat_result(const u8 *before, const struct naive_packet *was, const u8 *after,
		       const struct slb_tuple *to, bool partial);
struct slb_tuple oracle_tuple(const struct naive_packet *p);

#endif /* _ORACLE_H */
