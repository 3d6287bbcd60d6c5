// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is sent to a peer: first all sessions that it may serve, then their changes.
 *
 * Each peer has a place of its own in the kernel's log, so that a slow one keeps no other one back.
 */
#include "peer.h"

#include <errno.h>
#include <string.h>

#include "say.h"

#define TURN		8	/* requests to the kernel before others have their turn */
#define BULK_PERIOD	1000	/* milliseconds from the begin of a bulk to that of the next one */
#define READ_PERIOD	100	/* milliseconds from one look into the log to the next */
#define FLOWS_PERIOD	5000	/* milliseconds from one look at the flows of a relay to the next */
#define FLOWS_SOON	1000	/* milliseconds from a change to a look, at least */

/*
 * A peer gets the sessions that this balancer serves. It gets the copies of its own sessions while
 * it lacks them; otherwise it may have ended some of them meanwhile. Copies of the sessions of a
 * third balancer come from that one. The end of a session has no flags.
 */
static bool is_for(const struct sy_peer *peer, const struct slb_sync_record *record)
{
	bool own = sy_ranges_have(&peer->hello.own, record->family, record->local);

	if (record->what == SLB_SYNC_STATE && !(record->flags & htobe16(SLB_SYNC_LIVE)) &&
	    !sy_ranges_have(&sy_self.own, record->family, record->local))
		return own && peer->sending.copies;
	return own || sy_ranges_have(&peer->hello.adopted, record->family, record->local);
}

/* Finds room for a message that needs an acknowledgment. */
static uint8_t *begin(struct sy_peer *peer, enum sy_type type, size_t body)
{
	struct sy_sending *sending = &peer->sending;
	uint8_t *to = sy_conn_room(peer, sizeof(struct sy_head) + body);

	if (!to)
		return NULL;
	sending->number++;
	sending->sent_at[sending->number % SY_SENT_MAX] = dm_now();
	sy_conn_put(peer, sizeof(struct sy_head) + body);
	return to + sy_put_head(to, type, sending->number, body);
}

/* Return: number of records sent, -1 when there was no room. */
static int send_some(struct sy_peer *peer, const struct slb_sync_record *record, size_t count)
{
	size_t len = count * sizeof(*record);
	uint8_t *to = begin(peer, SY_RECORDS, len);

	if (!to)
		return -1;
	memcpy(to, record, len);
	peer->count.records += count;
	peer->count.batches++;
	return 0;
}

static int send_records(struct sy_peer *peer, const struct sy_records *records)
{
	static struct slb_sync_record chosen[SY_BATCH];
	size_t i, count = 0;

	for (i = 0; i < records->count; i++) {
		if (!is_for(peer, &records->record[i]))
			continue;
		chosen[count++] = records->record[i];
		if (count < SY_BATCH)
			continue;
		if (send_some(peer, chosen, count))
			return -1;
		count = 0;
	}
	return count ? send_some(peer, chosen, count) : 0;
}

/* ---- all sessions */

/*
 * Begins to send all sessions, and with @due_copies also the copies of the peer's own ones.
 *
 * While this balancer lacks sessions the bulk is not whole: the peer must not end what it does not
 * name, for that is what this balancer lacks. A whole one follows.
 */
static void begin_bulk(struct sy_peer *peer)
{
	struct sy_sending *sending = &peer->sending;
	struct sy_records present;

	sy_dump_close(sending->dump);
	sending->dump = NULL;
	/* the place in the log first: what changes during the dump is sent after it */
	if (!sy_kernel_changes(NULL, &present))
		sending->dump = sy_dump_open();
	if (!sending->dump) {
		sy_conn_close(peer, "sessions cannot be read: %s", strerror(errno));
		return;
	}
	sending->next = present.next;
	sending->bulk = true;
	sending->copies = sending->due_copies;
	sending->due = false;
	sending->due_copies = false;
	sending->whole = !present.behind;
	sending->complete = false;
	sending->bulk_since = dm_now();
	sending->end = 0;
	peer->synced = 0;
	if (!begin(peer, SY_BEGIN, 0))
		sy_conn_close(peer, "there is no room for a bulk");
}

