// SPDX-License-Identifier: GPL-2.0-only
/* The states of TCP and SCTP sessions, row by row and then all combinations. */
#include "../../slb/config/group.h"
#include "../../slb/state/session.h"
#include "../../slb/state/session_room.h"
#include "../../slb/state/sync_log.h"
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
/* No sessions are exchanged. */
static struct slb_net net;

/**
 * slb_sync_expired() - stand-in: there are no copies of sessions
 * @sn: namespace
 * @s: session
 *
 * Return: false.
 */
bool slb_sync_expired(const struct slb_net *sn, const struct slb_session *s)
{
	return false;
}

/**
 * slb_sync_log_write() - stand-in: there is no log of sessions
 * @log: the log
 * @reply: a key
 * @ended: whether its session has ended
 */
void slb_sync_log_write(struct slb_sync_log *log, const struct slb_tuple *reply, bool ended)
{
}

void slb_persist_established(struct slb_net *sn, const struct slb_session *s)
{
}

void slb_room_update(struct slb_net *sn, struct slb_session *s)
{
	moved++;
}

void slb_server_failed(struct slb_net *sn, struct slb_server *server,
		       struct slb_server_fault *fault)
{
	atomic64_inc(&fault->n);
	fault->last = slb_server_time();
}

struct row {
	u32 from;
	enum slb_dir dir;
	u32 event;
	u32 to;
};

/* With the flags of a segment: it proves that the client has seen the SYN-ACK. */
#define P 0x100

static const struct row tcp_rows[] = {
	{ TCP(SYN), SLB_REQUEST, S, TCP(SYN) },
	{ TCP(SYN), SLB_REQUEST, A, TCP(SYN) },
	{ TCP(SYN), SLB_REPLY, A, TCP(SYN) },
	{ TCP(SYN), SLB_REPLY, S | A, TCP(SYN_ACK) },
	{ TCP(SYN), SLB_REPLY, R | A, TCP(CLOSE) },
	{ TCP(SYN), SLB_REQUEST, R, TCP(SYN) },
	{ TCP(SYN), SLB_REQUEST, F, TCP(SYN) },
	{ TCP(SYN), SLB_REQUEST, F | A, TCP(SYN) },
	{ TCP(SYN), SLB_REPLY, F | A, TCP(SYN) },
	{ TCP(SYN_ACK), SLB_REQUEST, F, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REPLY, F | A, TCP(SYN_ACK) | FIN_REPLY },
	{ TCP(SYN_ACK) | FIN_REPLY, SLB_REPLY, S | A, TCP(SYN_ACK) | FIN_REPLY },
	{ TCP(SYN_ACK) | FIN_REPLY, SLB_REQUEST, A, TCP(SYN_ACK) | FIN_REPLY },
	{ TCP(SYN_ACK) | FIN_REPLY, SLB_REQUEST, P | A, TCP(FIN) | FIN_REPLY },
	{ TCP(SYN_ACK) | FIN_REPLY, SLB_REQUEST, P | F | A,
	  TCP(TIME_WAIT) | FIN_REQUEST | FIN_REPLY },
	{ TCP(SYN_ACK), SLB_REPLY, S | A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, S, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, S | A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REPLY, A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, P | A, TCP(ESTABLISHED) },
	{ TCP(SYN_ACK), SLB_REPLY, P | A, TCP(ESTABLISHED) },
	{ TCP(SYN_ACK), SLB_REPLY, P | F | A, TCP(FIN) | FIN_REPLY },
	{ TCP(SYN_ACK), SLB_REQUEST, F | A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, P | F | A, TCP(FIN) | FIN_REQUEST },
	{ TCP(SYN_ACK), SLB_REQUEST, R, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, R | A, TCP(SYN_ACK) },
	{ TCP(SYN_ACK), SLB_REQUEST, P | R | A, TCP(CLOSE) },
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
		u32 to = slb_tcp_next(r->from, r->dir, r->event, r->event & P);

		EXPECT_F(to == r->to, "row %u: 0x%x, not 0x%x", i, to, r->to);
	}
}

