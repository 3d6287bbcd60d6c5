// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: sockets, the head of a message, and attributes. */
#include "netlink.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/**
 * dm_netlink_open() - Open a socket that gets texts with errors.
 * @flags: SOCK_NONBLOCK or 0.
 *
 * Return: The socket, or NULL with errno set.
 */
struct mnl_socket *dm_netlink_open(int flags)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | flags);
	int on = 1;

	if (!socket || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return NULL;
	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	return socket;
}

/**
 * dm_netlink_begin() - Begin a request.
 * @place: Where to put it.
 * @type: Family.
 * @command: Its command.
 * @version: Its version.
 *
 * Return: The message, with a number of its own.
 */
struct nlmsghdr *dm_netlink_begin(char *place, uint16_t type, uint8_t command, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(place);
	static uint32_t seq;
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = version;
	return nlh;
}

/**
 * dm_attrs_read() - Find the attributes of a message.
 * @nlh: The message.
 * @tb: Where to put them, by their numbers; NULL for those that are absent.
 * @max: The largest number.
 */
void dm_attrs_read(const struct nlmsghdr *nlh, const struct nlattr **tb, size_t max)
{
	const struct nlattr *attr;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) <= max)
			tb[mnl_attr_get_type(attr)] = attr;
}

/**
 * dm_attr_number() - Read a number of 8, 16 or 32 bits.
 * @attr: The attribute, in the order of the host; or NULL.
 * @absent: The number when there is none.
 *
 * Return: The number.
 */
uint32_t dm_attr_number(const struct nlattr *attr, uint32_t absent)
{
	if (!attr)
		return absent;
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	default:
		return absent;
	}
}

/**
 * dm_attr_text() - Read a text.
 * @attr: The attribute, or NULL.
 * @to: Where to put it; empty when there is none.
 * @len: Bytes of @to.
 */
void dm_attr_text(const struct nlattr *attr, char *to, size_t len)
{
	to[0] = '\0';
	if (attr)
		snprintf(to, len, "%.*s", mnl_attr_get_payload_len(attr),
			 mnl_attr_get_str(attr));
}

/**
 * dm_attr_addr() - Read an address.
 * @attr: The attribute, or NULL.
 * @addr: Where to put it; an address that is all zero is none, and has family 0.
 */
void dm_attr_addr(const struct nlattr *attr, struct ctl_addr *addr)
{
	static const struct ctl_addr none;
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	memset(addr, 0, sizeof(*addr));
	if (len != 4 && len != 16)
		return;
	memcpy(addr->bytes, mnl_attr_get_payload(attr), len);
	if (memcmp(addr->bytes, none.bytes, len))
		addr->family = len == 4 ? AF_INET : AF_INET6;
}
