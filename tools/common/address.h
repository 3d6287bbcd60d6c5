/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and errors of sockets. */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <sys/socket.h>

#include "parse.h"

socklen_t dm_sockaddr(const struct ctl_addr *addr, uint16_t port, struct sockaddr_storage *to);
const char *dm_addr_text(const struct ctl_addr *addr, char *text, size_t len);
int dm_socket_error(int fd);

#endif
