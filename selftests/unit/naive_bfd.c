// SPDX-License-Identifier: GPL-2.0-only
/* One end of a BFD session, by the words of RFC 5880: see naive_bfd.h. */
#include "naive_bfd.h"

static unsigned int get32(const u8 *bytes)
{
	return bytes[0] * 0x1000000u + bytes[1] * 0x10000u + bytes[2] * 0x100u + bytes[3];
}

static void put32(u8 *bytes, unsigned long long value)
{
	int i;

	for (i = 3; i >= 0; i--) {
		bytes[i] = value % 256;
		value /= 256;
	}
}

/* 6.8.6, as far as "the packet MUST be discarded". */
static bool discarded(const struct naive_bfd *b, const u8 *bytes, unsigned int len)
{
	unsigned int state = bytes[1] / 64;

	if (bytes[0] / 32 != 1)
		return true;
	/* no authentication is in use: a packet with A is as bad as one that is too short */
	if (bytes[3] < 24 || bytes[3] > len || bytes[1] & 4)
		return true;
	if (bytes[2] == 0 || bytes[1] & 1 || get32(bytes + 4) == 0)
		return true;
	if (get32(bytes + 8) != 0)
		return get32(bytes + 8) != b->local_disc;
	return state != 1 && state != 0;
}

static void enter(struct naive_bfd *b, unsigned int session, unsigned int diag)
{
	b->session = session;
	b->diag = diag;
	b->polling = session == 3;
}

/* Figure of 6.2: a column of it for each state received. */
static void step(struct naive_bfd *b)
{
	/* by our state, then the one received; 9: stays */
	static const unsigned char next[4][4] = {
		{ 9, 9, 9, 9 },
		{ 9, 2, 3, 9 },
		{ 1, 9, 3, 3 },
		{ 1, 1, 9, 9 },
	};
	unsigned int to = next[b->session][b->remote];

	/* the other end's session is gone, and with it its number */
	if (b->session != 0 && b->remote == 0)
		b->remote_disc = 0;
	if (to != 9)
		enter(b, to, to == 1 ? 3 : 0);
}

/**
 * naive_bfd_take() - a packet has come
 * @b: session
 * @bytes: 24 of it
 * @len: its length
 */
struct naive_bfd_todo naive_bfd_take(struct naive_bfd *b, const u8 *bytes, unsigned int len)
{
	struct naive_bfd_todo todo = { 0 };
	unsigned int before = b->session;

	if (discarded(b, bytes, len))
		return todo;
	todo.taken = true;
	b->remote_disc = get32(bytes + 4);
	b->remote = bytes[1] / 64;
	b->remote_diag = bytes[0] % 32;
	b->remote_mult = bytes[2];
	b->remote_tx = get32(bytes + 12);
	b->remote_rx = get32(bytes + 16);
	if (b->polling && bytes[1] & 0x10) {
		todo.polled = true;
		b->polling = false;
	}
	step(b);
	todo.changed = b->session != before;
	todo.answer = bytes[1] & 0x20;
	return todo;
}

/* 6.8.3: no faster than once a second while not up. */
static unsigned long long desired(const struct naive_bfd *b)
{
	return b->session != 3 && b->desired_tx < 1000000 ? 1000000 : b->desired_tx;
}

/**
 * naive_bfd_give() - the packet that is sent now (6.8.7)
 * @b: session
 * @bytes: where to, 24 of them
 * @final: it answers a poll
 */
void naive_bfd_give(const struct naive_bfd *b, u8 *bytes, bool final)
{
	bytes[0] = 32 + b->diag;
	bytes[1] = 64 * b->session + (final ? 16 : b->polling ? 32 : 0);
	bytes[2] = b->mult;
	bytes[3] = 24;
	put32(bytes + 4, b->local_disc);
	put32(bytes + 8, b->remote_disc);
	put32(bytes + 12, desired(b));
	put32(bytes + 16, b->required_rx);
	put32(bytes + 20, 0);
}

/**
 * naive_bfd_silence() - the detection time has passed (6.8.4)
 * @b: session
 *
 * Return: true when that changed the state.
 */
bool naive_bfd_silence(struct naive_bfd *b)
{
	b->remote_disc = 0;
	b->remote_rx = 1;
	b->remote = 1;
	if (b->session < 2)
		return false;
	enter(b, 1, 1);
	return true;
}

/**
 * naive_bfd_interval() - time between two packets (6.8.7), microseconds; 0 when none are wanted
 * @b: session
 */
unsigned long long naive_bfd_interval(const struct naive_bfd *b)
{
	if (b->remote_rx == 0)
		return 0;
	return desired(b) > b->remote_rx ? desired(b) : b->remote_rx;
}

/**
 * naive_bfd_detection() - detection time (6.8.4), microseconds
 * @b: session
 */
unsigned long long naive_bfd_detection(const struct naive_bfd *b)
{
	return b->remote_mult * (b->required_rx > b->remote_tx ? b->required_rx : b->remote_tx);
}
