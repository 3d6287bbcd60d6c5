// SPDX-License-Identifier: GPL-2.0-only
/* slb-syncd: copies sessions between balancers; tells relays of flows that the hash misplaces. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "notify.h"
#include "options.h"
#include "peer.h"
#include "say.h"
#include "signals.h"
#include "sync_status.h"

#define CONFIG_FILE	"/etc/slb/sync.conf"

static const char usage_text[] =
	"Usage: slb-syncd [OPTIONS]\n"
	"\n"
	"Copies sessions between balancers; tells relays which flows are not where the hash says.\n"
	"\n"
	"  -f FILE    the peers (" CONFIG_FILE ")\n"
	"  -n NETNS   work in this network namespace\n"
	"  -s SOCKET  where the state can be read (" SLB_SYNC_SOCKET ")\n"
	"  --check    only read FILE: exit status 0 or 1 with FILE:LINE: text\n"
	"  -V         print the version\n"
	"  -h         print this text\n";

static const char *status_socket = SLB_SYNC_SOCKET;

static int read_option(int option)
{
	if (option != 's') {
		fputs(usage_text, stderr);
		return 1;
	}
	status_socket = optarg;
	return -1;
}

static struct dm_options options = {
	.name = "slb-syncd",
	.usage = usage_text,
	.letters = "f:n:s:Vh",
	.own = read_option,
	.path = CONFIG_FILE,
};

static void reload(void)
{
	struct sy_config config;

	if (sy_config_read(&config, options.path, dm_fault_log)) {
		dm_say(LOG_ERR, "\"%s\" has faults: the peers stay as they were", options.path);
		return;
	}
	if (config.role != sy_role) {
		dm_say(LOG_ERR, "the role has changed: restart the daemon; all stays as it was");
		return;
	}
	sy_peers_use(&config);
	dm_say(LOG_INFO, "\"%s\" is read again: %zu peers", options.path, config.peers);
}

static void before_wait(void)
{
}

static int run(const struct sy_config *config)
{
	if (options.netns && ctl_netns_enter(options.netns))
		return 1;
	if (dm_loop_open() || dm_signals_open(reload)) {
		dm_say(LOG_ERR, "cannot start: %s", strerror(errno));
		return 1;
	}
	if (sy_status_open(status_socket)) {
		dm_say(LOG_ERR, "cannot open %s: %s", status_socket, strerror(errno));
		return 1;
	}
	dm_notify_open();
	sy_peers_use(config);
	sy_peers_open();
	dm_notify_ready(sy_peers_describe);
	dm_loop_run(before_wait);
	dm_notify("STOPPING=1");
	sy_status_close();
	return 0;
}

/**
 * main() - Run the daemon.
 * @argc: Number of words.
 * @argv: The words.
 *
 * Return: Exit status.
 */
int main(int argc, char **argv)
{
	struct sy_config config;
	int status;

	dm_say_open("slb-syncd");
	status = dm_options_read(&options, argc, argv);
	if (status >= 0)
		return status;
	if (sy_config_read(&config, options.path, options.check ? dm_fault_print : dm_fault_log))
		return 1;
	return options.check ? 0 : run(&config);
}
