// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asks the kernel for everything that metrics are made of, before the first of them is written.
 *
 * So nothing is written when something fails, each object is asked for once, and all samples of a
 * metric can be written together. The messages are kept as they came: they are smaller than the
 * text made of them.
 */
#include "metrics.h"
#include "nl.h"
#include "sync.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_LEN	(256 * 1024)
#define TRIES		4

_Static_assert(METRIC_COLLECTORS <= 32, "a bit for each");

struct keeping {
	struct metric_set *set;
	size_t at;	/* collector */
};

static struct metric_block *add_block(struct metric_set *set, size_t at, size_t len)
{
	size_t size = len > BLOCK_LEN ? len : collectors[at].one ? len : BLOCK_LEN;
	struct metric_block *block = malloc(sizeof(*block) + size);

	if (!block) {
		set->failed = true;
		return NULL;
	}
	block->next = NULL;
	block->used = 0;
	block->size = size;
	if (set->last[at])
		set->last[at]->next = block;
	else
		set->first[at] = block;
	set->last[at] = block;
	return block;
}

static void keep(const struct nlmsghdr *nlh, void *data)
{
	struct keeping *keeping = data;
	struct metric_block *block = keeping->set->last[keeping->at];
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);

	if (!block || block->used + len > block->size)
		block = add_block(keeping->set, keeping->at, len);
	if (!block)
		return;
	memset(block->bytes + block->used, 0, len);
	memcpy(block->bytes + block->used, nlh, nlh->nlmsg_len);
	block->used += len;
}

static void forget(struct metric_set *set, size_t at)
{
	struct metric_block *block, *next;

	for (block = set->first[at]; block; block = next) {
		next = block->next;
		free(block);
	}
	set->first[at] = NULL;
	set->last[at] = NULL;
}

/**
 * metrics_free() - Free what was gathered.
 * @set: Metrics.
 */
void metrics_free(struct metric_set *set)
{
	size_t i;

	for (i = 0; i < METRIC_COLLECTORS; i++)
		forget(set, i);
	json_decref(set->sync);
	set->sync = NULL;
}

/* Prometheus takes no scrape that has a sample twice, so an object must not be there twice. */
static int gather_list(struct metric_set *set, size_t at, struct ctl_request *request)
{
	struct keeping keeping = { .set = set, .at = at };
	int result = 1, i;

	for (i = 0; result > 0 && i < TRIES; i++) {
		forget(set, at);
		ctl_request_init(request, collectors[at].object, CTL_GET);
		result = ctl_nl_dump(request, keep, &keeping);
	}
	if (result > 0) {
		ctl_say("%s%s: changed whenever it was listed; try again",
			request->object->family->prefix, request->object->name);
		return CTL_EXIT_KERNEL;
	}
	return ctl_object_end(request, result);
}

static int gather_one(struct metric_set *set, size_t at, struct ctl_request *request)
{
	struct keeping keeping = { .set = set, .at = at };

	ctl_request_init(request, collectors[at].object, CTL_GET);
	return ctl_object_end(request, ctl_nl_call(request, keep, &keeping));
}

static void read_ports(const struct nlmsghdr *nlh, void *data)
{
	uint64_t first = 0, last = 0, *ports = data;
	struct ctl_record record;

	ctl_record_read(&record, &ctl_setting, nlh);
	if (ctl_attr_number(record.tb[SLB_A_SETTING_PORT_FIRST], &first) &&
	    ctl_attr_number(record.tb[SLB_A_SETTING_PORT_LAST], &last) && first <= last)
		*ports = last - first + 1;
}

/* The pairs of a link are its addresses times these. */
static int gather_ports(struct metric_set *set, struct ctl_request *request)
{
	ctl_request_init(request, &ctl_setting, CTL_GET);
	return ctl_object_end(request, ctl_nl_call(request, read_ports, &set->ports));
}

/**
 * metrics_gather() - Ask the kernel for all that was asked for, of the modules that are loaded.
 * @set: Metrics; to be freed even after a failure.
 *
 * Return: Exit status.
 */
int metrics_gather(struct metric_set *set)
{
	struct ctl_request request;
	struct ctl_error error;
	int status = 0;
	char why[256];
	size_t i;

	if (ctl_options.dry_run) {
		memset(set->loaded, true, sizeof(set->loaded));
	} else if (ctl_nl_loaded(set->loaded, &error)) {
		ctl_say("metrics: %s", error.text[0] ? error.text : strerror(error.code));
		return CTL_EXIT_KERNEL;
	}
	for (i = 0; !status && i < METRIC_COLLECTORS; i++) {
		const struct ctl_object *object = collectors[i].object;

		if (!(set->wanted >> i & 1) || !set->loaded[object->family->index])
			continue;
		status = collectors[i].one ? gather_one(set, i, &request) :
			 gather_list(set, i, &request);
		if (!status && object == &ctl_link)
			status = gather_ports(set, &request);
		/* of the same host; without the daemon there is nothing to write */
		if (!status && object == &ctl_status && !ctl_options.dry_run)
			set->sync = ctl_sync_read(why, sizeof(why));
	}
	if (!status && set->failed) {
		ctl_say("metrics: no memory");
		status = CTL_EXIT_WORDS;
	}
	return status;
}
