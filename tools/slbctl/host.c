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

/* Set the first and the last address of an entry's subnet. Return: its prefix length, or 0. */
static unsigned int subnet_of(const struct ifaddrs *entry, int family, uint8_t *first,
			      uint8_t *last)
{
	const uint8_t *addr = address_of(entry, family), *mask;
	struct ifaddrs other = { .ifa_addr = entry->ifa_netmask };
	size_t size = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	unsigned int len = 0;
	size_t i;

	if (addr && entry->ifa_flags & IFF_POINTOPOINT && entry->ifa_dstaddr) {
		other.ifa_addr = entry->ifa_dstaddr;
		addr = address_of(&other, family);
		other.ifa_addr = entry->ifa_netmask;
	}
	mask = address_of(&other, family);
	if (!addr || !mask)
		return 0;
	for (i = 0; i < size; i++) {
		first[i] = addr[i] & mask[i];
		last[i] = addr[i] | (uint8_t)~mask[i];
		len += (unsigned int)__builtin_popcount(mask[i]);
	}
	return len;
}

/* Do hosts live in the subnets of a device? Addresses of other devices only announce a prefix. */
static bool has_neighbours(unsigned int flags)
{
	return !(flags & IFF_LOOPBACK) && (!(flags & IFF_NOARP) || flags & IFF_POINTOPOINT);
}

/* The longest prefix of a subnet of @dev that contains a range, or 0. */
static unsigned int own_subnet(const struct ifaddrs *all, const char *dev, int family,
			       const void *first, const void *last)
{
	size_t size = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	uint8_t from[sizeof(struct in6_addr)], to[sizeof(struct in6_addr)];
	unsigned int longest = 0, len;

	for (; all; all = all->ifa_next) {
		len = strcmp(all->ifa_name, dev) ? 0 : subnet_of(all, family, from, to);
		if (len > longest && memcmp(from, first, size) <= 0 && memcmp(last, to, size) <= 0)
			longest = len;
	}
	return longest;
}

/**
 * ctl_host_other_subnet() - does the range of a link overlap a subnet of another device?
 * @dev: name of the link's device
 * @family: AF_INET or AF_INET6
 * @first: first address, network order
 * @last: last address
 * @where: set to the subnet and its device, as text
 * @len: bytes of @where
 *
 * The rule is that of the kernel modules; a subnet may have been added after the link.
 *
 * Return: true when it does.
 */
bool ctl_host_other_subnet(const char *dev, int family, const void *first, const void *last,
			   char *where, size_t len)
{
	size_t size = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	uint8_t from[sizeof(struct in6_addr)], to[sizeof(struct in6_addr)];
	unsigned int longest, prefix = 0;
	struct ifaddrs *all, *entry;
	char text[INET6_ADDRSTRLEN];

	if (getifaddrs(&all))
		return false;
	longest = own_subnet(all, dev, family, first, last);
	for (entry = all; entry; entry = entry->ifa_next) {
		if (!strcmp(entry->ifa_name, dev) || !has_neighbours(entry->ifa_flags))
			continue;
		prefix = subnet_of(entry, family, from, to);
		if (prefix > longest && memcmp(from, last, size) <= 0 &&
		    memcmp(first, to, size) <= 0)
			break;
	}
	if (entry)
		snprintf(where, len, "%s/%u on %s", inet_ntop(family, from, text, sizeof(text)),
			 prefix, entry->ifa_name);
	freeifaddrs(all);
	return entry;
}

/**
 * ctl_host_reaches() - is an address in a subnet of a device?
 * @dev: name of the device
 * @family: AF_INET or AF_INET6
 * @addr: the address, network order
 *
 * Return: true when it is, and when the device has no subnet of the family.
 */
bool ctl_host_reaches(const char *dev, int family, const void *addr)
{
	uint8_t from[sizeof(struct in6_addr)], to[sizeof(struct in6_addr)];
	struct ifaddrs *all, *entry;
	bool reaches;

	if (getifaddrs(&all))
		return true;
	reaches = own_subnet(all, dev, family, addr, addr);
	for (entry = all; entry && !reaches; entry = entry->ifa_next)
		if (!strcmp(entry->ifa_name, dev) && subnet_of(entry, family, from, to))
			break;
	freeifaddrs(all);
	return reaches || !entry;
}

/**
 * ctl_host_addresses() - visit the addresses of this host, but those of loopback devices
 * @visit: gets an address in network order, its bytes, its device, and @data
 * @data: passed on
 */
void ctl_host_addresses(ctl_host_visit *visit, void *data)
{
	struct ifaddrs *all, *entry;

	if (getifaddrs(&all))
		return;
	for (entry = all; entry; entry = entry->ifa_next) {
		if (entry->ifa_flags & IFF_LOOPBACK)
			continue;
		if (address_of(entry, AF_INET))
			visit(address_of(entry, AF_INET), sizeof(struct in_addr), entry->ifa_name,
			      data);
		if (address_of(entry, AF_INET6))
			visit(address_of(entry, AF_INET6), sizeof(struct in6_addr),
			      entry->ifa_name, data);
	}
	freeifaddrs(all);
}

/* Ask for a property of a device. @data: the command of ethtool, filled with the answer. */
static bool ask_device(const char *dev, void *data)
{
	struct ifreq request = { .ifr_data = data };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	if (fd < 0)
		return false;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%.*s", IFNAMSIZ - 1, dev);
	done = !ioctl(fd, SIOCETHTOOL, &request);
	close(fd);
	return done;
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

	return ask_device(dev, &info) && !strcmp(info.driver, "ipvlan");
}

/**
 * ctl_host_has_lro() - does a device merge received packets in a way that cannot be forwarded?
 * @dev: name of the device
 *
 * Return: true when large receive offload is on.
 */
bool ctl_host_has_lro(const char *dev)
{
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };

	return ask_device(dev, &flags) && flags.data & ETH_FLAG_LRO;
}

/**
 * ctl_host_mtu() - The MTU of a device.
 * @dev: Its name.
 *
 * Return: Bytes, 0 when there is no such device.
 */
int ctl_host_mtu(const char *dev)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int mtu = 0;

	if (fd < 0)
		return 0;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%.*s", IFNAMSIZ - 1, dev);
	if (!ioctl(fd, SIOCGIFMTU, &request))
		mtu = request.ifr_mtu;
	close(fd);
	return mtu;
}
