# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The lanes: on which kernels the tests can run, and what each is made of.
#
# To be sourced. slb_lane LANE sets, for a kernel of our own,
#   LANE_MACHINE    qemu or uml
#   LANE_ARCH       the kernel's ARCH=
#   LANE_FRAGMENTS  files of selftests/kernels that make up its configuration
#   LANE_MAKE       more arguments of make for the kernel
#   LANE_MODULES    more arguments of make for modules
#   LANE_RUN        more arguments of selftests/qemu/run
#   LANE_CPUS       processors of this host that one machine takes
#   LANE_FAULTS     yes: calls can be made to fail (selftests/refuse.h)
#   LANE_CANARIES   troubles that the kernel has to notice (selftests/canary)
#   LANE_SLOWNESS   how many times the usual time tests wait before they give up
#   LANE_APPEND     additions to the kernel command line: the first trouble is the last
# and fails when there is no such lane. A lane has a name and, in files, a letter; either is accepted.

# shellcheck disable=SC2034
SLB_LANES="U D K N C"
SLB_LANE_NAMES="stock uml debug kcsan fast-uml coverage"

# slb_lane_id LANE: prints the letter of a lane; fails when there is none.
slb_lane_id() {
	case $1 in
	stock | Q) echo Q ;;
	uml | U) echo U ;;
	debug | D) echo D ;;
	kcsan | K) echo K ;;
	fast-uml | N) echo N ;;
	coverage | C) echo C ;;
	*) echo "no lane \"$1\"; there are: $SLB_LANE_NAMES" >&2 && return 1 ;;
	esac
}

# Scripts that source this file use these variables.
# shellcheck disable=SC2034
slb_lane() {
	LANE_MACHINE=uml LANE_ARCH=um LANE_MAKE=() LANE_MODULES=() LANE_SLOWNESS=4 LANE_APPEND=''
	LANE_CANARIES="lockdep warn ubsan odebug kasan leak" LANE_FAULTS=yes LANE_RUN=() LANE_CPUS=1
	case $1 in
	U) LANE_FRAGMENTS="base um debug kasan" ;;
	D) LANE_FRAGMENTS="base x86 debug smp lockstat kasan" ;;
	K) LANE_FRAGMENTS="base x86 debug kcsan" LANE_CANARIES="lockdep warn ubsan odebug kcsan leak" ;;
	N) LANE_FRAGMENTS="base um" LANE_CANARIES='' LANE_FAULTS='' ;;
	C) LANE_FRAGMENTS="base um gcov" LANE_CANARIES='' LANE_MODULES=(GCOV_PROFILE=y) ;;
	*) return 1 ;;
	esac
	case $1 in
	D | K)
		LANE_MACHINE=qemu LANE_ARCH=x86_64 LANE_SLOWNESS=12
		# Two processors that really run at a time. What QEMU cannot do so is to have code changed that another
		# one runs: these kernels have no jump labels, and no test switches a tracepoint on.
		# Processors are found in the MP table, which names one to a socket, and the timer where this machine
		# has it: ACPI takes more than a minute to route the PCI interrupts.
		LANE_RUN=(--threads multi --cpus "2,sockets=2" --append "acpi=off pmtmr=0x608") LANE_CPUS=2
		;;
	esac
	# Races between modules and the kernel proper are left aside; watching it all would take most of the time.
	[ "$1" != K ] || LANE_MAKE=(KCSAN_SANITIZE=n)
	[ -z "$LANE_CANARIES" ] || LANE_APPEND="panic_on_warn=1 kasan.fault=panic"
	# Grace periods are long where nothing hurries them; the other lanes have RCU_STRICT_GRACE_PERIOD.
	[[ $1 != [CD] ]] || LANE_APPEND+=" rcupdate.rcu_expedited=1"
}
