// SPDX-License-Identifier: GPL-2.0-only
/* Servers and links as the kernel has them: which targets a server has, and what they say of it. */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "ctl.h"
#include "kernel.h"
#include "say.h"

#define BUCKETS		4096

struct hd_link hd_links[HD_LINKS_MAX];

static struct {
	const struct hd_config *config;
	struct hd_server *table[BUCKETS];
	struct hd_server **all;
	size_t count, room;
	size_t confirmed;	/* index of the one to be confirmed next */
	struct hd_server *dirty;
} servers;

/* ---- links */

/**
 * hd_link_find() - Find a link.
 * @name: Its name.
 *
 * Return: The link or NULL.
 */
struct hd_link *hd_link_find(const char *name)
{
	size_t i;

	for (i = 0; i < HD_LINKS_MAX; i++)
		if (*name && !strcmp(hd_links[i].name, name))
			return &hd_links[i];
	return NULL;
}

/**
 * hd_link_add() - Find or make a link.
 * @name: Its name.
 *
 * Return: The link, or NULL when there are too many.
 */
struct hd_link *hd_link_add(const char *name)
{
	struct hd_link *link = hd_link_find(name);
	size_t i;

	for (i = 0; !link && i < HD_LINKS_MAX; i++) {
		if (*hd_links[i].name)
			continue;
		link = &hd_links[i];
		memset(link, 0, sizeof(*link));
		snprintf(link->name, sizeof(link->name), "%s", name);
	}
	return link;
}

static uint32_t link_bit(const struct hd_link *link)
{
	return link ? 1U << (link - hd_links) : 0;
}

/* Links over which servers of a family are checked. */
static uint32_t host_links(bool v6, bool only_up)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < HD_LINKS_MAX; i++)
		if (*hd_links[i].name && hd_links[i].host[v6].family &&
		    (!only_up || hd_links[i].up[v6]))
			bits |= 1U << i;
	return bits;
}

/* ---- what the targets of a server say */

static enum hd_health worse(enum hd_health one, enum hd_health other)
{
	if (one == HD_DOWN || other == HD_DOWN)
		return HD_DOWN;
	return one == HD_UNKNOWN ? one : other;
}

/* All targets over one link, and those that belong to no link. */
static enum hd_health path_health(const struct hd_server *server, const struct hd_link *link)
{
	enum hd_health health = HD_UP;
	size_t i;

	for (i = 0; i < server->use_count; i++) {
		const struct hd_target *target = server->uses[i].target;

		if (!target->link || target->link == link)
			health = worse(health, target->state.health);
	}
	return health;
}

/* When the targets over a link became down, or when all of them were last seen to be good. */
static uint64_t path_time(const struct hd_server *server, const struct hd_link *link, bool down)
{
	uint64_t at = down ? 0 : UINT64_MAX;
	size_t i;

	for (i = 0; i < server->use_count; i++) {
		const struct hd_target *target = server->uses[i].target;

		if (target->link != link)
			continue;
		if (down && target->state.health == HD_DOWN && target->down_at > at)
			at = target->down_at;
		if (!down && target->good_at < at)
			at = target->good_at;
	}
	return at;
}

/* Look at once over the other links than one over which a server fails. */
static void look_elsewhere(const struct hd_server *server, uint32_t down)
{
	size_t i;

	for (i = 0; i < server->use_count; i++)
		if (!(link_bit(server->uses[i].target->link) & down))
			hd_target_look(server->uses[i].target);
}

/*
 * A server that fails does so over one link first. The links are to blame if another one is seen
 * to be good later. Return: the bits of @down of which this is certain.
 */
static uint32_t certain_links(struct hd_server *server, uint32_t down, uint64_t good_at)
{
	uint32_t certain = down & server->now.down_links;
	bool waiting;
	size_t i;

	for (i = 0; i < HD_LINKS_MAX; i++)
		if (down & 1U << i && path_time(server, &hd_links[i], true) <= good_at)
			certain |= 1U << i;
	waiting = certain != down;
	if (waiting && !server->waiting)
		look_elsewhere(server, down);
	server->waiting = waiting;
	return certain;
}

