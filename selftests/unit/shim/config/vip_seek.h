/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtual address is what the test says, as tables need the kernel. */
#ifndef _SLB_CONFIG_VIP_SEEK_H
#define _SLB_CONFIG_VIP_SEEK_H

#include "config/vip.h"

#define slb_vaddr_seek slb_vaddr_lookup

#endif /* _SLB_CONFIG_VIP_SEEK_H */
