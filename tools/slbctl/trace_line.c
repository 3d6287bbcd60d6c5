// SPDX-License-Identifier: GPL-2.0-only
/* A packet that is traced as a line: what came in, each step, and what became of it. */
#include "trace.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define TEXT_LEN	256

/* The names of the ends, and where their addresses and ports are. */
struct end {
	char letter;
	uint8_t addr;
	uint8_t port;
};

static const struct end client = { 'C', SLB_A_TRACE_CLIENT, SLB_A_TRACE_CLIENT_PORT };
static const struct end vip = { 'V', SLB_A_TRACE_VIP, SLB_A_TRACE_VIP_PORT };
static const struct end server = { 'S', SLB_A_TRACE_SERVER, SLB_A_TRACE_SERVER_PORT };
static const struct end local = { 'L', SLB_A_TRACE_LOCAL, SLB_A_TRACE_LOCAL_PORT };

/* Source and destination of a packet, by its way. */
static const struct end *const ways[][2] = {
	[SLB_TRACE_WAY_TO_VIP] = { &client, &vip },
	[SLB_TRACE_WAY_TO_LOCAL] = { &server, &local },
	[SLB_TRACE_WAY_FROM_VIP] = { &vip, &client },
	[SLB_TRACE_WAY_FROM_LOCAL] = { &local, &server },
};

static uint64_t number(const struct ctl_record *record, uint8_t id)
{
	uint64_t value = 0;

	if (record->tb[id])
		ctl_attr_number(record->tb[id], &value);
	return value;
}

/* The text of an attribute; empty when it is absent. */
static const char *text_of(const struct ctl_record *record, uint8_t id, char *text)
{
	text[0] = '\0';
	if (record->tb[id])
		ctl_attr_text(&record->object->attrs[id], record->tb[id], text, TEXT_LEN);
	return text;
}

static void put_host(const struct ctl_record *record, uint8_t addr, uint8_t port)
{
	const struct ctl_column column = { .form = CTL_FORM_HOST, .id = { addr, port } };
	char text[TEXT_LEN];

	if (ctl_column_text(record, &column, text, sizeof(text)))
		fputs(text, stdout);
	else
		putchar('?');
}

/* Time of day, with milliseconds. */
static void put_time(const struct ctl_record *record)
{
	uint64_t when = number(record, SLB_A_TRACE_TIME);
	time_t second = (time_t)(when / 1000000);
	struct tm parts;
	char text[32];

	localtime_r(&second, &parts);
	strftime(text, sizeof(text), "%H:%M:%S", &parts);
	printf("%s.%03u", text, (unsigned int)(when / 1000 % 1000));
}

static void put_flags(uint8_t flags)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG" };
	const char *before = " ";
	size_t i;

	for (i = 0; i < CTL_COUNT(names); i++) {
		if (!(flags >> i & 1))
			continue;
		printf("%s%s", before, names[i]);
		before = ",";
	}
}

/* An ICMP error is about a packet that went the other way. */
static void put_icmp(const struct ctl_record *record, uint64_t kind, const struct end *const *way)
{
	char proto[TEXT_LEN];

	if (kind == SLB_TRACE_KIND_ECHO) {
		fputs(" ICMP echo request", stdout);
		return;
	}
	printf(" ICMP %" PRIu64 "/%" PRIu64, number(record, SLB_A_TRACE_ICMP_TYPE),
	       number(record, SLB_A_TRACE_ICMP_CODE));
	if (kind != SLB_TRACE_KIND_ICMP_ERROR)
		return;
	printf(" about %s %c ", text_of(record, SLB_A_TRACE_PROTO, proto), way[1]->letter);
	put_host(record, way[1]->addr, way[1]->port);
	printf(" > %c ", way[0]->letter);
	put_host(record, way[0]->addr, way[0]->port);
}

