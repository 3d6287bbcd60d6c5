// SPDX-License-Identifier: GPL-2.0-only
/* The word xdp: keep programs on just the devices whose links or own settings have it. */
#include "xdp.h"
#include "nl.h"
#include "out.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>

/**
 * struct source - an object that may want programs on devices
 * @object: it; the program is that of its module
 * @key: attributes that name it, beside which messages have the name of the object
 * @dev, @ifindex, @xdp: attributes of its device; @ifindex is 0 while that does not exist
 */
struct source {
	const struct ctl_object *object;
	uint8_t key[2];
	uint8_t dev;
	uint8_t ifindex;
	uint8_t xdp;
};

static const struct source sources[] = {
	{ &ctl_link, { SLB_A_LINK_NAME }, SLB_A_LINK_DEV, SLB_A_LINK_IFINDEX, SLB_A_LINK_XDP },
	{ &ctl_relay_link, { SLB_RELAY_A_LINK_BALANCER, SLB_RELAY_A_LINK_NAME },
	  SLB_RELAY_A_LINK_DEV, SLB_RELAY_A_LINK_IFINDEX, SLB_RELAY_A_LINK_XDP },
	{ &ctl_device, { SLB_RELAY_A_DEVICE_DEV }, SLB_RELAY_A_DEVICE_DEV,
	  SLB_RELAY_A_DEVICE_IFINDEX, SLB_RELAY_A_DEVICE_XDP },
};

/* An object whose device may need a program. */
struct user {
	const struct source *source;
	char key[2][SLB_NAME_LEN + 1];
	char dev[IF_NAMESIZE];
	unsigned int ifindex;	/* 0: the device does not exist */
	bool wants;		/* a program */
};

/* All of them of a module. */
struct users {
	const struct source *source;	/* that is being read */
	struct user *user;
	size_t count;
	size_t room;
};

/* Objects of the module have changed. */
static bool unsettled[CTL_FAMILIES];

static struct user *new_user(struct users *users)
{
	if (users->count == users->room) {
		users->room = users->room ? users->room * 2 : 16;
		users->user = realloc(users->user, users->room * sizeof(*users->user));
		if (!users->user) {
			ctl_say("no memory");
			exit(CTL_EXIT_WORDS);
		}
	}
	return memset(&users->user[users->count++], 0, sizeof(*users->user));
}

static void read_user(const struct nlmsghdr *nlh, void *data)
{
	struct users *users = data;
	const struct source *source = users->source;
	struct ctl_record record;
	uint64_t xdp = 0, ifindex = 0;
	struct user *user;
	size_t i;

	ctl_record_read(&record, source->object, nlh);
	if (!record.tb[source->key[0]] || !record.tb[source->dev])
		return;
	user = new_user(users);
	user->source = source;
	for (i = 0; i < CTL_COUNT(source->key); i++)
		if (source->key[i] && record.tb[source->key[i]])
			ctl_attr_string(record.tb[source->key[i]], user->key[i],
					sizeof(user->key[i]));
	ctl_attr_string(record.tb[source->dev], user->dev, sizeof(user->dev));
	ctl_attr_number(record.tb[source->ifindex], &ifindex);
	user->ifindex = (unsigned int)ifindex;
	ctl_attr_number(record.tb[source->xdp], &xdp);
	user->wants = xdp;
}

/* Return: -1 when the kernel does not answer. The caller frees @users->user. */
static int read_users(struct users *users, const struct ctl_family *family)
{
	struct ctl_request request;
	size_t i;

	memset(users, 0, sizeof(*users));
	for (i = 0; i < CTL_COUNT(sources); i++) {
		if (sources[i].object->family != family)
			continue;
		users->source = &sources[i];
		ctl_request_init(&request, sources[i].object, CTL_GET);
		if (ctl_nl_dump(&request, read_user, users) < 0)
			return -1;
	}
	return 0;
}

static bool is_wanted(const struct users *users, unsigned int ifindex)
{
	size_t i;

	for (i = 0; i < users->count; i++)
		if (users->user[i].ifindex == ifindex && users->user[i].wants)
			return true;
	return false;
}

/* Detach what nothing wants. @tell: say so. */
static void detach_others(const struct users *users, const struct ctl_family *family, bool tell)
{
	struct if_nameindex *all, *dev;
	struct ctl_fault fault;

	all = xdp_any(family) ? if_nameindex() : NULL;
	for (dev = all; dev && dev->if_index; dev++) {
		if (is_wanted(users, dev->if_index) ||
		    xdp_find(family, dev->if_index) != XDP_OURS)
			continue;
		if (xdp_detach(dev->if_index, &fault))
			ctl_say("warning: device %s: %s", dev->if_name, fault.text);
		else if (tell)
			ctl_say("warning: device %s had an XDP program that nothing wants: it is detached now",
				dev->if_name);
	}
	if (all)
		if_freenameindex(all);
}

