// SPDX-License-Identifier: GPL-2.0-only
/* The command metrics: its words, and which metrics each kind of object has. */
#include "metrics.h"
#include "nl.h"

#include <string.h>

#define NAME(w, ID)		{ .word = w, .id = { ID } }
#define VIP_LABELS(P) \
	NAME("proto", P##PROTO), \
	{ .word = "vip", .form = CTL_FORM_RANGE, .id = { P##ADDR, P##PORT_FIRST, P##PORT_LAST } }

static const struct ctl_column link_labels[] = { NAME("link", SLB_A_LINK_NAME) };
static const struct ctl_column group_labels[] = { NAME("group", SLB_A_GROUP_NAME) };
static const struct ctl_column server_labels[] = {
	NAME("group", SLB_A_SERVER_GROUP),
	{ .word = "server", .form = CTL_FORM_HOST, .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } },
};

static const struct ctl_column vip_labels[] = { VIP_LABELS(SLB_A_VIP_) };
static const struct ctl_column drop_labels[] = { NAME("reason", SLB_A_DROP_NAME) };
static const struct ctl_column relay_vip_labels[] = { VIP_LABELS(SLB_RELAY_A_VIP_) };
static const struct ctl_column balancer_labels[] = {
	NAME("balancer", SLB_RELAY_A_BALANCER_NAME),
};

static const struct ctl_column relay_link_labels[] = {
	NAME("balancer", SLB_RELAY_A_LINK_BALANCER),
	NAME("link", SLB_RELAY_A_LINK_NAME),
};

static const struct ctl_column device_labels[] = { NAME("device", SLB_RELAY_A_DEVICE_DEV) };
static const struct ctl_column relay_drop_labels[] = { NAME("reason", SLB_RELAY_A_DROP_NAME) };

static const struct metric_nest next_hops = {
	.id = SLB_A_LINK_NEXT_HOP,
	.metrics = ctl_slb_next_hop_metrics,
	.label = "next_hop",
	.names = { SLB_A_NEXT_HOP_VIA4, SLB_A_NEXT_HOP_VIA6 },
};

#define NAMED(columns)		.labels = columns, .label_count = CTL_COUNT(columns)

const struct collector collectors[METRIC_COLLECTORS] = {
	{ "status", &ctl_status, ctl_slb_status_metrics, .one = true },
	{ "setting", &ctl_setting, ctl_slb_setting_metrics, .one = true },
	{ "link", &ctl_link, ctl_slb_link_metrics, NAMED(link_labels), .nest = &next_hops },
	{ "group", &ctl_group, ctl_slb_group_metrics, NAMED(group_labels) },
	{ "server", &ctl_server, ctl_slb_server_metrics, NAMED(server_labels) },
	{ "vip", &ctl_vip, ctl_slb_vip_metrics, NAMED(vip_labels) },
	{ "drop", &ctl_drop, ctl_slb_drop_metrics, NAMED(drop_labels) },
	{ "relay-status", &ctl_relay_status, ctl_slb_relay_status_metrics, .one = true },
	{ "relay-setting", &ctl_relay_setting, ctl_slb_relay_setting_metrics, .one = true },
	{ "relay-balancer", &ctl_balancer, ctl_slb_relay_balancer_metrics,
	  NAMED(balancer_labels) },
	{ "relay-link", &ctl_relay_link, ctl_slb_relay_link_metrics, NAMED(relay_link_labels) },
	{ "relay-device", &ctl_device, ctl_slb_relay_device_metrics, NAMED(device_labels) },
	{ "relay-vip", &ctl_relay_vip, ctl_slb_relay_vip_metrics, NAMED(relay_vip_labels) },
	{ "relay-drop", &ctl_relay_drop, ctl_slb_relay_drop_metrics, NAMED(relay_drop_labels) },
};

/* "collect link,group": whole names, so that a new one cannot change their meaning. */
static int read_collect(const char *word, uint32_t *wanted, struct ctl_fault *fault)
{
	size_t i, len;

	*wanted = 0;
	for (;; word += len + 1) {
		len = strcspn(word, ",");
		for (i = 0; i < CTL_COUNT(collectors); i++)
			if (strlen(collectors[i].name) == len &&
			    !strncmp(collectors[i].name, word, len))
				break;
		if (i == CTL_COUNT(collectors))
			break;
		*wanted |= 1U << i;
		if (!word[len])
			return 0;
	}
	ctl_fault_set(fault, "invalid collector \"%.*s\" (valid: ", (int)len, word);
	for (i = 0; i < CTL_COUNT(collectors); i++)
		snprintf(fault->text + strlen(fault->text),
			 sizeof(fault->text) - strlen(fault->text), "%s%s",
			 collectors[i].name, i + 1 < CTL_COUNT(collectors) ? ", " : ")");
	return -1;
}

static int read_format(const char *word, bool *open, struct ctl_fault *fault)
{
	static const char *const formats[] = { "text", "openmetrics" };
	int at = ctl_pick(formats, CTL_COUNT(formats), word, "format", fault);

	*open = at == 1;
	return at < 0 ? -1 : 0;
}

static int read_words(struct ctl_words words, struct metric_set *set, bool *http,
		      struct ctl_fault *fault)
{
	static const char *const keywords[] = { "collect", "format", "http" };
	unsigned int given = 0;
	int at;

	for (; words.count; words.word++, words.count--) {
		at = ctl_pick(keywords, CTL_COUNT(keywords), *words.word, "keyword", fault);
		if (at < 0)
			return -1;
		if (given & 1U << at)
			return ctl_fault_set(fault, "\"%s\" is given twice", keywords[at]);
		given |= 1U << at;
		if (at == 2)
			continue;
		if (words.count == 1)
			return ctl_fault_set(fault, "\"%s\" needs a value", keywords[at]);
		words.word++;
		words.count--;
		if (at ? read_format(*words.word, &set->open, fault) :
		    read_collect(*words.word, &set->wanted, fault))
			return -1;
	}
	*http = given & 4;
	if ((given & 6) == 6)
		return ctl_fault_set(fault, "\"http\" and \"format\" exclude each other: the client chooses the format");
	return 0;
}

static int metrics_run(struct ctl_words words)
{
	struct metric_set set = { .wanted = UINT32_MAX };
	struct ctl_fault fault;
	bool http = false;
	int status;

	if (read_words(words, &set, &http, &fault))
		return ctl_words_wrong(&ctl_noun_metrics, NULL, &fault);
	if (http)
		return metrics_http(&set);
	status = metrics_gather(&set);
	if (!status && !ctl_options.dry_run)
		metrics_put(stdout, &set);
	metrics_free(&set);
	return status;
}

const struct ctl_noun ctl_noun_metrics = {
	.name = "metrics",
	.run = metrics_run,
	.usage = " [collect NAME,...] [format text|openmetrics] [http]",
	.text = "all numbers, as Prometheus reads them",
};
