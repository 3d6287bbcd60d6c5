// SPDX-License-Identifier: GPL-2.0-only
/* The noun monitor: events of both modules as they happen. */
#include "nl.h"
#include "nl_gen.h"
#include "out.h"
#include "monitor.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define RECEIVE_BUFFER	(4 * 1024 * 1024)	/* bytes that may wait in the kernel */
#define TIME_LEN	64
#define TEXT_LEN	256

static const struct ctl_object *const watched[] = {
	&ctl_link, &ctl_group, &ctl_server, &ctl_vip, &ctl_setting,
	&ctl_relay_vip, &ctl_balancer, &ctl_relay_link, &ctl_relay_setting, &ctl_device,
};

static const char *const event_names[CTL_VERBS] = {
	[CTL_ADD_NTF] = "added",
	[CTL_SET_NTF] = "changed",
	[CTL_DEL_NTF] = "deleted",
	[CTL_SUSPECT_NTF] = "suspect",
};

/* All that a text has of a server which fails new connections. */
static const struct ctl_column suspect_columns[] = {
	{ .id = { SLB_A_SERVER_GROUP } },
	{ .form = CTL_FORM_HOST, .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } },
	{ .word = "refused", .id = { SLB_A_SERVER_REFUSED } },
	{ .word = "unanswered", .id = { SLB_A_SERVER_UNANSWERED } },
};

static const struct ctl_object suspect = {
	.name = "server",
	.family = &ctl_slb,
	.attrs = ctl_slb_server_attrs,
	.attr_count = CTL_COUNT(ctl_slb_server_attrs),
	.columns = suspect_columns,
	.column_count = CTL_COUNT(suspect_columns),
};

static struct {
	struct mnl_socket *socket;
	struct ctl_nl_family family[CTL_FAMILIES];
	bool lost;	/* events, perhaps also about loaded modules */
	bool journal;	/* with a priority instead of the time */
	const char *who;	/* the command, for error texts */
	ctl_tell *tell;	/* takes short texts of events, which else are written */
} monitor;

/* Priorities of syslog, as sd-daemon(3) takes them at the start of a line. */
enum priority {
	PRIORITY_WARNING = 4,
	PRIORITY_NOTICE = 5,
	PRIORITY_INFO = 6,
};

/**
 * ctl_now_text() - The time now.
 * @text: Where to put it.
 * @len: Bytes of @text.
 */
void ctl_now_text(char *text, size_t len)
{
	struct timespec now;
	struct tm parts;
	char zone[8] = "";
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &parts);
	used = strftime(text, len, "%Y-%m-%dT%H:%M:%S", &parts);
	/* With the offset: a program does not know the time zone of this host. */
	if (ctl_options.json)
		strftime(zone, sizeof(zone), "%z", &parts);
	snprintf(text + used, len - used, ".%03ld%s", now.tv_nsec / 1000000, zone);
}

/* What stands before an event: the journal has its own time. */
static void put_start(enum priority priority, const char *time)
{
	if (monitor.journal)
		printf("<%d>", priority);
	if (!monitor.journal && !ctl_options.json)
		printf("[%s] ", time);
}

static void put_json(json_t *json)
{
	ctl_json_put(json);
	putchar('\n');
}

/* A server that goes down needs attention; one that fails connections may. */
static enum priority server_priority(const struct ctl_record *record, enum ctl_verb verb)
{
	uint64_t health;

	if (verb == CTL_SUSPECT_NTF)
		return PRIORITY_NOTICE;
	if (verb == CTL_SET_NTF && ctl_attr_number(record->tb[SLB_A_SERVER_HEALTH], &health) &&
	    health == SLB_HEALTH_DOWN)
		return PRIORITY_WARNING;
	return PRIORITY_INFO;
}

/* A link that goes out of use and a balancer without a link need attention. */
static enum priority priority_of(const struct ctl_record *record, enum ctl_verb verb)
{
	const struct ctl_object *object = record->object;
	uint64_t links, up;

