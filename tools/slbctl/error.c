// SPDX-License-Identifier: GPL-2.0-only
/* Errors: one line on stderr that names the fault. */
#include "ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define LINE_LEN	1280

static const char *where;

/**
 * ctl_say_where() - Set the place that comes before each line of ctl_say().
 * @place: FILE:LINE, which has to stay, or NULL.
 *
 * Return: The place before.
 */
const char *ctl_say_where(const char *place)
{
	const char *before = where;

	where = place;
	return before;
}

/**
 * ctl_say() - Write one line on stderr.
 * @format: As for printf(), without newline.
 */
void ctl_say(const char *format, ...)
{
	char line[LINE_LEN], escaped[LINE_LEN * 6];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* Always one line, without characters that control the terminal. */
	ctl_escape(line, escaped, sizeof(escaped));
	fflush(stdout);
	if (where)
		fprintf(stderr, "slbctl: %s: %s\n", where, escaped);
	else
		fprintf(stderr, "slbctl: %s\n", escaped);
}

/**
 * ctl_words_wrong() - Report a wrong command line.
 * @noun: The noun reached.
 * @command: The command reached, or NULL.
 * @fault: What is wrong.
 *
 * Return: Exit status.
 */
int ctl_words_wrong(const struct ctl_noun *noun, const struct ctl_command *command,
		    const struct ctl_fault *fault)
{
	if (!*noun->name)
		ctl_say("%s", fault->text);
	else
		ctl_say("%s%s%s%s: %s", ctl_prefix(noun), noun->name,
			command && !noun->bare ? " " : "",
			command && !noun->bare ? command->name : "", fault->text);
	return CTL_EXIT_WORDS;
}

static void place_text(const struct ctl_request *request, char *text, size_t len)
{
	const struct ctl_error *error = &request->error;
	const struct ctl_object *object = request->object;
	size_t i;

	text[0] = '\0';
	for (i = 0; error->attr && i < request->given_count; i++) {
		const struct ctl_given *given = &request->given[i];

		if (given->id != error->attr)
			continue;
		/* A positional word is part of the name that is printed anyway. */
		if (given->arg->word)
			snprintf(text, len, " (at \"%s %s\")", given->arg->word, given->value);
		return;
	}
	/* A text of the kernel needs no addition; a bare errno does. */
	if (error->text[0])
		return;
	if (error->attr && error->attr < object->attr_count)
		snprintf(text, len, " (attribute %s)", object->attrs[error->attr].name);
	else if (error->missing && error->missing < object->attr_count)
		snprintf(text, len, " (%s is missing)", object->attrs[error->missing].name);
}

/* The text of an errno, for kernel errors without a text. */
static const char *code_text(int code)
{
	switch (code) {
	case EEXIST:
		return "already exists";
	case ENOENT:
		return "does not exist";
	case EBUSY:
		return "is in use";
	case EOPNOTSUPP:
		return "the module does not know this operation";
	default:
		return strerror(code);
	}
}

/**
 * ctl_kernel_refused() - Report that the kernel refused a request.
 * @request: The request, with the error in it.
 *
 * Return: Exit status.
 */
int ctl_kernel_refused(const struct ctl_request *request)
{
	const struct ctl_object *object = request->object;
	const struct ctl_error *error = &request->error;
	char place[320], name[192];

	if (error->no_module) {
		ctl_say("module %s is not loaded (modprobe %s)", object->family->module,
			object->family->module);
		return CTL_EXIT_KERNEL;
	}
	place_text(request, place, sizeof(place));
	snprintf(name, sizeof(name), "%s%s%s", object->name, request->key[0] ? " " : "",
		 request->key);
	if (error->code == EPERM && !error->text[0])
		ctl_say("%s%s: not permitted: CAP_NET_ADMIN in the initial user namespace is needed",
			object->family->prefix, name);
	else if (request->key[0] && strstr(error->text, name))
		ctl_say("%s%s", error->text, place);
	else
		ctl_say("%s%s: %s%s", object->family->prefix, name,
			error->text[0] ? error->text : code_text(error->code), place);
	return CTL_EXIT_KERNEL;
}

/**
 * ctl_kernel_warned() - Print the warning that the kernel sent with a successful reply.
 * @request: The request; prints nothing when it has no text.
 */
void ctl_kernel_warned(const struct ctl_request *request)
{
	if (request->error.text[0])
		ctl_say("warning: %s%s%s%s: %s", request->object->family->prefix,
			request->object->name, request->key[0] ? " " : "", request->key,
			request->error.text);
}
