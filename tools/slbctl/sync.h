/* SPDX-License-Identifier: GPL-2.0-only */
/* What slb-syncd shows of itself. */
#ifndef SLBCTL_SYNC_H
#define SLBCTL_SYNC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

json_t *ctl_sync_read(char *why, size_t len);
const char *ctl_sync_text(const json_t *object, const char *name);
json_int_t ctl_sync_number(const json_t *object, const char *name);
bool ctl_sync_is(const json_t *object, const char *name);

#endif
