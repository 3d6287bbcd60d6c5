/* SPDX-License-Identifier: GPL-2.0-only */
/* CRC32c of something followed by zeros, in steps as many as their number has bits. */
#ifndef _SLB_CRC32C_SHIFT_H
#define _SLB_CRC32C_SHIFT_H

#include <linux/types.h>

/* The polynomial of CRC32c, reflected: bit 31 is the constant term. */
#define SLB_CRC32C_POLY 0x82f63b78

/* The product of two polynomials modulo that of CRC32c. */
static inline u32 slb_crc32c_multiply(u32 x, u32 y)
{
	u32 product = 0;

	/* from the highest power of x, bit 0, to the constant term */
	for (int i = 0; i < 32; i++) {
		product = (product >> 1) ^ (product & 1 ? SLB_CRC32C_POLY : 0);
		product ^= x & 1 ? y : 0;
		x >>= 1;
	}
	return product;
}

/* Appends @len zero bytes to what has the CRC @crc: multiplies it by x^(8 * @len). */
static inline u32 slb_crc32c_shift(u32 crc, size_t len)
{
	u32 power = 1U << (31 - 8);

	for (; len; len >>= 1) {
		if (len & 1)
			crc = slb_crc32c_multiply(crc, power);
		power = slb_crc32c_multiply(power, power);
	}
	return crc;
}

#endif /* _SLB_CRC32C_SHIFT_H */
