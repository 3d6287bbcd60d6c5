// SPDX-License-Identifier: GPL-2.0-only
/* A small TCP: see tcp_end.h. It sends again from the oldest lost byte, as the first TCPs did. */
#include "naive.h"
#include "tcp_end.h"

/* Options. */
enum {
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_SCALE = 3,
	OPT_SACK = 5,
	OPT_STAMP = 8,
	OPT_MPTCP = 30,
	OPT_FASTOPEN = 34,
};

/* An idle end asks after so long whether the other one lives. */
#define KEEPALIVE (2 * HZ)

static void put32(u8 *to, u32 value)
{
	naive_put16(to, value >> 16);
	naive_put16(to + 2, value & 0xffff);
}

/**
 * tcp_end_option() - find an option
 * @seg: segment
 * @kind: kind of option
 *
 * Return: offset of the first one in the options, plus 1, or 0.
 */
unsigned int tcp_end_option(const struct tcp_segment *seg, u8 kind)
{
	unsigned int i;

	for (i = 0; i < seg->options_len; i += seg->options[i] == OPT_NOP ? 1 :
						seg->options[i + 1])
		if (seg->options[i] == kind)
			return i + 1;
	return 0;
}

static void add_option(struct tcp_segment *seg, u8 kind, const void *data, unsigned int len)
{
	u8 *at = seg->options + seg->options_len;

	at[0] = kind;
	at[1] = len + 2;
	if (len)
		memcpy(at + 2, data, len);
	seg->options_len += len + 2;
}

static void pad_options(struct tcp_segment *seg)
{
	while (seg->options_len % 4)
		seg->options[seg->options_len++] = OPT_NOP;
}

static void syn_options(const struct tcp_end *e, struct tcp_segment *seg)
{
	u8 mss[2];

	naive_put16(mss, 1000);
	add_option(seg, OPT_MSS, mss, 2);
	if (e->scale)
		add_option(seg, OPT_SCALE, &e->scale, 1);
	if (e->fastopen) {
		add_option(seg, OPT_FASTOPEN, "cookie", 6);
		add_option(seg, OPT_MPTCP, "\0\1", 2);
	}
	pad_options(seg);
}

/* The last two pieces that are out of order, and first of all a segment that came twice. */
static void sack_option(struct tcp_end *e, struct tcp_segment *seg)
{
	unsigned int n = 0, i;
	u8 blocks[16];

	if (e->twice[1]) {
		put32(blocks, e->irs + 1 + e->twice[0]);
		put32(blocks + 4, e->irs + 1 + e->twice[0] + e->twice[1]);
		n = 8;
	}
	e->twice[1] = 0;
	for (i = e->in_len + 1; i < TCP_END_STREAM && n < sizeof(blocks); i++) {
		if (!e->got[i])
			continue;
		put32(blocks + n, e->irs + 1 + i);
		while (i < TCP_END_STREAM && e->got[i])
			i++;
		put32(blocks + n + 4, e->irs + 1 + i);
		n += 8;
	}
	if (!n)
		return;
	if (rnd_one_in(2))
		seg->options[seg->options_len++] = OPT_NOP;
	add_option(seg, OPT_SACK, blocks, n);
}

static void send_at(struct tcp_end *e, u8 flags, u32 at, const u8 *data, unsigned int len)
{
	struct tcp_segment seg = { .seq = e->iss + at, .flags = flags, .data = data, .len = len };
	u8 stamps[8] = { 1 };

	if (flags & TCP_END_ACK)
		seg.ack = e->irs + 1 + e->in_len + e->in_fin;
	seg.window = flags & TCP_END_SYN ? min(e->room, 0xffffu) :
					   min(e->room >> e->scale, 0xffffu);
	if (e->stamps && !(flags & TCP_END_RST)) {
		seg.options_len = 2;
		memset(seg.options, OPT_NOP, 2);
		put32(stamps, jiffies);
		add_option(&seg, OPT_STAMP, stamps, 8);
	}
	if (flags & TCP_END_SYN)
		syn_options(e, &seg);
	else if (e->sack && flags & TCP_END_ACK)
		sack_option(e, &seg);
	pad_options(&seg);
	if (flags & TCP_END_ACK)
		e->asked = false;
	e->send(e, &seg);
}

static void set_timer(struct tcp_end *e)
{
	e->timer = jiffies + e->wait;
}

static void send_syn(struct tcp_end *e)
{
	unsigned int early = e->fastopen ? min(e->out_len, 8u) : 0;

	e->sent = max(e->sent, 1 + early);
	e->nxt = 1;
	send_at(e, TCP_END_SYN | (e->server ? TCP_END_ACK : 0), 0, e->out, early);
	set_timer(e);
}

