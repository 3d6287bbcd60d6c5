// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does wrong on request, once, so that a test can see whether the kernel that it runs on notices.
 *
 * insmod canary.ko event=NAME does what NAME says; the module is for tests only.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

static char *event = "";
module_param(event, charp, 0);
MODULE_PARM_DESC(event, "what to do: kasan, ubsan, lockdep, leak, warn, odebug or kcsan");

/* What the compiler must not see through. */
static volatile int canary_index = 8;
static volatile int canary_sink;

/* Reads a byte past the end of an allocation. */
static int canary_kasan(void)
{
	char *buffer = kzalloc(24, GFP_KERNEL);

	if (!buffer)
		return -ENOMEM;
	canary_sink = ((volatile char *)buffer)[canary_index * 3];
	kfree(buffer);
	return 0;
}

/* Shifts an int by more than it has bits. */
static int canary_ubsan(void)
{
	canary_sink = 1 << (canary_index * 5);
	return 0;
}

static DEFINE_MUTEX(canary_first);
static DEFINE_MUTEX(canary_second);

/* Takes two locks in both orders. */
static int canary_lockdep(void)
{
	mutex_lock(&canary_first);
	mutex_lock(&canary_second);
	mutex_unlock(&canary_second);
	mutex_unlock(&canary_first);
	mutex_lock(&canary_second);
	mutex_lock(&canary_first);
	mutex_unlock(&canary_first);
	mutex_unlock(&canary_second);
	return 0;
}

/* Forgets several allocations, for something may look like a pointer to one of them. */
static int canary_leak(void)
{
	int i;

	for (i = 0; i < 8; i++)
		canary_sink = !kzalloc(200 + i, GFP_KERNEL);
	return 0;
}

static int canary_warn(void)
{
	WARN_ON(canary_index);
	return 0;
}

static void canary_nothing(struct work_struct *work)
{
}

/* Frees work that waits for its time; it is given back unfinished, and nothing runs it. */
static int canary_odebug(void)
{
	struct delayed_work *work = kzalloc(sizeof(*work), GFP_KERNEL);

	if (!work)
		return -ENOMEM;
	INIT_DELAYED_WORK(work, canary_nothing);
	schedule_delayed_work(work, 3600 * HZ);
	/* Debug objects take the timer down before the memory goes. */
	kfree(work);
	return 0;
}

static int canary_shared;

/* Counts without a lock; of two that do, one is seen by the other. */
static int canary_counts(void *unused)
{
	int i;

	for (i = 0; i < 2000000 && !kthread_should_stop(); i++) {
		canary_shared++;
		barrier();
		if (!(i & 1023))
			cond_resched();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int canary_kcsan(void)
{
	struct task_struct *task[2];
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(task); i++)
		task[i] = kthread_run(canary_counts, NULL, "canary%d", i);
	msleep(5000);
	for (i = 0; i < ARRAY_SIZE(task); i++)
		err = IS_ERR(task[i]) ? PTR_ERR(task[i]) : kthread_stop(task[i]);
	return err;
}

static const struct {
	const char *name;
	int (*run)(void);
} canary_events[] = {
	{ "kasan", canary_kasan },
	{ "ubsan", canary_ubsan },
	{ "lockdep", canary_lockdep },
	{ "leak", canary_leak },
	{ "warn", canary_warn },
	{ "odebug", canary_odebug },
	{ "kcsan", canary_kcsan },
};

static int __init canary_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(canary_events); i++)
		if (!strcmp(event, canary_events[i].name))
			return canary_events[i].run();
	return -EINVAL;
}

static void __exit canary_exit(void)
{
}

module_init(canary_init);
module_exit(canary_exit);
MODULE_DESCRIPTION("Does wrong on request, to see whether it is noticed");
MODULE_LICENSE("GPL");
