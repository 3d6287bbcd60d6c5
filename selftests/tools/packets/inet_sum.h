/* SPDX-License-Identifier: GPL-2.0-only */
/* Internet checksums, and numbers in network order. */
#ifndef _INET_SUM_H
#define _INET_SUM_H

#include <stddef.h>
#include <stdint.h>

/* Add bytes to a sum; an odd number of bytes is padded by a zero. */
static inline uint32_t inet_add(const uint8_t *data, size_t len, uint32_t sum)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 ? data[i] : data[i] << 8;
	return sum;
}

/* Return: the checksum of what was added. */
static inline uint16_t inet_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static inline void set16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static inline void set32(uint8_t *at, uint32_t value)
{
	set16(at, value >> 16);
	set16(at + 2, value & 0xffff);
}

#endif /* _INET_SUM_H */
