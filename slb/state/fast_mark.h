/* SPDX-License-Identifier: GPL-2.0-only */
/* Marks of sessions for the fast path, and which of them count. */
#ifndef _SLB_STATE_FAST_MARK_H
#define _SLB_STATE_FAST_MARK_H

struct slb_link;
struct slb_net;
struct work_struct;

void slb_fast_mark_link(struct slb_net *sn, struct slb_link *link);
void slb_fast_forget(struct slb_net *sn);
void slb_fast_sweep(struct work_struct *work);

#endif /* _SLB_STATE_FAST_MARK_H */
