// SPDX-License-Identifier: GPL-2.0-only
/* Where an SCTP association stands (RFC 9260). */
#include "session.h"

/* Types of the first chunk that change the state (RFC 9260, 3.2). */
enum {
	SLB_SCTP_ABORT = 6,
	SLB_SCTP_SHUTDOWN = 7,
	SLB_SCTP_SHUTDOWN_ACK = 8,
	SLB_SCTP_COOKIE_ACK = 11,
	SLB_SCTP_SHUTDOWN_COMPLETE = 14,
};

/**
 * slb_sctp_next() - the state after a packet
 * @progress: the state before
 * @dir: which way the packet goes
 * @chunk: type of its first chunk
 *
 * Pure. Control chunks come first in a packet (RFC 9260, 6.10), so the first one is enough. As
 * with TCP, only the server can say that an association has ended, which a bit of its own notes,
 * or that another one has begun; nothing ends what has not begun; and once the server has aborted,
 * neither side has anything to add.
 *
 * Return: the state after it, with the bits of the ends: the server's, or both.
 */
u32 slb_sctp_next(u32 progress, enum slb_dir dir, u8 chunk)
{
	u32 ended = progress & ~SLB_PROGRESS_STATE;

	switch (chunk) {
	case SLB_SCTP_COOKIE_ACK:
		return dir == SLB_REPLY && !ended ? SLB_SESSION_STATE_SCTP_ESTABLISHED : progress;
	case SLB_SCTP_ABORT:
	case SLB_SCTP_SHUTDOWN:
	case SLB_SCTP_SHUTDOWN_ACK:
	case SLB_SCTP_SHUTDOWN_COMPLETE:
		if (dir == SLB_REPLY)
			ended |= chunk == SLB_SCTP_ABORT ? SLB_PROGRESS_ENDED :
							   SLB_PROGRESS_FIN(SLB_REPLY);
		else if ((progress & SLB_PROGRESS_STATE) == SLB_SESSION_STATE_SCTP_INIT)
			return progress;
		return SLB_SESSION_STATE_SCTP_SHUTDOWN | ended;
	default:
		return progress;
	}
}
