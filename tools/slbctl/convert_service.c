// SPDX-License-Identifier: GPL-2.0-only
/* A virtual service of IPVS becomes a group with its servers and VIPs. */
#include "convert.h"

#include <arpa/inet.h>
#include <string.h>

#define HOST_LEN	64	/* fits [ADDR6]:PORT */

/**
 * conv_number() - Read a number.
 * @conv: The conversion; gets a fault when it is none.
 * @place: Where it stands.
 * @what: What it is.
 * @word: The word.
 * @min: Smallest that is right.
 * @max: Largest that is right.
 * @value: Where to put it.
 *
 * Return: 0 or -1.
 */
int conv_number(struct conv *conv, const struct conv_place *place, const char *what,
		const char *word, uint32_t min, uint32_t max, uint32_t *value)
{
	struct ctl_fault fault;

	if (!ctl_parse_number(word, what, min, max, value, &fault))
		return 0;
	return conv_fault(conv, place, "%s", fault.text);
}

/**
 * conv_netmask() - Read a netmask of IPv4.
 * @conv: The conversion; gets a fault when it is none.
 * @place: Where it stands.
 * @word: The mask, or its number of bits.
 * @bits: Where to put the number of bits.
 *
 * Return: 0 or -1.
 */
int conv_netmask(struct conv *conv, const struct conv_place *place, const char *word,
		 uint32_t *bits)
{
	struct in_addr mask;
	uint32_t value;

	if (!strchr(word, '.'))
		return conv_number(conv, place, "netmask", word, 1, 32, bits);
	if (inet_pton(AF_INET, word, &mask) != 1)
		return conv_fault(conv, place, "invalid netmask \"%s\"", word);
	value = ntohl(mask.s_addr);
	/* ones, then zeros */
	if (!value || (~value & (~value + 1)))
		return conv_fault(conv, place, "invalid netmask \"%s\"", word);
	*bits = (uint32_t)__builtin_popcount(value);
	return 0;
}

/**
 * conv_usable() - Can a VIP or a server have this address?
 * @addr: The address.
 *
 * Return: Whether it is a unicast address that routers forward to, as the module demands.
 */
bool conv_usable(const struct ctl_addr *addr)
{
	static const uint8_t zero[12], mapped[12] = { [10] = 0xff, 0xff };
	const uint8_t *b = addr->bytes;

	if (addr->family == AF_INET)
		return b[0] && b[0] != 127 && !(b[0] == 169 && b[1] == 254) &&
		       (b[0] & 0xf0) != 0xe0 && memcmp(b, "\xff\xff\xff\xff", 4);
	return memcmp(b, zero, sizeof(zero)) && memcmp(b, mapped, sizeof(mapped)) &&
	       b[0] != 0xff && !(b[0] == 0xfe && b[1] & 0x80);
}

/**
 * conv_addr_text() - Write an address.
 * @addr: The address.
 * @text: INET6_ADDRSTRLEN bytes.
 */
void conv_addr_text(const struct ctl_addr *addr, char *text)
{
	inet_ntop(addr->family, addr->bytes, text, INET6_ADDRSTRLEN);
}

/**
 * conv_host_text() - Write an address and its port.
 * @host: Address and port.
 * @text: Where to.
 * @len: Bytes of @text.
 */
void conv_host_text(const struct ctl_host *host, char *text, size_t len)
{
	bool brackets = host->addr.family == AF_INET6 && host->first;
	char addr[INET6_ADDRSTRLEN];
	size_t used;

	conv_addr_text(&host->addr, addr);
	used = (size_t)snprintf(text, len, "%s%s%s", brackets ? "[" : "", addr,
				brackets ? "]" : "");
	if (host->first && used < len)
		snprintf(text + used, len - used, ":%u", host->first);
}

/**
 * conv_begin() - Begin a service, with a comment.
 * @conv: The conversion.
 * @place: Where it stands.
 * @title: How it is called there.
 *
 * Return: The service.
 */
struct conv_service *conv_begin(struct conv *conv, const struct conv_place *place,
				const char *title)
{
	struct conv_service *service = conv_alloc(conv, sizeof(*service));

	conv->services++;
	if (conv->want != CONV_RELAY)
		fputc('\n', conv->out);
	conv_comment(conv, CONV_CONFIG | CONV_HEALTH,
		     conv_print(conv, "%.128s:%u: %s", place->path, place->line, title));
	service->place = *place;
	service->scheduler_at = *place;
	service->persist_at = *place;
	service->quorum_at = *place;
	service->title = title;
	service->proto = "tcp";
	service->scheduler = "wlc";
	service->prefix4 = 32;
	service->prefix6 = 128;
	service->quorum = 1;
	service->failover = 100;
	return service;
}

