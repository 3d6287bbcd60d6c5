// SPDX-License-Identifier: GPL-2.0-only
/* Completion: prints the possible last words, from the same table as help. */
#include "metrics.h"
#include "nl.h"
#include "out.h"

#include <dirent.h>
#include <net/if.h>
#include <string.h>

#define TEXT_LEN	256
#define FAMILY_TIMES	2	/* words that may come once for each family */

static const char *const options[] = {
	"-json", "-pretty", "-statistics", "-oneline", "-netns", "-color", "-dry-run", "-batch",
	"-force", "-help", "-Version",
};

static const char *const answers[] = { "yes", "no" };
static const char *const heirs[] = { "auto", "none" };
static const char *const top_words[] = { "link", "vip", "server", "balancer", "interval", "count" };
static const char *const protos[] = { "tcp", "udp", "sctp" };

/* Objects to complete with: those whose first columns match the typed words. */
struct offer {
	const struct ctl_object *object;
	size_t column;
	char **before;
	bool bare;	/* of an address with ports, the address alone */
	const char *start;
};

static void offer(const char *candidate, const char *start)
{
	char text[TEXT_LEN];

	/* A word that needs escaping cannot be typed. */
	ctl_escape(candidate, text, sizeof(text));
	if (!strncmp(candidate, start, strlen(start)) && !strcmp(candidate, text))
		puts(candidate);
}

static void offer_all(const char *const *candidates, size_t count, const char *start)
{
	size_t i;

	for (i = 0; i < count; i++)
		offer(candidates[i], start);
}

static void offer_message(const struct nlmsghdr *nlh, void *data)
{
	const struct offer *wanted = data;
	const struct ctl_column *column = &wanted->object->columns[wanted->column];
	struct ctl_record record;
	char text[TEXT_LEN];
	size_t i;

	ctl_record_read(&record, wanted->object, nlh);
	for (i = 0; wanted->before && i < wanted->column; i++)
		if (!ctl_column_text(&record, &wanted->object->columns[i], text, sizeof(text)) ||
		    strcmp(text, wanted->before[i]))
			return;
	if (!ctl_column_text(&record, column, text, sizeof(text)))
		return;
	if (wanted->bare)
		ctl_attr_text(&wanted->object->attrs[column->id[0]], record.tb[column->id[0]],
			      text, sizeof(text));
	offer(text, wanted->start);
}

static void offer_objects(struct offer *wanted)
{
	struct ctl_request request;

	ctl_request_init(&request, wanted->object, CTL_GET);
	/* On a failure offer nothing: completion cannot print errors. */
	ctl_nl_dump(&request, offer_message, wanted);
}

static void offer_devices(const char *start)
{
	struct if_nameindex *list = if_nameindex(), *dev;

	for (dev = list; dev && dev->if_index; dev++)
		offer(dev->if_name, start);
	if (list)
		if_freenameindex(list);
}

static void offer_namespaces(const char *start)
{
	DIR *dir = opendir(CTL_NETNS_DIR);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			offer(entry->d_name, start);
	closedir(dir);
}

static void offer_keyword_value(const struct ctl_noun *noun, const struct ctl_arg *arg,
				const char *start)
{
	/* The address of a server or a VIP is its second column. */
	bool addr = arg->kind == CTL_ARG_HOST;
	struct offer wanted = { .object = arg->source, .column = addr, .bare = addr,
				.start = start };

	if (arg->source == &ctl_balancer && !strcmp(arg->word, "heir"))
		offer_all(heirs, CTL_COUNT(heirs), start);
	if (arg->source)
		offer_objects(&wanted);
	else if (arg->kind == CTL_ARG_DEV)
		offer_devices(start);
	else if (arg->kind == CTL_ARG_TRANSPORT)
		offer_all(protos, CTL_COUNT(protos), start);
	else if (arg->kind == CTL_ARG_EACH)
		offer("none", start);
	else if (arg->kind == CTL_ARG_BOOL)
		offer_all(answers, CTL_COUNT(answers), start);
	else if (arg->kind == CTL_ARG_CHOICE || arg->kind == CTL_ARG_STATE ||
		 arg->kind == CTL_ARG_WORD)
		offer_all(noun->object->attrs[arg->id[0]].names,
			  noun->object->attrs[arg->id[0]].count, start);
}

static void offer_place(const struct ctl_noun *noun, const struct ctl_command *command,
			const struct ctl_arg *arg, unsigned int place, char **before,
			const char *start)
{
	struct offer wanted = { .object = noun->object, .column = place, .before = before,
				.start = start };

	if (arg->source && arg->source != noun->object) {
		wanted.object = arg->source;
		wanted.column = 0;
	}
	if (arg->kind == CTL_ARG_PROTO)
		offer("any", start);
	if (arg->kind == CTL_ARG_PROTO || arg->kind == CTL_ARG_TRANSPORT)
		offer_all(protos, CTL_COUNT(protos), start);
	else if (arg->kind == CTL_ARG_CHOICE)
		offer_keyword_value(noun, arg, start);
	else if (wanted.object != noun->object || strcmp(command->name, "add"))
		offer_objects(&wanted);
}

