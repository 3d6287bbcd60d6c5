// SPDX-License-Identifier: GPL-2.0-only
/* The header of the PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt); pure. */
#include <linux/crc32.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <slb/proto.h>

#include "packet/proxy_header.h"
#include "state/client_address.h"

/* Version 2, command PROXY. */
#define SLB_PROXY_COMMAND 0x21
/* Address families and transport protocols of the protocol. */
#define SLB_PROXY_IPV4 0x10
#define SLB_PROXY_IPV6 0x20
#define SLB_PROXY_STREAM 0x01
#define SLB_PROXY_DATAGRAM 0x02
/* Bytes before the addresses. */
#define SLB_PROXY_FIXED 16
/* Type of the CRC32c over the header. */
#define SLB_PROXY_CRC32C 0x03

static const u8 slb_proxy_signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* Append the checksum: computed while its own four bytes are zero. */
static void slb_proxy_sum(u8 *buf, unsigned int len)
{
	u8 *sum = buf + len - SLB_PROXY_SUM_LEN;

	sum[0] = SLB_PROXY_CRC32C;
	put_unaligned_be16(SLB_PROXY_SUM_LEN - 3, sum + 1);
	memset(sum + 3, 0, 4);
	put_unaligned_be32(~__crc32c_le(~0, buf, len), sum + 3);
}

/**
 * slb_proxy_header() - write a PROXY header
 * @buf: where to, @len bytes
 * @flow: the flow as its client sees it: addresses and ports of client and VIP
 * @len: SLB_PROXY_LEN4 or SLB_PROXY_LEN6, as the family says; SLB_PROXY_SUM_LEN more for a checksum
 */
void slb_proxy_header(u8 *buf, const struct slb_tuple *flow, unsigned int len)
{
	bool v4 = flow->family == NFPROTO_IPV4;
	unsigned int addr = slb_addr_len(flow->family);
	u8 *at = buf + SLB_PROXY_FIXED;

	memcpy(buf, slb_proxy_signature, sizeof(slb_proxy_signature));
	buf[12] = SLB_PROXY_COMMAND;
	buf[13] = (v4 ? SLB_PROXY_IPV4 : SLB_PROXY_IPV6) |
		  (slb_proto_has(flow->proto, SLB_PROTO_DATAGRAMS) ? SLB_PROXY_DATAGRAM :
								     SLB_PROXY_STREAM);
	put_unaligned_be16(len - SLB_PROXY_FIXED, buf + 14);
	memcpy(at, &flow->src, addr);
	memcpy(at + addr, &flow->dst, addr);
	memcpy(at + 2 * addr, &flow->sport, sizeof(flow->sport));
	memcpy(at + 2 * addr + 2, &flow->dport, sizeof(flow->dport));
	if (len > (v4 ? SLB_PROXY_LEN4 : SLB_PROXY_LEN6))
		slb_proxy_sum(buf, len);
}
