/* SPDX-License-Identifier: GPL-2.0-only */
/* Talks with the module slb over generic netlink. */
#ifndef HEALTHD_KERNEL_H
#define HEALTHD_KERNEL_H

#include "server.h"

int hd_kernel_open(void (*ready)(void));
void hd_kernel_say(const struct hd_server *server, const char *link);
void hd_kernel_send(void);

/* kernel_read.c */
struct nlmsghdr;

/**
 * struct hd_message - A server as a message has it.
 * @group: Its group; empty: the message names no server.
 * @addr: Its address.
 * @port: Its port, host order.
 * @said: Its health.
 */
struct hd_message {
	char group[HD_NAME_LEN];
	struct ctl_addr addr;
	uint16_t port;
	struct hd_opinion said;
};

void hd_read_server(const struct nlmsghdr *nlh, struct hd_message *message);
void hd_read_link(const struct nlmsghdr *nlh);
uint32_t hd_read_ttl(const struct nlmsghdr *nlh);
void hd_links_begin(void);
bool hd_links_end(bool *changed);

#endif
