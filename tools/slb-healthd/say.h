/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of the log on standard error. */
#ifndef HEALTHD_SAY_H
#define HEALTHD_SAY_H

#include <syslog.h>

void hd_say_open(void);
void hd_say(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
