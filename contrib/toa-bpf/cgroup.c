// SPDX-License-Identifier: GPL-2.0-only
/* Cgroups: from path to number and back. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "slb-toa.h"

/* How the kernel names a file of kernfs: by a number of 64 bits. */
#define HANDLE_KERNFS 0xfe

union cgroup_handle {
	struct file_handle handle;
	char space[sizeof(struct file_handle) + sizeof(__u64)];
};

/* Sets @path to where cgroup2 is mounted. */
static int find_root(char path[PATH_MAX])
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *entry;

	while (mounts && (entry = getmntent(mounts)))
		if (!strcmp(entry->mnt_type, "cgroup2")) {
			snprintf(path, PATH_MAX, "%s", entry->mnt_dir);
			endmntent(mounts);
			return 0;
		}
	if (mounts)
		endmntent(mounts);
	return toa_fault("cgroup2 is not mounted (mount -t cgroup2 cgroup2 /sys/fs/cgroup)");
}

static int read_id(const char *path, __u64 *id)
{
	union cgroup_handle file = { .handle.handle_bytes = sizeof(*id) };
	int mount;

	if (name_to_handle_at(AT_FDCWD, path, &file.handle, &mount, 0))
		return toa_fault("cannot identify cgroup \"%s\": %s", path, strerror(errno));
	memcpy(id, file.handle.f_handle, sizeof(*id));
	return 0;
}

/**
 * toa_cgroup_open() - open a cgroup
 * @path: its folder, or NULL for the root of the hierarchy
 * @id: its number, as links of BPF programs tell it
 *
 * Return: file descriptor, or -1 after an error message
 */
int toa_cgroup_open(const char *path, __u64 *id)
{
	char root[PATH_MAX];
	struct statfs fs;
	int fd;

	if (!path) {
		if (find_root(root))
			return -1;
		path = root;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return toa_fault("cannot open cgroup \"%s\": %s", path, strerror(errno));
	if (fstatfs(fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC) {
		close(fd);
		return toa_fault("invalid cgroup \"%s\": not a folder of cgroup2", path);
	}
	if (read_id(path, id)) {
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * toa_cgroup_path() - find the path of a cgroup
 * @text: result, or "id NUMBER" if it cannot be found
 * @size: of @text in bytes
 * @id: number of the cgroup
 */
void toa_cgroup_path(char *text, size_t size, __u64 id)
{
	union cgroup_handle file = { .handle = { sizeof(id), HANDLE_KERNFS } };
	char root[PATH_MAX], link[64];
	int mount, fd = -1;
	ssize_t length;

	snprintf(text, size, "id %llu", (unsigned long long)id);
	if (find_root(root))
		return;
	mount = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memcpy(file.handle.f_handle, &id, sizeof(id));
	if (mount >= 0)
		fd = open_by_handle_at(mount, &file.handle, O_PATH | O_CLOEXEC);
	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		length = readlink(link, text, size - 1);
		if (length > 0)
			text[length] = 0;
		close(fd);
	}
	if (mount >= 0)
		close(mount);
}
