// SPDX-License-Identifier: GPL-2.0-only
/* The peers: which ones there are, when to connect, what is due. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "listen.h"
#include "say.h"

#define TICK		100	/* milliseconds */
#define LISTEN_PERIOD	1000
#define ALIVE_PERIOD	1000
#define CONNECT_TIME	3000
#define SILENCE_MAX	3000
#define HELLO_TIME	5000

struct sy_peer *sy_peers[SY_PEERS_MAX];
size_t sy_peer_count;
char sy_name[SY_NAME_LEN];
enum sy_role sy_role;
uint64_t sy_strangers;

const char *const sy_state_names[SY_STATES] = {
	[SY_CONNECTING] = "connecting",
	[SY_GREETING] = "hello",
	[SY_BULK] = "bulk",
	[SY_IN_SYNC] = "in-sync",
	[SY_REFUSED] = "refused",
};

static struct dm_timer tick;
static uint64_t listened_at;
static struct sy_self used;	/* sy_self as the connections know it */
static struct dm_limit stranger_limit;

/* ---- states */

/**
 * sy_peer_state() - The state of a peer.
 * @peer: The peer.
 *
 * Return: It.
 */
enum sy_state sy_peer_state(const struct sy_peer *peer)
{
	if (peer->watch.fd < 0 || !peer->connected)
		return peer->refused ? SY_REFUSED : SY_CONNECTING;
	if (!peer->greeted)
		return peer->refused ? SY_REFUSED : SY_GREETING;
	return peer->synced ? SY_IN_SYNC : SY_BULK;
}

/**
 * sy_peer_is_heir() - May a peer serve sessions of this balancer?
 * @peer: The peer.
 *
 * Return: Whether it may, as it has said when it was connected last.
 */
bool sy_peer_is_heir(const struct sy_peer *peer)
{
	return sy_ranges_meet(&sy_self.own, &peer->hello.adopted);
}

/**
 * sy_peer_lag() - The age of the oldest change that a peer does not have.
 * @peer: The peer, which is connected.
 *
 * Return: Milliseconds.
 */
uint64_t sy_peer_lag(const struct sy_peer *peer)
{
	const struct sy_sending *sending = &peer->sending;

	if (!sending->complete)
		return dm_now() - sending->bulk_since;
	if (sending->acked == sending->number)
		return 0;
	return dm_now() - sending->sent_at[(sending->acked + 1) % SY_SENT_MAX];
}

/**
 * sy_peers_describe() - All peers in one line.
 * @text: Where to put it.
 * @len: Bytes of @text.
 */
void sy_peers_describe(char *text, size_t len)
{
	size_t i, count = 0;

	for (i = 0; i < sy_peer_count; i++)
		count += sy_peer_state(sy_peers[i]) == SY_IN_SYNC;
	snprintf(text, len, "%zu of %zu peers in sync%s", count, sy_peer_count,
		 sy_behind ? ", waiting for sessions" : "");
}

/* ---- connections */

static void connect_to(struct sy_peer *peer)
{
	char why[SY_TEXT_LEN];
	int fd = sy_connect(&peer->node.addr, peer->node.port, why, sizeof(why));

	if (fd < 0)
		sy_conn_close(peer, "%s", why);
	else
		sy_conn_open(peer, fd, true);
}

/*
 * When both ends have connected, the connection of the end with the smaller name stays. One that
 * is not established yet makes way for one that is, and an old one of the peer for its new one.
 */
static bool stays(const struct sy_peer *peer)
{
	return peer->watch.fd >= 0 && peer->connected && peer->outgoing &&
	       strcmp(sy_name, peer->node.name) < 0;
}

static void accepted(int fd, const struct ctl_addr *from)
{
	char text[64];
	size_t i;

	for (i = 0; i < sy_peer_count; i++) {
		if (!sy_addr_equal(&sy_peers[i]->node.addr, from))
			continue;
		if (stays(sy_peers[i]))
			close(fd);
		else
			sy_conn_open(sy_peers[i], fd, false);
		return;
	}
	sy_strangers++;
	close(fd);
	if (dm_limit_pass(&stranger_limit))
		dm_say(LOG_WARNING, "a connection from %s was closed: no peer has this address",
		       dm_addr_text(from, text, sizeof(text)));
}

static void reset(const char *why)
{
	size_t i;

	for (i = 0; i < sy_peer_count; i++) {
		if (sy_peers[i]->watch.fd >= 0)
			sy_conn_close(sy_peers[i], "%s", why);
		sy_peers[i]->backoff = 0;
		sy_peers[i]->retry_at = dm_now();
	}
}

/* ---- what is due */

static void say_alive(struct sy_peer *peer)
{
	uint8_t *to = sy_conn_room(peer, sizeof(struct sy_head) + sizeof(uint32_t));

	if (to)
		sy_conn_put(peer, sy_put_alive(to, sy_self.vips_id));
	sy_conn_flush(peer);
}

static void look_at_greeted(struct sy_peer *peer)
{
	if (dm_now() - peer->said >= ALIVE_PERIOD && peer->out_begin == peer->out_used)
		say_alive(peer);
	sy_send_more(peer);
	if (peer->greeted && sy_role == SY_BALANCER)
		sy_take_feed(peer);
	if (peer->greeted && peer->sending.complete && peer->whole && !peer->synced) {
		peer->synced = dm_now();
		dm_say(LOG_INFO, "peer %s: in sync", peer->node.name);
	}
}

