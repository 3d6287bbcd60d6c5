# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs what building and testing need on a Debian 12 or 13 host, and picks the kernel version to test on.
#
# To be sourced. After setup_host:
#   SLB_KVER   the kernel version that modules are built for and the guest boots, e.g. 6.12.1+deb13-amd64
#   SLB_KDIR   its headers, to be given to make as KDIR=
#   SLB_KMAKE  other arguments that make needs to build for it
# The version is of the series 6.12, unless SLB_SERIES or slb_kernel_series says otherwise.
# Set beforehand, SLB_CACHE (default /var/cache/slb) says where built guest images are kept.
# No kernel image is installed and no service is started on the host.

SLB_CACHE=${SLB_CACHE:-/var/cache/slb}

# What the build, the checks and the guest image need on the host.
SLB_HOST_PACKAGES=(
	gcc make bc flex bison libelf-dev libssl-dev pkg-config
	libmnl-dev libjansson-dev libcurl4-openssl-dev libsctp-dev
	clang libbpf-dev
	python3 python3-yaml python3-jsonschema sparse shellcheck
	iproute2 kmod jq mount procps
	qemu-system-x86 mmdebstrap squashfs-tools cpio xz-utils zstd busybox-static
	linux-source-6.12
)

slb_die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Chooses the series of kernels: 6.12; 6.1 on Debian 12; newest, that of Debian's backports.
slb_kernel_series() {
	SLB_APT=() SLB_KMAKE=()
	export SLB_SERIES=$1
	case $1 in
	6.1 | 6.12) SLB_HEADERS_RE="linux-headers-${1//./\\.}\\.[0-9]+[^ ]*-amd64" ;;
	newest) SLB_HEADERS_RE='linux-headers-[7-9][.0-9]+\+deb[0-9]+-amd64' ;;
	*) slb_die "no kernel \"$1\"; there are: 6.1, 6.12, newest" ;;
	esac
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

slb_kernel_series "${SLB_SERIES:-6.12}"

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

# Is this kernel's image in the cache, or offered? Since 7.0 the kernel is in several packages.
slb_kernel_obtainable() {
	local package=linux-image-$1

	[[ $1 == [0-6].* ]] || package=linux-binary-$1
	compgen -G "$SLB_CACHE/guest-$1-*/vmlinux" >/dev/null ||
		apt-cache "${SLB_APT[@]}" policy "$package" 2>/dev/null | grep 'Candidate: [^(]' >/dev/null
}

# Reads package names, prints stock (neither cloud nor rt) headers among them whose kernel can be had, the newest
# first: headers may be in the archive before the signed kernel.
slb_usable_headers() {
	local headers

	grep -Ex "$SLB_HEADERS_RE" | grep -Ev -e '-(cloud|rt)-' | sort -rV | while read -r headers; do
		! slb_kernel_obtainable "${headers#linux-headers-}" || echo "$headers"
	done
}

slb_installed_headers() {
	dpkg-query -W -f='${Package} ${db:Status-Status}\n' "linux-headers-$SLB_SERIES.*" 2>/dev/null |
		sed -n 's/ installed$//p' | slb_usable_headers
}

