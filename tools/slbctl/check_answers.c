// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: servers that refuse new connections, or do not answer them. */
#include "check.h"
#include "nl.h"
#include "out.h"

#include <inttypes.h>
#include <stdlib.h>

#include <linux/slb.h>

#define LINES_MAX	8	/* more servers are counted only */
#define SERVER_LEN	128

/* A server whose latest new connection failed. */
struct failure {
	char server[SERVER_LEN];
	bool refuses;
	bool no_port;
	uint64_t n;
	uint64_t since;
	uint64_t answered;	/* milliseconds ago, UINT64_MAX for never */
};

struct answers {
	struct failure failure[LINES_MAX];
	unsigned int silent;
	unsigned int refusing;
	unsigned int answering;
};

/* Milliseconds since something happened; UINT64_MAX when it never has. */
static uint64_t since(const struct ctl_record *record, unsigned int id)
{
	uint64_t ms;

	return ctl_attr_number(record->tb[id], &ms) ? ms : UINT64_MAX;
}

static void server_text(const struct ctl_record *record, char *text)
{
	const struct ctl_column host = { .form = CTL_FORM_HOST,
					 .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } };
	const struct ctl_column group = { .id = { SLB_A_SERVER_GROUP } };
	char h[80] = "?", g[40] = "?";

	ctl_column_text(record, &group, g, sizeof(g));
	ctl_column_text(record, &host, h, sizeof(h));
	snprintf(text, SERVER_LEN, "server %s %s", g, h);
}

static void server(const struct nlmsghdr *nlh, void *data)
{
	uint64_t refused, unanswered, answered, port = 0;
	struct answers *answers = data;
	struct ctl_record record;
	struct failure *failure;
	unsigned int i;

	ctl_record_read(&record, &ctl_server, nlh);
	refused = since(&record, SLB_A_SERVER_REFUSED_SINCE);
	unanswered = since(&record, SLB_A_SERVER_UNANSWERED_SINCE);
	answered = since(&record, SLB_A_SERVER_ANSWERED_SINCE);
	if (answered <= CTL_CHECK_RECENT && answered <= refused && answered <= unanswered) {
		answers->answering++;
		return;
	}
	if (refused > CTL_CHECK_RECENT && unanswered > CTL_CHECK_RECENT)
		return;
	i = answers->silent + answers->refusing;
	if (refused <= unanswered)
		answers->refusing++;
	else
		answers->silent++;
	if (i >= LINES_MAX)
		return;
	failure = &answers->failure[i];
	failure->refuses = refused <= unanswered;
	failure->since = failure->refuses ? refused : unanswered;
	failure->answered = answered;
	ctl_attr_number(record.tb[failure->refuses ? SLB_A_SERVER_REFUSED :
						     SLB_A_SERVER_UNANSWERED], &failure->n);
	ctl_attr_number(record.tb[SLB_A_SERVER_PORT], &port);
	failure->no_port = !port;
	server_text(&record, failure->server);
}

static void report(struct ctl_check *check, const struct failure *failure)
{
	char ago[32], last[64] = "it never has", answered[32];

	ctl_check_ago(ago, sizeof(ago), failure->since);
	if (failure->answered != UINT64_MAX) {
		ctl_check_ago(answered, sizeof(answered), failure->answered);
		snprintf(last, sizeof(last), "the last answer came %s ago", answered);
	}
	if (failure->refuses)
		ctl_found(check, true,
			  "%s: refuses connections (%" PRIu64 " so far, the last %s ago): does a service listen there%s?",
			  failure->server, failure->n, ago,
			  failure->no_port ? ", on the port of the VIP" : "");
	else
		ctl_found(check, true,
			  "%s: does not answer new connections (%" PRIu64 " so far, the last %s ago; %s): is it up, and does it route the local addresses to the relay?",
			  failure->server, failure->n, ago, last);
}

/**
 * ctl_check_answers() - Report servers that fail new connections.
 * @check: The check of a balancer.
 *
 * When none of several answers, the cause is hardly in each of them. Without an answer from the
 * kernel it reports nothing.
 */
void ctl_check_answers(struct ctl_check *check)
{
	struct answers answers = { 0 };
	struct ctl_request request;
	unsigned int i, n;
	char ago[32];

	ctl_request_init(&request, &ctl_server, CTL_GET);
	ctl_nl_dump(&request, server, &answers);
	n = answers.silent + answers.refusing;
	if (!answers.answering && !answers.refusing && answers.silent > 1) {
		ctl_check_ago(ago, sizeof(ago), answers.failure[0].since);
		ctl_found(check, true,
			  "none of the %u servers with new connections answers (the last one %s ago): do they route the local addresses to the relay, and does FORWARD on the relay let their packets pass?",
			  answers.silent, ago);
		return;
	}
	for (i = 0; i < n && i < LINES_MAX; i++)
		report(check, &answers.failure[i]);
	if (n > LINES_MAX)
		ctl_found(check, true, "%u more servers refuse connections or do not answer",
			  n - LINES_MAX);
}
