/* SPDX-License-Identifier: GPL-2.0-only */
/* Peers and the connections with them. */
#ifndef SYNCD_PEER_H
#define SYNCD_PEER_H

#include "config.h"
#include "kernel.h"
#include "limit.h"
#include "loop.h"
#include "message.h"

#define SY_WINDOW	64	/* messages that may wait for their acknowledgment */
/* A dump message of the kernel becomes up to three messages, which may go over the window. */
#define SY_SENT_MAX	(SY_WINDOW + 4)
#define SY_BATCH	300	/* records of a message */

/*
 * Memory: of each peer there is one struct sy_peer and nothing else, so that SY_PEERS_MAX of them
 * have less than 4 MiB, however many sessions there are. What a peer does not take stays in the
 * log of the kernel, where it is overwritten at last: then the peer gets a bulk.
 */
#define SY_IN_LEN	(64 * 1024)	/* more than SY_MESSAGE_MAX */
#define SY_OUT_LEN	(128 * 1024)
#define SY_OUT_LOW	(32 * 1024)	/* with more to be sent, no more records are read */

/**
 * enum sy_state - States of a peer.
 * @SY_CONNECTING: There is no connection.
 * @SY_GREETING: The peer has not said yet who it is.
 * @SY_BULK: All sessions are being sent or received.
 * @SY_IN_SYNC: Both ends have all sessions; changes follow.
 * @SY_REFUSED: One end refuses the other.
 * @SY_STATES: Number of them.
 */
enum sy_state {
	SY_CONNECTING,
	SY_GREETING,
	SY_BULK,
	SY_IN_SYNC,
	SY_REFUSED,
	SY_STATES,
};

/**
 * struct sy_count - Totals since the peer was configured.
 * @records: Records sent.
 * @batches: Messages with records sent.
 * @bulks: Complete bulks sent that the peer has acknowledged.
 * @refused: Records that the peer has refused.
 * @lost: Entries of the kernel's log that were overwritten before they were sent.
 * @in_records: Records received.
 * @in_batches: Messages with records received.
 * @in_bulks: Complete bulks received.
 * @taken: What the kernel did with records.
 * @failed: Messages that the kernel refused as a whole.
 * @swept: Sessions that a bulk no longer named.
 * @connects: Connections on which both ends have said hello.
 * @dropped: Connections that ended.
 * @invalid: Connections that ended as the peer sent what is no message.
 */
struct sy_count {
	uint64_t records;
	uint64_t batches;
	uint64_t bulks;
	uint64_t refused;
	uint64_t lost;
	uint64_t in_records;
	uint64_t in_batches;
	uint64_t in_bulks;
	struct sy_taken taken;
	uint64_t failed;
	uint64_t swept;
	uint64_t connects;
	uint64_t dropped;
	uint64_t invalid;
};

/**
 * struct sy_sending - What is sent on a connection.
 * @next: Position in the kernel's log.
 * @dump: All sessions, or flows, while a bulk is being sent.
 * @due: Another bulk is to be sent.
 * @due_copies: It is to have the copies of the sessions of the peer, too.
 * @bulk: A bulk is being sent.
 * @copies: It has the copies of the sessions of the peer, too.
 * @whole: This balancer did not lack sessions when it began.
 * @complete: The peer has acknowledged the latest bulk, which was whole.
 * @bulk_since: When the latest bulk began.
 * @end: Number of the message that ends it, 0: not sent yet, or acknowledged.
 * @number: Number of the last message that needs an acknowledgment.
 * @acked: Number of the last one that was acknowledged.
 * @sent_at: When they were sent, by their numbers.
 * @read_at: When to read the kernel's log again, or, on a relay, the flows.
 * @timer: Continues later.
 */
struct sy_sending {
	uint64_t next;
	struct sy_dump *dump;
	bool due;
	bool due_copies;
	bool bulk;
	bool copies;
	bool whole;
	bool complete;
	uint64_t bulk_since;
	uint32_t end;
	uint32_t number;
	uint32_t acked;
	uint64_t sent_at[SY_SENT_MAX];
	uint64_t read_at;
	struct dm_timer timer;
};