	if (object->attrs == ctl_slb_server_attrs)
		return server_priority(record, verb);
	if (object == &ctl_balancer &&
	    ctl_attr_number(record->tb[SLB_RELAY_A_BALANCER_LINKS], &links) &&
	    ctl_attr_number(record->tb[SLB_RELAY_A_BALANCER_LINKS_UP], &up))
		return links && !up ? PRIORITY_WARNING : PRIORITY_INFO;
	if ((object != &ctl_link && object != &ctl_relay_link) || verb != CTL_SET_NTF ||
	    !ctl_attr_number(record->tb[object == &ctl_link ? (int)SLB_A_LINK_STATE :
					(int)SLB_RELAY_A_LINK_STATE], &up))
		return PRIORITY_INFO;
	return up == SLB_LINK_STATE_UP ? PRIORITY_NOTICE : PRIORITY_WARNING;
}

_Static_assert((int)SLB_LINK_STATE_UP == (int)SLB_RELAY_LINK_STATE_UP, "both families agree");

static void __attribute__((format(printf, 1, 2))) tell_short(const char *format, ...)
{
	char text[TEXT_LEN], time[TIME_LEN];
	size_t used;
	va_list args;

	ctl_now_text(time, sizeof(time));
	/* without the date */
	used = (size_t)snprintf(text, sizeof(text), "%.8s ",
				strchr(time, 'T') ? strchr(time, 'T') + 1 : time);
	va_start(args, format);
	vsnprintf(text + used, sizeof(text) - used, format, args);
	va_end(args);
	monitor.tell(text);
}

/* The words that name an object, and its state if it has one. */
static void tell_short_event(const struct ctl_record *record, enum ctl_verb verb)
{
	const struct ctl_object *object = record->object;
	char text[TEXT_LEN] = "", word[TEXT_LEN / 2];
	size_t used = 0, i;

	for (i = 0; i < object->column_count && used < sizeof(text); i++) {
		const struct ctl_column *column = &object->columns[i];
		bool state = column->word && !strcmp(column->word, "state");

		if ((!column->word || state) && !object->listing &&
		    ctl_column_text(record, column, word, sizeof(word)))
			used += (size_t)snprintf(text + used, sizeof(text) - used, " %s%s",
						 state ? "state " : "", word);
	}
	tell_short("%s%s %s:%s", object->family->prefix, object->name, event_names[verb], text);
}

static void tell_event(const struct ctl_record *record, enum ctl_verb verb)
{
	const struct ctl_object *object = record->object;
	char time[TIME_LEN];

	if (monitor.tell) {
		tell_short_event(record, verb);
		return;
	}
	ctl_now_text(time, sizeof(time));
	put_start(priority_of(record, verb), time);
	if (ctl_options.json) {
		put_json(json_pack("{s:s, s:s, s:s, s:s, s:o}", "time", time,
				   "family", object->family->name, "object", object->name,
				   "event", event_names[verb],
				   "attributes", ctl_out_json(record, ctl_options.stats ||
							      object->listing)));
	} else {
		printf("%s%s %s: ", object->family->prefix, object->name, event_names[verb]);
		ctl_out_line(record);
		putchar('\n');
	}
}

static void tell_module(const struct ctl_family *family, const char *event)
{
	char time[TIME_LEN];

	if (monitor.tell) {
		tell_short("module %s %s", family->module, event);
		return;
	}
	ctl_now_text(time, sizeof(time));
	put_start(strcmp(event, "loaded") ? PRIORITY_WARNING : PRIORITY_NOTICE, time);
	if (ctl_options.json)
		put_json(json_pack("{s:s, s:s, s:s, s:s}", "time", time, "family", family->name,
				   "object", "module", "event", event));
	else
		printf("module %s %s\n", family->module, event);
}

static void tell_lost(void)
{
	char time[TIME_LEN];

	if (monitor.tell) {
		tell_short("events were lost");
		return;
	}
	ctl_now_text(time, sizeof(time));
	put_start(PRIORITY_WARNING, time);
	if (ctl_options.json)
		put_json(json_pack("{s:s, s:s}", "time", time, "event", "lost"));
	else
		printf("events were lost: they came faster than they could be read\n");
}

