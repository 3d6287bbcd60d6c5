/* SPDX-License-Identifier: GPL-2.0-only */
/* The tracepoints of the module that shared code is compiled into: trace.h of that module. */
#ifndef _SLB_TRACE_H
#define _SLB_TRACE_H

#include <trace.h>

#endif /* _SLB_TRACE_H */
