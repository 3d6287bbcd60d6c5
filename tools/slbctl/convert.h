/* SPDX-License-Identifier: GPL-2.0-only */
/* Configurations of other load balancers, and what becomes of them here. */
#ifndef SLBCTL_CONVERT_H
#define SLBCTL_CONVERT_H

#include "ctl.h"

#define CONV_QUOTE_MAX	240	/* bytes of the words that a comment repeats */
#define CONV_TIERS	16

/* Reasons that both formats have. */
#define CONV_NOT_KNOWN	"it is not known"
#define CONV_NO_MARK	"this version has no VIP for packets with a mark: give the addresses and ports that get it"
#define CONV_NO_OPS	"a UDP flow is a session, so its packets go to one server"
#define CONV_NO_LOWER	"a server gets sessions again as soon as it is below its limit"

/**
 * enum conv_want - What is written.
 * @CONV_CONFIG: Groups, servers and VIPs of the balancer.
 * @CONV_RELAY: VIPs of the relay.
 * @CONV_HEALTH: Checks, for slb-healthd.
 *
 * As bits, which of them a comment belongs to.
 */
enum conv_want {
	CONV_CONFIG = 1,
	CONV_RELAY = 2,
	CONV_HEALTH = 4,
};

#define CONV_VIPS	(CONV_CONFIG | CONV_RELAY)
#define CONV_ALL	(CONV_VIPS | CONV_HEALTH)

/**
 * struct conv_place - A line of the input.
 * @path: Name of the file.
 * @line: Number of the line.
 */
struct conv_place {
	const char *path;
	unsigned int line;
};

/**
 * enum conv_method - How IPVS forwards packets to a server.
 * @CONV_NAT: Destination NAT.
 * @CONV_DIRECT: Direct routing: by the link-layer address.
 * @CONV_TUNNEL: In a tunnel.
 */
enum conv_method {
	CONV_NAT,
	CONV_DIRECT,
	CONV_TUNNEL,
};

/**
 * enum conv_role - When a server takes sessions.
 * @CONV_REAL: As long as it works.
 * @CONV_BACKUP: When too few of the others work.
 * @CONV_SORRY: When none of the others works.
 */
enum conv_role {
	CONV_REAL,
	CONV_BACKUP,
	CONV_SORRY,
};

/**
 * struct conv_check - A check of a server.
 * @place: Where it stands.
 * @type: Type and its words. Servers whose checks differ in this have different checks.
 * @interval: Milliseconds between two checks.
 * @timeout: Milliseconds that a check may take.
 * @fast: Milliseconds between two checks after a failure.
 * @fall: Failures until the server is down.
 * @command: @type ends with a command, which goes to the end of the line.
 * @done: It was written already, with the same check of another server.
 * @next: The next one of the server.
 */
struct conv_check {
	struct conv_place place;
	const char *type;
	uint32_t interval;
	uint32_t timeout;
	uint32_t fast;
	uint32_t fall;
	bool command;
	bool done;
	struct conv_check *next;
};

/**
 * struct conv_server - A real server.
 * @place: Where it stands.
 * @host: Address and port.
 * @weight: Weight.
 * @limit: Most connections, 0 for no limit.
 * @method: How packets get there.
 * @role: When it takes sessions.
 * @tier: Its tier here.
 * @check: Its checks.
 * @next: The next one of the service.
 */
struct conv_server {
	struct conv_place place;
	struct ctl_host host;
	uint32_t weight;
	uint32_t limit;
	enum conv_method method;
	enum conv_role role;
	uint32_t tier;
	struct conv_check *check;
	struct conv_server *next;
};

/**
 * struct conv_vip - A virtual address.
 * @place: Where it stands.
 * @host: Address and port, which is 0 for all ports.
 * @next: The next one of the service.
 */
struct conv_vip {
	struct conv_place place;
	struct ctl_host host;
	struct conv_vip *next;
};

