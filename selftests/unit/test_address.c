// SPDX-License-Identifier: GPL-2.0-only
/*
 * How servers learn the client's address over TCP: two ends talk through slb_address_tell() and the
 * fast path, over a network that loses, repeats and delays. And the exact bytes of PROXY headers.
 */
#include <slb/forward.h>

#include "../../slb/packet/client_address.h"
#include "../../slb/packet/fast_xmit.h"
#include "../../slb/packet/nat.h"
#include "../../slb/packet/proxy_header.h"
#include "../../slb/state/client_address.h"
#include "../../slb/state/sync_log.h"
#include "naive.h"
#include "packet.h"
#include "tcp_end.h"

#define IN_FLIGHT_MAX 512
/* Jiffies until both ends must have everything, and until then the network may lose something. */
#define LIMIT (120 * HZ)
#define LOSSY (10 * HZ)

/**
 * struct flight - a packet on its way
 * @due: when it arrives, jiffies; 0: none
 * @to: to the balancer, or from it
 * @dir: enum slb_dir
 * @len: its length
 * @bytes: its bytes
 */
struct flight {
	unsigned long due;
	enum { TO_BALANCER, TO_END } to;
	enum slb_dir dir;
	unsigned int len;
	u8 bytes[TCP_END_PACKET];
};

/**
 * struct scene - what an exchange is like
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @loss: packets of which one is lost, or 0
 * @again: packets of which one comes twice, or 0
 * @jitter: jiffies by which packets may overtake each other
 * @abort: jiffies after which the client resets the connection, or 0
 */
struct scene {
	u8 family;
	unsigned int loss;
	unsigned int again;
	unsigned int jitter;
	unsigned long abort;
};

unsigned long jiffies = 1000000;

static struct scene scene;
static unsigned long begun;
static struct tcp_end ends[SLB_DIRS];
static struct flight flights[IN_FLIGHT_MAX];
static unsigned int in_flight;
static unsigned long newest[2][SLB_DIRS];
static u8 header[SLB_PROXY_LEN_MAX];
static unsigned int header_len;

static struct slb_addresses counts;
static struct slb_net sn = { .addresses = &counts };
static struct slb_traffic traffic;
static struct slb_link_acct acct = { .stats = &traffic };
static struct slb_link out = { .acct = &acct };
static struct slb_server server;
static struct slb_vip vip;
static struct slb_session_shifted session;

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
}

void slb_server_failed(struct slb_net *sn, struct slb_server *server,
		       struct slb_server_fault *fault)
{
}

void slb_vip_dropped(struct slb_vip_drops **drops, enum slb_drop why)
{
	EXPECT_EQ(why, SLB_OK);
}

void slb_drop_sent(struct slb_drops __percpu *drops, struct sk_buff *skb, const struct slb_tuple *t,
		   enum slb_sent sent)
{
	EXPECT(false);
}

/* ---- the network */

static void put_flight(unsigned int to, enum slb_dir dir, const u8 *bytes, unsigned int len)
{
	unsigned long due = jiffies + 2 + (scene.jitter ? rnd_below(scene.jitter) : 0);
	unsigned int i;

	if (!scene.jitter)
		due = max(due, newest[to][dir]);
	newest[to][dir] = due;
	for (i = 0; i < IN_FLIGHT_MAX && flights[i].due; i++)
		;
	EXPECT_F(i < IN_FLIGHT_MAX, "too many packets");
	if (i == IN_FLIGHT_MAX)
		return;
	in_flight++;
	flights[i] = (struct flight){ .due = due, .to = to, .dir = dir, .len = len };
	assert(len <= TCP_END_PACKET);
	memcpy(flights[i].bytes, bytes, len);
}

static void put_packet(unsigned int to, enum slb_dir dir, const u8 *bytes, unsigned int len)
{
	bool lossy = jiffies - begun < LOSSY;

	if (lossy && scene.loss && rnd_one_in(scene.loss))
		return;
	put_flight(to, dir, bytes, len);
	if (lossy && scene.again && rnd_one_in(scene.again))
		put_flight(to, dir, bytes, len);
}

