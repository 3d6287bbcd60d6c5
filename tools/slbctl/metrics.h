/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics: what the modules have, as Prometheus reads it. */
#ifndef SLBCTL_METRICS_H
#define SLBCTL_METRICS_H

#include "nl_gen.h"
#include "out.h"

#define METRIC_IDS		4	/* attributes of one metric */
#define METRIC_COLLECTORS	14

/**
 * enum metric_kind - What a metric's samples are made of.
 * @METRIC_GAUGE: A number that rises and falls.
 * @METRIC_COUNTER: A number that only rises.
 * @METRIC_FLAG: A gauge of 0 or 1; the kernel may leave out a 0.
 * @METRIC_STATE: One sample for each state that is possible, 1 for the one that is.
 * @METRIC_PACKETS: Packets of nests of traffic, one sample for each nest.
 * @METRIC_BYTES: The same for bytes.
 * @METRIC_INFO: 1, with texts as labels.
 */
enum metric_kind {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_FLAG,
	METRIC_STATE,
	METRIC_PACKETS,
	METRIC_BYTES,
	METRIC_INFO,
};

/**
 * struct metric - A metric; a table of them ends with one without a name.
 * @name: Its name; the samples of a counter have "_total" behind it.
 * @kind: What its samples are made of.
 * @parts: How many units of the kernel make one of the metric; 0 for 1.
 * @count: Number of @id.
 * @id: Attributes that it comes from.
 * @help: What it means.
 */
struct metric {
	const char *name;
	enum metric_kind kind;
	uint32_t parts;
	uint8_t count;
	uint8_t id[METRIC_IDS];
	const char *help;
};

/**
 * struct metric_nest - Metrics of the parts of an object, such as the next hops of a link.
 * @id: Attribute of the object that is such a part.
 * @metrics: Their metrics.
 * @label: Label that names a part, besides those of the object.
 * @names: Attributes that name a part. The value of @label is the first one that the part has.
 */
struct metric_nest {
	uint16_t id;
	const struct metric *metrics;
	const char *label;
	uint16_t names[2];
};

/**
 * struct collector - Metrics of one kind of object.
 * @name: Name on the command line.
 * @object: Kind of object.
 * @metrics: Its metrics.
 * @one: There is only one such object.
 * @labels: What names an object: columns whose words are the labels.
 * @label_count: Number of @labels.
 * @nest: Metrics of its parts, or NULL.
 */
struct collector {
	const char *name;
	const struct ctl_object *object;
	const struct metric *metrics;
	bool one;
	const struct ctl_column *labels;
	size_t label_count;
	const struct metric_nest *nest;
};

/**
 * struct metric_block - Messages of the kernel, one after the other.
 * @next: Next block, or NULL.
 * @used: Bytes of @bytes that are filled.
 * @size: Size of @bytes.
 * @bytes: The messages.
 */
struct metric_block {
	struct metric_block *next;
	size_t used;
	size_t size;
	char bytes[] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/**
 * struct metric_set - All that is known before the first sample is written.
 * @loaded: Which families there are.
 * @wanted: Bits of the collectors that were asked for.
 * @open: Write OpenMetrics.
 * @first: Messages of each collector.
 * @last: Last block of each.
 * @ports: Number of local ports; 0 when not known.
 * @sync: What slb-syncd shows of itself, or NULL.
 * @failed: No memory.
 */
struct metric_set {
	bool loaded[CTL_FAMILIES];
	uint32_t wanted;
	bool open;
	struct metric_block *first[METRIC_COLLECTORS];
	struct metric_block *last[METRIC_COLLECTORS];
	uint64_t ports;
	json_t *sync;
	bool failed;
};

extern const struct collector collectors[METRIC_COLLECTORS];

/* metrics_gather.c */
int metrics_gather(struct metric_set *set);
void metrics_free(struct metric_set *set);

/* metrics_put.c */
void metrics_put(FILE *file, const struct metric_set *set);

/* metrics_http.c */
int metrics_http(struct metric_set *set);

/* metrics_gen.c */
extern const struct metric ctl_slb_link_metrics[], ctl_slb_group_metrics[];
extern const struct metric ctl_slb_server_metrics[], ctl_slb_vip_metrics[];
extern const struct metric ctl_slb_setting_metrics[], ctl_slb_status_metrics[];
extern const struct metric ctl_slb_drop_metrics[], ctl_slb_next_hop_metrics[];
extern const struct metric ctl_slb_relay_vip_metrics[], ctl_slb_relay_balancer_metrics[];
extern const struct metric ctl_slb_relay_device_metrics[];
extern const struct metric ctl_slb_relay_link_metrics[], ctl_slb_relay_setting_metrics[];
extern const struct metric ctl_slb_relay_status_metrics[], ctl_slb_relay_drop_metrics[];

#endif
