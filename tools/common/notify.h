/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages to the service manager, as of sd_notify(3). */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#include <stddef.h>

void dm_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));
void dm_notify_open(void);
void dm_notify_ready(void (*describe)(char *text, size_t len));

#endif