static int attach(const struct ctl_family *family, unsigned int ifindex, struct ctl_fault *fault)
{
	switch (xdp_find(family, ifindex)) {
	case XDP_OURS:
		return 0;
	case XDP_OTHER:
		return ctl_fault_set(fault, "another XDP program is attached to the device");
	default:
		return xdp_attach(family, ifindex, fault);
	}
}

/* "link NAME: device DEV", or only the device when that is the object. */
static void say_user(const struct user *user, const char *text)
{
	const struct ctl_object *object = user->source->object;

	if (object == &ctl_device)
		ctl_say("warning: device %s: %s", user->dev, text);
	else
		ctl_say("warning: %s %s%s%s: device %s: %s", object->name, user->key[0],
			user->key[1][0] ? " " : "", user->key[1], user->dev, text);
}

static void settle(const struct ctl_family *family)
{
	struct ctl_fault fault;
	struct users users;
	size_t i;

	if (read_users(&users, family))
		goto end;
	unsettled[family->index] = false;
	detach_others(&users, family, false);
	for (i = 0; i < users.count; i++) {
		const struct user *user = &users.user[i];

		if (user->wants && user->ifindex && attach(family, user->ifindex, &fault))
			say_user(user, fault.text);
	}
end:
	free(users.user);
}

/**
 * ctl_xdp_changed() - Objects that may want programs have changed: ctl_xdp_settle() follows.
 * @noun: Of the objects; nothing is done for those that want none. Balancers go with their links.
 */
void ctl_xdp_changed(const struct ctl_noun *noun)
{
	size_t i;

	if (noun->object == &ctl_balancer)
		unsettled[noun->family->index] = true;
	for (i = 0; i < CTL_COUNT(sources); i++)
		if (sources[i].object == noun->object)
			unsettled[noun->family->index] = true;
}

/**
 * ctl_xdp_after() - ctl_xdp_changed() after a command.
 * @call: The command.
 */
void ctl_xdp_after(const struct ctl_call *call)
{
	ctl_xdp_changed(call->noun);
}

/**
 * ctl_xdp_settle() - Attach programs to the devices that want them, detach all others.
 *
 * When there is nothing to do, it only asks the kernel for the objects. What cannot be attached is
 * told; packets of the device come in without it.
 */
void ctl_xdp_settle(void)
{
	size_t i;

	for (i = 0; i < CTL_FAMILIES && !ctl_options.dry_run; i++)
		if (unsettled[i])
			settle(ctl_families[i]);
}

/**
 * ctl_xdp_tidy() - Detach the programs of a module that nothing wants, and say so.
 * @family: The module.
 *
 * A command that was killed may have left them.
 */
void ctl_xdp_tidy(const struct ctl_family *family)
{
	struct users users;

	if (ctl_options.dry_run)
		return;
	if (!read_users(&users, family))
		detach_others(&users, family, true);
	free(users.user);
}

/* The source of the object that a command changes. */
static const struct source *source_of(const struct ctl_call *call)
{
	const struct source *source = sources;

	while (source->object != call->noun->object)
		source++;
	return source;
}

static bool is_key(const struct ctl_call *call, const struct user *user)
{
	size_t i;

	for (i = 0; i < CTL_COUNT(user->key); i++) {
		const char *name = user->source->key[i] ?
			ctl_request_find(&call->request, user->source->key[i], NULL) : "";

		if (!name || strcmp(user->key[i], name))
			return false;
	}
	return true;
}

/* The present device of the object that a request names; empty when there is none. */
static void present_dev(const struct ctl_call *call, char *dev)
{
	const struct source *source = source_of(call);
	struct users users;
	size_t i;

	dev[0] = '\0';
	if (!read_users(&users, call->noun->family))
		for (i = 0; i < users.count; i++)
			if (users.user[i].source == source && is_key(call, &users.user[i]))
				strcpy(dev, users.user[i].dev);
	free(users.user);
}

/**
 * ctl_xdp_begin() - Before an object gets the word "xdp yes": attach the program to its device.
 * @call: The command; its words are read.
 *
 * So a device that cannot have it is refused, and nothing has changed. If the kernel refuses the
 * command afterwards, ctl_xdp_settle() detaches the program again.
 *
 * Return: CTL_EXIT_OK, or the exit status once the reason is reported.
 */
int ctl_xdp_begin(const struct ctl_call *call)
{
	const struct source *source = source_of(call);
	const uint8_t *xdp = ctl_request_find(&call->request, source->xdp, NULL);
	const char *given = ctl_request_find(&call->request, source->dev, NULL);
	struct ctl_fault fault;
	char dev[IF_NAMESIZE];
	unsigned int ifindex;

	if (!xdp || !*xdp || ctl_options.dry_run)
		return CTL_EXIT_OK;
	if (given)
		snprintf(dev, sizeof(dev), "%s", given);
	else
		present_dev(call, dev);
	ifindex = dev[0] ? if_nametoindex(dev) : 0;
	ctl_xdp_changed(call->noun);
	if (!ifindex || !attach(call->noun->family, ifindex, &fault))
		return CTL_EXIT_OK;
	ctl_say("%s: device %s: %s", call->noun->name, dev, fault.text);
	return CTL_EXIT_WORDS;
}
