// SPDX-License-Identifier: GPL-2.0-only
/* The states of TCP and SCTP sessions, row by row and then all combinations. */
#include "../../slb/session.h"
#include "unit.h"

#define TCP(name) SLB_SESSION_STATE_TCP_##name
#define SCTP(name) SLB_SESSION_STATE_SCTP_##name
#define FIN_REQUEST SLB_PROGRESS_FIN(SLB_REQUEST)
#define FIN_REPLY SLB_PROGRESS_FIN(SLB_REPLY)
#define S SLB_TCP_SYN
#define A SLB_TCP_ACK
#define F SLB_TCP_FIN
#define R SLB_TCP_RST

unsigned long jiffies;
static unsigned int moved;

void slb_room_update(struct slb_net *sn, struct slb_session *s)
{
	moved++;
}

struct row {
	u32 from;
	enum slb_dir dir;
	u8 event;
	u32 to;
};

static const struct row tcp_rows[] = {
	{ TCP(SYN), SLB_REQUEST, S, TCP(SYN) },
	{ TCP(SYN), SLB_REQUEST, A, TCP(SYN) },
	{ TCP(SYN), SLB_REPLY, A, TCP(SYN) },
	{ TCP(SYN), SLB_REPLY, S | A, TCP(SYN_ACK) },
	{ TCP(SYN), SLB_REPLY, R | A, TCP(CLOSE) },
	{ TCP(SYN), SLB_REQUEST, R, TCP(CLOSE) },
	{ TCP(SYN), SLB_REQUEST, F, TCP(SYN) },
	{ TCP(SYN), SLB_REQUEST, F | A, TCP(SYN) },
	{ TCP(SYN), SLB_REPLY, F | A, TCP(SYN) },
	{ TCP(SYN_ACK), SLB_REQUEST, F, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REPLY, F | A, TCP(SYN_ACK) | FIN_REPLY },
	{ TCP(SYN_ACK) | FIN_REPLY, SLB_REPLY, S | A, TCP(SYN_ACK) | FIN_REPLY },
	{ TCP(SYN_ACK) | FIN_REPLY, SLB_REQUEST, A, TCP(FIN) | FIN_REPLY },
	{ TCP(SYN_ACK) | FIN_REPLY, SLB_REQUEST, F | A, TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY },
	{ TCP(SYN_ACK), SLB_REPLY, S | A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, S, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, S | A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REPLY, A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, A, TCP(ESTABLISHED) },
	{ TCP(SYN_ACK), SLB_REQUEST, F | A, TCP(FIN) | FIN_REQUEST },
	{ TCP(SYN_ACK), SLB_REPLY, R, TCP(CLOSE) },
	{ TCP(ESTABLISHED), SLB_REQUEST, A, TCP(ESTABLISHED) },
	{ TCP(ESTABLISHED), SLB_REPLY, A, TCP(ESTABLISHED) },
	{ TCP(ESTABLISHED), SLB_REPLY, 0, TCP(ESTABLISHED) },
	{ TCP(ESTABLISHED), SLB_REQUEST, S, TCP(ESTABLISHED) },
	{ TCP(ESTABLISHED), SLB_REPLY, S | A, TCP(ESTABLISHED) },
	{ TCP(ESTABLISHED), SLB_REQUEST, F | A, TCP(FIN) | FIN_REQUEST },
	{ TCP(ESTABLISHED), SLB_REPLY, F | A, TCP(FIN) | FIN_REPLY },
	{ TCP(ESTABLISHED), SLB_REPLY, R, TCP(CLOSE) },
	{ TCP(ESTABLISHED), SLB_REQUEST, R, TCP(FIN) | FIN_REQUEST },
	{ TCP(FIN) | FIN_REQUEST, SLB_REQUEST, R, TCP(FIN) | FIN_REQUEST },
	{ TCP(FIN) | FIN_REQUEST, SLB_REPLY, R, TCP(CLOSE) | FIN_REQUEST },
	{ TCP(FIN) | FIN_REQUEST, SLB_REQUEST, S, TCP(FIN) | FIN_REQUEST },
	{ TCP(FIN) | FIN_REQUEST, SLB_REPLY, S | A, TCP(SYN_ACK) },
	{ TCP(FIN) | FIN_REPLY, SLB_REPLY, S | A, TCP(SYN_ACK) },
	{ TCP(FIN) | FIN_REQUEST, SLB_REQUEST, F | A, TCP(FIN) | FIN_REQUEST },
	{ TCP(FIN) | FIN_REQUEST, SLB_REQUEST, A, TCP(FIN) | FIN_REQUEST },
	{ TCP(FIN) | FIN_REQUEST, SLB_REPLY, A, TCP(FIN) | FIN_REQUEST },
	{ TCP(FIN) | FIN_REQUEST, SLB_REPLY, F | A, TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY },
	{ TCP(FIN) | FIN_REPLY, SLB_REQUEST, F | A, TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY },
	{ TCP(FIN) | FIN_REPLY, SLB_REPLY, F | A, TCP(FIN) | FIN_REPLY },
	{ TCP(FIN) | FIN_REPLY, SLB_REQUEST, R, TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY },
	{ TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY, SLB_REQUEST, A,
	  TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY },
	{ TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY, SLB_REPLY, F | A,
	  TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY },
	{ TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY, SLB_REQUEST, R,
	  TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY },
	{ TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY, SLB_REPLY, R,
	  TCP(CLOSE) | FIN_REQUEST | FIN_REPLY },
	{ TCP(CLOSE), SLB_REQUEST, A, TCP(CLOSE) },
	{ TCP(CLOSE), SLB_REPLY, S | A, TCP(CLOSE) },
	{ TCP(CLOSE), SLB_REPLY, F | A, TCP(CLOSE) | FIN_REPLY },
};