static bool typed_already(const struct ctl_words *typed, const char *word)
{
	int at;

	for (at = 0; at < typed->count; at++)
		if (!strcmp(typed->word[at], word))
			return true;
	return false;
}

/* Keywords of "show" that say how to show, not yet given. */
static void offer_views(const struct ctl_noun *noun, const struct ctl_command *command,
			const struct ctl_words *typed, const char *start)
{
	size_t i;

	for (i = 0; i < noun->view_count && ctl_views(noun, command); i++)
		if (!typed_already(typed, noun->views[i].word))
			offer(noun->views[i].word, start);
	if (typed->count && !strcmp(typed->word[typed->count - 1], "count"))
		offer("by", start);
}

static void offer_keys(const struct ctl_noun *noun, const char *start)
{
	size_t i;

	for (i = 0; i < noun->key_count; i++)
		offer(noun->keys[i].word, start);
}

/* @proto: the protocol was given without its keyword. */
static void offer_keywords(const struct ctl_noun *noun, const struct ctl_command *command,
			   const struct ctl_words *typed, bool proto, const char *start)
{
	int step = command->take == CTL_TAKE_NAMES ? 1 : 2, at;
	size_t i;

	for (i = 0; i < noun->arg_count; i++) {
		const struct ctl_arg *arg = &noun->args[i];
		int times = ctl_arg_each(arg) ? FAMILY_TIMES : 1;

		if (!arg->word || !ctl_takes(command, arg) ||
		    (proto && arg->kind == CTL_ARG_TRANSPORT))
			continue;
		for (at = 0; at < typed->count; at += step)
			times -= !strcmp(typed->word[at], arg->word);
		if (times > 0)
			offer(arg->word, start);
	}
	offer_views(noun, command, typed, start);
}

/* Where the words behind the last whole keyword begin; @words has only what is before the last. */
static int last_keyword(const struct ctl_noun *noun, const struct ctl_command *command,
			const struct ctl_words *words)
{
	const struct ctl_arg *arg;
	struct ctl_fault fault;
	int at = 0, step;

	while (at < words->count) {
		arg = ctl_arg_keyword(noun, command, words->word[at], &fault);
		step = arg ? ctl_view_words(arg, words, at) : 2;
		if (at + step > words->count)
			break;
		at += step;
	}
	return at;
}

/* @words: the words after the command; the last one is being typed. */
static void complete_command(const struct ctl_noun *noun, const struct ctl_command *command,
			     struct ctl_words words)
{
	const char *start = words.word[words.count - 1];
	const struct ctl_arg *arg;
	struct ctl_fault fault;
	unsigned int place = 0;
	bool proto = false;	/* given without its keyword */
	int at;

	while ((arg = ctl_arg_place(noun, command, place))) {
		bool any = arg->kind == CTL_ARG_TRANSPORT && !arg->required;

		if (words.count == (int)place + 1) {
			offer_place(noun, command, arg, place, words.word, start);
			if (any || command->take == CTL_TAKE_PART)
				offer_keywords(noun, command, &(struct ctl_words) {}, false,
					       start);
			return;
		}
		if (ctl_view_begins(noun, command,
				    &(struct ctl_words) { words.word + place,
							  words.count - (int)place }))
			break;
		if (any && ctl_arg_keyword(noun, command, words.word[place], &fault))
			break;
		proto |= any;
		place++;
	}
	words.word += place;
	words.count -= (int)place + 1;
	at = command->take == CTL_TAKE_NAMES ? words.count : last_keyword(noun, command, &words);
	if (at == words.count) {
		offer_keywords(noun, command, &words, proto, start);
		return;
	}
	arg = ctl_arg_keyword(noun, command, words.word[at], &fault);
	if (arg && arg->kind == CTL_ARG_COUNT)
		offer_keys(noun, start);
	else if (arg)
		offer_keyword_value(noun, arg, start);
}

/* Keywords of "metrics" and their values. */
static void complete_metrics(const struct ctl_words *words)
{
	static const char *const keywords[] = { "collect", "format", "http" };
	static const char *const formats[] = { "text", "openmetrics" };
	const char *before = words->count > 1 ? words->word[words->count - 2] : "";
	const char *start = words->word[words->count - 1];
	size_t i;

	if (!strcmp(before, "format"))
		offer_all(formats, CTL_COUNT(formats), start);
	else if (strcmp(before, "collect"))
		offer_all(keywords, CTL_COUNT(keywords), start);
	else
		for (i = 0; i < CTL_COUNT(collectors); i++)
			offer(collectors[i].name, start);
}

/* Does the last whole word need a number? */
static bool number_follows(const struct ctl_words *words)
{
	const char *word = words->word[words->count - 2];

	return !strcmp(word, "interval") || !strcmp(word, "count");
}