/**
 * struct sy_peer - A peer.
 * @node: What the file says of it.
 * @watch: The connection.
 * @outgoing: This end has made it.
 * @connected: It is established.
 * @greeted: The peer has said hello.
 * @closing: What is still to be sent is the end.
 * @opened: When the connection began.
 * @heard: When bytes were received last.
 * @said: When bytes were sent last.
 * @synced: When the state SY_IN_SYNC began, 0: it has not.
 * @retry_at: When to connect.
 * @backoff: Milliseconds to wait before the connection after that.
 * @wanted: Events of epoll(7) that are waited for.
 * @hello: What it has said.
 * @sending: What is sent.
 * @fed_at: When the kernel was told last that it lives.
 * @in_number: Number of the last message of it that was acknowledged.
 * @begins_since: Since when @begins counts.
 * @begins: Number of bulks that began.
 * @mark: Marks the records of its latest bulk, 0: there was none.
 * @taking: A bulk is being received.
 * @taken: The latest one is complete.
 * @whole: The peer did not lack sessions when it began to send it.
 * @seen: It is in the file that was read.
 * @refused: One end refuses the other, @why says why.
 * @why: Why there is no connection.
 * @count: Totals.
 * @limit: Lines of the log.
 * @in_used: Bytes in @in.
 * @out_begin: Where in @out begins what is to be sent.
 * @out_used: Where it ends.
 * @in: What was received.
 * @out: What is to be sent.
 */
struct sy_peer {
	struct sy_node node;
	struct dm_watch watch;
	bool outgoing;
	bool connected;
	bool greeted;
	bool closing;
	uint64_t opened;
	uint64_t heard;
	uint64_t said;
	uint64_t synced;
	uint64_t retry_at;
	uint64_t backoff;
	uint32_t wanted;
	struct sy_hello hello;
	struct sy_sending sending;
	uint64_t fed_at;
	uint32_t in_number;
	uint64_t begins_since;
	unsigned int begins;
	uint32_t mark;
	bool taking;
	bool taken;
	bool whole;
	bool seen;
	bool refused;
	char why[SY_TEXT_LEN];
	struct sy_count count;
	struct dm_limit limit;
	size_t in_used;
	size_t out_begin;
	size_t out_used;
	uint8_t in[SY_IN_LEN] __attribute__((aligned(4)));
	uint8_t out[SY_OUT_LEN] __attribute__((aligned(4)));
};

/* peer.c: the peers */
extern struct sy_peer *sy_peers[SY_PEERS_MAX];
extern size_t sy_peer_count;
extern char sy_name[SY_NAME_LEN];
extern enum sy_role sy_role;
extern const char *const sy_state_names[SY_STATES];
extern uint64_t sy_strangers;

void sy_peers_use(const struct sy_config *config);
void sy_peers_open(void);
void sy_peers_describe(char *text, size_t len);
enum sy_state sy_peer_state(const struct sy_peer *peer);
bool sy_peer_is_heir(const struct sy_peer *peer);
uint64_t sy_peer_lag(const struct sy_peer *peer);

/* conn.c: the connection with a peer */
void sy_conn_open(struct sy_peer *peer, int fd, bool outgoing);
void sy_conn_close(struct sy_peer *peer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sy_conn_refuse(struct sy_peer *peer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sy_conn_invalid(struct sy_peer *peer, const char *why);
uint8_t *sy_conn_room(struct sy_peer *peer, size_t len);
void sy_conn_put(struct sy_peer *peer, size_t len);
void sy_conn_flush(struct sy_peer *peer);

/* send.c: what is sent */
void sy_send_begin(struct sy_peer *peer);
void sy_send_bulk(struct sy_peer *peer, bool copies);
void sy_send_more(struct sy_peer *peer);
void sy_send_flows_soon(struct sy_peer *peer);
void sy_send_stop(struct sy_peer *peer);
void sy_send_acked(struct sy_peer *peer, const struct sy_message *message);

/* take.c: what is received */
void sy_take(struct sy_peer *peer, const struct sy_message *message);
void sy_take_feed(struct sy_peer *peer);
void sy_take_want(struct sy_peer *peer);

/* behind.c: does this balancer lack sessions? */
extern bool sy_behind;
void sy_behind_check(void);

/* status.c */
int sy_status_open(const char *path);
void sy_status_close(void);

#endif