/**
 * conv_add_server() - Add a server.
 * @conv: The conversion.
 * @service: Its service.
 *
 * Return: The server, with a weight of 1.
 */
struct conv_server *conv_add_server(struct conv *conv, struct conv_service *service)
{
	struct conv_server *server = conv_alloc(conv, sizeof(*server)), **at = &service->server;

	while (*at)
		at = &(*at)->next;
	server->weight = 1;
	*at = server;
	return server;
}

/**
 * conv_add_vip() - Add a virtual address.
 * @conv: The conversion.
 * @service: Its service.
 * @place: Where it stands.
 * @host: Address and port.
 */
void conv_add_vip(struct conv *conv, struct conv_service *service,
		  const struct conv_place *place, const struct ctl_host *host)
{
	struct conv_vip *vip = conv_alloc(conv, sizeof(*vip)), **at = &service->vip;

	while (*at)
		at = &(*at)->next;
	vip->place = *place;
	vip->host = *host;
	*at = vip;
}

/* ---- what cannot be taken */

static void drop_vips(struct conv *conv, struct conv_service *service)
{
	struct conv_vip **at = &service->vip;
	char text[HOST_LEN];
	const char *words;

	while (*at) {
		struct conv_vip *vip = *at;

		conv_host_text(&vip->host, text, sizeof(text));
		words = conv_print(conv, "vip %s %s", service->proto, text);
		if (!conv_usable(&vip->host.addr)) {
			conv_left(conv, CONV_VIPS, &vip->place, words,
				  "a VIP must be a routed unicast address");
		} else if (!conv_claim(conv, words, vip)) {
			conv_left(conv, CONV_VIPS, &vip->place, words, "it is there already");
		} else {
			at = &vip->next;
			continue;
		}
		*at = vip->next;
	}
}

static bool has_family(const struct conv_service *service, int family)
{
	const struct conv_vip *vip;

	for (vip = service->vip; vip; vip = vip->next)
		if (vip->host.addr.family == family)
			return true;
	return false;
}

static bool is_there(const struct conv_service *service, const struct conv_server *server)
{
	const struct conv_server *other;

	for (other = service->server; other != server; other = other->next)
		if (!memcmp(&other->host.addr, &server->host.addr, sizeof(other->host.addr)) &&
		    other->host.first == server->host.first)
			return true;
	return false;
}

static bool is_vip(const struct conv_service *service, const struct ctl_addr *addr)
{
	const struct conv_vip *vip;

	for (vip = service->vip; vip; vip = vip->next)
		if (!memcmp(&vip->host.addr, addr, sizeof(*addr)))
			return true;
	return false;
}

static const char *server_fault(const struct conv_service *service,
				const struct conv_server *server)
{
	if (!conv_usable(&server->host.addr))
		return "a server must be a host with a routed unicast address";
	if (is_vip(service, &server->host.addr))
		return "the VIP itself cannot be a server: a balancer has no service of its own";
	if (!has_family(service, server->host.addr.family))
		return "IPv4 and IPv6 are not translated into each other";
	if (is_there(service, server))
		return "the server is there already";
	return NULL;
}

static void drop_servers(struct conv *conv, struct conv_service *service)
{
	struct conv_server **at = &service->server;
	char text[HOST_LEN];

	while (*at) {
		const char *why = server_fault(service, *at);

		if (!why) {
			at = &(*at)->next;
			continue;
		}
		conv_host_text(&(*at)->host, text, sizeof(text));
		conv_left(conv, CONV_CONFIG, &(*at)->place, conv_print(conv, "server %s", text),
			  "%s", why);
		*at = (*at)->next;
	}
}

/* The port that all VIPs have, or 0. */
static uint16_t common_port(const struct conv_service *service)
{
	const struct conv_vip *vip;

	for (vip = service->vip; vip; vip = vip->next)
		if (vip->host.first != service->vip->host.first)
			return 0;
	return service->vip ? service->vip->host.first : 0;
}

/* Without NAT, IPVS leaves the port as it is.  A port that is missing is that of the VIP. */
static void settle_ports(struct conv *conv, struct conv_service *service)
{
	uint16_t port = common_port(service);
	struct conv_server *server;

	for (server = service->server; server; server = server->next) {
		if (server->host.first && server->method == CONV_NAT)
			continue;
		if (server->host.first && server->host.first != port)
			conv_note(conv, CONV_CONFIG, &server->place,
				  "without NAT, IPVS does not change the port to %u: so it is that of the VIP",
				  server->host.first);
		server->host.first = port;
		server->host.last = port;
	}
}