/* Keywords of "trace" and their values: addresses are those of VIPs and servers. */
static void complete_trace(const struct ctl_noun *noun, const struct ctl_words *words)
{
	const char *before = words->count > 1 ? words->word[words->count - 2] : "any";
	const char *start = words->word[words->count - 1];
	size_t i;

	for (i = 0; i < noun->arg_count; i++) {
		const struct ctl_arg *arg = &noun->args[i];
		struct offer wanted = { .column = 1, .bare = true, .start = start };

		if (strcmp(before, arg->word) || !*arg->value)
			continue;
		if (arg->kind == CTL_ARG_TRANSPORT)
			offer_all(protos, CTL_COUNT(protos), start);
		if (!strcmp(arg->word, "vip"))
			wanted.object = noun->family == &ctl_slb ? &ctl_vip : &ctl_relay_vip;
		if (!strcmp(arg->word, "server") && noun->family == &ctl_slb)
			wanted.object = &ctl_server;
		if (wanted.object)
			offer_objects(&wanted);
		return;
	}
	for (i = 0; i < noun->arg_count; i++)
		offer(noun->args[i].word, start);
}

/* Formats of "convert", and the keywords behind the file. */
static void complete_convert(const struct ctl_words *words)
{
	static const char *const formats[] = { "ipvsadm", "keepalived" };
	static const char *const keywords[] = { "relay", "health", "id" };
	const char *start = words->word[words->count - 1];
	bool checks = words->count && !strcmp(*words->word, "keepalived");

	if (words->count == 1)
		offer_all(formats, CTL_COUNT(formats), start);
	else if (words->count > 2 && strcmp(words->word[words->count - 2], "id"))
		offer_all(keywords, checks ? CTL_COUNT(keywords) : 1, start);
}

/* Keywords of "apply", "convert" and "top"; names of files are completed by the shell. */
static void complete_run(const struct ctl_noun *noun, const struct ctl_words *words)
{
	const char *start = words->word[words->count - 1];

	if (words->count == 1)
		offer("help", start);
	if (noun == &ctl_noun_metrics)
		complete_metrics(words);
	if (noun == &ctl_noun_trace || noun == &ctl_noun_relay_trace)
		complete_trace(noun, words);
	if (noun == &ctl_noun_top && (words->count == 1 || !number_follows(words)))
		offer_all(top_words, CTL_COUNT(top_words), start);
	if (noun == &ctl_noun_convert)
		complete_convert(words);
	if (noun != &ctl_noun_apply || words->count < 2 ||
	    !strcmp(words->word[words->count - 2], "confirm"))
		return;
	offer("confirm", start);
	offer("force", start);
}

static void complete_noun(const struct ctl_noun *noun, struct ctl_words words)
{
	const struct ctl_command *command;
	struct ctl_fault fault;
	size_t i;

	if (noun->run) {
		complete_run(noun, &words);
		return;
	}
	if (noun->bare) {
		if (words.count == 1)
			offer("help", *words.word);
		complete_command(noun, noun->commands, words);
		return;
	}
	if (words.count > 1) {
		command = ctl_find_command(noun, *words.word, &fault);
		words.word++;
		words.count--;
		if (command)
			complete_command(noun, command, words);
		return;
	}
	for (i = 0; i < noun->command_count; i++)
		offer(noun->commands[i].name, *words.word);
	if (ctl_alias(noun, *words.word))
		puts(ctl_alias(noun, *words.word));
	offer("help", *words.word);
}

static void complete_nouns(struct ctl_words words)
{
	const struct ctl_noun *noun = &ctl_root;
	struct ctl_fault fault;
	size_t i;

	while (noun->nouns && words.count > 1) {
		noun = ctl_find_noun(noun, *words.word, &fault);
		if (!noun)
			return;
		words.word++;
		words.count--;
	}
	if (!noun->nouns) {
		complete_noun(noun, words);
		return;
	}
	for (i = 0; i < noun->noun_count; i++)
		offer(noun->nouns[i]->name, *words.word);
	offer("help", *words.word);
}

/* Skip the options before the object; true when one of them was being typed. */
static bool complete_options(struct ctl_words *words)
{
	while (words->count && words->word[0][0] == '-') {
		bool netns = !strncmp(words->word[0], "-n", 2);
		bool value = netns || !strncmp(words->word[0], "-b", 2);

		if (words->count == 1) {
			offer_all(options, CTL_COUNT(options), words->word[0]);
			return true;
		}
		if (netns && words->count == 2) {
			offer_namespaces(words->word[1]);
			return true;
		}
		if (netns && ctl_netns_enter(words->word[1]))
			return true;
		words->word += 1 + value;
		words->count -= 1 + value;
	}
	return words->count <= 0;
}

/**
 * ctl_complete() - Print the words that can complete a command line.
 * @words: Its words so far; the last one is being typed and may be empty.
 *
 * Return: Exit status.
 */
int ctl_complete(struct ctl_words words)
{
	memset(&ctl_options, 0, sizeof(ctl_options));
	if (!complete_options(&words))
		complete_nouns(words);
	return CTL_EXIT_OK;
}
