// SPDX-License-Identifier: GPL-2.0-only
/* Configurations in files: a line for each object, or JSON. */
#include "config.h"
#include "out.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define END		"end"

/**
 * config_fault() - Report a fault of a file, unless there were too many.
 * @source: The file.
 * @place: Where.
 * @text: What is wrong.
 */
void config_fault(struct config_source *source, const char *place, const char *text)
{
	if (source->faults++ < CONFIG_FAULTS_MAX)
		ctl_say("%s: %s", place, text);
}

static void say_line(struct config_source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say_line(struct config_source *source, const char *format, ...)
{
	char place[CONFIG_PLACE_LEN], text[sizeof(struct ctl_fault)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(place, sizeof(place), "%s:%u", source->path, source->line);
	config_fault(source, place, text);
}

/* The noun of a configuration that words begin with; they are used up. NULL after a fault. */
static const struct ctl_noun *take_noun(struct ctl_words *words, struct ctl_fault *fault)
{
	const struct ctl_noun *noun = &ctl_root;
	char known[256] = "";
	size_t used = 0, i;

	while (noun->nouns && words->count) {
		const struct ctl_noun *next = NULL;

		for (i = 0; i < noun->noun_count; i++)
			if (!strcmp(noun->nouns[i]->name, *words->word))
				next = noun->nouns[i];
		if (!next)
			break;
		noun = next;
		words->word++;
		words->count--;
	}
	for (i = 0; i < config_noun_count; i++)
		if (noun == config_nouns[i])
			return noun;
	for (i = 0; i < config_noun_count && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s%s",
					 i ? ", " : "", ctl_prefix(config_nouns[i]),
					 config_nouns[i]->name);
	ctl_fault_set(fault, "invalid object \"%s\" (valid: %s)",
		      words->count ? *words->word : words->word[-1], known);
	return NULL;
}

static void read_object(struct config_source *source, struct ctl_words words)
{
	const struct ctl_noun *noun;
	struct ctl_fault fault;
	char place[CONFIG_PLACE_LEN];

	snprintf(place, sizeof(place), "%s:%u", source->path, source->line);
	noun = take_noun(&words, &fault);
	if (!noun || config_read_words(source->config, noun, words, place, &fault))
		config_fault(source, place, fault.text);
}

/* The first line. */
static void read_head(struct config_source *source, const struct ctl_words *words)
{
	source->begun = true;
	if (strcmp(words->word[0], CONFIG_HEAD) || words->count != 2)
		say_line(source, "the first line has to be \"" CONFIG_HEAD " %d\"", CONFIG_VERSION);
	else if (atoi(words->word[1]) != CONFIG_VERSION)
		say_line(source, "version \"%s\" is not known: this slbctl reads version %d",
			 words->word[1], CONFIG_VERSION);
}

static void read_line(struct config_source *source, char *line, size_t len)
{
	char *list[CTL_LINE_WORDS];
	struct ctl_words words;
	struct ctl_fault fault;

	if (ctl_line_words(line, len, list, &words, &fault)) {
		say_line(source, "%s", fault.text);
		return;
	}
	if (!words.count)
		return;
	if (!source->begun) {
		read_head(source, &words);
	} else if (source->ended) {
		say_line(source, "\"%s\" comes after \"" END "\"", words.word[0]);
	} else if (!strcmp(words.word[0], END)) {
		source->ended = true;
		if (words.count > 1)
			say_line(source, "unexpected word \"%s\"", words.word[1]);
	} else {
		read_object(source, words);
	}
}

static void read_text(struct config_source *source, FILE *file)
{
	char line[CTL_LINE_LEN + 1];
	ssize_t len;

	while ((len = ctl_line_read(file, line)) != -1) {
		source->line++;
		if (len < 0) {
			say_line(source, "a line has at most %d bytes", CTL_LINE_LEN);
			return;
		}
		read_line(source, line, (size_t)len);
	}
	if (!source->begun)
		say_line(source, "the file is empty: its first line has to be \"" CONFIG_HEAD " %d\"",
			 CONFIG_VERSION);
	else if (!source->ended)
		say_line(source, "the file is cut off: its last line has to be \"" END "\"");
}

/* ---- the file as a whole */

static bool begins_as_json(FILE *file)
{
	int c;

	while ((c = getc(file)) != EOF && isspace(c))
		;
	rewind(file);
	return c == '{';
}

static int read_one(struct config_source *source)
{
	bool standard = !strcmp(source->path, "-");
	FILE *file = standard ? stdin : fopen(source->path, "re");

	source->line = 0;
	source->begun = false;
	source->ended = false;
	if (!file) {
		ctl_say("\"%s\" cannot be opened: %s", source->path, strerror(errno));
		return -1;
	}
	if (ctl_options.json || (!standard && begins_as_json(file)))
		config_read_json(source, file);
	else
		read_text(source, file);
	if (ferror(file))
		say_line(source, "cannot be read to its end: %s", strerror(errno));
	if (!standard)
		fclose(file);
	return 0;
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return *entry->d_name != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

/* FILE.d/[a-z]*.conf, in the order of their names; there need not be any. */
static int read_folder(struct config_source *source, const char *path)
{
	char folder[CONFIG_PLACE_LEN], name[CONFIG_PLACE_LEN * 2];
	struct dirent **entry;
	int count, i, result = 0;

	snprintf(folder, sizeof(folder), "%s.d", path);
	count = scandir(folder, &entry, is_conf, alphasort);
	if (count < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		ctl_say("\"%s\" cannot be read: %s", folder, strerror(errno));
		return -1;
	}
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", folder, entry[i]->d_name);
		source->path = name;
		if (!result)
			result = read_one(source);
		free(entry[i]);
	}
	free(entry);
	return result;
}

static const struct config_entry *find(const struct config *config, const struct ctl_object *object,
				       const char *key)
{
	struct config_entry wanted = { .key = (char *)key };
	size_t i;

	for (i = 0; i < config_noun_count; i++)
		if (config_nouns[i]->object == object)
			wanted.noun = config_nouns[i];
	return bsearch(&wanted, config->entry, config->count, sizeof(wanted), config_compare);
}

/* The word of a balancer's heir need not be a name. */
static bool names_none(const struct ctl_arg *arg, const char *word)
{
	return arg->source == &ctl_balancer && arg->word && !strcmp(arg->word, "heir") &&
	       (!strcmp(word, "auto") || !strcmp(word, "none"));
}

/* The name that an object gives for another one, which has to be in the configuration. */
static void check_owner(struct config_source *source, const struct config_entry *entry,
			const struct ctl_arg *arg)
{
	const struct ctl_noun *noun = entry->noun;
	char name[CONFIG_PLACE_LEN], why[CONFIG_PLACE_LEN * 2];
	size_t i;

	if (!arg->source || (arg->source == noun->object && !arg->word))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(entry->key, " "), entry->key);
	for (i = 0; i < config_columns(noun); i++)
		if (noun->object->columns[i].word && noun->object->columns[i].id[0] == arg->id[0] &&
		    entry->value[i])
			snprintf(name, sizeof(name), "%s", entry->value[i]);
	if (find(source->config, arg->source, name) || names_none(arg, name))
		return;
	snprintf(why, sizeof(why), "%s%s %s does not exist in the file",
		 arg->source->family->prefix, arg->source->name, name);
	config_fault(source, entry->place, why);
}

static void check_whole(struct config_source *source)
{
	struct config *config = source->config;
	char why[CONFIG_PLACE_LEN * 2];
	size_t i, j;

	config_sort(config);
	for (i = 0; i < config->count; i++) {
		const struct config_entry *entry = &config->entry[i], *next = entry + 1;

		for (j = 0; j < entry->noun->arg_count; j++)
			check_owner(source, entry, &entry->noun->args[j]);
		if (i + 1 == config->count || config_compare(entry, next))
			continue;
		snprintf(why, sizeof(why), "%s%s %s is there twice, also at %s",
			 ctl_prefix(entry->noun), entry->noun->name, entry->key, entry->place);
		config_fault(source, next->place, why);
	}
}

/* What does not exist yet is no fault, but may be a slip. */
static void note_devices(const struct config *config)
{
	size_t i, j;

	for (i = 0; i < config->count; i++) {
		const struct config_entry *entry = &config->entry[i];

		for (j = 0; j < config_columns(entry->noun); j++) {
			const struct ctl_object *object = entry->noun->object;

			if (object->attrs[object->columns[j].id[0]].type == CTL_DEV &&
			    entry->value[j] && !if_nametoindex(entry->value[j]))
				ctl_say("%s: note: there is no device %s yet", entry->place,
					entry->value[j]);
		}
	}
}

/**
 * config_read_file() - Read and check a configuration file and what lies in FILE.d.
 * @config: Where to put it, sorted.
 * @path: The file, "-" for standard input.
 *
 * All faults are reported, up to CONFIG_FAULTS_MAX.
 *
 * Return: 0 or -1.
 */
int config_read_file(struct config *config, const char *path)
{
	struct config_source source = { .config = config, .path = path };

	if (read_one(&source) || (strcmp(path, "-") && read_folder(&source, path)))
		return -1;
	check_whole(&source);
	if (source.faults > CONFIG_FAULTS_MAX)
		ctl_say("%s: %u more faults", path, source.faults - CONFIG_FAULTS_MAX);
	if (source.faults)
		return -1;
	note_devices(config);
	return 0;
}

/**
 * config_read_stream() - Read and check a configuration that is no file.
 * @config: Where to put it, sorted.
 * @file: The text.
 * @path: Its name in faults.
 *
 * Return: 0, or -1 once the faults are reported.
 */
int config_read_stream(struct config *config, FILE *file, const char *path)
{
	struct config_source source = { .config = config, .path = path };

	read_text(&source, file);
	check_whole(&source);
	return source.faults ? -1 : 0;
}

/* ---- writing */

static void write_text(const struct config *config, FILE *file)
{
	char text[CONFIG_LINE_LEN];
	size_t i;

	fprintf(file, CONFIG_HEAD " %d\n", CONFIG_VERSION);
	for (i = 0; i < config->count; i++) {
		config_text(&config->entry[i], text, sizeof(text));
		fprintf(file, "%s\n", text);
	}
	fputs(END "\n", file);
}

/**
 * config_write() - Write a configuration.
 * @config: Configuration.
 * @file: Where to.
 *
 * Return: 0, or -1 with errno set.
 */
int config_write(const struct config *config, FILE *file)
{
	if (config->json)
		ctl_json_write(config->json, file);
	else
		write_text(config, file);
	if (config->json)
		fputc('\n', file);
	return fflush(file) || ferror(file) ? -1 : 0;
}

/* A terminal, a pipe, /dev/null: nothing that may be replaced by a file. */
static bool is_special(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode);
}