/* Return: 0, or -1 when there was no room. */
static int end_bulk(struct sy_peer *peer)
{
	struct sy_sending *sending = &peer->sending;
	uint8_t *to = begin(peer, SY_END, sizeof(uint32_t));

	if (!to)
		return -1;
	sy_put_end(to - sizeof(struct sy_head), sending->number, sending->whole);
	sy_dump_close(sending->dump);
	sending->dump = NULL;
	sending->bulk = false;
	sending->copies = false;
	sending->end = sending->number;
	sending->read_at = dm_now();
	return 0;
}

/* Return: whether there may be more to do. */
static bool continue_bulk(struct sy_peer *peer)
{
	struct sy_sending *sending = &peer->sending;
	struct sy_records some;

	if (sy_dump_read(sending->dump, &some)) {
		sy_conn_close(peer, "sessions cannot be read: %s", strerror(errno));
		return false;
	}
	if (send_records(peer, &some) || (some.done && end_bulk(peer))) {
		sy_conn_close(peer, "there is no room for a bulk");
		return false;
	}
	return true;
}

/* ---- flows of a relay: those that the peer does not find by the hash, again and again */

static int send_flows(struct sy_peer *peer, const struct sy_flow *flow, size_t count)
{
	size_t i, n, len;
	uint8_t *to;

	for (i = 0; i < count; i += n) {
		n = count - i < SY_FLOWS_MAX ? count - i : SY_FLOWS_MAX;
		len = n * sizeof(*flow);
		to = begin(peer, SY_FLOWS, len);
		if (!to)
			return -1;
		memcpy(to, flow + i, len);
		peer->count.records += n;
		peer->count.batches++;
	}
	return 0;
}

static void begin_flows(struct sy_peer *peer)
{
	struct sy_sending *sending = &peer->sending;

	sending->dump = sy_flows_open();
	if (!sending->dump) {
		sy_conn_close(peer, "flows cannot be read: %s", strerror(errno));
		return;
	}
	sending->bulk = true;
	sending->due = false;
	sending->whole = true;
	sending->bulk_since = dm_now();
	sending->end = 0;
	if (!begin(peer, SY_BEGIN, 0))
		sy_conn_close(peer, "there is no room for flows");
}

/* Return: whether there may be more to do. */
static bool continue_flows(struct sy_peer *peer)
{
	const struct sy_flow *flow;
	size_t count;
	int end;

	if (!peer->sending.bulk) {
		if (dm_now() < peer->sending.read_at)
			return false;
		begin_flows(peer);
		return peer->watch.fd >= 0;
	}
	end = sy_flows_read(peer->sending.dump, &flow, &count);
	if (end < 0) {
		sy_conn_close(peer, "flows cannot be read: %s", strerror(errno));
		return false;
	}
	if (send_flows(peer, flow, count) || (end && end_bulk(peer))) {
		sy_conn_close(peer, "there is no room for flows");
		return false;
	}
	if (end)
		peer->sending.read_at = dm_now() + FLOWS_PERIOD;
	return !end;
}

/**
 * sy_send_flows_soon() - Something has changed: flows may no longer be where the hash says.
 * @peer: The peer.
 */
void sy_send_flows_soon(struct sy_peer *peer)
{
	uint64_t soon = dm_now() + FLOWS_SOON;

	if (peer->sending.bulk || peer->sending.read_at <= soon)
		return;
	peer->sending.read_at = soon;
}

/* ---- changes */

