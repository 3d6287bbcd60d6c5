/* SPDX-License-Identifier: GPL-2.0-only */
/* Properties of this host for the noun check. */
#ifndef SLBCTL_HOST_H
#define SLBCTL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void ctl_host_visit(const void *addr, size_t len, const char *dev, void *data);

void ctl_host_addresses(ctl_host_visit *visit, void *data);
bool ctl_host_owns(int family, const void *first, const void *last, char *where, size_t len);
bool ctl_host_other_subnet(const char *dev, int family, const void *first, const void *last,
			   char *where, size_t len);
bool ctl_host_reaches(const char *dev, int family, const void *addr);
bool ctl_host_is_ipvlan(const char *dev);
bool ctl_host_has_lro(const char *dev);
int ctl_host_mtu(const char *dev);
uint32_t ctl_host_neighbour_limit(int family);
uint64_t ctl_host_synproxy(void);

#endif /* SLBCTL_HOST_H */