static void look_at(struct sy_peer *peer)
{
	if (peer->watch.fd < 0) {
		if (dm_now() >= peer->retry_at)
			connect_to(peer);
	} else if (!peer->connected && dm_now() - peer->opened > CONNECT_TIME) {
		sy_conn_close(peer, "the peer does not answer");
	} else if (dm_now() - peer->heard > SILENCE_MAX) {
		sy_conn_close(peer, "nothing was heard for %d ms", SILENCE_MAX);
	} else if (!peer->greeted && dm_now() - peer->opened > HELLO_TIME) {
		sy_conn_close(peer, "the peer does not say hello");
	} else if (peer->greeted) {
		look_at_greeted(peer);
	}
}

static void on_tick(struct dm_timer *timer)
{
	bool on = sy_self.loaded && sy_self.wait;
	size_t i;

	if (dm_now() - listened_at >= LISTEN_PERIOD) {
		listened_at = dm_now();
		if (sy_listen_update())
			reset("a device is gone");
	}
	for (i = 0; i < sy_peer_count; i++)
		if (on || sy_peers[i]->watch.fd >= 0)
			look_at(sy_peers[i]);
	if (sy_role == SY_BALANCER)
		sy_behind_check();
	dm_timer_set(timer, dm_now() + TICK);
}

static void self_changed(void)
{
	if (used.loaded != sy_self.loaded)
		reset(sy_self.loaded ? "the module is loaded" : "the module is not loaded");
	else if (!used.wait != !sy_self.wait)
		reset(sy_self.wait ? "sync is on" : "the setting sync-wait is 0: sync is off");
	else if (!sy_ranges_equal(&used.own, &sy_self.own) ||
		 !sy_ranges_equal(&used.adopted, &sy_self.adopted))
		reset("the local addresses have changed");
	used = sy_self;
}

/* Flows may no longer be where the hash says. */
static void heard(void)
{
	size_t i;

	for (i = 0; i < sy_peer_count; i++)
		if (sy_role == SY_RELAY && sy_peers[i]->greeted)
			sy_send_flows_soon(sy_peers[i]);
}

/**
 * sy_peers_open() - Begin to ask the kernel and to connect.
 */
void sy_peers_open(void)
{
	tick.run = on_tick;
	dm_timer_set(&tick, dm_now());
	if (sy_kernel_open(sy_role, self_changed, heard)) {
		dm_say(LOG_ERR, "cannot open a netlink socket: %m");
		exit(1);
	}
}

/* ---- the file */

static struct sy_peer *find_peer(const struct sy_node *node)
{
	size_t i;

	for (i = 0; i < sy_peer_count; i++)
		if (!strcmp(sy_peers[i]->node.name, node->name) &&
		    sy_addr_equal(&sy_peers[i]->node.addr, &node->addr) &&
		    sy_peers[i]->node.port == node->port)
			return sy_peers[i];
	return NULL;
}

static struct sy_peer *new_peer(const struct sy_node *node)
{
	struct sy_peer *peer = calloc(1, sizeof(*peer));

	if (!peer) {
		dm_say(LOG_CRIT, "no memory");
		abort();
	}
	peer->node = *node;
	peer->watch.fd = -1;
	return peer;
}

static void remove_unseen(void)
{
	size_t i = 0;

	while (i < sy_peer_count) {
		struct sy_peer *peer = sy_peers[i];

		if (peer->seen) {
			i++;
			continue;
		}
		sy_conn_close(peer, "it is no peer any more");
		sy_peers[i] = sy_peers[--sy_peer_count];
		free(peer);
	}
}

static bool same_listeners(const struct sy_config *one, const struct sy_config *other)
{
	return one->plain == other->plain && one->listens == other->listens &&
	       !memcmp(one->listen, other->listen, one->listens * sizeof(*one->listen));
}

/**
 * sy_peers_use() - Do what a file says; peers that stay keep their connections.
 * @config: What it says.
 */
void sy_peers_use(const struct sy_config *config)
{
	static struct sy_config old;
	bool listeners = !same_listeners(&old, config), renamed = strcmp(sy_name, config->name);
	struct sy_peer *peer;
	size_t i;

	for (i = 0; i < sy_peer_count; i++)
		sy_peers[i]->seen = false;
	for (i = 0; i < config->peers; i++) {
		peer = find_peer(&config->peer[i]);
		if (peer)
			peer->seen = true;
	}
	remove_unseen();
	for (i = 0; i < config->peers; i++) {
		if (find_peer(&config->peer[i]))
			continue;
		peer = new_peer(&config->peer[i]);
		peer->seen = true;
		sy_peers[sy_peer_count++] = peer;
	}
	strcpy(sy_name, config->name);
	sy_role = config->role;
	if (listeners || renamed)
		reset(renamed ? "this host has another name" : "the addresses have changed");
	if (listeners)
		sy_listen_use(config, accepted);
	listened_at = 0;
	old = *config;
}
