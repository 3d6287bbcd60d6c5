// SPDX-License-Identifier: GPL-2.0-only
/* From the words of the command line to a command and its request. */
#include "nl.h"

#include <string.h>

#define NAMES_MAX	32

/**
 * ctl_is_help() - Tell whether a word asks for help.
 * @word: The word.
 *
 * Return: Whether it does.
 */
bool ctl_is_help(const char *word)
{
	return !strcmp(word, "help") || !strcmp(word, "-h") || !strcmp(word, "-help") ||
	       !strcmp(word, "--help");
}

/**
 * ctl_takes() - Tell whether a command takes a word of its noun.
 * @command: The command.
 * @arg: The word.
 *
 * Return: Whether it does.
 */
bool ctl_takes(const struct ctl_command *command, const struct ctl_arg *arg)
{
	if (arg->only_set && command->verb != CTL_SET)
		return false;
	switch (command->take) {
	case CTL_TAKE_NOTHING:
		return false;
	case CTL_TAKE_KEY:
	case CTL_TAKE_PART:
		return !arg->word;
	case CTL_TAKE_OWNER:
		return !arg->word && arg->kind == CTL_ARG_NAME;
	case CTL_TAKE_NAMES:
		return arg->word && arg->kind != CTL_ARG_KEY;
	default:
		return true;
	}
}

/**
 * ctl_arg_place() - The word at a place.
 * @noun: The noun.
 * @command: Its command.
 * @place: Counted from 0.
 *
 * Return: The word's description, or NULL when there is no such place.
 */
const struct ctl_arg *ctl_arg_place(const struct ctl_noun *noun, const struct ctl_command *command,
				    unsigned int place)
{
	size_t i;

	for (i = 0; i < noun->arg_count; i++)
		if (!noun->args[i].word && ctl_takes(command, &noun->args[i]) && !place--)
			return &noun->args[i];
	return NULL;
}

/**
 * ctl_arg_keyword() - The keyword that was typed.
 * @noun: The noun.
 * @command: Its command.
 * @word: What was typed.
 * @fault: Says what is wrong.
 *
 * Return: The keyword's description, or NULL.
 */
const struct ctl_arg *ctl_arg_keyword(const struct ctl_noun *noun,
				      const struct ctl_command *command, const char *word,
				      struct ctl_fault *fault)
{
	const struct ctl_arg *args[NAMES_MAX];
	const char *names[NAMES_MAX] = {};
	size_t count = 0, i;
	int at;

	for (i = 0; i < noun->arg_count; i++) {
		if (!noun->args[i].word || !ctl_takes(command, &noun->args[i]))
			continue;
		args[count] = &noun->args[i];
		names[count++] = noun->args[i].word;
	}
	/* Those that the kernel knows come first: their abbreviations are older. */
	at = ctl_pick(names, count, word, "keyword", fault);
	for (i = 0; at < 0 && i < noun->view_count && ctl_views(noun, command); i++) {
		args[count] = &noun->views[i];
		names[count++] = noun->views[i].word;
	}
	if (!count && *word != '-') {
		ctl_fault_set(fault, "unexpected word \"%s\"", word);
		return NULL;
	}
	if (at < 0)
		at = ctl_pick(names, count, word, "keyword", fault);
	return at < 0 ? NULL : args[at];
}

static void add_to_key(struct ctl_request *request, const char *word)
{
	size_t used = strlen(request->key);

	snprintf(request->key + used, sizeof(request->key) - used, "%s%s", used ? " " : "", word);
}

static int read_places(struct ctl_call *call, struct ctl_fault *fault)
{
	const struct ctl_arg *arg;
	struct ctl_fault none, nothing;
	uint8_t proto;

	while ((arg = ctl_arg_place(call->noun, call->command, call->places))) {
		bool optional = arg->kind == CTL_ARG_TRANSPORT && !arg->required;

		if (call->command->take == CTL_TAKE_PART &&
		    ctl_view_begins(call->noun, call->command, &call->words))
			return 0;
		if (optional &&
		    (!call->words.count || ctl_arg_keyword(call->noun, call->command,
							   *call->words.word, &none)))
			return 0;
		if (!call->words.count) {
			if (call->command->take == CTL_TAKE_PART ||
			    call->command->take == CTL_TAKE_OWNER)
				return 0;
			return ctl_fault_set(fault, "%s is missing", arg->value);
		}
		if (ctl_arg_read(&call->request, arg, *call->words.word, fault)) {
			/* no protocol at all: perhaps meant as a keyword */
			if (optional && ctl_parse_proto(*call->words.word, &proto, &nothing))
				*fault = none;
			return -1;
		}
		if (!arg->only_set)
			add_to_key(&call->request, *call->words.word);
		call->words.word++;
		call->words.count--;
		call->places++;
	}
	return 0;
}

