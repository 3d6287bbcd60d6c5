// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: links and devices whose packets should be handled at XDP. */
#include "check.h"
#include "nl.h"
#include "out.h"
#include "xdp.h"

#include <net/if.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>

/**
 * struct xdp_user - an object with the word xdp
 * @family: its module
 * @what: what to call it
 * @command: the command that attaches its program
 * @dev: its device
 * @ifindex: index of that; 0 while it does not exist
 * @on: packets are handled, if there is a program
 */
struct xdp_user {
	const struct ctl_family *family;
	const char *what;
	const char *command;
	const char *dev;
	uint64_t ifindex;
	uint64_t on;
};

static void check_user(struct ctl_check *check, const struct xdp_user *user)
{
	switch (xdp_find(user->family, (unsigned int)user->ifindex)) {
	case XDP_NOTHING:
		ctl_found(check, true,
			  "%s: it has the word xdp, but %s has no XDP program: slbctl %s attaches it",
			  user->what, user->dev, user->command);
		return;
	case XDP_OTHER:
		ctl_found(check, true,
			  "%s: it has the word xdp, but %s has another XDP program: detach that, then slbctl %s attaches ours",
			  user->what, user->dev, user->command);
		return;
	default:
		break;
	}
	if (!user->on)
		ctl_found(check, false,
			  "%s: it has the word xdp, but packets are not handled there: %s strips the tags of its VLANs (ethtool -K %s rxvlan off), packets are traced, or the setting fast-path is no",
			  user->what, user->dev, user->dev);
}

static uint64_t number(const struct ctl_record *record, uint8_t id)
{
	uint64_t value = 0;

	ctl_attr_number(record->tb[id], &value);
	return value;
}

/**
 * ctl_check_xdp_add() - Report why packets of a link are not handled at XDP.
 * @check: The check.
 * @record: The link.
 * @link: What to call it.
 * @dev: Its device.
 */
void ctl_check_xdp_add(struct ctl_check *check, const struct ctl_record *record, const char *link,
		       const char *dev)
{
	bool relay = ctl_check_relay(check);
	struct xdp_user user = {
		.family = relay ? &ctl_relay : &ctl_slb,
		.what = link,
		.command = relay ? "relay link set" : "link set",
		.dev = dev,
		.ifindex = number(record, relay ? SLB_RELAY_A_LINK_IFINDEX : SLB_A_LINK_IFINDEX),
		.on = number(record, relay ? SLB_RELAY_A_LINK_XDP_ON : SLB_A_LINK_XDP_ON),
	};

	if (user.ifindex && number(record, relay ? SLB_RELAY_A_LINK_XDP : SLB_A_LINK_XDP))
		check_user(check, &user);
}

static void check_one_device(const struct nlmsghdr *nlh, void *data)
{
	char what[IF_NAMESIZE + sizeof("device ")], dev[IF_NAMESIZE];
	struct ctl_check *check = data;
	struct xdp_user user = {
		.family = &ctl_relay, .what = what, .command = "relay device set", .dev = dev,
	};
	struct ctl_record record;

	ctl_record_read(&record, &ctl_device, nlh);
	if (!record.tb[SLB_RELAY_A_DEVICE_DEV])
		return;
	ctl_attr_string(record.tb[SLB_RELAY_A_DEVICE_DEV], dev, sizeof(dev));
	snprintf(what, sizeof(what), "device %s", dev);
	user.ifindex = number(&record, SLB_RELAY_A_DEVICE_IFINDEX);
	user.on = number(&record, SLB_RELAY_A_DEVICE_XDP_ON);
	if (user.ifindex && number(&record, SLB_RELAY_A_DEVICE_XDP))
		check_user(check, &user);
}

/**
 * ctl_check_xdp_devices() - Report why packets of devices of the relay are not handled at XDP.
 * @check: The check.
 */
void ctl_check_xdp_devices(struct ctl_check *check)
{
	struct ctl_request request;

	ctl_request_init(&request, &ctl_device, CTL_GET);
	ctl_nl_dump(&request, check_one_device, check);
}
