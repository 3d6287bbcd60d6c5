/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals of a daemon. */
#ifndef COMMON_SIGNALS_H
#define COMMON_SIGNALS_H

int dm_signals_open(void (*config)(void));

#endif
