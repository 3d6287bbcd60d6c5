/* SPDX-License-Identifier: GPL-2.0-only */
/* Targets: an address that is checked in one way, for all servers that need it. */
#ifndef HEALTHD_TARGET_H
#define HEALTHD_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "config.h"
#include "loop.h"
#include "parse.h"
#include "state.h"

#define HD_WHY_LEN	128	/* bytes of a reason, with its end */
#define HD_LINKS_MAX	8
#define HD_GRID		16U	/* milliseconds: checks that begin together cost fewer wake-ups */
#define HD_PROXY_LEN	16	/* bytes of a PROXY header without addresses */

struct hd_server;
struct hd_target;
struct tcp_path;

/**
 * struct hd_link - A link of the balancer.
 * @name: Its name; empty: there is none at this place.
 * @dev: Its device.
 * @host: For IPv4 and IPv6, the address of the host in the range of the link; family 0: none.
 * @via: The next hops.
 * @up: For IPv4 and IPv6: does it carry packets?
 * @seen: The dump that is being read has it.
 */
struct hd_link {
	char name[HD_NAME_LEN];
	char dev[16];
	struct ctl_addr host[2];
	struct ctl_addr via[2];
	bool up[2];
	bool seen;
};

/**
 * struct hd_use - A server and a target that its health depends on.
 * @server: The server.
 * @target: The target.
 * @next: The next one of the target.
 */
struct hd_use {
	struct hd_server *server;
	struct hd_target *target;
	struct hd_use *next;
};

/**
 * struct hd_kind - What does the checks of a type.
 * @start: Begins a check. Calls hd_target_done() at once, or later.
 * @stop: Ends a check that runs, without hd_target_done().
 * @drop: Frees @own of a target; may be NULL.
 * @queued: A check waits before it begins, and calls hd_target_begun() then.
 */
struct hd_kind {
	void (*start)(struct hd_target *target);
	void (*stop)(struct hd_target *target);
	void (*drop)(struct hd_target *target);
	bool queued;
};

/**
 * struct hd_target - What is checked.
 * @next: The next one in the same chain of the table.
 * @sibling: The same over another link, in a ring; the target itself if there is none.
 * @check: How it is checked.
 * @kind: What does it.
 * @link: Over which link, or NULL: as the host routes.
 * @uses: The servers whose health depends on it.
 * @addr: The address.
 * @port: The port, host order.
 * @running: A check runs.
 * @hurried: The next check is earlier than after an interval.
 * @state: Up or down.
 * @percent: Share of the weight that an agent has granted.
 * @share: The same, or 0 when it said drain or maint.
 * @drain: What an agent said last: "drain", "maint" or NULL.
 * @unsaid: Number of results in a row that said nothing.
 * @unsaid_since: When they began.
 * @started: When the latest check began.
 * @good_at: When the latest good check began.
 * @down_at: When it became down.
 * @timer: Begins a check, or ends one that takes too long. Not set: a sibling is checked first.
 * @watch: Socket of the check that runs.
 * @number: Distinguishes checks: goes into the payload of some.
 * @own: Of the kind, while a check runs or longer.
 * @path: Of checks by TCP, when @link is NULL: where the latest good one came from.
 * @why: What the latest check that said something has found; empty: nothing to say.
 */
struct hd_target {
	struct hd_target *next;
	struct hd_target *sibling;
	const struct hd_check *check;
	const struct hd_kind *kind;
	const struct hd_link *link;
	struct hd_use *uses;
	struct ctl_addr addr;
	uint16_t port;
	bool running;
	bool hurried;
	struct hd_state state;
	uint32_t percent;
	uint32_t share;
	const char *drain;
	uint32_t unsaid;
	uint64_t unsaid_since;
	uint64_t started;
	uint64_t good_at;
	uint64_t down_at;
	struct dm_timer timer;
	struct dm_watch watch;
	uint16_t number;
	void *own;
	struct tcp_path *path;
	char why[HD_WHY_LEN];
};

struct hd_target *hd_target_get(const struct hd_check *check, const struct ctl_addr *addr,
				uint16_t port, const struct hd_link *link,
				enum hd_health health);
void hd_target_use(struct hd_target *target, struct hd_use *use);
void hd_target_unuse(struct hd_use *use);
void hd_target_plan(struct hd_target *target, uint64_t at);
void hd_target_look(struct hd_target *target);
void hd_target_begun(struct hd_target *target);
void hd_target_good(struct hd_target *target);
void hd_target_done(struct hd_target *target, enum hd_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void hd_target_failed(struct hd_target *target, int error);

/* turns.c */
bool hd_turns_wait(const struct hd_target *target);
void hd_turns_late(struct hd_target *target);
void hd_turns_next(struct hd_target *target);
void hd_turns_join(struct hd_target *target, struct hd_target *other);
void hd_turns_leave(struct hd_target *target);

/* socket.c */
int hd_target_socket(const struct hd_target *target, int type, int protocol);
int hd_target_bind(const struct hd_target *target, int fd);
int hd_target_connect(struct hd_target *target, int type, int protocol, uint32_t events);
size_t hd_target_proxy(const struct hd_target *target, void *to);
const struct ctl_addr *hd_target_source(const struct hd_target *target);

/* check_*.c */
extern const struct hd_kind hd_kind_tcp, hd_kind_http, hd_kind_udp, hd_kind_dns, hd_kind_icmp;
extern const struct hd_kind hd_kind_agent, hd_kind_exec;
void hd_tcp_forget(void);
int hd_http_open(void);
int hd_exec_open(void);
void hd_exec_limit(unsigned int limit);
void hd_exec_close(void);

#endif
