// SPDX-License-Identifier: GPL-2.0-only
/* Checks by a program whose exit status is that of a monitoring plugin. */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "address.h"
#include "say.h"

#define JOBS		32	/* default number of programs that run at a time */
#define OUTPUT_LEN	4096	/* bytes that are looked at */
#define READS_MAX	16	/* reads before other events have their turn */
#define WORDS_MAX	64
#define WORD_LEN	(16 * 1024)	/* bytes of all words once they are filled in */
#define STATUS_GOOD	0
#define STATUS_NOTE	1
#define STATUS_BAD	2
#define STATUS_NO_EXEC	127

/* A program that runs. Its output is that of @target->watch. */
struct job {
	bool busy;
	struct hd_target *target;	/* NULL: it was killed, and has to end */
	struct dm_watch process;
	pid_t pid;
	size_t used;
	char output[OUTPUT_LEN + 1];
};

static struct {
	struct job *job;
	unsigned int limit;
	unsigned int running;
	int null;		/* /dev/null */
	struct hd_target **queue;	/* a ring of those that wait */
	size_t first, count, room;
} exec = { .limit = JOBS, .null = -1 };

static char *const environment[] = {
	(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	(char *)"LC_ALL=C",
	(char *)"HOME=/",
	NULL,
};

/* ---- words */

/* A place in braces, and what is put there. */
static const char *value_of(const struct hd_target *target, const char *place, size_t len,
			    char *text, size_t room)
{
	const struct ctl_addr *source = hd_target_source(target);
	const char *any = target->addr.family == AF_INET ? "0.0.0.0" : "::";

	if (!strncmp(place, "{addr}", len))
		return dm_addr_text(&target->addr, text, room);
	if (!strncmp(place, "{port}", len)) {
		snprintf(text, room, "%u", target->port);
		return text;
	}
	if (!strncmp(place, "{group}", len))
		return target->check->group;
	if (!strncmp(place, "{source}", len))
		return source ? dm_addr_text(source, text, room) : any;
	return NULL;
}

static void put(char **to, size_t *room, const char *from, size_t len)
{
	if (len >= *room)
		len = *room - 1;
	memcpy(*to, from, len);
	*to += len;
	*room -= len;
}

static void fill_word(const struct hd_target *target, const char *word, char **to, size_t *room)
{
	char text[64];

	while (*word) {
		size_t len = strcspn(word, "{");

		put(to, room, word, len);
		word += len;
		if (!*word)
			break;
		len = strcspn(word, "}") + 1;
		if (word[len - 1]) {
			const char *value = value_of(target, word, len, text, sizeof(text));

			if (value) {
				put(to, room, value, strlen(value));
				word += len;
				continue;
			}
		}
		put(to, room, word++, 1);
	}
	put(to, room, "", 1);
}

static void fill_words(const struct hd_target *target, char **list, char *bytes)
{
	char **word = target->check->words;
	size_t room = WORD_LEN;
	int i;

	for (i = 0; word[i] && i < WORDS_MAX; i++) {
		list[i] = bytes;
		fill_word(target, word[i], &bytes, &room);
	}
	list[i] = NULL;
}

/* ---- the end of a program */

static void next_job(void);

static struct job *job_of(const struct hd_target *target)
{
	return target->own;
}

/* Takes the job away from its target. */
static void leave(struct job *job)
{
	dm_watch_close(&job->target->watch);
	job->target->own = NULL;
	job->target = NULL;
}

/* Its process has ended. Its group goes, too, before another one can have its number. */
static int end_job(struct job *job)
{
	siginfo_t info = { 0 };

	kill(-job->pid, SIGKILL);
	waitid(P_PID, (id_t)job->pid, &info, WEXITED);
	dm_watch_close(&job->process);
	job->busy = false;
	exec.running--;
	return info.si_code == CLD_EXITED ? info.si_status : -1;
}

/* Return: whether there may be more. */
static bool read_some(struct job *job)
{
	char rest[OUTPUT_LEN];
	bool full = job->used == OUTPUT_LEN;
	ssize_t got = read(job->target->watch.fd, full ? rest : job->output + job->used,
			   full ? sizeof(rest) : OUTPUT_LEN - job->used);

	if (got <= 0)
		return got < 0 && errno == EINTR;
	if (!full)
		job->used += (size_t)got;
	return true;
}

static void judge(struct hd_target *target, int status, char *output)
{
	output[strcspn(output, "\n")] = '\0';
	switch (status) {
	case STATUS_GOOD:
		hd_target_good(target);
		break;
	case STATUS_NOTE:
		hd_target_done(target, HD_GOOD, "%s", *output ? output : "warning");
		break;
	case STATUS_BAD:
		hd_target_done(target, HD_BAD, "%s", *output ? output : "exit status 2");
		break;
	case -1:
		hd_target_done(target, HD_NOTHING, "the program was killed");
		break;
	default:
		hd_target_done(target, HD_NOTHING, "exit status %d%s%s", status,
			       *output ? ": " : "", output);
	}
}

static void process_ready(struct dm_watch *watch, uint32_t events)
{
	struct job *job = DM_OF(watch, struct job, process);
	struct hd_target *target = job->target;
	int status, tries;

	(void)events;
	if (target) {
		for (tries = 0; tries < READS_MAX && target->watch.fd >= 0; tries++)
			if (!read_some(job))
				break;
		leave(job);
	}
	status = end_job(job);
	job->output[job->used] = '\0';
	if (target)
		judge(target, status, job->output);
	next_job();
}

static void output_ready(struct dm_watch *watch, uint32_t events)
{
	struct hd_target *target = DM_OF(watch, struct hd_target, watch);
	int tries;

	(void)events;
	for (tries = 0; tries < READS_MAX; tries++)
		if (!read_some(job_of(target))) {
			if (errno != EAGAIN)
				dm_watch_close(watch);
			return;
		}
}

/* ---- the beginning of a program */

/*
 * In the child, which shares the memory of the parent until it executes the program: system
 * calls only. It ends with the daemon, and has none of its privileges.
 */
static void become(char **words, int output)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(exec.null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	/* Libraries may have opened files that would stay open. */
	syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(words[0], words, environment);
	_exit(STATUS_NO_EXEC);
}

static pid_t launch(const struct hd_target *target, int output)
{
	static char bytes[WORD_LEN];
	static char *words[WORDS_MAX + 1];
	static pid_t pid;

	fill_words(target, words, bytes);
	pid = vfork();
	if (!pid)
		become(words, output);
	return pid;
}

static struct job *free_job(void)
{
	unsigned int i;

	for (i = 0; i < exec.limit; i++)
		if (!exec.job[i].busy)
			return &exec.job[i];
	return NULL;
}

static int watch_job(struct job *job, struct hd_target *target, int output)
{
	int fd = (int)syscall(SYS_pidfd_open, job->pid, 0);

	target->watch.ready = output_ready;
	job->process.ready = process_ready;
	job->process.fd = -1;
	target->own = job;
	job->target = target;
	job->busy = true;
	exec.running++;
	if (dm_watch_open(&target->watch, output, EPOLLIN) || fd < 0 ||
	    dm_watch_open(&job->process, fd, EPOLLIN))
		return -1;
	return 0;
}

static void run_job(struct job *job, struct hd_target *target)
{
	int pipes[2], error;

	hd_target_begun(target);
	if (pipe2(pipes, O_CLOEXEC)) {
		hd_target_failed(target, errno);
		return;
	}
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	job->used = 0;
	job->pid = launch(target, pipes[1]);
	error = errno;
	close(pipes[1]);
	if (job->pid < 0) {
		close(pipes[0]);
		hd_target_failed(target, error);
	} else if (watch_job(job, target, pipes[0])) {
		error = errno;
		leave(job);
		end_job(job);
		hd_target_failed(target, error);
	}
}

/* ---- those that wait */

static int enqueue(struct hd_target *target)
{
	size_t i, room = exec.room ? exec.room * 2 : 64;
	struct hd_target **more;

	if (exec.count == exec.room) {
		more = calloc(room, sizeof(*more));
		if (!more)
			return -1;
		for (i = 0; i < exec.count; i++)
			more[i] = exec.queue[(exec.first + i) % exec.room];
		free(exec.queue);
		exec.queue = more;
		exec.room = room;
		exec.first = 0;
	}
	exec.queue[(exec.first + exec.count++) % exec.room] = target;
	return 0;
}

static void dequeue(const struct hd_target *target)
{
	size_t i;

	for (i = 0; i < exec.count; i++) {
		struct hd_target **at = &exec.queue[(exec.first + i) % exec.room];

		if (*at == target)
			*at = NULL;
	}
}

static void next_job(void)
{
	while (exec.count && exec.running < exec.limit) {
		struct hd_target *target = exec.queue[exec.first];

		exec.first = (exec.first + 1) % exec.room;
		exec.count--;
		if (target)
			run_job(free_job(), target);
	}
}

static void exec_start(struct hd_target *target)
{
	if (enqueue(target))
		hd_target_failed(target, ENOMEM);
	else
		next_job();
}

static void exec_stop(struct hd_target *target)
{
	struct job *job = job_of(target);

	if (!job) {
		dequeue(target);
		return;
	}
	kill(-job->pid, SIGKILL);
	leave(job);
}

const struct hd_kind hd_kind_exec = {
	.start = exec_start,
	.stop = exec_stop,
	.queued = true,
};

/**
 * hd_exec_limit() - Say how many programs run at a time.
 * @limit: Their number.
 */
void hd_exec_limit(unsigned int limit)
{
	exec.limit = limit;
}

/**
 * hd_exec_open() - Be ready to run programs.
 *
 * Return: 0, or -1 with errno set.
 */
int hd_exec_open(void)
{
	exec.job = calloc(exec.limit, sizeof(*exec.job));
	exec.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return exec.job && exec.null >= 0 ? 0 : -1;
}

/**
 * hd_exec_close() - End the programs that run.
 */
void hd_exec_close(void)
{
	unsigned int i;

	for (i = 0; i < exec.limit; i++)
		if (exec.job[i].busy)
			end_job(&exec.job[i]);
}
