/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of the log on standard error. */
#ifndef COMMON_SAY_H
#define COMMON_SAY_H

#include <syslog.h>

void dm_say_open(const char *name);
void dm_say(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
