/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that are traced, as text or JSON. */
#ifndef SLBCTL_TRACE_H
#define SLBCTL_TRACE_H

#include "out.h"

void ctl_trace_put(const struct ctl_record *record);

#endif