static u32 last(const struct tcp_end *e)
{
	return 1 + e->out_len + e->fin;
}

/* Send what the window allows. */
static void send_more(struct tcp_end *e)
{
	bool some = false;

	while (e->nxt < last(e) && (e->nxt < e->right || e->nxt == 1 + e->out_len)) {
		u32 at = e->nxt - 1, n = min(e->out_len - at, e->mss);
		u8 flags = TCP_END_ACK;

		n = min(n, e->right > e->nxt ? e->right - e->nxt : 0);
		if (at + n == e->out_len && e->fin)
			flags |= TCP_END_FIN;
		send_at(e, flags, e->nxt, e->out + at, n);
		e->nxt += n + !!(flags & TCP_END_FIN);
		e->sent = max(e->sent, e->nxt);
		some = true;
	}
	if (some)
		set_timer(e);
	if (e->asked)
		send_at(e, TCP_END_ACK, e->nxt, NULL, 0);
}

/**
 * tcp_end_open() - begin
 * @e: an end of which is set what it is and what it sends
 */
void tcp_end_open(struct tcp_end *e)
{
	e->wait = e->rto;
	e->state = e->server ? TCP_END_LISTEN : TCP_END_SYN_SENT;
	if (!e->server)
		send_syn(e);
}

/**
 * tcp_end_abort() - reset the connection, and forget it
 * @e: an end
 */
void tcp_end_abort(struct tcp_end *e)
{
	if (e->state == TCP_END_OPEN)
		send_at(e, TCP_END_RST | TCP_END_ACK, e->nxt, NULL, 0);
	e->state = TCP_END_CLOSED;
}

/* The answer of an end without a connection (RFC 9293, 3.10.7.1). */
static void refuse(struct tcp_end *e, const struct tcp_segment *seg)
{
	struct tcp_segment reset = { .flags = TCP_END_RST, .seq = seg->ack };

	if (seg->flags & TCP_END_RST)
		return;
	if (!(seg->flags & TCP_END_ACK)) {
		reset.flags |= TCP_END_ACK;
		reset.seq = 0;
		reset.ack = seg->seq + seg->len + !!(seg->flags & TCP_END_SYN);
	}
	e->send(e, &reset);
}

static u8 scale_of(const struct tcp_segment *seg)
{
	unsigned int at = tcp_end_option(seg, OPT_SCALE);

	return at ? seg->options[at + 1] : 0;
}

static void take_syn(struct tcp_end *e, const struct tcp_segment *seg)
{
	EXPECT_F(!seg->len && !tcp_end_option(seg, OPT_FASTOPEN) &&
		 !tcp_end_option(seg, OPT_MPTCP), "the server sees Fast Open or MPTCP");
	e->irs = seg->seq;
	e->peer_scale = scale_of(seg);
	e->right = 1 + seg->window;
	e->state = e->cookies ? TCP_END_LISTEN : TCP_END_SYN_RCVD;
	send_syn(e);
}

static void take_syn_ack(struct tcp_end *e, const struct tcp_segment *seg)
{
	if ((seg->flags & (TCP_END_SYN | TCP_END_ACK)) != (TCP_END_SYN | TCP_END_ACK))
		return;
	EXPECT_EQ(seg->ack - e->iss, 1);
	e->irs = seg->seq;
	e->peer_scale = scale_of(seg);
	e->una = 1;
	e->right = 1 + seg->window;
	e->state = TCP_END_OPEN;
	e->asked = true;
	e->wait = e->rto;
	send_more(e);
}

static void take_reset(struct tcp_end *e, const struct tcp_segment *seg)
{
	u32 off = seg->seq - (e->irs + 1 + e->in_len + e->in_fin);

	/* RFC 5961, 3.2 */
	if (!off)
		e->state = TCP_END_RESET;
	else if (off < e->room)
		e->asked = true;
}

static void take_ack(struct tcp_end *e, const struct tcp_segment *seg)
{
	u32 ack = seg->ack - e->iss;

	EXPECT_F(ack >= 1 && ack <= e->sent, "%s sees an acknowledgment of %d, and has sent %u",
		 e->server ? "the server" : "the client", (s32)ack, e->sent);
	if (ack < e->una || ack > e->sent)
		return;
	if (ack > e->una)
		e->wait = e->rto;
	e->una = ack;
	e->nxt = max(e->nxt, ack);
	e->right = ack + ((u32)seg->window << (seg->flags & TCP_END_SYN ? 0 : e->peer_scale));
}

