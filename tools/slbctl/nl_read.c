// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: reads acknowledgements, and what the controller says of families. */
#include "nl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include <linux/slb.h>

#define ERRNO_MAX	4095	/* the largest that the kernel has */

/* The attribute of @sent that begins @offset bytes into the message. */
static uint16_t attr_at(const struct nlmsghdr *sent, uint32_t offset)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, sent, GENL_HDRLEN)
		if ((const char *)attr - (const char *)sent == (ptrdiff_t)offset)
			return mnl_attr_get_type(attr);
	return 0;
}

static void read_ack_attr(const struct nlattr *attr, const struct nlmsghdr *sent,
			  struct ctl_error *error)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case NLMSGERR_ATTR_MSG:
		snprintf(error->text, sizeof(error->text), "%.*s", (int)strnlen(text, len), text);
		break;
	case NLMSGERR_ATTR_OFFS:
		if (len >= sizeof(uint32_t))
			error->attr = attr_at(sent, mnl_attr_get_u32(attr));
		break;
	case NLMSGERR_ATTR_MISS_TYPE:
		if (len >= sizeof(uint32_t))
			error->missing = (uint16_t)mnl_attr_get_u32(attr);
		break;
	}
}

/**
 * ctl_nl_end() - Read the message that ends an answer.
 * @nlh: NLMSG_DONE or NLMSG_ERROR: an errno, perhaps with extended attributes.
 * @sent: The request.
 * @error: Where to put the reason.
 *
 * Return: 0, or -1 when the kernel refused.
 */
int ctl_nl_end(const struct nlmsghdr *nlh, const struct nlmsghdr *sent, struct ctl_error *error)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	size_t skip = sizeof(int);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(int))
		return 0;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(*err);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			skip += err->msg.nlmsg_len - sizeof(err->msg);
	}
	/* A text without an errno is a warning. Other values are not an errno. */
	if (err->error)
		error->code = err->error < 0 && err->error >= -ERRNO_MAX ? -err->error : EPROTO;
	if ((nlh->nlmsg_flags & NLM_F_ACK_TLVS) && skip <= mnl_nlmsg_get_payload_len(nlh))
		mnl_attr_for_each(attr, nlh, skip)
			read_ack_attr(attr, sent, error);
	return err->error ? -1 : 0;
}

/* The multicast group "events" in a nest of groups. */
static uint32_t events_group(const struct nlattr *nest)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, nest) {
		uint32_t id = 0;
		bool events = false;

		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID &&
			    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
				id = mnl_attr_get_u32(attr);
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME &&
			    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
				events = !strcmp(mnl_attr_get_str(attr), SLB_MCGRP_EVENTS);
		}
		if (events)
			return id;
	}
	return 0;
}

/**
 * ctl_nl_family_read() - Read a message of the netlink controller.
 * @nlh: The message.
 * @name: Where to put the name of the family.
 * @found: Where to put the rest.
 *
 * Return: 0, or -1 when the message names no family.
 */
int ctl_nl_family_read(const struct nlmsghdr *nlh, const char **name,
		       struct ctl_nl_family *found)
{
	const struct nlattr *attr;

	*name = NULL;
	memset(found, 0, sizeof(*found));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_NAME:
			if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
				*name = mnl_attr_get_str(attr);
			break;
		case CTRL_ATTR_FAMILY_ID:
			if (mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
				found->id = mnl_attr_get_u16(attr);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			found->events = events_group(attr);
			break;
		}
	}
	return *name && found->id ? 0 : -1;
}