static void test_tcp_rows(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tcp_rows); i++) {
		const struct row *r = &tcp_rows[i];
		u32 to = slb_tcp_next(r->from, r->dir, r->event);

		EXPECT_F(to == r->to, "row %u: 0x%x, not 0x%x", i, to, r->to);
	}
}

/* What holds of every state and every combination of flags. */
static void tcp_laws(u32 from, enum slb_dir dir, u8 flags)
{
	u32 to = slb_tcp_next(from, dir, flags);
	u8 state = to & SLB_PROGRESS_STATE, old = from & SLB_PROGRESS_STATE;
	u32 fins = from & ~SLB_PROGRESS_STATE;
	u8 rank[] = { [TCP(SYN)] = 0, [TCP(SYN_ACK)] = 1, [TCP(ESTABLISHED)] = 2, [TCP(FIN)] = 3,
		      [TCP(TIME_WAIT)] = 4, [TCP(CLOSE)] = 5 };

	EXPECT(state <= TCP(CLOSE));
	/* only a server can begin again, and end at once */
	if (dir == SLB_REPLY && old == TCP(FIN) && (flags & (S | A | F | R)) == (S | A)) {
		EXPECT_EQ(to, TCP(SYN_ACK));
		return;
	}
	EXPECT(rank[state] >= rank[old]);
	EXPECT((to & fins) == fins);
	EXPECT(!(flags & R) || state >= TCP(FIN));
	EXPECT(!(flags & R) || dir == SLB_REQUEST || state == TCP(CLOSE));
	EXPECT(flags & R || old == TCP(CLOSE) || state != TCP(CLOSE));
	if (dir == SLB_REQUEST && (old == TCP(ESTABLISHED) || fins == FIN_REQUEST))
		EXPECT(old == TCP(CLOSE) || state <= TCP(FIN));
	EXPECT(slb_tcp_next(to, dir, flags) == to);
	/* nothing but a connection can be ended */
	if (flags & F && !(flags & R))
		EXPECT(to & SLB_PROGRESS_FIN(dir) ||
		       (to == from && (old == TCP(SYN) || (old == TCP(SYN_ACK) && !dir))));
	if (!(flags & (R | F | S)) && !(flags & A))
		EXPECT(to == from);
	/* reserved bits, PSH and URG say nothing */
	EXPECT(to == slb_tcp_next(from, dir, flags & (S | A | F | R)));
}

