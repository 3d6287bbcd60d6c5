# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs what building and testing need on a Debian 12 or 13 host, and picks the kernel version to test on.
#
# To be sourced. After setup_host:
#   SLB_KVER   the kernel version that modules are built for and the guest boots, e.g. 6.12.1+deb13-amd64
#   SLB_KDIR   its headers, to be given to make as KDIR=
# Set beforehand, SLB_CACHE (default /var/cache/slb) says where built guest images are kept.
# No kernel image is installed and no service is started on the host.

SLB_CACHE=${SLB_CACHE:-/var/cache/slb}
SLB_HEADERS_RE='linux-headers-6\.12\.[0-9]+[^ ]*-amd64'

# What the build, the checks and the guest image need on the host.
SLB_HOST_PACKAGES=(
	gcc make bc flex bison libelf-dev libssl-dev pkg-config
	libmnl-dev libjansson-dev libsctp-dev
	python3 python3-yaml python3-jsonschema sparse shellcheck
	iproute2 kmod jq procps
	qemu-system-x86 mmdebstrap squashfs-tools cpio xz-utils zstd busybox-static
	linux-source-6.12
)

slb_die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

slb_need_root() {
	[ "$EUID" -eq 0 ] || slb_die "$1 needs root: run it with sudo"
}

# The package lists are fetched at most once a run, and only when something is to be installed.
slb_apt_update() {
	[ -z "${SLB_APT_UPDATED:-}" ] || return 0
	apt-get -q update >&2 || slb_die "apt-get update failed"
	SLB_APT_UPDATED=yes
}

slb_apt_install() {
	slb_need_root "installing $*"
	slb_apt_update
	echo "Installing: $*" >&2
	DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >&2 ||
		slb_die "apt-get install failed for: $*"
}

# Prints those of the packages given that are not installed, one a line.
slb_missing() {
	dpkg-query -W -f='${Package}\t${db:Status-Status}\n' "$@" 2>/dev/null |
		awk -F'\t' -v want="$*" '
			$2 == "installed" { have[$1] = 1 }
			END {
				n = split(want, names, " ")
				for (i = 1; i <= n; i++)
					if (!(names[i] in have))
						print names[i]
			}'
}

# Reads package names, prints the newest stock (neither cloud nor rt) 6.12 headers among them.
slb_newest_headers() {
	grep -Ex "$SLB_HEADERS_RE" | grep -Ev -e '-(cloud|rt)-' | sort -V | tail -n 1
}

slb_installed_headers() {
	dpkg-query -W -f='${Package} ${db:Status-Status}\n' 'linux-headers-6.12.*' 2>/dev/null |
		sed -n 's/ installed$//p' | slb_newest_headers
}

# Modules only load into the kernel that they were built for, so the headers decide on the
# guest's kernel: installed ones are used as long as their kernel image is cached or still offered.
slb_pick_kernel() {
	local headers

	headers=$(slb_installed_headers)
	if [ -n "$headers" ] && ! slb_kernel_obtainable "${headers#linux-headers-}"; then
		slb_apt_update
		slb_kernel_obtainable "${headers#linux-headers-}" || headers=
	fi
	if [ -z "$headers" ]; then
		slb_apt_update
		headers=$(apt-cache pkgnames linux-headers-6.12. | slb_newest_headers)
		[ -n "$headers" ] || slb_die "no package matches $SLB_HEADERS_RE: is this Debian 12 or 13 on amd64?"
		slb_apt_install "$headers"
	fi
	SLB_KVER=${headers#linux-headers-}
	SLB_KDIR=/usr/src/$headers
	[ -f "$SLB_KDIR/Makefile" ] || slb_die "$headers is installed, but $SLB_KDIR/Makefile is missing"
	export SLB_KVER SLB_KDIR
}

slb_kernel_obtainable() {
	compgen -G "$SLB_CACHE/guest-$1-*/vmlinux" >/dev/null ||
		apt-cache show --no-all-versions "linux-image-$1" >/dev/null 2>&1
}

# Makes the host fit to build and to run virtual machines; quick when nothing is missing.
setup_host() {
	local missing

	command -v apt-get >/dev/null || slb_die "this needs apt-get (Debian 12 or 13)"
	mapfile -t missing < <(slb_missing "${SLB_HOST_PACKAGES[@]}")
	[ "${#missing[@]}" -eq 0 ] || slb_apt_install "${missing[@]}"
	slb_pick_kernel
}
