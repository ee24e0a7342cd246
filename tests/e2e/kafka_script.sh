#!/usr/bin/env bash
# What the other tests lean on: the script that starts, kills and restarts a real Kafka does what it says.
set -euo pipefail

passed=0 failed=0
holds() { # WHAT STATUS
    if (($2 == 0)); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "does not hold: $1"
    fi
}

kafka=${TIELINE_KAFKA:?the path of deploy/kafka/kafka}
data=$(mktemp -d)
trap '"$kafka" kill --data "$data"; rm -rf "$data"' EXIT

status=0 line=$("$kafka" start --data "$data" --port 0 --set auto.create.topics.enable=true) || status=$?
echo "$line"
[[ $status == 0 && $line == '{"ready":true,"program":"kafka","brokers":"127.0.0.1:'*'"data":"'$data'"}' ]] || status=1
holds 'start prints one line when it is ready' "$status"
brokers=${line#*\"brokers\":\"} brokers=${brokers%%\"*}

status=0
seq 1 100 | kcat -q -b "$brokers" -P -t numbers -X acks=all || status=1
holds 'records are taken, and --set is heeded' "$status"

status=0
[[ $("$kafka" start --data "$data") == "$line" && $("$kafka" status --data "$data") == "$line" ]] || status=1
holds 'a second start finds the first' "$status"

"$kafka" kill --data "$data"
status=0
"$kafka" status --data "$data" 2>/dev/null || status=$?
holds 'after a kill there is no node: 69' $((status != 69))

again=$("$kafka" start --data "$data" --port 0)
status=0
[[ $again == *"\"brokers\":\"$brokers\""* ]] || status=1
holds 'it comes back at the same port' "$status"
status=0
[[ $(kcat -q -b "$brokers" -C -t numbers -e | wc -l) == 100 ]] || status=1
holds 'and nothing that was acknowledged is gone' "$status"
status=0
kcat -q -b "$brokers" -P -t unknown -X message.timeout.ms=3000 <<<x 2>/dev/null && status=1
holds 'a topic that is missing stays an error' "$status"

status=0
"$kafka" stop --data "$data" && "$kafka" stop --data "$data" || status=1
[[ ! -e $data/pid ]] || status=1
holds 'stop may be said twice' "$status"

status=0
"$kafka" start --data "$data" --port 99999 2>/dev/null || status=$?
holds 'a wrong port is refused: 64' $((status != 64))

echo "$passed passed, $failed failed"
((failed == 0))
