/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages to the service manager, as of sd_notify(3). */
#ifndef HEALTHD_NOTIFY_H
#define HEALTHD_NOTIFY_H

void hd_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));
void hd_notify_open(void);
void hd_notify_ready(void);

#endif
