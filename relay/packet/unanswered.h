/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets from balancers whose next hop did not answer. */
#ifndef _RLY_UNANSWERED_H
#define _RLY_UNANSWERED_H

struct work_struct;

void rly_unanswered_work(struct work_struct *work);

#endif /* _RLY_UNANSWERED_H */
