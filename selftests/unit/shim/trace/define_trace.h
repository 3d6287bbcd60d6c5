/* SPDX-License-Identifier: GPL-2.0-only */
/* Stand-in for the kernel's header that makes the functions of tracepoints: there are none here. */
