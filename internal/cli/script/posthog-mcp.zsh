#compdef posthog-mcp
# Completions of posthog-mcp for zsh 5 and later.
_posthog-mcp() {
    local line word tab=$'\t'
    local -a before whole open
    (( CURRENT > 2 )) && before=("${(@Q)words[2,CURRENT-1]}")
    for line in "${(@f)$(posthog-mcp __complete -- "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        word=${line%%$tab*}
        if [[ $word == :files ]]; then
            compset -P '*[=@]'
            _files
            return
        fi
        [[ -z $word ]] && continue
        line=${word//:/\\:}:${line#*$tab}
        line=${line%:}
        if [[ $word == *= ]]; then open+=("$line"); else whole+=("$line"); fi
    done
    _describe -V 'posthog-mcp' whole -- open -S ''
}
if [[ $funcstack[1] == _posthog-mcp ]]; then
    _posthog-mcp "$@" # the file was loaded from $fpath
else
    compdef _posthog-mcp posthog-mcp
fi