/* Over each link that is up. Return: what is said of the server as a whole. */
static enum hd_health links_health(struct hd_server *server, uint32_t used, uint32_t *down)
{
	enum hd_health health = HD_DOWN;
	uint32_t up = used & host_links(server->addr.family == AF_INET6, true);
	uint64_t good_at = 0, at;
	size_t i;

	*down = 0;
	if (!up)
		return server->now.health;
	for (i = 0; i < HD_LINKS_MAX; i++) {
		enum hd_health path;

		if (!(up & 1U << i))
			continue;
		path = path_health(server, &hd_links[i]);
		if (path == HD_DOWN)
			*down |= 1U << i;
		else if (path == HD_UP || health == HD_DOWN)
			health = path;
		at = path == HD_UP ? path_time(server, &hd_links[i], false) : 0;
		good_at = at > good_at ? at : good_at;
	}
	*down = certain_links(server, health == HD_DOWN ? 0 : *down, good_at);
	return health;
}

static uint32_t links_used(const struct hd_server *server)
{
	uint32_t used = 0;
	size_t i;

	for (i = 0; i < server->use_count; i++)
		used |= link_bit(server->uses[i].target->link);
	return used;
}

/* The target that explains the health of a server best. */
static const struct hd_target *speaker(const struct hd_server *server, enum hd_health health)
{
	const struct hd_target *found = NULL;
	size_t i;

	for (i = 0; i < server->use_count; i++) {
		const struct hd_target *target = server->uses[i].target;

		if (health == HD_DOWN && target->state.health == HD_DOWN && *target->why)
			return target;
		if (health != HD_DOWN && *target->why &&
		    (target->unsaid || target->drain || target->state.last == HD_GOOD))
			found = target;
		if (health != HD_DOWN && target->link && target->state.health == HD_DOWN &&
		    *target->why && !found)
			found = target;
	}
	return found;
}

static void write_why(const struct hd_server *server, struct hd_opinion *opinion)
{
	const struct hd_target *target = speaker(server, opinion->health);
	char text[4 * HD_WHY_LEN], unsaid[48] = "";

	opinion->why[0] = '\0';
	if (!target)
		return;
	if (target->unsaid)
		snprintf(unsaid, sizeof(unsaid), "unknown for %llu s: ",
			 (unsigned long long)(dm_now() - target->unsaid_since) / 1000);
	snprintf(text, sizeof(text), "%s: %s%s%s%s", hd_type_names[target->check->type], unsaid,
		 target->why, opinion->health != HD_DOWN && target->link ? " over " : "",
		 opinion->health != HD_DOWN && target->link ? target->link->name : "");
	ctl_escape(text, opinion->why, sizeof(opinion->why));
}

static uint32_t least_percent(const struct hd_server *server)
{
	uint32_t percent = 100;
	size_t i;

	for (i = 0; i < server->use_count; i++) {
		const struct hd_target *target = server->uses[i].target;

		if (target->state.health != HD_DOWN && target->share < percent)
			percent = target->share;
	}
	return percent;
}

static void mark_dirty(struct hd_server *server)
{
	if (server->dirty)
		return;
	server->dirty = true;
	server->dirty_next = servers.dirty;
	servers.dirty = server;
}

/* GROUP ADDR[:PORT], as slbctl prints it. */
static void name_server(const struct hd_server *server, char *name, size_t len)
{
	bool brackets = server->port && server->addr.family == AF_INET6;
	char addr[64], port[8] = "";

	dm_addr_text(&server->addr, addr, sizeof(addr));
	if (server->port)
		snprintf(port, sizeof(port), ":%u", server->port);
	snprintf(name, len, "%s %s%s%s%s", server->group, brackets ? "[" : "", addr,
		 brackets ? "]" : "", port);
}