/* Every state that can be reached, from the first one on. */
static void test_tcp_laws(void)
{
	u32 todo[64] = { TCP(SYN) }, done = 0, n = 1, i;
	unsigned int flags;
	int dir;

	for (; done < n; done++) {
		for (flags = 0; flags < 256; flags++) {
			for (dir = 0; dir < SLB_DIRS; dir++) {
				u32 to = slb_tcp_next(todo[done], dir, flags);

				tcp_laws(todo[done], dir, flags);
				for (i = 0; i < n && todo[i] != to; i++)
					;
				if (i == n && n < ARRAY_SIZE(todo))
					todo[n++] = to;
			}
		}
	}
	/* three open states, one with a FIN, FIN of either side, both, CLOSE with any of four */
	EXPECT_EQ(n, 3 + 1 + 2 + 1 + 4);
}

/* No handshake, no long timeout: what a client alone sends leaves it half open or reset. */
static void test_tcp_client_alone(void)
{
	unsigned int n, times = unit_times(100000);
	u32 state = TCP(SYN);

	for (n = 0; n < times; n++) {
		if (rnd_one_in(20))
			state = TCP(SYN);
		state = slb_tcp_next(state, SLB_REQUEST, rnd());
		EXPECT(state == TCP(SYN) || (state & SLB_PROGRESS_STATE) == TCP(CLOSE));
	}
}

static const struct row sctp_rows[] = {
	{ SCTP(INIT), SLB_REQUEST, 1, SCTP(INIT) },
	{ SCTP(INIT), SLB_REPLY, 2, SCTP(INIT) },
	{ SCTP(INIT), SLB_REQUEST, 10, SCTP(INIT) },
	{ SCTP(INIT), SLB_REQUEST, 11, SCTP(INIT) },
	{ SCTP(INIT), SLB_REPLY, 11, SCTP(ESTABLISHED) },
	{ SCTP(INIT), SLB_REQUEST, 6, SCTP(INIT) },
	{ SCTP(INIT), SLB_REQUEST, 7, SCTP(INIT) },
	{ SCTP(INIT), SLB_REPLY, 6, SCTP(SHUTDOWN) | FIN_REQUEST | FIN_REPLY },
	{ SCTP(ESTABLISHED), SLB_REQUEST, 0, SCTP(ESTABLISHED) },
	{ SCTP(ESTABLISHED), SLB_REPLY, 3, SCTP(ESTABLISHED) },
	{ SCTP(ESTABLISHED), SLB_REQUEST, 4, SCTP(ESTABLISHED) },
	{ SCTP(ESTABLISHED), SLB_REQUEST, 6, SCTP(SHUTDOWN) },
	{ SCTP(ESTABLISHED), SLB_REQUEST, 7, SCTP(SHUTDOWN) },
	{ SCTP(ESTABLISHED), SLB_REPLY, 8, SCTP(SHUTDOWN) | FIN_REPLY },
	{ SCTP(SHUTDOWN), SLB_REQUEST, 1, SCTP(SHUTDOWN) },
	{ SCTP(SHUTDOWN), SLB_REQUEST, 11, SCTP(SHUTDOWN) },
	{ SCTP(SHUTDOWN), SLB_REPLY, 11, SCTP(ESTABLISHED) },
	{ SCTP(SHUTDOWN), SLB_REPLY, 6, SCTP(SHUTDOWN) | FIN_REQUEST | FIN_REPLY },
	{ SCTP(SHUTDOWN) | FIN_REQUEST | FIN_REPLY, SLB_REPLY, 8,
	  SCTP(SHUTDOWN) | FIN_REQUEST | FIN_REPLY },
	{ SCTP(SHUTDOWN) | FIN_REPLY, SLB_REQUEST, 14, SCTP(SHUTDOWN) | FIN_REPLY },
	{ SCTP(SHUTDOWN) | FIN_REPLY, SLB_REPLY, 11, SCTP(SHUTDOWN) | FIN_REPLY },
	{ SCTP(SHUTDOWN), SLB_REQUEST, 14, SCTP(SHUTDOWN) },
	{ SCTP(SHUTDOWN), SLB_REQUEST, 0, SCTP(SHUTDOWN) },
};