/* Return: whether there may be more to do. */
static bool send_changes(struct sy_peer *peer)
{
	struct sy_sending *sending = &peer->sending;
	struct sy_records changes;
	bool more;

	if (sending->due || dm_now() < sending->read_at)
		return false;
	if (sy_kernel_changes(&sending->next, &changes)) {
		sy_conn_close(peer, "changes cannot be read: %s", strerror(errno));
		return false;
	}
	if (changes.next < sending->next) {
		sy_conn_close(peer, "the log of the kernel has begun again");
		return false;
	}
	if (!sending->whole && !changes.behind) {
		sy_send_bulk(peer, false);
		return false;
	}
	if (changes.lost) {
		peer->count.lost += changes.lost;
		if (dm_limit_pass(&peer->limit))
			dm_say(LOG_WARNING, "peer %s: %llu changes were overwritten before they were sent: all sessions are sent again",
			       peer->node.name, (unsigned long long)changes.lost);
		sy_send_bulk(peer, false);
		return false;
	}
	/* entries of short sessions have no record */
	more = changes.next != sending->next;
	sending->next = changes.next;
	if (send_records(peer, &changes)) {
		sy_conn_close(peer, "there is no room for changes");
		return false;
	}
	if (!more)
		sending->read_at = dm_now() + READ_PERIOD;
	return more;
}

static bool may_send(const struct sy_peer *peer)
{
	return peer->greeted && peer->out_used - peer->out_begin < SY_OUT_LOW &&
	       peer->sending.number - peer->sending.acked < SY_WINDOW;
}

/**
 * sy_send_more() - Send what there is, as far as the peer takes it.
 * @peer: The peer.
 */
void sy_send_more(struct sy_peer *peer)
{
	struct sy_sending *sending = &peer->sending;
	bool more = true;
	int i;

	if (sy_role == SY_BALANCER && sending->due && may_send(peer) &&
	    dm_now() - sending->bulk_since >= BULK_PERIOD)
		begin_bulk(peer);
	for (i = 0; i < TURN && more && may_send(peer); i++)
		more = sy_role == SY_RELAY ? continue_flows(peer) :
		       sending->bulk ? continue_bulk(peer) : send_changes(peer);
	sy_conn_flush(peer);
	if (more && may_send(peer))
		dm_timer_set(&sending->timer, dm_now() + 1);
}

static void on_timer(struct dm_timer *timer)
{
	sy_send_more(DM_OF(timer, struct sy_peer, sending.timer));
}

/**
 * sy_send_bulk() - Send all sessions, as soon as the latest bulk is a second old.
 * @peer: The peer.
 * @copies: Also the copies of its own sessions.
 */
void sy_send_bulk(struct sy_peer *peer, bool copies)
{
	peer->sending.due = true;
	peer->sending.due_copies |= copies;
	peer->sending.complete = false;
	peer->synced = 0;
}

/**
 * sy_send_begin() - Begin to send to a peer that has said hello.
 * @peer: The peer.
 */
void sy_send_begin(struct sy_peer *peer)
{
	peer->sending.timer.run = on_timer;
	sy_send_bulk(peer, peer->hello.behind);
	sy_send_more(peer);
}

/**
 * sy_send_stop() - The connection has ended.
 * @peer: The peer.
 */
void sy_send_stop(struct sy_peer *peer)
{
	dm_timer_stop(&peer->sending.timer);
	sy_dump_close(peer->sending.dump);
	memset(&peer->sending, 0, sizeof(peer->sending));
}

/**
 * sy_send_acked() - The peer has acknowledged messages.
 * @peer: The peer.
 * @message: Its SY_ACK.
 */
void sy_send_acked(struct sy_peer *peer, const struct sy_message *message)
{
	struct sy_sending *sending = &peer->sending;

	/* numbers wrap */
	if (message->number - sending->acked - 1 >= sending->number - sending->acked) {
		sy_conn_invalid(peer, "an acknowledgment is of no message that was sent");
		return;
	}
	sending->acked = message->number;
	peer->count.refused += message->refused;
	if (!sending->end || (int32_t)(sending->acked - sending->end) < 0)
		return;
	sending->complete = sending->whole;
	sending->end = 0;
	peer->count.bulks++;
}