static void log_change(const struct hd_server *server, const struct hd_opinion *before)
{
	static const char *const names[] = { "unknown", "up", "down" };
	const struct hd_opinion *now = &server->now;
	char name[128];
	size_t i;

	name_server(server, name, sizeof(name));
	if (now->health != before->health)
		dm_say(now->health == HD_DOWN ? LOG_WARNING : LOG_NOTICE, "server %s is %s%s%s",
		       name, names[now->health], *now->why ? ": " : "", now->why);
	else if (now->percent != before->percent)
		dm_say(LOG_NOTICE, "server %s has %u per cent of its weight%s%s", name,
		       now->percent, *now->why ? ": " : "", now->why);
	for (i = 0; i < HD_LINKS_MAX; i++)
		if ((now->down_links ^ before->down_links) & 1U << i)
			dm_say(now->down_links & 1U << i ? LOG_WARNING : LOG_NOTICE,
			       "server %s is %s over link %s", name,
			       now->down_links & 1U << i ? "not reached" : "reached again",
			       hd_links[i].name);
}

/**
 * hd_server_judge() - Find out what is to be said of a server, as a target has changed.
 * @server: The server.
 */
void hd_server_judge(struct hd_server *server)
{
	struct hd_opinion before = server->now, *now = &server->now;
	uint32_t used = links_used(server), down = 0;
	enum hd_health health;

	if (!server->use_count)
		return;
	health = used ? links_health(server, used, &down) : path_health(server, NULL);
	if (health != HD_UNKNOWN)
		now->health = health;
	now->down_links = down;
	now->percent = least_percent(server);
	write_why(server, now);
	if (now->health != before.health || now->percent != before.percent ||
	    now->down_links != before.down_links)
		log_change(server, &before);
	if (now->health != server->said.health || now->percent != server->said.percent ||
	    now->down_links != server->said.down_links || strcmp(now->why, server->said.why))
		mark_dirty(server);
}

/**
 * hd_servers_judge() - Find out what is to be said of all servers, as a link has changed.
 */
void hd_servers_judge(void)
{
	size_t i;

	for (i = 0; i < servers.count; i++)
		hd_server_judge(servers.all[i]);
}

/**
 * hd_server_look() - Look at once, as connections to a server have failed.
 * @server: The server.
 */
void hd_server_look(struct hd_server *server)
{
	size_t i;

	for (i = 0; i < server->use_count; i++)
		hd_target_look(server->uses[i].target);
}

/* ---- what is said to the kernel */

static void say_links(const struct hd_server *server, uint32_t bits)
{
	size_t i;

	for (i = 0; i < HD_LINKS_MAX; i++)
		if (bits & 1U << i && *hd_links[i].name)
			hd_kernel_say(server, hd_links[i].name);
}

/* A server that is down is said to be so first, and one that is up last. */
static void say(struct hd_server *server)
{
	uint32_t links = server->said.down_links ^ server->now.down_links;

	if (server->now.health == HD_DOWN)
		hd_kernel_say(server, NULL);
	say_links(server, links);
	if (server->now.health != HD_DOWN)
		hd_kernel_say(server, NULL);
	server->said = server->now;
}

/**
 * hd_servers_flush() - Say what has changed to the kernel.
 */
void hd_servers_flush(void)
{
	struct hd_server *server, *next;

	for (server = servers.dirty; server; server = next) {
		next = server->dirty_next;
		server->dirty = false;
		say(server);
	}
	servers.dirty = NULL;
	hd_kernel_send();
}

/**
 * hd_servers_confirm() - Say the health of some servers again, before it becomes too old.
 * @count: How many.
 */
void hd_servers_confirm(size_t count)
{
	if (count > servers.count)
		count = servers.count;
	for (; count; count--) {
		struct hd_server *server;

		if (servers.confirmed >= servers.count)
			servers.confirmed = 0;
		server = servers.all[servers.confirmed++];
		if (!server->use_count || server->now.health == HD_UNKNOWN)
			continue;
		write_why(server, &server->now);
		hd_kernel_say(server, NULL);
		say_links(server, server->now.down_links);
		server->said = server->now;
	}
	hd_kernel_send();
}

