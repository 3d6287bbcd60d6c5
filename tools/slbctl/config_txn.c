// SPDX-License-Identifier: GPL-2.0-only
/* The changes of a plan are made, all of them or none: in one transaction of each module. */
#include "config.h"
#include "nl.h"
#include "nl_gen.h"
#include "out.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

/* What is asked of a transaction. Its attributes have the same numbers in both modules. */
enum txn_step { TXN_BEGIN, TXN_STAGE, TXN_COMMIT, TXN_RESULT, TXN_STEPS };

#define TXN_OBJECT(family_, attrs_, cmd) \
	{ .name = "transaction", .family = (family_), .attrs = (attrs_), \
	  .attr_count = CTL_COUNT(attrs_), .op = { [CTL_SET] = (cmd) } }

static const struct ctl_object txn_object[CTL_FAMILIES][TXN_STEPS] = {
	{
		TXN_OBJECT(&ctl_slb, ctl_slb_txn_attrs, SLB_CMD_TXN_BEGIN),
		TXN_OBJECT(&ctl_slb, ctl_slb_txn_attrs, SLB_CMD_TXN_STAGE),
		TXN_OBJECT(&ctl_slb, ctl_slb_txn_attrs, SLB_CMD_TXN_COMMIT),
		TXN_OBJECT(&ctl_slb, ctl_slb_txn_attrs, SLB_CMD_TXN_GET),
	},
	{
		TXN_OBJECT(&ctl_relay, ctl_slb_relay_txn_attrs, SLB_RELAY_CMD_TXN_BEGIN),
		TXN_OBJECT(&ctl_relay, ctl_slb_relay_txn_attrs, SLB_RELAY_CMD_TXN_STAGE),
		TXN_OBJECT(&ctl_relay, ctl_slb_relay_txn_attrs, SLB_RELAY_CMD_TXN_COMMIT),
		TXN_OBJECT(&ctl_relay, ctl_slb_relay_txn_attrs, SLB_RELAY_CMD_TXN_GET),
	},
};

static const uint8_t generation_attr[CTL_FAMILIES] = {
	SLB_A_STATUS_GENERATION, SLB_RELAY_A_STATUS_GENERATION,
};

/* The changes of one module: those of a plan from @first on. */
struct part {
	const struct ctl_family *family;
	const struct config_op *first;
	size_t count;
	uint32_t generation;
};

/* Errors name the line of a change; without one, the place stays. Return: the place before. */
static const char *say_where(const struct config_op *op)
{
	const char *before = ctl_say_where(op->entry->place);

	if (!op->entry->place)
		ctl_say_where(before);
	return before;
}

/* Builds the request of a command that slbctl has made up itself. */
static int build(struct ctl_request *request, const struct config_op *op, bool undo)
{
	struct ctl_call call = { .noun = op->entry->noun };
	char line[CONFIG_LINE_LEN], *list[CTL_LINE_WORDS];
	struct ctl_fault fault;
	const char *verb = config_verb(call.noun, undo ? op->undo_verb : op->verb);
	const char *before;

	snprintf(line, sizeof(line), "%s", undo ? op->undo_words : op->words);
	call.command = ctl_find_command(call.noun, verb, &fault);
	if (!call.command || ctl_line_words(line, strlen(line), list, &call.words, &fault) ||
	    ctl_words_read(&call, &fault)) {
		before = say_where(op);
		ctl_say("%s", fault.text);
		ctl_say_where(before);
		return -1;
	}
	memcpy(request, &call.request, sizeof(*request));
	request->nlh = (struct nlmsghdr *)request->buffer;
	/* the words that errors would name are gone */
	request->given_count = 0;
	return 0;
}

static void txn_init(struct ctl_request *request, const struct part *part, enum txn_step step)
{
	ctl_request_init(request, &txn_object[part->family->index][step], CTL_SET);
}

/* Puts the operation and its attributes, as a nest, into a request. */
static int put_operation(struct ctl_request *request, const struct ctl_request *inner,
			 uint16_t op_id, uint16_t request_id)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(inner->nlh);
	size_t len = mnl_nlmsg_get_payload_len(inner->nlh) - GENL_HDRLEN;

	if (!mnl_attr_put_u8_check(request->nlh, sizeof(request->buffer), op_id, genl->cmd))
		return -1;
	return mnl_attr_put_check(request->nlh, sizeof(request->buffer), request_id | NLA_F_NESTED,
				  len, (const char *)genl + GENL_HDRLEN) ? 0 : -1;
}

/* Says why the kernel refused a change, with its line. */
static int refused(const struct config_op *op, const struct ctl_error *error)
{
	struct ctl_request request;
	const char *before;
	int status;

	if (build(&request, op, false))
		return CTL_EXIT_WORDS;
	request.error = *error;
	request.error.attr = 0;
	request.error.missing = 0;
	before = say_where(op);
	status = ctl_kernel_refused(&request);
	ctl_say_where(before);
	return status;
}

/* @back: stage what takes the change back, and nothing for the case that it fails. */
static int stage(const struct part *part, const struct config_op *op, bool back)
{
	struct ctl_request request, inner;
	bool undo = *op->undo_words;

	if (back && !undo)
		return CTL_EXIT_OK;
	txn_init(&request, part, TXN_STAGE);
	if (build(&inner, op, back) ||
	    put_operation(&request, &inner, SLB_A_TXN_OP, SLB_A_TXN_REQUEST))
		return CTL_EXIT_WORDS;
	if (!back && undo &&
	    (build(&inner, op, true) ||
	     put_operation(&request, &inner, SLB_A_TXN_UNDO_OP, SLB_A_TXN_UNDO_REQUEST)))
		return CTL_EXIT_WORDS;
	return ctl_nl_call(&request, NULL, NULL) ? refused(op, &request.error) : CTL_EXIT_OK;
}

