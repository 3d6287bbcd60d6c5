#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The balancers and the relay handle packets at XDP.
#
#   c1, c2 --- r --- s1, s2, s3      the drawing with all addresses is in lib_topology.sh,
#             || ||                  the environments are described in lib_env.sh
#             b1 b2

# shellcheck source=selftests/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=selftests/lib_envs.sh
. "${BASH_SOURCE[0]%/*}/lib_envs.sh"

ENVS=(xdp)
envs_plan "${ENVS[@]}"
load_modules slb relay
envs_run "${ENVS[@]}"