/* ---- what an operator should know */

/* Each method is explained once. */
static void note_methods(struct conv *conv, const struct conv_service *service)
{
	static const char *const names[] = {
		[CONV_NAT] = "NAT", [CONV_DIRECT] = "direct routing", [CONV_TUNNEL] = "a tunnel",
	};
	static const char *const needs[] = {
		[CONV_NAT] = "the balancer as their gateway",
		[CONV_DIRECT] = "the VIP on lo and settings of ARP",
		[CONV_TUNNEL] = "the VIP and the end of the tunnel",
	};
	const struct conv_server *server;

	for (server = service->server; server; server = server->next) {
		if (conv->methods & 1U << server->method)
			continue;
		conv->methods |= 1U << server->method;
		conv_note(conv, CONV_CONFIG, &server->place,
			  "%s becomes full NAT: servers no longer need %s. They see local addresses of balancers; \"client-address\" tells them the client's",
			  names[server->method], needs[server->method]);
	}
}

/* ---- tiers */

/* Those for backup come behind the others, and those that say sorry behind these. */
static void put_tiers(struct conv_service *service)
{
	uint32_t tier = 0, role;
	struct conv_server *server;

	for (server = service->server; server; server = server->next)
		if (tier < server->tier)
			tier = server->tier;
	for (role = CONV_BACKUP; role <= CONV_SORRY; role++) {
		bool any = false;

		for (server = service->server; server; server = server->next) {
			if (server->role != role)
				continue;
			server->tier = tier + 1;
			any = true;
		}
		tier += any;
	}
}

static bool has_role(const struct conv_service *service, enum conv_role role)
{
	const struct conv_server *server;

	for (server = service->server; server; server = server->next)
		if (server->role == role)
			return true;
	return false;
}

/* The weight that all real servers have, or 0. */
static uint32_t common_weight(const struct conv_service *service, uint32_t *count)
{
	const struct conv_server *server;
	uint32_t weight = 0;
	bool same = true;

	*count = 0;
	for (server = service->server; server; server = server->next) {
		if (server->role != CONV_REAL || !server->weight)
			continue;
		same &= !weight || weight == server->weight;
		weight = server->weight;
		++*count;
	}
	return same ? weight : 0;
}

static bool has_tiers(const struct conv_service *service)
{
	const struct conv_server *server;

	for (server = service->server; server; server = server->next)
		if (server->role == CONV_REAL && server->tier)
			return true;
	return false;
}

/* How many servers must work so that the next tier has nothing to do. */
static uint32_t tier_min(struct conv *conv, const struct conv_service *service)
{
	uint32_t count, weight = common_weight(service, &count), failed;
	const char *words = conv_print(conv, "quorum %u", service->quorum);

	if (has_tiers(service)) {
		if (service->quorum > 1 || service->failover < 100)
			conv_left(conv, CONV_CONFIG, &service->quorum_at,
				  "quorum or failover_threshold",
				  "the tiers of the scheduler have one server each");
		return 1;
	}
	if (has_role(service, CONV_BACKUP)) {
		if (service->quorum > 1)
			conv_left(conv, CONV_CONFIG, &service->quorum_at, words,
				  "\"tier-min\" is that of the servers for backup");
		failed = (count * service->failover + 99) / 100;
		return count + 1 > failed ? count + 1 - (failed ? failed : 1) : 1;
	}
	if (service->quorum <= 1)
		return 1;
	if (!has_role(service, CONV_SORRY)) {
		conv_left(conv, CONV_CONFIG, &service->quorum_at, words,
			  "without a sorry server it only starts scripts; \"slbctl monitor\" and \"slbctl metrics\" show servers that are down");
		return 1;
	}
	if (!weight) {
		conv_left(conv, CONV_CONFIG, &service->quorum_at, words,
			  "\"tier-min\" counts servers, and these have different weights");
		return 1;
	}
	conv_note(conv, CONV_CONFIG, &service->quorum_at,
		  "%s becomes \"tier-min\"; servers that work go on beside the sorry server",
		  words);
	return (service->quorum + weight - 1) / weight;
}

/* ---- the lines */

static bool begins(const char *words, const char *word)
{
	size_t len = strlen(word);

	return !strncmp(words, word, len) && (!words[len] || words[len] == ' ');
}

