/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of both modules, for a caller that polls. */
#ifndef SLBCTL_MONITOR_H
#define SLBCTL_MONITOR_H

#include <stddef.h>

/**
 * typedef ctl_tell - Called for each event.
 * @text: The event in one short line.
 */
typedef void ctl_tell(const char *text);

void ctl_now_text(char *text, size_t len);
int ctl_monitor_open(const char *who, ctl_tell *tell);
int ctl_monitor_fd(void);
int ctl_monitor_read(void);
void ctl_monitor_close(void);

#endif
