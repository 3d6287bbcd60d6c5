/* SPDX-License-Identifier: GPL-2.0-only */
/* Where slb-syncd shows its state: each connection gets one JSON document. */
#ifndef COMMON_SYNC_STATUS_H
#define COMMON_SYNC_STATUS_H

/* /run/slb belongs to root, who keeps the state of slbctl there. */
#define SLB_SYNC_SOCKET	"/run/slb-sync/sync.sock"

#endif