static void test_sctp_rows(void)
{
	static const u32 states[] = { SCTP(INIT), SCTP(ESTABLISHED), SCTP(SHUTDOWN) };
	unsigned int i, chunk;

	for (i = 0; i < ARRAY_SIZE(sctp_rows); i++) {
		const struct row *r = &sctp_rows[i];
		u32 to = slb_sctp_next(r->from, r->dir, r->event);

		EXPECT_F(to == r->to, "row %u: 0x%x, not 0x%x", i, to, r->to);
	}
	for (i = 0; i < ARRAY_SIZE(states); i++)
		for (chunk = 15; chunk < 256; chunk++)
			EXPECT_EQ(slb_sctp_next(states[i], chunk % 2, chunk), states[i]);
}

static struct slb_pkt packet(u8 proto, u8 flags, u8 chunk)
{
	return (struct slb_pkt) { .t.proto = proto, .tcp_flags = flags, .sctp_chunk = chunk };
}

static void test_starts(void)
{
	unsigned int event;
	struct slb_pkt p;

	for (event = 0; event < 256; event++) {
		p = packet(IPPROTO_TCP, event, 0);
		EXPECT_EQ(slb_session_starts(&p), (event & 0x17) == S);
		p = packet(IPPROTO_SCTP, 0, event);
		EXPECT_EQ(slb_session_starts(&p), event == 1);
		p = packet(IPPROTO_UDP, event, event);
		EXPECT_EQ(slb_session_starts(&p), true);
	}
}

static void test_reopens(void)
{
	struct slb_pkt syn = packet(IPPROTO_TCP, S, 0), ack = packet(IPPROTO_TCP, A, 0);
	struct slb_pkt init = packet(IPPROTO_SCTP, 0, 1), data = packet(IPPROTO_SCTP, 0, 0);
	struct slb_pkt udp = packet(IPPROTO_UDP, 0, 0);
	struct slb_session s = {};

	for (s.progress = 0; s.progress <= TCP(CLOSE); s.progress++) {
		EXPECT_EQ(slb_session_reopens(&s, &syn), s.progress >= TCP(TIME_WAIT));
		EXPECT_EQ(slb_session_reopens(&s, &ack), false);
	}
	for (s.progress = SCTP(INIT); s.progress <= SCTP(SHUTDOWN); s.progress++) {
		EXPECT_EQ(slb_session_reopens(&s, &init), false);
		EXPECT_EQ(slb_session_reopens(&s, &data), false);
	}
	s.progress = SCTP(SHUTDOWN) | FIN_REPLY;
	EXPECT_EQ(slb_session_reopens(&s, &init), true);
	EXPECT_EQ(slb_session_reopens(&s, &data), false);
	s.progress = SLB_SESSION_STATE_UDP;
	EXPECT_EQ(slb_session_reopens(&s, &udp), false);
}

/* The established path: nothing is written but the time, and that once a second. */
static void test_stamp(void)
{
	struct slb_pkt ack = packet(IPPROTO_TCP, A, 0), fin = packet(IPPROTO_TCP, F | A, 0);
	struct slb_session s = { .progress = TCP(ESTABLISHED), .used = 0xffffff00 }, before = s;
	unsigned int written = 0;
	u32 i;

	for (i = 0; i < 10 * HZ; i++) {
		jiffies = before.used + (unsigned long)i;
		slb_session_advance(NULL, &s, i % 2, &ack);
		if (s.used != before.used + i)
			EXPECT((u32)jiffies - s.used < HZ);
		written += s.used == (u32)jiffies && i;
	}
	EXPECT_EQ(written, 9);
	before.used = s.used;
	EXPECT(!memcmp(&s, &before, sizeof(s)));
	jiffies++;
	slb_session_advance(NULL, &s, SLB_REPLY, &fin);
	EXPECT_EQ(s.progress, TCP(FIN) | FIN_REPLY);
	EXPECT_EQ(s.used, (u32)jiffies);
}

static void test_udp(void)
{
	struct slb_session s = { .progress = SLB_SESSION_STATE_UDP_NEW };
	struct slb_pkt p = packet(IPPROTO_UDP, 0, 0);

	slb_session_advance(NULL, &s, SLB_REQUEST, &p);
	EXPECT_EQ(s.progress, SLB_SESSION_STATE_UDP_NEW);
	slb_session_advance(NULL, &s, SLB_REPLY, &p);
	EXPECT_EQ(s.progress, SLB_SESSION_STATE_UDP);
	slb_session_advance(NULL, &s, SLB_REQUEST, &p);
	EXPECT_EQ(s.progress, SLB_SESSION_STATE_UDP);
}

