/* SPDX-License-Identifier: GPL-2.0-only */
/* Our routes in the kernel's table. */
#ifndef ROUTED_TABLE_H
#define ROUTED_TABLE_H

#include <stdint.h>

#include "prefix.h"

int ro_table_open(void);
int ro_table_read(uint32_t table, uint8_t protocol, struct ro_wants *to);
int ro_table_change(uint32_t table, uint8_t protocol, const struct ro_prefix *prefix, bool add);

#endif
