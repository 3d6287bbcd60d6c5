/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses where connections are accepted, and the devices that carry them. */
#ifndef SYNCD_LISTEN_H
#define SYNCD_LISTEN_H

#include "config.h"
#include "loop.h"

/**
 * struct sy_listen - An address where connections are accepted.
 * @address: The address.
 * @watch: The socket.
 * @dev: The device to which it is bound.
 * @ifindex: Its index, 0: there is no socket.
 * @why: Why there is none.
 */
struct sy_listen {
	struct sy_address address;
	struct dm_watch watch;
	char dev[IFNAMSIZ];
	unsigned int ifindex;
	char why[128];
};

extern struct sy_listen sy_listens[SY_LISTEN_MAX];
extern size_t sy_listen_count;

void sy_listen_use(const struct sy_config *config,
		   void (*accepted)(int fd, const struct ctl_addr *from));
bool sy_listen_update(void);
int sy_connect(const struct ctl_addr *addr, uint16_t port, char *why, size_t len);

/* device.c */
int sy_device_of(const struct ctl_addr *addr, char *dev);
int sy_device_kind(const char *dev, char *kind, size_t len);

#endif
