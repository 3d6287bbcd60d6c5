// SPDX-License-Identifier: GPL-2.0-only
/* Signals of a daemon: SIGHUP reads the configuration again, SIGTERM and SIGINT end the loop. */
#include "signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "loop.h"
#include "notify.h"

static void (*reload_config)(void);

/* The service manager waits for the second message. */
static void reload(void)
{
	dm_notify("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)dm_now() * 1000);
	reload_config();
	dm_notify("READY=1");
}

static void signals_ready(struct dm_watch *watch, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		reload();
	else
		dm_loop_stop();
}

/**
 * dm_signals_open() - Handle signals in the loop from now on.
 * @config: Called for SIGHUP: reads the configuration again.
 *
 * Return: 0, or -1 with errno set.
 */
int dm_signals_open(void (*config)(void))
{
	static struct dm_watch watch = { .fd = -1, .ready = signals_ready };
	sigset_t set;
	int fd;

	reload_config = config;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -1 : dm_watch_open(&watch, fd, EPOLLIN);
}
