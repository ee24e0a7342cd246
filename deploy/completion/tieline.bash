# bash completion of tieline; made by deploy/man/make
_tieline() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} flags="" words="" files=0
    if (( COMP_CWORD == 1 )); then
        mapfile -t COMPREPLY < <(compgen -W "dev keygen topics move check apply connect disconnect widgets doctor status show tail escalate handback erase backfill dead capture replay decode help --help --version" -- "$word")
        return
    fi
    case " --account --admin --against --brokers --capture --config --conversation --data --deploy --dir --file --from --into --key-file --keys --listen --log-format --log-level --message --name --oauth-client --oauth-secret --partition --partitions --prefix --public-url --reason --replication --responder --since --store --ticket --to --to-sandbox --type --until --url --wait -X " in
        *" $before "*) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    esac
    case ${COMP_WORDS[1]} in
        help) words="dev keygen topics move check apply connect disconnect widgets doctor status show tail escalate handback erase backfill dead capture replay decode" ;;
        dev) flags="--kafka --data --dir --listen --partitions --prefix --deploy --json --log-format --log-level --help --version" words="" files=0 ;;
        keygen) flags="--json --log-format --log-level --help --version" words="" files=1 ;;
        topics) flags="--brokers --prefix -X --apply --partitions --replication --json --log-format --log-level --help --version" words="" files=0 ;;
        move) flags="--brokers --prefix -X --into --partitions --replication --wait --dry-run --cancel --json --log-format --log-level --help --version" words="" files=0 ;;
        check) flags="--json --log-format --log-level --help --version" words="" files=1 ;;
        apply) flags="--brokers --prefix -X --yes --keys --json --log-format --log-level --help --version" words="" files=1 ;;
        connect) flags="--brokers --prefix -X --url --keys --oauth-client --oauth-secret --name --messaging-only --tickets-only --dry-run --yes --take-over --json --log-format --log-level --help --version" words="" files=1 ;;
        disconnect) flags="--brokers --prefix -X --store --key-file --oauth-client --oauth-secret --name --responder --forget --dry-run --yes --take-over --json --log-format --log-level --help --version" words="" files=1 ;;
        widgets) flags="--brokers --prefix -X --key-file --oauth-client --oauth-secret --json --log-format --log-level --help --version" words="" files=1 ;;
        doctor) flags="--brokers --prefix -X --file --key-file --public-url --json --log-format --log-level --help --version" words="" files=1 ;;
        status) flags="--brokers --prefix -X --admin --json --log-format --log-level --help --version" words="" files=0 ;;
        show) flags="--brokers --prefix -X --since --json --log-format --log-level --help --version" words="" files=0 ;;
        tail) flags="--brokers --prefix -X --account --store --conversation --type --since --until-now --json --log-format --log-level --help --version" words="" files=0 ;;
        escalate) flags="--brokers --prefix -X --reason --json --log-format --log-level --help --version" words="" files=0 ;;
        handback) flags="--brokers --prefix -X --reason --json --log-format --log-level --help --version" words="" files=0 ;;
        erase) flags="--brokers --prefix -X --account --dry-run --yes --force --wait --json --log-format --log-level --help --version" words="" files=0 ;;
        backfill) flags="--brokers --prefix -X --since --json --log-format --log-level --help --version" words="" files=0 ;;
        dead) flags="--brokers --prefix -X --account --json --log-format --log-level --help --version" words="list show redrive" files=0 ;;
        capture) flags="--brokers --prefix -X --conversation --partition --since --whole --json --log-format --log-level --help --version" words="" files=1 ;;
        replay) flags="--brokers --prefix -X --partition --since --until --from --to --ticket --message --against --capture --config --into --to-sandbox --step --timeline --json --log-format --log-level --help --version" words="" files=0 ;;
        decode) flags="--hex --log-format --log-level --help --version" words="" files=1 ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
    elif [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    elif (( files )); then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _tieline tieline
