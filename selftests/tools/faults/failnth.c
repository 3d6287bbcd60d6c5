// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does one thing at a time while the kernel fails this task's Nth allocation (/proc/PID/fail-nth).
 *
 * Usage: failnth
 * Requests are lines on the standard input, answers lines on the standard output:
 *
 *   tap NAME               opens a tap device of that name; nothing fails
 *   message N [HEX,...]HEX sends generic netlink messages and reads the whole answers. Only the
 *                          last one fails, and only its answer is shown
 *   packet N NAME HEX      hands a frame to the tap device, whose receive path runs in this task
 *   module N FILE [WORDS]  loads a module
 *   netns N                makes a network namespace, which is gone at the end of the request
 *
 * N is 0 when nothing shall fail; "+N" when all allocations after the Nth shall fail, too
 * (make-it-fail, with what lib_fail.sh has set). The answer is "ERRNO LEFT [HEX]": errno of the
 * call, or 0; by how many there were too few allocations for an Nth one; and what netlink has
 * answered. What is needed is allocated beforehand, so that only the call's own allocations count.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAPS 8
#define SIZE (1 << 20)

static struct {
	char name[IFNAMSIZ];
	int fd;
} taps[TAPS];

static int fail_nth, make_it_fail;
/* the request, its bytes, and the answer */
static char line[SIZE], bytes[SIZE], answer[SIZE];
static size_t answered;

static void task_files(void)
{
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	make_it_fail = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0 || make_it_fail < 0)
		err(4, "fail-nth, make-it-fail");
}

/* From here on this task's allocations are counted; 0 ends that. While it counts, nothing fails. */
static void count(const char *n)
{
	bool onward = n[0] == '+';

	if (pwrite(fail_nth, n + onward, strlen(n + onward), 0) < 0 ||
	    (onward && pwrite(make_it_fail, "1", 1, 0) < 0))
		err(1, "fail-nth");
}

/* How many are missing for an Nth one: 0 when it has come. */
static int left(void)
{
	char text[16] = "";

	if (pwrite(make_it_fail, "0", 1, 0) < 0)
		err(1, "make-it-fail");
	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 0)
		err(1, "fail-nth");
	count("0");
	return atoi(text);
}

static size_t from_hex(const char *hex)
{
	unsigned int byte;
	size_t n = 0;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		bytes[n++] = byte;
	return n;
}

static void report(int error, int missing)
{
	size_t i;

	printf("%d %d", error, missing);
	for (i = 0; i < answered; i++)
		printf("%s%02x", i ? "" : " ", (unsigned char)answer[i]);
	putchar('\n');
	fflush(stdout);
	answered = 0;
}

/* All of the answer is there when the message has been taken, but for the rest of a dump. */
static int read_answer(int fd)
{
	for (;;) {
		ssize_t len = recv(fd, answer + answered, SIZE - answered, MSG_DONTWAIT);
		struct nlmsghdr *nlh = (struct nlmsghdr *)(answer + answered);

		if (len < 0)
			return errno;
		answered += len;
		for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len))
			if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
				return 0;
	}
}

/* Nothing fails, and the answer is of no interest. */
static void send_early(int fd, const char *hex)
{
	if (send(fd, bytes, from_hex(hex), 0) < 0 || read_answer(fd))
		err(1, "an earlier message");
	answered = 0;
}

static void do_message(const char *n, char *hex)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), on = 1;
	char *comma;
	size_t len;
	int error;

	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)))
		err(1, "netlink");
	for (; (comma = strchr(hex, ',')); hex = comma + 1) {
		*comma = '\0';
		send_early(fd, hex);
	}
	len = from_hex(hex);
	count(n);
	error = send(fd, bytes, len, 0) < 0 ? errno : read_answer(fd);
	report(error, left());
	close(fd);
}

static void open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int i;

	for (i = 0; i < TAPS && taps[i].fd; i++)
		;
	if (i == TAPS)
		errx(1, "too many tap devices");
	snprintf(taps[i].name, sizeof(taps[i].name), "%s", name);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	taps[i].fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (taps[i].fd < 0 || ioctl(taps[i].fd, TUNSETIFF, &ifr))
		err(1, "tap device %s", name);
	report(0, 0);
}

/* What comes out of the devices is thrown away. */
static void drain(void)
{
	char frame[65536];
	int i;

	for (i = 0; i < TAPS && taps[i].fd; i++)
		while (read(taps[i].fd, frame, sizeof(frame)) > 0)
			;
}

static void do_packet(const char *n, const char *name, const char *hex)
{
	size_t len = from_hex(hex);
	int i, error;

	for (i = 0; i < TAPS && strcmp(taps[i].name, name); i++)
		;
	if (i == TAPS)
		errx(1, "no tap device %s", name);
	count(n);
	error = write(taps[i].fd, bytes, len) < 0 ? errno : 0;
	report(error, left());
	drain();
}

static void do_module(const char *n, const char *file, const char *words)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), error;
	struct stat st;
	char *image;

	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", file);
	image = malloc(st.st_size);
	if (!image || read(fd, image, st.st_size) != st.st_size)
		err(1, "%s", file);
	close(fd);
	count(n);
	error = syscall(SYS_init_module, image, (unsigned long)st.st_size, words) ? errno : 0;
	report(error, left());
	free(image);
}

/* In a child, with which the namespace goes. */
static void do_netns(const char *n)
{
	static int *result;
	pid_t pid;

	if (!result)
		result = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			      -1, 0);
	pid = fork();
	if (!pid) {
		task_files();
		/* what is touched is there then: a page fault without memory is tried for ever */
		count("0");
		result[0] = unshare(0);
		result[1] = left();
		count(n);
		result[0] = unshare(CLONE_NEWNET) ? errno : 0;
		result[1] = left();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		err(1, "a child");
	report(result[0], result[1]);
}

int main(void)
{
	char *word[4];
	int i;

	task_files();
	memset(bytes, 1, sizeof(bytes));
	memset(answer, 1, sizeof(answer));
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "mlockall");
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		memset(word, 0, sizeof(word));
		word[0] = strtok(line, " ");
		for (i = 1; i < 4 && word[i - 1]; i++)
			word[i] = strtok(NULL, i == 3 ? "" : " ");
		if (!strcmp(word[0] ?: "", "tap") && word[1])
			open_tap(word[1]);
		else if (!strcmp(word[0] ?: "", "netns") && word[1])
			do_netns(word[1]);
		else if (!strcmp(word[0] ?: "", "message") && word[2])
			do_message(word[1], word[2]);
		else if (!strcmp(word[0] ?: "", "packet") && word[3])
			do_packet(word[1], word[2], word[3]);
		else if (!strcmp(word[0] ?: "", "module") && word[2])
			do_module(word[1], word[2], word[3] ?: "");
		else
			errx(2, "no such request: %s", word[0] ?: "");
	}
	return 0;
}