/* By state, with the FIN bits. */
static void test_tiers(void)
{
	static const struct {
		u32 progress;
		enum slb_tier tier;
	} rows[] = {
		{ TCP(SYN), SLB_TIER_HALF_OPEN },
		{ TCP(SYN_ACK), SLB_TIER_HALF_OPEN },
		{ TCP(SYN_ACK) | FIN_REPLY, SLB_TIER_HALF_OPEN },
		{ SLB_SESSION_STATE_UDP_NEW, SLB_TIER_HALF_OPEN },
		{ SCTP(INIT), SLB_TIER_HALF_OPEN },
		{ TCP(CLOSE), SLB_TIER_RESET },
		{ TCP(CLOSE) | FIN_REQUEST, SLB_TIER_RESET },
		{ SCTP(SHUTDOWN) | FIN_REQUEST | FIN_REPLY, SLB_TIER_RESET },
		{ TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY, SLB_TIER_CLOSED },
		{ SCTP(SHUTDOWN) | FIN_REPLY, SLB_TIER_CLOSED },
		{ TCP(FIN) | FIN_REQUEST, SLB_TIER_HALF_CLOSED },
		{ TCP(FIN) | FIN_REPLY, SLB_TIER_HALF_CLOSED },
		{ SCTP(SHUTDOWN), SLB_TIER_HALF_CLOSED },
		{ TCP(ESTABLISHED), SLB_TIERS },
		{ SLB_SESSION_STATE_UDP, SLB_TIERS },
		{ SCTP(ESTABLISHED), SLB_TIERS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		EXPECT_F(slb_session_tier(rows[i].progress) == rows[i].tier, "row %u", i);
}

/* A handshake has time to finish, and what may be in use half closed stays. */
static void test_yields(void)
{
	static const struct {
		u32 progress;
		u32 idle;
	} rows[] = {
		{ TCP(SYN), HZ }, { TCP(CLOSE), 0 }, { TCP(TIME_WAIT), 0 }, { TCP(FIN), 2 * HZ },
	};
	struct slb_session s = {};
	enum slb_tier tier;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		s.progress = rows[i].progress;
		jiffies = 100;
		s.used = (u32)(jiffies - rows[i].idle);
		EXPECT(slb_session_yields(&s, &tier));
		s.used++;
		EXPECT_EQ(slb_session_yields(&s, &tier), false);
	}
	s.progress = TCP(ESTABLISHED);
	s.used = jiffies - 1000 * HZ;
	EXPECT(!slb_session_yields(&s, &tier));
}

/* It changes its place when it changes its tier. */
static void test_moves(void)
{
	struct slb_pkt syn_ack = packet(IPPROTO_TCP, S | A, 0), ack = packet(IPPROTO_TCP, A, 0);
	struct slb_pkt fin = packet(IPPROTO_TCP, F | A, 0);
	struct slb_session s = { .progress = TCP(SYN) };

	moved = 0;
	slb_session_advance(NULL, &s, SLB_REPLY, &syn_ack);
	EXPECT_EQ(moved, 0);
	slb_session_advance(NULL, &s, SLB_REQUEST, &ack);
	EXPECT_EQ(moved, 1);
	slb_session_advance(NULL, &s, SLB_REPLY, &ack);
	EXPECT_EQ(moved, 1);
	slb_session_advance(NULL, &s, SLB_REQUEST, &fin);
	EXPECT_EQ(moved, 2);
	slb_session_advance(NULL, &s, SLB_REPLY, &fin);
	EXPECT_EQ(moved, 3);
}

static const struct unit_case cases[] = {
	{ "TCP, row by row", test_tcp_rows },
	{ "TCP, laws of all states and flags", test_tcp_laws },
	{ "TCP, a client alone establishes nothing", test_tcp_client_alone },
	{ "SCTP, row by row", test_sctp_rows },
	{ "UDP", test_udp },
	{ "who makes room", test_tiers },
	{ "and when", test_yields },
	{ "a session changes its place with its tier", test_moves },
	{ "what begins a session", test_starts },
	{ "what begins another on an old key", test_reopens },
	{ "an established session is written to once a second", test_stamp },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
