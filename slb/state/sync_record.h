/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of sessions, for other balancers and from them. */
#ifndef _SLB_STATE_SYNC_RECORD_H
#define _SLB_STATE_SYNC_RECORD_H

#include <linux/slb_sync.h>
#include "net.h"
#include "state/session.h"

/**
 * struct slb_sync_taken - what became of some records
 * @count: by enum slb_sync_count
 */
struct slb_sync_taken {
	u32 count[SLB_SYNC_COUNTS];
};

bool slb_sync_tells(const struct slb_net *sn, const struct slb_session *s);
bool slb_sync_write(const struct slb_net *sn, struct slb_session *s, struct slb_sync_record *r);
u32 slb_sync_changes(struct slb_net *sn, u64 *next, u64 *lost, struct slb_sync_record *to,
		     u32 max);
void slb_sync_take(struct slb_net *sn, const struct slb_sync_record *from, u32 n, u32 epoch,
		   struct slb_sync_taken *taken);

#endif /* _SLB_STATE_SYNC_RECORD_H */