static int begin(const struct part *part)
{
	struct ctl_request request;

	txn_init(&request, part, TXN_BEGIN);
	return ctl_nl_call(&request, NULL, NULL) ? ctl_kernel_refused(&request) : CTL_EXIT_OK;
}

static int stage_all(const struct part *part)
{
	int status = begin(part);
	size_t i;

	for (i = 0; !status && i < part->count; i++)
		status = stage(part, &part->first[i], false);
	return status;
}

struct result {
	const struct ctl_object *object;
	uint64_t failed, not_undone;
	bool has_failed;
};

static void read_result(const struct nlmsghdr *nlh, void *data)
{
	struct result *result = data;
	struct ctl_record record;

	ctl_record_read(&record, result->object, nlh);
	result->has_failed = ctl_attr_number(record.tb[SLB_A_TXN_FAILED], &result->failed);
	ctl_attr_number(record.tb[SLB_A_TXN_NOT_UNDONE], &result->not_undone);
}

/* Says which change has failed, and why. */
static int explain(const struct part *part, const struct ctl_request *commit)
{
	struct result result = { .object = &txn_object[part->family->index][TXN_RESULT] };
	struct ctl_request request;

	txn_init(&request, part, TXN_RESULT);
	if (ctl_nl_call(&request, read_result, &result) || !result.has_failed ||
	    result.failed >= part->count)
		return ctl_kernel_refused(commit);
	if (result.not_undone)
		ctl_say("%llu changes could not be taken back",
			(unsigned long long)result.not_undone);
	return refused(&part->first[result.failed], &commit->error);
}

/* Prints the last warning of a transaction, with its object if it can be of one only. */
static void warned(const struct part *part, const struct ctl_request *commit)
{
	struct ctl_request request;
	const char *before;

	if (!commit->error.text[0])
		return;
	if (part->count > 1 || build(&request, part->first, false)) {
		ctl_say("warning: %s%s", part->family->prefix, commit->error.text);
		return;
	}
	request.error = commit->error;
	before = say_where(part->first);
	ctl_kernel_warned(&request);
	ctl_say_where(before);
}

/* @again: the configuration is no longer that which was read; this is not reported. */
static int commit(const struct part *part, bool *again)
{
	struct ctl_request request;

	txn_init(&request, part, TXN_COMMIT);
	if (part->generation && ctl_request_put(&request, SLB_A_TXN_GENERATION, &part->generation,
						sizeof(part->generation)))
		return CTL_EXIT_WORDS;
	if (!ctl_nl_call(&request, NULL, NULL)) {
		warned(part, &request);
		return CTL_EXIT_OK;
	}
	*again = request.error.code == EAGAIN;
	return *again ? CTL_EXIT_KERNEL : explain(part, &request);
}

/* The other module has refused its part: take back what this one has done. */
static void take_back(const struct part *part)
{
	struct part back = { .family = part->family };
	bool again;
	size_t i;

	if (begin(&back))
		return;
	for (i = part->count; i-- > 0;)
		if (stage(&back, &part->first[i], true))
			return;
	commit(&back, &again);
}

/**
 * config_commit() - Make the changes of a plan, or none.
 * @kernel: What the kernel had when the plan was made.
 * @plan: The plan.
 * @again: Where to put whether the kernel's configuration has changed since; then nothing is
 *	reported.
 *
 * Return: Exit status; a refusal is reported with the line of the file.
 */
int config_commit(const struct config *kernel, const struct config_plan *plan, bool *again)
{
	struct part part[CTL_FAMILIES] = {};
	int status = CTL_EXIT_OK;
	size_t i;

	*again = false;
	for (i = 0; i < plan->count; i++) {
		struct part *its = &part[plan->op[i].entry->noun->family->index];

		if (!its->count++)
			its->first = &plan->op[i];
		ctl_unsettled |= plan->op[i].entry->noun == &ctl_noun_server;
		ctl_xdp_changed(plan->op[i].entry->noun);
	}
	for (i = 0; i < CTL_FAMILIES && !status; i++) {
		part[i].family = ctl_families[i];
		part[i].generation = kernel->generation[i];
		if (part[i].count)
			status = stage_all(&part[i]);
	}
	for (i = 0; i < CTL_FAMILIES && !status; i++) {
		if (!part[i].count)
			continue;
		status = commit(&part[i], again);
		if (status && i && part[0].count)
			take_back(&part[0]);
	}
	return status;
}

static void read_status(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	uint64_t value;
	uint32_t *of = data;

	/* a module that does not tell it leaves 0: the commit is not compared with it */
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == of[1] && ctl_attr_number(attr, &value))
			of[0] = (uint32_t)value;
}

/**
 * config_read_generation() - Read the state of a module's configuration.
 * @family: Family of the module.
 * @generation: Where to put it.
 *
 * Return: Exit status.
 */
int config_read_generation(const struct ctl_family *family, uint32_t *generation)
{
	uint32_t of[] = { 0, generation_attr[family->index] };
	struct ctl_request request;

	ctl_request_init(&request, family == &ctl_slb ? &ctl_status : &ctl_relay_status, CTL_GET);
	if (ctl_nl_call(&request, read_status, of))
		return ctl_kernel_refused(&request);
	*generation = of[0];
	return CTL_EXIT_OK;
}
