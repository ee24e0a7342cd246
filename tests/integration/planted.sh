#!/usr/bin/env bash
# The build that the tests run has no crash points and no mutants, as the release has none (tidy's rule, here for this build).
#
#   TIELINE_BIN=build/asan/bin tests/integration/planted.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=${TIELINE_BIN:-build/asan/bin}
exec tests/tidy/run --build "${bin%/bin}" planted