static unsigned int ip_len(void)
{
	return scene.family == NFPROTO_IPV4 ? 20 : 40;
}

static struct naive_packet naive_of(unsigned int len)
{
	return (struct naive_packet){
		.family = scene.family == NFPROTO_IPV4 ? 4 : 6, .proto = IPPROTO_TCP,
		.l4 = ip_len(), .end = len,
	};
}

/* A segment of an end sets out, with the addresses that this end uses. */
static void end_sends(struct tcp_end *e, const struct tcp_segment *seg)
{
	enum slb_dir dir = e->server ? SLB_REPLY : SLB_REQUEST;
	unsigned int th = ip_len(), data = th + 20 + seg->options_len, len = data + seg->len;
	u8 bytes[TCP_END_PACKET] = { 0 };
	struct naive_packet is = naive_of(len);

	assert(len <= sizeof(bytes));
	bytes[0] = scene.family == NFPROTO_IPV4 ? 0x45 : 0x60;
	naive_put16(bytes + (th == 20 ? 2 : 4), th == 20 ? len : len - 40);
	bytes[th == 20 ? 8 : 7] = 64;
	bytes[th == 20 ? 9 : 6] = IPPROTO_TCP;
	naive_set_tuple(bytes, &is, &session.s.side[dir].tuple);
	put_unaligned_be32(seg->seq, bytes + th + 4);
	put_unaligned_be32(seg->ack, bytes + th + 8);
	bytes[th + 12] = (20 + seg->options_len) / 4 << 4;
	bytes[th + 13] = seg->flags;
	naive_put16(bytes + th + 14, seg->window);
	memcpy(bytes + th + 20, seg->options, seg->options_len);
	if (seg->len)
		memcpy(bytes + data, seg->data, seg->len);
	naive_fill_sums(bytes, &is);
	put_packet(TO_BALANCER, dir, bytes, len);
}

/* The client must learn of no byte that the server lacks. */
static void check_client(const struct tcp_segment *seg)
{
	const struct tcp_end *s = &ends[SLB_REPLY], *c = &ends[SLB_REQUEST];
	u32 has = max(s->in_len + s->in_fin, header_len) - header_len;
	unsigned int at = tcp_end_option(seg, 5), i, j;

	if (!(seg->flags & TCP_END_ACK) || s->state == TCP_END_LISTEN)
		return;
	EXPECT_F((s32)(seg->ack - (c->iss + 1) - has) <= 0 || s->state == TCP_END_CLOSED,
		 "byte %d is acknowledged, the server has %u", seg->ack - (c->iss + 1), has);
	for (i = at + 1; at && i + 8 <= at - 1 + seg->options[at]; i += 8) {
		u32 from = get_unaligned_be32(seg->options + i) - (c->iss + 1);
		u32 to = get_unaligned_be32(seg->options + i + 4) - (c->iss + 1);

		EXPECT_F(from < to && to < c->sent, "a report of %d to %d", from, to);
		for (j = from; j < to && j < c->sent; j++)
			EXPECT_F(s->got[header_len + j] || j == c->out_len,
				 "byte %u is reported, and the server lacks it", j);
	}
}

/* A packet has come to an end. */
static void end_takes(enum slb_dir dir, const u8 *bytes, unsigned int len)
{
	struct naive_packet is = naive_of(len);
	unsigned int th = ip_len();
	const u8 *tcp = bytes + th;
	struct tcp_segment seg = {
		.seq = get_unaligned_be32(tcp + 4), .ack = get_unaligned_be32(tcp + 8),
		.flags = tcp[13] & (TCP_END_FIN | TCP_END_SYN | TCP_END_RST | TCP_END_ACK),
		.window = naive_get16(tcp + 14), .options_len = (tcp[12] >> 4) * 4 - 20,
	};

	EXPECT(naive_sums_right(bytes, &is));
	EXPECT_EQ(naive_get16(bytes + (th == 20 ? 2 : 4)), th == 20 ? len : len - 40);
	memcpy(seg.options, tcp + 20, seg.options_len);
	seg.data = tcp + 20 + seg.options_len;
	seg.len = len - th - 20 - seg.options_len;
	if (dir == SLB_REPLY)
		check_client(&seg);
	tcp_end_take(&ends[!dir], &seg);
}

