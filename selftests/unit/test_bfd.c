// SPDX-License-Identifier: GPL-2.0-only
/* BFD and S-BFD: states, what is no packet of the session, two ends over a wire that loses. */
#include <slb/sbfd.h>

#include "unit.h"

#define INTERVAL 100000u
#define MULT 3
#define STEP 1000u
#define SECOND 1000000u

/* One end, as probe_code.h drives it: when it sends next, and when it gives the other one up. */
struct end {
	struct slb_bfd bfd;
	u64 send_at;
	u64 detect_at;
	bool deaf;	/* what is sent to it is lost */
	u64 left_up;	/* when it last left the state up */
	unsigned int sent;
};

static struct end ends[2];
static u64 now;

static void begin(struct end *e)
{
	u32 disc = rnd() | 1;

	slb_bfd_init(&e->bfd, disc, INTERVAL, MULT);
	e->send_at = now + rnd_below(INTERVAL);
}

static void setup(void)
{
	memset(ends, 0, sizeof(ends));
	now = 0;
	begin(&ends[0]);
	begin(&ends[1]);
}

static void deliver(struct end *to, const struct slb_bfd_packet *pkt);

static void transmit(struct end *e, bool final)
{
	struct end *to = &ends[e == &ends[0]];
	struct slb_bfd_packet pkt;

	slb_bfd_fill(&e->bfd, &pkt, final);
	e->sent++;
	if (!to->deaf)
		deliver(to, &pkt);
}

static void pause_after(struct end *e)
{
	e->send_at = now + slb_bfd_interval(&e->bfd) * (75ull + rnd_below(25)) / 100;
}

static void deliver(struct end *to, const struct slb_bfd_packet *pkt)
{
	bool was_up = to->bfd.state == SLB_BFD_UP;
	unsigned int todo = slb_bfd_receive(&to->bfd, pkt, sizeof(*pkt));

	if (todo == SLB_BFD_IGNORED)
		return;
	to->detect_at = now + slb_bfd_detect(&to->bfd);
	if (was_up && to->bfd.state != SLB_BFD_UP)
		to->left_up = now;
	if (todo & SLB_BFD_CHANGED) {
		pause_after(to);
		transmit(to, false);
	} else if (todo & SLB_BFD_ANSWER) {
		transmit(to, true);
	}
}

static void run(u64 time)
{
	u64 end = now + time;
	unsigned int i;

	for (; now < end; now += STEP) {
		for (i = 0; i < 2; i++) {
			struct end *e = &ends[i];
			u8 state = e->bfd.state;

			if ((state == SLB_BFD_INIT || state == SLB_BFD_UP) && now >= e->detect_at &&
			    slb_bfd_expire(&e->bfd)) {
				if (state == SLB_BFD_UP)
					e->left_up = now;
				e->send_at = now;
			}
			if (now >= e->send_at && e->bfd.state != SLB_BFD_ADMIN_DOWN) {
				pause_after(e);
				transmit(e, false);
			}
		}
	}
}

static bool both(u8 state)
{
	return ends[0].bfd.state == state && ends[1].bfd.state == state;
}

static void test_up(void)
{
	unsigned int i;

	for (i = 0; i < unit_times(200); i++) {
		setup();
		ends[1].send_at += rnd_below(5 * SECOND);
		run(7 * SECOND);
		EXPECT(both(SLB_BFD_UP));
		EXPECT_EQ(ends[0].bfd.your_disc, ends[1].bfd.my_disc);
		EXPECT_EQ(ends[1].bfd.your_disc, ends[0].bfd.my_disc);
		EXPECT(!ends[0].bfd.poll && !ends[1].bfd.poll);
		ends[0].sent = 0;
		run(10 * SECOND);
		EXPECT_F(ends[0].sent >= 100 && ends[0].sent <= 135, "%u packets in 10 s",
			 ends[0].sent);
		EXPECT(both(SLB_BFD_UP));
	}
}

/* Detection begins at most an interval before the loss does. */
static void expect_detected(u64 lost_at, u64 slack)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		EXPECT(ends[i].bfd.state != SLB_BFD_UP);
		EXPECT_F(ends[i].left_up > lost_at &&
			 ends[i].left_up <= lost_at + MULT * INTERVAL + slack,
			 "end %u went down %lld us after the loss", i,
			 (long long)(ends[i].left_up - lost_at));
	}
}

static void test_silence(void)
{
	unsigned int i;

	for (i = 0; i < unit_times(200); i++) {
		u64 lost_at;

		setup();
		run(3 * SECOND + rnd_below(INTERVAL));
		lost_at = now;
		ends[0].deaf = true;
		ends[1].deaf = true;
		run(SECOND);
		expect_detected(lost_at, 2 * STEP);
		ends[0].deaf = false;
		ends[1].deaf = false;
		run(3 * SECOND);
		EXPECT(both(SLB_BFD_UP));
	}
}

