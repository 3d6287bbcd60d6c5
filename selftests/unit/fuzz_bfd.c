// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzer's target: BFD sessions that packets and silence drive, held against a naive session. */
#include <slb/bfd.h>

#include "fuzz.h"
#include "naive_bfd.h"

/**
 * struct start - the first bytes of an input: a new session
 * @disc: our discriminator
 * @interval: ours, microseconds
 * @mult: our multiplier
 */
struct start {
	u8 disc[4];
	u8 interval[4];
	u8 mult;
};

/**
 * struct event - any number of them follow
 * @what: EVENT_*
 * @len: length of the packet
 * @packet: a packet
 */
struct event {
	u8 what;
	u8 len;
	u8 packet[sizeof(struct slb_bfd_packet)];
};

/* Silence comes instead of a packet; an operator takes the session down, and up again. */
#define EVENT_SILENCE 0x01
#define EVENT_ADMIN 0x02
/* Put in what is hard to find by trying: our discriminator; version and length. */
#define EVENT_DISC 0x10
#define EVENT_SOUND 0x20

static void same_session(const struct slb_bfd *b, const struct naive_bfd *want, bool final)
{
	struct slb_bfd_packet pkt;
	u8 bytes[sizeof(pkt)];

	EXPECT_EQ(b->state, want->session);
	EXPECT_EQ(b->diag, want->diag);
	EXPECT_EQ(b->remote_state, want->remote);
	EXPECT_EQ(b->remote_diag, want->remote_diag);
	EXPECT_EQ(b->remote_mult, want->remote_mult);
	EXPECT_EQ(b->poll, want->polling);
	EXPECT_EQ(b->your_disc, want->remote_disc);
	EXPECT_EQ(slb_bfd_interval(b), naive_bfd_interval(want));
	EXPECT_EQ(slb_bfd_detect(b), naive_bfd_detection(want));
	slb_bfd_fill(b, &pkt, final);
	naive_bfd_give(want, bytes, final);
	EXPECT(!memcmp(&pkt, bytes, sizeof(pkt)));
}

/* An operator takes the session down, or lets it come up again. */
static void administer(struct slb_bfd *b, struct naive_bfd *naive)
{
	bool down = b->state != SLB_BFD_ADMIN_DOWN;

	b->state = down ? SLB_BFD_ADMIN_DOWN : SLB_BFD_DOWN;
	b->diag = down ? SLB_BFD_DIAG_ADMIN : SLB_BFD_DIAG_NONE;
	naive->session = b->state;
	naive->diag = b->diag;
}

/* Returns what came of it. */
static unsigned int receive(struct slb_bfd *b, struct naive_bfd *naive, struct event *e)
{
	struct slb_bfd_packet pkt;
	struct naive_bfd_todo want;
	unsigned int todo;

	if (e->what & EVENT_DISC)
		put_unaligned_be32(b->my_disc, e->packet + 8);
	if (e->what & EVENT_SOUND) {
		e->packet[0] = 0x20 | e->packet[0] % 32;
		e->packet[1] &= ~5;
		e->packet[3] = sizeof(pkt);
		e->len |= sizeof(pkt);
	}
	memcpy(&pkt, e->packet, sizeof(pkt));
	want = naive_bfd_take(naive, e->packet, e->len);
	todo = slb_bfd_receive(b, &pkt, e->len);
	EXPECT_EQ(todo, want.taken * SLB_BFD_TAKEN | want.changed * SLB_BFD_CHANGED |
			want.answer * SLB_BFD_ANSWER | want.polled * SLB_BFD_POLLED);
	return todo ? FUZZ_KIND + SLB_KIND_FLOW : SLB_DROP_PROBE;
}

static unsigned int run_bfd(const u8 *in, unsigned int len)
{
	unsigned int outcome = FUZZ_NOTHING;
	struct naive_bfd naive = { .session = 1, .remote = 1, .remote_rx = 1 };
	struct start start;
	struct slb_bfd b;
	struct event e;

	if (len < sizeof(start))
		return outcome;
	memcpy(&start, in, sizeof(start));
	naive.local_disc = get_unaligned_be32(start.disc);
	naive.desired_tx = get_unaligned_be32(start.interval);
	naive.required_rx = naive.desired_tx;
	naive.mult = start.mult;
	slb_bfd_init(&b, naive.local_disc, naive.desired_tx, naive.mult);
	same_session(&b, &naive, false);
	in += sizeof(start);
	len -= sizeof(start);
	for (; len >= sizeof(e) && !unit_failing(); in += sizeof(e), len -= sizeof(e)) {
		memcpy(&e, in, sizeof(e));
		if (e.what & EVENT_SILENCE)
			EXPECT_EQ(slb_bfd_expire(&b), naive_bfd_silence(&naive));
		else if (e.what & EVENT_ADMIN)
			administer(&b, &naive);
		else
			outcome = receive(&b, &naive, &e);
		same_session(&b, &naive, e.what & 0x40);
	}
	return outcome;
}

static unsigned int make_bfd(u8 *in)
{
	unsigned int n = 1 + rnd_below(rnd_one_in(8) ? 40 : 8), len = sizeof(struct start);
	struct event e;

	rnd_bytes(in, len);
	while (n--) {
		rnd_bytes(&e, sizeof(e));
		e.what &= rnd() | EVENT_DISC | EVENT_SOUND;
		if (!rnd_one_in(8))
			e.what &= ~(EVENT_SILENCE | EVENT_ADMIN);
		if (!rnd_one_in(8))
			e.what |= EVENT_DISC | EVENT_SOUND;
		else if (rnd_one_in(2))
			memset(e.packet + 4 + 4 * rnd_below(4), 0, 4);
		memcpy(in + len, &e, sizeof(e));
		len += sizeof(e);
	}
	return len;
}

const struct fuzz_target fuzz_bfd = { "bfd", run_bfd, make_bfd };
