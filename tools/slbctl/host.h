/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel says of this host beside our modules. */
#ifndef SLBCTL_HOST_H
#define SLBCTL_HOST_H

#include <stdint.h>

uint32_t ctl_host_neighbour_limit(int family);
uint64_t ctl_host_synproxy(void);

#endif /* SLBCTL_HOST_H */
