/* SPDX-License-Identifier: GPL-2.0-only */
/* The test device nic.ko, for inject.ko. */
#ifndef _BENCH_NIC_H
#define _BENCH_NIC_H

#include <linux/types.h>

struct net_device;

/* Frames begin at multiples of this, and all of these bytes are copied. */
#define NIC_LINE 64

/**
 * struct nic_feed - packets that a device receives, one after the other, again and again
 * @frame: the frames, @size bytes each
 * @n: how many
 * @size: bytes from one to the next, a multiple of NIC_LINE
 * @len: bytes of each frame
 * @next: the next one
 * @out: the device by which they leave as skbs, or NULL
 */
struct nic_feed {
	const u8 *frame;
	u32 n;
	u32 size;
	u32 len;
	u32 next;
	struct net_device *out;
};

bool nic_is(const struct net_device *dev);
int nic_receive(struct net_device *dev, struct nic_feed *feed, u32 n);

#endif /* _BENCH_NIC_H */