/* ---- which targets a server has */

static uint16_t target_port(const struct hd_check *check, const struct hd_server *server)
{
	if (check->type == HD_ICMP)
		return 0;
	if (check->port || server->port)
		return check->port ?: server->port;
	switch (check->type) {
	case HD_HTTP:
		return 80;
	case HD_HTTPS:
		return 443;
	case HD_DNS:
		return 53;
	default:
		return 0;
	}
}

static bool needs_port(const struct hd_check *check)
{
	return check->type != HD_ICMP && check->type != HD_EXEC;
}

static enum hd_health known_health(const struct hd_server *server, const struct hd_link *link)
{
	if (server->now.down_links & link_bit(link))
		return HD_DOWN;
	return server->now.health;
}

/* Adds the targets of a check over some links. Return: number of uses. */
static size_t use_check(struct hd_server *server, const struct hd_check *check, uint32_t links,
			struct hd_use *uses)
{
	uint16_t port = target_port(check, server);
	bool linked = check->type != HD_EXEC || hd_check_uses(check, "{source}");
	size_t i, count = 0;

	for (i = 0; i <= HD_LINKS_MAX; i++) {
		const struct hd_link *link = i < HD_LINKS_MAX ? &hd_links[i] : NULL;
		struct hd_target *target;

		if (link ? !linked || !(links & 1U << i) : linked && links)
			continue;
		target = hd_target_get(check, &server->addr, port, link,
				       known_health(server, link));
		if (!target)
			continue;
		uses[count].server = server;
		hd_target_use(target, &uses[count++]);
	}
	return count;
}

static bool check_applies(const struct hd_check *check, const struct hd_server *server)
{
	char name[128];

	if (strcmp(check->group, server->group))
		return false;
	if (!needs_port(check) || target_port(check, server))
		return true;
	name_server(server, name, sizeof(name));
	dm_say(LOG_WARNING, "server %s has no port: check %s in line %u needs \"port N\"", name,
	       hd_type_names[check->type], check->line);
	return false;
}

static void forget(struct hd_server *server)
{
	bool checked = server->use_count;

	server->uses = NULL;
	server->use_count = 0;
	if (!checked)
		return;
	/* Nobody checks it any more, so nobody knows. */
	server->now.health = HD_UNKNOWN;
	server->now.percent = 100;
	server->now.down_links = 0;
	server->now.why[0] = '\0';
	mark_dirty(server);
}

/* New uses come before the old ones go, so that targets that stay keep their state. */
static void use_targets(struct hd_server *server)
{
	const struct hd_config *config = servers.config;
	uint32_t links = host_links(server->addr.family == AF_INET6, false);
	struct hd_use *old = server->uses, *uses;
	size_t old_count = server->use_count, count = 0, i;

	uses = calloc(config->count * (HD_LINKS_MAX + 1) + 1, sizeof(*uses));
	if (!uses)
		return;
	for (i = 0; i < config->count; i++)
		if (check_applies(&config->check[i], server))
			count += use_check(server, &config->check[i], links, &uses[count]);
	for (i = 0; i < old_count; i++)
		hd_target_unuse(&old[i]);
	free(old);
	if (!count) {
		free(uses);
		forget(server);
		return;
	}
	server->uses = uses;
	server->use_count = count;
	hd_server_judge(server);
}

/**
 * hd_servers_use() - Check all servers as the file says from now on.
 * @config: The file; the one before can be freed afterwards.
 */
void hd_servers_use(const struct hd_config *config)
{
	size_t i;

	servers.config = config;
	for (i = 0; i < servers.count; i++)
		use_targets(servers.all[i]);
}

/**
 * hd_links_changed() - Check all servers over the links that there are now.
 */
void hd_links_changed(void)
{
	hd_servers_use(servers.config);
}

/* ---- the table */

static struct hd_server **bucket(const char *group, const struct ctl_addr *addr, uint16_t port)
{
	size_t hash = port, i;