/**
 * struct conv_service - A virtual service.
 * @place: Where it stands.
 * @title: How it is called there.
 * @name: Name for its group, or NULL: made of the first VIP.
 * @proto: "tcp", "udp" or "sctp".
 * @scheduler: Scheduler of IPVS.
 * @ports: The scheduler hashes the port, too.
 * @persist: Seconds of persistence, 0 for none.
 * @prefix4: Bits of an IPv4 address that count for persistence.
 * @prefix6: The same for IPv6.
 * @quorum: Weight that must work.
 * @scheduler_at: Where the scheduler stands.
 * @persist_at: Where the persistence stands.
 * @quorum_at: Where the quorum stands.
 * @failover: Share of the servers after whose failure those for backup take sessions, in per cent.
 * @server: Its servers.
 * @vip: Its addresses.
 * @next: The next service.
 */
struct conv_service {
	struct conv_place place;
	const char *title;
	const char *name;
	const char *proto;
	const char *scheduler;
	bool ports;
	uint32_t persist;
	uint32_t prefix4;
	uint32_t prefix6;
	uint32_t quorum;
	struct conv_place scheduler_at;
	struct conv_place persist_at;
	struct conv_place quorum_at;
	uint32_t failover;
	struct conv_server *server;
	struct conv_vip *vip;
	struct conv_service *next;
};

struct conv_chunk;

#define CONV_BUCKETS	1024

/**
 * struct conv - A conversion.
 * @path: The file.
 * @want: What is written.
 * @id: Name for which conditional lines of keepalived are taken, or NULL.
 * @out: Where to write; it is shown when all went well.
 * @faults: How many were found: nothing is written then.
 * @left: How much had no counterpart.
 * @services: How many have begun; the same remark is made once in each.
 * @methods: Bits of enum conv_method: it was said already what becomes of them.
 * @sorry: It was said already that checks are for all servers of a group.
 * @used: Names that are given away, by their hash.
 * @chunks: Memory.
 */
struct conv {
	const char *path;
	enum conv_want want;
	const char *id;
	FILE *out;
	unsigned int faults;
	unsigned int left;
	unsigned int services;
	unsigned int methods;
	bool sorry;
	struct conv_used *used[CONV_BUCKETS];
	struct conv_chunk *chunks;
};

/* convert.c: memory, faults and comments */
void *conv_alloc(struct conv *conv, size_t size);
char *conv_print(struct conv *conv, const char *format, ...) __attribute__((format(printf, 2, 3)));
int conv_fault(struct conv *conv, const struct conv_place *place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool conv_left(struct conv *conv, unsigned int wants, const struct conv_place *place,
	       const char *words, const char *format, ...) __attribute__((format(printf, 5, 6)));
void conv_note(struct conv *conv, unsigned int wants, const struct conv_place *place,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
void conv_comment(struct conv *conv, unsigned int wants, const char *text);
bool conv_claim(struct conv *conv, const char *name, void *owner);
void *conv_owner(const struct conv *conv, const char *name);

/* convert_service.c: a service becomes a group with servers and VIPs */
int conv_number(struct conv *conv, const struct conv_place *place, const char *what,
		const char *word, uint32_t min, uint32_t max, uint32_t *value);
int conv_netmask(struct conv *conv, const struct conv_place *place, const char *word,
		 uint32_t *bits);
bool conv_usable(const struct ctl_addr *addr);
void conv_host_text(const struct ctl_host *host, char *text, size_t len);
void conv_addr_text(const struct ctl_addr *addr, char *text);
struct conv_server *conv_add_server(struct conv *conv, struct conv_service *service);
void conv_add_vip(struct conv *conv, struct conv_service *service,
		  const struct conv_place *place, const struct ctl_host *host);
struct conv_service *conv_begin(struct conv *conv, const struct conv_place *place,
				const char *title);
void conv_service(struct conv *conv, struct conv_service *service);

/* convert_sched.c: schedulers of IPVS */
const char *conv_scheduler(struct conv *conv, struct conv_service *service);
bool conv_knows(const struct ctl_noun *noun, const char *word);
const char *conv_lacks(struct conv *conv, const struct ctl_noun *noun, const char *word,
		       uint32_t value);

/* convert_health.c: checks become lines of health.conf */
void conv_checks(struct conv *conv, const struct conv_service *service, const char *group);

/* convert_ipvsadm.c */
void conv_ipvsadm(struct conv *conv, FILE *file);

/* convert_keepalived.c */
void conv_keepalived(struct conv *conv, FILE *file);

#endif
