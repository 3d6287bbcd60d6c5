// SPDX-License-Identifier: GPL-2.0-only
/* The table of all commands, and searching it. */
#include "ctl.h"

#include <string.h>

#define NAMES_MAX	32
#define LIST_LEN	512

static const struct ctl_noun *const relay_nouns[] = {
	&ctl_noun_relay_vip,
	&ctl_noun_balancer,
	&ctl_noun_relay_link,
	&ctl_noun_device,
	&ctl_noun_flow,
	&ctl_noun_relay_setting,
	&ctl_noun_relay_status,
	&ctl_noun_relay_drop,
	&ctl_noun_relay_check,
	&ctl_noun_relay_explain,
	&ctl_noun_relay_trace,
};

static const struct ctl_noun ctl_noun_relay = {
	.name = "relay",
	.nouns = relay_nouns,
	.noun_count = CTL_COUNT(relay_nouns),
	.text = "the relay host: see \"slbctl relay help\"",
};

static const struct ctl_noun *const root_nouns[] = {
	&ctl_noun_link,
	&ctl_noun_group,
	&ctl_noun_server,
	&ctl_noun_health,
	&ctl_noun_vip,
	&ctl_noun_session,
	&ctl_noun_persist,
	&ctl_noun_sync,
	&ctl_noun_setting,
	&ctl_noun_status,
	&ctl_noun_drop,
	&ctl_noun_check,
	&ctl_noun_explain,
	&ctl_noun_relay,
	&ctl_noun_monitor,
	&ctl_noun_metrics,
	&ctl_noun_top,
	&ctl_noun_trace,
	&ctl_noun_wait,
	&ctl_noun_save,
	&ctl_noun_convert,
	&ctl_noun_diff,
	&ctl_noun_apply,
	&ctl_noun_confirm,
	&ctl_noun_revert,
};

const struct ctl_noun ctl_root = {
	.name = "",
	.nouns = root_nouns,
	.noun_count = CTL_COUNT(root_nouns),
	.text = "",
};

static void list_names(const char *const *names, size_t count, const char *word, char *list,
		       size_t len)
{
	size_t used = 0, i;

	list[0] = '\0';
	for (i = 0; i < count && used < len; i++)
		if (!strncmp(names[i], word, strlen(word)))
			used += (size_t)snprintf(list + used, len - used, "%s%s", used ? ", " : "",
						 names[i]);
}

/**
 * ctl_pick() - Find a name by the whole word or an unambiguous abbreviation.
 * @names: The names.
 * @count: Number of @names.
 * @word: What was typed.
 * @what: What the names are, for the fault.
 * @fault: Says what is wrong.
 *
 * Return: Index of the name, or -1.
 */
int ctl_pick(const char *const *names, size_t count, const char *word, const char *what,
	     struct ctl_fault *fault)
{
	char list[LIST_LEN];
	int found = -1;
	size_t hits = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!strcmp(names[i], word))
			return (int)i;
		if (*word && !strncmp(names[i], word, strlen(word))) {
			found = (int)i;
			hits++;
		}
	}
	if (hits == 1)
		return found;
	if (*word == '-')
		return ctl_fault_set(fault,
				     "\"%s\" is in the wrong place: options come before the object",
				     word);
	list_names(names, count, hits ? word : "", list, sizeof(list));
	if (hits)
		return ctl_fault_set(fault, "\"%s\" is ambiguous (valid: %s)", word, list);
	return ctl_fault_set(fault, "invalid %s \"%s\" (valid: %s)", what, word, list);
}

static void list_nouns(const struct ctl_noun *parent, char *list, size_t len)
{
	const char *names[NAMES_MAX];
	size_t i;

	for (i = 0; i < parent->noun_count; i++)
		names[i] = parent->nouns[i]->name;
	list_names(names, parent->noun_count, "", list, len);
}

/**
 * ctl_find_noun() - Find a noun.
 * @parent: The noun above it.
 * @word: What was typed.
 * @fault: Says what is wrong.
 *
 * Return: The noun, or NULL.
 */
const struct ctl_noun *ctl_find_noun(const struct ctl_noun *parent, const char *word,
				     struct ctl_fault *fault)
{
	const char *names[NAMES_MAX];
	char list[LIST_LEN];
	size_t count = 0, i;
	int at;