	for (; *group; group++)
		hash = hash * 31 + (unsigned char)*group;
	for (i = 0; i < ctl_addr_len(addr); i++)
		hash = hash * 31 + addr->bytes[i];
	return &servers.table[(hash ^ hash >> 12) % BUCKETS];
}

/**
 * hd_server_find() - Find a server.
 * @group: Its group.
 * @addr: Its address.
 * @port: Its port, host order.
 *
 * Return: The server or NULL.
 */
struct hd_server *hd_server_find(const char *group, const struct ctl_addr *addr, uint16_t port)
{
	struct hd_server *server;

	for (server = *bucket(group, addr, port); server; server = server->next)
		if (server->port == port && server->addr.family == addr->family &&
		    !memcmp(server->addr.bytes, addr->bytes, sizeof(addr->bytes)) &&
		    !strcmp(server->group, group))
			return server;
	return NULL;
}

static int make_room(void)
{
	size_t room = servers.room ? servers.room * 2 : 64;
	struct hd_server **more;

	if (servers.count < servers.room)
		return 0;
	more = realloc(servers.all, room * sizeof(struct hd_server *));
	if (!more)
		return -1;
	servers.all = more;
	servers.room = room;
	return 0;
}

/**
 * hd_server_add() - Begin to check a server.
 * @group: Its group.
 * @addr: Its address.
 * @port: Its port, host order.
 * @said: What the kernel knows of its health.
 *
 * Return: The server, or NULL without memory.
 */
struct hd_server *hd_server_add(const char *group, const struct ctl_addr *addr, uint16_t port,
				const struct hd_opinion *said)
{
	struct hd_server **at = bucket(group, addr, port), *server;

	server = calloc(1, sizeof(*server));
	if (!server || make_room()) {
		free(server);
		return NULL;
	}
	snprintf(server->group, sizeof(server->group), "%s", group);
	server->addr = *addr;
	server->port = port;
	server->said = *said;
	server->now = *said;
	server->next = *at;
	*at = server;
	server->place = servers.count;
	servers.all[servers.count++] = server;
	use_targets(server);
	return server;
}

static void clean(struct hd_server *server)
{
	struct hd_server **at = &servers.dirty;

	if (!server->dirty)
		return;
	while (*at != server)
		at = &(*at)->dirty_next;
	*at = server->dirty_next;
}

/**
 * hd_server_del() - Check a server no more.
 * @server: The server; freed.
 */
void hd_server_del(struct hd_server *server)
{
	struct hd_server **at = bucket(server->group, &server->addr, server->port);
	size_t i;

	while (*at != server)
		at = &(*at)->next;
	*at = server->next;
	servers.all[server->place] = servers.all[--servers.count];
	servers.all[server->place]->place = server->place;
	clean(server);
	for (i = 0; i < server->use_count; i++)
		hd_target_unuse(&server->uses[i]);
	free(server->uses);
	free(server);
}

/**
 * hd_servers_unseen() - A dump of all servers begins.
 */
void hd_servers_unseen(void)
{
	size_t i;

	for (i = 0; i < servers.count; i++)
		servers.all[i]->seen = false;
}

/**
 * hd_server_sweep() - A dump of all servers has ended: delete those that it did not have.
 */
void hd_server_sweep(void)
{
	size_t i;

	for (i = servers.count; i-- > 0; )
		if (!servers.all[i]->seen)
			hd_server_del(servers.all[i]);
}

/**
 * hd_server_count() - Number of servers.
 *
 * Return: That of all groups, checked or not.
 */
size_t hd_server_count(void)
{
	return servers.count;
}

/**
 * hd_servers_status() - All servers in one line.
 * @text: Where to put it.
 * @len: Bytes of @text.
 */
void hd_servers_status(char *text, size_t len)
{
	size_t count[3] = { 0 }, i;

	for (i = 0; i < servers.count; i++)
		if (servers.all[i]->use_count)
			count[servers.all[i]->now.health]++;
	snprintf(text, len, "servers up %zu, down %zu, unknown %zu", count[HD_UP], count[HD_DOWN],
		 count[HD_UNKNOWN]);
}
