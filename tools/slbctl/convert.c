// SPDX-License-Identifier: GPL-2.0-only
/* The command convert: configurations of IPVS as one of slb. */
#include "config.h"
#include "convert.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LEN	1024

/* Memory that lives as long as the conversion. */
struct conv_chunk {
	struct conv_chunk *next;
	char bytes[] __attribute__((aligned(16)));
};

/* A name that was given away. */
struct conv_used {
	struct conv_used *next;
	const char *name;
	void *owner;
};

/* What can be converted. */
static const struct {
	const char *name;
	void (*read)(struct conv *conv, FILE *file);
	bool checks;	/* it has checks of servers */
} formats[] = {
	{ "ipvsadm", conv_ipvsadm, false },
	{ "keepalived", conv_keepalived, true },
};

/* ---- memory */

/**
 * conv_alloc() - Allocate memory for a conversion.
 * @conv: The conversion, whose end frees it.
 * @size: Bytes.
 *
 * Return: The memory, filled with 0.
 */
void *conv_alloc(struct conv *conv, size_t size)
{
	struct conv_chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (!chunk) {
		ctl_say("no memory");
		exit(CTL_EXIT_WORDS);
	}
	chunk->next = conv->chunks;
	conv->chunks = chunk;
	return chunk->bytes;
}

/**
 * conv_print() - Make a text.
 * @conv: The conversion, whose end frees it.
 * @format: As for printf().
 *
 * Return: The text.
 */