static int read_keywords(struct ctl_call *call, struct ctl_fault *fault)
{
	const struct ctl_arg *arg;

	while (call->words.count) {
		arg = ctl_arg_keyword(call->noun, call->command, *call->words.word, fault);
		if (!arg)
			return -1;
		if (arg->kind >= CTL_ARG_LIMIT) {
			if (ctl_view_read(call, arg, fault))
				return -1;
			continue;
		}
		if (call->words.count < 2)
			return ctl_fault_set(fault, "\"%s\" needs a value: %s", arg->word,
					     arg->value);
		if (ctl_arg_read(&call->request, arg, call->words.word[1], fault))
			return -1;
		call->words.word += 2;
		call->words.count -= 2;
	}
	return 0;
}

/* Keywords alone: what they stand for is to be shown. */
static int read_names(struct ctl_call *call, struct ctl_fault *fault)
{
	const struct ctl_arg *arg;

	for (; call->words.count; call->words.word++, call->words.count--) {
		arg = ctl_arg_keyword(call->noun, call->command, *call->words.word, fault);
		if (!arg)
			return -1;
		call->names |= 1ULL << arg->id[0];
	}
	return 0;
}

static int check_required(const struct ctl_call *call, struct ctl_fault *fault)
{
	size_t i;

	for (i = 0; i < call->noun->arg_count; i++) {
		const struct ctl_arg *arg = &call->noun->args[i];

		if (arg->word && arg->required && !ctl_arg_given(&call->request, arg))
			return ctl_fault_set(fault, "\"%s %s\" is missing", arg->word, arg->value);
	}
	return 0;
}

static int check_some(const struct ctl_call *call, struct ctl_fault *fault)
{
	char list[512] = "";
	size_t used = 0, i;

	for (i = 0; i < call->noun->arg_count; i++) {
		const struct ctl_arg *arg = &call->noun->args[i];

		if (!arg->word)
			continue;
		if (ctl_arg_given(&call->request, arg))
			return 0;
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", arg->word);
	}
	return ctl_fault_set(fault, "nothing to change is given (valid: %s)", list);
}

/**
 * ctl_words_read() - Read all words of a command into its request.
 * @call: The command; its request is begun here.
 * @fault: Says what is wrong.
 *
 * Return: 0 or -1.
 */
int ctl_words_read(struct ctl_call *call, struct ctl_fault *fault)
{
	ctl_request_init(&call->request, call->noun->object, call->command->verb);
	if (call->command->take == CTL_TAKE_NAMES)
		return read_names(call, fault);
	if (read_places(call, fault) || read_keywords(call, fault))
		return -1;
	if (call->command->take == CTL_TAKE_ALL && check_required(call, fault))
		return -1;
	if (call->command->take == CTL_TAKE_SOME && check_some(call, fault))
		return -1;
	return call->noun->check ? call->noun->check(call, fault) : 0;
}

static int run_command(struct ctl_call *call)
{
	if (call->words.count && ctl_is_help(*call->words.word)) {
		ctl_help(stdout, call->noun, call->command);
		return CTL_EXIT_OK;
	}
	return call->command->run(call);
}

static int run_noun(const struct ctl_noun *noun, struct ctl_words words)
{
	struct ctl_call call = { .noun = noun, .command = ctl_default_command(noun) };
	struct ctl_fault fault;

	if (noun->run && !(words.count && ctl_is_help(*words.word)))
		return noun->run(words);
	if (words.count) {
		if (ctl_is_help(*words.word)) {
			ctl_help(stdout, noun, NULL);
			return CTL_EXIT_OK;
		}
		if (!noun->bare) {
			call.command = ctl_find_command(noun, *words.word, &fault);
			words.word++;
			words.count--;
		}
	} else if (!call.command) {
		ctl_fault_set(&fault, "a command is missing: %s", noun->commands[0].name);
	}
	if (!call.command)
		return ctl_words_wrong(noun, NULL, &fault);
	call.words = words;
	return run_command(&call);
}

/**
 * ctl_run() - Do what the words say.
 * @words: The words after the options.
 *
 * Return: Exit status.
 */
int ctl_run(struct ctl_words words)
{
	const struct ctl_noun *noun = &ctl_root, *next;
	struct ctl_fault fault;

	while (noun->nouns) {
		if (!words.count && noun == &ctl_root) {
			ctl_usage(stderr);
			return CTL_EXIT_WORDS;
		}
		if (!words.count)
			return ctl_words_wrong(noun, NULL, ctl_noun_missing(noun, &fault));
		if (ctl_is_help(*words.word)) {
			ctl_help(stdout, noun, NULL);
			return CTL_EXIT_OK;
		}
		next = ctl_find_noun(noun, *words.word, &fault);
		if (!next)
			return ctl_words_wrong(noun, NULL, &fault);
		noun = next;
		words.word++;
		words.count--;
	}
	return run_noun(noun, words);
}
