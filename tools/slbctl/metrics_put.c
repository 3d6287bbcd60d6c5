// SPDX-License-Identifier: GPL-2.0-only
/* Writes metrics: Prometheus' text format 0.0.4, or OpenMetrics 1.0. */
#include "metrics.h"
#include "sync.h"

#include <inttypes.h>
#include <string.h>

#include <linux/slb.h>
#include <slb/version.h>

#define TEXT_LEN	512
#define LABEL_LEN	(2 * TEXT_LEN)
#define PARTS_MICRO	1000000

/* Where samples go, and whose they are. */
struct putting {
	FILE *file;
	const struct metric_set *set;
	const struct collector *collector;
	const struct metric *metric;
};

typedef void put_record(const struct putting *to, const struct ctl_record *record);

static void each_record(const struct putting *to, put_record *put)
{
	size_t at = (size_t)(to->collector - collectors);
	const struct metric_block *block;
	struct ctl_record record;

	for (block = to->set->first[at]; block; block = block->next) {
		const struct nlmsghdr *nlh = (const void *)block->bytes;
		int left = (int)block->used;

		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			ctl_record_read(&record, to->collector->object, nlh);
			put(to, &record);
		}
	}
}

/* Adds NAME="VALUE" to labels; a label that does not fit ends them. */
static void add_label(char *labels, const char *name, const char *value)
{
	size_t used = strlen(labels);
	char *to = labels + used, *end = labels + LABEL_LEN - 3;

	/* a comma, an equals sign, two quotes and the end */
	if (used + strlen(name) + 5 > LABEL_LEN)
		return;
	to += snprintf(to, LABEL_LEN - used, "%s%s=\"", used ? "," : "", name);
	for (; *value && to < end; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			*to++ = '\\';
		*to++ = *value == '\n' ? 'n' : *value;
	}
	strcpy(to, "\"");
}

/* Label names have no dashes. */
static void add_text(char *labels, const struct ctl_attr *desc, const struct nlattr *attr)
{
	char name[64], text[TEXT_LEN];
	char *c;

	snprintf(name, sizeof(name), "%s", desc->name);
	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	ctl_attr_text(desc, attr, text, sizeof(text));
	add_label(labels, name, text);
}

static void object_labels(const struct putting *to, const struct ctl_record *record, char *labels)
{
	const struct collector *collector = to->collector;
	char text[TEXT_LEN];
	size_t i;

	*labels = '\0';
	for (i = 0; i < collector->label_count; i++)
		if (ctl_column_text(record, &collector->labels[i], text, sizeof(text)))
			add_label(labels, collector->labels[i].word, text);
}

static void put_name(const struct putting *to, const char *labels)
{
	const struct metric *metric = to->metric;
	bool total = metric->kind == METRIC_COUNTER || metric->kind == METRIC_PACKETS ||
		     metric->kind == METRIC_BYTES;

	fprintf(to->file, "%s%s", metric->name, total ? "_total" : "");
	if (*labels)
		fprintf(to->file, "{%s}", labels);
	putc(' ', to->file);
}

static void put_number(const struct putting *to, const char *labels, uint64_t value)
{
	uint32_t parts = to->metric->parts;

	put_name(to, labels);
	if (parts)
		fprintf(to->file, "%" PRIu64 ".%0*" PRIu64 "\n", value / parts,
			parts == PARTS_MICRO ? 6 : 3, value % parts);
	else
		fprintf(to->file, "%" PRIu64 "\n", value);
}

static void put_states(const struct putting *to, const struct ctl_record *record, char *labels)
{
	const struct ctl_attr *desc = &record->object->attrs[to->metric->id[0]];
	size_t used = strlen(labels);
	uint64_t value, i;

	if (!ctl_attr_number(record->tb[to->metric->id[0]], &value))
		return;
	for (i = 0; i < desc->count; i++) {
		if (!desc->names[i])
			continue;
		labels[used] = '\0';
		add_label(labels, "state", desc->names[i]);
		put_number(to, labels, i == value);
	}
}