/* What holds of every state and every combination of flags. */
static void tcp_laws(u32 from, enum slb_dir dir, u8 flags, bool proves)
{
	u32 to = slb_tcp_next(from, dir, flags, proves);
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
	/* without a proof a client changes nothing */
	if (dir == SLB_REQUEST && rank[old] < 2 && !proves) {
		EXPECT_EQ(to, from);
		return;
	}
	EXPECT(!(flags & R) || state >= TCP(FIN));
	EXPECT(!(flags & R) || dir == SLB_REQUEST || state == TCP(CLOSE));
	EXPECT(flags & R || old == TCP(CLOSE) || state != TCP(CLOSE));
	if (dir == SLB_REQUEST && (old == TCP(ESTABLISHED) || fins == FIN_REQUEST))
		EXPECT(old == TCP(CLOSE) || state <= TCP(FIN));
	EXPECT(slb_tcp_next(to, dir, flags, proves) == to);
	/* nothing but a connection can be ended */
	if (flags & F && !(flags & R))
		EXPECT(to & SLB_PROGRESS_FIN(dir) ||
		       (to == from && (old == TCP(SYN) || (old == TCP(SYN_ACK) && !dir))));
	if (!(flags & (R | F | S)) && !proves)
		EXPECT(to == from);
	/* reserved bits, PSH and URG say nothing */
	EXPECT(to == slb_tcp_next(from, dir, flags & (S | A | F | R), proves));
}