slb_cached_headers() {
	compgen -G "$SLB_CACHE/linux-headers-$1" | sed 's,.*/,,' | slb_usable_headers
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

# Sets SLB_KVER and SLB_KDIR to headers that are there and whose kernel can be had. Modules only load into
# the kernel that they were built for, so the headers decide on the guest's kernel.
slb_find_headers() {
	local headers

	headers=$(slb_installed_headers | sed -n 1p)
	SLB_KVER=${headers#linux-headers-} SLB_KDIR=/usr/src/$headers
	if [ -n "$headers" ] && [ -f "$SLB_KDIR/Makefile" ]; then
		return 0
	fi
	headers=$(slb_cached_headers "$SLB_SERIES.*" | sed -n 1p)
	SLB_KVER=${headers#linux-headers-} SLB_KDIR=$SLB_CACHE/$headers/usr/src/$headers
	[ -n "$headers" ] && [ -e "$SLB_KDIR/scripts" ] && [ -d "/usr/src/linux-headers-${SLB_KVER%-amd64}-common" ]
}

# Options by which apt reads Debian 13 and its backports from the archive that the host uses, and nothing on the
# host changes: lists in a folder of their own. Their key is in the keyring of Debian 12, too.
slb_backports() {
	local dir=$SLB_CACHE/backports archive

	# shellcheck disable=SC2016
	archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 'Origin: Debian' |
		awk '$2 !~ /-/ { print $1; exit }')
	[ -n "$archive" ] || return
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" || slb_die "cannot create $dir"
	printf "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive %s main\n" \
		trixie trixie-backports >"$dir/sources.list"
	SLB_APT=(
		-o "Dir::Etc::SourceList=$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root
	)
}

# Build tools under the folder $1 that need a newer C library than the host's run with the one of their release,
# unpacked there.
slb_wrap_tools() {
	local tool libs=$1/usr/lib/x86_64-linux-gnu

	find "$1/usr/lib/" -path '*/linux-kbuild-*' -type f -perm -u+x | while read -r tool; do
		ldd "$tool" 2>&1 | grep -q "GLIBC_.* not found" || continue
		if [ ! -e "$libs/libc.so.6" ]; then
			(cd "$1" && apt-get -q "${SLB_APT[@]}" download libc6 >&2 && dpkg -x libc6_*.deb .) || return
		fi
		mv "$tool" "$tool.real"
		# shellcheck disable=SC2016
		printf '#!/bin/sh\nexec %s --library-path %s "$0.real" "$@"\n' "$libs/ld-linux-x86-64.so.2" \
			"$libs:/usr/lib/x86_64-linux-gnu" >"$tool"
		chmod 755 "$tool"
	done
}

# Headers of another Debian release: unpacked with all that they need, and made to look for it there.
slb_unpack_backports() {
	local headers=$1 root=$SLB_CACHE/$1 version=${1#linux-headers-} work
	version=${version%-amd64}

	slb_need_root "fetching $headers"
	work=$(mktemp -d "$SLB_CACHE/build.XXXXXX") || return
	(cd "$work" && apt-get -q "${SLB_APT[@]}" download "$headers" "linux-headers-$version-common" \
		"linux-kbuild-$version" >&2 && for deb in *.deb; do dpkg -x "$deb" root || exit; done) || return
	sed -i "s,/usr/src/,$root/usr/src/," "$work/root/usr/src/$headers/Makefile"
	chmod 755 "$work/root"
	rm -rf "${root:?}"
	mv "$work/root" "$root" && rm -rf "$work"
	slb_wrap_tools "$root" || { rm -rf "${root:?}" && return 1; }
}

# Is there a newest kernel? Without network, what the cache has is taken.
slb_pick_newest() {
	local headers

	if ! slb_backports; then
		slb_apt_update
		slb_backports || return
	fi
	apt-get -q "${SLB_APT[@]}" -o Acquire::Retries=1 update >&2 || echo "cannot read Debian's backports" >&2
	headers=$(apt-cache "${SLB_APT[@]}" pkgnames linux-headers- | slb_usable_headers | sed -n 1p)
	[ -n "$headers" ] || headers=$(slb_cached_headers '*' | sed -n 1p)
	[ -n "$headers" ] || return
	[ -d "$SLB_CACHE/$headers" ] || slb_unpack_backports "$headers" || return
	SLB_KVER=${headers#linux-headers-} SLB_KDIR=$SLB_CACHE/$headers/usr/src/$headers
	# Built by Debian's newer compiler: what that one needs and knows is left out.
	SLB_KMAKE=(CC=gcc CONFIG_DEBUG_INFO_BTF_MODULES=)
	gcc -fmin-function-alignment=16 -E -x c /dev/null >/dev/null 2>&1 ||
		SLB_KMAKE+=(CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=)
	export SLB_KVER SLB_KDIR
}

slb_pick_kernel() {
	local headers

	if ! slb_find_headers; then
		slb_apt_update
		headers=$(apt-cache pkgnames "linux-headers-$SLB_SERIES." | slb_usable_headers | sed -n 1p)
		[ -n "$headers" ] ||
			slb_die "no package with its kernel matches $SLB_HEADERS_RE: is this Debian 12 or 13 on amd64?"
		slb_unpack_headers "$headers"
		slb_find_headers || slb_die "$headers cannot be used"
	fi
	export SLB_KVER SLB_KDIR
}

# Picks a kernel that is not of the series 6.12. Debian 13 has no 6.1.
slb_pick_other() {
	case $SLB_SERIES in
	newest) slb_pick_newest ;;
	*) (slb_pick_kernel) && slb_pick_kernel ;;
	esac
}

# Makes the host fit to build and to run virtual machines; quick when nothing is missing.
setup_host() {
	local missing

	command -v apt-get >/dev/null || slb_die "this needs apt-get (Debian 12 or 13)"
	mapfile -t missing < <(slb_missing "${SLB_HOST_PACKAGES[@]}")
	[ "${#missing[@]}" -eq 0 ] || slb_apt_install "${missing[@]}"
	[ "$SLB_SERIES" != 6.12 ] || slb_pick_kernel
}