/* ---- the balancer */

static void sent(struct sk_buff *skb, enum slb_dir dir)
{
	u8 bytes[TCP_END_PACKET];

	assert(skb->len <= sizeof(bytes));
	skb_copy(skb, bytes);
	put_packet(TO_END, dir, bytes, skb->len);
	skb_free(skb);
}

static enum slb_sent forward(struct net *net, struct sk_buff *skb, u8 family,
			     struct dst_entry *dst)
{
	sent(skb, SLB_REQUEST);
	return SLB_SENT_PASSED;
}

/* What the fast path does with a packet, if it takes it. */
static bool fast(struct sk_buff *skb, enum slb_dir dir, u8 flags)
{
	u8 family = scene.family;
	struct slb_fast_pkt p;

	if (slb_session_changes(&session.s) != SLB_SESSION_SOUND_SHIFTED ||
	    flags & (TCP_END_FIN | TCP_END_SYN | TCP_END_RST) ||
	    !(slb_fast_settled(dir) >> slb_session_state(&session.s) & 1) || rnd_one_in(2))
		return false;
	assert(!skb_ensure_writable(skb, skb->len));
	slb_fast_learn(&session.s, session.s.side[SLB_REQUEST].tuple.family);
	skb->protocol = htons(family == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
	EXPECT(slb_fast_parse(skb, family, &p));
	slb_fast_rewrite(skb->data, slb_fast_pkt_proto(&p), &session.s, dir, family, false,
			 slb_fast_shift(skb->data, &session.s, dir, family));
	sent(skb, dir);
	return true;
}

static void balance(enum slb_dir dir, const u8 *bytes, unsigned int len)
{
	struct sk_buff *skb = skb_make(bytes, len, 0, rnd_one_in(2) ? len : rnd_below(len + 1));
	struct slb_session *s = &session.s;
	struct slb_ctx ctx = { .sn = &sn };
	struct slb_tuple to;
	const struct slb_way way = { .out = &out, .to = &to };
	enum slb_drop why;
	bool proves;

	if (fast(skb, dir, bytes[ip_len() + 13]))
		return;
	EXPECT_EQ(slb_parse_addr(skb, scene.family, &ctx.p), SLB_OK);
	EXPECT_EQ(slb_parse_flow(skb, &ctx.p), SLB_OK);
	proves = slb_session_proves(s, dir, &ctx.p);
	slb_tuple_reverse(&to, &s->side[!dir].tuple);
	why = slb_address_tell(&ctx, &skb, s, dir, &way);
	if (why == SLB_DROP_RESET_EARLY) {
		EXPECT(dir == SLB_REPLY && ends[SLB_REPLY].refused);
		skb_free(skb);
		return;
	}
	EXPECT_EQ(why, SLB_OK);
	EXPECT_EQ(slb_nat(skb, &ctx.p, &to), SLB_OK);
	slb_session_advance(&sn, s, dir, &ctx.p, proves);
	sent(skb, dir);
}

/* ---- exchanges */

static void set_session(void)
{
	struct slb_session *s = &session.s;
	unsigned int i;

	memset(&session, 0, sizeof(session));
	for (i = 0; i < SLB_DIRS; i++) {
		packet_tuple(&s->side[i].tuple, scene.family, IPPROTO_TCP);
		s->side[i].tuple.tag = i;
	}
	WRITE_ONCE(sn.settings.proxy_checksum, rnd_one_in(2));
	s->flags = BIT(SLB_SESSION_OPENED) |
		   slb_client_address_flags(&sn, SLB_CLIENT_ADDRESS_PROXY_V2,
					    &s->side[SLB_REQUEST].tuple);
	s->progress = slb_proto_first(IPPROTO_TCP);
	s->server = &server;
	s->vip = &vip;
	s->used = jiffies;
	for (i = 0; i < ARRAY_SIZE(sn.settings.timeout); i++)
		sn.settings.timeout[i] = 3600;
	header_len = slb_session_header(s);
	slb_proxy_header(header, &s->side[SLB_REQUEST].tuple, header_len);
	sim_forward = forward;
}

/* An end as most are. */
static void set_end(enum slb_dir dir, unsigned int len)
{
	struct tcp_end *e = &ends[dir];

	memset(e, 0, sizeof(*e));
	e->server = dir == SLB_REPLY;
	/* sequence numbers wrap within the header, or the data, or not at all */
	e->iss = rnd_one_in(2) ? rnd() : -1 - rnd_below(2 * SLB_PROXY_LEN_MAX);
	e->mss = 16 + rnd_below(60);
	e->room = 1 + rnd_below(rnd_one_in(4) ? 60 : 1000);
	e->rto = HZ / 5 + rnd_below(HZ);
	e->stamps = rnd_one_in(2);
	e->sack = rnd_one_in(2);
	e->bytewise = rnd_one_in(2);
	e->out_len = len;
	e->send = end_sends;
	rnd_bytes(e->out, len);
}

static void set_scene(unsigned int up, unsigned int down)
{
	memset(&scene, 0, sizeof(scene));
	memset(&counts, 0, sizeof(counts));
	memset(flights, 0, sizeof(flights));
	in_flight = 0;
	memset(newest, 0, sizeof(newest));
	scene.family = rnd_one_in(2) ? NFPROTO_IPV4 : NFPROTO_IPV6;
	set_session();
	set_end(SLB_REQUEST, up);
	set_end(SLB_REPLY, down);
	begun = jiffies;
}

static void arrive(void)
{
	unsigned int i;

	for (i = 0; i < IN_FLIGHT_MAX && in_flight; i++) {
		struct flight f = flights[i];

		if (!f.due || time_after(f.due, jiffies))
			continue;
		flights[i].due = 0;
		in_flight--;
		if (f.to == TO_BALANCER)
			balance(f.dir, f.bytes, f.len);
		else
			end_takes(f.dir, f.bytes, f.len);
	}
}

static bool over(void)
{
	if (scene.abort)
		return ends[SLB_REPLY].state == TCP_END_RESET ||
		       (ends[SLB_REQUEST].state == TCP_END_CLOSED && !in_flight &&
			ends[SLB_REPLY].state == TCP_END_LISTEN);
	return !test_bit(SLB_SESSION_TELLING, &session.s.flags) &&
	       tcp_end_done(&ends[SLB_REQUEST]) && tcp_end_done(&ends[SLB_REPLY]);
}

static void run(void)
{
	tcp_end_open(&ends[SLB_REPLY]);
	tcp_end_open(&ends[SLB_REQUEST]);
	for (; jiffies - begun < LIMIT && !over() && !unit_failing(); jiffies++) {
		arrive();
		tcp_end_tick(&ends[SLB_REQUEST]);
		tcp_end_tick(&ends[SLB_REPLY]);
		if (scene.abort && jiffies - begun == scene.abort)
			tcp_end_abort(&ends[SLB_REQUEST]);
	}
	EXPECT_F(over(), "not over: client %d at %u of %u, server %d at %u of %u",
		 ends[0].state, ends[0].una, ends[0].out_len + 1 + ends[0].fin,
		 ends[1].state, ends[1].una, ends[1].out_len + 1 + ends[1].fin);
}

/* The server has the header and what the client has sent, or as much of that as there is. */
static void check_streams(void)
{
	const struct tcp_end *c = &ends[SLB_REQUEST], *s = &ends[SLB_REPLY];
	u32 n = min(s->in_len, header_len);

	EXPECT(!memcmp(s->in, header, n));
	EXPECT(s->in_len <= header_len + c->out_len);
	EXPECT(!memcmp(s->in + n, c->out, s->in_len - n));
	EXPECT(!memcmp(c->in, s->out, c->in_len));
	EXPECT(!s->refused);
	if (scene.abort)
		return;
	EXPECT_EQ(s->in_len, header_len + c->out_len);
	EXPECT_EQ(s->in_fin, c->fin);
	EXPECT_EQ(c->in_len, s->out_len);
	EXPECT(slb_address_total(&sn, SLB_ADDRESS_SENT) >= 1);
	EXPECT_EQ(slb_session_changes(&session.s), SLB_SESSION_SOUND_SHIFTED);
}

static unsigned int any_len(void)
{
	return rnd_one_in(4) ? 0 : rnd_below(rnd_one_in(2) ? 40 : 600);
}

/* Without losses, the header is sent once, by the segment that ends the handshake. */
static void test_quiet(void)
{
	unsigned int n, times = unit_times(500);

	for (n = 0; n < times && !unit_failing(); n++) {
		set_scene(any_len(), any_len());
		ends[SLB_REPLY].room = 500 + rnd_below(500);
		run();
		check_streams();
		EXPECT_EQ(slb_address_total(&sn, SLB_ADDRESS_SENT), 1);
		EXPECT_EQ(slb_address_total(&sn, SLB_ADDRESS_AGAIN), 0);
	}
}

static void test_lossy(void)
{
	unsigned int n, times = unit_times(400);

	for (n = 0; n < times && !unit_failing(); n++) {
		set_scene(any_len(), any_len());
		scene.loss = 2 + rnd_below(20);
		scene.again = rnd_one_in(2) ? 2 + rnd_below(10) : 0;
		scene.jitter = rnd_one_in(2) ? 1 + rnd_below(20) : 0;
		ends[SLB_REQUEST].fin = rnd_one_in(2);
		ends[SLB_REPLY].fin = rnd_one_in(2);
		run();
		check_streams();
	}
}

/* The server's window is smaller than the header, so that it acknowledges a part. */
static void test_window(void)
{
	unsigned int n, times = unit_times(500);

	for (n = 0; n < times && !unit_failing(); n++) {
		set_scene(any_len() % 100, any_len());
		ends[SLB_REPLY].room = 4 + rnd_below(SLB_PROXY_LEN_MAX);
		ends[SLB_REPLY].scale = rnd_one_in(2) ? 0 : rnd_below(3);
		scene.loss = rnd_one_in(2) ? 5 : 0;
		run();
		check_streams();
	}
}

static void test_cookies(void)
{
	unsigned int n, times = unit_times(400);

	for (n = 0; n < times && !unit_failing(); n++) {
		/* after a lost header, data has a wrong number: only a few resets are kept back */
		set_scene(0, any_len());
		ends[SLB_REPLY].cookies = true;
		scene.loss = rnd_one_in(2) ? 3 : 0;
		scene.again = rnd_one_in(2) ? 3 : 0;
		/* a server that has forgotten the connection does not send again */
		ends[SLB_REPLY].room = 500;
		run();
		check_streams();
	}
}

/* The client's first segment with data is its FIN, or it sends nothing else. */
static void test_fin(void)
{
	unsigned int n, times = unit_times(400);

	for (n = 0; n < times && !unit_failing(); n++) {
		set_scene(rnd_below(3), any_len());
		ends[SLB_REQUEST].fin = true;
		scene.loss = rnd_one_in(2) ? 3 : 0;
		scene.jitter = rnd_one_in(2) ? 10 : 0;
		run();
		check_streams();
	}
}

static void test_fastopen(void)
{
	unsigned int n, times = unit_times(400);

	for (n = 0; n < times && !unit_failing(); n++) {
		set_scene(any_len(), any_len());
		ends[SLB_REQUEST].fastopen = true;
		scene.loss = rnd_one_in(2) ? 5 : 0;
		run();
		check_streams();
	}
}

/* The server must learn of a reset, whatever it has got of the header. */
static void test_reset(void)
{
	unsigned int n, times = unit_times(600);

	for (n = 0; n < times && !unit_failing(); n++) {
		set_scene(any_len(), any_len());
		scene.loss = rnd_one_in(2) ? 2 + rnd_below(10) : 0;
		scene.jitter = rnd_one_in(2) ? 1 + rnd_below(10) : 0;
		scene.abort = 4 + rnd_below(rnd_one_in(2) ? 20 : 500);
		/* before the server's answer there is nothing to reset */
		run();
		check_streams();
	}
}

/* ---- headers */

static const u8 header4[SLB_PROXY_LEN4] = {
	0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
	0x21, 0x11, 0x00, 0x0c, 198, 51, 100, 7, 203, 0, 113, 80, 0xc3, 0x50, 0x01, 0xbb,
};

static const u8 header6[SLB_PROXY_LEN6] = {
	0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
	0x21, 0x21, 0x00, 0x24,
	0x20, 0x01, 0x0d, 0xb8, 0, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x07,
	0x20, 0x01, 0x0d, 0xb8, 0, 0x0f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80,
	0xc3, 0x50, 0x01, 0xbb,
};

static struct slb_tuple header_flow(u8 family, u8 proto)
{
	const u8 *at = (family == NFPROTO_IPV4 ? header4 : header6) + 16;
	unsigned int len = family == NFPROTO_IPV4 ? 4 : 16;
	struct slb_tuple t = {
		.family = family, .proto = proto, .sport = htons(50000), .dport = htons(443),
	};

	memcpy(&t.src, at, len);
	memcpy(&t.dst, at + len, len);
	return t;
}

/* The section on PP2_TYPE_CRC32C of the specification; @want has no checksum yet. */
static void check_header(u8 family, u8 proto, const u8 *bytes, unsigned int len)
{
	struct slb_tuple flow = header_flow(family, proto);
	u8 want[SLB_PROXY_LEN_MAX] = { 0 }, got[SLB_PROXY_LEN_MAX + 1];
	unsigned int more;

	for (more = 0; more <= SLB_PROXY_SUM_LEN; more += SLB_PROXY_SUM_LEN) {
		memcpy(want, bytes, len);
		want[13] = (want[13] & 0xf0) | (proto == IPPROTO_UDP ? 2 : 1);
		want[15] += more;
		if (more) {
			memcpy(want + len, "\x03\0\4\0\0\0\0", more);
			put_unaligned_be32(naive_crc32c(want, len + more), want + len + 3);
		}
		got[len + more] = 0x5a;
		slb_proxy_header(got, &flow, len + more);
		EXPECT(!memcmp(got, want, len + more));
		EXPECT_EQ(got[len + more], 0x5a);
	}
}

static void test_header(void)
{
	/* the check value of CRC-32C */
	EXPECT_EQ(naive_crc32c((const u8 *)"123456789", 9), 0xe3069283);
	check_header(NFPROTO_IPV4, IPPROTO_TCP, header4, sizeof(header4));
	check_header(NFPROTO_IPV4, IPPROTO_UDP, header4, sizeof(header4));
	check_header(NFPROTO_IPV6, IPPROTO_TCP, header6, sizeof(header6));
	check_header(NFPROTO_IPV6, IPPROTO_UDP, header6, sizeof(header6));
}

static const struct unit_case cases[] = {
	{ "bytes of PROXY headers", test_header },
	{ "nothing is lost: one header", test_quiet },
	{ "packets are lost, repeated, delayed", test_lossy },
	{ "a window smaller than the header", test_window },
	{ "SYN cookies", test_cookies },
	{ "the client closes first", test_fin },
	{ "Fast Open and Multipath TCP", test_fastopen },
	{ "the client resets", test_reset },
};

int main(int argc, char **argv)
{
	return unit_main(argc, argv, cases, ARRAY_SIZE(cases));
}