/* Every state that can be reached, from the first one on. */
static void test_tcp_laws(void)
{
	u32 todo[64] = { TCP(SYN) }, done = 0, n = 1, i;
	unsigned int event;

	for (; done < n; done++) {
		for (event = 0; event < 1024; event++) {
			u8 flags = event;
			enum slb_dir dir = event >> 8 & 1;
			u32 state = todo[done] & SLB_PROGRESS_STATE, to;
			/* which only a segment with ACK and without SYN can, and only then */
			bool proves = event >> 9 && state == TCP(SYN_ACK) &&
				      (flags & (S | A)) == A;

			to = slb_tcp_next(todo[done], dir, flags, proves);
			tcp_laws(todo[done], dir, flags, proves);
			for (i = 0; i < n && todo[i] != to; i++)
				;
			if (i == n && n < ARRAY_SIZE(todo))
				todo[n++] = to;
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
		state = slb_tcp_next(state, SLB_REQUEST, rnd(), false);
		EXPECT_EQ(state, TCP(SYN));
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
		u32 to = slb_sctp_next(r->from, r->dir, BIT(r->event));

		EXPECT_F(to == r->to, "row %u: 0x%x, not 0x%x", i, to, r->to);
	}
	for (i = 0; i < ARRAY_SIZE(states); i++)
		for (chunk = 15; chunk < 32; chunk++)
			EXPECT_EQ(slb_sctp_next(states[i], chunk % 2, BIT(chunk)), states[i]);
}

/* Each chunk of a packet counts, in whatever company. */
static void test_sctp_bundles(void)
{
	static const u32 states[] = { SCTP(INIT), SCTP(ESTABLISHED), SCTP(SHUTDOWN),
				      SCTP(SHUTDOWN) | FIN_REPLY };
	const u32 idle = BIT(SCTP_CID_DATA) | BIT(SCTP_CID_SACK) | BIT(SCTP_CID_ERROR) |
			 BIT(SCTP_CID_AUTH);
	unsigned int i, chunk;
	int dir;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		for (chunk = 0; chunk < 32; chunk++)
			for (dir = 0; dir < SLB_DIRS; dir++)
				EXPECT_EQ(slb_sctp_next(states[i], dir, idle | BIT(chunk)),
					  slb_sctp_next(states[i], dir, BIT(chunk)));
	EXPECT_EQ(slb_sctp_next(SCTP(INIT), SLB_REPLY, BIT(SCTP_CID_COOKIE_ACK) |
				BIT(SCTP_CID_ABORT)),
		  SCTP(SHUTDOWN) | FIN_REQUEST | FIN_REPLY);
}

static struct slb_pkt packet(u8 proto, u8 flags, u8 chunk)
{
	return (struct slb_pkt) {
		.t.proto = proto, .tcp_flags = flags, .sctp_chunk = chunk,
		.sctp_chunks = chunk < 32 ? BIT(chunk) : 0,
	};
}

/* The server of all sessions but those that name another one. */
static struct slb_vip a_vip;
static struct slb_server a_server = {};

/* A session in a state of its protocol. */
static struct slb_session session(u32 progress)
{
	u8 state = progress & SLB_PROGRESS_STATE;
	u8 proto = state <= TCP(CLOSE) ? IPPROTO_TCP :
		   state <= SLB_SESSION_STATE_UDP ? IPPROTO_UDP : IPPROTO_SCTP;

	return (struct slb_session) {
		.progress = progress, .side[SLB_REQUEST].tuple.proto = proto,
		.server = &a_server, .vip = &a_vip,
	};
}

static void test_starts(void)
{
	unsigned int event;
	struct slb_pkt p;

	for (event = 0; event < 256; event++) {
		p = packet(IPPROTO_TCP, event, 0);
		EXPECT_EQ(slb_proto_starts(p.t.proto, &p), (event & 0x17) == S);
		p = packet(IPPROTO_SCTP, 0, event);
		EXPECT_EQ(slb_proto_starts(p.t.proto, &p), event == 1);
		p = packet(IPPROTO_UDP, event, event);
		EXPECT_EQ(slb_proto_starts(p.t.proto, &p), true);
		p = packet(IPPROTO_UDPLITE, S, SCTP_CID_INIT);
		EXPECT_EQ(slb_proto_starts(p.t.proto, &p), false);
	}
}

static void test_reopens(void)
{
	struct slb_session s;
	u32 progress;

	/* a packet has just come */
	jiffies = 0;
	for (progress = TCP(SYN); progress <= TCP(CLOSE); progress++) {
		s = session(progress);
		EXPECT_EQ(slb_session_reopens(NULL, &s, false), progress >= TCP(TIME_WAIT));
		EXPECT_EQ(slb_session_reopens(NULL, &s, true), true);
	}
	for (progress = SCTP(INIT); progress <= SCTP(SHUTDOWN); progress++) {
		s = session(progress);
		EXPECT_EQ(slb_session_reopens(NULL, &s, false), false);
	}
	s.progress = SCTP(SHUTDOWN) | FIN_REPLY;
	EXPECT_EQ(slb_session_reopens(NULL, &s, false), true);
	EXPECT_EQ(s.flags, 0);
}

/* Two SYNs without an answer, each some time after what came before: the next one starts anew. */
static void unanswered(u32 progress, unsigned int before)
{
	struct slb_session s = session(progress);
	unsigned int i;

	jiffies = 0;
	for (i = 0; i < before; i++) {
		jiffies += SLB_ASK_GAP;
		EXPECT_EQ(slb_session_reopens(NULL, &s, false), false);
		EXPECT_EQ(s.used, jiffies);
		/* too soon */
		jiffies += SLB_ASK_GAP - 1;
		EXPECT_EQ(slb_session_reopens(NULL, &s, false), false);
		EXPECT_EQ(s.used + SLB_ASK_GAP - 1, jiffies);
	}
	jiffies += SLB_ASK_GAP;
	EXPECT_EQ(slb_session_reopens(NULL, &s, false), true);
}

static void test_unanswered(void)
{
	unanswered(TCP(SYN), 1);
	unanswered(SCTP(INIT), 1);
	unanswered(TCP(SYN_ACK), 2);
	unanswered(TCP(ESTABLISHED), 2);
	unanswered(TCP(FIN) | FIN_REQUEST, 2);
	unanswered(SCTP(ESTABLISHED), 2);
}

/* What a server counts when its first packet comes, or none does. */
static void test_server_counts(void)
{
	struct slb_pkt syn_ack = packet(IPPROTO_TCP, S | A, 0), udp = packet(IPPROTO_UDP, 0, 0);
	struct slb_pkt rst = packet(IPPROTO_TCP, R | A, 0);
	union nf_inet_addr other = { .ip = htonl(7) };
	struct slb_server server = {};
	struct slb_session s = session(TCP(SYN));

	jiffies = 0;
	s.server = &server;
	slb_session_advance(&net, &s, SLB_REPLY, &rst, false);
	EXPECT_EQ(s.progress, TCP(CLOSE));
	EXPECT_EQ(atomic64_read(&server.refused.n), 1);
	/* jiffies are 0, which would mean never */
	EXPECT_EQ(server.refused.last, 1);
	EXPECT_EQ(server.answered, 0);
	jiffies = 10 * HZ;
	s.progress = TCP(SYN);
	slb_session_advance(&net, &s, SLB_REPLY, &syn_ack, false);
	EXPECT_EQ(server.answered, 10 * HZ);
	/* a reset of a connection that was answered is no refusal */
	slb_session_advance(&net, &s, SLB_REPLY, &rst, false);
	EXPECT_EQ(atomic64_read(&server.refused.n), 1);
	s = session(TCP(SYN));
	s.server = &server;
	s.used = jiffies;
	jiffies += SLB_ASK_GAP;
	slb_session_reopens(NULL, &s, false);
	EXPECT_EQ(atomic64_read(&server.unanswered.n), 1);
	EXPECT_EQ(server.unanswered.last, jiffies);
	/* once for each connection */
	jiffies += SLB_ASK_GAP;
	slb_session_reopens(NULL, &s, false);
	EXPECT_EQ(atomic64_read(&server.unanswered.n), 1);
	s = session(SLB_SESSION_STATE_UDP_NEW);
	s.server = &server;
	slb_session_unreachable(NULL, &s, &other);
	EXPECT_EQ(atomic64_read(&server.refused.n), 1);
	slb_session_unreachable(NULL, &s, &server.addr);
	EXPECT_EQ(atomic64_read(&server.refused.n), 2);
	/* once for each session */
	slb_session_unreachable(NULL, &s, &server.addr);
	EXPECT_EQ(atomic64_read(&server.refused.n), 2);
	slb_session_advance(&net, &s, SLB_REPLY, &udp, false);
	EXPECT_EQ(server.answered, jiffies);
	slb_session_unreachable(NULL, &s, &server.addr);
	EXPECT_EQ(atomic64_read(&server.refused.n), 2);
}

static void test_proves(void)
{
	struct slb_pkt syn_ack = packet(IPPROTO_TCP, S | A, 0), ack = packet(IPPROTO_TCP, A, 0);
	struct slb_pkt rst = packet(IPPROTO_TCP, R, 0);
	struct slb_session s = session(TCP(SYN));

	syn_ack.tcp_seq = 0xffffffff;
	ack.tcp_ack = 0;
	EXPECT(!slb_session_proves(&s, SLB_REQUEST, &ack));
	slb_session_advance(&net, &s, SLB_REPLY, &syn_ack, false);
	EXPECT_EQ(s.progress, TCP(SYN_ACK));
	EXPECT(slb_session_proves(&s, SLB_REQUEST, &ack));
	EXPECT(!slb_session_proves(&s, SLB_REPLY, &ack));
	EXPECT(!slb_session_proves(&s, SLB_REPLY, &syn_ack));
	ack.tcp_ack = 1;
	EXPECT(!slb_session_proves(&s, SLB_REQUEST, &ack));
	/* what a server sends data for it has proven itself */
	ack.tcp_data = true;
	EXPECT(slb_session_proves(&s, SLB_REPLY, &ack));
	EXPECT(!slb_session_proves(&s, SLB_REQUEST, &ack));
	/* with SYN cookies another SYN-ACK may have another number */
	syn_ack.tcp_seq = 77;
	slb_session_advance(&net, &s, SLB_REPLY, &syn_ack, false);
	ack.tcp_ack = 78;
	EXPECT(slb_session_proves(&s, SLB_REQUEST, &ack));
	/* a reset that answers somebody else's number ends nothing */
	rst.tcp_seq = 1234;
	slb_session_advance(&net, &s, SLB_REPLY, &rst, false);
	EXPECT_EQ(s.progress, TCP(SYN_ACK));
	slb_session_advance(&net, &s, SLB_REQUEST, &ack, true);
	EXPECT_EQ(s.progress, TCP(ESTABLISHED));
	EXPECT(!slb_session_proves(&s, SLB_REQUEST, &ack));
	s.progress = TCP(SYN_ACK);
	rst.tcp_seq = 78;
	slb_session_advance(&net, &s, SLB_REPLY, &rst, false);
	EXPECT_EQ(s.progress, TCP(CLOSE));
}

/* Each state has the timeout of its VIP, or else that of the namespace. */
static void test_timeout(void)
{
	struct slb_policy policy = {};
	static struct slb_net sn;
	struct slb_session s;
	unsigned int i;

	for (i = TCP(SYN); i <= SCTP(SHUTDOWN); i++)
		sn.settings.timeout[i] = 100 + i;
	policy.conf.timeout[TCP(ESTABLISHED)] = 7;
	policy.conf.timeout[SCTP(SHUTDOWN)] = 1;
	for (i = TCP(SYN); i <= SCTP(SHUTDOWN); i++) {
		s = session(i);
		EXPECT_EQ(slb_session_timeout(&sn, &s), (100 + i) * HZ);
		a_vip.policy = &policy;
		EXPECT_EQ(slb_session_timeout(&sn, &s), (i == TCP(ESTABLISHED) ? 7 :
							 i == SCTP(SHUTDOWN) ? 1 : 100 + i) * HZ);
		s.used = 0;
		jiffies = 50 * HZ;
		EXPECT_EQ(slb_session_expired(&sn, &s),
			  i == TCP(ESTABLISHED) || i == SCTP(SHUTDOWN));
		a_vip.policy = NULL;
	}
}

/* What keeps a session from expiring. */
static void test_renews(void)
{
	struct slb_server server = {};
	struct slb_session s;
	static struct slb_net sn;
	unsigned int i;

	for (i = TCP(SYN); i <= SCTP(SHUTDOWN); i++) {
		s = session(i);
		s.server = &server;
		EXPECT_EQ(slb_session_renews(&s, SLB_REQUEST),
			  i != TCP(SYN) && i != TCP(SYN_ACK) && i != SCTP(INIT));
		sn.settings.timeout[i] = 1000;
	}
	jiffies = 500 * HZ;
	s = session(SLB_SESSION_STATE_UDP_NEW);
	s.server = &server;
	EXPECT(!slb_session_over(&sn, &s, SLB_REQUEST));
	server.drained = true;
	EXPECT(slb_session_over(&sn, &s, SLB_REQUEST));
	EXPECT(!slb_session_over(&sn, &s, SLB_REPLY));
	EXPECT(!slb_session_renews(&s, SLB_REQUEST));
	s.progress = SLB_SESSION_STATE_UDP;
	EXPECT(!slb_session_over(&sn, &s, SLB_REQUEST));
	EXPECT(!slb_session_renews(&s, SLB_REQUEST));
	EXPECT(slb_session_renews(&s, SLB_REPLY));
	s = session(TCP(ESTABLISHED));
	s.server = &server;
	EXPECT(slb_session_renews(&s, SLB_REQUEST));
	jiffies = 1001 * HZ;
	EXPECT(slb_session_over(&sn, &s, SLB_REQUEST));
}

/* The established path: nothing is written but the time, and that once a second. */
static void test_stamp(void)
{
	struct slb_pkt ack = packet(IPPROTO_TCP, A, 0), fin = packet(IPPROTO_TCP, F | A, 0);
	struct slb_session s = session(TCP(ESTABLISHED)), before;
	unsigned int written = 0;
	u32 i;

	s.used = 0xffffff00;
	before = s;
	for (i = 0; i < 10 * HZ; i++) {
		jiffies = before.used + (unsigned long)i;
		slb_session_advance(&net, &s, i % 2, &ack, false);
		if (s.used != before.used + i)
			EXPECT((u32)jiffies - s.used < HZ);
		written += s.used == (u32)jiffies && i;
	}
	EXPECT_EQ(written, 9);
	before.used = s.used;
	EXPECT(!memcmp(&s, &before, sizeof(s)));
	jiffies++;
	slb_session_advance(&net, &s, SLB_REPLY, &fin, false);
	EXPECT_EQ(s.progress, TCP(FIN) | FIN_REPLY);
	EXPECT_EQ(s.used, (u32)jiffies);
}

static const struct slb_session *watched;
static unsigned int exchanges;

static void look(void)
{
	exchanges++;
	EXPECT_EQ(watched->used, (u32)jiffies);
}

/* Whoever sees the new state sees a time stamp that is not older, whichever state it is. */
static void test_stamp_first(void)
{
	static const u8 from[] = { TCP(SYN_ACK), TCP(ESTABLISHED), TCP(FIN), TCP(TIME_WAIT) };
	struct slb_session s = {};
	unsigned int i, flags;

	watched = &s;
	exchanges = 0;
	kshim_before_cmpxchg = look;
	for (i = 0; i < ARRAY_SIZE(from); i++) {
		for (flags = 0; flags < 64; flags++) {
			struct slb_pkt p = packet(IPPROTO_TCP, flags, 0);

			jiffies += 1000 * HZ;
			s = session(from[i]);
			s.used = (u32)(jiffies - 500 * HZ);
			slb_session_advance(&net, &s, flags % 2, &p, true);
		}
	}
	kshim_before_cmpxchg = NULL;
	EXPECT(exchanges > 50);
}

/* 32 bits of jiffies last for 49 days only. */
static void test_age(void)
{
	const u64 day = 24 * 3600;
	struct slb_session s;
	u64 days;

	for (days = 0; days < 3000; days += 7) {
		jiffies = 0xffffffffUL - 300 * HZ + days * 1234567;
		s.born = slb_session_now();
		jiffies += days * day * HZ;
		EXPECT_EQ(slb_session_age(&s), days * day * MSEC_PER_SEC);
	}
}

static void test_udp(void)
{
	struct slb_server server = {};
	struct slb_session s = session(SLB_SESSION_STATE_UDP_NEW);
	struct slb_pkt p = packet(IPPROTO_UDP, 0, 0);

	s.server = &server;
	slb_session_advance(&net, &s, SLB_REQUEST, &p, false);
	EXPECT_EQ(s.progress, SLB_SESSION_STATE_UDP_NEW);
	slb_session_advance(&net, &s, SLB_REPLY, &p, false);
	EXPECT_EQ(s.progress, SLB_SESSION_STATE_UDP);
	slb_session_advance(&net, &s, SLB_REQUEST, &p, false);
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

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct slb_session s = session(rows[i].progress);

		EXPECT_F(slb_session_tier(&s, s.progress) == rows[i].tier, "row %u", i);
	}
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
	struct slb_session s;
	enum slb_tier tier;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		s = session(rows[i].progress);
		jiffies = 100;
		s.used = (u32)(jiffies - rows[i].idle);
		EXPECT(slb_session_yields(&s, &tier));
		s.used++;
		EXPECT_EQ(slb_session_yields(&s, &tier), false);
	}
	s = session(TCP(ESTABLISHED));
	s.used = jiffies - 1000 * HZ;
	EXPECT(!slb_session_yields(&s, &tier));
}

