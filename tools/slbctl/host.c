// SPDX-License-Identifier: GPL-2.0-only
/* Properties of this host for the noun check: limits, counters, addresses. */
#include "host.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

/* Bytes of an answer: a table of neighbours takes some 200. */
#define ANSWER_MAX 32768

static int ask_tables(int fd, int family)
{
	struct {
		struct nlmsghdr nlh;
		struct ndtmsg ndt;
	} request = {
		.nlh = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct ndtmsg)),
			.nlmsg_type = RTM_GETNEIGHTBL,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.ndt.ndtm_family = family,
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	return sendto(fd, &request, request.nlh.nlmsg_len, 0, (struct sockaddr *)&kernel,
		      sizeof(kernel)) < 0 ? -1 : 0;
}

/* Return: the limit of the table of @family, or 0. */
static uint32_t table_limit(const struct nlmsghdr *nlh, int family)
{
	const struct ndtmsg *ndt = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWNEIGHTBL ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndt) || ndt->ndtm_family != family)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(*ndt))
		if (mnl_attr_get_type(attr) == NDTA_THRESH3 &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			return mnl_attr_get_u32(attr);
	return 0;
}

/**
 * ctl_host_neighbour_limit() - get the maximum size of the neighbour table
 * @family: AF_INET or AF_INET6
 *
 * Read over netlink: the sysctl gc_thresh3 exists only in the initial network namespace, but all
 * namespaces share the table.
 *
 * Return: the limit, or 0 when it is not known.
 */
uint32_t ctl_host_neighbour_limit(int family)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	uint32_t answer[ANSWER_MAX / sizeof(uint32_t)];
	const struct nlmsghdr *nlh;
	uint32_t limit = 0;
	bool done = false;
	int left;

	if (fd < 0)
		return 0;
	done = ask_tables(fd, family) < 0;
	while (!done) {
		left = recv(fd, answer, sizeof(answer), 0);
		done = left <= 0;
		for (nlh = (const void *)answer; !done && mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			done = nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR;
			if (!done && !limit)
				limit = table_limit(nlh, family);
		}
	}
	close(fd);
	return limit;
}

/**
 * ctl_host_synproxy() - count the SYNs that SYNPROXY has taken in this network namespace
 *
 * Return: their number; 0 when there is no SYNPROXY.
 */
uint64_t ctl_host_synproxy(void)
{
	FILE *file = fopen("/proc/thread-self/net/stat/synproxy", "re");
	uint32_t entries, syns;
	uint64_t sum = 0;
	char line[256];

	if (!file)
		return 0;
	/* a line for each processor, in hexadecimal digits, after one with names */
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx32 " %" SCNx32, &entries, &syns) == 2)
			sum += syns;
	fclose(file);
	return sum;
}

/* The address itself, in network order, or NULL. */
static const void *address_of(const struct ifaddrs *entry, int family)
{
	if (!entry->ifa_addr || entry->ifa_addr->sa_family != family)
		return NULL;
	if (family == AF_INET)
		return &((const struct sockaddr_in *)(const void *)entry->ifa_addr)->sin_addr;
	return &((const struct sockaddr_in6 *)(const void *)entry->ifa_addr)->sin6_addr;
}

/**
 * ctl_host_owns() - does this host have an address of a range?
 * @family: AF_INET or AF_INET6
 * @first: first address, network order
 * @last: last address
 * @where: set to the address and its device, as text
 * @len: bytes of @where
 *
 * Return: true when it has.
 */
bool ctl_host_owns(int family, const void *first, const void *last, char *where, size_t len)
{
	size_t size = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	struct ifaddrs *all, *entry;
	char text[INET6_ADDRSTRLEN];
	const void *addr = NULL;

	if (getifaddrs(&all))
		return false;
	for (entry = all; entry; entry = entry->ifa_next) {
		addr = address_of(entry, family);
		if (addr && memcmp(addr, first, size) >= 0 && memcmp(addr, last, size) <= 0)
			break;
	}
	if (entry)
		snprintf(where, len, "%s on %s", inet_ntop(family, addr, text, sizeof(text)),
			 entry->ifa_name);
	freeifaddrs(all);
	return entry;
}

/**
 * ctl_host_is_ipvlan() - is a device an ipvlan device?
 * @dev: name of the device
 *
 * Return: true when it is.
 */
bool ctl_host_is_ipvlan(const char *dev)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&info };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is;

	if (fd < 0)
		return false;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%.*s", IFNAMSIZ - 1, dev);
	is = !ioctl(fd, SIOCETHTOOL, &request) && !strcmp(info.driver, "ipvlan");
	close(fd);
	return is;
}
