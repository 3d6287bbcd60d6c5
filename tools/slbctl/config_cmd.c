// SPDX-License-Identifier: GPL-2.0-only
/* The commands save, diff, apply, confirm and revert. */
#include "config.h"
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_DIR	"/run/slb"
#define PATH_LEN	128
#define CONFIRM_MAX	86400	/* seconds */
#define READS		4	/* with force: how often a configuration that changes is read */

static int wrong(const struct ctl_noun *noun, const char *format, const char *word)
{
	struct ctl_fault fault;

	snprintf(fault.text, sizeof(fault.text), format, word);
	return ctl_words_wrong(noun, NULL, &fault);
}

/* A file of this network namespace: its name is that of the namespace. */
static int state_path(char *path, const char *what)
{
	struct stat ns;

	if (stat("/proc/self/ns/net", &ns) || (mkdir(STATE_DIR, 0700) && errno != EEXIST)) {
		ctl_say("\"%s\" cannot be made: %s", STATE_DIR, strerror(errno));
		return -1;
	}
	snprintf(path, PATH_LEN, STATE_DIR "/%lu.%s", (unsigned long)ns.st_ino, what);
	return 0;
}

/* ---- save */

static int save_run(struct ctl_words words)
{
	struct config config = {};
	int status;

	if (words.count > 1)
		return wrong(&ctl_noun_save, "unexpected word \"%s\"", words.word[1]);
	if (ctl_options.json)
		config.json = json_pack("{s:i}", CONFIG_HEAD, CONFIG_VERSION);
	status = config_read_kernel(&config, true);
	if (!status) {
		config_sort(&config);
		if (words.count && strcmp(*words.word, "-"))
			status = config_write_file(&config, *words.word) ? CTL_EXIT_WORDS : 0;
		else
			status = config_write(&config, stdout) ? CTL_EXIT_WORDS : 0;
	}
	config_free(&config);
	return status;
}

/* ---- diff */

/* A key is not shown. */
static void print_op(const struct config_op *op)
{
	static const char sign[] = { [CTL_ADD] = '+', [CTL_SET] = '~', [CTL_DEL] = '-' };
	const char *words = op->verb == CTL_DEL ? op->undo_words : op->words;
	const char *key = op->entry->noun->object->listing ? strstr(words, "hash-key ") : NULL;
	const char *value = key ? key + strlen("hash-key ") : words;

	/* the first half of plan_gain() changes nothing */
	if (op->verb == CTL_SET && op->undo_verb == CTL_ADD)
		return;
	printf("%c %s%s ", sign[op->verb], ctl_prefix(op->entry->noun), op->entry->noun->name);
	if (key)
		printf("%.*s(secret)%s\n", (int)(value - words), words,
		       value + strcspn(value, " "));
	else
		printf("%s\n", words);
}

/* Reads both configurations and compares them. */
static int compare(const char *path, bool keys, struct config *kernel, struct config *file,
		   struct config_plan *plan)
{
	int status;
	size_t i;

	if (config_read_file(file, path))
		return CTL_EXIT_WORDS;
	for (i = 0; i < file->count; i++)
		kernel->wanted[file->entry[i].noun->family->index] = true;
	status = config_read_kernel(kernel, keys);
	if (status)
		return status;
	for (i = 0; i < file->count; i++) {
		const struct ctl_family *family = file->entry[i].noun->family;

		if (kernel->loaded[family->index])
			continue;
		ctl_say("%s: module %s is not loaded (modprobe %s)", file->entry[i].place,
			family->module, family->module);
		return CTL_EXIT_KERNEL;
	}
	config_sort(kernel);
	config_plan(kernel, file, plan);
	return CTL_EXIT_OK;
}

static int diff_run(struct ctl_words words)
{
	struct config kernel = {}, file = {};
	struct config_plan plan = {};
	int status;
	size_t i;

	if (words.count != 1)
		return words.count ? wrong(&ctl_noun_diff, "unexpected word \"%s\"",
					   words.word[1]) :
				     wrong(&ctl_noun_diff, "%s is missing", "FILE");
	status = compare(*words.word, false, &kernel, &file, &plan) ? 2 : plan.count > 0;
	for (i = 0; i < plan.count; i++)
		print_op(&plan.op[i]);
	config_plan_free(&plan);
	config_free(&file);
	config_free(&kernel);
	return status;
}