static void take_data(struct tcp_end *e, const struct tcp_segment *seg)
{
	u32 at = seg->seq - (e->irs + 1), i;

	if (!seg->len && !(seg->flags & TCP_END_FIN)) {
		/* an old number: a keepalive or the probe of a window */
		e->asked |= (s32)(at - e->in_len - e->in_fin) < 0;
		return;
	}
	e->asked = true;
	if ((s32)at >= 0 && at + seg->len <= e->in_len) {
		e->twice[0] = at;
		e->twice[1] = seg->len;
	}
	for (i = 0; i < seg->len; i++) {
		u32 place = at + i;

		if ((s32)(place - e->in_len) < 0 || place >= e->in_len + e->room ||
		    place >= TCP_END_STREAM)
			continue;
		EXPECT_F(!e->got[place] || e->in[place] == seg->data[i],
			 "byte %u of the stream changes", place);
		e->in[place] = seg->data[i];
		e->got[place] = true;
	}
	if (seg->flags & TCP_END_FIN)
		e->fin_at = at + seg->len + 1;
	/* in the order of arrival, so that the window moves with what was received */
	while (e->in_len < TCP_END_STREAM && e->got[e->in_len])
		e->in_len++;
	e->in_fin |= e->fin_at && e->in_len == e->fin_at - 1;
}

/* A server that has sent SYN cookies must find in a segment what it had sent (RFC 4987, 3.6). */
static void take_cookie(struct tcp_end *e, const struct tcp_segment *seg)
{
	if (seg->flags & TCP_END_RST || !e->nxt)
		return;
	if (seg->seq == e->irs + 1 && seg->ack == e->iss + 1) {
		e->state = TCP_END_OPEN;
		return;
	}
	e->refused = true;
	refuse(e, seg);
}

/**
 * tcp_end_take() - receive a segment
 * @e: an end
 * @seg: the segment
 */
void tcp_end_take(struct tcp_end *e, const struct tcp_segment *seg)
{
	u8 flags = seg->flags;

	if (e->state == TCP_END_CLOSED || e->state == TCP_END_RESET) {
		refuse(e, seg);
		return;
	}
	if (e->server && (flags & (TCP_END_SYN | TCP_END_ACK)) == TCP_END_SYN) {
		if (e->state == TCP_END_OPEN)
			send_at(e, TCP_END_ACK, e->nxt, NULL, 0);
		else
			take_syn(e, seg);
		return;
	}
	if (e->state == TCP_END_SYN_SENT) {
		take_syn_ack(e, seg);
		return;
	}
	if (e->state == TCP_END_LISTEN) {
		take_cookie(e, seg);
		if (e->state == TCP_END_LISTEN)
			return;
	}
	if (flags & TCP_END_RST) {
		take_reset(e, seg);
	} else if (flags & TCP_END_SYN) {
		e->asked = true;
	} else if (flags & TCP_END_ACK) {
		if (e->state == TCP_END_SYN_RCVD && seg->ack == e->iss + 1)
			e->state = TCP_END_OPEN;
		if (e->state == TCP_END_OPEN) {
			take_ack(e, seg);
			take_data(e, seg);
		}
	}
	if (e->state == TCP_END_OPEN)
		send_more(e);
}

/**
 * tcp_end_done() - has it nothing more to send, and has the other end everything?
 * @e: an end
 */
bool tcp_end_done(const struct tcp_end *e)
{
	return e->state == TCP_END_OPEN && e->una == last(e);
}

/* The oldest segment again; or a question, when the window is closed or nothing happens. */
static void send_again(struct tcp_end *e)
{
	if (e->una < e->nxt) {
		e->nxt = e->una;
		send_more(e);
	}
	if (e->nxt > e->una)
		return;
	if (e->bytewise && e->una <= e->out_len) {
		send_at(e, TCP_END_ACK, e->una, e->out + e->una - 1, 1);
		e->nxt = e->una + 1;
		e->sent = max(e->sent, e->nxt);
	} else {
		send_at(e, TCP_END_ACK, e->una - 1, NULL, 0);
	}
}

/**
 * tcp_end_tick() - a tick of the clock
 * @e: an end
 */
void tcp_end_tick(struct tcp_end *e)
{
	if (time_before(jiffies, e->timer) || (e->state == TCP_END_LISTEN && !e->nxt))
		return;
	if (e->state == TCP_END_SYN_SENT || e->state == TCP_END_SYN_RCVD) {
		e->wait = min(2 * e->wait, 4ul * HZ);
		send_syn(e);
	} else if (e->state == TCP_END_OPEN) {
		send_again(e);
		e->wait = tcp_end_done(e) ? KEEPALIVE : min(2 * e->wait, 2ul * HZ);
		set_timer(e);
	}
}