static int join(uint32_t group)
{
	return mnl_socket_setsockopt(monitor.socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

/* Join again even if the family is known: the event of an unload may have been lost. */
static void family_loaded(size_t i, const struct ctl_nl_family *found)
{
	monitor.family[i] = *found;
	tell_module(ctl_families[i], join(found->events) ? "not heard" : "loaded");
}

static void family_unloaded(size_t i)
{
	if (!monitor.family[i].id)
		return;
	memset(&monitor.family[i], 0, sizeof(monitor.family[i]));
	tell_module(ctl_families[i], "unloaded");
}

/* After lost events: find the loaded modules, and join their groups. */
static void look_again(void)
{
	struct ctl_nl_family found;
	struct ctl_error error;
	size_t i;

	monitor.lost = false;
	ctl_nl_close();
	for (i = 0; i < CTL_FAMILIES; i++) {
		if (ctl_nl_family(ctl_families[i], &found, &error)) {
			if (error.code == ENOENT)
				family_unloaded(i);
		} else if (found.id != monitor.family[i].id) {
			family_loaded(i, &found);
		} else {
			join(found.events);
		}
	}
	ctl_nl_close();
}

static void controller_message(const struct nlmsghdr *nlh, uint8_t command)
{
	struct ctl_nl_family found;
	const char *name;
	size_t i;

	if (ctl_nl_family_read(nlh, &name, &found))
		return;
	for (i = 0; i < CTL_FAMILIES; i++) {
		if (strcmp(ctl_families[i]->name, name))
			continue;
		if (command == CTRL_CMD_NEWFAMILY)
			family_loaded(i, &found);
		else if (command == CTRL_CMD_DELFAMILY)
			family_unloaded(i);
	}
}

static void event_message(const struct nlmsghdr *nlh, const struct ctl_family *family,
			  uint8_t command)
{
	struct ctl_record record;
	enum ctl_verb verb;
	size_t i;

	for (i = 0; i < CTL_COUNT(watched); i++) {
		if (watched[i]->family != family)
			continue;
		for (verb = CTL_ADD_NTF; verb < CTL_VERBS; verb++) {
			if (!watched[i]->op[verb] || watched[i]->op[verb] != command)
				continue;
			ctl_record_read(&record, verb == CTL_SUSPECT_NTF ? &suspect : watched[i],
					nlh);
			tell_event(&record, verb);
		}
	}
}

static void handle(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	size_t i;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl))
		return;
	if (nlh->nlmsg_type == GENL_ID_CTRL) {
		controller_message(nlh, genl->cmd);
		return;
	}
	for (i = 0; i < CTL_FAMILIES; i++)
		if (monitor.family[i].id == nlh->nlmsg_type)
			event_message(nlh, ctl_families[i], genl->cmd);
}