/* ---- apply */

/**
 * struct apply - What is to be applied.
 * @path: File.
 * @force: Also when it deletes all virtual IPs, or when others change the configuration meanwhile.
 * @confirm: Seconds after which the old configuration comes back unless it is confirmed; 0: never.
 */
struct apply {
	const char *path;
	bool force;
	uint32_t confirm;
};

static size_t count_vips(const struct config *config)
{
	size_t n = 0, i;

	for (i = 0; i < config->count; i++)
		n += config->entry[i].noun == &ctl_noun_vip ||
		     config->entry[i].noun == &ctl_noun_relay_vip;
	return n;
}

/* Makes the changes. What was before is kept for "revert". */
static int change(const struct apply *apply, const struct config *kernel,
		  const struct config *file, const struct config_plan *plan, bool *again)
{
	char before[PATH_LEN];

	if (!apply->force && count_vips(kernel) && !count_vips(file)) {
		ctl_say("%s: it has no virtual IP, so all %zu would be deleted: \"force\" does that",
			apply->path, count_vips(kernel));
		return CTL_EXIT_WORDS;
	}
	if (state_path(before, "before") || config_write_file(kernel, before))
		return CTL_EXIT_WORDS;
	return config_commit(kernel, plan, again);
}

static int apply_file(const struct apply *apply, bool *changed)
{
	struct config kernel = {}, file = {};
	struct config_plan plan = {};
	bool again = true;
	int status = CTL_EXIT_OK, reads;
	size_t i;

	*changed = false;
	for (reads = 0; again && reads < READS; reads++) {
		again = false;
		status = compare(apply->path, !ctl_options.dry_run, &kernel, &file, &plan);
		for (i = 0; !status && ctl_options.dry_run && i < plan.count; i++)
			print_op(&plan.op[i]);
		if (!status && plan.count && !ctl_options.dry_run) {
			status = change(apply, &kernel, &file, &plan, &again);
			*changed = !status;
		}
		if (again && (!apply->force || !strcmp(apply->path, "-") || reads + 1 == READS)) {
			ctl_say("%s: the configuration has changed since it was read",
				apply->path);
			again = false;
		}
		config_plan_free(&plan);
		config_free(&file);
		config_free(&kernel);
	}
	return status;
}

/* ---- confirm: a process waits, and puts back what was before */

static int wait_and_revert(const char *pending, uint32_t seconds)
{
	struct apply back = { .path = pending, .force = true };
	struct stat first, now;
	bool changed;

	if (stat(pending, &first))
		return CTL_EXIT_WORDS;
	while (seconds)
		seconds = sleep(seconds);
	/* it was confirmed, or a later change waits for a confirmation of its own */
	if (stat(pending, &now) || now.st_ino != first.st_ino)
		return CTL_EXIT_OK;
	ctl_nl_close();
	ctl_say("not confirmed: the configuration before is put back");
	seconds = (uint32_t)apply_file(&back, &changed);
	unlink(pending);
	return (int)seconds;
}

static int begin_confirm(const struct apply *apply, const char *pending)
{
	pid_t pid;
	int null;

	pid = fork();
	if (pid < 0) {
		ctl_say("no process can be made that waits: %s", strerror(errno));
		return CTL_EXIT_WORDS;
	}
	if (pid)
		return CTL_EXIT_OK;
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		/* a terminal or journal still hears of it; a pipe is not held open */
		if (!isatty(STDERR_FILENO) && !getenv("JOURNAL_STREAM"))
			dup2(null, STDERR_FILENO);
	}
	_exit(wait_and_revert(pending, apply->confirm));
}

/* What was before becomes what waits for a confirmation. */
static int await_confirm(const struct apply *apply)
{
	char before[PATH_LEN], pending[PATH_LEN];

	if (state_path(before, "before") || state_path(pending, "unconfirmed"))
		return CTL_EXIT_WORDS;
	if (rename(before, pending)) {
		ctl_say("\"%s\" cannot be made: %s", pending, strerror(errno));
		return CTL_EXIT_WORDS;
	}
	return begin_confirm(apply, pending);
}

