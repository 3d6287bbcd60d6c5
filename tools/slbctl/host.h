/* SPDX-License-Identifier: GPL-2.0-only */
/* Properties of this host for the noun check. */
#ifndef SLBCTL_HOST_H
#define SLBCTL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ctl_host_owns(int family, const void *first, const void *last, char *where, size_t len);
bool ctl_host_is_ipvlan(const char *dev);
uint32_t ctl_host_neighbour_limit(int family);
uint64_t ctl_host_synproxy(void);

#endif /* SLBCTL_HOST_H */
