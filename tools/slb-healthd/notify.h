/* SPDX-License-Identifier: GPL-2.0-only */
/* What the service manager is told. */
#ifndef HEALTHD_NOTIFY_H
#define HEALTHD_NOTIFY_H

void hd_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));
void hd_notify_open(void);
void hd_notify_ready(void);

#endif