/* Return: 0, or -1 when nothing more can be received or written. */
static int receive(void)
{
	static char buffer[CTL_NL_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh = (const void *)buffer;
	ssize_t got = mnl_socket_recvfrom(monitor.socket, buffer, sizeof(buffer));
	int left = (int)got;

	if (got < 0 && errno == ENOBUFS) {
		monitor.lost = true;
		tell_lost();
	} else if (got < 0) {
		if (errno == EINTR || errno == EAGAIN)
			return 0;
		ctl_say("%s: cannot receive events: %s", monitor.who, strerror(errno));
		return -1;
	}
	for (; got > 0 && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		handle(nlh);
	if (!ctl_out_flush())
		return 0;
	ctl_say("%s: cannot write the output: %s", monitor.who, strerror(errno));
	return -1;
}

/* Signals are read like events, so that a flood of events cannot keep them waiting. */
static int signal_fd(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int watch(void)
{
	struct pollfd poll_fds[] = {
		{ .fd = signal_fd(), .events = POLLIN },
		{ .fd = mnl_socket_get_fd(monitor.socket), .events = POLLIN },
	};
	int status = CTL_EXIT_OK;
	int ready;

	if (poll_fds[0].fd < 0) {
		ctl_say("%s: cannot read signals: %s", monitor.who, strerror(errno));
		return CTL_EXIT_WORDS;
	}
	while (!status) {
		/* After a loss the kernel queues nothing until all queued events are read. */
		ready = poll(poll_fds, CTL_COUNT(poll_fds), monitor.lost ? 0 : -1);
		if (ready < 0)
			continue;
		if (!ready)
			look_again();
		if (poll_fds[0].revents)
			break;
		if (poll_fds[1].revents && receive())
			status = CTL_EXIT_WORDS;
	}
	close(poll_fds[0].fd);
	return status;
}

static int open_socket(void)
{
	int size = RECEIVE_BUFFER;

	monitor.socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!monitor.socket || mnl_socket_bind(monitor.socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    join(GENL_ID_CTRL)) {
		ctl_say("%s: cannot open a netlink socket: %s", monitor.who, strerror(errno));
		return CTL_EXIT_KERNEL;
	}
	if (setsockopt(mnl_socket_get_fd(monitor.socket), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)))
		setsockopt(mnl_socket_get_fd(monitor.socket), SOL_SOCKET, SO_RCVBUF, &size,
			   sizeof(size));
	return CTL_EXIT_OK;
}

/* Join the groups of loaded modules; modules that are loaded later send an event. */
static int subscribe(void)
{
	struct ctl_error error = { 0 };
	unsigned int found = 0;
	size_t i;

	for (i = 0; i < CTL_FAMILIES; i++) {
		if (ctl_nl_family(ctl_families[i], &monitor.family[i], &error))
			continue;
		found++;
		if (join(monitor.family[i].events)) {
			ctl_say("%s: cannot receive events of module %s: %s", monitor.who,
				ctl_families[i]->module, strerror(errno));
			return CTL_EXIT_KERNEL;
		}
	}
	if (found || (monitor.journal && error.code == ENOENT))
		return CTL_EXIT_OK;
	if (error.code == ENOENT)
		ctl_say("%s: neither module slb nor module relay is loaded (modprobe slb or modprobe relay)",
			monitor.who);
	else
		ctl_say("%s: %s", monitor.who, error.text[0] ? error.text : strerror(error.code));
	return CTL_EXIT_KERNEL;
}

/**
 * ctl_monitor_open() - Begin to receive events.
 * @who: The command, for error texts.
 * @tell: Takes each event; NULL: events are written to standard output.
 *
 * Return: Exit status; the error is reported.
 */
int ctl_monitor_open(const char *who, ctl_tell *tell)
{
	int status;

	monitor.who = who;
	monitor.tell = tell;
	status = open_socket();
	if (!status)
		status = subscribe();
	if (status)
		ctl_monitor_close();
	return status;
}

/**
 * ctl_monitor_fd() - What to poll.
 *
 * Return: A file descriptor, readable when there are events.
 */
int ctl_monitor_fd(void)
{
	return mnl_socket_get_fd(monitor.socket);
}

/**
 * ctl_monitor_read() - Receive events.
 *
 * Return: 0, or -1 when no more can be received; the error is reported.
 */
int ctl_monitor_read(void)
{
	struct pollfd more = { .fd = ctl_monitor_fd(), .events = POLLIN };

	if (receive())
		return -1;
	if (monitor.lost && !poll(&more, 1, 0))
		look_again();
	return 0;
}

/**
 * ctl_monitor_close() - Receive no more events.
 */
void ctl_monitor_close(void)
{
	if (monitor.socket)
		mnl_socket_close(monitor.socket);
	memset(&monitor, 0, sizeof(monitor));
}

static int monitor_run(struct ctl_call *call)
{
	int status;

	if (call->words.count) {
		struct ctl_fault fault;

		ctl_fault_set(&fault, "unexpected word \"%s\"", *call->words.word);
		return ctl_words_wrong(call->noun, NULL, &fault);
	}
	status = ctl_monitor_open("monitor", NULL);
	if (!status)
		status = watch();
	ctl_monitor_close();
	return status;
}

/* As a service: modules that are not loaded yet are waited for. */
static int monitor_journal(struct ctl_call *call)
{
	monitor.journal = true;
	return monitor_run(call);
}

static const struct ctl_command monitor_commands[] = {
	{ "show", CTL_TAKE_NOTHING, CTL_GET, monitor_run, "print events until interrupted" },
	{ "journal", CTL_TAKE_NOTHING, CTL_GET, monitor_journal,
	  "the same for the journal: priorities instead of times" },
};

const struct ctl_noun ctl_noun_monitor = {
	.name = "monitor",
	.commands = monitor_commands,
	.command_count = CTL_COUNT(monitor_commands),
	.text = "events of both modules as they happen",
};
