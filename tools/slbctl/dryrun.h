/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests printed instead of sent. */
#ifndef SLBCTL_DRYRUN_H
#define SLBCTL_DRYRUN_H

#include "ctl.h"

void ctl_dry_run(const struct ctl_request *request);

#endif
