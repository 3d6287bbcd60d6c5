// SPDX-License-Identifier: GPL-2.0-only
/* What is received from a peer: who it is, its sessions, and acknowledgments. */
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "say.h"

#define FEED_PERIOD	1000	/* milliseconds */
#define BEGINS_PERIOD	10000	/* milliseconds */
#define BEGINS_MAX	20	/* bulks in this time: each makes the kernel look at all sessions */

/* ---- hello */

/* Another peer that has an address in common with what @hello says, or NULL. */
static const struct sy_peer *find_rival(const struct sy_peer *peer, const struct sy_hello *hello)
{
	size_t i;

	for (i = 0; i < sy_peer_count; i++)
		if (sy_peers[i] != peer && sy_peers[i]->greeted &&
		    sy_ranges_meet(&sy_peers[i]->hello.own, &hello->own))
			return sy_peers[i];
	return NULL;
}

/* Return: whether the peer was refused. */
static bool refuse(struct sy_peer *peer, const struct sy_hello *hello)
{
	const struct sy_peer *rival = find_rival(peer, hello);

	if (!sy_self.loaded)
		sy_conn_refuse(peer, "module %s is not loaded on %s", sy_kernel_module(), sy_name);
	else if (hello->role != sy_role)
		sy_conn_refuse(peer, "one of %s and %s is a relay, the other a balancer", sy_name,
			       hello->name);
	else if (!sy_self.wait)
		sy_conn_refuse(peer, "the setting sync-wait of %s is 0: sync is off", sy_name);
	else if (strcmp(hello->name, peer->node.name))
		sy_conn_refuse(peer, "%s knows this peer as %s, but its name is %s", sy_name,
			       peer->node.name, hello->name);
	else if (sy_ranges_meet(&sy_self.own, &hello->own))
		sy_conn_refuse(peer, "%s and %s have the same local addresses", sy_name,
			       hello->name);
	else if (rival)
		sy_conn_refuse(peer, "%s and %s have the same local addresses", rival->node.name,
			       hello->name);
	else
		return false;
	return true;
}

static void take_hello(struct sy_peer *peer, const struct sy_hello *hello)
{
	if (peer->greeted) {
		sy_conn_invalid(peer, "hello was said twice");
		return;
	}
	if (refuse(peer, hello))
		return;
	peer->hello = *hello;
	peer->greeted = true;
	peer->refused = false;
	peer->why[0] = '\0';
	peer->backoff = 0;
	peer->count.connects++;
	dm_say(LOG_INFO, "peer %s: connected%s", peer->node.name,
	       hello->vips_id == sy_self.vips_id ? "" : "; it has other VIPs");
	sy_send_begin(peer);
}

/* ---- sessions */

/* Return: 0, or -1 when the connection has ended. */
static int acknowledge(struct sy_peer *peer, uint32_t number, uint32_t taken, uint32_t refused)
{
	uint8_t *to = sy_conn_room(peer, sizeof(struct sy_head) + 2 * sizeof(uint32_t));

	/* there is room for the whole window of a peer that reads acknowledgments */
	if (!to) {
		sy_conn_close(peer, "the peer does not read acknowledgments");
		return -1;
	}
	sy_conn_put(peer, sy_put_ack(to, number, taken, refused));
	sy_conn_flush(peer);
	return 0;
}

/* Marks become larger: also those of the next run of the daemon, with a bulk a second at most. */
static uint32_t new_mark(void)
{
	static uint32_t mark;

	if (!mark)
		mark = (uint32_t)time(NULL);
	mark++;
	return mark ? mark : ++mark;
}

/* A daemon begins one a second. */
static bool too_many(struct sy_peer *peer)
{
	if (dm_now() - peer->begins_since >= BEGINS_PERIOD) {
		peer->begins_since = dm_now();
		peer->begins = 0;
	}
	return ++peer->begins > BEGINS_MAX;
}

static void take_begin(struct sy_peer *peer, uint32_t number)
{
	if (too_many(peer)) {
		sy_conn_invalid(peer, "bulks come too fast");
		return;
	}
	peer->mark = new_mark();
	peer->taking = true;
	/* a relay sends its flows again and again */
	if (sy_role == SY_BALANCER) {
		peer->taken = false;
		peer->whole = false;
		peer->synced = 0;
	}
	acknowledge(peer, number, 0, 0);
}

static uint32_t sum(struct sy_count *count, const struct sy_taken *taken)
{
	uint64_t refused = 0;
	int i;

	count->taken.added += taken->added;
	count->taken.updated += taken->updated;
	count->taken.ended += taken->ended;
	for (i = 0; i < SY_REFUSALS; i++) {
		count->taken.refused[i] += taken->refused[i];
		refused += taken->refused[i];
	}
	return (uint32_t)refused;
}

