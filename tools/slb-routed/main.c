// SPDX-License-Identifier: GPL-2.0-only
/* slb-routed: keeps routes to usable VIPs for routing daemons. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "loop.h"
#include "notify.h"
#include "options.h"
#include "routes.h"
#include "say.h"
#include "signals.h"

#define CONFIG_FILE	"/etc/slb/routes.conf"

static const char usage_text[] =
	"Usage: slb-routed [OPTIONS]\n"
	"\n"
	"Keeps routes to usable VIPs and return ranges of the module relay in a table of their own.\n"
	"\n"
	"  -f FILE    the table, and how fast (" CONFIG_FILE ")\n"
	"  -n NETNS   work in this network namespace\n"
	"  --check    only read FILE: exit status 0 or 1 with FILE:LINE: text\n"
	"  -V         print the version\n"
	"  -h         print this text\n";

static int read_option(int option)
{
	(void)option;
	fputs(usage_text, stderr);
	return 1;
}

static struct dm_options options = {
	.name = "slb-routed",
	.usage = usage_text,
	.letters = "f:n:Vh",
	.own = read_option,
	.path = CONFIG_FILE,
};

static void reload(void)
{
	struct ro_config config;

	if (ro_config_read(&config, options.path, dm_fault_log)) {
		dm_say(LOG_ERR, "\"%s\" has faults: all stays as it was", options.path);
		return;
	}
	ro_routes_use(&config);
	ro_relay_again(config.local);
	dm_say(LOG_INFO, "\"%s\" is read again", options.path);
}

static void before_wait(void)
{
}

static int run(const struct ro_config *config)
{
	if (options.netns && ctl_netns_enter(options.netns))
		return 1;
	if (dm_loop_open() || dm_signals_open(reload) || ro_routes_open(config) ||
	    ro_relay_open(ro_routes_follow)) {
		dm_say(LOG_ERR, "cannot start: %s", strerror(errno));
		return 1;
	}
	dm_notify_open();
	ro_relay_again(config->local);
	dm_notify_ready(ro_routes_describe);
	dm_loop_run(before_wait);
	/* routes stay: they go on while the daemon is restarted */
	dm_notify("STOPPING=1");
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
	struct ro_config config;
	int status;

	dm_say_open("slb-routed");
	status = dm_options_read(&options, argc, argv);
	if (status >= 0)
		return status;
	if (ro_config_read(&config, options.path, options.check ? dm_fault_print : dm_fault_log))
		return 1;
	return options.check ? 0 : run(&config);
}