char *conv_print(struct conv *conv, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = conv_alloc(conv, len < 0 ? 1 : (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, len < 0 ? 1 : (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

static void free_chunks(struct conv *conv)
{
	while (conv->chunks) {
		struct conv_chunk *next = conv->chunks->next;

		free(conv->chunks);
		conv->chunks = next;
	}
}

static unsigned int bucket_of(const char *name)
{
	unsigned int hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash % CONV_BUCKETS;
}

/**
 * conv_owner() - What has a name.
 * @conv: The conversion.
 * @name: The name.
 *
 * Return: What conv_claim() was given, or NULL.
 */
void *conv_owner(const struct conv *conv, const char *name)
{
	const struct conv_used *used;

	for (used = conv->used[bucket_of(name)]; used; used = used->next)
		if (!strcmp(used->name, name))
			return used->owner;
	return NULL;
}

/**
 * conv_claim() - Use a name that nothing else has.
 * @conv: The conversion.
 * @name: The name; not copied.
 * @owner: What has the name.
 *
 * Return: false if it was used already.
 */
bool conv_claim(struct conv *conv, const char *name, void *owner)
{
	struct conv_used *used;

	if (conv_owner(conv, name))
		return false;
	used = conv_alloc(conv, sizeof(*used));
	used->name = name;
	used->owner = owner;
	used->next = conv->used[bucket_of(name)];
	conv->used[bucket_of(name)] = used;
	return true;
}

/* ---- faults and comments */

/**
 * conv_fault() - Report a fault of the input, unless there were too many.
 * @conv: The conversion; it writes nothing.
 * @place: Where the fault is.
 * @format: What is wrong.
 *
 * Return: -1, so that the caller can return it.
 */
int conv_fault(struct conv *conv, const struct conv_place *place, const char *format, ...)
{
	char text[TEXT_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (conv->faults++ < CONFIG_FAULTS_MAX)
		ctl_say("%s:%u: %s", place->path, place->line, text);
	return -1;
}

/**
 * conv_comment() - Write a comment.
 * @conv: The conversion.
 * @wants: The outputs that it belongs to.
 * @text: The comment; characters that control a terminal are escaped.
 */
void conv_comment(struct conv *conv, unsigned int wants, const char *text)
{
	char escaped[TEXT_LEN * 6];

	if (!(conv->want & wants))
		return;
	ctl_escape(text, escaped, sizeof(escaped));
	fprintf(conv->out, "#%s%s\n", *escaped ? " " : "", escaped);
}

/**
 * conv_left() - Write that something has no counterpart.
 * @conv: The conversion.
 * @wants: The outputs that would have it.
 * @place: Where it stands.
 * @words: Its words.
 * @format: The reason, and what is done instead.
 *
 * Return: false if the same was written for this service already, or belongs elsewhere.
 */
bool conv_left(struct conv *conv, unsigned int wants, const struct conv_place *place,
	       const char *words, const char *format, ...)
{
	char text[TEXT_LEN], why[TEXT_LEN / 2];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (!(conv->want & wants) ||
	    !conv_claim(conv, conv_print(conv, "left %u %s: %s", conv->services, words, why), conv))
		return false;
	snprintf(text, sizeof(text), "%.128s:%u: left out: %.*s%s: %s", place->path, place->line,
		 CONV_QUOTE_MAX, words, strlen(words) > CONV_QUOTE_MAX ? "..." : "", why);
	conv_comment(conv, wants, text);
	conv->left++;
	return true;
}

/**
 * conv_note() - Write what an operator should know.
 * @conv: The conversion.
 * @wants: The outputs that it concerns.
 * @place: What it is about.
 * @format: The text.
 */
void conv_note(struct conv *conv, unsigned int wants, const struct conv_place *place,
	       const char *format, ...)
{
	char text[TEXT_LEN], note[TEXT_LEN / 2];
	va_list args;

	va_start(args, format);
	vsnprintf(note, sizeof(note), format, args);
	va_end(args);
	snprintf(text, sizeof(text), "%.128s:%u: note: %s", place->path, place->line, note);
	conv_comment(conv, wants, text);
}

/* ---- the command */

static void write_head(struct conv *conv, const char *format)
{
	char text[TEXT_LEN];

	if (conv->want != CONV_HEALTH)
		fprintf(conv->out, CONFIG_HEAD " %d\n", CONFIG_VERSION);
	snprintf(text, sizeof(text), "Made from %.128s by \"slbctl convert %s\".", conv->path,
		 format);
	conv_comment(conv, CONV_ALL, text);
	conv_comment(conv, CONV_CONFIG,
		     "A balancer needs links, too: \"slbctl link help\". Add them here, or make this a file of slb.conf.d:");
	conv_comment(conv, CONV_CONFIG, "\"apply\" deletes what its files do not have.");
	conv_comment(conv, CONV_RELAY,
		     "A relay needs its balancers and links, too: \"slbctl relay link help\".");
}

/* What apply would refuse must not be written. */
static int check_result(char *text, size_t len)
{
	struct config config = {};
	FILE *file = fmemopen(text, len, "r");
	int result;

	if (!file) {
		ctl_say("no memory");
		return -1;
	}
	result = config_read_stream(&config, file, "(result)");
	fclose(file);
	config_free(&config);
	return result;
}

static int finish(struct conv *conv, char *text, size_t len)
{
	if (conv->faults > CONFIG_FAULTS_MAX)
		ctl_say("%s: %u more faults", conv->path, conv->faults - CONFIG_FAULTS_MAX);
	if (conv->faults || (conv->want != CONV_HEALTH && check_result(text, len)))
		return CTL_EXIT_WORDS;
	fwrite(text, 1, len, stdout);
	if (!conv->left)
		return CTL_EXIT_OK;
	ctl_say("%s: %u thing%s without a counterpart: see the comments \"left out\"", conv->path,
		conv->left, conv->left == 1 ? "" : "s");
	return CTL_EXIT_LEFT;
}

static int convert(struct conv *conv, size_t format)
{
	bool standard = !strcmp(conv->path, "-");
	FILE *file = standard ? stdin : fopen(conv->path, "re");
	char *text = NULL;
	size_t len;
	int status;

	if (!file) {
		ctl_say("\"%s\" cannot be opened: %s", conv->path, strerror(errno));
		return CTL_EXIT_WORDS;
	}
	conv->out = open_memstream(&text, &len);
	if (!conv->out) {
		ctl_say("no memory");
		exit(CTL_EXIT_WORDS);
	}
	write_head(conv, formats[format].name);
	formats[format].read(conv, file);
	if (conv->want != CONV_HEALTH)
		fputs("end\n", conv->out);
	if (!standard)
		fclose(file);
	status = fclose(conv->out) ? CTL_EXIT_WORDS : finish(conv, text, len);
	free(text);
	free_chunks(conv);
	return status;
}

static int find_format(const char *word, struct ctl_fault *fault)
{
	const char *names[CTL_COUNT(formats)];
	size_t i;

	for (i = 0; i < CTL_COUNT(formats); i++)
		names[i] = formats[i].name;
	return ctl_pick(names, CTL_COUNT(formats), word, "format", fault);
}

static int read_keywords(struct ctl_words words, struct conv *conv, bool checks,
			 struct ctl_fault *fault)
{
	for (; words.count; words.word++, words.count--) {
		if (!strcmp(*words.word, "relay") && conv->want == CONV_CONFIG) {
			conv->want = CONV_RELAY;
		} else if (checks && !strcmp(*words.word, "health") && conv->want == CONV_CONFIG) {
			conv->want = CONV_HEALTH;
		} else if (checks && !strcmp(*words.word, "id") && !conv->id) {
			if (words.count < 2)
				return ctl_fault_set(fault, "\"id\" needs a value: NAME");
			conv->id = *++words.word;
			words.count--;
		} else {
			return ctl_fault_set(fault, "invalid keyword \"%s\" (valid: %s)",
					     *words.word, checks ? "health, relay, id" : "relay");
		}
	}
	return 0;
}

static int convert_run(struct ctl_words words)
{
	struct conv conv = { .want = CONV_CONFIG };
	struct ctl_fault fault;
	int format = -1;

	if (!words.count)
		ctl_fault_set(&fault, "a format is missing (valid: ipvsadm, keepalived)");
	else
		format = find_format(*words.word, &fault);
	if (format >= 0 && words.count < 2)
		format = ctl_fault_set(&fault, "FILE is missing");
	if (format < 0)
		return ctl_words_wrong(&ctl_noun_convert, NULL, &fault);
	conv.path = words.word[1];
	words.word += 2;
	words.count -= 2;
	if (ctl_options.json) {
		ctl_say("convert: it writes text only: without -json");
		return CTL_EXIT_WORDS;
	}
	if (read_keywords(words, &conv, formats[format].checks, &fault))
		return ctl_words_wrong(&ctl_noun_convert, NULL, &fault);
	return convert(&conv, (size_t)format);
}

const struct ctl_noun ctl_noun_convert = {
	.name = "convert",
	.also = true,
	.run = convert_run,
	.usage = " ipvsadm|keepalived FILE [health|relay] [id NAME]",
	.text = "write the configuration of IPVS as one of slb",
};