static void take_records(struct sy_peer *peer, const struct sy_message *message)
{
	struct sy_taken taken;
	uint32_t refused;

	if (!peer->mark) {
		sy_conn_invalid(peer, "records came before a bulk");
		return;
	}
	peer->count.in_batches++;
	peer->count.in_records += message->count;
	/* what is lost here comes again with the bulk of the next connection */
	if (sy_kernel_add(message->record, message->count, peer->mark, &taken)) {
		peer->count.failed++;
		sy_conn_close(peer, "the kernel does not take sessions: %s", strerror(errno));
		return;
	}
	refused = sum(&peer->count, &taken);
	if (refused && dm_limit_pass(&peer->limit))
		dm_say(LOG_WARNING, "peer %s: %u of %zu records were refused (slbctl sync show)",
		       peer->node.name, refused, message->count);
	acknowledge(peer, message->number, (uint32_t)message->count - refused, refused);
}

static void take_flows(struct sy_peer *peer, const struct sy_message *message)
{
	struct sy_taken taken;
	uint32_t refused;

	if (!peer->mark) {
		sy_conn_invalid(peer, "flows came before a bulk");
		return;
	}
	peer->count.in_batches++;
	peer->count.in_records += message->count;
	if (sy_flows_add(message->flow, message->count, &taken)) {
		peer->count.failed++;
		sy_conn_close(peer, "the kernel does not take flows: %s", strerror(errno));
		return;
	}
	refused = sum(&peer->count, &taken);
	if (refused && dm_limit_pass(&peer->limit))
		dm_say(LOG_WARNING, "peer %s: %u of %zu flows were refused (slbctl sync show)",
		       peer->node.name, refused, message->count);
	acknowledge(peer, message->number, (uint32_t)message->count - refused, refused);
}

static void take_end(struct sy_peer *peer, const struct sy_message *message)
{
	uint32_t swept;

	if (!peer->taking) {
		sy_conn_invalid(peer, "a bulk ended that did not begin");
		return;
	}
	swept = 0;
	if (sy_role == SY_BALANCER &&
	    sy_kernel_feed(&peer->hello.own, message->whole ? &peer->mark : NULL, &swept)) {
		peer->count.failed++;
		sy_conn_close(peer, "the kernel does not take sessions: %s", strerror(errno));
		return;
	}
	peer->fed_at = dm_now();
	peer->count.swept += swept;
	peer->count.in_bulks++;
	peer->taking = false;
	peer->taken = true;
	peer->whole = message->whole;
	acknowledge(peer, message->number, 0, 0);
}

/**
 * sy_take_feed() - Tell the kernel that a peer lives, if that is due.
 * @peer: The peer, which is connected.
 */
void sy_take_feed(struct sy_peer *peer)
{
	uint32_t swept;

	if (dm_now() - peer->fed_at < FEED_PERIOD)
		return;
	peer->fed_at = dm_now();
	if (sy_kernel_feed(&peer->hello.own, NULL, &swept)) {
		peer->count.failed++;
		sy_conn_close(peer, "the kernel does not take signs of life: %s", strerror(errno));
	}
}

/**
 * sy_take_want() - Ask a peer for all its sessions.
 * @peer: The peer, which is connected.
 */
void sy_take_want(struct sy_peer *peer)
{
	uint8_t *to = sy_conn_room(peer, sizeof(struct sy_head));

	if (!to) {
		sy_conn_close(peer, "the peer does not read");
		return;
	}
	sy_conn_put(peer, sy_put_head(to, SY_WANT, 0, 0));
	peer->taken = false;
	peer->whole = false;
	peer->synced = 0;
	sy_conn_flush(peer);
}

/* ---- all */

/* Messages that are acknowledged have consecutive numbers. */
static bool is_next(struct sy_peer *peer, const struct sy_message *message)
{
	if (message->type != SY_BEGIN && message->type != SY_RECORDS &&
	    message->type != SY_FLOWS && message->type != SY_END)
		return true;
	return message->number == ++peer->in_number;
}

static void take_refusal(struct sy_peer *peer, const char *text)
{
	sy_conn_close(peer, "it refuses this host: %s", text);
	peer->refused = true;
}

/**
 * sy_take() - Handle a message.
 * @peer: The peer, whose connection may have ended afterwards.
 * @message: The message.
 */
void sy_take(struct sy_peer *peer, const struct sy_message *message)
{
	if (message->type != SY_HELLO && message->type != SY_REFUSE && !peer->greeted) {
		sy_conn_invalid(peer, "the first message is no hello");
		return;
	}
	if (message->type == (sy_role == SY_RELAY ? SY_RECORDS : SY_FLOWS)) {
		sy_conn_invalid(peer, "a message is for a host of another role");
		return;
	}
	if (!is_next(peer, message)) {
		sy_conn_invalid(peer, "a message is missing");
		return;
	}
	switch (message->type) {
	case SY_HELLO:
		take_hello(peer, &message->hello);
		break;
	case SY_BEGIN:
		take_begin(peer, message->number);
		break;
	case SY_RECORDS:
		take_records(peer, message);
		break;
	case SY_FLOWS:
		take_flows(peer, message);
		break;
	case SY_END:
		take_end(peer, message);
		break;
	case SY_ACK:
		sy_send_acked(peer, message);
		break;
	case SY_ALIVE:
		peer->hello.vips_id = message->vips_id;
		break;
	case SY_WANT:
		sy_send_bulk(peer, true);
		break;
	case SY_REFUSE:
		take_refusal(peer, message->text);
		break;
	}
}