static int read_apply(struct ctl_words words, struct apply *apply, struct ctl_fault *fault)
{
	if (!words.count)
		return ctl_fault_set(fault, "FILE is missing");
	apply->path = *words.word;
	for (words.word++, words.count--; words.count; words.word++, words.count--) {
		if (!strcmp(*words.word, "force")) {
			apply->force = true;
			continue;
		}
		if (strcmp(*words.word, "confirm"))
			return ctl_fault_set(fault, "invalid keyword \"%s\" (valid: confirm, force)",
					     *words.word);
		if (words.count < 2)
			return ctl_fault_set(fault, "\"confirm\" needs a value: SECONDS");
		if (ctl_parse_number(words.word[1], "confirm", 1, CONFIRM_MAX, &apply->confirm,
				     fault))
			return -1;
		words.word++;
		words.count--;
	}
	return 0;
}

/* Only one configuration can come back by itself. */
static bool is_pending(void)
{
	char pending[PATH_LEN];

	return !state_path(pending, "unconfirmed") && !access(pending, F_OK);
}

static int apply_run(struct ctl_words words)
{
	struct apply apply = {};
	struct ctl_fault fault;
	bool changed;
	int status;

	if (read_apply(words, &apply, &fault))
		return ctl_words_wrong(&ctl_noun_apply, NULL, &fault);
	if (apply.confirm && is_pending()) {
		ctl_say("an earlier configuration is not confirmed yet: confirm or revert it first");
		return CTL_EXIT_WORDS;
	}
	status = apply_file(&apply, &changed);
	if (!status && changed && apply.confirm)
		status = await_confirm(&apply);
	return status;
}

static int confirm_run(struct ctl_words words)
{
	char before[PATH_LEN], pending[PATH_LEN];

	if (words.count)
		return wrong(&ctl_noun_confirm, "unexpected word \"%s\"", *words.word);
	if (state_path(before, "before") || state_path(pending, "unconfirmed"))
		return CTL_EXIT_WORDS;
	/* "revert" still finds it */
	if (!rename(pending, before))
		return CTL_EXIT_OK;
	if (errno == ENOENT)
		ctl_say("no configuration waits for a confirmation");
	else
		ctl_say("\"%s\" cannot be renamed: %s", pending, strerror(errno));
	return CTL_EXIT_WORDS;
}

static int revert_run(struct ctl_words words)
{
	char before[PATH_LEN], pending[PATH_LEN];
	struct apply back = { .force = true };
	bool changed;
	int status;

	if (words.count)
		return wrong(&ctl_noun_revert, "unexpected word \"%s\"", *words.word);
	if (state_path(before, "before") || state_path(pending, "unconfirmed"))
		return CTL_EXIT_WORDS;
	if (!rename(pending, before) || !access(before, R_OK)) {
		char old[PATH_LEN + 8];

		/* applying it writes the file anew */
		snprintf(old, sizeof(old), "%s.old", before);
		if (rename(before, old)) {
			ctl_say("\"%s\" cannot be made: %s", old, strerror(errno));
			return CTL_EXIT_WORDS;
		}
		back.path = old;
		status = apply_file(&back, &changed);
		unlink(old);
		return status;
	}
	ctl_say("nothing was applied that could be taken back");
	return CTL_EXIT_WORDS;
}

const struct ctl_noun ctl_noun_save = {
	.name = "save",
	.run = save_run,
	.usage = " [FILE]",
	.text = "write the configuration of both modules, or that of IPVS",
};

const struct ctl_noun ctl_noun_diff = {
	.name = "diff",
	.run = diff_run,
	.usage = " FILE",
	.text = "show what \"apply\" would change",
};

const struct ctl_noun ctl_noun_apply = {
	.name = "apply",
	.run = apply_run,
	.usage = " FILE [confirm SECONDS] [force]",
	.text = "make the configuration that of a file; keep or undo it",
};

const struct ctl_noun ctl_noun_confirm = {
	.name = "confirm",
	.also = true,
	.run = confirm_run,
	.usage = "",
	.text = "keep what was applied with \"confirm\"",
};

const struct ctl_noun ctl_noun_revert = {
	.name = "revert",
	.also = true,
	.run = revert_run,
	.usage = "",
	.text = "put back what was before the last \"apply\"",
};
