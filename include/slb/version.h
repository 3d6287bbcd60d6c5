/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of the modules, of slbctl and of the packages. */
#ifndef SLB_VERSION_H
#define SLB_VERSION_H

/* scripts/lint checks that CHANGELOG.md and the packages have the same one */
#define SLB_VERSION "0.9.0"

#endif
