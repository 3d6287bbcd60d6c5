/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink: requests, answers, dumps, events. */
#ifndef SLBCTL_NL_H
#define SLBCTL_NL_H

#include "ctl.h"

#define CTL_NL_BUFFER	(64 * 1024)	/* a dump message of the kernel is at most 32 KiB */
#define CTL_NLCTRL	"nlctrl"

/**
 * typedef ctl_message - Called for each message of an answer.
 * @nlh: The message.
 * @data: Of the caller.
 */
typedef void ctl_message(const struct nlmsghdr *nlh, void *data);

/**
 * struct ctl_nl_family - A family that the kernel has registered.
 * @id: Message type of the family.
 * @events: Multicast group of its events, 0 when it has none.
 */
struct ctl_nl_family {
	uint16_t id;
	uint32_t events;
};

void ctl_request_init(struct ctl_request *request, const struct ctl_object *object,
		      enum ctl_verb verb);
int ctl_request_put(struct ctl_request *request, uint8_t id, const void *data, size_t len);
int ctl_nl_call(struct ctl_request *request, ctl_message *message, void *data);
int ctl_nl_dump(struct ctl_request *request, ctl_message *message, void *data);
int ctl_nl_family(const struct ctl_family *family, struct ctl_nl_family *found,
		  struct ctl_error *error);
int ctl_nl_loaded(bool *loaded, struct ctl_error *error);
int ctl_nl_family_read(const struct nlmsghdr *nlh, const char **name,
		       struct ctl_nl_family *found);
int ctl_nl_end(const struct nlmsghdr *nlh, const struct nlmsghdr *sent, struct ctl_error *error);
int ctl_nl_fd(void);
int ctl_nl_read(ctl_message *message, void *data);
void ctl_nl_stop(void);
void ctl_nl_close(void);

#endif
