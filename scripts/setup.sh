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
	iproute2 kmod jq mount procps
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
	export SLB_APT_UPDATED=yes
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

# Prints what a headers package needs, but for the kernel image: installing that would change how the host
# boots.
slb_headers_needs() {
	apt-cache depends --important "$1" |
		sed -n 's/^[ |]*Depends: \([^<]*\)$/\1/p' | grep -Ev '^linux-(image-|base$)'
}

# Headers unpacked beside the guest images, for hosts on which none are installed.
slb_unpack_headers() {
	local headers=$1 needs missing work

	mapfile -t needs < <(slb_headers_needs "$headers")
	mapfile -t missing < <(slb_missing "${needs[@]}")
	[ "${#missing[@]}" -eq 0 ] || slb_apt_install "${missing[@]}"
	slb_need_root "fetching $headers"
	mkdir -p "$SLB_CACHE" || slb_die "cannot create $SLB_CACHE"
	work=$(mktemp -d "$SLB_CACHE/build.XXXXXX") || slb_die "cannot write to $SLB_CACHE"
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$headers" >&2 && dpkg -x ./*.deb root) ||
		slb_die "cannot fetch $headers"
	# Its links to the build tools lead from /usr/src to /usr/lib.
	rm -rf "$work/root/usr/lib"
	ln -s /usr/lib "$work/root/usr/lib"
	chmod 755 "$work/root"
	rm -rf "${SLB_CACHE:?}/$headers"
	mv "$work/root" "$SLB_CACHE/$headers"
	rm -rf "$work"
}

# Is this kernel's image in the cache, or still offered?
slb_kernel_obtainable() {
	compgen -G "$SLB_CACHE/guest-$1-*/vmlinux" >/dev/null ||
		apt-cache show --no-all-versions "linux-image-$1" >/dev/null 2>&1
}

# Sets SLB_KVER and SLB_KDIR to headers that are there and whose kernel can be had. Modules only load into
# the kernel that they were built for, so the headers decide on the guest's kernel.
slb_find_headers() {
	local headers unpacked

	headers=$(slb_installed_headers)
	SLB_KVER=${headers#linux-headers-} SLB_KDIR=/usr/src/$headers
	if [ -n "$headers" ] && [ -f "$SLB_KDIR/Makefile" ] && slb_kernel_obtainable "$SLB_KVER"; then
		return 0
	fi
	unpacked=$(compgen -G "$SLB_CACHE/linux-headers-6.12.*" | sed 's,.*/,,' | slb_newest_headers)
	SLB_KVER=${unpacked#linux-headers-} SLB_KDIR=$SLB_CACHE/$unpacked/usr/src/$unpacked
	[ -n "$unpacked" ] && slb_kernel_obtainable "$SLB_KVER" &&
		[ -e "$SLB_KDIR/scripts" ] && [ -d "/usr/src/linux-headers-${SLB_KVER%-amd64}-common" ]
}

slb_pick_kernel() {
	local headers

	if ! slb_find_headers; then
		slb_apt_update
		headers=$(apt-cache pkgnames linux-headers-6.12. | slb_newest_headers)
		[ -n "$headers" ] || slb_die "no package matches $SLB_HEADERS_RE: is this Debian 12 or 13 on amd64?"
		slb_unpack_headers "$headers"
		slb_find_headers || slb_die "$headers cannot be used"
	fi
	export SLB_KVER SLB_KDIR
}

# Makes the host fit to build and to run virtual machines; quick when nothing is missing.
setup_host() {
	local missing

	command -v apt-get >/dev/null || slb_die "this needs apt-get (Debian 12 or 13)"
	mapfile -t missing < <(slb_missing "${SLB_HOST_PACKAGES[@]}")
	[ "${#missing[@]}" -eq 0 ] || slb_apt_install "${missing[@]}"
	slb_pick_kernel
}
