#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Failing allocations while a module is loaded or a network namespace is created: each allocation fails once.
# The load or the namespace either fails as a whole or works without the memory. It leaves nothing behind.
#
# The kernel's own allocations for a module, which come first, do not fail. Those for a namespace do, as the modules'
# allocations come between them.

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_life.sh
. "${BASH_SOURCE[0]%/*}/lib_life.sh"
# shellcheck source=selftests/lib_fail.sh
. "${BASH_SOURCE[0]%/*}/lib_fail.sh"

fail_skip
printf 'TAP version 13\n'
module_needs slb relay
defer fail_off
fail_on
fail_not_watchers 1
for module in slb relay; do
	[ ! -f "$SLB_DIR/$module/$module.ko" ] || fail_walk - module "$SLB_DIR/$module/$module.ko" "$module"
done
load_modules slb relay
fail_walk - netns
fail_off
check "all memory is given back" wait_for 10 no_objects
KTAP_PLAN=$((FAIL_PLANNED + 1))
echo "1..$KTAP_PLAN"