static void put_packet(const struct ctl_record *record)
{
	uint64_t kind = number(record, SLB_A_TRACE_KIND), way = number(record, SLB_A_TRACE_WAY);
	const struct end *const *ends = ways[way < CTL_COUNT(ways) ? way : 0];
	char text[TEXT_LEN];

	/* a router may have sent an error */
	if (kind != SLB_TRACE_KIND_ICMP_ERROR)
		printf("%c ", ends[0]->letter);
	put_host(record, SLB_A_TRACE_SRC, SLB_A_TRACE_SRC_PORT);
	printf(" > %c ", ends[1]->letter);
	put_host(record, SLB_A_TRACE_DST, SLB_A_TRACE_DST_PORT);
	if (record->tb[SLB_A_TRACE_TCP_FLAGS])
		put_flags((uint8_t)number(record, SLB_A_TRACE_TCP_FLAGS));
	else if (record->tb[SLB_A_TRACE_ICMP_TYPE])
		put_icmp(record, kind, ends);
	else
		printf(" %s%s", text_of(record, SLB_A_TRACE_PROTO, text),
		       kind == SLB_TRACE_KIND_FRAGMENT ? " fragment" : "");
}

/* The VIP that matches, and its group. */
static void put_matched(const struct ctl_record *record)
{
	uint64_t first = number(record, SLB_A_TRACE_MATCHED_FIRST);
	uint64_t last = number(record, SLB_A_TRACE_MATCHED_LAST);
	char group[TEXT_LEN], scheduler[TEXT_LEN], proto[TEXT_LEN];

	if (!record->tb[SLB_A_TRACE_MATCHED_PROTO])
		return;
	printf(" | vip %s ", number(record, SLB_A_TRACE_MATCHED_PROTO) ?
	       text_of(record, SLB_A_TRACE_MATCHED_PROTO, proto) : "any");
	if (first <= 1 && last == UINT16_MAX)
		fputs("any-port", stdout);
	else if (first == last)
		printf("%" PRIu64, first);
	else
		printf("%" PRIu64 "-%" PRIu64, first, last);
	if (*text_of(record, SLB_A_TRACE_GROUP, group))
		printf(" | group %s %s", group, text_of(record, SLB_A_TRACE_SCHEDULER, scheduler));
}

static void put_session(const struct ctl_record *record)
{
	char text[TEXT_LEN];

	if (*text_of(record, SLB_A_TRACE_ENDED, text))
		printf(" | former session %s", text);
	if (!record->tb[SLB_A_TRACE_SESSION_NEW])
		return;
	printf(" | %s session | server ",
	       number(record, SLB_A_TRACE_SESSION_NEW) ? "new" : "known");
	put_host(record, server.addr, server.port);
	fputs(" | local ", stdout);
	put_host(record, local.addr, local.port);
	if (*text_of(record, SLB_A_TRACE_RETURN_LINK, text))
		printf(" return %s", text);
}

static void put_result(const struct ctl_record *record)
{
	char text[TEXT_LEN], out[TEXT_LEN];

	switch (number(record, SLB_A_TRACE_RESULT)) {
	case SLB_TRACE_RESULT_SENT:
		fputs(" | chains passed", stdout);
		if (*text_of(record, SLB_A_TRACE_OUT_LINK, out))
			printf(" | out %s", out);
		break;
	case SLB_TRACE_RESULT_ANSWERED:
		fputs(" | answered", stdout);
		break;
	case SLB_TRACE_RESULT_ACCEPTED:
		fputs(" | left to the host", stdout);
		break;
	case SLB_TRACE_RESULT_QUEUED:
		fputs(" | waits for the other fragments", stdout);
		break;
	default:
		printf(" | %sDROP %s%s: %s", ctl_options.colour ? "\033[31m" : "",
		       text_of(record, SLB_A_TRACE_REASON, out), ctl_options.colour ? "\033[0m" : "",
		       text_of(record, SLB_A_TRACE_TEXT, text));
	}
}

/**
 * ctl_trace_put() - Print a packet that is traced.
 * @record: Its report.
 */
void ctl_trace_put(const struct ctl_record *record)
{
	char text[TEXT_LEN];

	if (ctl_options.json) {
		ctl_json_put(ctl_out_json(record, true));
		putchar('\n');
		return;
	}
	put_time(record);
	printf(" #%" PRIu64 " in ", number(record, SLB_A_TRACE_NUMBER));
	if (!*text_of(record, SLB_A_TRACE_IN_LINK, text))
		text_of(record, SLB_A_TRACE_DEV, text);
	printf("%s  ", text);
	put_packet(record);
	put_matched(record);
	put_session(record);
	if (*text_of(record, SLB_A_TRACE_HOW, text))
		printf(" | by %s", text);
	put_result(record);
	putchar('\n');
}
