// SPDX-License-Identifier: GPL-2.0-only
/* Network devices: which one has an address, and of which kind it is. */
#include "listen.h"

#include <errno.h>
#include <ifaddrs.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool has_addr(const struct ifaddrs *entry, const struct ctl_addr *addr)
{
	const struct sockaddr *own = entry->ifa_addr;
	const void *bytes;

	if (!own || own->sa_family != addr->family)
		return false;
	bytes = own->sa_family == AF_INET ?
		(const void *)&((const struct sockaddr_in *)(const void *)own)->sin_addr :
		(const void *)&((const struct sockaddr_in6 *)(const void *)own)->sin6_addr;
	return !memcmp(bytes, addr->bytes, ctl_addr_len(addr));
}

/**
 * sy_device_of() - Find the device that has an address.
 * @addr: The address.
 * @dev: Where to put its name; IFNAMSIZ bytes.
 *
 * Return: 0, or -1 when there is none.
 */
int sy_device_of(const struct ctl_addr *addr, char *dev)
{
	const struct ifaddrs *entry;
	struct ifaddrs *all;
	int found = -1;

	if (getifaddrs(&all))
		return -1;
	for (entry = all; entry && found; entry = entry->ifa_next) {
		if (!has_addr(entry, addr))
			continue;
		snprintf(dev, IFNAMSIZ, "%s", entry->ifa_name);
		found = 0;
	}
	freeifaddrs(all);
	return found;
}

static void read_kind(const struct nlmsghdr *nlh, char *kind, size_t len)
{
	const struct nlattr *attr, *info;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_LINKINFO)
			continue;
		mnl_attr_for_each_nested(info, attr)
			if (mnl_attr_get_type(info) == IFLA_INFO_KIND)
				snprintf(kind, len, "%.*s", mnl_attr_get_payload_len(info),
					 mnl_attr_get_str(info));
	}
}

static int ask_kind(struct mnl_socket *socket, const char *dev, char *kind, size_t len)
{
	char buffer[32 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;
	ssize_t got;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, dev);
	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return -1;
	got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	nlh = (void *)buffer;
	if (got < 0 || !mnl_nlmsg_ok(nlh, (int)got) || nlh->nlmsg_type != RTM_NEWLINK)
		return -1;
	read_kind(nlh, kind, len);
	return 0;
}

/**
 * sy_device_kind() - The kind of a device.
 * @dev: Its name.
 * @kind: Where to put the kind; empty for hardware.
 * @len: Bytes of @kind.
 *
 * Return: 0, or -1 when the device does not exist.
 */
int sy_device_kind(const char *dev, char *kind, size_t len)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int result = -1;

	kind[0] = '\0';
	if (!socket)
		return -1;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) >= 0)
		result = ask_kind(socket, dev, kind, len);
	mnl_socket_close(socket);
	return result;
}