/* What works one way only is down on both ends, within one detection time. */
static void test_one_way(void)
{
	unsigned int i;

	for (i = 0; i < unit_times(200); i++) {
		u64 lost_at;

		setup();
		run(3 * SECOND + rnd_below(INTERVAL));
		lost_at = now;
		ends[i % 2].deaf = true;
		run(5 * SECOND);
		expect_detected(lost_at, 2 * STEP);
		EXPECT_EQ(ends[i % 2].bfd.diag, SLB_BFD_DIAG_EXPIRED);
		ends[i % 2].deaf = false;
		run(3 * SECOND);
		EXPECT(both(SLB_BFD_UP));
	}
}

static void test_restart(void)
{
	unsigned int i;

	for (i = 0; i < unit_times(200); i++) {
		setup();
		run(3 * SECOND);
		begin(&ends[0]);
		run(4 * SECOND);
		EXPECT(both(SLB_BFD_UP));
		EXPECT_EQ(ends[1].bfd.your_disc, ends[0].bfd.my_disc);
	}
}

static void test_withdrawal(void)
{
	setup();
	run(3 * SECOND);
	ends[0].bfd.state = SLB_BFD_ADMIN_DOWN;
	ends[0].bfd.diag = SLB_BFD_DIAG_ADMIN;
	transmit(&ends[0], false);
	EXPECT_EQ(ends[1].bfd.state, SLB_BFD_DOWN);
	EXPECT_EQ(ends[1].bfd.remote_diag, SLB_BFD_DIAG_ADMIN);
	run(10 * SECOND);
	EXPECT_EQ(ends[0].bfd.state, SLB_BFD_ADMIN_DOWN);
	EXPECT_EQ(ends[1].bfd.state, SLB_BFD_DOWN);
}

/* RFC 5880, 6.8.6: by our state and the one received; -1: no change. */
static void test_table(void)
{
	static const int table[4][4] = {
		/* received: admin-down, down, init, up */
		[SLB_BFD_ADMIN_DOWN] = { -1, -1, -1, -1 },
		[SLB_BFD_DOWN] = { -1, SLB_BFD_INIT, SLB_BFD_UP, -1 },
		[SLB_BFD_INIT] = { SLB_BFD_DOWN, -1, SLB_BFD_UP, SLB_BFD_UP },
		[SLB_BFD_UP] = { SLB_BFD_DOWN, SLB_BFD_DOWN, -1, -1 },
	};
	unsigned int ours, theirs;

	for (ours = 0; ours < 4; ours++) {
		for (theirs = 0; theirs < 4; theirs++) {
			struct slb_bfd b, other;
			struct slb_bfd_packet pkt;
			unsigned int todo;
			int want = table[ours][theirs] < 0 ? ours : table[ours][theirs];

			slb_bfd_init(&b, 7, INTERVAL, MULT);
			slb_bfd_init(&other, 9, INTERVAL, MULT);
			b.state = ours;
			other.state = theirs;
			other.your_disc = 7;
			slb_bfd_fill(&other, &pkt, false);
			todo = slb_bfd_receive(&b, &pkt, sizeof(pkt));
			EXPECT_F(b.state == want, "from %u on %u to %u, not %d", ours, theirs,
				 b.state, want);
			EXPECT_EQ(!!(todo & SLB_BFD_CHANGED), want != (int)ours);
		}
	}
}

/* Each of these makes a sound packet one that is not taken. */
static void test_refused(void)
{
	struct slb_bfd b, other;
	struct slb_bfd_packet good, pkt;
	unsigned int i;

	slb_bfd_init(&b, 0x01020304, INTERVAL, MULT);
	slb_bfd_init(&other, 9, INTERVAL, MULT);
	other.your_disc = b.my_disc;
	other.state = SLB_BFD_UP;
	b.state = SLB_BFD_UP;
	slb_bfd_fill(&other, &good, false);
	pkt = good;
	EXPECT(slb_bfd_receive(&b, &pkt, sizeof(pkt)) != SLB_BFD_IGNORED);
	for (i = 0; i < 8; i++) {
		struct slb_bfd before = b;
		unsigned int len = sizeof(pkt);

		pkt = good;
		switch (i) {
		case 0:
			pkt.vers_diag = 2 << 5;
			break;
		case 1:
			pkt.len = sizeof(pkt) - 1;
			break;
		case 2:
			pkt.len = sizeof(pkt) + 1;
			break;
		case 3:
			pkt.mult = 0;
			break;
		case 4:
			pkt.flags |= SLB_BFD_MULTIPOINT;
			break;
		case 5:
			pkt.flags |= SLB_BFD_AUTH;
			break;
		case 6:
			pkt.my_disc = 0;
			break;
		case 7:
			pkt.your_disc = htonl(b.my_disc + 1);
			break;
		}
		EXPECT_F(slb_bfd_receive(&b, &pkt, len) == SLB_BFD_IGNORED, "fault %u", i);
		EXPECT_F(!memcmp(&before, &b, sizeof(b)), "fault %u has left a mark", i);
	}
	/* without our number only who is down may speak */
	for (i = 0; i < 4; i++) {
		struct slb_bfd fresh = b;
		bool may = i == SLB_BFD_DOWN || i == SLB_BFD_ADMIN_DOWN;

		other.state = i;
		other.your_disc = 0;
		slb_bfd_fill(&other, &pkt, false);
		EXPECT_F((slb_bfd_receive(&fresh, &pkt, sizeof(pkt)) != SLB_BFD_IGNORED) == may,
			 "state %u without a number", i);
	}
}

