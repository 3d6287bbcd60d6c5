// SPDX-License-Identifier: GPL-2.0-only
/* The state of an SCTP association (RFC 9260). */
#include "state/session.h"

/*
 * As with TCP, only the server can end an association, which a bit notes, or begin another one. The
 * client cannot end one that has not begun. After the server's ABORT no chunk changes the state.
 */
static u32 slb_sctp_chunk(u32 progress, enum slb_dir dir, u8 chunk)
{
	u32 ended = progress & ~SLB_PROGRESS_STATE;

	switch (chunk) {
	case SCTP_CID_COOKIE_ACK:
		return dir == SLB_REPLY && !ended ? SLB_SESSION_STATE_SCTP_ESTABLISHED : progress;
	case SCTP_CID_ABORT:
	case SCTP_CID_SHUTDOWN:
	case SCTP_CID_SHUTDOWN_ACK:
	case SCTP_CID_SHUTDOWN_COMPLETE:
		if (dir == SLB_REPLY)
			ended |= chunk == SCTP_CID_ABORT ? SLB_PROGRESS_ENDED :
							   SLB_PROGRESS_FIN(SLB_REPLY);
		else if ((progress & SLB_PROGRESS_STATE) == SLB_SESSION_STATE_SCTP_INIT)
			return progress;
		return SLB_SESSION_STATE_SCTP_SHUTDOWN | ended;
	default:
		return progress;
	}
}

/**
 * slb_sctp_next() - compute the state after a packet
 * @progress: present state, with the bits of the ends
 * @dir: direction of the packet
 * @chunks: bits of the types of its chunks, slb_pkt.sctp_chunks
 *
 * Pure. The chunk that establishes an association is applied first, so a packet that also has one
 * that ends it leaves the association ended.
 *
 * Return: the new state, with the bits of the ends: the server's, or both.
 */
u32 slb_sctp_next(u32 progress, enum slb_dir dir, u32 chunks)
{
	static const u8 order[] = {
		SCTP_CID_COOKIE_ACK, SCTP_CID_SHUTDOWN, SCTP_CID_SHUTDOWN_ACK,
		SCTP_CID_SHUTDOWN_COMPLETE, SCTP_CID_ABORT,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (chunks & BIT(order[i]))
			progress = slb_sctp_chunk(progress, dir, order[i]);
	return progress;
}