static void put_traffic(const struct putting *to, const struct ctl_record *record, char *labels)
{
	size_t used = strlen(labels), i;
	uint64_t packets, bytes;

	for (i = 0; i < to->metric->count; i++) {
		const struct nlattr *nest = record->tb[to->metric->id[i]];

		if (!nest)
			continue;
		ctl_attr_traffic(nest, &packets, &bytes);
		labels[used] = '\0';
		add_label(labels, "direction", record->object->attrs[to->metric->id[i]].name);
		put_number(to, labels, to->metric->kind == METRIC_BYTES ? bytes : packets);
	}
}

static void put_info(const struct putting *to, const struct ctl_record *record, char *labels)
{
	size_t i;

	for (i = 0; i < to->metric->count; i++)
		if (record->tb[to->metric->id[i]])
			add_text(labels, &record->object->attrs[to->metric->id[i]],
				 record->tb[to->metric->id[i]]);
	put_number(to, labels, 1);
}

static void put_values(const struct putting *to, const struct ctl_record *record, char *labels)
{
	uint64_t value = 0;

	switch (to->metric->kind) {
	case METRIC_STATE:
		put_states(to, record, labels);
		break;
	case METRIC_PACKETS:
	case METRIC_BYTES:
		put_traffic(to, record, labels);
		break;
	case METRIC_INFO:
		put_info(to, record, labels);
		break;
	default:
		if (ctl_attr_number(record->tb[to->metric->id[0]], &value) ||
		    to->metric->kind == METRIC_FLAG)
			put_number(to, labels, value);
	}
}

static void put_sample(const struct putting *to, const struct ctl_record *record)
{
	char labels[LABEL_LEN];

	object_labels(to, record, labels);
	put_values(to, record, labels);
}

/* One of the parts of an object. */
struct part {
	const struct putting *to;
	const struct ctl_record *whole;
};

static void put_part(const struct nlattr *nest, void *data)
{
	const struct part *part = data;
	const struct metric_nest *nests = part->to->collector->nest;
	const struct ctl_attr *desc = &part->whole->object->attrs[nests->id];
	const struct ctl_object object = { .attrs = desc->nest, .attr_count = desc->count };
	struct ctl_record record = { .object = &object };
	char labels[LABEL_LEN], text[TEXT_LEN];
	const struct nlattr *attr;
	size_t i;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) < desc->count)
			record.tb[mnl_attr_get_type(attr)] = attr;
	object_labels(part->to, part->whole, labels);
	for (i = 0; i < CTL_COUNT(nests->names); i++) {
		attr = record.tb[nests->names[i]];
		if (!attr)
			continue;
		ctl_attr_text(&desc->nest[nests->names[i]], attr, text, sizeof(text));
		add_label(labels, nests->label, text);
		break;
	}
	put_values(part->to, &record, labels);
}

static void put_parts(const struct putting *to, const struct ctl_record *record)
{
	struct part part = { to, record };

	ctl_record_list(record, to->collector->nest->id, put_part, &part);
}

