/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink: messages and their attributes. */
#ifndef COMMON_NETLINK_H
#define COMMON_NETLINK_H

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>

#include "parse.h"

struct mnl_socket;

struct mnl_socket *dm_netlink_open(int flags);
struct nlmsghdr *dm_netlink_begin(char *place, uint16_t type, uint8_t command, uint8_t version);
void dm_attrs_read(const struct nlmsghdr *nlh, const struct nlattr **tb, size_t max);
uint32_t dm_attr_number(const struct nlattr *attr, uint32_t absent);
void dm_attr_text(const struct nlattr *attr, char *to, size_t len);
void dm_attr_addr(const struct nlattr *attr, struct ctl_addr *addr);

#endif
