/* SPDX-License-Identifier: GPL-2.0-only */
/* Marks of sessions for the fast path, and their generations. */
#ifndef _SLB_STATE_FAST_MARK_H
#define _SLB_STATE_FAST_MARK_H

#include <slb/rewrite.h>
#include "config/link.h"
#include "state/session.h"

struct slb_net;
struct work_struct;

/* The difference that the translation of a session of a family makes to checksums: a constant. */
static __always_inline void slb_fast_learn(struct slb_session *s, u8 family)
{
	const struct slb_tuple *from = &s->side[SLB_REQUEST].tuple;
	/* a sum does not depend on the order of source and destination */
	const struct slb_tuple *to = &s->side[SLB_REPLY].tuple;
	__wsum diff = slb_diff_addr_of(from, to, family);

	WRITE_ONCE(s->diff_addr, (u16)~(__force u16)csum_fold(diff));
	diff = csum_add(diff, slb_diff_port(from, to));
	WRITE_ONCE(s->diff_all, (u16)~(__force u16)csum_fold(diff));
}

/* Set or clear the mark: a packet has passed all chains, or has not. */
static inline void slb_fast_mark(struct slb_session *s, enum slb_dir dir,
				 const struct slb_link *in, const struct slb_link *out,
				 bool passed)
{
	u16 fast = slb_fast_pair_mark(in, out);

	/* publishes what slb_fast_learn() has written, which never changes */
	smp_store_release(&s->fast[dir], passed && fast & SLB_FAST_PASSED ? fast : 0);
}

void slb_fast_mark_link(struct slb_net *sn, struct slb_link *link);
void slb_fast_forget(struct slb_net *sn);
void slb_fast_note(struct slb_session *s, enum slb_dir dir, const struct slb_link *in,
		   const struct slb_link *out, bool passed);
void slb_fast_sweep(struct work_struct *work);

#endif /* _SLB_STATE_FAST_MARK_H */
