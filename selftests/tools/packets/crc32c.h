/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of CRC32c, by which SCTP sums its packets (RFC 9260, appendix A). */
#ifndef SLB_TOOLS_CRC32C_H
#define SLB_TOOLS_CRC32C_H

#include <stdint.h>

static uint32_t crc32c_table[256];

static void crc32c_init(void)
{
	uint32_t i, bit, crc;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
		crc32c_table[i] = crc;
	}
}

#endif
