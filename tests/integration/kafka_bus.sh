#!/usr/bin/env bash
# The bus on a real Apache Kafka: what the embedded broker does too, what only a real one can, and a kill -9 of the broker.
#
#   TIELINE_BIN=build/asan/bin tests/integration/kafka_bus.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tests=${TIELINE_BIN:-build/asan/bin}/../tests
kafka=${TIELINE_KAFKA:-}
[[ -n $kafka ]] || kafka=$PWD/deploy/kafka/kafka
passed=0 failed=0

if ! "$kafka" fetch 2>&1; then
    echo 'no real Kafka on this machine'
    exit 77
fi
data=$(mktemp -d)
# A node that stands still gets a SIGTERM only after it was woken.
end() {
    [[ ! -r $data/pid ]] || kill -CONT "$(<"$data/pid")" 2>/dev/null || true
    "$kafka" kill --data "$data" || true
    rm -rf "$data"
}
trap end EXIT

line=$("$kafka" start --data "$data")
line=${line#*\"brokers\":\"}
export TIELINE_TEST_BROKERS=${line%%\"*}
TIELINE_TEST_BROKER_PID=$(<"$data/pid")
export TIELINE_TEST_BROKER_PID

verdict() { # WHAT STATUS
    if (($2 == 0)); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1 with $2"
    fi
}

for program in test_kafka_bus test_kafka_read test_kafka_turns test_kafka_txn; do
    status=0
    timeout 240 "$tests/$program" || status=$?
    verdict "$program" "$status"
done

# The broker dies under all roles, and comes back with its data.
out=$data/restart.txt
TIELINE_TEST_RESTART=1 timeout 150 "$tests/test_kafka_txn" 'all_roles*' >"$out" 2>&1 &
program=$!
for ((i = 0; i < 300; i++)); do
    ! grep -q '^ready' "$out" || break
    sleep 0.1
done
"$kafka" kill --data "$data"
sleep 3
"$kafka" start --data "$data" --port "${TIELINE_TEST_BROKERS##*:}"
status=0
wait "$program" || status=$?
cat "$out"
verdict 'test_kafka_txn all_roles' "$status"

echo "$passed passed, $failed failed"
((failed == 0))