static const char *persist(struct conv *conv, const struct conv_service *service,
			   const char *scheduler)
{
	const char *words = conv_print(conv, "persistence of %u s", service->persist);
	const char *why = conv_lacks(conv, &ctl_noun_group, "persist", service->persist);
	bool part4 = service->prefix4 != 32 && has_family(service, AF_INET);
	bool part6 = has_family(service, AF_INET6);

	if (!service->persist)
		return "";
	if (begins(scheduler, "sh") || strstr(scheduler, "hash source")) {
		conv_note(conv, CONV_CONFIG, &service->persist_at,
			  "%s is not needed: the scheduler keeps each client at one server", words);
		return "";
	}
	if (why) {
		conv_left(conv, CONV_CONFIG, &service->persist_at, words, "%s", why);
		return "";
	}
	words = conv_print(conv, " persist %u", service->persist);
	if (part4)
		words = conv_print(conv, "%s prefix4 %u", words, service->prefix4);
	return part6 ? conv_print(conv, "%s prefix6 %u", words, service->prefix6) : words;
}

static const char *limit(struct conv *conv, const struct conv_server *server)
{
	const char *words = conv_print(conv, "limit of %u connections", server->limit);
	const char *why = conv_lacks(conv, &ctl_noun_server, "session-limit", server->limit);

	if (!server->limit)
		return "";
	if (!why)
		return conv_print(conv, " session-limit %u", server->limit);
	conv_left(conv, CONV_CONFIG, &server->place, words, "%s", why);
	return "";
}

static void put_server(struct conv *conv, const struct conv_server *server, const char *group)
{
	const char *words = limit(conv, server);
	char text[HOST_LEN];

	conv_host_text(&server->host, text, sizeof(text));
	fprintf(conv->out, "server %s %s weight %u", group, text, server->weight);
	if (server->tier)
		fprintf(conv->out, " tier %u", server->tier);
	fprintf(conv->out, "%s\n", words);
}

static void put_vips(struct conv *conv, const struct conv_service *service, const char *group)
{
	const struct conv_vip *vip;
	char text[HOST_LEN];

	for (vip = service->vip; vip; vip = vip->next) {
		conv_host_text(&vip->host, text, sizeof(text));
		if (group)
			fprintf(conv->out, "vip %s %s group %s\n", service->proto, text, group);
		else
			fprintf(conv->out, "relay vip %s %s\n", service->proto, text);
	}
}

static void put_group(struct conv *conv, struct conv_service *service, const char *group)
{
	const char *scheduler, *words;
	struct conv_server *server;
	uint32_t min;

	note_methods(conv, service);
	scheduler = conv_scheduler(conv, service);
	put_tiers(service);
	words = persist(conv, service, scheduler);
	min = tier_min(conv, service);
	fprintf(conv->out, "group %s scheduler %s", group, scheduler);
	if (min > 1)
		fprintf(conv->out, " tier-min %u", min);
	fprintf(conv->out, "%s\n", words);
	for (server = service->server; server; server = server->next)
		put_server(conv, server, group);
	put_vips(conv, service, group);
}

/* A name that groups can have: from that of the input, or from the first VIP. */
static const char *name_group(struct conv *conv, struct conv_service *service)
{
	const struct ctl_host *host = &service->vip->host;
	char addr[INET6_ADDRSTRLEN];
	struct ctl_fault fault;
	const char *name;
	unsigned int n = 0;

	conv_addr_text(&host->addr, addr);
	if (service->name && conv_owner(conv, conv_print(conv, "group %s", service->name)))
		name = conv_print(conv, "%s-%s", service->name, service->proto);
	else if (service->name)
		name = service->name;
	else if (host->first)
		name = conv_print(conv, "%s-%s-%u", service->proto, addr, host->first);
	else
		name = conv_print(conv, "%s-%s", service->proto, addr);
	while (ctl_parse_name(name, "group", &fault) ||
	       !conv_claim(conv, conv_print(conv, "group %s", name), service))
		name = conv_print(conv, "%s-%u", service->proto, ++n);
	return name;
}

/**
 * conv_service() - Write a service.
 * @conv: The conversion.
 * @service: The service, whole; what cannot be taken is dropped from it.
 */
void conv_service(struct conv *conv, struct conv_service *service)
{
	const char *group;

	drop_vips(conv, service);
	if (!service->vip) {
		conv_left(conv, CONV_ALL, &service->place, service->title, "it has no VIP left");
		return;
	}
	if (conv->want == CONV_RELAY) {
		put_vips(conv, service, NULL);
		return;
	}
	group = name_group(conv, service);
	settle_ports(conv, service);
	drop_servers(conv, service);
	if (conv->want == CONV_HEALTH)
		conv_checks(conv, service, group);
	else
		put_group(conv, service, group);
}