/* Whatever comes: without the number of the session, an end that is up stays up. */
static void test_noise(void)
{
	struct slb_bfd_packet pkt;
	unsigned int i;

	setup();
	run(3 * SECOND);
	for (i = 0; i < unit_times(1000000); i++) {
		struct slb_bfd b = ends[0].bfd;

		rnd_bytes(&pkt, sizeof(pkt));
		if (rnd_one_in(2)) {
			pkt.vers_diag = SLB_BFD_VERSION << 5;
			pkt.len = sizeof(pkt);
			pkt.flags &= ~(SLB_BFD_AUTH | SLB_BFD_MULTIPOINT);
		}
		if (pkt.your_disc == htonl(b.my_disc) || !pkt.your_disc)
			continue;
		EXPECT_EQ(slb_bfd_receive(&b, &pkt, rnd_below(40)), SLB_BFD_IGNORED);
	}
}

/* An address of the reflector, as the module has it. */
static const __be32 asked[4] = { htonl(0x64400101) };

static void ask(struct slb_bfd *b, struct slb_bfd_packet *answer, bool works)
{
	u32 disc = slb_sbfd_disc(asked);
	struct slb_bfd_packet request;

	slb_sbfd_fill(b, disc, &request);
	EXPECT(slb_sbfd_reflect(&request, sizeof(request), disc, works, answer));
}

static unsigned int answered(struct slb_bfd *b, const struct slb_bfd_packet *answer)
{
	return slb_sbfd_receive(b, slb_sbfd_disc(asked), answer, sizeof(*answer));
}

static void test_asked(void)
{
	struct slb_bfd_packet answer;
	struct slb_bfd b;

	slb_bfd_init(&b, 7, INTERVAL, MULT);
	EXPECT_EQ(slb_bfd_interval(&b), SECOND);
	ask(&b, &answer, true);
	EXPECT_EQ(answered(&b, &answer), SLB_BFD_TAKEN | SLB_BFD_CHANGED);
	EXPECT_EQ(b.state, SLB_BFD_UP);
	EXPECT_EQ(slb_bfd_interval(&b), INTERVAL);
	EXPECT_EQ(slb_sbfd_detect(&b), MULT * INTERVAL);
	EXPECT_EQ(answered(&b, &answer), SLB_BFD_TAKEN);
	EXPECT(slb_bfd_expire(&b));
	EXPECT_EQ(b.state, SLB_BFD_DOWN);
	EXPECT_EQ(b.your_disc, 0);
	EXPECT_EQ(slb_bfd_interval(&b), SECOND);
	ask(&b, &answer, true);
	EXPECT_EQ(answered(&b, &answer), SLB_BFD_TAKEN | SLB_BFD_CHANGED);
	/* one that is out of service is not waited for */
	ask(&b, &answer, false);
	EXPECT_EQ(answered(&b, &answer), SLB_BFD_TAKEN | SLB_BFD_CHANGED);
	EXPECT_EQ(b.state, SLB_BFD_DOWN);
	EXPECT_EQ(b.your_disc, 0);
	EXPECT_EQ(answered(&b, &answer), SLB_BFD_TAKEN);
	/* one that can take less is asked less often, and waited for longer */
	ask(&b, &answer, true);
	answer.min_rx = htonl(5 * INTERVAL);
	EXPECT(answered(&b, &answer) & SLB_BFD_TAKEN);
	EXPECT_EQ(slb_bfd_interval(&b), 5 * INTERVAL);
	EXPECT_EQ(slb_sbfd_detect(&b), 5 * MULT * INTERVAL);
	answer.min_rx = 0;
	EXPECT(answered(&b, &answer) & SLB_BFD_TAKEN);
	EXPECT_EQ(slb_bfd_interval(&b), INTERVAL);
}