static int write_special(const struct config *config, const char *path)
{
	FILE *file = fopen(path, "we");
	int result;

	if (!file)
		return -1;
	result = config_write(config, file);
	return fclose(file) || result ? -1 : 0;
}

/* A new file takes the place of the old one, once all of it is on the disk. */
static int replace_file(const struct config *config, const char *path)
{
	char new[PATH_MAX];
	FILE *file;
	int fd, error;

	if ((size_t)snprintf(new, sizeof(new), "%s.XXXXXX", path) >= sizeof(new)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(new, O_CLOEXEC);	/* mode 0600 */
	if (fd < 0)
		return -1;
	file = fdopen(fd, "w");
	if (file && !config_write(config, file) && !fsync(fd) && !fclose(file) &&
	    !rename(new, path))
		return 0;
	error = errno;
	unlink(new);
	errno = error;
	return -1;
}

/**
 * config_write_file() - Write a configuration to a file, whole or not at all.
 * @config: Configuration.
 * @path: The file; only its owner can read it, as it holds keys.
 *
 * Return: 0, or -1 once the fault is reported.
 */
int config_write_file(const struct config *config, const char *path)
{
	char *target = realpath(path, NULL);	/* what a symbolic link points to */
	int result = is_special(path) ? write_special(config, path) :
					replace_file(config, target ?: path);

	if (result)
		ctl_say("\"%s\" cannot be written: %s", path, strerror(errno));
	free(target);
	return result;
}
