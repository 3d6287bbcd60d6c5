/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of the PROXY protocol, version 2. */
#ifndef _SLB_PACKET_PROXY_HEADER_H
#define _SLB_PACKET_PROXY_HEADER_H

#include <slb/flow.h>

void slb_proxy_header(u8 *buf, const struct slb_tuple *flow, unsigned int len);

#endif /* _SLB_PACKET_PROXY_HEADER_H */
