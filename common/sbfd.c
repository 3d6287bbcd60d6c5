// SPDX-License-Identifier: GPL-2.0-only
/* Initiator and reflector of S-BFD (RFC 7880, 7881). */
#include <slb/sbfd.h>

/**
 * slb_sbfd_fill() - fill in a request
 * @b: session
 * @disc: the reflector's discriminator
 * @pkt: the packet
 *
 * Requests have D set and answers do not, so an answer is never answered (RFC 7880, 7).
 */
void slb_sbfd_fill(const struct slb_bfd *b, u32 disc, struct slb_bfd_packet *pkt)
{
	*pkt = (struct slb_bfd_packet){
		.vers_diag = SLB_BFD_VERSION << 5 | b->diag,
		.flags = b->state << 6 | SLB_BFD_DEMAND,
		.mult = b->mult,
		.len = sizeof(*pkt),
		.my_disc = htonl(b->my_disc),
		.your_disc = htonl(disc),
		.min_tx = htonl(slb_bfd_min_tx(b)),
		.min_rx = htonl(b->min_rx),
	};
}

/**
 * slb_sbfd_reflect() - answer a request, without any state of the sender
 * @req: copy of the request
 * @len: its length, bytes
 * @disc: our discriminator at the address that was asked
 * @works: answer "up"; otherwise "admin-down", which says nothing about the path
 * @pkt: the answer
 *
 * Return: false when it is not a valid request to us.
 */
bool slb_sbfd_reflect(const struct slb_bfd_packet *req, unsigned int len, u32 disc, bool works,
		      struct slb_bfd_packet *pkt)
{
	if (!slb_bfd_sound(req, len) || !(req->flags & SLB_BFD_DEMAND) ||
	    ntohl(req->your_disc) != disc)
		return false;
	*pkt = (struct slb_bfd_packet){
		.vers_diag = SLB_BFD_VERSION << 5,
		.flags = (works ? SLB_BFD_UP : SLB_BFD_ADMIN_DOWN) << 6 |
			 (req->flags & SLB_BFD_POLL ? SLB_BFD_FINAL : 0),
		.mult = req->mult,
		.len = sizeof(*pkt),
		.my_disc = req->your_disc,
		.your_disc = req->my_disc,
		.min_tx = req->min_tx,
		.min_rx = htonl(SLB_SBFD_MIN_RX),
	};
	return true;
}

/**
 * slb_sbfd_receive() - process an answer
 * @b: session
 * @disc: the reflector's discriminator
 * @pkt: copy of the answer
 * @len: its length, bytes
 *
 * Return: bits of enum slb_bfd_todo.
 */
unsigned int slb_sbfd_receive(struct slb_bfd *b, u32 disc, const struct slb_bfd_packet *pkt,
			      unsigned int len)
{
	u8 remote = pkt->flags >> 6, before = b->state;
	bool up = remote == SLB_BFD_UP;

	if (!slb_bfd_sound(pkt, len) || pkt->flags & SLB_BFD_DEMAND ||
	    ntohl(pkt->your_disc) != b->my_disc || ntohl(pkt->my_disc) != disc ||
	    (!up && remote != SLB_BFD_ADMIN_DOWN))
		return SLB_BFD_IGNORED;
	/* the reflector is out of service: do not wait for it */
	b->your_disc = up ? disc : 0;
	b->remote_state = remote;
	b->remote_diag = pkt->vers_diag & 0x1f;
	b->remote_mult = pkt->mult;
	b->remote_min_tx = ntohl(pkt->min_tx);
	b->remote_min_rx = max_t(u32, ntohl(pkt->min_rx), 1);
	if (up) {
		b->state = SLB_BFD_UP;
		b->diag = SLB_BFD_DIAG_NONE;
	} else if (before != SLB_BFD_DOWN) {
		b->state = SLB_BFD_DOWN;
		b->diag = SLB_BFD_DIAG_NEIGHBOR;
	}
	return b->state == before ? SLB_BFD_TAKEN : SLB_BFD_TAKEN | SLB_BFD_CHANGED;
}

/**
 * slb_sbfd_detect() - time without an answer after which the reflector is gone
 * @b: session
 *
 * Return: microseconds, by our own settings: the reflector has none.
 */
u64 slb_sbfd_detect(const struct slb_bfd *b)
{
	return (u64)b->mult * max(b->min_tx, b->remote_min_rx);
}
