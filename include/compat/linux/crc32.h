/* SPDX-License-Identifier: GPL-2.0-only */
/* Since Linux 6.14, CRC32c is called crc32c(), and nothing adds zeros to one any more. */
#ifndef _SLB_COMPAT_CRC32_H
#define _SLB_COMPAT_CRC32_H

#include <linux/version.h>
#include_next <linux/crc32.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
#include <linux/crc32c.h>
#include <slb/crc32c_shift.h>

#define __crc32c_le crc32c
#define __crc32c_le_shift slb_crc32c_shift
#endif

#endif /* _SLB_COMPAT_CRC32_H */
