#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The relay's routes to clients and servers exist only in rules by source or by mark.
#
#   c1, c2 --- r --- s1, s2, s3      the drawing with all addresses is in lib_topology.sh,
#             || ||                  the environments are described in lib_env.sh
#             b1 b2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_envs.sh
. "${BASH_SOURCE[0]%/*}/lib_envs.sh"

ENVS=(policy-source policy-mark)
envs_plan "${ENVS[@]}"
load_modules slb relay
envs_run "${ENVS[@]}"
