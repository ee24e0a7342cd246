#!/usr/bin/env bash
# The story that `deploy/quickstart --smoke` plays, on the embedded broker and on a real Kafka (rows 4, 109, 110 and 112).
# In it the bot is the default responder with Agent Workspace behind it (row 56), and each of the customer's words
# reaches the agent (row 104).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

passed=0 failed=0
play() { # ARGUMENT…
    local status=0 line
    line=$(python3 deploy/smoke.py --bin "$TIELINE_BIN" "$@" 2>&1 | tee >(cat >&2) | tail -n 1) || status=$?
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        status=1
    fi
    ((status == 0 || failed > 0)) || failed=1
}

play
play --kafka
echo "$passed passed, $failed failed"
((failed == 0))
