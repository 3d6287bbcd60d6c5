// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces by name, as ip-netns(8) keeps them. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

/**
 * ctl_netns_enter() - Work in another network namespace from now on.
 * @name: Its name.
 *
 * Return: Exit status; a failure is reported.
 */
int ctl_netns_enter(const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (!*name || strchr(name, '/') || strlen(name) > NAME_MAX) {
		ctl_say("invalid name of a network namespace \"%s\"", name);
		return CTL_EXIT_WORDS;
	}
	snprintf(path, sizeof(path), "%s/%s", CTL_NETNS_DIR, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		ctl_say("cannot open network namespace \"%s\": %s", name, strerror(errno));
		return CTL_EXIT_WORDS;
	}
	if (setns(fd, CLONE_NEWNET)) {
		ctl_say("cannot enter network namespace \"%s\": %s", name, strerror(errno));
		close(fd);
		return CTL_EXIT_WORDS;
	}
	close(fd);
	return CTL_EXIT_OK;
}
