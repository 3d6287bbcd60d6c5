/* SPDX-License-Identifier: GPL-2.0-only */
/* Servers and links as the kernel has them, and what is said of their health. */
#ifndef HEALTHD_SERVER_H
#define HEALTHD_SERVER_H

#include "target.h"

/**
 * struct hd_opinion - What is said of a server.
 * @health: Its health.
 * @percent: Share of its weight.
 * @down_links: A bit for each link over which it is not reached.
 * @why: Why.
 */
struct hd_opinion {
	enum hd_health health;
	uint32_t percent;
	uint32_t down_links;
	char why[HD_WHY_LEN];
};

/**
 * struct hd_server - A server of a group.
 * @next: The next one in the same chain of the table.
 * @place: Index among all servers.
 * @group: Its group.
 * @addr: Its address.
 * @port: Its port, host order; 0: that of the VIP.
 * @said: What was sent to the kernel last.
 * @now: What is to be said.
 * @uses: Its targets.
 * @use_count: Number of @uses.
 * @dirty_next: The next one of which something is to be said.
 * @dirty: Is one of these.
 * @waiting: It fails over a link, and another link has to show whether the link is to blame.
 * @seen: The dump that is being read has it.
 */
struct hd_server {
	struct hd_server *next;
	size_t place;
	char group[HD_NAME_LEN];
	struct ctl_addr addr;
	uint16_t port;
	struct hd_opinion said;
	struct hd_opinion now;
	struct hd_use *uses;
	size_t use_count;
	struct hd_server *dirty_next;
	bool dirty;
	bool waiting;
	bool seen;
};

/* The links, at places that stay. */
extern struct hd_link hd_links[HD_LINKS_MAX];

struct hd_link *hd_link_find(const char *name);
struct hd_link *hd_link_add(const char *name);
void hd_links_changed(void);

struct hd_server *hd_server_find(const char *group, const struct ctl_addr *addr, uint16_t port);
struct hd_server *hd_server_add(const char *group, const struct ctl_addr *addr, uint16_t port,
				const struct hd_opinion *said);
void hd_server_del(struct hd_server *server);
void hd_server_sweep(void);
void hd_servers_unseen(void);
void hd_server_judge(struct hd_server *server);
void hd_servers_judge(void);
void hd_server_look(struct hd_server *server);
void hd_servers_use(const struct hd_config *config);
void hd_servers_flush(void);
void hd_servers_confirm(size_t count);
size_t hd_server_count(void);
void hd_servers_status(char *text, size_t len);

#endif