/* HELP and TYPE. In OpenMetrics a metric's name lacks the end of its samples' names. */
static void put_head(const struct putting *to)
{
	static const char *const types[] = {
		[METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter", [METRIC_FLAG] = "gauge",
		[METRIC_STATE] = "gauge", [METRIC_PACKETS] = "counter",
		[METRIC_BYTES] = "counter", [METRIC_INFO] = "gauge",
	};
	const struct metric *metric = to->metric;
	const char *type = types[metric->kind], *end = "";
	size_t len = strlen(metric->name);
	bool open = to->set->open;

	if (open && metric->kind == METRIC_INFO) {
		type = "info";
		len -= strlen("_info");
	} else if (!open && *type == 'c') {
		end = "_total";
	}
	fprintf(to->file, "# HELP %.*s%s %s\n", (int)len, metric->name, end, metric->help);
	fprintf(to->file, "# TYPE %.*s%s %s\n", (int)len, metric->name, end, type);
	if (open && len > 8 && !strcmp(metric->name + len - 8, "_seconds"))
		fprintf(to->file, "# UNIT %s seconds\n", metric->name);
	if (open && metric->kind == METRIC_BYTES)
		fprintf(to->file, "# UNIT %s bytes\n", metric->name);
}

/* Addresses from the first to the last; ranges are small. */
static uint64_t span(const struct nlattr *first, const struct nlattr *last)
{
	const uint8_t *from, *to;
	int64_t count = 0;
	uint16_t len, i;

	if (!first)
		return 0;
	len = mnl_attr_get_payload_len(first);
	if (!last || mnl_attr_get_payload_len(last) != len)
		return 1;
	from = mnl_attr_get_payload(first);
	to = mnl_attr_get_payload(last);
	for (i = 0; i < len; i++) {
		count = count * 256 + to[i] - from[i];
		if (count < 0 || count > SLB_LOCAL_MAX)
			return 1;
	}
	return (uint64_t)count + 1;
}

/* Of two families the one with fewer: the kernel counts the pairs that are left in the same way. */
static void put_pairs(const struct putting *to, const struct ctl_record *record)
{
	uint64_t four = span(record->tb[SLB_A_LINK_LOCAL4_FIRST],
			     record->tb[SLB_A_LINK_LOCAL4_LAST]);
	uint64_t six = span(record->tb[SLB_A_LINK_LOCAL6_FIRST],
			    record->tb[SLB_A_LINK_LOCAL6_LAST]);
	char labels[LABEL_LEN];

	object_labels(to, record, labels);
	put_number(to, labels, (!four || (six && six < four) ? six : four) * to->set->ports);
}

static void put_collector(FILE *file, const struct metric_set *set,
			  const struct collector *collector)
{
	static const struct metric pairs = {
		.name = "slb_link_ports", .kind = METRIC_GAUGE,
		.help = "Local address and port pairs that the link has for one server address and port, of the family that has fewer.",
	};
	struct putting to = { file, set, collector, collector->metrics };

	if (!set->first[collector - collectors])
		return;
	for (; to.metric->name; to.metric++) {
		put_head(&to);
		each_record(&to, put_sample);
	}
	for (to.metric = collector->nest ? collector->nest->metrics : to.metric; to.metric->name;
	     to.metric++) {
		put_head(&to);
		each_record(&to, put_parts);
	}
	if (collector->object != &ctl_link)
		return;
	to.metric = &pairs;
	put_head(&to);
	each_record(&to, put_pairs);
}

static void put_own(FILE *file, const struct metric_set *set)
{
	static const struct metric up[CTL_FAMILIES] = {
		{ "slb_up", METRIC_GAUGE, .help = "Whether module slb is loaded." },
		{ "slb_relay_up", METRIC_GAUGE, .help = "Whether module relay is loaded." },
	};
	static const struct metric build = {
		"slb_slbctl_build_info", METRIC_INFO, .help = "Version of slbctl.",
	};
	struct putting to = { .file = file, .set = set };
	char labels[LABEL_LEN] = "";
	size_t i;

	for (i = 0; i < CTL_FAMILIES; i++) {
		to.metric = &up[i];
		put_head(&to);
		put_number(&to, labels, set->loaded[i]);
	}
	to.metric = &build;
	put_head(&to);
	add_label(labels, "version", SLB_VERSION);
	put_number(&to, labels, 1);
}

/* ---- slb-syncd */

/* A metric of each peer: a number of its part of the document, or of the peer itself. */
struct sync_metric {
	struct metric metric;
	const char *part;
	const char *number;
};

static const struct sync_metric sync_metrics[] = {
	{ { "slb_sync_peer_lag_seconds", METRIC_GAUGE, .parts = 1000,
	    .help = "Age of the oldest change that the peer has not acknowledged." },
	  NULL, "lag" },
	{ { "slb_sync_peer_sent_records", METRIC_COUNTER, .help = "Records sent to the peer." },
	  "sent", "records" },
	{ { "slb_sync_peer_sent_bulks", METRIC_COUNTER,
	    .help = "Times that all sessions were sent to the peer." }, "sent", "bulks" },
	{ { "slb_sync_peer_sent_refused", METRIC_COUNTER,
	    .help = "Records that the peer has refused." }, "sent", "refused" },
	{ { "slb_sync_peer_sent_lost", METRIC_COUNTER,
	    .help = "Changes that were overwritten before they were sent to the peer." },
	  "sent", "lost" },
	{ { "slb_sync_peer_received_records", METRIC_COUNTER,
	    .help = "Records received from the peer." }, "received", "records" },
	{ { "slb_sync_peer_received_bulks", METRIC_COUNTER,
	    .help = "Times that all sessions of the peer were received." },
	  "received", "bulks" },
	{ { "slb_sync_peer_received_failed", METRIC_COUNTER,
	    .help = "Messages of the peer that the kernel refused as a whole." },
	  "received", "failed" },
	{ { "slb_sync_peer_connections", METRIC_COUNTER, .help = "Connections with the peer." },
	  "connections", "made" },
	{ { "slb_sync_peer_connections_invalid", METRIC_COUNTER,
	    .help = "Connections with the peer that ended as it sent what is no message." },
	  "connections", "invalid" },
};

static void put_peers(struct putting *to, void (*put)(const struct putting *to, const json_t *peer,
						      char *labels))
{
	char labels[LABEL_LEN];
	json_t *peer;
	size_t i;

	put_head(to);
	json_array_foreach(json_object_get(to->set->sync, "peers"), i, peer) {
		*labels = '\0';
		add_label(labels, "peer", ctl_sync_text(peer, "name"));
		put(to, peer, labels);
	}
}

static void put_peer_number(const struct putting *to, const json_t *peer, char *labels)
{
	const struct sync_metric *metric = (const void *)to->metric;
	const json_t *part = metric->part ? json_object_get(peer, metric->part) : peer;
	const json_t *number = json_object_get(part, metric->number);

	if (json_is_integer(number))
		put_number(to, labels, (uint64_t)json_integer_value(number));
}

static void put_peer_state(const struct putting *to, const json_t *peer, char *labels)
{
	put_number(to, labels, !strcmp(ctl_sync_text(peer, "state"), "in-sync"));
}

static void put_peer_refused(const struct putting *to, const json_t *peer, char *labels)
{
	size_t used = strlen(labels);
	const char *reason;
	json_t *number;

	json_object_foreach(json_object_get(peer, "refused"), reason, number) {
		labels[used] = '\0';
		add_label(labels, "reason", reason);
		put_number(to, labels, (uint64_t)json_integer_value(number));
	}
}

static uint64_t ranges_without(const json_t *document)
{
	uint64_t count = 0;
	json_t *range;
	size_t i;

	json_array_foreach(json_object_get(document, "ranges"), i, range)
		count += !ctl_sync_is(range, "in_sync");
	return count;
}

static void put_sync(FILE *file, const struct metric_set *set)
{
	static const struct metric state = {
		"slb_sync_peer_in_sync", METRIC_GAUGE,
		.help = "Whether both ends have all sessions that they need.",
	};
	static const struct metric refused = {
		"slb_sync_peer_refused", METRIC_COUNTER,
		.help = "Records of the peer that the kernel has refused.",
	};
	static const struct metric without = {
		"slb_sync_ranges_without_heir", METRIC_GAUGE,
		.help = "Ranges of local addresses whose sessions no peer could go on with now.",
	};
	static const struct metric strangers = {
		"slb_sync_strangers", METRIC_COUNTER,
		.help = "Connections from addresses that no peer has.",
	};
	struct putting to = { .file = file, .set = set };
	size_t i;

	to.metric = &state;
	put_peers(&to, put_peer_state);
	for (i = 0; i < CTL_COUNT(sync_metrics); i++) {
		to.metric = &sync_metrics[i].metric;
		put_peers(&to, put_peer_number);
	}
	to.metric = &refused;
	put_peers(&to, put_peer_refused);
	to.metric = &without;
	put_head(&to);
	put_number(&to, "", ranges_without(set->sync));
	to.metric = &strangers;
	put_head(&to);
	put_number(&to, "", (uint64_t)ctl_sync_number(set->sync, "strangers"));
}

/**
 * metrics_put() - Write what was gathered.
 * @file: Where to.
 * @set: Metrics.
 */
void metrics_put(FILE *file, const struct metric_set *set)
{
	size_t i;

	put_own(file, set);
	for (i = 0; i < METRIC_COLLECTORS; i++)
		put_collector(file, set, &collectors[i]);
	if (set->sync)
		put_sync(file, set);
	if (set->open)
		fputs("# EOF\n", file);
}
