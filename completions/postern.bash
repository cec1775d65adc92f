# bash completion for postern; made by `postern completion bash`
_postern_components() {
    postern component list 2>/dev/null | awk 'NR > 1 && $1 ~ /^[a-z0-9][a-z0-9._-]*$/ { print $1 }'
}
_postern_words() {
    case $1 in
    @file) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
    @component) compopt -o filenames; COMPREPLY=($(compgen -W "$(_postern_components)" -- "$cur") $(compgen -f -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "$1" -- "$cur")) ;;
    esac
}
_postern() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local verb=${COMP_WORDS[1]} first=2 operands=() options= i n=0
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _postern_words "component inspect tool run policy permission stdio doctor completion version help "
        return
    fi
    case $verb in
    component)
        if ((COMP_CWORD == 2)); then
            _postern_words " load unload list inspect compile"
            return
        fi
        verb+=" ${COMP_WORDS[2]}" first=3 ;;
    tool)
        if ((COMP_CWORD == 2)); then
            _postern_words " list read invoke"
            return
        fi
        verb+=" ${COMP_WORDS[2]}" first=3 ;;
    policy)
        if ((COMP_CWORD == 2)); then
            _postern_words " check get explain history rollback export import"
            return
        fi
        verb+=" ${COMP_WORDS[2]}" first=3 ;;
    permission)
        if ((COMP_CWORD == 2)); then
            _postern_words " grant revoke reset"
            return
        fi
        verb+=" ${COMP_WORDS[2]}" first=3 ;;
    esac
    case $verb in
    "component load")
        operands=("@file") options=" --id --policy --keep-policy --json --output --help"
        case $prev in
        --id) _postern_words ""; return ;;
        --policy) _postern_words "@file"; return ;;
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "component unload")
        operands=("@component") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "component list")
        operands=() options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "component inspect")
        operands=("@component") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "component compile")
        operands=("@component") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "inspect")
        operands=("@component") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "tool list")
        operands=() options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "tool read")
        operands=("@component" "") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "tool invoke")
        operands=("@component" "") options=" --args --config --json --output --help"
        case $prev in
        --args) _postern_words ""; return ;;
        --config) _postern_words "@file"; return ;;
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "run")
        operands=("@file" "") options=" --args --config --policy --json --output --help"
        case $prev in
        --args) _postern_words ""; return ;;
        --config) _postern_words "@file"; return ;;
        --policy) _postern_words "@file"; return ;;
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "policy check")
        operands=("@file") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "policy get")
        operands=("@component") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "policy explain")
        operands=("@component") options=" --url --method --address --path --access --environment --json --output --help"
        case $prev in
        --url) _postern_words ""; return ;;
        --method) _postern_words ""; return ;;
        --address) _postern_words ""; return ;;
        --path) _postern_words "@file"; return ;;
        --access) _postern_words ""; return ;;
        --environment) _postern_words ""; return ;;
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "policy history")
        operands=("@component") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "policy rollback")
        operands=("@component" "") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "policy export")
        operands=("@component" "@file") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "policy import")
        operands=("@component" "@file") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "permission grant")
        operands=("storage network environment" "@component" "") options=" --access --ports --schemes --methods --paths --json --output --help"
        case $prev in
        --access) _postern_words ""; return ;;
        --ports) _postern_words ""; return ;;
        --schemes) _postern_words ""; return ;;
        --methods) _postern_words ""; return ;;
        --paths) _postern_words ""; return ;;
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "permission revoke")
        operands=("storage network environment" "@component" "") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "permission reset")
        operands=("@component") options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "stdio")
        operands=() options=" --config --allow-management --help"
        case $prev in
        --config) _postern_words "@file"; return ;;
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "doctor")
        operands=() options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "completion")
        operands=("bash zsh fish") options=" --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "version")
        operands=() options=" --json --output --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    "help")
        operands=("" "") options=" --help"
        case $prev in
        -o | --output) _postern_words "json table"; return ;;
        esac ;;
    esac
    if [[ $cur == -* ]]; then
        _postern_words "$options"
        return
    fi
    for ((i = first; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -* ]] || ((n++))
    done
    ((n < ${#operands[@]})) && _postern_words "${operands[n]}"
}
complete -F _postern postern