	/* what changes everything at once has to be written in full */
	for (i = 0; i < parent->noun_count; i++) {
		if (!strcmp(parent->nouns[i]->name, word))
			return parent->nouns[i];
		if (!parent->nouns[i]->run)
			names[count++] = parent->nouns[i]->name;
	}
	at = ctl_pick(names, count, word, "object", fault);
	for (i = 0; i < parent->noun_count; i++)
		if (at >= 0 && names[at] == parent->nouns[i]->name)
			return parent->nouns[i];
	list_names(names, count, word, list, sizeof(list));
	if (!*list && *word != '-') {
		list_nouns(parent, list, sizeof(list));
		ctl_fault_set(fault, "invalid object \"%s\" (valid: %s)", word, list);
	}
	return NULL;
}

/**
 * ctl_noun_missing() - Say which nouns could follow another one.
 * @parent: The noun that stands alone.
 * @fault: Where to say it.
 *
 * Return: @fault.
 */
const struct ctl_fault *ctl_noun_missing(const struct ctl_noun *parent, struct ctl_fault *fault)
{
	char list[LIST_LEN];

	list_nouns(parent, list, sizeof(list));
	ctl_fault_set(fault, "an object is missing (valid: %s)", list);
	return fault;
}

/* Other words for a command. */
static const struct {
	const char *alias, *name;
} aliases[] = {
	{ "delete", "del" },
	{ "list", "show" },
};

static bool begins(const char *name, const char *word)
{
	return *word && !strncmp(name, word, strlen(word));
}

static size_t alias_of(const struct ctl_noun *noun, const char *word)
{
	bool has = false;
	size_t at, i;

	for (at = 0; at < CTL_COUNT(aliases) && !begins(aliases[at].alias, word); at++)
		;
	for (i = 0; i < noun->command_count; i++) {
		/* an abbreviation of a command is none of an alias */
		if (begins(noun->commands[i].name, word))
			return CTL_COUNT(aliases);
		has |= at < CTL_COUNT(aliases) &&
		       !strcmp(noun->commands[i].name, aliases[at].name);
	}
	return has ? at : CTL_COUNT(aliases);
}

/**
 * ctl_alias() - Find the other word for a command that a word abbreviates.
 * @noun: The noun.
 * @word: What was typed.
 *
 * Return: The whole word, or NULL when @word abbreviates a command or nothing.
 */
const char *ctl_alias(const struct ctl_noun *noun, const char *word)
{
	size_t at = alias_of(noun, word);

	return at < CTL_COUNT(aliases) ? aliases[at].alias : NULL;
}

/**
 * ctl_find_command() - Find a command of a noun.
 * @noun: The noun.
 * @word: What was typed.
 * @fault: Says what is wrong.
 *
 * Return: The command, or NULL.
 */
const struct ctl_command *ctl_find_command(const struct ctl_noun *noun, const char *word,
					   struct ctl_fault *fault)
{
	size_t alias = alias_of(noun, word), i;
	const char *names[NAMES_MAX];
	int at;

	for (i = 0; i < noun->command_count; i++)
		names[i] = noun->commands[i].name;
	if (alias < CTL_COUNT(aliases))
		word = aliases[alias].name;
	at = ctl_pick(names, noun->command_count, word, "command", fault);
	return at < 0 ? NULL : &noun->commands[at];
}

/**
 * ctl_default_command() - The command that is meant when none is given.
 * @noun: The noun.
 *
 * Return: "show", or the command without a word, or NULL.
 */
const struct ctl_command *ctl_default_command(const struct ctl_noun *noun)
{
	size_t i;

	if (noun->bare)
		return noun->commands;
	for (i = 0; i < noun->command_count; i++)
		if (!strcmp(noun->commands[i].name, "show"))
			return &noun->commands[i];
	return NULL;
}

/**
 * ctl_prefix() - What stands before a noun on the command line.
 * @noun: The noun.
 *
 * Return: "relay " or "".
 */
const char *ctl_prefix(const struct ctl_noun *noun)
{
	return noun->family ? noun->family->prefix : "";
}