/* Makes a sound answer one that is not taken. */
static void spoil_answer(struct slb_bfd_packet *pkt, unsigned int fault)
{
	switch (fault) {
	case 0:
		pkt->vers_diag = 2 << 5;
		break;
	case 1:
		pkt->len = sizeof(*pkt) - 1;
		break;
	case 2:
		pkt->mult = 0;
		break;
	case 3:
		pkt->flags |= SLB_BFD_AUTH;
		break;
	case 4:
		pkt->flags |= SLB_BFD_DEMAND;
		break;
	case 5:
		pkt->my_disc = htonl(ntohl(pkt->my_disc) + 1);
		break;
	case 6:
		pkt->your_disc = htonl(ntohl(pkt->your_disc) + 1);
		break;
	case 7:
		pkt->your_disc = 0;
		break;
	case 8:
		pkt->flags = SLB_BFD_DOWN << 6;
		break;
	case 9:
		pkt->flags = SLB_BFD_INIT << 6;
		break;
	}
}

static void test_answer_refused(void)
{
	struct slb_bfd_packet good, pkt;
	struct slb_bfd b, before;
	unsigned int i, state;

	for (state = SLB_BFD_DOWN; state <= SLB_BFD_UP; state += SLB_BFD_UP - SLB_BFD_DOWN) {
		slb_bfd_init(&b, 0x01020304, INTERVAL, MULT);
		b.state = state;
		ask(&b, &good, true);
		for (i = 0; i < 10; i++) {
			before = b;
			pkt = good;
			spoil_answer(&pkt, i);
			EXPECT_F(answered(&b, &pkt) == SLB_BFD_IGNORED, "fault %u", i);
			EXPECT_F(!memcmp(&before, &b, sizeof(b)), "fault %u has left a mark", i);
		}
		before = b;
		for (i = 0; i < unit_times(200000); i++) {
			rnd_bytes(&pkt, sizeof(pkt));
			if (rnd_one_in(2)) {
				pkt = good;
				pkt.your_disc = htonl(rnd());
			}
			if (ntohl(pkt.your_disc) != b.my_disc)
				EXPECT_EQ(answered(&b, &pkt), SLB_BFD_IGNORED);
		}
		EXPECT(!memcmp(&before, &b, sizeof(b)));
	}
}

static void test_reflected(void)
{
	static const __be32 ipv6[4] = { htonl(0x20010db8), 0, htonl(0xffff0000), htonl(1) };
	static const __be32 zero[4] = { htonl(1), htonl(1), 0, 0 };
	u32 disc = slb_sbfd_disc(asked);
	struct slb_bfd_packet request, answer, again;
	struct slb_bfd b;

	EXPECT_EQ(disc, 0x64400101);
	EXPECT_EQ(slb_sbfd_disc(ipv6), 0x20010db8 ^ 0xffff0000 ^ 1);
	EXPECT_EQ(slb_sbfd_disc(zero), 1);
	slb_bfd_init(&b, 7, INTERVAL, MULT);
	slb_sbfd_fill(&b, disc, &request);
	EXPECT(slb_sbfd_reflect(&request, sizeof(request), disc, true, &answer));
	EXPECT_EQ(answer.flags, SLB_BFD_UP << 6);
	EXPECT_EQ(answer.my_disc, request.your_disc);
	EXPECT_EQ(answer.your_disc, request.my_disc);
	EXPECT_EQ(answer.len, sizeof(answer));
	/* an answer is answered by nobody, were it sent to whoever has its number */
	EXPECT(!slb_sbfd_reflect(&answer, sizeof(answer), b.my_disc, true, &again));
	EXPECT(!slb_sbfd_reflect(&request, sizeof(request), disc + 1, true, &answer));
	EXPECT(!slb_sbfd_reflect(&request, sizeof(request) - 1, disc, true, &answer));
	request.flags |= SLB_BFD_POLL;
	EXPECT(slb_sbfd_reflect(&request, sizeof(request), disc, true, &answer));
	EXPECT_EQ(answer.flags, SLB_BFD_UP << 6 | SLB_BFD_FINAL);
	request.flags |= SLB_BFD_MULTIPOINT;
	EXPECT(!slb_sbfd_reflect(&request, sizeof(request), disc, true, &answer));
}

static const struct unit_case cases[] = {
	{ "two ends come up, whichever begins, and then send at the interval", test_up },
	{ "silence is found within the detection time, and overcome", test_silence },
	{ "a path that works one way only is down on both ends, and overcome", test_one_way },
	{ "an end that restarts gets a new session", test_restart },
	{ "a withdrawn session is down at once, and stays down", test_withdrawal },
	{ "states follow the table of RFC 5880", test_table },
	{ "an invalid packet of the session is refused and changes nothing", test_refused },
	{ "random packets change nothing", test_noise },
	{ "an end that asks is up from the first answer until answers stop", test_asked },
	{ "an invalid answer to a request is refused and changes nothing",
	  test_answer_refused },
	{ "each request is answered once, and nothing else is", test_reflected },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
