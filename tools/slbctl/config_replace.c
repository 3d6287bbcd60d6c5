// SPDX-License-Identifier: GPL-2.0-only
/* The command replace: an object is added, or becomes what the words say. */
#include "config.h"
#include "nl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_SIZE	"65537"	/* that the kernel gives a new group */

/* Read the object that the command names. An object that does not exist leaves @kernel empty. */
static int read_present(const struct ctl_call *call, struct config *kernel)
{
	struct ctl_request request;
	size_t i;

	ctl_request_init(&request, call->noun->object, CTL_GET);
	snprintf(request.key, sizeof(request.key), "%s", call->request.key);
	for (i = 0; i < call->request.given_count; i++) {
		const struct ctl_given *given = &call->request.given[i];
		size_t len;
		const void *data = ctl_request_find(&call->request, (uint8_t)given->id, &len);

		if (!given->arg->word && ctl_request_put(&request, (uint8_t)given->id, data, len))
			return CTL_EXIT_WORDS;
	}
	if (!config_read_one(kernel, call->noun, &request))
		return CTL_EXIT_OK;
	/* what else is missing, such as a server's group, is found when it is added */
	return request.error.code == ENOENT && !request.error.no_module ?
	       CTL_EXIT_OK : ctl_kernel_refused(&request);
}

/* Words without a table size mean the default one, which only a group with a table has. */
static void add_table_size(struct config_entry *entry)
{
	const struct ctl_object *object = entry->noun->object;
	bool table = false;
	size_t i;

	for (i = 0; entry->noun == &ctl_noun_group && i < config_columns(entry->noun); i++) {
		const char *word = object->columns[i].word;

		if (word && !strcmp(word, "scheduler"))
			table = entry->value[i] && !strcmp(entry->value[i], "mh");
		else if (word && !strcmp(word, "table-size") && table && !entry->value[i])
			config_set(entry, i, TABLE_SIZE);
	}
}

/* Has somebody else added it since it was read? The same errno means another conflict, too. */
static bool exists_now(const struct ctl_call *call)
{
	struct config kernel = {};
	bool exists;

	if (call->request.error.code != EEXIST)
		return false;
	exists = !read_present(call, &kernel) && kernel.count;
	config_free(&kernel);
	return exists;
}

static int add(struct ctl_call *call, bool *again)
{
	if (ctl_nl_call(&call->request, NULL, NULL)) {
		*again = exists_now(call);
		return *again ? CTL_EXIT_KERNEL : ctl_kernel_refused(&call->request);
	}
	ctl_kernel_warned(&call->request);
	if (call->noun->after && !ctl_options.dry_run)
		call->noun->after(call);
	return CTL_EXIT_OK;
}

static int change(const struct config *kernel, const struct config *wanted, bool *again)
{
	struct config_plan plan = {};
	int status = CTL_EXIT_OK;

	config_plan(kernel, wanted, &plan);
	if (plan.count)
		status = config_commit(kernel, &plan, again);
	config_plan_free(&plan);
	return status;
}

/* @again: set when the configuration has changed meanwhile, which is not reported. */
static int try_to_replace(struct ctl_call *call, const struct config *wanted, bool *again)
{
	const struct ctl_family *family = call->noun->family;
	struct config kernel = {};
	int status = CTL_EXIT_OK;

	*again = false;
	if (!ctl_options.dry_run)
		status = config_read_generation(family, &kernel.generation[family->index]);
	if (!status)
		status = read_present(call, &kernel);
	if (!status)
		status = kernel.count ? change(&kernel, wanted, again) : add(call, again);
	config_free(&kernel);
	return status;
}

/**
 * ctl_object_replace() - Run replace.
 * @call: The command.
 *
 * Return: Exit status.
 */
int ctl_object_replace(struct ctl_call *call)
{
	const struct ctl_words words = call->words;
	int status = ctl_object_begin(call), tries;
	struct config wanted = {};
	struct ctl_fault fault;
	bool again = true;

	if (!status && call->noun->before)
		status = call->noun->before(call);
	if (status)
		return status;
	/* the words are right: ctl_object_begin() has read them */
	if (config_read_words(&wanted, call->noun, words, "", &fault))
		return ctl_words_wrong(call->noun, call->command, &fault);
	free(wanted.entry->place);
	wanted.entry->place = NULL;
	add_table_size(wanted.entry);
	for (tries = 0; again && tries < CONFIG_READS; tries++)
		status = try_to_replace(call, &wanted, &again);
	if (again)
		ctl_say("%s%s %s: the configuration changes all the time", ctl_prefix(call->noun),
			call->noun->name, call->request.key);
	config_free(&wanted);
	return status;
}
