/* SPDX-License-Identifier: GPL-2.0-only */
/* A small TCP for tests: it sends a stream, loses nothing, checks what its peer acknowledges. */
#ifndef _TCP_END_H
#define _TCP_END_H

#include "unit.h"

/* Longest stream of an end, bytes; room for its longest packet. */
#define TCP_END_STREAM 1024
#define TCP_END_PACKET 256

/* Flags of a segment. */
enum {
	TCP_END_FIN = 0x01,
	TCP_END_SYN = 0x02,
	TCP_END_RST = 0x04,
	TCP_END_ACK = 0x10,
};

enum tcp_end_state {
	TCP_END_CLOSED,
	TCP_END_LISTEN,
	TCP_END_SYN_SENT,
	TCP_END_SYN_RCVD,
	TCP_END_OPEN,
	TCP_END_RESET,
};

/**
 * struct tcp_segment - a TCP segment
 * @seq: sequence number
 * @ack: acknowledgment number
 * @flags: TCP_END_*
 * @window: as in the header
 * @options: its options
 * @options_len: their length, a multiple of 4
 * @data: its data
 * @len: length of the data
 */
struct tcp_segment {
	u32 seq;
	u32 ack;
	u8 flags;
	u16 window;
	u8 options[40];
	unsigned int options_len;
	const u8 *data;
	unsigned int len;
};

/**
 * struct tcp_end - one end of a connection
 * @server: it waits for the other one
 * @cookies: a server remembers nothing before the client's answer (SYN cookies)
 * @stamps: it has time stamps in each segment
 * @sack: it reports what it has received out of order, and twice
 * @bytewise: it probes a closed window with a byte, and not with an old number
 * @fastopen: it sends data with its SYN
 * @mss: largest segment that it sends, bytes of data
 * @room: its window
 * @scale: scale of that
 * @rto: first timeout
 * @send: sends a segment
 * @state: enum tcp_end_state
 * @iss: its first sequence number
 * @irs: that of the other end
 * @out: what it sends
 * @out_len: length of that
 * @fin: a FIN comes after it
 * @una: oldest number that the other end lacks; 0 is the SYN, 1 the first byte
 * @nxt: next number to send
 * @sent: highest number sent, plus 1
 * @right: number after the last one that the other end takes
 * @peer_scale: scale of the other end's windows
 * @in: what it has received
 * @got: which bytes of that
 * @in_len: bytes received in order
 * @in_fin: and a FIN after them
 * @fin_at: place of a FIN, plus 1
 * @timer: when to send again, jiffies
 * @wait: present timeout
 * @asked: an acknowledgment is due
 * @twice: place and length of a segment received twice
 * @refused: a server with cookies got a first segment with a wrong number
 */
struct tcp_end {
	bool server;
	bool cookies;
	bool stamps;
	bool sack;
	bool bytewise;
	bool fastopen;
	unsigned int mss;
	u32 room;
	u8 scale;
	unsigned long rto;
	void (*send)(struct tcp_end *e, const struct tcp_segment *seg);
	enum tcp_end_state state;
	u32 iss;
	u32 irs;
	u8 out[TCP_END_STREAM];
	u32 out_len;
	bool fin;
	u32 una;
	u32 nxt;
	u32 sent;
	u32 right;
	u8 peer_scale;
	u8 in[TCP_END_STREAM];
	bool got[TCP_END_STREAM];
	u32 in_len;
	bool in_fin;
	u32 fin_at;
	unsigned long timer;
	unsigned long wait;
	bool asked;
	u32 twice[2];
	bool refused;
};

void tcp_end_open(struct tcp_end *e);
void tcp_end_abort(struct tcp_end *e);
void tcp_end_take(struct tcp_end *e, const struct tcp_segment *seg);
void tcp_end_tick(struct tcp_end *e);
bool tcp_end_done(const struct tcp_end *e);
unsigned int tcp_end_option(const struct tcp_segment *seg, u8 kind);

#endif /* _TCP_END_H */