/* It changes its place when it changes its tier. */
static void test_moves(void)
{
	struct slb_pkt syn_ack = packet(IPPROTO_TCP, S | A, 0), ack = packet(IPPROTO_TCP, A, 0);
	struct slb_pkt fin = packet(IPPROTO_TCP, F | A, 0);
	struct slb_session s = session(TCP(SYN));

	moved = 0;
	slb_session_advance(&net, &s, SLB_REPLY, &syn_ack, false);
	slb_session_advance(&net, &s, SLB_REQUEST, &ack, false);
	EXPECT_EQ(moved, 0);
	slb_session_advance(&net, &s, SLB_REQUEST, &ack, true);
	EXPECT_EQ(moved, 1);
	slb_session_advance(&net, &s, SLB_REPLY, &ack, false);
	EXPECT_EQ(moved, 1);
	slb_session_advance(&net, &s, SLB_REQUEST, &fin, false);
	EXPECT_EQ(moved, 2);
	slb_session_advance(&net, &s, SLB_REPLY, &fin, false);
	EXPECT_EQ(moved, 3);
}

static const struct unit_case cases[] = {
	{ "TCP, row by row", test_tcp_rows },
	{ "TCP, laws of all states and flags", test_tcp_laws },
	{ "TCP, a client alone establishes nothing", test_tcp_client_alone },
	{ "SCTP, row by row", test_sctp_rows },
	{ "SCTP, several chunks in a packet", test_sctp_bundles },
	{ "UDP", test_udp },
	{ "what proves that a client exists", test_proves },
	{ "what keeps a session", test_renews },
	{ "timeouts of the namespace and of a VIP", test_timeout },
	{ "a server that does not answer SYNs", test_unanswered },
	{ "what a server refused or left unanswered, and when it answered", test_server_counts },
	{ "which session makes room", test_tiers },
	{ "when a session makes room", test_yields },
	{ "a session changes its place with its tier", test_moves },
	{ "what begins a session", test_starts },
	{ "what begins another on an old key", test_reopens },
	{ "an established session is written to once a second", test_stamp },
	{ "the time stamp is written before the state", test_stamp_first },
	{ "the age of a session does not wrap after 49 days", test_age },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
