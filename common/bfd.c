// SPDX-License-Identifier: GPL-2.0-only
/* Sessions of BFD, asynchronous mode (RFC 5880). */
#include <slb/bfd.h>

/**
 * slb_bfd_init() - begin a session
 * @b: session
 * @disc: our discriminator, not 0 and unique on this host
 * @interval: microseconds between two packets, both ways
 * @mult: packets that the other end may miss
 */
void slb_bfd_init(struct slb_bfd *b, u32 disc, u32 interval, u8 mult)
{
	memset(b, 0, sizeof(*b));
	b->state = SLB_BFD_DOWN;
	b->remote_state = SLB_BFD_DOWN;
	b->my_disc = disc;
	b->min_tx = interval;
	b->min_rx = interval;
	b->mult = mult;
	b->remote_min_rx = 1;
}

/**
 * slb_bfd_min_tx() - the desired transmit interval that we send (RFC 5880, 6.8.3)
 * @b: session
 *
 * Return: microseconds; slow while the session is not up.
 */
u32 slb_bfd_min_tx(const struct slb_bfd *b)
{
	return b->state == SLB_BFD_UP ? b->min_tx : max_t(u32, b->min_tx, SLB_BFD_SLOW);
}

/**
 * slb_bfd_interval() - time between two packets of ours (RFC 5880, 6.8.7)
 * @b: session
 *
 * Return: microseconds, before jitter; 0 when the other end wants none.
 */
u32 slb_bfd_interval(const struct slb_bfd *b)
{
	return b->remote_min_rx ? max(slb_bfd_min_tx(b), b->remote_min_rx) : 0;
}

/**
 * slb_bfd_detect() - time without a packet after which the other end is gone (RFC 5880, 6.8.4)
 * @b: session
 *
 * Return: microseconds.
 */
u64 slb_bfd_detect(const struct slb_bfd *b)
{
	return (u64)b->remote_mult * max(b->min_rx, b->remote_min_tx);
}

/**
 * slb_bfd_fill() - fill in a control packet
 * @b: session
 * @pkt: the packet
 * @final: it answers a poll
 */
void slb_bfd_fill(const struct slb_bfd *b, struct slb_bfd_packet *pkt, bool final)
{
	*pkt = (struct slb_bfd_packet){
		.vers_diag = SLB_BFD_VERSION << 5 | b->diag,
		.flags = b->state << 6 | (final ? SLB_BFD_FINAL : b->poll ? SLB_BFD_POLL : 0),
		.mult = b->mult,
		.len = sizeof(*pkt),
		.my_disc = htonl(b->my_disc),
		.your_disc = htonl(b->your_disc),
		.min_tx = htonl(slb_bfd_min_tx(b)),
		.min_rx = htonl(b->min_rx),
	};
}

/**
 * slb_bfd_sound() - is a packet sound? (RFC 5880, 6.8.6; no authentication is in use)
 * @pkt: the packet
 * @len: its length in octets
 *
 * Return: true when it is.
 */
bool slb_bfd_sound(const struct slb_bfd_packet *pkt, unsigned int len)
{
	return pkt->vers_diag >> 5 == SLB_BFD_VERSION && pkt->len >= sizeof(*pkt) &&
	       pkt->len <= len && pkt->mult &&
	       !(pkt->flags & (SLB_BFD_MULTIPOINT | SLB_BFD_AUTH)) && pkt->my_disc;
}

/* Does it belong to this session? */
static bool slb_bfd_valid(const struct slb_bfd *b, const struct slb_bfd_packet *pkt,
			  unsigned int len)
{
	u8 state = pkt->flags >> 6;

	if (!slb_bfd_sound(pkt, len))
		return false;
	if (pkt->your_disc)
		return ntohl(pkt->your_disc) == b->my_disc;
	return state == SLB_BFD_DOWN || state == SLB_BFD_ADMIN_DOWN;
}

static void slb_bfd_enter(struct slb_bfd *b, u8 state, u8 diag)
{
	b->state = state;
	b->diag = diag;
	/* our intervals change with the state: start a poll sequence (RFC 5880, 6.8.3) */
	b->poll = state == SLB_BFD_UP;
}

static void slb_bfd_step(struct slb_bfd *b)
{
	u8 remote = b->remote_state;

	if (b->state == SLB_BFD_ADMIN_DOWN)
		return;
	if (remote == SLB_BFD_ADMIN_DOWN) {
		/* its session is gone, and its discriminator with it */
		b->your_disc = 0;
		if (b->state != SLB_BFD_DOWN)
			slb_bfd_enter(b, SLB_BFD_DOWN, SLB_BFD_DIAG_NEIGHBOR);
	} else if (b->state == SLB_BFD_DOWN) {
		if (remote == SLB_BFD_DOWN)
			slb_bfd_enter(b, SLB_BFD_INIT, SLB_BFD_DIAG_NONE);
		else if (remote == SLB_BFD_INIT)
			slb_bfd_enter(b, SLB_BFD_UP, SLB_BFD_DIAG_NONE);
	} else if (b->state == SLB_BFD_INIT) {
		if (remote == SLB_BFD_INIT || remote == SLB_BFD_UP)
			slb_bfd_enter(b, SLB_BFD_UP, SLB_BFD_DIAG_NONE);
	} else if (remote == SLB_BFD_DOWN) {
		slb_bfd_enter(b, SLB_BFD_DOWN, SLB_BFD_DIAG_NEIGHBOR);
	}
}

/**
 * slb_bfd_receive() - process a received packet (RFC 5880, 6.8.6)
 * @b: session
 * @pkt: copy of the packet
 * @len: its length, bytes
 *
 * Return: bits of enum slb_bfd_todo.
 */
unsigned int slb_bfd_receive(struct slb_bfd *b, const struct slb_bfd_packet *pkt, unsigned int len)
{
	unsigned int todo = SLB_BFD_TAKEN;
	u8 before = b->state;

	if (!slb_bfd_valid(b, pkt, len))
		return SLB_BFD_IGNORED;
	b->your_disc = ntohl(pkt->my_disc);
	b->remote_state = pkt->flags >> 6;
	b->remote_diag = pkt->vers_diag & 0x1f;
	b->remote_mult = pkt->mult;
	b->remote_min_tx = ntohl(pkt->min_tx);
	b->remote_min_rx = ntohl(pkt->min_rx);
	if (b->poll && pkt->flags & SLB_BFD_FINAL) {
		b->poll = false;
		todo |= SLB_BFD_POLLED;
	}
	slb_bfd_step(b);
	if (b->state != before)
		todo |= SLB_BFD_CHANGED;
	if (pkt->flags & SLB_BFD_POLL)
		todo |= SLB_BFD_ANSWER;
	return todo;
}

/**
 * slb_bfd_expire() - the detection time has passed without a packet (RFC 5880, 6.8.4)
 * @b: session
 *
 * Return: true when the state changed.
 */
bool slb_bfd_expire(struct slb_bfd *b)
{
	b->your_disc = 0;
	b->remote_min_rx = 1;
	b->remote_state = SLB_BFD_DOWN;
	if (b->state != SLB_BFD_INIT && b->state != SLB_BFD_UP)
		return false;
	slb_bfd_enter(b, SLB_BFD_DOWN, SLB_BFD_DIAG_EXPIRED);
	return true;
}
